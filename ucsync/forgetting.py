"""The wiring of forgetting: what there is of a merchant, and who is kept out meanwhile.

Owns the locks, the confirmation, and what is made anew afterwards. Never decides who somebody is, prints or
parses.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from ucsync.accounts import accounts_kept_out
from ucsync.app import application_now, exports_held, run_until_stopped, written_of
from ucsync.config import Config, MerchantConfig
from ucsync.flow import Stop, in_full
from ucsync.flow.fleet import RunNote, noted
from ucsync.model import ConfigurationInvalid, Guarded, Misused, Tier, UcsyncError
from ucsync.store import Lake, Staging, hold
from ucsync.store.forgetting import (
    Erased,
    Found,
    Grounds,
    People,
    Search,
    Standing,
    erase,
    finish,
    intend,
    look_for,
    on_the_list,
    read_worklist,
    what_there_is,
)
from ucsync.store.pushes import Pushes
from ucsync.store.warehouse import About, about_warehouse, warehouse_path
from ucsync.warehousing import LOCK, build_warehouse
from ucsync.world import SYSTEM, World, state_of, turns_of

#: What no program on this machine can reach.
BEYOND: Final = (
    "UltraCart itself: the customer is there until somebody deletes them in its back office",
    "the state of other machines, where several share this lake",
    "backups and copies of the lake and the state: after one is restored, run `ucsync forget --again`",
    "files that people have copied, moved or changed, and tools that have read them",
    "plans, change sets and exports of a CRM that lie outside of the lake and the state",
    "blocks of the disk that files had before, until something else is written there",
)
_SHORT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetWishes:
    """What is asked for.

    Attributes:
        oids: customers to forget.
        emails: addresses of customers to forget.
        again: forget once more who is on the list, and is there all the same.
        confirm: the digits that a run without them has told.
        dry_run: only tell.
    """

    oids: tuple[int, ...] = ()
    emails: tuple[str, ...] = field(default=(), repr=False)
    again: bool = False
    confirm: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetResult:
    """What it came to.

    Attributes:
        merchant: its name.
        found: who was found.
        standing: what there was of them.
        code: that confirms just these people.
        erased, proof: what was done, and what the search has found; None where nothing was done.
        rebuilt: warehouses that were made anew, by name.
        notes: what else a person should know, one line each.
    """

    merchant: str
    found: Search
    standing: Standing
    code: str
    erased: Erased | None = None
    proof: Found | None = None
    rebuilt: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def left(self) -> list[tuple[str, str]]:
        """Places that a person has to look at, with the reason."""
        taken = () if self.erased is None else self.erased.written.left
        found = () if self.proof is None else self.proof.left
        words = [(str(path), f"{count} of their texts" if count > 1 else "one of their texts")
                 for path, count in found]  # fmt: skip
        others = self.proof.shared_addresses if self.proof is not None else 0
        told = f"rows of others have {others} of their addresses; `ucsync sql` finds whose"
        return [*taken, *words, *([(self.merchant, told)] if others else [])]

    @property
    def exit_code(self) -> int:
        """74 when a snapshot is damaged and they may be in it, 3 when a person has to look, else 0."""
        damaged = self.standing.damaged if self.erased is None else self.erased.damaged
        if damaged:
            return 74
        return 3 if self.left else 0

    @property
    def requests(self) -> int:
        """None."""
        return 0

    @property
    def snapshot(self) -> str:
        """None: no new one."""
        return ""

    @property
    def line(self) -> str:
        """The outcome in one line, which names nobody."""
        count = len(self.found.people.oids)
        done = self.erased or Erased()
        return f"forgot {count} customer{'s' if count != 1 else ''}: {done.snapshots} snapshots rewritten"

    def document(self) -> dict[str, object]:
        """All of it as one JSON object, without anybody's data but oids."""
        told = self.found
        return {
            "merchant": self.merchant,
            "customers": sorted(told.people.oids),
            "merged": sorted(told.merged),
            "formerly": sorted(told.formerly),
            "versions": told.versions,
            "shared_addresses": told.shared,
            "confirm": self.code,
            "done": self.erased is not None,
            "would": None if self.erased is not None else _standing_document(self.standing),
            "erased": None if self.erased is None else _erased_document(self.erased),
            "proof": None if self.proof is None else _proof_document(self.proof),
            "rebuilt": list(self.rebuilt),
            "left": [{"place": place, "why": why} for place, why in self.left],
            "beyond": list(BEYOND),
            "notes": list(self.notes),
            "exit_code": self.exit_code,
        }


