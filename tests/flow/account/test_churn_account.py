"""Orders come in while an account is read, and runs break off: what is called proven is the truth."""

import os
import random

import pytest

from tests.flow.account.bureau import Bureau, Document, exported, order
from tests.flow.account.reading import rows
from tests.flow.account.test_export import some
from tests.store.books import quick_folder
from ucsync.model import ConnectionLost, Outcome, ServerFault, UcsyncError

SEEDS = 300 if "UCSYNC_DEEP" in os.environ else 12


class Shop:
    """What happens between the answers to any number of readers of one account."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (the same lives each time)
        self._calm_after = self._chance.randint(5, 120)
        self._fragile = self._chance.choice([0.0, 0.02, 0.08])
        self._busy = self._chance.choice([0.0, 0.05, 0.3])
        self._answers = 0
        self._numbers = iter(range(5000, 9000))
        self.bureau = some(self._chance.randint(0, 60))
        self.bureau.meanwhile = self._meanwhile
        self.bureau.spoil = self._spoil
        self.shown = [one["orderId"] for one in self.bureau.orders]

    def _meanwhile(self, bureau: Bureau, _: int) -> None:
        """After an answer."""
        self._answers += 1
        if bureau.asked[-1][0] == "getOrders" and "_filterTime" not in bureau.asked[-1][2]:
            self.shown = [one["orderId"] for one in bureau.orders]
        if self._answers < self._calm_after and self._chance.random() < self._busy:
            bureau.orders.insert(0, order(next(self._numbers)))

    def _spoil(self, operation: str, *_: Document) -> None:
        """Before one."""
        if self._answers < self._calm_after and self._chance.random() < self._fragile:
            raise self._chance.choice(self._faults(operation))

    @staticmethod
    def _faults(operation: str) -> list[UcsyncError]:
        lost = ConnectionLost(operation, "cut", outcome=Outcome.UNKNOWN)
        return [lost, lost, ServerFault(operation, "503", status=503)]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_proven_is_what_there_was(seed: int) -> None:
    shop = Shop(seed)
    with quick_folder() as folder:
        for _ in range(60):
            try:
                told = exported(shop.bureau, folder)
                break
            except (ConnectionLost, ServerFault):
                continue
        found = [row["orderId"] for row in rows(folder / "out", "orders")]
        (listed,) = [one for one in told.lists if one.name == "getOrders"]
        assert len(found) == len(set(found)) >= listed.rows
        if listed.proven:
            assert found == shop.shown
        else:
            assert told.exit_code == 3
        if not told.unreadable:
            tracked = {row["orderId"] for row in rows(folder / "out", "tracking")}
            assert tracked == set(shop.bureau.tracking) & set(found)
