"""Words of the outages; those of the report stand in `texts/reports.py`."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.outages": Phrase("Störungen", "Outages"),
    "outages.lead": Phrase(
        "Was an Ihren Anschlüssen gestört war und ist, und was wir für Sie umgeleitet "
        "haben.",
        "What is or was out of order on your lines, and what we diverted for you.",
    ),
    "outages.now": Phrase("Jetzt", "Now"),
    "outages.ahead": Phrase("Angekündigt", "Announced"),
    "outages.past": Phrase("Vergangene", "Past"),
    "outages.none.title": Phrase("Bisher keine Störung", "No outage so far"),
    "outages.none.what": Phrase(
        "Sobald eine Ihrer Leitungen ausfällt, steht es hier: seit wann, bis wann, und "
        "wohin Ihre Anrufe gehen.",
        "As soon as one of your lines fails, you will see it here: since when, "
        "until when and where your calls go.",
    ),
    "outages.quiet": Phrase(
        "Gerade ist nichts gestört.", "Nothing is out of order right now."
    ),
    "outages.since": Phrase("seit {at}", "since {at}"),
    "outages.from": Phrase("ab {at}", "from {at}"),
    "outages.span": Phrase("{since} bis {until}", "{since} until {until}"),
    "outages.end": Phrase("voraussichtlich bis {at}", "expected until {at}"),
    "outages.no_end": Phrase("Ende noch offen", "end not known yet"),
    "outages.diverted": Phrase("{n} Rufnummern umgeleitet", "{n} numbers diverted"),
    "outages.diverted.one": Phrase("1 Rufnummer umgeleitet", "1 number diverted"),
    "outages.will_divert": Phrase("wird umgeleitet", "will be diverted"),
    "outages.reachable": Phrase("Anrufe kommen an", "calls get through"),
    "outages.already": Phrase("schon umgeleitet", "diverted already"),
    "outages.nothing": Phrase("dadurch nichts umgeleitet", "nothing diverted by it"),
    "outage.at": Phrase("{kind} an {lines}", "{kind} on {lines}"),
    "outage.lines_more": Phrase("und {n} weiteren", "and {n} more"),
    "outage.numbers": Phrase("Umgeleitet", "Diverted"),
    "outage.wait": Phrase("Längste Wartezeit", "Longest wait"),
    "outage.expected": Phrase("Voraussichtlich bis", "Expected until"),
    "outage.lasted": Phrase("Dauer", "Duration"),
    "outage.unknown": Phrase("noch offen", "not known yet"),
    "outage.timeline": Phrase("Verlauf", "Timeline"),
    "outage.forwarded": Phrase("Wohin Ihre Anrufe gingen", "Where your calls went"),
    "outage.forwarding": Phrase("Wohin Ihre Anrufe gehen", "Where your calls go"),
    "outage.nothing": Phrase(
        "Bei dieser Störung wurde nichts umgeleitet.",
        "Nothing was diverted in this outage.",
    ),
    "outage.nothing.yet": Phrase(
        "Bisher ist nichts umgeleitet.", "Nothing is diverted so far."
    ),
    "outage.change": Phrase("Ziele ändern", "Change targets"),
    "outage.bare": Phrase("Nicht umgeleitet", "Not diverted"),
    "outage.bare.now": Phrase(
        "{n} Rufnummern sind gerade nicht erreichbar, weil dort keine Rufumleitung "
        "aktiv ist. Tragen Sie jetzt ein Ziel ein, es gilt sofort.",
        "{n} numbers cannot be reached right now, because no forwarding is active "
        "for them. Enter a target now: it takes effect at once.",
    ),
    "outage.bare.now.one": Phrase(
        "Eine Rufnummer ist gerade nicht erreichbar, weil dort keine Rufumleitung "
        "aktiv ist. Tragen Sie jetzt ein Ziel ein, es gilt sofort.",
        "One number cannot be reached right now, because no forwarding is active "
        "for it. Enter a target now: it takes effect at once.",
    ),
    "outage.bare.past": Phrase(
        "{n} Rufnummern waren nicht erreichbar.", "{n} numbers could not be reached."
    ),
    "outage.bare.past.one": Phrase(
        "Eine Rufnummer war nicht erreichbar.", "One number could not be reached."
    ),
    "outage.set": Phrase("Ziele eintragen", "Enter targets"),
    "outage.more": Phrase(
        "{n} weitere stehen im Bericht.", "{n} more are listed in the report."
    ),
    "outage.more.one": Phrase(
        "1 weitere steht im Bericht.", "1 more is listed in the report."
    ),
    "outage.failures": Phrase(
        "Was nicht sofort klappte", "What did not work straight away"
    ),
    "outage.report": Phrase("Bericht", "Report"),
    "outage.report.what": Phrase(
        "Alle Zeiten und Ziele zum Aufheben, etwa für Ihre Versicherung.",
        "All times and targets for your records, for instance for your insurance.",
    ),
    "outage.pdf": Phrase("Bericht als PDF", "Report as PDF"),
    "outage.csv": Phrase("Daten als CSV", "Data as CSV"),
    "outage.still": Phrase("läuft noch", "still on"),
    "outage.tries": Phrase("{first} bis {last}", "{first} until {last}"),
}
