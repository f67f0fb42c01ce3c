"""A customer who is erased: forwarding forgets him, and his numbers ring at home."""

from datetime import timedelta

from chassis.clock import SystemClock
from contracts.customers import CustomerErased
from support.forwarding_facts import CUSTOMER, MOBILE, SECOND
from support.forwarding_lab import Lab
from support.waiting import eventually

PSEUDONYM = "erased-1"
RULES = "SELECT target FROM rule WHERE number = $1"
TABLES = """
    SELECT tablename FROM pg_tables
     WHERE schemaname = current_schema() AND tablename NOT IN ('inbox', 'outbox')
"""


async def rows(lab: Lab) -> str:
    """Return every row of forwarding's own tables as text."""
    async with lab.pool.acquire() as connection:
        return " ".join(
            [
                await connection.fetchval(
                    f"SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')::text FROM {name} t"  # noqa: S608 - names of our tables
                )
                for (name,) in await connection.fetch(TABLES)
            ]
        )


def erased(lab: Lab) -> CustomerErased:
    return CustomerErased(
        customer_number=CUSTOMER,
        pseudonym=PSEUDONYM,
        erased_by="hotline",
        erased_at=lab.facts.moment(),
    )


async def test_nothing_names_him_or_his_target_any_more(
    lab: Lab, number: str, line: str
) -> None:
    await lab.open(number, line)
    await lab.arm(number, MOBILE)
    await lab.use(number, "start", "manual")
    await lab.use(number, "stop", "manual")
    assert MOBILE in await rows(lab)

    # The end of the option comes behind its customer's end: it is waited for.
    await lab.send(erased(lab))
    await lab.send(lab.facts.disabled(number))
    await lab.quiet()

    async def is_gone() -> bool:
        return CUSTOMER not in await rows(lab)

    await eventually(is_gone, within=15)
    left = await rows(lab)
    assert MOBILE not in left
    assert PSEUDONYM in left
    assert await lab.rings(number) == number


async def test_the_next_owner_starts_from_nothing(
    lab: Lab, number: str, line: str
) -> None:
    await lab.open(number, line)
    await lab.arm(number, MOBILE)
    await lab.send(lab.facts.disabled(number))
    await lab.quiet()
    await lab.send(erased(lab))
    await lab.quiet()

    await lab.open(number, line, customer="K-next")

    assert await lab.rings(number) == number
    findings = await lab.audit(force=True)
    assert (findings.missing, findings.stuck, findings.ahead) == ([], [], [])


async def test_who_has_wished_since_keeps_what_is_newer(
    lab: Lab, number: str, other: str, line: str
) -> None:
    await lab.open(number, line)
    await lab.arm(number, MOBILE)
    await lab.send(lab.facts.disabled(number))
    await lab.quiet()
    at = SystemClock().now()
    # His wish of now comes before the number that it is for.
    later = at + timedelta(seconds=1)
    await lab.send(lab.facts.rule(other, SECOND, requested_at=later))
    await lab.quiet()
    await lab.send(erased(lab).model_copy(update={"erased_at": at}))
    await lab.quiet()

    await lab.open(other, line)
    await lab.quiet()

    assert await lab.pool.fetchval(RULES, other) == SECOND
    history = "SELECT count(*) FROM rule_history WHERE number = $1"
    assert await lab.pool.fetchval(history, number) == 0
