"""When the customers of a snapshot signed up: by this their deletions are found."""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import Receipt
from ucsync.store.files import storage
from ucsync.store.lake import Lake
from ucsync.store.parts import int64_view, is_part

#: `signup_dts` is text in the API (fact sheet §2.9); what is written otherwise has no place in a window.
_INSTANT: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"


def signups(lake: Lake, receipt: Receipt) -> tuple[Any, Any]:
    """Epoch seconds and oids of those customers of a snapshot that have an instant of sign-up.

    Returns:
        Two sequences of one length, by instant and then oid.

    Raises:
        StorageFailed: a part is missing or cannot be read.
    """
    folder = lake.path_of(receipt.snapshot)
    tables = []
    with storage("reading the instants of sign-up"):
        for entry in filter(is_part, receipt.files):
            columns = ["customer_profile_oid", "signup_dts"]
            tables.append(pq.ParquetFile(folder / entry.path).read(columns=columns, use_threads=False))
    if not tables:
        return (), ()
    every = pa.concat_tables(tables)
    told = every.filter(pc.match_substring_regex(every["signup_dts"], _INSTANT))
    seconds = told["signup_dts"].cast(pa.timestamp("s", "UTC")).cast(pa.int64())
    oids = told["customer_profile_oid"].cast(pa.int64())
    found = pa.table({"second": seconds, "oid": oids})
    found = found.sort_by([("second", "ascending"), ("oid", "ascending")]).combine_chunks()
    return tuple(int64_view(_joined(found[name])) for name in ("second", "oid"))  # type: ignore[return-value]  # two names, two views


def _joined(column: Any) -> Any:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
