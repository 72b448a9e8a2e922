"""Models and operations are those of the vendor's page, and where they are not, it is said here why."""

import re
from dataclasses import dataclass

import pytest

from tests.ultracart.my_account.seed_tables import SEED_CALLS, SEED_MODELS
from ucsync.ultracart.fields import Edit, Field, Form, Kind
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS
from ucsync.ultracart.my_account.models import MODELS, ORDER_LABELS
from ucsync.ultracart.my_account.operations import Gives, Origin, Sends

KINDS = {"string": Kind.TEXT, "String": Kind.TEXT, "int": Kind.INT64, "integer": Kind.INT64,
         "number": Kind.NUMBER, "boolean": Kind.FLAG, "hash": Kind.OPAQUE}  # fmt: skip
FORMS = {"iso": Form.ISO, "time": Form.DAY_AND_TIME, "day": Form.DAY, "": None}
EDITS = {"Yes": Edit.YES, "No": Edit.NO, "Insert": Edit.INSERT, "N/A": None, "": None}

#: Types that we read otherwise than the page has them, by field.
OTHER_TYPES = {
    "CreditCard.id": "integer",  # the page says that its type is "id"; the id of a path is an integer
    "Order.coupons": "Coupon[]",  # the page says Coupon; the portal goes through a list
}
#: Models that stand on other pages, or in the portal alone.
ELSEWHERE = {"Coupon", "Item", "ItemReview", "ItemReviewQuestion", "ItemReviewRating", "WishlistItem"}


@dataclass(frozen=True)
class Row:
    name: str
    type: str
    length: int | None
    form: str
    required: str
    edited: str


def rows_of(model: str) -> list[Row]:
    rows = []
    for text in filter(None, map(str.strip, SEED_MODELS[model].split(";"))):
        name, kind, required, edited = (*text.split(), "", "")[:4]
        kind, _, form = kind.partition("@")
        length = re.search(r"\((\d+)\)", kind)
        kind = OTHER_TYPES.get(f"{model}.{name}", re.sub(r"\(\d+\)", "", kind))
        bare = name.strip("?+")
        rows.append(Row(bare, kind, int(length.group(1)) if length else None, form, required, edited))
        if name.endswith("+"):
            rows.append(Row(f"{bare}Formatted", "string", None, "", required, edited))
    return rows


def type_of(field: Field) -> tuple[Kind, Kind | None, str | None]:
    return field.kind, field.item, field.model.name if field.model else None


def type_said(text: str) -> tuple[Kind, Kind | None, str | None]:
    bare = text.removesuffix("[]")
    kind = KINDS.get(bare, Kind.OBJECT)
    model = bare if kind is Kind.OBJECT else None
    return (Kind.ARRAY, kind, model) if text != bare else (kind, None, model)


@pytest.mark.parametrize("model", SEED_MODELS)
def test_every_field_of_the_page_is_in_its_model_as_it_stands_there(model: str) -> None:
    for row in rows_of(model):
        field = MODELS[model].fields[row.name]
        kind, item, shape = type_of(field)
        said = type_said(row.type)
        assert (kind, shape) == (said[0], said[2]), row
        if shape is None:
            assert item == said[1], row
        assert field.max_length == row.length, row
        assert field.form is FORMS[row.form], row
        assert field.required is row.required.startswith("Yes"), row
        assert field.assigned is (row.required == "Yes*"), row
        assert field.edit is EDITS[row.edited], row
        assert not field.portal_only, row


@pytest.mark.parametrize("model", MODELS)
def test_every_field_of_a_model_is_on_the_page_or_is_marked_as_the_portals(model: str) -> None:
    if model in ELSEWHERE:
        assert model not in SEED_MODELS
        return
    on_page = {row.name for row in rows_of(model)}
    portals = {name for name, field in MODELS[model].fields.items() if field.portal_only}
    assert MODELS[model].fields.keys() - portals == on_page
    assert not portals & on_page


def test_the_fields_come_in_the_order_of_the_page() -> None:
    for model in SEED_MODELS:
        names = list(dict.fromkeys(row.name for row in rows_of(model)))
        ours = [name for name in MODELS[model].fields if name in names]
        assert ours == names, model


def test_so_many_fields_are_on_the_page() -> None:
    counted = {model: len(rows_of(model)) for model in SEED_MODELS}
    assert counted == {
        "Address": 13, "Case": 12, "CaseMessage": 6, "ChangePasswordRequest": 2, "CreditCard": 9,
        "CustomerCredentials": 3, "MyAccount": 18, "NotReviewedItem": 6, "Order": 117, "OrderTracking": 5,
        "ReviewedItem": 38,
    }  # fmt: skip
    lost = re.findall(r"\?(\w+)", " ".join(SEED_MODELS.values()))
    assert sorted(lost) == [
        "email", "email", "email", "insureShipCost", "insureShipRefunded", "showInsureShip",
    ]  # fmt: skip
    assert len(ORDER_LABELS) == 49
    assert ORDER_LABELS["zipField"] == "Zip"


