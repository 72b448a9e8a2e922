"""Expressions of SQL (DuckDB's) that say a value in the words of another format, exactly.

Each takes an expression and its type, and gives an expression. Digits are kept, instants are RFC 3339,
and a type that has no exact form is refused by name: nothing is rounded, and nothing left out.
"""

from collections.abc import Callable
from typing import Any, Final

from ucsync.model import Misused

#: Types that every format says as they are.
_SIMPLE: Final = {
    "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint",
    "decimal", "varchar", "date", "time", "uuid", "null",
}  # fmt: skip
_TEXTS: Final = {"varchar", "enum"}
NESTED: Final = {"list", "array", "struct"}
_REALS: Final = {"float", "double"}
_VAST: Final = {"hugeint", "uhugeint"}
_INSTANT: Final = "strftime({}, '%Y-%m-%dT%H:%M:%S.%f{}')"
_ZONES: Final = {"timestamp": "", "timestamp with time zone": "Z"}

# As `ucsync.model.harmless` has it, which a test compares: before what is taken for the beginning of a
# formula there may be what a spreadsheet skips, and before that the beginning of a cell.
_SIGNS: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]"
_SKIPPED: Final = (
    '(?:["\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x{9f}]|\\p{Cf}|\\p{Zs}|\\p{Zl}|\\p{Zp})*'  # no ends in it
)
_BEGINS: Final = f"(^|[;|\\t\\r\\n])({_SKIPPED}{_SIGNS})"
_BEGINS_WITHIN: Final = f"[;|]{_SKIPPED}{_SIGNS}"


def quoted(name: str) -> str:
    """A name as an identifier, of DuckDB or of Postgres."""
    return '"' + name.replace('"', '""') + '"'


def parquet_cell(value: str, kind: Any) -> str:
    """For DuckDB's own writer, which would make a float of a whole number of 128 bits."""

    def leaf(held: str, of: Any) -> str:
        if of.id in _VAST:
            return f"{held}::DECIMAL(38, 0)"
        if of.id in _SIMPLE | _TEXTS | _REALS | {*_ZONES, "blob"}:
            return held
        raise _refused(of)

    return _each(value, kind, leaf)


def json_cell(value: str, kind: Any) -> str:
    """A value that DuckDB's `to_json` says exactly; what JSON has no number for is text."""
    return _each(value, kind, _json_leaf)


def csv_cell(value: str, kind: Any) -> str:
    """For a file that people open with a spreadsheet: no text in it is taken for a formula.

    A text has an apostrophe where `harmless` puts one; nested values are JSON, which says the same in
    another way where it must.
    """
    if kind.id in NESTED:
        json = f"to_json({json_cell(value, kind)})::VARCHAR"
        spelt = f"replace(replace({json}, ';', '\\u003b'), '|', '\\u007c')"
        return f"CASE WHEN regexp_matches({json}, '{_BEGINS_WITHIN}') THEN {spelt} ELSE {json} END"
    if kind.id in _TEXTS:
        text = f"{value}::VARCHAR"
        marked = f"regexp_replace({text}, '{_BEGINS}', '\\1''\\2', 'g')"
        first = f"CASE WHEN ({text})[1] IN (chr(9), chr(10), chr(13)) THEN '''' ELSE '' END"
        return f"{first} || {marked}"
    if kind.id in _REALS:
        return value
    return _json_leaf(value, kind)


def text_cell(value: str, kind: Any, leaf_text: Callable[[str], str] = str) -> str:
    """As text that Postgres reads as the same value; nested values as JSON.

    Args:
        leaf_text: makes another expression of each one that is a text, however deep.
    """

    def leaf(held: str, of: Any) -> str:
        return leaf_text(f"{held}::VARCHAR") if is_text(of) else _json_leaf(held, of)

    if kind.id in NESTED:
        return f"to_json({_each(value, kind, leaf)})::VARCHAR"
    if is_text(kind):
        return leaf_text(f"{value}::VARCHAR")
    if kind.id in _REALS | _SIMPLE | _VAST:
        return f"{value}::VARCHAR"
    if kind.id == "blob":
        return f"'\\x' || hex({value})"
    return _json_leaf(value, kind)


def is_text(kind: Any) -> bool:
    """Whether a value is what somebody may have typed; JSON, which is kept as it is, is none."""
    return kind.id in _TEXTS and not _is_json(kind)


def _is_json(kind: Any) -> bool:
    return str(kind) == "JSON"


def _json_leaf(value: str, kind: Any) -> str:
    if kind.id in _ZONES:
        return _INSTANT.format(value, _ZONES[kind.id])
    if kind.id in _REALS:
        return f"CASE WHEN isfinite({value}) THEN to_json({value}) ELSE to_json({value}::VARCHAR) END"
    if kind.id == "blob":
        return f"to_base64({value})"
    if _is_json(kind):  # as the text that it is: DuckDB would make floats of its numbers
        return f"{value}::VARCHAR"
    if kind.id in _SIMPLE | _TEXTS | _VAST:
        return value
    raise _refused(kind)


def _each(value: str, kind: Any, leaf: Callable[[str, Any], str], depth: int = 0) -> str:
    """The same value, in which every one that is not nested is as `leaf` says it."""
    if kind.id in ("list", "array"):
        item = f"item_{depth}"
        inner = _each(item, kind.children[0][1], leaf, depth + 1)
        return value if inner == item else f"list_transform({value}, lambda {item}: {inner})"
    if kind.id != "struct":
        return leaf(value, kind)
    held = {quoted(name): (f"{value}.{quoted(name)}", of) for name, of in kind.children}
    told = {name: _each(inner, of, leaf, depth) for name, (inner, of) in held.items()}
    if all(told[name] == inner for name, (inner, _) in held.items()):
        return value
    packed = ", ".join(f"{name} := {inner}" for name, inner in told.items())
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({packed}) END"


def _refused(kind: Any) -> Misused:
    return Misused(f"export: values of the type {kind} have no exact form there")
