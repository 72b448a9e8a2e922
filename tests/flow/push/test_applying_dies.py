"""A run that dies between any two things it does: the next one goes on, and each step is done once."""

import os
from collections import Counter as Tally
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from tests.flow.push.handmade import (
    PLAIN,
    Counter,
    at_the_counter,
    cashback,
    confirmed,
    credit,
    delete,
    insert,
    merge,
    tag,
)
from tests.store.faulty import Killed
from ucsync.model import Clock
from ucsync.model.pushes import Action, Step, StepState
from ucsync.store.plan_files import PlanFile

#: A run reads the clock before and after whatever it journals or sends, some so many times.
READINGS: Final = range(1, 75, 1 if os.environ.get("UCSYNC_DEEP") else 9)
WRITES: Final = (
    "updateCustomer", "insertCustomer", "mergeCustomer", "deleteCustomer", "addCustomerStoreCredit",
    "adjustInternalCertificate", "updateCustomerEmailLists",
)  # fmt: skip


class MortalClock:
    """A clock at one of whose readings the process dies; 0 is never."""

    def __init__(self, inner: Clock, at: int = 0) -> None:
        self._inner = inner
        self.left = at

    def now(self) -> datetime:
        """See `Clock`."""
        self.left -= 1
        if self.left == 0:
            raise Killed
        return self._inner.now()

    def monotonic(self) -> float:
        """See `Clock`."""
        return self._inner.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await self._inner.sleep(seconds)


def of_every_kind(counter: Counter) -> PlanFile:
    """One step of each action, and some that rest on others."""
    a, b, c, d, e = counter.oids[:5]
    lists = Step(
        number=0, action=Action.EMAIL_LISTS, oid=a, email=None,
        body={"add_to_lists": ["5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b04"]},
    )  # fmt: skip
    return counter.plan(
        counter.update(a, tag("vip"), terms="Net 33"),
        counter.update(b, terms="Net 33"),
        insert("new@example.com", terms="Net 33"),
        credit(None, "2.50", mark=" #00000001", rests_on=(3,)),
        cashback(b, "1.25"),
        merge(c, d),
        lists,
        delete(e),
    )


async def finish(counter: Counter, plan: PlanFile, acted: Tally[str]) -> None:
    """The runs after a death; everything is there once."""
    await counter.shop.house.clock.sleep(5)
    result = await counter.apply(plan, **confirmed(plan))
    assert result.exit_code == 0, result.problems
    assert set(counter.states(plan)) <= {StepState.LANDED, StepState.ALREADY}
    lists = acted.pop("updateCustomerEmailLists")
    assert lists in (1, 2)  # joining twice comes to the same, and nothing tells whether it was done
    assert acted == Tally(dict.fromkeys(WRITES[:-1], 1) | {"updateCustomer": 2})
    # store credit is in nobody's row; all the rest is in the lake as the server has it
    assert counter.shop.disagreements() == []


def counting(counter: Counter) -> Tally[str]:
    """How often each write has acted, from here on."""
    acted = Tally[str]()
    counter.wire.after = lambda operation, oid: acted.update([operation] if operation in WRITES else [])
    return acted


@pytest.mark.parametrize("at", READINGS)
def test_a_death_between_any_two_things_costs_nothing_but_a_look(at: int, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan, acted, clock = of_every_kind(counter), counting(counter), counter.shop.house.clock
        counter.shop.house.clock = MortalClock(clock, at)
        with suppress(Killed):
            await counter.apply(plan, **confirmed(plan))
        counter.shop.house.clock = clock
        await finish(counter, plan, acted)

    at_the_counter(scenario, tmp_path, push=PLAIN, customers=12)


@pytest.mark.parametrize("when", ["before it reached the server", "after it acted"])
@pytest.mark.parametrize("operation", WRITES)
def test_a_death_with_a_request_on_the_way(operation: str, when: str, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan, acted = of_every_kind(counter), counting(counter)
        note, deaths = counter.wire.after, [operation]

        def die(asked: str) -> None:
            if asked in deaths:
                deaths.remove(asked)
                raise Killed

        def before(asked: str, _: int | None) -> str:
            if when.startswith("before"):
                die(asked)
            return ""

        def after(asked: str, oid: int | None) -> None:
            note(asked, oid)
            if when.startswith("after"):
                die(asked)

        counter.wire.before, counter.wire.after = before, after
        with pytest.raises(Killed):
            await counter.apply(plan, **confirmed(plan))
        assert StepState.SENT in counter.states(plan)
        await finish(counter, plan, acted)

    at_the_counter(scenario, tmp_path, push=PLAIN, customers=12)
