"""The commands as a person or a script runs them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.served import Served
from tests.ward import ROOT, Ward, real_ucsync
from tests.watch import KEY

DEEP = bool(os.environ.get("UCSYNC_DEEP"))


def test_the_demo_ends_with_a_lake_that_agrees_in_every_field(ward: Ward) -> None:
    seed = "4" if DEEP else "1"  # four faults, or one: each takes seconds
    done = ward.done("demo", "--customers", "450", "--faults", "html=0.1", "--seed", seed, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert (told["customers"], told["disagreeing"]) == (450 + 120 - 3, 0)
    assert (told["full"]["inserted"], told["full"]["proof"]) == (450, "proven")
    assert (told["incremental"]["inserted"], told["incremental"]["updated"]) == (120, 178)
    assert told["reconcile"]["deleted"] == 3
    assert told["sandbox"]["in_flight_most"] == 1
    assert told["sandbox"]["too_many"]["concurrency"] == 0


def test_the_demo_speaks_to_people_and_leaves_a_lake_to_look_at(ward: Ward, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = ward.done("demo", "--customers", "250", "--faults", "", "--folder", str(folder))
    assert done.code == 0
    assert "lake and sandbox agree in every field of 367 customers" in done.out
    asked = ward.done("sql", "SELECT count(*) FROM customers", "--config", str(folder / "ucsync.toml"))
    assert asked.out.splitlines()[1] == "367"
    again = ward.done("demo", "--folder", str(folder))
    assert (again.code, "this folder exists" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("demo", "--faults", "nope=1"), 78, "no fault nope; there are 429, 500"),
        (("demo", "--faults", "500"), 78, "not name=rate"),
        (("demo", "--faults", "500=2"), 78, "0 to 1"),
        (("demo", "--customers", "-1"), 78, "customers -1 is outside"),
        (("demo", "--customers", "many"), 2, "not a valid integer|valid integer"),
        (
            ("doctor", "--config", "nowhere.toml"),
            78,
            "nowhere.toml: no such file; start from config.example.toml",
        ),
        (("frobnicate",), 2, "No such command"),
    ],
)
def test_wrong_input_gets_one_clear_line_and_its_code(
    ward: Ward, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = ward.done(*arguments)
    assert done.code == code
    assert re.search(said, done.err)
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    "command",
    [
        "account check",
        "account export",
        "backfill",
        "demo",
        "doctor",
        "plan backfill",
        "plan sync",
        "reconcile",
        "sandbox",
        "sql",
        "status",
        "sync",
    ],
)
def test_help_has_an_example(ward: Ward, command: str) -> None:
    done = ward.done(*command.split(), "--help")
    assert done.code == 0
    assert "Example:" in done.out
    assert f"ucsync {command}" in done.out


def test_the_version_is_shown(tmp_path: Path) -> None:
    done = real_ucsync("--version", folder=tmp_path, environment={}).end()
    assert re.fullmatch(r"ucsync \d+\.\d+\.\d+\n", done.out)


def configured(folder: Path, server: str) -> Path:
    path = folder / "ucsync.toml"
    path.write_text(f'[merchants.demo]\nserver = "{server}"\nkey_env = "DEMO_KEY"\n', encoding="utf-8")
    return path


def test_the_doctor_tells_scripts_too(ward: Ward, tmp_path: Path) -> None:
    with Served(ward, customers=30) as served:
        path = configured(tmp_path, served.url)
        done = ward.done("doctor", "demo", "--config", str(path), "--json", DEMO_KEY=KEY)
        wrong = ward.done("doctor", "--config", str(path), DEMO_KEY="another-key")
    told = json.loads(done.out)
    assert (told["merchant"], told["customers"]) == ("demo", 30)
    assert wrong.code == 77
    assert re.search(r"bad +key +getCustomers: 401: Credentials are missing or invalid", wrong.out)
    assert wrong.err == ""


def test_the_seed_decides_the_bad_moments(ward: Ward) -> None:
    runs = [
        ward.ucsync("demo", "--customers", "200", "--faults", "html=0.05", "--seed", seed, "--json")
        for seed in "112"
    ]
    requests = [run.end().told["sandbox"]["requests"] for run in runs]
    assert requests[0] == requests[1] != requests[2]


def test_a_bug_of_ours_shows_where_but_not_what(tmp_path: Path) -> None:
    script = (
        "import sys; from ucsync import cli; \n"
        f"sys.argv = ['ucsync', 'boom']\n"
        f"def boom() -> None:\n    secret = {KEY!r}\n    raise KeyError(secret)\n"
        "cli.application.command()(boom)\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "a bug of ours, KeyError" in done.stderr
    assert KEY not in done.stderr


def test_the_doctor_says_what_is_wrong(ward: Ward, tmp_path: Path, unused_tcp_port: int) -> None:
    path = configured(tmp_path, f"http://127.0.0.1:{unused_tcp_port}")
    without_key = ward.done("doctor", "--config", str(path))
    assert without_key.code == 78
    assert re.search(r"bad +key +merchants.demo.key_env: no key there", without_key.out)
    path.write_text(path.read_text().replace("http:", "https:") + "deadline_s = 0\n", encoding="utf-8")
    wrong = ward.done("doctor", "--config", str(path), DEMO_KEY=KEY)
    assert (wrong.code, "merchants.demo.deadline_s" in wrong.err) == (78, True)
    assert KEY not in wrong.err + without_key.out
