"""Requests that nobody would send, and an account of what came back."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from typing_extensions import override

SERVER_FAULT = 500
LONGEST = 500
"""Letters of a request that is shown."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
numbers = st.from_regex(r"(\+|00|0)?[1-9][0-9 /()-]{2,15}", fullmatch=True)
words = st.one_of(
    texts,
    numbers,
    st.sampled_from(
        ["", "0", "-1", "9" * 30, "\x00", "../..", "a\r\nb: c", "'--", "%"]
    ),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=12,
)
bodies = st.one_of(
    json_values.map(lambda value: json.dumps(value).encode()), st.binary(max_size=200)
)

Headers = Callable[[str, str], Mapping[str, str]]
"""Of a method and a path of the description: the headers of who may ask it."""


@dataclass
class Account:
    """How often which status came, and the requests that broke something."""

    seen: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """Return how many requests were answered."""
        return self.seen.total()

    def note(self, status: int, request: Callable[[], str]) -> None:
        """Note an answer, and what was asked if it broke something."""
        self.seen[status] += 1
        if status >= SERVER_FAULT:
            self.broken.append(f"{status} {request()}"[:LONGEST])

    @override
    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.cases} cases: {dict(sorted(self.seen.items()))}"


def many(examples: int) -> settings:
    """Return how Hypothesis makes so many requests, none of them for shrinking."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def ask_schema(
    account: Account,
    url: str,
    cases: int,
    headers: Headers,
    order: Callable[[str, str], int] = lambda _method, _path: 0,
) -> None:
    """
    Ask each operation of an OpenAPI description, rightly and wrongly.

    Those with a negative `order` are left out; greater ones come later. What takes
    nothing is asked once, and the others share the rest of its cases.
    """
    schema = schemathesis.openapi.from_url(url)
    results = list(schema.get_all_operations())
    found = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(found) == len(results), "an operation is described badly"
    ranked = [(order(each.method.upper(), each.path), each) for each in found]
    left = [each for rank, each in sorted(ranked, key=lambda one: one[0]) if rank >= 0]
    base, wanted = url.rpartition("/")[0], account.cases + cases
    with requests.Session() as session:
        while left and account.cases < wanted:
            each = (wanted - account.cases) // len(left) + 1
            left = [
                operation
                for operation in left
                if _ask(account, session, base, operation, each, headers) >= each // 2
            ]


def _ask(
    account: Account,
    session: requests.Session,
    base: str,
    operation: Any,
    cases: int,
    headers: Headers,
) -> int:
    before = account.cases
    own = dict(headers(operation.method.upper(), operation.path))
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @given(case=operation.as_strategy(generation_mode=mode))
        @many(cases // 2 + 1)
        def ask(case: Any) -> None:
            answer = case.call(base_url=base, headers=own, session=session)
            account.note(answer.status_code, lambda: case.as_curl_command(own))

        with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
            ask()
    return account.cases - before


@dataclass(frozen=True)
class Form:
    """A page that takes a form, and what is usually in it."""

    method: str
    path: str
    """With the names of its parameters in braces."""
    fields: Mapping[str, str]
    headers: Mapping[str, str]
    names: Mapping[str, str]
    """Of each parameter a value that leads somewhere."""


def ask_form(account: Account, http: httpx.Client, form: Form, cases: int) -> None:
    """Send a form with right and wrong fields to right and wrong places."""
    usual = st.fixed_dictionaries(
        {name: st.just(value) | words for name, value in form.fields.items()}
    )
    parameters = st.fixed_dictionaries(
        {name: st.just(value) | words for name, value in form.names.items()}
    )

    @given(usual, parameters, st.dictionaries(texts, words, max_size=3), words)
    @many(cases)
    def ask(
        fields: dict[str, str], place: dict[str, str], odd: dict[str, str], query: str
    ) -> None:
        path = form.path
        for name, value in place.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        sent = {} if form.method == "GET" else {"data": odd | fields}
        asked = odd | fields if form.method == "GET" else {"q": query}
        answer = http.request(
            form.method,
            path,
            params=asked,
            headers={**form.headers},
            **sent,  # type: ignore[arg-type]  # only data
        )
        account.note(answer.status_code, lambda: f"{form.method} {path} {asked} {sent}")

    ask()
