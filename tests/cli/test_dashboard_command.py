"""`ucsync dashboard`: the page in a file, and live on this machine."""

import json
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from signal import SIGINT, SIGTERM
from urllib.parse import urlsplit

import pytest

from tests.cli.conftest import CUSTOMERS, Shop, listing
from tests.dashboard.browser import CHROMIUM, browser
from tests.ward import Patient, Ward
from ucsync.model import Tier
from ucsync.store import DiskFiles
from ucsync.store.written import Written, Wrote


def test_the_page_lies_beside_the_lake_for_its_owner_only(shop: Shop) -> None:
    seen = shop.requests()
    done = shop.run("dashboard", "build", "--json")
    page = shop.lake / "dashboard.html"
    assert (done.code, done.err) == (0, "")
    assert done.told == {
        "merchant": "demo", "tier": "standard", "snapshot": shop.snapshots()[-1].name,
        "customers": CUSTOMERS + 1, "path": str(page), "bytes": page.stat().st_size, "exit_code": 0,
    }  # fmt: skip
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert shop.requests() == seen
    [entry] = Written(DiskFiles(), shop.folder / "state" / "written" / "demo").entries()
    assert (entry.path, entry.deed.what, entry.deed.tier) == (page.resolve(), Wrote.DASHBOARD, Tier.STANDARD)


def test_at_standard_nobody_is_in_it_and_at_medium_it_is_another_file(shop: Shop) -> None:
    assert shop.run("dashboard", "build").code == 0
    assert "@" not in data_of((shop.lake / "dashboard.html").read_text(encoding="utf-8"))
    done = shop.run("dashboard", "build", "--tier", "medium")
    assert f"page       {shop.lake / 'dashboard-medium.html'}" in done.out
    assert "@" in data_of((shop.lake / "dashboard-medium.html").read_text(encoding="utf-8"))


def data_of(page: str) -> str:
    [data] = re.findall(r'id="figures-data">(.*?)</script>', page)
    return str(data)


def test_a_page_of_ours_is_replaced_and_no_other_file(shop: Shop) -> None:
    ours, theirs = shop.folder / "page.html", shop.folder / "notes.html"
    theirs.write_text("mine", encoding="utf-8")
    for _ in range(2):
        assert shop.run("dashboard", "build", "--out", "page.html").code == 0
    assert ours.read_text(encoding="utf-8").startswith("<!doctype html>")
    before = listing(shop.folder)
    refused = shop.run("dashboard", "build", "--out", "notes.html")
    assert refused.code == 4
    assert "there already" in refused.err
    assert shop.run("dashboard", "build", "--out", "nowhere/page.html").code == 2
    assert listing(shop.folder) == before


def test_without_a_snapshot_there_is_no_page(shop: Shop) -> None:
    shutil.rmtree(shop.lake)
    done = shop.run("dashboard", "build")
    assert done.code == 2
    assert "no snapshot" in done.err
    assert not list(shop.folder.rglob("*.html"))


@contextmanager
def served(ward: Ward, shop: Shop, *options: str) -> Iterator[tuple[Patient, str]]:
    """`ucsync dashboard serve`, and its address."""
    patient = ward.ucsync("dashboard", "serve", "--port", "0", *options, folder=shop.folder)
    found = re.search(r"http://\S+/", patient.line_with(" at http"))
    assert found is not None
    try:
        yield patient, found.group()
    finally:
        patient.send(SIGTERM)
        if not patient.err.closed:
            patient.end()


def asked(address: str, path: str = "", host: str | None = None) -> tuple[HTTPResponse, str]:
    """The answer, and its text."""
    where = urlsplit(address)
    assert (where.hostname, where.port is None) == ("127.0.0.1", False)
    with closing(HTTPConnection("127.0.0.1", where.port or 0, timeout=30)) as line:
        line.request("GET", where.path + path, headers={} if host is None else {"Host": host})
        answer = line.getresponse()
        return answer, answer.read().decode()


