"""Words of what staff hold off, and of what a contract says of new targets."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.holds": Phrase("Sperren", "Holds"),
    "holds.lead": Phrase(
        "Was hier steht, wird nicht umgeleitet, bis es aufgehoben ist. Jede Sperre und "
        "jede Aufhebung wird mit Namen und Grund festgehalten.",
        "Nothing listed here is diverted until the hold is lifted. Every hold and "
        "every release is recorded with name and reason.",
    ),
    "holds.now": Phrase("Gesperrt", "On hold"),
    "holds.none": Phrase("Nichts ist gesperrt.", "Nothing is on hold."),
    "holds.what": Phrase("Was", "What"),
    "holds.by": Phrase("Wer und wann", "Who and when"),
    "holds.because": Phrase("Begründung", "Explanation"),
    "holds.lift": Phrase("Aufheben", "Lift"),
    "holds.of_customer": Phrase("Alles von Kunde", "Everything of customer"),
    "holds.by_owner": Phrase("Inhaber der Nummer", "Owner of the number"),
    "holds.by_code": Phrase("mit Code bestätigt", "confirmed by code"),
    "holds.everything": Phrase("Alle Rufumleitungen", "All forwardings"),
    "holds.reason": Phrase("Grund", "Reason"),
    "holds.reason.owner": Phrase(
        "Inhaber will keine Umleitungen", "Owner wants no forwardings"
    ),
    "holds.reason.misuse": Phrase("Verdacht auf Missbrauch", "Suspected misuse"),
    "holds.target": Phrase("Ziel sperren", "Put a target on hold"),
    "holds.target.what": Phrase(
        "Keine Umleitung führt mehr dorthin, gleich wessen. Wer die Nummer als Ziel "
        "hat, wird benachrichtigt. So lässt sich auch der Inhaber einer Nummer "
        "austragen (§\N{NO-BREAK SPACE}16\N{NO-BREAK SPACE}TDDDG).",
        "No forwarding leads there any more, whoever set it. Everyone who has the "
        "number as a target is notified. This is also how the owner of a number is "
        "taken off (§\N{NO-BREAK SPACE}16\N{NO-BREAK SPACE}TDDDG).",
    ),
    "holds.number": Phrase("Rufnummer", "Phone number"),
    "holds.last": Phrase("bis (bei einem Bereich)", "up to (for a range)"),
    "holds.target.send": Phrase("Ziel sperren", "Put target on hold"),
    "holds.customer": Phrase("Kunden anhalten", "Put a customer on hold"),
    "holds.customer.what": Phrase(
        "Alle Umleitungen dieses Kunden enden und bleiben aus. Seine Kontakte werden "
        "benachrichtigt.",
        "All forwardings of this customer end and stay off. Their contacts are "
        "notified.",
    ),
    "holds.customer.number": Phrase("Kundennummer", "Customer number"),
    "holds.customer.unknown": Phrase(
        "Diese Kundennummer gibt es nicht. Bitte prüfen Sie sie; suchen lässt sich "
        "unter »Kunden« auch nach dem Namen.",
        "This customer number does not exist. Please check it; under “Customers” "
        "you can also search by name.",
    ),
    "holds.customer.send": Phrase("Kunden anhalten", "Put customer on hold"),
    "holds.all": Phrase("Notaus für alle", "Kill switch for all"),
    "holds.all.what": Phrase(
        "Alle Umleitungen aller Kunden enden und bleiben aus, auch in Störungen. Ihr "
        "Kennwort wird noch einmal verlangt.",
        "All forwardings of all customers end and stay off, even during outages. "
        "You will be asked for your password again.",
    ),
    "holds.all.send": Phrase("Alles anhalten", "Put everything on hold"),
    "holds.done.held": Phrase(
        "Gesperrt. Es wirkt in wenigen Sekunden.",
        "On hold. It takes effect within seconds.",
    ),
    "holds.done.lifted": Phrase(
        "Aufgehoben. Es wirkt in wenigen Sekunden.",
        "Lifted. It takes effect within seconds.",
    ),
    "terms.title": Phrase("Neue Ziele", "New targets"),
    "terms.wait": Phrase("Wartezeit in Stunden", "Waiting time in hours"),
    "terms.a_day": Phrase("Höchstens am Tag", "Maximum a day"),
    "terms.hint": Phrase(
        "Leer: wie für alle. 0 Stunden: neue Ziele gelten sofort.",
        "Empty: as for everybody. 0 hours: new targets apply at once.",
    ),
    "terms.send": Phrase("Vertrag ändern", "Change contract"),
    "terms.done": Phrase("Der Vertrag ist geändert.", "The contract has been changed."),
    "terms.waiting": Phrase("Ziele in der Wartezeit", "Targets still waiting"),
    "terms.waits": Phrase("gilt ab {at}", "valid from {at}"),
    "terms.release": Phrase("Nach Rückruf freigeben", "Release after a call-back"),
    "terms.released": Phrase(
        "Das Ziel ist freigegeben.", "The target has been released."
    ),
    "terms.show": Phrase(
        "Zum Freigeben die Ziele ganz anzeigen.",
        "Show targets in full to release them.",
    ),
    "security.targets": Phrase("Neue Ziele", "New targets"),
    "security.targets.what": Phrase(
        "Ihr Vertrag sieht eine Wartezeit für neue Ziele vor. Diese gelten bald:",
        "Your contract has a waiting time for new targets. These can be used soon:",
    ),
    "deed.forwardings_held": Phrase("Angehalten", "Put on hold"),
    "deed.forwardings_released": Phrase("Wieder freigegeben", "Released again"),
    "deed.terms_changed": Phrase("Vertrag geändert", "Contract changed"),
    "deed.target_released": Phrase("Neues Ziel freigegeben", "New target released"),
    "deed.target_waits": Phrase("Neues Ziel wartet", "New target is waiting"),
    "history.forwardings_held": Phrase(
        "Alle Rufumleitungen angehalten", "All forwardings put on hold"
    ),
    "history.forwardings_released": Phrase(
        "Rufumleitungen gelten wieder", "Forwardings work again"
    ),
    "history.target_waits": Phrase("Neues Ziel wartet", "New target is waiting"),
    "history.target_released": Phrase("Neues Ziel freigegeben", "New target released"),
    "history.terms_changed": Phrase("Vertrag geändert", "Contract changed"),
}
