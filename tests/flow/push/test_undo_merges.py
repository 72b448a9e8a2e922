"""What cannot be undone is said, and who is gone can be inserted anew from the archive."""

from typing import Any

from tests.flow.push.asks import MERGES, Ask, ask
from tests.flow.push.rig import Rig, on_a_rig
from tests.flow.push.undos import plain, undo, undo_and_apply
from tests.flow.push.witness import rows_of
from ucsync.model.pushes import Action, StepState
from ucsync.store.plan_files import PlanFile, read_plan

#: What does not come back with an insert.
LOST = ("activity", "orders", "quotes", "cards", "loyalty", "software_entitlements", "attachments",
        "signup_dts", "reviewer", "customer_profile_oid", "merchant_id", "last_modified_by",
        "privacy.last_update_dts", "send_signup_notification")  # fmt: skip


async def merged(rig: Rig, survivor: int, absorbed: int) -> PlanFile:
    cells = {"Keep": str(survivor), "Drop": str(absorbed)}
    plan = (await rig.planned([Ask(None, cells)], MERGES)).plan
    result = await rig.apply(plan)
    assert result.counts[StepState.LANDED] == plan.header.steps["merge"] == 1, result.problems
    return plan


def writable(now: dict[str, Any]) -> dict[str, Any]:
    """A customer's values that an insert brings back, without the oids of rows."""
    return {
        path: held
        for path, held in plain(now).items()
        if not path.startswith(LOST) and "_oid" not in path and "last_used" not in path and "[" not in path
    }


def addresses(now: dict[str, Any], part: str) -> list[dict[str, Any]]:
    rows = rows_of(now, part)
    kept = [
        {name: held for name, held in row.items() if "_oid" not in name and "_e164" not in name
         and name != "last_used_dts" and held is not False}
        for row in rows
    ]  # fmt: skip
    return sorted(kept, key=repr)


def test_a_merge_cannot_be_undone_which_is_said_and_the_rebuild_plan_inserts_who_was_absorbed() -> None:
    async def scenario(rig: Rig) -> None:
        there = set(rig.oids)
        survivor, absorbed = rig.oids[0], next(
            oid for oid in rig.oids[1:]
            if rig.now(oid).get("orders_summary.order_count") and rows_of(rig.now(oid), "billing")
        )  # fmt: skip
        before = rig.now(absorbed)
        plan = await merged(rig, survivor, absorbed)
        assert absorbed not in rig.oids

        planned = await undo(rig, plan)
        assert planned.exit_code == 3
        assert list(planned.planned.plan.steps()) == []
        (impossible,) = planned.impossible
        assert impossible.why.startswith("a merge cannot be undone")
        assert planned.rebuild is not None

        rebuild = read_plan(planned.rebuild.path)
        (step,) = rebuild.steps()
        assert (step.action, step.oid, step.email) == (Action.INSERT, None, before["email"])
        notes = " ".join(rebuild.header.notes)
        orders = before["orders_summary.order_count"]
        assert f"of customer {absorbed} customer {survivor} has {orders} order" in notes
        assert "the password do not come back" in notes

        assert (await rig.apply(rebuild)).exit_code == 0
        (new,) = set(rig.oids) - there
        now = rig.now(new)
        assert writable(now) == writable(before)
        for part in ("billing", "shipping", "cc_emails", "properties", "tags", "pricing_tiers"):
            assert addresses(now, part) == addresses(before, part)
        assert rig.shop.disagreements() == []

        again = await undo(rig, plan)
        assert again.rebuild is not None
        (refused,) = again.rebuild.rejected()
        assert refused.problem == f"customer {new} has the e-mail address"

    on_a_rig(scenario, 40)


def test_whoever_was_changed_and_then_absorbed_is_not_changed_back() -> None:
    async def scenario(rig: Rig) -> None:
        survivor, absorbed = rig.oids[0], rig.oids[6]
        plan = await rig.plan([ask(absorbed, rig.now(absorbed), Terms="Net 30")])
        await rig.apply(plan)
        await merged(rig, survivor, absorbed)
        planned = await undo(rig, plan)
        (impossible,) = planned.impossible
        assert impossible.why == f"the customer is not there any more, but into {survivor} in a merge"

    on_a_rig(scenario, 20)


def test_a_deleted_customer_is_in_the_rebuild_plan_too() -> None:
    async def scenario(rig: Rig) -> None:
        oid = rig.oids[4]
        before = rig.now(oid)
        plan = await rig.plan([Ask(oid, {"Id": str(oid), "Do": "delete"})])
        assert (await rig.apply(plan)).exit_code == 0
        planned, result = await undo_and_apply(rig, plan, name="back.plan")
        assert sum(result.counts.values()) == 0
        assert planned.rebuild is not None
        assert [planned.planned.plan.path.name, planned.rebuild.path.name] == [
            "back.plan", "back-rebuild.plan",
        ]  # fmt: skip
        await rig.apply(planned.rebuild)
        assert writable(rig.now(max(rig.oids))) == writable(before)

    on_a_rig(scenario, 20)


def test_money_and_lists_are_named_as_what_stays() -> None:
    async def scenario(rig: Rig) -> None:
        oid = rig.oids[4]
        plan = await rig.plan([ask(oid, rig.now(oid), Credit="5", Cashback="2", Terms="Net 30")])
        assert (await rig.apply(plan)).exit_code == 0
        planned, _ = await undo_and_apply(rig, plan)
        assert sorted(one.why.partition(" ")[0] for one in planned.impossible) == ["cashback", "store"]
        assert planned.planned.plan.header.rejected == 2
        assert rig.now(oid).get("terms") != "Net 30"
        document = planned.document()
        assert [one["why"] for one in document["impossible"]] == [  # type: ignore[attr-defined]  # JSON
            one.why for one in planned.impossible
        ]

    on_a_rig(scenario, 20)
