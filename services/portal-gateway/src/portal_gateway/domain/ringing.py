"""The other end of a target that is a block, where a block rings."""

from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture, last_of_target


def target_last(entry: Entry) -> str | None:
    """Return the last number of the block that a block's rule names."""
    rule = entry.rule
    return last_of_target(entry.span, rule.target, keeps=rule.keep_extension)


def last_in_effect(picture: Picture, entry: Entry) -> str | None:
    """Return the same for where calls go now."""
    applied = picture.applied.get(entry.span)
    keeps = applied is not None and applied.keep_extension
    return last_of_target(entry.span, entry.target_in_effect, keeps=keeps)
