"""Words of the orders."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "orders.lead": Phrase(
        "Ihre Verträge und ob ecotel @once SelfCare dazugehört.",
        "Your contracts, and whether ecotel @once SelfCare is part of them.",
    ),
    "orders.empty": Phrase("Noch kein Auftrag", "No order yet"),
    "orders.empty.do": Phrase(
        "Sobald Sie ein Produkt bei uns beauftragt haben, steht es hier. Die Hotline "
        "0800-0326835 nimmt Ihren Auftrag entgegen.",
        "As soon as you have ordered a product, it appears here. To order, call the "
        "hotline on 0800-0326835.",
    ),
    "orders.placed": Phrase("beauftragt {at}", "ordered {at}"),
    "orders.number": Phrase("Auftrag {order}", "Order {order}"),
    "orders.with_option": Phrase("mit @once SelfCare", "with @once SelfCare"),
    "orders.without_option": Phrase("ohne @once SelfCare", "without @once SelfCare"),
    "order.state.placed": Phrase("wird bearbeitet", "being processed"),
    "order.state.accepted": Phrase("angenommen", "accepted"),
    "order.state.refused": Phrase("abgelehnt", "refused"),
    "order.state.cancelled": Phrase("Option beendet", "option ended"),
    "order.by.portal": Phrase("über das Portal", "via the portal"),
    "order.by.phone": Phrase("telefonisch", "by phone"),
    "order.by.mail": Phrase("per E-Mail", "by e-mail"),
    "order.by.product_order": Phrase(
        "mit dem Produktauftrag", "with the product order"
    ),
    "order.positions": Phrase("Positionen", "Positions"),
    "order.position": Phrase("Position", "Position"),
    "order.quantity": Phrase("Anzahl", "Quantity"),
    "order.numbers": Phrase("Rufnummern", "Numbers"),
    "order.since": Phrase("Freigeschaltet", "Enabled"),
    "order.open": Phrase("freigeschaltet", "enabled"),
    "order.more": Phrase(
        "und {n} weitere, siehe Konfigurator", "and {n} more, see the configurator"
    ),
    "order.options": Phrase("Optionen", "Options"),
    "order.configure": Phrase("ecotel @once konfigurieren", "Configure ecotel @once"),
    "order.option.enabled": Phrase(
        "Die Option ist freigeschaltet. Legen Sie fest, wohin Anrufe bei einer Störung "
        "gehen.",
        "The option is enabled. Choose where calls go in an outage.",
    ),
    "order.option.partly_enabled": Phrase(
        "Die Option ist für einen Teil Ihrer Rufnummern freigeschaltet.",
        "The option is enabled for some of your numbers.",
    ),
    "order.option.more_coming": Phrase("Weitere ab {day}.", "More from {day}."),
    "order.option.more_opening": Phrase(
        "Weitere werden gerade freigeschaltet.", "More are being enabled right now."
    ),
    "order.option.more_overdue": Phrase(
        "Weitere sollten am {day} kommen und verspäten sich.",
        "More were due on {day} and are delayed.",
    ),
    "order.option.overdue": Phrase(
        "Ihre Rufnummern sollten am {day} kommen. Die Option wird von selbst "
        "freigeschaltet, sobald sie da sind. Fragen? 0800-0326835",
        "Your numbers were due on {day}. The option is enabled by itself once they "
        "are here. Questions? 0800-0326835",
    ),
    "order.option.opening": Phrase(
        "Die Option wird gerade freigeschaltet. Diese Seite zeigt es von selbst.",
        "The option is being enabled right now. This page updates by itself.",
    ),
    "order.option.word.ordered": Phrase("bestellt", "ordered"),
    "order.option.word.coming": Phrase("kommt", "coming"),
    "order.option.word.none": Phrase("nicht gebucht", "not booked"),
    "order.option.word.refused": Phrase("abgelehnt", "refused"),
    "order.option.word.cancelled": Phrase("beendet", "ended"),
    "order.option.word.ended": Phrase("beendet", "ended"),
    "order.option.ordered": Phrase(
        "Die Option ist bestellt. Sie wird ab dem Tag freigeschaltet, an dem Ihre "
        "Rufnummern portiert oder bereitgestellt sind.",
        "The option has been ordered. It is enabled on the day your numbers are "
        "ported or set up.",
    ),
    "order.option.coming": Phrase(
        "Die Option öffnet sich an diesem Tag von selbst.",
        "The option is enabled automatically on that day.",
    ),
    "order.option.none": Phrase(
        "Fällt Ihre Leitung aus, klingelt es mit dieser Option dort, wo Sie es "
        "möchten.",
        "With this option, calls ring wherever you want them to when your line fails.",
    ),
    "order.option.refused": Phrase(
        "Die Option konnte nicht eingerichtet werden.",
        "The option could not be set up.",
    ),
    "order.option.cancelled": Phrase(
        "Die Option ist beendet.", "The option has ended."
    ),
    "order.option.ended": Phrase("Die Option ist beendet.", "The option has ended."),
    "order.option.gone": Phrase(
        "Von diesem Auftrag ist keine Rufnummer mehr bei uns. Kommt wieder eine dazu, "
        "wird die Option für sie von selbst freigeschaltet.",
        "No number of this order is with us any more. If one joins it again, the "
        "option is enabled for it by itself.",
    ),
    "order.option.order": Phrase(
        "ecotel @once SelfCare dazubuchen", "Add ecotel @once SelfCare"
    ),
}
