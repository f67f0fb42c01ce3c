"""What no other tool sees: names, files and sizes that hold the project together."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from contracts.catalogue import EVENTS, dead_letter_topic
from contracts.event import Event
from contracts.listeners import LISTENERS, listeners_of
from contracts.refusal import RefusalCode
from contracts.refusals_de import GERMAN
from contracts.refusals_en import ENGLISH
from contracts.schema import key_of
from devstack.topics import Topic, read_topics

ROOT = Path(__file__).parents[1]
HOME_MODULES = ("__main__", "app", "handlers", "settings", "store", "domain")
LONGEST_FUNCTION, LONGEST_MODULE = 40, 300

# What is still too long, with what it may reach. Shorten it and take its line away;
# a line that is no longer needed fails, so that this list only gets shorter.
LONG_MODULES = {"simulated_switch/domain.py": 320}
LONG_FUNCTIONS: dict[str, int] = {}

SQL_OUTSIDE_STORES = {
    # A mass outage is one statement over 100,000 rows: the statement is the decision,
    # and a store method each would only move it away from its reason.
    "forwarding/acknowledging.py",
    "forwarding/causes.py",
    "forwarding/gauges.py",
    "forwarding/hold.py",
    "forwarding/keeper.py",
    "forwarding/specials.py",
    "forwarding/telling.py",
}
SQL = re.compile(
    r"\b(SELECT\s+[\w*(]|INSERT\s+INTO\b|UPDATE\s+\w+(\s+AS\s+\w+|\s+\w+)?\s+SET\b"
    r"|DELETE\s+FROM\b|TRUNCATE\s+\w|COPY\s+\w+\s*[(])"
)
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|yarnpkg\.com|repo1?\.maven\b"
    r"|maven\.apache\.org|proxy\.golang\.org|crates\.io|docker\.io|quay\.io|ghcr\.io"
    r"|/simple/|index-url|artifactory|nexus\."
)
HOME_PATH = re.compile(r"(?<![\w.~$}])/(home|root|Users|work)/[\w.]")
SUBSCRIBES = {"on", "on_many", "watch", "watch_many", "gather", "gather_raw"}
DERIVED_FROM_OTHERS = {"tests/support/asyncapi/3.0.0.json"}


class Module(NamedTuple):
    """One of our source files."""

    name: str
    """Package and path inside it: `forwarding/store.py`."""
    path: Path
    text: str
    tree: ast.Module


class Function(NamedTuple):
    """A function with the module that has it."""

    name: str
    lines: int


@cache
def modules() -> list[Module]:
    """Return every source file of contracts, chassis, services and deploy."""
    found = []
    for file in tracked():
        path = Path(file)
        if "src" in path.parts and path.suffix == ".py" and path.parts[0] != "tests":
            text = (ROOT / path).read_text(encoding="utf-8")
            name = file.split("/src/", 1)[1]
            found.append(Module(name, path, text, ast.parse(text)))
    return found


@cache
def tracked() -> list[str]:
    """Return every file that git knows or is about to know."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [file for file in listed.splitlines() if (ROOT / file).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Return every tracked text file that is ours, with its content."""
    for file in tracked():
        if file not in DERIVED_FROM_OTHERS:
            try:
                yield file, (ROOT / file).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def functions(module: Module) -> Iterator[tuple[ast.AST, Function]]:
    """Return every function of a module with its length."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield node, Function(f"{module.name}:{node.name}", lines)


def source_of(service: str) -> Path:
    """Return the folder of a service's package."""
    return ROOT / "services" / service / "src" / service.replace("-", "_")


def modules_of(service: str) -> list[Module]:
    """Return the source files of one service."""
    package = service.replace("-", "_")
    return [each for each in modules() if each.name.startswith(f"{package}/")]


@cache
def topics() -> dict[str, Topic]:
    """Return what deploy/kafka/topics.yaml creates, by name."""
    return {topic.name: topic for topic in read_topics()}


# -- events and topics ---------------------------------------------------------------


