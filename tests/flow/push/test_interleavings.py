"""Somebody else edits a customer at every moment of a push: what was read stands, the rest is measured."""

import os
from dataclasses import dataclass, replace
from random import Random
from statistics import median
from typing import Final

import pytest

from tests.flow.push.asks import Ask, ask, can
from tests.flow.push.others import EDITS
from tests.flow.push.rig import UNSTOPPED, Rig, on_a_rig
from tests.flow.push.wire import LATENCY_S, Quiet, Sent
from ucsync.model.pushes import StepState

DEEP = bool(os.environ.get("UCSYNC_DEEP"))

#: Three points at which an answer is lost, and none.
FAULTS: Final = ("", "reset", "lost-answer", "late") if DEEP else ("", "lost-answer")
#: More than the requests of the push below: the refresh, canaries, updates, a credit, what is read back.
POINTS_MAX: Final = 16
#: Between what an update was computed from and its arrival, when it is read first: one round trip.
ROUND_TRIP_S: Final = 2 * LATENCY_S


def asks_of(rig: Rig) -> list[Ask]:
    """Five customers, each part of whom is wanted by somebody; the last one gets money, too."""
    oids = [oid for oid in rig.oids if can(now := rig.now(oid), "City") and can(now, "Untag")][:5]
    cells: tuple[dict[str, str], ...] = (
        {"Terms": "Net 45", "City": "Ulm"},
        {"City": "Bonn", "Tag": "crm"},
        {"Terms": "Net 7", "Segment": "b2b"},
        {"City": "Graz", "Segment": "b2c", "Tag": "crm"},
        {"TaxJar": "tj-5", "City": "Bern", "Credit": "5.00"},
    )
    return [ask(oid, rig.now(oid), **own) for oid, own in zip(oids, cells, strict=True)]


every_edit = pytest.mark.parametrize("edit", EDITS)


@dataclass(frozen=True)
class Moment:
    """One edit, at one point of a push.

    Attributes:
        number: of the request of the push.
        after: whether the edit comes after it, else just before it arrives.
        edit: what somebody does.
        fault: that the nearest write from there on meets.
    """

    number: int
    after: bool
    edit: str
    fault: str


def moments(edit: str) -> list[Moment]:
    """All of them with this edit, or a few."""
    together = [
        Moment(number, after, edit, fault)
        for number in range(1, POINTS_MAX + 1)
        for after in (False, True)
        for fault in FAULTS
    ]
    return together if DEEP else Random(edit).sample(together, 1)  # noqa: S311  (a test's choice)


@dataclass
class Passing:
    """A script of one moment: who is edited is the customer of that request, or the last one to come."""

    rig: Rig
    oids: list[int]
    moment: Moment
    done: bool = False
    lost: bool = False
    edited_s: float = 0.0
    edited: int | None = None
    within_a_round_trip: bool = False

    def before(self, sent: Sent) -> str:
        """See `Script`."""
        if (sent.number, False) == (self.moment.number, self.moment.after):
            self._edit(sent)
        if self.done and sent.writes and sent.oid == self.edited:
            self.within_a_round_trip |= self._now_s - self.edited_s <= ROUND_TRIP_S
        if self.done and sent.writes and not self.lost:
            self.lost = True
            return self.moment.fault
        return ""

    def after(self, sent: Sent) -> None:
        """See `Script`."""
        if (sent.number, True) == (self.moment.number, self.moment.after):
            self._edit(sent)

    @property
    def _now_s(self) -> float:
        return self.rig.shop.house.clock.monotonic()

    def _edit(self, sent: Sent) -> None:
        sent_to = [one.oid for one in self.rig.wire.sent if one.writes and one is not sent]
        coming = [oid for oid in self.oids if oid not in sent_to]
        oid = sent.oid if sent.oid is not None else (coming or self.oids)[-1]
        self.done, self.edited, self.edited_s = True, oid, self._now_s
        EDITS[self.moment.edit](self.rig, oid, "other")


def pushed(moment: Moment, *, read_first: bool) -> Rig:
    """A push with one edit; whatever comes of it is right."""

    async def scenario(rig: Rig) -> Rig:
        asks = asks_of(rig)
        plan = await rig.plan(asks)
        passing = Passing(rig, [one.oid for one in asks if one.oid is not None], moment)
        rig.wire.follow(passing)
        result = await rig.finish(plan, read_first=read_first)
        rig.wire.follow(Quiet())
        if result.halted is not None:  # by a canary, which cannot tell whose doing it was
            assert passing.within_a_round_trip, result.halted
        await rig.judge(halted=result.halted is not None)
        largest_s = (result.window_s or (0, 0))[1]
        beyond = [one for one in rig.witness.losses if one.age_s > largest_s + ROUND_TRIP_S]
        assert beyond == [], f"told was at most {largest_s} s"
        return rig

    return on_a_rig(scenario, customers=12, push=replace(UNSTOPPED, canary_rows=2))


@every_edit
def test_whatever_is_edited_at_whatever_moment_what_was_read_stands(edit: str) -> None:
    losses = [loss for moment in moments(edit) for loss in pushed(moment, read_first=False).witness.losses]
    tell(edit, [loss.age_s for loss in losses])


@every_edit
def test_with_a_read_before_each_write_only_an_edit_within_the_round_trip_is_not_seen(edit: str) -> None:
    ages: list[float] = []
    for moment in moments(edit):
        rig = pushed(moment, read_first=True)
        late_s = rig.shop.house.sandbox.settings.late_s if moment.fault == "late" else 0
        assert all(loss.age_s <= ROUND_TRIP_S + late_s for loss in rig.witness.losses), moment
        ages += [loss.age_s for loss in rig.witness.losses]
    tell(edit, ages)


def tell(edit: str, ages: list[float]) -> None:
    """The window that remains, as measured."""
    said = f", in a window of {median(ages):.2f} s, at most {max(ages):.2f} s" if ages else ""
    print(f"{edit}: {len(ages)} edits could not be seen{said}")  # noqa: T201


@pytest.mark.parametrize("read_first", [False, True], ids=["refreshed", "read-first"])
def test_an_edit_after_the_plan_is_a_conflict_in_the_same_field_and_kept_in_another(read_first: bool) -> None:
    async def scenario(rig: Rig) -> None:
        asks = asks_of(rig)
        plan = await rig.plan(asks)
        same, row, beside, *_ = (one.oid for one in asks if one.oid is not None)
        EDITS["same_cell"](rig, same, "same")
        EDITS["same_row"](rig, row, "row")
        EDITS["another_row"](rig, beside, "beside")
        result = await rig.finish(plan, read_first=read_first)
        await rig.judge()
        states = {one.step.oid: one.state for one in rig.steps(plan)}
        assert (states[same], states[row], states[beside]) == (
            StepState.CONFLICT, StepState.LANDED, StepState.LANDED
        )  # fmt: skip
        assert result.exit_code == 3
        assert [(problem.oid, problem.state) for problem in result.problems] == [(same, StepState.CONFLICT)]
        assert rig.witness.losses == []

    on_a_rig(scenario, push=replace(UNSTOPPED, canary_rows=0))
