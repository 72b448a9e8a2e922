"""Which of two values of a field stands, when a CRM and the server may both have changed it."""

from enum import Enum
from typing import Any

from ucsync.model.pushes import Rule


class Choice(Enum):
    """What becomes of a change that a CRM asks for."""

    APPLY = "it is sent"
    EQUAL = "there is nothing to send"
    HELD_BACK = "theirs stands"
    QUEUE = "a person decides"


def choose(*, base: Any, base_known: bool, theirs: Any, ours: Any, rule: Rule) -> Choice:
    """The difference of one field, two-way or three-way. None is nothing, so clearing is a value, too.

    A CRM that says what its export was made from has changed nothing there. Where only the CRM has, it
    has the word, whatever the rule, but for `fill_empty`, which fills what is empty. Where both have, or
    nobody knows, the rule decides.

    Args:
        base: what the CRM had exported.
        base_known: whether that is known.
        theirs: what the server has now.
        ours: what the CRM asks for; of a row (a dict) the fields that it names.
        rule: of the field.
    """
    if _says(ours, theirs) or (base_known and _says(ours, base)):
        return Choice.EQUAL
    if rule is Rule.FILL_EMPTY:
        return Choice.APPLY if theirs is None else Choice.HELD_BACK
    if rule is Rule.OURS or (base_known and _same(theirs, base)):
        return Choice.APPLY
    return Choice.QUEUE if rule is Rule.QUEUE else Choice.HELD_BACK


def _says(ours: Any, held: Any) -> bool:
    """Whether what is held is what ours asks for; of a row the fields that ours names count."""
    if isinstance(ours, dict) and isinstance(held, dict):
        return all(_same(value, held.get(name)) for name, value in ours.items())
    return _same(ours, held)


def _same(one: Any, other: Any) -> bool:
    # a flag that is absent is false
    return bool(one == other) or (one is None and other is False) or (one is False and other is None)
