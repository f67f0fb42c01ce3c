"""What a check answers when a number cannot be taken: a code and the facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

RefusalCode = Literal[
    "target_empty",
    "target_has_letters",
    "target_has_extension",
    "target_has_pause",
    "target_has_service_code",
    "target_has_foreign_digits",
    "target_has_hidden_characters",
    "target_has_wrong_characters",
    "target_too_long",
    "target_too_short",
    "target_not_a_number",
    "target_missing_plus",
    "target_missing_area_code",
    "target_doubled_country_code",
    "target_unknown_country",
    "target_unknown_number",
    "target_emergency",
    "target_ambulance",
    "target_authority",
    "target_social_service",
    "target_directory",
    "target_premium",
    "target_mass_traffic",
    "target_service_number",
    "target_user_group",
    "target_personal_number",
    "target_freephone",
    "target_national_subscriber",
    "target_pager",
    "target_call_by_call",
    "target_online_service",
    "target_network_internal",
    "target_satellite",
    "target_international_service",
    "target_mailbox",
    "target_country_not_allowed",
    "target_kind_not_allowed",
    "target_own_number",
    "target_own_block",
    "target_same_line",
    "target_circle",
    "target_looks_like_block",
    "target_not_a_block",
    "target_block_size",
    "target_block_extension",
    "target_held",
]
"""Stable names: clients and dashboards rely on them, so none is ever reused."""

ONLY_SHOWN: Final[frozenset[str]] = frozenset(
    {"target_own_number", "target_own_block", "target_same_line"}
)
"""Flags of targets that fail with the number: of no use, but nobody else is harmed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a number is not taken; `contracts.refusals` holds the words for people."""

    code: RefusalCode
    suggestion: str | None = None
    chain: tuple[str, ...] = ()
    facts: Mapping[str, str | int] = field(default_factory=dict, hash=False)


class Refused(ValueError):
    """Raised where a number was demanded; `refusal` says why there is none."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"number refused: {refusal.code}")
        self.refusal = refusal
