"""What the tests of undoing have in common: a push over many customers, others who edit, and the undo."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.flow.push.asks import CLEAR, Ask, ask, can, tags
from tests.flow.push.rig import WIDE, Rig
from tests.flow.push.witness import Leaves, is_moved
from ucsync.flow.push.push_result import PushResult
from ucsync.flow.push.undoing import UndoResult, undo_push
from ucsync.model.pushes import Limits
from ucsync.store.plan_files import PlanFile

#: Fields that somebody else edits by hand, in a form that `Rig.edit` takes, and their paths.
EDITED: Final = ("terms", "business_notes")
ELSEWHERE: Final = ("qb_class", "fax")


async def undo(
    rig: Rig,
    push: PlanFile | str,
    *,
    refresh: bool = True,
    delete_inserted: bool = False,
    limits: Limits = WIDE,
    name: str = "",
) -> UndoResult:
    """The plan that takes a push back; `name` is its file's, if it is to have one."""
    folder = rig.shop.folder / "undo"
    folder.mkdir(exist_ok=True)
    push_id = push if isinstance(push, str) else push.id
    with rig.shop.database() as database:
        return await undo_push(
            rig.shop.place(database), push_id, refresh=refresh, out=folder / name,
            delete_inserted=delete_inserted, limits=limits,
        )  # fmt: skip


async def undo_and_apply(rig: Rig, push: PlanFile | str, **wishes: Any) -> tuple[UndoResult, PushResult]:
    """The same, and applied at once."""
    planned = await undo(rig, push, **wishes)
    return planned, await rig.apply(planned.planned.plan)


def random_asks(rig: Rig, oids: Sequence[int], chance: random.Random) -> list[Ask]:
    """For each of these customers something to change, fields to empty among them."""
    asks = []
    for oid in oids:
        now = rig.now(oid)
        wanted = {"Terms": f"Net {oid}", "Notes": f"crm {oid}", "TaxJar": f"T{oid}", "Segment": f"s{oid}"}
        wanted |= {"City": f"Town {oid}"} if can(now, "City") else {}
        wanted |= {"Street": f"{oid} Road"} if can(now, "Street") else {}
        wanted |= {"Tag": "crm 2026"}
        wanted |= {"Untag": chance.choice(tags(now))} if tags(now) else {}
        chosen = chance.sample(sorted(wanted), chance.randint(1, len(wanted)))
        cells = {name: wanted[name] for name in chosen}
        for name in ("Terms", "Notes", "TaxJar"):
            if name in cells and chance.random() < 0.2:
                cells[name] = CLEAR
        asks.append(ask(oid, now, **cells))
    return asks


def plain(now: Leaves) -> Leaves:
    """A customer as a person sees them: properties by name, a flag that is absent as one that is false,
    without oids that come and go, or what the server moves."""
    found: Leaves = {}
    names = {
        path.removesuffix(".name"): held
        for path, held in now.items()
        if path.startswith("properties[") and path.endswith(".name")
    }
    for path, held in now.items():
        row, _, name = path.rpartition(".")
        if name == "customer_profile_property_oid" or is_moved(path) or held is False:
            continue
        found[f"properties.{names[row]}.{name}" if row in names else path] = held
    return found


def everybody(rig: Rig) -> Mapping[int, Leaves]:
    """Everybody who is there."""
    return {oid: plain(rig.now(oid)) for oid in rig.oids}