def test_topics_yaml_creates_the_catalogue_and_its_dead_letters() -> None:
    events = [event.topic() for event in EVENTS]

    assert sorted(topics()) == sorted([*events, *map(dead_letter_topic, events)])


@pytest.mark.parametrize("service", LISTENERS)
def test_a_service_subscribes_what_the_table_says(service: str) -> None:
    subscribed = {
        argument.id
        for module in modules_of(service)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SUBSCRIBES
        and node.args
        and isinstance(argument := node.args[0], ast.Name)
    }

    assert subscribed == {event.__name__ for event in LISTENERS[service]}


@pytest.mark.parametrize("service", LISTENERS)
def test_a_service_tells_its_own_events_and_no_others(service: str) -> None:
    sources = {event.__name__: event.source for event in EVENTS}
    named = {
        node.id
        for module in modules_of(service)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name)
    }
    made = {
        node.func.id
        for module in modules_of(service)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    own = {name for name, source in sources.items() if source == service}

    assert own <= named, "an event of this service that its code never names"
    assert (made & sources.keys()) <= own, "an event that belongs to another service"


def test_architecture_md_tells_the_same_story() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for service, heard in LISTENERS.items():
        row = next(
            line for line in text.splitlines() if line.startswith(f"| {service}")
        )
        listens, tells = (set(re.findall(r"[A-Z]\w+", c)) for c in row.split("|")[3:5])
        told = {event.__name__ for event in EVENTS if event.source == service}

        assert listens - {"POST"} == {event.__name__ for event in heard}
        assert tells == told


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_the_catalogue_has_a_true_row_for_every_event(event: type[Event]) -> None:
    text = (ROOT / "contracts" / "README.md").read_text(encoding="utf-8")
    start = f"| {event.__name__} |"
    row = next(line for line in text.splitlines() if line.startswith(start))
    topic = topics()[event.topic()]
    kept = int(topic.config["retention.ms"]) // (24 * 60 * 60 * 1000)

    cells = re.split(r"(?<!\\)\|", row.strip("|"))
    assert [cell.strip().replace(r"\|", "|") for cell in cells] == [
        event.__name__,
        f"`{key_of(event)}`",
        event.source,
        ", ".join(listeners_of(event)),
        str(topic.partitions),
        "for ever" if kept < 0 else f"{kept} days",
        (event.__doc__ or "").strip(),
    ]


NAMING_A_CUSTOMER = {"customer_number", "number", "target", "placed_by"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_what_names_a_customer_is_not_kept_for_ever(event: type[Event]) -> None:
    is_for_ever = topics()[event.topic()].config["retention.ms"] == "-1"

    assert not (is_for_ever and NAMING_A_CUSTOMER & event.model_fields.keys())


# -- services ------------------------------------------------------------------------


@pytest.mark.parametrize("service", LISTENERS)
class TestService:
    def test_has_the_modules_of_the_house(self, service: str) -> None:
        source = source_of(service)
        missing = [
            name
            for name in HOME_MODULES
            if not (source / f"{name}.py").is_file() and not (source / name).is_dir()
        ]

        assert missing == []

    def test_has_a_readme(self, service: str) -> None:
        assert (ROOT / "services" / service / "README.md").is_file()

    def test_has_migrations_that_follow_the_chassis(self, service: str) -> None:
        files = sorted((ROOT / "services" / service / "migrations").glob("*.sql"))

        assert files
        for file in files:
            text = file.read_text(encoding="utf-8")
            assert re.search(r"^-- migrate: apply$", text, re.MULTILINE), file
            assert re.search(r"^-- migrate: rollback$", text, re.MULTILINE), file


def test_every_folder_of_a_service_is_known() -> None:
    folders = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}

    assert folders == set(LISTENERS)


# -- code ----------------------------------------------------------------------------


def test_no_module_is_too_long() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in modules()}
    offenders = {
        name: lines
        for name, lines in lengths.items()
        if lines > LONG_MODULES.get(name, LONGEST_MODULE)
    }

    assert offenders == {}
    assert no_longer_needed(LONG_MODULES, lengths, LONGEST_MODULE) == []


