"""The merges of a change set: who goes into whom, who survives, and what the survivor takes over first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from ucsync.flow.push.plan_book import PlanBook
from ucsync.flow.push.plan_rows import BATCH_ROWS, Ground, Located
from ucsync.model.pushes import Action, Rejected, Rule, Step
from ucsync.plan.forest import Pair, blockers, forest, winners
from ucsync.store.customers_at import CustomersAt
from ucsync.ultracart.changes import NEVER_CLEARED
from ucsync.ultracart.records import Record, record_of
from ucsync.ultracart.resolving import resolve
from ucsync.ultracart.targets import Target, parse_target
from ucsync.ultracart.wishes import Asked, KeepGroup, MergeMapping, Wish

#: Parts in which what blocks a merge is written.
_BLOCKING: Final = ("tags", "properties")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merges:
    """What is to be merged.

    Attributes:
        pairs: in a possible order; the rows of a pair are those of both customers.
        into: each absorbed customer with its pair.
        survivors: customers that absorb others.
        kept: of customers that are left in the end, what they take over from those that go into them.
        done_with: positions of rows of which nothing more is to be read.
        worths: of each pair by absorbed customer, where the rows have any.
        keys: of the rows of all pairs, what they name their customer by.
    """

    pairs: tuple[Pair, ...] = ()
    into: Mapping[int, Pair] = field(default_factory=dict)
    survivors: frozenset[int] = frozenset()
    kept: Mapping[int, Sequence[Wish]] = field(default_factory=dict)
    done_with: frozenset[int] = frozenset()
    worths: Mapping[int, Decimal] = field(default_factory=dict)
    keys: Mapping[int, str] = field(default_factory=dict)

    def root(self, oid: int) -> int:
        """Who is left in the end of whom a customer goes into; itself for the others."""
        while oid in self.into:
            oid = self.into[oid].survivor
        return oid

    def step(self, pair: Pair, email: str | None) -> Step:
        """A pair as a step; what it rests on is to be filled in.

        Args:
            email: of the survivor.
        """
        return Step(
            number=0,
            action=Action.MERGE,
            oid=pair.survivor,
            email=email,
            body={"customer_profile_oid": pair.absorbed},
            absorbed=pair.absorbed,
            rows=pair.rows,
            worth=self.worths.get(pair.absorbed),
        )


def plan_merges(ground: Ground, located: Located, book: PlanBook) -> Merges:
    """Work out all merges; what cannot be done is told to the book.

    Raises:
        StorageFailed: a part of the lake is missing or damaged.
    """
    mapping = ground.mapping.merge
    if mapping is None or not located.merging:
        return Merges()
    return _Matchmaker(ground, located, book, mapping).merges()


class _Matchmaker:
    """Finds pairs, and turns them into a forest."""

    def __init__(self, ground: Ground, located: Located, book: PlanBook, mapping: MergeMapping) -> None:
        self._ground = ground
        self._directory = located.directory
        self._mapping = mapping
        self._book = book
        self._keys: dict[int, str] = {}
        self._worths: dict[int, Decimal] = {}
        self._done: set[int] = set()
        self._refused: set[int] = set()
        self._targets: dict[str, Target] = {
            name: parse_target(name) for group in mapping.keep for name in group.fields
        }
        self._records: dict[int, Record] = {}
        self._merging = located.merging

    def merges(self) -> Merges:
        groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
        pairs = []
        for oid, asked in self._read():
            if asked.group is not None:
                groups[asked.group].append((oid, asked.row))
            elif asked.absorbed is not None:
                pairs += self._pair(oid, asked)
        members = [row for group in groups.values() for row in group]
        self._load(
            {oid for oid, _ in members} | {oid for pair in pairs for oid in (pair.survivor, pair.absorbed)}
        )
        for group in groups.values():
            pairs += self._group(group)
        found = forest(list(self._unblocked(pairs)))
        for pair, why in found.problems:
            self._refuse(pair.rows, why)
        return self._with_kept(self._whole(found.pairs))

    def _read(self) -> Iterator[tuple[int, Asked]]:
        """The rows that name a customer who is there."""
        for start in range(0, len(self._merging), BATCH_ROWS):
            for position, asked, faults in self._ground.read(self._merging[start : start + BATCH_ROWS]):
                if asked is None:
                    self._done.add(position)
                    self._refused.add(position + 1)
                    self._book.reject(faults)
                    continue
                self._keys[asked.row] = asked.key
                oid = self._directory.find(asked.key)
                if oid is None:
                    self._refuse((asked.row,), self._directory.absence(asked.key))
                elif asked.group is not None and self._directory.is_merged_away(asked.key):
                    self._done.add(position)  # an earlier push has done what this row is about
                    self._book.equal += 1
                else:
                    if asked.worth is not None:
                        self._worths[asked.row] = asked.worth
                    yield oid, asked

    def _pair(self, survivor: int, asked: Asked) -> list[Pair]:
        key = asked.absorbed or ""
        absorbed = self._directory.find(key)
        if absorbed is None:
            self._refuse((asked.row,), self._directory.absence(key), self._mapping.absorbed_column)
        elif self._directory.is_merged_away(key) and absorbed == survivor:
            if not asked.wishes:
                self._done.add(asked.row - 1)
                self._book.equal += 1
        elif self._directory.is_merged_away(key):
            self._refuse((asked.row,), f"was merged into customer {absorbed} by an earlier push")
        else:
            return [Pair(survivor, absorbed, (asked.row,))]
        return []

    def _group(self, rows: Sequence[tuple[int, int]]) -> list[Pair]:
        """All of a group into the one that the rules choose; a tie is left alone."""
        by_oid: dict[int, list[int]] = defaultdict(list)
        for oid, row in rows:
            by_oid[oid].append(row)
        if len(by_oid) < 2:
            return []
        best = winners({oid: self._records[oid] for oid in by_oid}, self._mapping.survivor_rules)
        if len(best) > 1:
            every = tuple(row for _, row in rows)
            self._refuse(
                every, f"the rules cannot tell which of customers {_named(best)} survives; name a pair"
            )
            return []
        own = by_oid[best[0]]
        return [
            Pair(best[0], oid, tuple(sorted((*own, *theirs))))
            for oid, theirs in by_oid.items()
            if oid != best[0]
        ]

    def _whole(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Without those of which a row is refused: of a group all is merged, or nothing."""
        left = list(pairs)
        while broken := [pair for pair in left if not self._refused.isdisjoint(pair.rows)]:
            left = [pair for pair in left if self._refused.isdisjoint(pair.rows)]
            for pair in broken:
                self._refuse(set(pair.rows) - self._refused, "is to be merged with a row that is rejected")
        return left

    def _unblocked(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        aside, settings = set(self._ground.receipt.aside), self._ground.settings
        for pair in pairs:
            both = (pair.survivor, pair.absorbed)
            whys = [
                f"customer {oid} {why}, which blocks merging"
                for oid in both
                for why in blockers(self._records[oid], settings)
            ]
            whys += [f"what customer {oid} is now could not be read" for oid in both if oid in aside]
            if whys:
                self._refuse(pair.rows, "; ".join(whys))
            else:
                yield pair

    def _with_kept(self, pairs: Sequence[Pair]) -> Merges:
        """The pairs of all trees of which it is clear what is kept."""
        into = {pair.absorbed: pair for pair in pairs}
        trees: dict[int, list[Pair]] = defaultdict(list)
        for pair in pairs:
            root = pair.survivor
            while root in into:
                root = into[root].survivor
            trees[root].append(pair)
        kept: dict[int, Sequence[Wish]] = {}
        unclear: set[Pair] = set()
        for root, tree in trees.items():
            members = sorted({root, *(pair.absorbed for pair in tree)})
            try:
                kept[root] = [
                    wish for group in self._mapping.keep for wish in self._wishes(group, root, members)
                ]
            except ValueError as tie:
                unclear.update(tree)
                self._refuse(tuple(row for pair in tree for row in pair.rows), str(tie))
        sound = tuple(pair for pair in pairs if pair not in unclear)
        return Merges(
            pairs=sound,
            into={pair.absorbed: pair for pair in sound},
            survivors=frozenset(pair.survivor for pair in sound),
            kept={root: wishes for root, wishes in kept.items() if wishes},
            done_with=frozenset(self._done),
            keys={row: self._keys[row] for pair in sound for row in pair.rows},
            worths={pair.absorbed: max(held) for pair in sound if (held := self._worths_of(pair))},
        )

    def _worths_of(self, pair: Pair) -> list[Decimal]:
        return [self._worths[row] for row in pair.rows if row in self._worths]

    def _wishes(self, group: KeepGroup, root: int, members: Sequence[int]) -> list[Wish]:
        """What the survivor takes over, all of it from one customer.

        Raises:
            ValueError: the rules cannot tell from whom, and it makes a difference.
        """
        held = {oid: [self._held(oid, name) for name in group.fields] for oid in members}
        having = {oid: self._records[oid] for oid, values in held.items() if values.count(None) < len(values)}
        best = winners(having, group.rules)
        if not best:
            return []
        if any(held[oid] != held[best[0]] for oid in best[1:]):
            told = f"{group.fields[0]} and what is kept with it" if len(group.fields) > 1 else group.fields[0]
            raise ValueError(
                f"the rules cannot tell which of customers {_named(best)} has the {told} to keep"
            )
        if root in best:
            return []
        return [
            Wish(name, self._targets[name], Rule.OURS, after)
            for name, after in zip(group.fields, held[best[0]], strict=True)
            if after is not None or name not in NEVER_CLEARED
        ]

    def _held(self, oid: int, name: str) -> Any:
        """What a customer has in a field; of an address what would be lost if it were cleared."""
        record, target = self._records[oid], self._targets[name]
        if target.pick is None:
            held = record.get(target.part)
            return held if target.field is None else (held or {}).get(target.field)
        proposals, _ = resolve(record, [Wish(name, target, Rule.OURS, None)])
        return proposals[0].change.before if proposals else None

    def _load(self, oids: set[int]) -> None:
        """Of each customer that may be merged what rules, blockers and keep groups look at."""
        rules = [
            *self._mapping.survivor_rules,
            *(rule for group in self._mapping.keep for rule in group.rules),
        ]
        columns = {rule.split()[1].partition(".")[0] for rule in rules}
        columns |= {target.part for target in self._targets.values()}
        columns.update(_BLOCKING)
        customers = CustomersAt(self._ground.lake, self._ground.receipt, sorted(columns))
        wanted = sorted(oids)
        for start in range(0, len(wanted), BATCH_ROWS):
            for oid, (row, _) in customers.read(wanted[start : start + BATCH_ROWS]).items():
                self._records[oid] = record_of(row)

    def _refuse(self, rows: Iterable[int], problem: str, column: str | None = None) -> None:
        """Of these rows nothing is sent."""
        for row in sorted(set(rows)):
            self._done.add(row - 1)
            self._refused.add(row)
            self._book.reject([Rejected(row=row, key=self._keys[row], column=column, problem=problem)])


def _named(oids: Sequence[int]) -> str:
    more = f" and {len(oids) - 5} more" if len(oids) > 5 else ""
    return ", ".join(map(str, oids[:5])) + more
