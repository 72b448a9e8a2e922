"""Merges in a plan: pairs and groups, survivors, what is kept, what blocks, what is said."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flow.push.desk import BY_EMAIL, BY_OID, WIDE, Desk, Told, at_a_desk, columns
from ucsync.model.pushes import Action
from ucsync.plan.push_settings import PushSettings

PAIRS = BY_OID.replace('"oid"', '"into"') + '[merge]\nsurvivor = "into"\nabsorbed = "from"\n'
GROUPS = BY_OID + ('[merge]\ngroup = "who"\nsurvivor = ["most minimum_subtotal", "earliest signup_dts"]\n')
KEEP_ADDRESS = '[[merge.keep]]\nfields = ["billing"]\nfrom = ["most minimum_item_count"]\n'
NOTES = columns('notes = "business_notes"')
FIVE = ("ann", "bob", "cyd", "dan", "eve")


def merged(told: Told, desk: Desk) -> list[str]:
    """Who goes into whom, in the order of sending."""
    names = {oid: name for name, oid in desk.oids.items()}
    return [
        f"{names[step.absorbed or 0]}>{names[step.oid or 0]}"
        for step in told.steps
        if step.action is Action.MERGE
    ]


def test_a_merge_names_the_absorbed_by_oid_and_is_never_a_field(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("into,from\n{ann},{bob}\n", PAIRS)
        (step,) = told.steps
        assert (step.action, step.oid, step.absorbed) == (Action.MERGE, desk.oids["ann"], desk.oids["bob"])
        assert step.body == {"customer_profile_oid": desk.oids["bob"]}
        assert (step.email, step.rows, step.rests_on) == ("ann@example.com", (1,), ())
        assert told.header.touched == 2
        assert told.header.price.requests == {
            "getCustomer": 3, "getCustomerStoreCredit": 2, "getCustomers": 1, "mergeCustomer": 1,
        }  # fmt: skip

    at_a_desk(tmp_path, sitting, *FIVE)


def test_pairs_may_be_named_by_email(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told(
            "into,from\nANN@example.com,Bob@example.com\nann@example.com,nobody@example.com\nx,cyd@example.com\n",
            PAIRS.replace("customer_profile_oid", "email"),
        )
        assert merged(told, desk) == ["bob>ann"]
        assert told.problems == {
            2: "from: no customer has this e-mail address", 3: "no customer has this e-mail address",
        }  # fmt: skip

    at_a_desk(tmp_path, sitting, *FIVE)


def test_a_chain_is_merged_from_its_end_and_each_rests_on_the_one_before(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("into,from\n{ann},{bob}\n{bob},{cyd}\n{cyd},{dan}\n", PAIRS)
        assert merged(told, desk) == ["dan>cyd", "cyd>bob", "bob>ann"]
        assert [step.rests_on for step in told.steps] == [(), (1,), (2,)]

    at_a_desk(tmp_path, sitting, *FIVE)


def test_circles_selves_and_twice_absorbed_are_rejected_by_row(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told(
            "into,from\n{ann},{bob}\n{bob},{ann}\n{cyd},{cyd}\n{dan},{eve}\n{ann},{eve}\n", PAIRS
        )
        assert told.steps == []
        assert told.problems == {
            1: "goes round in a circle (rows 1, 2)", 2: "goes round in a circle (rows 1, 2)",
            3: "a customer cannot be merged into itself",
            4: f"customer {desk.oids['eve']} is to go into several others (rows 4, 5)",
            5: f"customer {desk.oids['eve']} is to go into several others (rows 4, 5)",
        }  # fmt: skip
        assert told.result.exit_code == 3

    at_a_desk(tmp_path, sitting, *FIVE)


def test_rows_that_cannot_be_read_or_are_about_nobody_merge_nothing(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("into,from\n{ann},99999999\n99999999,{bob}\n,{cyd}\n{dan},x\n", PAIRS)
        assert told.steps == []
        assert sorted(told.problems) == [1, 2, 3, 4]

    at_a_desk(tmp_path, sitting, *FIVE)


def test_the_merges_of_a_plan_cost_days_beyond_the_daily_cap(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        csv = "into,from\n{ann},{bob}\n{ann},{cyd}\n{ann},{dan}\n"
        told = await desk.told(csv, PAIRS, limits=replace(WIDE, merges_per_day=2))
        assert (told.header.price.days, told.header.tripped) == (1, ())
        told = await desk.told(csv, PAIRS, limits=replace(WIDE, merges_per_day=0))
        assert len(told.header.tripped) == 1

    at_a_desk(tmp_path, sitting, *FIVE)


def test_the_survivors_own_changes_go_first_and_the_merge_rests_on_them(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("into,from,notes\n{ann},{bob},survived\n{ann},{cyd},\n", PAIRS + NOTES)
        update, *merges = told.steps
        assert (update.action, update.oid) == (Action.UPDATE, desk.oids["ann"])
        assert [step.rests_on for step in merges] == [(update.number,)] * 2

    at_a_desk(tmp_path, sitting, *FIVE)


def test_changes_of_who_is_merged_away_are_dropped_and_said(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = PAIRS.replace('column = "into"', 'column = "oid"') + columns(
            'notes = "business_notes"', 'credit = "store_credit"'
        )
        told = await desk.told(
            "oid,into,from,notes,credit\n,{ann},{bob},,\n{bob},,,lost,\n{cyd},{ann},{cyd},,\n{dan},,,kept,\n",
            mapping,
        )
        assert merged(told, desk) == ["bob>ann", "cyd>ann"]
        assert told.problems == {2: f"not sent: row 1 merges this customer into {desk.oids['ann']}"}
        assert [step.oid for step in told.steps if step.action is Action.UPDATE] == [desk.oids["dan"]]

    at_a_desk(tmp_path, sitting, *FIVE)


def test_who_survives_is_not_deleted(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = (
            PAIRS.replace('column = "into"', 'column = "oid"')
            + '[actions]\ndelete = true\ncolumn = "do"\n' + NOTES
        )  # fmt: skip
        told = await desk.told(
            "oid,into,from,notes,do\n,{ann},{bob},,\n{ann},,,,delete\n{bob},,,,delete\n", mapping
        )
        assert told.problems[3] == f"not sent: row 1 merges this customer into {desk.oids['ann']}"
        assert told.problems[2] == told.problems[1] == "is to be deleted, and to survive a merge"
        assert [step.action for step in told.steps if step.action is Action.DELETE] == []

    at_a_desk(tmp_path, sitting, *FIVE)


def test_a_row_of_which_the_change_is_rejected_merges_nothing(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = PAIRS + columns('mail = "email"')
        told = await desk.told("into,from,mail\n{ann},{bob},cyd@example.com\n{dan},{eve},\n", mapping)
        assert merged(told, desk) == ["eve>dan"]
        assert list(told.problems) == [1]

    at_a_desk(tmp_path, sitting, *FIVE)


def ranked(*subtotals: int | None) -> list[dict[str, Any]]:
    return [{} if held is None else {"minimum_subtotal": Decimal(held)} for held in subtotals]


def test_of_a_group_the_rules_choose_who_survives(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n{cyd},x\n{dan},y\n{eve},\n", GROUPS)
        assert sorted(merged(told, desk)) == ["ann>bob", "cyd>bob"]
        assert told.problems == {}

    at_a_desk(tmp_path, sitting, *ranked(1, 9, None, 5, 5))


def test_a_tie_is_skipped_and_said_on_every_row_of_its_group(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n{cyd},y\n{dan},y\n", GROUPS)
        assert merged(told, desk) == ["cyd>dan"]
        named = f"{desk.oids['ann']}, {desk.oids['bob']}"
        problem = f"the rules cannot tell which of customers {named} survives; name a pair"
        assert told.problems == {1: problem, 2: problem}

    at_a_desk(tmp_path, sitting, *ranked(7, 7, 1, 2))


@pytest.mark.parametrize("blocked", ["survivor", "absorbed"])
def test_what_blocks_a_merge_is_listed_and_the_whole_group_left_alone(tmp_path: Path, blocked: str) -> None:
    tag = {"tags": [{"tag_value": "Subscriber"}]}
    documents = ranked(9, 1, 2, 3, 4)
    documents[0 if blocked == "survivor" else 1] |= tag

    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n{cyd},x\n{dan},y\n{eve},y\n", GROUPS)
        assert merged(told, desk) == ["dan>eve"]
        assert sorted(told.problems) == [1, 2, 3]
        assert any("has the tag 'subscriber', which blocks merging" in why for why in told.problems.values())

    at_a_desk(tmp_path, sitting, *documents, push=PushSettings(blocking_tags=("subscriber",)))


def address(city: str, **more: Any) -> dict[str, Any]:
    return {"billing": [{"city": city, "default_billing": True, **more}]}


def test_a_lock_step_group_is_taken_whole_from_who_wins_it_before_the_merge(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n", GROUPS + KEEP_ADDRESS)
        update, merge = told.steps
        assert (update.oid, merge.oid, merge.absorbed) == (
            desk.oids["ann"], desk.oids["ann"], desk.oids["bob"],
        )  # fmt: skip
        (own,) = desk.merchant.truth(desk.oids["ann"])["billing"]
        oid = own["customer_billing_oid"]
        assert {change.path: (change.before, change.after) for change in update.changes} == {
            f"billing[{oid}].city": ("Ulm", "Bonn"),
            f"billing[{oid}].address1": (None, "Am Rhein 1"),
            f"billing[{oid}].company": ("Alt", None),
        }, "no address is half of each"
        assert merge.rests_on == (update.number,)
        assert told.header.cleared == 1

    ann = {"minimum_subtotal": 9, "minimum_item_count": 1, **address("Ulm", company="Alt")}
    bob = {"minimum_subtotal": 1, "minimum_item_count": 5, **address("Bonn", address1="Am Rhein 1")}
    at_a_desk(tmp_path, sitting, ann, bob)


def test_nothing_is_kept_from_who_has_nothing(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n", GROUPS + KEEP_ADDRESS)
        assert [step.action for step in told.steps] == [Action.MERGE]

    at_a_desk(
        tmp_path, sitting,
        {"minimum_subtotal": 9, **address("Ulm")}, {"minimum_subtotal": 1, "minimum_item_count": 5},
    )  # fmt: skip


def test_a_tie_about_what_is_kept_leaves_the_group_alone_unless_it_makes_no_difference(
    tmp_path: Path,
) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n{cyd},y\n{dan},y\n", GROUPS + KEEP_ADDRESS)
        assert merged(told, desk) == ["dan>cyd"]
        assert sorted(told.problems) == [1, 2]
        assert "billing[default].address1 and what is kept with it" in told.problems[1]

    at_a_desk(
        tmp_path, sitting,
        {"minimum_subtotal": 9, **address("Ulm")}, {"minimum_subtotal": 1, **address("Bonn")},
        {"minimum_subtotal": 9, **address("Kiel")}, {"minimum_subtotal": 1, **address("Kiel")},
    )  # fmt: skip


def test_an_address_that_is_kept_from_the_absorbed_is_free_only_after_the_merge(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        keep = '[[merge.keep]]\nfields = ["email"]\nfrom = ["most minimum_item_count"]\n'
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n", GROUPS + keep)
        merge, update = told.steps
        assert (merge.action, update.action) == (Action.MERGE, Action.UPDATE)
        assert update.rests_on == (merge.number,)
        assert told.changes == {"email": ("ann@example.com", "bob@example.com")}

    at_a_desk(tmp_path, sitting, {"minimum_subtotal": 9}, {"minimum_item_count": 5})


def test_what_a_row_says_itself_goes_before_what_is_kept(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        keep = '[[merge.keep]]\nfields = ["business_notes", "terms"]\nfrom = ["most minimum_item_count"]\n'
        told = await desk.told("oid,who,notes\n{ann},x,own\n{bob},x,\n", GROUPS + keep + NOTES)
        assert told.changes == {"business_notes": ("a", "own"), "terms": (None, "net 30")}

    bob = {"minimum_item_count": 5, "business_notes": "b", "terms": "net 30"}
    at_a_desk(tmp_path, sitting, {"minimum_subtotal": 9, "business_notes": "a"}, bob)


def test_the_most_valuable_merge_comes_first_with_all_that_it_rests_on(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told(
            "into,from,ltv\n{ann},{bob},1\n{dan},{eve},9\n{eve},{cyd},\n", 'worth = "ltv"\n' + PAIRS
        )
        assert merged(told, desk) == ["cyd>eve", "eve>dan", "bob>ann"]

    at_a_desk(tmp_path, sitting, *FIVE)


def test_by_groups_found_by_email_the_same_rules_hold(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + GROUPS.partition("[merge]")[1] + GROUPS.partition("[merge]")[2]
        told = await desk.told("email,who\nann@example.com,x\nbob@example.com,x\nno@example.com,x\n", mapping)
        assert told.problems[3] == "no customer has this e-mail address"
        assert merged(told, desk) == ["ann>bob"]

    at_a_desk(tmp_path, sitting, *ranked(1, 2))


GRAPHS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8)


@given(GRAPHS)
def test_whatever_graph_is_asked_for_no_plan_merges_what_is_gone(
    tmp_path_factory: pytest.TempPathFactory, graph: Sequence[tuple[int, int]]
) -> None:
    async def sitting(desk: Desk) -> None:
        lines = [f"{{{FIVE[into]}}},{{{FIVE[absorbed]}}}" for into, absorbed in graph]
        told = await desk.told("into,from\n" + "".join(f"{line}\n" for line in lines), PAIRS)
        gone: dict[int, int] = {}
        for step in told.steps:
            assert step.oid not in gone
            assert step.absorbed not in gone
            assert step.absorbed is not None
            gone[step.absorbed] = step.number
            before = [one.number for one in told.steps[: step.number - 1] if one.oid == step.absorbed]
            assert list(step.rests_on) == before
        said = {row for step in told.steps for row in step.rows} | set(told.problems)
        assert said == set(range(1, len(graph) + 1)), "every row is planned or rejected"

    at_a_desk(tmp_path_factory.mktemp("graph"), sitting, *FIVE)
