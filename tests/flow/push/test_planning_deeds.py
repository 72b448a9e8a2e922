"""Inserts, deletions, e-mail addresses, store credit, cashback and lists: what a plan makes of them."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flow.liars import Page, behind
from tests.flow.push.desk import BY_EMAIL, BY_OID, Desk, at_a_desk, columns, seated
from tests.house import House, small
from tests.lakes import SETTINGS
from ucsync.model import InputUnusable
from ucsync.model.pushes import Action, Limits

INSERTS = "[actions]\ninsert = true\n"
DELETES = '[actions]\ndelete = true\ncolumn = "do"\n'
NOTES = columns('notes = "business_notes"')


def test_nobody_is_inserted_unless_the_mapping_says_so(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        csv = "email,notes\nNew@example.com,hello\n"
        told = await desk.told(csv, BY_EMAIL + NOTES)
        assert (told.steps, list(told.problems)) == ([], [1])
        told = await desk.told(csv, BY_EMAIL + INSERTS + NOTES)
        (step,) = told.steps
        assert (step.action, step.oid, step.email) == (Action.INSERT, None, "New@example.com")
        assert step.body == {"email": "New@example.com", "business_notes": "hello"}
        assert told.header.touched == 1
        assert told.header.price.requests == {"getCustomers": 1, "insertCustomer": 1}

    at_a_desk(tmp_path, sitting, "ann")


def test_a_new_customer_has_all_that_its_row_says(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + INSERTS + columns(
            'city = { to = "billing[default].city", rule = "theirs" }', 'tags = "tags"',
            'rank = "properties.rank"', 'pass = "password"',
        )  # fmt: skip
        told = await desk.told("email,city,tags,rank,pass\nnew@example.com,Ulm,a;b,1,secret\n", mapping)
        (step,) = told.steps
        assert step.body == {
            "email": "new@example.com", "password": "secret",
            "billing": [{"city": "Ulm", "default_billing": True}],
            "tags": [{"tag_value": "a"}, {"tag_value": "b"}],
            "properties": [{"name": "rank", "value": "1"}],
        }  # fmt: skip

    at_a_desk(tmp_path, sitting, "ann")


def test_where_only_customers_of_a_query_are_read_nobody_is_new(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        with pytest.raises(InputUnusable, match="only customers of a query"):
            await desk.plan("email,notes\nnew@example.com,x\n", BY_EMAIL + INSERTS + NOTES)
        told = await desk.told("email,notes\nann@example.com,x\n", BY_EMAIL + NOTES)
        assert len(told.steps) == 1

    query = {"email": "ann@example.com"}
    at_a_desk(tmp_path, sitting, "ann", "bob", settings=replace(SETTINGS, query=query))


def test_who_is_to_be_inserted_twice_is_one_or_rejected(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told(
            "email,notes\nnew@example.com,x\nfoe@example.com,x\nNEW@example.com,x\nfoe@example.com,y\n",
            BY_EMAIL + INSERTS + NOTES,
        )
        assert [step.rows for step in told.steps] == [(1, 3)]
        assert list(told.problems) == [2, 4]

    at_a_desk(tmp_path, sitting, "ann")


def test_an_address_that_is_none_is_not_inserted(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("email,notes\nnew.example.com,x\n", BY_EMAIL + INSERTS + NOTES)
        assert "not an e-mail address" in told.problems[1]

    at_a_desk(tmp_path, sitting, "ann")


def test_by_oid_only_a_row_without_one_is_an_insert(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_OID + INSERTS + columns('mail = "email"', 'notes = "business_notes"')
        told = await desk.told(
            "oid,mail,notes\n,new@example.com,x\n777777,other@example.com,x\n,,x\n,ann@example.com,x\n"
            ",NEW@example.com,x\n",
            mapping,
        )
        assert [(step.action, step.rows) for step in told.steps] == []
        assert told.problems[2] == "no customer has this oid"
        assert "without an e-mail address" in told.problems[3]
        assert told.problems[4] == f"customer {desk.oids['ann']} has this e-mail address"
        assert told.problems[1] == "rows 1, 5 are about the same customer and do not ask for the same"
        told = await desk.told("oid,mail,notes\n,new@example.com,x\n", mapping)
        assert [step.email for step in told.steps] == ["new@example.com"]

    at_a_desk(tmp_path, sitting, "ann")


def test_an_insert_of_somebody_who_is_there_is_equal_or_rejected(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + '[actions]\ninsert = true\ncolumn = "do"\n' + NOTES
        told = await desk.told(
            "email,notes,do\nann@example.com,a,insert\nbob@example.com,b,insert\n", mapping
        )
        assert told.header.equal == 1
        assert told.problems == {2: "there is such a customer already; ask for an update"}

    at_a_desk(tmp_path, sitting, {"business_notes": "a"}, "bob")


def test_what_is_given_waits_until_the_customer_is_there(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told(
            "email,credit\nnew@example.com,5\n", BY_EMAIL + INSERTS + columns('credit = "store_credit"')
        )
        assert told.problems == {1: "credit: can be given once the customer is there; push it then"}

    at_a_desk(tmp_path, sitting, "ann")


def test_a_deletion_wants_the_mapping_and_the_limits(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        csv = "email,notes,do\nann@example.com,,delete\nbob@example.com,x,update\ncyd@example.com,x,\n"
        told = await desk.told(csv, BY_EMAIL + '[actions]\ncolumn = "do"\n' + NOTES)
        assert "deleting is not switched on" in told.problems[1]
        told = await desk.told(csv, BY_EMAIL + DELETES + NOTES, limits=Limits(percent_max=100))
        assert [step.action for step in told.steps] == [Action.DELETE, Action.UPDATE, Action.UPDATE]
        assert told.header.tripped[0].startswith("1 customer would be deleted, 0 may")
        told = await desk.told(csv, BY_EMAIL + DELETES + NOTES)
        assert told.header.tripped == ()
        (step, *_) = told.steps
        assert (step.oid, step.email, step.body, step.changes) == (
            desk.oids["ann"],
            "ann@example.com",
            {},
            (),
        )

    at_a_desk(tmp_path, sitting, "ann", "bob", "cyd")


def test_nobody_is_deleted_and_changed_at_once(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told(
            "email,notes,do\nann@example.com,,delete\nann@example.com,x,\nnobody@example.com,,delete\n",
            BY_EMAIL + DELETES + NOTES,
        )
        assert told.steps == []
        assert sorted(told.problems) == [1, 2, 3]
        assert told.problems[3] == "no customer has this e-mail address"

    at_a_desk(tmp_path, sitting, "ann")


MAILS = BY_OID + columns('mail = "email"', 'notes = "business_notes"')


def test_an_address_that_somebody_has_is_given_to_nobody_else(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,mail,notes\n{ann},BOB@example.com,x\n{cyd},cyd@new.example,\n", MAILS)
        assert told.problems == {1: f"mail: customer {desk.oids['bob']} has this e-mail address"}
        assert told.changes == {"email": ("cyd@example.com", "cyd@new.example")}

    at_a_desk(tmp_path, sitting, "ann", "bob", "cyd")


def test_addresses_are_not_swapped_in_one_plan(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,mail,notes\n{ann},bob@example.com,\n{bob},ann@example.com,\n", MAILS)
        assert (told.steps, sorted(told.problems)) == ([], [1, 2])

    at_a_desk(tmp_path, sitting, "ann", "bob")


def test_an_address_that_two_want_goes_to_neither(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,mail,notes\n{ann},new@example.com,\n{bob},New@Example.com,\n", MAILS)
        assert told.steps == []
        assert set(told.problems.values()) == {"mail: 2 customers are to get this e-mail address"}

    at_a_desk(tmp_path, sitting, "ann", "bob")


def test_an_address_that_a_new_customer_brings_is_not_given_to_another(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + INSERTS + columns('mail = "email"')
        told = await desk.told("email,mail\nann@example.com,new@example.com\nnew@example.com,\n", mapping)
        assert (told.steps, sorted(told.problems)) == ([], [1, 2])

    at_a_desk(tmp_path, sitting, "ann")


def test_the_own_address_in_another_case_is_a_change_of_ones_own(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told("oid,mail,notes\n{ann},Ann@Example.com,\n{bob},bob@example.com,\n", MAILS)
        assert told.problems == {}
        assert (len(told.steps), told.header.equal) in ((1, 1), (0, 2))

    at_a_desk(tmp_path, sitting, "ann", "bob")


CREDITS = columns('credit = "store_credit"', 'back = "cashback"', 'notes = "business_notes"')


def test_sums_are_steps_of_their_own_with_a_mark_at_the_end(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = 'credit_description = "A gift from all of us, with love"\n' + BY_EMAIL + CREDITS
        told = await desk.told("email,credit,back,notes\nann@example.com,5.50,-2,x\n", mapping)
        by_action = {step.action: step for step in told.steps}
        assert set(by_action) == {Action.UPDATE, Action.STORE_CREDIT, Action.CASHBACK}
        credit, back = by_action[Action.STORE_CREDIT], by_action[Action.CASHBACK]
        assert (credit.oid, credit.email, credit.changes) == (desk.oids["ann"], "ann@example.com", ())
        assert credit.body["amount"] == Decimal("5.5")
        assert back.body["adjustment_amount"] == -2
        for step in (credit, back):
            assert step.body["description"].startswith("A gift from all of us, with love")
            assert step.body["description"].endswith(step.mark)
            assert len(step.body["description"]) <= 50
            assert step.mark.startswith(" #")
            assert len(step.mark) == 10
        assert credit.mark != back.mark
        assert told.header.touched == 1

    at_a_desk(tmp_path, sitting, "ann")


@pytest.mark.parametrize("amount", ["-5", "0", "5,50", "1e3", "5.555", "x", " "])
def test_store_credit_is_only_given_and_in_whole_cents(tmp_path: Path, amount: str) -> None:
    async def sitting(desk: Desk) -> None:
        told = await desk.told(
            f'email,credit,back,notes\nann@example.com,"{amount}",,x\n', BY_EMAIL + CREDITS
        )
        assert told.steps == []
        assert told.problems[1].startswith("credit: ")

    at_a_desk(tmp_path, sitting, "ann")


def test_the_same_sum_in_two_rows_of_a_file_is_given_once_in_another_file_again(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        csv = "email,credit,back,notes\nann@example.com,5,,\nann@example.com,5,,\n"
        first = await desk.told(csv, BY_EMAIL + CREDITS)
        again = await desk.told(csv, BY_EMAIL + CREDITS)
        other = await desk.told(csv.replace("5", "5.00"), BY_EMAIL + CREDITS)
        assert [len(told.steps) for told in (first, again, other)] == [1, 1, 1]
        assert first.steps[0].mark == again.steps[0].mark != other.steps[0].mark

    at_a_desk(tmp_path, sitting, "ann")


def test_lists_are_joined_and_left_in_one_request(tmp_path: Path) -> None:
    async def sitting(desk: Desk) -> None:
        mapping = BY_EMAIL + columns(
            'yes = { to = "email_lists", mode = "add" }', 'no = { to = "email_lists", mode = "remove" }'
        )
        told = await desk.told(
            "email,yes,no\nann@example.com,News;Offers,Old\nbob@example.com,News,News\ncyd@example.com,,Old\n",
            mapping,
        )
        assert [(step.action, dict(step.body)) for step in told.steps] == [
            (Action.EMAIL_LISTS, {"add_to_lists": ["News", "Offers"], "remove_from_lists": ["Old"]}),
            (Action.EMAIL_LISTS, {"remove_from_lists": ["Old"]}),
        ]
        assert told.problems == {2: "no: removes a name that column 'yes' adds"}
        assert told.header.notes == (
            "nobody can read who is on which e-mail list, so all of that is sent as asked",
        )

    at_a_desk(tmp_path, sitting, "ann", "bob", "cyd")


def test_a_customer_whose_newest_version_could_not_be_read_is_left_alone(tmp_path: Path) -> None:
    bad = False

    def lie(page: Page) -> None:
        for row in page.rows if bad else ():
            row["unapproved"] = "perhaps"

    async def scenario(house: House) -> None:
        nonlocal bad
        desk = await seated(house, tmp_path, "ann", "bob")
        desk.merchant.update(desk.oids["ann"], {"business_notes": "somebody's"})
        bad = True
        told = await desk.told("email,notes\nann@example.com,x\nbob@example.com,x\n", BY_EMAIL + NOTES)
        assert [step.oid for step in told.steps] == [desk.oids["bob"]]
        assert told.problems == {1: "what this customer is now could not be read; see quarantine"}

    behind(lie, scenario, small(0))


def test_a_row_that_would_have_to_be_sent_back_with_what_cannot_be_sent_is_rejected(tmp_path: Path) -> None:
    def lie(page: Page) -> None:
        for row in page.rows:
            row["billing"][0]["city"] = "x" * 33

    async def scenario(house: House) -> None:
        address: Any = {"city": "Ulm", "company": "y", "default_billing": True}
        desk = await seated(house, tmp_path, {"billing": [address]})
        told = await desk.told(
            "email,company\nann@example.com,z\n", BY_EMAIL + columns('company = "billing[default].company"')
        )
        assert told.steps == []
        assert told.problems == {
            1: "would have to be sent with customer.billing[0].city: longer than 32 characters (33)"
        }

    behind(lie, scenario, small(0))
