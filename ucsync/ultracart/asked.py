"""From a row's cells to what it asks for: every fault of it told, or a row in which all is good."""

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ucsync.model.pushes import Action, Rejected
from ucsync.ultracart.cell_wishes import read_wish
from ucsync.ultracart.cells import email_problem, read_number, read_oid
from ucsync.ultracart.wishes import Asked, Cell, ListMode, Mapping, MergeMapping, Wish

#: What the column of actions may say; nothing is an update, or the merge that the row's other cells tell of.
ACTIONS: Final = {
    action.value: action for action in (Action.UPDATE, Action.INSERT, Action.MERGE, Action.DELETE)
}
_COLUMN_SHOWN_MAX: Final = 80
_DIGITS_SHOWN_MAX: Final = 4


def read_row(
    mapping: Mapping, row: int, cells: MappingType[str, Cell]
) -> tuple[Asked | None, list[Rejected]]:
    """What a row asks for, or all that is wrong with it; then nothing of it is sent.

    Args:
        mapping: what its columns are about.
        row: its number in the change set, from 1.
        cells: by the names of their columns; empty text, an empty list and None ask for no change.
    """
    reader = _Row(mapping, cells)
    asked = reader.asked(row)
    if not reader.faults:
        return asked, []
    told = dict.fromkeys(reader.faults)  # two fields of one column have the same fault
    return None, [Rejected(row=row, key=reader.key, column=name, problem=text) for name, text in told]


def check_columns(mapping: Mapping, columns: Sequence[str]) -> list[str]:
    """What keeps a file from being read with a mapping, one line each.

    Args:
        columns: as the file names them, in their order.
    """
    wanted = mapping.names
    missing = [name for name in wanted if name not in columns]
    if len(missing) == len(wanted):
        # Then the first line may be somebody's data, which is not repeated.
        return [
            f"none of the mapping's columns is there ({', '.join(missing[:5])}): is its first line a header?"
        ]
    faults = []
    for name in missing:
        alike = next((column for column in columns if column.strip().lower() == name.strip().lower()), None)
        hint = f"; there is {alike!r}, and names are compared exactly" if alike else ""
        faults.append(f"column {name!r} is mapped and missing{hint}")
    ignored = [re.compile(".*".join(map(re.escape, name.split("*"))), re.DOTALL) for name in mapping.ignore]
    for position, name in enumerate(columns, 1):
        if name not in wanted and not any(pattern.fullmatch(name) for pattern in ignored):
            faults.append(
                f"column {_shown(name, position)} is neither mapped nor ignored; map it, or add it to ignore"
            )
    return faults


def _shown(name: str, position: int) -> str:
    """A column's name, unless it may be somebody's data."""
    private = "@" in name or sum(letter.isdigit() for letter in name) > _DIGITS_SHOWN_MAX
    if private or not name.isprintable() or len(name) > _COLUMN_SHOWN_MAX:
        return str(position)
    return repr(name)


@dataclass(frozen=True, slots=True)
class _Whom:
    """A customer as a cell names one."""

    oid: int | None
    email: str | None


