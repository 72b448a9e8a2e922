"""Whom the rows of a change set are about, looked up in the lake before any of them is read closely."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeVar

from ucsync.model import Receipt
from ucsync.model.pushes import Action, Rejected
from ucsync.plan.push_settings import PushSettings
from ucsync.store import Lake
from ucsync.store.change_sets import ChangeSet
from ucsync.store.matching import match_emails, oids_there
from ucsync.store.suppression import Suppression
from ucsync.ultracart.asked import read_row
from ucsync.ultracart.cells import read_oid
from ucsync.ultracart.wishes import Asked
from ucsync.ultracart.wishes import Mapping as ChangeMapping

#: Rows that are read and compared at a time.
BATCH_ROWS: Final = 2000
#: Customers named where too many are meant.
_NAMED_MAX: Final = 5

#: A customer that is there by its oid, one that is to be inserted by its e-mail address in lower case.
Whom = int | str

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a plan stands on.

    Attributes:
        changes, mapping: what the CRM wants.
        lake, receipt: the snapshot to compare with.
        base: that the CRM had exported from, None when it is not known.
        merged: customers that earlier pushes have merged away, with who has what was theirs.
        given: marks of credits that earlier pushes have given.
        settings: the merchant's, of pushes.
        forgotten: who is in no plan.
    """

    changes: ChangeSet
    mapping: ChangeMapping
    lake: Lake
    receipt: Receipt
    base: Receipt | None
    merged: Mapping[int, int]
    given: AbstractSet[str]
    settings: PushSettings
    forgotten: Suppression

    def read(self, positions: Sequence[int]) -> Iterator[tuple[int, Asked | None, list[Rejected]]]:
        """Rows with their positions, which count from 0, and what they ask for; see `read_row`."""
        every = self.changes.cells(positions, self.mapping.names)
        for position, cells in zip(positions, every, strict=True):
            yield (position, *read_row(self.mapping, position + 1, cells))


