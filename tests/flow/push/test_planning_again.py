"""Plans after pushes: what was done is not asked for again, who was merged away is found again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.desk import BY_EMAIL, BY_OID, WIDE, Desk, at_a_desk, columns
from ucsync.model.pushes import Action

FIVE = ("ann", "bob", "cyd", "dan", "eve")
PAIRS = BY_OID.replace('"oid"', '"into"') + '[merge]\nsurvivor = "into"\nabsorbed = "from"\n'
GROUPS = BY_OID + '[merge]\ngroup = "who"\nsurvivor = ["most minimum_subtotal"]\n'
NOTES = columns('notes = "business_notes"')


def test_a_change_set_that_has_landed_is_equal_the_next_time_and_costs_nothing(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = (
            BY_EMAIL + '[actions]\ninsert = true\ndelete = true\ncolumn = "do"\n'
            + columns('notes = "business_notes"', 'city = "billing[default].city"', 'tags = "tags"',
                      'rank = "properties.rank"', 'code = "tax_codes.taxjar_customer_id"', 'cc = "cc_emails"')
        )  # fmt: skip
        csv = (
            "email,notes,city,tags,rank,code,cc,do\n"
            "ann@example.com,x,Ulm,a;b,1,t1,one@example.com,\n"
            "bob@example.com,-,Bonn,,,-,,\n"
            "new@example.com,hello,Kiel,c,2,t2,two@example.com,\n"
        )
        told = await desk.told(csv, mapping)
        assert (await desk.apply(told)).exit_code == 0
        for refresh in (False, True):
            again = await desk.told(csv, mapping, refresh=refresh)
            assert again.nothing
            assert (again.header.equal, again.header.price.total) == (3, 0)
        assert desk.shop.disagreements() == []

    at_a_desk(tmp_path, sitting, "ann", {"business_notes": "old", "tax_codes": {"taxjar_customer_id": "t0"}})


def test_a_credit_that_was_given_is_not_given_again_by_the_same_file(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + columns('credit = "store_credit"', 'notes = "business_notes"')
        csv = "email,credit,notes\nann@example.com,5,\nbob@example.com,7,\n"
        told = await desk.told(csv, mapping)
        assert (await desk.apply(told)).exit_code == 0
        again = await desk.told(csv, mapping)
        assert again.steps == []
        assert set(again.problems.values()) == {
            "credit: an earlier push of the same file has given this already"
        }
        other = await desk.told(csv.replace("5", "6"), mapping)
        assert len(other.steps) == 2, "another file gives anew"

    at_a_desk(tmp_path, sitting, *FIVE)


def test_rows_for_who_was_merged_away_go_to_the_survivor_and_that_is_said(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("into,from\n{ann},{bob}\n{bob},{cyd}\n", PAIRS)
        assert (await desk.apply(told)).exit_code == 0
        told = await desk.told("oid,notes\n{cyd},x\n{dan},y\n", BY_OID + NOTES)
        assert [(step.oid, step.rows) for step in told.steps] == [
            (desk.oids["ann"], (1,)), (desk.oids["dan"], (2,)),
        ]  # fmt: skip
        assert "1 rows name a customer whom an earlier push has merged into another" in told.header.notes[-1]
        told = await desk.told("oid,notes\n{cyd},x\n{ann},y\n{dan},y\n", BY_OID + NOTES)
        assert sorted(told.problems) == [1, 2]

    at_a_desk(tmp_path, sitting, *FIVE)


def test_merges_that_are_done_are_equal_the_next_time(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("into,from\n{ann},{bob}\n{bob},{cyd}\n", PAIRS)
        await desk.apply(told)
        again = await desk.told("into,from\n{ann},{bob}\n{ann},{cyd}\n", PAIRS)
        assert again.nothing
        assert again.header.equal == 2
        other = await desk.told("into,from\n{dan},{bob}\n{cyd},{eve}\n", PAIRS)
        assert other.problems == {1: f"was merged into customer {desk.oids['ann']} by an earlier push"}
        assert [(step.oid, step.absorbed) for step in other.steps] == [(desk.oids["ann"], desk.oids["eve"])]

    at_a_desk(tmp_path, sitting, *FIVE)


def test_a_group_that_is_merged_is_equal_the_next_time(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        csv = "oid,who,notes\n{ann},x,kept\n{bob},x,\n"
        told = await desk.told(csv, GROUPS + NOTES)
        assert (await desk.apply(told)).exit_code == 0
        again = await desk.told(csv, GROUPS + NOTES)
        assert again.nothing
        assert again.header.equal == 2

    at_a_desk(tmp_path, sitting, {"minimum_subtotal": 5}, {"minimum_subtotal": 1})


def test_who_was_merged_away_is_deleted_by_nobody(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        await desk.apply(await desk.told("into,from\n{ann},{bob}\n", PAIRS))
        mapping = BY_OID + '[actions]\ndelete = true\ncolumn = "do"\n'
        told = await desk.told("oid,do\n{bob},delete\n", mapping)
        assert told.nothing
        assert told.header.equal == 1

    at_a_desk(tmp_path, sitting, *FIVE)


def test_merges_of_the_last_day_count_against_the_cap(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        limits = replace(WIDE, merges_per_day=2)
        await desk.apply(await desk.told("into,from\n{ann},{bob}\n", PAIRS, limits=limits))
        told = await desk.told("into,from\n{ann},{cyd}\n{ann},{dan}\n", PAIRS, limits=limits)
        assert told.header.price.days == 1
        await desk.shop.house.clock.sleep(86_400)
        told = await desk.told("into,from\n{ann},{cyd}\n{ann},{dan}\n", PAIRS, limits=limits)
        assert told.header.price.days < 1

    at_a_desk(tmp_path, sitting, *FIVE)


def test_what_is_kept_of_the_absorbed_is_with_the_survivor_afterwards(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        keep = '[[merge.keep]]\nfields = ["email", "terms", "billing"]\nfrom = ["most minimum_item_count"]\n'
        told = await desk.told("oid,who\n{ann},x\n{bob},x\n", GROUPS + keep)
        assert (await desk.apply(told)).exit_code == 0
        truth: dict[str, Any] = desk.merchant.truth(desk.oids["ann"])
        assert (truth["email"], truth["terms"]) == ("bob@example.com", "net 30")
        assert "Bonn" in {row.get("city") for row in truth["billing"]}
        assert desk.merchant.truth(desk.oids["bob"]) is None
        assert desk.shop.disagreements() == []

    bob = {
        "minimum_item_count": 5, "terms": "net 30", "billing": [{"city": "Bonn", "default_billing": True}],
    }  # fmt: skip
    at_a_desk(tmp_path, sitting, {"minimum_subtotal": 5}, bob)


@pytest.mark.parametrize("refresh", [True, False], ids=["refreshed", "not refreshed"])
def test_the_plan_is_against_what_pushes_have_written(tmp_path: Path, refresh: bool) -> None:
    async def sitting(desk: Desk) -> None:
        mapping: str | Callable[[Any], Any] = BY_EMAIL + NOTES
        await desk.apply(await desk.told("email,notes\nann@example.com,one\n", mapping))
        told = await desk.told("email,notes\nann@example.com,two\n", mapping, refresh=refresh)
        assert told.changes == {"business_notes": ("one", "two")}
        assert [step.action for step in told.steps] == [Action.UPDATE]

    at_a_desk(tmp_path, sitting, *FIVE)
