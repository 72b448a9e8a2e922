"""The lab's own door, under `/sandbox/`: look at the truth, move the clock, break things.

For this machine only: neither another host nor a page in a browser gets in. No key, no quota, no
counting, no faults. A fault in the input is one clear line and status 400.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv6Address, ip_address
from itertools import islice
from types import MappingProxyType
from typing import Final

from aiohttp import hdrs, web

from ucsync.model import ConfigurationInvalid, parse_instant
from ucsync.sandbox.my_account import place, validate
from ucsync.sandbox.quirks import QUIRKS
from ucsync.sandbox.reply import Document, Refusal
from ucsync.sandbox.settings import SandboxSettings
from ucsync.sandbox.state import Sandbox
from ucsync.ultracart.codec import decode_json

BASE: Final = "/sandbox/"
PAGE_DEFAULT: Final = 1000
PAGE_MAX: Final = 10_000
CLOCK_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)

_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_INTEGER = re.compile(r"[0-9]{1,10}", re.ASCII)

Query = Mapping[str, str]
Answer = Callable[[Sandbox, Query], Document]
Change = Callable[[Sandbox, Document], Document]


def check_origin(request: web.Request) -> None:
    """Let in only this machine's own programs.

    The Host header is looked at because a foreign name may be made to point here (DNS rebinding),
    and Origin because a page may post to an address without being able to read the answer.

    Raises:
        Refusal: 403.
    """
    hosts = request.headers.getall(hdrs.HOST, [])
    local = len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None
    if not (local and _is_loopback(request.transport) and hdrs.ORIGIN not in request.headers):
        raise Refusal(403, "the control API answers programs on this machine only, as localhost")


def answer(sandbox: Sandbox, method: str, path: str, query: Query, body: bytes) -> Document:
    """Do one thing and say what came of it.

    Args:
        sandbox: what it is done to.
        method: GET or POST.
        path: with `BASE`, as it came.
        query: decoded parameters.
        body: JSON, for a POST.

    Raises:
        Refusal: 400, 404 or 405 with one line.
    """
    name = path.removeprefix(BASE)
    if name not in _READS and name not in _CHANGES:
        return _one_of(sandbox, method, name)
    if method == "GET" and name in _READS:
        return _READS[name](sandbox, query)
    if method == "POST" and name in _CHANGES:
        return _CHANGES[name](sandbox, _object(body, empty_is_fine=name == "counters/reset"))
    allowed = [verb for verb, table in (("GET", _READS), ("POST", _CHANGES)) if name in table]
    raise Refusal(405, f"only {' and '.join(allowed)} here", {"Allow": ", ".join(allowed)})


def _is_loopback(transport: asyncio.BaseTransport | None) -> bool:
    peer = transport.get_extra_info("peername") if transport is not None else None
    if not isinstance(peer, tuple | list) or not peer:
        return False
    try:
        address = ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _object(body: bytes, *, empty_is_fine: bool) -> Document:
    if empty_is_fine and not body.strip():
        return {}
    try:
        value = decode_json(body)
    except ValueError:
        raise Refusal(400, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise Refusal(400, "the body is no JSON object")
    return value


def _counters(sandbox: Sandbox, _: Query) -> Document:
    return dict(sandbox.counters.document())


def _reset(sandbox: Sandbox, _: Document) -> Document:
    sandbox.counters.reset()
    return dict(sandbox.counters.document())


def _truth(sandbox: Sandbox, query: Query) -> Document:
    offset = _figure(query, "offset", 0, 2**31)
    limit = _figure(query, "limit", PAGE_DEFAULT, PAGE_MAX)
    oids = islice(sandbox.merchant.oids(), offset, offset + limit)
    return {
        "count": sandbox.merchant.count(),
        "customers": [sandbox.merchant.truth(oid) for oid in oids],
    }


def _one_of(sandbox: Sandbox, method: str, name: str) -> Document:
    """`truth/OID` and `my_account/OID`."""
    kind, _, oid = name.partition("/")
    if kind not in _OF_ONE or not _INTEGER.fullmatch(oid):
        names = sorted({*_READS, *_CHANGES, *(f"{kind}/OID" for kind in _OF_ONE)})
        raise Refusal(404, f"nothing here; there are {', '.join(names)}")
    if method != "GET":
        raise Refusal(405, "only GET here", {"Allow": "GET"})
    document = _OF_ONE[kind](sandbox, int(oid))
    if document is None:
        raise Refusal(404, f"no customer {oid}")
    return document


def _figure(query: Query, name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not _INTEGER.fullmatch(text) or int(text) > most:
        raise Refusal(400, f"{name} must be an integer of 0 to {most}")
    return int(text)


def _mutate(sandbox: Sandbox, wish: Document) -> Document:
    kind, value = _only(wish, ("insert", "update", "delete", "merge"))
    try:
        return _MUTATIONS[kind](sandbox, value)
    except Refusal as refusal:
        raise Refusal(400, refusal.message) from None


def _insert(sandbox: Sandbox, value: object) -> Document:
    return {"inserted": sandbox.merchant.insert(_mapping("insert", value))}


def _update(sandbox: Sandbox, value: object) -> Document:
    changes = dict(_mapping("update", value))
    oid = _oid("update.customer_profile_oid", changes.pop("customer_profile_oid", None))
    sandbox.merchant.update(oid, changes)
    return {"updated": oid}


def _delete(sandbox: Sandbox, value: object) -> Document:
    oid = _oid("delete", value)
    sandbox.merchant.delete(oid)
    return {"deleted": oid}


def _merge(sandbox: Sandbox, value: object) -> Document:
    pair = _mapping("merge", value)
    survivor, absorbed = (_oid(f"merge.{name}", pair.get(name)) for name in ("survivor", "absorbed"))
    sandbox.merchant.merge(survivor, absorbed)
    return {"merged": {"survivor": survivor, "absorbed": absorbed}}


def _mail(sandbox: Sandbox, _: Query) -> Document:
    return {"mail": sandbox.portal.office.outbox.document()}


def _carts(sandbox: Sandbox, _: Query) -> Document:
    return dict(sandbox.portal.office.carts.counted())


def _validate(sandbox: Sandbox, wish: Document) -> Document:
    _, token = _only(wish, ("token",))
    if not isinstance(token, str):
        raise Refusal(400, "token must be a text")
    return validate(sandbox.portal.office, token)


def _order(sandbox: Sandbox, wish: Document) -> Document:
    _, value = _only(wish, ("place",))
    return place(sandbox.portal.office, _mapping("place", value))


def _clock(sandbox: Sandbox, _: Query) -> Document:
    return {"now": sandbox.clock.now().isoformat()}


def _turn_clock(sandbox: Sandbox, wish: Document) -> Document:
    kind, value = _only(wish, ("move_s", "set", "stop", "run"))
    if kind in ("stop", "run"):
        if value is not True:
            raise Refusal(400, f"{kind} must be true")
        sandbox.clock.stop() if kind == "stop" else sandbox.clock.run()
    else:
        sandbox.clock.set_to(_instant(sandbox, kind, value))
    return _clock(sandbox, {})


def _instant(sandbox: Sandbox, kind: str, value: object) -> datetime:
    try:
        if kind == "set":
            instant = parse_instant(value if isinstance(value, str) else "")
        else:
            instant = sandbox.clock.now() + timedelta(seconds=_number("move_s", value))
    except ValueError:
        raise Refusal(400, "set must be like 2026-11-22T03:15:00+00:00, with an offset") from None
    except OverflowError:
        raise Refusal(400, "move_s is too large") from None
    if not CLOCK_FIRST <= instant <= CLOCK_LAST:
        raise Refusal(400, f"the clock goes from {CLOCK_FIRST:%Y} to {CLOCK_LAST:%Y}")
    return instant


def _faults(sandbox: Sandbox, _: Query) -> Document:
    return dict(sandbox.faults)


def _set_faults(sandbox: Sandbox, wish: Document) -> Document:
    rates = {name: _number(name, rate) for name, rate in wish.items()}
    with _one_line():
        SandboxSettings(faults=rates)
    sandbox.faults = rates
    return dict(rates)


def _churn(sandbox: Sandbox, _: Query) -> Document:
    return dict(sandbox.churn)


def _set_churn(sandbox: Sandbox, wish: Document) -> Document:
    rates = {name: _number(name, rate) for name, rate in wish.items()}
    with _one_line():
        SandboxSettings(churn=rates)
    sandbox.churn = rates
    return dict(rates)


@contextmanager
def _one_line() -> Iterator[None]:
    """What the settings refuse is the caller's bad input."""
    try:
        yield
    except ConfigurationInvalid as fault:
        raise Refusal(400, str(fault)) from None


