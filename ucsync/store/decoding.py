"""Pages of JSON to Arrow, strictly: a value is exact in its column, or its row is set aside.

Several pages at a time go through Arrow's own reader, which is quick and strict but for these gaps
(observed with pyarrow 26), each of which is closed here:

- a quoted number passes for a decimal, one of 30 digits wraps round, a very small one becomes 0, an
  instant without a zone passes for UTC, and a null where a row should be ends the process:
  `cutting.is_plain` finds them before Arrow sees the page;
- bytes that are not UTF-8 are found by `validate(full=True)`;
- an instant may leave the years 1 to 9999 when it is shifted to UTC: looked for in the result.

A page with anything odd is read again by itself, row by row, by `rows`, which knows why.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from ucsync.store.cutting import Rows, cut, is_plain
from ucsync.store.rows import RowRefused, read_row
from ucsync.store.schema import (
    CUSTOMER,
    EXTRAS,
    INSTANT,
    MODEL,
    NEVER_STORED,
    OBSERVED_AT,
    OID,
    SCAN,
    columns_of,
)

#: Bodies that go through Arrow at once. More pages are quicker for each row, and take more memory.
GROUP_BYTES_MAX: Final = 16 * 2**20


@dataclass(frozen=True, slots=True)
class StagedBody:
    """A page as it was staged: its number within the scan, the raw answer, and when it came."""

    number: int
    body: bytes = field(repr=False)
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that could not be stored exactly.

    Attributes:
        page: the page's number.
        row: the row's index on it, from 0.
        oid: whose it is, None when it does not say so clearly.
        reason: the path of the value and what is wrong with it, never the value.
        raw: the row as it came, with null for what must not be stored; empty when that could not be
            told from the rest.
    """

    page: int
    row: int
    oid: int | None
    reason: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What pages hold.

    Attributes:
        rows: of the schema `CUSTOMER`, in the order of pages and rows, without those set aside; in
            one chunk when there is nothing odd on the pages.
        pages: int32, for each of the rows the number of its page.
        asides: the other rows, in their order.
    """

    rows: pa.Table = field(repr=False)
    pages: pa.Array = field(repr=False)
    asides: tuple[Aside, ...]


@dataclass(frozen=True, slots=True)
class _Batch:
    """The API's columns of some pages, and how many rows of each page there are."""

    columns: pa.Table
    counts: Sequence[tuple[StagedBody, int]]


class Decoder:
    """Decodes the pages of one scan, in any number of calls.

    Args:
        scan: its id, for the column `_scan`.
        omit: top-level fields that must not be stored: their columns are null, whatever the server
            sent, and what is set aside does not hold their values either.
    """

    def __init__(self, scan: str, *, omit: frozenset[str] = frozenset()) -> None:
        if OID in omit:
            raise ValueError(f"{OID} tells rows apart and cannot be left out")
        self._scan = scan
        self._omit = omit

    def decode(self, bodies: Sequence[StagedBody]) -> Decoded:
        """The customers on these pages. Some five pages of 200 at a time are quickest; memory grows
        with the bodies given.

        Raises:
            StorageFailed: a body is no page of customers; it was one when it was staged.
        """
        asides: list[Aside] = []
        batches = [batch for group in _groups(bodies) for batch in self._batches(group, asides)]
        counts = [count for batch in batches for count in batch.counts]
        tables = [self._with_origin(batch) for batch in batches]
        return Decoded(
            rows=pa.concat_tables(tables) if tables else CUSTOMER.empty_table(),
            pages=_repeated(pa.int32(), ((staged.number, count) for staged, count in counts)),
            asides=tuple(asides),
        )

    def _batches(self, group: Sequence[StagedBody], asides: list[Aside]) -> Iterator[_Batch]:
        """The rows of a group at once if nothing on it is odd, else page by page."""
        batch = _read_at_once(group)
        if batch is not None:
            yield batch
        elif len(group) > 1:
            for staged in group:
                yield from self._batches([staged], asides)
        else:
            yield self._read_row_by_row(group[0], asides)

    def _read_row_by_row(self, staged: StagedBody, asides: list[Aside]) -> _Batch:
        held: list[dict[str, Any]] = []
        for index, raw in enumerate(cut(staged.body)):
            try:
                held.append(read_row(bytes(raw), self._omit | NEVER_STORED))
            except RowRefused as refused:
                asides.append(Aside(staged.number, index, refused.oid, refused.reason, refused.raw))
        rows = pa.array(held, pa.struct([*_COLUMNS, CUSTOMER.field(EXTRAS)]))
        return _Batch(pa.Table.from_struct_array(rows), [(staged, len(held))])

    def _with_origin(self, batch: _Batch) -> pa.Table:
        """All the columns of a snapshot."""
        rows = batch.columns.num_rows
        added = {
            OBSERVED_AT: _repeated(INSTANT, ((staged.observed_at, count) for staged, count in batch.counts)),
            SCAN: pa.repeat(pa.scalar(self._scan, pa.string()), rows),
            **{name: pa.nulls(rows, CUSTOMER.field(name).type) for name in self._omit & _NAMES},
        }
        held = {name: batch.columns[name] for name in batch.columns.column_names}
        nothing = pa.nulls(rows, pa.string())
        columns = {EXTRAS: nothing, **held, **added}
        return pa.table([columns[name] for name in CUSTOMER.names], schema=CUSTOMER)


