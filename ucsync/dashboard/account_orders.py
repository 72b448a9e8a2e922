"""One order as people read it: what was bought, what it came to, where it went, what was written about it."""

from typing import Any, Final

from ucsync.dashboard.account_words import day_of, pairs_of, place_of, sheet_of, text_of, told, value_of
from ucsync.dashboard.markup import Markup, element
from ucsync.model.accounts import OrderSeen, Seen

#: Sums in the order of a bill, with what they are called; those marked are left out where they are nothing.
_SUMS: Final = (
    ("subtotalBeforeDiscount", "Before discounts", True),
    ("discount", "Discount", True),
    ("subtotal", "Subtotal", False),
    ("subtotalRefunded", "Subtotal refunded", True),
    ("giftWrapCost", "Gift wrap", True),
    ("giftCharge", "Gift charge", True),
    ("shippingHandlingTotal", "Shipping and handling", False),
    ("shippingHandlingDiscount", "Discount on shipping", True),
    ("shippingHandlingRefunded", "Shipping refunded", True),
    ("insureShipCost", "Insurance", True),
    ("insureShipRefunded", "Insurance refunded", True),
    ("buysafeCost", "buySAFE", True),
    ("buysafeRefunded", "buySAFE refunded", True),
    ("surcharge", "Surcharge", True),
    ("tax", "Tax", False),
    ("taxRefunded", "Tax refunded", True),
    ("giftCertificateAmount", "Gift certificate", True),
    ("total", "Total", False),
    ("totalRefunded", "Refunded", True),
)
_FACTS: Final = (
    "email", "ccEmails", "paymentMethod", "cardType", "cardNumber", "paymentNote", "purchaseOrderNumber",
    "checkNumber", "shippingMethod", "deliveryDate", "coupons", "giftEmail", "giftMessage", "comments",
    "specialInstructions", "currencyWarning",
)  # fmt: skip
_ITEM_COLUMNS: Final = (("Item", False), ("Description", False), ("Quantity", True), ("Amount", True))
_PARCEL_COLUMNS: Final = (("Parcel", False), ("Where it is followed", False))


def order_card(one: OrderSeen, *, opened: bool) -> Markup:
    """An order behind one line.

    Args:
        one: the order with what hangs on it.
        opened: whether it is unfolded at first.
    """
    seen = one.order
    name = text_of(seen, "orderId") or "An order without an id"
    line = element(
        "summary",
        element("strong", element("bdi", name)),
        element("span", day_of(seen, "creationDate")),
        element("span", element("bdi", text_of(seen, "status"))),
        element("span", _money(seen, "total"), class_="total"),
    )
    parcels, talk = _parcels(one), _talk(one)
    return element(
        "details",
        line,
        sheet_of(f"Items of {name}", _ITEM_COLUMNS, _items(seen)),
        _sums(seen),
        _places(seen),
        pairs_of(seen, _FACTS),
        parcels,
        talk,
        class_="order",
        open="" if opened else None,
    )


def _items(seen: Seen) -> list[list[str]]:
    held: Any = value_of(seen, "items")
    rows = held if isinstance(held, list) else [] if held is None else [held]
    return [_item(Seen(row, seen.at)) for row in rows]


def _item(row: Seen) -> list[str]:
    if not isinstance(row.document, dict):
        return [told(row.document), "", "", ""]
    about = (text_of(row, "description"), text_of(row, "options"), text_of(row, "activationCode"))
    return [
        text_of(row, "itemId"),
        ". ".join(filter(None, about)),
        text_of(row, "quantity"),
        text_of(row, "totalCostFormatted"),
    ]


def _money(seen: Seen, name: str) -> str:
    """As the order shows it, in its own currency; else the figure."""
    return text_of(seen, f"{name}Formatted") or text_of(seen, name)


def _sums(seen: Seen) -> Markup | None:
    rows = []
    for name, called, only_some in _SUMS:
        shown = _money(seen, name)
        nothing = value_of(seen, name) in (0, None) or _is_no_discount(seen, name)
        if shown and not (only_some and nothing):
            kind = "all" if name == "total" else None
            rows.append(element("tr", element("th", called, scope="row"), element("td", shown), class_=kind))
    return element("table", element("tbody", *rows), class_="sums") if rows else None


def _is_no_discount(seen: Seen, name: str) -> bool:
    """The sum before discounts where there were none."""
    return name == "subtotalBeforeDiscount" and value_of(seen, name) == value_of(seen, "subtotal")


def _places(seen: Seen) -> Markup:
    both = (("Sent to", "shipTo"), ("Billed to", "billTo"))
    return element(
        "div",
        *(element("div", element("h3", title), place_of(seen, prefix)) for title, prefix in both),
        class_="places",
    )


def _parcels(one: OrderSeen) -> Markup | None:
    rows = [[text_of(parcel, "trackingNumber"), text_of(parcel, "trackingUrl")] for parcel in one.tracking]
    name = text_of(one.order, "orderId")
    return sheet_of(f"Parcels of {name}", _PARCEL_COLUMNS, rows) if rows else None


def _talk(one: OrderSeen) -> Markup | None:
    """The case with its messages, oldest first as they came."""
    case = one.case
    if case is None:
        return None
    facts = (text_of(case, "status"), day_of(case, "creationDate"))
    return element(
        "div",
        element("h3", f"Case: {text_of(case, 'subject') or 'without a subject'}"),
        element("p", " · ".join(filter(None, facts)), class_="facts"),
        element("ol", *map(_message, one.messages), class_="talk") if one.messages else None,
    )


def _message(seen: Seen) -> Markup:
    sender = text_of(seen, "messageSender")
    facts = (sender, day_of(seen, "messageDate"))
    return element(
        "li",
        element("div", " · ".join(filter(None, facts)), class_="facts"),
        element("div", element("bdi", text_of(seen, "message")), class_="said"),
        class_="customer" if sender == "Customer" else None,
    )
