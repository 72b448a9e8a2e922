"""Who wrote what into which customer: every write that acted on the sandbox, against what was asked for.

The witness knows each customer as it was after the last thing that happened, and what of it the client
has been shown. So of every write that acted it can say whether each value that changed was planned, or
put back from what the client had been shown before somebody else changed it (the window), or is a fault.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ucsync.sandbox import Sandbox

#: A customer as paths and values: `terms`, `billing[55].city`, `tags["vip"]`.
Leaves = dict[str, Any]

#: The field by which a row of a list is known; rows of other lists are what they say.
OWN_OIDS: Final[Mapping[str, str]] = {
    "activities": "ts",
    "attachments": "customer_profile_attachment_oid",
    "billing": "customer_billing_oid",
    "cards": "customer_profile_credit_card_id",
    "cc_emails": "customer_profile_email_oid",
    "orders": "order_id",
    "properties": "customer_profile_property_oid",
    "shipping": "customer_shipping_oid",
    "software_entitlements": "customer_software_entitlement_oid",
}
NAMED: Final[Mapping[str, str]] = {"tags": "tag_value", "pricing_tiers": "name"}

#: What the server moves by itself when a customer is written.
MOVED: Final = ("last_modified_by", "last_modified_dts", "privacy.last_update_dts")
#: What it gives a new row.
ASSIGNED: Final = ("customer_profile_oid", "default_billing", "default_shipping", "pricing_tier_oid")

_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


def leaves(customer: Mapping[str, Any] | None) -> Leaves:
    """A customer's values by their paths, what is empty left out; of one who is not there none at all."""
    found: Leaves = {}
    for name, held in (customer or {}).items():
        _gather(found, name, name, held)
    return found


def _gather(found: Leaves, path: str, name: str, held: Any) -> None:
    if held in _NOTHING:
        return
    if isinstance(held, Mapping):
        for inner, value in held.items():
            _gather(found, f"{path}.{inner}", inner, value)
    elif isinstance(held, list):
        for place, row in enumerate(held):
            _gather_row(found, path, name, place, row)
    else:
        found[path] = _instant(held) if name.endswith("_dts") else held


def _gather_row(found: Leaves, path: str, name: str, place: int, row: Any) -> None:
    if name in NAMED:
        found[f'{path}["{row[NAMED[name]]}"]'] = True
    elif not isinstance(row, Mapping):
        found[f"{path}[{place}]"] = row
    else:
        key = row.get(OWN_OIDS.get(name, ""), place)
        for inner, value in row.items():
            _gather(found, f"{path}[{key}].{inner}", inner, value)


def _instant(text: Any) -> Any:
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else text


def is_moved(path: str) -> bool:
    """Whether the server may change it whenever the customer is written."""
    return path in MOVED or path.endswith("_e164")


def changed(before: Leaves, after: Leaves) -> set[str]:
    """The paths at which two customers differ, but for what the server moves by itself."""
    paths = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return {path for path in paths if not is_moved(path)}


@dataclass(frozen=True)
class Effect:
    """What a change set wants of one customer, as paths.

    Attributes:
        before: what was there when it was planned, by path.
        after: what is to be there; None for nothing.
        rows: fields of new rows, as `(part, fields)`.
        sums: paths below which the server's own books may change (`loyalty`).
        gone: whether the customer is to be gone.
    """

    before: Leaves = field(default_factory=dict)
    after: Leaves = field(default_factory=dict)
    rows: tuple[tuple[str, Leaves], ...] = ()
    sums: tuple[str, ...] = ()
    gone: bool = False

    def there(self, now: Leaves) -> bool:
        """Whether all of it is in effect."""
        return all(now.get(path) == held for path, held in self.after.items()) and all(
            any(wanted.items() <= row.items() for row in rows_of(now, part)) for part, wanted in self.rows
        )


def rows_of(customer: Leaves, part: str) -> list[Leaves]:
    """The rows of a list, each by the names of its fields."""
    rows: dict[str, Leaves] = {}
    for path, held in customer.items():
        if path.startswith(f"{part}["):
            key, _, name = path.removeprefix(f"{part}[").partition("].")
            rows.setdefault(key, {})[name] = held
    return list(rows.values())


@dataclass(frozen=True)
class Loss:
    """Somebody's edit that a write undid without having seen it.

    Attributes:
        oid, path: where.
        age_s: how old at that moment was what the write had been computed from.
    """

    oid: int
    path: str
    age_s: float


@dataclass(frozen=True)
class Sight:
    """What the client has been shown.

    Attributes:
        customers: each as they were shown last, and when that was asked for.
        refreshed_s: when the last refresh began: what existed by then, it has been told of.
    """

    customers: Mapping[int, tuple[float, Leaves]] = field(default_factory=dict)
    refreshed_s: float = 0.0

    def of(self, oid: int) -> tuple[float, Leaves]:
        """As of when a customer is known, and as what."""
        at_s, shown = self.customers.get(oid, (0.0, {}))
        return max(at_s, self.refreshed_s), shown


