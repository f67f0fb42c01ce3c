"""Words of »Was wäre, wenn …«, and of targets that fail with their numbers."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "together.title": Phrase(
        "Ziele, die gemeinsam ausfallen würden", "Targets that would fail together"
    ),
    "together.one": Phrase(
        "Das Ziel {target} hängt ebenfalls an {places} und fiele mit aus. Ein "
        "Mobiltelefon ist davon unabhängig.",
        "Target {target} depends on {places}, too, and would fail as well. A mobile "
        "phone would not.",
    ),
    "together.none": Phrase(
        "Kein Ziel hängt an derselben Technik wie seine Rufnummer.",
        "No target depends on the same equipment as its number.",
    ),
    "what_if.title": Phrase(
        "Was wäre, wenn eine Leitung ausfiele?", "What if a line failed?"
    ),
    "what_if.lead": Phrase(
        "Gerechnet mit Ihren heutigen Einstellungen. Es wird nichts geschaltet.",
        "Calculated with your current settings. Nothing is switched.",
    ),
    "what_if.place": Phrase("Es fällt aus", "What fails"),
    "what_if.lines": Phrase("Anschlüsse", "Lines"),
    "what_if.elements": Phrase("Netz", "Network"),
    "what_if.do": Phrase("Durchspielen", "Play it through"),
    "what_if.then": Phrase("Wenn {place} ausfällt", "If {place} fails"),
    "what_if.reached": Phrase(
        "{n} von {total} Rufnummern blieben erreichbar",
        "{n} of {total} numbers could still be reached",
    ),
    "what_if.reached.one": Phrase(
        "1 von {total} Rufnummern bliebe erreichbar",
        "1 of {total} numbers could still be reached",
    ),
    "what_if.all": Phrase(
        "Alle {n} Rufnummern blieben erreichbar",
        "All {n} numbers could still be reached",
    ),
    "what_if.all.one": Phrase(
        "Die Rufnummer bliebe erreichbar", "The number could still be reached"
    ),
    "what_if.none": Phrase(
        "Keine der {n} Rufnummern bliebe erreichbar",
        "None of the {n} numbers could be reached",
    ),
    "what_if.none.one": Phrase(
        "Die Rufnummer wäre nicht erreichbar", "The number could not be reached"
    ),
    "what_if.nobody": Phrase(
        "Keine Ihrer Rufnummern wäre betroffen",
        "None of your numbers would be affected",
    ),
    "what_if.where": Phrase("Anrufe klingeln unter", "Calls ring at"),
    "what_if.numbers": Phrase("Rufnummern", "Numbers"),
    "what_if.fails": Phrase("fiele mit aus", "would fail too"),
    "what_if.lost": Phrase(
        "{n} Rufnummern wären nicht erreichbar:", "{n} numbers could not be reached:"
    ),
    "what_if.lost.one": Phrase(
        "1 Rufnummer wäre nicht erreichbar:", "1 number could not be reached:"
    ),
}
