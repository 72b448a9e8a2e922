"""What the rows of a change set ask for, and how a mapping reads it out of their columns.

A mapping says for each column which field of a customer it is about; a wish is one cell, read and checked
as a value of that field; what a row asks for is whom it means, what is to be done, and its wishes.
"""

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal

from ucsync.model.pushes import Action, Rule
from ucsync.ultracart.targets import Target

#: A cell of a change set: text, a list where the file has lists, None where the row has nothing.
Cell = str | list[str] | None

MatchBy = Literal["customer_profile_oid", "email"]
SEPARATOR: Final = ";"
CREDIT_DESCRIPTION: Final = "From the CRM"


class ListMode(Enum):
    """What the names in a cell mean for a list such as the tags."""

    SET = "set"  # these and no others
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, and what it is about.

    Attributes:
        name: as the header has it.
        target: the field, list or sum.
        rule: which value stands where both sides have one.
        mode: of a list, else None.
        separator: between the names in a cell of a list; ignored where the cell is a list.
        values: what a cell says, to what is meant; cells that are not among them stand for themselves.
        line: which line of a cell is taken, from 1, blank ones not counted; None for all of it.
        lines_max: a cell of more lines is refused, because the last of them would be lost.
        drop_apostrophe: whether an apostrophe at the beginning is dropped, which the exporting program
            has put there to keep spreadsheets from reading a number or a formula.
    """

    name: str
    target: Target
    rule: Rule = Rule.OURS
    mode: ListMode | None = None
    separator: str = SEPARATOR
    values: MappingType[str, str] = field(default_factory=dict)
    line: int | None = None
    lines_max: int = 1
    drop_apostrophe: bool = False


@dataclass(frozen=True, slots=True)
class KeepGroup:
    """Fields that a survivor takes together from one of the merged, so that no address is half of each.

    Attributes:
        fields: targets as `parse_target` takes them, each a single field of the customer, of an object or of
            a default address; where the file named a whole part, all of its fields.
        rules: say from whom, as the rules of `MergeMapping.survivor_rules`.
    """

    fields: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeMapping:
    """Which customers become one: pairs of two columns, or groups of which rules choose the survivor.

    Attributes:
        survivor_column, absorbed_column: of pairs, else None; they name customers as `match_by` says.
        group_column: rows with the same text in it are one customer; None for pairs.
        survivor_rules: as `parse_survivor_rule` takes them; the first that tells two apart decides.
        keep: what the survivor takes over from another one.
    """

    survivor_column: str | None = None
    absorbed_column: str | None = None
    group_column: str | None = None
    survivor_rules: tuple[str, ...] = ()
    keep: tuple[KeepGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How a change set is read.

    Attributes:
        match_by: what customers are known by.
        match_column: the column that has it.
        columns: what the other columns are about; a name may occur more than once.
        ignore: names of columns that say nothing; `*` stands for any characters.
        clear: what a cell says when the field is to become empty; None when nothing is ever cleared.
        insert: whether customers that are not there are inserted.
        delete: whether rows may ask for deletion.
        action_column: the column that says what is to be done, None when there is none.
        worth_column: the column by whose number the most valuable are sent first.
        merge: which customers become one, None for no merges.
        credit_description: that store credit and cashback are given with.
        digest: SHA-256 of what the mapping was read from.
    """

    match_by: MatchBy
    match_column: str
    columns: tuple[Column, ...] = ()
    ignore: tuple[str, ...] = ()
    clear: str | None = None
    insert: bool = False
    delete: bool = False
    action_column: str | None = None
    worth_column: str | None = None
    merge: MergeMapping | None = None
    credit_description: str = CREDIT_DESCRIPTION
    digest: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        merge = self.merge or MergeMapping()
        named = (
            self.match_column, self.action_column, self.worth_column, merge.survivor_column,
            merge.absorbed_column, merge.group_column, *(column.name for column in self.columns),
            *(column.target.pick.column for column in self.columns if column.target.pick),
        )  # fmt: skip
        return tuple(dict.fromkeys(name for name in named if name is not None))


@dataclass(frozen=True, slots=True)
class Wish:
    """One cell, read: what a field is to hold.

    Attributes:
        column: the cell's.
        target: the field.
        rule: which value stands where both sides have one.
        after: the canonical value; None to clear. Of a list (`tags`, `pricing_tiers`, `cc_emails`,
            `email_lists`) a tuple of names, `()` to empty it; of store credit and cashback the amount.
        mode: of a list, else None.
        pick_oid: own oid of the child row, where the target takes it from a column.
    """

    column: str
    target: Target
    rule: Rule
    after: Any
    mode: ListMode | None = None
    pick_oid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one row asks for; every cell of it is good.

    Attributes:
        row: of the change set, from 1.
        key: what it names its customer by, as written.
        oid: of the customer, where the row has it.
        email: where the row has no oid: what the customer is found by, or is inserted with.
        action: UPDATE (of a customer who is not there an insert, if the mapping permits), INSERT (only
            if not there), DELETE, or MERGE.
        wishes: in the order of the columns; of a pair to merge they are for the survivor.
        worth: None where the row has none.
        group: of a merge by groups, else None.
        absorbed: of a pair to merge: digits of an oid, or an e-mail address, as `Mapping.match_by` says.
    """

    row: int
    key: str
    oid: int | None
    email: str | None
    action: Action
    wishes: tuple[Wish, ...] = ()
    worth: Decimal | None = None
    group: str | None = None
    absorbed: str | None = None
