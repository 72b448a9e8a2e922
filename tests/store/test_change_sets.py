"""Change sets: every cell as it was written, whatever file it came in; else the line that cannot be read."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.model import InputUnusable, Misused
from ucsync.store.change_sets import open_change_set

Rows = list[dict[str, str | list[str] | None]]


def rows_of(path: Path, sql: str | None = None) -> Rows:
    changes = open_change_set(path, sql)
    return changes.cells(range(changes.rows))


def read(folder: Path, name: str, held: bytes | str, sql: str | None = None) -> Rows:
    path = folder / name
    path.write_bytes(held.encode() if isinstance(held, str) else held)
    return rows_of(path, sql)


def refusal(folder: Path, name: str, held: bytes | str, sql: str | None = None) -> str:
    with pytest.raises(InputUnusable, match=r"^[^\n]+$") as caught:
        read(folder, name, held, sql)
    return str(caught.value).removeprefix(f"{folder / name}: ")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
def test_csv_is_read_however_it_is_written(tmp_path: Path, separator: str, end: str, mark: str) -> None:
    lines = [
        ["email", '"a, b; c"', "Note"],
        ["ann@shop.example", '"1 ""x"""', ""],
        [],
        ['"bob@shop.example"', "", '"two,;|\tthings"'],
        [],
    ]
    text = mark + end.join(separator.join(cells) for cells in lines)
    assert read(tmp_path, "changes.csv", text) == [
        {"email": "ann@shop.example", "a, b; c": '1 "x"', "Note": None},
        {"email": "bob@shop.example", "a, b; c": None, "Note": "two,;|\tthings"},
    ]


def test_a_cell_may_hold_lines_and_a_file_one_column(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", 'A,B\r\n"one\r\ntwo",x\r\n') == [{"A": "one\r\ntwo", "B": "x"}]
    assert read(tmp_path, "b.csv", "customer_profile_oid\n7\n8\n") == [
        {"customer_profile_oid": "7"},
        {"customer_profile_oid": "8"},
    ]
    assert read(tmp_path, "c.tsv", "A\tB, C\n1,5\t2\n") == [{"A": "1,5", "B, C": "2"}]
    assert read(tmp_path, "d.csv", "A,B\n") == []


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        (b"", "empty; its first line has to name the columns"),
        (b"A,B\n1,2\n\n1,2,3\n", "line 4: 3 cells, and the first line names 2 columns"),
        (b'A,B\n"1\n2",3\n4\n', "line 4: 1 cells"),
        (b'A,B\n1,2\n3,"4\n5,6\n', "line 3: a quoted cell begins here and never ends"),
        (b'A,B\n1,2\n3,"4"5\n', "line 3: not CSV: after the closing quotation mark"),
        (b"A,B\n1,2\n3,\x00\n", "line 3: holds a NUL byte"),
        (b"A,B\n1,2\n3,\xe9\n", "line 3: not UTF-8; save it as CSV in UTF-8"),
        ("A,B\n1,2\n".encode("utf-16"), "in UTF-16; save it as CSV in UTF-8"),
        (b"A,B,A\n", "columns 1 and 3 have the same name"),
        (b"A, A\n", "columns 1 and 2 have the same name"),
        (b"A,,B\n", "column 2 of 3 has no name"),
        (b"A\n" + b"x" * 140_000, "line 2: a cell of more than 131072 characters"),
    ],
    ids=lambda held: held if isinstance(held, str) else "",
)
def test_csv_that_would_have_to_be_guessed_at_is_refused_with_its_line(
    tmp_path: Path, held: bytes, problem: str
) -> None:
    assert refusal(tmp_path, "changes.csv", held).startswith(problem)


def test_the_line_that_is_not_utf8_is_found_far_down(tmp_path: Path) -> None:
    held = b"A,B\n" + b"1,2\n" * 30_000 + b"3,\xff\n"
    assert refusal(tmp_path, "changes.csv", held).startswith("line 30002: not UTF-8")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=6))