class Directory:
    """Who in the lake is meant by an oid or an e-mail address, in the way that the mapping says."""

    def __init__(self, ground: Ground, keys: Iterable[str], emails: Iterable[str]) -> None:
        self._by_email = ground.mapping.match_by == "email"
        self._merged = ground.merged
        texts = list(keys)
        oids = [] if self._by_email else [oid for text in texts if (oid := _oid(text)) is not None]
        oids += [ground.merged[oid] for oid in oids if oid in ground.merged]
        addresses = [*texts, *emails] if self._by_email else emails
        self._holders = match_emails(ground.lake, ground.receipt, addresses)
        self._there = oids_there(ground.lake, ground.receipt, oids)

    def find(self, key: str) -> int | None:
        """The one customer of the lake that is meant; None for none, or several."""
        if self._by_email:
            held = self.holders(key)
            return held[0] if len(held) == 1 else None
        oid = _oid(key)
        return self.survivor(oid) if oid is not None else None

    def survivor(self, oid: int) -> int | None:
        """A customer, or who has what was its; None when the lake has neither."""
        if oid in self._there:
            return oid
        survivor = self._merged.get(oid)
        return survivor if survivor in self._there else None

    def is_merged_away(self, key: str) -> bool:
        """Whether it names one that an earlier push has merged into another."""
        oid = None if self._by_email else _oid(key)
        return oid is not None and oid not in self._there and oid in self._merged

    def holders(self, email: str) -> list[int]:
        """All customers of the lake with that address, ascending."""
        return self._holders.get(email.lower(), [])

    def absence(self, key: str) -> str:
        """Why `find` gives none, in words."""
        held = self.holders(key) if self._by_email else []
        if len(held) > 1:
            more = f" and {len(held) - _NAMED_MAX} more" if len(held) > _NAMED_MAX else ""
            named = ", ".join(map(str, held[:_NAMED_MAX]))
            return f"{len(held)} customers have this e-mail address ({named}{more}); match by oid"
        return f"no customer has this {'e-mail address' if self._by_email else 'oid'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The rows by what they are about; positions count from 0.

    Attributes:
        known: customers of the lake with their rows, by oid and then position.
        others: rows that are about nobody in the lake, those for one e-mail address together.
        merging: rows that ask for a merge; they are among the others, too.
        moved: rows that name somebody who was merged away, and are taken for the survivor.
        directory: in which they were looked up.
    """

    known: list[tuple[int, int]]
    others: list[list[int]]
    merging: list[int]
    moved: list[int]
    directory: Directory
    _wanted: Mapping[str, AbstractSet[Whom]]

    def batches(self, without: AbstractSet[int]) -> Iterator[list[tuple[int, list[int]]]]:
        """Customers of the lake with their rows, some BATCH_ROWS rows at a time; ascending.

        Args:
            without: positions of rows that are left out.
        """
        left = (pair for pair in self.known if pair[1] not in without)
        customers = (
            (oid, [position for _, position in rows]) for oid, rows in groupby(left, key=itemgetter(0))
        )
        yield from _batched(customers, size=lambda customer: len(customer[1]))

    def strangers(self, without: AbstractSet[int]) -> Iterator[list[list[int]]]:
        """The other rows, likewise."""
        left = ([one for one in positions if one not in without] for positions in self.others)
        yield from _batched(filter(None, left), size=len)

    def clash(self, email: str, whom: Whom) -> str | None:
        """Why a customer cannot get an e-mail address, in words; None when it can."""
        others = [oid for oid in self.directory.holders(email) if oid != whom]
        if others:
            return f"customer {others[0]} has this e-mail address"
        rivals = self._wanted.get(email.lower(), frozenset()) - {whom}
        return f"{len(rivals) + 1} customers are to get this e-mail address" if rivals else None


def _batched(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    batch: list[T] = []
    rows = 0
    for item in items:
        if rows >= BATCH_ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(item)
        rows += size(item)
    if batch:
        yield batch


def disagreement(asks: Sequence[Asked], *, spoilt: bool) -> str | None:
    """Why the rows for one customer cannot be taken for one, in words; None when they can.

    Args:
        asks: the rows that are good.
        spoilt: whether there is one that is not.
    """
    if spoilt:
        return "another row for the same customer is unusable"
    telling = [one for one in asks if one.action is not Action.MERGE or one.wishes]
    if all(_same(one, telling[0]) for one in telling[1:]):
        return None
    rows = ", ".join(str(one.row) for one in asks[:10]) + (" …" if len(asks) > 10 else "")
    return f"rows {rows} are about the same customer and do not ask for the same"


def _same(one: Asked, other: Asked) -> bool:
    def what(asked: Asked) -> tuple[object, ...]:
        merges = asked.action is Action.MERGE
        return Action.UPDATE if merges else asked.action, asked.wishes, None if merges else asked.worth

    return what(one) == what(other)


def locate(ground: Ground) -> Located:
    """Look up every row of the change set.

    Raises:
        StorageFailed: a part of the lake is missing or damaged.
    """
    changes, mapping = ground.changes, ground.mapping
    keys, merging, absorbed = _texts(changes, mapping.match_column), *_merging(ground)
    if mapping.merge is not None and mapping.merge.survivor_column is not None and merging:
        survivors = _texts(changes, mapping.merge.survivor_column)
        for position in merging:
            keys[position] = survivors[position]
    addresses = [_texts(changes, column.name) for column in mapping.columns if column.target.part == "email"]
    every = (address for column in addresses for address in column if address)
    directory = Directory(ground, [*filter(None, keys), *absorbed], every)
    known: list[tuple[int, int]] = []
    moved: list[int] = []
    others: dict[Whom, list[int]] = defaultdict(list)
    wanted: dict[str, set[Whom]] = defaultdict(set)
    for position, key in enumerate(keys):
        oid, told = directory.find(key), [column[position] for column in addresses if column[position]]
        if oid is not None:
            known.append((oid, position))
            if directory.is_merged_away(key):
                moved.append(position)
        else:
            new = key if mapping.match_by == "email" else "" if key else next(iter(told), "")
            others[new.lower() or position].append(position)
            told = [new, *told] if new else []
        for address in told:
            wanted[address.lower()].add(told[0].lower() if oid is None else oid)
    return Located(
        known=sorted(known), others=[*others.values()], merging=merging, moved=moved,
        directory=directory, _wanted=wanted,
    )  # fmt: skip


def _merging(ground: Ground) -> tuple[list[int], list[str]]:
    """Positions of rows that ask for a merge, and whom they name as absorbed."""
    mapping, changes = ground.mapping, ground.changes
    if mapping.merge is None:
        return [], []
    column = mapping.merge.group_column or mapping.merge.absorbed_column
    told = _texts(changes, column) if column is not None else []
    actions = _texts(changes, mapping.action_column) if mapping.action_column is not None else []
    found = [
        position
        for position, text in enumerate(told)
        if text and (not actions or actions[position].lower() in ("", Action.MERGE.value))
    ]
    pairs = mapping.merge.absorbed_column is not None
    return found, [told[position] for position in found] if pairs else []


def _texts(changes: ChangeSet, column: str) -> list[str]:
    """A column without the blanks around its cells; "" for what is no text."""
    return [cell.strip() if isinstance(cell, str) else "" for cell in changes.column(column).to_pylist()]


def _oid(text: str) -> int | None:
    try:
        return read_oid(text)
    except ValueError:
        return None
