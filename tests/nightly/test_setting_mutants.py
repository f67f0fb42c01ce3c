"""
Each setting that keeps acknowledged facts, broken on purpose, is noticed by a test.

Minutes long, so no part of `make test`: python -m pytest tests/nightly
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

UNIT = tuple(
    f"tests/unit/chassis/test_{name}.py"
    for name in ("consuming", "durability", "inbox", "message_ids")
)
LIFE = ("tests/integration/chassis/test_life.py",)
REAL = (
    "tests/integration/chassis/test_fates.py",
    "tests/integration/chassis/test_outbox.py",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one module, and the tests of which one must notice."""

    module: str
    old: str
    new: str
    tests: tuple[str, ...] = UNIT


CONSUMING, OUTBOX, INBOX = "chassis.consuming", "chassis.outbox", "chassis.inbox"
MUTANTS = {
    "nothing (must survive)": Mutant(CONSUMING, "LISTEN_MS = 500", "LISTEN_MS = 501"),
    # -- subscribers ----------------------------------------------------------------
    "acknowledged before the effect": Mutant(
        CONSUMING,
        '        "ack_policy": AckPolicy.NACK_ON_ERROR,\n        "batch"',
        '        "ack_policy": AckPolicy.ACK_FIRST,\n        "batch"',
    ),
    "acknowledged although it failed": Mutant(
        CONSUMING,
        "            if await self._succeeds(records):\n",
        "            if await self._succeeds(records) or True:\n",
        REAL,
    ),
    "what failed does not come again": Mutant(
        CONSUMING, "consumer.seek(place, offset)", "pass", REAL
    ),
    "a batch that failed comes again from its end": Mutant(
        CONSUMING, "for each in reversed(records)", "for each in records", REAL
    ),
    "the broker acknowledges at once": Mutant(
        CONSUMING,
        "        ack_policy=AckPolicy.NACK_ON_ERROR,",
        "        ack_policy=AckPolicy.ACK_FIRST,",
    ),
    "offsets are committed by the clock": Mutant(
        CONSUMING,
        '        "batch": True,',
        '        "batch": True, "enable_auto_commit": True,',
    ),
    "a new group begins at the end": Mutant(
        CONSUMING, '"auto_offset_reset": "earliest"', '"auto_offset_reset": "latest"'
    ),
    "no static member": Mutant(
        CONSUMING,
        '        "group_instance_id": f"{service}.{topic}-{instance}",\n',
        "",
    ),
    "one group for all topics": Mutant(
        CONSUMING, '"group_id": f"{service}.{topic}"', '"group_id": service'
    ),
    "a long session": Mutant(
        CONSUMING, '"session_timeout_ms": 6000', '"session_timeout_ms": 45000'
    ),
    "a hang is noticed late": Mutant(
        CONSUMING, '"max_poll_interval_ms": 60_000', '"max_poll_interval_ms": 300_000'
    ),
    "a handler that tries to exit ends its consumer": Mutant(
        CONSUMING,
        "except (SystemExit, KeyboardInterrupt) as stop:",
        "except KeyboardInterrupt as stop:",
        REAL,
    ),
    "topics make themselves": Mutant(
        CONSUMING, "allow_auto_create_topics=False", "allow_auto_create_topics=True"
    ),
    "a stop waits for nothing": Mutant(
        CONSUMING,
        "graceful_timeout=settings.stop_timeout.total_seconds()",
        "graceful_timeout=None",
    ),
    "an offset too far is committed": Mutant(
        CONSUMING, "record.offset + 1", "record.offset + 2"
    ),
    "the position is committed, not what was handled": Mutant(
        CONSUMING, "self._consumer.commit(handled)", "self._consumer.commit()"
    ),
    "a failed message comes at once": Mutant(
        CONSUMING, "    await asyncio.sleep(seconds)\n", ""
    ),
    # -- producers ------------------------------------------------------------------
    "FastStream has a producer": Mutant(
        CONSUMING, "consumer_only=True", "consumer_only=False"
    ),
    "the relay waits for one": Mutant(OUTBOX, 'acks="all"', "acks=1"),
    "the relay waits for nobody": Mutant(OUTBOX, 'acks="all"', "acks=0"),
    "the relay repeats": Mutant(
        OUTBOX, "enable_idempotence=True", "enable_idempotence=False"
    ),
    "mass flips wait for one": Mutant("forwarding.fan_out", 'acks="all"', "acks=1"),
    "mass flips repeat": Mutant(
        "forwarding.fan_out", "enable_idempotence=True", "enable_idempotence=False"
    ),
    # -- outbox and inbox -------------------------------------------------------------
    "the outbox is read backwards": Mutant(
        OUTBOX, "ORDER BY id\n", "ORDER BY id DESC\n", REAL
    ),
    "two relays at once": Mutant(
        OUTBOX,
        "        while not await connection.fetchval(lock):",
        "        while False:",
        REAL,
    ),
    "what was sent stays": Mutant(
        OUTBOX,
        '"DELETE FROM outbox WHERE id = ANY($1::bigint[])"',
        '"SELECT $1::bigint[]"',
        REAL,
    ),
    "nobody waits for Kafka's answer": Mutant(
        OUTBOX, "await asyncio.gather(*sent)", "await asyncio.sleep(0)"
    ),
    "a message takes effect every time": Mutant(
        INBOX, 'return done == "INSERT 0 1"', "return True", REAL
    ),
    "an id is forgotten": Mutant(
        INBOX,
        "derived_id(record.topic, record.partition, record.offset)",
        "derived_id(record.topic, record.partition)",
    ),
    # -- the database and the process ------------------------------------------------
    "a commit is not on disk": Mutant(
        "chassis.postgres",
        '"jit": "off",',
        '"jit": "off", "synchronous_commit": "off",',
    ),
    "the database does not sync": Mutant(
        "devstack.settings",
        '"POSTGRES_FSYNC", unasked=True',
        '"POSTGRES_FSYNC", unasked=False',
    ),
    "a statement may hang for ever": Mutant(
        "chassis.postgres", "command_timeout=30", "command_timeout=None"
    ),
    "a dead consumer is left alone": Mutant(
        "chassis.watching",
        "(dead := dead_consumers(broker))",
        "(dead := [])",
        LIFE,
    ),
    "a lost client is left alone": Mutant(
        "chassis.watching",
        "(lost := lost_clients(broker))",
        "(lost := [])",
        LIFE,
    ),
    "a dead relay is left alone": Mutant(
        "chassis.service",
        "looks alive and does nothing.\n        os._exit(watching.EXIT_DEAD)",
        "looks alive and does nothing.\n        return",
        LIFE,
    ),
    "a producer may begin for ever": Mutant(
        "chassis.brokers",
        "asyncio.timeout(START_SECONDS)",
        "asyncio.timeout(None)",
        LIFE,
    ),
    "a start that failed stays half done": Mutant(
        "chassis.service",
        "                    await self.broker.stop()\n",
        "                    pass\n",
        LIFE,
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_setting_is_noticed(name: str) -> None:
    mutant = MUTANTS[name]
    told = {"module": mutant.module, "old": mutant.old, "new": mutant.new}
    env = {**os.environ, "MUTANT": json.dumps(told), "PYTHONPATH": "tests"}
    command = [*(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")]
    command += ["-p", "support.mutant", "--timeout", "90", *mutant.tests]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    said = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    sys.stdout.write(f"{name}: {said[0] if said else done.stdout[-300:]}\n")
    assert done.returncode == (0 if name.startswith("nothing") else 1), done.stdout
