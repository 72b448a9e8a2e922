"""What a spreadsheet opens holds no formula, wherever a cell is taken to begin."""

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given, settings

from tests.dashboard.payloads import DEEP, FORMULA, TEXTS, thousands
from tests.dashboard.samples import QUEUED, REJECTED, STATES, STEPS, of_texts
from ucsync.dashboard import plan_csv
from ucsync.model.harmless import harmless
from ucsync.model.pushes import Rejected


def is_formula(cell: str) -> bool:
    """Whether some spreadsheet would take it for one: after all that is not seen, in whatever width."""
    unseen = ("Cc", "Cf", "Zs", "Zl", "Zp")
    begins = next((sign for sign in cell if unicodedata.category(sign) not in unseen and sign != '"'), "")
    return begins in FORMULA[4:] or unicodedata.normalize("NFKC", begins) in ("=", "+", "-", "@")


def cells_of(text: str) -> list[str]:
    """Every cell that a spreadsheet may find, which splits at commas, or else at something other."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    return [cell for row in rows for cell in row] + re.split(r"[;\t|\r\n]", text)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"), ("+44 20", "'+44 20"), ("-5.00", "'-5.00"), ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"), ("\u3000＝1", "'\u3000＝1"), ("\ufeff=1", "'\ufeff=1"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), ("a;=1", "a;'=1"), ("a\n =1", "a\n' =1"), ('a|"=1', "a|'\"=1"),
    ],
    ids=[
        "equals", "plus", "minus", "at", "after spaces", "full width", "after a mark", "tab", "return",
        "behind a semicolon", "on a second line", "behind a quote",
    ],
)  # fmt: skip
def test_a_formula_gets_an_apostrophe(cell: str, written: str) -> None:
    assert harmless(cell) == written
    assert harmless(written) == written


@pytest.mark.parametrize("cell", ["", "Ada", "ada@example.test", "1-2", "'=1", "a = b", "København, DK", "5"])
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@given(TEXTS)
@settings(max_examples=5000 if DEEP else 300, deadline=None)
def test_only_apostrophes_are_added_and_no_formula_is_left(text: str) -> None:
    cell = harmless(text)
    assert harmless(cell) == cell
    assert cell.replace("'", "") == text.replace("'", "")
    assert not any(is_formula(part) for part in [cell, *re.split(r"[;\t|\r\n]", cell)])


def test_thousands_of_formulas_go_through_csv_harmless_and_whole() -> None:
    texts = thousands()
    rejected = [Rejected(row=place, key=text, column=text, problem=text) for place, text in enumerate(texts)]
    written = "".join(plan_csv(of_texts(texts), (), rejected))
    harmful = [cell for cell in cells_of(written) if is_formula(cell)]
    assert harmful == []
    found = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    cities = [row["after"] for row in found if row["field"] == "billing[55].city"]
    assert cities == [harmless(text) for text in texts]
    assert len(found) == 4 * len(texts)


def test_the_csv_has_a_line_for_every_change_deed_and_row() -> None:
    lines = "".join(plan_csv(STEPS, QUEUED, REJECTED)).split("\r\n")
    assert lines[0] == (
        "\ufeffstate,step,action,customer_profile_oid,customer,field,before,after,rows,worth,reason"
    )
    assert lines[1] == (
        "planned,1,update,1001,ruth.okafor@example.test,billing[55].city,Springfeild,Springfield,3,18250.40,"
    )
    assert lines[9] == "planned,4,merge,1002,kim.novak@example.test,merge,customer 1003," + (
        '"is absorbed by customer 1002, and is gone",12 13,,'
    )
    assert lines[16] == (
        "held_back,,update,1001,,billing[55].company,Okafor Ltd,Okafor Limited,3,,both sides have changed it"
    )
    assert lines[19:] == ["rejected,,,,'+44 1,Zip,,,6,,longer than 20 characters", ""]


def test_the_csv_of_a_push_tells_what_became_of_each_step() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(plan_csv(STEPS, QUEUED, REJECTED, STATES))[1:])))
    assert {row["step"]: row["state"] for row in rows if row["step"]} == {
        "1": "landed", "2": "sent", "3": "waiting", "4": "refused", "5": "waiting", "6": "waiting",
        "7": "conflict",
    }  # fmt: skip
    assert [row["reason"] for row in rows if row["state"] == "refused"] == [
        "customer 1003 has the blocking tag subscription"
    ]
