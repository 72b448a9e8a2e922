"""The operations that read customers."""

from collections.abc import Mapping
from typing import Any, Final

from ucsync.sandbox.engine import parameters
from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.filters import ANYWHERE, TEXT_FILTERS, Criterion, criteria_of
from ucsync.sandbox.engine.rendering import customer, envelope, page
from ucsync.sandbox.engine.selection import BY_OID, Selection
from ucsync.sandbox.engine.shop import Call, Shop, email_holders, missing, path_customer
from ucsync.sandbox.reply import Refusal, Reply

_DRAW_DEFAULT: Final = 1
_LENGTH_DEFAULT: Final = 10
_LENGTH_MAX: Final = 200
_SEARCHED: Final = (
    *("email", "billing.first_name", "billing.last_name", "billing.company", "shipping.company"),
)


def get_customer(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    return _one(shop, call, oid)


def get_customer_by_email(shop: Shop, call: Call) -> Reply:
    oids = email_holders(shop, call.path["email"])
    if not call.path["email"] or not oids:
        raise missing(shop, "email")
    return _one(shop, call, oids[0])


def get_customers(shop: Shop, call: Call) -> Reply:
    names = (*TEXT_FILTERS, *_WINDOWS, "pricing_tier_oid")
    filters: dict[str, Any] = {name: text for name in names if (text := call.parameter(name))}
    if "pricing_tier_oid" in filters:
        filters["pricing_tier_oid"] = parameters.integer(filters["pricing_tier_oid"], "pricing_tier_oid")
    return _listed(shop, call, filters, tuple(criteria_of(filters, shop.settings)))


def get_customers_by_query(shop: Shop, call: Call) -> Reply:
    # `query_target` cache and origin read the same state: how stale the cache may be is UNKNOWN.
    query = admitted(shop, call)
    return _listed(shop, call, query, tuple(criteria_of(query, shop.settings)))


def search_customers(shop: Shop, call: Call) -> Reply:
    # The vendor's search reads a cache of UNKNOWN staleness; here it reads the state itself.
    names = ("signup_dts_start", "signup_dts_end")
    filters = {name: text for name in names if (text := call.parameter(name))}
    sought = call.parameter("search_string")
    criteria = (Criterion(_SEARCHED, (sought,), ANYWHERE),) if sought else ()
    return _listed(shop, call, filters, criteria)


def get_customers_for_data_tables(shop: Shop, call: Call) -> Reply:
    """The protocol of the DataTables plugin, from form or query fields; no envelope."""
    length = _field(call, "length", _LENGTH_DEFAULT)
    start = _field(call, "start", 0)
    if not 1 <= length <= _LENGTH_MAX or start < 0:
        raise Refusal(400, f"start or length is out of range; length is 1 to {_LENGTH_MAX}.")
    sought = call.form.get("search[value]") or call.parameter("search[value]")
    criteria = (Criterion(("email",), (sought,), ANYWHERE),) if sought else ()
    listing = shop.selector.listing(Selection(criteria=criteria, sort=(BY_OID,)))
    expansions = parameters.expansions_of(call, shop.settings)
    document = {
        "data": [customer(shop, oid, expansions) for oid in listing.page(start, length)],
        "draw": _field(call, "draw", _DRAW_DEFAULT),
        "recordsFiltered": len(listing),
        "recordsTotal": len(shop.store.oids),
    }
    return Reply(200, document)


_WINDOWS: Final = ("last_modified_dts_start", "last_modified_dts_end", "signup_dts_start", "signup_dts_end")


def _one(shop: Shop, call: Call, oid: int) -> Reply:
    expansions = parameters.expansions_of(call, shop.settings)
    return envelope(shop, call, {"customer": customer(shop, oid, expansions)})


def _listed(shop: Shop, call: Call, filters: Mapping[str, Any], criteria: tuple[Criterion, ...]) -> Reply:
    settings = shop.settings
    paging = parameters.paging_of(call, settings)
    windows = (
        parameters.window_of(
            attribute, name, filters.get(f"{name}_start"), filters.get(f"{name}_end"), settings
        )
        for attribute, name in (("modified", "last_modified_dts"), ("signup", "signup_dts"))
    )
    selection = Selection(
        since=parameters.since_of(call, settings),
        windows=tuple(window for window in windows if window is not None),
        criteria=criteria,
        any_of=settings.has("filters-any"),
        sort=parameters.sort_of(call, settings),
    )
    expansions = parameters.expansions_of(call, settings)
    return page(shop, call, shop.selector.listing(selection), paging, expansions)


def _field(call: Call, name: str, default: int) -> int:
    text = call.form.get(name) or call.parameter(name)
    return parameters.integer(text, name) if text else default
