"""`ucsync push plan` and `ucsync push undo`: what would be sent, before it is."""

from pathlib import Path
from typing import Annotated, Final

import typer

from ucsync.cli.flags import AsJson, ConfigFile
from ucsync.cli.progress import log_to_stderr, shown
from ucsync.cli.push_ends import (
    AcceptChanges,
    AcceptCleared,
    AcceptDeletes,
    Html,
    NoRefresh,
    Out,
    Table,
    as_typed,
    told,
)
from ucsync.cli.push_words import next_in_words, plan_in_words
from ucsync.cli.words import block, counted
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.undoing import UndoResult
from ucsync.pushing import Pusher
from ucsync.sheets import check_free

#: Of what an undo keeps or cannot do, so many are named.
SHOWN: Final = 20


def plan(
    changes: Annotated[
        Path, typer.Argument(metavar="CHANGES", help="CSV, TSV, Parquet, NDJSON, or a DuckDB database.")
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="Says which column is which field; else columns are named as fields.")
    ] = None,
    sql: Annotated[
        str | None, typer.Option(metavar="QUERY", help="What to select; CHANGES is the view `changes`.")
    ] = None,
    merchant: Annotated[
        str | None, typer.Option(help="Name of a [merchants.NAME]; not needed when there is one.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="SNAPSHOT", help="The snapshot that the CRM had exported from.")
    ] = None,
    no_refresh: NoRefresh = False,
    out: Out = None,
    html: Html = None,
    csv: Table = None,
    accept_changes: AcceptChanges = None,
    accept_cleared: AcceptCleared = None,
    accept_deletes: AcceptDeletes = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what a CRM's changes come to: every field that would change, what it costs, what is refused.

    Nothing is changed at the server; the only requests bring the lake up to date. The plan is a file that
    `ucsync push apply` sends exactly, once. Exit code 3: rows were rejected, or wait for a person; 4: a
    guard stops the plan; 65: the file cannot be used.

    Example:  ucsync push plan contacts.csv --mapping hubspot.toml
    """
    log_to_stderr()

    def work() -> PlanResult:
        check_free(html, csv)
        with shown() as watch:
            pusher = Pusher(config, merchant, watch=watch)
            result = pusher.plan(
                changes, mapping=mapping, sql=sql, base=base, refresh=not no_refresh, out=out,
                accept_changes=accept_changes, accept_cleared=accept_cleared, accept_deletes=accept_deletes,
            )  # fmt: skip
        _write(pusher, result, html, csv)
        return result

    told(work, lambda result: _plan_in_words(result, out, config), as_json=as_json)


def undo(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The beginning of a push's id.")],
    delete_inserted: Annotated[
        bool, typer.Option("--delete-inserted", help="Delete again whom the push has inserted.")
    ] = False,
    no_refresh: NoRefresh = False,
    out: Out = None,
    html: Html = None,
    csv: Table = None,
    accept_changes: AcceptChanges = None,
    accept_cleared: AcceptCleared = None,
    accept_deletes: AcceptDeletes = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Plan how to take a push back: each field that still holds what the push wrote gets its old value.

    What was edited since is kept and listed, and so is what cannot be taken back; for merges there is a
    plan that inserts the absorbed ones again as far as that goes. Nothing is sent before `push apply`.

    Example:  ucsync push undo 20261122T143000Z-9f3c21aa
    """
    log_to_stderr()

    def work() -> UndoResult:
        check_free(html, csv)
        with shown() as watch:
            pusher = Pusher(config, watch=watch)
            result = pusher.undo(
                run, refresh=not no_refresh, out=out, delete_inserted=delete_inserted,
                accept_changes=accept_changes, accept_cleared=accept_cleared, accept_deletes=accept_deletes,
            )  # fmt: skip
        _write(pusher, result.planned, html, csv)
        return result

    told(work, lambda result: _undo_in_words(result, out, config), as_json=as_json)


def _write(pusher: Pusher, result: PlanResult, html: Path | None, csv: Path | None) -> None:
    if html is None and csv is None:
        return
    with pusher.show(result.plan.path) as sheet:
        if html is not None:
            sheet.write_page(html)
        if csv is not None:
            sheet.write_table(csv)


def _plan_in_words(result: PlanResult, out: Path | None, config: Path | None) -> str:
    return "\n".join(_files_in_words(result) + _next_in_words(result, out, config))


def _undo_in_words(result: UndoResult, out: Path | None, config: Path | None) -> str:
    lines = _files_in_words(result.planned)
    kept = [f"customer {one.oid}, {one.change.path}: {one.reason}" for one in result.kept[:SHOWN]]
    lines += block(
        "kept", [*kept, *_more(len(result.kept))] if kept else ["nothing: nobody has edited since"]
    )
    impossible = [f"{one.what}: {one.why}" for one in result.impossible[:SHOWN]]
    if impossible:
        lines += block("impossible", [*impossible, *_more(len(result.impossible))])
    if result.rebuild is not None:
        lines += block("rebuild", [str(result.rebuild.path)])
    return "\n".join(lines + _next_in_words(result.planned, out, config))


def _files_in_words(result: PlanResult) -> list[str]:
    plan = result.plan
    lines = plan_in_words(plan.id, plan.header, plan.path)
    if result.rejects is not None:
        lines += block("rejects", [str(result.rejects)])
    return lines + block("spent", [f"{counted(result.requests, 'request')} for the plan itself"])


def _next_in_words(result: PlanResult, out: Path | None, config: Path | None) -> list[str]:
    plan = result.plan
    place = as_typed(plan.id, None if out is None else plan.path, config)
    return next_in_words(plan.header, plan.digest, place)


def _more(count: int) -> list[str]:
    return [f"and {count - SHOWN:,} more; the plan has them all"] if count > SHOWN else []
