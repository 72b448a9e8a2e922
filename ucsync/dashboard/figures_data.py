"""Figures as the script of a page reads them: JSON that is short, and that no markup can grow out of."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from ucsync.dashboard.markup import seen
from ucsync.model.figures import Figures, Sheet

_RUN_MIN: Final = 3  # `[0,3]` is no longer than `0,0,0`

#: What a parser of HTML would look at within a script; JSON holds these signs in texts only.
_SIGNS: Final = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def figures_data(figures: Figures) -> str:
    """All of it, for an element `<script type="application/json">`.

    A column of a sheet is a list of its cells, in which a run of equal ones is `[cell, times]`; one of
    texts is `{"words": […], "places": […]}`, with places in the words.
    """
    told: dict[str, Any] = {
        "merchant": seen(figures.merchant),
        "snapshot": figures.snapshot,
        "taken_at": figures.taken_at.isoformat(),
        "stale_after_h": figures.stale_after_h,
        "customers": figures.customers,
    }
    sheets = ("cube", "segments", "regions", "tiers", "changes", "syncs", "quality", "top")
    told |= {name: _sheet(getattr(figures, name)) for name in sheets}
    return json_data(told)


def json_data(value: Any) -> str:
    """Any value as JSON that can stand in an element `script`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_SIGNS)


def _sheet(sheet: Sheet) -> dict[str, Any]:
    return {"columns": sheet.columns, "values": [_column(values) for values in sheet.values]}


def _column(values: Sequence[str | int | bool | None]) -> Any:
    if not any(isinstance(value, str) for value in values):
        return list(_runs(values))
    kept = [(type(value), value) for value in values]  # else true would be 1
    places = {key: place for place, key in enumerate(dict.fromkeys(kept))}
    words = [seen(word) if isinstance(word, str) else word for _, word in places]
    return {"words": words, "places": list(_runs([places[key] for key in kept]))}


def _runs(values: Iterable[Any]) -> Iterable[Any]:
    for (_, value), held in groupby(values, key=lambda value: (type(value), value)):
        times = sum(1 for _ in held)
        if times >= _RUN_MIN:
            yield [value, times]
        else:
            yield from [value] * times
