"""What an update makes of the lists and objects of a customer (fact sheet §4, §10)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ucsync.sandbox.engine.cards import numbered
from ucsync.sandbox.engine.phones import with_e164
from ucsync.sandbox.people.commerce import PRICING_TIERS
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.fields import Field, Model
from ucsync.ultracart.records import OWN_OIDS

_TIER_NAMES: Final = dict(PRICING_TIERS)
_TIER_OIDS: Final = {name: oid for oid, name in PRICING_TIERS}


@dataclass(frozen=True, slots=True)
class Hand:
    """What rows are written with: who is written to, when, and where new oids come from."""

    settings: SandboxSettings
    customer_oid: int
    now_s: int
    new_child_oid: Callable[[], int]


def rows(hand: Hand, field: Field, held: list[Document], sent: list[Document], path: str) -> list[Document]:
    """The rows after `sent` was given for `field`, which holds `held`.

    By default a replacement: a row that names the oid of a held one takes its place and keeps
    nothing of it but what the server assigns; one without an oid is new; the others are gone.

    Raises:
        Refusal: 400, for an oid that the customer has not, a card without its token, a tier that is none.
    """
    model = _model(field)
    own = OWN_OIDS.get(model.name)
    if own is None:
        return _rows_without_oid(hand, field.name, held, sent, path)
    _check_named_once(own, sent, path)
    by_oid = {row[own]: row for row in held}
    append = hand.settings.has("put-array-append")
    written = []
    for place, row in enumerate(sent):
        before = by_oid.get(row.get(own)) if row.get(own) is not None else None
        if before is None and row.get(own) is not None and not hand.settings.has("unknown-child-inserts"):
            raise Refusal(400, f"{path}[{place}].{own} is not one of this customer's.")
        given = numbered(row, before, f"{path}[{place}]") if model.name == "CustomerCard" else row
        written.append(_row(hand, model, own, given, {} if append else before or {}))
    return _default_settled(field.name, _with_others(hand, own, held, written), written)


def fields(hand: Hand, field: Field, held: Document, sent: Mapping[str, Any] | None, path: str) -> Document:
    """The object after `sent` was given for `field`: keys replace, nulls clear, the rest stays.

    A null for the object itself clears every key that can be written.
    """
    model = _model(field)
    writable = [name for name, inner in model.fields.items() if not inner.read_only]
    given = dict.fromkeys(writable) if sent is None else sent
    result = dict(held)
    for name in writable:
        if name not in given:
            continue
        if given[name] is not None and model.fields[name].model is not None:
            inner = f"{path}.{name}"
            result[name] = rows(hand, model.fields[name], held.get(name, []), given[name] or [], inner)
        elif given[name] is not None:
            result[name] = given[name]
        elif sent is None or not hand.settings.has("put-null-ignored"):
            result.pop(name, None)
    if field.name == "privacy" and result != held:
        result["last_update_dts"] = eastern_text(hand.now_s)
    return result


def _check_named_once(own: str, sent: list[Document], path: str) -> None:
    named = [row[own] for row in sent if row.get(own) is not None]
    if len(set(named)) < len(named):
        raise Refusal(400, f"{path} names one {own} twice.")


def _model(field: Field) -> Model:
    if field.model is None:
        raise TypeError(f"{field.name} has no rows or keys of its own")
    return field.model


def _with_others(hand: Hand, own: str, held: list[Document], written: list[Document]) -> list[Document]:
    """The held rows that stay under a quirk, in their places, and the written ones."""
    if not (hand.settings.has("put-array-append") or hand.settings.has("put-array-merge")):
        return written
    anew = {row[own]: row for row in written}
    return [anew.pop(row[own], row) for row in held] + list(anew.values())


def _row(hand: Hand, model: Model, own: str, sent: Document, before: Document) -> Document:
    row = {name: held for name, held in sent.items() if held is not None and name != own}
    kept = {name: held for name, held in before.items() if model.fields[name].read_only}
    row = {**row, **(kept or _assigned(hand, model, own))}
    return with_e164(row, before) if model.name in ("CustomerBilling", "CustomerShipping") else row


def _assigned(hand: Hand, model: Model, own: str) -> Document:
    """What the server gives a new row."""
    now_dts = eastern_text(hand.now_s)
    assigned: Document = {own: hand.new_child_oid()}
    if "customer_profile_oid" in model.fields:
        assigned["customer_profile_oid"] = hand.customer_oid
    if model.name == "CustomerAttachment":
        assigned["upload_dts"] = now_dts
    if model.name == "CustomerLoyaltyLedger":
        assigned |= {"created_by": "API", "created_dts": now_dts}
    return assigned


def _rows_without_oid(
    hand: Hand, name: str, held: list[Document], sent: list[Document], path: str
) -> list[Document]:
    """Tags and pricing tiers: rows that are what they say, each once."""
    rows = [{key: value for key, value in row.items() if value is not None} for row in sent]
    if name == "pricing_tiers":
        rows = [_tier(row, f"{path}[{place}]") for place, row in enumerate(rows)]
    if hand.settings.has("put-array-append") or hand.settings.has("put-array-merge"):
        rows = [*held, *rows]
    return distinct(rows)


def distinct(rows: list[Document]) -> list[Document]:
    """The rows in their order, of equal ones the first."""
    found: list[Document] = []
    seen = set()
    for row in rows:
        mark = tuple(sorted(row.items()))
        if row and mark not in seen:
            seen.add(mark)
            found.append(row)
    return found


def _tier(row: Document, path: str) -> Document:
    """A tier of the merchant's, named by its oid or its name; by both only if they are of one tier."""
    if not row:
        raise Refusal(400, f"{path}.pricing_tier_oid is missing and is required.")
    for name, known in (("pricing_tier_oid", _TIER_NAMES), ("name", _TIER_OIDS)):
        if name in row and row[name] not in known:
            raise Refusal(400, f"{path}.{name} is not a pricing tier.")
    oid = row["pricing_tier_oid"] if "pricing_tier_oid" in row else _TIER_OIDS[row["name"]]
    tier: Document = {"name": _TIER_NAMES[oid], "pricing_tier_oid": oid}
    if row.get("name", tier["name"]) != tier["name"]:
        raise Refusal(400, f"{path}.name is not that pricing tier's.")
    return tier


def _default_settled(part: str, all_rows: list[Document], written: list[Document]) -> list[Document]:
    """Of the rows that claim to be the default address, the first that was written stays it."""
    if part not in ("billing", "shipping"):
        return all_rows
    flag = f"default_{part}"
    claims = [row for row in (*written, *all_rows) if row.get(flag)]
    return [{**row, flag: False} if row.get(flag) and row is not claims[0] else row for row in all_rows]
