"""The dashboard in a real browser: every figure is the one of the truth, under any filters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.browser import CHROMIUM, Page, browser
from tests.dashboard.figures_seen import at_hand, filtered, marks, opened, tables, tiles, written
from tests.dashboard.figures_shown import Cells, Seen, whole
from tests.house import House, in_memory, small
from tests.lakes import Shop
from tests.truth import figures_of, sample_figures
from tests.ward import Ward
from ucsync.model import Figures, Tier

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; on Debian `apt-get install chromium` brings it"
)

WISHES = {
    "all": {},
    "country": {"country": "US"},
    "other countries": {"country": "*"},
    "segment": {"segment": "Champions"},
    "nobody who has ordered": {"segment": "No orders"},
    "dates": {"from": "2019-03", "to": "2022-06"},
    "no country, up to a month": {"country": "-", "to": "2024-11"},
    "all at once": {"from": "2016-01", "to": "2024-12", "country": "DE", "segment": "New", "step": "month"},
    "nobody at all": {"from": "2022-01", "to": "2021-12"},
    "no such choice": {"country": "XX", "segment": "nonsense", "from": "1066-10"},
    "by quarter": {"step": "quarter", "country": "CA"},
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        opened.call("Emulation.setTimezoneOverride", timezoneId="UTC")
        opened.call("Emulation.setLocaleOverride", locale="en-US")
        yield opened


@pytest.fixture(scope="module")
def figures() -> Figures:
    return sample_figures(400)


@pytest.fixture(scope="module")
def path(figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(figures, tmp_path_factory.mktemp("figures") / "dashboard.html")


@pytest.fixture
def there(page: Page, path: Path) -> Page:
    """The page of all figures."""
    at_hand(page, path)
    return page


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_every_figure_is_that_of_the_truth(there: Page, figures: Figures, wish: dict[str, str]) -> None:
    filtered(there, wish)
    known = {} if wish == WISHES["no such choice"] else wish
    expected = Seen(figures, known)
    assert tiles(there) == expected.tiles()
    assert tables(there) == expected.tables()
    count = expected.sum("customers")
    told = there.ask("document.getElementById('found').value")
    assert told == (f"{whole(count)} of 400 customers" if known.keys() - {"step"} else "400 customers")
    assert there.wrong == []


@pytest.mark.parametrize("wish", [{}, {"country": "US", "from": "2018-01"}], ids=["all", "some"])
def test_what_is_drawn_is_what_is_listed(there: Page, figures: Figures, wish: dict[str, str]) -> None:
    filtered(there, wish)
    listed = Seen(figures, wish).tables()

    def column(table: str, place: int) -> Cells:
        return [row[place] for row in listed[table]]

    for chart, kind, place in (("growth", "rect", 1), ("total", "symbol", 2)):
        assert [whole(mark["count"]) for mark in marks(there, chart, kind)] == column("growth", place)[::-1]
    assert proportional(marks(there, "growth", "rect"), "count", "high")
    for chart, told in (
        ("countries", [f"{row[1]} · {row[2]}" for row in listed["countries"]]),
        ("regions", [row[2] for row in listed["regions"] if row[0] != "Other or none"][:10]),
        ("tiers", [f"{row[1]} · {row[2]} points" for row in listed["tiers"]]),
        ("quality", [f"{row[1]} · {row[2]}" for row in listed["quality"] if row[1] != "0"]),
    ):
        assert [mark["written"] for mark in marks(there, chart, "text")][1::2] == told
        assert proportional(bars(there, chart, "var(--one)"), "count", "wide")
    told = [f"{row[2]} · {row[5]}" for row in listed["segments"] if row[1] != "0"]
    assert [mark["written"] for mark in marks(there, "segments", "text")][1::2] == told
    assert proportional(marks(there, "segments", "rect"), "share", "wide")
    for chart in ("orders", "spent"):
        assert [mark["written"] for mark in marks(there, chart, "text")] == column(chart, 1)
        assert proportional(marks(there, chart, "rect"), "count", "high")
    for series, place in (("ordered", 2), ("ordered again", 3), ("active", 4)):
        points = [mark for mark in marks(there, "cohorts", "symbol") if mark["series"] == series]
        assert [f"{100 * mark['share']:.1f}%" for mark in points] == column("cohorts", place)[::-1]
    for series, place in (("opted in", 2), ("opted out", 4), ("not said", 5)):
        drawn = [mark for mark in marks(there, "consent", "rect") if mark["series"] == series]
        alone = len(listed["consent"]) == 1  # else all together come first
        assert [whole(mark["count"]) for mark in drawn][not alone :] == column("consent", place)
    for series, place in (("new", 1), ("changed", 2), ("deleted", 3), ("merged", 4)):
        drawn = [mark for mark in marks(there, "changes", "rect") if mark["series"] == series]
        assert [whole(mark["count"]) for mark in drawn] == column("changes", place)[::-1]
    assert proportional(marks(there, "changes", "rect"), "count", "high")
    drawn = [mark for mark in marks(there, "syncs", "rect") if mark["high"] > 4]  # the others are lines
    for name, place in (("rows", 3), ("count", 4), ("least", 5)):
        seen = marks(there, "rows", "symbol") if name == "rows" else drawn
        assert [whole(mark.get(name, mark["count"])) for mark in seen] == column("syncs", place)[::-1]


def bars(page: Page, chart: str, fill: str) -> list[dict[str, Any]]:
    """Those of one colour."""
    return [mark for mark in marks(page, chart, "rect") if mark["fill"] == fill]


def proportional(drawn: list[dict[str, Any]], count: str, size: str) -> bool:
    """Whether a mark is as large as what it stands for, all by one measure."""
    scales = [mark[size] / mark[count] for mark in drawn if mark[size] > 8]
    return not scales or max(scales) - min(scales) < 0.02 * max(scales)


def test_a_real_lake_becomes_a_page_of_its_sandboxs_figures(page: Page, tmp_path: Path, ward: Ward) -> None:
    async def scenario(house: House) -> Figures:
        shop = Shop(house, tmp_path)
        await shop.sync()
        for oid in list(house.sandbox.merchant.oids())[:9]:
            house.sandbox.merchant.update(oid, {"billing": [{"country_code": "NZ", "first_name": "Ann"}]})
        house.sandbox.clock.move(86_400)
        await shop.sync()
        parts = shop.settings.expansions
        return figures_of(shop.truth(), shop.lake.receipts(), tier=Tier.MEDIUM, parts=parts)

    figures = in_memory(scenario, small(150))
    (tmp_path / "ucsync.toml").write_text("[merchants.shop]\nkey_env = 'SHOP_KEY'\n", encoding="utf-8")
    done = ward.done("dashboard", "build", "--tier", "medium", "--out", "page.html", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    opened(page, tmp_path / "page.html")
    for wish in ({}, {"country": "NZ"}):
        filtered(page, wish)
        expected = Seen(figures, wish)
        assert tiles(page) == expected.tiles()
        assert tables(page) == expected.tables()
    assert (page.wrong, page.asked) == ([], [(tmp_path / "page.html").as_uri()])
