"""A CRM beside a shop: a sandbox that may be written to, what is in it, and change sets for it."""

import csv
import json
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.conftest import Shop
from tests.cli.served import Served
from tests.ward import Ward
from ucsync.app import disagreeing
from ucsync.config import load_config

CUSTOMERS = 40
FIRST = 1_000_001

#: So that a test need not wait until a lost request can act no more; most of them change many of few.
SETTINGS = "push.late_s = 1\npush.percent_max = 100\nrequests_per_s = 1000\n"


@dataclass(frozen=True)
class Crm(Shop):
    """A shop that has synced, and whose customers may be changed."""

    def truth(self) -> dict[int, dict[str, Any]]:
        """Every customer as the sandbox has them, by oid."""
        with urllib.request.urlopen(f"{self.url}/sandbox/truth?limit=10000", timeout=30) as answer:  # noqa: S310  (our own sandbox)
            held = json.load(answer)["customers"]
        return {one["customer_profile_oid"]: one for one in held}

    def changes(self, *rows: Sequence[object], name: str = "changes.csv") -> str:
        """A change set in the shop's folder, the heading first; its name."""
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return name

    def file(self, name: str, text: str) -> str:
        """Any other file; its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def planned(self, *rows: Sequence[object], options: Sequence[str] = ()) -> Any:
        """A plan of these rows that nothing stops, as told in JSON."""
        done = self.run("push", "plan", self.changes(*rows), "--json", *options)
        assert done.code in (0, 3), done.err
        return done.told

    def disagreements(self) -> list[int]:
        """Customers whose rows in the lake are not what the sandbox has."""
        config = load_config(self.folder / "ucsync.toml", {})
        return disagreeing(config, "demo", list(self.truth().values()))

    def edit(self, oid: int, **fields: object) -> None:
        """Somebody in the back office changes a customer."""
        self.control("mutate", {"update": {"customer_profile_oid": oid, **fields}})


@contextmanager
def opened(ward: Ward, folder: Path, more: str = "", customers: int = CUSTOMERS) -> Iterator[Crm]:
    """A shop with a sandbox of its own, synced once."""
    folder.mkdir(exist_ok=True)
    with Served(ward, "--limits", "none", customers=customers, key="sandbox-key") as served:
        crm = Crm(folder, served.url)
        crm.configure(SETTINGS + more)
        assert crm.run("sync").code == 0
        yield crm
