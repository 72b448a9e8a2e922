"""A merchant with a lake, servers in every mood, and runs of the command among them."""

import http.server
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from shutil import copytree
from signal import Signals
from typing import Final, Self

from tests.cli.served import EMAIL, KEYS, MERCHANT, PASSWORD, Served, configured
from tests.ward import Ended, Patient, Ward, real_ucsync
from tests.watch import KEY

CUSTOMERS: Final = 40
FIRST: Final = 1_000_001

#: Of each mood the options of its sandbox; one that "tells" is told so at its start.
MOODS: Final[Mapping[str, tuple[str, ...]]] = {
    "fine": (),
    "slow": ("--latency", "0.05"),
    "few": ("--customers", "10"),
    "odd": ("--quirk", "sort-refused", "--quirk", "order-last-modified"),
    "late": (),
    "disabled": (),
}
TELLS: Final[Mapping[str, tuple[str, dict[str, object]]]] = {
    "late": ("clock", {"move_s": -3600}),
    "disabled": ("application", {"disabled": True}),
}

#: What reports nothing, and so knows no --json.
SILENT: Final = ("sandbox", "dashboard serve", "--version", "--help")
#: What needs no configuration, and so knows no --config.
BY_ITSELF: Final = ("demo", "account check", "sandbox", "--version", "--help")
#: What an export of an account needs.
ACCOUNT: Final = ("--email", EMAIL, "--password-env", "JO_PASSWORD", "--out", "jo")


@dataclass(frozen=True)
class Ran:
    """A run that has ended.

    Attributes:
        arguments: of the command.
        as_json: whether JSON was asked for.
    """

    arguments: tuple[str, ...]
    as_json: bool
    ended: Ended


