"""The list of runs: when each began and ended, what it cost and what came of it."""

from datetime import UTC, datetime
from typing import Final

from ucsync.model.runs import Run
from ucsync.store.database import Database

_COLUMNS: Final = "number, merchant, kind, started, ended, exit_code, requests, snapshot, result"


def begin_run(database: Database, merchant: str, kind: str, now: datetime) -> int:
    """Note that a run begins. Returns its number. Raises StorageFailed."""
    with database.transaction("noting a run") as transaction:
        newest = transaction.row("SELECT max(number) FROM runs")
        number = 1 + (newest[0] or 0 if newest else 0)
        transaction.put("runs", number, merchant, kind, _text(now), None, None, None, None, None)
        return int(number)


def end_run(
    database: Database,
    number: int,
    now: datetime,
    *,
    exit_code: int,
    requests: int,
    snapshot: str | None = None,
    result: str = "",
) -> None:
    """Note how the run of this number ended; see `Run`. Raises StorageFailed."""
    with database.transaction("noting a run") as transaction:
        begun = transaction.row("SELECT number, merchant, kind, started FROM runs WHERE number = ?", number)
        if begun is not None:
            transaction.put("runs", *begun, _text(now), exit_code, requests, snapshot, result)


def last_runs(database: Database, merchant: str | None = None, count: int = 10) -> list[Run]:
    """The newest runs, newest first, of one merchant or of all; one that cannot be read any more is left
    out. Raises StorageFailed."""
    query = f"SELECT {_COLUMNS} FROM runs WHERE merchant = coalesce(?, merchant) ORDER BY number DESC LIMIT ?"  # noqa: S608  (a constant)
    found = [_run(*row) for row in database.rows("reading the runs", query, (merchant, count))]
    return [run for run in found if run is not None]


def _run(
    number: int, merchant: str, kind: str, started: str, ended: str | None, exit_code: int | None,
    requests: int | None, snapshot: str | None, result: str | None,
) -> Run | None:  # fmt: skip
    try:
        began = datetime.fromisoformat(started)
        over = None if ended is None else datetime.fromisoformat(ended)
    except (ValueError, TypeError):
        return None
    return Run(
        number=number,
        merchant=merchant,
        kind=kind,
        started=began,
        ended=over,
        exit_code=exit_code,
        requests=requests,
        snapshot=snapshot,
        result=result or "",
    )


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
