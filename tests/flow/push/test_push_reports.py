"""How pushes stand is told without a request, and without being in the way of one."""

from typing import Any

from tests.flow.push.asks import ask
from tests.flow.push.rig import Rig, on_a_rig
from tests.flow.push.undos import undo_and_apply
from ucsync.dashboard import plan_csv, plan_page
from ucsync.flow.push.push_reports import SHOWN, PushList, outcomes, push_list, push_report
from ucsync.model.pushes import StepState
from ucsync.plan.push_settings import PushSettings
from ucsync.store.plan_files import PlanFile


def listed(rig: Rig) -> PushList:
    with rig.shop.database() as database:
        return push_list("shop", rig.shop.place(database).pushes)


def begin(rig: Rig, plan: PlanFile) -> None:
    with rig.shop.database() as database:
        rig.shop.place(database).pushes.begin(plan, rig.shop.house.clock.now()).close()


def reported(rig: Rig, plan: PlanFile) -> Any:
    with rig.shop.database() as database:
        pushes = rig.shop.place(database).pushes
    with pushes.read(plan.id) as journal:
        steps, states = outcomes(journal)
        return push_report(journal), list(steps), states


def test_without_a_push_there_is_nothing_to_tell() -> None:
    async def scenario(rig: Rig) -> None:
        found = listed(rig)
        assert (found.pushes, found.exit_code, found.older) == ((), 0, 0)

    on_a_rig(scenario, 5)


def test_a_push_is_told_with_its_troubles_and_what_to_do_next() -> None:
    async def scenario(rig: Rig) -> None:
        one, other, third = rig.oids[2:5]
        plan = await rig.plan([ask(oid, rig.now(oid), Terms=f"Net {oid}") for oid in (one, other, third)])
        rig.edit(other, terms="by hand")
        await rig.apply(plan)
        with rig.shop.database() as database, rig.shop.place(database).pushes.open(plan.id) as journal:
            assert journal.counts()[StepState.LANDED] == 2
            counters = rig.shop.house.sandbox.counters
            counters.reset()
            report = push_report(journal)
            steps, states = outcomes(journal)
            first = next(iter(steps))
            assert counters.requests == 0
        assert (report.state, report.exit_code, report.open, report.next) == ("ended", 3, 0, None)
        (problem,) = report.problems
        assert (problem.oid, problem.state) == (other, StepState.CONFLICT)
        assert first.oid == other, "what wants care comes first"
        assert states[first.number] == (StepState.CONFLICT, problem.reason)
        told = report.document()
        assert told["steps"]["landed"] == 2  # type: ignore[index]  # JSON
        assert told["plan"]["source"] == "changes-0.csv"  # type: ignore[index]  # JSON
        assert report.window_s is not None

        found = listed(rig)
        assert (found.exit_code, [one.push for one in found.pushes]) == (3, [plan.id])
        assert "problems" not in found.document()["pushes"][0]  # type: ignore[index]  # JSON
        await undo_and_apply(rig, plan)
        assert [one.header.undoes for one in listed(rig).pushes] == [plan.id, None]

    on_a_rig(scenario, 20)


def test_a_halted_push_says_so_and_how_to_go_on() -> None:
    async def scenario(rig: Rig) -> None:
        oid = next(oid for oid in rig.oids if any(path.startswith("tags[") for path in rig.now(oid)))
        plan = await rig.plan([ask(oid, rig.now(oid), Terms="Net 2026")])
        await rig.apply(plan)
        (report,) = listed(rig).pushes
        assert (report.state, report.exit_code) == ("halted", 4)
        assert report.next == f"`ucsync push undo {plan.id}`, or a new plan"

    on_a_rig(scenario, 20, PushSettings(), quirks=frozenset({"put-absent-clears"}))


def test_a_damaged_journal_does_not_hide_the_others() -> None:
    async def scenario(rig: Rig) -> None:
        oid = rig.oids[1]
        plans = []
        for place in range(3):
            plans.append(await rig.plan([ask(oid, rig.now(oid), Terms=f"Net 2026{place}")]))
            await rig.apply(plans[-1])
        path = rig.shop.folder / "state" / "pushes" / "shop" / f"{plans[1].id}.db"
        for beside in path.parent.glob(f"{plans[1].id}.db-*"):
            beside.unlink()
        path.write_bytes(b"noise" * 1000)
        found = listed(rig)
        assert [one.push for one in found.pushes] == [plans[2].id, plans[0].id]
        assert found.exit_code == 74
        (told,) = found.damaged
        assert "damaged" in told

    on_a_rig(scenario, 10)


def test_of_many_pushes_the_newest_are_shown() -> None:
    async def scenario(rig: Rig) -> None:
        oid = rig.oids[1]
        for place in range(SHOWN + 2):
            asks = [ask(oid, rig.now(oid), Terms=f"Net 2026{place}")]
            plan = (await rig.planned(asks, refresh=False)).plan
            begin(rig, plan)
            await rig.shop.house.clock.sleep(1)  # an id begins with the second
        found = listed(rig)
        assert (found.pushes[0].state, found.pushes[0].open) == ("under way, or to be gone on with", 1)
        assert (len(found.pushes), found.older, found.pushes[0].push) == (SHOWN, 2, plan.id)

    on_a_rig(scenario, 5)


def test_a_push_can_be_looked_at_as_a_page_and_as_a_table() -> None:
    async def scenario(rig: Rig) -> None:
        oid = rig.oids[1]
        plan = await rig.plan([ask(oid, rig.now(oid), Terms="Net 2026", Tag="crm")])
        await rig.apply(plan)
        report, steps, states = reported(rig, plan)
        page = "".join(plan_page(report.header, report.push, steps, (), (), states=states))
        assert f"Push {plan.id} for shop" in page
        assert '<span class="state landed">landed</span>' in page
        assert "landed,1,update," in "".join(plan_csv(steps, (), (), states))

    on_a_rig(scenario, 5)
