"""Whatever a PUT does on the real server: nothing outside the plan changes, or the canary tells."""

import os
from dataclasses import replace
from typing import Final

import pytest

from tests.flow.push.asks import CLEAR, MERGES, Ask, ask, can, tags
from tests.flow.push.rig import DONE, UNSTOPPED, Rig, on_a_rig
from tests.flow.push.wire import Scripted, Sent
from tests.flow.test_quirks import differing
from ucsync.model import Guarded
from ucsync.model.pushes import StepState
from ucsync.sandbox.quirks import CUSTOMER_QUIRKS

DEEP = bool(os.environ.get("UCSYNC_DEEP"))

#: Those under which an update does what was not asked for, or not what was.
HARMFUL: Final = ("put-absent-clears", "put-array-append", "put-array-merge", "put-null-ignored")
HARMLESS: Final = tuple(sorted(set(CUSTOMER_QUIRKS) - set(HARMFUL)))
#: Those that have a part in how writes are done and answered; the deep run takes all.
NEAR: Final = tuple(
    name
    for name in HARMLESS
    if DEEP
    or name.startswith(("missing-", "email-", "merge-", "timestamps-", "error-", "children-", "read-only-"))
    or name in ("delete-answers-200", "send-nulls", "unknown-child-inserts", "warn-on-write", "z-is-400")
)
MERGING: Final = tuple(
    name for name in CUSTOMER_QUIRKS if DEEP or name.startswith(("merge-", "missing-", "delete-"))
)
#: Those under which a merge does.
HARMFUL_TO_MERGES: Final = ("merge-drops-children",)

CANARIES: Final = 3


def people(rig: Rig, count: int) -> list[int]:
    """Customers with all that is asked for here."""
    found = [oid for oid in rig.oids if can(now := rig.now(oid), "City") and len(tags(now)) > 1]
    return found[:count]


def asks_of(rig: Rig) -> list[Ask]:
    """Every kind of change, from the first customer on."""
    asks = []
    for place, oid in enumerate(people(rig, 8)):
        now = rig.now(oid)
        cells = {"Terms": f"Net {place}", "City": f"City {place}", "Tag": "crm", "Untag": tags(now)[0]}
        more = {"Notes": CLEAR} if "business_notes" in now else {"Notes": f"note {place}"}
        cells |= more | ({"Segment": "b2b", "TaxJar": f"tj-{place}"} if place % 2 else {})
        asks.append(ask(oid, now, **cells, Mail=f"Person.{oid}@crm.example"))
    return asks


def gently(rig: Rig) -> list[Ask]:
    """The canary meets nothing but fields that take a value; lists and clearing come later."""
    asks = [ask(oid, rig.now(oid), Terms=f"Net {oid % 90}") for oid in people(rig, CANARIES)]
    for place, oid in enumerate(people(rig, 8)[CANARIES:]):
        now = rig.now(oid)
        cells = {"City": f"City {place}"} if place % 2 else {"Untag": tags(now)[0]}
        asks.append(ask(oid, now, **cells, Terms=CLEAR if "terms" in now else "Net 1"))
    return asks


def noted_people(rig: Rig) -> None:
    """Each has something that can be cleared."""
    for oid in rig.oids:
        rig.edit(oid, business_notes="to be cleared", terms="Net 99")


@pytest.mark.parametrize("quirk", HARMFUL)
@pytest.mark.parametrize("kind", [asks_of, gently], ids=["at-once", "after-the-canary"])
def test_a_put_that_harms_is_stopped_at_its_first_customer(quirk: str, kind: object) -> None:
    async def scenario(rig: Rig) -> None:
        noted_people(rig)
        asks = asks_of(rig) if kind is asks_of else gently(rig)
        plan = await rig.plan(asks)
        result = await rig.apply(plan)
        assert result.exit_code == 4
        assert result.halted
        written = [sent.oid for sent in rig.wire.sent if sent.writes]
        assert rig.witness.touched <= {written[-1]}, "harm is done to one customer at most"
        assert all(str(written[-1]) in fault for fault in rig.witness.faults)
        assert rig.witness.unexplained() == []
        harmed = rig.steps(plan)[written.index(written[-1])]
        assert harmed.step.oid == written[-1]
        sent = len(written)
        with pytest.raises(Guarded):
            await rig.apply(plan)
        assert len([one for one in rig.wire.sent if one.writes]) == sent, "halted is halted"
        assert rig.shop.disagreements() == [], "what the server made of it is in the lake"

    push = replace(UNSTOPPED, canary_rows=CANARIES)
    on_a_rig(scenario, 30, push, quirks=frozenset({quirk}))


@pytest.mark.parametrize("quirk", ["", *NEAR])
def test_under_every_other_switch_exactly_the_plan_is_done(quirk: str) -> None:
    quirks = frozenset({quirk} - {""})

    async def scenario(rig: Rig) -> None:
        noted_people(rig)
        asks = asks_of(rig)
        gone = asks[5].oid
        assert gone is not None

        def leave(sent: Sent) -> str:
            if sent.writes and sent.oid == gone:
                rig.remove(gone)
            return ""

        plan = await rig.plan(asks)
        rig.wire.follow(Scripted(leave))
        result = await rig.apply(plan)
        assert (result.exit_code, result.halted) == (3, None)
        assert rig.witness.faults == []
        assert rig.witness.losses == []
        assert rig.witness.unexplained() == []
        for entry in rig.steps(plan):
            wanted = StepState.REFUSED if entry.step.oid == gone else StepState.LANDED
            assert entry.state is wanted, entry.reason
        for one in asks:
            assert one.oid == gone or one.effect.there(rig.now(one.oid or 0))
        assert differing(rig.shop, quirks) <= {gone}, "the lake has it without another sync"

    push = replace(UNSTOPPED, canary_rows=CANARIES)
    on_a_rig(scenario, 30, push, quirks=quirks)


def pairs_of(rig: Rig) -> list[tuple[int, int]]:
    """Of each pair the absorbed has what the survivor has not."""
    oids = people(rig, 6)
    pairs = list(zip(oids[::2], oids[1::2], strict=True))
    for keep, drop in pairs:
        rig.edit(keep, tags=[{"tag_value": "kept"}])
        rig.edit(drop, tags=[{"tag_value": "dropped"}])
    return pairs


@pytest.mark.parametrize("quirk", ["", *MERGING])
def test_merges_lose_nothing_or_are_stopped_at_the_first(quirk: str) -> None:
    quirks = frozenset({quirk} - {""})

    async def scenario(rig: Rig) -> None:
        pairs = pairs_of(rig)
        plan = await rig.plan(
            [Ask(keep, {"Keep": str(keep), "Drop": str(drop)}) for keep, drop in pairs], MERGES
        )
        result = await rig.apply(plan)
        merged = [oids for operation, oids in rig.witness.acted if operation == "mergeCustomer"]
        assert rig.witness.unexplained() == []
        if quirk in HARMFUL_TO_MERGES:
            assert (result.exit_code, len(merged)) == (4, 1)
            with pytest.raises(Guarded):
                await rig.apply(plan)
            assert len([one for one in rig.wire.sent if one.operation == "mergeCustomer"]) == 1
            return
        assert (result.exit_code, result.halted) == (0, None)
        assert sorted(merged) == sorted(pairs)
        assert {one.state for one in rig.steps(plan)} <= set(DONE)
        for keep, drop in pairs:
            assert {"kept", "dropped"} <= set(tags(rig.now(keep)))
            assert rig.now(drop) == {}
        assert differing(rig.shop, quirks) == set()

    on_a_rig(scenario, 30, quirks=quirks)
