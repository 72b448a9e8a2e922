"""The merchant's own people, at work all year: customers come, change, move, go and are merged."""

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.reply import Refusal

#: Fewer customers are not left, more are not let in.
FEWEST: Final = 36
MOST: Final = 60


class People:
    """What they do is drawn from the seed, one act after the other.

    Attributes:
        done: acts by kind.
    """

    def __init__(self, merchant: Merchant, seed: int) -> None:
        self._merchant = merchant
        self._chance = Random(f"{seed} people")  # noqa: S311  (a test's choice)
        self._number = 0
        self.done = Counter[str]()

    @property
    def acts(self) -> int:
        """How many were done."""
        return self.done.total()

    def work(self, acts: int) -> None:
        """So many acts."""
        for _ in range(acts):
            self._act()

    def perhaps(self, likely: float) -> None:
        """An act, or none."""
        if self._chance.random() < likely:
            self._act()

    def _act(self) -> None:
        self._number += 1
        kinds: Mapping[str, tuple[int, Callable[[], None]]] = {
            "update": (5, self._update),
            "insert": (0 if self._merchant.count() > MOST else 2, self._insert),
            "move": (2, self._move),
            "delete": (0 if self._merchant.count() < FEWEST else 1, self._delete),
            "merge": (0 if self._merchant.count() < FEWEST else 1, self._merge),
        }
        [kind] = self._chance.choices(list(kinds), [weight for weight, _ in kinds.values()])
        try:
            kinds[kind][1]()
        except Refusal:
            kind = "refused"
        self.done[kind] += 1

    def _some(self, count: int) -> list[int]:
        return self._chance.sample(list(self._merchant.oids()), count)

    def _insert(self) -> None:
        number = self._number
        self._merchant.insert({
            "email": f"came-{number}@example.com",
            "billing": [{"first_name": "Newly", "last_name": f"Come {number}", "city": "Ithaca"}],
            "tags": [{"tag_value": "new"}],
        })  # fmt: skip

    def _update(self) -> None:
        number = self._number
        changes: list[dict[str, Any]] = [
            {"business_notes": f"called, {number}"},
            {"billing": [{"first_name": "Moved", "last_name": f"House {number}", "city": "Utica"}]},
            {"tags": [{"tag_value": f"tag {number % 5}"}, {"tag_value": "vip"}]},
            {"terms": f"Net {number % 60}", "sales_rep_code": f"R{number % 9}"},
            {"website_url": None, "free_shipping": number % 2 == 0},
        ]
        [oid] = self._some(1)
        self._merchant.update(oid, self._chance.choice(changes))

    def _move(self) -> None:
        """One gets another e-mail, and somebody else the one that is free now."""
        mover, heir = self._some(2)
        old = (self._merchant.truth(mover) or {}).get("email")
        self._merchant.update(mover, {"email": f"{self._chance.choice('amz')}-{self._number}@example.com"})
        if old:
            self._merchant.update(heir, {"email": old})

    def _delete(self) -> None:
        [oid] = self._some(1)
        self._merchant.delete(oid)

    def _merge(self) -> None:
        survivor, absorbed = self._some(2)
        self._merchant.merge(survivor, absorbed)
