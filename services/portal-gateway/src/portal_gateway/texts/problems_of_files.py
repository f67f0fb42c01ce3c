"""What imports, contacts and notices are refused with, in German and English."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.said import Said, Text


def _text(de: tuple[str, str], en: tuple[str, str]) -> Text:
    return Text(Said(*de), Said(*en))


TEXTS: Final[Mapping[str, Text]] = {
    "import_empty": _text(
        (
            "Leere Datei",
            (
                "In der Datei steht keine Rufnummer. Am besten exportieren Sie zuerst "
                "und ändern dann diese Datei."
            ),
        ),
        (
            "Empty file",
            "There is no number in the file. Best export first and change that file.",
        ),
    ),
    "import_no_headings": _text(
        (
            "Überschriften fehlen",
            (
                "Die erste Zeile muss die Spalten nennen: Rufnummer und dazu "
                "Rufumleitung "
                "oder Zielnummer."
            ),
        ),
        (
            "Headings missing",
            (
                "The first line must name the columns: Number, and "
                "Forwarding or Target "
                "number with it."
            ),
        ),
    ),
    "import_heading_twice": _text(
        ("Spalte doppelt", "Die Spalte »{heading}« gibt es zweimal."),
        ("Column twice", "There are two columns “{heading}”."),
    ),
    "import_too_large": _text(
        (
            "Datei zu groß",
            "Die Datei ist größer als {limit} MB. Bitte teilen Sie sie auf.",
        ),
        ("File too large", "The file is larger than {limit} MB. Please split it."),
    ),
    "import_too_many_rows": _text(
        (
            "Zu viele Zeilen",
            "Eine Datei darf höchstens {limit} Zeilen haben. Bitte teilen Sie sie auf.",
        ),
        ("Too many rows", "A file may have {limit} rows at most. Please split it."),
    ),
    "import_unreadable": _text(
        (
            "Datei nicht lesbar",
            (
                "Das ist keine CSV- oder Excel-Datei (.xlsx), die wir lesen "
                "können. Bitte "
                "speichern Sie sie neu als .xlsx oder .csv."
            ),
        ),
        (
            "File unreadable",
            (
                "This is no CSV or Excel file (.xlsx) that we can read. Please save it "
                "anew as .xlsx or .csv."
            ),
        ),
    ),
    "import_missing": _text(
        ("Datei fehlt", "Bitte wählen Sie eine Datei aus."),
        ("File missing", "Please choose a file."),
    ),
    "import_number_missing": _text(
        ("Rufnummer fehlt", "In dieser Zeile steht keine Rufnummer."),
        ("Number missing", "There is no number in this row."),
    ),
    "import_number_unreadable": _text(
        (
            "Rufnummer unklar",
            (
                "Das ist keine Rufnummer. Bitte schreiben Sie sie mit Vorwahl, etwa "
                "0211 22223333."
            ),
        ),
        (
            "Number unclear",
            (
                "This is no phone number. Please write it with its area code, such as "
                "0211 22223333."
            ),
        ),
    ),
    "import_number_rounded": _text(
        (
            "Rufnummer gerundet",
            (
                "Die Tabelle hat die Rufnummer auf {word} gerundet. Bitte formatieren "
                "Sie die Spalte als Text und tragen Sie die Nummer neu ein."
            ),
        ),
        (
            "Number rounded",
            (
                "The spreadsheet rounded the number to {word}. Please format the "
                "column as text and enter the number again."
            ),
        ),
    ),
    "import_number_unknown": _text(
        ("Nicht Ihre Rufnummer", "Diese Rufnummer gehört nicht zu Ihren Anschlüssen."),
        ("Not your number", "This number is not on one of your lines."),
    ),
    "import_number_twice": _text(
        ("Doppelt", "Diese Rufnummer steht schon in Zeile {row}."),
        ("Twice", "This number stands in row {row} already."),
    ),
    "import_word_unknown": _text(
        (
            "Wort unklar",
            (
                "»{word}« verstehen wir hier nicht. Möglich sind: Aktiv, Inaktiv, wie "
                "Block, ja, nein."
            ),
        ),
        (
            "Word unclear",
            (
                "We do not understand “{word}” here. Possible are: Active, "
                "Inactive, as "
                "block, yes, no."
            ),
        ),
    ),
    "import_yes_or_no": _text(
        (
            "Ja oder nein",
            (
                "»{word}« verstehen wir in der Spalte »{heading}« nicht. Bitte "
                "schreiben Sie ja oder nein. Ein leeres Feld lässt es, wie es ist."
            ),
        ),
        (
            "Yes or no",
            (
                "We do not understand “{word}” in the column “{heading}”. Please "
                "write yes or no. An empty cell leaves it as it is."
            ),
        ),
    ),
    "import_version_unclear": _text(
        (
            "Version unklar",
            (
                "»{word}« ist keine Version. Bitte lassen Sie das Feld, wie es "
                "exportiert wurde, oder leer."
            ),
        ),
        (
            "Version unclear",
            (
                "“{word}” is no version. Please leave the cell as it was exported, "
                "or empty."
            ),
        ),
    ),
    "import_undone": _text(
        ("Schon zurückgenommen", "Dieser Import wurde zurückgenommen."),
        ("Undone already", "This import was undone."),
    ),
    "import_not_applied": _text(
        ("Nichts zurückzunehmen", "Dieser Import wurde noch nicht übernommen."),
        ("Nothing to undo", "This import was not applied yet."),
    ),
    "email_invalid": _text(
        (
            "E-Mail-Adresse unklar",
            "Bitte prüfen Sie die E-Mail-Adresse, etwa buero@firma.example.",
        ),
        (
            "E-mail address unclear",
            "Please check the e-mail address, such as office@company.example.",
        ),
    ),
    "sms_number_invalid": _text(
        (
            "Nummer unklar",
            "SMS gehen an deutsche Mobil- und Festnetznummern, etwa 0152 28817386.",
        ),
        (
            "Number unclear",
            "SMS go to German mobile and landline numbers, such as 0152 28817386.",
        ),
    ),
    "channel_not_offered": _text(
        ("Gerade nicht möglich", "Diesen Weg bieten wir zurzeit nicht an."),
        ("Not offered", "This way is not offered at present."),
    ),
    "contacts_too_many": _text(
        (
            "Zu viele Kontakte",
            "Mehr als {limit} Kontakte sind nicht möglich. Bitte entfernen Sie einen.",
        ),
        (
            "Too many contacts",
            "There can be {limit} contacts at most. Please remove one.",
        ),
    ),
    "contact_exists": _text(
        ("Schon eingetragen", "Diese Adresse ist schon eingetragen."),
        ("Entered already", "This address is entered already."),
    ),
    "contact_not_confirmed": _text(
        (
            "Noch nicht bestätigt",
            "Bitte bestätigen Sie den Kontakt zuerst mit dem Code, den er bekam.",
        ),
        (
            "Not confirmed yet",
            "Please confirm the contact first with the code that it got.",
        ),
    ),
    "notice_kind_unknown": _text(
        ("Unbekannte Nachricht", "Diese Arten kennen wir nicht: {kinds}."),
        ("Unknown notice", "We do not know these kinds: {kinds}."),
    ),
    "code_wrong": _text(
        ("Code falsch", "Der Code stimmt nicht. Bitte geben Sie ihn noch einmal ein."),
        ("Wrong code", "The code is not right. Please enter it once more."),
    ),
    "code_expired": _text(
        (
            "Code abgelaufen",
            "Der Code gilt nicht mehr. Bitte lassen Sie sich einen neuen senden.",
        ),
        ("Code expired", "The code is no longer good. Please have a new one sent."),
    ),
    "asked_too_often": _text(
        ("Bitte warten", "Bitte warten Sie {seconds} Sekunden bis zur nächsten."),
        ("Please wait", "Please wait {seconds} seconds until the next one."),
    ),
}
