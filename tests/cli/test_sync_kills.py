"""The command itself: killed, interrupted, run twice at once, beside others, and on a small disk."""

import fcntl
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import IO

import pytest

from tests.cli.rivals import AT_WORK, ENDED, READY
from tests.cli.served import (
    KEYS,
    MERCHANT,
    Served,
    begin_sync,
    checked,
    configured,
    pages_of,
    receipts_of,
    run_sync,
    wrong_in,
)
from tests.store.books import quick_folder
from tests.ward import Patient, Ward, real_ucsync

DEEP = "UCSYNC_DEEP" in os.environ
#: In interpreters of their own, and in forks.
REAL_KILLS = 200 if DEEP else 4
FORKED_KILLS = 400 if DEEP else 16
TRIALS = 100 if DEEP else 24
#: The state cannot be opened; a run not noted; a request neither granted nor settled.
DISK_BYTES = (0, 30_000, 50_000, 130_000, 200_000) if DEEP else (30_000, 200_000)

#: A run that reads 100 customers from this sandbox takes about a third of a second.
PATIENT = ("--limits", "none", "--latency", "0.01")


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


def real_sync(path: Path, *arguments: str) -> Patient:
    """`python -m ucsync sync`."""
    return real_ucsync("sync", *arguments, "--config", str(path), folder=path.parent, environment=KEYS)


@pytest.mark.parametrize(("begin", "kills"), [("real", REAL_KILLS), ("forked", FORKED_KILLS)])
def test_kill_9_at_any_moment_costs_a_page_at_most_and_never_a_row(
    ward: Ward, folder: Path, begin: str, kills: int
) -> None:
    def life(seed: int) -> None:
        """One merchant, killed so often; between, whatever comes to its end, more is changed."""
        chance = random.Random(seed)  # noqa: S311  (the same moments each time, as far as time goes)
        with Served(ward, *PATIENT) as served:
            path, dead, full = configured(folder / f"life-{seed}", {MERCHANT: served.url}), 0, list[str]()
            while dead < kills // 2:
                run = real_sync(path, *full) if begin == "real" else begin_sync(ward, path, *full)
                if chance.random() < 0.9:
                    run.next_line()
                with later(chance.uniform(0, 0.15), lambda run=run: run.send(SIGKILL)):  # type: ignore[misc]  # mypy: no types for a lambda's defaults
                    code = checked(run.end()).code
                assert code in (0, -SIGKILL)
                dead += code != 0
                if code == 0:
                    served.change(30, f"change {dead}")
                    full = ["--full"] if chance.random() < 0.5 else []
            assert run_sync(ward, path, *full).code == 0
            assert wrong_in(path, served) == []
            counters, pages = served.counters(), pages_of(receipts_of(path))
            # the server may still be at a dead run's page when the next run asks
            answered = counters["requests"] - counters["too_many"]["concurrency"]
            assert pages <= answered <= pages + dead

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(life, (1, 2)))


