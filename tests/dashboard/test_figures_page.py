"""The dashboard as it is written: whole, by itself, small, and with nothing in it but what it is given."""

import base64
import hashlib
import importlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dashboard.payloads import DEEP, TEXTS, thousands
from tests.truth import sample_figures, sheet
from ucsync.dashboard import figures_page
from ucsync.dashboard.figures_data import figures_data
from ucsync.dashboard.shell import asset
from ucsync.model import Figures, Sheet, Tier
from ucsync.model.figures import MEASURES

PLAIN = sample_figures(60, tier=Tier.MEDIUM)
MEGABYTE = 1_000_000


class Read(HTMLParser):
    """A page, taken to pieces: its elements, and what is within each script."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._open = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts[-1] += data
        else:
            self.text += data


def written(figures: Figures = PLAIN, *, live: str | None = None) -> str:
    return "".join(figures_page(figures, version="1.2", live=live))


def test_its_policy_lets_nothing_in_but_its_own_scripts_and_style() -> None:
    for live in (None, "newest"):
        page = written(live=live)
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
        told = policy.replace("&#x27;", "'")
        assert told.startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe" not in told
        assert ("connect-src 'self'" in told) == (live is not None)
        for inner in re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.DOTALL):
            digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in told
        page = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b", page)
        assert not re.search(r"(?i)<[^>]+\s(?:src|href)=\"(?!#)", page)


def test_our_scripts_make_no_markup_of_texts_and_send_nothing() -> None:
    ours = ("words", "cube", "sections", "tables", "charts", "page")
    text = "".join(asset(f"figures_{name}.js") for name in ours)
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|\bFunction\(|fetch\(|XMLHttp|import\("
    )
    assert not re.search(forbidden, text)


def test_the_same_figures_give_the_same_page() -> None:
    assert written() == written()
    assert "1.2" in Read(written()).text


def test_what_is_not_proven_says_why() -> None:
    text = Read(written(replace(PLAIN, proof="unproven", reasons=("the count moved",)))).text
    assert "Not proven complete" in text
    assert "the count moved" in text
    assert "Proven complete:" not in text


def test_each_tier_says_whether_it_shows_people() -> None:
    assert "No personal data is in this page" in Read(written(sample_figures(5))).text
    assert "This page holds personal data" in Read(written()).text


def expanded(column: Any) -> list[Any]:
    """A column of the page's data, cell by cell."""
    cells = column["places"] if isinstance(column, dict) else column
    plain = [one for cell in cells for one in ([cell[0]] * cell[1] if isinstance(cell, list) else [cell])]
    return [column["words"][place] for place in plain] if isinstance(column, dict) else plain


CELLS = st.lists(st.integers(-9, 9) | st.none() | st.booleans() | st.sampled_from(["a", "b", "</script>"]))


@given(CELLS)
@settings(max_examples=1000 if DEEP else 100, deadline=None)
def test_every_column_comes_back_as_it_was(cells: list[str | int | bool | None]) -> None:
    figures = replace(PLAIN, tiers=Sheet(("tier",), (cells,)))
    found = expanded(json.loads(figures_data(figures))["tiers"]["values"][0])
    assert [(type(one), one) for one in found] == [(type(one), one) for one in cells]


@given(st.lists(TEXTS, min_size=1, max_size=8))
@settings(max_examples=300 if DEEP else 15, deadline=None)
def test_no_text_becomes_markup_wherever_it_stands(texts: list[str]) -> None:
    judge(texts)


def test_thousands_of_texts_that_mean_harm_stay_texts() -> None:
    judge(thousands())


def judge(texts: list[str]) -> None:
    """Wherever these stand, the page is made of the same elements as any, and nothing else runs."""
    several = [(text, text, 1) for text in texts]
    figures = replace(
        PLAIN, merchant=texts[0], reasons=tuple(texts[:9]), proof="unproven", snapshot=f"x{texts[0]}",
        tiers=sheet(("tier", "customers", "points"), [(text, 1, 1) for text in texts]),
        regions=sheet(PLAIN.regions.columns, [(text, text, 1, 1, 1) for text in texts]),
        segments=sheet(("segment", "meaning"), [(text, text) for text in texts]),
        quality=sheet(("check", "meaning", "customers"), several),
    )  # fmt: skip
    few = replace(PLAIN, reasons=("x",) * len(texts[:9]), proof="unproven")
    read, plain = Read(written(figures)), Read(written(few))
    assert read.elements == plain.elements
    assert read.scripts[2:] == plain.scripts[2:]
    assert json.loads(read.scripts[1]) == json.loads(plain.scripts[1])
    assert "<" not in read.scripts[0]
    assert len(json.loads(read.scripts[0])["regions"]["columns"]) == 5


def million() -> Figures:
    """A cube without a gap: 14 years, 14 countries, 11 segments; sums as of a million customers."""
    chance = Random(1)  # noqa: S311  (a test's choice)
    months = [f"{year}-{month:02}" for year in range(2013, 2027) for month in range(1, 13)]
    countries = [*(chr(65 + place) * 2 for place in range(12)), "*", ""]
    segments = list(map(str, PLAIN.segments.values[0]))
    keys = [(month, country, segment) for segment in segments for country in countries for month in months]
    sums = [
        [chance.randrange(60) * (10**6 if name == "revenue_e4" else 1) for _ in keys] for name in MEASURES
    ]
    columns = [tuple(column) for column in zip(*keys, strict=True)]
    cube = Sheet(("month", "country", "segment", *MEASURES), (*columns, *sums))
    return replace(PLAIN, cube=cube, customers=sum(sums[0]))


def test_the_page_of_a_million_customers_is_small() -> None:
    figures = million()
    assert figures.cube.rows > 25_000
    assert len(written(figures).encode()) <= 3 * MEGABYTE


def test_every_chart_is_a_specification_that_compiles() -> None:
    compiler = importlib.import_module("vl_convert")
    drawn = set(re.findall(r'data-chart="(\w+)"', written()))
    charts = json.loads(asset("charts.json"))
    assert drawn == set(charts)
    for chart in charts.values():
        row = {
            "place": "2026",
            "count": 1,
            "tip": "",
            "key": 0,
            "label": "",
            "told": "",
            "most": 1,
            "rank": 0,
        }
        data = {"name": "rows", "values": [row | {"series": "new", "share": 1, "least": 1}]}
        assert compiler.vegalite_to_vega({**chart, "width": "container", "data": data})["marks"]


def test_without_the_library_it_says_what_to_install() -> None:
    script = (
        "import sys\nsys.modules['vl_convert'] = None\nfrom ucsync.dashboard import vega_scripts\n"
        "from ucsync.model import ConfigurationInvalid\n"
        "try: vega_scripts()\nexcept ConfigurationInvalid as told: print(told)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'ucsync[dashboard]'" in done.stdout