def forget(config: Config, name: str, wishes: ForgetWishes, world: World = SYSTEM) -> ForgetResult:
    """Forget people of a merchant, or tell what that would be; see `ucsync.store.forgetting`.

    Who was left half forgotten by an earlier run is forgotten with them.

    Raises:
        Misused: nobody is named, and nobody was left.
        Guarded: it is not confirmed; nothing was done.
        Busy: another run, an export, or a warehouse that is being built, is in the way; or the export of an
            account.
        StorageFailed: something cannot be read or written; run it again.
    """
    merchant = config.merchant(name)

    async def main(stop: Stop) -> ForgetResult:
        turns = turns_of(config, merchant, _application(merchant), world)
        async with turns.in_turn(stop):
            others = accounts_kept_out(config, name)
            with hold(config.lake / name, [LOCK]), exports_held(config, name), others:
                grounds = _grounds(config, merchant, world, stop)
                grounds.lake.recover()
                result = await asyncio.to_thread(_looked_for, grounds, name, wishes)
                if wishes.dry_run:
                    return result
                _check_confirmed(grounds, result, wishes)

                async def work() -> ForgetResult:
                    return await asyncio.to_thread(_done, grounds, result)

                note = RunNote(name, "forget", partial(state_of, config, world), world.clock)
                there = _warehouses(config, name)
                result = await noted(note, lambda: 0, work)
        return _rebuilt(config, result, there)

    return run_until_stopped(main)


def lift(config: Config, name: str, wishes: ForgetWishes, world: World = SYSTEM) -> int:
    """Take people off the list, so that they may be imported again; how many entries that were.

    Raises:
        Misused: nobody is named.
        Busy: a run is under way.
        StorageFailed: the list is damaged, or the disk refuses.
    """
    if not wishes.oids and not wishes.emails:
        raise Misused("name whom: OID or --email")
    with hold(config.lake / name, ["run"]):
        lake = Lake(world.files, config.lake / name)
        before = lake.suppression()
        after = before.without(wishes.oids, wishes.emails)
        if after != before:
            lake.suppress(after)
    return before.entries - after.entries


def _application(merchant: MerchantConfig) -> str:
    """Forgetting needs no key; where there is one, its runs are kept out."""
    try:
        return application_now(merchant)
    except ConfigurationInvalid:
        return f"of-{merchant.name}"


def _grounds(config: Config, merchant: MerchantConfig, world: World, stop: Stop) -> Grounds:
    state, name, files = config.state, merchant.name, world.files
    return Grounds(
        files=files,
        lake=Lake(files, config.lake / name),
        stagings=[Staging(files, state / kind / name) for kind in ("staging", "windows")],
        pushes=Pushes(files, state / "pushes" / name),
        plans=state / "plans" / name,
        written=written_of(config, name),
        beside=_beside(state, name),
        now=world.clock.now,
        stop=stop.check,
    )


def _beside(state: Path, name: str) -> list[Path]:
    """What of the state is this merchant's, or everybody's."""
    found = sorted(state.iterdir()) if state.is_dir() else []
    return [path if path.is_file() else path / name for path in found]


