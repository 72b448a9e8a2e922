"""`ucsync report`, and `--report` of the runs: what came of one, as a page without anybody's data."""

import json
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import CUSTOMERS, Shop, listing
from tests.cli.crm import Crm, opened
from tests.cli.test_push_apply import movers
from tests.dashboard.test_plan_page import Read
from tests.ward import Ward
from ucsync.dashboard import RUN_PAGE_MARK
from ucsync.store import hold
from ucsync.store.summed import teach_sums


@pytest.fixture(scope="module")
def crm(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    with opened(ward, tmp_path_factory.mktemp("crm") / "shop") as shop:
        yield shop


def text_of(path: Path) -> str:
    page = path.read_text(encoding="utf-8")
    assert page.startswith(RUN_PAGE_MARK)
    return Read(page).text


def personal(shop: Shop) -> set[str]:
    """What customers have told: their names, streets, cities, e-mails of some length."""
    asked = shop.run("sql", "--json", "SELECT email, billing FROM customers LIMIT 60")
    found = re.findall(r'"(?:email|first_name|last_name|address1|city|company)": ?"([^"]{5,})"', asked.out)
    assert len(found) > 60
    return set(found)


def test_the_newest_run_is_told_beside_the_lake(shop: Shop) -> None:
    done = shop.run("report")
    page = shop.lake / "report.html"
    assert (done.code, done.err) == (0, "")
    assert "demo: run 2: Done" in done.out
    assert f"page       {page}" in done.out
    told = text_of(page)
    for words in ("What a sync has come to", "Run 2, begun", "Proven: ", f"{CUSTOMERS + 1:,}"):
        assert words in told
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert list(shop.lake.glob(".*")) == []


def test_its_figures_are_those_of_the_receipts(shop: Shop) -> None:
    told = shop.run("report", "--json", "--out", "report.html").told
    receipts = [json.loads((path / "receipt.json").read_text()) for path in shop.snapshots()]
    assert (told["exit_code"], told["ended_with"], told["file"]) == (0, 0, "report.html")
    assert told["run"]["number"] == 2
    for name in ("snapshot", "rows", "inserted", "updated", "deleted", "requests", "requests_floor", "proof"):
        assert told["snapshot"][name] == receipts[1][name]
    assert told["published"] == [receipts[1]["snapshot"]]
    assert [one["snapshot"] for one in told["earlier"]] == [receipts[0]["snapshot"]]
    assert [one["used"] for one in told["quota"]] == [sum(one["requests"] for one in receipts)] * 2
    tiles = re.findall(
        r'<div class="tile[^"]*"><h2>([^<]*)</h2><strong>([^<]*)</strong>',
        (shop.folder / "report.html").read_text(encoding="utf-8"),
    )
    shown = {name: figure for name, figure in tiles if name != "Took"}
    newest, left = receipts[1], 10_000 - sum(one["requests"] for one in receipts)
    assert shown == {
        "Customers": f"{newest['rows']:,}", "New": f"{newest['inserted']:,}",
        "Changed": f"{newest['updated']:,}", "Gone": "0", "Set aside": "0",
        "Requests": f"{newest['requests']:,}", "Quota left": f"{left:,}",
    }  # fmt: skip


def test_a_run_or_a_snapshot_can_be_named(shop: Shop) -> None:
    first = shop.run("report", "--run", "1", "--json", "--out", "one.html").told
    named = shop.run(
        "report", "--snapshot", first["snapshot"]["snapshot"][:17], "--json", "--out", "two.html"
    )
    assert first["run"]["number"] == 1
    assert first["snapshot"]["kind"] == "full"
    assert (first["earlier"], first["runs"]) == ([], [])
    assert named.code in (0, 2)  # 2: two snapshots of one second
    if named.code == 0:
        assert named.told["run"] is None
        assert "How a snapshot came to be" in text_of(shop.folder / "two.html")
    for wrong in (("--run", "3"), ("--snapshot", "1999"), ("--push", "1999"), ("--run", "1", "--push", "2")):
        assert shop.run("report", *wrong).code == 2
    assert shop.run("report", "nobody").code == 78


def test_it_sends_nothing_locks_nothing_and_writes_but_the_page(shop: Shop) -> None:
    before, seen = listing(shop.folder), shop.requests()
    with hold(shop.folder / "state" / "locks", ["merchant-demo"]), hold(shop.lake, ["run"]):
        assert shop.run("report", "--out", "report.html").code == 0
    after = listing(shop.folder)
    assert after.pop("report.html")
    assert after == before
    assert shop.requests() == seen


def test_nothing_of_a_customer_is_in_it(shop: Shop) -> None:
    assert shop.run("report").code == 0
    page = (shop.lake / "report.html").read_text(encoding="utf-8")
    assert [value for value in personal(shop) if value in page] == []


def test_an_older_report_is_replaced_and_nothing_else_is(shop: Shop) -> None:
    page, mine = shop.folder / "report.html", shop.folder / "mine.html"
    assert shop.run("report", "--out", "report.html").code == 0
    page.write_text(page.read_text(encoding="utf-8") + "older", encoding="utf-8")
    assert shop.run("report", "--out", "report.html").code == 0
    assert not page.read_text(encoding="utf-8").endswith("older")
    mine.write_text("<p>mine</p>", encoding="utf-8")
    done = shop.run("report", "--out", "mine.html")
    assert done.code == 2
    assert "is there already, and is no report" in done.err
    assert mine.read_text(encoding="utf-8") == "<p>mine</p>"
    seen = shop.requests()
    assert shop.run("sync", "--report", "mine.html").code == 2
    assert shop.run("sync", "--report", "nowhere/report.html").code == 2
    assert shop.requests() == seen


def test_without_its_state_the_newest_snapshot_is_told_and_without_a_lake_nothing(shop: Shop) -> None:
    shutil.rmtree(shop.folder / "state")
    told = shop.run("report", "--json").told
    assert (told["run"], told["runs"], told["snapshot"]["rows"]) == (None, [], CUSTOMERS + 1)
    shutil.rmtree(shop.folder / "lake")
    done = shop.run("report")
    assert done.code == 2
    assert "there is no snapshot yet" in done.err
    assert not (shop.folder / "lake").exists()


def test_a_damaged_state_or_receipt_is_said(shop: Shop) -> None:
    first, last = shop.snapshots()
    (last / "receipt.json").write_text("{}", encoding="utf-8")
    assert shop.run("report").code == 0
    assert "is not there, or damaged." in text_of(shop.lake / "report.html")
    (shop.folder / "state" / "ucsync.db").write_bytes(b"no database")
    assert shop.run("report").code == 74  # CURRENT names the damaged one
    done = shop.run("report", "--snapshot", first.name, "--json")
    assert (done.code, done.told["run"], done.told["quota"] is None) == (0, None, False)
    assert "Ucsync.db cannot be read" in text_of(shop.lake / "report.html")


def test_a_run_that_was_killed_is_not_called_done(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.folder / "state" / "ucsync.db", isolation_level=None)) as writer:
        teach_sums(writer)
        begun = "3, 'demo', 'sync', '2099-11-22T12:00:00+00:00', NULL, NULL, NULL, NULL, NULL"
        writer.execute(f"INSERT INTO runs VALUES ({begun})")  # noqa: S608  (a constant)
        told = shop.run("report", "--json").told
        assert (told["run"]["number"], told["over"], told["published"]) == (3, False, [])
        assert "Under way, or killed" in text_of(shop.lake / "report.html")
        begun = begun.replace("3, ", "4, ", 1)
        writer.execute(f"INSERT INTO runs VALUES ({begun})")  # noqa: S608  (a constant)
    assert shop.run("report", "--run", "3", "--json").told["over"] is True
    assert "It was killed, or the machine went down." in text_of(shop.lake / "report.html")


