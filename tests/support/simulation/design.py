"""Which safeguards the simulated system has: without each of them it must fail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Design:
    """As it is built, unless something is taken away."""

    acknowledges_after_effect: bool = True
    """`ack_policy`, `enable_auto_commit`"""
    repeats_what_failed: bool = True
    """NACK_ON_ERROR: else the next success commits past a failure."""
    reads_from_the_beginning: bool = True
    """`auto_offset_reset=earliest`"""
    tells_through_outbox: bool = True
    """Else events are sent after the commit, when there is still time."""
    relay_deletes_after_sending: bool = True
    """Else a crash in between loses what was read."""
    parks_poison: bool = True
    """Else it is tried for ever, and holds up what comes behind it."""
    switch_compares_versions: bool = True
    """Else a worker that slept brings back what was."""
    sends_again_what_is_pending: bool = True
    """Else a change is sent once, right after its fact."""
