"""Whether a statement of SQL selects and does nothing else, as DuckDB itself understands it."""

import json
from collections.abc import Iterator
from typing import Any, Final

import duckdb

#: What a statement that selects is made of. With a COPY or a DELETE in its WITH it is called a SELECT, too.
_HARMLESS: Final = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}


def only_selects(connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> bool:
    """Whether a statement, however it is nested, changes nothing.

    Args:
        connection: to DuckDB; nothing is run but the reading of the text.
        statement: one of `extract_statements`.
    """
    if statement.type != duckdb.StatementType.SELECT:
        return False
    [(text,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [statement.query]).fetchall()
    told = json.loads(text)
    return not told["error"] and all(kind in _HARMLESS for kind in _nodes(told))


def _nodes(told: Any) -> Iterator[str]:
    """The kinds of all queries within, however deep."""
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            kind = one.get("type")
            if isinstance(kind, str) and kind.endswith("_NODE"):
                yield kind
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
