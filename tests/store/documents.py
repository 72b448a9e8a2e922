"""A snapshot of customers that a test writes down itself."""

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, HEADER, NOTE
from tests.store.shop import NOON
from ucsync.model import Receipt
from ucsync.store.decoding import Decoder
from ucsync.store.lake import Lake
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.staging import Staging


def snapshot_of(
    folder: Path, documents: Sequence[Mapping[str, Any]], rows_part: int = 3
) -> tuple[Lake, Receipt]:
    """The lake and the receipt; every customer was observed at noon."""
    files = QuickFiles()
    lake = Lake(files, folder / "lake")
    staged = Staging(files, folder / "staging").begin(HEADER)
    body = json.dumps({"success": True, "customers": documents}).encode()
    staged.append(replace(NOTE, observed_at=NOON), body)
    oids = [array("q", (document["customer_profile_oid"] for document in documents))]
    receipt = publish(
        lake,
        Reading(staged, oids, Decoder(HEADER.scan), ()),
        replace(DRAFT, started_at=NOON),
        files=files,
        parent=None,
        watch=Watch(now=lambda: NOON, stop=lambda: False, on_rows=lambda _: None),
        rows_part=rows_part,
    )
    return lake, receipt
