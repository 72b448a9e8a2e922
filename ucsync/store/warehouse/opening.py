"""A warehouse for reading: what it is of, its views, and SQL that reaches nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import duckdb

from ucsync.model import Hashing, Receipt, Tier
from ucsync.store.exporting import ONE_THREAD
from ucsync.store.lasting import damaged
from ucsync.store.querying import NO_BAR, SETTINGS, Tables, View, list_of
from ucsync.store.receipts import to_json
from ucsync.store.warehouse.account_privacy import ACCOUNT_RULES
from ucsync.store.warehouse.privacy import RULES
from ucsync.store.warehouse.views import LAKE_SQL, sql_files, view_files

_BUILD: Final = "`ucsync warehouse build` makes it anew"
#: A warehouse's name in our own queries.
_CATALOG: Final = "dw"
#: Tables and views, those of our own schema first.
_RELATIONS: Final = """
    SELECT if(schema_name = 'main', '', schema_name || '.') || name, coalesce(comment, '')
    FROM (
        SELECT schema_name, table_name AS name, comment FROM duckdb_tables() WHERE database_name = 'dw'
        UNION ALL
        SELECT schema_name, view_name, comment FROM duckdb_views() WHERE database_name = 'dw' AND NOT internal
    )
    ORDER BY schema_name <> 'main', schema_name, name
"""
#: What comes of a file that is damaged, or another's.
_NO_WAREHOUSE: Final = (duckdb.Error, ValueError, LookupError, TypeError)
#: What the name of a warehouse's file begins with.
STEM: Final = "warehouse"


def _layout() -> str:
    """Changes with whatever decides what a warehouse holds, beside the snapshot."""
    rules = [RULES, *(ACCOUNT_RULES[table] for table in sorted(ACCOUNT_RULES))]
    parts = [repr(sorted(of.items())) for of in rules]
    parts += [*map(repr, sql_files(LAKE_SQL)), *map(repr, view_files())]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


LAYOUT: Final = _layout()


def receipt_digest(receipt: Receipt) -> str:
    """Changes with the receipt: a snapshot that was rewritten keeps its id."""
    return sha256(to_json(receipt)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a warehouse is of.

    Attributes:
        merchant: name of the configuration's section.
        tier, hashing: how much of customers it shows.
        snapshot, receipt: that it was built from, and the digest of its receipt then.
        taken_at: when that was finished.
        watermark, proof, reasons: of its receipt.
        customers: how many there are.
        history_from: when the oldest state held that can be rebuilt.
        built_at, version, layout: when, by which ucsync, and by which views and rules.
        accounts: digest of the exports of accounts that are in it; "" for none.
    """

    merchant: str
    tier: Tier
    hashing: Hashing
    snapshot: str
    receipt: str
    taken_at: datetime
    watermark: datetime
    proof: str
    reasons: tuple[str, ...]
    customers: int
    history_from: datetime
    built_at: datetime
    version: str
    layout: str
    accounts: str


@dataclass(frozen=True, slots=True)
class Warehouse:
    """An open one.

    Attributes:
        about: what it is of.
        tables: to ask it; `tables.views` are all relations with their purpose.
        connection: read-only, locked, for the store's own queries.
    """

    about: About
    tables: Tables
    connection: duckdb.DuckDBPyConnection

    @property
    def views(self) -> Sequence[View]:
        """Every relation: its name, what a row of it is."""
        return self.tables.views

    def rows(self, view: View) -> int:
        """How many a relation has."""
        (count,) = self.connection.sql(f"SELECT count(*) FROM {view.name}").fetchall()[0]  # noqa: S608 - a name of ours
        return int(count)


def warehouse_path(folder: Path, tier: Tier) -> Path:
    """Where a merchant's warehouse of a tier lies: a file each, so that none shows more than it did before.

    Args:
        folder: `<lake>/<merchant>`.
        tier: of it.
    """
    return folder / (f"{STEM}.duckdb" if tier is Tier.STANDARD else f"{STEM}-{tier.value}.duckdb")


def about_warehouse(path: Path) -> About | None:
    """What the file is of; None when there is none, or none that can be used."""
    if not path.is_file():
        return None
    try:
        with _opened(path) as connection:
            return _about(connection)
    except _NO_WAREHOUSE:
        return None


@contextmanager
def open_warehouse(path: Path, exports: Sequence[Path] = ()) -> Iterator[Warehouse]:
    """A warehouse for reading. Nothing but its own tables is in reach of a query, and nothing is written.

    Args:
        path: of the file; whoever has it open keeps what they opened when another takes its name.
        exports: files that COPY may write to all the same.

    Raises:
        StorageFailed: there is none, or it is damaged.
    """
    if not path.is_file():
        raise damaged(f"there is no warehouse {path.name}", _BUILD)
    with ExitStack() as held:
        try:
            connection = held.enter_context(_opened(path))
            about, views = _about(connection), _views(connection)
            connection.execute(f"SET allowed_paths = {list_of(exports)}")
            if exports:
                connection.execute(f"SET threads = {ONE_THREAD}")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        except _NO_WAREHOUSE:
            raise damaged(f"the warehouse {path.name} cannot be read", _BUILD) from None
        yield Warehouse(about, Tables(connection, views, "dw"), connection)


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    quoted = str(path).replace("'", "''")
    with duckdb.connect(config=SETTINGS) as connection:
        connection.execute(NO_BAR)
        connection.execute(f"ATTACH '{quoted}' AS {_CATALOG} (READ_ONLY)")
        connection.execute(f"USE {_CATALOG}")
        yield connection


def _about(connection: duckdb.DuckDBPyConnection) -> About:
    told = connection.sql("FROM main.warehouse").to_arrow_table().to_pylist()[0]
    held = {"accounts": "", **told}  # an older ucsync knew nothing of them
    row = {field.name: held[field.name] for field in fields(About)}
    row |= {"tier": Tier(row["tier"]), "hashing": Hashing(row["hashing"]), "reasons": tuple(row["reasons"])}
    return About(**row)


def _views(connection: duckdb.DuckDBPyConnection) -> list[View]:
    rows = connection.execute(_RELATIONS).fetchall()
    return [View(name, purpose, "") for name, purpose in rows]
