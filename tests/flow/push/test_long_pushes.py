"""Pushes that are paused, rechecked, broken off and overtaken by newer plans, while answers are lost."""

import os
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

import pytest

from tests.flow.push.asks import Ask, ask
from tests.flow.push.others import Trouble
from tests.flow.push.rig import UNSTOPPED, Rig, on_a_rig
from tests.flow.push.wire import AFTER, BEFORE, LATE, Quiet, Scripted, Sent
from tests.house import QUICK
from ucsync.model import UcsyncError
from ucsync.model.pushes import StepState
from ucsync.plan import RetryPolicy
from ucsync.sandbox import Limit

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
SEEDS: Final = range(60 if DEEP else 1)
POINTS: Final = (BEFORE, AFTER, LATE)

#: Others' edits are not a canary's business here, and a row that is 3 seconds old is asked for again.
AT_ONCE: Final = replace(QUICK, retry=RetryPolicy(attempts_max=1))
FIDGETY: Final = replace(UNSTOPPED, canary_rows=0, recheck_min=0.05)


def terms(rig: Rig, oids: Sequence[int], word: str) -> list[Ask]:
    """One field of each."""
    return [ask(oid, rig.now(oid), Terms=f"{word} {oid % 100}", Tag=word) for oid in oids]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_push_that_is_paused_for_quota_sees_what_others_did_meanwhile(seed: int) -> None:
    async def scenario(rig: Rig) -> None:
        chance = Random(seed)  # noqa: S311  (a test's choice)
        plan = await rig.plan(terms(rig, rig.oids, "Net"))
        rig.wire.follow(Trouble(rig, rig.oids, chance, lost=0.1, meddling=0.3))
        await rig.finish(plan)
        rig.wire.follow(Quiet())
        await rig.shop.house.clock.sleep(3600)  # what looks at the outcome needs requests, too
        await rig.judge()
        pauses = [result.paused_until for result in rig.results if result.paused_until is not None]
        assert pauses, "the quota is too small for all of it"
        assert rig.witness.losses == [] or max(loss.age_s for loss in rig.witness.losses) < 120

    on_a_rig(
        scenario, push=FIDGETY, client=AT_ONCE, seed=seed, limits=(Limit(14, 3600),), sliding_window=True
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_that_have_become_old_are_asked_for_again_before_they_are_relied_on(seed: int) -> None:
    async def scenario(rig: Rig) -> None:
        chance = Random(seed)  # noqa: S311  (a test's choice)
        plan = await rig.plan(terms(rig, rig.oids, "Net"))
        rig.wire.follow(Trouble(rig, rig.oids, chance, lost=0.0, lost_reads=0.0, meddling=0.4))
        result = await rig.finish(plan)
        rig.wire.follow(Quiet())
        await rig.judge()
        # 3 seconds, and what a refresh and the requests on the way take
        assert all(loss.age_s < 7 for loss in rig.witness.losses)
        assert result.window_s is not None
        assert result.window_s[1] < 7

    on_a_rig(scenario, customers=40, push=FIDGETY, seed=seed)


@pytest.mark.parametrize("point", POINTS, ids=["before", "after", "late"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_newer_plan_has_the_last_word_whatever_an_older_one_has_left_in_doubt(
    seed: int, point: tuple[str, ...]
) -> None:
    async def scenario(rig: Rig) -> None:
        chance = Random(f"{point} {seed}")  # noqa: S311  (a test's choice)
        older = await rig.plan(terms(rig, rig.oids, "old"))
        broken = chance.randint(2, 9)

        def fail(sent: Sent) -> str:
            """From one write on, none is answered; the server acts on it or not."""
            written = sum(one.writes for one in rig.wire.sent)
            return chance.choice(point) if sent.writes and written >= broken else ""

        rig.wire.follow(Scripted(fail))
        with pytest.raises(UcsyncError):
            await rig.apply(older)
        assert rig.steps(older, StepState.SENT)
        rig.wire.follow(Quiet())
        rig.asked.clear()  # what the newer one leaves of it is looked at below
        both = terms(rig, rig.oids[::2], "new")
        newer = await rig.plan(both)
        # what the server has still to do for the older one is wanted, too, until it is overwritten
        await rig.finish(newer)
        await rig.finish(older)
        await rig.quiet()
        assert rig.witness.unexplained() == []
        assert all(one.effect.there(rig.now(one.oid or 0)) for one in both)
        left = {one.step.oid: one.state for one in rig.steps(older)}
        assert {left[oid] for oid in rig.oids[1::2]} == {StepState.LANDED}
        assert all(rig.now(oid)["terms"].startswith("old") for oid in rig.oids[1::2])
        done = (StepState.LANDED, StepState.ALREADY, StepState.DROPPED, StepState.DIVERGED)
        assert {left[oid] for oid in rig.oids[::2]} <= set(done)
        await rig.shop.sync()
        assert rig.shop.disagreements() == []

    on_a_rig(scenario, push=replace(UNSTOPPED, canary_rows=0), seed=seed)
