"""Who was forgotten stays out, by whatever way they would come back; the server still has them."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.canary import Life, canary_shop, found_in, grounds_in, push
from tests.flow.windows import ByHand
from tests.lakes import NAME
from ucsync.config.mapping import read_mapping
from ucsync.dashboard.lines import step_lines
from ucsync.flow.push.admitting import ApplyWishes
from ucsync.flow.push.applying import apply_push
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.flow.push.push_reports import push_report
from ucsync.flow.push.undoing import undo_push
from ucsync.model import By, Guarded, Proof, Receipt, StorageFailed
from ucsync.model.pushes import Limits, StepState
from ucsync.store.forgetting import erase, finish, intend, look_for
from ucsync.store.plan_files import read_plan
from ucsync.testing import run_virtual

LIMITS = Limits(customers_max=1000, percent_max=100, cleared_max=99, deletes_max=99)
INSERTING = (
    '[match]\nby = "email"\ncolumn = "email"\n[columns]\nnote = "business_notes"\n[actions]\ninsert = true\n'
)
BY_OID = '[match]\nby = "customer_profile_oid"\ncolumn = "oid"\n[columns]\nnote = "business_notes"\n'


def forget(life: Life, oid: int) -> None:
    grounds = grounds_in(life.shop.folder)
    people = intend(grounds, look_for(grounds, [oid], []).people)
    finish(grounds, people, erase(grounds, people))


def oids_in(life: Life) -> set[int]:
    parts = (life.lake / "snapshots" / life.shop.receipt.snapshot / "customers").glob("*.parquet")
    return {oid for part in parts for oid in pq.read_table(part)["customer_profile_oid"].to_pylist()}


def check_out(life: Life, receipt: Receipt) -> None:
    """They are in no row and no byte; everybody else is there."""
    there = set(life.shop.house.sandbox.merchant.oids()) - {life.canary}
    assert oids_in(life) == there
    assert life.shop.disagreements() == []
    assert found_in(life.lake, life.dressing.texts) == {}
    assert found_in(life.state, life.dressing.texts) == {}
    assert receipt.proof is Proof.PROVEN
    assert receipt.reasons == ()


async def forgotten(life: Life) -> None:
    """Read in full, and then the canary is forgotten."""
    del life.dressing.marks[life.absorbed]
    await life.shop.sync()
    assert life.canary in oids_in(life)
    forget(life, life.canary)
    life.dressing.marks[life.canary] = "qxcanary-after"


def test_a_full_and_an_incremental_scan_leave_them_out_and_say_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await forgotten(life)
            await life.wait()
            before = life.shop.house.sandbox.counters.requests
            told = await life.shop.sync(full=True)
            check_out(life, told.receipt)
            assert told.exit_code == 0
            assert told.document()["suppressed"] == told.receipt.suppressed == 1
            assert "left out 1 customer who was forgotten; the server still has them" in told.notes
            assert life.shop.house.sandbox.counters.requests - before <= 6
            await life.wait()
            life.touch(life.canary, life.others[0])
            told = await life.shop.sync()
            check_out(life, told.receipt)
            assert (told.receipt.updated, told.receipt.suppressed, told.exit_code) == (1, 1, 0)

    run_virtual(scenario())


def test_not_even_a_half_done_scan_has_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await forgotten(life)
            await life.wait()
            await life.half_full_scan()
            assert any((life.state / "staging").rglob("*.json.zst"))
            assert found_in(life.state, life.dressing.texts) == {}
            told = await life.shop.sync(full=True)
            assert any("were there already" in note for note in told.notes)
            check_out(life, told.receipt)

    run_virtual(scenario())


def test_reconciling_finds_who_is_gone_though_counts_are_confused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await forgotten(life)
            await life.wait()
            life.shop.house.sandbox.merchant.delete(life.others[3])  # the server counts as many as the lake
            result = await life.shop.reconcile(accept_deletes=5)
            check_out(life, result.receipt)
            assert result.receipt.deleted == 1
            assert result.exit_code == 0
            assert any("everything was read instead" in note for note in result.synced.notes)

    run_virtual(scenario())


@pytest.mark.parametrize("by", [By.OID, By.MODIFIED])
def test_a_backfill_leaves_them_out_and_is_proven(tmp_path: Path, by: By) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await forgotten(life)
            await life.wait()
            backfill = ByHand(life.shop, pages=2, page_size=5)
            await backfill.begin(by, on_nothing=True)
            assert (await backfill.windows()).backfill is not None
            assert backfill.backfill.doubts == ()
            check_out(life, (await backfill.close()).receipt)

    run_virtual(scenario())


async def planned(life: Life, csv: str, mapping: str = INSERTING) -> PlanResult:
    folder = life.state / "plans" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    rules, source = life.shop.folder / "crm.toml", life.shop.folder / "crm.csv"
    rules.write_text(mapping, encoding="utf-8")
    source.write_text(csv, encoding="utf-8")
    with life.shop.database() as database:
        return await plan_push(
            life.shop.place(database),
            PlanWishes(
                source=source, sql=None, mapping=read_mapping(rules), base=None, limits=LIMITS, out=folder
            ),
        )


def test_no_push_is_about_them_nor_inserts_them_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await forgotten(life)
            await life.wait()
            texts = life.dressing.texts | {"qxcanary-v1@canary.example"}
            csv = "email,note\nQXcanary-v1@canary.example,hello\nnew@shop.example,hi\n"
            result = await planned(life, csv)
            assert result.plan.header.steps == {"insert": 1}
            [rejected] = result.plan.rejected()
            assert (rejected.row, rejected.key) == (1, "")
            assert "was forgotten" in rejected.problem
            assert found_in(life.state, texts) == {}
            result = await planned(life, f"oid,note\n{life.canary},hello\n", BY_OID)
            assert [one.key for one in result.plan.rejected()] == [""]

    run_virtual(scenario())


def test_a_plan_from_before_is_not_begun(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await life.shop.sync()
            result = await planned(life, "email,note\nqxcanary-v1@canary.example,hello\n")
            kept = tmp_path / "kept.plan"
            kept.write_bytes(result.plan.path.read_bytes())
            forget(life, life.canary)
            assert not result.plan.path.exists()
            with life.shop.database() as database, pytest.raises(Guarded, match="forgotten since"):
                await apply_push(life.shop.place(database), read_plan(kept), ApplyWishes())

    run_virtual(scenario())


def test_a_push_that_was_about_them_can_still_be_shown_and_undone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await life.shop.sync()
            push_id = await push(life)
            forget(life, life.absorbed)  # who was merged into the canary, and is one person with it
            assert life.canary not in oids_in(life)
            await life.wait()
            with life.shop.database() as database:
                place = life.shop.place(database)
                with place.pushes.read(push_id) as journal:
                    told = [line for entry in journal.steps() for line in step_lines(entry.step, None)]
                    assert push_report(journal).counts[StepState.LANDED] == 3
                result = await undo_push(
                    place, push_id, refresh=True, out=tmp_path, delete_inserted=False, limits=LIMITS
                )
            assert "Merge: a customer who was forgotten" in [line.label for line in told]
            assert {line.oid for line in told} == {None, life.others[1]}
            told_of = [f"{deed} of customer unknown" for deed in ("merge", "update")]
            assert sorted(one.what for one in result.impossible) == told_of
            assert found_in(life.state, life.dressing.texts) == {}

    run_virtual(scenario())


def test_who_comes_back_under_the_same_address_is_left_out_too_until_the_list_is_lifted(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await forgotten(life)
            await life.wait()
            merchant = life.shop.house.sandbox.merchant
            del life.dressing.marks[life.canary]
            merchant.delete(life.canary)
            back = merchant.insert({"email": "qxcanary-V1@canary.example", "business_notes": "qxback"})
            told = await life.shop.sync()
            assert told.receipt.suppressed == 1
            await life.wait()
            merchant.update(back, {"email": "qxother@canary.example"})  # by then they are known by oid
            for full in (False, True):
                told = await life.shop.sync(full=full)
                assert back not in oids_in(life)
                assert told.receipt.proof is Proof.PROVEN
                assert found_in(life.lake, ["qxback"]) == {}
            lake = life.shop.lake
            lake.suppress(lake.suppression().without([back, life.canary], ["qxcanary-v1@canary.example"]))
            await life.shop.sync(full=True)
            assert back in oids_in(life)

    run_virtual(scenario())


def test_nobody_is_read_while_the_list_is_damaged(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with canary_shop(tmp_path) as life:
            await forgotten(life)
            path = life.lake / "forgotten.json"
            data = path.read_bytes()
            before = life.shop.house.sandbox.counters.requests
            for spoilt in (b"", data[:-3], data.replace(b'"oids"', b'"oid5"'), data.replace(b"1", b"2", 1)):
                path.write_bytes(spoilt)
                with pytest.raises(StorageFailed, match="forgotten customers"):
                    await life.shop.sync(full=True)
            assert life.shop.house.sandbox.counters.requests == before

    run_virtual(scenario())
