"""The control API: what it tells, what it changes, whom it lets in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from ucsync.sandbox.application import make_application
from ucsync.sandbox.control import check_origin
from ucsync.sandbox.reply import Refusal
from ucsync.sandbox.settings import SandboxSettings
from ucsync.sandbox.state import SANDBOX, Sandbox

GOOD = {"x-ultracart-simple-key": "my-own-key", "X-UltraCart-Api-Version": "2017-03-01"}


class StandingClock:
    """Always the same instant."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 3, 15, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass
class Lab:
    """A served sandbox and a client of its control API."""

    sandbox: Sandbox
    client: aiohttp.ClientSession
    base: URL

    async def get(self, path: str, **further: Any) -> tuple[int, Any]:
        async with self.client.get(URL(f"{self.base}{path}"), **further) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, value: object = None, **further: Any) -> tuple[int, Any]:
        async with self.client.post(URL(f"{self.base}{path}"), json=value, **further) as answer:
            return answer.status, await answer.json()

    async def ask(self) -> int:
        """One request to the API itself."""
        async with self.client.get(URL(f"{self.base}rest/v2/customer/customers"), headers=GOOD) as answer:
            return answer.status

    def oids(self) -> list[int]:
        return list(self.sandbox.merchant.oids())


@asynccontextmanager
async def lab(**settings: Any) -> AsyncIterator[Lab]:
    chosen = SandboxSettings(**{"customers": 10, "key": "my-own-key", **settings})
    application = make_application(chosen, StandingClock())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as client:
            yield Lab(application[SANDBOX], client, URL(f"http://127.0.0.1:{runner.addresses[0][1]}/"))
    finally:
        await runner.cleanup()


# --- what it tells


async def test_requests_are_counted_and_the_control_api_is_not() -> None:
    async with lab() as here:
        assert [await here.ask() for _ in range(2)] == [200, 200]
        status, counters = await here.get("sandbox/counters")
        assert status == 200
        assert counters == {
            "requests": 2,
            "answered": {"200": 2},
            "unanswered": 0,
            "in_flight": 0,
            "in_flight_most": 1,
            "too_many": {"concurrency": 0, "rate": 0, "fault": 0},
            "acting_later": 0,
            "faults": {},
            "churn": {},
        }


async def test_counters_begin_anew_after_a_reset() -> None:
    async with lab(faults={"500": 1.0}, churn={"delete": 1.0}) as here:
        await here.ask()
        status, after = await here.post("sandbox/counters/reset")
        assert (status, after["requests"], after["answered"], after["faults"], after["churn"]) == (
            200, 0, {}, {}, {}
        )  # fmt: skip


async def test_the_truth_can_be_read_whole_and_in_parts() -> None:
    async with lab() as here:
        _, whole = await here.get("sandbox/truth")
        assert whole["count"] == 10
        assert [customer["customer_profile_oid"] for customer in whole["customers"]] == here.oids()
        _, part = await here.get("sandbox/truth?offset=8&limit=5")
        assert part["customers"] == whole["customers"][8:]
        assert await here.get(f"sandbox/truth/{here.oids()[3]}") == (200, whole["customers"][3])
        assert (await here.get("sandbox/truth/1999999999"))[0] == 404


async def test_the_settings_are_told_without_a_key() -> None:
    async with lab(quirks=frozenset({"no-total"}), browser_key="another-secret") as here:
        async with here.client.get(URL(f"{here.base}sandbox/settings")) as answer:
            text = await answer.text()
        assert "my-own-key" not in text
        assert "another-secret" not in text
        _, settings = await here.get("sandbox/settings")
        assert settings["quirks"] == {"no-total": "null"}
        assert settings["limits"][0] == {"requests": 1000, "seconds": 3600}


# --- what it changes


async def test_customers_can_be_inserted_updated_merged_and_deleted_behind_the_api() -> None:
    async with lab() as here:
        status, done = await here.post("sandbox/mutate", {"insert": {"email": "new@example.com"}})
        assert status == 200
        oid = done["inserted"]
        changes = {"customer_profile_oid": oid, "business_notes": "seen"}
        assert await here.post("sandbox/mutate", {"update": changes}) == (200, {"updated": oid})
        truth = here.sandbox.merchant.truth(oid)
        assert truth is not None
        assert (truth["email"], truth["business_notes"]) == ("new@example.com", "seen")
        pair = {"survivor": oid, "absorbed": here.oids()[0]}
        assert await here.post("sandbox/mutate", {"merge": pair}) == (200, {"merged": pair})
        assert await here.post("sandbox/mutate", {"delete": oid}) == (200, {"deleted": oid})
        assert here.sandbox.merchant.count() == 9


async def test_the_clock_moves_stops_runs_and_is_set() -> None:
    async with lab() as here:
        assert await here.get("sandbox/clock") == (200, {"now": "2026-11-22T03:15:00+00:00"})
        assert await here.post("sandbox/clock", {"move_s": 3600}) == (
            200,
            {"now": "2026-11-22T04:15:00+00:00"},
        )
        assert await here.post("sandbox/clock", {"move_s": -0.5}) == (
            200, {"now": "2026-11-22T04:14:59.500000+00:00"}
        )  # fmt: skip
        assert await here.post("sandbox/clock", {"set": "2027-01-01T00:00:00-05:00"}) == (
            200, {"now": "2027-01-01T05:00:00+00:00"}
        )  # fmt: skip
        assert (await here.post("sandbox/clock", {"stop": True}))[0] == 200
        assert (await here.post("sandbox/clock", {"run": True}))[0] == 200