@dataclass
class Witness:
    """See above. Until it is told to `watch`, it takes no notice.

    Attributes:
        wanted: what the plans in force want, by customer.
        shown, refreshed_s: what makes a `Sight`.
        faults: what no write may do, in words.
        losses: see `Loss`.
        acted: of each write that changed something: the operation and the customers changed.
        edited: paths that somebody else has changed since `watch`, and when last, by customer.
        touched: customers in whom something changed that no plan wanted.
    """

    sandbox: Sandbox
    known: dict[int, Leaves] = field(default_factory=dict)
    shown: dict[int, tuple[float, Leaves]] = field(default_factory=dict)
    refreshed_s: float = 0.0
    wanted: dict[int, Effect] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    acted: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    edited: dict[int, dict[str, float]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    _watching: bool = False

    def watch(self) -> None:
        """From now on every change has to be somebody's."""
        self._watching = True
        self.known = {oid: self.now(oid) for oid in self.sandbox.merchant.oids()}

    def now(self, oid: int) -> Leaves:
        """The customer as the server has it."""
        return leaves(self.sandbox.merchant.truth(oid))

    def show(self, customer: Mapping[str, Any], at_s: float) -> None:
        """The client has been told of a customer, whom it asked for at `at_s`."""
        if not self._watching:
            return
        self.shown[customer["customer_profile_oid"]] = (at_s, leaves(customer))

    def refresh(self, began_s: float) -> None:
        """The client has been told of all that had changed by then."""
        self.refreshed_s = began_s

    def sight_of(self, oids: Iterable[int]) -> Sight:
        """What the client has been shown of these customers until now."""
        return Sight({oid: self.shown[oid] for oid in oids if oid in self.shown}, self.refreshed_s)

    def somebody(self, oid: int, now_s: float) -> None:
        """Others have just changed this customer, directly."""
        was, now = self.known.get(oid, {}), self.now(oid)
        self.edited.setdefault(oid, {}).update(dict.fromkeys(changed(was, now), now_s))
        self.known[oid] = now

    def written(self, operation: str, oids: Iterable[int], sight: Sight, now_s: float) -> None:
        """A request may have acted on these customers, or on one who is new.

        Args:
            operation: the vendor's name.
            oids: whom it named.
            sight: what the client had been shown when it sent it.
            now_s: when it acted.
        """
        if not self._watching:
            return
        there = set(self.sandbox.merchant.oids())
        hit = [*dict.fromkeys(oids), *sorted(there - self.known.keys())]
        was = {oid: self.known.get(oid, {}) for oid in hit}
        for oid in hit:
            self.known[oid] = self.now(oid)
        touched = tuple(oid for oid in hit if changed(was[oid], self.known[oid]))
        if touched:
            self.acted.append((operation, touched))
        if operation not in ("mergeCustomer", "insertCustomer"):  # whose effects are others' to look at
            for oid in touched:
                self._judge(operation, oid, was[oid], sight, now_s)

    def unexplained(self) -> list[int]:
        """Customers that have changed without anybody's having been seen to do it."""
        everybody = {*self.known, *self.sandbox.merchant.oids()}
        return [oid for oid in sorted(everybody) if changed(self.known.get(oid, {}), self.now(oid))]

    def _judge(self, operation: str, oid: int, was: Leaves, sight: Sight, now_s: float) -> None:
        """Whether everything that a write changed was planned, or could not be known."""
        effect, now = self.wanted.get(oid, Effect()), self.known[oid]
        at_s, seen = sight.of(oid)
        new_rows = self._new_rows(effect, was, now)
        for path in sorted(changed(was, now)):
            if not now and effect.gone:
                continue
            if path in effect.after and now.get(path) == effect.after[path]:
                self._check_conflict(oid, path, effect, was, sight, now_s)
            elif _row_of(path) in new_rows or path.startswith(effect.sums):
                continue
            elif was.get(path) != seen.get(path) == now.get(path):
                self._lose(oid, path, at_s, now_s)
            else:
                self.touched.add(oid)
                self.faults.append(f"{operation} changed {path} of {oid}, which no plan wanted")

    def _check_conflict(
        self, oid: int, path: str, effect: Effect, was: Leaves, sight: Sight, now_s: float
    ) -> None:
        """A planned value may only take the place of what the plan had found, or of what was not known."""
        planned, (at_s, seen) = (effect.before.get(path), effect.after[path]), sight.of(oid)
        if seen.get(path) not in planned:
            self.faults.append(f"{path} of {oid} had been shown to be somebody else's, and was overwritten")
        elif was.get(path) not in planned:
            self._lose(oid, path, at_s, now_s)

    def _lose(self, oid: int, path: str, known_s: float, now_s: float) -> None:
        """Somebody's edit is undone; it must have been made after all that could have told of it."""
        if self.edited.get(oid, {}).get(path, -1.0) < known_s:
            self.faults.append(f"an edit of {path} of {oid} existed at the refresh, and was overwritten")
        self.losses.append(Loss(oid, path, now_s - known_s))

    @staticmethod
    def _new_rows(effect: Effect, was: Leaves, now: Leaves) -> set[str]:
        """The rows that a plan wanted new and that are as it wanted them, each wanted one once."""
        born = {_row_of(path) for path in now} - {_row_of(path) for path in was} - {""}
        own = (*ASSIGNED, *OWN_OIDS.values())
        granted: set[str] = set()
        for part, wanted in effect.rows:
            for row in sorted(born - granted):
                held = {path.removeprefix(f"{row}."): now[path] for path in now if _row_of(path) == row}
                plain = {name: one for name, one in held.items() if not (name in own or is_moved(name))}
                if row.startswith(f"{part}[") and plain == wanted:
                    granted.add(row)
                    break
        return granted


def _row_of(path: str) -> str:
    """`billing[55]` of `billing[55].city`; "" where there is no row."""
    row, bracket, _ = path.partition("].")
    return f"{row}]" if bracket else ""
