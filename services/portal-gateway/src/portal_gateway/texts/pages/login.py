"""Words of signing in, of first credentials and of forgotten ones."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "login.title": Phrase("Anmelden", "Sign in"),
    "login.lead": Phrase(
        "Fällt Ihre Leitung aus, klingelt es dort, wo Sie es möchten.",
        "When your line fails, calls ring wherever you want them to.",
    ),
    "login.username": Phrase("Benutzername", "User name"),
    "login.username.hint": Phrase(
        "Bei der ersten Anmeldung: Ihre Kundennummer",
        "For your first sign-in: your customer number",
    ),
    "login.password": Phrase("Kennwort", "Password"),
    "login.password.hint": Phrase(
        "Das erste Kennwort kommt per Post",
        "The first password comes by post",
    ),
    "login.send": Phrase("Anmelden", "Sign in"),
    "login.forgotten": Phrase(
        "Haben Sie Ihr Kennwort oder Ihren Benutzernamen vergessen?",
        "Have you forgotten your password or your user name?",
    ),
    "login.ended": Phrase(
        "Ihre Sitzung ist beendet. Bitte melden Sie sich wieder an; was Sie "
        "eingegeben haben, geht nicht verloren.",
        "Your session has ended. Please sign in again; nothing you entered is lost.",
    ),
    "login.file_again": Phrase(
        "Ihre Sitzung war beendet und die Datei nicht gelesen. Bitte wählen Sie sie "
        "noch einmal aus.",
        "Your session had ended and the file was not read. Please choose it again.",
    ),
    "login.out": Phrase("Sie sind abgemeldet.", "You have signed out."),
    "login.again.title": Phrase("Bitte wieder anmelden", "Please sign in again"),
    "login.again.what": Phrase(
        "Ihre Sitzung ist beendet. Was Sie eingegeben haben, steht noch da: Melden Sie "
        "sich an und speichern Sie noch einmal.",
        "Your session has ended. What you entered is still there: sign in and save "
        "again.",
    ),
    "login.again.done": Phrase(
        "Sie sind wieder angemeldet. Ihre Eingabe steht noch da.",
        "You are signed in again. What you entered is still there.",
    ),
    "login.steps.1": Phrase("Ziel eintragen", "Enter a target"),
    "login.steps.2": Phrase("Leitung fällt aus", "The line fails"),
    "login.steps.3": Phrase(
        "Anrufe kommen trotzdem an",
        "Calls still reach you",
    ),
    "first.title": Phrase("Zugangsdaten festlegen", "Choose your sign-in details"),
    "first.lead": Phrase(
        "Willkommen. Wählen Sie jetzt einen eigenen Benutzernamen und ein eigenes "
        "Kennwort. Danach gilt das Kennwort aus dem Brief nicht mehr.",
        "Welcome. Please choose your own user name and password now. The password "
        "from the letter will then stop working.",
    ),
    "first.current": Phrase("Kennwort aus dem Brief", "Password from the letter"),
    "first.username": Phrase("Neuer Benutzername", "New user name"),
    "first.username.hint": Phrase(
        "3 bis 64 Zeichen; nicht Ihre Kundennummer und keine Rufnummer",
        "3 to 64 characters; not your customer number or a phone number",
    ),
    "first.password": Phrase("Neues Kennwort", "New password"),
    "first.password.hint": Phrase(
        "Mindestens 15 Zeichen. Am besten drei, vier Wörter, die sonst niemand "
        "zusammen sagt.",
        "At least 15 characters. Three or four words that nobody else would put "
        "together work best.",
    ),
    "first.send": Phrase("Festlegen und weiter", "Save and continue"),
    "first.done": Phrase(
        "Ihre neuen Zugangsdaten gelten. Das Kennwort aus dem Brief ist ungültig.",
        "Your new sign-in details are valid now. The password from the letter no "
        "longer works.",
    ),
    "forgotten.title": Phrase(
        "Kennwort oder Benutzername vergessen",
        "Forgotten your password or user name?",
    ),
    "forgotten.lead": Phrase(
        "Nennen Sie uns Ihre Kundennummer oder Ihren Benutzernamen. Wir schicken einen "
        "Brief mit neuen Zugangsdaten an die Anschrift, die wir von Ihnen haben.",
        "Tell us your customer number or user name. We will send a letter with new "
        "sign-in details to the address we have on file.",
    ),
    "forgotten.name": Phrase(
        "Kundennummer oder Benutzername",
        "Customer number or user name",
    ),
    "forgotten.name.hint": Phrase(
        "Die Kundennummer steht auf jeder Rechnung",
        "You will find the customer number on every invoice",
    ),
    "forgotten.empty": Phrase(
        "Bitte geben Sie Ihre Kundennummer oder Ihren Benutzernamen ein.",
        "Please enter your customer number or your user name.",
    ),
    "forgotten.send": Phrase("Brief anfordern", "Request a letter"),
    "forgotten.sent.title": Phrase("Ihr Brief", "Your letter"),
    "forgotten.sent.more": Phrase(
        "Aus Sicherheitsgründen sagen wir hier nicht, ob es einen Zugang gibt. Ihr "
        "bisheriges Kennwort gilt weiter, bis Sie das neue benutzen.",
        "For security reasons we do not say here whether an account exists. Your "
        "current password keeps working until you use the new one.",
    ),
    "forgotten.back": Phrase("Zur Anmeldung", "Back to sign-in"),
}
