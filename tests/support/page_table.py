"""
Every page that a browser can open, and how a test comes to see it.

A route that answers a GET and is in neither table fails `test_page_table.py`, and the
sweep in `tests/system/portal/test_every_page.py` looks at all of the first.
"""

from typing import Final, NamedTuple

from support.route_table import Key


class Page(NamedTuple):
    """The name of its picture, and the template that it is made of."""

    picture: str
    template: str


OPENED: Final[dict[str, dict[str, Page]]] = {
    "nobody": {
        "/anmelden": Page("anmelden", "login.html"),
        "/team": Page("team", "login.html"),
        "/vergessen": Page("vergessen", "forgotten.html"),
        "/umleitung-beenden": Page("umleitung-beenden", "objecting.html"),
    },
    "half": {"/zugangsdaten": Page("zugangsdaten", "first.html")},
    "customer": {
        "/auftraege": Page("auftraege", "orders.html"),
        "/auftraege/{order_id:name}": Page("auftrag", "order.html"),
        "/konfigurator": Page("konfigurator", "configurator.html"),
        "/konfigurator/was-waere-wenn": Page("was-waere-wenn", "what_if.html"),
        "/konfigurator/{kind}/{number}": Page("nummer", "number.html"),
        "/importe": Page("importe", "imports.html"),
        "/importe/{import_id}": Page("import", "import.html"),
        "/stoerungen": Page("stoerungen", "outages.html"),
        "/stoerungen/{outage_id}": Page("stoerung", "outage.html"),
        "/verlauf": Page("verlauf", "history.html"),
        "/benachrichtigungen": Page("benachrichtigungen", "contacts.html"),
        "/sicherheit": Page("sicherheit", "security.html"),
        "/sicherheit/zweiter-faktor": Page("zweiter-faktor", "second_factor.html"),
    },
    "agent": {
        "/hotline": Page("hotline", "hotline.html"),
        "/hotline/kunden/{number:path}": Page("hotline-kunde", "hotline_customer.html"),
        "/team/sperren": Page("sperren", "holds.html"),
    },
    "operator": {
        "/netzbetrieb": Page("netzbetrieb", "operations.html"),
        "/team/sperren": Page("sperren-betrieb", "holds.html"),
    },
}
"""By who opens it: the path of each page."""
ELSEWHERE: Final[dict[Key, str]] = {
    ("GET", "/"): "leads on",
    ("GET", "/sprache/{language}"): "leads back",
    ("GET", "/konfigurator/block/{number}/durchwahl"): "leads on to the number",
    ("GET", "/anmelden/code"): "looked at by test_security, with a second factor",
    ("GET", "/anmelden/wieder"): "a part of a page",
    ("GET", "/lage"): "a part of a page",
    ("GET", "/konfigurator/{kind}/{number}/zeile"): "a part of a page",
    ("GET", "/netzbetrieb/stand"): "a part of a page",
    ("GET", "/live"): "a stream",
    ("GET", "/rufumleitungen.{form}"): "a file",
    ("GET", "/stoerungen/{outage_id}/bericht.{form}"): "a file",
}
"""What answers a GET and is no page of its own, or has a test of its own."""
