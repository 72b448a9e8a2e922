"""What stands in a Postgres database under the names of our tables, and how new ones take their places.

A table is swapped for the new one, which keeps its owner and its grants. One that carries more, such as
indexes or somebody's views, or that somebody reads for long, is filled anew where it is. Either way it
happens in the transaction of the caller, so that readers see all of the old or all of the new.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ucsync.model import Guarded, Tier
from ucsync.store.export_cells import quoted
from ucsync.store.postgres_rows import Shape

_TIERS: Final = list(Tier)
_MARK: Final = re.compile(r"Written by ucsync: merchant (\S+), tier (\w+), snapshot \S+\.$")

#: What makes `DROP TABLE` impossible: another object depends on it, or somebody holds it for long.
_DEPENDED_ON: Final = "2BP01"
_IN_USE: Final = "55P03"

_FOUND: Final = """
SELECT c.oid, c.relkind::text, coalesce(obj_description(c.oid, 'pg_class'), ''),
    c.relrowsecurity
    OR EXISTS (SELECT FROM pg_depend d
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype <> 'i')
    OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL)
FROM pg_class c WHERE c.relnamespace = %s::regnamespace AND c.relname = %s
"""
_COLUMNS: Final = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_OWNER: Final = """
SELECT relowner::regrole::text, relowner = current_user::regrole FROM pg_class WHERE oid = %s
"""
_GRANTS: Final = """
SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, g.privilege_type,
    g.is_grantable
FROM pg_class c, aclexplode(c.relacl) g WHERE c.oid = %s AND g.grantee <> c.relowner
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the comment on a table says of where its rows come from."""

    merchant: str
    tier: Tier
    snapshot: str

    def comment(self, purpose: str) -> str:
        """The whole comment."""
        source = f"merchant {self.merchant}, tier {self.tier.value}, snapshot {self.snapshot}."
        return f"{purpose} Written by ucsync: {source}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A relation that is there.

    Attributes:
        oid: Postgres' number of it.
        carries: whether it has what a new table would not: indexes, views over it, policies …
    """

    oid: int
    carries: bool


def look(database: Any, schema: str, shape: Shape, mark: Mark, *, force: bool) -> Standing | None:
    """What is at the place of a table.

    Args:
        database: a connection of psycopg's.
        schema: that is there.
        mark: of the table that is to come.
        force: take the place of what ucsync has not written, or of another merchant's or tier's.

    Raises:
        Guarded: it may not be replaced.
    """
    found = database.execute(_FOUND, (quoted(schema), shape.table)).fetchone()
    if found is None:
        return None
    oid, kind, comment, carries = found
    place = f"{schema}.{shape.table}"
    if kind != "r":
        raise Guarded(f"{place} is there and is no plain table; it is never replaced")
    why = _why_not(comment, mark)
    if why and not force:
        failure = Guarded(f"{place} {why}; nothing was exported")
        failure.mend = "name another --schema, or say --force to replace it"
        raise failure
    return Standing(oid=oid, carries=carries)


def take_place(database: Any, schema: str, shape: Shape, new: str, old: Standing | None, mark: Mark) -> None:
    """Let a new table be what is found under the view's name, with its comment.

    Args:
        database: a connection of psycopg's, in a transaction.
        new: the name of the new table, in the same schema.
        old: what is at its place.

    Raises:
        Guarded: the old one cannot go, and its columns are others.
    """
    table, building = f"{quoted(schema)}.{quoted(shape.table)}", f"{quoted(schema)}.{quoted(new)}"
    if old is None:
        database.execute(f"ALTER TABLE {building} RENAME TO {quoted(shape.table)}")
    elif old.carries or not _swapped(database, table, building, old):
        _refill(database, table, building, old, f"{schema}.{shape.table}")
    comment = mark.comment(shape.purpose).replace("'", "''")
    database.execute(f"COMMENT ON TABLE {table} IS '{comment}'")


def _why_not(comment: str, mark: Mark) -> str:
    found = _MARK.search(comment)
    if found is None:
        return "was not written by ucsync"
    merchant, tier = found.groups()
    if merchant != mark.merchant:
        return f"holds the customers of {merchant}"
    shown = next((known for known in _TIERS if known.value == tier), Tier.STANDARD)
    if _TIERS.index(mark.tier) > _TIERS.index(shown):
        return f"is of the tier {tier}: whoever may read it would see the tier {mark.tier.value}"
    return ""


def _swapped(database: Any, table: str, building: str, old: Standing) -> bool:
    """Whether the old table could be dropped for the new one."""
    with _unless(database, {_DEPENDED_ON, _IN_USE}) as went:
        _hand_over(database, building, old)
        database.execute(f"DROP TABLE {table}")
        database.execute(f"ALTER TABLE {building} RENAME TO {table.rpartition('.')[2]}")
        went.append(True)
    return bool(went)


def _hand_over(database: Any, building: str, old: Standing) -> None:
    """Owner and grants; the new table may have others by the schema's default privileges."""
    oid = database.execute("SELECT %s::regclass::oid", (building,)).fetchone()[0]
    for grantee in {grantee for grantee, _, _ in database.execute(_GRANTS, (oid,)).fetchall()}:
        database.execute(f"REVOKE ALL ON TABLE {building} FROM {grantee}")
    for grantee, privilege, grantable in database.execute(_GRANTS, (old.oid,)).fetchall():
        more = " WITH GRANT OPTION" if grantable else ""
        database.execute(f"GRANT {privilege} ON TABLE {building} TO {grantee}{more}")
    owner, ours = database.execute(_OWNER, (old.oid,)).fetchone()
    if not ours:
        database.execute(f"ALTER TABLE {building} OWNER TO {owner}")


def _refill(database: Any, table: str, building: str, old: Standing, place: str) -> None:
    oid = database.execute("SELECT %s::regclass::oid", (building,)).fetchone()[0]
    ours, theirs = (database.execute(_COLUMNS, (one,)).fetchall() for one in (oid, old.oid))
    if ours != theirs:
        failure = Guarded(
            f"{place} cannot be dropped, as somebody reads it or something depends on it, and cannot be "
            "filled anew, as the view has other columns now; nothing was exported"
        )
        failure.mend = "drop it, or what depends on it, and export again"
        raise failure
    database.execute(f"DELETE FROM {table}")  # noqa: S608 - a name, quoted
    database.execute(f"INSERT INTO {table} SELECT * FROM {building}")  # noqa: S608 - names, quoted
    database.execute(f"DROP TABLE {building}")
    database.execute(f"ANALYZE {table}")


@contextmanager
def _unless(database: Any, states: set[str]) -> Iterator[list[bool]]:
    """Undo what is done within when it fails so; nothing is then in the list that it gives."""
    went: list[bool] = []
    try:
        with database.transaction():
            yield went
    except Exception as fault:
        if getattr(fault, "sqlstate", None) not in states:
            raise
        went.clear()
