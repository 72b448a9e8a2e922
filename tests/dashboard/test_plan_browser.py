"""The page of a plan in a real browser: what is there, what the filters leave, and that nothing goes out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.dashboard.browser import CHROMIUM, Page, browser
from tests.dashboard.payloads import COUNT, thousands
from tests.dashboard.samples import LINES, PLAN_ID, QUEUED, REJECTED, STEPS, header, of_texts
from ucsync.dashboard import plan_page

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; on Debian `apt-get install chromium` brings it"
)

_SHOWN = "[...document.querySelectorAll('article tbody tr')].filter((row) => row.checkVisibility())"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.html"
    path.write_text("".join(plan_page(header(), PLAN_ID, STEPS, QUEUED, REJECTED)), encoding="utf-8")
    return path


def opened(page: Page, path: Path, **filters: str) -> Page:
    """The page as it is after opening a file; what it did before is forgotten."""
    page.open("about:blank")  # else another place in the same page would be gone to
    page.asked.clear()
    page.wrong.clear()
    page.open(path.as_uri() + ("#" + urlencode(filters) if filters else ""))
    return page


def shown(page: Page) -> list[dict[str, Any]]:
    """Data of the lines that can be seen."""
    rows: list[dict[str, Any]] = page.ask(f"{_SHOWN}.map((row) => ({{...row.dataset}}))")
    return rows


def told(page: Page) -> Any:
    return page.ask("document.getElementById('found').value")


def test_rows_and_totals_are_there(page: Page, plan: Path) -> None:
    opened(page, plan)
    assert len(shown(page)) == LINES + len(REJECTED)
    assert told(page) == f"{LINES + 2} lines of 6 customers"
    totals = page.ask(
        "Object.fromEntries([...document.querySelectorAll('.tile')].map((tile) =>"
        " [tile.querySelector('h2').textContent, tile.querySelector('strong').textContent]))"
    )
    assert totals == {
        "Customers changed": "6", "Fields changed": "12", "Become empty": "1", "Equal already": "37",
        "Held back": "2", "Rejected": "2", "Requests": "14", "Would be done": "2026-11-23 09:33 UTC",
    }  # fmt: skip
    (first, *_) = page.ask(f"{_SHOWN}.map((row) => [...row.cells].map((cell) => cell.textContent))")
    assert first == ["Billing address: city", "Springfeild", "Springfield", "to be sent"]
    assert page.ask("getComputedStyle(document.querySelector('.tile')).borderRadius") == "10px"


@pytest.mark.parametrize(
    ("filters", "lines"),
    [
        ({"action": "merge"}, 1), ({"action": "update"}, 10), ({"field": "billing.city"}, 1),
        ({"field": "billing.company"}, 2), ({"state": "held_back"}, 2), ({"state": "rejected"}, 2),
        ({"field": "billing.company", "state": "held_back"}, 1), ({"text": "OKAFOR@"}, 7),
        ({"text": "københavn"}, 1), ({"text": "ruth springfield"}, 1), ({"text": "nowhere at all"}, 0),
        ({"action": "no such"}, LINES + 2), ({"text": "no customer has"}, 1),
    ],
    ids=[
        "action", "commonest action", "field", "field held back, too", "state", "rejected", "two at once",
        "text of the head", "text of a value", "words of both", "nothing", "no such choice", "problem",
    ],
)  # fmt: skip
def test_the_address_asks_for_a_part(page: Page, plan: Path, filters: dict[str, str], lines: int) -> None:
    opened(page, plan, **filters)
    rows = shown(page)
    assert len(rows) == lines
    for name in filters.keys() - {"text"}:
        assert lines > LINES or {row[name] for row in rows} == {filters[name]}
    assert lines > LINES or told(page).startswith(f"{lines} of {LINES + 2} lines, ")
    cards = page.ask(
        "[...document.querySelectorAll('article')].filter((card) => card.checkVisibility()).length"
    )
    assert cards <= max(lines, 0) or lines > LINES
    assert (page.wrong, page.asked) == ([], [plan.as_uri()])


def test_choosing_typing_and_resetting_do_the_same_and_stay_in_the_address(page: Page, plan: Path) -> None:
    opened(page, plan)
    page.ask("document.querySelector('button[data-value=merge]').click()")
    assert ([row["action"] for row in shown(page)], page.ask("location.hash")) == (["merge"], "#action=merge")
    page.ask("document.getElementById('all').click(), new Promise((done) => setTimeout(done))")
    assert (len(shown(page)), page.ask("location.hash")) == (LINES + 2, "")
    page.ask("document.getElementById('text').focus()")
    page.call("Input.insertText", text="Kim")
    assert {row["action"] for row in shown(page)} == {"merge", "email_lists"}
    assert page.ask("location.hash") == "#text=Kim"
    page.ask("location.hash = '#state=held_back', new Promise((done) => setTimeout(done, 0))")
    assert [row["state"] for row in shown(page)] == ["held_back"] * 2
    assert page.wrong == []


def test_it_follows_the_light_and_prints_what_is_chosen(page: Page, plan: Path) -> None:
    opened(page, plan, state="held_back")
    colours = []
    for scheme in ("light", "dark"):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        colours.append(page.ask("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(246, 247, 249)", "rgb(18, 22, 28)"]
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.ask("document.getElementById('action').checkVisibility()")
    assert len(shown(page)) == 2
    assert len(page.call("Page.printToPDF")["data"]) > 10_000
    page.call("Emulation.setEmulatedMedia", media="", features=[])


def test_nothing_wider_than_a_telephone(page: Page, plan: Path) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
    opened(page, plan)
    assert page.ask("document.documentElement.scrollWidth") <= 390
    page.call("Emulation.clearDeviceMetricsOverride")


def test_thousands_of_texts_that_mean_harm_do_none(page: Page, tmp_path: Path) -> None:
    texts = thousands()
    path = tmp_path / "harm.html"
    head = header(notes=tuple(texts[:50]), source=texts[50])
    told = plan_page(head, PLAN_ID, of_texts(texts), (), (), customers_max=len(texts))
    path.write_text("".join(told), encoding="utf-8")
    opened(page, path)
    assert page.ask("document.querySelectorAll('#customers article').length") == COUNT
    assert page.ask("[document.title, document.scripts.length, location.hash]") == [
        f"Plan {PLAN_ID} for shop", 1, "",
    ]  # fmt: skip
    foreign = "img,iframe,svg:not(.bar),math,base,object,embed,link,a,[onerror],[onload],[onfocus],[style]"
    assert page.ask(f"document.querySelectorAll({json.dumps(foreign)}).length") == 0
    cities = page.ask(
        "[...document.querySelectorAll('#customers tr[data-field=\"billing.city\"] .after')]"
        ".map((cell) => cell.textContent)"
    )
    assert len(cities) == COUNT
    assert [
        city for city, text in zip(cities, texts, strict=True) if "⟦" not in city and city != same(text)
    ] == []
    assert (page.wrong, page.asked) == ([], [path.as_uri()])


def same(text: str) -> str:
    """As a parser of HTML reads the ends of lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_the_judge_sees_a_page_that_fetches_and_fails(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text("<img src='http://127.0.0.1:9/a.png'><script>nowhere()</script>", encoding="utf-8")
    opened(page, path)
    assert page.asked == [path.as_uri(), "http://127.0.0.1:9/a.png"]
    assert "nowhere is not defined" in " ".join(page.wrong)


def test_the_policy_of_the_page_refuses_what_is_not_its_own(page: Page, plan: Path) -> None:
    harmed = plan.read_text(encoding="utf-8").replace(
        "</main>", "<img src='http://127.0.0.1:9/a.png'><script>document.title = 'harmed'</script></main>"
    )
    plan.write_text(harmed, encoding="utf-8")
    opened(page, plan)
    assert page.ask("document.title") == f"Plan {PLAN_ID} for shop"
    assert len([line for line in page.wrong if "Content Security Policy" in line]) == 2
