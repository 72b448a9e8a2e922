"""One cell as a wish: what its column makes of it, before it is read as a value of its field."""

from collections.abc import Mapping as MappingType
from typing import Any, Final

from ucsync.ultracart.cells import read_amount, read_oid, read_value
from ucsync.ultracart.targets import PickBy, Target
from ucsync.ultracart.wishes import Cell, Column, ListMode, Wish

#: An address is who somebody is; null in `do_not_send_mail` means no change to the server (fact sheet §4).
_NEVER_CLEARED: Final = ("email", "do_not_send_mail", "password", "send_signup_notification")


def read_wish(column: Column, cells: MappingType[str, Cell], clear: str | None) -> Wish | None:
    """What a row wishes by one of its columns; None when it asks for no change.

    Args:
        column: what it is about.
        cells: of the row, by the names of their columns.
        clear: what a cell says when the field is to become empty, None when none is.

    Raises:
        ValueError: the cell, or the one that picks its child row, is unusable; in one line why.
    """
    cell = cells.get(column.name)
    if not cell:
        return None
    target = column.target
    if target.is_list:
        return _names_wish(column, cell, clear)
    if isinstance(cell, list):
        raise ValueError("a list, where one value is wanted")
    text = _meant(column, _line(column, _bare(column, cell)))
    if not text:
        return None
    after = None
    if text.strip() != clear:
        after = _value(target, text)
    elif target.is_sum or target.leaf.name in _NEVER_CLEARED:
        raise ValueError(f"{target.leaf.name} cannot be cleared")
    return Wish(column.name, target, column.rule, after, None, _pick_oid(target, cells))


def _names_wish(column: Column, cell: str | list[str], clear: str | None) -> Wish | None:
    """Names for a list; a wish for an empty list is how it is cleared."""
    if isinstance(cell, str):
        cell = _meant(column, _bare(column, cell))
        if not cell:
            return None
        cell = cell.split(column.separator) if column.separator else [cell]
    meant = [name for written in cell if (name := _meant(column, written.strip()))]
    if not meant:
        raise ValueError("holds no name; leave the cell empty for no change")
    if clear in meant:
        if len(meant) > 1:
            raise ValueError("clears the list and names something in it")
        if column.mode is not ListMode.SET:
            raise ValueError('a list is cleared only where its mode is "set"')
        return Wish(column.name, column.target, column.rule, (), column.mode)
    names: dict[str, str] = {}
    for name in meant:
        read = read_value(column.target.leaf, name)
        # Two spellings of an address are one to the server, two of a tag are not known to be.
        names.setdefault(read.lower() if column.target.part == "cc_emails" else read, read)
    return Wish(column.name, column.target, column.rule, tuple(names.values()), column.mode)


def _bare(column: Column, text: str) -> str:
    return text.removeprefix("'") if column.drop_apostrophe else text


def _line(column: Column, text: str) -> str:
    """The line that the column takes, "" where the cell has none."""
    if column.line is None:
        return text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > column.lines_max:
        raise ValueError(
            f"{len(lines)} lines, and the mapping takes {column.lines_max}; the last would be lost"
        )
    return lines[column.line - 1] if column.line <= len(lines) else ""


def _meant(column: Column, text: str) -> str:
    return column.values.get(text.strip(), text) if column.values else text


def _value(target: Target, text: str) -> Any:
    if target.is_sum:
        return read_amount(text, taken=target.part == "cashback")
    return read_value(target.leaf, text)


def _pick_oid(target: Target, cells: MappingType[str, Cell]) -> int | None:
    if target.pick is None or target.pick.by is not PickBy.OID:
        return None
    cell = cells.get(target.pick.column or "")
    if not cell or isinstance(cell, list):
        raise ValueError(f"no own oid in column {target.pick.column!r} says which row is meant")
    try:
        return read_oid(cell)
    except ValueError as fault:
        raise ValueError(f"the own oid in column {target.pick.column!r} is {fault}") from None
