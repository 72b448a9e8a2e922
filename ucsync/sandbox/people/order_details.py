"""What an order has beside its items and sums: payment, shipping, wishes, reductions, parcels.

All of it is a function of the draws of one order. Of its 32 draws these are used: 0-4 payment, 5-7 shipping,
8-11 gift and texts, 12-15 reductions and refunds, 16-19 parcels, 20-23 who else was told, 24-27 rarities.
"""

from typing import NamedTuple

from ucsync.sandbox.people.draws import Draws, Source
from ucsync.sandbox.people.identity import identity, is_trade, original_of

_PAYMENTS = (*("Credit Card",) * 10, *("PayPal Order",) * 4, "Check", "Dwolla", "Sofort", "Google Checkout")
_NOTES = {"PayPal Order": "PayPal", "Check": "Check by mail", "Sofort": "Sofort (bank transfer)"}

# Card type and the first digits of numbers that are kept free for trying things out.
_CARDS = (
    ("VISA", "411111", 16),
    ("MasterCard", "555555", 16),
    ("AMEX", "378282", 15),
    ("Discover", "601111", 16),
)

_THEMES = ("default", "spring", "wholesale")
_REFERRALS = ("newsletter", "trade fair", "friend", "web search")
_COUPONS = (
    ("SPRING5", "5 % off in spring", 5),
    ("TEA10", "10 % off all tea & cups", 10),
    ("MERCI20", "Merci ! 20 % de réduction", 20),
)
_GIFT_LINES = (
    ("Happy birthday!",),
    ("Alles Gute zum Geburtstag, liebe Oma!", "", "Deine Änne"),
    ("お誕生日おめでとう", "陽翔"),
    ("With love,", "all of us"),
)
_INSTRUCTIONS = (
    ("Leave it with the neighbour, please.",),
    ("Ring twice.", 'The dog is "friendly".', "Really."),
    ("Livrer à l'arrière du café ☕",),
)
_COMMENTS = (
    ("Thanks for the quick answer on the phone",),
    ("First order of the year;", "more to come; see our letter of 3 May"),
    ("=2+2", "\ttabs & <angle brackets>"),
)
_CERTIFICATE_CENTS = (500, 1000, 2500)
_DAY_S = 86_400


class Shipping(NamedTuple):
    """A way to ship; where a carrier has no page about parcels ``parcel_url`` is empty."""

    method: str
    name: str
    company: str
    parcel: str
    parcel_url: str


_SHIPPINGS = (
    Shipping("UPS: Ground", "UPS Ground", "UPS", "1Z999AA1%010d", "https://parcels.example/ups?n=%s"),
    Shipping(
        "UPS: 2nd Day Air", "UPS Second Day", "UPS", "1Z999AA2%010d", "https://parcels.example/ups?n=%s"
    ),
    Shipping("FedEx: Ground", "FedEx Ground", "FedEx", "61299998%07d", "https://parcels.example/fedex?n=%s"),
    Shipping("USPS: Priority", "Priority Mail", "USPS", "9400%018d", "https://parcels.example/usps?n=%s"),
    Shipping("Courier", "Bicycle courier", "Rad & Tat", "RT-%d", ""),
)


class Card(NamedTuple):
    """What was paid with; the whole number is invented, and only its end is ever shown."""

    card_type: str
    number: str


class OrderDetails(NamedTuple):
    """The facts; sums are in cents, delays in seconds after the order was placed."""

    payment: str
    payment_note: str
    card: Card | None
    shipping: Shipping
    third_party_account: str | None
    ship_delay_s: int | None
    saturday: bool
    lift_gate: bool
    residential: bool
    gift: bool
    gift_email: str | None
    gift_message: tuple[str, ...]
    gift_wrap: str | None
    instructions: tuple[str, ...]
    comments: tuple[str, ...]
    coupon: tuple[str, str] | None
    discount_percent: int
    refund_percent: int
    postage_refunded: bool
    certificate_code: str | None
    certificate_cents: int
    parcels: tuple[str, ...]
    cc_emails: tuple[str, ...]
    theme: str
    referral: str | None
    source: str | None
    protected: bool
    insured: bool
    test: bool
    purchase_order: str | None
    check: str | None


