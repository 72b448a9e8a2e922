"""The page of a run: what is said of each ending, and that nothing but counts is in it."""

import re
from dataclasses import fields, replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.dashboard.payloads import thousands
from tests.dashboard.run_samples import (
    EVERY,
    PUSH,
    SNAPSHOT,
    failed,
    of_push,
    push,
    receipt,
    report,
    run,
    walk,
)
from tests.dashboard.test_plan_page import ATTRIBUTES, ELEMENTS, Read
from ucsync.dashboard import RUN_PAGE_MARK, run_page
from ucsync.model import Pass, Proof, Receipt, ScanKind
from ucsync.model.receipts import Rewritten
from ucsync.model.runs import Run, RunReport


def text_of(told: RunReport) -> str:
    return Read("".join(run_page(told))).text


def tiles_of(told: RunReport) -> dict[str, str]:
    page = "".join(run_page(told))
    found = re.findall(r'<div class="tile[^"]*"><h2>([^<]*)</h2><strong>([^<]*)</strong>', page)
    return dict(found)


@pytest.mark.parametrize("name", EVERY)
def test_it_is_a_whole_page_that_runs_and_fetches_nothing(name: str) -> None:
    page = "".join(run_page(EVERY[name]))
    assert page.startswith(f"{RUN_PAGE_MARK}<!doctype html>\n<html")
    assert page.endswith("</html>\n")
    assert "default-src 'none'; style-src 'sha256-" in unescape(page)
    read = Read(page)
    assert set(read.elements) <= ELEMENTS - {
        "script",
        "form",
        "input",
        "button",
        "select",
        "option",
        "article",
    }
    assert set(read.attributes) <= ATTRIBUTES | {"tabindex"}
    assert not re.search(r"url\(|@import|https?:|javascript", page)
    assert 5_000 < len(page) < 60_000


def test_a_night_in_order_says_what_is_proven_and_what_came() -> None:
    told = text_of(report())
    assert "Done" in told
    assert "Proven: every page joined the one before" in told
    assert "Run 40, begun 2026-11-23 03:15:00 UTC, took 63.4 s." in told
    assert tiles_of(report()) == {
        "Customers": "5,120", "New": "12", "Changed": "178", "Gone": "0", "Set aside": "0", "Requests": "29",
        "Took": "63.4 s", "Quota left": "9,357",
    }  # fmt: skip


def test_of_several_snapshots_the_changes_are_counted_together() -> None:
    first, last = (
        receipt(1, inserted=5, updated=32),
        receipt(kind=ScanKind.RECONCILE, inserted=0, updated=0, deleted=3),
    )
    told = tiles_of(report(told=last, published=(first, last), merged=1))
    assert [told[name] for name in ("New", "Changed", "Gone")] == ["5", "32", "4"]
    assert "Published by it" in text_of(report(told=last, published=(first, last)))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, "It failed: a bug of ucsync"), (2, "It was refused"), (4, "A guard stopped it"),
        (65, "A file that was handed in cannot be used"), (69, "The server was out of reach"),
        (74, "The disk is full or failing"), (75, "Another run was at it; no request was sent"),
        (76, "Paused: it can be gone on with"), (77, "The key was refused"),
        (78, "The configuration cannot be"), (130, "It was stopped, as asked"),
        (143, "It was stopped, as asked"), (99, "It failed"),
    ],
)  # fmt: skip
def test_every_ending_has_its_words_and_says_what_is_kept(code: int, said: str) -> None:
    told = text_of(failed(code))
    assert said in told
    assert "CallFailed in getCustomers, status 503." in told
    assert "17 pages are kept; the next run goes on with them" in told
    assert "in the lake, as before" in told
    assert "What can be done: " in told or code in (2, 65, 99)
    assert "`" not in told


def test_what_is_not_proven_says_why_and_what_was_set_aside() -> None:
    odd = receipt(
        proof=Proof.UNPROVEN, reasons=("the server's order changes",), quarantined=3, suppressed=2,
        passes=(walk(reasons=("a page did not join",)), walk(Pass.CONFIRM, total_first=None)),
    )  # fmt: skip
    aside = {f"billing[].field_{number}: no text": number for number in range(1, 23)}
    told = text_of(report(run=run(exit_code=3), told=odd, published=(odd,), aside=aside))
    for words in (
        "Done, but this wants looking at", "The server's order changes.", "3 customers were set aside.",
        "Not proven: main pass: a page did not join.", "billing[].field_22: no text", "and 2 more reasons",
        "2 who were read had been forgotten, and so left out.",
    ):  # fmt: skip
        assert words in told
    assert "Proven: every page" not in told
    assert "field_1:" not in told


