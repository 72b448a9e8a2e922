"""A merchant that has synced twice from a real sandbox, and a quick way to run the commands that report."""

import io
import json
import re
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.served import EMAIL, PASSWORD, Served
from tests.ward import Ward
from ucsync.cli import main

CUSTOMERS = 450

#: The customer whose account is exported, with so many orders.
OID = 1_000_001
ORDERS = 12
#: Settings for that.
MORE = 'merchant_id = "DEMO"\nrequests_per_s = 1000'
ADDRESS = ("--email", EMAIL)
ENV = ("--password-env", "PASSWORD")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shop:
    """A folder with configuration, lake and state, and the sandbox that it was read from."""

    folder: Path
    url: str

    @property
    def lake(self) -> Path:
        return self.folder / "lake" / "demo"

    def run(self, *arguments: str, typed: str = "", key: str | None = "sandbox-key") -> Done:
        """Run a command in this process, as quick as it can be."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
            patched.chdir(self.folder)
            patched.setattr(sys, "argv", ["ucsync", *arguments])
            patched.setattr(sys, "stdin", io.StringIO(typed))
            patched.delenv("DEMO_KEY", raising=False)
            if key is not None:
                patched.setenv("DEMO_KEY", key)
            try:
                main()
                code = 0
            except SystemExit as leave:
                code = int(leave.code or 0)
        return Done(code, out.getvalue(), err.getvalue())

    def snapshots(self) -> list[Path]:
        """Their folders, oldest first: two of one second are not in order by their names."""
        return sorted((self.lake / "snapshots").iterdir(), key=_finished)

    def configure(self, more: str = "") -> None:
        """Write the configuration anew, with these lines in the merchant's section."""
        text = f'[merchants.demo]\nserver = "{self.url}"\nkey_env = "DEMO_KEY"\n{more}\n'
        (self.folder / "ucsync.toml").write_text(text, encoding="utf-8")

    def requests(self) -> int:
        """How many the sandbox has seen."""
        with urllib.request.urlopen(f"{self.url}/sandbox/counters", timeout=30) as answer:  # noqa: S310  (our own sandbox)
            return int(json.load(answer)["requests"])

    def control(self, what: str, wish: dict[str, object]) -> None:
        """Tell the sandbox something."""
        asked = urllib.request.Request(f"{self.url}/sandbox/{what}", data=json.dumps(wish).encode())  # noqa: S310  (our own sandbox)
        urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310  (the same)


@dataclass(frozen=True)
class Portal(Shop):
    """A merchant whose first customer has an account, and somebody who exports it."""

    def account(self, *more: str, password: str = PASSWORD, email: str = EMAIL, typed: str = "") -> Done:
        """`ucsync account export` into `jo`, with the password in the environment."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PASSWORD", password)
            return self.run("account", "export", "--email", email, *ENV, "--out", "jo", *more, typed=typed)

    def export(self, *arguments: str, typed: str = "") -> Done:
        """The same, with nothing given but the address and the folder."""
        return self.run("account", "export", *ADDRESS, "--out", "jo", *arguments, typed=typed)

    @property
    def jo(self) -> Path:
        return self.folder / "jo"

    def sent(self) -> int:
        """Requests to the portal so far."""
        return self.requests()

    def told(self) -> Any:
        """What the export of `exported` has printed."""
        return json.loads((self.folder / "told.json").read_text(encoding="utf-8"))

    def refused(self) -> Path:
        """The file of refused logins."""
        return self.folder / "state" / "logins" / "demo.json"


@pytest.fixture(scope="session")
def synced(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """450 customers, read in full; then five changed and one new, read as a change."""
    with Served(ward, "--limits", "none", customers=CUSTOMERS, key="sandbox-key") as served:
        shop = Shop(tmp_path_factory.mktemp("shop"), served.url)
        shop.configure()
        assert ward.done("sync", folder=shop.folder, DEMO_KEY="sandbox-key").code == 0
        for oid in range(1_000_001, 1_000_006):
            shop.control("mutate", {"update": {"customer_profile_oid": oid, "referral_source": "fair"}})
        shop.control("mutate", {"insert": {"email": "new@shop.example"}})
        assert ward.done("sync", folder=shop.folder, DEMO_KEY="sandbox-key").code == 0
        yield shop


@pytest.fixture
def shop(synced: Shop, tmp_path: Path) -> Shop:
    """The same, in a folder of the test's own, to do with as it likes."""
    shutil.copytree(synced.folder, tmp_path / "shop")
    return Shop(tmp_path / "shop", synced.url)


@pytest.fixture(scope="session")
def portals(ward: Ward) -> Iterator[Served]:
    options = ("--limits", "none", "--latency", "0", "--orders", f"{OID}={ORDERS}")
    with Served(ward, *options, customers=30, key="sandbox-key") as opened:
        yield opened


@pytest.fixture
def portal(portals: Served, tmp_path: Path) -> Portal:
    portal = Portal(tmp_path, portals.url)
    portal.configure(MORE)
    return portal


@pytest.fixture(scope="session")
def exported(portals: Served, tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """One that has been exported; to be looked at only."""
    portal = Portal(tmp_path_factory.mktemp("exported"), portals.url)
    portal.configure(MORE)
    done = portal.account("--zip", "--json")
    assert done.code == 0, done.err
    (portal.folder / "told.json").write_text(done.out, encoding="utf-8")
    return portal


@pytest.fixture
def archived(exported: Portal, tmp_path: Path) -> Portal:
    """The same, to do with as one likes."""
    shutil.copytree(exported.folder, tmp_path / "shop")
    return replace(exported, folder=tmp_path / "shop")


def _finished(snapshot: Path) -> str:
    found = re.search(r'"finished_at": ?"([^"]+)"', (snapshot / "receipt.json").read_text(encoding="utf-8"))
    assert found is not None, snapshot
    return found[1]


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its length and time of change."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def kept(folder: Path) -> set[str]:
    """Every file but the locks, by its name."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }
