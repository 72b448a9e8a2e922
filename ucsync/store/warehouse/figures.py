"""What a dashboard shows, from the marts of a warehouse."""

from collections import Counter
from collections.abc import Sequence
from decimal import Context, Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb

from ucsync.model import Figures, QuotaUse, Sheet
from ucsync.model.figures import NO_COUNTRY, OTHER_COUNTRIES
from ucsync.store.lasting import damaged
from ucsync.store.warehouse.opening import Warehouse, open_warehouse

#: A page stays small whatever is in the lake: the newest, the largest.
_DAYS_MAX: Final = 1100
_SYNCS_MAX: Final = 400
_REGIONS_MAX: Final = 500

_Row: TypeAlias = tuple[Any, ...]
_MONEY: Final = "revenue"
_MONEY_E4: Final = "revenue_e4"
_EXACT: Final = Context(prec=60)

_SEGMENTS: Final = "SELECT segment, meaning FROM segments ORDER BY position"
_CUBE: Final = "FROM mart_cube"
_REGIONS: Final = "SELECT country, region, customers, buyers, revenue FROM mart_geography"
_TIERS: Final = "SELECT tier, customers, points FROM mart_loyalty"
_QUALITY: Final = 'SELECT name AS "check", meaning, customers FROM mart_data_quality'
_CHANGES: Final = """
    SELECT strftime(changes_daily.day, '%Y-%m-%d') AS day, inserted, updated, deleted, merged
    FROM changes_daily ORDER BY changes_daily.day
"""
_SYNCS: Final = """
    SELECT snapshot, strftime(make_timestamp(epoch_us(finished_at)), '%Y-%m-%dT%H:%M:%SZ') AS "at",
        kind, proof, rows, requests, requests_floor, seconds, quarantined
    FROM mart_sync_health
"""
_TOP: Final = """
    SELECT customer_profile_oid, country, segment, order_count AS orders, total AS revenue,
        strftime(make_timestamp(epoch_us(last_order_at)), '%Y-%m-%d') AS last_order
    FROM customer_facts WHERE order_count > 0
    ORDER BY total DESC, customer_profile_oid LIMIT 20
"""
#: Of medium and high: by the address that stands for a customer, chosen as `customer_facts` does.
_PEOPLE: Final = """
    WITH told AS (
        SELECT customer_profile_oid, email, if(
            len(billing) > 0,
            list_transform(billing, lambda row: struct_pack(
                marked := row.default_billing, first_name := row.first_name, last_name := row.last_name,
                company := row.company
            )),
            list_transform(shipping, lambda row: struct_pack(
                marked := row.default_shipping, first_name := row.first_name, last_name := row.last_name,
                company := row.company
            ))
        ) AS rows
        FROM customers WHERE list_contains(?, customer_profile_oid)
    ),
    chosen AS (
        SELECT *, coalesce(list_filter(rows, lambda row: row.marked)[1], rows[1]) AS address FROM told
    )
    SELECT
        customer_profile_oid,
        nullif(coalesce(
            nullif(trim(concat_ws(' ', trim(address.first_name), trim(address.last_name))), ''),
            trim(address.company)
        ), '') AS name,
        nullif(email, '') AS email
    FROM chosen
"""


def read_figures(path: Path, *, stale_after_h: float, quota: tuple[QuotaUse, ...] | None = None) -> Figures:
    """All of one merchant; the same warehouse gives the same figures.

    Args:
        path: of the warehouse.
        stale_after_h: hours after which a snapshot is called stale.
        quota: what is used of it, None where that is not known.

    Raises:
        StorageFailed: there is no warehouse, it is damaged, or of other views than these.
    """
    with open_warehouse(path) as warehouse:
        about = warehouse.about
        try:
            return Figures(
                merchant=about.merchant,
                tier=about.tier,
                snapshot=about.snapshot,
                taken_at=about.taken_at,
                watermark=about.watermark,
                proof=about.proof,
                reasons=about.reasons,
                built_at=about.built_at,
                stale_after_h=stale_after_h,
                customers=about.customers,
                cube=(cube := _cube(warehouse)),
                segments=_sheet(warehouse, _SEGMENTS),
                regions=_regions(warehouse, set(cube.values[1])),
                tiers=_sheet(warehouse, _TIERS),
                changes=_newest(_sheet(warehouse, _CHANGES), _DAYS_MAX),
                syncs=_newest(_sheet(warehouse, _SYNCS), _SYNCS_MAX),
                quality=_sheet(warehouse, _QUALITY),
                top=_top(warehouse),
                quota=quota,
            )
        except duckdb.CatalogException:
            mend = "`ucsync warehouse build` makes it anew"
            raise damaged("the warehouse is of another version of ucsync", mend) from None


