"""Fields of a newer server: kept and compared, though nobody here knows what they are."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ucsync.ultracart.fields import Model

#: Of a record: what its model does not have, values by path (`billing[0].floor`). A row of a snapshot has it
#: under the same name, as JSON.
EXTRAS: Final = "_extras"

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def beyond(model: Model, document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """What a model does not have of a document, at every depth that it has, by paths as the lake writes them.

    Args:
        model: of the document.
        document: as it was answered.
        path: where it stands.
    """
    for name, held in document.items():
        place = f"{path}.{name}" if path else name
        if not _PLAIN.fullmatch(name):
            place = f"{path}[{json.dumps(name, ensure_ascii=False)}]"
        field = model.fields.get(name)
        if field is None:
            yield place, held
        elif field.model is not None and isinstance(held, list):
            for index, row in enumerate(held):
                yield from beyond(field.model, row or {}, f"{place}[{index}]")
        elif field.model is not None:
            yield from beyond(field.model, held or {}, place)


def parts_beyond(record: Mapping[str, Any]) -> set[str]:
    """The names of a record's parts that hold such a field."""
    paths = record.get(EXTRAS, ())
    return {re.split(r"[.\[]", path)[0] for path in paths if re.match(r"\w+[.\[]", path)}


def differing_beyond(
    record: Mapping[str, Any], other: Mapping[str, Any], without: set[str]
) -> Iterator[tuple[str, Any, Any]]:
    """Path and both values of each such field that two records do not have alike; null is nothing.

    Args:
        record, other: of one customer.
        without: parts that are passed over.
    """
    ours, theirs = record.get(EXTRAS, {}), other.get(EXTRAS, {})
    for path in sorted(ours.keys() | theirs.keys()):
        pair = (ours.get(path), theirs.get(path))
        if pair[0] != pair[1] and re.split(r"[.\[]", path)[0] not in without:
            yield path, *pair
