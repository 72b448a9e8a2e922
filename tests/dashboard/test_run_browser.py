"""The page of a run in a real browser: readable in every light and width, and nothing goes out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard.browser import CHROMIUM, Page, browser
from tests.dashboard.looks import dressed, wrong_with
from tests.dashboard.run_samples import EVERY
from ucsync.dashboard import run_page

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; on Debian `apt-get install chromium` brings it"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def opened(page: Page, folder: Path, name: str) -> str:
    """The page of a sample; what it did before is forgotten. Its address."""
    path = folder / "report.html"
    path.write_text("".join(run_page(EVERY[name])), encoding="utf-8")
    page.asked.clear()
    page.wrong.clear()
    page.open(path.as_uri())
    return path.as_uri()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read(page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    dressed(page, width, scheme)
    for name in ("sync", "unproven", "nothing", "backfill", "push", "halted"):
        address = opened(page, tmp_path, name)
        assert wrong_with(page) == [], name
        assert (page.wrong, page.asked) == ([], [address])
    assert page.ask("getComputedStyle(document.body).backgroundColor") == {
        "light": "rgb(246, 247, 249)", "dark": "rgb(18, 22, 28)",
    }[scheme]  # fmt: skip


def test_the_keyboard_reaches_every_table_in_the_order_of_the_page(page: Page, tmp_path: Path) -> None:
    dressed(page, 390, "light")
    opened(page, tmp_path, "sync")
    regions = page.ask("[...document.querySelectorAll('[role=region]')].map((one) => one.ariaLabel)")
    reached = []
    for _ in regions:
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(page.ask("document.activeElement.ariaLabel"))
    assert reached == regions
    assert len(regions) == 5


def test_it_prints_on_white(page: Page, tmp_path: Path) -> None:
    dressed(page, 1280, "dark")
    opened(page, tmp_path, "push")
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.call("Page.printToPDF")["data"]) > 10_000
    page.call("Emulation.setEmulatedMedia", media="", features=[])


def test_the_judge_sees_what_is_wrong(page: Page, tmp_path: Path) -> None:
    dressed(page, 1280, "light")
    path = tmp_path / "bad.html"
    path.write_text(
        "<!doctype html><body style='margin:0;background:#fff'><h3 style='color:#ddd'>pale</h3>"
        "<p style='width:1900px'>wide</p><p style='width:40px;white-space:nowrap'>much too long for it</p>"
        "<p style='margin-top:-60px'>one over the other</p><table><tr><td>1</td></tr></table>"
        "<button></button>",
        encoding="utf-8",
    )
    page.open(path.as_uri())
    found = " | ".join(wrong_with(page))
    for words in (
        "wider than",
        "pale",
        "cut: much",
        "over each other",
        "without headings",
        "BUTTON",
        "one h1",
    ):
        assert words in found
