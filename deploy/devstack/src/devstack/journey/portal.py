"""The portal as a person's browser uses it."""

from collections.abc import Awaitable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from devstack.journey.seeing import NotSeen, seen

TIMEOUT: Final = 30.0

Json = dict[str, Any]


class Problem(Exception):
    """The gateway refused, with its code and what it says to the customer."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('detail')}")
        self.status = status
        self.code = str(body.get("code"))
        self.detail = str(body.get("detail"))
        self.body = body


class Portal:
    """One browser: a customer's, an agent's, or nobody's before the log-in."""

    def __init__(self, gateway: str, language: str = "de") -> None:
        self.http = httpx.AsyncClient(
            base_url=f"{gateway}/api/v1",
            timeout=TIMEOUT,
            headers={"Accept-Language": language},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request; raises Problem where it is refused."""
        response = await self.http.request(
            method, path, json=body, params=params, headers=headers
        )
        if response.is_error:
            raise _problem(response)
        return response

    async def get(self, path: str, **params: str) -> Json:
        """Read something."""
        return dict((await self.ask("GET", path, params=params)).json())

    async def log_in(self, username: str, password: str) -> bool:
        """
        Begin a session and return whether the credentials must be changed.

        Raises Problem as well where a second factor is wanted: there is none here.
        """
        body = {"username": username, "password": password}
        answer = (await self.ask("POST", "/login", body)).json()
        if answer.get("second_factor_required"):
            raise Problem(httpx.codes.FORBIDDEN, {"code": "second_factor_required"})
        return bool(answer["must_change_credentials"])

    async def change_credentials(
        self, username: str, password: str, current: str
    ) -> None:
        """Change user name and password together."""
        body = {"username": username, "password": password}
        await self.ask("POST", "/credentials", body | {"current_password": current})

    async def open_customer(
        self, customer_number: str, name: str, address: str
    ) -> None:
        """Open a customer, as an agent; the first password goes out by post."""
        body = {"customer_number": customer_number, "name": name, "address": address}
        await self.ask("POST", "/customers", body)

    async def order(self, **body: Any) -> Json:
        """Order a product, or the option for one."""
        return dict((await self.ask("POST", "/orders", body)).json())

    async def forwardings(self, **params: str) -> list[Json]:
        """List the configurator."""
        return list((await self.get("/forwardings", **params))["forwardings"])

    async def forwarding(self, number: str, **params: str) -> Json:
        """Show one number or block."""
        return await self.get(f"/forwardings/{number}", **params)

    async def set_rule(self, number: str, *, kind: str = "", **rule: Any) -> Json:
        """Set where calls go and return the entry once that is in force."""
        path, params = f"/forwardings/{number}", {"kind": kind} if kind else {}
        answer = await self.ask("PUT", path, rule, params=params)
        return await self._settled(answer, number, params)

    async def remove_rule(self, number: str, *, kind: str = "") -> Json:
        """Remove an own rule and return the entry once it is gone."""
        path, params = f"/forwardings/{number}", {"kind": kind} if kind else {}
        answer = await self.ask("DELETE", path, params=params)
        return await self._settled(answer, number, params)

    async def start_drill(self, number: str, minutes: int = 1) -> None:
        """Rehearse."""
        await self.ask("POST", f"/forwardings/{number}/drill", {"minutes": minutes})

    async def stop_drill(self, number: str) -> None:
        """End the rehearsal."""
        await self.ask("DELETE", f"/forwardings/{number}/drill")

    async def _settled(
        self, answer: httpx.Response, number: str, params: Mapping[str, str]
    ) -> Json:
        if answer.status_code != httpx.codes.ACCEPTED:
            return dict(answer.json())
        return await seen(
            f"the rule of {number} is confirmed",
            lambda: self.forwarding(number, **params),
            lambda entry: entry["state"] != "pending",
        )


async def refusal(asked: Awaitable[object]) -> Problem:
    """Return why a request was refused; raises NotSeen where it was not."""
    try:
        answer = await asked
    except Problem as problem:
        return problem
    raise NotSeen("a refusal", answer)


def _problem(response: httpx.Response) -> Problem:
    try:
        body = dict(response.json())
    except ValueError:
        body = {"code": "no_problem_json", "detail": response.text[:200]}
    return Problem(response.status_code, body)
