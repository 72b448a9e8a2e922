"""`ucsync doctor`: one line a check, with what to do."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CUSTOMERS, Shop
from ucsync.flow.checkup import SKEW_S_MAX
from ucsync.store import hold
from ucsync.store.permissions import why_not_writable


def lines_of(out: str) -> list[str]:
    """The findings, without the blanks that align them."""
    return [re.sub(r"  +", " | ", line) for line in out.splitlines()]


def bad(told: Any) -> list[str]:
    return [finding["check"] for finding in told["findings"] if not finding["good"]]


def test_all_is_well_and_one_request_is_spent(shop: Shop) -> None:
    before = shop.requests()
    done = shop.run("doctor", "--json")
    assert (done.code, bad(done.told)) == (0, [])
    assert [finding["check"] for finding in done.told["findings"]] == [
        "configuration", "writing", "privacy", "lake", "other runs", "quota", "key", "server",
        "server's clock",
    ]  # fmt: skip
    assert abs(done.told["customers"] - CUSTOMERS) < 5
    assert shop.requests() - before == 1


def test_each_check_is_one_line(shop: Shop) -> None:
    lines = shop.run("doctor", "demo").out.splitlines()
    assert len(lines) == 9
    assert all(line.startswith("good  ") for line in lines)
    assert lines_of(lines[0]) == ["good | configuration | no fault in it, 1 merchant"]


def test_it_looks_deeper_when_asked(shop: Shop) -> None:
    part = shop.snapshots()[-1] / "customers" / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[100] ^= 1
    part.write_bytes(data)
    assert shop.run("doctor").code == 0
    done = shop.run("doctor", "--deep")
    assert done.code == 74
    assert "bad | lake | customers/part-00000.parquet: the SHA-256" in lines_of(done.out)[3]
    assert "ucsync sync --full" in done.out


def test_a_missing_file_of_the_lake_is_found_at_a_look(shop: Shop) -> None:
    (shop.snapshots()[-1] / "changes.parquet").unlink()
    done = shop.run("doctor", "--json")
    assert (done.code, bad(done.told)) == (74, ["lake"])


def test_a_wrong_key_is_said_with_its_mend(shop: Shop) -> None:
    done = shop.run("doctor", key="wrong")
    assert done.code == 77
    (line,) = [line for line in lines_of(done.out) if line.startswith("bad")]
    assert line.startswith(
        "bad | key | getCustomers: 401: Credentials are missing or invalid.; check the key"
    )


def test_a_key_that_is_not_there_is_said_without_a_request(shop: Shop) -> None:
    before = shop.requests()
    done = shop.run("doctor", "--json", key=None)
    assert (done.code, bad(done.told)) == (78, ["key"])
    assert shop.requests() == before


def test_a_key_file_that_others_can_read_is_said_with_its_mend(shop: Shop) -> None:
    key = shop.folder / "demo.key"
    key.write_text("sandbox-key\n")
    key.chmod(0o644)
    text = (shop.folder / "ucsync.toml").read_text().replace('key_env = "DEMO_KEY"', f'key_file = "{key}"')
    (shop.folder / "ucsync.toml").write_text(text)
    done = shop.run("doctor")
    assert done.code == 78
    assert "chmod 600" in done.out
    key.chmod(0o600)
    assert shop.run("doctor").code == 0


def test_another_run_is_said_and_no_request_sent(shop: Shop) -> None:
    before = shop.requests()
    with hold(shop.folder / "state" / "locks", ["merchant-demo"]):
        done = shop.run("doctor")
    assert done.code == 75
    said = "bad | other runs | another run holds merchant-demo; no request was sent; wait until it has ended"
    assert said in lines_of(done.out)
    assert shop.requests() == before


@pytest.mark.skipif(os.name != "posix", reason="rights of other users are POSIX's")
def test_customers_that_anybody_can_read_are_found(shop: Shop) -> None:
    for path in [*(shop.folder / "lake").rglob("*"), shop.folder / "lake"]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    done = shop.run("doctor")
    assert done.code == 78
    assert f"chmod -R go-rwx {shop.folder / 'lake'}" in done.out
    (shop.folder / "lake").chmod(0o750)
    assert shop.run("doctor").code == 0


def test_a_lake_that_cannot_be_written_is_said_and_nothing_else_is_tried(shop: Shop) -> None:
    (shop.folder / "lake").rename(shop.folder / "moved")
    (shop.folder / "lake").write_text("a file")
    before = shop.requests()
    done = shop.run("doctor", "--json")
    assert "writing" in bad(done.told)
    assert done.code == 78
    assert shop.requests() == before


def test_a_folder_that_does_not_exist_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    assert why_not_writable(tmp_path / "a" / "b") is None
    (tmp_path / "file").write_text("")
    assert why_not_writable(tmp_path / "file" / "b") == f"{tmp_path / 'file'} is not a folder"


@pytest.mark.parametrize(
    ("moved_s", "code", "said"),
    [
        (30, 0, "good | server's clock | 30 s ahead of ours"),
        (3600, 3, "bad | server's clock | 3600 s ahead of ours; set this machine's clock"),
        (-3600, 3, "bad | server's clock | 3600 s behind ours; set this machine's clock"),
    ],
)
def test_a_clock_that_is_off_is_said(shop: Shop, moved_s: int, code: int, said: str) -> None:
    assert 30 < SKEW_S_MAX < 3600
    shop.control("clock", {"move_s": moved_s})
    try:
        done = shop.run("doctor")
    finally:
        shop.control("clock", {"move_s": -moved_s})
    assert done.code == code
    told = lines_of(done.out)[-1]
    assert re.sub(r"29 s", "30 s", re.sub(r"359\d|360\d", "3600", told)) == said


def test_a_spent_quota_is_said_with_the_time(shop: Shop) -> None:
    shop.configure("requests_per_hour = 1")
    before = shop.requests()
    done = shop.run("doctor")
    assert done.code == 76
    assert "bad | quota | 1 requests in 3600 s are used up until " in lines_of(done.out)[-1]
    assert shop.requests() == before


def test_without_a_snapshot_the_lake_is_no_fault(synced: Shop, tmp_path: Path) -> None:
    empty = Shop(tmp_path, synced.url)
    empty.configure()
    done = empty.run("doctor")
    assert done.code == 0
    assert "good | lake | no snapshot yet; `ucsync sync` makes one" in lines_of(done.out)


def test_a_wrong_configuration_lists_every_fault(shop: Shop) -> None:
    shop.configure('page_size = 5\nlag_s = "x"')
    done = shop.run("doctor")
    assert (done.code, done.out) == (78, "")
    assert "2 faults:" in done.err
