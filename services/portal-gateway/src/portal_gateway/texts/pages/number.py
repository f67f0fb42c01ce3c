"""Words of one number's page, and of its story."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "number.more": Phrase("Weitere Einstellungen", "More settings"),
    "number.fallback": Phrase("Ersatzziel", "Fallback target"),
    "number.fallback.hint": Phrase(
        "Dorthin gehen Anrufe, wenn auch das Ziel gestört ist.",
        "Calls go there if the target is down as well.",
    ),
    "number.planned": Phrase(
        "Auch bei geplanten Arbeiten umleiten", "Also divert during planned work"
    ),
    "number.line_first": Phrase(
        "Bei einer Störung erst den Anschluss versuchen",
        "During an outage, try the line first",
    ),
    "number.line_first.hint": Phrase(
        "Anrufe klingeln dann noch bei Ihnen, soweit die Leitung es zulässt, und gehen "
        "erst danach zur Zielnummer. Ohne diese Wahl gehen sie sofort dorthin.",
        "Calls then still ring at your site as far as the line allows, and only "
        "after that go to the target. Otherwise they go there straight away.",
    ),
    "number.remove": Phrase("Regel löschen", "Delete the rule"),
    "number.remove_in_block": Phrase(
        "Eigene Regel löschen, dann gilt die des Blocks",
        "Delete this number's rule, so that the block's applies",
    ),
    "number.inside": Phrase("Nummern im Block", "Numbers in the block"),
    "number.inside.none": Phrase(
        "Alle Nummern folgen der Regel des Blocks.",
        "All numbers follow the block's rule.",
    ),
    "number.extension": Phrase("Durchwahl", "Extension"),
    "number.extension.open": Phrase("Nummer aufrufen", "Open the number"),
    "number.no_extension": Phrase(
        "Die Durchwahl {typed} gibt es in diesem Block nicht.",
        "There is no extension {typed} in this block.",
    ),
    "number.act": Phrase("Jetzt umleiten", "Divert calls"),
    "number.act.first": Phrase(
        "Tragen Sie zuerst ein Ziel ein und aktivieren Sie die Rufumleitung.",
        "First enter a target and activate the forwarding.",
    ),
    "number.act.barred": Phrase(
        "Das Ziel ist zurzeit nicht möglich, deshalb lässt sich nichts umleiten.",
        "This target cannot be used at the moment, so nothing can be diverted.",
    ),
    "number.manual.hint": Phrase(
        "Leitet ohne Störung um, bis Sie es beenden.",
        "Diverts calls without an outage until you stop it.",
    ),
    "number.manual.start": Phrase("Sofort umleiten", "Divert now"),
    "number.manual.stop": Phrase("Umleiten von Hand beenden", "Stop diverting by hand"),
    "number.manual_on": Phrase(
        "{number} wird sofort umgeleitet.", "{number} is being diverted now."
    ),
    "number.manual_off": Phrase(
        "Das Umleiten von Hand ist beendet: {number}",
        "No longer diverted by hand: {number}",
    ),
    "number.drill": Phrase("Probe", "Rehearsal"),
    "number.drill.hint": Phrase(
        "Leitet für einige Minuten um und endet von selbst. Rufen Sie in der Zeit an: "
        "Es klingelt am Ziel.",
        "Diverts for a few minutes and ends by itself. Call the number in the "
        "meantime: it rings at the target.",
    ),
    "number.drill.minutes": Phrase("Dauer", "Duration"),
    "number.minutes": Phrase("{n} Minuten", "{n} minutes"),
    "number.drill.start": Phrase("Probe starten", "Start rehearsal"),
    "number.drill.stop": Phrase("Probe beenden", "End rehearsal"),
    "number.drill.runs": Phrase("Die Probe läuft.", "The rehearsal is running."),
    "number.drill.last": Phrase(
        "Letzte Probe: {at}, von {by}.", "Last rehearsal: {at}, by {by}."
    ),
    "number.drill.worked": Phrase(
        "Umgeleitet nach {time} an {target}.", "Diverted after {time} to {target}."
    ),
    "number.drill.ended": Phrase("Zurück {at}.", "Back {at}."),
    "number.drill.waits": Phrase(
        "Wird gerade geschaltet.", "Being switched right now."
    ),
    "number.drill.not": Phrase(
        "Es wurde nichts umgeleitet, weil schon umgeleitet war oder die Probe endete.",
        "Nothing was diverted: it already was, or the rehearsal had ended.",
    ),
    "number.drill_on": Phrase(
        "Probe für {number}: {n} Minuten.", "Rehearsal for {number}: {n} minutes."
    ),
    "number.drill_off": Phrase(
        "Die Probe ist beendet: {number}", "The rehearsal has ended: {number}"
    ),
    "why.coming": Phrase(
        "Diese Rufnummer kommt am {day}. Ab diesem Tag können Sie ein Ziel eintragen.",
        "This number arrives on {day}. You can enter a target from that day on.",
    ),
    "why.opening": Phrase(
        "Diese Rufnummer kommt am {day} und wird gerade freigeschaltet. Danach können "
        "Sie hier ein Ziel eintragen.",
        "This number arrives on {day} and is being enabled right now. After that "
        "you can enter a target here.",
    ),
    "why.overdue": Phrase(
        "Diese Rufnummer sollte am {day} kommen und ist noch nicht freigeschaltet. Das "
        "geschieht von selbst, sobald sie da ist. Fragen? 0800-0326835",
        "This number was due on {day} and is not enabled yet. That happens by itself "
        "once it is here. Questions? 0800-0326835",
    ),
    "why.gone": Phrase(
        "Diese Rufnummer ist nicht mehr bei uns. Ihre Umleitung ist beendet.",
        "This number is no longer with us. Its forwarding has ended.",
    ),
    "why.diverted": Phrase(
        "Anrufe klingeln seit {at} unter {target}.",
        "Calls have rung at {target} since {at}.",
    ),
    "why.because_outage": Phrase(
        "Grund: {kind} an {places} seit {at}.",
        "Reason: {kind} on {places} since {at}.",
    ),
    "why.because_fault": Phrase(
        "Grund: eine Störung seit {at}.", "Reason: an outage since {at}."
    ),
    "why.because_manual": Phrase(
        "Grund: Sie leiten seit {at} von Hand um. Das endet erst, wenn Sie es beenden.",
        "Reason: you have been diverting by hand since {at}. It only ends when you "
        "stop it.",
    ),
    "why.because_drill": Phrase(
        "Grund: eine Probe seit {at}. Sie endet von selbst.",
        "Reason: a rehearsal since {at}. It ends by itself.",
    ),
    "why.recovering": Phrase(
        "Die Leitung geht wieder. Wir warten, ob es dabei bleibt; dann kommen Anrufe "
        "zurück: {at}.",
        "The line is working again. We are waiting to see whether it stays up; "
        "calls then return: {at}.",
    ),
    "why.end": Phrase("Voraussichtlich bis {at}.", "Expected until {at}."),
    "why.failed": Phrase(
        "Die Umleitung hat seit {at} noch nicht geklappt. Sie wird so lange "
        "wiederholt, bis sie klappt.",
        "Diverting has not worked since {at}. We keep trying until it does.",
    ),
    "why.partial": Phrase(
        "Ein Teil des Netzes übernimmt die Umleitung noch. Einzelne Anrufe können bis "
        "dahin noch an Ihrem Anschluss ankommen.",
        "Part of the network has not picked up the diversion yet. Until then, some "
        "calls may still go to your line.",
    ),
    "why.target_down": Phrase(
        "Das Ziel ist seit {at} ebenfalls gestört, und es gibt kein Ersatzziel. Tragen "
        "Sie ein anderes Ziel ein, dann wird sofort umgeleitet.",
        "The target has also been down since {at}, and there is no fallback. Enter "
        "another target and calls go there at once.",
    ),
    "why.pending": Phrase(
        "Ihre Änderung ({at}) ist notiert und wird übernommen.",
        "Your change from {at} has been noted and is being applied.",
    ),
    "why.soon": Phrase(
        "Die Umleitung läuft an: Gleich klingelt es unter {target}.",
        "The diversion is starting: calls will ring at {target} shortly.",
    ),
    "why.stays": Phrase(
        "Anrufe kommen gerade nicht an. Bei geplanten Arbeiten leiten Sie diese "
        "Rufnummer nicht um; das ändern Sie unter »Weitere Einstellungen«.",
        "Calls are not getting through. You chose not to divert this number during "
        "planned work; you can change that under “More settings”.",
    ),
    "why.ready": Phrase(
        "Alles in Ordnung: Anrufe klingeln bei Ihnen. Fällt die Leitung aus, klingelt "
        "es unter {target}.",
        "All is well: calls ring at your site. If the line fails, they ring at "
        "{target}.",
    ),
    "why.switched_off": Phrase(
        "Das Ziel {target} ist eingetragen, die Rufumleitung aber inaktiv. Fällt die "
        "Leitung aus, kommen Anrufe nicht an.",
        "Target {target} is set, but the forwarding is inactive. If the line fails, "
        "calls will not get through.",
    ),
    "why.no_target": Phrase(
        "Es ist kein Ziel eingetragen. Fällt die Leitung aus, kommen Anrufe nicht an.",
        "No target is set. If the line fails, calls will not get through.",
    ),
    "why.voice": Phrase(
        "{kind} an {places} seit {at}: Telefonieren geht weiter, deshalb wird nicht "
        "umgeleitet.",
        "{kind} on {places} since {at}: calls still get through, so nothing is "
        "diverted.",
    ),
    "why.outage": Phrase(
        "{kind} an {places} seit {at}.", "{kind} on {places} since {at}."
    ),
    "why.target_outage": Phrase(
        "Achtung: Auch am Ziel {target} gibt es seit {at} eine Störung.",
        "Warning: there has been an outage at target {target}, too, since {at}.",
    ),
    "why.target_outage_fallback": Phrase(
        "Am Ziel gibt es seit {at} ebenfalls eine Störung; deshalb gilt das Ersatzziel "
        "{target}.",
        "There has been an outage at the target, too, since {at}, so the fallback "
        "{target} is used.",
    ),
    "why.barred": Phrase(
        "Anrufe werden zurzeit nicht zu {target} umgeleitet.",
        "Calls are not diverted to {target} at the moment.",
    ),
    "why.flagged": Phrase(
        "Das Ziel ist nicht mehr zulässig:", "The target is no longer allowed:"
    ),
    "why.held": Phrase("Nicht nur hier:", "Not only here:"),
    "why.rule_block": Phrase(
        "Es gilt die Regel des Blocks {block}, weil die Nummer keine eigene hat.",
        "The rule of block {block} applies, because this number has none of its own.",
    ),
    "why.rule_own_in_block": Phrase(
        "Es gilt die eigene Regel der Nummer. Sie geht der des Blocks {block} vor.",
        "This number's own rule applies. It overrides the rule of block {block}.",
    ),
    "why.rule_off_in_block": Phrase(
        "Die Nummer ist ausdrücklich inaktiv. Das geht der Regel des Blocks {block} "
        "vor.",
        "This number is explicitly inactive. That overrides the rule of block {block}.",
    ),
    "why.rule_own_block": Phrase(
        "Es gilt die Regel dieses Blocks, für jede Nummer ohne eigene Regel.",
        "This block's rule applies to every number without a rule of its own.",
    ),
    "why.rule_own_number": Phrase(
        "Es gilt die Regel, die für diese Nummer eingestellt ist.",
        "The rule set for this number applies.",
    ),
    "why.set_by": Phrase(
        "Zuletzt geändert von {by}: {at}.", "Last changed by {by}: {at}."
    ),
}