@dataclass
class Place:
    """A folder of one run's own, with the configuration in it."""

    bench: "Bench"
    folder: Path
    chance: Random
    keys: Mapping[str, str] = field(default_factory=lambda: dict(KEYS))

    @property
    def path(self) -> Path:
        return self.folder / "ucsync.toml"

    def file(self, name: str, text: str) -> str:
        """A file beside the configuration; its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def configure(self, mood: str, more: str = "") -> Self:
        """Another server, and other settings."""
        configured(self.folder, {MERCHANT: self.bench.url(mood)}, more)
        return self

    def begin(self, *arguments: str, as_json: bool | None = None, disk_bytes: int | None = None) -> "Begun":
        """The command, in one of the ways in which it finds its configuration.

        Args:
            as_json: whether it is to report so; by chance where it can.
            disk_bytes: no file may become larger.
        """
        command = {arguments[0], " ".join(arguments[:2])}
        asks = "--help" not in arguments
        reports = asks and command.isdisjoint(SILENT)
        as_json = reports and (self.chance.random() < 0.5 if as_json is None else as_json)
        environment = dict(self.keys)
        if asks and command.isdisjoint(BY_ITSELF) and "--config" not in arguments:
            how = self.chance.choice(("option", "folder", "environment"))
            arguments += ("--config", str(self.path)) if how == "option" else ()
            environment |= {"UCSYNC_CONFIG": str(self.path)} if how == "environment" else {}
        arguments += ("--json",) if as_json else ()
        if disk_bytes is not None:
            task, words = "tests.cli.rivals:on_a_small_disk", (disk_bytes, *arguments)
            run = self.bench.ward.start(task, *words, folder=self.folder, environment=environment)
        elif self.chance.randrange(self.bench.real_every) == 0:
            run = real_ucsync(*arguments, folder=self.folder, environment=environment)
        else:
            run = self.bench.ward.ucsync(*arguments, folder=self.folder, environment=environment)
        return Begun(arguments, as_json, run)

    def run(self, *arguments: str, as_json: bool | None = None, disk_bytes: int | None = None) -> Ran:
        """The same to its end."""
        return self.begin(*arguments, as_json=as_json, disk_bytes=disk_bytes).end()

    def lake_file(self, pattern: str) -> Path:
        """A file of the newest snapshot."""
        lake = self.folder / "lake" / MERCHANT
        current = (lake / "CURRENT").read_text(encoding="ascii").strip()
        return next((lake / "snapshots" / current).glob(pattern))


@dataclass(frozen=True)
class Begun:
    """A run under way."""

    arguments: tuple[str, ...]
    as_json: bool
    run: Patient

    def end(self, number: Signals | None = None, at: str = "") -> Ran:
        """Wait for its end; with a signal, sent when this is on stderr."""
        if number is not None:
            self.run.line_with(at)
            self.run.send(number)
        return Ran(self.arguments, self.as_json, self.run.end())


class Bench:
    """What the runs share; a context manager. Servers are started when they are first asked for.

    Args:
        folder: in which every run has its own.
        real_every: of so many runs one is an interpreter of its own.
    """

    def __init__(self, ward: Ward, folder: Path, real_every: int) -> None:
        self.ward = ward
        self.real_every = real_every
        self._folder = folder
        self._opened = ExitStack()
        self._turn = threading.Lock()
        self._urls: dict[str, str] = {}
        self._ready: dict[str, Path] = {}
        self._numbers = count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def url(self, mood: str) -> str:
        """Of the server in this mood; "elsewhere" sends everybody elsewhere."""
        with self._turn:
            if mood not in self._urls:
                self._urls[mood] = self._opened.enter_context(
                    elsewhere() if mood == "elsewhere" else self._sandbox(mood)
                )
            return self._urls[mood]

    @contextmanager
    def _sandbox(self, mood: str) -> Iterator[str]:
        options = ("--customers", str(CUSTOMERS), *MOODS[mood])
        with Served(self.ward, "--limits", "none", *options) as served:
            if mood in TELLS:
                served.control(*TELLS[mood])
            yield served.url

    def fresh(self, chance: Random, mood: str = "fine", more: str = "") -> Place:
        """A configuration, and nothing else yet."""
        folder = self._folder / f"run-{next(self._numbers)}"
        return Place(self, folder, chance).configure(mood, more)

    def synced(self, chance: Random, mood: str = "fine", more: str = "") -> Place:
        """One that has read all 40 customers of the fine server before."""
        return self._copy("synced", lambda: self._read(chance), chance).configure(mood, more)

    def pushed(self, chance: Random, more: str = "") -> tuple[Place, str]:
        """One with a plan for two customers, which has not been applied; and the plan's id."""
        place = self._copy("pushed", lambda: self._planned(chance), chance).configure("fine", more)
        return place, next((place.folder / "state" / "plans").rglob("*.plan")).stem

    def exported(self, chance: Random) -> Place:
        """One with an archive of the first customer's account in `jo`."""
        return self._copy("exported", lambda: self._archived(chance), chance).configure("fine")

    def _copy(self, name: str, make: Callable[[], Path], chance: Random) -> Place:
        """What is made once, in a folder of its own."""
        with self._turn:
            made = self._ready.get(name)
        if made is None:
            made = make()
            with self._turn:
                self._ready[name] = made
        return Place(self, copytree(made, self._folder / f"run-{next(self._numbers)}"), chance)

    def _read(self, chance: Random) -> Path:
        place = self.fresh(chance)
        assert place.run("sync", as_json=False).ended.code == 0
        return place.folder

    def _archived(self, chance: Random) -> Path:
        place = self.synced(chance)
        assert place.run("account", "export", *ACCOUNT, as_json=False).ended.code == 0
        return place.folder

    def _planned(self, chance: Random) -> Path:
        place = self.synced(chance)
        place.file("two.csv", changes(2))
        assert place.run("push", "plan", "two.csv", as_json=False).ended.code == 0
        return place.folder


def changes(customers: int, *more: str, note: str = "called") -> str:
    """A change set of so many customers, and these lines."""
    lines = [f"{oid},{note}" for oid in range(FIRST, FIRST + customers)]
    return "\n".join(["customer_profile_oid,business_notes", *lines, *more, ""])


@contextmanager
def elsewhere() -> Iterator[str]:
    """A server that sends everybody to another."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        do_POST = do_GET  # noqa: N815  (the same)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def secret_free(text: str) -> bool:
    """Whether there is no key, no password and no e-mail address in it."""
    return KEY not in text and PASSWORD not in text and not re.search(r"[\w.+-]+@[\w-]+\.\w", text)
