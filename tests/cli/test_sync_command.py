"""`ucsync sync` as a script uses it: one JSON object, one clear line for each fault, and the exit codes."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.served import MERCHANT, Served, checked, configured, run_sync, wrong_in
from tests.store.books import quick_folder
from tests.ward import Ward

#: What the JSON object of a merchant has at least.
PROMISED = {
    "merchant", "kind", "proof", "reasons", "snapshot", "path", "rows", "inserted", "updated", "deleted",
    "quarantined", "requests", "requests_floor", "watermark", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(ward: Ward) -> Iterator[Served]:
    with Served(ward, "--limits", "none", customers=95) as opened:
        yield opened


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as made:
        yield made


def test_json_is_one_object_with_all_that_a_script_wants(ward: Ward, served: Served, folder: Path) -> None:
    path = configured(folder, {MERCHANT: served.url})
    first = run_sync(ward, path, "--json")
    assert first.out.count("\n") == 1
    told = first.told
    assert set(told) >= PROMISED
    assert (told["merchant"], told["kind"], told["proof"], told["reasons"]) == (
        MERCHANT,
        "full",
        "proven",
        [],
    )
    assert (told["rows"], told["inserted"], told["updated"], told["deleted"]) == (95, 95, 0, 0)
    assert (told["quarantined"], told["exit_code"]) == (0, 0)
    assert told["requests"] >= told["requests_floor"] == 10
    assert Path(told["path"]) == folder / "lake" / MERCHANT / "snapshots" / told["snapshot"]
    assert (Path(told["path"]) / "receipt.json").is_file()
    assert datetime.fromisoformat(told["watermark"]).utcoffset() is not None
    assert told["seconds"] > 0
    served.change(3, "called")
    told = run_sync(ward, path, MERCHANT, "--json").told
    assert (told["kind"], told["updated"], told["rows"]) == ("incremental", 3, 95)
    assert wrong_in(path, served) == []


def test_people_get_a_few_lines(ward: Ward, served: Served, folder: Path) -> None:
    ended = run_sync(ward, configured(folder, {MERCHANT: served.url}))
    assert ended.code == 0
    assert ended.out.startswith(f"{MERCHANT}: full scan (")
    assert re.search(r"proof +proven\n", ended.out)
    assert re.search(r"customers +95: 95 inserted, 0 updated, 0 deleted\n", ended.out)
    assert len(ended.out.splitlines()) <= 9


def test_what_cannot_be_proven_is_published_with_exit_code_3(ward: Ward, folder: Path) -> None:
    with Served(
        ward, "--limits", "none", "--quirk", "sort-refused", "--quirk", "order-last-modified"
    ) as served:
        ended = run_sync(ward, configured(folder, {MERCHANT: served.url}))
        assert ended.code == 3
        assert re.search(r"proof +unproven\n +\S", ended.out)


FINE = '[merchants.shop]\nserver = "http://127.0.0.1:9"\nkey_env = "SHOP_KEY"\n'
BROKEN = f"{FINE}page_size = 5\nlag = 1\n"


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        (None, (), 78, r"ucsync: .*ucsync\.toml: no such file; start from config\.example\.toml.*\n"),
        ("[merchants", (), 78, r"ucsync: .*ucsync\.toml.*\n"),
        (BROKEN, (), 78, r"ucsync: 2 faults:\n.*:4: .*page_size.*\n.*:5: .*lag.*\n"),
        ("", ("shop",), 78, r"ucsync: .*\n"),
        (FINE, ("stranger",), 78, r"ucsync: .*no merchant 'stranger'; there are: shop\n"),
        (FINE, ("--accept-deletes", "-1"), 2, r"(?s)Usage: .*accept-deletes.*greater than or equal to 0.*"),
        (FINE, ("--accept-deletes", "few"), 2, r"(?s)Usage: .*valid integer.*"),
        (FINE, ("--on-quota", "hurry"), 2, r"(?s)Usage: .*on-quota.*"),
        (FINE, ("--no-such",), 2, r"(?s)Usage: .*No such option.*"),
    ],
)
def test_wrong_input_gets_one_clear_line_and_its_code(
    ward: Ward, folder: Path, text: str | None, arguments: tuple[str, ...], code: int, said: str
) -> None:
    path = folder / "ucsync.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    ended = run_sync(ward, path, *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert re.fullmatch(said, ended.err), ended.err
    assert not (folder / "lake").exists()


@pytest.mark.parametrize("places", [{}, {"SHOP_KEY": ""}])
def test_without_a_key_nothing_is_sent(
    ward: Ward, served: Served, folder: Path, places: dict[str, str]
) -> None:
    served.reset()
    path = configured(folder, {MERCHANT: served.url})
    ended = checked(ward.ucsync("sync", "--config", str(path), environment=places).end())
    assert (ended.code, ended.out) == (78, "")
    assert ended.err.count("\n") == 1
    assert f"merchants.{MERCHANT}.key_env" in ended.err
    assert served.counters()["requests"] == 0


def test_a_key_that_is_refused_is_told_with_its_mend(ward: Ward, served: Served, folder: Path) -> None:
    path = configured(folder, {MERCHANT: served.url}, 'key_env = "WRONG_KEY"\n')
    ended = run_sync(ward, path)
    assert (ended.code, ended.out) == (77, "")
    assert re.fullmatch(r"ucsync: shop: getCustomers: 401: .*; check the key, .*\n", ended.err)
    ended = run_sync(ward, path, "--json")
    assert ended.code == 77
    said = r'\{"merchant": "shop", "error": "getCustomers: 401.*", "exit_code": 77\}\n'
    assert re.fullmatch(said, ended.out)


def test_a_spent_quota_pauses_and_the_next_run_goes_on(ward: Ward, folder: Path) -> None:
    with Served(ward, "--limits", "20/3600", customers=70) as served:
        path = configured(folder, {MERCHANT: served.url}, "requests_per_hour = 4\n")
        for _ in range(2):
            ended = run_sync(ward, path, "--on-quota", "stop")
            assert (ended.code, ended.out) == (76, "")
            [line] = [line for line in ended.err.splitlines() if line.startswith("ucsync: ")]
            assert re.search(
                r"4 requests in 3600 s are used up until 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", line
            )
            assert served.counters()["requests"] <= 4, "and the second run sent none"
        path.write_text(path.read_text().replace("requests_per_hour = 4", "requests_per_hour = 19"))
        told = run_sync(ward, path, "--json").told
        assert any("pages of scan" in note for note in told["notes"])
        assert told["requests"] == served.counters()["requests"]
        assert wrong_in(path, served) == []
        assert served.counters()["too_many"] == {"concurrency": 0, "rate": 0, "fault": 0}


def test_a_mass_deletion_needs_a_persons_word(ward: Ward, folder: Path) -> None:
    with Served(ward, "--limits", "none") as served:
        path = configured(folder, {MERCHANT: served.url})
        assert run_sync(ward, path).code == 0
        for one in served.truth()[:60]:
            served.control("mutate", {"delete": one["customer_profile_oid"]})
        ended = run_sync(ward, path, "--full")
        assert (ended.code, ended.out) == (4, "")
        assert "--accept-deletes 60" in ended.err
        told = run_sync(ward, path, "--full", "--accept-deletes", "60", "--json").told
        assert (told["deleted"], told["rows"]) == (60, 40)
        assert wrong_in(path, served) == []
