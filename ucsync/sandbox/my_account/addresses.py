"""The two address books: the same rows that `/rest/v2` has as `billing` and `shipping`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ucsync.sandbox.engine import with_e164
from ucsync.sandbox.my_account.accounts import BY_CUSTOMER, account_document, shown_id
from ucsync.sandbox.my_account.forms import filled
from ucsync.sandbox.my_account.ledger import SHARED
from ucsync.sandbox.my_account.office import Action, Office
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.reply import Document, Refusal

#: What a row has that the portal neither shows nor takes: it stays as it is when the row is changed.
_UNSEEN: Final = ("customer_profile_oid", "last_used_dts", "tax_county")


class Book(NamedTuple):
    """One of the two: its part of the customer, the oid of its rows, the mark of the default row."""

    part: str
    own: str
    default: str

    def rows(self, office: Office, oid: int) -> list[Document]:
        """As `/rest/v2` has them."""
        rows: list[Document] = office.shop.store.part(oid, self.part)
        return rows

    def row(self, office: Office, visit: Visit) -> Document:
        """The row of the path. Raises Refusal: another customer's is as unknown as none."""
        wanted = int(visit.path["id"])
        for row in self.rows(office, visit.oid):
            if row[self.own] == wanted:
                return row
        raise Refusal(404, "There is no such address.")

    def write(self, office: Office, oid: int, rows: list[Document]) -> None:
        """Replace the rows, by the customer's own hand."""
        with office.shop.store.changing(oid) as record:
            record.parts = {**record.parts, self.part: rows}
            office.shop.store.touch(record, BY_CUSTOMER)

    def document(self, office: Office, row: Document) -> Document:
        """A row as an Address."""
        return {
            "id": shown_id(office.shop.settings, row[self.own]),
            **{name: row.get(key) for name, key in SHARED.items()},
            "country": office.ledger.country(row[self.own], row.get("country_code")),
        }

    def documents(self, office: Office, oid: int) -> list[Document]:
        """The whole book."""
        return [self.document(office, row) for row in self.rows(office, oid)]

    def all(self, office: Office, visit: Visit) -> Given:
        return Given(document=self.documents(office, visit.oid))

    def get(self, office: Office, visit: Visit) -> Given:
        return Given(document=self.document(office, self.row(office, visit)))

    def insert(self, office: Office, visit: Visit) -> Given:
        form = filled(office, visit)
        rows = self.rows(office, visit.oid)
        self._check_new(office, form, rows)
        row_oid = office.shop.store.new_child_oid()
        before = {self.own: row_oid, "customer_profile_oid": visit.oid, self.default: False}
        row = self._written(office, form, before)
        self.write(office, visit.oid, [*rows, row])
        return Given(document=self.document(office, row))

    def update(self, office: Office, visit: Visit) -> Given:
        """Fields that are not given are not there afterwards."""
        before = self.row(office, visit)
        form = filled(office, visit)
        rows = self.rows(office, visit.oid)
        self._check_new(office, form, [row for row in rows if row[self.own] != before[self.own]])
        written = self._written(office, form, before)
        self.write(office, visit.oid, [written if row[self.own] == before[self.own] else row for row in rows])
        if office.shop.settings.has("account-put-gives-settings"):
            return Given(document=account_document(office, visit.oid))
        return Given(document=self.document(office, written))

    def delete(self, office: Office, visit: Visit) -> Given:
        gone = self.row(office, visit)[self.own]
        rows = self.rows(office, visit.oid)
        self.write(office, visit.oid, [row for row in rows if row[self.own] != gone])
        return Given(204)

    def _check_new(self, office: Office, form: Document, others: list[Document]) -> None:
        """All fields but the id, however they are spaced and capitalised (fact sheet §7)."""
        mark = _mark(form)
        if any(_mark(self.document(office, row)) == mark for row in others):
            raise Refusal(400, "The address already exists.")

    def _written(self, office: Office, form: Document, before: Document) -> Document:
        row = {name: before[name] for name in (self.own, self.default, *_UNSEEN) if name in before}
        row |= {key: form[name] for name, key in SHARED.items() if form.get(name)}
        if code := office.ledger.set_country(row[self.own], form["country"]):
            row["country_code"] = code
        phones = ("day_phone", "evening_phone")
        row |= {f"{name}_e164": before[f"{name}_e164"] for name in phones if f"{name}_e164" in before}
        return with_e164(row, before)

    def actions(self, singular: str, plural: str) -> dict[str, Action]:
        """By operation id."""
        return {
            f"get{plural}": self.all,
            f"get{singular}": self.get,
            f"insert{singular}": self.insert,
            f"update{singular}": self.update,
            f"delete{singular}": self.delete,
        }


def _mark(address: Document) -> tuple[str, ...]:
    return tuple((address.get(name) or "").strip().lower() for name in (*SHARED, "country"))


SHIPPING: Final = Book("shipping", "customer_shipping_oid", "default_shipping")
BILLING: Final = Book("billing", "customer_billing_oid", "default_billing")

ADDRESS_ACTIONS: Final[Mapping[str, Action]] = MappingProxyType({
    **SHIPPING.actions("ShippingAddress", "ShippingAddresses"),
    **BILLING.actions("BillingAddress", "BillingAddresses"),
})  # fmt: skip
