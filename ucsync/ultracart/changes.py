"""What changes do to a customer: whether they are there, what is sent for them, what is there afterwards.

All customers here are records (`record_of`). A list of children is a set of rows to a change: an address
is known by its own oid, a tag, property, pricing tier or cc e-mail by its name, and order does not count.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ucsync.model.pushes import NEW_ROW, Change, Standing
from ucsync.ultracart.child_rows import CUSTOMER_PARTS, MOVED, Part
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.newer import EXTRAS, differing_beyond
from ucsync.ultracart.records import Record, same

_CUSTOMER: Final = MODELS["Customer"]

#: Parts that a push may change; the others are somebody's money, cards, licences or history.
PUSHED_PARTS: Final = (
    "billing", "cc_emails", "edi", "pricing_tiers", "privacy", "properties", "reviewer", "shipping", "tags",
    "tax_codes",
)  # fmt: skip

#: Fields in which null does not mean nothing: of the one it means no change (fact sheet §4), and a customer
#: without the other cannot be found.
NEVER_CLEARED: Final = frozenset({"do_not_send_mail", "email"})

#: Sent with a new customer and never answered (fact sheet §3), so that nobody can see them afterwards.
UNSEEN: Final = frozenset({"password", "send_signup_notification"})


class _Gone:
    """What is held where a row is not there any more; equal to nothing."""


_GONE: Final = _Gone()


def held_at(record: Record, change: Change) -> Any:
    """What a customer has where the change is, in the form of its `before` and `after`.

    None when there is nothing, or no such row. Of a new row: the fields of one that is as the change
    would have it.
    """
    found = _found(record, change)
    return None if found is _GONE else found


def in_effect(record: Record, change: Change) -> bool:
    """Whether a customer is as the change would have it.

    Of a row it counts what the change names: other fields may stand beside them. A flag that is absent is
    false. What nobody can see (a password) is taken to be there.
    """
    return change.part in UNSEEN or _is_there(change, _found(record, change))


def standing(record: Record, changes: Sequence[Change]) -> Standing:
    """How a customer stands to all changes of a step."""
    there = True
    for change in changes:
        if change.part in UNSEEN:
            continue
        found = _found(record, change)
        if not _is_there(change, found):
            if not same(found, change.before):
                return Standing.ELSE
            there = False
    return Standing.THERE if there else Standing.UNTOUCHED


def update_body(record: Record, changes: Sequence[Change]) -> dict[str, Any]:
    """What is sent to bring the changes about that are not in effect yet.

    Base fields by themselves, null to clear. An object as it was read, with the changes, null in a field
    that becomes empty. A list as it was read, every row with its own oid, with the changes; a row does not
    hold a field that becomes empty. Nothing of a part in which nothing changes, no read-only field.

    Args:
        record: the newest that is known, with the parts that change.
        changes: to which `standing` is not ELSE.

    Raises:
        ValueError: a row that is to change is not there; or a part that is to be sent back holds what cannot
            be sent, and would lose it. In one line which and why.
    """
    body: dict[str, Any] = {}
    for name, part, here in _by_part(record, changes):
        if part is None:
            body[name] = here[-1].after
            continue
        part.check_sendable(record)
        if part.rows:
            body[name] = [part.sent(row) for row in _rows_after(part, record.get(name, ()), here)]
        else:
            body[name] = part.fields(record.get(name, {})) | {change.field: change.after for change in here}
    return body


def insert_body(changes: Sequence[Change]) -> dict[str, Any]:
    """What is sent for a new customer, of whom all `before` are None."""
    return {name: held for name, held in update_body({}, changes).items() if held is not None} | {
        change.part: change.after for change in changes if change.part in UNSEEN and change.after is not None
    }


def after_changes(record: Record, changes: Sequence[Change]) -> Record:
    """The customer as the changes make it; a new row has no oid, and what the server moves stays.

    Raises:
        ValueError: as `update_body`.
    """
    after = dict(record)
    for name, part, here in _by_part(record, changes):
        held: Any
        if part is None:
            held = here[-1].after
        elif part.rows:
            held = _rows_after(part, record.get(name, ()), here)
        else:
            fields = record.get(name, {}) | {change.field: change.after for change in here}
            held = {field: value for field, value in fields.items() if value is not None}
        after.pop(name, None)
        if held is not None and held != [] and held != {}:
            after[name] = held
    return after


def reversed_change(change: Change, record: Record | None = None) -> Change:
    """The change that takes it back.

    Args:
        change: that was made.
        record: the customer as it is now. If given, a row that the change has added is named by its own
            oid, so that nobody else's takes its place.
    """
    part = CUSTOMER_PARTS.get(change.part)
    row, before, after = change.row, change.after, change.before
    if part is not None and part.rows and change.field is None:
        if row == NEW_ROW and part.key is None and record is not None:
            found = _row_of(part, record.get(part.name, ()), change)
            if found is not None and part.own in found:
                row, before = found[part.own], part.fields(found)
        elif isinstance(row, int) and before is None:  # the oid of a row that was removed does not return
            row = NEW_ROW if part.key is None else after[part.key]
            after = {name: held for name, held in after.items() if name != part.key}
    return Change(change.part, row, change.field, before, _put_back(change.part, after))


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which a customer is not as it was to be; values are personal data.

    Attributes:
        path: as `Change.path`.
        before: what was to be there, None for nothing.
        after: what is there.
    """

    path: str
    before: Any
    after: Any


