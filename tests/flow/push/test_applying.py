"""`apply_push` from the plan to the lake, when nothing goes wrong and when somebody else was quicker."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.handmade import (
    PLAIN,
    WIDE,
    Counter,
    at_the_counter,
    cashback,
    confirmed,
    credit,
    delete,
    insert,
    merge,
    tag,
)
from ucsync.model import Guarded, InputUnusable, Misused
from ucsync.model.pushes import Action, Limits, Step, StepState
from ucsync.plan.push_settings import PushSettings


def test_a_safe_update_costs_one_request_and_the_lake_has_it_without_another_sync(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = counter.oids[:10]
        plan = counter.plan(
            *(counter.update(oid, counter.city(oid, "Neustadt"), tag("vip"), terms="Net 33") for oid in oids)
        )
        with counter.unchanged_but(*oids):
            result = await counter.apply(plan)
        assert result.exit_code == 0
        assert result.counts[StepState.LANDED] == 10
        assert (counter.wire.count("updateCustomer"), counter.wire.count("getCustomer")) == (10, 0)
        assert result.requests == 11
        for oid in oids:
            assert counter.truth(oid)["terms"] == "Net 33"
            assert counter.truth(oid)["billing"][0]["city"] == "Neustadt"
            assert {"tag_value": "vip"} in counter.truth(oid)["tags"]
        assert counter.shop.disagreements() == []
        assert result.snapshot == counter.shop.receipt.snapshot

    at_the_counter(scenario, tmp_path)


def test_applying_it_again_sends_nothing_and_tells_the_same(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(counter.update(counter.oids[0], terms="Net 33"))
        first = await counter.apply(plan)
        sent = len(counter.wire.sent)
        second = await counter.apply(plan)
        assert len(counter.wire.sent) == sent
        assert (second.requests, second.exit_code, second.counts) == (0, 0, first.counts)
        assert (await counter.go_on(plan.id)).document()["push"] == plan.id

    at_the_counter(scenario, tmp_path)


def test_what_is_in_effect_already_is_not_sent(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        plan = counter.plan(counter.update(oid, terms="Net 33"))
        counter.merchant.update(oid, {"terms": "Net 33"})
        result = await counter.apply(plan)
        assert (result.exit_code, result.counts[StepState.ALREADY]) == (0, 1)
        assert counter.wire.count("updateCustomer") == 0

    at_the_counter(scenario, tmp_path)


def test_an_edit_of_the_same_field_is_a_conflict_and_of_another_one_stays(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        ours, theirs = counter.oids[:2]
        plan = counter.plan(
            counter.update(ours, counter.city(ours, "Neustadt")),
            counter.update(theirs, counter.city(theirs, "Neustadt"), terms="Net 33"),
        )
        row = dict(counter.merchant.truth(ours)["billing"][0], company="Umberfield & Co")
        counter.merchant.update(ours, {"billing": [row, *counter.merchant.truth(ours)["billing"][1:]]})
        counter.merchant.update(theirs, {"terms": "Net 60"})
        result = await counter.apply(plan)
        assert counter.states(plan) == [StepState.LANDED, StepState.CONFLICT]
        assert result.exit_code == 3
        assert [problem.reason for problem in result.problems] == ["changed since the plan: terms"]
        here = counter.truth(ours)["billing"][0]
        assert (here["city"], here["company"]) == ("Neustadt", "Umberfield & Co")
        assert counter.truth(theirs)["terms"] == "Net 60"
        assert counter.truth(theirs)["billing"][0].get("city") != "Neustadt"
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def test_every_action_lands_once_and_is_in_the_lake(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        first, second, third = counter.oids[:3]
        lists = Step(
            number=0, action=Action.EMAIL_LISTS, oid=first, email=None,
            body={"add_to_lists": ["5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b04"]},
        )  # fmt: skip
        plan = counter.plan(
            insert("new@example.com", terms="Net 10"),
            credit(None, "2.50", rests_on=(1,)),
            credit(first, "5.00"),
            cashback(second, "1.25"),
            lists,
            delete(third),
            limits=replace(WIDE, deletes_max=1),
        )
        short = plan.digest[:8]
        result = await counter.apply(plan, confirm=short, confirm_deletes=f"{short}:1")
        assert result.exit_code == 0, result.problems
        assert result.counts[StepState.LANDED] == 6
        [new] = set(counter.oids) - {one for one in counter.oids if one <= max(second, *counter.oids[:-1])}
        assert counter.truth(new)["terms"] == "Net 10"
        assert counter.steps(plan)[0].oid == new
        assert third not in counter.oids
        entries = counter.truth(second)["loyalty"]["internal_gift_certificate"]["ledger_entries"]
        assert entries[-1]["amount"] == Decimal("1.25")
        for oid, amount in ((first, Decimal("5.00")), (new, Decimal("2.50"))):
            held = await counter.shop.house.client.get_customer_store_credit(oid)
            assert amount in [row["amount"] for row in held["past_ledgers"] or []]
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def test_an_insert_of_somebody_who_is_there_by_now_waits_for_a_person(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(
            insert("one@example.com", terms="Net 10"), credit(None, "1.00", rests_on=(1,)),
            insert("two@example.com", terms="Net 10"),
        )  # fmt: skip
        counter.merchant.insert({"email": "ONE@example.com", "terms": "Net 90"})
        counter.merchant.insert({"email": "two@example.com", "terms": "Net 10"})
        result = await counter.apply(plan)
        assert counter.states(plan) == [StepState.CONFLICT, StepState.DROPPED, StepState.ALREADY]
        assert result.exit_code == 3
        assert counter.wire.count("insertCustomer") == 0

    at_the_counter(scenario, tmp_path)


def test_who_is_gone_is_refused(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        gone = counter.oids[0]
        plan = counter.plan(counter.update(gone, terms="Net 33"), credit(gone, "1.00"), delete(gone))
        counter.merchant.delete(gone)
        short = plan.digest[:8]
        await counter.apply(plan, confirm=short, confirm_deletes=f"{short}:1")
        assert counter.states(plan) == [StepState.REFUSED, StepState.REFUSED, StepState.ALREADY]
        assert counter.known(gone) == {}

    at_the_counter(scenario, tmp_path)


def test_who_was_merged_by_another_push_is_dropped_and_it_is_said_into_whom(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        survivor, absorbed = counter.oids[:2]
        plan = counter.plan(counter.update(absorbed, terms="Net 33"))
        await counter.shop.house.clock.sleep(1)
        merging = counter.plan(merge(survivor, absorbed))
        assert (await counter.apply(merging, **confirmed(merging))).exit_code == 0
        result = await counter.apply(plan)
        assert counter.states(plan) == [StepState.DROPPED]
        assert result.problems[0].reason == f"the customer was merged into {survivor} since the plan"
        assert "terms" not in counter.truth(survivor) or counter.truth(survivor)["terms"] != "Net 33"

    at_the_counter(scenario, tmp_path)


def test_a_push_that_never_got_to_send_anything_expires_like_a_plan(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(counter.update(counter.oids[0], terms="Net 33"))
        counter.wire.before = lambda operation, oid: "429"
        assert (await counter.apply(plan)).exit_code == 76
        await counter.shop.house.clock.sleep(25 * 3600)
        with pytest.raises(InputUnusable, match="expired"):
            await counter.apply(plan)

    at_the_counter(scenario, tmp_path)


def test_what_is_known_from_an_earlier_step_is_known_to_the_next_of_the_same_customer(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        plan = counter.plan(cashback(oid, "1.25"), counter.update(oid, counter.city(oid, "Neustadt")))

        def edit(operation: str, _: int | None) -> None:
            if operation == "adjustInternalCertificate":
                row = dict(counter.merchant.truth(oid)["billing"][0], company="Umberfield & Co")
                counter.merchant.update(oid, {"billing": [row, *counter.merchant.truth(oid)["billing"][1:]]})

        counter.wire.after = edit
        assert (await counter.apply(plan)).exit_code == 0
        here = counter.truth(oid)["billing"][0]
        assert (here["city"], here["company"]) == ("Neustadt", "Umberfield & Co")

    at_the_counter(scenario, tmp_path)


def test_a_refusal_is_for_good_and_the_others_go_on(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        first, second = counter.oids[:2]
        email = counter.truth(second)["email"]
        plan = counter.plan(counter.update(first, email=email), counter.update(second, terms="Net 33"))
        result = await counter.apply(plan)
        assert counter.states(plan) == [StepState.REFUSED, StepState.LANDED]
        assert "already used" in result.problems[0].reason
        assert email not in result.problems[0].reason
        retried = await counter.go_on(plan.id, retry=True)
        assert (retried.requests, retried.exit_code) == (0, 3)

    at_the_counter(scenario, tmp_path)


def test_a_plan_of_elsewhere_or_of_yesterday_is_not_begun(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        step = counter.update(counter.oids[0], terms="Net 33")
        now = counter.shop.house.clock.now()
        with pytest.raises(Misused, match="for the merchant elsewhere"):
            await counter.apply(counter.plan(step, merchant="elsewhere"))
        with pytest.raises(Guarded, match="another key"):
            await counter.apply(counter.plan(step, application="1" * 16))
        with pytest.raises(Guarded, match="another configuration"):
            await counter.apply(counter.plan(step, fingerprint="1" * 16))
        with pytest.raises(InputUnusable, match="expired"):
            await counter.apply(counter.plan(step, expires_at=now - timedelta(seconds=1)))
        with pytest.raises(Guarded, match="too many"):
            await counter.apply(counter.plan(step, tripped=("too many",)))
        with pytest.raises(Guarded, match="--accept-changes 1"):
            await counter.apply(counter.plan(step, limits=Limits(customers_max=0, percent_max=0)))
        assert counter.wire.sent == []
        with counter.shop.database() as database:
            assert counter.shop.place(database).pushes.ids() == []

    at_the_counter(scenario, tmp_path)


def test_a_field_that_was_protected_since_the_plan_is_not_changed(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(counter.update(counter.oids[0], terms="Net 33"), limits=WIDE)
        with pytest.raises(Guarded, match="terms, which is protected"):
            await counter.apply(plan)

    push = PushSettings(limits=replace(WIDE, protected=("terms",)))
    at_the_counter(scenario, tmp_path, push=push)


def test_a_begun_push_goes_on_after_its_plan_has_expired(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in counter.oids[:3]))
        counter.wire.before = lambda operation, oid: "429" if oid == counter.oids[1] else ""
        paused = await counter.apply(plan)
        assert (paused.exit_code, paused.counts[StepState.LANDED]) == (76, 1)
        counter.wire.before = lambda operation, oid: ""
        await counter.shop.house.clock.sleep(48 * 3600)
        assert (await counter.apply(plan)).exit_code == 0

    at_the_counter(scenario, tmp_path, push=PLAIN)


def test_deletions_want_the_digest_and_the_count_and_say_exactly_what_to_type(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(delete(counter.oids[0]), delete(counter.oids[1]))
        short = plan.digest[:8]
        typed = f"--confirm {short} --confirm-deletes {short}:2"
        tries: list[dict[str, Any]] = [
            {},
            {"confirm": short},
            {"confirm": short, "confirm_deletes": f"{short}:1"},
            {"confirm": short, "confirm_deletes": "2"},
            {"confirm": "00000000", "confirm_deletes": f"{short}:2"},
            {"confirm": short, "confirm_deletes": f"{short}:2", "confirm_merges": f"{short}:0"},
        ]
        for wishes in tries:
            with pytest.raises(Guarded) as refused:
                await counter.apply(plan, **wishes)
            assert typed in str(refused.value)
        assert counter.wire.sent == []
        result = await counter.apply(plan, confirm=short, confirm_deletes=f"{short}:2")
        assert result.exit_code == 0
        assert (await counter.apply(plan)).exit_code == 0  # it is confirmed for good

    at_the_counter(scenario, tmp_path)


def test_a_confirmation_of_another_plan_begins_nothing(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(counter.update(counter.oids[0], terms="Net 33"))
        with pytest.raises(Guarded, match="not this plan's"):
            await counter.apply(plan, confirm="00000000")
        assert counter.wire.sent == []
        assert (await counter.apply(plan, confirm=plan.digest[:8])).exit_code == 0

    at_the_counter(scenario, tmp_path)
