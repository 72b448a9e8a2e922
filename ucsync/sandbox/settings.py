"""How a sandbox is to behave: one frozen value, read from the command line or made in a test."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ucsync.model import ConfigurationInvalid
from ucsync.sandbox.people import Population
from ucsync.sandbox.quirks import QUIRKS

#: Faults that a request may meet, with what each does.
FAULTS: Final[Mapping[str, str]] = MappingProxyType({
    "500": "answers 500 without acting",
    "503-html": "answers 503 with an HTML page, as a proxy would, without acting",
    "429": "answers 429 though no limit is reached",
    "html": "answers 200 with an HTML page, without acting",
    "garbage": "acts, then answers a body that is no JSON",
    "reset": "breaks the connection without acting",
    "lost-answer": "acts, then breaks the connection before the first byte",
    "truncate": "acts, then breaks the connection half-way through the body",
    "stall": "never answers; the connection is held open until the client gives up",
    "late": "breaks the connection at once, and acts some seconds later (--late)",
})  # fmt: skip

#: What may change between two requests.
CHURN: Final = ("insert", "update", "delete", "merge")

CUSTOMERS_MAX: Final = 2_500_000
LIMIT_MAX: Final = 1_000_000_000
LATE_S_MAX: Final = 86_400
ORDERS_OF_ONE_MAX: Final = 100_000
_URL: Final = re.compile(r"https?://[!-~]{1,2000}")
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.:\[\]-]{1,253}", re.IGNORECASE)
_FIGURE = re.compile(r"\s*[0-9]{1,12}\s*")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Everything that may be set. Rates are probabilities a request (0 to 1), drawn from the seed."""

    customers: int = 2000
    seed: int = 1
    merchant_id: str = "DEMO"
    key: str = field(default="sandbox-key", repr=False)
    access_token: str = field(default="sandbox-token", repr=False)
    browser_key: str = field(default="sandbox-browser-key", repr=False)
    read_only_key: bool = False
    limits: tuple[Limit, ...] = (Limit(1000, 3600), Limit(10_000, 86_400))
    sliding_window: bool = False  # else a leaky bucket
    in_flight_max: int = 1
    quirks: frozenset[str] = frozenset()
    faults: Mapping[str, float] = field(default_factory=dict)
    churn: Mapping[str, float] = field(default_factory=dict)
    latency_s: float = 0.02  # an answer in no time at all would hide two requests at once
    late_s: float = 30.0  # from breaking the connection to acting, under the fault `late`
    orders: Mapping[int, int] = field(default_factory=dict)  # how many a customer (by oid) has at the start
    profiles: bool = True  # whether customers may register
    redirects: tuple[str, ...] = ()  # where a registration may lead to, verbatim
    origins: tuple[str, ...] = ()  # pages beside this machine's own that may read the portal's answers

    def __post_init__(self) -> None:
        """Raises ConfigurationInvalid with every fault at once."""
        found = [
            *_range_faults(self),
            *_name_faults("quirk", self.quirks, QUIRKS),
            *_rate_faults("fault", self.faults, FAULTS),
            *_rate_faults("churn", self.churn, CHURN),
            *_portal_faults(self),
        ]
        if found:
            raise ConfigurationInvalid("sandbox: " + "; ".join(found))

    def has(self, quirk: str) -> bool:
        """Whether a switch is on. Raises KeyError for a name that is not in the table."""
        return QUIRKS[quirk].name in self.quirks


def parse_rates(text: str) -> dict[str, float]:
    """`500=0.02,reset=0.01` as a mapping; the names are checked by `SandboxSettings`.

    Raises:
        ConfigurationInvalid: a piece is not `name=number`.
    """
    rates: dict[str, float] = {}
    for piece in filter(None, text.split(",")):
        name, _, figure = piece.partition("=")
        try:
            rates[name.strip()] = float(figure)
        except ValueError:
            raise ConfigurationInvalid(f"{piece!r} is not name=rate, e.g. 500=0.02") from None
    return rates