def test_what_the_page_says_of_cards_and_ratings_in_words_is_in_the_bounds() -> None:
    month = MODELS["CreditCard"].fields["cardExpMonth"]
    assert (month.minimum, month.maximum) == (1, 12)
    reviewed = MODELS["ReviewedItem"].fields
    for name in ("overall", *(f"ratingScore{position}" for position in range(1, 11))):
        assert (reviewed[name].minimum, reviewed[name].maximum) == (1, 5)
    assert reviewed["statusCode"].choices == ("Approved", "Rejected", "Unapproved")
    assert MODELS["Order"].fields["status"].choices == (
        "Completed", "Rejected", "Quote Sent", "Quote Requested", "Pre-Order Item", "Pending",
    )  # fmt: skip


@dataclass(frozen=True)
class Call:
    route: str
    caller: str
    query: tuple[str, ...]
    receives: str
    returns: str
    statuses: tuple[int, ...]


def calls() -> list[Call]:
    found = []
    for line in SEED_CALLS.strip().splitlines():
        route, caller, query, receives, returns, statuses = line.split(" | ")
        route = OTHER_ROUTES.get((route, returns), route)
        names = tuple(query.strip("-").split())
        numbers = tuple(map(int, statuses.strip("-").split()))
        other = OTHER_BODIES.get(route, (receives, returns))
        found.append(Call(route, caller, OTHER_QUERIES.get(route, names), *other, numbers))
    return found


#: Headed wrongly on the page: what it says there of orders is about reviews, as the portal calls them.
OTHER_ROUTES = {("GET /orders", "ReviewedItem[] pages"): "GET /reviews"}
OTHER_QUERIES = {
    # the page tells of three parameters and has lost two of them
    "GET /login": ("merchantId", "email", "password"),
    # the portal asks for the size of the pictures, too
    "GET /reviews": ("pageNumber", "pageSize", "thumbnailWidth", "thumbnailHeight", "thumbnailSquare"),
}
OTHER_BODIES = {
    # copied over from the settings, on the page: the portal sends an address and reads one
    "PUT /shippingAddresses/{id}": ("Address", "Address"),
    "PUT /billingAddresses/{id}": ("Address", "Address"),
    # the portal reads a message
    "POST /orders/{orderId}/case/messages": ("CaseMessage", "CaseMessage"),
    # the portal reads JSON, perhaps a cart
    "GET /logout": ("none", "anything"),
    "POST /logout": ("none", "anything"),
}
SEED_ROWS = {
    f"{row.method} {row.path}": row for row in ACCOUNT_OPERATIONS.values() if row.origin is Origin.SEED
}


def test_the_calls_of_the_page_are_the_operations_that_are_said_to_be_on_it() -> None:
    assert len(calls()) == 35
    assert [call.route for call in calls()] == list(dict.fromkeys(call.route for call in calls()))
    assert {call.route for call in calls()} == SEED_ROWS.keys()
    assert len(ACCOUNT_OPERATIONS) - len(SEED_ROWS) == 7


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.route)
def test_every_operation_is_as_its_call_stands_on_the_page(call: Call) -> None:
    row = SEED_ROWS[call.route]
    assert row.protected is (call.caller == "customer")
    assert tuple(parameter.name for parameter in row.path_parameters) == tuple(
        re.findall(r"{(\w+)}", call.route)
    )
    assert tuple(parameter.name for parameter in row.query) == call.query
    sizes = [parameter.maximum for parameter in row.query if parameter.name == "pageSize"]
    assert sizes in ([], [10])
    sends = row.body.sends if row.body else Sends.NOTHING
    model = row.body.model.name if row.body and row.body.model else None
    assert (sends, model) == {
        "none": (Sends.NOTHING, None), "String": (Sends.TEXT, None),
    }.get(call.receives, (Sends.OBJECT, call.receives))  # fmt: skip
    assert row.paged is call.returns.endswith(" pages")
    returned = call.returns.removesuffix(" pages")
    gives: tuple[Gives, str | None] = {
        "nothing": (Gives.NOTHING, None), "none": (Gives.NOTHING, None), "text": (Gives.TEXT, None),
        "anything": (Gives.ANYTHING, None),
    }.get(returned) or (
        (Gives.LIST, returned.removesuffix("[]")) if returned.endswith("[]")
        else (Gives.OBJECT_OR_EMPTY, returned.removesuffix(" or {}")) if returned.endswith(" or {}")
        else (Gives.OBJECT, returned)
    )  # fmt: skip
    assert (row.gives, row.model.name if row.model else None) == gives
    assert (204 in call.statuses) is (row.gives is Gives.NOTHING)
    allowed = {*row.named, 204, *([401] if row.protected else [])}
    assert set(call.statuses) <= allowed
