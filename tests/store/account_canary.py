"""Accounts in whose texts something stands that is like nothing else, and so can be looked for."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tests.store.lake_accounts import FINISHED
from ucsync.model import Tier
from ucsync.store.account_archive.columns import TABLES as SCHEMAS
from ucsync.store.account_lake import TABLES
from ucsync.store.warehouse.account_privacy import ACCOUNT_RULES
from ucsync.store.warehouse.privacy import is_shown


def texts_of(fields: Any, path: str = "") -> Iterator[str]:
    """The paths of all texts."""
    for field in fields:
        here, type_ = f"{path}.{field.name}" if path else field.name, field.type
        while pa.types.is_list(type_):
            type_ = type_.value_type
        if pa.types.is_struct(type_):
            yield from texts_of(type_, here)
        elif pa.types.is_string(type_):
            yield here


#: Every text of every table.
PATHS = [(table, path) for table in TABLES for path in texts_of(SCHEMAS[table])]


def filled(type_: Any, path: str, text_of: Callable[[str], str | None]) -> Any:
    """A value of a type, with a text wherever there is place for one."""
    if pa.types.is_list(type_):
        return [filled(type_.value_type, path, text_of)]
    if pa.types.is_struct(type_):
        return {field.name: filled(field.type, f"{path}.{field.name}", text_of) for field in type_}
    if pa.types.is_string(type_):
        return text_of(path)
    if pa.types.is_timestamp(type_):
        return FINISHED
    return Decimal(3) if pa.types.is_decimal(type_) else pa.types.is_boolean(type_) or 3


class Canary:
    """An account in whose every text, or every hidden one, something stands that tells who it is."""

    def __init__(self, oid: int, text: str, *, everywhere: bool) -> None:
        """`text` has {} for the number of the text's path."""
        self.oid = oid
        self.texts = {
            place: text.format(number)
            for number, place in enumerate(PATHS)
            if everywhere or not is_shown(ACCOUNT_RULES[place[0]][place[1]], Tier.STANDARD)
        }
        self.rows = {table: [self._row(table)] for table in TABLES}

    def _row(self, table: str) -> dict[str, Any]:
        def text_of(path: str) -> str | None:
            return self.texts.get((table, path))

        made = {field.name: filled(field.type, field.name, text_of) for field in SCHEMAS[table]}
        return made | {"customer_profile_oid": self.oid}
