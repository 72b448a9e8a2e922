"""Parcels: where what was ordered is on its way (fact sheet §2.4)."""

from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.order_rows import parcels_of
from ucsync.sandbox.my_account.orders import order_of
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.reply import Document


def get_order_tracking(office: Office, visit: Visit) -> Given:
    """The parcels of an order; an empty list where there are none."""
    return Given(document=tracking_documents(office, order_of(office, visit)))


def tracking_documents(office: Office, entry: Entry) -> list[Document]:
    """The parcels of an order; of some carriers there is no page to look at."""
    people = office.shop.store.people
    url = people.order_details(entry.origin, entry.number).shipping.parcel_url
    return [
        {
            "merchantId": office.shop.settings.merchant_id,
            "orderId": entry.order_id,
            "hasTrackingUrl": bool(url),
            "trackingNumber": number,
            "trackingUrl": url % number if url else None,
        }
        for number in parcels_of(office, entry)
    ]
