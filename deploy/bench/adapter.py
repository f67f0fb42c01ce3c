"""
Our forwarding service as a candidate of the peers' harness (named by PEERS_DIR).

The whole service runs, with durable state and recovery in place: facts, flips and
untold flips in PostgreSQL with fsync. `ours` acknowledges at the switch at once, as
the peers have none; `ours-switch` really calls the simulated switch in between.
"""

import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from candidate import BOOTSTRAP, POSTGRES, Candidate

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "devstack" / "src" / "devstack" / "bench"))

import rules as ours  # noqa: E402 - found by the line above

PYTHON = os.environ.get("BENCH_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
HEALTH = "http://127.0.0.1:28082"
TOPICS = re.findall(
    r"^  ([A-Z]\w+):",
    (ROOT / "deploy" / "kafka" / "topics.yaml").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def schema() -> str:
    """Return the tables of forwarding, from its migrations."""
    files = [
        *sorted((ROOT / "chassis" / "migrations").glob("*.sql")),
        *sorted((ROOT / "services" / "forwarding" / "migrations").glob("*.sql")),
    ]
    return "\n".join(
        file.read_text().split("-- migrate: apply")[1].split("-- migrate: rollback")[0]
        for file in files
    )


class Ours(Candidate):  # type: ignore[misc] # the harness is untyped
    """One forwarding service with the harness's numbers armed."""

    def __init__(self, name: str, *, switch: str) -> None:
        super().__init__(name)
        self.switch = switch

    def prepare(self) -> None:
        """Make a fresh database with our tables."""
        self.new_database(schema())

    def topics(self) -> dict[str, int]:
        """Name our topics; they carry no prefix, so one of ours runs at a time."""
        return dict.fromkeys(TOPICS, 4)

    def forwarding_topics(self) -> list[str]:
        """Name where the results are."""
        return ["ForwardingApplied"]

    def seed(self, rules: Iterable[Mapping[str, Any]], _producer: object) -> None:
        """Load options, rules and what the switch already holds."""
        known = [
            {
                "number": each["number"],
                "target": each["target"],
                "line": each["access_id"],
                "element": each["element_id"],
            }
            for each in rules
        ]
        columns = "line, customer_number, places, version"
        self.copy_in("line", columns, ours.lines(known))
        for table, makers in ours.TABLES.items():
            self.copy_in(table, ", ".join(makers), ours.rows(known, table))
        self.sql("SELECT setval('flip_seq', 10)", self.database)
        self.sql("VACUUM ANALYZE", self.database)
        self.sql("CHECKPOINT")

    def commands(self) -> list[tuple[list[str], dict[str, str]]]:
        """Start forwarding, and a switch where one is asked for."""
        own = {
            "KAFKA_BOOTSTRAP_SERVERS": BOOTSTRAP,
            "FORWARDING_DATABASE_URL": f"{POSTGRES}/{self.database}",
            "FORWARDING_PORT": "28082",
            "FORWARDING_SWITCH_URL": self.switch,
            "FORWARDING_RECONCILE_EVERY": "PT0S",
            "LOG_LEVEL": os.environ.get("BENCH_LOG_LEVEL", "WARNING"),
        }
        service = [([PYTHON, "-m", "forwarding"], own)]
        if self.switch == "none":
            return service
        port = self.switch.rsplit(":", 1)[1]
        return [([PYTHON, "-m", "simulated_switch", "--port", port], {}), *service]

    def ready(self, _log: str, rules: int) -> bool:
        """Tell whether it has joined its topics, and put most numbers on sheets."""
        try:
            with urllib.request.urlopen(f"{HEALTH}/health/ready", timeout=2) as answer:
                if answer.status != HTTPStatus.OK:
                    return False
            with urllib.request.urlopen(f"{HEALTH}/metrics", timeout=2) as answer:
                ready = ours.ready(answer.read().decode())
        except OSError:
            return False
        few = rules < ours.SINGLES + ours.MANY
        if few or ready > rules * ours.MOST:
            self.sql("VACUUM ANALYZE", self.database)
            self.sql("CHECKPOINT")
            return True
        return False

    def outage(
        self, detected: bool, outage_id: str, element: str, access: str | None = None
    ) -> tuple[str, bytes, bytes]:
        """Tell an outage in our form."""
        now = "2026-11-23T12:00:00Z"
        event: dict[str, Any] = {"outage_id": outage_id, "element": access or element}
        if detected:
            event |= {"kind": "fault", "occurred_at": now, "detected_at": now}
            return "OutageDetected", element.encode(), json.dumps(event).encode()
        event |= {"version": 2, "cleared_at": now}
        return "OutageCleared", element.encode(), json.dumps(event).encode()

    def result(self, value: bytes) -> tuple[bool, str, str]:
        """Read a ForwardingApplied."""
        event = json.loads(value)
        return event["in_effect"], event["outage_id"], event["number"]


CANDIDATES = [
    Ours("ours", switch="none"),
    Ours("ours-switch", switch="http://127.0.0.1:28090"),
]

if __name__ == "__main__":
    sys.exit("This is read by the harness: bench.py --adapter … (see make bench).")
