"""Forgetting people, in this order, with every other run kept out; whatever dies, it is run again and ends.

1. `forgotten.json`: they are on the list, and it says "unfinished". From here on nobody imports them.
2. `forgetting.json`: the work list. Who died before this has changed nothing; naming them again goes on.
3. Warehouses go, and what was exported: they are made anew from the lake. Archives and exports of accounts
   go where they are these people's.
4. Staged pages: each is replaced by one with stubs, in one step.
5. Journals: each is changed in one transaction of SQLite, and rewritten without what was deleted.
6. Plans go.
7. Snapshots, the current one first, so that what is published next is built on one without them: each is
   built anew beside, and takes the old one's place (`rewriting`). Readers see the old or the new one.
8. Search: everything is looked through for what they were known by.
9. `forgetting.json` goes, then `forgotten.json` says "finished".

Each step from 3 to 7 looks for what is left and does that, so it may be done any number of times: a death
in the middle of it leaves old and new files side by side, each whole, and the work list tells the next
`ucsync forget` to go through all of it again. Other runs may come in between: they import nobody (1), and
what they write of people who are still in older files, steps 3 to 7 find. What a death leaves in the lake
itself `Lake.recover` settles, in any run. A death between the two halves of 9 leaves nothing of anybody,
and a list that says "unfinished": the next `ucsync forget` finds nothing to do, and says "finished".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from ucsync.model import Receipt, StorageFailed
from ucsync.store.account_lake import remove_accounts, standing_accounts
from ucsync.store.files import Files, storage
from ucsync.store.forgetting.journals import (
    doubtful_steps,
    erase_journaled,
    merges_in,
    texts_journaled,
)
from ucsync.store.forgetting.pages import erase_staged, texts_staged
from ucsync.store.forgetting.people import People, Search, find_people
from ucsync.store.forgetting.plans import erase_planned, texts_planned
from ucsync.store.forgetting.searching import Found, search
from ucsync.store.forgetting.snapshots import SnapshotEraser, texts_aside
from ucsync.store.forgetting.worklist import drop_worklist, read_worklist, write_worklist
from ucsync.store.forgetting.written import TakenBack, standing_files, take_back
from ucsync.store.lake import Lake
from ucsync.store.lasting import damaged, remove_tree
from ucsync.store.pushes import Pushes
from ucsync.store.staging import Staging
from ucsync.store.written import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Everything that ucsync keeps of one merchant.

    Attributes:
        files: the file system.
        lake: with its snapshots.
        stagings: of scans, and of a backfill's windows.
        pushes: their journals.
        plans: the folder of plans.
        written: the register of what was written elsewhere.
        beside: other files and folders of the state that are searched.
        now: our clock.
        stop: asked between files; may raise.
    """

    files: Files
    lake: Lake
    stagings: Sequence[Staging]
    pushes: Pushes
    plans: Path
    written: Written
    beside: Sequence[Path]
    now: Callable[[], datetime]
    stop: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What there is of people, before anything is done.

    Attributes:
        snapshots: that have anything of them.
        damaged: snapshots that nobody can take them out of.
        doubtful: steps of pushes of which nobody knows what came of them, and never will.
        warehouses: names of files.
        written: places of files that go.
        accounts: exports of their accounts in the lake, by name.
    """

    snapshots: int
    damaged: tuple[str, ...]
    doubtful: int
    warehouses: tuple[str, ...]
    written: tuple[str, ...]
    accounts: tuple[str, ...]


@dataclass(slots=True)
class Erased:
    """What was done.

    Attributes:
        snapshots, rows, lines: snapshots that were rewritten, versions of customers and rows of quarantine
            that are gone.
        pages: of half-done scans, in which only stubs are left.
        steps: of pushes that were blanked.
        plans: names of those removed.
        warehouses: names of those removed.
        written: what was exported.
        accounts: names of the exports of their accounts that left the lake.
        damaged: snapshots that could not be rewritten, with the reason.
    """

    snapshots: int = 0
    rows: int = 0
    lines: int = 0
    pages: int = 0
    steps: int = 0
    plans: list[str] = field(default_factory=list)
    warehouses: list[str] = field(default_factory=list)
    written: TakenBack = field(default_factory=lambda: TakenBack((), ()))
    accounts: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def look_for(grounds: Grounds, oids: Iterable[int], emails: Iterable[str]) -> Search:
    """Find people and all that they are known by; nothing is changed but what recovery sets right.

    Raises:
        StorageFailed: something cannot be read.
    """
    receipts = grounds.lake.receipts()
    found = find_people(grounds.lake, receipts, oids, emails, merges_in(grounds.pushes))
    people = found.people
    texts = chain(
        texts_aside(grounds.lake, receipts, people),
        texts_journaled(grounds.pushes, people),
        texts_planned(grounds.plans, people),
        *(texts_staged(staging, people) for staging in grounds.stagings),
    )
    return replace(found, people=people.with_values(texts))


def what_there_is(grounds: Grounds, people: People) -> Standing:
    """What `erase` would find. Raises StorageFailed."""
    eraser = _eraser(grounds, people)
    touched, bad = 0, [f"{one}: its receipt is damaged" for one in grounds.lake.damaged_ids()]
    for receipt in grounds.lake.receipts():
        grounds.stop()
        try:
            touched += eraser.touches(receipt)
        except StorageFailed as failure:
            bad.append(f"{receipt.snapshot}: {failure}")
    return Standing(
        snapshots=touched,
        damaged=tuple(bad),
        doubtful=doubtful_steps(grounds.pushes, people),
        warehouses=tuple(path.name for path in _warehouses(grounds)),
        written=tuple(entry.place for entry in standing_files(grounds.written, people)),
        accounts=tuple(standing_accounts(grounds.lake.folder, people.oids)),
    )


def intend(grounds: Grounds, people: People) -> People:
    """Steps 1 and 2: from here on nobody imports them, and the next one knows what is to be done.

    Returns:
        They, and those whom an earlier run has left.

    Raises:
        StorageFailed: the disk refuses.
    """
    before = read_worklist(grounds.lake.folder)
    every = people if before is None else people.joined(before)
    told = grounds.lake.suppression().with_people(every.oids, every.emails, grounds.now())
    grounds.lake.suppress(replace(told, unfinished=True))
    write_worklist(grounds.files, grounds.lake.folder, every)
    return every


def erase(grounds: Grounds, people: People) -> Erased:
    """Steps 3 to 7.

    Raises:
        Busy: an export of an account is being published; run it again.
        StorageFailed: the disk refuses, or something that is theirs is there still; likewise.
        Stopped: asked to; likewise.
    """
    done = Erased()
    done.warehouses = _remove_warehouses(grounds)
    done.written = take_back(grounds.files, grounds.written, people)
    done.accounts = remove_accounts(grounds.files, grounds.lake.folder, people.oids)
    for staging in grounds.stagings:
        done.pages += erase_staged(staging, people)
    current = grounds.lake.current()
    snapshot = current.snapshot if current else ""
    done.steps = erase_journaled(grounds.pushes, people, snapshot, grounds.now())
    done.plans = erase_planned(grounds.files, grounds.plans, people)
    _rewrite_snapshots(grounds, people, current, done)
    _check_gone(grounds, people)
    return done


def finish(grounds: Grounds, people: People, done: Erased) -> Found:
    """Steps 8 and 9; but for damaged snapshots, of which somebody has to decide first.

    Raises:
        StorageFailed: a file cannot be read.
    """
    found = search([grounds.lake.folder, *grounds.beside], people, grounds.stop)
    if not done.damaged:
        drop_worklist(grounds.files, grounds.lake.folder)
        grounds.lake.suppress(replace(grounds.lake.suppression(), unfinished=False))
    return found


def _eraser(grounds: Grounds, people: People) -> SnapshotEraser:
    return SnapshotEraser(grounds.files, grounds.lake, people, grounds.now)


def _rewrite_snapshots(grounds: Grounds, people: People, current: Receipt | None, done: Erased) -> None:
    receipts = grounds.lake.receipts()
    eraser = _eraser(grounds, people)
    eraser.know(receipts)
    first = current.snapshot if current else ""
    done.damaged += [f"{one}: its receipt is damaged" for one in grounds.lake.damaged_ids()]
    newest_first = [one for one in reversed(receipts) if one.snapshot != first]
    for receipt in [*(one for one in receipts if one.snapshot == first), *newest_first]:
        grounds.stop()
        try:
            if eraser.touches(receipt):
                eraser.rewrite(receipt)
                done.snapshots += 1
        except StorageFailed as failure:
            if not failure.mend:  # the disk, and no damage
                raise
            done.damaged.append(f"{receipt.snapshot}: {failure}")
    done.rows, done.lines = eraser.rows, eraser.lines
    grounds.lake.recover()


def _check_gone(grounds: Grounds, people: People) -> None:
    """Whether nothing is about them any more; a bug of ours, else."""
    standing = what_there_is(grounds, people)
    again = sum(erase_staged(staging, people) for staging in grounds.stagings)
    if standing.snapshots or standing.accounts or again:
        raise damaged("something of the forgotten is there still", "run it again, and report it")


def _warehouses(grounds: Grounds) -> list[Path]:
    """Whatever of warehouses is in the lake, also what is being built."""
    folder = grounds.lake.folder
    with storage("looking for warehouses"):
        found = [*folder.glob("warehouse*.duckdb*"), *folder.glob(".warehouse*")]
    return sorted(found)


def _remove_warehouses(grounds: Grounds) -> list[str]:
    names = []
    with storage("removing warehouses"):
        for path in _warehouses(grounds):
            remove_tree(grounds.files, path)
            names.append(path.name)
        if names:
            grounds.files.sync_folder(grounds.lake.folder)
    return names