class _Row:
    """One row while it is read.

    Attributes:
        key: what it names its customer by, as written.
        faults: pairs of a column's name, or None, and what is wrong.
    """

    def __init__(self, mapping: Mapping, cells: MappingType[str, Cell]) -> None:
        self._mapping = mapping
        self._merge = mapping.merge or MergeMapping()
        self._cells = cells
        self.faults: list[tuple[str | None, str]] = []
        self._key_column = mapping.match_column
        self.key = self._text(mapping.match_column)

    def asked(self, row: int) -> Asked | None:
        """What it asks for; None when there is a fault that leaves nothing to say."""
        if not any(self._cells.values()):
            self.faults.append((None, "an empty row"))
            return None
        action = self._action()
        if action is None:
            return None
        group = self._text(self._merge.group_column) or None if action is Action.MERGE else None
        absorbed = self._absorbed() if action is Action.MERGE and group is None else None
        wishes = () if action is Action.DELETE else self._wishes()
        whom = self._whom(action, wishes)
        if whom.oid is None and action is Action.UPDATE and self._mapping.match_by != "email":
            action = Action.INSERT
        if action is Action.INSERT and whom.email is not None and (problem := email_problem(whom.email)):
            self.faults.append((self._key_column, problem))
        return Asked(
            row=row,
            key=self.key,
            oid=whom.oid,
            email=whom.email,
            action=action,
            wishes=wishes,
            worth=self._worth(),
            group=group,
            absorbed=absorbed,
        )

    def _text(self, column: str | None) -> str:
        """A cell that says whom or what, without the blanks around it."""
        cell = self._cells.get(column) if column is not None else None
        if not cell:
            return ""
        if isinstance(cell, list):
            self.faults.append((column, "a list, where one value is wanted"))
            return ""
        return cell.strip()

    def _action(self) -> Action | None:
        """What is to be done; of a pair to merge the key becomes the survivor's."""
        word = self._text(self._mapping.action_column).lower()
        together = self._text(self._merge.absorbed_column) or self._text(self._merge.group_column)
        action = ACTIONS.get(word) if word else Action.MERGE if together else Action.UPDATE
        problem = None
        if action is None:
            problem = f"no action; write {', '.join(ACTIONS)}, or leave the cell empty"
        elif action is Action.INSERT and not self._mapping.insert:
            problem = "inserting is not switched on; in the mapping, [actions] insert = true"
        elif action is Action.DELETE and not self._mapping.delete:
            problem = "deleting is not switched on; in the mapping, [actions] delete = true"
        elif action is Action.MERGE and not together:
            problem = "nothing says who is merged; in the mapping that is told by [merge]"
        elif action is not Action.MERGE and self._text(self._merge.absorbed_column):
            problem = (
                f"another action, although the row names who is absorbed in {self._merge.absorbed_column!r}"
            )
        if problem is not None:
            self.faults.append((self._mapping.action_column, problem))
            return None
        if action is Action.MERGE and self._merge.survivor_column is not None:
            self._key_column = self._merge.survivor_column
            self.key = self._text(self._key_column)
        return action

    def _absorbed(self) -> str | None:
        column = self._merge.absorbed_column
        whom = self._named(column, self._text(column)) if column is not None else None
        if whom is None:
            return None
        return whom.email if whom.oid is None else str(whom.oid)

    def _whom(self, action: Action, wishes: Sequence[Wish]) -> _Whom:
        """The row's customer; who has no oid yet is inserted with the address that the row writes."""
        if self.key:
            if action is Action.INSERT and self._mapping.match_by != "email":
                self.faults.append((self._key_column, "an insert has no oid yet; leave the cell empty"))
            return self._named(self._key_column, self.key) or _Whom(None, None)
        by_oid = self._mapping.match_by != "email"
        if not (by_oid and self._mapping.insert and action in (Action.UPDATE, Action.INSERT)):
            self.faults.append((self._key_column, "empty, so it names no customer"))
            return _Whom(None, None)
        email = next((wish.after for wish in wishes if wish.target.part == "email"), None)
        if email is None:
            self.faults.append(
                (self._key_column, "empty, and without an e-mail address none can be inserted")
            )
        return _Whom(None, email)

    def _named(self, column: str, text: str) -> _Whom | None:
        """Whom a cell names, by the mapping's way."""
        if self._mapping.match_by == "email":
            if any(letter.isspace() for letter in text):
                self.faults.append((column, "holds a blank, as no e-mail address does"))
                return None
            return _Whom(None, text)
        oid = self._good(column, read_oid, text)
        return None if oid is None else _Whom(oid, None)

    def _worth(self) -> Decimal | None:
        column = self._mapping.worth_column
        text = self._text(column)
        return self._good(column, read_number, text) if text else None

    def _good(self, column: str | None, read: Callable[[str], Any], text: str) -> Any:
        """What `read` makes of a text; None, and a fault, when it cannot."""
        try:
            return read(text)
        except ValueError as fault:
            self.faults.append((column, str(fault)))
            return None

    def _wishes(self) -> tuple[Wish, ...]:
        wishes = []
        for column in self._mapping.columns:
            try:
                wish = read_wish(column, self._cells, self._mapping.clear)
            except ValueError as fault:
                self.faults.append((column.name, str(fault)))
            else:
                if wish is not None:
                    wishes.append(wish)
        self.faults += _contradictions([wish for wish in wishes if wish.target.is_list])
        return tuple(wishes)


def _contradictions(lists: Sequence[Wish]) -> Iterator[tuple[str, str]]:
    """Names that one column adds and another one removes."""
    for removing in lists:
        for adding in lists:
            of_one_list = removing.mode is ListMode.REMOVE and adding.target.part == removing.target.part
            if of_one_list and adding is not removing and not _names(adding).isdisjoint(_names(removing)):
                yield removing.column, f"removes a name that column {adding.column!r} adds"


def _names(wish: Wish) -> set[str]:
    return {name.lower() if wish.target.part == "cc_emails" else name for name in wish.after}
