"""Other people at work on the customers while a backfill reads them."""

from random import Random
from typing import Any

from tests.flow.backfill.yard import Log, Yard


class Meddler:
    """Edits, deletes, merges and inserts between pages, the same for the same seed.

    Attributes:
        gone: whom it has deleted or merged away. Who goes after the page that held them is missed by no
            scan but a later one of everything.
        survivors: of its merges.
        deeds: how many so far.
    """

    def __init__(self, yard: Yard, seed: int, every: int = 1) -> None:
        self.gone: set[int] = set()
        self.survivors: set[int] = set()
        self.deeds = 0
        self._yard = yard
        self._chance = Random(seed)  # noqa: S311  (a test's churn)
        self._every = every

    @property
    def watcher(self) -> Log:
        """Meddles at every so many pages."""
        return Log(lambda pages: None if pages % self._every else self.meddle())

    def meddle(self) -> None:
        """One deed."""
        merchant, chance = self._yard.sandbox.merchant, self._chance
        oids = list(merchant.oids())
        self.deeds += 1
        deed = chance.choice(("update", "update", "delete", "merge", "insert"))
        if deed == "update":
            merchant.update(chance.choice(oids), self._change())
        elif deed == "insert":
            merchant.insert({"email": f"new{self.deeds}@example.com", **self._change()})
        elif deed == "delete":
            self._remove(oids)
        else:
            survivor, absorbed = chance.sample(oids, 2)
            merchant.merge(survivor, absorbed)
            self.gone.add(absorbed)
            self.survivors.add(survivor)

    def wrong(self) -> set[int]:
        """Customers who are not in the lake as they are, those apart who are gone."""
        return set(self._yard.disagreements()) - self.gone

    def _remove(self, oids: list[int]) -> None:
        oid = self._chance.choice(oids)
        self._yard.sandbox.merchant.delete(oid)
        self.gone.add(oid)

    def _change(self) -> dict[str, Any]:
        return {"business_notes": f"deed {self.deeds} {self._chance.random()}"}
