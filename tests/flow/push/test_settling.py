"""Lost answers: what came of a request is read back once it cannot act any more, and only then sent again."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.handmade import (
    PLAIN,
    Counter,
    at_the_counter,
    cashback,
    confirmed,
    credit,
    delete,
    insert,
    merge,
    once,
    tag,
)
from ucsync.model import ServerFault
from ucsync.model.pushes import StepState

ACTED = ("lost-answer", "garbage", "truncate")
NOT_ACTED = ("reset", "500", "503-html", "html")


def entries_of(counter: Counter, oid: int) -> list[Any]:
    """The cashback ledger."""
    loyalty = counter.truth(oid).get("loyalty", {})
    return list(loyalty.get("internal_gift_certificate", {}).get("ledger_entries", ()))


@pytest.mark.parametrize("fault", [*ACTED, *NOT_ACTED])
def test_an_update_whose_answer_was_lost_is_done_once_however_it_was_lost(fault: str, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        first, second = counter.oids[:2]
        plan = counter.plan(
            counter.update(first, tag("vip"), terms="Net 33"), counter.update(second, terms="Net 33")
        )
        counter.wire.before = once(fault, "updateCustomer")
        began = counter.shop.house.clock.now()
        result = await counter.apply(plan)
        assert (result.exit_code, result.counts[StepState.LANDED]) == (0, 2)
        assert counter.wire.count("updateCustomer") == (2 if fault in ACTED else 3)
        assert counter.truth(first)["terms"] == "Net 33"
        assert counter.truth(first)["tags"].count({"tag_value": "vip"}) == 1
        assert counter.shop.disagreements() == []
        took = counter.shop.house.clock.now() - began
        assert timedelta(seconds=120) <= took < timedelta(seconds=140)

    at_the_counter(scenario, tmp_path)


def test_other_customers_go_on_while_one_is_in_doubt_and_theirs_wait(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        first, second = counter.oids[:2]
        plan = counter.plan(
            counter.update(first, terms="Net 33"),
            credit(first, "1.00"),
            counter.update(second, terms="Net 33"),
        )
        counter.wire.before = once("lost-answer", "updateCustomer")
        assert (await counter.apply(plan)).exit_code == 0
        writes = [asked for asked in counter.wire.sent if asked[0] not in ("getCustomers",)]
        assert writes == [
            ("updateCustomer", first), ("updateCustomer", second), ("getCustomer", first),
            ("addCustomerStoreCredit", first),
        ]  # fmt: skip

    at_the_counter(scenario, tmp_path)


@pytest.mark.parametrize("fault", [*ACTED, *NOT_ACTED])
def test_nothing_is_given_inserted_merged_or_deleted_twice(fault: str, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        a, b, c, d, e = counter.oids[:5]
        plan = counter.plan(insert("new@example.com"), credit(a, "5.00"), cashback(b, "1.25"), merge(c, d),
                            delete(e))  # fmt: skip
        held = len(entries_of(counter, b))
        faults = {
            name: once(fault, name)
            for name in ("insertCustomer", "addCustomerStoreCredit", "adjustInternalCertificate",
                         "mergeCustomer", "deleteCustomer")
        }  # fmt: skip

        def before(operation: str, oid: int | None) -> str:
            return faults[operation](operation, oid) if operation in faults else ""

        counter.wire.before = before
        result = await counter.apply(plan, **confirmed(plan))
        assert (result.exit_code, result.counts[StepState.LANDED]) == (0, 5)
        assert len([one for one in counter.oids if counter.truth(one).get("email") == "new@example.com"]) == 1
        assert len(entries_of(counter, b)) == held + 1
        client = counter.shop.house.client
        given = [row for row in (await client.get_customer_store_credit(a))["past_ledgers"] or []
                 if row.get("description") == "thanks #0badcafe"]  # fmt: skip
        assert [row["amount"] for row in given] == [Decimal("5.00")]
        assert counter.truth(d) == counter.truth(e) == {}
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def test_an_edit_in_the_same_field_while_it_is_in_doubt_is_left_to_a_person(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        plan = counter.plan(counter.update(oid, terms="Net 33"))
        counter.wire.before = once("reset", "updateCustomer")

        def edit(operation: str, _: int | None) -> None:
            if operation == "updateCustomer":
                counter.merchant.update(oid, {"terms": "Net 90"})

        counter.wire.after = edit
        result = await counter.apply(plan)
        assert (result.exit_code, counter.states(plan)) == (3, [StepState.DIVERGED])
        assert counter.truth(oid)["terms"] == "Net 90"
        assert counter.wire.count("updateCustomer") == 1
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def test_an_edit_beside_it_while_it_is_in_doubt_stays_when_it_is_sent_again(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        plan = counter.plan(counter.update(oid, counter.city(oid, "Neustadt")))
        counter.wire.before = once("reset", "updateCustomer")

        def edit(operation: str, _: int | None) -> None:
            if operation == "getCustomer":  # after it was read back, before it is sent again
                counter.wire.after = lambda operation, oid: None
                row = dict(counter.merchant.truth(oid)["billing"][0], company="Umberfield & Co")
                counter.merchant.update(oid, {"billing": [row]})

        counter.wire.after = edit
        assert (await counter.apply(plan)).exit_code == 0
        [row] = counter.truth(oid)["billing"]
        assert (row["city"], row["company"]) == ("Neustadt", "Umberfield & Co")

    at_the_counter(scenario, tmp_path)


def test_a_step_that_does_nothing_three_times_is_refused_for_now_and_tried_again_on_request(
    tmp_path: Path,
) -> None:
    async def scenario(counter: Counter) -> None:
        first, second = counter.oids[:2]
        plan = counter.plan(counter.update(first, terms="Net 33"), counter.update(second, terms="Net 33"))
        counter.wire.before = lambda asked, oid: "500" if (asked, oid) == ("updateCustomer", first) else ""
        result = await counter.apply(plan)
        assert counter.states(plan) == [StepState.REFUSED, StepState.LANDED]
        assert (result.exit_code, counter.steps(plan)[0].transient) == (3, True)
        assert counter.wire.count("updateCustomer") == 4
        assert (await counter.apply(plan)).requests == 0
        counter.wire.before = lambda asked, oid: ""
        again = await counter.go_on(plan.id, retry=True)
        assert (again.exit_code, again.counts[StepState.LANDED]) == (0, 2)

    at_the_counter(scenario, tmp_path)


def test_a_server_that_is_down_is_left_alone_after_a_few_requests(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in counter.oids[:20]))
        counter.wire.before = lambda asked, oid: "500" if asked == "updateCustomer" else ""
        with pytest.raises(ServerFault):
            await counter.apply(plan)
        assert counter.wire.count("updateCustomer") == 5
        assert counter.states(plan).count(StepState.SENT) == 5
        counter.wire.before = lambda asked, oid: ""
        assert (await counter.apply(plan)).exit_code == 0
        assert counter.wire.count("updateCustomer") == 25
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def test_an_answer_that_cannot_be_verified_is_looked_at_again_later(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        a, b, c = counter.oids[:3]
        plan = counter.plan(cashback(a, "1.25"), merge(b, c))
        held = len(entries_of(counter, a))
        asked = [0]

        def before(operation: str, oid: int | None) -> str:
            asked[0] += operation == "getCustomer"
            return "500" if operation == "getCustomer" and asked[0] in (1, 4) else ""

        counter.wire.before = before
        short = plan.digest[:8]
        result = await counter.apply(plan, confirm=short, confirm_merges=f"{short}:1")
        assert (result.exit_code, result.counts[StepState.LANDED]) == (0, 2)
        assert len(entries_of(counter, a)) == held + 1
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def test_what_an_older_push_left_in_doubt_is_settled_and_what_it_still_meant_to_send_is_dropped(
    tmp_path: Path,
) -> None:
    async def scenario(counter: Counter) -> None:
        first, second, third = counter.oids[:3]
        older = counter.plan(*(counter.update(oid, terms="Net 33") for oid in (first, second, third)))
        faults = {first: "lost-answer", second: "429"}
        counter.wire.before = lambda asked, oid: faults.get(oid or 0, "") if asked == "updateCustomer" else ""
        assert (await counter.apply(older)).exit_code == 76
        assert counter.states(older) == [StepState.SENT, StepState.WAITING, StepState.WAITING]
        counter.wire.before = lambda asked, oid: ""
        await counter.shop.sync()
        await counter.shop.house.clock.sleep(60)
        newer = counter.plan(counter.update(first, terms="Net 45"), counter.update(second, terms="Net 45"))
        result = await counter.apply(newer)
        assert result.exit_code == 0, result.problems
        assert counter.states(older) == [StepState.LANDED, StepState.DROPPED, StepState.WAITING]
        assert f"superseded by the newer push {newer.id}" in counter.steps(older)[1].reason
        assert [counter.truth(oid).get("terms") for oid in (first, second)] == ["Net 45", "Net 45"]
        finished = await counter.apply(older)
        assert finished.counts[StepState.LANDED] == 2
        assert counter.truth(third)["terms"] == "Net 33"
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=PLAIN)
