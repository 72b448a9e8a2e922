"""Any past state can be rebuilt: it equals the snapshot of that day, to the last field."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from tests.store.warehouse.nights import Document, Nights, asked, customers_at, people
from ucsync.model import Receipt, ScanKind, Tier
from ucsync.plan.keeping import KeepPolicy
from ucsync.store.merges import Merge
from ucsync.store.warehouse import Warehouse, open_warehouse

NIGHTS = 365 if os.environ.get("UCSYNC_DEEP") else 90
CUSTOMERS = 16
#: Not orders and quotes, which are of no declared shape and slow to read.
PARTS = ("billing", "cc_emails", "loyalty", "orders_summary", "privacy", "properties", "shipping", "tags")
KEEP = KeepPolicy(daily=7, weekly=5, monthly=12)


class Quarter:
    """A merchant's quarter: every night some customers come, change, go and are merged."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.nights = Nights(folder)
        self.chance = Random(seed)  # noqa: S311 - a test's churn
        self.strangers = people(CUSTOMERS + 2 * NIGHTS, PARTS)
        self.there: dict[int, Document] = {}
        self.states: list[tuple[Receipt, pa.Table]] = []
        self.merges: list[Merge] = []
        self.counts: list[tuple[int, int, int, int]] = []

    def run(self) -> None:
        """All nights; each state is read before the keep policy may take it."""
        self.come(CUSTOMERS)
        self.end_night(self.nights.publish(list(self.there.values())))
        for _ in range(NIGHTS - 1):
            self.pass_night()

    def pass_night(self) -> None:
        quiet = self.chance.random() < 0.1
        few = quiet or len(self.there) < CUSTOMERS // 2
        taken = [] if few else [self.take() for _ in range(self.chance.choice((0, 0, 1, 1)))]
        merges = [] if few or self.chance.random() < 0.7 else [self.merge()]
        changed = [self.change(oid) for oid in self.some(0 if quiet else 3)]
        came = [] if quiet else self.come(self.chance.choice((0, 0, 1, 2)))
        self.strangers += taken  # they may come again on another night, under the same number
        gone = [document["customer_profile_oid"] for document in taken]
        self.counts.append((len(came), len(changed), len(gone), len(merges)))
        if self.chance.random() < 0.2:  # then all are read, most of them unchanged
            read, kind = list(self.there), ScanKind.FULL
        else:
            read, kind = [*came, *changed], ScanKind.INCREMENTAL
        self.end_night(self.nights.publish([self.there[oid] for oid in read], gone, merges, kind=kind))

    def end_night(self, receipt: Receipt) -> None:
        self.states.append((receipt, self.nights.rows_of(receipt)))
        if self.nights.night % 10 == 0:
            self.nights.lake.prune(KEEP)

    def come(self, count: int) -> list[int]:
        new = [self.strangers.pop(self.chance.randrange(len(self.strangers))) for _ in range(count)]
        self.there |= {document["customer_profile_oid"]: document for document in new}
        return [document["customer_profile_oid"] for document in new]

    def some(self, count: int) -> list[int]:
        return self.chance.sample(sorted(self.there), count)

    def take(self) -> Document:
        """Somebody goes."""
        return self.there.pop(self.some(1)[0])

    def merge(self) -> Merge:
        survivor, absorbed = self.some(2)
        del self.there[absorbed]
        merge = Merge(absorbed, survivor, self.nights.finished[-1].finished_at, "20260825T030000Z-00000000")
        self.merges.append(merge)
        return merge

    def change(self, oid: int) -> int:
        document = dict(self.there[oid])
        document["business_notes"] = f"changed {self.nights.night} {self.chance.random()}"
        document["billing"] = [{"city": f"City {self.chance.randrange(9)}"}, *document["billing"][:1]]
        self.there[oid] = document
        return oid


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Quarter:
    made = Quarter(tmp_path_factory.mktemp("quarter"), seed=5)
    made.run()
    return made


@pytest.fixture(scope="module")
def standard(quarter: Quarter) -> Iterator[Warehouse]:
    with open_warehouse(quarter.nights.build()) as warehouse:
        yield warehouse


def test_every_day_of_a_quarter_is_rebuilt_from_changes_as_its_snapshot_was(quarter: Quarter) -> None:
    with open_warehouse(quarter.nights.build(Tier.HIGH)) as warehouse:
        assert len(quarter.states) == NIGHTS
        assert sum(quarter.nights.lake.has_rows(one.snapshot) for one, _ in quarter.states) < 30
        for receipt, state in quarter.states:
            assert customers_at(warehouse, receipt.finished_at) == state.to_pylist(), receipt.snapshot
        (first, _), (second, state) = quarter.states[:2]
        assert customers_at(warehouse, first.finished_at - timedelta(microseconds=1)) == []
        just_before = customers_at(warehouse, second.finished_at - timedelta(microseconds=1))
        assert just_before == quarter.states[0][1].to_pylist() != state.to_pylist()


def test_what_each_night_did_is_told_by_day_and_by_customer(quarter: Quarter, standard: Warehouse) -> None:
    told = {day: tuple(counts) for day, *counts in map(dict.values, asked(standard, "FROM changes_daily"))}
    nights = [receipt.finished_at.date() for receipt, _ in quarter.states[1:]]
    assert told == {day: counts for day, counts in zip(nights, quarter.counts, strict=True) if any(counts)}
    merges = [(row["absorbed_oid"], row["survivor_oid"]) for row in asked(standard, "FROM merges")]
    assert merges == [(one.absorbed, one.survivor) for one in quarter.merges]


def test_versions_follow_one_another_and_tell_how_they_came_and_ended(
    quarter: Quarter, standard: Warehouse
) -> None:
    query = "SELECT customer_profile_oid, valid_from, valid_to, op, ended_by, snapshot FROM customer_history"
    rows = [tuple(row.values()) for row in asked(standard, f"{query} ORDER BY ALL")]
    finished = {receipt.snapshot: receipt.finished_at for receipt, _ in quarter.states}
    for (oid, begun, ended, op, ended_by, snapshot), after in zip(rows, [*rows[1:], None], strict=True):
        assert begun == finished[snapshot]
        assert ended is None or begun < ended
        assert op in ("insert", "update")
        follows = after is not None and after[0] == oid
        assert (ended is None) == (ended_by is None) == (not follows and oid in quarter.there)
        if after is not None and follows:
            assert (ended == after[1]) == (ended_by == "update") == (after[3] == "update")
        else:
            assert ended_by in (None, "delete", "merge")
    assert sum(ended is None for _, _, ended, *_ in rows) == len(quarter.there)
    assert {ended_by for *_, ended_by, _ in rows} == {None, "update", "delete", "merge"}
