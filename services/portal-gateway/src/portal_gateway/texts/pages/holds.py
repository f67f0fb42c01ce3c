"""Words of what staff hold off, and of what a contract says of new targets."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.holds": Phrase("Sperren", "Holds"),
    "holds.lead": Phrase(
        "Was hier steht, wird nicht umgeleitet, bis es aufgehoben ist. Jede Sperre und "
        "jede Aufhebung wird mit Namen und Grund festgehalten.",
        "What stands here is not diverted until it is lifted. Each hold and its end is "
        "recorded with name and reason.",
    ),
    "holds.now": Phrase("Gesperrt", "Held off"),
    "holds.none": Phrase("Nichts ist gesperrt.", "Nothing is held off."),
    "holds.what": Phrase("Was", "What"),
    "holds.by": Phrase("Wer und wann", "Who and when"),
    "holds.because": Phrase("Begründung", "Explanation"),
    "holds.lift": Phrase("Aufheben", "Lift"),
    "holds.of_customer": Phrase("Alles von Kunde", "All of customer"),
    "holds.by_owner": Phrase("Inhaber der Nummer", "Owner of the number"),
    "holds.by_code": Phrase("mit Code bestätigt", "confirmed by a code"),
    "holds.everything": Phrase("Alle Rufumleitungen", "All forwardings"),
    "holds.reason": Phrase("Grund", "Reason"),
    "holds.reason.owner": Phrase(
        "Inhaber will keine Umleitungen", "Owner wants no forwardings"
    ),
    "holds.reason.misuse": Phrase("Verdacht auf Missbrauch", "Suspected misuse"),
    "holds.target": Phrase("Ziel sperren", "Hold off a target"),
    "holds.target.what": Phrase(
        "Keine Umleitung führt mehr dorthin, gleich wessen. Wer die Nummer als Ziel "
        "hat, wird benachrichtigt. So lässt sich auch der Inhaber einer Nummer "
        "austragen (§\N{NO-BREAK SPACE}16\N{NO-BREAK SPACE}TDDDG).",
        "No forwarding leads there any more, whoever's it is. Who has the number as a "
        "target is told. The owner of a number can be taken off like this, too "
        "(§\N{NO-BREAK SPACE}16\N{NO-BREAK SPACE}TDDDG).",
    ),
    "holds.number": Phrase("Rufnummer", "Phone number"),
    "holds.last": Phrase("bis (bei einem Bereich)", "up to (of a range)"),
    "holds.target.send": Phrase("Ziel sperren", "Hold target off"),
    "holds.customer": Phrase("Kunden anhalten", "Hold a customer off"),
    "holds.customer.what": Phrase(
        "Alle Umleitungen dieses Kunden enden und bleiben aus. Seine Kontakte werden "
        "benachrichtigt.",
        "All forwardings of this customer end and stay off. His contacts are told.",
    ),
    "holds.customer.number": Phrase("Kundennummer", "Customer number"),
    "holds.customer.unknown": Phrase(
        "Diese Kundennummer gibt es nicht. Bitte prüfen Sie sie; suchen lässt sich "
        "unter »Kunden« auch nach dem Namen.",
        "There is no such customer number. Please check it; under “Customers” one can "
        "search by name, too.",
    ),
    "holds.customer.send": Phrase("Kunden anhalten", "Hold customer off"),
    "holds.all": Phrase("Notaus für alle", "Kill switch for all"),
    "holds.all.what": Phrase(
        "Alle Umleitungen aller Kunden enden und bleiben aus, auch in Störungen. Ihr "
        "Kennwort wird noch einmal verlangt.",
        "All forwardings of all customers end and stay off, in outages too. Your "
        "password is asked for once more.",
    ),
    "holds.all.send": Phrase("Alles anhalten", "Hold everything off"),
    "holds.done.held": Phrase(
        "Gesperrt. Es wirkt in wenigen Sekunden.", "Held off. It works in seconds."
    ),
    "holds.done.lifted": Phrase(
        "Aufgehoben. Es wirkt in wenigen Sekunden.", "Lifted. It works in seconds."
    ),
    "terms.title": Phrase("Neue Ziele", "New targets"),
    "terms.wait": Phrase("Wartezeit in Stunden", "Waiting time in hours"),
    "terms.a_day": Phrase("Höchstens am Tag", "At most a day"),
    "terms.hint": Phrase(
        "Leer: wie für alle. 0 Stunden: neue Ziele gelten sofort.",
        "Empty: as for everybody. 0 hours: new targets hold at once.",
    ),
    "terms.send": Phrase("Vertrag ändern", "Change contract"),
    "terms.done": Phrase("Der Vertrag ist geändert.", "The contract is changed."),
    "terms.waiting": Phrase("Ziele in der Wartezeit", "Targets that wait"),
    "terms.waits": Phrase("gilt ab {at}", "holds from {at}"),
    "terms.release": Phrase("Nach Rückruf freigeben", "Release after calling back"),
    "terms.released": Phrase("Das Ziel ist freigegeben.", "The target is released."),
    "terms.show": Phrase(
        "Zum Freigeben die Ziele ganz anzeigen.", "Show targets in full to release."
    ),
    "security.targets": Phrase("Neue Ziele", "New targets"),
    "security.targets.what": Phrase(
        "Ihr Vertrag sieht eine Wartezeit für neue Ziele vor. Diese gelten bald:",
        "Your contract has new targets wait. These can be used soon:",
    ),
    "deed.forwardings_held": Phrase("Angehalten", "Held off"),
    "deed.forwardings_released": Phrase("Wieder freigegeben", "Let go again"),
    "deed.terms_changed": Phrase("Vertrag geändert", "Contract changed"),
    "deed.target_released": Phrase("Neues Ziel freigegeben", "New target released"),
    "deed.target_waits": Phrase("Neues Ziel wartet", "New target waits"),
    "history.forwardings_held": Phrase(
        "Alle Rufumleitungen angehalten", "All forwardings held off"
    ),
    "history.forwardings_released": Phrase(
        "Rufumleitungen gelten wieder", "Forwardings hold again"
    ),
    "history.target_waits": Phrase("Neues Ziel wartet", "New target waits"),
    "history.target_released": Phrase("Neues Ziel freigegeben", "New target released"),
    "history.terms_changed": Phrase("Vertrag geändert", "Contract changed"),
}
