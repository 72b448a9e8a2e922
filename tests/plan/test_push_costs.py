"""What a push costs, before a request is sent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ucsync.model.pushes import Action, PushPrice
from ucsync.plan.push_costs import Circumstances, push_price

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def second_each(requests: int) -> datetime:
    return NOW + timedelta(seconds=requests)


def thousand_a_day(requests: int) -> datetime:
    return NOW + timedelta(days=(requests - 1) // 1000, seconds=(requests - 1) % 1000 + 1)


def price(steps: Mapping[Action, int], **more: Any) -> PushPrice:
    about = {
        "now": NOW, "finish": second_each, "canary_rows": 5, "recheck_min": 30, "merges_per_day": 50,
        "credits_read": False, "merged": 0, "nightly": 0, "page_rows": 200, **more,
    }  # fmt: skip
    return push_price(steps, Circumstances(**about))


def test_nothing_to_do_costs_nothing() -> None:
    assert price({}) == PushPrice(requests={}, total=0, hours=0, days=0, ends_at=NOW)
    assert price({Action.UPDATE: 0}).total == 0


def test_an_update_is_one_request_the_first_ones_two_and_all_begin_with_one_refresh() -> None:
    found = price({Action.UPDATE: 1000})
    assert found.requests == {"getCustomer": 5, "getCustomers": 1, "updateCustomer": 1000}
    assert found.total == 1006 <= 1.02 * 1000
    assert found.ends_at == NOW + timedelta(seconds=1006)
    assert found.hours == round(1006 / 3600, 2)


@pytest.mark.parametrize(
    ("action", "requests"),
    [
        (Action.INSERT, {"insertCustomer": 1}),
        (Action.MERGE, {"getCustomer": 3, "mergeCustomer": 1}),
        (Action.DELETE, {"deleteCustomer": 1, "getCustomer": 1}),
        (Action.STORE_CREDIT, {"addCustomerStoreCredit": 1}),
        (Action.CASHBACK, {"adjustInternalCertificate": 1, "getCustomer": 1}),
        (Action.EMAIL_LISTS, {"updateCustomerEmailLists": 1}),
    ],
    ids=lambda held: held.value if isinstance(held, Action) else "",
)
def test_each_step_has_its_requests(action: Action, requests: dict[str, int]) -> None:
    assert price({action: 1}).requests == {**requests, "getCustomers": 1}


def test_where_two_credits_block_a_merge_both_are_asked_for() -> None:
    assert price({Action.MERGE: 3}, credits_read=True).requests["getCustomerStoreCredit"] == 6
    assert "getCustomerStoreCredit" not in price({Action.UPDATE: 3}, credits_read=True).requests


def test_a_plan_has_no_more_canaries_than_updates() -> None:
    assert price({Action.UPDATE: 2}).requests["getCustomer"] == 2
    assert "getCustomer" not in price({Action.UPDATE: 2}, canary_rows=0).requests


def test_a_push_that_takes_hours_is_refreshed_on_the_way() -> None:
    found = price({Action.UPDATE: 10_000})
    # some six times on the way; each reads what the push has changed by then
    assert found.requests["getCustomers"] == 1 + 5 * 9
    assert price({Action.UPDATE: 10_000}, recheck_min=1000).requests["getCustomers"] == 1


def test_a_long_push_leaves_the_nights_to_the_sync() -> None:
    alone = price({Action.UPDATE: 5000}, finish=thousand_a_day)
    beside = price({Action.UPDATE: 5000}, finish=thousand_a_day, nightly=500)
    assert alone.days < 6
    assert beside.days > alone.days + 1
    assert beside.total == alone.total


def test_merges_beyond_the_daily_cap_take_further_days() -> None:
    assert price({Action.MERGE: 50}).days < 1
    assert price({Action.MERGE: 51}).days == 1
    assert price({Action.MERGE: 101}).days == 2
    assert price({Action.MERGE: 10}, merged=45).days == 1
    assert price({Action.UPDATE: 10}, merged=200).days < 1
    assert price({Action.MERGE: 10}, merges_per_day=0).days < 1
