"""The wiring of exports: which views of which warehouse go where, and the register of what went.

Never decides what a view shows, prints or parses.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ucsync.app import exports_held, secret_of, system_clock, written_of
from ucsync.config import Config
from ucsync.model import Guarded, Misused, Tier
from ucsync.store.exporting import ExportKind
from ucsync.store.exporting_views import export_views
from ucsync.store.postgres import connected, export_tables, place_of
from ucsync.store.postgres_rows import Shape, shape_of
from ucsync.store.postgres_tables import Mark
from ucsync.store.querying import View
from ucsync.store.warehouse import About, Warehouse, open_warehouse
from ucsync.store.written import Deed, Wrote, check_target, partial_of
from ucsync.warehousing import fresh_warehouse

#: Kinds of files, by the ending of a file's name.
ENDINGS: Final = {f".{kind.value}": kind.value for kind in ExportKind} | {".jsonl": ExportKind.NDJSON.value}

Watch = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedView:
    """A view that was exported.

    Attributes:
        view: its name.
        rows: how many it has.
        place: the file, or the table as a URL without user or password.
        replaced: rows in which NUL was replaced.
    """

    view: str
    rows: int
    place: str
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What was exported, of which warehouse."""

    merchant: str
    tier: Tier
    snapshot: str
    kind: str
    views: tuple[ExportedView, ...]

    @property
    def exit_code(self) -> int:
        """0: all of it is there."""
        return 0

    def document(self) -> dict[str, object]:
        """As one JSON object."""
        return {
            "merchant": self.merchant,
            "tier": self.tier.value,
            "snapshot": self.snapshot,
            "to": self.kind,
            "views": [asdict(view) for view in self.views],
            "exit_code": self.exit_code,
        }


def export_to_files(
    config: Config,
    name: str,
    view: str | None,
    kind: str,
    out: Path | None,
    *,
    tier: Tier | None = None,
    force: bool = False,
    watch: Watch = lambda view, rows: None,
) -> ExportResult:
    """Export views to files of one kind; the warehouse is built first where it is not of the newest snapshot.

    Args:
        config: where lake and state are.
        name: of the merchant.
        view: its name, with or without a schema before it; None for all.
        kind: a value of `ExportKind`.
        out: the file, or of all views the folder; None for the view's name in the working folder.
        tier: None for what the configuration says.
        force: replace files that are there.
        watch: told of each view that is written, and its rows.

    Raises:
        Guarded: a file is there, and not `force`.
        Misused: there is no such view, or no such folder.
        Busy: another export of the merchant is under way, or a build.
        StorageFailed: the lake is damaged, or the disk refuses; what was there stands.
    """
    if view is not None and out is not None:
        _check(out, force=force)
    with exports_held(config, name):
        path = fresh_warehouse(config, name, tier)
        with open_warehouse(path) as warehouse:
            chosen = _chosen(warehouse, view)
        targets = _targets(chosen, kind, out, single=view is not None)
        for target in targets:
            _check(target, force=force)
        with open_warehouse(path, exports=[partial_of(target) for target in targets]) as warehouse:
            about, at, written = warehouse.about, system_clock().now(), written_of(config, name)
            deeds = [Deed(what=Wrote.EXPORT, of=one.name, tier=about.tier, at=at) for one in chosen]
            wishes = list(zip(targets, deeds, strict=True))
            counts = export_views(
                warehouse.connection, written, wishes, ExportKind(kind), force=force, watch=watch
            )
    views = [
        ExportedView(view=one.name, rows=rows, place=str(target.absolute()))
        for one, rows, target in zip(chosen, counts, targets, strict=True)
    ]
    return _result(about, kind, views)


def export_to_postgres(
    config: Config,
    name: str,
    view: str | None,
    *,
    variable: str | None = None,
    schema: str,
    tier: Tier | None = None,
    force: bool = False,
    replace_nul: bool = False,
    watch: Watch = lambda view, rows: None,
) -> ExportResult:
    """Export views to tables of a Postgres database, all of them in one transaction; see `export_tables`.

    Args:
        config, name, tier: as with files.
        view: its name; the table's is the same, without a schema; None for all.
        variable: of the environment, which holds what libpq takes; None for libpq's own variables.
        schema, force, replace_nul, watch: see `export_tables`.

    Raises:
        ConfigurationInvalid: psycopg is not installed.
        DatabaseRefused: the database cannot be reached, or refuses.
        Guarded, Misused, Busy, StorageFailed: besides, as with files.
    """
    conninfo = None if variable is None else secret_of(variable)
    with exports_held(config, name), connected(conninfo) as database:
        path = fresh_warehouse(config, name, tier)
        with open_warehouse(path) as warehouse:
            about, chosen = warehouse.about, _chosen(warehouse, view)
            shapes = [shape_of(warehouse.connection, one.name, one.purpose) for one in chosen]
            places = _noted(
                config, about, [(shape, place_of(database, schema, shape.table)) for shape in shapes]
            )
            mark = Mark(merchant=about.merchant, tier=about.tier, snapshot=about.snapshot)
            filled = export_tables(
                database, warehouse.connection, shapes, mark,
                schema=schema, force=force, replace_nul=replace_nul, watch=watch,
            )  # fmt: skip
    views = [
        ExportedView(view=one.name, rows=of.rows, place=place, replaced=of.replaced)
        for one, of, place in zip(chosen, filled, places, strict=True)
    ]
    return _result(about, "postgres", views)


def _noted(config: Config, about: About, tables: Sequence[tuple[Shape, str]]) -> list[str]:
    written = written_of(config, about.merchant)
    for shape, place in tables:
        at = system_clock().now()
        written.note_table(place, Deed(what=Wrote.TABLE, of=shape.view, tier=about.tier, at=at))
    return [place for _, place in tables]


def _chosen(warehouse: Warehouse, view: str | None) -> list[View]:
    """Those that are meant; of views of one name in several schemas the first."""
    found: dict[str, View] = {}
    for one in warehouse.views:
        if view in (None, one.name, _bare(one.name)):
            found.setdefault(_bare(one.name), one)
    if not found:
        names = ", ".join(one.name for one in warehouse.views)
        raise Misused(f"there is no view {view}; there are {names}")
    return list(found.values())


def _targets(chosen: Sequence[View], kind: str, out: Path | None, *, single: bool) -> list[Path]:
    if single and out is not None:
        return [out]
    return [(out or Path()) / f"{_bare(one.name)}.{kind}" for one in chosen]


def _check(target: Path, *, force: bool) -> None:
    try:
        check_target(target, replace=force)
    except Guarded as stopped:
        stopped.mend = "say --force"
        raise


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _result(about: About, kind: str, views: Sequence[ExportedView]) -> ExportResult:
    return ExportResult(
        merchant=about.merchant, tier=about.tier, snapshot=about.snapshot, kind=kind, views=tuple(views)
    )
