"""Orders in the portal: pages, search, periods, single ones, and parcels."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest

from tests.sandbox.my_account.shopper import FIRST, MANY, Shopper
from ucsync.ultracart.my_account.models import MODELS, ORDER_LABELS
from ucsync.ultracart.my_account.operations import ACCOUNT_OPERATIONS

ORDER = MODELS["Order"].fields
TWINS = [name for name in ORDER if f"{name}Formatted" in ORDER and "Date" not in name]


@pytest.fixture
def shopper() -> Shopper:
    return Shopper()


def test_orders_come_in_pages_of_ten_newest_first_with_their_totals(shopper: Shopper) -> None:
    first = shopper.ask("getOrders")
    assert shopper.paging() == {"page-size": 10, "page-number": 1, "total-records": MANY, "total-pages": 6}
    assert len(first) == 10
    rows = list(shopper.pages())
    instants = [datetime.fromisoformat(row["creationDate"]) for row in rows]
    assert rows[:10] == first
    assert instants == sorted(set(instants), reverse=True)
    assert len({row["orderId"] for row in rows}) == len(rows) == MANY


@pytest.mark.parametrize(
    ("given", "size", "number"),
    [
        ({"pageSize": 3}, 3, 1),
        ({"pageSize": 99}, 10, 1),
        ({"pageSize": "", "pageNumber": "", "search": "", "_filterTime": ""}, 10, 1),
        ({"pageSize": "many"}, 10, 1),
        ({"pageNumber": 0}, 10, 1),
        ({"pageNumber": -4}, 10, 1),
        ({"pageNumber": "second"}, 10, 1),
        ({"pageNumber": 6}, 7, 6),
        ({"pageNumber": 7}, 0, 7),
        ({"_": 1_700_000_000_000}, 10, 1),
    ],
)
def test_what_is_asked_of_pages_is_read_with_goodwill(
    shopper: Shopper, given: dict[str, object], size: int, number: int
) -> None:
    assert len(shopper.ask("getOrders", **given)) == size
    assert (shopper.paging()["page-number"], shopper.paging()["total-records"]) == (number, MANY)


def test_too_large_a_page_is_refused_where_the_server_does() -> None:
    strict = Shopper("account-page-size-400")
    assert strict.complaint("getOrders", pageSize=11) == "pageSize is larger than 10."
    assert len(strict.ask("getOrders", pageSize=10)) == 10


def test_a_server_may_leave_out_the_headers_of_paging() -> None:
    shopper = Shopper("account-no-paging-headers")
    assert len(shopper.ask("getOrders", pageNumber=6)) == MANY - 50
    assert shopper.paging() == {}


def test_a_page_costs_the_same_however_many_orders_there_are() -> None:
    few, many = (Shopper(orders={FIRST: count}) for count in (40, 20_000))
    costs = [_calls_of(partial(shopper.ask, "getOrders", pageNumber=2)) for shopper in (few, many)]
    assert costs[1] < costs[0] * 2
    assert many.paging()["total-records"] == 20_000


def _calls_of(act: Callable[[], object]) -> int:
    """How many functions it calls, the second time: the first one may have made an index."""
    act()
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def test_search_finds_order_id_item_id_and_description_in_any_case(shopper: Shopper) -> None:
    rows = list(shopper.pages())
    one, item = rows[4], rows[4]["items"][0]
    assert shopper.order_ids(search=one["orderId"].lower()) == [one["orderId"]]
    same = [row["orderId"] for row in rows if row["items"][0]["itemId"] == item["itemId"]]
    assert shopper.order_ids(search=item["itemId"].lower()) == same
    assert shopper.order_ids(search=f" {item['description'].upper()} ") == same
    assert shopper.ask("getOrders", search="no such thing") == []
    assert shopper.paging() == {"page-size": 10, "page-number": 1, "total-records": 0, "total-pages": 0}


def test_a_year_is_one_of_the_shops_own_time(shopper: Shopper) -> None:
    rows = list(shopper.pages())
    for year in ("2019", "2020"):
        expected = [row["orderId"] for row in rows if row["creationDate"].startswith(year)]
        assert expected
        assert shopper.order_ids(_filterTime=f"year-{year}") == expected
    assert shopper.order_ids(_filterTime="year-0000") == shopper.order_ids(_filterTime="year-9999") == []


def test_periods_are_counted_back_from_the_servers_clock(shopper: Shopper) -> None:
    newest = datetime.fromisoformat(shopper.ask("getOrders")[0]["creationDate"])
    shopper.later(at=newest.replace(year=newest.year + 2))
    assert shopper.order_ids(_filterTime="last30days") == shopper.order_ids(_filterTime="last6months") == []
    before = shopper.place()
    shopper.later(days=31)
    latest = shopper.place()
    assert shopper.order_ids(_filterTime="last30days") == [latest]
    assert shopper.order_ids(_filterTime="last6months") == [latest, before]
    shopper.later(days=190)
    assert shopper.order_ids(_filterTime="last6months") == []


def test_six_months_before_a_long_month_begin_with_its_last_day(shopper: Shopper) -> None:
    shopper.later(at=datetime(2027, 2, 28, 17, tzinfo=UTC))
    placed = shopper.place()
    shopper.later(at=datetime(2027, 8, 31, 16, tzinfo=UTC))
    assert shopper.order_ids(_filterTime="last6months") == [placed]
    shopper.later(at=datetime(2027, 8, 31, 16, 0, 1, tzinfo=UTC))
    assert shopper.order_ids(_filterTime="last6months") == []


@pytest.mark.parametrize("wanted", ["last7days", "year-20", "year-20255", "LAST30DAYS", "year-２０２５"])
def test_a_period_that_nobody_knows_is_refused(shopper: Shopper, wanted: str) -> None:
    told = shopper.complaint("getOrders", _filterTime=wanted)
    assert told == "_filterTime must be last30days, last6months or year-YYYY."


def test_a_server_may_show_six_months_unless_asked_for_more() -> None:
    shopper = Shopper("account-last6months")
    assert shopper.ask("getOrders") == []
    placed = shopper.place()
    assert shopper.order_ids() == [placed]
    assert shopper.order_ids(_filterTime="year-2020")


def test_one_order_is_what_the_list_shows(shopper: Shopper) -> None:
    rows = shopper.ask("getOrders")
    assert [shopper.ask("getOrder", orderId=row["orderId"]) for row in rows] == rows


def test_an_unknown_order_and_somebody_elses_are_not_found(shopper: Shopper) -> None:
    mine = shopper.order_ids()[0]
    shopper.log_in(FIRST + 1)
    for operation_id in ("getOrder", "getOrderTracking", "getOrderCase", "getOrderCaseMessages"):
        for order_id in (mine, mine.lower(), "DEMO-0", "../orders", "ä/ö"):
            assert shopper.status(operation_id, orderId=order_id) == 404


def test_an_order_has_every_field_of_the_model_and_no_other(shopper: Shopper) -> None:
    rows = list(shopper.pages())
    always = {name for name, field in ORDER.items() if not field.portal_only}
    for row in rows:
        assert always <= row.keys() <= ORDER.keys()
        assert row["labels"] == ORDER_LABELS
    ever = {name for row in rows for name, held in row.items() if held not in (None, [], {})}
    # A private customer; and quotes are not among the orders, as in REST v2.
    of_business = {
        "billToCompany",
        "billToTitle",
        "shipToCompany",
        "shipToTitle",
        "shipping3rdPartyAccountNumber",
    }
    of_others = {
        "taxCounty",
        "billToEveningPhone",
        "shipToEveningPhone",
        "liftGate",
        "taxShipping",
        "giftEmail",
    }
    assert always - ever <= of_business | of_others | {"quoteExpirationDate", "quoteExpirationDateFormatted"}


def test_money_is_a_number_with_two_digits_and_a_twin(shopper: Shopper) -> None:
    assert len(TWINS) == 20
    for row in shopper.pages():
        for name in set(TWINS) - {"taxRate"}:
            assert row[f"{name}Formatted"] == f"${row[name]:,.2f}"
            assert Decimal(row[name]).as_tuple().exponent == -2


def test_the_sums_of_an_order_add_up(shopper: Shopper) -> None:
    rows = list(shopper.pages())
    for row in rows:
        left = (
            row["subtotal"] + row["shippingHandlingTotal"] + row["tax"] + row["giftCharge"] + row["surcharge"]
        )
        assert left + row["totalRefunded"] == row["total"]
        assert row["subtotalRefunded"] + row["shippingHandlingRefunded"] == row["totalRefunded"]
        assert row["subtotalBeforeDiscount"] - row["discount"] == row["subtotal"] + row["subtotalRefunded"]
        assert row["hasRefund"] == row["refundPresent"] == (row["totalRefunded"] > 0)
        assert (row["coupons"] != []) == (row["discount"] > 0)
        assert row["giftCertificateAmount"] <= row["total"]
        assert (row["giftCertificateCode"] is not None) == (row["giftCertificateAmount"] > 0)
        assert sum(1 for item in row["items"] if item["totalCostFormatted"]) == 1
    assert any(row["hasRefund"] for row in rows)
    assert any(row["discount"] for row in rows)


def test_of_a_card_only_the_last_four_digits_are_shown() -> None:
    masked, whole = Shopper(), Shopper("account-unmasked")
    pairs = list(zip(masked.pages(), whole.pages(), strict=True))
    cards = [(row["cardNumber"], bare["cardNumber"]) for row, bare in pairs if row["cardType"]]
    assert cards
    for shown, number in cards:
        assert shown == "*" * (len(number) - 4) + number[-4:]
        assert luhn(number)
    assert all(row["cardNumber"] is None for row, _ in pairs if row["paymentMethod"] != "Credit Card")


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(digits)) % 10 == 0


def test_dates_are_written_in_both_forms(shopper: Shopper) -> None:
    rows = list(shopper.pages())
    for row in rows:
        for name in ("creationDate", "shipOnDate", "rejectedDate", "quoteExpirationDate"):
            if row[name] is None:
                assert row[f"{name}Formatted"] is None
            else:
                at = datetime.fromisoformat(row[name])
                assert at.utcoffset() is not None
                assert datetime.strptime(row[f"{name}Formatted"], "%d-%b-%Y").date() == at.date()
        assert (row["rejectedDate"] is not None) == row["rejected"] == (row["status"] == "Rejected")
    assert {row["status"] for row in rows} >= {"Completed", "Rejected", "Pre-Order Item"}


def test_a_server_may_leave_out_the_offset() -> None:
    with_offset, without = (
        Shopper().ask("getOrders")[0],
        Shopper("account-dates-zoneless").ask("getOrders")[0],
    )
    assert without["creationDate"] == with_offset["creationDate"][:19]
    assert without["creationDateFormatted"] == with_offset["creationDateFormatted"]


def test_what_was_typed_in_lines_is_answered_in_lines(shopper: Shopper) -> None:
    rows = list(shopper.pages())
    for name in ("giftMessage", "specialInstructions", "comments"):
        assert any(len(row[name]) > 1 for row in rows)
        assert all("\n" not in line for row in rows for line in row[name])
    assert all(row["gift"] or not row["giftMessage"] for row in rows)


def test_parcels_are_those_of_the_order_and_some_have_no_page(shopper: Shopper) -> None:
    found = []
    for row in shopper.pages():
        parcels = shopper.ask("getOrderTracking", orderId=row["orderId"])
        assert [parcel["trackingNumber"] for parcel in parcels] == row["trackingNumbers"]
        found += parcels
        for parcel in parcels:
            assert parcel.keys() == MODELS["OrderTracking"].fields.keys()
            assert (parcel["merchantId"], parcel["orderId"]) == ("DEMO", row["orderId"])
            assert parcel["hasTrackingUrl"] == (parcel["trackingUrl"] is not None)
    assert {parcel["hasTrackingUrl"] for parcel in found} == {True, False}
    assert {len(row["trackingNumbers"]) for row in shopper.pages()} == {0, 1, 2}
    nothing = next(row["orderId"] for row in shopper.pages() if not row["trackingNumbers"])
    assert shopper.ask("getOrderTracking", orderId=nothing) == []


def test_a_server_may_leave_parcels_and_cases_out_of_lists() -> None:
    shopper = Shopper("account-light-orders")
    listed = shopper.ask("getOrders")[0]
    assert ORDER.keys() >= listed.keys()
    assert not {"trackingNumbers", "orderCase"} & listed.keys()
    assert {"trackingNumbers", "orderCase"} <= shopper.ask("getOrder", orderId=listed["orderId"]).keys()
    assert {"trackingNumbers", "orderCase"} <= shopper.truth()["orders"][0]["order"].keys()


def test_an_order_holds_its_case_or_null() -> None:
    usual, other = Shopper(), Shopper("account-order-case-empty")
    for row, odd in zip(usual.pages(), other.pages(), strict=True):
        case = usual.ask("getOrderCase", orderId=row["orderId"])
        assert row["orderCase"] == (case or None)
        assert odd["orderCase"] == case


@pytest.mark.parametrize(
    "operation_id",
    ["getOrders", "getOrder", "getOrderTracking", "getOrderCase", "insertOrderCase", "getOrderCaseMessages",
     "insertOrderCaseMessage", "getNotReviewedYet", "getReviews", "getReview", "updateReview"],
)  # fmt: skip
def test_nothing_is_told_to_who_is_not_logged_in(shopper: Shopper, operation_id: str) -> None:
    shopper.ask_nobody()
    path = {parameter.name: "X-1" for parameter in ACCOUNT_OPERATIONS[operation_id].path_parameters}
    assert shopper.status(operation_id, {}, **path) == 401
