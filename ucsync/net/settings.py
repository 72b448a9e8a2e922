"""What may be set on a client, and what a server address must look like."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from ucsync.model import ConfigurationInvalid
from ucsync.plan import RetryPolicy

PRODUCTION: Final = "https://secure.ultracart.com"
API_PATH: Final = "/rest/v2"


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
        pause_after_loss_s: nothing is sent for so long after an answer was lost or given up on,
            because the server may still be at work on it.
        retry: how failed attempts are repeated.
    """

    deadline_s: float = 60.0
    answer_bytes_max: int = 64 * 1024 * 1024
    in_flight_max: int = 1
    requests_per_s: int | None = 10
    pause_after_loss_s: float = 1.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        """Raises ConfigurationInvalid naming every bound that is not positive."""
        positive = {
            "deadline_s": self.deadline_s,
            "answer_bytes_max": self.answer_bytes_max,
            "in_flight_max": self.in_flight_max,
            "requests_per_s": 1 if self.requests_per_s is None else self.requests_per_s,
            "retry.attempts_max": self.retry.attempts_max,
        }
        wrong = [name for name, value in positive.items() if not value > 0]
        if wrong:
            raise ConfigurationInvalid(f"client settings not above zero: {', '.join(wrong)}")


def api_address(server: str) -> str:
    """The API's base address at a server such as `https://secure.ultracart.com`.

    Raises:
        ConfigurationInvalid: it has a path or more, or is not https, which only a loopback address
            (a sandbox) may do without: the key would travel in clear.
    """
    try:
        parts = urlsplit(server)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationInvalid("the server's address cannot be read") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationInvalid(f"the server's address is not like {PRODUCTION}")
    if parts.path.rstrip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationInvalid(f"the server's address has more than scheme, host and port: {PRODUCTION}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ConfigurationInvalid("the server's address is not https, so the key would travel in clear")
    return f"{parts.scheme}://{parts.netloc}{API_PATH}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
