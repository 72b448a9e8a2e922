"""`ucsync sql`: the current snapshot in SQL, and nothing else of the machine."""

import contextlib
import csv
import io
import json
import os
import pty
import re
from importlib.resources import files as resources
from pathlib import Path

import pytest

from tests.cli.conftest import CUSTOMERS, Shop, listing
from tests.cli.rivals import READY
from tests.ward import Ward

VIEWS = {
    "billing_addresses", "changes", "customers", "merges", "properties", "receipts", "shipping_addresses",
    "tags",
}  # fmt: skip
#: That are there when an account was exported into the lake.
OF_ACCOUNTS = {"case_messages", "cases", "order_items", "orders"}


def rows(shop: Shop, query: str) -> list[list[str]]:
    done = shop.run("sql", query, key=None)
    assert done.code == 0, done.err
    return list(csv.reader(io.StringIO(done.out)))


def test_a_query_is_answered_as_csv_without_key_or_server(synced: Shop) -> None:
    assert rows(synced, "SELECT count(*) AS n FROM customers") == [["n"], [str(CUSTOMERS + 1)]]


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_each_view_can_be_read(synced: Shop, view: str) -> None:
    heading, *found = rows(synced, f"FROM {view}")
    assert len(heading) > 2
    assert found or view == "merges"
    assert all(len(row) == len(heading) for row in found)


def test_addresses_tags_and_properties_have_a_row_each(synced: Shop) -> None:
    for view, column in (
        ("billing_addresses", "billing"), ("shipping_addresses", "shipping"), ("tags", "tags"),
        ("properties", "properties"),
    ):  # fmt: skip
        query = f"SELECT (SELECT count(*) FROM {view}) - (SELECT sum(len({column})) FROM customers)"  # noqa: S608  (names from above)
        assert rows(synced, query)[1] == ["0"]


def test_changes_name_their_snapshot(synced: Shop) -> None:
    found = rows(synced, "SELECT snapshot, op, count(*) FROM changes GROUP BY ALL ORDER BY op")
    last = synced.snapshots()[-1].name
    assert found[1:] == [[last, "insert", "1"], [last, "update", "5"]]


def test_a_first_snapshot_has_no_changes_and_the_view_is_there(shop: Shop) -> None:
    first, second = shop.snapshots()
    (shop.lake / "CURRENT").write_text(f"{first.name}\n")
    (second / "receipt.json").unlink()
    assert rows(shop, "SELECT count(snapshot), count(op) FROM changes")[1] == ["0", "0"]
    assert rows(shop, "SELECT snapshot, proof, rows FROM receipts")[1:] == [[first.name, "proven", "450"]]


def test_json_has_numbers_by_their_digits_and_nested_values(synced: Shop) -> None:
    query = (
        "SELECT 0.1::DECIMAL(38, 9) + 123456789012345678 AS money, NULL AS nothing, true AS yes, "
        "'a\"b' AS text, "
        "[1, 2] AS list, 'nan'::DOUBLE AS nan, 1 AS twice, 2 AS twice, "
        "TIMESTAMPTZ '2026-11-22 12:00:00+01' AS at"
    )
    out = synced.run("sql", query, "--json").out
    assert '"money": 123456789012345678.100000000' in out
    told = json.loads(out)
    assert told["columns"] == ["money", "nothing", "yes", "text", "list", "nan", "twice", "twice_2", "at"]
    (row,) = told["rows"]
    del row["money"]
    assert row == {
        "nothing": None, "yes": True, "text": 'a"b', "list": [1, 2], "nan": "nan", "twice": 1, "twice_2": 2,
        "at": "2026-11-22T11:00:00.000000Z",
    }  # fmt: skip


def test_an_answer_may_be_empty(synced: Shop) -> None:
    query = "SELECT email FROM customers WHERE false"
    assert synced.run("sql", query, "--json").told == {"columns": ["email"], "rows": []}
    assert synced.run("sql", query).out == "email\n"


def test_sums_of_money_are_exact(synced: Shop) -> None:
    query = "SELECT sum(orders_summary.total) AS total, typeof(sum(orders_summary.total)) FROM customers"
    total, kind = rows(synced, query)[1]
    assert kind == "DECIMAL(38,9)"
    assert total.endswith("0000000")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", 'sql: Parser Error: syntax error at or near "SELEC"'),
        ("SELECT nope FROM customers", 'Referenced column "nope" not found'),
        ("FROM nowhere", "Table with name nowhere does not exist"),
        ("SELECT 1; SELECT 2", "sql: one statement at a time"),
        ("DROP VIEW customers", "sql: only statements that select"),
        ("CREATE TABLE t (a INT)", "sql: only statements that select"),
        ("SET threads = 1", "sql: only statements that select"),
        ("EXPLAIN ANALYZE COPY customers TO 'x.csv'", "sql: only statements that select"),
        ("INSTALL httpfs", "sql: only statements that select"),
    ],
)
def test_a_statement_that_is_refused_gets_one_line_and_code_2(synced: Shop, query: str, said: str) -> None:
    done = synced.run("sql", query)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_an_error_in_the_data_does_not_show_the_data(synced: Shop) -> None:
    (email,) = rows(synced, "SELECT email FROM customers LIMIT 1")[1]
    done = synced.run("sql", "SELECT email::INT FROM customers")
    assert done.code == 2
    assert email not in done.err
    assert "Could not convert string '…' to INT32" in done.err


