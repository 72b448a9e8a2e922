"""Keys refused, quotas spent, odd choices of the server, broken connections: what the user gets then."""

import pytest

from tests.house import ONCE, WAYS, House, in_memory, small
from tests.net.test_with_the_sandbox import MISSING, someone
from tests.watch import NAME, SHOWN, betrayed, note
from ucsync.model import BadRequest, NotFound, Outcome, RateLimited, UcsyncError, Unauthorised
from ucsync.model.errors import CallFailed
from ucsync.net import ClientSettings
from ucsync.plan import RetryPolicy
from ucsync.sandbox import Limit
from ucsync.ultracart import EXPANSIONS


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_key_is_told_and_a_read_only_key_cannot_write(way: str) -> None:
    async def wrong(house: House) -> None:
        with pytest.raises(Unauthorised):
            await house.client.get_customer(1_000_001)

    async def read_only(house: House) -> None:
        await house.client.get_customer(1_000_001)
        with pytest.raises(Unauthorised):
            await house.client.delete_customer(1_000_001)

    WAYS[way](wrong, small(key="another-key"))
    WAYS[way](read_only, small(read_only_key=True))


@pytest.mark.parametrize("way", WAYS)
def test_a_spent_quota_is_told_with_its_figures_and_its_wait(way: str) -> None:
    async def scenario(house: House) -> None:
        await house.client.get_customer(1_000_001)
        await house.client.get_customer(1_000_001)
        with pytest.raises(RateLimited) as caught:
            await house.client.get_customer(1_000_001)
        assert caught.value.limit == (2, 3600)
        assert 1790 <= (caught.value.wait_s or 0) <= 1800

    WAYS[way](scenario, small(limits=(Limit(2, 3600),)), ONCE)


def test_the_client_waits_out_a_quota_when_the_wait_is_short() -> None:
    async def scenario(house: House) -> None:
        started_s = house.clock.monotonic()
        for _ in range(12):
            await house.client.get_customer(1_000_001)
        assert 100 <= house.clock.monotonic() - started_s <= 160
        assert house.sandbox.counters.answered[200] == 12

    in_memory(scenario, small(limits=(Limit(2, 20),)))


QUIRKS_READ = ["missing-is-400", "missing-is-200-empty", "error-in-200"]


@pytest.mark.parametrize("quirk", QUIRKS_READ)
def test_a_missing_customer_is_an_error_however_the_server_says_it(quirk: str) -> None:
    async def scenario(house: House) -> None:
        with pytest.raises(BadRequest if quirk == "missing-is-400" else NotFound):
            await house.client.get_customer(MISSING)

    in_memory(scenario, small(quirks=frozenset({quirk})))


@pytest.mark.parametrize(
    "quirks",
    [
        {"limit-clamped", "limit-cap-100"},
        {"limit-clamped", "limit-cap-100", "no-result-set"},
        {"limit-clamped", "limit-cap-100", "no-total"},
        {"no-total"},
        {"no-result-set"},
        {"no-success-key", "no-payload-name"},
        {"send-nulls"},
        {"order-by-email"},
        {"order-last-modified"},
        {"timestamps-utc"},
        {"timestamps-z"},
    ],
    ids=lambda quirks: "+".join(sorted(quirks)),
)
def test_all_customers_are_read_under_every_way_of_paging(quirks: set[str]) -> None:
    async def scenario(house: House) -> None:
        oids = set(house.sandbox.merchant.oids())
        read = [row["customer_profile_oid"] async for row in house.client.customers(expand=EXPANSIONS)]
        assert sorted(oid or 0 for oid in read) == sorted(oids)

    in_memory(scenario, small(customers=450, quirks=frozenset(quirks)))


@pytest.mark.parametrize("seed", range(3))
def test_all_customers_are_read_through_bad_moments(seed: int) -> None:
    faults = {"500": 0.1, "503-html": 0.05, "429": 0.05, "html": 0.05, "garbage": 0.05, "reset": 0.1,
              "lost-answer": 0.05, "truncate": 0.1, "stall": 0.02}  # fmt: skip

    async def scenario(house: House) -> None:
        rows = [row async for row in house.client.customers(limit=10)]
        assert [row["customer_profile_oid"] for row in rows] == list(house.sandbox.merchant.oids())
        assert house.sandbox.counters.in_flight_most == 1
        assert sum(house.sandbox.counters.faults.values()) > 5

    patient = ClientSettings(requests_per_s=None, retry=RetryPolicy(attempts_max=20, total_s=3600))
    in_memory(scenario, small(customers=400, faults=faults, seed=seed), patient)


@pytest.mark.parametrize(
    "fault", ["500", "503-html", "html", "garbage", "reset", "lost-answer", "truncate", "stall", "late"]
)
def test_a_write_that_failed_was_sent_once_and_its_outcome_is_not_guessed(fault: str) -> None:
    async def scenario(house: House) -> None:
        house.sandbox.faults = {fault: 1.0}
        before = house.sandbox.counters.requests
        for write in (
            house.client.merge_customer(1_000_001, {"customer_profile_oid": 1_000_002}),
            house.client.add_customer_store_credit(1_000_003, {"amount": 5}),
            house.client.update_customer(1_000_004, {"terms": "Net 30"}),
        ):
            with pytest.raises(CallFailed) as caught:
                await write
            assert caught.value.outcome is Outcome.UNKNOWN
        assert house.sandbox.counters.requests - before == 3

    in_memory(scenario)


def test_neither_key_nor_name_is_shown_whatever_goes_wrong() -> None:
    """The house watches every error and answer; this drives names through all of them."""

    async def scenario(house: House) -> None:
        oid = await someone(house)
        email = f"{NAME}@example.com"
        note(await house.client.get_customers(billing_last_name=NAME))
        for fault in ("", "500", "503-html", "429", "html", "garbage", "reset", "lost-answer", "truncate"):
            house.sandbox.faults = {fault: 1.0} if fault else {}
            for call in (
                house.client.get_customer_by_email(email),
                house.client.get_customers(billing_last_name=NAME, sort=NAME),
                house.client.insert_customer({"email": "own@example.com", "terms": NAME}),
                house.client.update_customer(
                    oid, {"billing": [{"customer_billing_oid": 1, "last_name": NAME}]}
                ),
                house.client.update_customer(oid, {"billing": [{"title": NAME * 9}]}),
                house.client.get_magic_link(oid, f"{NAME}.example"),
                house.client.get_email_verification_token({"email": email, "password": NAME}),
            ):
                with pytest.raises(UcsyncError):
                    await call

    in_memory(scenario, client=ONCE)
    assert len(SHOWN) > 200
    assert betrayed(SHOWN) == []
