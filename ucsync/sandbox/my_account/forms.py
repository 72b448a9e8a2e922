"""What a body must be before anything is done with it, by the rules of its row.

Written without a look at the client's own rules, so that both can be wrong only independently. A message
holds names and positions, never a value.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.visit import Visit
from ucsync.sandbox.reply import Document, Refusal
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.my_account.operations import Body

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_ENDS: Final = {Kind.INT32: 2**31, Kind.INT64: 2**63}
_LINES: Final = ("address1", "address2")
_LINE_MAX: Final = 50  # of the portal's own input fields
#: The id of a record's own by its model; and the portal's other spelling of one of them.
_OWN_IDS: Final = {
    "Address": "id",
    "Case": "caseOid",
    "CaseMessage": "caseMessageOid",
    "CreditCard": "id",
    "MyAccount": "customerProfileId",
    "WishlistItem": "wishlistOid",
}
_ALIASES: Final = ("customerProfileOid",)
_FRESH: Final = (None, 0, -1, "0", "-1")  # what the portal sends for a record that is yet to be


def filled(office: Office, visit: Visit) -> Document:
    """The body of a visit, checked: what its row takes, integers as integers whether sent so or as text.

    Names that the model has not are let through and forgotten, and so is what the row does not take, but for
    its kind: a typed deserialiser reads it all the same. A null stays; a blank text too.

    Raises:
        Refusal: 400, naming the field.
    """
    body = visit.operation.body
    if body is None or body.model is None:
        raise TypeError(f"{visit.operation.operation_id} takes no object")
    if not isinstance(visit.body, Mapping):
        raise Refusal(400, f"{body.name} must be an object.")
    read = _read(office.shop.settings, body.model, visit.body, body.name, frozenset(body.takes))
    _check_ids(office, visit, body, body.model, read)
    for name in body.required:
        if _is_blank(read.get(name)):
            raise Refusal(400, f"{body.name}.{name} is missing and is required.")
    return {name: read[name] for name in body.takes if name in read}


def _read(
    settings: SandboxSettings, model: Model, sent: Mapping[str, Any], path: str, kept: frozenset[str] | None
) -> Document:
    """Every field of the model that was sent; `kept` are those whose bounds count, None for all but the
    server's own."""
    return {
        name: _value(
            settings,
            field,
            sent[name],
            f"{path}.{name}",
            name in kept if kept is not None else not field.read_only,
        )
        for name, field in model.fields.items()
        if name in sent
    }


def _value(settings: SandboxSettings, field: Field, held: Any, path: str, kept: bool) -> Any:
    if held is None:
        return None
    value = _of_kind(settings, field, held, path)
    if not kept:
        return value
    if isinstance(value, str):
        return _fitted(settings, field, value, path)
    if field.minimum is not None and value < field.minimum:
        raise Refusal(400, f"{path} is below {field.minimum}.")
    if field.maximum is not None and value > field.maximum:
        raise Refusal(400, f"{path} is above {field.maximum}.")
    return value


def _of_kind(settings: SandboxSettings, field: Field, held: Any, path: str) -> Any:
    """The value as its kind has it. Raises Refusal for another kind."""
    if field.kind in (Kind.TEXT, Kind.INSTANT):
        # The portal itself sends -1 for the one id that its page calls a text.
        right = isinstance(held, str) or (field.name == "customerProfileId" and type(held) is int)
    elif field.kind in _ENDS:
        return _integer(held, _ENDS[field.kind], path)
    elif field.kind is Kind.NUMBER:
        right = type(held) is int or isinstance(held, Decimal)
    elif field.kind is Kind.FLAG:
        right = isinstance(held, bool)
    elif field.kind is Kind.ARRAY:
        return _list(settings, field, held, path)
    else:
        right = isinstance(held, Mapping)
        if right and field.model is not None:
            return _read(settings, field.model, held, path, None)
    if not right:
        raise Refusal(400, f"{path} is not {field.kind.value}.")
    return held


def _list(settings: SandboxSettings, field: Field, held: Any, path: str) -> list[Any]:
    if not isinstance(held, list):
        raise Refusal(400, f"{path} is not a list.")
    element = Field(field.name, field.item or Kind.OBJECT, model=field.model)
    if any(row is None for row in held):
        raise Refusal(400, f"{path} holds a null.")
    return [_value(settings, element, row, f"{path}[{place}]", True) for place, row in enumerate(held)]


def _integer(held: Any, end: int, path: str) -> int:
    """A number without a fraction, or a text that is one; the zero length text the parser cannot read."""
    number = int(held) if isinstance(held, str) and _INTEGER.fullmatch(held) else held
    if type(number) is not int or not -end <= number < end:
        raise Refusal(400, f"{path} is not an integer.")
    return number


def _fitted(settings: SandboxSettings, field: Field, text: str, path: str) -> str:
    """A text within its length and among its choices. Raises Refusal."""
    longest = field.max_length
    if field.name in _LINES and settings.has("account-lines-50"):
        longest = _LINE_MAX
    if longest is not None and units(text) > longest:
        if not settings.has("account-cut"):
            raise Refusal(400, f"{path} is longer than {longest} characters.")
        text = _cut(text, longest)
    if field.min_length is not None and 0 < units(text) < field.min_length:
        raise Refusal(400, f"{path} is shorter than {field.min_length} characters.")
    if field.choices and field.name != "cardType" and text not in field.choices:
        raise Refusal(400, f"{path} is not one of {', '.join(field.choices)}.")
    return text


def units(text: str) -> int:
    """Length as Java counts it."""
    return sum(2 if character > "\uffff" else 1 for character in text)


def _cut(text: str, longest: int) -> str:
    while units(text) > longest:
        text = text[:-1]
    return text


def _check_ids(office: Office, visit: Visit, body: Body, model: Model, read: Document) -> None:
    """Ids are the server's to give: none may be made up, and that of the path may not be contradicted."""
    own = _OWN_IDS.get(model.name)
    if not body.inserts:
        in_path = visit.path.get(own or "")
        if in_path is not None and read.get(str(own)) not in (None, int(in_path)):
            raise Refusal(400, f"{body.name}.{own} is not that of the path.")
        return
    right = {*_FRESH, "", office.shop.settings.merchant_id, visit.customer, str(visit.customer)}
    for name, field in model.fields.items():
        assigned = field.assigned or name in (own, *_ALIASES)
        if assigned and read.get(name) not in (_FRESH if name == own else right):
            raise Refusal(400, f"{body.name}.{name} is for the server to assign.")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