def test_a_snapshot_that_people_were_taken_out_of_says_so() -> None:
    mended = receipt(rewritten=Rewritten(at=receipt().finished_at, times=1, digest="ab" * 32))
    assert "People were forgotten since it was published" in text_of(report(told=mended, published=(mended,)))


def test_a_run_without_an_end_is_not_called_done() -> None:
    assert "Under way, or killed" in text_of(EVERY["under way"])
    assert "It was killed, or the machine went down." in text_of(EVERY["killed"])
    assert "Done" not in text_of(EVERY["under way"]) + text_of(EVERY["killed"])


def test_a_first_run_that_failed_needs_no_snapshot() -> None:
    told = text_of(EVERY["nothing"])
    assert "The key was refused" in told
    assert "The scans before it" not in told
    refused = text_of(
        report(run=run(0, 75, result="another run holds this merchant"), told=None, published=())
    )
    assert "A run that did not get as far as its first request" in refused


def test_a_backfill_shows_how_far_it_is() -> None:
    told = text_of(EVERY["backfill"])
    for words in ("119,403 of about 2,000,000 (6 %)", "By oid, newest first: under way.", "Paused"):
        assert words in told


def test_a_push_is_told_by_counts_of_steps_and_fields() -> None:
    told = tiles_of(of_push())
    assert told == {
        "Customers in the plan": "26", "Steps": "26", "Landed": "22", "So already": "1", "Want care": "3",
        "Became empty": "1", "Requests": "44", "Window": "0.42 s", "Quota left": "9,357",
    }  # fmt: skip
    said = text_of(of_push())
    for words in (
        "2 steps are in conflict", "1 step is refused by the server.", "billing.city", SNAPSHOT,
        f"ucsync push retry {PUSH}", f"ucsync push show {PUSH} --html",
    ):  # fmt: skip
        assert words in said


@pytest.mark.parametrize("by", ["canary", "merge", "trouble", "something new"])
def test_a_halted_push_says_so_before_all_else(by: str) -> None:
    halted = of_push(halted_by=by, steps={"update": {"landed": 4, "waiting": 9}}, next=None)
    told = text_of(halted)
    assert "Halted: nothing more of this push is sent" in told
    assert "9 steps are not sent." in told
    assert tiles_of(halted)["Not sent"] == "9"


def test_a_push_in_which_all_landed_is_done() -> None:
    steps = {"update": {"landed": 4, "already": 2}}
    told = text_of(replace(report(push=push(steps=steps, next=None, exit_code=0)), run=None))
    assert "Every step is as it was asked for." in told


def harmed(made: Any, texts: list[str]) -> Any:
    """The same, with these texts wherever a text of somebody else's can stand."""
    return replace(
        made, **{one.name: texts.pop() for one in fields(made) if isinstance(getattr(made, one.name), str)}
    )


def test_no_text_becomes_markup() -> None:
    texts = thousands()
    for _ in range(20):
        told: Receipt = harmed(receipt(kind=ScanKind.FULL), texts)
        told = replace(told, reasons=(texts.pop(),), passes=(harmed(walk(reasons=(texts.pop(),)), texts),))
        ended: Run = harmed(run(exit_code=69), texts)
        sent = push(steps={texts.pop(): {"landed": 1}}, fields={texts.pop(): {"landed": 1}})
        page = "".join(
            run_page(
                report(
                    merchant=texts.pop(), run=ended, told=told, published=(told,), why=texts.pop(),
                    notes=(texts.pop(),), aside={texts.pop(): 3}, runs=(ended,),
                    push=harmed(sent, texts),
                )
            )
        )  # fmt: skip
        read = Read(page)
        assert set(read.elements) <= ELEMENTS - {"script", "form", "article"}
        assert set(read.attributes) <= ATTRIBUTES | {"tabindex"}


def test_times_are_told_in_the_unit_that_fits() -> None:
    for seconds, said in (
        (0.0313, "0.0313 s"),
        (89, "89 s"),
        (600, "10 min"),
        (7200, "2.0 h"),
        (400_000, "4.6 days"),
    ):
        began = run().started
        told = text_of(report(run=run(ended=began + timedelta(seconds=seconds))))
        assert f"took {said}." in told
