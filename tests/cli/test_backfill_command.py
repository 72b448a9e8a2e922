"""`ucsync backfill` as a person and a scheduler use it: begun, shown, stopped, refused, gone on with."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from signal import SIGINT
from typing import Any

import pytest

from tests.cli.served import KEYS, MERCHANT, Served, checked, configured, run_sync, wrong_in
from tests.store.books import quick_folder
from tests.ward import ROOT, Ended, Patient, Ward

CUSTOMERS = 95
#: Pages of ten; so few a window that there are several.
SMALL = ("--window-pages", "5")


@pytest.fixture(scope="module")
def served(ward: Ward) -> Iterator[Served]:
    with Served(ward, "--limits", "none", customers=CUSTOMERS) as opened:
        yield opened


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


def begin(ward: Ward, path: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Patient:
    return ward.ucsync("backfill", *arguments, *SMALL, "--config", str(path), environment=environment or KEYS)


def backfill(ward: Ward, path: Path, *arguments: str) -> Ended:
    return checked(begin(ward, path, *arguments).end())


def plan(ward: Ward, path: Path, *arguments: str) -> Ended:
    return checked(ward.ucsync("plan", "backfill", *arguments, "--config", str(path), environment=KEYS).end())


def facts(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)
    return found


def test_it_brings_in_everything_and_tells_scripts_so(ward: Ward, served: Served, folder: Path) -> None:
    path = configured(folder, {MERCHANT: served.url})
    ended = backfill(ward, path, "--json")
    assert ended.out.count("\n") == 1
    told = ended.told
    assert (told["merchant"], told["by"], told["newest_first"]) == (MERCHANT, "oid", True)
    assert (told["finished"], told["proof"], told["doubts"]) == (True, "proven", [])
    assert (told["customers"], told["total"], told["rows"]) == (CUSTOMERS, CUSTOMERS, CUSTOMERS)
    assert (told["paused_until"], told["exit_code"]) == (None, 0)
    assert told["windows"] == 3
    assert told["requests"] == told["requests_in_all"] + 1  # the closing sync
    assert Path(told["path"]) == folder / "lake" / MERCHANT / "snapshots" / told["snapshot"]
    lines = [facts(line) for line in ended.err.splitlines()]
    shown = next(line for line in lines if line["event"] == "backfilling")
    assert (shown["window"], shown["windows"], shown["total"]) == (1, 3, CUSTOMERS)
    assert shown["days_left"] >= 0
    assert wrong_in(path, served) == []
    asked = ward.done(
        "sql", "SELECT kind, count(*) FROM receipts GROUP BY 1 ORDER BY 1", "--config", str(path)
    )
    assert asked.out.splitlines() == ["kind,count_star()", "incremental,1", "window,4"]


def test_people_get_a_few_lines_and_a_bar_is_for_terminals_only(
    ward: Ward, served: Served, folder: Path
) -> None:
    ended = backfill(ward, configured(folder, {MERCHANT: served.url}), "--oldest-first")
    assert ended.code == 0
    assert ended.out.startswith(f"{MERCHANT}: backfill by oid, oldest first, is done\n  proof      proven\n")
    assert re.search(r"customers +95 read in \d+ windows, 0 deleted\n +95 are in the lake\n", ended.out)
    assert len(ended.out.splitlines()) <= 9
    assert "\x1b" not in ended.err


def test_a_part_is_read_and_said_to_be_one(ward: Ward, served: Served, folder: Path) -> None:
    path = configured(folder, {MERCHANT: served.url})
    oids = sorted(one["customer_profile_oid"] for one in served.truth())
    ended = backfill(ward, path, "--from", str(oids[40]), "--to", str(oids[60]))
    assert ended.code == 0, "it is what was asked for"
    assert f"newest first, from {oids[40]} to {oids[60]}, is done" in ended.out
    assert "unproven\n             only a part of the customers was asked for by the backfill" in ended.out


def test_stopped_in_a_window_it_goes_on_where_it_was(ward: Ward, served: Served, folder: Path) -> None:
    path = configured(folder, {MERCHANT: served.url}, "requests_per_s = 10\n")
    patient = begin(ward, path)
    patient.line_with("backfilling")
    patient.send(SIGINT)
    ended = checked(patient.end())
    assert (ended.code, ended.out) == (130, "")
    assert "stopped as asked; what was fetched is kept; run it again to go on" in ended.err
    left = plan(ward, path, "--json", *SMALL).told
    assert (left["goes_on"], left["customers_known_from"]) == (True, "by the server's count when it began")
    served.reset()
    told = backfill(ward, path, "--json").told
    assert served.counters()["requests"] == told["requests"] == left["cases"][0]["requests"]
    assert wrong_in(path, served) == []


def test_when_the_quota_is_spent_it_pauses_or_waits_until_its_time(ward: Ward, folder: Path) -> None:
    with Served(ward, "--limits", "100/3600", customers=CUSTOMERS) as served:
        path = configured(folder, {MERCHANT: served.url})
        ended = backfill(ward, path, "--budget", "4/hour", "--on-quota", "stop", "--json")
        assert ended.code == 76
        told = json.loads(ended.out)
        assert (told["finished"], told["requests"], told["exit_code"]) == (False, 4, 76)
        assert datetime.fromisoformat(told["paused_until"]).utcoffset() == timedelta()
        soon = datetime.now().astimezone() + timedelta(minutes=30)
        ended = backfill(ward, path, "--budget", "6/hour", "--until", f"{soon:%H:%M}")
        assert ended.code == 76
        assert "newest first, is paused\n" in ended.out
        assert f"next       ucsync backfill {MERCHANT}    goes on" in ended.out
        assert served.counters()["requests"] == 6
        night = run_sync(ward, path, "--json").told  # a nightly run has its own share
        assert night["reasons"] == [
            f"a backfill is under way: {night['rows']} of about 95 customers are there"
        ]
        assert night["exit_code"] == 0
        assert backfill(ward, path).code == 0
        assert wrong_in(path, served) == []
        assert served.counters()["too_many"] == {"concurrency": 0, "rate": 0, "fault": 0}


def test_a_nightly_run_goes_first_and_a_second_backfill_not_at_all(
    ward: Ward, served: Served, folder: Path
) -> None:
    path = configured(folder, {MERCHANT: served.url}, "requests_per_s = 5\n")
    patient = begin(ward, path)
    patient.line_with("backfilling")
    second = backfill(ward, path)
    assert (second.code, second.out) == (75, "")
    assert len(second.err.splitlines()) == 1
    assert run_sync(ward, path).code == 0
    patient.line_with("another run goes first")
    assert checked(patient.end()).code == 0
    assert wrong_in(path, served) == []


def test_one_under_way_is_not_mixed_up_with_another(ward: Ward, served: Served, folder: Path) -> None:
    path = configured(folder, {MERCHANT: served.url})
    assert backfill(ward, path, "--budget", "4/hour", "--on-quota", "stop").code == 76
    said = (
        rf"ucsync: {MERCHANT}: a backfill by oid, newest first, is under way: \d+ customers are"
        r" there; go on with it without --by, --from, --to and --oldest-first, or forget it with .*\n"
    )
    ended = backfill(ward, path, "--by", "signup")
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(said, ended.err)
    assert re.fullmatch(said, plan(ward, path, "--from", "1000050").err)
    told = backfill(ward, path, "--restart", "--oldest-first", "--json").told
    assert (told["newest_first"], told["finished"], told["proof"]) == (False, True, "proven")
    served.reset()
    again = backfill(ward, path, "--if-needed", "--json").told  # a timer that nobody has removed
    assert (again["finished"], again["exit_code"], again["requests"]) == (True, 0, 0)
    assert "every customer is there" in again["notes"][0]
    assert served.counters()["requests"] == 0


FINE = '[merchants.shop]\nserver = "http://127.0.0.1:9"\nkey_env = "SHOP_KEY"\n'


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        (None, (), 78, r"ucsync: .*ucsync\.toml: no such file; start from config\.example\.toml.*\n"),
        (FINE, ("stranger",), 78, r"ucsync: .*no merchant 'stranger'; there are: shop\n"),
        (FINE, ("--from", "2024-01-01"), 2, r"ucsync: --from 2024-01-01: a date; say --by modified or .*\n"),
        (
            FINE,
            ("--by", "week"),
            2,
            r"(?s)Usage: .*'--by'.*'week' is not one of 'oid', 'modified', 'signup'.*",
        ),
        (FINE, ("--budget", "0/day"), 2, r"ucsync: --budget 0/day: write how many .*6000/day\n"),
        (FINE, ("--until", "25:00"), 2, r"ucsync: --until 25:00: no time of day; .*06:00\n"),
    ],
)
def test_wrong_input_gets_one_clear_line_and_its_code(
    ward: Ward, folder: Path, text: str | None, arguments: tuple[str, ...], code: int, said: str
) -> None:
    path = folder / "ucsync.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    ended = checked(ward.ucsync("backfill", *arguments, "--config", str(path), environment=KEYS).end())
    assert (ended.code, ended.out) == (code, "")
    assert re.fullmatch(said, ended.err), ended.err
    assert not (folder / "lake").exists()


def test_without_a_key_or_a_server_nothing_is_lost(ward: Ward, served: Served, folder: Path) -> None:
    path = configured(folder, {MERCHANT: served.url})
    assert backfill(ward, path, "--budget", "4/hour", "--on-quota", "stop").code == 76
    ended = checked(begin(ward, path, environment={"SHOP_KEY": ""}).end())
    assert (ended.code, f"merchants.{MERCHANT}.key_env" in ended.err) == (78, True)
    text = path.read_text()
    path.write_text(text.replace("SHOP_KEY", "WRONG_KEY"))
    ended = backfill(ward, path)
    assert (ended.code, "401" in ended.err, "check the key" in ended.err) == (77, True, True)
    path.write_text(text)
    assert backfill(ward, path).code == 0
    assert wrong_in(path, served) == []


def test_a_schedulers_script_prints_one_line_each_and_takes_a_time_and_a_budget(
    ward: Ward, served: Served, folder: Path
) -> None:
    path = configured(folder, {MERCHANT: served.url}, 'on_quota = "stop"\n')

    def run(*arguments: str) -> Ended:
        pipeline = str(ROOT / "pipelines" / "backfill.py")
        return checked(ward.start("tests.ward:script", pipeline, *arguments, environment=KEYS).end())

    paused = run(str(path), "00:00", "3/hour")
    assert (paused.code, json.loads(paused.out)["finished"]) == (76, False)
    wrong = run(str(path), "24:00")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.startswith("ucsync: --until 24:00: no time of day")
    done = run(str(path))
    assert (done.code, done.told["finished"], done.told["proof"]) == (0, True, "proven")