def unplanned(before: Record, after: Record, changes: Sequence[Change]) -> list[Difference]:
    """Every place in which a customer is not as the changes alone would have made it.

    Left out is what the server moves by itself. So is what it gives a new row: its oid and other read-only
    fields. Fields that this version does not know count as well, but for those of parts that were sent: there
    were none.

    Args:
        before: read just before the update.
        after: answered to it, with the same parts.
        changes: that were sent.

    Raises:
        ValueError: as `update_body`.
    """
    expected = after_changes(before, changes)
    found: list[Difference] = []
    for name in sorted(expected.keys() | after.keys()):
        part = CUSTOMER_PARTS.get(name)
        if name in MOVED.get(name, ()):
            continue
        if name == EXTRAS:
            sent = {change.part for change in changes}
            found += [Difference(*one) for one in differing_beyond(before, after, sent)]
        elif part is None:
            found += _differences(name, None, expected, after, [name])
        elif part.rows:
            found += _row_differences(part, expected.get(name, []), after.get(name, []))
        else:
            pair = (expected.get(name, {}), after.get(name, {}))
            found += _differences(name, None, *pair, sorted(pair[0].keys() | pair[1].keys()))
    return found


def restoring(before: Record, after: Record) -> list[Change]:
    """The changes that bring back what can be written of `before`.

    A row that is gone comes back under another oid, unless one that says as much is there. Cards, loyalty,
    attachments and licences are not brought back by a push, whatever became of them.

    Args:
        before: as the customer was.
        after: as it is.
    """
    found: list[Change] = []
    for name, field in _CUSTOMER.fields.items():
        part = CUSTOMER_PARTS.get(name)
        if part is None and not field.read_only and not same(before.get(name), after.get(name)):
            found.append(Change(name, None, None, after.get(name), _put_back(name, before.get(name))))
        elif part is not None and name in PUSHED_PARTS and part.rows:
            found += _row_restoring(part, before.get(name, []), after.get(name, []))
        elif part is not None and name in PUSHED_PARTS:
            found += _field_restoring(part, None, before.get(name, {}), after.get(name, {}))
    return found


def _put_back(part: str, value: Any) -> Any:
    return False if value is None and part == "do_not_send_mail" else value


def _differences(
    part: str, row: int | str | None, expected: Record, after: Record, names: Sequence[str]
) -> Iterator[Difference]:
    for name in names:
        pair = (expected.get(name), after.get(name))
        if not same(*pair) and name not in MOVED.get(part, ()):
            field = None if name == part else name
            yield Difference(Change(part, row, field, None, None).path, *pair)


def _row_differences(part: Part, expected: list[Record], after: list[Record]) -> Iterator[Difference]:
    pairs, lost, surplus = _paired(part, expected, after, _is_new_one(part))
    for row, other in pairs:
        names = (row.keys() | other.keys()) - {part.own}
        if part.own not in row:  # it is new
            names &= part.writable
        yield from _differences(part.name, part.name_of(other), row, other, sorted(names))
    for row in lost:
        yield Difference(Change(part.name, part.name_of(row), None, None, None).path, row, None)
    for row in surplus:
        yield Difference(Change(part.name, part.name_of(row), None, None, None).path, None, row)


_Alike = Callable[[Record, Record], bool]


def _paired(
    part: Part, rows: Sequence[Record], others: Sequence[Record], alike: _Alike
) -> tuple[list[tuple[Record, Record]], list[Record], list[Record]]:
    """Rows that are the same one: by their oids, else by their names, else if they are `alike`.

    Returns:
        The pairs, then the rows and the others that have no counterpart.
    """
    pairs: list[tuple[Record, Record]] = []
    rest, left = list(rows), list(others)
    for is_same in (_same_in(part.own), _same_in(part.key), alike):
        waiting, rest = rest, []
        for row in waiting:
            other = next((other for other in left if is_same(row, other)), None)
            if other is None:
                rest.append(row)
            else:
                left = [held for held in left if held is not other]
                pairs.append((row, other))
    return pairs, rest, left