def test_what_any_csv_writer_writes_comes_back(
    rows: list[tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    held = io.StringIO()
    csv.writer(held, quoting=csv.QUOTE_ALL).writerows([("A", "B", "C"), *rows])
    found = read(tmp_path_factory.getbasetemp(), "any.csv", held.getvalue())
    assert [tuple(row[name] or "" for name in "ABC") for row in found] == rows


@given(held=st.binary(max_size=60), suffix=st.sampled_from(["csv", "tsv", "ndjson", "parquet", "duckdb"]))
def test_any_bytes_are_rows_or_are_refused(
    held: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sql = "SELECT 1 AS a" if suffix == "duckdb" else None
    path = tmp_path_factory.getbasetemp() / f"bytes.{suffix}"
    path.write_bytes(held)
    try:
        rows_of(path, sql)
    except InputUnusable as failure:
        assert str(path) in str(failure)


def test_ndjson_keeps_numbers_by_their_digits_and_lists_as_lists(tmp_path: Path) -> None:
    lines = [
        '{"email": "ann@shop.example", "worth": 1.10000000000000000000001, "tags": ["a; b", "c", null]}',
        "",
        '{"email": "bob@shop.example", "oid": 18446744073709551616, "exempt": true, "tags": null}',
        '{"tags": [7, false], "exempt": false, "late": "x"}',
    ]
    rows = read(tmp_path, "changes.ndjson", "\ufeff" + "\r\n".join(lines))
    assert rows == [
        {"email": "ann@shop.example", "worth": "1.10000000000000000000001", "tags": ["a; b", "c"],
         "oid": None, "exempt": None, "late": None},
        {"email": "bob@shop.example", "worth": None, "tags": None, "oid": "18446744073709551616",
         "exempt": "true", "late": None},
        {"email": None, "worth": None, "tags": ["7", "false"], "oid": None, "exempt": "false", "late": "x"},
    ]  # fmt: skip


def test_ndjson_of_many_rows_gains_columns_on_the_way(tmp_path: Path) -> None:
    lines = [json.dumps({"a": None, "n": number}) for number in range(20_001)] + ['{"a": ["x"], "b": "y"}']
    rows = read(tmp_path, "changes.jsonl", "\n".join(lines))
    assert len(rows) == 20_002
    assert rows[20_000] == {"a": None, "n": "20000", "b": None}
    assert rows[20_001] == {"a": ["x"], "n": None, "b": "y"}


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        (b"", "empty; each line has to be an object"),
        (b'{"a": 1}\n[1]\n', "line 2: no object"),
        (b'{"a": 1}\n{"a": \n', "line 2: not JSON"),
        (b'{"a": {"b": 1}}\n', "line 1: an object or a list within a value"),
        (b'{"a": [[1]]}\n', "line 1: an object or a list within a value"),
        (b'{"a": NaN}\n', "line 1: holds NaN or an infinity"),
        (b'{"a": "\\ud800"}\n', "line 1: holds text that is not Unicode"),
        (b'{"a": "\\u0000"}\n', "line 1: holds text that is not Unicode, or a NUL"),
        (b'{"a": 1, "a": 2}\n', "line 1: an object with the same name twice"),
        (b'{"b": 1, "a": 1}\n{"a": ["x"]}\n', "line 2: column 2 is a list in some lines"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "line 2: not UTF-8"),
    ],
    ids=lambda held: held if isinstance(held, str) else "",
)
def test_ndjson_that_is_no_rows_is_refused_with_its_line(tmp_path: Path, held: bytes, problem: str) -> None:
    assert refusal(tmp_path, "changes.ndjson", held).startswith(problem)


def parquet(folder: Path, columns: dict[str, Any]) -> Path:
    path = folder / "changes.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_of_any_plain_types_becomes_text(tmp_path: Path) -> None:
    instant = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
    path = parquet(
        tmp_path,
        {
            "oid": pa.array([5.0, float("nan")]),  # as pandas writes integers of which one is missing
            "price": pa.array([19.99, None], pa.float32()),
            "exact": pa.array([Decimal("1.50"), None], pa.decimal128(38, 2)),
            "flag": pa.array([True, None]),
            "day": pa.array([date(2026, 11, 22), None]),
            "at": pa.array([instant, None], pa.timestamp("us", "UTC")),
            "kind": pa.array(["a", None]).dictionary_encode(),
            "tags": pa.array([["x", None], None], pa.list_(pa.string())),
            "none": pa.nulls(2),
        },
    )
    first, second = rows_of(path)
    assert first == {
        "oid": "5", "price": "19.99", "exact": "1.50", "flag": "true", "day": "2026-11-22",
        "at": "2026-11-22 03:15:00.000000Z", "kind": "a", "tags": ["x"], "none": None,
    }  # fmt: skip
    assert set(second.values()) == {None}


def test_parquet_of_other_types_is_refused_unless_a_query_takes_them_apart(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"a": [1], "deep": [{"b": "x"}], "raw": [b"x"], "lists": [[[1]]]})
    with pytest.raises(InputUnusable, match="column 'deep' holds struct<b: string>, which is neither"):
        open_change_set(path, None)
    assert rows_of(path, "SELECT a, deep.b FROM changes") == [{"a": "1", "b": "x"}]
    for column in ("raw", "lists"):
        with pytest.raises(InputUnusable, match=f"column '{column}' holds"):
            open_change_set(path, f"SELECT {column} FROM changes")  # noqa: S608  (invented columns)


