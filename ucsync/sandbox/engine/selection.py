"""From what is asked for to the oids of the answer, in order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ucsync.sandbox.engine.filters import WHOLE, Criterion, Window, default_row
from ucsync.sandbox.engine.ordering import Backwards, Fixed, InstantOrder, Listing, Stretch
from ucsync.sandbox.engine.store import Store

_LISTINGS_MAX: Final = 4
_Bounds: TypeAlias = tuple[InstantOrder, int | None, int | None]

#: The instants that a list can be sorted by, and the store's order of each.
INSTANTS: Final = {"signup_dts": "signup", "last_modified_dts": "modified"}


@dataclass(frozen=True, slots=True)
class SortKey:
    """A name of the `_sort` grammar (fact sheet §2.6)."""

    name: str
    descending: bool = False


BY_OID: Final = SortKey("customer_profile_oid")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which customers, in which order; those alike in it come by oid ascending.

    `since` must be met always; of the windows and criteria all, or one of them if `any_of`.
    """

    since: Window | None = None
    windows: tuple[Window, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    any_of: bool = False
    sort: tuple[SortKey, ...] = (BY_OID,)

    @property
    def one_is_enough(self) -> bool:
        """Whether some customers of the answer fail a window or a criterion."""
        return self.any_of and len(self.windows) + len(self.criteria) > 1

    @property
    def needed_windows(self) -> tuple[Window, ...]:
        """The windows that every customer of the answer is in."""
        since = (self.since,) if self.since else ()
        return since if self.one_is_enough else (*since, *self.windows)

    @property
    def only_windows(self) -> bool:
        """Whether `needed_windows` say all."""
        return not self.one_is_enough and not self.criteria


class Selector:
    """Finds listings, and remembers the last few until the state changes, for the pages to come."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered: dict[Selection, Listing] = {}
        self._version = store.version

    def listing(self, selection: Selection) -> Listing:
        """Cheap where an order of the store serves; else every candidate is looked at, once."""
        if self._version != self._store.version:
            self._remembered.clear()
            self._version = self._store.version
        held = self._remembered.get(selection)
        if held is None:
            held = self._ordered(selection)
        return self._remember(selection) if held is None else held

    def _remember(self, selection: Selection) -> Listing:
        held = self._remembered[selection] = Fixed(self._searched(selection))
        if len(self._remembered) > _LISTINGS_MAX:
            del self._remembered[next(iter(self._remembered))]
        return held

    def _ordered(self, selection: Selection) -> Listing | None:
        """The listing straight from an order, when there is one for it."""
        windows, store, first = selection.needed_windows, self._store, selection.sort[0]
        if not selection.only_windows or len(selection.sort) > 1:
            return None
        if first.name in INSTANTS:
            bounds = self._bounds(windows, store.order(INSTANTS[first.name]))
            return Stretch(*bounds, first.descending) if bounds else None
        if windows:
            return None
        if first.name == BY_OID.name:
            return Backwards(store.oids) if first.descending else store.oids
        return store.email_order() if first == SortKey("email") else None

    def _bounds(self, windows: Sequence[Window], order: InstantOrder) -> _Bounds | None:
        """What all the windows leave of an order; None when one of them is over another order."""
        if any(self._store.order(window.attribute) is not order for window in windows):
            return None
        lows = [_low_s(window) for window in windows]
        highs = [window.high_s for window in windows if window.high_s is not None]
        return order, max(lows) if windows else None, min(highs, default=None)

    def _searched(self, selection: Selection) -> list[int]:
        windows = selection.needed_windows
        bounds = self._bounds(windows, self._store.order(windows[0].attribute)) if windows else None
        if bounds is not None and selection.only_windows:
            found = self._inside(*bounds)
        else:
            found = sorted(filter(self._test(selection), self._candidates(selection)))
        for key in reversed(selection.sort):
            if key != BY_OID:
                # sorting is stable, downwards too: what was settled by later keys stays
                found.sort(key=_value(self._store, key.name), reverse=key.descending)
        return found

    def _inside(self, order: InstantOrder, low_s: int | None, high_s: int | None) -> list[int]:
        """Ascending; of most of the customers it is cheaper to leave out the others."""
        first, end = order.between(low_s, high_s)
        if 2 * (end - first) < len(order):
            return sorted(order.oids(first, end))
        outside = {*order.oids(0, first), *order.oids(end, len(order))}
        return [oid for oid in self._store.oids if oid not in outside]

    def _candidates(self, selection: Selection) -> Iterable[int]:
        """At least every customer that fits."""
        if not selection.one_is_enough:
            for criterion in selection.criteria:
                if criterion.places == ("email",) and criterion.match == WHOLE:
                    lookups = (self._store.oids_of_email(str(email)) for email in criterion.values)
                    return {oid for oids in lookups for oid in oids}
        stretches = [self._stretch(window) for window in selection.needed_windows]
        if not stretches:
            return self._store.oids
        order, first, end = min(stretches, key=lambda stretch: stretch[2] - stretch[1])
        return order.oids(first, end)

    def _stretch(self, window: Window) -> tuple[InstantOrder, int, int]:
        order = self._store.order(window.attribute)
        return order, *order.between(_low_s(window), window.high_s)

    def _test(self, selection: Selection) -> Callable[[int], bool]:
        parts: tuple[Window | Criterion, ...] = (*selection.windows, *selection.criteria)
        conditions = [part.test(self._store) for part in parts]
        enough = any if selection.one_is_enough else all
        since = selection.since.test(self._store) if selection.since else None

        def fits(oid: int) -> bool:
            if since is not None and not since(oid):
                return False
            return enough(condition(oid) for condition in conditions)

        return fits


def _low_s(window: Window) -> int:
    """Where a window starts: NO_INSTANT lies before the epoch, and no window holds who lacks the instant."""
    return max(0, window.low_s or 0)


def _value(store: Store, name: str) -> Callable[[int], Any]:
    """What to sort by; customers without it come first."""
    if name == BY_OID.name:
        return lambda oid: oid
    if name == "email":
        return lambda oid: store.email(oid).lower()
    if name == "signup_dts":
        return store.signup_s
    if name == "last_modified_dts":
        return lambda oid: -1 if (at_s := store.modified_s(oid)) is None else at_s
    part, _, field = name.partition(".")
    return lambda oid: _row_value(store.part(oid, part), f"default_{part}", field)


def _row_value(rows: list[dict[str, Any]], default: str, field: str) -> tuple[int, Any]:
    """The value in the default row, or in the first; any case."""
    held = next(iter(default_row(rows, default)), {}).get(field)
    if held is None:
        return (0, 0)
    return (1, held.casefold() if isinstance(held, str) else held)