def test_why_rows_were_set_aside_is_counted_without_them(shop: Shop) -> None:
    lines = [
        *({"reason": f"billing[{row}].city: longer than 32", "raw": "Szymańska"} for row in (0, 1)),
        {"reason": "tags: no list"}, {"nothing": "of a reason"},
    ]  # fmt: skip
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (shop.snapshots()[-1] / "quarantine.jsonl").write_text(text, encoding="utf-8")
    told = shop.run("report", "--json").told
    assert told["aside"] == {
        "billing[].city: longer than 32": 2, "tags: no list": 1, "its line in quarantine is damaged": 1,
    }  # fmt: skip
    page = (shop.lake / "report.html").read_text(encoding="utf-8")
    assert "longer than 32" in page
    assert "Szyma" not in page


def test_a_backfill_tells_of_all_its_windows(synced: Shop, tmp_path: Path) -> None:
    shop = Shop(tmp_path, synced.url)
    shop.configure("page_size = 100\n")
    assert shop.run("backfill", "--window-pages", "1", "--report", ".").code == 0
    assert "What a backfill has come to" in text_of(shop.folder / "demo-report.html")
    told = shop.run("report", "--json").told
    receipts = [json.loads((path / "receipt.json").read_text()) for path in shop.snapshots()]
    windows = [one["snapshot"] for one in receipts if one["kind"] == "window"]
    assert len(windows) > 3
    assert (told["run"]["kind"], told["ended_with"]) == ("backfill", 0)
    assert set(windows) <= set(told["published"]) <= {one["snapshot"] for one in receipts}
    for words in ("What a backfill has come to", "Published by it", f"{CUSTOMERS + 1:,}"):
        assert words in text_of(shop.lake / "report.html")


