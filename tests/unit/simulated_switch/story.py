"""The customer whose calls the tests divert, and the words to tell it in."""

from typing import Any

from simulated_switch.domain import Call, Result, Switch

OFFICE = "+4921122223336"
MOBILE = "+4917717712345"
SPARE = "+4915228817386"
FIRST, LAST = "+492214710000", "+492214710999"
BLOCK = f"{FIRST}-{LAST}"
INSIDE = "+492214710123"
TARGET_BLOCK = "+493023125000"
LINE, NODE, REGION = "line-7", "an-koeln-1", "region-west"
PLACES = [LINE, NODE, REGION]
TARGET_LINE = "line-target"

Json = dict[str, Any]


def operation(key: str, version: int, value: object) -> Json:
    return {"key": key, "version": version, "value": value}


def rule(numbers: str = OFFICE, *, version: int = 1, **changes: object) -> Json:
    first, _, last = numbers.partition("-")
    value = {
        "first": first,
        "last": last or None,
        "line": LINE,
        "places": PLACES,
        "target": MOBILE,
        "keep_extension": False,
        "fallback": None,
        "target_places": [],
        "off": False,
        "planned": False,
        "reason": "unavailable",
    }
    return operation(f"rule/{numbers}", version, value | changes)


def flag(
    place: str, *, raised: bool = True, kind: str = "fault", version: int = 1
) -> Json:
    return operation(f"flag/{kind}/{place}", version, {"raised": raised})


def cause(
    numbers: str, *, kind: str = "manual", active: bool = True, version: int = 1
) -> Json:
    return operation(f"cause/{numbers}/{kind}", version, {"active": active})


def hold(*, held: bool, version: int = 1) -> Json:
    return operation("hold", version, {"held": held})


def switch(*operations: Json) -> Switch:
    told = Switch("boot-1")
    for each in operations:
        assert told.apply(each).result == "ok"
    return told


def call(number: str, *operations: Json) -> Call:
    return switch(*operations).state.call(number)


def told(result: Result) -> tuple[str, int | None, str | None]:
    return result.result, result.version, result.reason
