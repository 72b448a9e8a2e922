"""What was learned of a merchant's server: which order it keeps, which page size it allows …

A hint that saves requests, never a fact to rely on without a check.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ucsync.store.database import Database


@dataclass(frozen=True, slots=True)
class Remembered:
    """A value as JSON has it, and when it was learned."""

    value: Any
    at: datetime


def remember(database: Database, merchant: str, key: str, value: object, at: datetime) -> None:
    """Keep a value; an earlier one under this key is replaced.

    Args:
        database: where.
        merchant: whose server.
        key: what was learned, e.g. "order".
        value: anything that JSON can hold; no personal data.
        at: when, aware.

    Raises:
        StorageFailed: it could not be kept.
    """
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    with database.transaction("remembering what was learned") as transaction:
        transaction.put("memory", merchant, key, text, at.astimezone(UTC).isoformat())


def recall(database: Database, merchant: str, key: str) -> Remembered | None:
    """What was learned; None when that was nothing, or cannot be read any more. Raises StorageFailed."""
    query = "SELECT value, at FROM memory WHERE merchant = ? AND key = ?"
    for text, at in database.rows("recalling what was learned", query, (merchant, key)):
        try:
            return Remembered(json.loads(text), datetime.fromisoformat(at))
        except (ValueError, TypeError):
            return None
    return None


def forget(database: Database, merchant: str, key: str) -> None:
    """Drop what turned out to be wrong. Raises StorageFailed."""
    with database.transaction("forgetting what was learned") as transaction:
        transaction.drop("memory", merchant, key)
