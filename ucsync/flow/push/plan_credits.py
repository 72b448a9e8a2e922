"""What is given to a customer beside its fields: store credit, cashback, membership of e-mail lists."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from ucsync.flow.push.plan_rows import Ground
from ucsync.model.pushes import Action, Step
from ucsync.ultracart.check import text_length
from ucsync.ultracart.targets import Target
from ucsync.ultracart.wishes import Asked, ListMode, Wish

#: Of a description, the mark included: what the vendor takes with cashback (fact sheet §4).
_DESCRIPTION_MAX: Final = 50

_LISTS: Final = "email_lists"
_SUMS: Final[Mapping[str, tuple[Action, str]]] = {
    "store_credit": (Action.STORE_CREDIT, "amount"),
    "cashback": (Action.CASHBACK, "adjustment_amount"),
}


def is_given(target: Target) -> bool:
    """Whether it is something beside a customer's fields."""
    return target.part == _LISTS or target.is_sum


def given(
    ground: Ground, asked: Asked, oid: int, email: str | None, rows: tuple[int, ...]
) -> tuple[list[Step], list[tuple[str, str]]]:
    """The steps for what a row gives.

    Args:
        ground: knows what was given by earlier pushes.
        asked: the row.
        oid, email: the customer.
        rows: all that ask for the same.

    Returns:
        The steps, and (column, problem) for each wish that cannot be had.
    """
    steps, problems = list[Step](), list[tuple[str, str]]()
    lists = [wish for wish in asked.wishes if wish.target.part == _LISTS]
    if lists:
        sides = {
            "add_to_lists": _names(lists, ListMode.ADD),
            "remove_from_lists": _names(lists, ListMode.REMOVE),
        }
        changes = {side: held for side, held in sides.items() if held}
        if changes:
            steps.append(_step(Action.EMAIL_LISTS, asked, oid, email, rows, changes))
    for wish in asked.wishes:
        if wish.target.is_sum and wish.after is not None:
            action, name = _SUMS[wish.target.part]
            mark = _mark(ground.changes.sha256, asked.row, oid, wish)
            if mark in ground.given:
                problems.append((wish.column, "an earlier push of the same file has given this already"))
            body = {name: wish.after, "description": _described(ground.mapping.credit_description, mark)}
            steps.append(_step(action, asked, oid, email, rows, body, mark))
    return steps, problems


def _names(wishes: list[Wish], mode: ListMode) -> list[str]:
    """Each once; that lists cannot be set, because nobody can read them, the mapping has said."""
    return list(dict.fromkeys(name for wish in wishes if wish.mode is mode for name in wish.after))


def _step(
    action: Action,
    asked: Asked,
    oid: int,
    email: str | None,
    rows: tuple[int, ...],
    body: dict[str, Any],
    mark: str = "",
) -> Step:
    return Step(
        number=0, action=action, oid=oid, email=email, body=body, rows=rows, worth=asked.worth, mark=mark
    )


def _mark(source: str, row: int, oid: int, wish: Wish) -> str:
    """By which the server's ledger shows that it was done: different for each row of each file."""
    told = f"{source} {row} {oid} {wish.target.part} {wish.after}"
    return f" #{sha256(told.encode()).hexdigest()[:8]}"


def _described(description: str, mark: str) -> str:
    """At most `_DESCRIPTION_MAX` UTF-16 units, the mark at the end whole."""
    kept = description
    while text_length(kept) > _DESCRIPTION_MAX - len(mark):
        kept = kept[:-1]
    return kept.rstrip() + mark
