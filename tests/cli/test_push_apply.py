"""`ucsync push apply`, `retry` and `undo`: what a plan shows is sent, once, and can be taken back."""

import json
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.crm import CUSTOMERS, FIRST, SETTINGS, Crm, opened
from tests.ward import ROOT, Ended, Ward
from ucsync import Pusher, UcsyncError
from ucsync.model import Guarded, Misused

CITY = "billing[default].city"
CANARIES = 5
KEYS = {"DEMO_KEY": "sandbox-key"}


@pytest.fixture
def crm(ward: Ward, tmp_path: Path) -> Iterator[Crm]:
    with opened(ward, tmp_path / "crm") as shop:
        yield shop


def city(customer: Mapping[str, Any]) -> str | None:
    """Of the default billing address."""
    rows = customer.get("billing") or [{}]
    held: str | None = next((one for one in rows if one.get("default_billing")), rows[0]).get("city")
    return held


def movers(crm: Crm, count: int) -> list[tuple[object, ...]]:
    """Rows that move so many customers to another city."""
    oids = [oid for oid, one in crm.truth().items() if one.get("billing")][:count]
    return [("customer_profile_oid", CITY), *((oid, f"Newtown {oid}") for oid in oids)]


def test_what_was_planned_is_there_and_the_lake_knows_it_without_another_sync(crm: Crm) -> None:
    rows = movers(crm, 12)
    before, plan = crm.truth(), crm.planned(*rows)
    seen = crm.requests()
    done = crm.run("push", "apply", plan["plan"], "--json")
    assert done.code == 0, done.err
    told, after = done.told, crm.truth()
    assert (told["push"], told["steps"]["landed"], told["problems"]) == (plan["plan"], 12, [])
    assert crm.requests() - seen == told["requests"] <= 12 + CANARIES + 1
    assert told["window_s"]["median"] <= told["window_s"]["largest"]
    assert crm.disagreements() == []
    assert {oid for oid in after if city(after[oid]) == f"Newtown {oid}"} == {row[0] for row in rows[1:]}
    untouched = set(after) - {row[0] for row in rows[1:]}
    assert {oid: after[oid] for oid in untouched} == {oid: before[oid] for oid in untouched}


def test_a_second_apply_and_an_equal_file_send_nothing(crm: Crm) -> None:
    rows = movers(crm, 3)
    plan = crm.planned(*rows)
    assert crm.run("push", "apply", plan["path"]).code == 0
    seen = crm.requests()
    again = crm.run("push", "apply", plan["path"], "--json")
    assert (again.code, again.told["requests"], crm.requests()) == (0, 0, seen)
    equal = crm.planned(*rows, options=["--no-refresh"])
    assert (equal["steps"], equal["equal"], equal["touched"]) == ({}, 3, 0)
    empty = crm.run("push", "apply", equal["plan"], "--json")
    assert (empty.code, sum(empty.told["steps"].values())) == (0, 0)


def test_an_edit_of_the_same_field_since_the_plan_stays_and_is_told(crm: Crm) -> None:
    rows = movers(crm, 2)
    plan = crm.planned(*rows)
    oid = int(str(rows[1][0]))
    row = next(one for one in crm.truth()[oid]["billing"])
    crm.edit(oid, billing=[{**row, "city": "Elsewhere"}, *crm.truth()[oid]["billing"][1:]])
    done = crm.run("push", "apply", plan["plan"])
    assert done.code == 3
    assert re.search(rf"problem +row 1: customer {oid}, conflict", done.out)
    assert "Elsewhere" not in done.out + done.err
    assert city(crm.truth()[oid]) == "Elsewhere"
    assert city(crm.truth()[int(str(rows[2][0]))]) == rows[2][1]
    assert crm.run("push", "status").code == 3
    shown = crm.run("push", "show", plan["plan"]).out
    assert re.search(rf"step \d  update  customer {oid} .* conflict", shown)


def test_an_edit_of_another_field_of_the_same_address_is_kept(crm: Crm) -> None:
    rows = movers(crm, 1)
    plan = crm.planned(*rows)
    oid = int(str(rows[1][0]))
    first, *others = crm.truth()[oid]["billing"]
    crm.edit(oid, billing=[{**first, "company": "Edited Ltd"}, *others])
    assert crm.run("push", "apply", plan["plan"]).code == 0
    now = crm.truth()[oid]["billing"][0]
    assert (now["company"], now["city"]) == ("Edited Ltd", rows[1][1])


def merging(crm: Crm) -> list[str]:
    """Arguments of a plan that merges the second customer into the first."""
    mapping = crm.file(
        "merge.toml",
        '[match]\nby = "customer_profile_oid"\ncolumn = "Kept"\n'
        '[merge]\nsurvivor = "Kept"\nabsorbed = "Gone"\n',
    )
    changes = crm.changes(("Kept", "Gone"), (FIRST, FIRST + 1), name="merge.csv")
    return ["push", "plan", changes, "--mapping", mapping]


