"""Words of files in and out."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "imports.title": Phrase("Rufnummern als Datei", "Numbers as a file"),
    "imports.lead": Phrase(
        "Viele Ziele auf einmal: Liste herunterladen, in Excel ändern, wieder "
        "hochladen. Vor jeder Änderung sehen Sie, was sich ändern würde.",
        "Many targets at once: download the list, change it in Excel and upload it "
        "again. You will see every change before it is made.",
    ),
    "imports.step.out": Phrase("1. Liste herunterladen", "1. Download the list"),
    "imports.step.change": Phrase("2. Ändern", "2. Change it"),
    "imports.step.change.what": Phrase(
        "Tragen Sie in »Zielnummer« das Ziel und in »Rufumleitung« Aktiv oder Inaktiv "
        "ein. Was Sie leer lassen, bleibt, wie es ist. Ein »-« löscht ein Ziel.",
        "Enter the target in “Target number”, and Active or Inactive in "
        "“Forwarding”. What you leave empty stays as it is. A “-” removes a target.",
    ),
    "imports.columns": Phrase("Was die Spalten bedeuten", "What the columns mean"),
    "imports.columns.last": Phrase(
        "Nur bei einem Block: seine letzte Nummer.",
        "For blocks only: the last number.",
    ),
    "imports.columns.active": Phrase(
        "Aktiv, Inaktiv, oder in einem Block »wie Block«.",
        "Active, Inactive, or “as block” inside a block.",
    ),
    "imports.columns.keep": Phrase(
        "ja: Die Zielnummer ist ein Block, jede Durchwahl geht zur gleichen dort.",
        "yes: the target is a block, each extension goes to the same one there.",
    ),
    "imports.columns.planned": Phrase(
        "nein: Bei angekündigten Arbeiten wird nicht umgeleitet.",
        "no: during announced work nothing is diverted.",
    ),
    "imports.columns.line_first": Phrase(
        "ja: Bei einer Störung klingelt es noch bei Ihnen, soweit die Leitung es "
        "zulässt, und erst danach am Ziel.",
        "yes: during an outage it still rings at your place, as far as the line "
        "allows, and only then at the target.",
    ),
    "imports.columns.version": Phrase(
        "Gilt nur, wenn seit dem Herunterladen niemand die Nummer geändert hat. Leer: "
        "gilt in jedem Fall.",
        "Applies only if nobody has changed the number since the download. Empty: "
        "applies in any case.",
    ),
    "imports.columns.rest": Phrase(
        "Alle weiteren Spalten sind nur zum Lesen da.",
        "All other columns are read-only.",
    ),
    "imports.step.in": Phrase("3. Hochladen und prüfen", "3. Upload and check"),
    "imports.excel": Phrase("Als Excel", "As Excel"),
    "imports.csv": Phrase("Als CSV", "As CSV"),
    "imports.file": Phrase("Datei (.xlsx oder .csv)", "File (.xlsx or .csv)"),
    "imports.check": Phrase("Änderungen ansehen", "Show the changes"),
    "imports.newest": Phrase("Bisherige Dateien", "Previous files"),
    "imports.by": Phrase("{at} von {by}", "{at} by {by}"),
    "imports.unnamed": Phrase("Datei", "File"),
    "imports.state.previewed": Phrase("nur angesehen", "preview only"),
    "imports.state.applied": Phrase("übernommen", "applied"),
    "imports.state.undone": Phrase("zurückgenommen", "undone"),
    "import.preview": Phrase("Was sich ändern würde", "What would change"),
    "import.applied": Phrase("Was sich geändert hat", "What has changed"),
    "import.undone": Phrase("Zurückgenommen", "Undone"),
    "import.n_changes": Phrase("{n} Änderungen", "{n} changes"),
    "import.n_changes.one": Phrase("1 Änderung", "1 change"),
    "import.n_refused": Phrase("{n} nicht möglich", "{n} not possible"),
    "import.n_same": Phrase("{n} bleiben gleich", "{n} stay the same"),
    "import.n_same.one": Phrase("1 bleibt gleich", "1 stays the same"),
    "import.show": Phrase("Zeilen zeigen", "Rows to show"),
    "import.apply": Phrase("{n} Änderungen übernehmen", "Apply {n} changes"),
    "import.apply.one": Phrase("1 Änderung übernehmen", "Apply 1 change"),
    "import.apply.hint": Phrase(
        "Zeilen, die nicht möglich sind, werden übergangen. Alles lässt sich "
        "zurücknehmen.",
        "Rows that are not possible are skipped. Everything can be undone.",
    ),
    "import.nothing": Phrase(
        "Diese Datei würde nichts ändern.", "This file would change nothing."
    ),
    "import.undo": Phrase("Alles zurücknehmen", "Undo everything"),
    "import.undo.hint": Phrase(
        "Rufnummern, die inzwischen jemand geändert hat, bleiben, wie sie sind.",
        "Numbers that somebody has changed in the meantime stay as they are.",
    ),
    "import.again": Phrase("Andere Datei wählen", "Choose another file"),
    "import.ignored": Phrase(
        "Diese Spalten kennen wir nicht, sie bleiben unbeachtet: {names}.",
        "These columns are unknown to us and ignored: {names}.",
    ),
    "import.row": Phrase("Zeile", "Row"),
    "import.number": Phrase("Rufnummer", "Number"),
    "import.before": Phrase("Bisher", "Before"),
    "import.after": Phrase("Neu", "New"),
    "import.why": Phrase("Warum nicht", "Why not"),
    "import.no_rule": Phrase("keine eigene Regel", "no rule of its own"),
    "import.on": Phrase("Aktiv", "Active"),
    "import.off": Phrase("Inaktiv", "Inactive"),
    "import.keeps": Phrase("Durchwahl bleibt", "extension stays"),
    "import.fallback": Phrase("Ersatz {number}", "fallback {number}"),
    "import.not_planned": Phrase(
        "nicht bei geplanten Arbeiten", "not during planned work"
    ),
    "import.line_first": Phrase("erst am Anschluss", "line first"),
    "import.done": Phrase(
        "{n} Änderungen sind notiert und werden übernommen.",
        "{n} changes have been noted and are being applied.",
    ),
    "import.done.one": Phrase(
        "1 Änderung ist notiert und wird übernommen.",
        "1 change has been noted and is being applied.",
    ),
    "import.taken_back": Phrase(
        "{n} Änderungen sind zurückgenommen.", "{n} changes have been undone."
    ),
    "import.taken_back.one": Phrase(
        "1 Änderung ist zurückgenommen.", "1 change has been undone."
    ),
    "import.failed": Phrase(
        "{n} nicht: inzwischen geändert", "{n} failed: changed in the meantime"
    ),
    "import.more": Phrase("Weitere Zeilen", "More rows"),
    "import.empty": Phrase("Keine solche Zeile.", "There are no such rows."),
}