def _looked_for(grounds: Grounds, name: str, wishes: ForgetWishes) -> ForgetResult:
    oids, notes = set(wishes.oids), []
    listed = grounds.lake.suppression()
    left = read_worklist(grounds.lake.folder)
    if wishes.again or listed.unfinished:
        oids |= on_the_list(grounds.lake, grounds.lake.receipts(), listed)
    if left is not None:
        notes.append("an earlier run had not ended: those are forgotten, too")
    if not oids and not wishes.emails and left is None and not wishes.again and not listed.unfinished:
        raise Misused(f"{name}: name whom to forget: OID, or --email")
    found = look_for(grounds, {*oids, *(left.oids if left else ())}, wishes.emails)
    people = found.people if left is None else found.people.joined(left)
    if not people.oids and wishes.emails:
        notes.append("nobody in the lake has this address; whoever comes with it is left out from now on")
    return ForgetResult(
        merchant=name, found=replace(found, people=people), standing=what_there_is(grounds, people),
        code=_code(people), notes=tuple(notes),
    )  # fmt: skip


def _code(people: People) -> str:
    """Of just these people; who confirms it has seen how many and who they are."""
    text = "\n".join([*map(str, sorted(people.oids)), *sorted(people.emails)])
    return sha256(text.encode()).hexdigest()[:_SHORT]


def _check_confirmed(grounds: Grounds, result: ForgetResult, wishes: ForgetWishes) -> None:
    """What was confirmed before, and not finished, needs no second word."""
    left = read_worklist(grounds.lake.folder)
    goes_on = not wishes.oids and not wishes.emails and not wishes.again
    if goes_on and (left is None or result.found.people.oids <= left.oids):
        return
    if wishes.confirm != result.code:
        count = len(result.found.people.oids)
        what = f"{count} customer{'s' if count != 1 else ''}"
        raise Guarded(
            f"{result.merchant}: {what} would be forgotten, which nothing takes back; nothing was done. "
            f"`--dry-run` tells who; if just these are meant, add `--confirm {result.code}`"
        )


def _done(grounds: Grounds, result: ForgetResult) -> ForgetResult:
    people = intend(grounds, result.found.people)
    erased = erase(grounds, people)
    proof = finish(grounds, people, erased)
    return replace(result, erased=erased, proof=proof)


def _warehouses(config: Config, name: str) -> list[tuple[Tier, About]]:
    """Those that can be made anew."""
    found = ((tier, about_warehouse(warehouse_path(config.lake / name, tier))) for tier in Tier)
    return [(tier, about) for tier, about in found if about is not None]


def _rebuilt(config: Config, result: ForgetResult, there: Sequence[tuple[Tier, About]]) -> ForgetResult:
    names, notes = [], []
    for tier, about in there:
        try:
            built = build_warehouse(config, result.merchant, tier=tier, hashing=about.hashing)
            names.append(built.path.name)
        except UcsyncError as failure:
            why = in_full(failure)
            notes.append(f"the warehouse of tier {tier.value} was removed, and not made anew: {why}")
    return replace(result, rebuilt=tuple(names), notes=(*result.notes, *notes))


def _standing_document(standing: Standing) -> dict[str, object]:
    return {
        "snapshots": standing.snapshots,
        "damaged": list(standing.damaged),
        "steps_in_doubt": standing.doubtful,
        "warehouses": list(standing.warehouses),
        "accounts": list(standing.accounts),
        "written": list(standing.written),
    }


def _erased_document(erased: Erased) -> dict[str, object]:
    return {
        "snapshots": erased.snapshots,
        "rows": erased.rows,
        "quarantined": erased.lines,
        "pages": erased.pages,
        "steps": erased.steps,
        "plans": list(erased.plans),
        "warehouses": list(erased.warehouses),
        "accounts": list(erased.accounts),
        "written": list(erased.written.removed),
        "damaged": list(erased.damaged),
    }


def _proof_document(proof: Found) -> dict[str, object]:
    return {
        "files": proof.files,
        "bytes": proof.bytes,
        "texts": proof.values,
        "too_short": proof.short,
        "shared": proof.shared,
        "shared_addresses": proof.shared_addresses,
        "found_in": {str(path): count for path, count in proof.left},
    }
