"""The rows of staged pages that are to be published, decoded a few pages at a time."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

import pyarrow as pa

from ucsync.model import PageNote, Stopped
from ucsync.store.decoding import Aside, Decoder, StagedBody
from ucsync.store.lasting import damaged
from ucsync.store.merging import oids_of
from ucsync.store.quarantine import Quarantine
from ucsync.store.selection import Selection
from ucsync.store.suppression import Suppression

#: A call of the decoder has a price of its own, worth some 200 rows; its memory grows with what it is given.
_ROWS_CALL: Final = 2_000
_BYTES_CALL: Final = 8 << 20
#: Whatever may be an e-mail address in a text that nobody can read.
_ADDRESS: Final = re.compile(rb"[^\s\"'<>,;:()\[\]\\]+@[^\s\"'<>,;:()\[\]\\]+")


class Pages(Protocol):
    """Pages of customers, numbered from 1: a scan in staging, or what stands in for one."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    def note(self, number: int) -> PageNote:
        """What is known of a page. Raises StorageFailed."""
        ...

    def read(self, number: int) -> tuple[PageNote, bytes]:
        """A page: its note and its body, an object with `customers`. Raises StorageFailed."""
        ...


class PageRows:
    """What staged pages hold, without the rows that lost and those that cannot be decoded."""

    def __init__(
        self,
        staged: Pages,
        selection: Selection,
        *,
        decoder: Decoder,
        quarantine: Quarantine,
        on_rows: Callable[[int], None],
        stop: Callable[[], bool],
        forgotten: Suppression,
    ) -> None:
        """`on_rows` is told how many rows were decoded at a time, `stop` asked before each time; a row that
        does not tell whose it is, and has the address of somebody `forgotten`, is not kept."""
        self._staged = staged
        self._selection = selection
        self._decoder = decoder
        self._quarantine = quarantine
        self._on_rows = on_rows
        self._stop = stop
        self._forgotten = forgotten

    def read(self, pages: Iterable[int]) -> Iterator[Any]:
        """Tables of the schema CUSTOMER; rows in the order of the pages.

        Raises:
            Stopped: `stop` said so.
            StorageFailed: a page is damaged, or is not the one that was read, or quarantine cannot be
                written.
        """
        bodies: list[StagedBody] = []
        rows = size = 0
        for page in pages:
            note, body = self._staged.read(page)
            bodies.append(StagedBody(number=page, body=body, observed_at=note.observed_at))
            where = self._selection.rows_of(page)
            rows, size = rows + where.stop - where.start, size + len(body)
            if rows >= _ROWS_CALL or size >= _BYTES_CALL:
                yield self._decoded(bodies, rows)
                bodies, rows, size = [], 0, 0
        if bodies:
            yield self._decoded(bodies, rows)

    def _decoded(self, bodies: Sequence[StagedBody], rows: int) -> Any:
        if self._stop():
            raise stopped()
        decoded = self._decoder.decode(bodies)
        aside = {self._selection.starts[found.page - 1] + found.row: found for found in decoded.asides}
        self._set_aside(aside)
        places = [self._selection.rows_of(body.number) for body in bodies]
        known = pa.concat_arrays([self._selection.known[place] for place in places])
        wins = bytearray().join(self._selection.wins[place] for place in places)
        if aside:
            decodable = [row not in aside for place in places for row in range(place.start, place.stop)]
            known = known.filter(pa.array(decodable))
            wins = bytearray(win for win, good in zip(wins, decodable, strict=True) if good)
        if not oids_of(decoded.rows).equals(known):
            mend = "remove this merchant's folder in staging and run it again"
            raise damaged("staged pages do not hold the customers that were read from them", mend)
        self._on_rows(rows)
        if all(wins):
            return decoded.rows
        flags = pa.Array.from_buffers(pa.uint8(), len(wins), [None, pa.py_buffer(wins)])
        return decoded.rows.filter(flags.cast(pa.bool_()))

    def _set_aside(self, aside: dict[int, Aside]) -> None:
        """Keep what would have been published, or belongs to nobody; not what a later page has anyway."""
        for row, found in aside.items():
            nameless = self._selection.known[row].as_py() < 1
            if self._selection.wins[row] or (nameless and not self._is_forgotten(found)):
                self._quarantine.add(found)

    def _is_forgotten(self, found: Aside) -> bool:
        if not self._forgotten.people:
            return False
        words = (word.decode(errors="replace") for word in _ADDRESS.findall(found.raw))
        return any(self._forgotten.covers_email(word) for word in words)


def stopped() -> Stopped:
    """The error for a publishing that was asked to stop."""
    return Stopped("stopped while publishing; the pages that were read are kept")
