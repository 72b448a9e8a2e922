"""The wiring of what is looked at: plans and pushes found by their names, shown as pages and tables.

Owns where plans are kept and how a person names one. Never sends a request, takes a lock, or changes a
plan or a push.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ucsync.app import merchants_of, system_clock, written_of
from ucsync.config import Config, MerchantConfig
from ucsync.dashboard import plan_csv, plan_page
from ucsync.dashboard.lines import Line, States, queued_line, step_lines
from ucsync.flow.push.push_reports import PushReport, outcomes, push_report
from ucsync.model import Misused, Tier
from ucsync.model.pushes import PlanHeader, Queued, Rejected, Step
from ucsync.store import DiskFiles
from ucsync.store.files import storage
from ucsync.store.journal import Journal
from ucsync.store.plan_files import PlanFile, read_plan
from ucsync.store.pushes import Pushes
from ucsync.store.written import Deed, Written, Wrote

#: How the name of a plan's file ends, unless its maker has named it.
PLAN: Final = ".plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A plan, or a push that it has become, as people look at it.

    Attributes:
        id: of either.
        header: of the plan.
        digest: of the plan's file, in hex.
        path: of the plan's file; None when it is not where plans are kept.
        report: of a push, None for a plan.
        states: what became of the steps, by number; None for a plan.
        steps: gives them anew at each call.
        queued, rejected: likewise.
        written: where its pages and tables are registered.
    """

    id: str
    header: PlanHeader
    digest: str
    path: Path | None
    report: PushReport | None
    states: States | None
    steps: Callable[[], Iterable[Step]]
    queued: Callable[[], Iterable[Queued]]
    rejected: Callable[[], Iterable[Rejected]]
    written: Written

    def lines(self) -> Iterator[Line]:
        """Each change and each deed, before and after; then what is held back. Personal data."""
        for step in self.steps():
            yield from step_lines(step, self.states)
        yield from map(queued_line, self.queued())

    def write_page(self, target: Path) -> None:
        """As a page for a browser, in a new file that only its owner can read; see `plan_page`."""
        page = plan_page(
            self.header, self.id, self.steps(), self.queued(), self.rejected(), states=self.states
        )
        self._write(target, Wrote.PLAN_PAGE, page)

    def write_table(self, target: Path) -> None:
        """As CSV, likewise; see `plan_csv`."""
        table = plan_csv(self.steps(), self.queued(), self.rejected(), self.states)
        self._write(target, Wrote.PLAN_TABLE, table)

    def _write(self, target: Path, what: Wrote, pieces: Iterable[str]) -> None:
        check_free(target)
        encoded = (piece.encode() for piece in pieces)
        self.written.write(target, _deed(what, self.id), encoded, replace=False)


@dataclass(frozen=True, slots=True)
class Named:
    """What a person has named: a plan, begun or not.

    Attributes:
        merchant: whose.
        id: of the plan, and of the push once it is begun.
        plan: the file, None when only the push is left.
        begun: whether there is a push.
    """

    merchant: MerchantConfig
    id: str
    plan: PlanFile | None
    begun: bool


