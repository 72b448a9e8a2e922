"""`ucsync plan backfill`: requests, days and the end, before a request; and how a backfill shows itself."""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from tests.cli.conftest import CUSTOMERS, Shop, listing
from ucsync.cli.backfill_words import DAYS_SHOWN
from ucsync.cli.progress import Bars
from ucsync.flow.progress import BackfillProgress


@pytest.fixture
def empty(synced: Shop, tmp_path: Path) -> Shop:
    """A shop that was never synced."""
    shop = Shop(tmp_path, synced.url)
    shop.configure()
    return shop


def test_without_a_lake_the_number_is_not_known_and_examples_are_shown(empty: Shop) -> None:
    done = empty.run("plan", "backfill")
    assert done.code == 0
    assert done.out.startswith("demo: backfill by oid, newest first (there is no snapshot yet)\n")
    assert "not known without a request; say --customers N" in done.out
    for size in ("10,000", "100,000", "1,000,000"):
        assert size in done.out
    assert re.search(
        r"nightly +at 03:15 \(assumed; say --nightly-at\), of 1,000,000 customers about", done.out
    )
    assert "of the day's limit" not in done.out
    assert list(empty.folder.iterdir()) == [empty.folder / "ucsync.toml"]


def test_the_days_are_told_beside_the_nightly_runs(empty: Shop) -> None:
    done = empty.run("plan", "backfill", "--customers", "2100000", "--nightly-at", "04:30", "--json")
    told = done.told
    assert told["nightly"]["at"] == "04:30"
    [case] = told["cases"]
    assert (case["customers"], case["requests_floor"], case["windows"]) == (2_100_000, 10_500, 53)
    assert case["requests"] <= 1.02 * case["requests_floor"]
    assert 27 * 3600 < case["seconds"] < 28 * 3600
    days = case["days"]
    assert sum(day["requests"] for day in days) == case["requests"]
    assert sum(day["nightly_requests"] for day in days) in (
        told["nightly"]["requests"], 2 * told["nightly"]["requests"],
    )  # fmt: skip
    assert days[-1]["customers"] == 2_100_000
    assert [day["customers"] for day in days] == sorted(day["customers"] for day in days)
    assert all(0 <= day["quota_used"] <= 0.95 for day in days)
    assert days[-1]["day"] == case["ends_at"][:10]


def test_people_get_a_calendar(empty: Shop) -> None:
    said = empty.run(
        "plan", "backfill", "--customers", "2100000", "--budget", "3000/day", "--nightly-at", "never"
    ).out
    assert "nightly    no runs beside it" in said
    assert "budget     3,000 a day: 0 used, 3,000 left" in said
    assert re.search(r"days +day +requests  nightly +customers  of all  of the day's limit\n", said)
    assert re.search(r"20\d\d-\d\d-\d\d +[\d,]+ +0 +[\d,]+ +\d+ % +\d+ %\n", said)
    assert re.search(r" 2,100,000   100 % ", said)
    assert re.search(r"2,100,000       53    10,\d{3}    10,500  3\.1 days  20\d\d-", said)


def test_a_long_calendar_is_cut_and_one_without_an_end_says_so(empty: Shop) -> None:
    said = empty.run("plan", "backfill", "--customers", "2000000", "--budget", "200/day").out
    assert re.search(r"… \d\d days more; --json has them all\n", said)
    assert len(said.splitlines()) < DAYS_SHOWN + 12
    said = empty.run("plan", "backfill", "--customers", "2000000", "--budget", "20/day").out
    assert "not within a year" in said


def test_what_the_lake_knows_is_told(synced: Shop) -> None:
    seen = synced.requests()
    told = synced.run("plan", "backfill", "--json").told
    assert (told["customers_known_from"], told["goes_on"]) == ("by the current snapshot", False)
    assert told["cases"][0]["customers"] == CUSTOMERS + 1
    part = synced.run("plan", "backfill", "--from", "1000001", "--to", "1000101", "--json").told
    assert part["cases"][0]["customers"] < CUSTOMERS
    assert (part["low"], part["high"]) == (1_000_001, 1_000_101)
    assert synced.requests() == seen


