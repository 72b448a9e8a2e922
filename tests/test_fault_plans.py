"""Fault plans: the same for a seed in every process, written down and read back, shrunk to what matters."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.testing import (
    CLOCK,
    CUT_ANSWER,
    CUT_REQUEST,
    FILE,
    REFUSED,
    REQUEST,
    Fault,
    FaultPlan,
    cut_of,
    shrunk,
)

RATES = {"500": 0.1, CUT_ANSWER: 0.1, REFUSED: 0.05}

faults = st.builds(
    Fault,
    run=st.integers(0, 5),
    where=st.sampled_from([REQUEST, FILE, CLOCK]),
    at=st.integers(0, 9),
    what=st.sampled_from(["500", "KILL", "step"]),
    figure=st.integers(-100, 100),
)
plans = st.builds(lambda seed, held: FaultPlan(seed, ()).also(held), st.integers(0, 99), st.lists(faults))


def test_a_seed_gives_the_same_plan_in_every_process() -> None:
    here = FaultPlan.drawn(7, RATES, runs=range(1, 20), requests=20)
    command = (
        "from ucsync.testing import FaultPlan;"
        f"print(FaultPlan.drawn(7, {RATES}, runs=range(1, 20), requests=20).to_json())"
    )
    done = subprocess.run(
        [sys.executable, "-c", command],
        env={"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here.to_json()
    assert FaultPlan.drawn(8, RATES, runs=range(1, 20), requests=20).faults != here.faults


def test_as_many_requests_are_faulted_as_is_wanted_and_only_in_those_runs() -> None:
    plan = FaultPlan.drawn(1, RATES, runs=range(1, 101), requests=20)
    assert 0.22 * 2000 < len(plan.faults) < 0.28 * 2000
    assert {fault.what for fault in plan.faults} == RATES.keys()
    cuts = [fault.figure for fault in plan.faults if fault.what == CUT_ANSWER]
    assert min(cuts) < 50 < 1000 < max(cuts)
    assert {fault.run for fault in FaultPlan.drawn(1, RATES, runs=[3, 5], requests=20).faults} == {3, 5}


@given(plans)
def test_what_is_written_down_is_read_back(plan: FaultPlan) -> None:
    text = plan.to_json()
    assert FaultPlan.from_json(text) == plan
    assert "\n" not in text


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "7", '{"seed":1}', '{"seed":1,"faults":[[1]]}', '{"seed":"1","faults":[]}',
     '{"seed":1,"faults":[[1,"request","2","500",0]]}', '{"seed":1,"faults":[[1,"request",2,500,0]]}'],
)  # fmt: skip
def test_what_is_no_plan_is_said_so(text: str) -> None:
    with pytest.raises(ValueError):
        FaultPlan.from_json(text)


@given(plans, st.lists(faults))
def test_there_is_one_fault_at_each_place_and_the_later_word_counts(
    plan: FaultPlan, more: list[Fault]
) -> None:
    held = plan.also(more)
    places = [(fault.run, fault.where, fault.at) for fault in held.faults]
    assert len(places) == len(set(places))
    assert set(places) == {(fault.run, fault.where, fault.at) for fault in (*plan.faults, *more)}
    for fault in more[-1:]:
        assert held.of(fault.run, fault.where)[fault.at] == fault
    assert list(held.faults) == sorted(held.faults)


def test_a_plan_until_a_run_is_without_what_comes_later() -> None:
    plan = FaultPlan.drawn(1, RATES, runs=range(1, 9), requests=20)
    assert plan.until(4).faults == tuple(fault for fault in plan.faults if fault.run <= 4)


def test_a_connection_is_refused_or_cut_in_the_direction_that_is_planned() -> None:
    assert (cut_of(None).after_to_server, cut_of(None).after_to_client) == (None, None)
    assert cut_of(Fault(1, REQUEST, 1, CUT_REQUEST, 17)).after_to_server == 17
    assert cut_of(Fault(1, REQUEST, 1, CUT_ANSWER, 17)).after_to_client == 17
    assert cut_of(Fault(1, REQUEST, 1, "500")) == cut_of(None)
    with pytest.raises(ConnectionRefusedError):
        cut_of(Fault(1, REQUEST, 1, REFUSED))


@given(st.sets(st.integers(0, 60), min_size=1, max_size=4))
def test_a_plan_shrinks_to_the_faults_that_make_it_fail_together(guilty: set[int]) -> None:
    plan = FaultPlan(1, tuple(Fault(1, REQUEST, at, "500") for at in range(61)))
    trials = []

    def fails(smaller: FaultPlan) -> bool:
        trials.append(smaller)
        assert set(smaller.faults) < set(plan.faults)
        return guilty <= {fault.at for fault in smaller.faults}

    assert {fault.at for fault in shrunk(plan, fails).faults} == guilty
    assert len(trials) < 200


def test_no_single_fault_can_be_left_out_of_what_is_shrunk() -> None:
    """Any three of them make it fail: which three stay does not matter."""
    plan = FaultPlan(1, tuple(Fault(1, FILE, at, "EIO") for at in range(1, 31)))
    assert len(shrunk(plan, lambda smaller: len(smaller.faults) >= 3).faults) == 3


def test_when_no_fault_is_to_blame_none_is_left() -> None:
    plan = FaultPlan.drawn(1, RATES, runs=range(1, 9), requests=20)
    assert shrunk(plan, lambda smaller: True).faults == ()


def test_shrinking_ends_when_its_trials_are_used_up() -> None:
    plan = FaultPlan.drawn(1, RATES, runs=range(1, 9), requests=20)
    trials = []

    def fails(smaller: FaultPlan) -> bool:
        trials.append(smaller)
        return len(smaller.faults) > 3

    found = shrunk(plan, fails, trials_max=5)
    assert len(trials) == 5
    assert fails(found)


def test_a_plan_is_plain_json() -> None:
    plan = FaultPlan(3, (Fault(2, REQUEST, 4, CUT_ANSWER, 99),))
    assert json.loads(plan.to_json()) == {"seed": 3, "faults": [[2, "request", 4, "cut-answer", 99]]}
