"""What somebody else did beside a push is told from what the push did, and is not taken back with it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.handmade import (
    PLAIN,
    WIDE,
    Counter,
    at_the_counter,
    cashback,
    credit,
    insert,
    once,
    tag,
)
from ucsync.flow.push.undoing import UndoResult, undo_push
from ucsync.model.pushes import NEW_ROW, Action, Change, Limits, StepState
from ucsync.store.plan_files import PlanFile

CANARIES = replace(PLAIN, canary_rows=5)


async def undo(
    counter: Counter, plan: PlanFile, limits: Limits = WIDE, *, delete_inserted: bool = False
) -> UndoResult:
    """The plan that takes it back."""
    folder = counter.shop.folder / "undo"
    folder.mkdir(exist_ok=True)
    with counter.shop.database() as database:
        return await undo_push(
            counter.shop.place(database), plan.id, refresh=True, out=folder,
            delete_inserted=delete_inserted,
            limits=limits,
        )  # fmt: skip


def paths(found: UndoResult) -> list[str]:
    """What the undo would change."""
    return [change.path for step in found.planned.plan.steps() for change in step.changes]


def edits_once(counter: Counter, operation: str, oid: int, **fields: Any) -> None:
    """Somebody edits right behind the first request of an operation."""
    left = [True]

    def after(asked: str, _: int | None) -> None:
        if asked == operation and left[0]:
            left[0] = False
            counter.merchant.update(oid, fields)

    counter.wire.after = after


@pytest.mark.parametrize("fault", ["reset", "lost-answer"])
def test_an_edit_while_a_canary_was_in_doubt_is_nobodys_to_take_back(fault: str, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        plan = counter.plan(counter.update(oid, terms="Net 33"))
        counter.wire.before = once(fault, "updateCustomer")
        edits_once(counter, "updateCustomer", oid, fax="by hand", qb_class="by hand")
        assert (await counter.apply(plan)).counts[StepState.LANDED] == 1
        found = await undo(counter, plan)
        assert paths(found) == ["terms"]
        assert found.kept == ()

    at_the_counter(scenario, tmp_path, push=CANARIES)


def test_an_edit_between_two_tries_of_a_canary_that_halts_stays(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = next(oid for oid in counter.oids if counter.truth(oid).get("tags"))
        plan = counter.plan(counter.update(oid, terms="Net 33"))
        counter.wire.before = once("reset", "updateCustomer")
        edits_once(counter, "updateCustomer", oid, fax="by hand")
        assert (await counter.apply(plan)).halted is not None
        found = await undo(counter, plan)
        assert "tags" in " ".join(paths(found))
        assert "fax" not in paths(found)

    at_the_counter(scenario, tmp_path, push=CANARIES, quirks=frozenset({"put-absent-clears"}))


def test_a_new_address_that_was_edited_since_stays_and_is_listed(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        fields = {"title": "Warehouse", "city": "Ulm"}
        plan = counter.plan(counter.update(oid, Change("billing", NEW_ROW, None, None, fields)))
        assert (await counter.apply(plan)).exit_code == 0
        rows = (counter.merchant.truth(oid) or {})["billing"]
        edited = [row | {"city": "Bonn"} if row.get("title") == "Warehouse" else row for row in rows]
        counter.merchant.update(oid, {"billing": edited})
        found = await undo(counter, plan)
        assert paths(found) == []
        assert [one.change.part for one in found.kept] == ["billing"]

    at_the_counter(scenario, tmp_path)


def test_a_new_address_that_somebody_has_removed_is_as_before(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        fields = {"title": "Warehouse", "city": "Ulm"}
        plan = counter.plan(counter.update(oid, Change("billing", NEW_ROW, None, None, fields)))
        assert (await counter.apply(plan)).exit_code == 0
        rows = (counter.merchant.truth(oid) or {})["billing"]
        counter.merchant.update(oid, {"billing": [row for row in rows if row.get("title") != "Warehouse"]})
        found = await undo(counter, plan)
        assert (paths(found), found.kept) == ([], ())

    at_the_counter(scenario, tmp_path)


def test_a_tag_that_somebody_else_had_added_before_the_push_came_to_it_stays(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        plan = counter.plan(counter.update(oid, tag("vip"), terms="Net 33"))
        held = (counter.merchant.truth(oid) or {}).get("tags", [])
        counter.merchant.update(oid, {"tags": [*held, {"tag_value": "vip"}]})
        assert (await counter.apply(plan)).exit_code == 0
        assert paths(await undo(counter, plan)) == ["terms"]

    at_the_counter(scenario, tmp_path)


def test_what_a_push_has_filled_may_become_empty_again_without_a_word(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        one, other = [oid for oid in counter.oids if "business_notes" not in counter.truth(oid)][:2]
        plan = counter.plan(*(counter.update(oid, business_notes="new") for oid in (one, other)))
        assert (await counter.apply(plan)).exit_code == 0
        found = await undo(counter, plan, Limits())
        header = found.planned.plan.header
        assert (header.tripped, header.cleared, header.limits.cleared_max) == ((), 2, 2)
        assert (await counter.apply(found.planned.plan)).counts[StepState.LANDED] == 2
        guarded = await undo(counter, found.planned.plan, Limits(protected=("business_notes",)))
        assert guarded.exit_code == 4  # every other guard holds

    at_the_counter(scenario, tmp_path)


def test_an_undo_can_be_undone(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        fields = {"title": "Warehouse", "city": "Ulm"}
        changes = (Change("billing", NEW_ROW, None, None, fields), tag("vip"),
                   Change("properties", "p", None, None, {"value": "1"}))  # fmt: skip
        before = counter.truth(oid)
        plan = counter.plan(counter.update(oid, *changes, terms="Net 33"))
        assert (await counter.apply(plan)).exit_code == 0
        pushed = counter.truth(oid)
        first = await undo(counter, plan)
        assert (await counter.apply(first.planned.plan)).exit_code == 0
        assert plain(counter.truth(oid)) == plain(before)
        second = await undo(counter, first.planned.plan)
        assert (await counter.apply(second.planned.plan)).exit_code == 0
        assert plain(counter.truth(oid)) == plain(pushed)

    at_the_counter(scenario, tmp_path)


@pytest.mark.parametrize("gift", ["credit", "cashback", "none"])
def test_who_was_given_something_is_not_deleted_with_it(gift: str, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        gifts = {"credit": [credit(None, "5.00", rests_on=(1,))], "none": []}
        gifts["cashback"] = [replace(cashback(0, "5.00"), oid=None, rests_on=(1,))]
        plan = counter.plan(insert("new@example.com", terms="Net 30"), *gifts[gift])
        assert (await counter.apply(plan)).exit_code == 0
        found = await undo(counter, plan, delete_inserted=True)
        assert [step.action for step in found.planned.plan.steps()] == (
            [] if gift != "none" else [Action.DELETE]
        )

    at_the_counter(scenario, tmp_path)


def plain(customer: dict[str, Any]) -> dict[str, Any]:
    """Without what the server gives and moves."""
    left = {name: held for name, held in customer.items() if not name.startswith("last_modified")}
    for part in ("billing", "properties"):
        rows = [
            {name: held for name, held in row.items() if not name.endswith("_oid") and held is not False}
            for row in left.get(part, [])
        ]
        left[part] = sorted(rows, key=str)
    return left
