"""Words for owners of numbers who want no forwarded calls."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "objecting.link": Phrase(
        "Bei Ihnen klingeln fremde Anrufe? Umleitungen zu Ihrer Nummer beenden",
        "Do others' calls ring at your place? End forwardings to your number",
    ),
    "objecting.title": Phrase(
        "Umleitungen zu Ihrer Nummer beenden", "End forwardings to your number"
    ),
    "objecting.lead": Phrase(
        "Wenn jemand Anrufe zu Ihrer Rufnummer umleitet und Sie das nicht wollen, "
        "beenden wir das: kostenlos, sofort und auf Dauer. Ein Zugang zum Portal ist "
        "nicht nötig.",
        "If somebody diverts calls to your number and you do not want that, we end it: "
        "free of charge, at once and for good. You need no access to the portal.",
    ),
    "objecting.number": Phrase("Ihre Rufnummer", "Your phone number"),
    "objecting.send": Phrase("Code anfordern", "Ask for a code"),
    "objecting.hint": Phrase(
        "Führt eine Umleitung dorthin, kommt dort gleich ein Code als SMS an. Auf "
        "Festnetznummern wird er je nach Anbieter vorgelesen.",
        "If a forwarding leads there, a code arrives there as a text message in a "
        "moment. On landlines it may be read out, depending on the provider.",
    ),
    "objecting.phone": Phrase(
        "Lieber am Telefon? Rufen Sie uns von der Nummer aus an:",
        "Rather by phone? Call us from that number:",
    ),
    "objecting.unavailable": Phrase(
        "Codes können gerade nicht verschickt werden. Bitte rufen Sie uns von der "
        "Nummer aus an:",
        "Codes cannot be sent just now. Please call us from that number:",
    ),
    "objecting.code": Phrase("Code aus der SMS", "Code from the message"),
    "objecting.code.lead": Phrase(
        "Wenn eine Umleitung zu {number} führt, kommt dort jetzt ein Code an. Er gilt "
        "10 Minuten.",
        "If a forwarding leads to {number}, a code arrives there now. It is good for "
        "10 minutes.",
    ),
    "objecting.again": Phrase("Neuen Code anfordern", "Ask for a new code"),
    "objecting.other": Phrase("Andere Nummer", "Another number"),
    "objecting.finish": Phrase("Umleitungen beenden", "End forwardings"),
    "objecting.done": Phrase(
        "Zu {number} wird nichts mehr umgeleitet.",
        "Nothing is diverted to {number} any more.",
    ),
    "objecting.done.what": Phrase(
        "Es wirkt in wenigen Sekunden und auf Dauer. Wer umgeleitet hatte, erfährt, "
        "dass sein Ziel gesperrt ist.",
        "It works in seconds and for good. Whoever had diverted hears that his target "
        "is held off.",
    ),
    "objecting.done.lift": Phrase(
        "Wollen Sie es eines Tages anders, rufen Sie uns von der Nummer aus an:",
        "If one day you want it otherwise, call us from that number:",
    ),
}
