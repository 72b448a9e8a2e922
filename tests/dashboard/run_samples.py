"""Reports of every kind of run, of an invented merchant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ucsync.model import (
    Backfill,
    By,
    FileEntry,
    Pass,
    PassReport,
    Proof,
    QuotaUse,
    Receipt,
    ScanKind,
)
from ucsync.model.runs import PushFigures, Run, RunReport

NOW = datetime(2026, 11, 23, 3, 20, tzinfo=UTC)
SNAPSHOT = "20261123T031621Z-9f3c21aa"
PUSH = "20261123T093000Z-deadbeef"


def walk(which: Pass = Pass.MAIN, **more: object) -> PassReport:
    """One that is in order."""
    facts: dict[str, object] = {
        "walk": which, "order": "customer_profile_oid", "limit": 200, "pages": 26, "rows": 5025,
        "distinct": 5000, "repairs": 1, "total_first": 5000, "total_last": 5003, "reasons": (),
    }  # fmt: skip
    return PassReport(**{**facts, **more})  # type: ignore[arg-type]  # a table of what the class asks for


def receipt(nights_ago: int = 0, **more: object) -> Receipt:
    """Of an incremental scan, so many nights before the newest."""
    at = NOW - timedelta(days=nights_ago, minutes=4)
    facts: dict[str, object] = {
        "snapshot": SNAPSHOT if nights_ago == 0 else f"{at:%Y%m%dT%H%M%SZ}-0000000{nights_ago:x}",
        "parent": "20261101T031500Z-00000000", "merchant": "shop", "merchant_id": "SHOP",
        "kind": ScanKind.INCREMENTAL, "scan": "20261123T031500Z-abcdef01", "proof": Proof.PROVEN,
        "reasons": (),
        "watermark": at - timedelta(minutes=6), "started_at": at - timedelta(minutes=1), "finished_at": at,
        "rows": 5120 - nights_ago, "inserted": 12 + nights_ago, "updated": 178 - 9 * nights_ago,
        "deleted": nights_ago % 3, "unchanged": 31, "quarantined": 0, "requests": 29, "requests_floor": 25,
        "full_snapshot": "20261101T031500Z-00000000", "full_at": at - timedelta(days=3),
        "fingerprint": "38ef765a09a68ba2", "schema": "6b933144c5b963c5", "version": "0.1.0",
        "passes": (walk(), walk(Pass.CATCH_UP, pages=1, rows=31, distinct=31, repairs=0)),
        "files": (FileEntry(path="customers/part-0.parquet", bytes=974_379, sha256="ab" * 32, rows=5120),),
    }  # fmt: skip
    return Receipt(**{**facts, **more})  # type: ignore[arg-type]  # the same


def run(number: int = 40, exit_code: int | None = 0, **more: object) -> Run:
    """One of a minute."""
    started = NOW - timedelta(days=40 - number, minutes=5)
    ended = None if exit_code is None else started + timedelta(seconds=63.4)
    facts: dict[str, object] = {
        "number": number, "merchant": "shop", "kind": "sync", "started": started, "ended": ended,
        "exit_code": exit_code, "requests": None if exit_code is None else 29, "snapshot": SNAPSHOT,
        "result": "incremental scan proven: 5120 rows, 12 inserted, 178 updated, 0 deleted, 0 set aside",
    }  # fmt: skip
    return Run(**{**facts, **more})  # type: ignore[arg-type]  # the same


def report(**more: object) -> RunReport:
    """Of a sync in a series of nights, in which all is well."""
    told = receipt()
    facts: dict[str, object] = {
        "merchant": "shop", "version": "0.1.0", "made_at": NOW, "run": run(), "is_over": True,
        "why": "only what changed", "notes": (), "told": told, "published": (told,),
        "earlier": tuple(receipt(nights) for nights in range(1, 12)),
        "runs": tuple(run(number, 76 if number == 35 else 0) for number in range(39, 28, -1)),
        "aside": {}, "merged": 0, "kept_pages": 0, "push": None,
        "quota": (
            QuotaUse(requests=1000, seconds=3600, used=29),
            QuotaUse(requests=10_000, seconds=86_400, used=643),
        ),
    }  # fmt: skip
    return RunReport(**{**facts, **more})  # type: ignore[arg-type]  # the same


def failed(
    exit_code: int, result: str = "CallFailed in getCustomers, status 503", **more: object
) -> RunReport:
    """Of a sync that has published nothing."""
    ended = run(exit_code=exit_code, snapshot=None, result=result)
    return report(run=ended, told=receipt(1), published=(), why="", kept_pages=17, **more)


def push(**more: object) -> PushFigures:
    """A push with something of everything."""
    facts: dict[str, object] = {
        "push": PUSH, "state": "ended", "next": f"`ucsync push retry {PUSH}` sends 1 again", "exit_code": 3,
        "planned_at": NOW, "begun_at": NOW + timedelta(minutes=2), "against": SNAPSHOT, "undoes": None,
        "snapshots": (SNAPSHOT,), "touched": 26, "customers": 5120,
        "steps": {
            "update": {"landed": 20, "conflict": 2, "refused": 1, "already": 1}, "merge": {"landed": 2},
        },
        "fields": {"billing.city": {"landed": 18, "conflict": 2}, "tags": {"landed": 7, "refused": 1}},
        "cleared": 1, "equal": 4, "queued": 2, "rejected": 3, "priced": 52, "requests": 44, "transient": 1,
        "halted_by": None, "window_s": (0.42, 1.93),
    }  # fmt: skip
    return PushFigures(**{**facts, **more})  # type: ignore[arg-type]  # the same


def of_push(**more: object) -> RunReport:
    """Of one that was applied."""
    applied = run(kind="push apply", exit_code=3, result="22 landed, 1 already, 1 refused, 2 conflict")
    return replace(report(run=applied, push=push(**more)), why="")


def of_backfill() -> RunReport:
    """Of one that goes on, with rows set aside on the way."""
    held = Backfill(
        backfill="20261122T183535Z-f72d57ed", by=By.OID, newest_first=True, low=None, high=None,
        started_at=NOW - timedelta(hours=9), fingerprint="f", schema="s", total=2_000_000, on_nothing=True,
        reached=1_500_000, windows=3, rows=119_403, requests=604, window_rows=39_801,
    )  # fmt: skip
    shown = [
        receipt(
            place, kind=ScanKind.WINDOW, backfill=held, proof=Proof.UNPROVEN, reasons=(held.lacks,),
            passes=(), full_at=None, full_snapshot=None, quarantined=2 * (place == 0),
            aside=(77, 78) * (place == 0),
        )
        for place in (2, 1, 0)
    ]  # fmt: skip
    ended = run(kind="backfill", exit_code=76, result="paused")
    told, aside = shown[-1], {"billing[].city: longer than 32": 1, "email: no text": 1}
    return report(
        run=ended, told=told, published=tuple(shown), earlier=(), aside=aside, why="", kept_pages=85
    )


EVERY = {
    "sync": report(),
    "first": report(told=receipt(parent=None), published=(receipt(parent=None),), earlier=(), runs=()),
    "unproven": report(
        run=run(exit_code=3), aside={"tags[]: given twice": 3}, merged=2,
        told=(odd := receipt(proof=Proof.UNPROVEN, reasons=("the server's order changes",), quarantined=3)),
        published=(odd,),
    ),
    "failed": failed(69),
    "refused": failed(75, "another run holds this merchant"),
    "nothing": report(run=run(1, 77, requests=1), told=None, published=(), earlier=(), runs=(), quota=None),
    "under way": report(run=run(exit_code=None), is_over=False, published=(), kept_pages=3),
    "killed": report(run=run(exit_code=None), published=()),
    "snapshot": report(run=None),
    "backfill": of_backfill(),
    "push": of_push(),
    "halted": of_push(halted_by="canary", state="halted", exit_code=4, requests=None, window_s=None),
}  # fmt: skip