@contextmanager
def looking(address: str) -> Iterator[HTTPResponse]:
    """What a page is told while it is open, after the first that it is told."""
    where = urlsplit(address)
    with closing(HTTPConnection("127.0.0.1", where.port or 0, timeout=60)) as line:
        line.request("GET", f"{where.path}events")
        with line.getresponse() as news:
            assert news.headers["Content-Type"].startswith("text/event-stream")
            assert news.readline().startswith(b"data: ")
            yield news


def test_it_is_served_to_this_machine_under_its_own_name_and_ends_with_ctrl_c(shop: Shop, ward: Ward) -> None:
    with served(ward, shop) as (patient, address):
        answer, page = asked(address)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        assert json.loads(data_of(page))["customers"] == CUSTOMERS + 1
        assert "new EventSource" in page
        port = urlsplit(address).port
        for host, status in (
            (f"localhost:{port}", 200), ("evil.example", 403), (f"evil.example:{port}", 403),
            ("127.0.0.1.evil.example", 403), ("[::1", 403),
        ):  # fmt: skip
            assert asked(address, host=host)[0].status == status, host
        assert asked(address, "../ucsync.toml")[0].status == 404
        done = ward.done("dashboard", "serve", "--port", str(port), folder=shop.folder)
        assert (done.code, "choose another with --port" in done.err) == (78, True)
        patient.send(SIGINT)
        ended = patient.end()
    assert (ended.code, ended.err.count("\n")) == (0, 1)


def test_who_looks_gets_each_new_snapshot_by_itself(shop: Shop, ward: Ward, tmp_path: Path) -> None:
    with served(ward, shop) as (patient, address), ExitStack() as stack:
        news = stack.enter_context(looking(address))
        page = stack.enter_context(browser(tmp_path / "browser")) if CHROMIUM else None
        if page is not None:
            page.open(f"{address}#country=US")
        shop.control("mutate", {"update": {"customer_profile_oid": 1_000_009, "referral_source": "tv"}})
        assert ward.done("sync", folder=shop.folder, DEMO_KEY="sandbox-key").code == 0
        news.readline()
        newest = shop.snapshots()[-1].name
        assert news.readline().decode().startswith(f"data: {newest}")
        assert json.loads(data_of(asked(address)[1]))["snapshot"] == newest
        if page is not None:
            page.loaded()
            assert page.ask("document.querySelector('h1 code').textContent") == newest
            filters = page.ask("[location.hash, document.getElementById('country').value]")
            assert (filters, page.wrong) == (["#country=US", "US"], [])
            assert {urlsplit(one).netloc for one in page.asked} == {urlsplit(address).netloc}
        patient.send(SIGINT)  # though somebody is still looking
        assert patient.end().code == 0


def test_a_page_that_shows_people_has_an_address_that_nobody_guesses(shop: Shop, ward: Ward) -> None:
    with served(ward, shop, "--tier", "medium") as (_, address):
        path = urlsplit(address).path
        assert re.fullmatch(r"/[\w-]{22}/", path)
        assert asked(address)[0].status == 200
        assert asked(address.replace(path, "/"))[0].status == 404


def test_somebody_who_is_forgotten_is_gone_from_a_page_that_is_served(shop: Shop, ward: Ward) -> None:
    with served(ward, shop, "--tier", "medium") as (_, address), looking(address) as news:
        top = json.loads(data_of(asked(address)[1]))["top"]
        oid, email = top["values"][0][0], top["values"][7]["words"][0]
        assert email in asked(address)[1]
        code = shop.run("forget", str(oid), "--dry-run", "--json").told["confirm"]
        assert shop.run("forget", str(oid), "--confirm", code).code in (0, 3)
        news.readline()
        assert news.readline().decode().startswith(f"data: {shop.snapshots()[-1].name}")
        assert email not in asked(address)[1]


@pytest.mark.parametrize("command", ["build", "serve"])
def test_an_unknown_merchant_is_named(shop: Shop, command: str) -> None:
    done = shop.run("dashboard", command, "nobody")
    assert done.code == 78
    assert "nobody" in done.err
