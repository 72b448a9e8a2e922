"""CSV as RFC 4180 has it: every cell as it was written, or the line that is not CSV.

UTF-8, with or without its mark; lines end in any of the three ways; cells are separated by commas,
semicolons, tabs or bars, whichever the first line has most of. A file that would have to be guessed at,
in another encoding or with rows of unequal length, is refused as a whole: half of it may be shifted.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader, TextIOWrapper
from typing import Final

import pyarrow as pa

from ucsync.model import InputUnusable

TAB: Final = "\t"
_SEPARATORS: Final = (",", ";", TAB, "|")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_MEND: Final = "save it as CSV in UTF-8"
_BATCH_ROWS: Final = 20_000
_SNIFFED_CHARACTERS: Final = 65_536
_QUOTED = re.compile(r'"(?:[^"]|"")*"?')


def read_csv(file: BufferedReader, separator: str | None) -> pa.Table:
    """All cells of a CSV file as text, null where a cell is empty.

    Args:
        file: at its beginning.
        separator: between cells, None to tell it from the first line.

    Raises:
        InputUnusable: it is no such file; with the line.
    """
    if file.peek(2)[:2] in _UTF16:
        raise InputUnusable(f"in UTF-16; {_MEND}")
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return _table(text, separator)
    except UnicodeDecodeError:
        raise InputUnusable(f"line {_line_not_utf8(file)}: not UTF-8; {_MEND}") from None
    finally:
        text.detach()


def _table(text: TextIOWrapper, separator: str | None) -> pa.Table:
    separator = separator or _most_likely(text.read(_SNIFFED_CHARACTERS))
    text.seek(0)
    rows = _rows(text, separator)
    first = next(rows, None)
    if first is None:
        raise InputUnusable("empty; its first line has to name the columns")
    names = [name.strip() for name in first[1]]
    check_names(names)
    schema = pa.schema([(name, pa.string()) for name in names])
    return pa.Table.from_batches(_batches(rows, schema), schema).combine_chunks()


def check_names(names: Sequence[str]) -> None:
    """Whether columns can be told apart.

    Raises:
        InputUnusable: one has no name, or the name of another.
    """
    for position, name in enumerate(names, 1):
        if not name:
            raise InputUnusable(f"column {position} of {len(names)} has no name")
        if names.index(name) != position - 1:
            raise InputUnusable(f"columns {names.index(name) + 1} and {position} have the same name")


def _most_likely(beginning: str) -> str:
    header = re.split(r"[\r\n]", _QUOTED.sub("", beginning.lstrip("\r\n")), maxsplit=1)[0]
    return max(_SEPARATORS, key=header.count)


def _rows(text: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins."""
    reader = csv.reader(_lines(text), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as fault:
            raise InputUnusable(f"line {line}: {_csv_problem(str(fault))}") from None
        if row is None:
            return
        if row:
            yield line, row
        line = reader.line_num + 1


def _csv_problem(fault: str) -> str:
    if "unexpected end" in fault:
        return "a quoted cell begins here and never ends"
    if "field larger" in fault:
        return f"a cell of more than {csv.field_size_limit()} characters; is a quotation mark missing?"
    return 'not CSV: after the closing quotation mark of a cell stands more; inside a cell write ""'


def _lines(text: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(text, 1):
        if "\0" in line:
            raise InputUnusable(f"line {number}: holds a NUL byte; is it CSV?")
        yield line


def _batches(rows: Iterator[tuple[int, list[str]]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    width = len(schema)
    held: list[list[str | None]] = []
    for line, row in rows:
        if len(row) != width:
            raise InputUnusable(
                f"line {line}: {len(row)} cells, and the first line names {width} columns; "
                "a cell that holds the separator has to be in quotation marks"
            )
        held.append([cell or None for cell in row])
        if len(held) == _BATCH_ROWS:
            yield _batch(held, schema)
            held = []
    if held:
        yield _batch(held, schema)


def _batch(rows: list[list[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)], schema=schema
    )


def _line_not_utf8(file: BufferedReader) -> int:
    """The first line that is not; a file of one line is that one."""
    file.seek(0)
    return next((number for number, line in enumerate(file, 1) if not _is_utf8(line)), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
