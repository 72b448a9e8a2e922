"""E-mail lists: a fixed catalogue, and who is in which."""

from typing import Final

from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.rendering import envelope
from ucsync.sandbox.engine.shop import Call, Shop, changing_children, path_customer
from ucsync.sandbox.people.activity import EMAIL_LISTS
from ucsync.sandbox.reply import Document, Refusal, Reply

_FURTHER: Final = (
    ("5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b04", "Back in stock"),
    ("5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b05", "Harvest calendar"),
    ("5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b06", "Tasting evenings"),
)
#: (email_list_uuid, name): those the population is in, and some it is not.
CATALOGUE: Final = (*EMAIL_LISTS, *_FURTHER)
_STOREFRONTS: Final = (2_201, 2_202)


def get_customer_email_lists(shop: Shop, call: Call) -> Reply:
    """Every list of every storefront; no customer's own (fact sheet §9)."""
    merchant_id = shop.settings.merchant_id
    rows = [_list(merchant_id, place, uuid, name) for place, (uuid, name) in enumerate(CATALOGUE)]
    return envelope(shop, call, {"lists": rows})


def update_customer_email_lists(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    changes = {name: given for name, given in admitted(shop, call).items() if given is not None}
    joined = _known(shop, changes, "add_to_lists")
    left = _known(shop, changes, "remove_from_lists")
    activity = shop.store.part(oid, "activity")
    changed = {**activity, "memberships": _memberships(activity, joined, left)}
    with changing_children(shop, oid) as record:
        record.parts = {**record.parts, "activity": changed}
    return Reply(200, changes)  # no envelope (fact sheet §2.3)


def _memberships(activity: Document, joined: dict[str, str], left: dict[str, str]) -> list[Document]:
    rows: list[Document] = activity.get("memberships", [])
    held = {row.get("uuid") for row in rows}
    new = [{"name": name, "type": "list", "uuid": uuid} for uuid, name in joined.items() if uuid not in held]
    return [row for row in (*rows, *new) if row.get("uuid") not in left]


def _known(shop: Shop, changes: Document, key: str) -> dict[str, str]:
    """Names by uuid of the lists that were named; whether by uuid or by name is UNKNOWN (§9)."""
    by_name = shop.settings.has("lists-by-name")
    lists = {name if by_name else uuid: (uuid, name) for uuid, name in CATALOGUE}
    for place, named in enumerate(changes.get(key, [])):
        if named not in lists:
            raise Refusal(400, f"list_changes.{key}[{place}] is not an email list.")
    return dict(lists[named] for named in changes.get(key, []))


def _list(merchant_id: str, place: int, uuid: str, name: str) -> Document:
    flow_uuid = uuid.replace("5f0c1b7a", "c2d8e6f1")
    return {
        "allow_csv_download": place % 2 == 0,
        "created_dts": f"2019-0{1 + place}-12T09:30:00-0{5 if place < 2 else 4}:00",
        "deleted": False,
        "email_list_uuid": uuid,
        "member_count": 120 * (place + 1),
        "merchant_id": merchant_id,
        "name": name,
        "public_description": f"{name}, now and then",
        "public_list": place % 3 != 1,
        "storefront_oid": _STOREFRONTS[place % len(_STOREFRONTS)],
        "used_by": [{"email_flow_uuid": flow_uuid, "name": f"Welcome to {name}"}] if place < 2 else [],
    }