def test_a_query_sees_a_file_as_the_view_of_changes(tmp_path: Path) -> None:
    text = "email,City\nann@shop.example,Rome\nbob@shop.example,Oslo\n"
    sql = "SELECT upper(City) AS city, email FROM changes WHERE City <> 'Oslo';"
    assert read(tmp_path, "changes.csv", text, sql) == [{"city": "ROME", "email": "ann@shop.example"}]
    assert read(tmp_path, "changes.ndjson", '{"a": 1}', "FROM changes") == [{"a": "1"}]


def test_a_query_reads_the_tables_of_a_database(tmp_path: Path) -> None:
    path = tmp_path / "crm.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE people AS SELECT 7 AS oid, ['a', 'b'] AS tags, 1.50 AS worth")
    assert rows_of(path, "FROM people") == [{"oid": "7", "tags": ["a", "b"], "worth": "1.50"}]
    with pytest.raises(InputUnusable, match="a database; say with --sql"):
        open_change_set(path, None)
    before = path.read_bytes()
    copy = f"COPY (SELECT 1) TO '{path}' (FORMAT csv, USE_TMP_FILE false)"
    for sql in (f"WITH x AS ({copy}) SELECT 1", "WITH x AS (DELETE FROM people RETURNING *) FROM x"):
        with pytest.raises(Misused, match="one that selects"):
            rows_of(path, sql)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("", "one statement"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("DROP VIEW changes", "one that selects"),
        ("COPY changes TO 'out.csv'", "one that selects"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FROM read_csv('/etc/hosts')", "disabled"),
        ("SELEKT", "SELEKT"),
    ],
)
def test_a_query_only_selects_and_sees_nothing_else(tmp_path: Path, sql: str, problem: str) -> None:
    with pytest.raises(Misused, match=f"--sql: .*{problem}"):
        read(tmp_path, "changes.csv", "A\n1\n", sql)


def test_what_a_query_stumbles_over_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(Misused) as caught:
        read(tmp_path, "changes.csv", "A\nsomebody's name\n", "SELECT A::INTEGER AS b FROM changes")
    assert "somebody" not in str(caught.value)


def test_columns_of_a_query_have_names_of_their_own(tmp_path: Path) -> None:
    told = refusal(tmp_path, "changes.csv", "A,B\n1,2\n", "SELECT A AS x, B AS x FROM changes")
    assert told == "columns 1 and 2 have the same name"


def test_cells_are_had_in_the_order_and_of_the_columns_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text("A,B\n1,x\n2,y\n3,z\n")
    changes = open_change_set(path, None)
    assert (changes.columns, changes.rows) == (("A", "B"), 3)
    assert changes.cells([2, 0], ["B"]) == [{"B": "z"}, {"B": "x"}]
    assert changes.cells([]) == []
    assert changes.column("A").to_pylist() == ["1", "2", "3"]


def test_the_digest_is_of_the_file_and_of_the_query(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text("A\n1\n")
    plain = open_change_set(path, None).sha256
    asked = open_change_set(path, "FROM changes").sha256
    assert plain == open_change_set(path, None).sha256
    assert len({plain, asked, open_change_set(path, "SELECT * FROM changes").sha256}) == 3
    path.write_text("A\n2\n")
    assert open_change_set(path, None).sha256 != plain


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("people.xlsx", "save it as CSV in UTF-8"),
        ("people.json", "its name ends in none of .csv, .tsv"),
        ("people", "its name ends in none of"),
    ],
)
def test_other_files_are_told_what_to_be(tmp_path: Path, name: str, problem: str) -> None:
    assert problem in refusal(tmp_path, name, "x")


def test_a_file_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for path in (tmp_path / "none.csv", tmp_path / "folder.csv", Path("a\0b.csv")):
        with pytest.raises(InputUnusable, match="cannot be read"):
            open_change_set(path, None)


def test_nothing_of_a_change_set_is_shown_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text("A\nsomebody\n")
    assert "somebody" not in repr(open_change_set(path, None))
