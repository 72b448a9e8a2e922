"""SQL on orders and cases: they are there where an account was exported, and nothing else is in reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.store.faulty import FaultyFiles, Killed, QuickFiles
from tests.store.lake_accounts import note, put, rows_of, written
from tests.store.samples import flipped
from tests.store.warehouse.nights import Nights
from ucsync.model import Misused
from ucsync.store.account_lake import ACCOUNTS, TABLES, publish_account, remove_accounts
from ucsync.store.querying import Tables, open_tables


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    made = Nights(tmp_path)
    made.publish([{"customer_profile_oid": oid, "email": f"o{oid}@example.com"} for oid in (7, 8, 9)])
    return made


@contextmanager
def opened(nights: Nights) -> Iterator[Tables]:
    current = nights.lake.current()
    assert current is not None
    with open_tables(nights.lake, nights.lake.receipts(), current) as tables:
        yield tables


def asked(tables: Tables, query: str) -> list[tuple[str | None, ...]]:
    with tables.ask(query) as answer:
        assert answer is not None
        return [tuple(row) for row in answer.rows]


def names(tables: Tables) -> set[str]:
    return {view.name for view in tables.views}


def test_the_views_are_there_exactly_while_an_export_is_in_the_lake(nights: Nights) -> None:
    with opened(nights) as tables:
        assert names(tables).isdisjoint(TABLES)
        for table in TABLES:
            with pytest.raises(Misused) as told:
                asked(tables, f"FROM {table.upper()}")
            assert f"there is no {table.upper()} in the lake yet" in str(told.value)
            assert "`ucsync account export --into-lake` brings" in str(told.value)
        with pytest.raises(Misused, match="Table with name elsewhere does not exist"):
            asked(tables, "FROM elsewhere")
    with pytest.raises(Killed):  # half of one is none
        put(nights.home, 7, files=FaultyFiles(QuickFiles(), 12))
    with opened(nights) as tables:
        assert names(tables).isdisjoint(TABLES)
    put(nights.home, 7, {})  # somebody who has never ordered
    with opened(nights) as tables:
        assert names(tables) >= set(TABLES)
        assert [asked(tables, f"FROM {table}") for table in TABLES] == [[]] * 4
    remove_accounts(QuickFiles(), nights.home, [7])
    with opened(nights) as tables:
        assert names(tables).isdisjoint(TABLES)


def test_all_customers_exports_are_one_table_and_join_with_customers(nights: Nights) -> None:
    put(nights.home, 7, rows_of(7, orders=3))
    put(nights.home, 9, rows_of(9, orders=1))
    put(nights.home, 10_000_000_007, rows_of(10_000_000_007, orders=1))  # who is in no snapshot
    with opened(nights) as tables:
        assert tables.notes == []
        query = "SELECT customer_profile_oid, count(*) FROM orders GROUP BY ALL ORDER BY ALL"
        assert asked(tables, query) == [("7", "3"), ("9", "1"), ("10000000007", "1")]
        joined = (
            "SELECT o.customer_profile_oid, message FROM orders AS o JOIN customers AS c "
            "USING (customer_profile_oid) JOIN order_items AS i USING (orderId) JOIN cases USING (orderId) "
            "JOIN case_messages AS m USING (caseOid) WHERE c.email = 'o9@example.com' ORDER BY m.position"
        )
        assert asked(tables, joined) == [("9", "Customer says 9"), ("9", "Customer Service says 9")]
        for view in tables.views:
            assert view.purpose.startswith("One row")


def test_a_column_that_one_export_lacks_is_null_there(nights: Nights) -> None:
    put(nights.home, 8)
    tables = written(nights.folder / "old", rows_of(7, orders=1, fax="2"))
    old = pq.read_table(tables[0]).drop_columns(["status"]).append_column("older", pa.array(["?"]))
    pq.write_table(old, tables[0])
    publish_account(QuickFiles(), nights.home, 7, tables, note())
    with opened(nights) as opened_:
        told = asked(opened_, "SELECT status, older FROM orders ORDER BY customer_profile_oid")
        assert told == [(None, "?"), ("Completed", None), ("Completed", None)]


@pytest.mark.parametrize("table", TABLES)
def test_a_damaged_export_hides_nobody_elses_and_is_told(nights: Nights, table: str) -> None:
    put(nights.home, 7)
    put(nights.home, 8)
    path = nights.home / ACCOUNTS / "7" / f"{table}.parquet"
    sound = path.read_bytes()
    for broken in (None, sound[:-3], flipped(sound, 8 * (len(sound) - 6))):
        path.unlink()
        if broken is not None:
            path.write_bytes(broken)
        with opened(nights) as tables:
            (told,) = tables.notes
            assert told.startswith(
                "1 export of an account is damaged and left out; `ucsync snapshots verify`"
            )
            assert asked(tables, "SELECT DISTINCT customer_profile_oid FROM orders") == [("8",)]
            assert asked(tables, "SELECT count(*) FROM customers") == [("3",)]
        path.write_bytes(sound)
    for oid in (7, 8):
        (nights.home / ACCOUNTS / str(oid) / "export.json").write_bytes(b"{}")
    with opened(nights) as tables:
        told = (
            "2 exports of accounts are damaged and left out; `ucsync snapshots verify` says what is damaged"
        )
        assert tables.notes == [told]
        assert names(tables).isdisjoint(TABLES)


def test_nothing_beside_the_tables_is_in_reach(nights: Nights) -> None:
    place = put(nights.home, 7)
    other = put(nights.home.parent / "rival", 8)
    orders = place / "orders.parquet"
    with opened(nights) as tables:
        assert asked(tables, "SELECT count(*) FROM orders") == [("2",)]
        for query in (
            f"FROM read_text('{place / 'export.json'}')", f"FROM '{other / 'orders.parquet'}'",
            f"FROM read_parquet('{place.parent}/*/orders.parquet')", f"FROM glob('{place.parent}/*')",
            f"FROM read_parquet('{nights.folder}/archives/7-0/orders.parquet')",
            f"COPY orders TO '{nights.folder / 'out.csv'}'", f"COPY (FROM orders) TO '{orders}'",
            "DELETE FROM orders", "DROP VIEW orders", "CREATE VIEW mine AS FROM orders",
        ):  # fmt: skip
            with pytest.raises(Misused):
                asked(tables, query)
        assert asked(tables, "SELECT count(*) FROM orders") == [("2",)]
    assert not (nights.folder / "out.csv").exists()
