"""The full state of a snapshot in the making: parts of about one size, unchanged ones taken over."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from ucsync.model import FileEntry
from ucsync.store.files import Files, storage
from ucsync.store.lake import CUSTOMERS
from ucsync.store.parts import link_part, write_part
from ucsync.store.schema import CUSTOMER


class FullState:
    """Takes rows and old parts, ascending; cuts rows into parts.

    Parts have between half of `rows_part` and one and a half, save where there is nothing to join them
    with.

    Attributes:
        parts: written so far.
    """

    def __init__(self, files: Files, folder: Path, *, rows_part: int) -> None:
        self._files = files
        self._folder = folder
        self._rows_part = rows_part
        self._waiting: list[Any] = []
        self.parts: list[FileEntry] = []
        with storage("writing parts"):
            files.make_folder(folder / CUSTOMERS)

    @property
    def rows(self) -> int:
        """In all parts."""
        return sum(part.rows for part in self.parts)

    def add(self, rows: Any) -> None:
        """More rows, above all before them. They wait for others until they make half a part."""
        if rows.num_rows:
            self._waiting.append(rows)
        if 2 * self._waiting_rows() >= self._rows_part:
            self._write()

    def wants(self, part: FileEntry) -> bool:
        """Whether this old part should be added row by row: to fill up a small one before it."""
        waiting = self._waiting_rows()
        return waiting > 0 and 2 * (waiting + part.rows) <= 3 * self._rows_part

    def take_over(self, old: Path, part: FileEntry) -> None:
        """A part of the snapshot in `old`, as it is."""
        self._write()
        self.parts.append(link_part(self._files, old, part, self._folder, len(self.parts)))

    def finish(self) -> list[FileEntry]:
        """All parts; where there are no rows, one without any, for readers that need a file."""
        self._write()
        if not self.parts:
            self._write_part(CUSTOMER.empty_table())
        return self.parts

    def _waiting_rows(self) -> int:
        return sum(table.num_rows for table in self._waiting)

    def _write(self) -> None:
        left = self._waiting_rows()
        if not left:
            return
        rows, self._waiting = pa.concat_tables(self._waiting), []
        while 2 * left > 3 * self._rows_part:
            self._write_part(rows.slice(0, self._rows_part))
            rows = rows.slice(self._rows_part)
            left = rows.num_rows
        self._write_part(rows)

    def _write_part(self, rows: Any) -> None:
        self.parts.append(write_part(self._files, self._folder, len(self.parts), rows))
