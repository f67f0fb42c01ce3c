"""Words of »Sicherheit«: password, user name, second factor, sessions."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.security": Phrase("Sicherheit", "Security"),
    "code.title": Phrase("Zweiter Schritt", "Second step"),
    "code.lead": Phrase(
        "Ihr Kennwort stimmt. Geben Sie jetzt den Code aus Ihrer App ein.",
        "Your password is correct. Now enter the code from your app.",
    ),
    "code.code": Phrase("Code", "Code"),
    "code.hint": Phrase(
        "Sechs Ziffern aus der App, oder einer Ihrer Ersatzcodes",
        "Six digits from the app, or one of your recovery codes",
    ),
    "code.lost": Phrase(
        "Gerät verloren und kein Ersatzcode zur Hand? Die Hotline schickt Ihnen einen "
        "Brief.",
        "Lost your device and no recovery code at hand? The hotline will send you a "
        "letter.",
    ),
    "code.leave": Phrase("Anmeldung abbrechen", "Cancel sign-in"),
    "confirm.title": Phrase("Bitte bestätigen", "Please confirm"),
    "confirm.what": Phrase(
        "Dafür brauchen wir Ihr Kennwort noch einmal. So ändert hier niemand etwas, "
        "der nur an Ihrem Gerät sitzt. Was Sie eingegeben haben, bleibt stehen.",
        "We need your password once more for this, so that nobody else at your "
        "device can change anything. What you entered stays.",
    ),
    "confirm.done": Phrase("Bestätigt.", "Confirmed."),
    "confirm.send": Phrase("Bestätigen", "Confirm"),
    "team.title": Phrase("Anmeldung für Mitarbeiter", "Staff sign-in"),
    "team.username.hint": Phrase("Ihr Benutzername im Haus", "Your staff user name"),
    "team.lead": Phrase(
        "Für Hotline und Netzbetrieb. Was Sie hier ansehen und ändern, wird "
        "festgehalten.",
        "For hotline and network operations. What you look at and change here is "
        "recorded.",
    ),
    "security.lead": Phrase(
        "Wer sich mit Ihren Zugangsdaten anmeldet, kann Ihre Anrufe umleiten. Halten "
        "Sie sie sicher.",
        "Whoever signs in with your details can divert your calls. Keep them safe.",
    ),
    "security.current": Phrase("Jetziges Kennwort", "Current password"),
    "security.password": Phrase("Kennwort", "Password"),
    "security.password.what": Phrase(
        "Nach der Änderung sind Sie überall sonst abgemeldet.",
        "After the change you are signed out everywhere else.",
    ),
    "security.password.new": Phrase("Neues Kennwort", "New password"),
    "security.password.send": Phrase("Kennwort ändern", "Change password"),
    "security.password.done": Phrase(
        "Ihr neues Kennwort gilt. Alle anderen Sitzungen sind beendet.",
        "Your new password is valid. All other sessions have ended.",
    ),
    "security.username": Phrase("Benutzername", "User name"),
    "security.username.now": Phrase(
        "Sie melden sich als {name} an.", "You sign in as {name}."
    ),
    "security.username.send": Phrase("Benutzernamen ändern", "Change user name"),
    "security.username.done": Phrase(
        "Sie melden sich ab jetzt als {name} an.", "From now on you sign in as {name}."
    ),
    "security.factor": Phrase("Zweiter Faktor", "Second factor"),
    "security.factor.on": Phrase("eingerichtet {at}", "set up {at}"),
    "security.factor.off": Phrase("nicht eingerichtet", "not set up"),
    "security.factor.what": Phrase(
        "Bei der Anmeldung fragen wir zusätzlich nach einem Code, den eine App auf "
        "Ihrem Gerät anzeigt. Wer nur Ihr Kennwort kennt, kommt dann nicht hinein.",
        "When you sign in, we also ask for a code shown by an app on your device. "
        "Your password alone is then not enough to get in.",
    ),
    "security.factor.unavailable": Phrase(
        "Der zweite Faktor steht gerade nicht zur Verfügung.",
        "The second factor is not available at the moment.",
    ),
    "security.factor.begin": Phrase(
        "Zweiten Faktor einrichten", "Set up second factor"
    ),
    "security.factor.mandatory": Phrase(
        "Für Ihren Zugang ist der zweite Faktor Pflicht.",
        "A second factor is required for your account.",
    ),
    "security.factor.remove": Phrase(
        "Zweiten Faktor entfernen", "Remove second factor"
    ),
    "security.factor.remove.what": Phrase(
        "Neues Gerät? Entfernen Sie den zweiten Faktor und richten Sie ihn dort neu "
        "ein. Zum Entfernen brauchen Sie Kennwort und Code; danach genügt Ihr "
        "Kennwort.",
        "A new device? Remove the second factor and set it up again there. To remove "
        "it you need both password and code; after that, your password is enough.",
    ),
    "security.factor.remove.send": Phrase("Entfernen", "Remove"),
    "security.factor.removed": Phrase(
        "Der zweite Faktor ist entfernt. Alle anderen Sitzungen sind beendet.",
        "The second factor has been removed. All other sessions have ended.",
    ),
    "security.recovery.left": Phrase(
        "Noch {n} Ersatzcodes, falls Sie Ihr Gerät verlieren.",
        "{n} recovery codes left in case you lose your device.",
    ),
    "security.recovery.left.one": Phrase(
        "Nur noch 1 Ersatzcode. Holen Sie sich neue.",
        "Only 1 recovery code is left. Get new ones.",
    ),
    "security.recovery.none": Phrase(
        "Sie haben keinen Ersatzcode mehr. Holen Sie sich neue.",
        "You have no recovery codes left. Get new ones.",
    ),
    "security.recovery.renew": Phrase("Neue Ersatzcodes", "New recovery codes"),
    "security.recovery.what": Phrase(
        "Die bisherigen Ersatzcodes gelten dann nicht mehr.",
        "The current recovery codes will then stop working.",
    ),
    "security.recovery.send": Phrase("Neue Codes anzeigen", "Show new codes"),
    "security.sessions": Phrase("Angemeldete Geräte", "Signed-in devices"),
    "security.sessions.device": Phrase("Gerät", "Device"),
    "security.sessions.begun": Phrase("Angemeldet seit", "Signed in since"),
    "security.sessions.seen": Phrase("Zuletzt benutzt", "Last used"),
    "security.sessions.this": Phrase("dieses Gerät", "this device"),
    "security.sessions.unknown": Phrase("Unbekanntes Gerät", "Unknown device"),
    "security.sessions.end": Phrase("Abmelden", "Sign out"),
    "security.sessions.end_others": Phrase(
        "Alle anderen abmelden", "Sign out all others"
    ),
    "security.sessions.ended": Phrase(
        "{n} Sitzungen sind beendet.", "{n} sessions have ended."
    ),
    "security.sessions.ended.one": Phrase(
        "Die Sitzung ist beendet.", "The session has ended."
    ),
    "factor.title": Phrase("Zweiten Faktor einrichten", "Set up the second factor"),
    "factor.mandatory": Phrase(
        "Für Ihren Zugang ist der zweite Faktor Pflicht. Es dauert eine Minute.",
        "A second factor is required for your account. It takes a minute to set up.",
    ),
    "factor.step.1": Phrase("App öffnen", "Open the app"),
    "factor.step.1.what": Phrase(
        "Jede App für Einmalcodes geht, etwa Aegis, 2FAS, Google oder Microsoft "
        "Authenticator.",
        "Any app for one-time codes will do, such as Aegis, 2FAS, Google or Microsoft "
        "Authenticator.",
    ),
    "factor.step.2": Phrase("Bild scannen", "Scan the picture"),
    "factor.qr": Phrase(
        "QR-Code für die App; der Schlüssel steht als Text darunter",
        "QR code for the app; the key stands below as text",
    ),
    "factor.secret": Phrase("Oder diesen Schlüssel eingeben:", "Or enter this key:"),
    "factor.step.3": Phrase("Code eingeben", "Enter the code"),
    "factor.code": Phrase(
        "Sechsstelliger Code aus der App", "Six-digit code from the app"
    ),
    "factor.send": Phrase("Einschalten", "Switch on"),
    "factor.back": Phrase("Zurück zu Sicherheit", "Back to Security"),
    "recovery.title": Phrase("Ihre Ersatzcodes", "Your recovery codes"),
    "recovery.done": Phrase(
        "Fertig. Alle anderen Sitzungen sind beendet.",
        "Done. All other sessions have ended.",
    ),
    "recovery.what": Phrase(
        "Falls Sie Ihr Gerät verlieren, melden Sie sich mit einem dieser Codes an. "
        "Jeder gilt einmal.",
        "If you lose your device, sign in with one of these codes. Each works once.",
    ),
    "recovery.once": Phrase(
        "Wir zeigen die Codes nur jetzt. Drucken Sie sie aus oder legen Sie sie in "
        "Ihren Kennwort-Manager.",
        "We only show these codes now. Print them or put them into your password "
        "manager.",
    ),
    "recovery.kept": Phrase("Ich habe sie aufbewahrt", "I have stored them safely"),
    "security.data": Phrase("Ihre Daten", "Your data"),
    "security.data.what": Phrase(
        "Alles, was zu Ihrem Vertrag gespeichert ist, als Datei im Format JSON. "
        "Kennwörter stehen nicht darin.",
        "Everything stored about your contract, as a JSON file. Passwords are not "
        "included.",
    ),
    "security.data.send": Phrase("Daten herunterladen", "Download data"),
}
