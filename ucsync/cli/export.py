"""`ucsync export`: views of the warehouse for other tools, as files or as tables of Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import (
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile
from ucsync.cli.words import columns, counted, tell
from ucsync.exports import ENDINGS, ExportResult, Watch, export_to_files, export_to_postgres
from ucsync.model import Tier


def export(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VIEW] [MERCHANT]",
            help="The view, unless --all is said; and the merchant, not needed when there is one.",
        ),
    ] = None,
    to: Annotated[
        Literal["parquet", "csv", "ndjson", "postgres"] | None,
        typer.Option(help="Else by the ending of --out."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The file, with --all the folder; else the view's name in the working folder."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every view.")] = False,
    tier: Annotated[
        Literal["standard", "medium", "high"] | None,
        typer.Option(
            help="How much it shows: no personal data, personal data, tax ids too; else as configured."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files and tables that are there.")] = False,
    schema: Annotated[
        str, typer.Option(help="Of the tables in Postgres; made if it is not there.")
    ] = "ucsync",
    dsn_env: Annotated[
        str | None,
        typer.Option(
            "--dsn-env",
            metavar="VAR",
            help="The environment variable that says which database; else libpq's own (PGHOST, PGPASSFILE).",
        ),
    ] = None,
    replace_nul: Annotated[
        bool, typer.Option("--replace-nul", help="Put U+FFFD where a text holds NUL, which Postgres cannot.")
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Export views of the warehouse: as files of Parquet, CSV or JSON lines, or as tables of Postgres.

    The warehouse is built first where it is not of the newest snapshot. A file that only you can read
    appears in one step; tables take the place of the old ones in one transaction. Exit code 4: a file or
    a table is there that may not be replaced, or a text holds NUL; 69: Postgres refuses or is not there.

    Example:  ucsync export customers --to parquet --out customers.parquet
    """
    kind = to or (ENDINGS.get(out.suffix.lower()) if out is not None and not all_ else None)
    if kind is None:
        raise typer.BadParameter("say --to parquet, csv, ndjson or postgres", param_hint="--to")
    if kind == "postgres" and out is not None:
        raise typer.BadParameter("Postgres has tables; name a --schema", param_hint="--out")
    if kind != "postgres" and (dsn_env is not None or replace_nul):
        raise typer.BadParameter("only with --to postgres", param_hint="--dsn-env, --replace-nul")
    found = read_config(config)
    view, merchant = _two(names or [], all_=all_)
    name, shown = found.merchant(merchant).name, Tier(tier) if tier else None
    with _bars() as watch:
        if kind == "postgres":
            result = export_to_postgres(
                found, name, view, variable=dsn_env, schema=schema, tier=shown, force=force,
                replace_nul=replace_nul, watch=watch,
            )  # fmt: skip
        else:
            result = export_to_files(found, name, view, kind, out, tier=shown, force=force, watch=watch)
    tell([result], [result.exit_code], _in_words, as_json=as_json)


def _two(names: list[str], *, all_: bool) -> tuple[str | None, str | None]:
    """View and merchant."""
    view = None if all_ else next(iter(names), None)
    if view is None and not all_:
        raise typer.BadParameter(
            "name a view, or say --all; `ucsync warehouse show` lists them", param_hint="VIEW"
        )
    rest = names[0 if all_ else 1 :]
    if len(rest) > 1:
        raise typer.BadParameter("at most a view and a merchant", param_hint="[VIEW] [MERCHANT]")
    return view, next(iter(rest), None)


@contextmanager
def _bars() -> Iterator[Watch]:
    """A bar for each view, on a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda view, rows: None
        return
    shown = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*shown, console=console) as progress:
        tasks: dict[str, int] = {}

        def watch(view: str, rows: int) -> None:
            if view not in tasks:
                tasks[view] = progress.add_task(view, total=None)
            progress.update(tasks[view], completed=rows)  # type: ignore[arg-type]  # rich's own int

        yield watch


def _in_words(result: ExportResult) -> str:
    what = f"{counted(len(result.views), 'view')} of snapshot {result.snapshot}, tier {result.tier.value}"
    rows = [
        (
            f"  {view.view}", counted(view.rows, "row"), view.place,
            f"NUL replaced in {counted(view.replaced, 'row')}" if view.replaced else "",
        )
        for view in result.views
    ]  # fmt: skip
    return "\n".join([f"{result.merchant}: {what}", *columns(rows, (False, True, False, False))])
