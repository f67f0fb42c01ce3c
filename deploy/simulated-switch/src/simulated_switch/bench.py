"""
Measures a running switch.

    python -m simulated_switch --port 8090 &
    python -m simulated_switch.bench 127.0.0.1:8090
"""

import json
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from statistics import median
from time import perf_counter

RULES = 100_000
BATCH = 1_000
FLAGS = 200
PLACES = ["line-1", "an-1", "agg-1", "region-1"]


def operations() -> Iterator[dict[str, object]]:
    """Return a rule for each number behind one access node."""
    for n in range(RULES):
        number = f"+4930{n:08}"
        value = {
            "first": number,
            "last": None,
            "line": PLACES[0],
            "places": PLACES,
            "target": "+4917717712345",
            "keep_extension": False,
            "fallback": None,
            "target_places": [],
            "off": False,
            "planned": False,
            "reason": "unavailable",
        }
        yield {"key": f"rule/{number}", "version": 1, "value": value}


def ask(connection: HTTPConnection, method: str, path: str, body: bytes = b"") -> bytes:
    """Return the body of the answer."""
    connection.request(method, path, body, {"content-type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:  # noqa: PLR2004 - the only good one
        raise SystemExit(answer.decode())
    return answer


def load(connection: HTTPConnection) -> float:
    """Return how many seconds the switch took for all rules."""
    rules = list(operations())
    bodies = [
        json.dumps({"operations": rules[i : i + BATCH]}).encode()
        for i in range(0, RULES, BATCH)
    ]
    begin = perf_counter()
    for body in bodies:
        ask(connection, "POST", "/v1/apply", body)
    return perf_counter() - begin


def audit(connection: HTTPConnection) -> float:
    """Return how many seconds it took to read everything back."""
    begin = perf_counter()
    after: str | None = ""
    while after is not None:
        query = f"limit=5000&after={after.replace('+', '%2B')}"
        after = json.loads(ask(connection, "GET", f"/v1/audit?{query}"))["next"]
    return perf_counter() - begin


def flip(connection: HTTPConnection) -> float:
    """Return the milliseconds from raising a flag to a call that was diverted."""
    times = []
    for version in range(1, FLAGS + 1):
        raised = version % 2 == 1
        flag = {
            "key": "flag/fault/an-1",
            "version": version,
            "value": {"raised": raised},
        }
        body = json.dumps({"operations": [flag]}).encode()
        begin = perf_counter()
        ask(connection, "POST", "/v1/apply", body)
        call = json.loads(ask(connection, "GET", "/v1/calls/+493000000007"))
        times.append(perf_counter() - begin)
        if call["diverted"] is not raised:
            raise SystemExit(call)
    return median(times) * 1000


def main() -> None:
    """Print what was measured."""
    connection = HTTPConnection(sys.argv[1])
    ask(connection, "POST", "/v1/restart")
    print(f"{RULES} rules in batches of {BATCH}: {load(connection):.2f} s")
    print(f"the same again (repeats): {load(connection):.2f} s")
    print(f"audit of all: {audit(connection):.2f} s")
    print(f"flag and the answer of the next call, median: {flip(connection):.2f} ms")


if __name__ == "__main__":
    main()