def parse_orders(text: str) -> dict[int, int]:
    """`1000001=2000,1000002=0` as a mapping; the figures are checked by `SandboxSettings`.

    Raises:
        ConfigurationInvalid: a piece is not `oid=number`.
    """
    orders: dict[int, int] = {}
    for piece in filter(None, text.split(",")):
        oid, _, number = piece.partition("=")
        if not (_FIGURE.fullmatch(oid) and _FIGURE.fullmatch(number)):
            raise ConfigurationInvalid(f"{piece!r} is not oid=number, e.g. 1000001=2000")
        orders[int(oid)] = int(number)
    return orders


def parse_limits(text: str) -> tuple[Limit, ...]:
    """`1000/3600,10000/86400` as limits, `none` as no limit at all.

    Raises:
        ConfigurationInvalid: a piece is not `requests/seconds`.
    """
    if text.strip() == "none":
        return ()
    limits = []
    for piece in text.split(","):
        requests, _, seconds = piece.partition("/")
        if not (_FIGURE.fullmatch(requests) and _FIGURE.fullmatch(seconds)):
            raise ConfigurationInvalid(f"{piece!r} is not requests/seconds, e.g. 1000/3600")
        limits.append(Limit(int(requests), int(seconds)))
    return tuple(limits)


def _range_faults(settings: SandboxSettings) -> Iterable[str]:
    if not 0 <= settings.customers <= CUSTOMERS_MAX:
        yield f"customers {settings.customers} is outside 0 to {CUSTOMERS_MAX}"
    if not settings.merchant_id.isalnum() or len(settings.merchant_id) > 5:
        yield "merchant is not 1 to 5 letters and digits"
    keys = (settings.key, settings.access_token, settings.browser_key)
    if not all(key.isascii() and key.isprintable() and key for key in keys) or len(set(keys)) < len(keys):
        yield "key, access token and browser key must be printable ASCII and differ"
    if settings.in_flight_max < 1:
        yield "in-flight is below 1"
    if not 0 <= settings.latency_s <= 600:
        yield "latency is outside 0 to 600 seconds"
    if not 0 <= settings.late_s <= LATE_S_MAX:
        yield f"late is outside 0 to {LATE_S_MAX} seconds"
    figures = [figure for limit in settings.limits for figure in (limit.requests, limit.seconds)]
    if any(not 1 <= figure <= LIMIT_MAX for figure in figures):
        yield f"limits are made of figures from 1 to {LIMIT_MAX}"


def _portal_faults(settings: SandboxSettings) -> Iterable[str]:
    first = Population.FIRST_OID
    last = first + settings.customers - 1
    if any(not first <= oid <= last for oid in settings.orders):
        yield f"orders are of the customers {first} to {last}"
    if any(not 0 <= number <= ORDERS_OF_ONE_MAX for number in settings.orders.values()):
        yield f"orders of one customer are 0 to {ORDERS_OF_ONE_MAX}"
    if not all(_URL.fullmatch(url) for url in settings.redirects):
        yield "a redirect must be a whole URL, e.g. https://shop.example/welcome"
    if not all(_ORIGIN.fullmatch(origin) for origin in settings.origins):
        yield "an origin must be scheme and host, e.g. https://shop.example"


def _name_faults(kind: str, names: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    unknown = sorted(set(names) - set(known))
    if unknown:
        yield f"no {kind} {', '.join(unknown)}; there are {', '.join(sorted(known))}"


def _rate_faults(kind: str, rates: Mapping[str, float], known: Iterable[str]) -> Iterable[str]:
    yield from _name_faults(kind, rates, known)
    if any(not 0 <= rate <= 1 for rate in rates.values()) or sum(rates.values()) > 1:
        yield f"{kind} rates must each and together be 0 to 1"
