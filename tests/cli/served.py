"""A sandbox behind a socket and a configuration for it, for tests of the command as a whole."""

import json
import re
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT
from typing import Any, Self

from tests.flow.mortal import faults_of
from tests.ward import ENOUGH_S, Ended, Patient, Ward
from tests.watch import KEY
from ucsync.app import disagreeing
from ucsync.config import load_config
from ucsync.model import Receipt
from ucsync.sandbox import SandboxSettings
from ucsync.sandbox.people.population import Population
from ucsync.store import DiskFiles, Lake

MERCHANT = "shop"

#: Small pages without haste, so that there is something to interrupt; the quota is a test's own affair.
SETTINGS = """page_size = 10
requests_per_s = 1000
requests_per_hour = 0
requests_per_day = 0
expansions = ["billing", "tags"]
key_env = "SHOP_KEY"
"""
#: The account of the sandbox's first customer.
EMAIL = Population(seed=SandboxSettings().seed, count=1, merchant_id="DEMO").email(1_000_001)
PASSWORD = "password-1000001"
KEYS = {"SHOP_KEY": KEY, "WRONG_KEY": "not-the-key", "JO_PASSWORD": PASSWORD}

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w")


class Served:
    """`ucsync sandbox` in a process of its own; a context manager.

    Args:
        options: more of the command's.
        customers: how many.
        key: the one that is taken.
    """

    def __init__(self, ward: Ward, *options: str, customers: int = 100, key: str = KEY) -> None:
        self._patient = ward.ucsync(
            "sandbox", "--port", "0", "--key", key, "--customers", str(customers), *options
        )
        self._patient.limit(None)
        found = re.search(r"http://[\d.:]+", self._patient.line_with(" at http"))
        assert found is not None
        self.url = found.group()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._patient.send(SIGINT)
        self._patient.limit(ENOUGH_S)
        self._patient.end()

    def control(self, path: str, wish: Mapping[str, object] | None = None) -> Any:
        """Look at something, or with a wish change it."""
        body = None if wish is None else json.dumps(wish).encode()
        asked = urllib.request.Request(f"{self.url}/sandbox/{path}", data=body)  # noqa: S310  (our own sandbox)
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  (the same)
            return json.load(answer)

    def counters(self) -> dict[str, Any]:
        """What happened at the API since the start or the last `reset`."""
        told: dict[str, Any] = self.control("counters")
        return told

    def reset(self) -> None:
        """The counters."""
        self.control("counters/reset", {})

    def truth(self) -> list[dict[str, Any]]:
        """Every customer."""
        told: list[dict[str, Any]] = self.control("truth?limit=10000")["customers"]
        return told

    def change(self, count: int, note: str) -> None:
        """Update so many customers, the first ones."""
        for one in self.control(f"truth?limit={count}")["customers"]:
            wish = {"customer_profile_oid": one["customer_profile_oid"], "business_notes": note}
            self.control("mutate", {"update": wish})


def configured(folder: Path, merchants: Mapping[str, str], more: str = "") -> Path:
    """A configuration.

    Args:
        merchants: the server of each, by name.
        more: settings of each, instead of or besides the usual ones.
    """
    folder.mkdir(exist_ok=True)
    path = folder / "ucsync.toml"
    given = {line.partition(" = ")[0] for line in more.splitlines()}
    usual = "".join(f"{line}\n" for line in SETTINGS.splitlines() if line.partition(" = ")[0] not in given)
    sections = (f'[merchants.{name}]\nserver = "{url}"\n{usual}{more}\n' for name, url in merchants.items())
    path.write_text("\n".join(sections), encoding="utf-8")
    return path


def checked(ended: Ended) -> Ended:
    """How a command ended, when it has kept its secrets and its temper."""
    said = ended.out + ended.err
    assert KEY not in said
    assert KEYS["WRONG_KEY"] not in said
    assert PASSWORD not in said
    assert not _EMAIL.search(said), "an e-mail address"
    assert "Traceback" not in said
    assert "bug of ours" not in said
    return ended


def run_sync(ward: Ward, path: Path, *arguments: str) -> Ended:
    """`ucsync sync` to its end."""
    return checked(begin_sync(ward, path, *arguments).end())


def begin_sync(ward: Ward, path: Path, *arguments: str) -> Patient:
    """`ucsync sync`."""
    return ward.ucsync("sync", *arguments, "--config", str(path), environment=KEYS)


def receipts_of(path: Path, merchant: str = MERCHANT) -> list[Receipt]:
    """Of all that was published."""
    return Lake(DiskFiles(), path.parent / "lake" / merchant).receipts()


def pages_of(receipts: list[Receipt]) -> int:
    """Pages that were needed for these."""
    return sum(walk.pages for receipt in receipts for walk in receipt.passes)


def wrong_in(path: Path, served: Served, merchant: str = MERCHANT) -> list[str]:
    """What is not as it should be in the lake and in the state."""
    config = load_config(path, {})
    wrong = [f"customer {oid} disagrees" for oid in disagreeing(config, merchant, served.truth())]
    return wrong + faults_of(path.parent, merchant)
