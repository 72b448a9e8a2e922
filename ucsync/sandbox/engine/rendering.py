"""From state to answers: documents, envelopes, and the forms that quirks give them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ucsync.sandbox.engine.instants import utc_text
from ucsync.sandbox.engine.ordering import Listing
from ucsync.sandbox.engine.parameters import Paging
from ucsync.sandbox.engine.shop import Call, Shop
from ucsync.sandbox.reply import Document, Refusal, Reply
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.fields import Kind, Model
from ucsync.ultracart.operations import PARTS

# The two instants of the API whose names do not say so (CustomerReviewer).
_INSTANTS: Final = frozenset({"first_review", "last_review"})


def customer(shop: Shop, oid: int, expansions: Iterable[str]) -> Document:
    """The base scalars always, a part only when expanded (fact sheet §3)."""
    document = shop.store.base(oid)
    for name in expansions:
        document[name] = shop.store.part(oid, name)
    return document


def truth(shop: Shop, oid: int) -> Document:
    """A customer with every part."""
    return customer(shop, oid, PARTS)


def envelope(shop: Shop, call: Call, fields: Mapping[str, Any] | None = None) -> Reply:
    """`success`, `metadata` and what is answered (fact sheet §2.3)."""
    metadata: Document = {}
    payload = call.operation.payload
    if payload is not None and not shop.settings.has("no-payload-name"):
        metadata["payload_name"] = payload
    return Reply(200, {"metadata": metadata, "success": True, **(fields or {})})


def empty(shop: Shop) -> Reply:
    """What deletes and merges answer."""
    if shop.settings.has("delete-answers-200"):
        return Reply(200, {"metadata": {}, "success": True})
    return Reply(204)


def page(shop: Shop, call: Call, listing: Listing, paging: Paging, expansions: Sequence[str]) -> Reply:
    """One page of customers with its result_set (fact sheet §2.5)."""
    total, offset = len(listing), paging.offset
    if shop.settings.has("past-end-is-400") and 0 < offset >= total:
        raise Refusal(400, "_offset is past the end.")
    rows = [customer(shop, oid, expansions) for oid in listing.page(offset, paging.limit)]
    reply = envelope(shop, call, {"customers": rows})
    if reply.document is not None and not shop.settings.has("no-result-set"):
        reply.document["metadata"]["result_set"] = _result_set(shop.settings, len(rows), total, paging)
    return reply


def _result_set(settings: SandboxSettings, count: int, total: int, paging: Paging) -> Document:
    end = paging.offset + count
    result_set: Document = {
        "count": count,
        "limit": paging.limit,
        "more": end < total and count > 0,
        "offset": paging.offset,
        "total_records": None if settings.has("no-total") else total,
    }
    if result_set["more"]:
        result_set["next_offset"] = end
    return result_set


def finished(settings: SandboxSettings, model: Model | None, reply: Reply) -> Reply:
    """The reply in the form that the quirks ask for; untouched when there are none of them."""
    document = reply.document
    if document is None:
        return reply
    suffix = "Z" if settings.has("timestamps-z") else "+00:00" if settings.has("timestamps-utc") else None
    if suffix is not None:
        document = _in_utc(document, suffix)
    if settings.has("send-nulls") and model is not None:
        document = _with_nulls(model, document)
    # Of a validation `success` is the answer itself (fact sheet §4), so it stays.
    validation = model is not None and model.name == "EmailVerifyTokenValidateResponse"
    if settings.has("no-success-key") and not validation:
        document = {name: held for name, held in document.items() if name != "success"}
    return reply if document is reply.document else Reply(reply.status, document, reply.headers)


def _in_utc(value: Any, suffix: str) -> Any:
    if isinstance(value, list):
        return [_in_utc(held, suffix) for held in value]
    if isinstance(value, dict):
        return {
            name: utc_text(held, suffix)
            if isinstance(held, str) and (name.endswith("_dts") or name in _INSTANTS)
            else _in_utc(held, suffix)
            for name, held in value.items()
        }
    return value


def _with_nulls(model: Model, document: Mapping[str, Any]) -> Document:
    """Every scalar of the model, at every depth that is there; what is not, as null."""
    filled = dict(document)
    for name, field in model.fields.items():
        held = document.get(name)
        if field.kind in (Kind.ARRAY, Kind.OBJECT):
            if field.model is not None and isinstance(held, list):
                filled[name] = [_with_nulls(field.model, row) for row in held]
            elif field.model is not None and isinstance(held, dict):
                filled[name] = _with_nulls(field.model, held)
        elif held is None and not field.write_only:
            filled[name] = None
    return filled
