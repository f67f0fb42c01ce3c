"""Words of the configurator."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "conf.title": Phrase("ecotel @once Konfigurator", "ecotel @once configurator"),
    "conf.sub": Phrase("Nebenstelle/MSN und Zielnummer", "Extension/MSN and target"),
    "conf.order": Phrase("Auftrag {order}", "Order {order}"),
    "conf.line": Phrase("Anschluss {line}", "Line {line}"),
    "conf.how": Phrase("So geht es", "How it works"),
    "conf.how.1": Phrase("Rufnummer aufrufen", "Open the number"),
    "conf.how.2": Phrase("Zielnummer eingeben", "Enter the target number"),
    "conf.how.2.example": Phrase(
        "z. B. 017717712345, +4917717712345 oder 004917717712345",
        "such as 017717712345, +4917717712345 or 004917717712345",
    ),
    "conf.how.3": Phrase("Rufumleitung aktivieren", "Activate the forwarding"),
    "conf.search": Phrase("Rufnummer oder Ziel", "Number or target"),
    "conf.search.do": Phrase("Suchen", "Search"),
    "conf.search.clear": Phrase("Alle zeigen", "Show all"),
    "conf.filter": Phrase("Zeigen", "Show"),
    "conf.filter.alle": Phrase("Alle", "All"),
    "conf.filter.offen": Phrase("Nicht geschützt", "Not protected"),
    "conf.filter.bereit": Phrase("Bereit", "Ready"),
    "conf.filter.umgeleitet": Phrase("Umgeleitet", "Diverted"),
    "conf.filter.fehler": Phrase("Bitte prüfen", "Needs attention"),
    "conf.filter.kommend": Phrase("Kommen noch", "To come"),
    "conf.singles": Phrase("Einzelrufnummern", "Single numbers"),
    "conf.blocks": Phrase("Rufnummernblöcke", "Number blocks"),
    "conf.ready_at": Phrase(
        "Ab {at} können Sie es speichern.", "You can save it from {at}."
    ),
    "conf.now": Phrase("Jetzt gilt: {on}, {target}.", "It is now: {on}, {target}."),
    "conf.found.none": Phrase("Dazu gibt es keine Rufnummer.", "No number matches."),
    "conf.empty.title": Phrase("Keine Rufnummern", "No numbers"),
    "conf.empty.what": Phrase(
        "Hier stehen Ihre Rufnummern mit ecotel @once SelfCare, sobald sie portiert "
        "oder bereitgestellt sind. Ob die Option zu Ihrem Vertrag gehört, sehen Sie "
        "bei Ihren Aufträgen.",
        "Your numbers with ecotel @once SelfCare appear here once they have been "
        "ported or set up. Your orders tell whether the option is part of your "
        "contract.",
    ),
    "conf.empty.order": Phrase("Zu Ihren Aufträgen", "Go to your orders"),
    "conf.page.label": Phrase("Seiten", "Pages"),
    "conf.page.range": Phrase("{first} bis {last} von {n}", "{first} to {last} of {n}"),
    "conf.page.previous": Phrase("Zurück", "Previous"),
    "conf.page.next": Phrase("Weiter", "Next"),
    "conf.what_if": Phrase("Was wäre, wenn …", "What if …"),
    "col.select": Phrase("Auswählen", "Select"),
    "col.forwarding": Phrase("Rufumleitung", "Forwarding"),
    "col.number": Phrase("Rufnummer", "Number"),
    "col.block": Phrase("Block", "Block"),
    "col.target": Phrase("Zielnummer", "Target number"),
    "col.state": Phrase("Zustand", "State"),
    "col.do": Phrase("Aktionen", "Actions"),
    "row.active": Phrase("Aktiv", "Active"),
    "row.inactive": Phrase("Inaktiv", "Inactive"),
    "row.switch": Phrase("Rufumleitung für {number}", "Forwarding for {number}"),
    "row.select": Phrase("{number} auswählen", "Select {number}"),
    "row.no_target": Phrase("kein Ziel", "no target"),
    "row.edit": Phrase("Ändern", "Change"),
    "row.edit.first": Phrase("Ziel eintragen", "Enter target"),
    "row.edit.label": Phrase("Ziel für {number}", "Target for {number}"),
    "row.why": Phrase("Warum?", "Why?"),
    "row.why.label": Phrase("Warum? {number}", "Why? {number}"),
    "row.activate": Phrase("Rufumleitung aktivieren", "Activate the forwarding"),
    "row.keep": Phrase(
        "Durchwahl behalten (Ziel ist ein Block)",
        "Keep the extension (the target is a block)",
    ),
    "row.use": Phrase("{number} übernehmen", "Use {number}"),
    "row.extension": Phrase("Nebenstelle {extension}", "Extension {extension}"),
    "row.keys": Phrase("Enter speichert, Esc bricht ab", "Enter saves, Esc cancels"),
    "row.because_fault": Phrase("wegen Störung", "due to outage"),
    "row.because_planned": Phrase("wegen geplanter Arbeiten", "due to planned work"),
    "row.because_degradation": Phrase(
        "wegen eingeschränkten Betriebs", "due to degraded service"
    ),
    "row.because_outage": Phrase("wegen Störung", "due to outage"),
    "row.because_manual": Phrase("von Hand", "by hand"),
    "row.because_drill": Phrase("Probe", "rehearsal"),
    "row.until": Phrase("voraussichtlich bis {at}", "expected until {at}"),
    "row.home_in": Phrase("Leitung geht wieder, zurück", "Line is back, calls return"),
    "row.drill_left": Phrase("Probe endet", "Rehearsal ends"),
    "row.pending": Phrase("Änderung wird übernommen", "Change is being applied"),
    "row.rings": Phrase(
        "Anrufe klingeln jetzt unter {number}", "Calls now ring at {number}"
    ),
    "row.partial": Phrase(
        "Ein Teil des Netzes folgt noch", "Part of the network has yet to follow"
    ),
    "row.target_down": Phrase(
        "Das Ziel ist ebenfalls gestört", "The target is down too"
    ),
    "row.target_outage": Phrase(
        "Am Ziel gibt es eine Störung seit {at}", "Outage at the target since {at}"
    ),
    "row.not_diverted_voice": Phrase(
        "Gestört, aber Telefonieren geht", "Degraded, but calls get through"
    ),
    "row.not_diverted_planned": Phrase(
        "Bei geplanten Arbeiten nicht umgeleitet, wie von Ihnen gewählt",
        "Not diverted during planned work, as you chose",
    ),
    "row.not_diverted_soon": Phrase("Umleitung läuft an", "Diversion is starting"),
    "row.lost": Phrase(
        "Anrufe kommen gerade nicht an", "Calls are not getting through"
    ),
    "row.off_in_block": Phrase(
        "Ausgenommen vom Block {block}", "Excluded from block {block}"
    ),
    "row.own_in_block": Phrase(
        "Eigene Regel, gilt vor Block {block}", "Own rule, overrides block {block}"
    ),
    "row.block_in_block": Phrase("Regel von Block {block}", "Follows block {block}"),
    "row.keeps_extension": Phrase("Durchwahl bleibt erhalten", "Extension is kept"),
    "row.own_rules": Phrase(
        "{n} Rufnummern mit eigener Regel", "{n} numbers with a rule of their own"
    ),
    "row.own_rules.one": Phrase(
        "1 Rufnummer mit eigener Regel", "1 number with a rule of its own"
    ),
    "row.fallback": Phrase("Ersatzziel {number}", "Fallback {number}"),
    "row.flagged": Phrase(
        "Das Ziel ist nicht mehr zulässig, bitte ändern",
        "This target is no longer allowed, please change it",
    ),
    "state.inactive": Phrase("nicht geschützt", "not protected"),
    "state.ready": Phrase("bereit", "ready"),
    "state.pending": Phrase("wird übernommen", "being applied"),
    "state.diverted": Phrase("umgeleitet seit {at}", "diverted since {at}"),
    "state.failed": Phrase("Fehler, wird wiederholt", "Error, retrying"),
    "state.barred": Phrase("ohne Wirkung", "without effect"),
    "row.held": Phrase(
        "Ihre Rufumleitungen sind angehalten: 0800-0326835",
        "Your forwardings are on hold: 0800-0326835",
    ),
    "state.coming": Phrase("ab {day}", "from {day}"),
    "state.opening": Phrase("wird freigeschaltet", "being enabled"),
    "state.overdue": Phrase("verspätet sich", "delayed"),
    "state.gone": Phrase("nicht mehr bei uns", "no longer with us"),
    "saved.on": Phrase(
        "{number}: Anrufe gehen bei Störung an {target}.",
        "{number}: in an outage, calls go to {target}.",
    ),
    "saved.off": Phrase(
        "{number}: Rufumleitung inaktiv.", "{number}: forwarding inactive."
    ),
    "saved.target_off": Phrase(
        "{number}: Ziel {target} gespeichert, Rufumleitung inaktiv.",
        "{number}: target {target} saved, forwarding inactive.",
    ),
    "saved.removed": Phrase(
        "{number}: eigene Regel entfernt.", "{number}: own rule removed."
    ),
    "saved.undone": Phrase("Rückgängig gemacht.", "Undone."),
    "saved.undone.some": Phrase(
        "Rückgängig gemacht, {refused} ging nicht.", "Undone, except for {refused}."
    ),
    "saved.same": Phrase("Nichts geändert.", "Nothing changed."),
    "many.title": Phrase("Mehrere auf einmal", "Several at once"),
    "many.chosen": Phrase("ausgewählt", "selected"),
    "many.page": Phrase("Alle auf dieser Seite", "All on this page"),
    "many.all.label": Phrase(
        "Auf alle {n} Treffer anwenden, nicht nur auf ausgewählte",
        "Apply to all {n} matches, not only the selected ones",
    ),
    "many.target": Phrase("Ziel für alle", "Target for all"),
    "many.target.hint": Phrase(
        "leer lassen: Ziele bleiben", "leave empty to keep the current targets"
    ),
    "many.on": Phrase("Aktivieren", "Activate"),
    "many.off": Phrase("Deaktivieren", "Deactivate"),
    "many.none": Phrase(
        "Bitte wählen Sie mindestens eine Rufnummer aus.",
        "Please select at least one number.",
    ),
    "many.result": Phrase("Ergebnis", "Result"),
    "many.done": Phrase("{n} Rufnummern geändert.", "{n} numbers changed."),
    "many.done.one": Phrase("1 Rufnummer geändert.", "1 number changed."),
    "many.refused": Phrase("{n} blieben, wie sie waren:", "{n} were left unchanged:"),
    "many.refused.one": Phrase("1 blieb, wie sie war:", "1 was left unchanged:"),
    "many.back": Phrase("Zurück zum Konfigurator", "Back to the configurator"),
}
