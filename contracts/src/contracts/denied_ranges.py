"""
Ranges that a forwarding never leads to, whatever a contract allows.

German ranges follow the Bundesnetzagentur's numbering plan (Nummernplan: the list of
ranges and their purposes), the international ones ITU-T E.164's list of shared codes.
The longest matching prefix names the reason.
"""

from functools import lru_cache

from contracts.numbering_plan import split_national
from contracts.refusal import RefusalCode

GERMANY = "+49"

SHORT_NUMBERS: dict[str, RefusalCode] = {
    "110": "target_emergency",
    "112": "target_emergency",
    "115": "target_authority",
    "116": "target_social_service",
    "118": "target_directory",
    "19222": "target_ambulance",
}
"""
Dialled without area code, and just as much with one in front: the technical directive
on emergency calls forbids to connect area code + 110, and no subscriber number may
begin with 11.
"""

GERMAN_RANGES: dict[str, RefusalCode] = {
    **SHORT_NUMBERS,
    "10": "target_call_by_call",
    "11": "target_network_internal",
    "12": "target_service_number",  # once "innovative services"
    "13": "target_network_internal",
    "137": "target_mass_traffic",
    "138": "target_mass_traffic",  # its predecessor
    "14": "target_network_internal",
    "161": "target_pager",  # with the closed C network, like the rest of 016
    "164": "target_pager",
    "165": "target_pager",
    "166": "target_pager",
    "167": "target_pager",
    "168": "target_pager",
    "169": "target_pager",
    "18": "target_user_group",
    "180": "target_service_number",
    "19": "target_online_service",
    "190": "target_premium",
    "198": "target_network_internal",
    "199": "target_network_internal",
    "31": "target_network_internal",  # carriers' announcements of themselves
    "32": "target_national_subscriber",
    "700": "target_personal_number",
    "800": "target_freephone",
    "900": "target_premium",
}

MAILBOX_INFIXES: dict[str, tuple[str, ...]] = {
    "13": ("151", "160", "170", "171", "175"),  # Telekom
    "50": ("152_", "162", "172", "173", "174"),  # Vodafone, to leave a message
    "55": ("152_", "162", "172", "173", "174"),  # Vodafone, to listen, or ported
    "99": ("157_", "163", "177", "178"),  # E-Plus, now Telefónica
    "33": ("159_", "176", "179"),  # O2, now Telefónica
    "00": ("150", "153", "154", "155", "156", "158"),  # younger networks
}
"""
Two digits between prefix and subscriber number lead to the mailbox.

They stay with the prefix when the number is ported. `_` is any digit: 0152x, 0157x and
0159x have it one digit further on. Sources: the operators' public help pages, and the
voicemail pattern of libphonenumber, which lacks Vodafone's 50. Refused at any length:
in an open plan a subscriber number cannot begin like the way to a mailbox.
"""

INTERNATIONAL_RANGES: dict[str, RefusalCode] = {
    "800": "target_freephone",
    "808": "target_service_number",
    "870": "target_satellite",
    "878": "target_personal_number",
    "881": "target_satellite",
    "882": "target_international_service",
    "883": "target_international_service",
    "888": "target_international_service",
    "979": "target_premium",
}


def _mailbox_prefixes() -> dict[str, RefusalCode]:
    prefixes: dict[str, RefusalCode] = {}
    for infix, networks in MAILBOX_INFIXES.items():
        for network in networks:
            for digit in "0123456789" if network.endswith("_") else ("",):
                prefixes[network.rstrip("_") + digit + infix] = "target_mailbox"
    return prefixes


_NATIONAL = GERMAN_RANGES | _mailbox_prefixes()
_LONGEST = max(map(len, _NATIONAL))


def denied_short_number(digits: str) -> RefusalCode | None:
    """Name the reason against digits dialled without any prefix or area code."""
    return _longest_match(digits, SHORT_NUMBERS)


def denied_range(number: str) -> RefusalCode | None:
    """Name the reason against `number` (`+` and digits, complete or not)."""
    if not number.startswith(GERMANY):
        return INTERNATIONAL_RANGES.get(number[1:4])
    national = number[len(GERMANY) :]
    return _denied_beginning(national[:_LONGEST]) or _behind_area_code(national)


@lru_cache(maxsize=10_000)  # a switch that is filled asks for each of its rules
def _denied_beginning(digits: str) -> RefusalCode | None:
    return _longest_match(digits, _NATIONAL)


def _behind_area_code(national: str) -> RefusalCode | None:
    """Find 110, 112 and the like, and what no subscriber number begins with."""
    if national.startswith("1"):
        return None
    _, subscriber = split_national(national)
    if code := denied_short_number(subscriber):
        return code
    return "target_unknown_number" if subscriber.startswith(("0", "11")) else None


def _longest_match(digits: str, ranges: dict[str, RefusalCode]) -> RefusalCode | None:
    for length in range(min(_LONGEST, len(digits)), 1, -1):
        if code := ranges.get(digits[:length]):
            return code
    return None