def test_a_merge_wants_two_words_and_says_which(crm: Crm) -> None:
    planned = crm.run(*merging(crm))
    assert planned.code == 0, planned.err
    found = re.search(r"ucsync (push apply (\S+) --confirm \S+ --confirm-merges \S+:1)$", planned.out, re.M)
    assert found is not None
    seen = crm.requests()
    for flags in ((), ("--confirm", "00000000"), ("--confirm", found[1].split()[4])):
        stopped = crm.run("push", "apply", found[2], *flags)
        assert (stopped.code, stopped.out) == (4, "")
        assert "--confirm-merges" in stopped.err
    assert crm.requests() == seen
    assert crm.run(*found[1].split()).code == 0
    assert FIRST + 1 not in crm.truth()
    assert crm.disagreements() == []
    asked = crm.run("sql", "SELECT absorbed_oid, survivor_oid FROM merges", "--json").told
    assert asked["rows"] == [{"absorbed_oid": FIRST + 1, "survivor_oid": FIRST}]


def test_a_deletion_wants_the_limit_and_two_words(crm: Crm) -> None:
    mapping = crm.file(
        "delete.toml",
        '[match]\nby = "customer_profile_oid"\ncolumn = "Id"\n[actions]\ndelete = true\ncolumn = "Do"\n',
    )
    arguments = ("push", "plan", crm.changes(("Id", "Do"), (FIRST, "delete")), "--mapping", mapping)
    assert crm.run(*arguments).code == 4
    planned = crm.run(*arguments, "--accept-deletes", "1")
    found = re.search(r"ucsync (push apply (\S+) --confirm \S+ --confirm-deletes \S+:1)$", planned.out, re.M)
    assert found is not None
    assert crm.run("push", "apply", found[2]).code == 4
    assert FIRST in crm.truth()
    assert crm.run(*found[1].split()).code == 0
    assert FIRST not in crm.truth()
    assert crm.disagreements() == []


def test_a_push_is_taken_back_but_for_what_was_edited_since(crm: Crm) -> None:
    rows, before = movers(crm, 3), crm.truth()
    plan = crm.planned(*rows)
    assert crm.run("push", "apply", plan["plan"]).code == 0
    edited, *others = [int(str(row[0])) for row in rows[1:]]
    first, *more = crm.truth()[edited]["billing"]
    crm.edit(edited, billing=[{**first, "city": "Later"}, *more])
    undone = crm.run("push", "undo", plan["plan"], "--accept-cleared", "3")
    assert undone.code == 3
    assert re.search(rf"kept +customer {edited}, billing\[\d+\]\.city", undone.out)
    assert f"takes back {plan['plan']}" in undone.out
    found = re.search(r"ucsync (push apply \S+)$", undone.out, re.M)
    assert found is not None
    assert crm.run(*found[1].split()).code == 0
    now = crm.truth()
    assert {oid: city(now[oid]) for oid in others} == {oid: city(before[oid]) for oid in others}
    assert city(now[edited]) == "Later"
    assert crm.disagreements() == []


def test_a_spent_quota_pauses_a_push_and_says_until_when(crm: Crm) -> None:
    rows = movers(crm, 8)
    plan = crm.planned(*rows)
    spent = crm.run("status", "--json").told["quota"][0]["used"]
    crm.configure(f"{SETTINGS}requests_per_hour = {spent + 6}\nreserve_percent = 0\n")
    paused = crm.run("push", "apply", plan["plan"], "--on-quota", "stop")
    assert paused.code == 76
    assert re.search(r"is paused; it can go on at \d{4}-\d\d-\d\d \d\d:\d\d UTC", paused.out)
    assert f"ucsync push apply {plan['plan']}" in paused.out
    assert crm.run("push", "status").code == 3
    assert crm.disagreements() == []
    crm.configure(SETTINGS)
    gone_on = crm.run("push", "apply", plan["plan"], "--json")
    assert (gone_on.code, gone_on.told["steps"]["landed"]) == (0, 8)
    assert crm.disagreements() == []


def test_a_plan_of_another_key_is_not_applied(crm: Crm) -> None:
    plan, seen = crm.planned(*movers(crm, 2)), crm.requests()
    refused = crm.run("push", "apply", plan["plan"], key="another")
    assert (refused.code, "under another key" in refused.err) == (4, True)
    assert (crm.requests(), crm.run("push", "status").out) == (seen, "demo: no push yet\n")
    assert crm.run("push", "apply", plan["plan"]).code == 0


def test_what_is_printed_and_logged_names_nobody(crm: Crm) -> None:
    rows = movers(crm, 6)
    plan = crm.planned(*rows)
    said = [crm.run("push", "apply", plan["plan"]), crm.run("push", "status"), crm.run("status")]
    said += [crm.run("push", "undo", plan["plan"], "--accept-cleared", "6")]
    assert '"event": "pushing"' in said[0].err
    emails = [one["email"] for one in crm.truth().values() if one.get("email")]
    for done in said:
        assert not [email for email in emails if email in done.out + done.err]
        assert "Newtown" not in done.out + done.err
    held = [*(crm.folder / "state" / "plans").rglob("*"), *(crm.folder / "state" / "pushes").rglob("*")]
    assert len(held) >= 5  # two folders, two plans, a journal
    assert [path for path in held if path.stat().st_mode & 0o077] == []


