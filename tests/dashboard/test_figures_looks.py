"""The dashboard as people meet it: on a telephone, in the dark, by keyboard, on paper, in German."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.dashboard.browser import CHROMIUM, Page, browser
from tests.dashboard.figures_seen import at_hand, filtered, opened, tables, tiles, written, wrong_in_charts
from tests.dashboard.figures_shown import Seen
from tests.dashboard.looks import dressed, wrong_with
from tests.dashboard.payloads import COUNT, thousands
from tests.truth import sample_figures, sheet
from ucsync.dashboard.markup import seen
from ucsync.model import Figures, Tier
from ucsync.model.harmless import harmless

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; on Debian `apt-get install chromium` brings it"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        opened.call("Emulation.setTimezoneOverride", timezoneId="UTC")
        opened.call("Emulation.setLocaleOverride", locale="en-US")
        yield opened


@pytest.fixture(scope="module")
def figures() -> Figures:
    return sample_figures(400, tier=Tier.MEDIUM)


@pytest.fixture(scope="module")
def path(figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(figures, tmp_path_factory.mktemp("figures") / "dashboard.html")


@pytest.fixture
def there(page: Page, path: Path) -> Page:
    """The page of many customers, all of them, of whom those are named who have spent most."""
    dressed(page, 1280, "light")
    at_hand(page, path)
    return page


@pytest.fixture
def fresh(page: Page, path: Path) -> Page:
    """The same, just opened: nothing is sorted, and the first rows are listed."""
    dressed(page, 1280, "light")
    opened(page, path)
    return page


@pytest.mark.parametrize(("count", "width"), [(0, 1280), (1, 390), (400, 1280), (400, 390), (400, 320)])
def test_nothing_is_pale_cut_off_or_over_another(page: Page, tmp_path: Path, count: int, width: int) -> None:
    target = written(sample_figures(count, tier=Tier.MEDIUM), tmp_path / "dashboard.html")
    dressed(page, width, "light")
    opened(page, target)
    for scheme in ("light", "dark")[: 1 + (width > 320)]:
        dressed(page, width, scheme)
        assert wrong_with(page) + wrong_in_charts(page) == [], scheme
    assert (page.wrong, page.asked) == ([], [target.as_uri()])


def test_the_judge_of_charts_sees_what_is_wrong(fresh: Page) -> None:
    fresh.ask(
        "document.querySelector('#chart-growth text').setAttribute('transform', 'translate(-90)'),"
        "document.querySelectorAll('#chart-countries text')[1].setAttribute('fill', 'var(--track)')"
    )
    assert [line.split(": ")[1] for line in wrong_in_charts(fresh)] == ["cut", "pale"]
    fresh.open("about:blank")


def test_a_lake_without_customers_says_so_and_offers_no_filters(page: Page, tmp_path: Path) -> None:
    opened(page, written(sample_figures(0), tmp_path / "dashboard.html"))
    shown = "[...document.querySelectorAll('h2')].filter((one) => one.checkVisibility())"
    heads = page.ask(f"{shown}.map((one) => one.textContent)")
    assert "The shop has no customer yet." in page.ask("document.body.innerText")
    assert heads[-3:] == ["Snapshots", "Quota of requests", "Where this comes from"]
    assert "Segments" not in heads
    assert not page.ask("document.querySelector('form').checkVisibility()")


@pytest.mark.parametrize(
    ("table", "column", "direction"),
    [("countries", 0, "ascending"), ("countries", 1, "descending"), ("top", 0, "ascending")],
    ids=["names", "numbers", "ids"],
)
def test_a_press_on_a_heading_sorts_and_another_turns_it_round(
    fresh: Page, table: str, column: int, direction: str
) -> None:
    head = f"document.querySelectorAll('#table-{table} thead th')[{column}]"
    names = [row[column] for row in tables(fresh)[table]]
    names.sort(key=int if names[0].isdecimal() else str, reverse=direction == "descending")
    for way in (direction, "ascending" if direction == "descending" else "descending"):
        fresh.ask(f"{head}.querySelector('button').click()")
        assert fresh.ask(f"{head}.getAttribute('aria-sort')") == way
        assert fresh.ask(f"document.querySelectorAll('#table-{table} [aria-sort]').length") == 1
        assert [row[column] for row in tables(fresh)[table]] == (names if way == direction else names[::-1])


def test_a_press_on_a_country_shows_only_its_customers_and_stays_in_the_address(
    there: Page, figures: Figures
) -> None:
    press = (
        "[...document.querySelectorAll('#table-countries tbody button')]"
        ".find((one) => one.textContent === 'Germany').click()"
    )
    there.ask(press)
    assert there.ask("location.hash") == "#country=DE"
    assert tiles(there) == Seen(figures, {"country": "DE"}).tiles()
    assert there.ask("document.querySelector('#changes .limits').textContent").startswith(
        "Not filtered by country"
    )
    assert not there.ask("document.querySelector('#growth .limits').checkVisibility()")
    there.ask(press)
    assert there.ask("location.hash") == ""
    assert tiles(there) == Seen(figures, {}).tiles()


def test_choosing_and_showing_all_again_are_in_the_address(there: Page, figures: Figures) -> None:
    there.ask(
        "document.getElementById('segment').value = 'New',"
        "document.getElementById('segment').dispatchEvent(new Event('input', { bubbles: true }))"
    )
    assert there.ask("location.hash") == "#segment=New"
    assert tables(there)["growth"] == Seen(figures, {"segment": "New"}).growth()
    there.ask("document.getElementById('all').click(), new Promise((done) => setTimeout(done))")
    assert there.ask("location.hash") == ""
    assert tiles(there) == Seen(figures, {}).tiles()


def test_every_control_can_be_reached_by_keyboard_in_the_order_of_the_page(fresh: Page) -> None:
    every = (
        "[...document.querySelectorAll('a, button, select, input')].filter((one) => one.checkVisibility())"
    )
    fresh.ask(f"window.every = {every}, document.activeElement.blur()")
    reached = []
    for _ in range(fresh.ask("every.length")):
        for kind in ("keyDown", "keyUp"):
            fresh.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(fresh.ask("every.indexOf(document.activeElement)"))
        assert fresh.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == list(range(len(reached)))


def test_keys_choose_and_sort(fresh: Page) -> None:
    fresh.ask("document.querySelector('#table-countries thead button').focus()")
    for kind in ("keyDown", "keyUp"):
        fresh.call(
            "Input.dispatchKeyEvent",
            type=kind,
            key="Enter",
            code="Enter",
            windowsVirtualKeyCode=13,
            text="\r",
        )
    assert fresh.ask("document.querySelector('#table-countries th').getAttribute('aria-sort')") == "ascending"
    fresh.ask("document.querySelector('nav a[href=\"#segments\"]').click()")
    assert fresh.ask("[document.activeElement.textContent, location.hash]") == ["Segments", ""]


def downloaded(page: Page, table: str, folder: Path) -> tuple[str, list[dict[str, str]]]:
    """The file that a press on its button gives: its name and its rows."""
    file = page.download(f"document.querySelector('[data-table={table}] .save').click()", folder)
    return file.name, list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))


def test_a_table_goes_into_a_file_as_it_is_filtered_and_sorted(
    fresh: Page, figures: Figures, tmp_path: Path
) -> None:
    filtered(fresh, {"segment": "Champions"})
    fresh.ask("document.querySelectorAll('#table-countries thead button')[4].click()")
    name, rows = downloaded(fresh, "countries", tmp_path)
    expected = Seen(figures, {"segment": "Champions"})
    assert name == "shop-countries-20261122-filtered.csv"
    assert list(rows[0]) == ["country", "customers", "part", "buyers", "revenue", "each"]
    spent = [expected.sum("revenue_e4", country=row["country"]) for row in rows]
    assert [row["revenue"] for row in rows] == [f"{Decimal(e4).scaleb(-4):.4f}" for e4 in spent]
    assert spent == sorted(spent, reverse=True)
    assert {row["country"] for row in rows} == set(expected.by_country())
    assert (fresh.wrong, [one for one in fresh.asked if not one.startswith(("file:", "blob:"))]) == ([], [])


def test_a_file_has_all_rows_though_the_first_are_listed(
    fresh: Page, figures: Figures, tmp_path: Path
) -> None:
    _, rows = downloaded(fresh, "syncs", tmp_path)
    assert (
        len(rows)
        == figures.syncs.rows
        > fresh.ask("document.querySelectorAll('#table-syncs tbody tr').length")
    )
    assert [row["at"] for row in rows[::-1]] == list(figures.syncs.values[1])


def of_texts(texts: list[str]) -> Figures:
    """Figures that hold these wherever a text can stand."""
    plain = sample_figures(30, tier=Tier.MEDIUM)
    some = texts[:40]
    return replace(
        plain,
        merchant=texts[0],
        proof="unproven",
        reasons=tuple(some),
        segments=sheet(("segment", "meaning"), [(text, text) for text in some]),
        cube=sheet(plain.cube.columns, [
            ("2026-01", text[:2], text, 1, *(1 for _ in plain.cube.columns[4:])) for text in some
        ]),
        regions=sheet(plain.regions.columns, [(text[:2], text, 9, 9, 10_000) for text in texts]),
        tiers=sheet(plain.tiers.columns, [(text, 1, 1) for text in some]),
        quality=sheet(plain.quality.columns, [(text, text, 1) for text in some]),
        syncs=sheet(plain.syncs.columns, [
            (text, "2026-11-22T00:00:00Z", text, text, 1, 1, 1, 1, 1) for text in some
        ]),
        top=sheet(plain.top.columns, [
            (place, text, text, 1, 10_000, "2026-11-20", text, text) for place, text in enumerate(some)
        ]),
    )  # fmt: skip


def test_texts_that_mean_harm_do_none_in_the_page_or_in_its_files(page: Page, tmp_path: Path) -> None:
    texts = [text for text in thousands() if text][: COUNT // 4]
    figures = of_texts(texts)
    target = written(figures, tmp_path / "harm.html")
    dressed(page, 1280, "light")
    opened(page, target)
    assert page.ask("document.title") == "Customers of " + " ".join(seen(texts[0]).split())
    assert page.ask("[document.scripts.length, location.hash]") == [4, ""]
    foreign = (
        "img,iframe,math,base,object,embed,link,svg script,foreignObject,"
        "[onerror],[onload],[onfocus],[onmouseover],[srcdoc],[autofocus]"
    )
    assert page.ask(f"document.querySelectorAll({foreign!r}).length") == 0
    listed = tables(page)
    assert [row[0] for row in listed["regions"]] == [seen(text) for text in texts]
    assert [row[1] for row in listed["top"]] == [seen(text) for text in texts[:40]]
    _, rows = downloaded(page, "regions", tmp_path)
    assert [row["region"] for row in rows] == [harmless(seen(text)) for text in texts]
    assert len(rows) == len(texts) > 400
    assert page.wrong == []
    assert [address for address in page.asked if not address.startswith(("file:", "blob:"))] == []


def test_numbers_and_dates_read_as_the_reader_writes_them(page: Page, path: Path) -> None:
    dressed(page, 1280, "light")
    page.call("Emulation.setLocaleOverride", locale="de-DE")
    page.call("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    try:
        opened(page, path)
        assert tiles(page)["revenue"][0] == "61.094,09"
        assert tables(page)["countries"][0][2] == "35,3\u00a0%"
        assert tables(page)["syncs"][0][0] == "22.11.2026, 21:00"
    finally:
        page.call("Emulation.setLocaleOverride", locale="en-US")
        page.call("Emulation.setTimezoneOverride", timezoneId="UTC")
        page.open("about:blank")


def test_paper_shows_figures_and_charts_without_controls(there: Page) -> None:
    filtered(there, {"country": "US"})
    there.call("Emulation.setEmulatedMedia", media="print")
    for control in ("nav", ".actions", "#country"):
        assert not there.ask(f"document.querySelector('{control}').checkVisibility()")
    assert there.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert there.ask("document.querySelector('#chart-growth svg').checkVisibility()")
    assert len(there.call("Page.printToPDF")["data"]) > 50_000
    there.call("Emulation.setEmulatedMedia", media="")


def test_a_page_says_how_old_it_is(page: Page, tmp_path: Path) -> None:
    old = replace(sample_figures(1), taken_at=datetime(2020, 2, 3, 4, 5, tzinfo=UTC))
    opened(page, written(old, tmp_path / "dashboard.html"))
    told = page.ask("document.querySelector('header').textContent")
    assert re.search(r"As of Feb 3, 2020, 4:05.AM \([\d,]+ days ago\)", told)
    assert page.ask("document.getElementById('stale').checkVisibility()")
    assert "older than 26.0 hours" in page.ask("document.getElementById('stale').textContent")


def test_a_window_that_is_made_narrow_redraws_its_charts(fresh: Page) -> None:
    dressed(fresh, 320, "light")
    fresh.ask(
        "new Promise((done) => { const charts = [...document.querySelectorAll('.chart svg')];"
        " const look = () => charts.every((chart) => !chart.isConnected || chart.clientWidth < 300)"
        " ? done() : requestAnimationFrame(look); look(); })"
    )
    assert wrong_with(fresh) + wrong_in_charts(fresh) == []