def _asked(warehouse: Warehouse, query: str, *values: object) -> tuple[tuple[str, ...], list[_Row]]:
    """Names of the columns, and the rows."""
    found = warehouse.connection.execute(query, values)
    return tuple(column[0] for column in found.description or ()), found.fetchall()


def _sheet(warehouse: Warehouse, query: str) -> Sheet:
    return _by_columns(*_asked(warehouse, query))


def _by_columns(columns: Sequence[str], rows: Sequence[_Row]) -> Sheet:
    """Money in ten-thousandths."""
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    held = tuple(
        tuple(map(_e4, value)) if name == _MONEY else tuple(value)
        for name, value in zip(columns, values, strict=True)
    )
    return Sheet(tuple(_MONEY_E4 if name == _MONEY else name for name in columns), held)


def _e4(amount: Decimal | int) -> int:
    return amount if isinstance(amount, int) else int(amount.scaleb(4, _EXACT))


def _cube(warehouse: Warehouse) -> Sheet:
    """By segment, then country, the largest first, then month, so that neighbours are alike."""
    columns, rows = _asked(warehouse, _CUBE)
    segments = [segment for segment, _ in _asked(warehouse, _SEGMENTS)[1]]
    sizes: Counter[str] = Counter()
    for _, country, _, customers, *_ in rows:
        sizes[country] += customers
    last = (OTHER_COUNTRIES, NO_COUNTRY)
    countries = [*sorted(sizes.keys() - set(last), key=lambda country: (-sizes[country], country)), *last]
    order = {name: place for names in (segments, countries) for place, name in enumerate(names)}
    return _by_columns(columns, sorted(rows, key=lambda row: (order[row[2]], order[row[1]], row[0])))


def _regions(warehouse: Warehouse, shown: set[Any]) -> Sheet:
    """Of the countries of the cube; what is too small to be named is added up."""
    columns, rows = _asked(warehouse, _REGIONS)
    found: dict[tuple[str, str | None], list[Any]] = {}
    for place, (country, region, *sums) in enumerate(rows):
        cell = (country, region) if country in shown else (OTHER_COUNTRIES, None)
        if place >= _REGIONS_MAX:
            cell = (cell[0], None)
        held = found.setdefault(cell, [0] * len(sums))
        found[cell] = [_EXACT.add(Decimal(one), more) for one, more in zip(held, sums, strict=True)]
    added: list[_Row] = [(*cell, *map(int, sums[:-1]), sums[-1]) for cell, sums in found.items()]
    added.sort(key=lambda row: (-row[2], row[0], row[1] is None, row[1] or ""))
    return _by_columns(columns, added)


def _newest(sheet: Sheet, rows_max: int) -> Sheet:
    return Sheet(sheet.columns, tuple(value[-rows_max:] for value in sheet.values))


def _top(warehouse: Warehouse) -> Sheet:
    """Who has spent most; by name where the tier shows people."""
    columns, rows = _asked(warehouse, _TOP)
    if not warehouse.about.tier.shows_people:
        return _by_columns(columns, rows)
    names = {oid: told for oid, *told in _asked(warehouse, _PEOPLE, [row[0] for row in rows])[1]}
    return _by_columns((*columns, "name", "email"), [(*row, *names[row[0]]) for row in rows])
