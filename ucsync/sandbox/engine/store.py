"""The customers as they are now: the population, and over it whatever was changed since."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.engine.instants import epoch_s
from ucsync.sandbox.engine.ordering import NO_INSTANT, InstantOrder, OidOrder, TextOrder
from ucsync.sandbox.engine.records import Record, blank_part
from ucsync.sandbox.people import Population
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document
from ucsync.sandbox.settings import SandboxSettings

# Above every child oid the population can give out (oid * 500 + 499 for at most two and a half million).
_CHILD_OIDS_FROM: Final = 2_000_000_000


#: What stays with the merchant when a customer is deleted.
LEFT_BEHIND: Final = ("orders", "orders_summary", "quotes", "quotes_summary")


class Left(NamedTuple):
    """What a deleted customer left: whose orders they were, and the parts about them."""

    origins: tuple[int, ...]
    parts: Document


class Store:
    """Reads give documents that must not be changed; writes go through `adding`, `changing`, `drop`.

    `version` moves with every change, so that what was worked out from the state can be dropped.
    """

    def __init__(self, settings: SandboxSettings, clock: ServerClock) -> None:
        count, merchant_id = settings.customers, settings.merchant_id
        self._population = Population(
            seed=settings.seed, count=count, merchant_id=merchant_id, orders=settings.orders
        )
        self._clock = clock
        self._creation_modifies = not settings.has("insert-unmodified")
        self._records: dict[int, Record] = {}
        self._left: dict[str, list[tuple[int, Record | None]]] = {}  # of deleted customers, by e-mail
        self._emails: dict[str, list[int]] = {}  # of the records alone; lower case
        self._orders: dict[str, InstantOrder] = {}
        self._by_email: TextOrder | None = None
        self._next_oid = self._population.oids.stop
        self._next_child_oid = _CHILD_OIDS_FROM
        self.oids = OidOrder(self._population.oids)
        self.version = 0

    # reading

    def __contains__(self, oid: int) -> bool:
        return oid in self.oids

    def email(self, oid: int) -> str:
        """'' when there is none."""
        record = self._records.get(oid)
        return record.email if record else self._population.email(oid)

    def signup_s(self, oid: int) -> int:
        record = self._records.get(oid)
        return record.signup_s if record else self._population.signup_s(oid)

    def modified_s(self, oid: int) -> int | None:
        """None for a customer never modified, where creation does not count as modification."""
        record = self._records.get(oid)
        return record.modified_s if record else self._population_modified_s(oid)

    def touched_s(self, oid: int) -> int:
        """What `_since` looks at."""
        modified_s = self.modified_s(oid)
        return self.signup_s(oid) if modified_s is None else modified_s

    def base(self, oid: int) -> Document:
        """The base scalars; the dictionary, not what is in it, is the caller's own."""
        record = self._records.get(oid)
        return dict(record.base) if record else self._population_base(oid)

    def part(self, oid: int, name: str) -> Any:
        """A part as it is answered now."""
        held = self._part(oid, name)
        if name == "properties" and held:
            return self._unexpired(held)
        if name == "cards" and any("card_number_token" in row for row in held):
            # The token is for writing (fact sheet §4); nobody gets it back.
            return [{key: row[key] for key in row if key != "card_number_token"} for row in held]
        return held

    def born_part(self, oid: int, name: str) -> Any:
        """A part as the population had it, whatever was changed since; blank for one inserted later."""
        return self._population.part(oid, name) if oid in self._population else blank_part(name)

    def wishlist(self, oid: int) -> list[Document]:
        record = self._records.get(oid)
        return record.wishlist if record else self._population.wishlist(oid)

    def credit(self, oid: int) -> list[Document]:
        """Store credit rows as `Population.store_credit` has them."""
        record = self._records.get(oid)
        return record.credit if record else self._population.store_credit(oid)

    def password(self, oid: int) -> str | None:
        record = self._records.get(oid)
        return record.password if record else self._population.password(oid)

    @property
    def people(self) -> Population:
        """Who the customers were before anything was changed."""
        return self._population

    def origins(self, oid: int) -> tuple[int, ...]:
        """Whose orders, cases and reviews the customer has: its own, then those of whom it absorbed."""
        record = self._records.get(oid)
        return (oid, *record.absorbed) if record else (oid,)

    def oids_of_email(self, email: str) -> list[int]:
        """Whose address this is, whatever its case, ascending."""
        found = list(self._emails.get(email.lower(), ()))
        born = self._population.oid_of_email(email)
        if born is not None and born in self.oids and born not in self._records:
            found.append(born)
        return sorted(found)

    def changed_oids(self) -> Iterator[int]:
        """The live customers that are not as the population has them."""
        return iter(self._records)

    # orders

    def order(self, attribute: str) -> InstantOrder:
        """Customers by `signup`, `modified` or `touched`; made when first asked for, then kept up."""
        name = "modified" if attribute == "touched" and self._creation_modifies else attribute
        if name not in self._orders:
            key = self._key(name)
            self._orders[name] = InstantOrder((key(oid), oid) for oid in self.oids)
        return self._orders[name]

    def email_order(self) -> TextOrder:
        """Customers by e-mail address in lower case; those without one come first."""
        if self._by_email is None:
            self._by_email = TextOrder(self.oids, lambda oid: self.email(oid).lower())
        return self._by_email

    # writing

    def new_oid(self) -> int:
        """Above every oid that was ever used."""
        self._next_oid += 1
        return self._next_oid - 1

    def new_child_oid(self) -> int:
        self._next_child_oid += 1
        return self._next_child_oid - 1

    def add(self, oid: int, record: Record) -> None:
        """A new customer, under an oid from `new_oid`."""
        self.oids.add(oid)
        self._records[oid] = record
        self._enter(oid)

    @contextmanager
    def changing(self, oid: int) -> Iterator[Record]:
        """The customer's record, to replace attributes of; everything must have been checked before."""
        self._leave(oid)
        record = self._records.get(oid) or self._opened(oid)
        self._records[oid] = record
        try:
            yield record
        finally:
            self._enter(oid)

    def drop(self, oid: int, *, orders_move: bool = False) -> None:
        """The customer is gone for good; the orders stay under the e-mail address, unless they moved."""
        email = self.email(oid).lower()
        if email and not orders_move:
            self._left.setdefault(email, []).append((oid, self._records.get(oid)))
        self._leave(oid)
        self.oids.remove(oid)
        self._records.pop(oid, None)

    def take_left(self, email: str) -> list[Left]:
        """What deleted customers of this address left; it is nobody's only until it is taken."""
        return [
            Left(
                (oid, *record.absorbed) if record else (oid,),
                {name: self._part_of(oid, record, name) for name in LEFT_BEHIND},
            )
            for oid, record in self._left.pop(email.lower(), [])
        ]

    def touch(self, record: Record, by: str = "API") -> None:
        """The record was modified now, through the API, or by whom it is said."""
        record.modified_s = self._clock.now_s()
        stamp = {"last_modified_by": by, "last_modified_dts": eastern_text(record.modified_s)}
        record.base = {**record.base, **stamp}

    def _opened(self, oid: int) -> Record:
        population = self._population
        return Record(
            inserted=False,
            base=self._population_base(oid),
            password=population.password(oid),
            signup_s=population.signup_s(oid),
            modified_s=self._population_modified_s(oid),
            wishlist=population.wishlist(oid),
            credit=population.store_credit(oid),
        )

    def _population_modified_s(self, oid: int) -> int | None:
        modified_s = self._population.modified_s(oid)
        if self._creation_modifies or modified_s > self._population.signup_s(oid):
            return modified_s
        return None

    def _population_base(self, oid: int) -> Document:
        base = self._population.base(oid)
        if not self._creation_modifies and self._population_modified_s(oid) is None:
            base.pop("last_modified_dts", None)
        return base

    def _part(self, oid: int, name: str) -> Any:
        return self._part_of(oid, self._records.get(oid), name)

    def _part_of(self, oid: int, record: Record | None, name: str) -> Any:
        if record is not None:
            if name in record.parts:
                return record.parts[name]
            if record.inserted:
                return blank_part(name)
        return self._population.part(oid, name)

    def _unexpired(self, properties: list[Document]) -> list[Document]:
        # The server deletes a property once its expiration_dts has passed (fact sheet §4).
        if not any("expiration_dts" in row for row in properties):
            return properties
        now_s = self._clock.now_s()
        return [
            row for row in properties if "expiration_dts" not in row or epoch_s(row["expiration_dts"]) > now_s
        ]

    def _key(self, name: str) -> Callable[[int], int]:
        return {"signup": self.signup_s, "modified": self._modified_key, "touched": self.touched_s}[name]

    def _modified_key(self, oid: int) -> int:
        modified_s = self.modified_s(oid)
        return NO_INSTANT if modified_s is None else modified_s

    def _leave(self, oid: int) -> None:
        """Out of every order, by the values it has until now."""
        self.version += 1
        for name, order in self._orders.items():
            order.remove(self._key(name)(oid), oid)
        if self._by_email is not None:
            self._by_email.remove(oid)
        record = self._records.get(oid)
        if record is not None:
            holders = self._emails[record.email.lower()]
            holders.remove(oid)
            if not holders:
                del self._emails[record.email.lower()]

    def _enter(self, oid: int) -> None:
        self.version += 1
        for name, order in self._orders.items():
            order.add(self._key(name)(oid), oid)
        if self._by_email is not None:
            self._by_email.add(oid)
        self._emails.setdefault(self._records[oid].email.lower(), []).append(oid)
