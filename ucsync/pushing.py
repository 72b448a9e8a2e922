"""The wiring of pushes, for scripts and for the command line: one method a command.

Owns the choice of what a plan is made from, and where plans and pushes are found by their names. Never
decides what is sent, prints or parses.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from ucsync.app import merchants_of, read_config, run_until_stopped, workplace
from ucsync.config import MerchantConfig
from ucsync.config.mapping import default_mapping, read_mapping
from ucsync.flow import Errand, Result, Stop, Watcher, Workplace, run_side_by_side
from ucsync.flow.push.applying import ApplyWishes, apply_push, continue_push
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.flow.push.push_reports import PushList, push_list
from ucsync.flow.push.push_result import PushResult
from ucsync.flow.push.undoing import UndoResult, undo_push
from ucsync.model.pushes import Limits
from ucsync.plan import Lane, OnQuota
from ucsync.sheets import Sheet, Shelf, sheet_of_plan, sheet_of_push

R = TypeVar("R", bound=Result)


def silent(merchant: str) -> Watcher:
    """A watcher that keeps to itself."""
    return Watcher()


class Pusher:
    """CRM changes into UltraCart: planned, applied, looked at, undone.

    Each method does what the command of its name does, in an event loop of its own. Ctrl-C and SIGTERM
    let the request under way finish. What goes wrong is raised as a `UcsyncError` with its `exit_code`.

        pusher = Pusher(merchant="shop")
        plan = pusher.plan(Path("changes.csv"), mapping=Path("hubspot.toml"))
        if not plan.exit_code:
            result = pusher.apply(plan.plan.path)

    Args:
        config: the file; else `./ucsync.toml`, else where UCSYNC_CONFIG points.
        merchant: its name in the configuration; not needed where there is one, nor where a plan or a
            push is named, which know whose they are.
        on_quota: "wait" or "stop" when the quota is spent; else as configured.
        watch: gives the watcher of a merchant's name.

    Raises:
        ConfigurationInvalid: the configuration cannot be used, or has no such merchant.
    """

    def __init__(
        self,
        config: Path | None = None,
        merchant: str | None = None,
        *,
        on_quota: OnQuota | None = None,
        watch: Callable[[str], Watcher] = silent,
    ) -> None:
        self._config = read_config(config)
        self._merchant = None if merchant is None else self._config.merchant(merchant).name
        self._shelf = Shelf(self._config, self._merchant)
        self._on_quota = on_quota
        self._watch = watch

    def plan(
        self,
        changes: Path,
        *,
        mapping: Path | None = None,
        sql: str | None = None,
        base: str | None = None,
        refresh: bool = True,
        out: Path | None = None,
        accept_changes: int | None = None,
        accept_cleared: int | None = None,
        accept_deletes: int | None = None,
    ) -> PlanResult:
        """What a change set comes to, frozen in a file; nothing is changed at the server.

        Args:
            changes: CSV, TSV, Parquet, NDJSON or a DuckDB database.
            mapping: says which column is which field; without it, columns are named as fields.
            sql: what to select; a file that is no database is there as the view `changes`.
            base: the beginning of the id of the snapshot that the CRM had exported from, if it is known.
            refresh: bring the lake up to date first; these are the only requests.
            out: the file to write, or a folder for it; else beside the state.
            accept_changes, accept_cleared, accept_deletes: so many customers may change, fields become
                empty, customers be deleted, where the configuration permits fewer.

        Raises:
            InputUnusable: the change set cannot be used as a whole.
            ConfigurationInvalid: the mapping cannot; every fault in it.
            Misused: `sync` has to come first, or there is no such snapshot.
        """
        merchant = self._config.merchant(self._merchant)
        wishes = PlanWishes(
            source=changes,
            sql=sql,
            mapping=default_mapping if mapping is None else read_mapping(mapping),
            base=base,
            refresh=refresh,
            limits=_widened(merchant.push.limits, accept_changes, accept_cleared, accept_deletes),
            out=out or self._shelf.folder(merchant),
        )
        result = self._run(merchant, "push plan", lambda place: plan_push(place, wishes))
        self._shelf.note(result.plan, result.rejects)
        return result

    def apply(
        self,
        plan: Path | str,
        *,
        confirm: str | None = None,
        confirm_merges: str | None = None,
        confirm_deletes: str | None = None,
        read_first: bool = False,
    ) -> PushResult:
        """Send what a plan shows; what was begun is gone on with, and nothing is sent twice.

        Args:
            plan: its file, or the beginning of its id.
            confirm, confirm_merges, confirm_deletes: for merges and deletions, as the plan says.
            read_first: read each customer just before it is written: two requests instead of one, and a
                shorter time in which somebody else's edit could be overwritten.

        Raises:
            InputUnusable: the plan was edited, is torn, or has expired.
            Guarded: a guard stops it, or a confirmation is missing; nothing was sent.
        """
        wishes = ApplyWishes(
            confirm=confirm, confirm_merges=confirm_merges, confirm_deletes=confirm_deletes,
            read_first=read_first,
        )  # fmt: skip
        named = self._shelf.find(plan)

        async def work(place: Workplace) -> PushResult:
            if named.plan is None:
                return await continue_push(place, named.id, wishes)
            return await apply_push(place, named.plan, wishes)

        return self._run(named.merchant, "push apply", work)

    def retry(
        self,
        run: str,
        *,
        confirm: str | None = None,
        confirm_merges: str | None = None,
        confirm_deletes: str | None = None,
        read_first: bool = False,
    ) -> PushResult:
        """Send again what failed for a passing reason; what was refused for good is only reported.

        Args:
            run: the beginning of a push's id.
            confirm, confirm_merges, confirm_deletes, read_first: as with `apply`.
        """
        named = self._shelf.find_push(run)
        wishes = ApplyWishes(
            confirm=confirm, confirm_merges=confirm_merges, confirm_deletes=confirm_deletes,
            read_first=read_first, retry=True,
        )  # fmt: skip
        return self._run(named.merchant, "push retry", lambda place: continue_push(place, named.id, wishes))

    def undo(
        self,
        run: str,
        *,
        refresh: bool = True,
        out: Path | None = None,
        delete_inserted: bool = False,
        accept_changes: int | None = None,
        accept_cleared: int | None = None,
        accept_deletes: int | None = None,
    ) -> UndoResult:
        """A plan that takes a push back, where nobody has edited since; `apply` it like any other.

        Args:
            run: the beginning of the push's id.
            delete_inserted: delete again whom the push has inserted.
            refresh, out, accept_changes, accept_cleared, accept_deletes: as with `plan`.
        """
        named = self._shelf.find_push(run)
        limits = _widened(named.merchant.push.limits, accept_changes, accept_cleared, accept_deletes)
        target = out or self._shelf.folder(named.merchant)

        async def work(place: Workplace) -> UndoResult:
            return await undo_push(
                place, named.id, refresh=refresh, out=target, delete_inserted=delete_inserted, limits=limits
            )

        result = self._run(named.merchant, "push undo", work)
        self._shelf.note(result.planned.plan, result.planned.rejects)
        if result.rebuild is not None:
            self._shelf.note(result.rebuild, None)
        return result

    def status(self, merchants: Sequence[str] = ()) -> list[PushList]:
        """The pushes of the merchants of these names, all when none is named; no request, no lock."""
        names = merchants or ([self._merchant] if self._merchant else [])
        found = merchants_of(self._config, names)
        return [push_list(merchant.name, self._shelf.pushes(merchant)) for merchant in found]

    def merchant_of(self, word: Path | str) -> str:
        """Whose a plan or a push is.

        Args:
            word: the file of a plan, or the beginning of an id.

        Raises:
            InputUnusable, Misused: as `show`.
        """
        return self._shelf.find(word).merchant.name

    @contextmanager
    def show(self, word: Path | str) -> Iterator[Sheet]:
        """A plan or a push, to be looked at while the context lasts; no request, no lock.

        Args:
            word: the file of a plan, or the beginning of an id.

        Raises:
            InputUnusable: the plan was edited, is torn, or of another version.
            Misused: there is none that begins so, or there are several.
        """
        named = self._shelf.find(word)
        if named.plan is not None and not named.begun:
            yield sheet_of_plan(named.plan, self._shelf.written(named.merchant.name))
            return
        with self._shelf.pushes(named.merchant).read(named.id) as journal:
            yield sheet_of_push(journal, named.plan, self._shelf.written(named.merchant.name))

    def _run(self, merchant: MerchantConfig, verb: str, work: Callable[[Workplace], Awaitable[R]]) -> R:
        """One errand, noted in the list of runs."""

        async def main(stop: Stop) -> R:
            opened = partial(
                workplace, self._config, merchant,
                lane=Lane.PUSH, on_quota=self._on_quota, stop=stop, watcher=self._watch(merchant.name),
            )  # fmt: skip
            [ended] = await run_side_by_side([Errand(merchant.name, merchant.name, verb, opened, work)])
            if ended.result is None:
                raise ended.failure or AssertionError("an errand ends with a result or with a failure")
            return ended.result

        return run_until_stopped(main)


def _widened(limits: Limits, changes: int | None, cleared: int | None, deletes: int | None) -> Limits:
    """What a person accepts beyond what the configuration permits. Who names a number of customers does not
    want a share asked for: of an empty lake there is none."""
    if changes is not None and changes >= limits.customers_max:
        limits = replace(limits, customers_max=changes, percent_max=0)
    return replace(
        limits,
        cleared_max=max(limits.cleared_max, cleared or 0),
        deletes_max=max(limits.deletes_max, deletes or 0),
    )