class Shelf:
    """Where plans and pushes are found.

    Args:
        config: of all merchants.
        merchant: look at this one's only; None for all.
    """

    def __init__(self, config: Config, merchant: str | None) -> None:
        self._config = config
        self._merchants = merchants_of(config, [merchant] if merchant else [])

    def folder(self, merchant: MerchantConfig) -> Path:
        """Where a merchant's plans are kept; made when it is not there."""
        folder = self._config.state / "plans" / merchant.name
        with storage("making the folder of plans"):
            DiskFiles().make_folder(folder)
        return folder

    def pushes(self, merchant: MerchantConfig) -> Pushes:
        """A merchant's."""
        return Pushes(DiskFiles(), self._config.state / "pushes" / merchant.name)

    def written(self, merchant: str) -> Written:
        """The register of what was written for a merchant."""
        return written_of(self._config, merchant)

    def note(self, plan: PlanFile, rejects: Path | None) -> None:
        """Register a plan, and the file of what it cannot send, unless they are where plans are kept."""
        kept = self._config.state / "plans" / plan.header.merchant
        for path in filter(None, (plan.path, rejects)):
            if path.parent.resolve() != kept.resolve():
                self.written(plan.header.merchant).note_file(path, _deed(Wrote.PLAN, plan.id))

    def find(self, word: Path | str) -> Named:
        """What a file, or the beginning of an id, stands for.

        Raises:
            InputUnusable: the file cannot be read, is torn, or was edited.
            ConfigurationInvalid: the plan is of a merchant that is not in the configuration.
            Misused: nothing begins so, or several do.
        """
        path = Path(word)
        if path.suffix == PLAN or path.exists():
            return self._of_file(path)
        found = {
            (merchant.name, one): merchant
            for merchant in self._merchants
            for one in (*self.pushes(merchant).ids(), *self._plans(merchant))
            if one.startswith(str(word))
        }
        if len(found) != 1:
            many = f"{len(found)} plans or pushes begin" if found else "no plan or push begins"
            raise Misused(
                f"{many} with that; `ucsync push status` lists the pushes, a plan may be named by its file"
            )
        [((_, wanted), merchant)] = found.items()
        kept = self.folder(merchant) / f"{wanted}{PLAN}"
        plan = read_plan(kept) if kept.exists() else None
        return Named(merchant, wanted, plan, wanted in self.pushes(merchant).ids())

    def find_push(self, word: str) -> Named:
        """The same, where it must have been begun.

        Raises:
            Misused: besides, it is a plan that was not begun yet.
        """
        named = self.find(word)
        if not named.begun:
            raise Misused(f"plan {named.id} was not begun yet; `ucsync push apply {named.id}` begins it")
        return named

    def _of_file(self, path: Path) -> Named:
        plan = read_plan(path)
        merchant = self._config.merchant(plan.header.merchant)
        return Named(merchant, plan.id, plan, plan.id in self.pushes(merchant).ids())

    def _plans(self, merchant: MerchantConfig) -> Iterator[str]:
        folder = self._config.state / "plans" / merchant.name
        return (path.name.removesuffix(PLAN) for path in folder.glob(f"*{PLAN}"))


def sheet_of_plan(plan: PlanFile, written: Written) -> Sheet:
    """A plan that is not begun."""
    return Sheet(
        id=plan.id, header=plan.header, digest=plan.digest, path=plan.path, report=None, states=None,
        steps=plan.steps, queued=plan.queued, rejected=plan.rejected, written=written,
    )  # fmt: skip


def sheet_of_push(journal: Journal, plan: PlanFile | None, written: Written) -> Sheet:
    """A push, for as long as its journal is open; steps that want care come first.

    What the plan held back or rejected is known only while its file is there.
    """
    return Sheet(
        id=journal.id,
        header=journal.header,
        digest=journal.digest,
        path=None if plan is None else plan.path,
        report=push_report(journal),
        states=outcomes(journal)[1],
        steps=lambda: outcomes(journal)[0],
        queued=lambda: () if plan is None else plan.queued(),
        rejected=lambda: () if plan is None else plan.rejected(),
        written=written,
    )


def check_free(*targets: Path | None) -> None:
    """Nothing is overwritten, and that is said before anything is spent.

    Raises:
        Misused: there is such a file, or no folder for it.
    """
    for target in targets:
        if target is not None and target.exists():
            raise Misused(f"{target} is there already, and is left as it is; give another name")
        if target is not None and not target.absolute().parent.is_dir():
            raise Misused(f"there is no folder {target.parent} to write {target.name} into")


def _deed(what: Wrote, of: str) -> Deed:
    """Told in the register of a plan, or of what shows it: values as the customers gave them."""
    return Deed(what=what, of=of, tier=Tier.HIGH, at=system_clock().now())
