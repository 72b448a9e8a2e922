"""An export to Postgres that dies at a statement, or in the middle of a COPY; run in a process of its own."""

import os
import signal
from typing import Any, Final

import duckdb
import psycopg

from tests.postgres.sources import NEWER, shapes
from ucsync.store.exporting import SETTINGS
from ucsync.store.postgres import export_tables

#: The place of a death, beside the number of a statement.
IN_COPY: Final = -1
AT_THE_END: Final = -2

VIEWS: Final = ("people", "dw.many")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Counting(psycopg.Cursor[Any]):
    """Counts statements, and dies before one of them."""

    count = 0
    at = 0

    def execute(self, *arguments: Any, **more: Any) -> Any:
        """See `psycopg.Cursor`."""
        _Counting.count += 1
        if _Counting.count == _Counting.at:
            _die()
        return super().execute(*arguments, **more)


def export(warehouse: str, conninfo: str, at: int, statements: int = 0) -> int:
    """Replace the tables of `VIEWS`; the number of statements that it took.

    Args:
        at: the statement before which it dies, `IN_COPY`, or `AT_THE_END`: after the last of `statements`.
    """
    _Counting.at = at

    def watch(view: str, rows: int) -> None:
        if at == IN_COPY and view == "dw.many":
            _die()

    with (
        duckdb.connect(warehouse, read_only=True, config=SETTINGS) as source,
        psycopg.connect(conninfo, autocommit=True, cursor_factory=_Counting) as database,
    ):
        made = shapes(source, *VIEWS)
        with database.transaction():
            export_tables(database, source, made, NEWER, schema="shop", watch=watch)
            if at == AT_THE_END:
                assert _Counting.count == statements
                _die()
    return _Counting.count
