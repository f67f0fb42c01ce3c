"""One request for a page: who asks, in which language, and how he is answered."""

import hmac
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.domain.stages import NEEDS, STAFF, Stage
from portal_gateway.http import people
from portal_gateway.pages import navigation, notices
from portal_gateway.pages.formats import LOCALES
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.rendering import render
from portal_gateway.store.sessions import Session
from portal_gateway.texts import Language
from portal_gateway.texts.pages import words
from portal_gateway.usecases import accounts
from portal_gateway.usecases.admission import Who
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.overview import Kept, Overview, overview

LANGUAGE_COOKIE: Final = "selfcare_language"
CSRF: Final = "csrf"
NEVER_GIVEN_BACK: Final = frozenset({CSRF, "password", "current", "confirm", "code"})
LONGEST_FIELD: Final = 20_000
MOST_FIELDS: Final = 20_000


@dataclass
class Visit:
    """A person's request for a page."""

    request: Request
    gateway: Gateway
    language: Language
    session: Session | None = None
    _overview: Overview | None = field(default=None, repr=False)
    _mark: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._mark = self.gateway.hub.mark  # before anything is read for the page

    @property
    def is_fragment(self) -> bool:
        """Tell whether htmx asks: for a part of a page that is there already."""
        return "hx-request" in self.request.headers

    @property
    def customer(self) -> str:
        """Return the customer who is signed in; raises Refused for anybody else."""
        known = self.known
        if self.stage in NEEDS:
            raise Refused(NEEDS[self.stage])
        if known.customer_number is None:
            raise Refused("customers_only")
        return known.customer_number

    @property
    def who(self) -> Who:
        """Return the customer who changes rules, and whether he proved it just now."""
        _ = self.customer
        return Who.of(self.gateway, self.known)

    @property
    def known(self) -> Session:
        """Return the session; raises Refused where there is none."""
        if self.session is None:
            raise Refused("not_logged_in")
        return self.session

    @property
    def stage(self) -> Stage | None:
        """Return how far the person is on the way in; None: nobody is here."""
        return accounts.stage(self.gateway, self.session) if self.session else None

    @property
    def csrf(self) -> str:
        """Return what every form carries: it belongs to this session alone."""
        token = people.token_of(self.request)
        return people.csrf_of(token) if token else ""

    def say(self, key: str, **facts: object) -> str:
        """Return words in the language of the visit."""
        return words(key, self.language, **facts)

    def carry(self, token: str) -> "Visit":
        """Return the visit as the browser's next one will be, with its new cookie."""
        name = people.cookie_name(self.gateway.settings)
        self.request.cookies[name] = token
        return Visit(self.request, self.gateway, self.language, self.session)

    async def overview(self) -> Overview:
        """Return all about the customer's numbers, read once a request."""
        if self._overview is None:
            kept: Kept = self.request.app.state.overviews
            self._overview = await overview(self.gateway, kept, self.customer)
        return self._overview

    def forget(self) -> None:
        """Read anew: something was changed since."""
        self._overview = None
        self.gateway.hub.look_again(self.customer)

    async def page(
        self, template: str, *, status: int = 200, **context: Any
    ) -> Response:
        """Return a whole page: its frame tells how the customer's numbers are."""
        if self.stage == "open" and self.known.role == "customer":
            context.setdefault("situation", (await self.overview()).situation)
        notice = context.pop("notice", None)
        left = notices.taken(self.request)
        html = self.part(template, notice=notice or left, **context)
        response = HTMLResponse(html, status)
        response.headers["Content-Language"] = self.language
        response.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
        if left:
            notices.drop(response)
        return response

    def part(self, template: str, **context: Any) -> str:
        """Return a template filled, as text: a page, or a part of one."""
        context.setdefault("situation", None)
        context.setdefault("notice", None)
        return render(
            template,
            language=self.language,
            now=self.gateway.now(),
            visit=self,
            session=self.session,
            mark=self._mark,
            csrf=self.csrf,
            path=self.request.url.path,
            menu=[i for i in navigation.ITEMS if self._role in i.roles],
            account_menu=[i for i in navigation.ACCOUNT if self._role in i.roles],
            **context,
        )

    def fragment(
        self, *templates: str, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Return parts of a page, one after the other, for htmx."""
        html = "".join(self.part(template, **context) for template in templates)
        return HTMLResponse(html, status)

    def go(self, path: str, notice: Notice | None = None) -> Response:
        """Send the browser to another page, with a word of what happened."""
        response = RedirectResponse(path, 303)
        if notice:
            notices.keep(response, notice, secure=self.gateway.settings.https)
        return response

    @property
    def _role(self) -> str:
        return self.known.role if self.stage == "open" else "nobody"


def language_of(request: Request) -> Language:
    """Return the language that was chosen here, else what the browser likes."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LOCALES:
        return cast(Language, chosen)
    return texts.language_of(request.headers.get("accept-language"))


async def anybody(request: Request) -> Visit:
    """Return the visit of whoever it is; a session that ended is none."""
    gateway = people.the_gateway(request)
    visit = Visit(request, gateway, language_of(request))
    try:
        visit.session = await accounts.session_of(gateway, people.token_of(request))
    except Refused:
        visit.session = None
    request.state.session = visit.session
    return visit


Anybody = Annotated[Visit, Depends(anybody)]


async def half_in(visit: Anybody) -> Visit:
    """Return the visit of somebody signed in, also with a posted password."""
    if visit.known.factor_pending:
        raise Refused(NEEDS["second_factor"])
    return visit


HalfIn = Annotated[Visit, Depends(half_in)]


async def enrolling(visit: HalfIn) -> Visit:
    """Return the visit of a person who may have to set up a second factor yet."""
    if visit.known.must_change:
        raise Refused(NEEDS["credentials"])
    return visit


Enrolling = Annotated[Visit, Depends(enrolling)]


async def person(visit: Enrolling) -> Visit:
    """Return the visit of whoever did all that a log-in asks for."""
    if visit.stage in NEEDS:
        raise Refused(NEEDS[visit.stage])
    return visit


Person = Annotated[Visit, Depends(person)]


async def customer(visit: Person) -> Visit:
    """Return the visit of a customer; an agent's is refused."""
    _ = visit.customer
    return visit


Customer = Annotated[Visit, Depends(customer)]


async def agent(visit: Person) -> Visit:
    """Return the visit of an agent; for others there is no such page."""
    if visit.known.role != "agent":
        raise not_found()
    return visit


async def operator(visit: Person) -> Visit:
    """Return the visit of an operator; for others there is no such page."""
    if visit.known.role != "operator":
        raise not_found()
    return visit


async def staff(visit: Person) -> Visit:
    """Return the visit of anybody who works here; for others there is no such page."""
    if visit.known.role not in STAFF:
        raise not_found()
    return visit


Agent = Annotated[Visit, Depends(agent)]
Staff = Annotated[Visit, Depends(staff)]
Operator = Annotated[Visit, Depends(operator)]


class Form:
    """What a form carried; reading never fails, a field that is missing is empty."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def get(self, name: str, *, longest: int = LONGEST_FIELD) -> str:
        """Return a field's text, without what cannot be stored."""
        value = self._data.get(name)
        text = value if isinstance(value, str) else ""
        return text.replace("\x00", "")[:longest]

    def all(self, name: str) -> list[str]:
        """Return every value of a field that may come more than once."""
        return [v for v in self._data.getlist(name) if isinstance(v, str)]

    def file(self, name: str) -> UploadFile | None:
        """Return an uploaded file."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) else None

    def typed(self) -> list[tuple[str, str]]:
        """Return all text fields but our own and secrets, to give them back."""
        pairs = self._data.multi_items()
        kept = ((k, v) for k, v in pairs if isinstance(v, str))
        return [(k, v) for k, v in kept if k.rpartition(".")[2] not in NEVER_GIVEN_BACK]


async def posted(request: Request) -> Form:
    """Return the form of a request; who reads it need not be signed in."""
    form = await request.form(max_fields=MOST_FIELDS, max_files=1)
    request.state.form = read = Form(form)
    return read


Posted = Annotated[Form, Depends(posted)]


async def sent(read: Posted, visit: Anybody) -> Form:
    """Return the form of somebody signed in; raises Refused without its token."""
    if visit.session is None:
        raise Refused("not_logged_in")
    if not hmac.compare_digest(read.get(CSRF).encode(), visit.csrf.encode()):
        raise Refused("form_expired")
    return read


Sent = Annotated[Form, Depends(sent)]
