"""When something occurred, in whatever form it is written: nothing here raises."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from typing_extensions import override

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""What lies before it is no time of ours: 0, the year 1, a count of seconds."""
FAST = timedelta(seconds=60)
"""A clock may be ahead by this."""
UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6))
"""Numbers are s, ms, µs or ns by their size, whatever their field is called."""
ZONES = {
    **dict.fromkeys(("UTC", "GMT", "Z"), timedelta(0)),
    **dict.fromkeys(("CET", "MET", "MEZ"), timedelta(hours=1)),
    **dict.fromkeys(("CEST", "MEST", "MESZ"), timedelta(hours=2)),
}
_DOTTED = re.compile(r"(\d{4})[./-](\d\d?)[./-](\d\d?)(?=[ T]|$)")
_ZONE_NAME = re.compile(r"^(.*\d)\s*([A-Z]{1,4})$")
_FORMS = (
    "%a %b %d %H:%M:%S %Y",
    "%Y %b %d %H:%M:%S",
    "%b %d %Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y",
)
_FRACTION = re.compile(r"(?<=:\d\d:\d\d)[.,](\d+)")
_NO_YEAR = re.compile(r"^([A-Z][a-z]{2}) +(\d\d?) (\d\d:\d\d:\d\d(?:[.,]\d+)?)$")


class Zone(tzinfo):
    """
    A zone in which, of an hour that comes twice, the one that has been counts.

    One that does not come is written by who did not put his clock forward.
    """

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone = zone
        self._latest = now + FAST

    @override
    def utcoffset(self, at: datetime | None, /) -> timedelta | None:
        """Return the offset of a time as it is written."""
        if at is None:
            return None
        both = [at.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1)]
        early, late = sorted(both, key=lambda each: each.astimezone(UTC))
        return (late if late.astimezone(UTC) <= self._latest else early).utcoffset()

    @override
    def dst(self, at: datetime | None, /) -> timedelta | None:
        """Return nothing: nobody asks for it."""
        return None

    @override
    def tzname(self, at: datetime | None, /) -> str | None:
        """Return nothing: nobody asks for it."""
        return None


def instant(value: object, zone: tzinfo = UTC) -> datetime | None:
    """Return it in UTC, zoneless times as of `zone`; None for what is no time."""
    try:
        found = _read(value, zone)
        return found.astimezone(UTC) if found and found > EARLIEST else None
    except (OverflowError, ValueError, OSError):
        return None


def first(zone: tzinfo, *values: object) -> datetime | None:
    """Return the first of these that is a time."""
    found = (instant(value, zone) for value in values)
    return next((at for at in found if at), None)


def of_this_year(said: str, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """Return a time without a year, as syslog writes it, as the last such one."""
    if not (match := _NO_YEAR.match(said.strip())):
        return None
    month, day, clock = match.groups()
    for year in (now.year + 1, now.year, now.year - 1):
        at = instant(f"{month} {day} {year} {clock}", zone)
        if at and at <= now + timedelta(days=1):
            return at
    return None


def zone_of(name: str) -> tzinfo:
    """Return the zone of that name; raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error


def _read(value: object, zone: tzinfo) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    seconds = _seconds(value)
    if seconds is not None:
        return EPOCH + timedelta(seconds=seconds)
    said = str(value).strip()
    found = _iso(said) or _named_zone(said) or _other(said)
    if found is None or found.tzinfo:
        return found
    return found.replace(tzinfo=zone)


def _seconds(value: str | float) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    for limit, unit in UNITS:
        if abs(number) < limit:
            return number / unit
    return number / 1e9


def _iso(said: str) -> datetime | None:
    dotted = _DOTTED.sub(
        lambda found: f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}", said, 1
    )
    try:
        return datetime.fromisoformat(dotted)
    except ValueError:
        return None


def _named_zone(said: str) -> datetime | None:
    match = _ZONE_NAME.match(said)
    offset = ZONES.get(match[2]) if match else None
    if match is None or offset is None:
        return None
    found = _iso(match[1]) or _other(match[1])
    return found and found.replace(tzinfo=UTC) - offset


def _other(said: str) -> datetime | None:
    """Return a time in one of the other forms; a fraction may follow its seconds."""
    found = _whole(_FRACTION.sub("", said, 1))
    if found and (fraction := _FRACTION.search(said)):
        found += timedelta(microseconds=int(fraction[1][:6].ljust(6, "0")))
    return found


def _whole(said: str) -> datetime | None:
    for form in _FORMS:
        try:
            return datetime.strptime(said, form)  # noqa: DTZ007 - the zone comes later
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(said)
    except (ValueError, IndexError, TypeError):
        return None
