"""From the end of the play to the account: wait for rest, look, compare."""

import time

from support.kill import checks
from support.kill.evidence import (
    Evidence,
    read_forwarding,
    read_portal,
    read_singles,
    read_switch,
    read_topics,
)
from support.kill.letters import lost_messages
from support.kill.model import Model
from support.kill.players import Notes
from support.kill.quiet import wait_until_quiet
from support.kill.report import Account
from support.kill.stage import Stage
from support.kill.story import Story
from support.waiting import eventually

COMPARED_WITHIN = 60.0


async def calm_down(stage: Stage, *, within: float) -> None:
    """Wait until nothing is under way, and the switch was compared after that."""
    await wait_until_quiet(stage.database.admin_url, stage.servers, within=within)
    forwarding, now = stage.services["forwarding"], time.time()

    async def is_compared() -> bool:
        name = "forwarding_audit_last_success_timestamp_seconds"
        drift = await forwarding.metric("forwarding_drift_lines")
        return await forwarding.metric(name) > now and not drift

    await eventually(is_compared, within=COMPARED_WITHIN)
    await wait_until_quiet(stage.database.admin_url, stage.servers, within=within)


async def account_for(
    stage: Stage, story: Story, notes: Notes, *, command: str
) -> tuple[Account, Model]:
    """Look at everything there is, compare it with the facts, and account for all."""
    model = Model(story.steps, notes.taken)
    found = await _look(stage, model, story)
    account = Account(
        story,
        command,
        sent=len(story.steps),
        acknowledged=len(notes.taken),
        refused=notes.refused,
        counts=notes.counts,
    )
    account.wrong = checks.wrong_numbers(model, found)
    account.stale = checks.stale_flips(found)
    account.uncaused = checks.uncaused_flips(story.steps, found)
    account.duplicates, account.different = checks.told_twice(found)
    account.lost = [
        *checks.lost_wishes(story.steps, notes, found),
        *checks.lost_orders(story.steps, notes, found),
        *await lost_messages(stage.database.admin_url, notes, found),
    ]
    account.flips = found.changes
    expected = [model.expect(number) for number in model.subjects()]
    account.subjects = len(expected)
    account.diverted = sum(one.diverted for one in expected)
    for client in stage.clients.values():
        account.counts["HTTP retries"] += client.retries.total()
    return account, model


async def _look(stage: Stage, model: Model, story: Story) -> Evidence:
    """Return what there is now."""
    found, subjects = Evidence(), model.subjects()
    found.messages = await read_topics(stage.servers)
    await read_switch(stage.switch_url, subjects, found)
    await read_forwarding(stage.database.url("forwarding"), subjects, found)
    clients = {name: stage.client(name) for name in story.customers}
    await read_portal(clients, found)
    await read_singles(clients, model, found)
    return found
