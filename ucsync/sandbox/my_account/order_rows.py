"""One order as the portal writes it: every field of the model, null where there is nothing."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ucsync.sandbox.my_account import dates
from ucsync.sandbox.my_account.case_rows import case_document
from ucsync.sandbox.my_account.countries import NAMES
from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.my_account.items import ordered_item
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.order_sums import Sums, sums_of, sums_shown
from ucsync.sandbox.my_account.parties import Parties, parties_of
from ucsync.sandbox.people import OrderDetails
from ucsync.sandbox.reply import Document
from ucsync.ultracart.my_account.models import MODELS, ORDER_LABELS

_FIELDS: Final = MODELS["Order"].fields
_DAY_S: Final = 86_400

#: `status` (the page's six words) by `current_stage` of REST v2. INFERRED.
_STATES: Final = {"Completed Order": "Completed", "Rejected": "Rejected", "Pre-ordered": "Pre-Order Item"}

_PLACE: Final = {
    "Company": "company",
    "Title": "title",
    "FirstName": "first_name",
    "LastName": "last_name",
    "Address1": "address1",
    "Address2": "address2",
    "City": "city",
    "State": "state_region",
    "PostalCode": "postal_code",
    "DayPhone": "day_phone",
    "EveningPhone": "evening_phone",
}


class _Told(NamedTuple):
    """What the functions below share about one order."""

    office: Office
    oid: int
    entry: Entry
    details: OrderDetails
    parties: Parties
    sums: Sums
    stage: str

    def iso(self, at_s: int | None) -> str | None:
        return None if at_s is None else dates.iso(self.office.shop.settings, at_s)


def order_document(office: Office, oid: int, entry: Entry) -> Document:
    """An order of the customer `oid`, whole, whatever the quirks of lists are."""
    people = office.shop.store.people
    details = people.order_details(entry.origin, entry.number)
    stage = people.order_stage(entry.origin, entry.number)
    parties = parties_of(office.shop, entry)
    told = _Told(office, oid, entry, details, parties, sums_of(entry, details, stage), stage)
    facts = {
        **_head(told),
        **_shipping(told),
        **_address("billTo", parties.billing),
        **_address("shipTo", parties.shipping),
        **_payment(told),
        **sums_shown(told.sums),
        **_texts(told),
        **_portal_only(told),
    }
    return {
        name: facts.get(name) for name, field in _FIELDS.items() if not field.portal_only or name in facts
    }


def parcels_of(office: Office, entry: Entry) -> tuple[str, ...]:
    """Tracking numbers; none before an order is completed."""
    people = office.shop.store.people
    if _state(people.order_stage(entry.origin, entry.number)) != "Completed":
        return ()
    return people.order_details(entry.origin, entry.number).parcels


def _state(stage: str) -> str:
    return _STATES.get(stage, "Pending")


def _head(told: _Told) -> Document:
    at_s, details = told.entry.at_s, told.details
    state = _state(told.stage)
    rejected_s = at_s + _DAY_S if state == "Rejected" else None
    return {
        "labels": dict(ORDER_LABELS),
        "merchantId": told.office.shop.settings.merchant_id,
        "customerProfileId": told.oid,
        "orderId": told.entry.order_id,
        "rejected": rejected_s is not None,
        "themeCode": details.theme,
        "creationDate": told.iso(at_s),
        "creationDateFormatted": dates.day(at_s),
        "rejectedDate": told.iso(rejected_s),
        "rejectedDateFormatted": None if rejected_s is None else dates.day(rejected_s),
        "status": state,
        "testOrder": details.test,
        "email": told.parties.email or None,
        "ccEmails": list(details.cc_emails),
        "referralCode": details.referral,
        "advertisingSource": details.source,
    }


def _shipping(told: _Told) -> Document:
    details, shipping = told.details, told.details.shipping
    features = [
        text
        for text, there in (
            ("lift gate", details.lift_gate),
            ("residential", details.residential),
            ("Saturday delivery", details.saturday),
        )
        if there
    ]
    ship_on_s = None if details.ship_delay_s is None else told.entry.at_s + details.ship_delay_s
    return {
        "shipOnDate": told.iso(ship_on_s),
        "shipOnDateFormatted": None if ship_on_s is None else dates.day(ship_on_s),
        "saturdayDelivery": details.saturday,
        "shippingMethod": shipping.method,
        "shippingMethodName": shipping.name,
        "shippingMethodDetailed": f"{shipping.name} ({', '.join(features)})" if features else shipping.name,
        "shippingMethodCompany": shipping.company,
        "shipping3rdPartyAccountNumber": details.third_party_account,
        "liftGate": details.lift_gate,
        "shipToResidential": details.residential,
        "trackingNumbers": list(parcels_of(told.office, told.entry)),
    }


def _address(prefix: str, row: Mapping[str, Any]) -> Document:
    """An address of REST v2 under the names of this API; a country by its name."""
    shown = {f"{prefix}{name}": row.get(held) for name, held in _PLACE.items()}
    code = row.get("country_code")
    return {**shown, f"{prefix}Country": NAMES.get(code, code) if code else None}


def _payment(told: _Told) -> Document:
    details, card = told.details, told.details.card
    whole = told.office.shop.settings.has("account-unmasked")
    return {
        "hidePaymentInformation": told.sums.certificate == told.sums.total > 0,
        "taxShipping": False,
        "taxCounty": told.parties.billing.get("tax_county"),
        "paymentMethod": details.payment,
        "paymentNote": details.payment_note,
        "cardType": card.card_type if card else None,
        "cardNumber": (card.number if whole else _masked(card.number)) if card else None,
        "coupons": [{"code": code, "description": said} for code, said in filter(None, [details.coupon])],
        "items": [ordered_item(told.entry, told.sums)],
        "giftCertificateCode": details.certificate_code,
        "showCurrencyWarning": _abroad(told),
        "currencyWarning": ORDER_LABELS["yourActualMessage"] if _abroad(told) else None,
    }


def _abroad(told: _Told) -> bool:
    country: str = told.parties.billing.get("country_code", "US")
    return country != "US"


def _masked(number: str) -> str:
    return "*" * (len(number) - 4) + number[-4:]


def _texts(told: _Told) -> Document:
    details = told.details
    case = told.office.desk.case(told.entry)
    empty: Document | None = {} if told.office.shop.settings.has("account-order-case-empty") else None
    return {
        "gift": details.gift,
        "giftEmail": details.gift_email,
        "giftWrapTitle": details.gift_wrap,
        "giftMessage": list(details.gift_message),
        "specialInstructions": list(details.instructions),
        "comments": list(details.comments),
        "showBuysafe": details.protected,
        "showInsureShip": details.insured,
        "orderCase": case_document(told.office, told.oid, told.entry, case) if case else empty,
    }


def _portal_only(told: _Told) -> Document:
    """What only templates of the vendor's portal show; there where there is something to say."""
    details, people, origin = told.details, told.office.shop.store.people, told.entry.origin
    edi = people.part(origin, "edi") if told.entry.placed is None else {}
    paid_s = told.entry.at_s + 2 * _DAY_S
    facts: dict[str, Any] = {
        "deliveryDate": told.iso(told.entry.at_s + details.ship_delay_s + 3 * _DAY_S)
        if details.ship_delay_s is not None
        else None,
        "purchaseOrderNumber": details.purchase_order,
        "checkNumber": details.check,
        "paymentDate": told.iso(paid_s) if details.check and _state(told.stage) == "Completed" else None,
        "ediInformation": [{name: str(held) for name, held in edi.items()}] if edi else None,
        "fax": people.base(origin).get("fax") if told.entry.placed is None else None,
    }
    return {name: held for name, held in facts.items() if held is not None}
