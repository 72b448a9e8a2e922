"""Whose value stands: three-way differences, the base, and what is held back."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.desk import BY_EMAIL, BY_OID, Desk, Told, at_a_desk, columns
from tests.lakes import SETTINGS
from ucsync.model import Misused
from ucsync.model.pushes import Rule


def ruled(rule: str) -> str:
    return BY_EMAIL + columns(f'notes = {{ to = "business_notes", rule = "{rule}" }}')


def became(told: Told) -> str:
    if told.steps:
        return "apply"
    return "held" if told.queued else "equal"


#: What the CRM had exported, what the server has now, what the CRM asks for, and what comes of it by rule.
CASES = {
    "only the CRM changed it": ("a", "a", "b", dict.fromkeys(Rule, "apply") | {Rule.FILL_EMPTY: "held"}),
    "only the server changed it": ("a", "b", "a", dict.fromkeys(Rule, "equal")),
    "both changed it to the same": ("a", "b", "b", dict.fromkeys(Rule, "equal")),
    "both changed it": ("a", "c", "b", dict.fromkeys(Rule, "held") | {Rule.OURS: "apply"}),
    "the CRM filled it": (None, None, "b", dict.fromkeys(Rule, "apply")),
    "both filled it": (None, "c", "b", dict.fromkeys(Rule, "held") | {Rule.OURS: "apply"}),
    "the server emptied it": ("a", None, "b", {
        Rule.OURS: "apply", Rule.THEIRS: "held", Rule.FILL_EMPTY: "apply", Rule.QUEUE: "held"}),
    "the CRM cleared it": ("a", "a", "-", dict.fromkeys(Rule, "apply") | {Rule.FILL_EMPTY: "held"}),
    "it is cleared here, changed there": ("a", "c", "-", dict.fromkeys(Rule, "held") | {Rule.OURS: "apply"}),
}  # fmt: skip


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.value)
@pytest.mark.parametrize("case", CASES)
def test_three_sides_are_weighed_by_the_rule_of_the_field(tmp_path: Path, case: str, rule: Rule) -> None:
    base, theirs, ours, expected = CASES[case]

    async def sitting(desk: Desk) -> None:
        exported = desk.shop.receipt.snapshot
        desk.merchant.update(desk.oids["ann"], {"business_notes": theirs})
        told = await desk.told(f"email,notes\nann@example.com,{ours}\n", ruled(rule.value), base=exported)
        assert told.header.base == exported
        assert became(told) == expected[rule]
        assert told.header.equal == (expected[rule] == "equal")

    at_a_desk(tmp_path, sitting, {} if base is None else {"business_notes": base})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("ours", "apply"), ("theirs", "held"), ("fill_empty", "held"), ("queue", "held")],
)
def test_without_a_base_the_rule_alone_decides(tmp_path: Path, rule: str, expected: str) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("email,notes\nann@example.com,b\n", ruled(rule))
        assert became(told) == expected
        assert told.result.exit_code == (3 if expected == "held" else 0)

    at_a_desk(tmp_path, sitting, {"business_notes": "a"})


def test_what_is_held_back_says_against_what_and_why(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        (queued,) = (await desk.told("email,notes\nann@example.com,b\n", ruled("queue"))).queued
        assert (queued.row, queued.oid) == (1, desk.oids["ann"])
        assert (queued.change.before, queued.change.after) == ("a", "b")
        assert queued.reason == "who has changed it is not known: a person decides"
        (queued,) = (await desk.told("email,notes\nann@example.com,b\n", ruled("theirs"))).queued
        assert queued.reason == "who has changed it is not known: theirs stands"
        (queued,) = (await desk.told("email,notes\nann@example.com,b\n", ruled("fill_empty"))).queued
        assert queued.reason == "it is filled already"

    at_a_desk(tmp_path, sitting, {"business_notes": "a"})


def test_a_row_may_be_sent_in_part_and_held_back_in_part(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + columns('notes = { to = "business_notes", rule = "queue" }', 'terms = "terms"')
        told = await desk.told("email,notes,terms\nann@example.com,b,net 30\n", mapping)
        assert told.changes == {"terms": (None, "net 30")}
        assert [one.change.path for one in told.queued] == ["business_notes"]

    at_a_desk(tmp_path, sitting, {"business_notes": "a"})


def test_of_a_customer_who_came_after_the_export_no_base_is_known(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        exported = desk.shop.receipt.snapshot
        desk.merchant.insert({"email": "new@example.com", "business_notes": "a"})
        told = await desk.told("email,notes\nnew@example.com,b\n", ruled("queue"), base=exported)
        assert became(told) == "held"

    at_a_desk(tmp_path, sitting, "ann")


def test_a_row_of_a_list_is_weighed_by_itself(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        exported = desk.shop.receipt.snapshot
        truth = desk.merchant.truth(desk.oids["ann"])
        (address,) = truth["billing"]
        desk.merchant.update(desk.oids["ann"], {"billing": [{**address, "city": "Bonn"}]})
        mapping = BY_EMAIL + columns(
            'city = { to = "billing[default].city", rule = "queue" }',
            'company = { to = "billing[default].company", rule = "queue" }',
        )
        told = await desk.told("email,city,company\nann@example.com,Köln,Neu\n", mapping, base=exported)
        assert list(told.changes) == [f"billing[{address['customer_billing_oid']}].company"]
        assert [one.change.field for one in told.queued] == ["city"]
        (sent,) = told.steps[0].body["billing"]
        assert (sent["city"], sent["company"]) == ("Bonn", "Neu"), (
            "what others have changed goes back as it is"
        )

    at_a_desk(tmp_path, sitting, {"billing": [{"city": "Ulm", "company": "Alt", "default_billing": True}]})


def test_two_addresses_never_both_become_the_default_one(tmp_path: Path) -> None:
    """Making one the default takes it from the other: both or neither."""

    async def sitting(desk: Desk) -> None:
        oids = [row["customer_billing_oid"] for row in desk.merchant.truth(desk.oids["ann"])["billing"]]
        for rule, expected in (("ours", 2), ("theirs", 0), ("queue", 0), ("fill_empty", 0)):
            mapping = BY_EMAIL + columns(
                f'd = {{ to = "billing[customer_billing_oid=@addr].default_billing", rule = "{rule}" }}'
            )
            told = await desk.told(f"email,addr,d\nann@example.com,{oids[1]},yes\n", mapping)
            assert len(told.changes) == expected, rule
            assert len(told.queued) == 2 - expected

    addresses: Any = [{"city": "Ulm", "default_billing": True}, {"city": "Bonn", "default_billing": False}]
    at_a_desk(tmp_path, sitting, {"billing": addresses})


def test_a_base_that_is_not_there_is_said_before_a_request(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        before = desk.sent
        with pytest.raises(Misused, match="no snapshot begins with that"):
            await desk.plan("email,notes\nann@example.com,b\n", ruled("ours"), base="2031")
        assert desk.sent == before

    at_a_desk(tmp_path, sitting, "ann")


def test_a_base_whose_rows_were_pruned_is_no_base(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        desk.shop = desk.shop.with_settings(keep_daily=1, keep_weekly=0, keep_monthly=0)
        await desk.shop.sync()
        exported = desk.shop.receipt.snapshot
        for _ in range(3):
            await asyncio.sleep(86_400)
            await desk.shop.sync()
        assert not desk.shop.lake.has_rows(exported)
        with pytest.raises(
            Misused, match="cannot be the base: its full state was removed by the keep policy"
        ):
            await desk.plan("email,notes\nann@example.com,b\n", ruled("ours"), base=exported)

    at_a_desk(tmp_path, sitting, "ann", settings=replace(SETTINGS, full_every_nights=0))


def test_a_base_read_under_another_configuration_is_no_base(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        exported = desk.shop.receipt.snapshot
        desk.shop = replace(desk.shop, fingerprint="another")
        await asyncio.sleep(3600)
        await desk.shop.sync(full=True)
        with pytest.raises(Misused, match="read under another configuration"):
            await desk.plan("email,notes\nann@example.com,b\n", ruled("ours"), base=exported)

    at_a_desk(tmp_path, sitting, "ann")


def test_a_base_may_be_named_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        exported = desk.shop.receipt.snapshot
        told = await desk.told("oid,notes\n{ann},b\n", BY_OID + columns('notes = "business_notes"'),
                               base=exported[:15])  # fmt: skip
        assert told.header.base == exported

    at_a_desk(tmp_path, sitting, "ann")


def test_a_refresh_does_not_take_the_base_away(tmp_path: Path) -> None:
    """The CRM exported from a snapshot of today; plans since then have published newer ones."""

    async def sitting(desk: Desk) -> None:
        exported = ""
        for city in ("Ulm", "Bonn", "Trier", "Lahr"):
            desk.merchant.update(desk.oids["ann"], {"billing": [{"city": city}]})
            await asyncio.sleep(600)
            await desk.plan(f"email,notes\nann@example.com,{city}\n", ruled("ours"))
            exported = exported or desk.shop.receipt.snapshot
        assert exported != desk.shop.receipt.parent  # which no policy removes
        told = await desk.told("email,notes\nann@example.com,b\n", ruled("ours"), base=exported)
        assert told.header.base == exported

    at_a_desk(tmp_path, sitting, "ann")


def test_a_mapped_password_is_for_new_customers_only(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + "[actions]\ninsert = true\n" + columns(
            'notes = "business_notes"', 'word = "password"'
        )  # fmt: skip
        rows = "email,notes,word\nann@example.com,b,first-word\nnew@example.com,c,first-word\n"
        told = await desk.told(rows, mapping)
        assert told.rejected == []
        by_email = {step.email: step for step in told.steps}
        assert "password" not in by_email["ann@example.com"].body
        assert by_email["new@example.com"].body["password"] == "first-word"

    at_a_desk(tmp_path, sitting, "ann")
