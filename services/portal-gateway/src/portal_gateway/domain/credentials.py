"""Which user names and passwords are good enough, and how long a stranger waits."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from contracts.products import ELIGIBLE_PRODUCTS
from portal_gateway.domain.refused import Refused

SHORTEST_PASSWORD, LONGEST_PASSWORD = 15, 128
SHORTEST_USERNAME, LONGEST_USERNAME = 3, 64
LEFT_WITHOUT_COMMON_WORDS = 8
FEWEST_CHARACTERS = 5
SHORTEST_WORD = 3
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
MOST_NAME_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
DOUBLINGS = 5

COMMON_WORDS = (
    "ecotel", "selfcare", "kundennummer", "kundenportal", "kennwort", "passwort",
    "password", "benutzername", "username", "rufumleitung", "telefon", "qwertz",
    "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "yxcvbnm", "1234567890",
    "0123456789",
    "9876543210", "123456789", "12345678", "1234567", "123456", "12345", "1q2w3e4r",
    "abcdefghijklmnopqrstuvwxyz", "abcdefgh", "abc123", "letmein", "iloveyou",
    "welcome", "willkommen", "hallo", "admin", "geheim", "sommer", "winter", "schatz",
)  # fmt: skip
PAPER_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_NUMBER_LIKE = re.compile(r"[+\d][\d\s()/.-]*")


def normal(text: str) -> str:
    """Return the one form in which equal texts are equal."""
    return unicodedata.normalize("NFC", text)


def name_key(username: str) -> str:
    """Return under which key a user name is unique."""
    return normal(normal(username).strip().casefold())


def posted_password(pick: Sequence[int]) -> str:
    """Spell random numbers as a password that can be read off paper: 5 bits each."""
    letters = "".join(PAPER_LETTERS[number % 32] for number in pick)
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def check_username(username: str, customer_number: str | None) -> str:
    """Return the user name as it is kept; raises Refused."""
    username = normal(username).strip()
    if not SHORTEST_USERNAME <= len(username) <= LONGEST_USERNAME:
        raise Refused("username_length")
    if any(unicodedata.category(char)[0] in "CZ" and char != " " for char in username):
        raise Refused("username_characters")
    if customer_number and name_key(username) == name_key(customer_number):
        raise Refused("username_is_customer_number")
    if _NUMBER_LIKE.fullmatch(username):
        raise Refused("username_is_number")
    return username


def check_password(
    password: str, *, context: Sequence[str], known: Sequence[str] = ()
) -> str:
    """
    Return the password as it is hashed; `context`: names it must not hold.

    `known`: names that are easy to guess, which it may hold among other words. So are
    all words of both, and of products, with some marks or digits around them.
    """
    password = normal(password)
    if len(password) < SHORTEST_PASSWORD:
        raise Refused("password_too_short")
    if len(password) > LONGEST_PASSWORD:
        raise Refused("password_too_long")
    bare = password.casefold()
    for word in context:
        if name_key(word) and name_key(word) in bare:
            raise Refused("password_contains_name")
    bare = _without(COMMON_WORDS, bare)
    if _is_weak(bare):
        raise Refused("password_too_common")
    left = _without(_words(*context, *known), bare)
    if left != bare and _is_weak(re.sub(r"[\W_]", "", left)):
        raise Refused("password_like_name")
    return password


def _is_weak(left: str) -> bool:
    return len(left) < LEFT_WITHOUT_COMMON_WORDS or len(set(left)) < FEWEST_CHARACTERS


def _without(words: Iterable[str], text: str) -> str:
    for word in words:
        text = text.replace(word, "")
    return text


def _words(*names: str) -> list[str]:
    """Return the words of names, and of products, the longest first."""
    text = name_key(" ".join((*names, *ELIGIBLE_PRODUCTS.values())))
    words = re.split(r"[\W_]+", f"{text} {text.translate(SPELT_OUT)}")
    found = {word for word in words if len(word) >= SHORTEST_WORD}
    return sorted(found, key=lambda word: (-len(word), word))


def wait_after(
    failures: int, last: datetime | None, *, allowed: int, now: datetime
) -> timedelta:
    """Return how long to wait yet: 30 s after too many failures, then ever longer."""
    if last is None or failures < allowed:
        return timedelta(0)
    pause = FIRST_WAIT * (1 << min(failures - allowed, DOUBLINGS))
    return max(timedelta(0), last + pause - now)


def network_of(address: str) -> str:
    """Return the network that an address stands for: its neighbours share a limit."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    prefix = 24 if isinstance(ip, IPv4Address) else 56
    return str(ip_network((ip, prefix), strict=False))
