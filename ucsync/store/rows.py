"""One row at a time, exactly: every value is what the server sent, or the row is refused with a reason.

This is the slow path of decoding. It knows why a row cannot be stored, and keeps what this version
does not know; the fast path only notices that something is odd.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final

from ucsync.store.exact_json import blank_out, parse, quoted
from ucsync.store.scalars import SCALARS, ScalarReader, Wrong, as_json, read_int32, read_text, refuse
from ucsync.store.schema import EXTRAS, MODEL, OID
from ucsync.ultracart.fields import Field, Kind, Model

Pairs = tuple[tuple[str, Any], ...]
Extras = dict[str, str]
PartReader = Callable[[Any, str, Extras], Any]


class RowRefused(Exception):
    """A row that cannot be stored exactly.

    Attributes:
        oid: whose it is, None when it does not say so clearly.
        reason: the path of the value and what is wrong with it, never the value.
        raw: the row as it came, with null for what must not be stored; empty when that could not be
            told from the rest.
    """

    def __init__(self, oid: int | None, reason: str, raw: bytes) -> None:
        super().__init__(reason)
        self.oid = oid
        self.reason = reason
        self.raw = raw


def read_row(raw: bytes, dropped: AbstractSet[str]) -> dict[str, Any]:
    """The columns of a row, by name, in values that Arrow takes without changing them.

    Args:
        raw: its text.
        dropped: names of top-level fields that are not stored, whatever they hold.

    Returns:
        The fields that the row has; further ones, if any, as JSON in `_extras`.

    Raises:
        RowRefused: it cannot be stored exactly.
    """
    text = raw.decode("utf-8", "surrogateescape")  # a stray byte is then found where it stands
    try:
        row = parse(text)
    except ValueError as fault:
        raise RowRefused(None, str(fault), _unless_secret(raw, dropped)) from None
    try:
        return _columns(row, dropped)
    except Wrong as wrong:
        reason = f"{wrong.place}: {wrong.problem}" if wrong.place else wrong.problem
        pairs: Pairs = row if type(row) is tuple else ()
        if not dropped.isdisjoint(name for name, _ in pairs):
            raw = blank_out(text, dropped).encode("utf-8", "surrogateescape")
        raise RowRefused(_oid_of(pairs), reason, raw) from None


def _columns(row: Any, dropped: AbstractSet[str]) -> dict[str, Any]:
    if type(row) is not tuple:
        refuse(row, Kind.OBJECT.value)
    extras: Extras = {}
    held: dict[str, Any] = _read_customer([pair for pair in row if pair[0] not in dropped], "", extras)
    oid = held.get(OID)
    if oid is None:
        raise Wrong("missing", OID)
    if oid < 1:
        raise Wrong("a number below 1", OID)
    if extras:
        held[EXTRAS] = "{" + ",".join(f"{quoted(path)}:{value}" for path, value in extras.items()) + "}"
    return held


def _oid_of(pairs: Pairs) -> int | None:
    """The oid of a row that something is wrong with."""
    found = [value for name, value in pairs if name == OID]
    try:
        oid = read_int32(found[0]) if len(found) == 1 else 0
    except Wrong:
        return None
    return oid if oid >= 1 else None


_DISGUISE: Final = re.compile(rb"\\u00[0-7]")  # a plain letter written as an escape


def _unless_secret(raw: bytes, dropped: AbstractSet[str]) -> bytes:
    """A text that is no JSON, or none of it when it might hold what must not be stored."""
    secret = _DISGUISE.search(raw) or any(name.encode() in raw for name in dropped)
    return b"" if secret else raw


_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def _place(path: str, name: str) -> str:
    """`billing[0].city`; a name that could be mistaken for a path stands in brackets and quotes."""
    if _PLAIN.fullmatch(name):
        return f"{path}.{name}" if path else name
    return f"{path}[{quoted(name)}]"


def _place_for_people(path: str, name: str) -> str:
    """The same for a reason: a name that does not look like a field's may be somebody's."""
    return _place(path, name) if _PLAIN.fullmatch(name) else f'{path}["…"]'


def _fields(model: Model) -> PartReader:
    """Reads the members of an object, and puts those that the model does not have with the extras."""
    fields = [field for field in model.fields.values() if not field.write_only]
    scalars = {field.name: SCALARS[field.kind] for field in fields if field.kind in SCALARS}
    parts = {field.name: _part(field) for field in fields if field.kind not in SCALARS}

    def read(pairs: Any, path: str, extras: Extras) -> dict[str, Any]:
        held: dict[str, Any] = {}
        for name, value in pairs:
            if name in held:
                raise Wrong("given twice", _place_for_people(path, name))
            if name not in scalars and name not in parts:
                _keep(name, value, path, extras)
            elif value is None:
                held[name] = None
            elif name in parts:
                held[name] = parts[name](value, _place(path, name), extras)
            else:
                held[name] = _placed(scalars[name], value, path, name)
        return held

    return read


def _placed(read: ScalarReader, value: Any, path: str, name: str) -> Any:
    """A member that is neither object nor list; its fault learns where it stands."""
    try:
        return read(value)
    except Wrong as wrong:
        wrong.place = _place_for_people(path, name)
        raise


def _keep(name: str, value: Any, path: str, extras: Extras) -> None:
    _placed(read_text, name, path, name)
    place = _place(path, name)
    if place in extras:
        raise Wrong("given twice", _place_for_people(path, name))
    extras[place] = _placed(as_json, value, path, name)


def _part(field: Field) -> PartReader:
    if field.model is None:
        return _list(_element(SCALARS[field.item or Kind.OPAQUE]))
    return _object(field.model) if field.kind is Kind.OBJECT else _list(_object(field.model))


def _object(model: Model) -> PartReader:
    read_fields = _fields(model)

    def read(value: Any, path: str, extras: Extras) -> Any:
        if type(value) is not tuple:
            _element(lambda held: refuse(held, Kind.OBJECT.value))(value, path, extras)
        return read_fields(value, path, extras)

    return read


def _list(element: PartReader) -> PartReader:
    def read(value: Any, path: str, extras: Extras) -> list[Any]:
        if type(value) is not list:
            _element(lambda held: refuse(held, Kind.ARRAY.value))(value, path, extras)
        return [
            None if held is None else element(held, f"{path}[{index}]", extras)
            for index, held in enumerate(value)
        ]

    return read


def _element(read_scalar: ScalarReader) -> PartReader:
    """Reads an element of a list; its fault learns where it stands."""

    def read(value: Any, path: str, _: Extras) -> Any:
        try:
            return read_scalar(value)
        except Wrong as wrong:
            wrong.place = path
            raise

    return read


_read_customer: Final = _fields(MODEL)
