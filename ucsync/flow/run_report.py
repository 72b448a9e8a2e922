"""What one run, snapshot or push has come to: gathered without a request, a lock or a write."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ucsync.flow.ledger import Ledger
from ucsync.flow.push.push_figures import push_figures
from ucsync.flow.snapshots import receipt_document, receipt_of
from ucsync.flow.status import brief_document, run_document
from ucsync.model import Misused, QuotaUse, Receipt, ScanKind
from ucsync.model.runs import PushFigures, Run, RunReport
from ucsync.store import Database, Lake, last_runs
from ucsync.store.looking import half_done
from ucsync.store.merges import MERGES
from ucsync.store.pushes import Pushes
from ucsync.store.quarantine import reasons_aside

#: So many scans and runs before it are shown beside one.
EARLIER: Final = 14

#: The list of runs is looked through so far back.
_RUNS_MAX: Final = 100_000
_SCANS: Final = (ScanKind.FULL, ScanKind.INCREMENTAL, ScanKind.RECONCILE)
_BACKFILL: Final = "backfill"
#: Runs that send what a plan shows.
_SENDING: Final = ("push apply", "push retry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What can be told from, for one merchant.

    Attributes:
        merchant: its name.
        version: of ucsync.
        now: our clock.
        lake, pushes: its own.
        staging: the folder of its staged scans.
        database: a copy of the state, None when there is none.
        ledger: the quota of its application, None when that cannot be told.
        notes: what is wrong with them, one line each.
    """

    merchant: str
    version: str
    now: datetime
    lake: Lake
    pushes: Pushes
    staging: Path
    database: Database | None
    ledger: Ledger | None
    notes: tuple[str, ...]

    def runs(self) -> list[Run]:
        """Newest first. Raises StorageFailed."""
        return [] if self.database is None else last_runs(self.database, self.merchant, _RUNS_MAX)


def report_of_run(records: Records, number: int | None) -> RunReport:
    """What a run has come to.

    Args:
        records: to tell from.
        number: of the run; None for the newest one, or where there is no list of runs any more for the
            newest snapshot.

    Raises:
        Misused: there is no such run, or nothing at all yet.
        StorageFailed: the lake or a journal is damaged, or cannot be read.
    """
    runs = records.runs()
    if number is None and not runs:
        return report_of_snapshot(records, None)
    found = [place for place, run in enumerate(runs) if number in (None, run.number)]
    if not found:
        newest = f"the newest is {runs[0].number}" if runs else "there is none"
        raise Misused(f"{records.merchant}: no run of the number {number}; {newest}")
    run, before = runs[found[0]], runs[found[0] + 1 :]
    return report_after(records, run, before, next_at=runs[found[0] - 1].started if found[0] else None)


def report_after(
    records: Records,
    run: Run,
    before: Sequence[Run],
    *,
    next_at: datetime | None = None,
    why: str = "",
    notes: Sequence[str] = (),
) -> RunReport:
    """What a run has come to that is known already.

    Args:
        records: to tell from.
        run: which.
        before: the runs before it, newest first.
        next_at: when the one after it began, None for none.
        why, notes: that it has told, and nobody has kept.

    Raises:
        StorageFailed: the lake or a journal is damaged, or cannot be read.
    """
    until = run.ended or next_at or records.now
    receipts = records.lake.receipts()
    own = [one for one in receipts if run.started <= one.finished_at <= until and _may_be(run.kind, one)]
    stood = [one for one in receipts if one.finished_at <= until]
    named = [one for one in receipts if one.snapshot == run.snapshot]
    if run.snapshot and not named:
        notes = (*notes, f"the receipt of snapshot {run.snapshot} is not there, or damaged")
    told = next((found[-1] for found in (own, named, stood) if found), None)
    return _report(
        records, receipts, told, own,
        run=run, since=run.started, before=before, is_over=run.ended is not None or next_at is not None,
        push=_push_of(records, run, until, [run, *before]), why=why, notes=tuple(notes),
    )  # fmt: skip


def report_of_snapshot(records: Records, wanted: str | None) -> RunReport:
    """How a snapshot came to be.

    Args:
        records: to tell from.
        wanted: the beginning of its id, None for the current one.

    Raises:
        Misused: there is none of that beginning, or several.
        StorageFailed: its receipt, or the lake, is damaged.
    """
    told, receipts = receipt_of(records.merchant, records.lake, wanted), records.lake.receipts()
    runs = records.runs()
    before = [run for run in runs if run.started < told.finished_at]
    return _report(
        records, receipts, told, [told],
        run=None, since=told.finished_at, before=before, is_over=True, push=None,
    )  # fmt: skip


