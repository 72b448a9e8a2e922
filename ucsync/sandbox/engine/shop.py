"""What every operation is given: the merchant's state, and the request."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Self

from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.engine.records import Record
from ucsync.sandbox.engine.selection import Selector
from ucsync.sandbox.engine.store import Store
from ucsync.sandbox.engine.tokens import Tokens
from ucsync.sandbox.reply import Refusal
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.operations import INT32_MAX, Operation

_INTEGER: Final = re.compile(r"-?\d{1,15}", re.ASCII)


#: Quirks of what the server notes by itself, whichever way a customer was changed.
_OF_THE_SERVER: Final = frozenset({"insert-unmodified", "merge-does-not-touch"})


@dataclass(frozen=True, slots=True)
class Shop:
    """One merchant: settings, clock, customers, and what was issued."""

    settings: SandboxSettings
    clock: ServerClock
    store: Store
    selector: Selector
    tokens: Tokens

    @classmethod
    def opened(cls, settings: SandboxSettings, clock: ServerClock) -> Self:
        """As the population has it, nothing done yet."""
        store = Store(settings, clock)
        return cls(settings, clock, store, Selector(store), Tokens(settings))

    def behind_the_counter(self) -> Self:
        """The same merchant for those who do not come through the API, so that no quirk of it applies."""
        quirks = self.settings.quirks & _OF_THE_SERVER
        return replace(self, settings=replace(self.settings, quirks=quirks))


@dataclass(frozen=True, slots=True)
class Call:
    """One request; all texts are decoded, but for `raw_query`."""

    operation: Operation
    path: Mapping[str, str] = field(repr=False)
    query: Sequence[tuple[str, str]] = field(repr=False)
    raw_query: str = field(repr=False)
    body: object = field(repr=False)
    form: Mapping[str, str] = field(repr=False)

    def parameter(self, name: str) -> str | None:
        """A query parameter; of several with one name the first counts."""
        return next((text for given, text in self.query if given == name), None)


class Missing(Refusal):
    """There is no such customer or item: 404, or what the quirks make of it."""


def missing(shop: Shop, what: str) -> Missing:
    """No source says what an unknown oid or e-mail is answered; 404 by default (fact sheet §10)."""
    status = 400 if shop.settings.has("missing-is-400") else 404
    return Missing(status, f"Invalid {what} specified.")


@contextmanager
def changing_children(shop: Shop, oid: int, by: str = "API") -> Iterator[Record]:
    """`Store.changing` for what hangs on a customer: whether it counts as modifying is UNKNOWN
    (fact sheet §7); by default it does not."""
    with shop.store.changing(oid) as record:
        yield record
        if shop.settings.has("children-touch"):
            shop.store.touch(record, by)


def email_holders(shop: Shop, email: str) -> list[int]:
    """Whose address this is, ascending; in whatever case, which is INFERRED (fact sheet §10)."""
    oids = shop.store.oids_of_email(email)
    if shop.settings.has("email-case-matters"):
        return [oid for oid in oids if shop.store.email(oid) == email]
    return oids


def path_oid(call: Call, name: str) -> int:
    """An oid of the path. Raises Refusal when it is no integer of 32 bits."""
    text = call.path[name]
    if _INTEGER.fullmatch(text) is None or abs(int(text)) > INT32_MAX:
        raise Refusal(400, f"{name} must be an integer.")
    return int(text)


def path_customer(shop: Shop, call: Call) -> int:
    """The oid of the live customer that the path names. Raises Refusal when there is none."""
    oid = path_oid(call, "customer_profile_oid")
    if oid not in shop.store:
        raise missing(shop, "customer_profile_oid")
    return oid