@contextmanager
def later(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Do something so many seconds from now, unless all is over by then."""
    timer = threading.Timer(seconds, act)
    timer.start()
    yield
    timer.cancel()


@pytest.mark.parametrize(("number", "code"), [(SIGTERM, 143), (SIGINT, 130)])
def test_a_run_that_is_asked_to_stop_finishes_its_page_and_the_next_one_goes_on(
    ward: Ward, folder: Path, number: Signals, code: int
) -> None:
    with Served(ward, "--limits", "none", "--latency", "0.05") as served:
        path = configured(folder, {MERCHANT: served.url})
        run = real_sync(path, "--json") if number is SIGTERM else begin_sync(ward, path, "--json")
        run.line_with('"event": "reading"')
        began_s = time.monotonic()
        run.send(number)
        ended = checked(run.end())
        assert (ended.code, time.monotonic() - began_s < 10) == (code, True)
        assert "stopped as asked; what was fetched is kept" in ended.err
        pages = len(list((folder / "state" / "staging" / MERCHANT).rglob("*.zst")))
        assert served.counters()["requests"] == pages > 0
        told = run_sync(ward, path, "--json").told
        assert any(f"{pages} pages of scan" in note for note in told["notes"])
        assert served.counters()["requests"] == told["requests"] == pages_of(receipts_of(path))
        assert wrong_in(path, served) == []


@pytest.mark.skipif(not DEEP, reason="takes as long as a user may have to wait")
@pytest.mark.parametrize(("number", "code"), [(SIGTERM, 143), (SIGINT, 130)])
def test_a_server_that_does_not_answer_holds_nobody_longer_than_ten_seconds(
    ward: Ward, folder: Path, number: Signals, code: int
) -> None:
    with Served(ward, "--limits", "none", "--latency", "0.1") as served:
        run = real_sync(configured(folder, {MERCHANT: served.url}))
        run.line_with('"event": "reading"')
        served.control("faults", {"stall": 1})
        while served.counters()["faults"].get("stall", 0) == 0:
            pass
        began_s = time.monotonic()
        run.send(number)
        assert checked(run.end()).code == code
        assert time.monotonic() - began_s < 10


def test_of_two_runs_at_once_one_works_and_one_leaves_without_a_request(ward: Ward, folder: Path) -> None:
    with Served(ward, "--limits", "none") as served:
        # the second name is another merchant with the same key: an application is one, too
        path = configured(folder, {MERCHANT: served.url, "twin": served.url})
        for names in ((MERCHANT, MERCHANT), (MERCHANT, "twin")):
            gates = [(locked(folder / f"start-{n}"), locked(folder / f"go-{n}")) for n in range(TRIALS // 2)]
            runs = [ward.start("tests.cli.rivals:compete", str(path), name, len(gates), environment=KEYS)
                    for name in names]  # fmt: skip
            for start, go in gates:
                served.reset()
                winner, loser = race(runs, start, go)
                assert (winner[:2], loser[:3]) == ([ENDED, "0"], [ENDED, "75", "0"])
                assert served.counters()["requests"] == int(winner[2]) > 0
                assert "another run holds" in " ".join(loser)
            assert [checked(run.end()).code for run in runs] == [0, 0]
            assert all(wrong_in(path, served, name) == [] for name in names)


def locked(path: Path) -> IO[str]:
    """A file that others wait for, until it is closed."""
    file = path.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def race(runs: list[Patient], start: IO[str], go: IO[str]) -> tuple[list[str], list[str]]:
    """Two runs that begin in the same moment: what the one that worked says at its end, and the other.

    Whoever gets to work waits there until the other has ended, or works as well.
    """
    for run in runs:
        run.line_with(READY)
    start.close()
    said = [run.next_line() for run in runs]
    go.close()
    assert sum(line.startswith(AT_WORK) for line in said) == 1, said
    at_work = said.index(f"{AT_WORK}\n")
    return runs[at_work].next_line().split(), said[1 - at_work].split()


def test_of_two_commands_at_once_one_works_and_one_exits_75(ward: Ward, folder: Path) -> None:
    with Served(ward, "--limits", "none", "--latency", "0.5") as served:
        path = configured(folder, {MERCHANT: served.url}, "page_size = 50\n")
        for _ in range(20 if DEEP else 1):
            runs = [real_sync(path, "--json") if DEEP else begin_sync(ward, path, "--json") for _ in range(2)]
            ended = sorted((checked(run.end()) for run in runs), key=lambda one: one.code)
            assert [one.code for one in ended] == [0, 75]
            assert '"exit_code": 75' in ended[1].out
        assert served.counters()["requests"] == pages_of(receipts_of(path))
        assert wrong_in(path, served) == []


def test_a_merchant_whose_key_is_refused_leaves_the_others_done(ward: Ward, folder: Path) -> None:
    with Served(ward, "--limits", "none") as served, Served(ward, "--limits", "none") as other:
        path = configured(folder, {"one": served.url, "two": other.url})
        refused = f'\n[merchants.refused]\nserver = "{served.url}"\nkey_env = "WRONG_KEY"\n'
        path.write_text(path.read_text() + refused)
        ended = run_sync(ward, path, "--json")
        assert ended.code == 77
        told = {one["merchant"]: one for one in json.loads(ended.out)["results"]}
        assert [told[name]["exit_code"] for name in ("one", "two", "refused")] == [0, 0, 77]
        assert wrong_in(path, served, "one") == wrong_in(path, other, "two") == []


@dataclass(frozen=True)
class Begun:
    """A run of which one merchant's server is down: it takes its time to give up."""

    served: Served
    path: Path
    run: Patient


@pytest.fixture(scope="module", autouse=True)
def begun(ward: Ward) -> Iterator[Begun]:
    """Begun before the other tests, because of that."""
    with quick_folder() as folder, Served(ward, "--limits", "none") as served:
        path = configured(folder, {"down": "http://127.0.0.1:9", "up": served.url})
        yield Begun(served, path, begin_sync(ward, path))


def test_a_merchant_whose_server_is_down_leaves_the_others_done(begun: Begun) -> None:
    ended = checked(begun.run.end())
    assert ended.code == 69
    assert "ucsync: down: getCustomers: " in ended.err
    assert "check the server's address and the network" in ended.err
    assert "up: full scan" in ended.out
    assert wrong_in(begun.path, begun.served, "up") == []
    [receipt] = receipts_of(begun.path, "up")
    attempts = [json.loads(line)["at"] for line in ended.err.splitlines() if '"attempt ' in line]
    assert receipt.finished_at < datetime.fromisoformat(attempts[-1]), "they ran at the same time"


def test_merchants_that_share_a_key_never_have_two_requests_under_way(ward: Ward, folder: Path) -> None:
    with Served(ward, *PATIENT) as served:
        names = [f"shop-{number}" for number in range(4)]
        path = configured(folder, dict.fromkeys(names, served.url))
        ended = run_sync(ward, path, "--json")
        assert ended.code == 0
        counters = served.counters()
        assert counters["in_flight_most"] == 1
        assert counters["too_many"] == {"concurrency": 0, "rate": 0, "fault": 0}
        assert counters["requests"] == sum(pages_of(receipts_of(path, name)) for name in names)


@pytest.mark.parametrize("bytes_max", DISK_BYTES)
def test_a_disk_without_room_is_exit_code_74_and_the_next_run_converges(
    ward: Ward, folder: Path, bytes_max: int
) -> None:
    with Served(ward, "--limits", "none", customers=1500) as served:
        path = configured(folder, {MERCHANT: served.url}, "page_size = 200\n")
        task, wish = "tests.cli.rivals:on_a_small_disk", ("sync", "--config", str(path))
        ended = checked(ward.start(task, bytes_max, *wish, environment=KEYS).end())
        assert ended.code == 74, ended
        assert len(ended.err.splitlines()) <= 2
        assert run_sync(ward, path).code == 0
        assert wrong_in(path, served) == []
