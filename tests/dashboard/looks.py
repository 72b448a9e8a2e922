"""What a person would see wrong with a page: text that is pale, cut off, or lies over other text."""

from typing import Any, Final

from tests.dashboard.browser import Page

#: The contrast that people with weak eyes need, by the size of a text (WCAG 2.2, 1.4.3).
_CONTRAST: Final = """(() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((one) => one / 255)
    .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || element.closest("script, style, svg")) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const [one, other] = [light(channels(style.color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    if (ratio < least) found.push(`${ratio.toFixed(2)}: ${node.data}`);
  }
  return found;
})()"""

#: Boxes of text that is cut off, or that lies over the text of another element.
_CUT: Final = """(() => {
  const found = [];
  const boxes = [];
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, style, svg, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    let inside = true;
    for (const box of range.getClientRects()) {
      for (let at = element; at && at !== document.body; at = at.parentElement) {
        const edge = at.getBoundingClientRect();
        if (scrolls(at)) { inside = box.left >= edge.left - 1 && box.right <= edge.right + 1; break; }
        if (getComputedStyle(at).display === "inline") continue;
        if (box.right > edge.right + 1 || box.bottom > edge.bottom + 2) found.push(`cut: ${node.data}`);
      }
      const beyond = box.left < -1 || box.right > innerWidth + 1;
      if (inside && beyond) found.push(`beyond the edge: ${node.data}`);
      if (inside) boxes.push([box, node.data, element]);
    }
  }
  for (const [place, [box, text]] of boxes.entries()) {
    for (const [other, words] of boxes.slice(place + 1)) {
      const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (across > 2 && down > 4) found.push(`over each other: ${text} / ${words}`);
    }
  }
  return found;
})()"""

#: Tables without headings, regions and controls without names, headings that skip a level.
_UNNAMED: Final = """(() => {
  const found = [];
  for (const table of document.querySelectorAll("table")) {
    if (!table.querySelector("th[scope]")) found.push("a table without headings");
  }
  for (const one of document.querySelectorAll("[role=region], [role=img], button, select, input, a")) {
    const name = one.getAttribute("aria-label") || one.getAttribute("aria-labelledby")
      || one.textContent.trim() || one.labels?.[0]?.textContent.trim();
    if (!name) found.push(`${one.tagName} without a name`);
  }
  const levels = [...document.querySelectorAll("h1,h2,h3,h4")].map((one) => Number(one.tagName[1]));
  if (levels[0] !== 1 || levels.filter((one) => one === 1).length !== 1) found.push("not one h1 at the top");
  if (levels.some((level, place) => level > (levels[place - 1] ?? 1) + 1)) found.push("a level is skipped");
  if (!document.documentElement.lang || !document.title) found.push("no language or title");
  const scrolled = [...document.querySelectorAll("*")].filter((one) => one.scrollWidth > one.clientWidth + 1
    && /auto|scroll/.test(getComputedStyle(one).overflowX) && one.tabIndex < 0);
  if (scrolled.length) found.push("what scrolls is out of the keyboard's reach");
  return found;
})()"""


def dressed(page: Page, width: int, scheme: str) -> None:
    """Set the size of the window and the light; a telephone is narrower than 600."""
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=900, deviceScaleFactor=1, mobile=width < 600,
    )  # fmt: skip
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


def wrong_with(page: Page) -> list[str]:
    """All that is wrong with what is open, one line each."""
    wide = page.ask("document.documentElement.scrollWidth - innerWidth")
    found: list[Any] = [f"{wide} wider than the window"] if wide > 0 else []
    for script in (_CONTRAST, _CUT, _UNNAMED):
        found += page.ask(script)
    return [str(one) for one in found]
