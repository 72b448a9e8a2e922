"""The part ``activity``: e-mail lists, what the customer did lately, and figures about it."""

from typing import Any

from ucsync.sandbox.people.documents import Document, money, present
from ucsync.sandbox.people.draws import Draws, Source, uuid_text
from ucsync.sandbox.people.identity import Lifetime, identity, lifetime_of, place_of
from ucsync.sandbox.people.instants import eastern_text

EMAIL_LISTS = (
    ("5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b01", "Newsletter"),
    ("5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b02", "Wholesale News"),
    ("5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b03", "Thé & Café (français)"),
)
"""(email_list_uuid, name)"""

SEGMENTS = (
    ("9a4e2d10-77b6-4f0b-a3c8-5be1f2a7d401", "Lapsed 12 months"),
    ("9a4e2d10-77b6-4f0b-a3c8-5be1f2a7d402", "Big spenders"),
)
"""(uuid, name)"""

# action, channel, metric, type
_EVENTS = (
    ("open", "email", "Email Opened", "email"),
    ("click", "email", "Email Clicked", "email"),
    ("place", "store", "Placed Order", "order"),
    ("view", "store", "Viewed Item", "page view"),
    ("join", "email", "Joined List", "list"),
)
_SUBJECTS = ("Spring harvest", "Your order is on its way", "お茶の季節", "Nur heute: -15 %")


def activity(source: Source, oid: int) -> Document:
    """What is known of a customer's activity; empty for one in four."""
    draws = source.draws(b"activity", oid)
    if draws[0] % 4 == 0:
        return {}
    own = identity(source, oid)
    lifetime = lifetime_of(own)
    gone, complained = draws[1] % 15 == 0, draws[2] % 150 == 0
    texted = draws[3] % 9 == 0
    last_dts = eastern_text(lifetime.modified_s)
    fields: dict[str, Any] = {
        "activities": [_event(draws, row, lifetime) for row in range(draws[4] % 4)],
        "global_unsubscribed": gone,
        "global_unsubscribed_dts": last_dts if gone else None,
        "memberships": _memberships(draws),
        "metrics": _metrics(draws) if draws[5] % 2 else [],
        "properties_list": [{"name": "country", "value": place_of(own).country}],
        "sms": f"+121255501{draws[3] % 100:02d}" if texted else None,
        "sms_stop": draws[3] % 4 == 0 if texted else None,
        "spam_complaint": complained,
        "spam_complaint_dts": last_dts if complained else None,
    }
    return present(fields)


def _event(draws: Draws, row: int, lifetime: Lifetime) -> Document:
    action, channel, metric, kind = _EVENTS[draws[8 + row] % len(_EVENTS)]
    span_s = lifetime.modified_s - lifetime.signup_s
    return {
        "action": action,
        "channel": channel,
        "metric": metric,
        "storefront_oid": 2_201 + draws[6] % 2,
        "subject": _SUBJECTS[draws[11 + row] % len(_SUBJECTS)],
        "ts": (lifetime.modified_s - span_s * row // 8) * 1000 + draws[14 + row] % 1000,
        "type": kind,
        "uuid": uuid_text(draws, 16 + 4 * row),
    }


def _memberships(draws: Draws) -> list[Document]:
    bits = draws[7]
    joined = [entry for bit, entry in enumerate(EMAIL_LISTS) if bits >> bit & 1]
    rows = [("list", uuid, name) for uuid, name in joined]
    if bits % 5 == 0:
        uuid, name = SEGMENTS[draws[6] % len(SEGMENTS)]
        rows.append(("segment", uuid, name))
    return [{"name": name, "type": kind, "uuid": uuid} for kind, uuid, name in rows]


def _metrics(draws: Draws) -> list[Document]:
    last, prior = draws[29] % 9000, draws[30] % 9000
    return [
        {
            "all_time": money(last + prior + draws[31]),
            "all_time_formatted": f"${money(last + prior + draws[31])}",
            "last_30": money(last),
            "last_30_formatted": f"${money(last)}",
            "name": "Revenue",
            "prior_30": money(prior),
            "prior_30_formatted": f"${money(prior)}",
            "type": "currency",
        }
    ]
