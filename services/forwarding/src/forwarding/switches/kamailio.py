"""A SIP proxy that diverts: Kamailio with deploy/sip/selfcare.cfg."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import httpx

from chassis import tracing
from chassis.errors import Unavailable
from forwarding import metrics
from forwarding.switch import (
    Answer,
    Answers,
    Capabilities,
    Desired,
    Difference,
    Fenced,
    Incarnation,
    Operation,
    Unreachable,
)
from forwarding.switches.kamailio_text import Lines, key_of, lines_of
from forwarding.switches.web import its_answer

LINES = 1000
"""In one request."""
BYTES = 200_000
"""In one request, its headers not counted: a node cannot read longer ones."""
DIGITS = 5
"""Before each line, for its length."""
REFUSALS = {"bad": "bad_value", "conflict": "version_conflict"}


class Page(NamedTuple):
    """An answer: what its first line says, and the lines below."""

    facts: dict[str, str]
    lines: list[str]


class Said(NamedTuple):
    """What is said of one operation that is not simply done, or held."""

    at: int
    """Which operation it is."""
    word: str
    version: int | None


class KamailioSwitch:
    """One node; what it must hold is written to it, and it asks nobody."""

    backend = "kamailio"
    capabilities = Capabilities(batch=5000, says_ready=True)
    partial = False

    def __init__(
        self,
        url: str,
        *,
        key: str,
        timeout: timedelta,
        fence: Callable[[], int] = lambda: 1,
    ) -> None:
        self.name = url.removeprefix("http://")
        self.boot: str | None = None
        self._fence = fence
        self._passed_by = -1
        """Our fence while the node had seen a higher one: what it forgets, we know."""
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=timeout.total_seconds(),
            trust_env=False,
            headers={b"x-key": key.encode()},
        )

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Write some lines; a lost answer is Unavailable, and harmless to repeat."""
        lines = lines_of(operations)
        answers = {
            at: Answer(operations[at].key, "refused", None, why)
            for at, why in lines.refused.items()
        }
        with metrics.OPERATION_SECONDS.labels("apply", "kamailio").time():
            async for said in self._answers_to("/apply", lines):
                answers[said.at] = _answer(operations[said.at], said)
        results = Counter(answer.result for answer in answers.values())
        results["ok"] += len(operations) - len(answers)
        for result, times in results.items():
            metrics.OPERATIONS.labels("apply", result, "kamailio").inc(times)
        return Answers(operations, answers)

    async def incarnation(self) -> Incarnation:
        """Ask which life it is, and whether it knows its rules."""
        facts = (await self._call("GET", "/state")).facts
        fence = facts.get("fence", "")
        seen = int(fence) if fence.isdecimal() else 0
        if seen > self._fence():
            self._passed_by = self._fence()
        return Incarnation(facts["boot"], facts.get("ready") == "1", seen)

    async def audit(self, desired: Desired) -> AsyncIterator[Difference]:
        """
        Compare without reading everything back.

        The switch says which lines it does not hold exactly so. Only if it holds
        more rules than we know of, their names are read to find the foreign ones.
        """
        states, rules, absent = set[str](), 0, 0
        async for some, lines in _batches(desired):
            named = [line.split(" ", 2)[1] for line in lines.texts if line[0] != "r"]
            states.update(named)
            rules += len(lines.texts) - len(named)
            async for said in self._answers_to("/check", lines):
                found = _difference(some[said.at], said)
                absent += found.key.startswith("rule/") and said.word != "differs"
                yield found
        async for name, version, value in self._entries("state"):
            if name not in states and value == "1":
                yield Difference(key_of("state", name), "stuck", version)
        if await self._rules() > rules - absent:
            async for foreign in self._foreign(desired):
                yield foreign

    async def _foreign(self, desired: Desired) -> AsyncIterator[Difference]:
        ours = set[str]()
        async with aclosing(desired()) as wanted:
            async for some in wanted:
                ours.update(one.key for one in some)
        async for name, version, _ in self._entries("arm"):
            if (key := key_of("arm", name)) not in ours:
                yield Difference(key, "stuck", version)

    async def sizes(self) -> dict[str, Any]:
        """Return how many entries its tables have, and how its memory is used."""
        answer = await self._request("GET", "/sizes")
        with its_answer(self.name):
            return dict(answer.json())

    async def _rules(self) -> int:
        sizes = await self.sizes()
        with its_answer(self.name):
            tables = sizes["tables"]["result"]
            [rules] = [int(t["all"]) for t in tables if t["name"] == "arm"]
            return rules

    async def _entries(
        self, table: Literal["arm", "state"]
    ) -> AsyncIterator[tuple[str, int, str]]:
        """Read a table: names, versions and values; of rules without their value."""
        at = "0"
        while at != "-":
            page = await self._call("GET", f"/list/{table}/{at}")
            with its_answer(self.name):
                at = page.facts["more"]
            for line in page.lines:
                name, _, entry = line.partition(" ")
                with its_answer(self.name):
                    version, _, value = entry.partition("|")
                    found = name, int(version), value
                yield found

    async def ready(self, boot: str) -> None:
        """Let calls in; refused when it is another life by now."""
        shown = {"x-boot": boot, "x-fence": self._shown_fence()}
        await self._call("POST", "/ready", headers=shown)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def _answers_to(self, path: str, lines: Lines) -> AsyncIterator[Said]:
        """Send lines; yield what the switch says, and of which operation."""
        for begin, end in _requests(lines.texts):
            page = await self._lines(path, lines.texts[begin:end])
            for line in page.lines:
                with its_answer(self.name):
                    index, word, *version = line.split()
                    at = lines.at[begin + int(index)]
                    said = Said(at, word, int(version[0]) if version else None)
                yield said

    async def _lines(self, path: str, lines: list[str]) -> Page:
        page = await self._call(
            "POST",
            path,
            content="".join(f"{len(line):0{DIGITS}}{line}" for line in lines),
            headers={"x-fence": self._shown_fence(), "content-type": "text/plain"},
        )
        with its_answer(self.name):
            done = int(page.facts["done"])
        if done + len(page.lines) != len(lines):
            raise Unavailable(f"{self.name}: not an answer to every line")
        return page

    def _shown_fence(self) -> str:
        """Return our fence; raises Fenced if another was in charge and we were told."""
        ours = self._fence()
        if ours <= self._passed_by:
            raise Fenced(f"{self.name}: another database took it over")
        return str(ours)

    async def _call(self, method: str, path: str, **more: Any) -> Page:
        answer = await self._request(method, path, **more)
        with its_answer(self.name):
            head, *lines = answer.text.splitlines()
            facts = dict(word.split("=", 1) for word in head.split())
            self.boot = facts["boot"]
        return Page(facts, lines)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: str | None = None,
    ) -> httpx.Response:
        with tracing.span(f"switch {method} {path}", kind="client") as span:
            named = {**(headers or {}), "traceparent": span.traceparent}
            return await self._answer(method, path, headers=named, content=content)

    async def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **more)
        except httpx.ConnectError as error:
            metrics.RETRIES.labels("kamailio", type(error).__name__).inc()
            raise Unreachable(f"{self.name}: {error!r}") from error
        except httpx.HTTPError as error:
            metrics.RETRIES.labels("kamailio", type(error).__name__).inc()
            raise Unavailable(f"{self.name}: {error!r}") from error
        if response.is_success and response.text:
            return response
        metrics.RETRIES.labels("kamailio", str(response.status_code)).inc()
        if response.status_code == httpx.codes.CONFLICT and "fence" in response.text:
            self._passed_by = max(self._passed_by, int(more["headers"]["x-fence"]))
            raise Fenced(f"{self.name}: {response.text.strip()}")
        raise Unavailable(f"{self.name}: answered {response.status_code}")


