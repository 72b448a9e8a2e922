"""What a change set comes to: the plan of ordinary days."""

import csv
import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.desk import BY_EMAIL, BY_OID, WIDE, Desk, at_a_desk, columns
from tests.lakes import SETTINGS
from ucsync.model import InputUnusable, Misused
from ucsync.model.pushes import Action, Limits
from ucsync.plan.push_settings import PushSettings
from ucsync.store.plan_files import read_plan

NOTES = BY_EMAIL + columns('notes = "business_notes"', 'city = "billing[default].city"', 'tags = "tags"')
ANN = {
    "business_notes": "called",
    "billing": [{"city": "Ulm", "company": "Fisch & Co", "default_billing": True}],
    "tags": [{"tag_value": "vip"}], "properties": [{"name": "rank", "value": "1"}],
}  # fmt: skip


def test_a_plan_shows_every_field_that_changes_and_what_is_sent_for_it(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        plan = await desk.told("email,notes,city,tags\nANN@example.com,written,Bonn,new;vip\n", NOTES)
        (step,) = plan.steps
        truth = desk.merchant.truth(desk.oids["ann"])
        oid = truth["billing"][0]["customer_billing_oid"]
        assert (step.action, step.oid, step.email) == (Action.UPDATE, desk.oids["ann"], "ann@example.com")
        assert plan.changes == {
            "business_notes": ("called", "written"),
            f"billing[{oid}].city": ("Ulm", "Bonn"),
            'tags["new"]': (None, {}),
        }
        assert step.body["business_notes"] == "written"
        assert step.body["billing"] == [
            {"customer_billing_oid": oid, "city": "Bonn", "company": "Fisch & Co", "default_billing": True}
        ]
        assert {row["tag_value"] for row in step.body["tags"]} == {"vip", "new"}
        assert "properties" not in step.body, "a part in which nothing changes is not sent"
        assert (plan.header.touched, plan.header.changes, plan.header.cleared) == (1, 3, 0)
        assert plan.result.exit_code == 0

    at_a_desk(tmp_path, sitting, ANN)


def test_planning_spends_only_the_requests_of_the_refresh(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        before = desk.sent
        result = await desk.plan("email,notes,city,tags\nann@example.com,x,,\n", NOTES)
        assert desk.sent - before == result.requests == 1
        result = await desk.plan("email,notes,city,tags\nann@example.com,x,,\n", NOTES, refresh=False)
        assert result.requests == 0
        assert desk.sent - before == 1
        assert "not refreshed" in result.plan.header.notes[0]

    at_a_desk(tmp_path, sitting, "ann")


def test_a_refresh_sees_what_has_changed_since_the_last_sync(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        desk.merchant.update(desk.oids["ann"], {"business_notes": "newer"})
        plan = await desk.told("email,notes,city,tags\nann@example.com,x,,\n", NOTES)
        assert plan.changes == {"business_notes": ("newer", "x")}
        assert plan.header.snapshot == desk.shop.receipt.snapshot

    at_a_desk(tmp_path, sitting, ANN)


def test_rows_that_are_equal_cost_nothing_and_are_counted(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        plan = await desk.told(
            "email,notes,city,tags\nann@example.com,called,Ulm,vip\nbob@example.com,,,\n", NOTES
        )
        assert plan.nothing
        assert (plan.header.equal, plan.header.price.total, plan.result.exit_code) == (2, 0, 0)

    at_a_desk(tmp_path, sitting, ANN, "bob")


def test_an_empty_cell_changes_nothing_and_the_token_clears(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        plan = await desk.told("email,notes,city,tags\nann@example.com,-,,\n", NOTES)
        assert plan.changes == {"business_notes": ("called", None)}
        assert plan.steps[0].body == {"business_notes": None}
        assert plan.header.cleared == 1

    at_a_desk(tmp_path, sitting, ANN)


def test_customers_are_found_by_oid_too(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_OID + columns('notes = "business_notes"')
        plan = await desk.told("oid,notes\n{bob},one\n 99999999 ,two\n{ann}.0,three\nx,four\n", mapping)
        assert [step.oid for step in plan.steps] == [desk.oids["ann"], desk.oids["bob"]]
        assert plan.problems[2] == "no customer has this oid"
        assert plan.problems[4].startswith("oid: ")

    at_a_desk(tmp_path, sitting, "ann", "bob")


def test_unknown_and_ambiguous_addresses_are_said_by_row(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        body = {"email": "Ann@Example.com"}
        await desk.shop.house.client.call("insertCustomer", {}, None, body)
        plan = await desk.told(
            "email,notes,city,tags\nnobody@example.com,x,,\nann@example.com,x,,\nbob@example.com,x,,\n", NOTES
        )
        assert plan.problems[1].startswith("no customer has this e-mail address; to insert")
        first, second = desk.oids["ann"], max(desk.merchant.oids())
        assert plan.problems[2] == (f"2 customers have this e-mail address ({first}, {second}); match by oid")
        assert [step.oid for step in plan.steps] == [desk.oids["bob"]]
        assert plan.result.exit_code == 3

    at_a_desk(tmp_path, sitting, "ann", "bob", quirks=frozenset({"email-shared"}))


def test_the_rejects_file_is_for_its_owner_and_harmless_in_a_spreadsheet(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        result = await desk.plan('email,notes,city,tags\n"=cmd|x",y,,\nann@example.com,ok,,\n', NOTES)
        assert result.rejects == result.plan.path.with_suffix(".rejects.csv")
        assert stat.S_IMODE(result.rejects.stat().st_mode) == 0o600
        rows = list(csv.reader(result.rejects.read_text(encoding="utf-8").splitlines()))
        assert rows[0] == ["row", "key", "column", "problem"]
        assert rows[1][:3] == ["1", "'=cmd|x", ""]
        good = await desk.plan("email,notes,city,tags\nann@example.com,ok,,\n", NOTES)
        assert good.rejects is None

    at_a_desk(tmp_path, sitting, "ann")


def test_identical_rows_are_one_and_others_for_one_customer_are_all_rejected(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        plan = await desk.told(
            "email,notes,city,tags\n"
            "ann@example.com,x,,\nbob@example.com,y,,\nANN@example.com,x,,\n"
            "bob@example.com,z,,\ncyd@example.com,x,,\ncyd@example.com,x,Bad\tcity,\n",
            NOTES,
        )
        assert [(step.oid, step.rows) for step in plan.steps] == [(desk.oids["ann"], (1, 3))]
        assert plan.problems[2] == plan.problems[4]
        assert plan.problems[2] == "rows 2, 4 are about the same customer and do not ask for the same"
        assert plan.problems[5] == "another row for the same customer is unusable"
        assert plan.problems[6].startswith("city: ")

    at_a_desk(tmp_path, sitting, "ann", "bob", "cyd")


def test_the_most_valuable_come_first(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = 'worth = "ltv"\n' + NOTES
        plan = await desk.told(
            "email,notes,city,tags,ltv\nann@example.com,x,,,\nbob@example.com,x,,,7.5\ncyd@example.com,x,,,100\n",
            mapping,
        )
        assert [step.email for step in plan.steps] == [
            f"{name}@example.com" for name in ("cyd", "bob", "ann")
        ]
        assert [step.number for step in plan.steps] == [1, 2, 3]

    at_a_desk(tmp_path, sitting, "ann", "bob", "cyd")


def test_a_plan_knows_what_it_stands_on_and_when_it_ends(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        plan = await desk.told("email,notes,city,tags\nann@example.com,x,,\n", NOTES)
        header = plan.header
        assert header.customers == 2
        assert header.steps == {"update": 1}
        assert header.expires_at - header.created_at == timedelta(hours=24)
        assert (header.source, header.merchant, header.base) == ("0.csv", "shop", None)
        assert header.price.requests == {"getCustomer": 1, "getCustomers": 1, "updateCustomer": 1}
        assert header.price.ends_at == header.created_at + timedelta(seconds=3)
        assert read_plan(plan.result.plan.path) == plan.result.plan
        told = plan.result.document()
        assert json.loads(json.dumps(told))["plan"] == plan.result.plan.id
        assert (told["exit_code"], told["requests"], told["equal"]) == (0, 1, 0)
        assert plan.result.line.endswith(
            "steps 1, customers 1, rows equal 0, changes held back 0, problems 0"
        )

    at_a_desk(tmp_path, sitting, "ann", "bob")


def test_a_guard_that_trips_is_in_the_plan_and_in_the_exit_code(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        limits = replace(WIDE, cleared_max=0, protected=("tags",))
        plan = await desk.told("email,notes,city,tags\nann@example.com,-,,new\n", NOTES, limits=limits)
        assert len(plan.header.tripped) == 2
        assert len(plan.steps) == 1
        assert plan.result.exit_code == 4
        assert plan.result.line.endswith("stopped by a guard")

    at_a_desk(tmp_path, sitting, ANN)


def test_more_customers_than_count_and_share_permit_trip_the_guard(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        csv = "email,notes,city,tags\nann@example.com,x,,\nbob@example.com,x,,\n"
        tripped = (await desk.told(csv, NOTES, limits=Limits(customers_max=1, percent_max=10))).header.tripped
        assert tripped[0].startswith("2 of 3 customers would change, 1 may")
        assert (
            await desk.told(csv, NOTES, limits=Limits(customers_max=1, percent_max=70))
        ).header.tripped == ()

    at_a_desk(tmp_path, sitting, "ann", "bob", "cyd")


@pytest.mark.parametrize(
    ("lines", "settings", "told"),
    [
        (('x = "tags"',), {"expansions": ("billing",)}, "tags is not among the merchant's expansions"),
        (('x = "edi.store_number"',), {}, "edi is not among the merchant's expansions"),
        (('x = "tax_id"',), {"tax_ids": False}, "tax_id is not kept in the lake"),
        (('x = "cashback"',), {"expansions": ("billing",)}, "cashback can only be verified by loyalty"),
        (('y = "tags"',), {}, "column 'y' is mapped and missing"),
        (('x = "tags"', 'z = "terms"'), {}, "column 'z' is mapped and missing"),
    ],
    ids=["a part that is not read", "one without expansion", "tax ids that are not kept",
         "cashback without loyalty", "a missing column", "one of two"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_as_a_whole_is_refused_before_a_request(
    tmp_path: Path, lines: tuple[str, ...], settings: dict[str, Any], told: str
) -> None:
    async def sitting(desk: Desk) -> None:
        before = desk.sent
        with pytest.raises(InputUnusable, match=told):
            await desk.plan("email,x\nann@example.com,1\n", BY_EMAIL + columns(*lines))
        assert desk.sent == before
        assert not (desk.folder / "0.plan").exists()

    at_a_desk(tmp_path, sitting, "ann", settings=replace(SETTINGS, **settings))


def test_tax_ids_are_written_where_they_are_kept(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        plan = await desk.told("email,x\nann@example.com,DE5\n", BY_EMAIL + columns('x = "tax_id"'))
        assert plan.changes == {"tax_id": ("DE4", "DE5")}

    at_a_desk(tmp_path, sitting, {"tax_id": "DE4"}, settings=replace(SETTINGS, tax_ids=True))


def test_without_a_mapping_columns_are_named_as_fields(tmp_path: Path) -> None:
    def by_names(_: Any) -> Any:
        raise InputUnusable("asked for a mapping of these columns")

    async def sitting(desk: Desk) -> None:
        with pytest.raises(InputUnusable, match="asked for a mapping"):
            await desk.plan("email,terms\nann@example.com,x\n", by_names)

    at_a_desk(tmp_path, sitting, "ann")


def test_a_plan_is_never_written_over_another(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        out = desk.folder / "mine.plan"
        await desk.plan("email,notes,city,tags\nann@example.com,x,,\n", NOTES, out=out)
        before = desk.sent
        with pytest.raises(Misused, match=r"mine\.plan already"):
            await desk.plan("email,notes,city,tags\nann@example.com,y,,\n", NOTES, out=out)
        assert desk.sent == before
        result = await desk.plan("email,notes,city,tags\nann@example.com,y,,\n", NOTES, out=desk.folder)
        assert result.plan.path.name == f"{result.plan.id}.plan"

    at_a_desk(tmp_path, sitting, "ann")


def test_a_plan_costs_the_days_that_the_quota_and_the_nights_take(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        names = [f"c{number}@example.com" for number in range(40)]
        for name in names:
            desk.merchant.insert({"email": name})
        csv = "email,notes,city,tags\n" + "".join(f"{name},x,,\n" for name in names)
        price = (await desk.told(csv, NOTES)).header.price
        assert price.total == 40 + 5 + 1
        assert price.hours == round(46 / 3600, 2)

    at_a_desk(tmp_path, sitting, "ann", push=PushSettings(canary_rows=5))
