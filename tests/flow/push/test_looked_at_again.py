"""What was right when it was planned is looked at again before it is sent."""

from pathlib import Path

from tests.flow.push.handmade import PLAIN, Counter, at_the_counter, insert
from tests.flow.push.test_undo_others import undo
from ucsync.model.pushes import StepState


def test_who_was_edited_since_the_undo_was_planned_is_not_deleted(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(insert("new@example.com", terms="Net 30"), insert("next@example.com"))
        assert (await counter.apply(plan)).exit_code == 0
        edited, left_alone = (step.oid for step in counter.steps(plan))
        assert edited is not None and left_alone is not None
        back = (await undo(counter, plan, delete_inserted=True)).planned.plan
        counter.merchant.update(edited, {"business_notes": "a good customer by now"})
        short = back.digest[:8]
        told = await counter.apply(back, confirm=short, confirm_deletes=f"{short}:2")
        assert told.exit_code == 3
        states = {step.oid: (step.state, step.reason) for step in counter.steps(back)}
        assert states[edited] == (StepState.CONFLICT, "the new customer was changed since, and stays")
        assert states[left_alone][0] is StepState.LANDED
        assert counter.merchant.truth(edited) is not None
        assert counter.merchant.truth(left_alone) is None

    at_the_counter(scenario, tmp_path, push=PLAIN)


def test_a_part_that_cannot_be_sent_back_whole_by_now_is_left_alone(tmp_path: Path) -> None:
    """Between plan and apply the server learns a field that this version does not know."""

    async def scenario(counter: Counter) -> None:
        first, second = counter.oids[:2]
        plan = counter.plan(
            counter.update(first, counter.city(first, "Trier")),
            counter.update(second, counter.city(second, "Lahr")),
        )
        row = b'"customer_billing_oid":%d' % counter.known(first)["billing"][0]["customer_billing_oid"]
        counter.wire.newer = lambda body: body.replace(row, b'"loading_dock":"B",' + row)
        counter.merchant.update(first, {"terms": "Net 10"})  # so that the refresh shows them
        with counter.unchanged_but(second):
            told = await counter.apply(plan)
        assert told.exit_code == 3
        assert counter.states(plan) == [StepState.REFUSED, StepState.LANDED]
        assert "newer" in counter.steps(plan)[0].reason

    at_the_counter(scenario, tmp_path, push=PLAIN)
