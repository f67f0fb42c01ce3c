"""The main menu: a page that belongs there gets one line."""

from typing import Final, NamedTuple


class Item(NamedTuple):
    """An entry; `words` is the key of its name, `roles` who sees it."""

    path: str
    words: str
    roles: frozenset[str]
    also: tuple[str, ...] = ()
    """Where further pages of it are."""

    @property
    def places(self) -> tuple[str, ...]:
        """Return where all its pages are."""
        return self.path, *self.also


CUSTOMER: Final = frozenset({"customer"})
AGENT: Final = frozenset({"agent"})
OPERATOR: Final = frozenset({"operator"})

ITEMS: Final = (
    Item("/auftraege", "nav.orders", CUSTOMER),
    Item("/konfigurator", "nav.configurator", CUSTOMER, also=("/importe",)),
    Item("/stoerungen", "nav.outages", CUSTOMER),
    Item("/verlauf", "nav.history", CUSTOMER),
    Item("/benachrichtigungen", "nav.contacts", CUSTOMER),
    Item("/hotline", "nav.hotline", AGENT),
    Item("/netzbetrieb", "nav.operations", OPERATOR),
    Item("/team/sperren", "nav.holds", AGENT | OPERATOR),
)

ACCOUNT: Final[tuple[Item, ...]] = (
    Item("/sicherheit", "nav.security", CUSTOMER | AGENT | OPERATOR),
)
"""Beside the name of who is signed in."""

HOMES: Final = {
    "customer": "/auftraege",
    "agent": "/hotline",
    "operator": "/netzbetrieb",
}
"""Where each role starts."""