async def test_faults_and_churn_can_be_changed_while_it_runs() -> None:
    async with lab() as here:
        assert await here.post("sandbox/faults", {"500": 1}) == (200, {"500": 1.0})
        assert await here.ask() == 500
        assert await here.post("sandbox/faults", {}) == (200, {})
        assert await here.post("sandbox/churn", {"delete": 1.0}) == (200, {"delete": 1.0})
        assert await here.ask() == 200
        assert here.sandbox.merchant.count() == 9
        assert await here.get("sandbox/churn") == (200, {"delete": 1.0})


async def test_the_application_can_be_disabled_and_enabled() -> None:
    async with lab() as here:
        assert await here.post("sandbox/application", {"disabled": True}) == (200, {"disabled": True})
        assert await here.ask() == 410
        assert await here.post("sandbox/application", {"disabled": False}) == (200, {"disabled": False})
        assert await here.ask() == 200


# --- bad input


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("mutate", {}),
        ("mutate", {"insert": {}, "delete": 1}),
        ("mutate", {"drop": 1}),
        ("mutate", {"insert": []}),
        ("mutate", {"update": {"email": "x"}}),
        ("mutate", {"delete": "1"}),
        ("mutate", {"delete": True}),
        ("mutate", {"delete": 1999999999}),
        ("mutate", {"merge": {"survivor": 1999999999}}),
        ("clock", {}),
        ("clock", {"set": "2026-11-22T03:15:00"}),
        ("clock", {"set": 5}),
        ("clock", {"set": "9000-01-01T00:00:00Z"}),
        ("clock", {"move_s": "1"}),
        ("clock", {"move_s": True}),
        ("clock", {"move_s": 10**400}),
        ("clock", {"move_s": 1e300}),
        ("clock", {"stop": 1}),
        ("faults", {"501": 0.1}),
        ("faults", {"500": 1.5}),
        ("faults", {"500": "often"}),
        ("churn", {"insert": -1}),
        ("churn", {"insert": 0.6, "delete": 0.6}),
        ("application", {"disabled": "yes"}),
        ("application", []),
    ],
)
async def test_bad_input_is_one_clear_line_and_changes_nothing(path: str, value: object) -> None:
    async with lab() as here:
        before = here.sandbox.clock.now()
        status, answer = await here.post(f"sandbox/{path}", value)
        assert status == 400
        assert list(answer) == ["error"]
        assert answer["error"]
        assert "\n" not in answer["error"]
        assert here.sandbox.merchant.count() == 10
        assert (here.sandbox.faults, here.sandbox.churn, here.sandbox.disabled) == ({}, {}, False)
        assert here.sandbox.clock.now() == before


@pytest.mark.parametrize("query", ["offset=-1", "limit=many", "limit=1000000"])
async def test_a_page_of_the_truth_has_bounds(query: str) -> None:
    async with lab() as here:
        assert (await here.get(f"sandbox/truth?{query}"))[0] == 400


async def test_what_is_not_there_is_404_and_a_wrong_method_405() -> None:
    async with lab() as here:
        assert (await here.get("sandbox/nothing"))[0] == 404
        assert (await here.get("sandbox/truth/x"))[0] == 404
        assert (await here.get("sandbox/mutate"))[0] == 405
        assert (await here.post("sandbox/counters", {}))[0] == 405
        assert (await here.post("sandbox/truth/1", {}))[0] == 405


async def test_a_body_that_is_no_json_is_refused() -> None:
    async with lab() as here, here.client.post(URL(f"{here.base}sandbox/clock"), data=b"{") as answer:
        assert answer.status == 400


# --- whom it lets in


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8765", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8765", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example:8765", 403),
        ("127.0.0.1:8765@evil.example", 403),
        ("", 403),
    ],
)
async def test_a_name_that_was_made_to_point_here_is_kept_out(host: str, status: int) -> None:
    async with lab() as here:
        assert (await here.get("sandbox/counters", headers={"Host": host}))[0] == status


async def test_a_page_in_a_browser_is_kept_out() -> None:
    async with lab() as here:
        headers = {"Origin": "https://evil.example"}
        status, _ = await here.post("sandbox/mutate", {"delete": here.oids()[0]}, headers=headers)
        assert status == 403
        assert here.sandbox.merchant.count() == 10


class Peer:
    """Stands in for a transport: all that is asked of it is who is at the other end."""

    def __init__(self, name: object) -> None:
        self.name = name

    def get_extra_info(self, key: str) -> object:
        return self.name if key == "peername" else None


@pytest.mark.parametrize(
    ("peer", "let_in"),
    [
        (("127.0.0.1", 0), True),
        (("127.8.9.1", 5), True),
        (("::1", 5, 0, 0), True),
        (("::ffff:127.0.0.1", 5, 0, 0), True),
        (("192.0.2.7", 5), False),
        (("fe80::1%eth0", 5, 0, 0), False),
        (("::ffff:192.0.2.7", 5, 0, 0), False),
        ("", False),
        (None, False),
    ],
)
def test_another_machine_is_kept_out(peer: object, let_in: bool) -> None:
    request = make_mocked_request(
        "GET", "/sandbox/counters", {"Host": "localhost:8765"}, transport=Peer(peer)
    )
    if let_in:
        check_origin(request)
        return
    with pytest.raises(Refusal) as refused:
        check_origin(request)
    assert refused.value.status == 403
