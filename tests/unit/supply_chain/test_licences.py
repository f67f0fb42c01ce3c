"""No package comes in whose licence nobody looked at."""

import pytest

from devstack.licences import (
    PAGE,
    Exceptional,
    Policy,
    installed,
    locked,
    page,
    refused,
)
from devstack.sbom import pinned
from devstack.settings import ROOT

POLICY = Policy(
    frozenset({"MIT", "Apache-2.0"}),
    {"odd": Exceptional("GPL-3.0", "a tool")},
    {"MIT License": "MIT"},
)
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def packages() -> dict[str, str]:
    """What the packages that are here say of themselves."""
    return installed(locked(LOCK))


def test_every_package_has_a_licence_that_may_be(packages: dict[str, str]) -> None:
    assert refused(Policy.read(), packages) == []


def test_no_pinned_package_is_left_out(packages: dict[str, str]) -> None:
    assert pinned(LOCK).keys() <= packages.keys()


def test_the_page_says_what_the_packages_say(packages: dict[str, str]) -> None:
    written = PAGE.read_text(encoding="utf-8").splitlines()

    # A package for another Python is pinned, and not here to be asked.
    assert set(page(Policy.read(), packages).splitlines()) <= set(written)
    named = {line.split("|")[1].strip() for line in written if line.startswith("| ")}
    assert named - {"package"} <= locked(LOCK)


def test_no_exception_is_left_behind(packages: dict[str, str]) -> None:
    assert Policy.read().exceptions.keys() <= packages.keys()


@pytest.mark.parametrize(
    ("package", "said", "is_fine"),
    [
        ("a", "MIT", True),
        ("a", "MIT License", True),
        ("a", "MIT License; Apache-2.0", True),
        ("a", "MIT OR GPL-3.0", True),
        ("a", "MIT AND GPL-3.0", False),
        ("a", "MIT; GPL-3.0", False),
        ("a", "AGPL-3.0", False),
        ("a", "UNKNOWN", False),
        ("a", "", False),
        ("odd", "GPL-3.0", True),
        ("odd", "AGPL-3.0", False),
    ],
)
def test_a_forbidden_or_unlisted_licence_is_named(
    package: str, said: str, *, is_fine: bool
) -> None:
    problems = refused(POLICY, {package: said})

    assert (problems == []) is is_fine
    assert all(problem.startswith(f"{package}: ") for problem in problems)
