"""The judge of the push's proofs: what it lets pass, and what it does not."""

from typing import Any

import pytest

from tests.flow.push.asks import Ask, ask, can
from tests.flow.push.others import another_row, other_scalar, rows, same_scalar
from tests.flow.push.rig import Rig, on_a_rig
from tests.flow.push.wire import LATENCY_S, Scripted, Sent
from ucsync.model.errors import CallFailed
from ucsync.ultracart import EXPANSIONS


async def read(rig: Rig, oid: int) -> Any:
    """The client is shown the customer."""
    return await rig.shop.house.client.get_customer(oid, expand=EXPANSIONS)


async def write(rig: Rig, oid: int, **body: Any) -> None:
    """The client writes."""
    await rig.shop.house.client.call("updateCustomer", {"customer_profile_oid": oid}, None, body)


def someone(rig: Rig) -> int:
    """A customer with a default address."""
    return next(oid for oid in rig.oids if can(rig.now(oid), "City"))


def want(rig: Rig, one: Ask) -> int:
    """It is planned."""
    assert one.oid is not None
    rig.witness.wanted[one.oid] = one.effect
    return one.oid


def test_what_was_planned_passes_and_what_was_not_is_told() -> None:
    async def scenario(rig: Rig) -> None:
        oid = want(rig, ask(someone(rig), rig.now(someone(rig)), Terms="Net 45"))
        await read(rig, oid)
        await write(rig, oid, terms="Net 45")
        assert rig.witness.faults == []
        await write(rig, oid, terms="Net 46")
        await write(rig, oid, tags=[])
        assert rig.witness.touched == {oid}
        assert len(rig.witness.faults) >= 1
        assert all(str(oid) in fault for fault in rig.witness.faults)

    on_a_rig(scenario)


@pytest.mark.parametrize("shown", [False, True])
def test_an_edit_that_was_shown_must_not_be_overwritten_and_one_that_was_not_is_a_loss(shown: bool) -> None:
    async def scenario(rig: Rig) -> None:
        oid = want(rig, ask(someone(rig), rig.now(someone(rig)), Terms="Net 45"))
        await read(rig, oid)
        await rig.shop.house.clock.sleep(7)
        same_scalar(rig, oid, "other")
        if shown:
            await read(rig, oid)
        await write(rig, oid, terms="Net 45")
        assert len(rig.witness.faults) == shown
        assert [loss.path for loss in rig.witness.losses] == ([] if shown else ["terms"])
        assert all(loss.age_s == pytest.approx(7 + LATENCY_S) for loss in rig.witness.losses)

    on_a_rig(scenario)


@pytest.mark.parametrize("shown", [False, True])
def test_a_part_that_was_sent_whole_must_hold_every_row_that_was_shown(shown: bool) -> None:
    async def scenario(rig: Rig) -> None:
        oid = want(rig, ask(someone(rig), rig.now(someone(rig)), City="Ulm"))
        await read(rig, oid)
        old = rows(rig, oid, "billing")
        another_row(rig, oid, "other")
        if shown:
            await read(rig, oid)
        await write(
            rig, oid, billing=[{**row, "city": "Ulm"} if row["default_billing"] else row for row in old]
        )
        assert bool(rig.witness.faults) is shown
        assert bool(rig.witness.losses) is not shown

    on_a_rig(scenario)


def test_what_acts_late_is_judged_by_what_was_known_when_it_was_sent() -> None:
    async def scenario(rig: Rig) -> None:
        oid = want(rig, ask(someone(rig), rig.now(someone(rig)), Terms="Net 45"))
        await read(rig, oid)
        rig.wire.follow(Scripted(lambda sent: "late" if sent.writes else ""))
        with pytest.raises(CallFailed):
            await write(rig, oid, terms="Net 45")
        same_scalar(rig, oid, "other")
        other_scalar(rig, oid, "other")
        await read(rig, oid)
        await rig.quiet()
        assert rig.witness.faults == []
        assert [loss.path for loss in rig.witness.losses] == ["terms"]
        assert rig.now(oid)["terms"] == "Net 45"
        assert rig.witness.unexplained() == []

    on_a_rig(scenario)


def test_what_nobody_was_seen_to_do_is_unexplained() -> None:
    async def scenario(rig: Rig) -> None:
        oid = someone(rig)
        rig.merchant.update(oid, {"terms": "Net 1"})
        assert rig.witness.unexplained() == [oid]

    on_a_rig(scenario)


def test_a_script_sees_every_request_in_its_order() -> None:
    async def scenario(rig: Rig) -> None:
        seen: list[tuple[str, int, str]] = []

        def note(when: str, sent: Sent) -> str:
            seen.append((when, sent.number, sent.operation))
            return ""

        rig.wire.follow(
            Scripted(lambda sent: note("before", sent), lambda sent: (note("after", sent), None)[1])
        )
        oid = someone(rig)
        await read(rig, oid)
        await write(rig, oid, terms="Net 2")
        assert seen == [
            ("before", 1, "getCustomer"), ("after", 1, "getCustomer"),
            ("before", 2, "updateCustomer"), ("after", 2, "updateCustomer"),
        ]  # fmt: skip

    on_a_rig(scenario)