def test_a_run_that_pauses_says_what_is_kept(shop: Shop) -> None:
    shop.configure("requests_per_hour = 1\nreserve_percent = 0\n")
    assert shop.run("sync", "--on-quota", "stop").code == 76
    told = shop.run("report", "--json").told
    assert (told["ended_with"], told["published"]) == (76, [])
    assert "Paused: it can be gone on with" in text_of(shop.lake / "report.html")


def test_a_sync_writes_its_page_whether_it_ends_well_or_not(shop: Shop) -> None:
    done = shop.run("sync", "--full", "--report", "night.html", "--json")
    assert done.code == 0
    told = text_of(shop.folder / "night.html")
    assert done.told["snapshot"] in told
    assert "Why this scan: asked for." in told
    assert shop.run("sync", "--report", "night.html", key="wrong").code == 77
    assert "The key was refused" in text_of(shop.folder / "night.html")
    assert "Unauthorised in getCustomers, status 401." in text_of(shop.folder / "night.html")
    assert shop.run("sync", "--report", "night.html", key=None).code == 78
    assert "did not get as far as its first request" in text_of(shop.folder / "night.html")
    with hold(shop.folder / "state" / "locks", ["merchant-demo"]):
        assert shop.run("sync", "--report", "night.html").code == 75
    assert "Another run was at it; no request was sent" in text_of(shop.folder / "night.html")


def test_several_merchants_get_a_page_each_in_a_folder(shop: Shop) -> None:
    text = (shop.folder / "ucsync.toml").read_text(encoding="utf-8")
    (shop.folder / "ucsync.toml").write_text(text + text.replace("demo", "other", 1), encoding="utf-8")
    (shop.folder / "pages").mkdir()
    done = shop.run("sync", "--report", "one.html")
    assert done.code == 2
    assert "reports of several merchants need a folder" in done.err
    assert shop.run("sync", "--report", "pages").code == 0
    assert sorted(path.name for path in (shop.folder / "pages").iterdir()) == [
        "demo-report.html", "other-report.html",
    ]  # fmt: skip
    assert "full scan" in text_of(shop.folder / "pages" / "other-report.html")


def test_a_push_is_told_by_counts_and_names_of_fields(crm: Crm) -> None:
    rows = movers(crm, 6)
    plan = crm.planned(*rows)["plan"]
    crm.edit(
        int(str(rows[1][0])), billing=[{**crm.truth()[int(str(rows[1][0]))]["billing"][0], "city": "Else"}]
    )
    done = crm.run("push", "apply", plan, "--report", "push.html", "--json")
    assert (done.code, done.told["steps"]["landed"], done.told["steps"]["conflict"]) == (3, 5, 1)
    told = text_of(crm.folder / "push.html")
    for words in (plan, "billing.city", "1 step is in conflict", "Run "):
        assert words in told
    page = (crm.folder / "push.html").read_text(encoding="utf-8")
    assert "Newtown" not in page
    assert [value for value in personal(crm) if value in page] == []
    document = crm.run("report", "--push", plan[:20], "--json", "--out", "again.html").told
    assert document["push"]["fields"] == {"billing.city": {"landed": 5, "conflict": 1}}
    assert document["push"]["requests"] == done.told["requests"]
    assert document["push"]["snapshots"] == [done.told["snapshot"]]
    newest = crm.run("report", "--json", "--out", "newest.html").told
    assert (newest["run"]["kind"], newest["push"]["push"]) == ("push apply", plan)


def test_a_push_that_is_refused_at_the_door_has_a_page_and_wrong_names_none(crm: Crm) -> None:
    plan = crm.planned(*movers(crm, 2))["plan"]
    with hold(crm.folder / "state" / "locks", ["merchant-demo"]):
        assert crm.run("push", "apply", plan, "--report", "refused.html").code == 75
    assert "Another run was at it" in text_of(crm.folder / "refused.html")
    assert crm.run("push", "apply", "2099", "--report", "none.html").code == 2
    assert not (crm.folder / "none.html").exists()
    assert crm.run("push", "retry", plan, "--report", "none.html").code == 2
    assert "wrong usage" in text_of(crm.folder / "none.html")