def _same_in(name: str | None) -> _Alike:
    return lambda row, other: name is not None and name in row and row[name] == other.get(name)


def _is_new_one(part: Part) -> _Alike:
    # a row that has an oid already is that row, or is lost
    return lambda row, other: part.own not in row and _holds(other, part.fields(row))


def _says_the_same(part: Part) -> _Alike:
    return lambda row, other: part.fields(row) == part.fields(other)


def _row_restoring(part: Part, before: list[Record], after: list[Record]) -> Iterator[Change]:
    pairs, lost, surplus = _paired(part, before, after, _says_the_same(part))
    for row, other in pairs:
        renamed = part.key is not None and row.get(part.key) != other.get(part.key)
        name = other[part.own] if renamed and part.own else part.name_of(other)
        yield from _field_restoring(part, name, row, other)
    for row in surplus:
        alike = [
            other for other in after if part.key is not None and other.get(part.key) == row.get(part.key)
        ]
        if len(alike) == 1 and part.key in row:
            yield Change(part.name, row[part.key], None, part.beside_key(row), None)
        elif part.own in row:
            yield Change(part.name, row[part.own], None, part.fields(row), None)
    for row in lost:
        if part.key is None:
            yield Change(part.name, NEW_ROW, None, None, part.fields(row))
        elif part.key in row:
            yield Change(part.name, row[part.key], None, None, part.beside_key(row))


def _field_restoring(part: Part, row: int | str | None, before: Record, after: Record) -> Iterator[Change]:
    for name in sorted(part.writable):
        if not same(before.get(name), after.get(name)):
            yield Change(part.name, row, name, after.get(name), before.get(name))


def _by_part(record: Record, changes: Sequence[Change]) -> Iterator[tuple[str, Part | None, list[Change]]]:
    """The changes that are not in effect, by part."""
    pending: dict[str, list[Change]] = {}
    for change in changes:
        if not in_effect(record, change):
            pending.setdefault(change.part, []).append(change)
    for name, here in pending.items():
        yield name, CUSTOMER_PARTS.get(name), here


def _found(record: Record, change: Change) -> Any:
    """As `held_at`, but `_GONE` for a field of a row that is not there."""
    part = CUSTOMER_PARTS.get(change.part)
    if part is None:
        return record.get(change.part)
    if not part.rows:
        return record.get(change.part, {}).get(change.field)
    row = _row_of(part, record.get(change.part, ()), change)
    if change.field is not None:
        return _GONE if row is None else row.get(change.field)
    if row is None:
        return None
    return part.fields(row) if part.key is None or isinstance(change.row, int) else part.beside_key(row)


def _row_of(part: Part, rows: Sequence[Record], change: Change) -> Record | None:
    """The row that a change is about; of a new one, that is as it would have it."""
    wanted = change.row
    name = part.own if isinstance(wanted, int) else part.key
    if name is not None:
        for row in rows:
            if row.get(name) == wanted:
                return row
        return None
    fields = change.before if change.after is None else change.after
    return next((row for row in rows if _holds(row, fields)), None)


def _is_there(change: Change, found: Any) -> bool:
    if isinstance(change.after, dict) and isinstance(found, dict):
        return _holds(found, change.after)
    return same(found, change.after)


def _holds(row: Record, fields: Record) -> bool:
    return all(same(row.get(name), held) for name, held in fields.items())


def _rows_after(part: Part, held: Sequence[Record], changes: Sequence[Change]) -> list[Record]:
    """The rows as the changes make them, in their order, new ones last; those that stay are the same."""
    rows = list(held)
    for change in changes:
        row = _row_of(part, rows, change)
        if row is not None:
            after = _row_after(row, change)
            by_name = after is None and isinstance(change.row, str)
            is_namesake = _same_in(part.key if by_name else None)  # it may be there twice
            put = [after if other is row else other for other in rows if not is_namesake(row, other)]
            rows = [other for other in put if other is not None]
        elif change.field is not None:
            raise ValueError(f"{change.path}: there is no such row")
        elif change.after is not None:
            rows.append({part.key: change.row, **change.after} if part.key else dict(change.after))
    return rows


def _row_after(row: Record, change: Change) -> Record | None:
    if change.field is None:
        return None if change.after is None else row | change.after
    after = row | {change.field: change.after}
    if change.after is None:
        del after[change.field]
    return after
