"""Runs that end before their push does: quota, a wish to stop, a full disk; and rows that age meanwhile."""

import errno
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.flow.push.handmade import PLAIN, Counter, Following, at_the_counter
from ucsync.flow import Stop
from ucsync.flow.progress import PushProgress
from ucsync.model import Stopped
from ucsync.model.pushes import StepState
from ucsync.plan import Allowance
from ucsync.store import DiskFiles


class FullDisk(DiskFiles):
    """A disk that has no room for files of a snapshot."""

    def create(self, path: Path) -> BinaryIO:
        """See `Files`."""
        if "building" in path.parts:
            raise OSError(errno.ENOSPC, "full")
        return super().create(path)


def test_a_push_pauses_when_the_quota_is_spent_says_until_when_and_goes_on_then(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        clock = counter.shop.house.clock
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in counter.oids[:15]))
        first = await counter.apply(plan)
        assert (first.exit_code, first.counts[StepState.LANDED]) == (76, 9)
        assert first.paused_until is not None
        assert counter.shop.disagreements() == []  # what has landed is published
        again = await counter.apply(plan)
        assert (again.exit_code, again.counts[StepState.LANDED]) == (76, 9)
        await clock.sleep((first.paused_until - clock.now()).total_seconds() + 60)
        last = await counter.apply(plan)
        assert (last.exit_code, last.counts[StepState.LANDED]) == (0, 15)
        assert counter.wire.count("updateCustomer") == 15
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, quota=Allowance(10, 3600))


@pytest.mark.parametrize("read_first", [False, True], ids=["by refresh", "read first"])
def test_while_quota_is_waited_for_nobodys_edit_is_overwritten(read_first: bool, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = counter.oids[:12]
        plan = counter.plan(*(counter.update(oid, counter.city(oid, "Neustadt")) for oid in oids))
        edited: set[int] = set()

        def edit(operation: str, oid: int | None) -> None:
            """As soon as nothing can be sent for a long while, others are at work."""
            assert counter.ledger is not None
            for each in oids if counter.ledger.left() == 0 and not edited else ():
                row = dict(counter.merchant.truth(each)["billing"][0], company="Umberfield & Co")
                row["city"] = row["city"] if each % 2 else "Altstadt"
                counter.merchant.update(
                    each, {"billing": [row, *counter.merchant.truth(each)["billing"][1:]]}
                )
                edited.add(each)

        counter.wire.after = edit
        result = await counter.apply(plan, read_first=read_first)
        assert edited
        assert result.counts[StepState.CONFLICT] > 0
        sent_before = {oid for name, oid in counter.wire.sent[:8] if name == "updateCustomer"}
        for oid in set(oids) - sent_before:
            here = counter.truth(oid)["billing"][0]
            assert here["company"] == "Umberfield & Co"
            assert here["city"] == ("Neustadt" if oid % 2 else "Altstadt")
        assert result.window_s is not None
        assert result.window_s[1] < 1800

    at_the_counter(scenario, tmp_path, quota=Allowance(8, 3 * 3600), on_quota="wait")


def test_the_window_in_which_an_edit_could_be_overwritten_is_measured(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in counter.oids[:9]))
        result = await counter.apply(plan)
        assert result.window_s is not None
        median, largest = result.window_s
        assert 0.1 < median < largest < 1
        short = counter.plan(*(counter.update(oid, terms="Net 44") for oid in counter.oids[:9]))
        first = await counter.apply(short, read_first=True)
        assert first.window_s == (0.04, 0.04)  # two requests of 20 ms
        assert (await counter.apply(short)).window_s == first.window_s  # it is the push's, not the run's

    at_the_counter(scenario, tmp_path)


def test_a_wish_to_stop_lets_the_request_under_way_finish_and_publishes_what_landed(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan, stop = counter.plan(*(counter.update(oid, terms="Net 33") for oid in counter.oids[:6])), Stop()

        def at_step(progress: PushProgress) -> None:
            assert progress.total == 6
            if progress.settled == 3:
                stop.ask(143)

        with pytest.raises(Stopped) as stopped:
            await counter.apply(plan, Following(at_step), stop)
        assert stopped.value.exit_code == 143
        assert counter.states(plan) == [StepState.LANDED] * 3 + [StepState.WAITING] * 3
        assert counter.shop.disagreements() == []
        assert (await counter.apply(plan)).exit_code == 0
        assert counter.wire.count("updateCustomer") == 6

    at_the_counter(scenario, tmp_path)


def test_a_request_that_is_given_up_when_asked_to_stop_is_in_doubt(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan, stop = counter.plan(counter.update(counter.oids[0], terms="Net 33")), Stop()

        def before(operation: str, oid: int | None) -> str:
            if operation != "updateCustomer":
                return ""
            stop.ask()
            return "stall"

        counter.wire.before = before
        with pytest.raises(Stopped):
            await counter.apply(plan, stop=stop)
        assert counter.states(plan) == [StepState.SENT]
        counter.wire.before = lambda operation, oid: ""
        assert (await counter.apply(plan)).exit_code == 0
        assert counter.truth(counter.oids[0])["terms"] == "Net 33"

    at_the_counter(scenario, tmp_path)


def test_what_cannot_be_published_does_not_hide_why_the_run_ended_and_comes_with_the_next(
    tmp_path: Path,
) -> None:
    async def scenario(counter: Counter) -> None:
        plan, stop = counter.plan(*(counter.update(oid, terms="Net 33") for oid in counter.oids[:4])), Stop()
        sound = counter.shop.files

        def at_step(progress: PushProgress) -> None:
            if progress.settled == 2:
                stop.ask()

        full = replace(counter.shop, files=FullDisk())
        await counter.shop.sync()  # so that the refresh has nothing to publish but itself
        counter.shop = replace(full, files=_full_after(counter))
        with pytest.raises(Stopped) as stopped:
            await counter.apply(plan, Following(at_step), stop)
        assert "could not be published" in stopped.value.__notes__[0]
        counter.shop = replace(full, files=sound)
        assert len(counter.shop.disagreements()) == 2
        assert (await counter.apply(plan)).exit_code == 0
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def _full_after(counter: Counter) -> DiskFiles:
    """A disk that is full as soon as the first update has been sent."""

    class Filling(DiskFiles):
        def create(self, path: Path) -> BinaryIO:
            if counter.wire.count("updateCustomer") and "building" in path.parts:
                raise OSError(errno.ENOSPC, "full")
            return super().create(path)

    return Filling()


def test_the_rest_of_a_push_is_compared_with_the_server_anew_as_rows_age(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = counter.oids
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in oids))

        def at_step(progress: PushProgress) -> None:
            if progress.settled == 10:
                counter.merchant.update(oids[-1], {"terms": "Net 90"})

        result = await counter.apply(plan, Following(at_step))
        assert counter.states(plan) == [StepState.LANDED] * 29 + [StepState.CONFLICT]
        assert counter.wire.count("getCustomers") == 3
        assert result.window_s is not None
        assert result.window_s[1] < 11 * 60

    at_the_counter(scenario, tmp_path, push=replace(PLAIN, recheck_min=10), latency_s=50.0)