def test_a_push_is_on_a_page_and_in_a_table_with_what_became_of_it(crm: Crm, tmp_path: Path) -> None:
    plan = crm.planned(*movers(crm, 2))
    assert crm.run("push", "apply", plan["plan"]).code == 0
    html, table = tmp_path / "push.html", tmp_path / "push.csv"
    shown = crm.run("push", "show", plan["plan"], "--html", str(html), "--csv", str(table))
    assert (shown.code, "Newtown" in shown.out) == (0, False)
    assert "Newtown" in html.read_text(encoding="utf-8")
    assert table.read_text(encoding="utf-8").count("landed") == 2
    told = crm.run("push", "show", plan["plan"], "--json").told
    assert (told["push"], told["steps"]["landed"]) == (plan["plan"], 2)
    assert {line["state"] for line in told["lines"]} == {"landed"}


def test_pushes_are_listed_newest_first(crm: Crm) -> None:
    assert "no push yet" in crm.run("push", "status").out
    ids = []
    for number in range(2):
        rows = [("customer_profile_oid", "business_notes"), (FIRST, f"note {number}")]
        ids.append(crm.planned(*rows)["plan"])
        assert crm.run("push", "apply", ids[-1][:-3]).code == 0
    listed = crm.run("push", "status", "demo", "--json").told
    # An id begins with the second of its plan.
    assert [one["push"] for one in listed["pushes"]] == sorted(ids, reverse=True)
    assert crm.run("push", "status", "nobody").code == 78
    assert crm.run("push", "show", "2").code == 2


def test_killed_half_way_it_goes_on_and_sends_nothing_twice(ward: Ward, crm: Crm) -> None:
    crm.configure(f"{SETTINGS}requests_per_s = 20\n".replace("requests_per_s = 1000\n", ""))  # no haste
    rows = movers(crm, 30)
    plan, seen = crm.planned(*rows), crm.requests()
    run = ward.ucsync("push", "apply", plan["plan"], folder=crm.folder, environment=KEYS)
    while (sent := crm.requests() - seen) < 18:
        assert sent <= 30
    run.send(signal.SIGKILL)
    assert run.end().code == -signal.SIGKILL, "it was too quick to be killed"
    done = crm.run("push", "apply", plan["plan"], "--json")
    assert (done.code, done.told["steps"]["landed"] + done.told["steps"]["already"]) == (0, len(rows) - 1)
    assert crm.requests() - seen <= 30 + CANARIES + 2 + 2  # two refreshes, one step in doubt read back
    assert crm.disagreements() == []


def test_the_same_from_python(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_KEY", "sandbox-key")
    pusher = Pusher(crm.folder / "ucsync.toml", "demo", on_quota="stop")
    planned = pusher.plan(crm.folder / crm.changes(*movers(crm, 2)))
    assert planned.exit_code == 0
    assert pusher.apply(planned.plan.path).exit_code == 0
    assert [one.push for one in pusher.status()[0].pushes] == [planned.plan.id]
    with pusher.show(planned.plan.id) as sheet:
        assert [line.state for line in sheet.lines()] == ["landed", "landed"]
    assert pusher.retry(planned.plan.id).requests == 0
    undone = pusher.undo(planned.plan.id, refresh=False, accept_cleared=2)
    assert pusher.apply(undone.planned.plan.id).exit_code == 0
    with pytest.raises(Misused, match="no plan or push begins with that"):
        pusher.apply("1999")
    merge = crm.run(*merging(crm), "--json").told
    with pytest.raises(Guarded, match="--confirm-merges"):
        pusher.apply(merge["plan"])
    with pytest.raises(UcsyncError, match="no merchant 'nobody'"):
        Pusher(crm.folder / "ucsync.toml", "nobody")


def test_the_pipeline_plans_and_applies_and_leaves_to_a_person_what_needs_one(ward: Ward, crm: Crm) -> None:
    def pipeline(*arguments: str) -> Ended:
        script = str(ROOT / "pipelines" / "crm_push.py")
        return ward.start("tests.ward:script", script, *arguments, folder=crm.folder, environment=KEYS).end()

    mapping = crm.file(
        "city.toml", '[match]\nby = "customer_profile_oid"\ncolumn = "Id"\n[columns]\n"City" = '
        '"billing[default].city"\n',
    )  # fmt: skip
    rows = [("Id", "City"), *movers(crm, 3)[1:], (999, "Ulm")]
    done = pipeline(crm.changes(*rows), mapping, "ucsync.toml")
    plan, push = map(json.loads, done.out.splitlines())
    assert (done.code, plan["rejected"], push["steps"]["landed"]) == (3, 1, 3)
    assert crm.disagreements() == []
    _, _, changes, _, mapping = merging(crm)
    stopped = pipeline(changes, mapping)
    assert (stopped.code, "--confirm-merges" in stopped.err) == (4, True)
    assert len(crm.truth()) == CUSTOMERS
    assert pipeline("nowhere.csv").code == 65
    assert "crm_push.py contacts.csv" in pipeline().err
