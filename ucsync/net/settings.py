"""What may be set on a client, and what a server address must look like."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from ucsync.model import ConfigurationInvalid
from ucsync.plan import RetryPolicy

PRODUCTION: Final = "https://secure.ultracart.com"
API_PATH: Final = "/rest/v2"
ACCOUNT_PATH: Final = "/rest/myaccount"

# One plain form on purpose: what two parsers could read differently is not an address to send a key to.
_SERVER = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])"
    r"(:(?P<port>\d{1,5}))?/?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Bounds of a client; each has its unit in its name.

    Attributes:
        deadline_s: for one attempt, from connecting to the last byte (the vendor's own JavaScript
            client allows 60 s).
        answer_bytes_max: largest answer, after decompression.
        in_flight_max: requests at once; more than one only where UltraCart has agreed to it, because
            it answers 429 to a second one (fact sheet §2.8).
        requests_per_s: pace within a second; None for none. It smooths bursts only: hourly and daily
            limits are the server's to enforce and the caller's to keep.
        pause_after_loss_s: nothing is sent for so long after a request of unknown outcome (lost, given
            up on, 5xx), because the server may still be at work on it.
        retry: how failed attempts are repeated.
    """

    deadline_s: float = 60.0
    answer_bytes_max: int = 64 * 1024 * 1024
    in_flight_max: int = 1
    requests_per_s: int | None = 10
    pause_after_loss_s: float = 1.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        """Raises ConfigurationInvalid naming every bound that cannot be one."""
        counts = {
            "answer_bytes_max": self.answer_bytes_max,
            "in_flight_max": self.in_flight_max,
            "requests_per_s": 1 if self.requests_per_s is None else self.requests_per_s,
            "retry.attempts_max": self.retry.attempts_max,
        }
        seconds = {
            "pause_after_loss_s": self.pause_after_loss_s,
            "retry.total_s": self.retry.total_s,
            "retry.first_wait_s": self.retry.first_wait_s,
            "retry.wait_max_s": self.retry.wait_max_s,
        }
        wrong = [name for name, value in counts.items() if type(value) is not int or value < 1]
        wrong += [name for name, value in seconds.items() if not _is_seconds(value)]
        if not _is_seconds(self.deadline_s) or not self.deadline_s:
            wrong.append("deadline_s")
        if wrong:
            raise ConfigurationInvalid(f"client settings that are no bounds: {', '.join(wrong)}")


def api_address(server: str, base_path: str = API_PATH) -> str:
    """An API's base address at a server such as `https://secure.ultracart.com`.

    Args:
        server: scheme, host and port.
        base_path: where the API is there: `API_PATH` or `ACCOUNT_PATH`.

    Raises:
        ConfigurationInvalid: it has a path or more, is written in any but the plain form, or is not
            https, which only a loopback address (a sandbox) may do without: the key or the password
            would travel in clear.
    """
    found = _SERVER.fullmatch(str(server).lower())
    if found is None or not 0 < int(found["port"] or 443) < 65_536:
        raise ConfigurationInvalid(f"the server is not scheme, host and port alone, like {PRODUCTION}")
    if found["scheme"] == "http" and not _is_loopback(found["host"]):
        raise ConfigurationInvalid("the server's address is not https, so secrets would travel in clear")
    return found.group().rstrip("/") + base_path


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_seconds(value: object) -> bool:
    return type(value) in (int, float) and 0 <= float(str(value)) < float("inf")
