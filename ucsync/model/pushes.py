"""Pushes: what a CRM wants changed, what it comes to, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final


class Action(Enum):
    """What a step does; each is one operation of the vendor's."""

    UPDATE = "update"
    INSERT = "insert"
    MERGE = "merge"
    DELETE = "delete"
    STORE_CREDIT = "store_credit"
    CASHBACK = "cashback"
    EMAIL_LISTS = "email_lists"


class Rule(Enum):
    """Which value stands when both sides have changed a field, or when it is not known who did."""

    OURS = "ours"
    THEIRS = "theirs"
    FILL_EMPTY = "fill_empty"
    QUEUE = "queue"


class StepState(Enum):
    """Where a step stands; the journal's word, written before the server hears of it."""

    WAITING = "waiting"
    SENT = "sent"  # the intent is journaled; until an outcome is, nobody knows
    LANDED = "landed"
    ALREADY = "already"  # the server had it so; nothing was sent
    REFUSED = "refused"
    CONFLICT = "conflict"  # somebody else changed the same field since the plan
    DIVERGED = "diverged"  # read back, and neither as it was nor as it was to be
    DROPPED = "dropped"  # superseded by a newer plan, or what it rests on did not land


class Standing(Enum):
    """How a customer stands to the changes of a step."""

    THERE = "all of them are in effect"
    UNTOUCHED = "all are as the plan found them, or in effect"
    ELSE = "somebody else has changed at least one"


#: `Change.row` of a new row in a list of children, and of its removal again.
NEW_ROW: Final = "+"


#: Base fields whose values nobody is shown; only the plan and its journal hold them, to send them.
SECRETS: Final = frozenset({"password"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of one customer. Values are canonical: null for nothing, instants in UTC.

    | what | part | row | field | values |
    | --- | --- | --- | --- | --- |
    | a base field | `tax_id` | None | None | the value |
    | a field of an object | `tax_codes` | None | `taxjar_customer_id` | the value |
    | a field of an address or cc e-mail | `billing` | its own oid | `city` | the value |
    | a tag, property, tier or cc e-mail | `tags` | its name | None | its other fields, `{}` for none |
    | a property's value | `properties` | its name | `value` | the value |
    | a new address | `billing` | `+` | None | its fields |
    | an address that goes | `billing` | its own oid | None | its fields, then null |
    """

    part: str
    row: int | str | None
    field: str | None
    before: Any
    after: Any

    @property
    def path(self) -> str:
        """As people read it: `billing[55].city`, `tags["vip"]`."""
        row = "" if self.row is None else f'["{self.row}"]' if isinstance(self.row, str) else f"[{self.row}]"
        if self.row == NEW_ROW:
            row = "[new]"
        return f"{self.part}{row}" + (f".{self.field}" if self.field else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a plan, with what must hold before it and after it.

    Attributes:
        number: from 1, in the order of sending.
        action: which operation.
        oid: whom; of a merge the survivor, None for an insert.
        email: of the customer, to show; of an insert who it is.
        changes: of an update and an insert: before is the precondition, after the effect.
        body: what is sent, exactly; empty where nothing is.
        absorbed: of a merge, who is gone afterwards.
        rests_on: numbers of the steps that must have landed first.
        rows: of the change set, from 1, that asked for it.
        worth: steps of greater worth are sent first.
        mark: of store credit and cashback, the end of the description by which the server's ledger shows
            that it was done.
    """

    number: int
    action: Action
    oid: int | None
    email: str | None
    changes: tuple[Change, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    absorbed: int | None = None
    rests_on: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    worth: Decimal | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A change that a person has to decide on, or that the rules held back; not sent.

    Attributes:
        row: of the change set.
        oid: the customer.
        change: what was asked for, against what is there.
        reason: in words.
    """

    row: int
    oid: int
    change: Change
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row, or one cell of it, that cannot be sent.

    Attributes:
        row: of the change set, from 1.
        key: what it names its customer by, as written; personal data.
        column: its name, None when the row as a whole is meant.
        problem: what is wrong and how to mend it, without the cell's value.
    """

    row: int
    key: str
    column: str | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a push may go without a person's word; the engine keeps them, not the command.

    Attributes:
        customers_max, percent_max: at most the larger of so many customers and that share of the lake.
        cleared_max: fields that may become empty.
        merges_per_day: merges within 24 hours, by all pushes of a merchant together.
        deletes_max: customers that may be deleted.
        protected: names of fields (`email`, `billing`, `tax_codes.taxjar_customer_id`) that no push changes.
    """

    customers_max: int = 1000
    percent_max: float = 10
    cleared_max: int = 0
    merges_per_day: int = 50
    deletes_max: int = 0
    protected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPrice:
    """What a plan costs.

    Attributes:
        requests: by the vendor's operation.
        total: of them all, repetitions and refreshes on the way included as far as they can be foreseen.
        hours, days: until the end, waits for quota and the daily cap on merges included.
        ends_at: if it began when it was planned.
    """

    requests: Mapping[str, int]
    total: int
    hours: float
    days: float
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeader:
    """What stands at the head of a plan file; the digest at its end covers it.

    Attributes:
        merchant: name of the configuration's section.
        application: names its key without telling it.
        fingerprint: of what decides what the lake holds.
        version: of ucsync.
        snapshot: that the plan was made against.
        base: the snapshot that the CRM had exported from, None when it is not known.
        created_at, expires_at: after the latter it is not begun any more.
        source: the name of the change set's file.
        source_sha256, mapping_sha256: of what it was made from.
        limits: that it was made under.
        tripped: the guards that stop it, in words; empty when none does.
        customers: in the lake.
        touched: customers that it changes.
        steps: how many, by action.
        changes: fields that change.
        cleared: of those, how many become empty.
        equal: rows of the change set that ask for nothing new.
        queued, rejected: how many there are of either.
        price: of applying it.
        undoes: the plan that it takes back, None for none.
        notes: for a person, one line each.
    """

    merchant: str
    application: str
    fingerprint: str
    version: str
    snapshot: str
    base: str | None
    created_at: datetime
    expires_at: datetime
    source: str
    source_sha256: str
    mapping_sha256: str
    limits: Limits
    tripped: tuple[str, ...]
    customers: int
    touched: int
    steps: Mapping[str, int]
    changes: int
    cleared: int
    equal: int
    queued: int
    rejected: int
    price: PushPrice
    undoes: str | None = None
    notes: tuple[str, ...] = ()