def _application(sandbox: Sandbox, _: Query) -> Document:
    return {"disabled": sandbox.disabled}


def _set_application(sandbox: Sandbox, wish: Document) -> Document:
    _, value = _only(wish, ("disabled",))
    if not isinstance(value, bool):
        raise Refusal(400, "disabled must be true or false")
    sandbox.disabled = value
    return _application(sandbox, {})


def _settings(sandbox: Sandbox, _: Query) -> Document:
    """As started with, without keys; the quirks that are on with what they do."""
    settings = sandbox.settings
    return {
        "customers": settings.customers,
        "seed": settings.seed,
        "merchant_id": settings.merchant_id,
        "read_only_key": settings.read_only_key,
        "limits": [{"requests": limit.requests, "seconds": limit.seconds} for limit in settings.limits],
        "sliding_window": settings.sliding_window,
        "in_flight_max": settings.in_flight_max,
        "quirks": {name: QUIRKS[name].effect for name in sorted(settings.quirks)},
        "faults": dict(settings.faults),
        "churn": dict(settings.churn),
        "latency_s": settings.latency_s,
        "late_s": settings.late_s,
        "orders": {str(oid): number for oid, number in settings.orders.items()},
        "profiles": settings.profiles,
        "redirects": list(settings.redirects),
        "origins": list(settings.origins),
    }


