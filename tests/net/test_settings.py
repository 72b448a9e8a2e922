"""Settings, addresses and credentials that cannot work are refused before anything is sent."""

from typing import Any

import pytest

from ucsync import ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.model import ConfigurationInvalid
from ucsync.plan import RetryPolicy


@pytest.mark.parametrize(
    "server",
    [
        "http://secure.ultracart.com",
        "secure.ultracart.com",
        "ftp://secure.ultracart.com",
        "https://secure.ultracart.com/rest/v2",
        "https://user:pass@secure.ultracart.com",
        "https://secure.ultracart.com:port",
        "https://[::1",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://evil.example[::1]",
        "http://[::1]evil.example",
        "https://secure.ultracart.com\\.evil.example",
        "https://a b",
        "https://secure.ultracart.com:99999",
        "https://\ud800",
        5,
        "",
    ],
)
def test_a_server_address_that_would_leak_or_miss_is_refused(server: Any) -> None:
    with pytest.raises(ConfigurationInvalid):
        UltraCart(SimpleKey(Secret("k")), server=server)


@pytest.mark.parametrize("key", ["", "a b", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        SimpleKey(Secret(key))
    assert not key or key not in str(caught.value)


def test_settings_that_cannot_work_are_named_together() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"in_flight_max, retry\.attempts_max, deadline_s"):
        ClientSettings(deadline_s="60", in_flight_max=0, retry=RetryPolicy(attempts_max=0))  # type: ignore[arg-type]  # an untyped caller


@pytest.mark.parametrize("credential", ["key", None, Secret("key")])
def test_a_bare_text_is_no_credential(credential: Any) -> None:
    with pytest.raises(ConfigurationInvalid, match="SimpleKey"):
        UltraCart(credential)


BAD_SETTINGS: list[dict[str, Any]] = [
    {"pause_after_loss_s": "1"}, {"in_flight_max": 1.5}, {"requests_per_s": 0.5}, {"answer_bytes_max": 0},
    {"retry": RetryPolicy(total_s=float("nan"))}, {"retry": RetryPolicy(first_wait_s=-5)},
    {"retry": RetryPolicy(wait_max_s=float("inf"))},
]  # fmt: skip


@pytest.mark.parametrize("setting", BAD_SETTINGS)
def test_a_setting_that_is_no_bound_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationInvalid, match=next(iter(setting))):
        ClientSettings(**setting)
