"""What a body must be before anything is done with it, and the form in which it is taken.

Names the API does not know are let through and forgotten: models allow additional properties
(fact sheet §2.3). A message holds names and positions, never a value.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from ucsync.sandbox.engine.instants import kept_text
from ucsync.sandbox.engine.shop import Call, Shop
from ucsync.sandbox.reply import Document, Refusal
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.check import INT32, answer_faults, body_faults, text_length
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.records import OWN_OIDS


def admitted(shop: Shop, call: Call) -> Document:
    """The body of a request, checked.

    Known names only, instants as they are kept, read-only fields gone but for a row's own oid; a
    null stays. CustomerQuery keeps its instants as sent: they are bounds and not kept.

    Raises:
        Refusal: 400, naming the field.
    """
    model, name = call.operation.body, call.operation.body_name
    if model is None or name is None:
        raise TypeError(f"{call.operation.operation_id} takes no body")
    return admit(shop.settings, model, name, call.body)


def admit(settings: SandboxSettings, model: Model, name: str, body: object) -> Document:
    """As `admitted`, for a body of this model under this name."""
    if body is None:
        raise Refusal(400, f"{name} is missing and is required.")
    if not isinstance(body, Mapping):
        raise Refusal(400, f"{name} must be an object.")
    taken = _taken(settings, model, body, name)
    for fault in islice(body_faults(model, _instants_aside(model, taken), name), 1):
        raise Refusal(400, f"{fault.path}: {fault.problem}.")
    return taken


def _taken(settings: SandboxSettings, model: Model, body: Mapping[str, Any], path: str) -> Document:
    taken: Document = {}
    for name, field in model.fields.items():
        if name not in body:
            continue
        if field.read_only:
            _check_read_only(model, field, body[name], path)
            if OWN_OIDS.get(model.name) != name:
                if settings.has("read-only-is-400") and body[name] is not None:
                    raise Refusal(400, f"{path}.{name} is read-only.")
                continue
        taken[name] = _value(settings, model, field, body[name], f"{path}.{name}")
    if model.name == "Customer":
        taken.pop(OWN_OIDS["Customer"], None)
    return taken


def _check_read_only(model: Model, field: Field, held: Any, path: str) -> None:
    """What is ignored (fact sheet §10) is read all the same, by a typed deserialiser: the kind must be right.

    Lengths, choices and the forms of instants are for what is kept, so they are not looked at.
    """
    for fault in islice(answer_faults(model, {field.name: held}, path), 1):
        raise Refusal(400, f"{fault.path}: {fault.problem}.")
    low, high = INT32
    if field.kind is Kind.INT32 and held is not None and not low <= held <= high:
        raise Refusal(400, f"{path}.{field.name}: outside {low} to {high}.")


def _value(settings: SandboxSettings, model: Model, field: Field, held: Any, path: str) -> Any:
    """One value in the form in which it is taken; what is of a wrong kind stays, to be found."""
    if field.kind is Kind.ARRAY and field.model is not None and isinstance(held, list):
        return [
            _taken(settings, field.model, row, f"{path}[{place}]") if isinstance(row, Mapping) else row
            for place, row in enumerate(held)
        ]
    if field.kind is Kind.OBJECT and field.model is not None and isinstance(held, Mapping):
        return _taken(settings, field.model, held, path)
    if isinstance(held, str) and field.kind is Kind.INSTANT and model.name != "CustomerQuery":
        try:
            return kept_text(held, settings)
        except ValueError:
            raise Refusal(400, f"{path} is not a valid date and time.") from None
    if isinstance(held, str) and field.max_length is not None and settings.has("overlong-cut"):
        return _cut(held, field.max_length)
    return held


def _cut(text: str, length: int) -> str:
    while text_length(text) > length:
        text = text[: min(length, len(text) - 1)]
    return text


def _instants_aside(model: Model, taken: Document) -> Document:
    # `body_faults` wants an offset, which the server does not: bounds are checked where they are read.
    if model.name != "CustomerQuery":
        return taken
    return {name: held for name, held in taken.items() if not _is_instant_text(model.fields[name], held)}


def _is_instant_text(field: Field, held: object) -> bool:
    return field.kind is Kind.INSTANT and isinstance(held, str)
