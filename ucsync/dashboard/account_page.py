"""Everything of one customer's account as a page that anybody can read, keep and print.

It runs nothing and fetches nothing, and whatever an answer holds is shown as text. An order is folded away
behind one line; all are unfolded on paper. With three items an order takes less than `ORDER_BYTES_MAX` bytes,
so that two thousand of them are some megabytes, which a browser shows at once.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ucsync.dashboard.account_orders import order_card
from ucsync.dashboard.account_words import day_of, pairs_of, place_of, sheet_of, text_of, value_of
from ucsync.dashboard.markup import Markup, element, joined
from ucsync.dashboard.pieces import banner, instant, origin_of
from ucsync.dashboard.shell import closing, masthead, opening
from ucsync.model.accounts import AccountBook, ListRead, ReviewSeen, Seen

#: Bytes of the page that an order with three items takes at the most, as the sandbox makes them.
ORDER_BYTES_MAX: Final = 4_000
#: So many orders stand open when the page is opened.
OPEN_MAX: Final = 3
_LINES_MAX: Final = 20

_NAMES: Final = {
    "getSettings": "Account",
    "getShippingAddresses": "Shipping addresses",
    "getBillingAddresses": "Billing addresses",
    "getCreditCards": "Cards",
    "getOrders": "Orders",
    "getOrderTracking": "Parcels",
    "getOrderCase": "Cases",
    "getOrderCaseMessages": "Messages of cases",
    "getNotReviewedYet": "Items without a review",
    "getReviews": "Reviews",
    "getReview": "Forms of reviews",
    "getWishlist": "Wish list",
}
_ACCOUNT: Final = (
    "title", "firstName", "lastName", "company", "email", "address1", "address2", "city", "state",
    "postalCode", "country", "dayPhone", "eveningPhone", "fax", "taxId", "merchantId", "customerProfileId",
)  # fmt: skip
_PRIORITIES: Final = {1: "lowest", 2: "low", 3: "medium", 4: "high", 5: "highest"}


def account_page(book: AccountBook) -> Iterator[str]:
    """The page in pieces, to be written in UTF-8.

    Args:
        book: all that there is of the account.
    """
    name = _name(book)
    yield opening(f"Account of {name}", ["account_page.css"])
    made = f"As it was on {instant(book.finished_at)}, kept by ucsync {book.version}"
    yield masthead("Account archive", name, f"{book.customer_profile_oid}", made)
    yield "\n<main>\n"
    yield _state(book)
    parts = [
        ("account", "Account", _account(book)),
        ("addresses", "Addresses", _addresses(book)),
        ("cards", "Cards", _cards(book)),
        ("orders", "Orders", _orders(book)),
        ("reviews", "Reviews", _reviews(book)),
        ("not-reviewed", "Bought, and not reviewed yet", _not_reviewed(book)),
        ("wishlist", "Wish list", _wishlist(book)),
        ("lists", "What was read", _lists(book)),
    ]
    links = (element("li", element("a", title, href=f"#{id_}")) for id_, title, _ in parts)
    yield element("nav", element("ul", *links), aria_label="Parts of this page")
    for id_, title, pieces in parts:
        yield f'\n<section id="{id_}">{element("h2", title)}\n'
        yield from pieces
        yield "</section>"
    yield origin_of({
        "Merchant": book.merchant,
        "Customer": f"{book.customer_profile_oid}",
        "Begun": instant(book.started_at),
        "Finished": instant(book.finished_at),
        "Requests": f"{book.requests:,}",
        "Answers as received": "folder received, with fields that this page does not show",
        "Tables": "folder tables, as Parquet",
        "Version": f"ucsync {book.version}",
    })  # fmt: skip
    yield "</main>\n"
    yield from closing()


def _name(book: AccountBook) -> str:
    account = book.account
    full = " ".join(filter(None, (text_of(account, "firstName"), text_of(account, "lastName"))))
    return full or text_of(account, "email") or f"customer {book.customer_profile_oid}"


def _state(book: AccountBook) -> Markup:
    """Whether all of it is here, before anything else."""
    doubtful = [f"{_title(one)}: {one.reason or 'not proven'}" for one in book.lists if not one.proven]
    missing = [f"{one.what}: {one.why}" for one in book.unreadable]
    lines = [*doubtful, *missing]
    if not lines:
        masked = "Passwords are not in it; of card numbers only the last four digits are."
        return banner("fine", "Everything that the customer can read is here", [masked])
    left = len(lines) - _LINES_MAX
    more = [f"and {left:,} more; the manifest has all of them"] if left > 0 else []
    return banner("warn", "Something is missing, or may be", [*lines[:_LINES_MAX], *more])


def _title(told: ListRead) -> str:
    operation, _, query = told.name.partition(" ")
    return " ".join(filter(None, (_NAMES.get(operation, operation), query.replace("year-", "of "))))


def _account(book: AccountBook) -> Iterator[Markup]:
    yield element("div", pairs_of(book.account, _ACCOUNT), class_="card")


def _addresses(book: AccountBook) -> Iterator[Markup]:
    for title, held in (("Shipping", book.shipping), ("Billing", book.billing)):
        yield element("h3", title)
        yield _cards_of([place_of(one) for one in held])


def _cards(book: AccountBook) -> Iterator[Markup]:
    columns = (("Card", False), ("Number", False), ("Expires", False), ("Last used", False))
    rows = [
        [
            text_of(one, "cardType"), text_of(one, "cardNumber"),
            " / ".join(filter(None, (text_of(one, "cardExpMonth"), text_of(one, "cardExpYear")))),
            day_of(one, "lastUsedDate"),
        ]
        for one in book.cards
    ]  # fmt: skip
    yield sheet_of("Cards", columns, rows)


def _orders(book: AccountBook) -> Iterator[Markup]:
    if not book.orders:
        yield _nothing()
        return
    yield element("p", f"{len(book.orders):,} orders. A press on a line shows what is in it.", class_="facts")
    for number, one in enumerate(book.orders):
        yield order_card(one, opened=number < OPEN_MAX)
        yield Markup("\n")


def _reviews(book: AccountBook) -> Iterator[Markup]:
    yield _cards_of([_review(one) for one in book.reviews])


def _review(one: ReviewSeen) -> Markup:
    seen = one.review
    score = text_of(seen, "overall")
    facts = [
        f"{score} of 5" if score else "", text_of(seen, "statusCode"), day_of(seen, "submittedDate"),
        f"signed {text_of(one.form, 'nickname')}" if one.form and text_of(one.form, "nickname") else "",
    ]  # fmt: skip
    scores = (
        (text_of(seen, f"ratingName{number}"), text_of(seen, f"ratingScore{number}"))
        for number in range(1, 11)
    )
    rated = ", ".join(f"{name} {figure}" for name, figure in scores if name)
    feedback = text_of(seen, "storeFeedback")
    return joined(
        element("h3", text_of(seen, "title") or _item(seen)),
        element("p", " · ".join(filter(None, [_item(seen), *facts])), class_="facts"),
        element("p", rated, class_="facts") if rated else None,
        _said(text_of(seen, "review")),
        _said(f"About the store: {feedback}") if feedback else None,
    )


def _not_reviewed(book: AccountBook) -> Iterator[Markup]:
    columns = (("Item", False), ("Description", False), ("Last ordered", False))
    rows = [
        [text_of(one, "itemId"), _inside(one, "description"), day_of(one, "lastOrderDate")]
        for one in book.not_reviewed
    ]
    yield sheet_of("Items without a review", columns, rows)


def _wishlist(book: AccountBook) -> Iterator[Markup]:
    columns = (
        ("Item", False),
        ("Description", False),
        ("Added", False),
        ("Priority", False),
        ("Comments", False),
    )
    rows = [
        [
            text_of(one, "itemId"), _inside(one, "description"), text_of(one, "addDateFormatted"),
            _priority(one), text_of(one, "comments"),
        ]
        for one in book.wishlist
    ]  # fmt: skip
    yield sheet_of("Wish list", columns, rows)


def _priority(one: Seen) -> str:
    held = value_of(one, "priority")
    return (
        _PRIORITIES.get(held, text_of(one, "priority")) if isinstance(held, int) else text_of(one, "priority")
    )


def _lists(book: AccountBook) -> Iterator[Markup]:
    columns = (("What", False), ("How many", True), ("Complete", False))
    rows = [
        [_title(one), f"{one.rows:,}", "yes" if one.proven else f"not proven: {one.reason or 'no reason'}"]
        for one in book.lists
    ]
    yield sheet_of("What was read", columns, rows)
    if book.masked:
        count = sum(book.masked.values())
        told = f"{count:,} places in the answers were masked: {', '.join(sorted(book.masked))}."
        yield element("p", told, class_="facts")


def _item(one: Seen) -> str:
    return _inside(one, "description") or text_of(one, "itemId") or "an item"


def _inside(one: Seen, name: str) -> str:
    held: Any = value_of(one, "item")
    return text_of(Seen(held, one.at), name)


def _cards_of(cards: Iterable[Markup]) -> Markup:
    held = [element("div", one, class_="card") for one in cards]
    return element("div", *held, class_="cards") if held else _nothing()


def _nothing() -> Markup:
    return element("p", "None.", class_="nothing")


def _said(text: str) -> Markup | None:
    return element("p", element("bdi", text), class_="said") if text else None