def order_details_of(source: Source, oid: int, index: int) -> OrderDetails:
    """The facts of order number ``index`` of a customer; about ten microseconds."""
    draws = source.draws(b"order-%d" % index, oid)
    trade = is_trade(identity(source, original_of(source, oid)))
    payment = "Purchase Order" if trade and draws[0] % 3 == 0 else _PAYMENTS[draws[0] // 3 % len(_PAYMENTS)]
    shipping = _SHIPPINGS[draws[5] % len(_SHIPPINGS)]
    coupon = _COUPONS[draws[12] % len(_COUPONS)] if draws[12] // 8 % 6 == 0 else None
    gift = draws[8] % 8 == 0
    certified = draws[15] % 12 == 0
    return OrderDetails(
        payment=payment,
        payment_note=_NOTES.get(payment, payment),
        card=_card(draws) if payment == "Credit Card" else None,
        shipping=shipping,
        third_party_account=f"5{draws[6] % 10_000:04d}" if trade and draws[6] % 5 == 0 else None,
        ship_delay_s=(2 + draws[7] % 12) * _DAY_S if draws[7] % 7 == 0 else None,
        saturday=draws[6] % 11 == 1,
        lift_gate=trade and draws[6] % 6 == 2,
        residential=not trade,
        gift=gift,
        gift_email=f"gift.{oid}.{index}@example.net" if gift and draws[9] % 2 else None,
        gift_message=_GIFT_LINES[draws[9] // 2 % len(_GIFT_LINES)] if gift else (),
        gift_wrap="Recycled paper, blue" if gift and draws[8] // 8 % 2 else None,
        instructions=_lines(draws[10], 6, _INSTRUCTIONS),
        comments=_lines(draws[11], 7, _COMMENTS),
        coupon=coupon[:2] if coupon else None,
        discount_percent=coupon[2] if coupon else 0,
        refund_percent=(100, 50, 25)[draws[13] // 9 % 3] if draws[13] % 9 == 0 else 0,
        postage_refunded=draws[14] % 2 == 0,
        certificate_code=f"GC{draws[15]:05d}{draws[14]:05d}" if certified else None,
        certificate_cents=_CERTIFICATE_CENTS[draws[15] // 12 % len(_CERTIFICATE_CENTS)] if certified else 0,
        parcels=_parcels(draws, shipping),
        cc_emails=_copies(draws, oid),
        theme=_THEMES[draws[22] % len(_THEMES)],
        referral=_REFERRALS[draws[23] % len(_REFERRALS)] if draws[23] // 4 % 5 == 0 else None,
        source="Print advert" if draws[24] % 9 == 0 else None,
        protected=draws[25] % 10 == 0,
        insured=draws[25] % 10 == 1,
        test=draws[26] % 50 == 0,
        purchase_order=f"PO-{draws[27]}" if payment == "Purchase Order" else None,
        check=f"{1000 + draws[27] % 9000}" if payment == "Check" else None,
    )


def _lines(draw: int, one_in: int, pool: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return pool[draw // one_in % len(pool)] if draw % one_in == 0 else ()


def _card(draws: Draws) -> Card:
    card_type, first, length = _CARDS[draws[1] % len(_CARDS)]
    digits = f"{draws[2]:05d}{draws[3]:05d}"
    unchecked = (first + digits)[: length - 1]
    return Card(card_type, unchecked + _check_digit(unchecked))


def _check_digit(unchecked: str) -> str:
    """The last digit of a card number, by Luhn's rule."""
    total = sum(
        sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(unchecked))
    )
    return str(-total % 10)


def _parcels(draws: Draws, shipping: Shipping) -> tuple[str, ...]:
    count = (0, 1, 1, 1, 2)[draws[16] % 5]
    return tuple(shipping.parcel % (draws[17 + row] * 7919 + draws[19]) for row in range(count))


def _copies(draws: Draws, oid: int) -> tuple[str, ...]:
    if draws[20] % 9:
        return ()
    return tuple(f"copy{row}.{oid}@example.org" for row in range(1 + draws[21] % 2))
