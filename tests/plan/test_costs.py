"""What a scan will cost, for any number of customers and any page size a server may insist on."""

from hypothesis import example, given
from hypothesis import strategies as st

from ucsync.plan.costs import cost


@given(customers=st.integers(0, 3_000_000), page_size=st.integers(1, 200))
@example(customers=2, page_size=1)
def test_a_scan_is_never_said_to_cost_less_than_it_can(customers: int, page_size: int) -> None:
    told = cost(customers, page_size)
    assert told.floor == max(1, -(-customers // page_size))
    assert told.likely >= told.floor
    assert page_size < 20 or told.likely <= 1.06 * told.floor + 2
