"""The columns of a customer as a tier shows them: SQL made from the columns' types and the rules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from ucsync.model import Hashing, Tier
from ucsync.store.warehouse.casting import quoted
from ucsync.store.warehouse.privacy import HASHED_SUFFIX, RULES, Rule, is_shown, rule_of

#: Functions of the build's own, for texts; see `hashing`.
HASH: Final = "lake.hashed"
HASH_FOLDED: Final = "lake.hashed_folded"


@dataclass(frozen=True, slots=True)
class Shown:
    """How much is shown, and how the rest is hashed; `rules` has that of each text, by its path."""

    tier: Tier
    hashing: Hashing
    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES, repr=False, compare=False)

    def columns(self, schema: Any, table: str) -> dict[str, str]:
        """By the name of a column of the warehouse the expression that makes it.

        Args:
            schema: of the lake's rows.
            table: their name in the query.
        """
        return dict(self._fields("", schema, lambda name: f"{table}.{quoted(name)}"))

    def _fields(
        self, path: str, fields: Iterable[Any], value_of: Callable[[str], str], depth: int = 0
    ) -> list[tuple[str, str]]:
        """Name and expression of whatever of an object is shown.

        Args:
            value_of: the expression for a field, by its name.
        """
        shown = []
        for one in fields:
            inner = f"{path}.{one.name}" if path else one.name
            shown += self._field(inner, one.name, one.type, value_of(one.name), depth)
        return shown

    def _field(self, path: str, name: str, type_: Any, value: str, depth: int) -> list[tuple[str, str]]:
        if pa.types.is_string(type_):
            return self._text(rule_of(path, self.rules), name, value)
        if pa.types.is_struct(type_):
            packed = self._packed(path, type_, value, depth)
            return [(name, packed)] if packed else []
        if not pa.types.is_list(type_):
            return [(name, value)]
        item, of = f"item_{depth}", type_.value_type
        if not pa.types.is_struct(of):
            shown = not pa.types.is_string(of) or is_shown(rule_of(path, self.rules), self.tier)
            return [(name, value)] if shown else []
        packed = self._packed(path, of, item, depth + 1)
        return [(name, f"list_transform({value}, lambda {item}: {packed})")] if packed else []

    def _packed(self, path: str, type_: Any, value: str, depth: int) -> str:
        """The expression for an object; empty when nothing of it is shown."""
        fields = self._fields(path, type_, lambda name: f"{value}.{quoted(name)}", depth)
        packed = ", ".join(f"{quoted(name)} := {inner}" for name, inner in fields)
        return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({packed}) END" if packed else ""

    def _text(self, rule: Rule, name: str, value: str) -> list[tuple[str, str]]:
        shown = [(name, self._open(rule, value))] if is_shown(rule, self.tier) else []
        if not rule.hashed:
            return shown
        return [*shown, (f"{name}{HASHED_SUFFIX}", self._hash(rule, value))]

    def _open(self, rule: Rule, value: str) -> str:
        if rule.form is None or self.tier is not Tier.STANDARD:
            return value
        return f"CASE WHEN regexp_full_match({value}, '{rule.form}') THEN {value} END"

    def _hash(self, rule: Rule, value: str) -> str:
        if self.hashing is Hashing.SHA256_BASE64:
            return f"{HASH}({value})" if rule.as_vendor else "NULL::VARCHAR"
        return f"{HASH_FOLDED if rule.folded else HASH}({value})"
