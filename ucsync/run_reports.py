"""The wiring of run reports: what came of a run, as a page for those who were not there.

Owns where a report is written, and that nothing but a report is replaced by one. Never sends a request,
takes a lock, or changes what it tells of.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ucsync.app import VERSION, lake_of, merchants_of, system_clock
from ucsync.config import Config, MerchantConfig
from ucsync.dashboard import RUN_PAGE_MARK, run_page
from ucsync.flow import Ended, in_full
from ucsync.flow.fleet import without_words
from ucsync.flow.run_report import (
    Records,
    report_after,
    report_document,
    report_of_push,
    report_of_run,
    report_of_snapshot,
)
from ucsync.model import Misused, StorageFailed, UcsyncError
from ucsync.model.runs import Run, RunReport
from ucsync.plan import Lane
from ucsync.reports import ledger_of
from ucsync.store import DiskFiles
from ucsync.store.files import storage
from ucsync.store.looking import copy_of_database
from ucsync.store.pushes import Pushes

_NAME: Final = "report.html"


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report, and the file that it was written to."""

    report: RunReport
    path: Path

    @property
    def exit_code(self) -> int:
        """0: it is written, whatever it tells of."""
        return 0

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        return {**report_document(self.report), "file": str(self.path), "exit_code": self.exit_code}


def make_report(
    config: Config,
    name: str,
    *,
    run: int | None = None,
    snapshot: str | None = None,
    push: str | None = None,
    out: Path | None = None,
) -> MadeReport:
    """Write the report of a merchant's run, snapshot or push; without a request or a lock.

    Args:
        run: its number; None, where nothing else is named either, for the newest.
        snapshot, push: the beginning of an id.
        out: the file to write, or a folder for it; None for `report.html` beside the lake's snapshots.

    Raises:
        Misused: several are asked for, there is none such, or something else stands where the file would.
        StorageFailed: the lake or a journal is damaged, or the disk refuses; what was there stands.
    """
    merchant = config.merchant(name)
    if sum(one is not None for one in (run, snapshot, push)) > 1:
        raise Misused("a report is of one run, one snapshot or one push: name one of them")
    target = _target(merchant, out, several=False) if out else config.lake / merchant.name / _NAME
    with _records(config, merchant) as records:
        if push is not None:
            report = report_of_push(records, push)
        elif snapshot is not None:
            report = report_of_snapshot(records, snapshot)
        else:
            report = report_of_run(records, run)
    if out is None:
        with storage("making the folder of the lake"):
            DiskFiles().make_folder(target.parent)
    _write(target, report)
    return MadeReport(report, target)


class Reporter:
    """Writes a page of each run when it has ended, well or not.

    Args:
        config: of all merchants.
        names: of those whose runs these are; all when none is named.
        verb: as the list of runs has it.
        where: the file to write, or a folder for `<merchant>-report.html`; None to write nothing.

    Raises:
        Misused: several runs would go into one file, or something else stands where a page would.
    """

    def __init__(self, config: Config, names: Sequence[str], verb: str, where: Path | None) -> None:
        self._config = config
        self._verb = verb
        self._began = system_clock().now()
        merchants = [] if where is None else merchants_of(config, names)
        self._targets = {
            merchant.name: _target(merchant, where, several=len(merchants) > 1)
            for merchant in merchants
            if where is not None
        }
        for target in self._targets.values():
            _check(target)

    def tell(self, ended: Sequence[Ended[Any]]) -> list[UcsyncError]:
        """Write the pages; what kept one from being written, if anything did."""
        failures: list[UcsyncError] = []
        for one in ended:
            target = self._targets.get(one.merchant)
            if target is not None:
                try:
                    self._tell(one, target)
                except UcsyncError as failure:
                    failures.append(StorageFailed(f"{one.merchant}: no report: {in_full(failure)}"))
        return failures

    def _tell(self, ended: Ended[Any], target: Path) -> None:
        with _records(self._config, self._config.merchant(ended.merchant)) as records:
            runs = records.runs()
            since = [run for run in runs if run.started >= self._began and run.kind == self._verb]
            own = [run for run in since if run.exit_code == ended.exit_code]
            run = own[-1] if own else self._refused(ended)
            report = report_after(
                records, run, [one for one in runs if one.started < run.started],
                why=getattr(ended.result, "why", ""), notes=getattr(ended.result, "notes", ()),
            )  # fmt: skip
        _write(target, report)

    def _refused(self, ended: Ended[Any]) -> Run:
        """A run that came to nothing before it could be noted."""
        failure = ended.failure
        told = "" if failure is None else without_words(failure)
        mend = "" if failure is None or not failure.mend else f"; {failure.mend}"
        return Run(
            number=0, merchant=ended.merchant, kind=self._verb, started=self._began,
            ended=system_clock().now(), exit_code=ended.exit_code, requests=None, snapshot=None,
            result=f"{told}{mend}",
        )  # fmt: skip


@contextmanager
def _records(config: Config, merchant: MerchantConfig) -> Iterator[Records]:
    clock = system_clock()
    with copy_of_database(config.state) as (database, fault):
        ledger, _unknown = ledger_of(merchant, database, Lane.NIGHTLY)
        yield Records(
            merchant=merchant.name,
            version=VERSION,
            now=clock.now(),
            lake=lake_of(config, merchant),
            pushes=Pushes(DiskFiles(), config.state / "pushes" / merchant.name),
            staging=config.state / "staging" / merchant.name,
            database=database,
            ledger=ledger,
            notes=() if fault is None else (fault,),
        )


def _target(merchant: MerchantConfig, where: Path, *, several: bool) -> Path:
    if where.is_dir():
        return where / f"{merchant.name}-{_NAME}"
    if several:
        raise Misused(f"reports of several merchants need a folder; {where} is none")
    return where


def _check(target: Path) -> None:
    """Only a report of ours is replaced, and that is said before anything is spent."""
    with storage(f"looking at {target.name}"):
        if target.exists():
            with target.open("rb") as file:
                ours = file.read(len(RUN_PAGE_MARK)) == RUN_PAGE_MARK.encode()
            if not ours:
                raise Misused(f"{target} is there already, and is no report; give another name")
        elif not target.absolute().parent.is_dir():
            raise Misused(f"there is no folder {target.parent} to write {target.name} into")


def _write(target: Path, report: RunReport) -> None:
    """It is there whole or not at all, readable by its owner only; an older one is replaced."""
    _check(target)
    files, partial = DiskFiles(), target.with_name(f".{target.name}.partial")
    with storage(f"writing {target.name}"):
        files.remove(partial)
        try:
            with files.create(partial) as file:
                for piece in run_page(report):
                    files.write(file, piece.encode())
                files.sync(file)
            files.rename(partial, target)
        finally:
            files.remove(partial)
        files.sync_folder(target.absolute().parent)