async def _batches(
    desired: Desired,
) -> AsyncIterator[tuple[Sequence[Operation], Lines]]:
    """Return operations with their lines; what no switch takes cannot be missing."""
    async with aclosing(desired()) as wanted:
        async for some in wanted:
            yield some, lines_of(some)


def _requests(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Part lines into requests; without any there is one, which asks for the fence."""
    begin = size = 0
    for at, text in enumerate(texts):
        size += DIGITS + len(text)
        if at - begin == LINES or (size > BYTES and at > begin):
            yield begin, at
            begin, size = at, DIGITS + len(text)
    yield begin, len(texts)


def _answer(sent: Operation, said: Said) -> Answer:
    reason, version = said.word, said.version
    if reason == "stale":
        return Answer(sent.key, "stale", version)
    if reason == "full":
        raise Unavailable("switch: its memory is full")
    return Answer(sent.key, "refused", version, REFUSALS.get(reason, reason))


def _difference(one: Operation, said: Said) -> Difference:
    """`missing`, `gone 7` (removed by version 7) or `differs 7` (holds version 7)."""
    version = said.version or 0
    is_newer = said.word != "missing" and version >= one.version
    kind: Literal["ahead", "missing"] = "ahead" if is_newer else "missing"
    return Difference(one.key, kind, version, one.version)
