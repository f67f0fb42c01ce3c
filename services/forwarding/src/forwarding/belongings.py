"""What customers set for numbers, and how long it is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.number_range import NumberRange
from contracts.options import OptionDisabled, OptionEvent
from forwarding.domain import KeptRule, Option, block_around, option_in_force


@dataclass(frozen=True, slots=True)
class Belongings:
    """Of some numbers and of those inside."""

    numbers: NumberRange
    inner: list[NumberRange]
    options: Mapping[NumberRange, Option]
    rules: Mapping[NumberRange, KeptRule]
    started: Mapping[str, datetime]
    """When the newest of a scope's causes began."""

    def over(self, event: OptionEvent, *, all_of_it: bool) -> list[NumberRange]:
        """
        Return for what every rule ends: the next owner of a number sees none of it.

        Of numbers that a fact of their own still enables, only what somebody else than
        their owner set; so of all without `all_of_it`, and what is older than an end.
        """
        return [
            one
            for one in (self.numbers, *self.inner)
            if self._is_a_strangers(one)
            or (not self._is_apart(one) and self._is_over(one, event, all_of_it))
        ]

    def begun_before(self, event: OptionEvent) -> list[NumberRange]:
        """Return for what a person began to divert before this end, if it is one."""
        if not isinstance(event, OptionDisabled):
            return []
        return [
            one
            for one in (self.numbers, *self.inner)
            if not self._is_apart(one)
            and self._is_his(one, event.customer_number)
            and self._began(one, event.disabled_at)
        ]

    def _is_apart(self, one: NumberRange) -> bool:
        option = self.options.get(one)
        return one != self.numbers and option is not None and option.enabled

    def _is_his(self, one: NumberRange, customer: str) -> bool:
        rule = self.rules.get(one)
        return rule is None or rule.customer_number == customer

    def _is_over(self, one: NumberRange, event: OptionEvent, all_of_it: bool) -> bool:  # noqa: FBT001 - as asked
        if not isinstance(event, OptionDisabled):
            return all_of_it
        version, at = event.version, event.disabled_at
        if (rule := self.rules.get(one)) is None:
            return all_of_it or self._began(one, at)
        if rule.customer_number != event.customer_number:
            return all_of_it
        # What he set since is not over, if it is read before this end.
        is_known = rule.option_version is not None
        return rule.is_before(version, at) or (all_of_it and not is_known)

    def _began(self, one: NumberRange, at: datetime) -> bool:
        since = self.started.get(str(one))
        return since is not None and since <= at

    def _is_a_strangers(self, one: NumberRange) -> bool:
        """Return whether a rule is somebody's who does not have these numbers."""
        rule, option = self.rules.get(one), None
        if rule:  # of a thousand numbers few have one
            around = block_around(one, self.options.values())
            option = option_in_force(self.options.get(one), around) or around
        return bool(rule and option and option.customer_number != rule.customer_number)
