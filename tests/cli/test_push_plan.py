"""`ucsync push plan`: what a CRM's changes come to, before any of them is sent."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shop, listing
from tests.cli.crm import CUSTOMERS, FIRST, Crm, opened
from tests.ward import Ward
from ucsync.app import read_config, written_of
from ucsync.model import Tier
from ucsync.store.written import Standing, Wrote

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w")
ROWS = (
    ("customer_profile_oid", "tax_id", "billing[default].city"),
    (FIRST, "12-345", ""),
    (FIRST + 1, "", "Ulm"),
)


@pytest.fixture(scope="module")
def crm(ward: Ward, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    """Of these tests together: none of them changes a customer."""
    with opened(ward, tmp_path_factory.mktemp("crm"), "tax_ids = true\n") as shop:
        yield shop


def test_a_plan_shows_what_would_change_and_spends_only_the_refresh(crm: Crm) -> None:
    before, seen = crm.truth(), crm.requests()
    done = crm.run("push", "plan", crm.changes(*ROWS), "--json")
    assert done.code == 0, done.err
    told = done.told
    assert (told["merchant"], told["customers"], told["touched"]) == ("demo", CUSTOMERS, 2)
    assert (told["steps"], told["changes"], told["cleared"]) == ({"update": 2}, 2, 0)
    assert told["price"]["requests"]["updateCustomer"] == 2
    assert crm.requests() - seen == told["requests"] == 1
    assert crm.truth() == before


def test_without_a_refresh_a_plan_is_free(crm: Crm) -> None:
    seen = crm.requests()
    assert crm.planned(*ROWS, options=["--no-refresh"])["requests"] == 0
    assert crm.requests() == seen


def test_the_summary_names_nobody_and_the_files_are_their_owners(crm: Crm, tmp_path: Path) -> None:
    html, table = tmp_path / "plan.html", tmp_path / "plan.csv"
    done = crm.run("push", "plan", crm.changes(*ROWS), "--html", str(html), "--csv", str(table))
    assert done.code == 0, done.err
    assert not _EMAIL.search(done.out + done.err)
    assert "Ulm" not in done.out + done.err
    found = re.search(r"file +(.*\.plan)", done.out)
    assert found is not None
    for path in (Path(found[1]), html, table):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "Ulm" in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(Path(found[1]).parent.stat().st_mode) == 0o700


def test_what_is_put_elsewhere_is_known_to_the_register(crm: Crm, tmp_path: Path) -> None:
    html, out = tmp_path / "plan.html", tmp_path / "my.plan"
    rows = (*ROWS, (77, "", "nobody"))
    done = crm.run("push", "plan", crm.changes(*rows), "--html", str(html), "--out", str(out))
    assert done.code == 3, done.err
    config = read_config(crm.folder / "ucsync.toml")
    known = {entry.path: entry for entry in written_of(config, "demo").entries()}
    for path, what in (
        (html, Wrote.PLAN_PAGE), (out, Wrote.PLAN), (tmp_path / "my.rejects.csv", Wrote.PLAN),
    ):  # fmt: skip
        assert (known[path].deed.what, known[path].deed.tier) == (what, Tier.HIGH)
        assert known[path].standing() is Standing.SAME


def test_the_next_command_can_be_typed_as_it_is_printed(crm: Crm) -> None:
    done = crm.run("push", "plan", crm.changes(*ROWS))
    found = re.search(r"ucsync (push show \S+)", done.out)
    assert found is not None
    shown = crm.run(*found[1].split())
    assert shown.code == 0
    assert '"Ulm"' in shown.out
    assert re.search(r"ucsync push apply \S+$", done.out, re.MULTILINE)


def test_every_change_is_shown_before_and_after_in_text_and_json(crm: Crm) -> None:
    truth = crm.truth()
    told = crm.planned(*ROWS)
    shown = crm.run("push", "show", told["plan"], "--json").told
    assert shown["plan"] == told["plan"]
    first, second = shown["lines"]
    assert (first["customer_profile_oid"], first["path"], first["rows"]) == (FIRST, "tax_id", [1])
    assert (first["before"], first["after"]) == (truth[FIRST].get("tax_id"), "12-345")
    assert second["path"].endswith(".city")
    assert (second["customer"], second["after"]) == (truth[FIRST + 1]["email"], "Ulm")
    said = crm.run("push", "show", told["path"]).out
    assert f"customer {FIRST}  {truth[FIRST]['email']}  row 1" in said
    assert re.search(r'tax_id +.* → "12-345"', said)


def test_a_plan_goes_where_it_is_wanted_and_is_never_overwritten(crm: Crm, tmp_path: Path) -> None:
    out = tmp_path / "mine.plan"
    done = crm.run("push", "plan", crm.changes(*ROWS), "--out", str(out), "--no-refresh")
    assert f"ucsync push apply {out}" in done.out
    written = out.read_bytes()
    again = crm.run("push", "plan", crm.changes(*ROWS), "--out", str(out), "--no-refresh")
    assert (again.code, again.out) == (2, "")
    assert "there is a file mine.plan already" in again.err
    assert out.read_bytes() == written


def test_a_plan_shown_by_its_file_names_that_file_in_the_next_command(crm: Crm, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere.plan"
    assert crm.run("push", "plan", crm.changes(*ROWS), "--out", str(out), "--no-refresh").code == 0
    assert f"ucsync push apply {out}" in crm.run("push", "show", str(out)).out


@pytest.mark.parametrize(
    ("rows", "said"),
    [((), "none: nothing is asked for\n"), (((999, "1", ""),), "steps      none\n")],
    ids=["a heading alone", "a stranger alone"],
)
def test_a_file_that_comes_to_nothing_is_not_called_equal(crm: Crm, rows: tuple[Any, ...], said: str) -> None:
    done = crm.run("push", "plan", crm.changes(ROWS[0], *rows), "--no-refresh")
    assert said in done.out
    assert "everything is as" not in done.out


@pytest.mark.parametrize(
    "command",
    [("show", "nobody-knows-it"), ("show", "20", "--html", "ucsync.toml"), ("status", "nobody")],
    ids=["an unknown plan", "a file that is there", "an unknown merchant"],
)
def test_what_goes_wrong_is_told_as_json_too(crm: Crm, command: tuple[str, ...]) -> None:
    done = crm.run("push", *command, "--json")
    assert done.told["exit_code"] == done.code != 0
    assert done.told["error"]


@pytest.mark.parametrize("option", ["--html", "--csv"])
def test_a_file_that_is_there_is_left_as_it_is_and_said_before_a_request(
    crm: Crm, tmp_path: Path, option: str
) -> None:
    there, seen = tmp_path / "there", crm.requests()
    there.write_text("mine", encoding="utf-8")
    changes = crm.changes(*ROWS)
    for command in (("plan", changes), ("show", "2026")):
        done = crm.run("push", *command, option, str(there))
        assert (done.code, done.out) == (2, "")
        assert "is there already, and is left as it is" in done.err
    nowhere = crm.run("push", "plan", changes, option, str(tmp_path / "no" / "where"))
    assert (nowhere.code, "there is no folder" in nowhere.err) == (2, True)
    assert (there.read_text(encoding="utf-8"), crm.requests()) == ("mine", seen)


def test_rows_that_cannot_be_sent_are_told_one_by_one_and_the_others_planned(crm: Crm) -> None:
    rows = (*ROWS, ("nobody", "1", ""), (999, "1", ""), (FIRST + 2, "far too long for a tax id", ""))
    done = crm.run("push", "plan", crm.changes(*rows))
    assert done.code == 3
    found = re.search(r"rejects +(.*\.rejects\.csv)", done.out)
    assert found is not None
    rejects = Path(found[1])
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    heading, *problems = rejects.read_text(encoding="utf-8").splitlines()
    assert heading == "row,key,column,problem"
    assert [line.split(",")[0] for line in problems] == ["3", "4", "5"]
    assert "update" in done.out


def test_a_guard_stops_a_plan_and_says_with_which_words_it_goes_on(crm: Crm) -> None:
    crm.configure("tax_ids = true\npush.customers_max = 1\npush.percent_max = 0\n")
    try:
        stopped = crm.run("push", "plan", crm.changes(*ROWS))
        assert stopped.code == 4
        assert "2 of 40 customers would change, 1 may" in stopped.out
        found = re.search(r"(--accept-changes \d+)", stopped.out)
        assert found is not None
        assert "push apply" not in stopped.out
        accepted = crm.run("push", "plan", crm.changes(*ROWS), *found[1].split())
        assert (accepted.code, "push apply" in accepted.out) == (0, True)
    finally:
        crm.configure("push.late_s = 1\npush.percent_max = 100\ntax_ids = true\n")


def test_a_field_becomes_empty_only_with_a_word_that_says_so(crm: Crm) -> None:
    oid = next(oid for oid, one in crm.truth().items() if one.get("billing"))
    mapping = crm.file(
        "clearing.toml",
        '[match]\nby = "customer_profile_oid"\ncolumn = "Id"\n[cells]\nclear = "CLEAR"\n'
        '[columns]\n"City" = "billing[default].city"\n',
    )
    arguments = ("push", "plan", crm.changes(("Id", "City"), (oid, "CLEAR")), "--mapping", mapping)
    stopped = crm.run(*arguments, "--json")
    assert (stopped.code, stopped.told["cleared"]) == (4, 1)
    assert crm.run(*arguments, "--accept-cleared", "1").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("customer_profile_oid,tax_id\n1000001\n", "line 2"),
        ("customer_profile_oid,tax_id,tax_id\n1,2,3\n", "columns 2 and 3 have the same name"),
        ("tax_id\n5\n", "customer_profile_oid"),
        ("customer_profile_oid,taxid\n1,5\n", r"column taxid: no such target; did you mean tax_id\?"),
        ("", "empty|no heading|nothing"),
    ],
    ids=["short row", "twice the same column", "no key", "unknown column", "nothing"],
)
def test_a_file_that_cannot_be_used_is_said_in_a_line_or_two_with_65(crm: Crm, text: str, said: str) -> None:
    seen = crm.requests()
    done = crm.run("push", "plan", crm.file("bad.csv", text))
    assert (done.code, done.out) == (65, "")
    assert re.search(said, done.err)
    assert done.err.count("\n") <= 2
    assert crm.requests() == seen


def test_a_file_that_is_not_there_is_said_with_65(crm: Crm) -> None:
    done = crm.run("push", "plan", "nowhere.csv", "--json")
    assert done.code == 65
    assert done.told["exit_code"] == 65
    assert "nowhere.csv" in done.err


def test_every_fault_of_a_mapping_is_told_at_once(crm: Crm) -> None:
    mapping = crm.file("bad.toml", '[match]\nby = "name"\n[columns]\n"A" = "billing.town"\n"B" = "loyalty"\n')
    done = crm.run("push", "plan", crm.changes(*ROWS), "--mapping", mapping)
    assert (done.code, done.out) == (78, "")
    assert len(re.findall(r"bad\.toml:\d", done.err)) >= 3
    missing = crm.run("push", "plan", crm.changes(*ROWS), "--mapping", "nowhere.toml")
    assert (missing.code, "nowhere.toml: no such file" in missing.err) == (78, True)


def test_a_query_chooses_what_is_asked_for(crm: Crm) -> None:
    told = crm.planned(*ROWS, options=["--sql", "SELECT * FROM changes WHERE tax_id IS NOT NULL"])
    assert told["touched"] == 1


def test_the_snapshot_that_the_crm_had_may_be_named_by_the_beginning_of_its_id(crm: Crm) -> None:
    receipts = [json.loads((folder / "receipt.json").read_text()) for folder in crm.snapshots()]
    first = next(one["snapshot"] for one in receipts if one["parent"] is None)
    assert crm.planned(*ROWS, options=["--base", first[:-2]])["base"] == first
    unknown = crm.run("push", "plan", crm.changes(*ROWS), "--base", "1999")
    assert (unknown.code, "no snapshot begins with that" in unknown.err) == (2, True)


def test_before_the_first_sync_there_is_nothing_to_plan_against(synced: Shop, tmp_path: Path) -> None:
    fresh = Crm(tmp_path, synced.url)
    fresh.configure()
    done = fresh.run(
        "push", "plan", fresh.changes(("email", "billing[default].city"), ("a@b.example", "Ulm"))
    )
    assert (done.code, done.out) == (2, "")
    assert "ucsync sync demo" in done.err


def test_looking_at_a_plan_writes_nothing_and_asks_nobody(crm: Crm) -> None:
    told = crm.planned(*ROWS)
    before, seen = listing(crm.folder), crm.requests()
    assert crm.run("push", "show", told["plan"], key=None).code == 0
    assert crm.run("push", "show", told["path"], "--json", key=None).code == 0
    assert crm.run("push", "status", key=None).code == 0
    assert (listing(crm.folder), crm.requests()) == (before, seen)


def test_a_plan_that_was_edited_is_neither_shown_nor_applied(crm: Crm, tmp_path: Path) -> None:
    out = tmp_path / "edited.plan"
    crm.planned(*ROWS, options=["--out", str(out), "--no-refresh"])
    out.write_text(out.read_text(encoding="utf-8").replace("Ulm", "Rom"), encoding="utf-8")
    for command in ("show", "apply"):
        done = crm.run("push", command, str(out))
        assert (done.code, done.out) == (65, "")
        assert "edited" in done.err


@pytest.mark.parametrize("command", ["show", "apply", "retry", "undo"])
def test_what_nobody_knows_is_said_in_one_line(crm: Crm, command: str) -> None:
    done = crm.run("push", command, "19991231")
    assert (done.code, done.out) == (2, "")
    assert "no plan or push begins with that" in done.err
    assert done.err.count("\n") == 1


def test_what_was_not_begun_cannot_be_gone_on_with(crm: Crm) -> None:
    plan = crm.planned(*ROWS)["plan"]
    for command in ("retry", "undo"):
        done = crm.run("push", command, plan)
        assert (done.code, "was not begun yet" in done.err) == (2, True)


@pytest.mark.parametrize("command", ["plan", "apply", "show", "status", "retry", "undo"])
def test_help_has_an_example(crm: Crm, command: str) -> None:
    done = crm.run("push", command, "--help")
    assert (done.code, "Example:" in done.out) == (0, True)
    assert f"ucsync push {command}" in done.out


def test_a_run_is_noted_with_what_it_did(crm: Crm) -> None:
    crm.planned(*ROWS)
    runs = crm.run("status", "--json").told["runs"]
    assert runs[0]["kind"] == "push plan"
    assert json.dumps(runs).count("Ulm") == 0