def report_of_push(records: Records, wanted: str) -> RunReport:
    """How a push stands.

    Args:
        records: to tell from.
        wanted: the beginning of its id.

    Raises:
        Misused: there is none of that beginning, or several.
        StorageFailed: its journal is damaged.
    """
    found = [one for one in records.pushes.ids() if one.startswith(wanted)]
    if len(found) != 1 and wanted not in found:
        many = f"{len(found)} pushes begin" if found else "no push begins"
        raise Misused(f"{records.merchant}: {many} with that; `ucsync push status` lists them")
    push = wanted if wanted in found else found[0]
    receipts, runs = records.lake.receipts(), records.runs()
    figures = _figures(records, push, runs)
    own = [one for one in receipts if one.snapshot in figures.snapshots]
    return _report(
        records, receipts, own[-1] if own else None, own,
        run=None, since=figures.begun_at, before=[run for run in runs if run.started < figures.begun_at],
        is_over=True, push=figures,
    )  # fmt: skip


def quota_use(ledger: Ledger | None) -> tuple[QuotaUse, ...] | None:
    """What is used of each limit, None when it cannot be told."""
    if ledger is None:
        return None
    return tuple(
        QuotaUse(requests=one.limit.requests, seconds=one.limit.seconds, used=one.used)
        for one in ledger.spent()
    )


def report_document(report: RunReport) -> dict[str, Any]:
    """All of it as one JSON object."""
    told, push = report.told, report.push
    return {
        "merchant": report.merchant,
        "made_at": report.made_at.isoformat(),
        "run": None if report.run is None else run_document(report.run),
        "over": report.is_over,
        "ended_with": report.exit_code,
        "why": report.why,
        "notes": list(report.notes),
        "doubts": list(report.doubts),
        "snapshot": None if told is None else _receipt_document(told),
        "published": [one.snapshot for one in report.published],
        "aside": dict(report.aside),
        "merged": report.merged,
        "kept_pages": report.kept_pages,
        "earlier": [brief_document(one) for one in report.earlier],
        "runs": [run_document(one) for one in report.runs],
        "quota": None if report.quota is None else [asdict(limit) for limit in report.quota],
        "push": None if push is None else _push_document(push),
    }


def _receipt_document(told: Receipt) -> dict[str, Any]:
    whole = receipt_document(told)
    return {name: held for name, held in whole.items() if name not in ("files", "aside")}


def _push_document(push: PushFigures) -> dict[str, Any]:
    window = dict(zip(("median", "largest"), push.window_s or (None, None), strict=True))
    instants = {"planned_at": push.planned_at.isoformat(), "begun_at": push.begun_at.isoformat()}
    return {**asdict(push), **instants, "window_s": window}


def _report(
    records: Records,
    receipts: Sequence[Receipt],
    told: Receipt | None,
    published: Sequence[Receipt],
    *,
    run: Run | None,
    since: datetime,
    before: Sequence[Run],
    is_over: bool,
    push: PushFigures | None,
    why: str = "",
    notes: tuple[str, ...] = (),
) -> RunReport:
    known = {one.snapshot for one in published}
    earlier = (one for one in reversed(receipts) if one.finished_at <= since and one.snapshot not in known)
    held = half_done(records.staging)
    return RunReport(
        merchant=records.merchant,
        version=records.version,
        made_at=records.now,
        run=run,
        is_over=is_over,
        why=why,
        notes=(*records.notes, *notes),
        told=told,
        published=tuple(published),
        earlier=tuple(islice((one for one in earlier if one.kind in _SCANS), EARLIER)),
        runs=tuple(before[:EARLIER]),
        aside={} if told is None else reasons_aside(records.lake.path_of(told.snapshot)),
        merged=0 if told is None else sum(one.rows for one in told.files if one.path == MERGES),
        kept_pages=0 if held is None else held.pages,
        quota=quota_use(records.ledger),
        push=push,
    )


def _may_be(kind: str, receipt: Receipt) -> bool:
    """Whether a run of this kind can have published it: nightly runs and pushes come between a backfill's
    windows."""
    return (receipt.kind is ScanKind.WINDOW) is (kind == _BACKFILL)


def _push_of(records: Records, run: Run, until: datetime, runs: Iterable[Run]) -> PushFigures | None:
    """The push that a run has worked on, None for none."""
    if run.kind not in _SENDING:
        return None
    for push in reversed(records.pushes.ids()):
        if records.pushes.was_worked_on(push, run.started, until):
            return _figures(records, push, runs)
    return None


def _figures(records: Records, push: str, runs: Iterable[Run]) -> PushFigures:
    with records.pushes.read(push) as journal:
        sent = [
            run.requests
            for run in runs
            if run.kind in _SENDING and run.ended is not None and run.requests is not None
            and run.ended >= journal.begun_at and records.pushes.was_worked_on(push, run.started, run.ended)
        ]  # fmt: skip
        return push_figures(journal, sum(sent) if sent else None)