def test_no_function_is_too_long() -> None:
    lengths = {
        function.name: function.lines
        for module in modules()
        for _, function in functions(module)
    }
    offenders = {
        name: lines
        for name, lines in lengths.items()
        if lines > LONG_FUNCTIONS.get(name, LONGEST_FUNCTION)
    }

    assert offenders == {}
    assert no_longer_needed(LONG_FUNCTIONS, lengths, LONGEST_FUNCTION) == []


def no_longer_needed(
    allowed: dict[str, int], lengths: dict[str, int], limit: int
) -> list[str]:
    """Return the lines of an allow-list that can go."""
    return [name for name in allowed if lengths.get(name, 0) <= limit]


def test_everything_public_says_what_it_is() -> None:
    silent = [
        f"{module.name}:{name}"
        for module in modules()
        for name, node in public(module.tree)
        if not ast.get_docstring(node)
    ]

    assert silent == []


Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(
    tree: ast.Module | ast.ClassDef, inside: str = ""
) -> Iterator[tuple[str, Documented]]:
    """Return public classes and functions; but overrides, which are told elsewhere."""
    for node in tree.body:
        if not isinstance(node, Documented) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(each) for each in node.decorator_list}
        is_told_elsewhere = decorators & {"override", "overload"}
        if is_told_elsewhere or any(d.endswith(".setter") for d in decorators):
            continue
        yield f"{inside}{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{node.name}.")


@pytest.mark.parametrize(
    ("call", "homes"),
    [
        (r"datetime\.(now|utcnow|today)\(", {"chassis/clock.py"}),
        (r"\bdate\.today\(", set[str]()),
        (r"\buuid[14]\(", {"contracts/event.py"}),
    ],
)
def test_time_and_ids_have_one_source(call: str, homes: set[str]) -> None:
    users = {module.name for module in modules() if re.search(call, module.text)}

    assert users <= homes


def test_only_stores_and_the_chassis_write_sql() -> None:
    strangers = {
        module.name
        for module in modules()
        if module.path.parts[0] == "services"
        and not re.search(r"/(\w+_)?store(/|\.py$)", module.name)
        and any(SQL.search(text) for text in strings(module.tree))
    }

    assert strangers == SQL_OUTSIDE_STORES


def strings(tree: ast.AST) -> Iterator[str]:
    """Return every string of a module, with the parts of f-strings joined."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (getattr(part, "value", "x") for part in node.values)
            yield "".join(part if isinstance(part, str) else "x" for part in parts)


def test_only_commands_print() -> None:
    printing = {
        module.name
        for module in modules()
        if module.path.parts[0] != "deploy"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    }

    assert printing <= {"chassis/commands.py"}


def test_every_refusal_is_said_in_both_languages() -> None:
    codes = set(get_args(RefusalCode))

    assert codes == GERMAN.keys() == ENGLISH.keys()
    assert all(text.strip() for text in (*GERMAN.values(), *ENGLISH.values()))


# -- files ---------------------------------------------------------------------------


def test_no_file_names_a_package_registry() -> None:
    here = str(Path(__file__).relative_to(ROOT))
    naming = [
        file
        for file, text in texts()
        if file != here and not file.endswith("LICENSE") and REGISTRY_HOST.search(text)
    ]

    assert naming == []


def test_no_file_names_somebodys_folder() -> None:
    here = str(Path(__file__).relative_to(ROOT))
    naming = [
        f"{file}:{number}"
        for file, text in texts()
        if file != here
        for number, line in enumerate(text.splitlines(), 1)
        if HOME_PATH.search(line)
    ]

    assert naming == []


def test_locks_name_no_host_and_have_hashes() -> None:
    locks = [file for file in tracked() if re.search(r"(\.|-)lock(\.|$)", file)]

    assert "requirements.lock" in locks
    for file in locks:
        assert "://" not in (ROOT / file).read_text(encoding="utf-8"), file
    pinned = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for package in re.split(r"\n(?=\S)", pinned.strip()):
        assert "--hash=sha256:" in package, package.splitlines()[0]
