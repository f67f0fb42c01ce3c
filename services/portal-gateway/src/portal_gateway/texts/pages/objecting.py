"""Words for owners of numbers who want no forwarded calls."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "objecting.link": Phrase(
        "Bei Ihnen klingeln fremde Anrufe? Umleitungen zu Ihrer Nummer beenden",
        "Getting calls meant for somebody else? Stop forwardings to your number",
    ),
    "objecting.title": Phrase(
        "Umleitungen zu Ihrer Nummer beenden", "Stop forwardings to your number"
    ),
    "objecting.lead": Phrase(
        "Wenn jemand Anrufe zu Ihrer Rufnummer umleitet und Sie das nicht wollen, "
        "beenden wir das: kostenlos, sofort und auf Dauer. Ein Zugang zum Portal ist "
        "nicht nötig.",
        "If somebody diverts calls to your phone number and you do not want that, "
        "we will stop it: free of charge, at once and for good. You do not need an "
        "account.",
    ),
    "objecting.number": Phrase("Ihre Rufnummer", "Your phone number"),
    "objecting.send": Phrase("Code anfordern", "Request a code"),
    "objecting.hint": Phrase(
        "Führt eine Umleitung dorthin, kommt dort gleich ein Code als SMS an. Auf "
        "Festnetznummern wird er je nach Anbieter vorgelesen.",
        "If a forwarding leads there, a code will arrive by text message in a "
        "moment. On landlines it may be read out, depending on the provider.",
    ),
    "objecting.phone": Phrase(
        "Lieber am Telefon? Rufen Sie uns von der Nummer aus an:",
        "Prefer to call? Please ring us from that number:",
    ),
    "objecting.unavailable": Phrase(
        "Codes können gerade nicht verschickt werden. Bitte rufen Sie uns von der "
        "Nummer aus an:",
        "Codes cannot be sent at the moment. Please call us from that number:",
    ),
    "objecting.code": Phrase("Code aus der SMS", "Code from the text message"),
    "objecting.code.lead": Phrase(
        "Wenn eine Umleitung zu {number} führt, kommt dort jetzt ein Code an. Er gilt "
        "10 Minuten.",
        "If a forwarding leads to {number}, a code is on its way there. It is valid "
        "for 10 minutes.",
    ),
    "objecting.again": Phrase("Neuen Code anfordern", "Request a new code"),
    "objecting.other": Phrase("Andere Nummer", "A different number"),
    "objecting.finish": Phrase("Umleitungen beenden", "Stop forwardings"),
    "objecting.done": Phrase(
        "Zu {number} wird nichts mehr umgeleitet.",
        "Nothing is diverted to {number} any more.",
    ),
    "objecting.done.what": Phrase(
        "Es wirkt in wenigen Sekunden und auf Dauer. Wer umgeleitet hatte, erfährt, "
        "dass sein Ziel gesperrt ist.",
        "This takes effect within seconds and for good. Whoever set the forwarding "
        "is told that the target is blocked.",
    ),
    "objecting.done.lift": Phrase(
        "Wollen Sie es eines Tages anders, rufen Sie uns von der Nummer aus an:",
        "Should you change your mind one day, call us from that number:",
    ),
}