@pytest.mark.parametrize(
    "query",
    [
        "FROM '{file}'",
        "FROM read_text('{file}')",
        "FROM read_csv('{file}')",
        "FROM glob('{folder}/*')",
        "FROM read_parquet('{lake}/snapshots/*/customers/*.parquet')",
        "FROM read_blob('{lake}/CURRENT')",
        "ATTACH '{folder}/new.db'",
        "COPY (SELECT 1) TO '{folder}/new.csv'",
        "COPY customers TO '{part}' (USE_TMP_FILE false)",
        "EXPORT DATABASE '{folder}/new'",
        "LOAD '{file}'",
    ],
)
def test_nothing_but_the_snapshot_is_in_reach(shop: Shop, query: str) -> None:
    file = shop.folder / "secret.csv"
    file.write_text("secret\n1\n", encoding="utf-8")
    before = listing(shop.folder)
    (part,) = (shop.snapshots()[-1] / "customers").iterdir()
    done = shop.run("sql", query.format(file=file, folder=shop.folder, lake=shop.lake, part=part))
    assert (done.code, done.out) == (2, "")
    assert listing(shop.folder) == before


def test_no_variable_of_python_is_a_table(synced: Shop) -> None:
    for name in ("receipts_", "parts", "changes_schema", "connection", "CHANGES_SCHEMA"):
        assert synced.run("sql", f"FROM {name}").code == 2


def test_statements_may_be_typed_one_after_the_other(synced: Shop) -> None:
    typed = "\n.tables\nSELECT 1 AS a;\nSELEC;\n\nSELECT\n 2 AS b\n;\n.help\n.exit\nSELECT 3;\n"
    done = synced.run("sql", typed=typed)
    assert done.code == 2  # one was refused
    first, *more = done.out.splitlines()
    assert first.startswith("billing_addresses   One row a billing address")
    assert {line.split()[0] for line in [first, *more[:7]]} == VIEWS
    assert more[7:11] == ["a", "1", "b", "2"]
    assert len(more) == 12
    assert done.err == 'sql: Parser Error: syntax error at or near "SELEC"\n'


def test_the_last_statement_needs_no_semicolon(synced: Shop) -> None:
    assert synced.run("sql", typed="SELECT 1 AS a").out == "a\n1\n"


def test_on_a_terminal_it_is_a_table_that_customers_cannot_steer(ward: Ward, synced: Shop) -> None:
    said = on_a_terminal(ward, synced, "SELECT 'x' || chr(27) || '[2J' || chr(7) AS name, 7 AS n")
    assert re.search("│ x�\\[2J� │ 7 │", said)
    wide = on_a_terminal(ward, synced, "FROM customers LIMIT 1")
    assert re.search(r"customer_profile_oid +1000001\s", wide)
    assert "only the first 200 rows" in on_a_terminal(ward, synced, "SELECT email FROM customers")


def on_a_terminal(ward: Ward, shop: Shop, query: str) -> str:
    """What a person sees."""
    seen = b""
    ours, its = pty.openpty()
    environment = {"COLUMNS": "80", "TERM": "xterm"}
    task = ("tests.cli.rivals:on_a_terminal", os.ttyname(its), "sql", query)
    run = ward.start(*task, folder=shop.folder, environment=environment)
    assert run.next_line() == f"{READY}\n"
    os.close(its)
    with contextlib.suppress(OSError):  # Linux's way to say that the other end is closed
        while part := os.read(ours, 65_536):
            seen += part
    assert run.end().code == 0
    os.close(ours)
    return seen.decode()


def test_without_a_snapshot_it_says_what_to_do(synced: Shop, tmp_path: Path) -> None:
    empty = Shop(tmp_path, synced.url)
    empty.configure()
    done = empty.run("sql", "SELECT 1")
    assert done.code == 2
    assert "there is no snapshot yet; `ucsync sync demo` makes one" in done.err


def test_a_full_state_that_is_not_all_there_is_said(shop: Shop) -> None:
    (part,) = (shop.snapshots()[-1] / "customers").iterdir()
    part.rename(part.with_name("elsewhere"))
    done = shop.run("sql", "FROM customers")
    assert done.code == 74
    assert "is not all there" in done.err


@pytest.mark.parametrize("cut", [10, 5000])
def test_a_damaged_file_is_damage_and_no_fault_of_the_query(shop: Shop, cut: int) -> None:
    (part,) = (shop.snapshots()[-1] / "customers").iterdir()
    data = part.read_bytes()
    part.write_bytes(data[:-cut] if cut == 10 else bytes(cut) + data[cut:])
    done = shop.run("sql", "SELECT * FROM customers")
    assert done.code == 74
    assert "`ucsync snapshots verify` says what is damaged" in done.err


def test_every_view_comes_with_the_package_and_says_what_a_row_is() -> None:
    found = {
        file.name: file.read_text(encoding="utf-8")
        for file in resources("ucsync.store").joinpath("sql").iterdir()
    }
    assert set(found) == {f"{view}.sql" for view in VIEWS | OF_ACCOUNTS}
    for text in found.values():
        assert text.startswith("-- One row ")
        assert ";" not in text.partition("\n")[2]
