"""The page of an account in a real browser: readable in every light and width, on paper, and long."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.account_samples import book, doubtful, empty, order
from tests.dashboard.browser import CHROMIUM, Page, browser
from tests.dashboard.looks import dressed, wrong_with
from ucsync.dashboard.account_page import account_page
from ucsync.model.accounts import AccountBook

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; on Debian `apt-get install chromium` brings it"
)

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def opened(page: Page, folder: Path, about: AccountBook) -> str:
    """The page of an account; what it did before is forgotten. Its address."""
    path = folder / "summary.html"
    path.write_text("".join(account_page(about)), encoding="utf-8")
    page.asked.clear()
    page.wrong.clear()
    page.open(path.as_uri())
    return path.as_uri()


def long_texts() -> AccountBook:
    """Texts without a blank in them, as long as they come."""
    return book(orders=(
        order(5, orderId="9" * 30, status=LONG, comments=[LONG], totalFormatted="$1,234,567,890.12",
              items=[{"itemId": "W" * 30, "description": LONG, "quantity": 1}]),
    ))  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read(page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    dressed(page, width, scheme)
    for name, about in (
        ("full", book(6)),
        ("doubtful", doubtful()),
        ("empty", empty()),
        ("long", long_texts()),
    ):
        address = opened(page, tmp_path, about)
        page.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert wrong_with(page) == [], name
        assert (page.wrong, page.asked) == ([], [address])
    assert page.ask("getComputedStyle(document.body).backgroundColor") == {
        "light": "rgb(246, 247, 249)", "dark": "rgb(18, 22, 28)",
    }[scheme]  # fmt: skip


def test_an_order_is_one_line_until_it_is_pressed(page: Page, tmp_path: Path) -> None:
    dressed(page, 1280, "light")
    opened(page, tmp_path, book(8))
    shown = "[...document.querySelectorAll('.order table')].filter((one) => one.checkVisibility()).length"
    before = page.ask(shown)
    page.ask("document.querySelectorAll('summary')[5].focus()")
    for kind in ("keyDown", "keyUp"):
        page.call(
            "Input.dispatchKeyEvent",
            type=kind,
            key="Enter",
            code="Enter",
            windowsVirtualKeyCode=13,
            text="\r",
        )
    assert page.ask("document.querySelectorAll('details')[5].open")
    assert page.ask(shown) > before


def test_paper_has_every_order_unfolded_on_white(page: Page, tmp_path: Path) -> None:
    dressed(page, 1280, "dark")
    opened(page, tmp_path, book(8))
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.ask(
        "[...document.querySelectorAll('.order .sums')]"
        ".every((one) => one.checkVisibility() && one.clientHeight > 40)"
    )
    assert not page.ask("document.querySelector('nav').checkVisibility()")
    assert len(page.call("Page.printToPDF")["data"]) > 50_000
    page.call("Emulation.setEmulatedMedia", media="", features=[])


def test_two_thousand_orders_are_there_at_once(page: Page, tmp_path: Path) -> None:
    dressed(page, 1280, "light")
    opened(page, tmp_path, book(2000))
    assert page.ask("document.querySelectorAll('details').length") == 2000
    assert page.ask("document.documentElement.scrollWidth <= innerWidth")
    page.open("about:blank")
