"""NDJSON as rows of text: one object a line, numbers by their digits, lists of texts as lists."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa

from ucsync.model import InputUnusable
from ucsync.store.exact_json import NoNumber, is_unicode, parse

_BATCH_ROWS: Final = 20_000
_TEXTS: Final = pa.list_(pa.string())

_Rows = list[dict[str, str | list[str] | None]]


def read_ndjson(file: Iterable[bytes]) -> pa.Table:
    """All values of an NDJSON file as text or lists of texts, null where an object has none.

    Raises:
        InputUnusable: a line is no object of such values; with the line.
    """
    kinds: dict[str, pa.DataType] = {}
    batches = [_table(rows, kinds) for rows in _batches(file, kinds)]
    if not kinds:
        raise InputUnusable("empty; each line has to be an object")
    schema = pa.schema(
        [(name, pa.string() if pa.types.is_null(kind) else kind) for name, kind in kinds.items()]
    )
    tables = [_widened(table, schema) for table in batches]
    return pa.concat_tables(tables).combine_chunks()


def _batches(file: Iterable[bytes], kinds: dict[str, pa.DataType]) -> Iterator[_Rows]:
    held: _Rows = []
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            held.append(_row(line.decode("utf-8-sig" if number == 1 else "utf-8"), kinds))
        except UnicodeDecodeError:
            raise InputUnusable(f"line {number}: not UTF-8") from None
        except ValueError as fault:
            raise InputUnusable(f"line {number}: {fault}") from None
        if len(held) == _BATCH_ROWS:
            yield held
            held = []
    yield held


def _row(line: str, kinds: dict[str, pa.DataType]) -> dict[str, str | list[str] | None]:
    """The cells of a line; `kinds` of columns grows by those that are new.

    Raises:
        ValueError: it is no object of texts, numbers, flags and lists of them; in one line why.
    """
    pairs = parse(line)
    if not isinstance(pairs, tuple):
        raise ValueError("no object; each line is one, { … }")
    cells = {name: _cell(value) for name, value in pairs}
    if len(cells) != len(pairs):
        raise ValueError("an object with the same name twice")
    for name, cell in cells.items():
        kind = pa.null() if cell is None else _TEXTS if isinstance(cell, list) else pa.string()
        known = kinds.setdefault(name, kind)
        if pa.types.is_null(known):
            kinds[name] = kind
        elif kind not in (known, pa.null()):
            position = list(kinds).index(name) + 1
            raise ValueError(f"column {position} is a list in some lines and a single value in others")
    return cells


def _cell(value: Any) -> str | list[str] | None:
    if isinstance(value, list):
        return [_text(element) for element in value if element is not None]
    return None if value is None else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, NoNumber):
        raise ValueError("holds NaN or an infinity")
    if not isinstance(value, str):
        raise ValueError("an object or a list within a value; give each of its fields a name of its own")
    if not is_unicode(value) or "\0" in value:
        raise ValueError("holds text that is not Unicode, or a NUL")
    return str(value)


def _table(rows: _Rows, kinds: dict[str, pa.DataType]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()})


def _widened(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """With the columns that only later lines have."""
    return pa.table(
        [
            table[field.name].cast(field.type) if field.name in table.column_names
            else pa.nulls(len(table), field.type)
            for field in schema
        ],
        schema=schema,
    )  # fmt: skip
