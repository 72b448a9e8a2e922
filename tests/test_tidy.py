"""The architecture as a test: rooms, arrows, sizes, charters, and nothing dead."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

from typer.testing import CliRunner

from ucsync.cli import application

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ucsync"

#: Which rooms a room may import. Arrows point one way; what is not listed is a wall.
ARROWS: dict[str, set[str]] = {
    "model": set(),
    "ultracart": {"model"},
    "plan": {"model"},
    "net": {"model", "ultracart", "plan"},
    "store": {"model", "plan", "ultracart"},
    "flow": {"model", "ultracart", "plan", "net", "store"},
    "sandbox": {"model", "ultracart"},
    "testing": set(),
    "dashboard": {"model"},
    "config": {"model", "ultracart", "plan", "net"},
    "world": {"model", "ultracart", "plan", "net", "store", "flow", "config"},
    "app": {"model", "ultracart", "plan", "net", "store", "flow", "config", "world"},
    "reports": {"model", "ultracart", "plan", "net", "store", "flow", "config", "world", "app"},
    "sheets": {"model", "store", "flow", "config", "app", "dashboard"},
    "pushing": {"model", "plan", "flow", "config", "app", "sheets"},
    "backfilling": {"model", "plan", "flow", "config", "world", "app"},
    "warehousing": {"model", "plan", "store", "flow", "config", "world", "app", "reports"},
    "exports": {"model", "store", "config", "app", "warehousing"},
    "accounts": {"model", "ultracart", "net", "store", "flow", "config", "world", "app", "dashboard"},
    "dashboards": {
        "model", "plan", "store", "flow", "config", "world", "app", "reports", "warehousing", "dashboard",
    },
    "run_reports": {"model", "plan", "store", "flow", "config", "world", "app", "reports", "dashboard"},
    "forgetting": {"model", "plan", "store", "flow", "config", "world", "app", "warehousing", "accounts"},
    "cli": {
        "model", "flow", "app", "reports", "sheets", "pushing", "backfilling", "warehousing", "exports",
        "accounts", "dashboards", "run_reports", "forgetting", "dashboard", "sandbox",
    },
    "__init__": {"model", "ultracart", "net", "flow", "app", "pushing", "backfilling", "dashboards"},
    "__main__": {"cli"},
}  # fmt: skip

#: Libraries that have one place; everywhere else goes through it.
PLACES: dict[str, tuple[str, ...]] = {
    "aiohttp": (
        "ucsync/net/aiohttp_transport.py", "ucsync/sandbox/", "ucsync/testing/", "ucsync/dashboard/live.py",
    ),
    "yarl": ("ucsync/net/aiohttp_transport.py",),
    "asyncio_throttle": ("ucsync/net/pacing.py",),
    "tenacity": ("ucsync/net/retrying.py",),
    "msgspec": ("ucsync/ultracart/codec.py", "ucsync/ultracart/listing.py", "ucsync/store/"),
    "pyarrow": ("ucsync/store/",),
    "duckdb": ("ucsync/store/",),
    "filelock": ("ucsync/store/locks.py",),
    "sqlite3": ("ucsync/store/",),
    "typer": ("ucsync/cli/",),
    "rich": ("ucsync/cli/",),
    "random": ("ucsync/net/stack.py",),
    "time": ("ucsync/net/clock.py",),
    "tomllib": ("ucsync/config/",),
    "os": (
        "ucsync/config/", "ucsync/store/files.py", "ucsync/store/permissions.py", "ucsync/app.py",
        "ucsync/reports.py", "ucsync/accounts.py", "ucsync/sandbox/serving.py",
    ),
}  # fmt: skip

#: Rooms of pure functions.
PURE = ("model", "ultracart", "plan")
IMPURE_MODULES = {"asyncio", "logging", "pathlib", "os", "socket", "time", "random", "subprocess"}

LINES_MAX = 400
BODY_LINES_MAX = 50
FRONT_DOOR_MAX = 20
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "handler", "misc"}

FILES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*FILES, *sorted((ROOT / "pipelines").glob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    return [*module.split("."), "__init__"][1]


MODULE_NAMES = {module_of(path) for path in FILES}


def of_each(paths: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """One test of what holds for each of these files; it names all that break it."""

    def made(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            assert paths
            wrong = []
            for path in paths:
                try:
                    check(path)
                except AssertionError as failure:
                    wrong.append(f"{short(path)}: {failure}")
            assert not wrong, "\n".join(wrong)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return made


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree_of(path)))


def imports_of(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{short(path)}: relative import"
            module = node.module or ""
            named = [f"{module}.{alias.name}" for alias in node.names]
            yield from named
            if not all(name in MODULE_NAMES for name in named):  # else it only names its siblings
                yield module


MODULES = {module_of(path): path for path in FILES}
EDGES = {
    module: {held for held in imports_of(path) if held in MODULES and held != module}
    for module, path in MODULES.items()
}


@of_each(FILES)
def test_arrows_point_one_way(path: Path) -> None:
    room = room_of(module_of(path))
    assert room in ARROWS, f"a room without arrows: {room}"
    reached = {
        room_of(held) for held in imports_of(path) if held.split(".")[0] == "ucsync" and held != "ucsync"
    }
    assert reached - {room} <= ARROWS[room]
    assert "ucsync" not in set(imports_of(path)), "the front door is for users, not for rooms"


def test_no_module_imports_itself_round_a_corner() -> None:
    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way, module))
        if module not in done:
            for held in EDGES[module]:
                walk(held, (*way, module))
            done.add(module)

    for module in EDGES:
        walk(module, ())


@of_each(FILES)
def test_libraries_keep_to_their_place(path: Path) -> None:
    for library in {held.split(".")[0] for held in imports_of(path)} & PLACES.keys():
        assert short(path).startswith(PLACES[library]), f"{library} in {short(path)}"


@of_each([path for path in FILES if room_of(module_of(path)) in PURE])
def test_pure_rooms_do_no_io_and_are_not_async(path: Path) -> None:
    assert not {held.split(".")[0] for held in imports_of(path)} & IMPURE_MODULES
    kinds = {type(node) for node in nodes_of(path)}
    assert not kinds & {ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith}


@of_each(SOURCES)
def test_imports_stand_at_the_top(path: Path) -> None:
    tree = tree_of(path)
    inside = [
        node.lineno
        for node in nodes_of(path)
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in tree.body
    ]
    assert inside == []


@of_each(SOURCES)
def test_files_and_bodies_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_MAX
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.body[0].lineno + 1
            assert lines <= BODY_LINES_MAX, f"{node.name} has {lines} lines"


@of_each(FILES)
def test_names_of_files_say_what_is_in_them(path: Path) -> None:
    assert path.stem not in VAGUE_NAMES


@of_each(FILES)
def test_every_module_has_a_docstring_and_every_room_a_charter(path: Path) -> None:
    text = ast.get_docstring(tree_of(path))
    assert text
    if path.name == "__init__.py" and path.parent != PACKAGE:
        assert "Owns" in text, "a charter says what the room owns"
        assert "ever" in text, "a charter says what the room never does"


@of_each([path for path in FILES if path.name == "__init__.py"])
def test_every_room_says_exactly_what_it_offers(path: Path) -> None:
    tree = tree_of(path)
    offered = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    assert len(offered) == 1, "one __all__"
    bound = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ucsync")
        for alias in node.names
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)} | {
        node.target.id
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert len(offered[0]) == len(set(offered[0]))
    assert set(offered[0]) <= bound | defined
    if path.parent.name != "cli":  # its only offer is `main`; the commands are imported to be registered
        assert (
            bound | {name for name in defined if not name.startswith("_")}
            >= set(offered[0])
            >= {name for name in bound if not name.startswith("_")} - used_in(path)
        )


def used_in(path: Path) -> set[str]:
    return {node.id for node in nodes_of(path) if isinstance(node, ast.Name)}


def test_the_front_door_is_small() -> None:
    offered = next(
        ast.literal_eval(node.value)
        for node in tree_of(PACKAGE / "__init__.py").body
        if isinstance(node, ast.Assign)
    )
    assert len(offered) <= FRONT_DOOR_MAX


def test_no_module_is_dead() -> None:
    entrances = {"ucsync", "ucsync.__main__", "ucsync.testing"}
    reached = set(chain.from_iterable(EDGES.values())) | entrances
    # importing a package's module imports the package
    reached |= {module.rpartition(".")[0] for module in reached}
    assert MODULES.keys() - reached == set()


def test_no_public_name_is_dead() -> None:
    used: dict[str, int] = {}
    for path in SOURCES:
        for node in nodes_of(path):
            name = (
                node.id if isinstance(node, ast.Name)
                else node.attr if isinstance(node, ast.Attribute)
                else None
            )  # fmt: skip
            if name is not None:
                used[name] = used.get(name, 0) + 1
            if isinstance(node, ast.ImportFrom) and (path.name != "__init__.py" or path in MODELS_INITS):
                for alias in node.names:
                    used[alias.name] = used.get(alias.name, 0) + 1
    dead = [
        f"{short(path)}: {node.name}"
        for path in FILES
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in used
        and node.name not in CALLED_BY_OTHERS
    ]
    assert dead == []


#: Where importing is using: each registry of models is made of what it imports.
MODELS_INITS = [PACKAGE / "ultracart" / room / "__init__.py" for room in ("models", "my_account/models")]

#: Called by asyncio, by selectors, or by the application, through a protocol that is not ours.
CALLED_BY_OTHERS = {
    "abort", "is_closing", "pause_reading", "resume_reading", "is_reading", "get_write_buffer_size",
    "set_write_buffer_limits", "get_protocol", "set_protocol", "can_write_eof", "data_received", "select",
    "_create_connection", "_options", "shutdown_default_executor",
}  # fmt: skip


@of_each(FILES)
def test_no_private_name_is_dead(path: Path) -> None:
    used = {node.id for node in nodes_of(path) if isinstance(node, ast.Name)}
    used |= {node.attr for node in nodes_of(path) if isinstance(node, ast.Attribute)}
    defined = {
        node.name
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.name.startswith("_")
        and not node.name.startswith("__")
    }
    assert defined - used - CALLED_BY_OTHERS == set()


def test_users_get_the_types() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^  ([a-z]+)  ", CliRunner().invoke(application, ["--help"]).stdout, re.MULTILINE)
    assert len(shown) > 5
    for command in shown:
        assert f"`ucsync {command}" in readme


def test_every_file_of_the_top_level_is_meant_to_be_there() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["name"] == "ucsync"
    meant = {
        "ucsync", "tests", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml",
        "requirements.lock", "config.example.toml", "pipelines", "docs", ".ci", ".gitignore", ".git",
    }  # fmt: skip
    made = {".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "build", "dist"}
    found = {path.name for path in ROOT.iterdir()} - made
    assert {name for name in found - meant if not name.startswith(".")} == set()


def test_the_lock_names_no_place_and_pins_every_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index" not in lock
    pins = [line for line in lock.splitlines() if line and not line.startswith(" ")]
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
