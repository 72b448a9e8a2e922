"""The server's clock far from today."""

import pytest

from tests.house import House, in_memory, small
from ucsync.model import parse_instant


@pytest.mark.parametrize("day", ["2000-01-02", "2038-01-20", "2099-12-31"])
def test_customers_are_written_and_listed_whatever_the_year(day: str) -> None:
    async def scenario(house: House) -> None:
        early = parse_instant("1999-01-01T00:00:00+00:00")
        await house.client.get_customers(since=early)  # builds the index
        house.sandbox.clock.set_to(parse_instant(f"{day}T00:00:00+00:00"))
        for terms in ("Net 10", "Net 30"):
            await house.client.update_customer(1_000_005, {"terms": terms})
        rows = [row async for row in house.client.customers(since=early, sort="last_modified_dts")]
        assert len(rows) == 30
        now = parse_instant(f"{day}T00:00:00+00:00")
        page = await house.client.get_customers(last_modified_dts_start=now, last_modified_dts_end=now)
        assert [row["customer_profile_oid"] for row in page.customers] == [1_000_005]

    in_memory(scenario, small())
