"""Which rule a number has: its own, or that of its block."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from portal_gateway.domain.facts import Picture, Range, Setting, Wish, is_block

NO_RULE = Setting()


ANSWERED_AFTER = timedelta(minutes=1)
"""Forwarding has answered by then, unless it is down or a crowd comes first."""


def rule_of(picture: Picture, span: Range) -> Wish | None:
    """Return the wish for a range, unless the option ended after it."""
    wish = picture.wishes.get(span)
    if wish is None or picture.has_ended(
        span, after=wish.option_version, since=wish.at
    ):
        return None
    return wish


def is_unheard(wish: Wish | None, at: datetime) -> bool:
    """Tell whether forwarding is silent for so long that it may never have heard."""
    return wish is not None and wish.is_pending and at - wish.asked_at > ANSWERED_AFTER


def winner(own: Setting | None, around: Wish | None, at: str) -> tuple[Setting, str]:
    """Return the rule that holds for a number, and whose it is: own, block or none."""
    if own is not None:
        return own, "own"
    if around and around.shown is not None:
        return around.shown.inside(around.span, at), "block"
    return NO_RULE, "none"


def rule_around(picture: Picture, span: Range) -> Setting | None:
    """Return the rule of the block that a number is in, as it holds for the number."""
    block = None if is_block(span) else picture.block_of(span[0])
    wish = rule_of(picture, block) if block else None
    return winner(None, wish, span[0])[0] if wish and wish.shown else None


def switching_on(own: Setting | None, block: Setting | None) -> dict[str, Any] | None:
    """
    Return what changes of a number's own rule when it is switched on.

    Without a target of its own it goes where its block's rule goes; None: it needs no
    rule of its own for that, since its block's is on.
    """
    if (own and own.target) or not (block and block.target):
        return {"enabled": True}
    return None if block.enabled else asdict(block) | {"enabled": True}
