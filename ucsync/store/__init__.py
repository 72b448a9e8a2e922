"""Durable things: files written once, staged pages, snapshots, the state that outlives a run.

Owns the layout on disk, the order of writes and fsyncs, and decoding to Arrow. Never sends requests or
reads an answer's status; what a page means is decided by those who hand it in. Words: a part is one
Parquet file of a snapshot's full state; what cannot be decoded is set aside, in quarantine.
"""

from ucsync.model.runs import Run
from ucsync.store.agreement import disagreeing
from ucsync.store.allocation import use_system_allocator
from ucsync.store.database import Database
from ucsync.store.decoding import Decoder
from ucsync.store.files import DiskFiles, Files
from ucsync.store.lake import Lake
from ucsync.store.locks import hold, is_held
from ucsync.store.memory import recall, remember
from ucsync.store.parts import in_order
from ucsync.store.parts import missing as missing_from
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.quota_book import QuotaBook
from ucsync.store.runs import begin_run, end_run, last_runs
from ucsync.store.schema import SCHEMA_ID
from ucsync.store.signups import signups
from ucsync.store.staging import StagedScan, Staging

__all__ = [
    "SCHEMA_ID",
    "Database",
    "Decoder",
    "DiskFiles",
    "Files",
    "Lake",
    "QuotaBook",
    "Reading",
    "Run",
    "StagedScan",
    "Staging",
    "Watch",
    "begin_run",
    "disagreeing",
    "end_run",
    "hold",
    "in_order",
    "is_held",
    "last_runs",
    "missing_from",
    "publish",
    "recall",
    "remember",
    "signups",
    "use_system_allocator",
]