def test_a_plan_writes_nothing(shop: Shop) -> None:
    before = listing(shop.folder)
    assert shop.run("plan", "backfill", "--by", "signup", "--from", "2020-01-01").code == 0
    assert listing(shop.folder) == before


def test_without_a_key_the_cost_is_told_and_the_days_are_not(synced: Shop) -> None:
    done = synced.run("plan", "backfill", key=None)
    assert done.code == 0
    assert "quota not known" in done.out
    [case] = synced.run("plan", "backfill", "--json", key=None).told["cases"]
    assert (case["ends_at"], case["days"], case["requests"] > 0) == (None, None, True)


def test_the_nights_before_tell_when_the_next_ones_are(shop: Shop) -> None:
    """Two syncs on one day are no habit; on two days they are."""
    assert shop.run("plan", "backfill", "--json").told["nightly"]["known_from"] == "assumed; say --nightly-at"
    [first, second] = (snapshot / "receipt.json" for snapshot in shop.snapshots())
    [was], [began] = (re.findall(r'"started_at": ?"([^"]+)"', path.read_text()) for path in (first, second))
    earlier = datetime.fromisoformat(began) - timedelta(days=1)
    first.write_text(first.read_text().replace(was, earlier.isoformat()))
    nightly = shop.run("plan", "backfill", "--json").told["nightly"]
    local = datetime.fromisoformat(began).astimezone()
    assert nightly["known_from"] == "as in the nights before"
    assert nightly["at"][:2] == f"{local:%H}"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--nightly-at", "24:00"), 2, "ucsync: --nightly-at 24:00: no time of day; write one from 00:00 to"),
        (("--from", "2024-01-01"), 2, "ucsync: --from 2024-01-01: a date; say --by modified or --by signup"),
        (("--budget", "many"), 2, "ucsync: --budget many: write how many requests an hour or a day"),
        (("nobody",), 78, "no merchant 'nobody'; there are: demo"),
    ],
)
def test_wrong_input_gets_one_clear_line(
    synced: Shop, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = synced.run("plan", "backfill", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_on_a_terminal_one_bar_goes_over_all_windows_with_the_days_that_are_left() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=150)
    columns = (TextColumn("{task.description} | {task.completed}/{task.total} | {task.fields[detail]}"),)
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        bars = Bars(progress, "shop")

        def last() -> list[str]:
            return [str(columns[0].render(task)) for task in progress.tasks]

        bars.on_wait(datetime(2026, 11, 22, 3, tzinfo=UTC))
        assert last() == ["shop | 0/None | waiting for quota until 03:00:00 UTC"]
        ends_at = datetime.now(UTC) + timedelta(days=2, hours=12, seconds=5)
        told = BackfillProgress(3, 53, 81_000, 2_100_000, 409, ends_at)
        bars.on_backfill(told)
        until = f"{ends_at:%Y-%m-%d %H:%M} UTC"
        assert last() == [
            f"shop: window 3 of 53 | 81000/2100000 | 409 requests, 2.5 days left, until {until}"
        ]
        bars.on_rows(40_000)
        assert last()[1].startswith("shop: publishing | 40000/")
        bars.on_turn()
        assert last()[0].endswith("| another run goes first")
        bars.on_outage(
            datetime(2026, 11, 22, 3, 5, tzinfo=UTC), "ConnectionLost in getCustomers, status none"
        )
        assert last()[0].endswith(
            "| ConnectionLost in getCustomers, status none; tried again at 03:05:00 UTC"
        )
        bars.on_backfill(BackfillProgress(54, 53, 2_100_100, 2_100_000, 10_600, None))
        assert last() == ["shop: window 54 of 54 | 2100100/2100100 | 10600 requests"]
