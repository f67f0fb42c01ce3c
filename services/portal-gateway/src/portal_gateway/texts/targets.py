"""The words of what is said of targets and holds, in German and English, by code."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.said import Text
from portal_gateway.texts.said import text as _text

TEXTS: Final[Mapping[str, Text]] = {
    "target_waits": _text(
        (
            "Neues Ziel wartet",
            (
                "Dieses Ziel ist neu und noch nicht gespeichert, denn Ihr Vertrag "
                "sieht für neue Ziele eine Wartezeit vor; unter »Sicherheit« steht, "
                "bis wann. Eilt es, rufen Sie uns an: 0800-0326835."
            ),
        ),
        (
            "A new target waits",
            (
                "This target is new and not saved yet, because your contract has a "
                "waiting time for new targets; “Security” shows until when. If it is "
                "urgent, call us: 0800-0326835."
            ),
        ),
    ),
    "too_many_new_targets": _text(
        (
            "Zu viele neue Ziele",
            (
                "Für heute sind so viele neue Ziele eingetragen, wie Ihr Vertrag "
                "an einem Tag erlaubt. Bekannte Ziele können Sie weiter verwenden; "
                "neue wieder morgen oder über 0800-0326835."
            ),
        ),
        (
            "Too many new targets",
            (
                "As many new targets were entered today as your contract allows. "
                "Known targets can still be used; new ones again tomorrow, or via "
                "0800-0326835."
            ),
        ),
    ),
    "customer_held": _text(
        (
            "Rufumleitungen angehalten",
            (
                "Ihre Rufumleitungen sind zurzeit angehalten. Bitte rufen Sie uns "
                "an: 0800-0326835."
            ),
        ),
        (
            "Forwardings on hold",
            "Your forwardings are on hold at the moment. Please call us: 0800-0326835.",
        ),
    ),
    "hold_target_invalid": _text(
        (
            "Keine Rufnummer",
            (
                "Bitte geben Sie eine vollständige Rufnummer ein, oder eine Nummer "
                "und die letzte eines Bereichs von 10 bis 1000 Nummern."
            ),
        ),
        (
            "No phone number",
            (
                "Please enter a whole phone number, or a number and the last one "
                "of a range of 10 to 1000 numbers."
            ),
        ),
    ),
    "staff_only": _text(
        ("Nicht erlaubt", "Das können nur unsere Mitarbeiter."),
        ("Not allowed", "Only our staff can do this."),
    ),
    "asked_too_often_today": _text(
        (
            "Zu oft",
            (
                "Zu dieser Nummer wurden heute schon drei Codes angefordert. Bitte "
                "rufen Sie uns von der Nummer aus an: 0800-0326835."
            ),
        ),
        (
            "Too often",
            (
                "Three codes were asked for today for this number. Please call us "
                "from that number: 0800-0326835."
            ),
        ),
    ),
    "objection_code_wrong": _text(
        (
            "Code falsch",
            (
                "Dieser Code stimmt nicht oder gilt nicht mehr. Bitte prüfen Sie "
                "ihn, oder fordern Sie einen neuen an."
            ),
        ),
        (
            "Wrong code",
            "This code is wrong, or too old. Please check it, or ask for a new one.",
        ),
    ),
    "terms_invalid": _text(
        (
            "Ungültige Angabe",
            (
                "Bitte geben Sie ganze Zahlen ein: 0 bis 720 Stunden und 0 bis "
                "100000 Ziele; leer gilt, was für alle gilt."
            ),
        ),
        (
            "Invalid",
            (
                "Please enter whole numbers: 0 to 720 hours and 0 to 100000 "
                "targets; empty means what holds for everybody."
            ),
        ),
    ),
}
