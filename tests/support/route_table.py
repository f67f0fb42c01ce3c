"""
Every route of the gateway: who may use it, and whose things its path names.

A route that is not in here fails `test_every_route_has_its_entry`, so nobody forgets to
say who may use a new one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from portal_gateway.http import api
from portal_gateway.pages import site
from portal_gateway.usecases.gateway import Gateway

Key = tuple[str, str]
"""Method and path, with the names of its parameters."""

MOBILE = "+4915228817386"
STREAMS = frozenset({("GET", "/api/v1/events"), ("GET", "/live")})
"""They never end: asked only by those who are refused."""


@dataclass(frozen=True)
class Entry:
    """
    Who gets in, and what a request needs to reach what it does.

    `roles`: beside them everybody is refused. `nobody`: who is not signed in, too.
    `half`: also who must still change the credentials of his letter.
    """

    roles: frozenset[str]
    body: dict[str, Any] = field(default_factory=dict)
    nobody: bool = False
    half: bool = False
    query: str = ""
    raw: tuple[str, bytes] | None = None
    """Content type and body of what is no JSON and no form."""
    reads_for_agents: bool = False
    """An agent may look when he names the customer."""


ALL = frozenset({"customer", "agent", "operator"})
CUSTOMER = frozenset({"customer"})
AGENT = frozenset({"agent"})
OPERATOR = frozenset({"operator"})
STAFF = AGENT | OPERATOR
PASSWORD = "Hafenlichter im Nebel 3"  # noqa: S105 - a test's own
CSV = ("text/csv", f"Rufnummer;Zielnummer\n+4921122223333;{MOBILE}".encode())

FREE = Entry(ALL, nobody=True, half=True)
ANYBODY_IN = Entry(ALL, half=True)
PERSON = Entry(ALL)
MINE = Entry(CUSTOMER)
SEEN = Entry(CUSTOMER | AGENT, reads_for_agents=True)
ARMED = {"target": MOBILE, "enabled": True}


def _mine(**body: Any) -> Entry:
    return Entry(CUSTOMER, body)


API: dict[Key, Entry] = {
    ("GET", "/openapi.json"): FREE,
    ("GET", "/problems/{code}"): FREE,
    ("POST", "/api/v1/login"): Entry(
        ALL, {"username": "x", "password": "y"}, nobody=True, half=True
    ),
    ("POST", "/api/v1/login/second-factor"): Entry(ALL, {"code": "1"}, half=True),
    ("POST", "/api/v1/logout"): FREE,
    ("POST", "/api/v1/credentials/forgotten"): Entry(
        ALL, {"username": "x"}, nobody=True, half=True
    ),
    ("GET", "/api/v1/session"): ANYBODY_IN,
    ("POST", "/api/v1/credentials"): Entry(
        ALL,
        {"username": "neu.er", "password": PASSWORD, "current_password": "?"},
        half=True,
    ),
    ("POST", "/api/v1/credentials/password"): Entry(
        ALL, {"password": PASSWORD, "current_password": "?"}
    ),
    ("POST", "/api/v1/credentials/username"): Entry(
        ALL, {"username": "neu.er", "current_password": "?"}
    ),
    ("POST", "/api/v1/session/confirm"): Entry(ALL, {"current_password": "?"}),
    ("GET", "/api/v1/second-factor"): PERSON,
    ("POST", "/api/v1/second-factor"): Entry(ALL, {"current_password": "?"}),
    ("POST", "/api/v1/second-factor/confirm"): Entry(ALL, {"code": "1"}),
    ("POST", "/api/v1/second-factor/recovery-codes"): Entry(
        ALL, {"current_password": "?"}
    ),
    ("POST", "/api/v1/second-factor/remove"): Entry(
        ALL, {"current_password": "?", "code": "1"}
    ),
    ("GET", "/api/v1/sessions"): PERSON,
    ("DELETE", "/api/v1/sessions"): PERSON,
    ("DELETE", "/api/v1/sessions/{session_id}"): PERSON,
    ("POST", "/api/v1/customers"): Entry(
        AGENT, {"customer_number": "C-9", "name": "N", "address": "A"}
    ),
    ("GET", "/api/v1/customers"): Entry(AGENT),
    ("GET", "/api/v1/customers/{customer_number}"): Entry(AGENT),
    ("POST", "/api/v1/customers/{customer_number}/letters"): Entry(AGENT),
    ("GET", "/api/v1/customers/{customer_number}/terms"): Entry(AGENT),
    ("PUT", "/api/v1/customers/{customer_number}/terms"): Entry(AGENT),
    ("POST", "/api/v1/customers/{customer_number}/targets/release"): Entry(
        AGENT, {"target": MOBILE}
    ),
    ("POST", "/api/v1/customers/{customer_number}/erasure"): Entry(
        AGENT, {"repeated_customer_number": "x"}
    ),
    ("GET", "/api/v1/data"): SEEN,
    ("GET", "/api/v1/holds"): Entry(STAFF),
    ("POST", "/api/v1/holds"): Entry(
        STAFF,
        {"subject": "target", "name": MOBILE, "held": True, "because": "Probe"},
    ),
    ("GET", "/api/v1/operations"): Entry(OPERATOR),
    ("POST", "/api/v1/operations/commands"): Entry(
        OPERATOR, {"action": "declare", "because": "Probe", "places": ["L9"]}
    ),
    ("GET", "/api/v1/products"): PERSON,
    ("GET", "/api/v1/orders"): SEEN,
    ("GET", "/api/v1/orders/{order_id:name}"): SEEN,
    ("POST", "/api/v1/orders"): Entry(
        CUSTOMER | AGENT, {"product": "sip-trunk-2.0"}, reads_for_agents=True
    ),
    ("DELETE", "/api/v1/orders/{order_id:name}"): SEEN,
    ("GET", "/api/v1/forwardings"): SEEN,
    ("GET", "/api/v1/forwardings/{number}"): SEEN,
    ("PUT", "/api/v1/forwardings/{number}"): _mine(**ARMED),
    ("DELETE", "/api/v1/forwardings/{number}"): MINE,
    ("POST", "/api/v1/forwardings/{number}/manual"): MINE,
    ("DELETE", "/api/v1/forwardings/{number}/manual"): MINE,
    ("POST", "/api/v1/forwardings/{number}/drill"): _mine(minutes=2),
    ("DELETE", "/api/v1/forwardings/{number}/drill"): MINE,
    ("POST", "/api/v1/targets/check"): Entry(
        CUSTOMER | AGENT,
        {"number": "+4921122223333", "target": MOBILE},
        reads_for_agents=True,
    ),
    ("GET", "/api/v1/forwardings.{form}"): SEEN,
    ("POST", "/api/v1/imports"): Entry(CUSTOMER, raw=CSV),
    ("GET", "/api/v1/imports"): SEEN,
    ("GET", "/api/v1/imports/{import_id}"): SEEN,
    ("GET", "/api/v1/imports/{import_id}/rows"): SEEN,
    ("POST", "/api/v1/imports/{import_id}/apply"): MINE,
    ("POST", "/api/v1/imports/{import_id}/undo"): MINE,
    ("GET", "/api/v1/outages"): SEEN,
    ("GET", "/api/v1/maintenance"): SEEN,
    ("GET", "/api/v1/outages/{outage_id}"): SEEN,
    ("GET", "/api/v1/coverage"): SEEN,
    ("POST", "/api/v1/what-if"): Entry(
        CUSTOMER | AGENT, {"line": "L1"}, reads_for_agents=True
    ),
    ("GET", "/api/v1/outages/{outage_id}/report"): SEEN,
    ("GET", "/api/v1/outages/{outage_id}/report.{form}"): SEEN,
    ("GET", "/api/v1/history"): SEEN,
    ("GET", "/api/v1/forwardings/{number}/why"): SEEN,
    ("GET", "/api/v1/contacts"): SEEN,
    ("POST", "/api/v1/contacts"): _mine(channel="email", address="a@firma.example"),
    ("PUT", "/api/v1/contacts/{contact}"): _mine(label="x"),
    ("DELETE", "/api/v1/contacts/{contact}"): MINE,
    ("POST", "/api/v1/contacts/{contact}/confirm"): _mine(code="123456"),
    ("POST", "/api/v1/contacts/{contact}/code"): MINE,
    ("POST", "/api/v1/contacts/{contact}/test"): MINE,
    ("GET", "/api/v1/notices"): SEEN,
    ("GET", "/api/v1/events"): SEEN,
}

PAGES: dict[Key, Entry] = {
    ("GET", "/"): FREE,
    ("GET", "/team"): FREE,
    ("GET", "/anmelden"): FREE,
    ("POST", "/team"): Entry(
        ALL, {"username": "x", "password": "y"}, nobody=True, half=True
    ),
    ("POST", "/anmelden"): Entry(
        ALL, {"username": "x", "password": "y"}, nobody=True, half=True
    ),
    ("GET", "/anmelden/code"): FREE,
    ("POST", "/anmelden/code"): Entry(ALL, {"code": "1"}, half=True),
    ("GET", "/anmelden/wieder"): FREE,
    ("POST", "/abmelden"): FREE,
    ("GET", "/sprache/{language}"): FREE,
    ("GET", "/vergessen"): FREE,
    ("POST", "/vergessen"): Entry(ALL, {"name": "x"}, nobody=True, half=True),
    ("GET", "/umleitung-beenden"): FREE,
    ("POST", "/umleitung-beenden"): Entry(
        ALL, {"number": MOBILE}, nobody=True, half=True
    ),
    ("POST", "/umleitung-beenden/code"): Entry(
        ALL, {"number": MOBILE, "code": "1"}, nobody=True, half=True
    ),
    ("GET", "/zugangsdaten"): ANYBODY_IN,
    ("POST", "/zugangsdaten"): Entry(ALL, {"username": "x"}, half=True),
    ("GET", "/auftraege"): MINE,
    ("GET", "/auftraege/{order_id:name}"): MINE,
    ("POST", "/auftraege/{order_id:name}/option"): MINE,
    ("GET", "/konfigurator"): MINE,
    ("GET", "/konfigurator/{kind}/{number}/zeile"): MINE,
    ("POST", "/konfigurator/{kind}/{number}"): _mine(target=MOBILE, enabled="1"),
    ("POST", "/konfigurator/{kind}/{number}/schalter"): _mine(enabled="0"),
    ("POST", "/konfigurator/{kind}/{number}/entfernen"): MINE,
    ("GET", "/konfigurator/was-waere-wenn"): MINE,
    ("POST", "/konfigurator/mehrere"): _mine(nr="+4921122223333", enabled="1"),
    ("POST", "/konfigurator/rueckgaengig"): _mine(undo="[]"),
    ("GET", "/konfigurator/{kind}/{number}"): MINE,
    ("GET", "/konfigurator/block/{number}/durchwahl"): Entry(CUSTOMER, query="d=123"),
    ("POST", "/konfigurator/{kind}/{number}/sofort"): _mine(an="1"),
    ("POST", "/konfigurator/{kind}/{number}/probe"): _mine(an="1", minuten="2"),
    ("GET", "/importe"): MINE,
    ("GET", "/rufumleitungen.{form}"): MINE,
    ("POST", "/importe"): MINE,
    ("GET", "/importe/{import_id}"): MINE,
    ("POST", "/importe/{import_id}/uebernehmen"): MINE,
    ("POST", "/importe/{import_id}/zuruecknehmen"): MINE,
    ("GET", "/stoerungen"): MINE,
    ("GET", "/stoerungen/{outage_id}"): MINE,
    ("GET", "/stoerungen/{outage_id}/bericht.{form}"): MINE,
    ("GET", "/verlauf"): MINE,
    ("GET", "/benachrichtigungen"): MINE,
    ("POST", "/benachrichtigungen"): _mine(address="a@firma.example"),
    ("POST", "/benachrichtigungen/{contact}/code"): _mine(code="1"),
    ("POST", "/benachrichtigungen/{contact}"): _mine(label="x"),
    ("POST", "/benachrichtigungen/{contact}/test"): MINE,
    ("POST", "/benachrichtigungen/{contact}/entfernen"): MINE,
    ("GET", "/live"): MINE,
    ("GET", "/lage"): MINE,
    ("POST", "/sicherheit/bestaetigen"): Entry(ALL, {"confirm": "?"}),
    ("GET", "/sicherheit"): PERSON,
    ("POST", "/sicherheit/kennwort"): Entry(
        ALL, {"password": PASSWORD, "current": "?"}
    ),
    ("POST", "/sicherheit/benutzername"): Entry(
        ALL, {"username": "neu.er", "current": "?"}
    ),
    ("POST", "/sicherheit/sitzungen/andere"): PERSON,
    ("POST", "/sicherheit/sitzungen/{session_id}"): PERSON,
    ("GET", "/sicherheit/zweiter-faktor"): PERSON,
    ("POST", "/sicherheit/zweiter-faktor"): Entry(ALL, {"current": "?"}),
    ("POST", "/sicherheit/zweiter-faktor/bestaetigen"): Entry(ALL, {"code": "1"}),
    ("POST", "/sicherheit/zweiter-faktor/ersatzcodes"): Entry(ALL, {"current": "?"}),
    ("POST", "/sicherheit/zweiter-faktor/entfernen"): Entry(ALL, {"current": "?"}),
    ("GET", "/hotline"): Entry(AGENT),
    ("POST", "/hotline"): Entry(AGENT, {"query": "Firma"}),
    ("POST", "/hotline/kunden/{number:path}/auftrag"): Entry(AGENT),
    ("POST", "/hotline/kunden/{number:path}/brief"): Entry(AGENT),
    ("POST", "/hotline/kunden/{number:path}/ziel-regeln"): Entry(AGENT),
    ("POST", "/hotline/kunden/{number:path}/ziel-freigeben"): Entry(AGENT),
    ("POST", "/hotline/kunden/{number:path}/ziele"): Entry(AGENT),
    ("POST", "/hotline/kunden/{number:path}/daten"): Entry(AGENT),
    ("POST", "/hotline/kunden/{number:path}/loeschen"): Entry(AGENT, {"repeated": "x"}),
    ("POST", "/sicherheit/daten"): MINE,
    ("GET", "/hotline/kunden/{number:path}"): Entry(AGENT),
    ("GET", "/netzbetrieb"): Entry(OPERATOR),
    ("GET", "/netzbetrieb/stand"): Entry(OPERATOR),
    ("POST", "/netzbetrieb/befehl"): Entry(
        OPERATOR, {"action": "declare", "because": "Probe", "places": "L9"}
    ),
    ("GET", "/team/sperren"): Entry(STAFF),
    ("POST", "/team/sperren"): Entry(
        STAFF,
        {"subject": "target", "name": MOBILE, "held": "1", "because": "Probe"},
    ),
}

TABLE: dict[Key, Entry] = {**API, **PAGES}


def routes_of(gateway: Gateway) -> set[Key]:
    """Return every route that the gateway really has, files of pages apart."""
    apps = (api.build(gateway), site.build(gateway))
    return {
        key
        for app in apps
        for key in _walk(app._app.routes)  # type: ignore[attr-defined]  # noqa: SLF001 - behind the guard
    }


def _walk(routes: Iterable[Any]) -> Iterator[Key]:
    for route in routes:
        for method in getattr(route, "methods", None) or set():
            if method != "HEAD":
                yield method, route.path
