"""Accounts to make pages of; nobody in them is anybody."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ucsync.model.accounts import AccountBook, ListRead, OrderSeen, ReviewSeen, Seen, Unreadable

AT: Final = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
LISTS: Final = (
    "getSettings", "getShippingAddresses", "getBillingAddresses", "getCreditCards", "getOrders",
    "getOrderTracking", "getOrderCase", "getOrderCaseMessages", "getNotReviewedYet", "getReviews",
    "getReview", "getWishlist",
)  # fmt: skip

Document = dict[str, Any]

ADDRESS: Final[Document] = {
    "id": 41, "firstName": "Ruth", "lastName": "Okafor", "company": "Okafor & Daughters", "title": "Dr.",
    "address1": "12 Harbour Row", "address2": "Flat 3", "city": "Springfield", "state": "IL",
    "postalCode": "62704", "country": "United States", "dayPhone": "217-555-0101", "eveningPhone": None,
}  # fmt: skip
ACCOUNT: Final[Document] = {
    **ADDRESS, "merchantId": "DEMO", "customerProfileId": 1_000_007, "email": "ruth.okafor@example.com",
    "fax": None, "taxId": "12-3456789", "password": "********",
}  # fmt: skip


def seen(document: Any) -> Seen:
    """As it was answered."""
    return Seen(document, AT)


def item(number: int) -> Document:
    """Of an order."""
    return {
        "itemId": f"BALL-{number}", "description": f"A ball of leather, size {number}", "quantity": number,
        "totalCostFormatted": "$19.95", "options": [{"label": "Colour", "value": "red"}], "metaData": {},
    }  # fmt: skip


def order(number: int, **more: Any) -> OrderSeen:
    """With three items, one parcel, and a case if its number ends with 5."""
    day = AT - timedelta(days=2 * number)
    places = {
        f"{prefix}{name[0].upper()}{name[1:]}": value
        for prefix in ("shipTo", "billTo")
        for name, value in ADDRESS.items()
    }
    document = {
        **places, "orderId": f"DEMO-{202_600_000 - number}", "status": "Completed", "labels": {},
        "creationDate": day.isoformat(), "creationDateFormatted": f"{day:%d-%b-%Y}",
        "items": [item(1), item(2), item(3)], "email": "ruth.okafor@example.com", "cardType": "VISA",
        "cardNumber": "************1111", "paymentMethod": "Credit Card", "shippingMethod": "Parcel post",
        "subtotal": Decimal("59.85"), "subtotalFormatted": "$59.85", "tax": Decimal("4.19"),
        "taxFormatted": "$4.19", "discount": Decimal("5.00"), "discountFormatted": "$5.00",
        "surcharge": 0, "surchargeFormatted": "$0.00", "subtotalBeforeDiscount": Decimal("59.850"),
        "subtotalBeforeDiscountFormatted": "$59.85", "shippingHandlingTotal": Decimal("6.95"),
        "shippingHandlingTotalFormatted": "$6.95", "total": Decimal("65.99"), "totalFormatted": "$65.99",
        "comments": ["Leave it at the back door, please.", "Not before nine."], **more,
    }  # fmt: skip
    case = None if number % 10 != 5 else seen({
        "caseOid": f"{number}", "subject": "One ball is flat", "status": "Open",
        "creationDateFormatted": "02 Nov 2026 15:30:00",
    })  # fmt: skip
    messages = [
        ("Customer", "The third one loses air.\nI have tried another pump."),
        ("Customer Service", "We are sorry to hear that, and send you another one."),
    ]
    return OrderSeen(
        order_id=document["orderId"],
        order=seen(document),
        tracking=(seen({"trackingNumber": "9400 1112 0000", "trackingUrl": "https://parcels.example/9400"}),),
        case=case,
        messages=tuple(
            seen({"messageSender": sender, "message": text, "messageDateFormatted": "02 Nov 2026 15:30:00"})
            for sender, text in messages if case is not None
        ),
    )  # fmt: skip


def book(count: int = 12, **more: Any) -> AccountBook:
    """With something in every part."""
    reviews = tuple(
        ReviewSeen(
            review=seen({
                "reviewOid": number, "itemId": f"BAT-{number}", "overall": Decimal("4.5"), "title": "It hits",
                "statusCode": "Approved", "ratingName1": "Grip",
                "ratingScore1": 5, "submittedDateFormatted": "03 Mar 2026 08:00:00",
                "item": {"description": "A bat of ash"}, "storeFeedback": "Quick.",
                "review": "I have used it for a year, every day, and so far nothing has gone wrong with it.",
            }),
            form=seen({"nickname": "ruthie"}),
        )
        for number in (1, 2)
    )  # fmt: skip
    given: Document = {
        "merchant": "shop", "customer_profile_oid": 1_000_007, "started_at": AT - timedelta(minutes=7),
        "finished_at": AT, "requests": 217, "version": "0.0", "account": seen(ACCOUNT),
        "shipping": (seen(ADDRESS), seen({**ADDRESS, "id": 42, "company": None})),
        "billing": (seen(ADDRESS),),
        "cards": (seen({
            "id": 9, "cardType": "VISA", "cardNumber": "************1111", "cardExpMonth": 4,
            "cardExpYear": 2030, "lastUsedDateFormatted": "02 Nov 2026 15:30:00",
        }),),
        "orders": tuple(order(number) for number in range(1, count + 1)), "reviews": reviews,
        "not_reviewed": (seen({
            "itemId": "CAP", "item": {"description": "A cap"},
            "lastOrderDateFormatted": "02 Nov 2026 15:30:00",
        }),),
        "wishlist": (seen({
            "itemId": "GLOVE", "item": {"description": "A glove"}, "priority": 4, "comments": "left-handed",
            "addDateFormatted": "02 Nov 2026 15:30:00",
        }),),
        "lists": tuple(ListRead(name=name, rows=2, proven=True) for name in LISTS), **more,
    }  # fmt: skip
    return AccountBook(**given)


def doubtful() -> AccountBook:
    """Something is missing."""
    lists = [*(ListRead(name=name, rows=2, proven=True) for name in LISTS[:-1])]
    lists.append(ListRead(name="getWishlist", rows=0, proven=False, reason="page 1 could not be read"))
    unreadable = tuple(
        Unreadable(what=f"getReview BAT-{number}", why="404: not there") for number in range(30)
    )
    return book(lists=tuple(lists), unreadable=unreadable, masked={"getCreditCards[].cardNumber": 2})


def empty() -> AccountBook:
    """Of somebody who has nothing but a login."""
    return AccountBook(
        merchant="shop", customer_profile_oid=1_000_008, started_at=AT, finished_at=AT, requests=17,
        version="0.0", account=seen({"customerProfileId": 1_000_008, "email": "new@example.com"}),
    )  # fmt: skip
