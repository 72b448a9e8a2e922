"""Who is to be forgotten: the customers that a person means, and everything by which they may be known.

A merge says that two customers are one person. So whoever was absorbed by them, or has absorbed them, is
forgotten with them, as far as merges are known: those that pushes of ours have done.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ucsync.model import Receipt
from ucsync.store.account_lake import account_oids
from ucsync.store.forgetting.accounts import accounts_with, texts_in_accounts
from ucsync.store.forgetting.tables import groups_of, opened, tables_of, texts_in, versions_of
from ucsync.store.lake import Lake
from ucsync.store.matching import match_emails, oids_there
from ucsync.store.merges import ABSORBED, MERGES, SURVIVOR
from ucsync.store.parts import is_part, read_columns, read_oids
from ucsync.store.schema import EMAIL, OID
from ucsync.store.suppression import Suppression

#: Shorter texts are in any file by chance; they go with the rows that hold them.
TELLING_BYTES_MIN: Final = 6


@dataclass(frozen=True, slots=True)
class People:
    """Who is to be forgotten.

    Attributes:
        oids: their customers.
        emails: their addresses, in lower case, that nobody else has.
        values: all texts of theirs, to be looked for when all is done.
    """

    oids: frozenset[int]
    emails: frozenset[str] = field(repr=False)
    values: frozenset[str] = field(repr=False)

    def with_values(self, values: Iterable[str]) -> "People":
        """The same, known by these texts, too."""
        return People(self.oids, self.emails, self.values | set(values))

    def joined(self, other: "People") -> "People":
        """Both."""
        return People(self.oids | other.oids, self.emails | other.emails, self.values | other.values)

    def are(self, oid: int | None, email: object = None) -> bool:
        """Whether somebody with this oid, or without one and with this address, is one of them."""
        if oid is not None:
            return oid in self.oids
        return isinstance(email, str) and email.strip().lower() in self.emails

    def told_in(self, text: str) -> bool:
        """Whether one of their addresses stands in a text."""
        small = text.lower()
        return any(email in small for email in self.emails)


@dataclass(frozen=True, slots=True)
class Search:
    """What a look for people has found.

    Attributes:
        people: they.
        named: customers that were asked for, or have an address that was.
        merged: customers that are one person with these, by merges.
        formerly: customers who had an address that was asked for, and have another one now. They are not
            among the people: the address may have been a mistake.
        shared: how many addresses of theirs somebody else has, too.
        versions: rows of theirs in the lake.
    """

    people: People
    named: frozenset[int]
    merged: frozenset[int]
    formerly: frozenset[int]
    shared: int
    versions: int


def find_people(
    lake: Lake, receipts: Sequence[Receipt], oids: Iterable[int], emails: Iterable[str],
    merges: Iterable[tuple[int, int]],
) -> Search:  # fmt: skip
    """Look through every snapshot, and every export of an account, for customers and what is known of them.

    Args:
        lake: with the snapshots.
        receipts: of all of them, oldest first.
        oids: customers that are meant, whether the lake has them or not.
        emails: addresses of customers that are meant.
        merges: pairs of customers that were merged, beside those that the lake knows of.

    Raises:
        StorageFailed: the lake cannot be read, or a file is damaged.
    """
    wanted = {email.strip().lower() for email in emails}
    holders, formerly = _holders(lake, receipts, wanted) if wanted else (set(), set())
    named = frozenset({*oids, *holders})
    every = frozenset(_family(named, [*merges, *_merges(lake, receipts)]))
    values, theirs, versions = set[str](), set(wanted), 0
    for rows in versions_of(lake, receipts, every):
        versions += rows.num_rows
        values |= texts_in(rows)
        if EMAIL in rows.column_names:
            told = rows.column(EMAIL).to_pylist()
            theirs |= {email.strip().lower() for email in told if email and email.strip()}
    values |= set(texts_in_accounts(lake, every))
    others = _others_with(lake, receipts, theirs, every)
    people = People(oids=every, emails=frozenset(theirs - others), values=frozenset(values | theirs))
    return Search(
        people=people, named=named, merged=every - named, formerly=frozenset(formerly - every),
        shared=len(others), versions=versions,
    )  # fmt: skip


def on_the_list(lake: Lake, receipts: Sequence[Receipt], told: Suppression) -> set[int]:
    """Customers of the lake who were forgotten, and are there all the same: after a backup was restored, say.

    Raises:
        StorageFailed: the lake cannot be read, or a file is damaged.
    """
    found = told.covers(account_oids(lake.folder))
    for path, entry in tables_of(lake, receipts):
        if is_part(entry):
            found |= told.covers(read_oids(path.parents[1], entry).to_pylist())
        else:
            with opened(path, entry) as file:
                for rows in groups_of(file, [OID]):
                    found |= told.covers(rows.column(OID).to_pylist())
    return found


def _holders(lake: Lake, receipts: Sequence[Receipt], wanted: set[str]) -> tuple[set[int], set[int]]:
    """Who has one of these addresses, or had it when they were seen last; and who had it before, or has
    ordered with it."""
    current = lake.current()
    now = {oid for held in match_emails(lake, current, wanted).values() for oid in held} if current else set()
    ever = accounts_with(lake, wanted)
    newest: dict[int, str] = {}
    for path, entry in tables_of(lake, receipts):
        with opened(path, entry) as file:
            for rows in groups_of(file, [OID, EMAIL]):
                for oid, email in _addresses(rows):
                    if email in wanted:
                        ever.add(oid)
    there = oids_there(lake, current, ever) if current else set()
    for receipt in receipts:
        for oid, email in _changed(lake, receipt, ever - there):
            newest[oid] = email
    gone = {oid for oid in ever - there if newest.get(oid, "") in wanted or oid not in newest}
    return now | gone, ever - now - gone


def _addresses(rows: Any) -> Iterator[tuple[int, str]]:
    if EMAIL in rows.column_names:
        for oid, email in zip(rows.column(OID).to_pylist(), rows.column(EMAIL).to_pylist(), strict=True):
            if email:
                yield oid, email.strip().lower()


def _changed(lake: Lake, receipt: Receipt, oids: set[int]) -> Iterator[tuple[int, str]]:
    """The addresses of these customers in the changes of a snapshot."""
    for path, entry in tables_of(lake, [receipt] if oids else []):
        if not is_part(entry):
            with opened(path, entry) as file:
                for rows in groups_of(file, [OID, EMAIL]):
                    yield from ((oid, email) for oid, email in _addresses(rows) if oid in oids)


def _merges(lake: Lake, receipts: Iterable[Receipt]) -> Iterator[tuple[int, int]]:
    for receipt in receipts:
        for entry in receipt.files:
            if entry.path == MERGES:
                rows = read_columns(lake.path_of(receipt.snapshot), entry, [ABSORBED, SURVIVOR])
                yield from zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _family(oids: Iterable[int], merges: Iterable[tuple[int, int]]) -> set[int]:
    """These customers and whoever is one person with them."""
    beside: dict[int, set[int]] = defaultdict(set)
    for one, other in merges:
        beside[one].add(other)
        beside[other].add(one)
    found, fresh = set(oids), list(oids)
    while fresh:
        more = beside[fresh.pop()] - found
        found |= more
        fresh += more
    return found


def _others_with(lake: Lake, receipts: Sequence[Receipt], emails: set[str], oids: frozenset[int]) -> set[str]:
    """Which of these addresses somebody else has now, as their own."""
    current = lake.current()
    if current is None or not emails:
        return set()
    held = match_emails(lake, current, emails)
    return {email for email, holders in held.items() if set(holders) - oids}