def _only(wish: Document, names: tuple[str, ...]) -> tuple[str, object]:
    if len(wish) != 1 or next(iter(wish)) not in names:
        raise Refusal(400, f"the body must hold exactly one of {', '.join(names)}")
    return next(iter(wish.items()))


def _mapping(name: str, value: object) -> Document:
    if not isinstance(value, dict):
        raise Refusal(400, f"{name} must be an object")
    return value


def _oid(name: str, value: object) -> int:
    if type(value) is not int:
        raise Refusal(400, f"{name} must be an integer")
    return value


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refusal(400, f"{name} must be a number")
    try:
        return float(value)
    except OverflowError:
        raise Refusal(400, f"{name} is too large") from None


_MUTATIONS: Final[Mapping[str, Callable[[Sandbox, object], Document]]] = MappingProxyType(
    {"insert": _insert, "update": _update, "delete": _delete, "merge": _merge}
)

_READS: Final[Mapping[str, Answer]] = MappingProxyType({
    "counters": _counters,
    "truth": _truth,
    "clock": _clock,
    "faults": _faults,
    "churn": _churn,
    "application": _application,
    "settings": _settings,
    "mail": _mail,
    "my_account": _carts,
})  # fmt: skip

_CHANGES: Final[Mapping[str, Change]] = MappingProxyType({
    "counters/reset": _reset,
    "mutate": _mutate,
    "clock": _turn_clock,
    "faults": _set_faults,
    "churn": _set_churn,
    "application": _set_application,
    "my_account/validate": _validate,
    "orders": _order,
})  # fmt: skip

_OF_ONE: Final[Mapping[str, Callable[[Sandbox, int], Document | None]]] = MappingProxyType({
    "truth": lambda sandbox, oid: sandbox.merchant.truth(oid),
    "my_account": lambda sandbox, oid: sandbox.portal.truth(oid),
})  # fmt: skip
