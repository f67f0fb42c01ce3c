"""What holds for any operations in any order."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulated_switch.domain import State, Switch
from unit.simulated_switch.story import Json, operation

NUMBERS = [f"+492214710{n:02}" for n in range(4)] + ["+492214711000"]
BLOCKS = ["+49221471000-+49221471009", "+492214710000-+492214710009"]
BLOCKS += ["+492214710000-+492214710004", "+49221471002-+49221471011"]
SPANS = [*NUMBERS, *BLOCKS]
DIALLED = [*NUMBERS, "+492214710007", "+4922147100123", "+4922147101", "+49221471015"]
PLACES = ["line", "node", "region"]
TARGETS = ["+4917717712345", "+4915228817386"]
EXTENDED = {"+49221471000": "+49302312500", "+492214710000": "+493023125000"}

places = st.lists(st.sampled_from(PLACES), unique=True)


@st.composite
def rules(draw: st.DrawFn, span: str) -> Json:
    first, _, last = span.partition("-")
    keep = bool(last) and first in EXTENDED and draw(st.booleans())
    return {
        "first": first,
        "last": last or None,
        "line": None,
        "places": draw(places),
        "target": EXTENDED[first] if keep else draw(st.sampled_from(TARGETS)),
        "keep_extension": keep,
        "fallback": draw(st.sampled_from([None, *TARGETS])),
        "target_places": draw(places),
        "off": draw(st.integers(0, 4)) == 0,
        "planned": draw(st.booleans()),
        "reason": "unavailable",
    }


def values(key: str) -> st.SearchStrategy[Json | None]:
    kind, _, rest = key.partition("/")
    word = {"flag": "raised", "cause": "active", "hold": "held"}
    return st.none() | (
        rules(rest)
        if kind == "rule"
        else st.fixed_dictionaries({word[kind]: st.booleans()})
    )


keys = st.sampled_from(
    [f"rule/{span}" for span in SPANS]
    + [f"flag/{kind}/{place}" for kind in ("fault", "planned") for place in PLACES]
    + [f"cause/{span}/{kind}" for span in SPANS for kind in ("manual", "drill")]
    + ["hold"]
)


@st.composite
def operations(draw: st.DrawFn) -> list[Json]:
    """One value for each key and version, as a writer with a sequence would send."""
    written = draw(st.sets(st.tuples(keys, st.integers(0, 3)), max_size=25))
    return [operation(k, v, draw(values(k))) for k, v in sorted(written)]


@st.composite
def worlds(draw: st.DrawFn) -> list[Json]:
    """Many facts at once, so that most calls have something to be decided."""
    known = draw(st.lists(keys, unique=True, min_size=5, max_size=25))
    return [operation(key, 1, draw(values(key))) for key in known]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Json], list[Json]]:
    """The same operations once in order, once shuffled and repeated."""
    sent = draw(operations())
    repeats = draw(st.lists(st.sampled_from(sent), max_size=20)) if sent else []
    return sent, draw(st.permutations(sent + repeats))


def told(all_of: list[Json]) -> Switch:
    switch = Switch("boot")
    for each in all_of:
        assert switch.apply(each).result in {"ok", "stale"}
    return switch


def held(state: State) -> dict[str, tuple[int | None, Any]]:
    entries = state.entries(after="", limit=1000, tombstones=True)
    assert [key for key, _ in entries] == sorted(key for key, _ in entries)
    return {key: (entry.version, entry.value) for key, entry in entries}


def newest(sent: list[Json]) -> dict[str, tuple[int, Any]]:
    in_order = sorted(sent, key=lambda each: each["version"])
    return {each["key"]: (each["version"], each["value"]) for each in in_order}


class TestOrder:
    @given(deliveries())
    def test_does_not_matter(self, delivery: tuple[list[Json], list[Json]]) -> None:
        sent, delivered = delivery

        switch = told(delivered)

        assert held(switch.state) == newest(sent)
        in_order = told(sent).state
        assert [switch.state.call(n) for n in DIALLED] == [
            in_order.call(n) for n in DIALLED
        ]

    @given(deliveries())
    def test_never_lets_an_older_version_take_effect(
        self, delivery: tuple[list[Json], list[Json]]
    ) -> None:
        switch = told(delivery[1])

        newest_so_far: dict[str | None, int] = {}
        for line in switch.journal(after=0, limit=1000):
            assert line.version is not None
            before = newest_so_far.get(line.key, -1)
            assert line.result == ("ok" if line.version >= before else "stale")
            newest_so_far[line.key] = max(before, line.version)


class TestCalls:
    @given(worlds(), st.sampled_from(DIALLED))
    @settings(max_examples=500)
    def test_ring_where_a_patient_reader_of_all_entries_says(
        self, sent: list[Json], number: str
    ) -> None:
        call = told(sent).state.call(number)

        assert (call.rule, call.rings_at, sorted(call.because)) == Oracle(sent).call(
            number
        )
        assert call.diverted == bool(call.because)


class Oracle:
    """Says the same in another way: it spells out every number of every block."""

    def __init__(self, sent: list[Json]) -> None:
        held = newest(sent)
        self.values = {k: v for k, (_, v) in held.items() if v is not None}

    def call(self, number: str) -> tuple[str | None, str | None, list[str]]:
        rules = [k for k in self.values if k.startswith("rule/") and covers(k, number)]
        if not rules:
            return None, number, []
        key = min(sorted(rules), key=how_many)
        because = sorted(self.reasons(number, self.values[key]))
        off = self.values[key]["off"] or self.on("hold", "held")
        if off or not because:
            return key, number, []
        return key, self.target(number, self.values[key]), because

    def reasons(self, number: str, rule: Json) -> Iterator[str]:
        for key in self.values:
            match key.split("/"):
                case ["cause", _, _]:
                    if covers(key, number) and self.on(key, "active"):
                        yield key
                case ["flag", kind, place]:
                    counts = kind == "fault" or rule["planned"]
                    if place in rule["places"] and counts and self.on(key, "raised"):
                        yield key

    def target(self, number: str, rule: Json) -> str | None:
        down = any(
            self.on(f"flag/{kind}/{place}", "raised")
            for kind in ("fault", "planned")
            for place in rule["target_places"]
        )
        if down:
            return rule["fallback"]  # type: ignore[no-any-return]  # of a drawn rule
        if not rule["keep_extension"]:
            return str(rule["target"])
        length = len(rule["first"])
        offset = int(number[:length]) - int(rule["first"])
        return f"+{int(rule['target']) + offset}{number[length:]}"

    def on(self, key: str, word: str) -> bool:
        return bool(self.values.get(key, {}).get(word))


def spelled_out(key: str) -> list[str]:
    first, _, last = key.split("/")[1].partition("-")
    return [f"+{n}" for n in range(int(first), int(last or first) + 1)]


def covers(key: str, number: str) -> bool:
    is_block = "-" in key
    return any(
        number == each or (is_block and number.startswith(each))
        for each in spelled_out(key)
    )


def how_many(key: str) -> int:
    """Count the numbers of twelve digits or, for a lone number, less than any."""
    if "-" not in key:
        return 0
    return sum(10 ** (13 - len(each)) for each in spelled_out(key))
