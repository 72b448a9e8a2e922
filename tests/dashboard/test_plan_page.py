"""The page of a plan as it is written: whole, by itself, and with nothing in it but what it is given."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dashboard.payloads import DEEP, TEXTS, thousands
from tests.dashboard.samples import LINES, PLAN_ID, QUEUED, REJECTED, STATES, STEPS, header, of_texts
from ucsync.dashboard import plan_page
from ucsync.model.pushes import Queued, Rejected

#: All that a page is made of; what else a text could bring in would be found by this.
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "section", "article", "h1", "h2",
    "h3", "p", "ul", "li", "dl", "dt", "dd", "div", "span", "strong", "bdi", "code", "table", "thead",
    "tbody", "tr", "th", "td", "form", "label", "select", "option", "input", "button", "output", "svg",
    "rect",
    "script", "del", "ins",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "role", "aria-label", "aria-live", "id",
    "aria-hidden", "viewbox", "preserveaspectratio", "width", "height", "rx", "type", "value", "title",
    "scope", "placeholder", "autocomplete", "spellcheck", "data-action", "data-field", "data-state",
    "data-facet", "data-value",
}  # fmt: skip


class Read(HTMLParser):
    """A page, taken to pieces."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.script = ""
        self._data: list[str] = []
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        self._open = tag

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.script += data
        else:
            self._data.append(data)

    @property
    def text(self) -> str:
        return "".join(self._data)

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


def written(*, customers_max: int = 2000, **more: object) -> str:
    return "".join(
        plan_page(header(**more), PLAN_ID, STEPS, QUEUED, REJECTED, customers_max=customers_max)  # type: ignore[arg-type]  # whatever a head holds
    )


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = written()
    assert not re.search(r"(?i)[\s;:](src|href|url|@import|srcset)\s*[=(]", page)
    assert "://" not in page
    read = Read(page)
    assert set(read.elements) <= ELEMENTS
    assert set(read.attributes) <= ATTRIBUTES
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function|fetch", read.script
    )


def test_its_policy_lets_nothing_in_but_its_own_script_and_style() -> None:
    page = written()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    told = policy.replace("&#x27;", "'")
    for kind, name in (("script", "script-src"), ("style", "style-src")):
        (inner,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in told
    assert told.startswith("default-src 'none'; ")
    assert "unsafe" not in told


def test_every_change_stands_there_with_its_before_and_after() -> None:
    page = written()
    assert page.count("<tr data-action=") == LINES
    assert page.count('data-state="rejected"') == len(REJECTED)
    assert "Springf<del>ei</del>ld" in page
    assert "Springfi<ins>e</ins>ld" not in page
    assert "Springf<ins>ie</ins>ld" in page
    assert '<td class="after cleared"><span class="nothing">becomes empty</span></td>' in page
    text = Read(page).text
    for words in ("Property “crm_id”", "amount25.00", "is absorbed by customer 1002, and is gone", "Københ",
                  "E-mail list “Old <b>”", "abc⟦U+202E⟧def", "both sides have changed it",
                  "worth 18,250.4", "1 merge and 1 delete: these cannot be taken back",
                  "Nothing has been sent yet"):  # fmt: skip
        assert words in text


def test_a_guard_that_stops_the_plan_is_said_first() -> None:
    text = Read(written(tripped=("1 field would become empty, 0 may",))).text
    assert (
        text.index("A person must decide") < text.index("1 field would become empty") < text.index("Requests")
    )


def test_a_push_tells_what_became_of_each_step() -> None:
    page = "".join(plan_page(header(), PLAN_ID, STEPS, QUEUED, REJECTED, states=STATES))
    text = Read(page).text
    assert "Push 20261123T093000Z-deadbeef for shop" in text
    assert "Landed5of 15 lines of the plan" in text
    assert "refusedcustomer 1003 has the blocking tag subscription" in text


def test_an_undo_says_what_is_kept_and_what_is_not_taken_back() -> None:
    text = Read(written(undoes="20261122T000000Z-0badcafe", mapping_sha256="")).text
    for words in (
        "Takes back push 20261122T000000Z-0badcafe",
        "Kept2",
        "Not undone2",
        "What is not taken back (2)",
    ):
        assert words in text
    assert "mapping" not in text


def test_of_too_many_customers_the_first_are_listed_and_all_are_counted() -> None:
    page = written(customers_max=2)
    text = Read(page).text
    assert page.count("<article>") == 3
    assert "Customers (6)" in text
    assert "The first 2 of 6 are listed here" in text
    assert "update (10)" in text


def test_a_plan_of_nothing_is_a_page_too() -> None:
    page = "".join(plan_page(header((), notes=(), touched=0, customers=0), PLAN_ID, (), (), ()))
    assert "Customers (0)" in Read(page).text
    assert 'id="rejected"' not in page


@given(st.lists(TEXTS, min_size=1, max_size=20))
@settings(max_examples=500 if DEEP else 30, deadline=None)
def test_no_text_becomes_markup_wherever_it_stands(texts: list[str]) -> None:
    judge(texts)


def test_thousands_of_texts_that_mean_harm_stay_texts() -> None:
    texts = thousands()
    for start in range(0, len(texts), 1000):
        judge(texts[start : start + 1000])


def judge(texts: list[str]) -> None:
    """Wherever these stand, the page is made of the same elements as any, and nothing else runs."""
    steps = of_texts(texts)
    queued = [Queued(row=1, oid=9, change=steps[0].changes[0], reason=text) for text in texts[:20]]
    rejected = [Rejected(row=1, key=text, column=text, problem=text) for text in texts[:20]]
    head = header(merchant=texts[0], source=texts[0], notes=tuple(texts[:20]), tripped=tuple(texts[:20]))
    page = "".join(plan_page(head, texts[0], steps, queued, rejected))
    read, plain = Read(page), Read(written())
    assert read.script == plain.script
    assert set(read.elements) <= ELEMENTS
    assert set(read.attributes) <= ATTRIBUTES
    assert read.elements["article"] == len(texts) + 1 + (len(texts) < 9)
    for name in ("html", "head", "meta", "style", "script", "body", "main", "form", "input", "title"):
        assert read.elements[name] == plain.elements[name]
    page.encode("utf-8")
