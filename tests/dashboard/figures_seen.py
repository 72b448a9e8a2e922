"""A dashboard in a browser: opened, waited for, and read as a person would read it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.dashboard.browser import Page
from ucsync.dashboard import figures_page
from ucsync.model import Figures

_DRAWN = """new Promise((done) => {
  const look = () => document.body.dataset.state === 'drawn';
  if (look()) done();
  else new MutationObserver((_, watcher) => { if (look()) { watcher.disconnect(); done(); } })
    .observe(document.body, { attributeFilter: ['data-state'] });
})"""

#: Tables as they are listed, all rows: what stands first in each cell, as small print is told elsewhere.
_TABLES = """(() => {
  for (const more of document.querySelectorAll(".more")) {
    if (!more.hidden && more.getAttribute("aria-expanded") === "false") more.click();
  }
  return Object.fromEntries([...document.querySelectorAll("[data-table]")].map((holder) => [
    holder.dataset.table,
    !holder.checkVisibility() ? [] : [...holder.querySelectorAll("tbody tr")].map((row) =>
      [...row.cells].map((cell) => cell.firstChild.textContent.replaceAll("\\u202f", " "))),
  ]));
})()"""

_TILES = """Object.fromEntries([...document.querySelectorAll(".tile")].map((tile) =>
  [tile.id.slice(5), ["strong", "p"].map((name) => tile.querySelector(name).textContent)]))"""

#: Marks of a chart with what they stand for, and how large they are.
_MARKS = """[...document.querySelectorAll("#chart-%s .role-mark path, #chart-%s .role-mark text")]
  .filter((mark) => mark.__data__?.datum?.tip)
  .map((mark) => ({ ...mark.__data__.datum, at: mark.getBoundingClientRect().toJSON(),
    high: mark.getBBox().height, wide: mark.getBBox().width,
    kind: /mark-(\\w+)/.exec(mark.parentElement.getAttribute("class"))[1], fill: mark.getAttribute("fill"),
    written: mark.textContent }))"""

#: Text in charts that is cut off, lies over other text or is pale; marks that are hard to see.
_WRONG_IN_CHARTS = """(() => {
  const light = (text) => text.match(/[\\d.]+/g).slice(0, 3).map((one) => Number(one) / 255)
    .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = light(getComputedStyle(document.querySelector(".part")).backgroundColor) + 0.05;
  const contrast = (paint) => {
    const mine = light(paint) + 0.05;
    return Math.max(mine, ground) / Math.min(mine, ground);
  };
  const judged = (chart, say) => {
    const edge = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")]
      .filter((text) => text.textContent && text.getAttribute("opacity") !== "0");
    for (const text of texts) {
      const words = text.textContent, box = text.getBoundingClientRect();
      if (contrast(getComputedStyle(text).fill) < 4.5) say(`pale: ${words}`);
      if (box.left < edge.left - 1 || box.right > edge.right + 1) say(`cut: ${words}`);
      if (box.top < edge.top - 1 || box.bottom > edge.bottom + 1) say(`cut: ${words}`);
      if (words.includes("…")) say(`shortened: ${words}`);
    }
    const boxes = texts.map((text) => text.getBoundingClientRect());
    for (const [place, one] of boxes.entries()) for (const [more, other] of boxes.entries()) {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (place < more && across > 0 && down > 3) {
        say(`over each other: ${texts[place].textContent} / ${texts[more].textContent}`);
      }
    }
    for (const mark of chart.querySelectorAll(".mark-rect path, .mark-line path")) {
      const { fill, stroke } = getComputedStyle(mark), paint = fill === "none" ? stroke : fill;
      const behind = mark.getAttribute("fill") === "var(--track)";
      if (!behind && paint.startsWith("rgb(") && contrast(paint) < 3) say(`pale mark: ${paint}`);
    }
    const told = chart.closest("[role=img]").getAttribute("aria-label");
    if (!told.includes(". ")) say("told to nobody who does not see");
  };
  const found = [];
  for (const chart of document.querySelectorAll(".chart svg")) {
    const name = chart.closest(".chart").id;
    if (chart.checkVisibility()) judged(chart, (what) => found.push(`${name}: ${what}`));
  }
  return [...new Set(found)];
})()"""


def written(figures: Figures, path: Path) -> Path:
    """A file with the page."""
    path.write_text("".join(figures_page(figures, version="1")), encoding="utf-8")
    return path


def opened(page: Page, path: Path, wish: Mapping[str, str] | None = None) -> None:
    """A file in the browser, drawn; what the page did before is forgotten."""
    page.open("about:blank")
    page.asked.clear()
    page.wrong.clear()
    page.open(path.as_uri() + ("#" + urlencode(wish) if wish else ""))
    page.ask(_DRAWN)


def at_hand(page: Page, path: Path) -> None:
    """A file in the browser without any filter; opened only when another was."""
    if page.ask("location.href").partition("#")[0] != path.as_uri():
        return opened(page, path)
    page.asked.clear()
    page.wrong.clear()
    filtered(page, {})
    page.ask("history.replaceState(null, '', location.pathname), scrollTo(0, 0)")
    return None


def filtered(page: Page, wish: Mapping[str, str]) -> None:
    """The same page under other filters, drawn."""
    turn = page.ask("window.turn = (window.turn ?? 0) + 1")  # an address that stays as it is changes nothing
    page.ask(
        "new Promise((done) => { addEventListener('hashchange', () => setTimeout(done), { once: true });"
        f" location.hash = '{urlencode({**wish, 'turn': turn})}'; }})"
    )
    page.ask(_DRAWN)


def tables(page: Page) -> dict[str, list[list[str]]]:
    """Every table, all rows of it."""
    found: dict[str, list[list[str]]] = page.ask(_TABLES)
    return found


def tiles(page: Page) -> dict[str, list[str]]:
    """Figure and words of each."""
    found: dict[str, list[str]] = page.ask(_TILES)
    return found


def marks(page: Page, chart: str, kind: str) -> list[dict[str, Any]]:
    """What is drawn of a kind, `rect`, `symbol` or `text`: from left to right, or in lists from the top."""
    found: list[dict[str, Any]] = page.ask(_MARKS % (chart, chart))
    drawn = [mark for mark in found if mark["kind"] == kind]
    return sorted(drawn, key=lambda mark: mark["at"]["top" if "key" in mark else "x"])


def wrong_in_charts(page: Page) -> list[str]:
    """All that is wrong with the charts, one line each."""
    found: list[str] = page.ask(_WRONG_IN_CHARTS)
    return found
