"""Read some customers of a snapshot from the server again, and compare them field by field."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ucsync.flow.workplace import Workplace
from ucsync.model import Receipt, parse_instant
from ucsync.store.sampling import Sample
from ucsync.ultracart.codec import encode_json


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """What some customers, read again, say of a snapshot.

    Attributes:
        read: so many were asked for, with a request each.
        same: agree in every field.
        changed: were changed on the server after the snapshot began, which is no fault.
        gone: are not on the server any more.
        differing: oids of the others, with the fields that do not agree.
    """

    read: int
    same: int
    changed: int
    gone: tuple[int, ...]
    differing: tuple[tuple[int, tuple[str, ...]], ...]

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "read": self.read,
            "same": self.same,
            "changed": self.changed,
            "gone": list(self.gone),
            "differing": [
                {"customer_profile_oid": oid, "fields": list(told)} for oid, told in self.differing
            ],
        }


async def read_sample(place: Workplace, receipt: Receipt, count: int) -> SampleResult:
    """Read so many customers, spread over the snapshot, one request each.

    Raises:
        Stopped, CallFailed, QuotaSpent: the server was not asked to the end.
        StorageFailed: the snapshot is damaged.
    """
    omit = frozenset[str]() if place.settings.tax_ids else frozenset({"tax_id"})
    start = place.clock.now().microsecond
    sample = Sample(place.lake, receipt, count, start=start, omit=omit)
    same = changed = 0
    gone: list[int] = []
    differing: list[tuple[int, tuple[str, ...]]] = []
    for oid in sample.oids:
        place.stop.check()
        found = await place.stop.unless(place.lister.customer(oid))
        if found is None:
            gone.append(oid)
            continue
        fields = sample.differing(oid, encode_json({"customers": [found]}), place.clock.now())
        if not fields:
            same += 1
        elif _changed_since(found.get("last_modified_dts"), receipt.started_at):
            changed += 1
        else:
            differing.append((oid, tuple(fields)))
    return SampleResult(
        read=len(sample.oids), same=same, changed=changed, gone=tuple(gone), differing=tuple(differing)
    )


def _changed_since(modified: Any, started_at: datetime) -> bool:
    """Instants are told to the second, so the second in which the scan began counts as after it."""
    try:
        return parse_instant(modified) >= started_at.replace(microsecond=0)
    except (TypeError, ValueError):
        return False