_COLUMNS: Final = columns_of(MODEL, opaque=pa.string())
_NAMES: Final = frozenset(column.name for column in _COLUMNS)

#: As Arrow's reader sees a row. It has no way to keep JSON as text, so a value of any shape is odd to
#: it, and so is any value in a field that is never stored.
_WIRE: Final = pa.schema(
    [*columns_of(MODEL, opaque=pa.null()), *(pa.field(name, pa.null()) for name in sorted(NEVER_STORED))]
)
_PARSE: Final = pj.ParseOptions(explicit_schema=_WIRE, unexpected_field_behavior="error")


def _groups(bodies: Iterable[StagedBody]) -> Iterator[list[StagedBody]]:
    """Pages that lie side by side, plain ones together as far as `GROUP_BYTES_MAX` permits."""
    group: list[StagedBody] = []
    size = 0
    for staged in bodies:
        if group and size + len(staged.body) > GROUP_BYTES_MAX:
            yield group
            group, size = [], 0
        group.append(staged)
        size += len(staged.body)
    if group:
        yield group


def _read_at_once(group: Sequence[StagedBody]) -> _Batch | None:
    """The rows of these pages by Arrow's reader, or None when there is anything odd among them."""
    if not all(is_plain(staged.body) for staged in group):
        return None
    pages: list[Rows] = [cut(staged.body) for staged in group]
    counts = [(staged, len(rows)) for staged, rows in zip(group, pages, strict=True)]
    text = b"\n".join(row for rows in pages for row in rows)
    if not text:
        return _Batch(pa.schema(_COLUMNS).empty_table(), counts)
    options = pj.ReadOptions(use_threads=False, block_size=len(text) + 1)  # no row straddles two blocks
    try:
        table = pj.read_json(pa.BufferReader(text), read_options=options, parse_options=_PARSE)
        table.validate(full=True)
    except pa.ArrowException:
        return None
    if table.num_rows != sum(count for _, count in counts) or not _is_sound(table):
        return None
    return _Batch(table.drop_columns(sorted(NEVER_STORED)).cast(pa.schema(_COLUMNS)), counts)


def _is_sound(table: pa.Table) -> bool:
    """Whether every row has an oid, and every instant is one that Python, too, can name."""
    oids = table[OID]
    if oids.null_count or pc.min(oids).as_py() < 1:
        return False
    return all(
        _EARLIEST <= bound <= _LATEST
        for column in table.columns
        for chunk in column.chunks
        for instants in _instants(chunk)
        for bound in pc.min_max(instants.view(pa.int64())).as_py().values()
        if bound is not None
    )


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LATEST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def _instants(array: pa.Array) -> Iterator[pa.Array]:
    """The instants in a column, at any depth."""
    if array.type == INSTANT:
        yield array
    elif pa.types.is_list(array.type):
        yield from _instants(array.values)
    elif pa.types.is_struct(array.type):
        for index in range(array.type.num_fields):
            yield from _instants(array.field(index))


def _repeated(type_: pa.DataType, counts: Iterable[tuple[Any, int]]) -> pa.Array:
    """Each value as often as its count says."""
    runs = [pa.repeat(pa.scalar(value, type_), count) for value, count in counts]
    return pa.concat_arrays(runs) if runs else pa.array([], type_)
