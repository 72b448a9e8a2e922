"""Configuration of the sync: what each setting takes, what it refuses, and how it says so."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_config import LEAST, faults_of, write
from tests.watch import KEY
from ucsync.config import MerchantConfig, load_config, scan_fingerprint
from ucsync.config.table import MERCHANT, TOP
from ucsync.plan import Lane
from ucsync.plan.settings import SyncSettings
from ucsync.ultracart import EXPANSIONS
from ucsync.world import rules_of


def merchant_of(folder: Path, text: str) -> MerchantConfig:
    return load_config(write(folder, LEAST + text), {}).merchant(None)


def sync_of(folder: Path, text: str) -> SyncSettings:
    return merchant_of(folder, text).sync


def test_everything_but_cards_and_tax_ids_is_read_unasked(tmp_path: Path) -> None:
    sync = sync_of(tmp_path, "")
    assert set(EXPANSIONS) - set(sync.expansions) == {"cards"}
    assert sync.tax_ids is False
    assert sync.query is None


def test_lake_and_state_lie_beside_the_file(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, LEAST), {})
    assert (config.lake, config.state) == (tmp_path / "lake", tmp_path / "state")
    config = load_config(write(tmp_path, 'lake = "../data/lake"\nstate = "/var/lib/ucsync"\n' + LEAST), {})
    assert (config.lake, config.state) == (tmp_path.parent / "data" / "lake", Path("/var/lib/ucsync"))


def test_lake_and_state_are_where_the_file_is_and_not_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, LEAST)
    monkeypatch.chdir(tmp_path)
    config = load_config(None, {})
    monkeypatch.chdir("/")
    assert config.lake == tmp_path / "lake"


def test_a_folder_may_be_in_the_home_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    config = load_config(write(tmp_path, 'lake = "~/lake"\n' + LEAST), {})
    assert config.lake == tmp_path / "home" / "lake"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('state = "lake"', ":1: state: lake and state must be two folders"),
        ('state = "lake/state"', ":1: state: lake and state must be two folders"),
        ('\nlake = "state/../state/lake"', "state: lake and state must be two folders"),
        ('lake = "s3://bucket/lake"', ":1: lake: an address; write a folder of this machine"),
        ("lake = 5", ':1: lake: expected text in "quotes", found a whole number'),
        ('lake = ""', ':1: lake: expected text in "quotes", found empty text'),
        ('lake = "a\\u0000b"', ":1: lake: holds characters"),
        ('lake = "~nosuchuser/x"', ":1: lake: lake or state cannot be found"),
        ('lakes = "x"', ":1: lakes: no such setting; did you mean lake?"),
        ("page_size = 50", ":1: page_size: belongs in [merchants.NAME]"),
        ("daily = 7", ":1: daily: belongs in [merchants.NAME.keep]"),
    ],
)
def test_what_cannot_stand_at_the_top_is_told(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in faults_of(tmp_path, f"{text}\n{LEAST}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("page_size = 500", "page_size: 500 is above 200; write a whole number from 10 to 200"),
        ("page_size = 9", "page_size: 9 is below 10; write a whole number from 10 to 200"),
        ('page_size = "50"', "page_size: expected a whole number from 10 to 200, found text"),
        ("page_size = 50.0", "page_size: expected a whole number from 10 to 200, found a number with"),
        ("page_size = true", "page_size: expected a whole number from 10 to 200, found true or false"),
        (f"page_size = 0x{'f' * 5000}", "page_size: that number is above 200"),
        ('tax_ids = "yes"', "tax_ids: expected true or false, without quotes, found text"),
        ("lag_s = 86401", "lag_s: 86401 is above 86400"),
        ("lag_s = -1", "lag_s: -1 is below 0"),
        ("full_every_nights = 1979-05-27", "full_every_nights: expected a whole number from 0 to 3660"),
        ("requests_per_hour = -5", "requests_per_hour: -5 is below 0"),
        ("requests_per_day = [1]", "requests_per_day: expected a whole number from 0 to 1000000000"),
        ("reserve_percent = 100", "reserve_percent: 100 is above 99"),
        ("backfill_reserve_percent = -1", "backfill_reserve_percent: -1 is below 0"),
        ('on_quota = "waiting"', "on_quota: expected one of wait, stop; did you mean wait?"),
        ("deletes_max_percent = nan", "deletes_max_percent: that number is out of bounds; write percent"),
        ("deletes_max_percent = 100.5", "deletes_max_percent: 100.5 is out of bounds"),
        ("deletes_max_count = 1.5", "deletes_max_count: expected a whole number"),
        ("stale_after_h = inf", "stale_after_h: that number is out of bounds; write hours from 1 to 87660"),
        ("stale_after_h = false", "stale_after_h: expected hours from 1 to 87660, found true or false"),
        ("keep = { daily = 0 }", "keep.daily: 0 is below 1"),
        ("keep.weakly = 1", "keep.weakly: no such setting; did you mean weekly?"),
        ("keep.monthly = { }", "keep.monthly: expected a whole number from 0 to 1200, found a section"),
        ("page_sise = 5", "page_sise: no such setting; did you mean page_size?"),
        ('lake = "x"', "lake: belongs at the top of the file, before the first [section]"),
        ("weekly = 5", "weekly: belongs in [merchants.shop.keep]"),
        ('api_token = "x"', "api_token: no such setting; a key is not kept in this file"),
        ('expansions = "billing"', 'expansions: expected a list of names, e.g. ["billing", "tags"]'),
        ('expansions = ["biling"]', "expansions[0]: no expansion 'biling'; did you mean billing?"),
        ("expansions = [5]", "expansions[0]: expected a name, found a whole number"),
        ("query = {}", "query: holds no filter"),
        ("query = 5", "query: expected a section of filters, found a whole number"),
        ('query.emial = "x"', "query.emial: no such filter; did you mean email"),
        ("query.zzz = 5", "query.zzz: no such filter; a setting of the merchant belongs above"),
        ("query.pricing_tier_oid = 2147483648", "query.pricing_tier_oid: outside"),
        ('query.billing_country_code = "USA"', "query.billing_country_code: longer than 2 characters"),
        ('query.any_tags = ["a", 5]', "query.any_tags[1]: expected a string, found an integer"),
        (
            "query.signup_dts_start = 2026-01-01T00:00:00Z",
            "query.signup_dts_start: expected a string (ISO-8601 with offset), found a datetime; put",
        ),
        ('query.signup_dts_start = "2026-01-01"', "query.signup_dts_start: not an ISO-8601 instant"),
        ('query.query_target = "both"', "query.query_target: not one of origin, cache"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_told_with_line_and_mend(tmp_path: Path, text: str, expected: str) -> None:
    said = faults_of(tmp_path, f"# first\n\n{LEAST}\n{text}\n")
    assert f"ucsync.toml:6: merchants.shop.{expected}" in said
    assert len(said.splitlines()) == 1


def test_a_setting_after_an_inner_section_is_sent_back(tmp_path: Path) -> None:
    said = faults_of(tmp_path, LEAST + "[merchants.shop.keep]\ndaily = 3\npage_size = 100\n")
    assert ":5: merchants.shop.keep.page_size: belongs in [merchants.shop], before any section" in said


def test_choices_reach_the_sync(tmp_path: Path) -> None:
    sync = sync_of(
        tmp_path,
        'expansions = ["tags", "orders", "cards", "tags"]\ntax_ids = true\npage_size = 10\n'
        "full_every_nights = 0\nlag_s = 0\ndeletes_max_percent = 0.5\ndeletes_max_count = 0\n"
        'requests_per_hour = 0\nrequests_per_day = 5000\non_quota = "stop"\nstale_after_h = 1.5\n'
        "reserve_percent = 0\nbackfill_reserve_percent = 50\n"
        '[merchants.shop.keep]\ndaily = 1\nweekly = 0\nmonthly = 0\n[merchants.shop.query]\nemail = "a@b"\n',
    )
    assert sync == SyncSettings(
        expansions=("cards", "tags", "orders"), tax_ids=True, page_size=10, query={"email": "a@b"},
        full_every_nights=0, lag_s=0, deletes_max_percent=0.5, deletes_max_count=0, requests_per_hour=0,
        requests_per_day=5000, reserve_percent=0, backfill_reserve_percent=50,
        on_quota="stop",
        stale_after_h=1.5, keep_daily=1, keep_weekly=0, keep_monthly=0,
    )  # fmt: skip
    assert "a@b" not in repr(sync)


def test_no_expansion_at_all_is_a_choice(tmp_path: Path) -> None:
    assert sync_of(tmp_path, "expansions = []\n").expansions == ()


@pytest.mark.parametrize(
    "name", ['"my shop"', '"../shop"', '"Läden"', '""', f"{'x' * 65}", '"a.b"', '"a\\nb"']
)
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    said = faults_of(tmp_path, f'\n[merchants.{name}]\nkey_env = "A"\n')
    assert re.search(r":2: merchants\.\S.*: a merchant\'s name is made of letters, digits, - and _", said)
    assert len(said.splitlines()) == 1


def test_two_merchants_never_share_a_folder(tmp_path: Path) -> None:
    said = faults_of(tmp_path, LEAST + '[merchants.Shop]\nkey_env = "B"\n')
    assert ":3: merchants.Shop: differs from shop in case only" in said


@pytest.mark.parametrize("setting", ["key_env", "key_file", "key_credential"])
@pytest.mark.parametrize("value", ["[{key}]", "{{ a = {key} }}", "{key}"])
def test_no_fault_shows_what_a_key_setting_holds(tmp_path: Path, setting: str, value: str) -> None:
    text = f"[merchants.shop]\n{setting} = {value.format(key=repr(KEY))}\npage_size = 1\n"
    assert KEY not in faults_of(tmp_path, text)


@pytest.mark.parametrize("setting", [row.name for row in (*TOP, *MERCHANT)])
@pytest.mark.parametrize("value", ['"{key}"', '["{key}"]', '{{ email = ["{key}"], "{key}" = 1 }}'])
def test_no_fault_shows_a_key_that_stands_in_the_wrong_place(
    tmp_path: Path, setting: str, value: str
) -> None:
    # long as UltraCart's are; names in the file are shown only while they are short
    key = KEY * 3
    text = f"[merchants.shop]\n{setting} = {value.format(key=key)}\npage_sise = 1\n"
    assert key not in faults_of(tmp_path, text)


def test_a_key_in_the_place_of_a_variables_name_is_recognised_and_not_shown(tmp_path: Path) -> None:
    said = faults_of(tmp_path, f'[merchants.shop]\nkey_env = "{KEY}"\n')
    assert (
        ":2: merchants.shop.key_env: not the name of an environment variable; if it is the key itself" in said
    )
    assert KEY not in said


def test_a_configuration_does_not_show_keys_when_printed(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, f'[merchants.shop]\nkey_file = "{KEY}"\n'), {})
    assert KEY not in repr(config)


def test_a_fingerprint_changes_with_all_that_decides_what_pages_hold(tmp_path: Path) -> None:
    merchant = merchant_of(tmp_path, "")
    others = [
        replace(merchant, server="http://127.0.0.1:1"),
        replace(merchant, name="other"),
        replace(merchant, sync=replace(merchant.sync, expansions=("billing",))),
        replace(merchant, sync=replace(merchant.sync, tax_ids=True)),
        replace(merchant, sync=replace(merchant.sync, query={"email": "a@b"})),
        replace(merchant, sync=replace(merchant.sync, query={"email": "a@c"})),
    ]
    prints = [scan_fingerprint(one) for one in (merchant, *others)]
    assert len(set(prints)) == len(prints)
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in prints)


def test_a_fingerprint_stays_when_only_speed_or_the_key_changes(tmp_path: Path) -> None:
    merchant = merchant_of(tmp_path, "")
    same = [
        replace(merchant, server=merchant.server.upper().replace("HTTPS", "https") + "/"),
        replace(merchant, auth="bearer_token", key_source="key_file", key_place="elsewhere"),
        replace(merchant, sync=replace(merchant.sync, page_size=50, lag_s=0, keep_daily=1)),
    ]
    assert {scan_fingerprint(one) for one in same} == {scan_fingerprint(merchant)}


def test_a_file_beyond_all_bounds_is_not_read(tmp_path: Path) -> None:
    assert "larger than 1048576 bytes" in faults_of(tmp_path, LEAST + "#" * 1_048_576)


def test_a_file_that_is_no_text_is_said_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ucsync.toml"
    path.write_bytes(LEAST.encode() + b"x = '\xff'\n")
    with pytest.raises(Exception, match=r"ucsync\.toml:3: not UTF-8"):
        load_config(path, {})


@pytest.mark.parametrize(("text", "lanes"), [
    ("", (1000, 950, 800)),
    ("backfill_reserve_percent = 60", (1000, 950, 400)),
    ("reserve_percent = 30\nbackfill_reserve_percent = 0", (1000, 700, 700)),
])  # fmt: skip
def test_pushes_may_use_all_syncs_less_and_backfills_never_more_than_syncs(
    tmp_path: Path, text: str, lanes: tuple[int, ...]
) -> None:
    rules = rules_of(sync_of(tmp_path, f"{text}\nrequests_per_day = 0\n"))
    assert tuple(permitted for lane in Lane for _, permitted in rules.permitted(lane)) == lanes
