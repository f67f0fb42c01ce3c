"""
How German national numbers divide into area code and subscriber number.

Facts of the Bundesnetzagentur's numbering plan: area codes have two to five digits.
All five-digit ones lie in the east (03…) and share four digits that are no area code
by themselves; what is in none of the tables below has four.
"""

TWO_DIGIT_AREA_CODES = frozenset({"30", "40", "69", "89"})

_THREE_DIGITS = (
    "201 202 203 208 209 211 212 214 221 228 231 234 241 251 261 271 281 291 "
    "331 335 340 341 345 351 355 361 365 371 375 381 385 391 395 "
    "421 431 441 451 461 471 481 491 511 521 531 541 551 561 571 581 591 "
    "611 621 631 641 651 661 671 681 711 721 731 741 751 761 771 781 791 "
    "811 821 831 841 851 861 871 881 906 911 921 931 941 951 961 971 981 991"
)
THREE_DIGIT_AREA_CODES = frozenset(_THREE_DIGITS.split())

FOUR_DIGIT_EXCEPTIONS = frozenset({"2129"})
"""Haan lies inside Solingen's 0212, whose numbers leave the 9 free."""

_FIVE_DIGITS = (
    "330589 33203 333369 334357 3360357 3370346 338347 33923678 "
    "34202469 3432468 3442469 34603579 3472478 3490257 350235 352046 "
    "3532468 354357 35609 3572579 3582479 359357 3602478 36205 36337 "
    "3642568 36602459 36703468 36847 369246 37209 3732468 374236 3760 "
    "3775 3820239 383023579 3842568 38723589 3882457 39003568 39202469 "
    "39324689 3940258 3960 3972457 39823568 39923579"
)
FIVE_DIGIT_STEMS = frozenset(
    group[:3] + digit for group in _FIVE_DIGITS.split() for digit in group[3:]
)
"""Written as three common digits and the fourth ones: 330589 is 3305, 3308, 3309."""

_CITIES = "511 521 531 541 551 561 621 631 711 721 731 741 751 761"
CITY_AREA_CODES = frozenset(_CITIES.split())
"""Cities whose numbers look like a mobile number that lost its 1 (0711 and 0171)."""


def mobile_lengths(national: str) -> range:
    """Give the possible lengths: 11 digits in 015x, 10 or 11 in the older ranges."""
    return range(11 if national.startswith("15") else 10, 12)


def split_national(national: str) -> tuple[str, str]:
    """Divide a landline's national number (no leading 0) behind its area code."""
    digits = _area_code_digits(national)
    return national[:digits], national[digits:]


def is_mobile_prefix(national: str) -> bool:
    """Tell whether the number lies in 015x, 0160, 0162, 0163 or 017x."""
    return national.startswith(("15", "160", "162", "163", "17"))


def _area_code_digits(national: str) -> int:
    if national[:2] in TWO_DIGIT_AREA_CODES:
        return 2
    if national[:4] in FOUR_DIGIT_EXCEPTIONS:
        return 4
    if national[:3] in THREE_DIGIT_AREA_CODES:
        return 3
    return 5 if national[:4] in FIVE_DIGIT_STEMS else 4
