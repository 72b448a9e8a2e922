"""Which rows differ, exactly and without a Python object for each.

Two absent values are equal, an absent and an empty list are not; lists are equal when their elements
are, in the same order; numbers by their value.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def differing(old: Any, new: Any, *, leave_out: frozenset[str]) -> Any:
    """For each row, whether it differs.

    Args:
        old, new: tables of one schema and of equally many rows, to be compared pair by pair.
        leave_out: names of columns that do not count.

    Returns:
        A boolean array without nulls.
    """
    found = _nowhere(old.num_rows)
    # Nested columns last: of a changed customer a plain one, the date of the change, nearly always differs.
    columns = sorted((field for field in old.schema if field.name not in leave_out), key=_is_nested)
    for name in (field.name for field in columns):
        if pc.all(found).as_py():
            break
        if not old.column(name).equals(new.column(name)):
            pair = (old.column(name).combine_chunks(), new.column(name).combine_chunks())
            found = pc.or_(found, _differing(*pair))
    return found


def _is_nested(field: Any) -> bool:
    return bool(pa.types.is_nested(field.type))


def _differing(old: Any, new: Any) -> Any:
    """The same for two arrays of one type and length."""
    if old.equals(new):
        return _nowhere(len(old))
    absent = pc.xor(old.is_null(), new.is_null())
    if pa.types.is_list(old.type):
        return pc.or_(absent, _lists_differing(old, new))
    if pa.types.is_struct(old.type):
        inside = _nowhere(len(old))
        for index in range(old.type.num_fields):
            inside = pc.or_(inside, _differing(old.field(index), new.field(index)))
        # what lies below an absent struct says nothing
        return pc.or_(absent, pc.and_(inside, old.is_valid()))
    return pc.or_(absent, pc.fill_null(pc.not_equal(old, new), False))


def _lists_differing(old: Any, new: Any) -> Any:
    lengths = [pc.fill_null(pc.list_value_length(lists), 0) for lists in (old, new)]
    shorter = pc.not_equal(*lengths)
    alike = pc.indices_nonzero(pc.invert(shorter))
    old, new = old.take(alike), new.take(alike)
    inside = _differing(old.flatten(), new.flatten())
    rows = alike.take(pc.list_parent_indices(old).filter(inside))
    return pc.or_(shorter, pc.is_in(pa.array(range(len(shorter)), rows.type), value_set=rows))


def _nowhere(length: int) -> Any:
    return pa.repeat(pa.scalar(False), length)
