"""Words of »Netzbetrieb«."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.operations": Phrase("Netzbetrieb", "Network operations"),
    "operations.open": Phrase("{n} offene Störungen", "{n} open outages"),
    "operations.open.one": Phrase("1 offene Störung", "1 open outage"),
    "operations.calm": Phrase("Keine offene Störung", "No open outage"),
    "operations.calm.what": Phrase(
        "Alle Leitungen sind in Ordnung, soweit die Überwachung es weiß.",
        "All lines are in order as far as monitoring can tell.",
    ),
    "operations.since": Phrase("seit {at}", "since {at}"),
    "operations.and_more": Phrase("und {n} weitere", "and {n} more"),
    "operations.uncertain": Phrase("unsicher", "uncertain"),
    "operations.flapping": Phrase("wechselt oft", "flapping"),
    "operations.hit": Phrase("Betroffen", "Affected"),
    "operations.hit.what": Phrase(
        "Leitungen: {lines}, Kunden: {customers}, Umleitungen in Kraft: {diverted}",
        "lines: {lines}, customers: {customers}, forwardings in effect: {diverted}",
    ),
    "operations.evidence": Phrase("Belege", "Evidence"),
    "operations.reported": Phrase("gemeldet von {by}", "reported by {by}"),
    "operations.detected": Phrase("bestätigt {at}", "confirmed {at}"),
    "operations.root": Phrase("Ursache: {place}", "root cause: {place}"),
    "operations.voice": Phrase(
        "Telefonieren geht weiter (nichts wird umgeleitet)",
        "Calls still get through (nothing is diverted)",
    ),
    "operations.end": Phrase("Voraussichtliches Ende", "Estimated end"),
    "operations.end.none": Phrase("nicht bekannt", "unknown"),
    "operations.end.hint": Phrase(
        "Leer: unbekannt, oder wie die Überwachung es meldet",
        "Empty: unknown, or as monitoring reports it",
    ),
    "operations.note": Phrase("Hinweis für Kunden", "Note for customers"),
    "operations.id": Phrase("Kennung", "Id"),
    "operations.change": Phrase("Ändern oder beenden", "Change or end"),
    "operations.because": Phrase("Begründung (intern)", "Reason (internal)"),
    "operations.correct.send": Phrase("Angaben übernehmen", "Apply"),
    "operations.places": Phrase(
        "Leitungen oder Netzelemente", "Lines or network elements"
    ),
    "operations.places.hint": Phrase(
        "Mehrere in eigenen Zeilen oder durch Kommas getrennt",
        "Several on lines of their own or separated by commas",
    ),
    "operations.places.change": Phrase(
        "Leitungen oder Elemente dazu oder weg", "Lines or elements to add or remove"
    ),
    "operations.extend.send": Phrase("Ausweiten", "Extend"),
    "operations.reduce.send": Phrase("Verkleinern", "Reduce"),
    "operations.clear.send": Phrase("Störung ist behoben", "Outage is over"),
    "operations.withdraw.send": Phrase(
        "Zurückziehen (Fehlalarm)", "Withdraw (false alarm)"
    ),
    "operations.over": Phrase(
        "Beendet in den letzten 24 Stunden", "Ended in the last 24 hours"
    ),
    "operations.place": Phrase("Ort", "Place"),
    "operations.from": Phrase("Beginn", "Begun"),
    "operations.until": Phrase("Ende", "Ended"),
    "operations.how": Phrase("Wie", "How"),
    "operations.reason.recovered": Phrase("behoben", "recovered"),
    "operations.reason.withdrawn": Phrase("zurückgezogen", "withdrawn"),
    "operations.reason.operator": Phrase("von Hand beendet", "ended by hand"),
    "operations.reason.expired": Phrase("abgelaufen", "expired"),
    "operations.reason.suppressed": Phrase("zu kurz", "too short"),
    "operations.windows": Phrase("Geplante Arbeiten", "Planned work"),
    "operations.windows.none": Phrase("Keine geplanten Arbeiten.", "No planned work."),
    "operations.start": Phrase("Beginn", "Start"),
    "operations.stop": Phrase("Ende", "End"),
    "operations.state": Phrase("Stand", "State"),
    "operations.window.planned": Phrase("geplant", "planned"),
    "operations.window.running": Phrase("läuft", "running"),
    "operations.window.over": Phrase("vorbei", "over"),
    "operations.window.cancelled": Phrase("abgesagt", "cancelled"),
    "operations.cancel.send": Phrase("Absagen", "Cancel work"),
    "operations.commands": Phrase("Befehle", "Commands"),
    "operations.command": Phrase("Befehl", "Command"),
    "operations.by": Phrase("Von", "By"),
    "operations.answer": Phrase("Antwort", "Answer"),
    "operations.accepted": Phrase("ausgeführt", "done"),
    "operations.refused": Phrase("abgelehnt", "refused"),
    "operations.refused.no_place": Phrase(
        "Nennen Sie mindestens eine Leitung oder ein Netzelement.",
        "Name at least one line or network element.",
    ),
    "operations.refused.nothing_to_change": Phrase(
        "Der Befehl ändert nichts.", "The command changes nothing."
    ),
    "operations.refused.nothing_left": Phrase(
        "Es bliebe nichts übrig: Beenden Sie die Störung, oder ziehen Sie sie zurück.",
        "Nothing would be left: clear the outage, or withdraw it.",
    ),
    "operations.refused.end_is_past": Phrase(
        "Das voraussichtliche Ende liegt in der Vergangenheit.",
        "The estimated end is in the past.",
    ),
    "operations.refused.time_out_of_range": Phrase(
        "Diese Zeit ist nicht möglich; ein offenes Ende bleibt leer.",
        "This time is not possible; an open end is left empty.",
    ),
    "operations.refused.unknown_outage": Phrase(
        "Diese Störung gibt es nicht.", "There is no such outage."
    ),
    "operations.refused.outage_is_over": Phrase(
        "Die Störung ist schon beendet.", "The outage is already over."
    ),
    "operations.refused.unknown_window": Phrase(
        "Diese Arbeiten gibt es nicht.", "There is no such work."
    ),
    "operations.refused.window_is_over": Phrase(
        "Die Arbeiten sind schon vorbei oder abgesagt.",
        "The work is already over or cancelled.",
    ),
    "operations.refused.bad_window": Phrase(
        "Das Ende muss nach dem Beginn und in der Zukunft liegen.",
        "The end must be after the start, and in the future.",
    ),
    "operations.refused.version_conflict": Phrase(
        "Jemand war schneller: Sehen Sie sich den neuen Stand an.",
        "Somebody else was faster: please look at the current state.",
    ),
    "operations.waiting": Phrase("Antwort steht aus", "waiting for the answer"),
    "operations.sent": Phrase(
        "Der Befehl ist unterwegs. Die Antwort erscheint hier.",
        "The command is on its way. The answer appears here.",
    ),
    "operations.action.declare": Phrase("Störung melden", "Declare outage"),
    "operations.action.extend": Phrase("Ausweiten", "Extend"),
    "operations.action.reduce": Phrase("Verkleinern", "Reduce"),
    "operations.action.correct": Phrase("Angaben ändern", "Correct"),
    "operations.action.withdraw": Phrase("Zurückziehen", "Withdraw"),
    "operations.action.clear": Phrase("Beenden", "Clear"),
    "operations.action.plan": Phrase("Arbeiten planen", "Plan work"),
    "operations.action.replan": Phrase("Arbeiten verschieben", "Replan work"),
    "operations.action.cancel": Phrase("Arbeiten absagen", "Cancel work"),
    "operations.declare": Phrase("Störung melden", "Declare an outage"),
    "operations.declare.send": Phrase("Störung melden", "Declare outage"),
    "operations.kind": Phrase("Art", "Kind"),
    "operations.plan": Phrase("Arbeiten planen", "Plan work"),
    "operations.plan.send": Phrase("Arbeiten planen", "Plan work"),
    "operations.takes_service": Phrase(
        "Die Orte fallen während der Arbeiten aus (Anrufe werden umgeleitet)",
        "These places are down during the work (calls are diverted)",
    ),
}
