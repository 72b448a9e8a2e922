"""Configuration: all faults at once, by key; keys read only where others cannot."""

import os
import re
from pathlib import Path

import pytest

from tests.watch import KEY
from ucsync.config import load_config
from ucsync.config.table import MERCHANT, QUERY, TOP
from ucsync.config.writing import config_text
from ucsync.model import ConfigurationInvalid
from ucsync.net import PRODUCTION
from ucsync.ultracart import BearerToken, SimpleKey

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")
#: All of it but the other places of the key, of which there must be one.
UNCOMMENTED = re.sub(r"(?m)^#(?! |key_)", "", EXAMPLE)
LEAST = '[merchants.shop]\nkey_env = "SHOP_KEY"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "ucsync.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationInvalid) as caught:
        load_config(write(folder, text), {})
    return str(caught.value)


def test_the_least_configuration_is_a_merchant_and_its_key(tmp_path: Path) -> None:
    merchant = load_config(write(tmp_path, LEAST), {}).merchant(None)
    assert merchant.server == PRODUCTION
    credential = merchant.credential({"SHOP_KEY": " secret-1 \n"})
    assert isinstance(credential, SimpleKey)
    assert credential.secret.reveal() == "secret-1"


def test_a_bearer_token_is_one_by_setting(tmp_path: Path) -> None:
    merchant = load_config(write(tmp_path, LEAST + 'auth = "bearer_token"\n'), {}).merchant("shop")
    assert isinstance(merchant.credential({"SHOP_KEY": "t"}), BearerToken)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = faults_of(
        tmp_path,
        'limits = 1\n[merchants.a]\nkey_env = "A"\nkey_file = "b"\n'
        '[merchants.b]\nserverr = "x"\nauth = "magic"\nin_flight_max = 0\ndeadline_s = true\nkey_env = 5\n'
        'server = "http://shop.example"\n',
    )
    for expected in (
        ":1: limits: no such setting; there are lake, state, merchants",
        ":2: merchants.a: give exactly one of",
        ":6: merchants.b.serverr: no such setting; did you mean server?",
        "merchants.b.auth: expected one of simple_key, bearer_token",
        ":8: merchants.b.in_flight_max: 0 is below 1; write a whole number",
        ":9: merchants.b.deadline_s: expected seconds above 0 and below 86400, found true or false",
        ":10: merchants.b.key_env: expected text",
        "merchants.b.server: the server's address is not https",
    ):
        assert expected in text
    assert text.startswith("8 faults:\n")
    lines = [int(found) for found in re.findall(r"ucsync\.toml:(\d+):", text)]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "ucsync.toml: merchants: none"),
        ("merchants = 5", "merchants: none"),
        ("[merchants]\nshop = 5", "merchants.shop: not a section"),
        ("[merchants.shop", "ucsync.toml: Expected"),
        ("\n[merchants.shop]\nkey_file = ~/x", "ucsync.toml:3: Invalid value (column 12)"),
        ("\ufeff[merchants.shop]\n\n\nkey = 1", "ucsync.toml:4: merchants.shop.key"),
        ("[merchants.shop]", "give exactly one of key_credential, key_file, key_env"),
    ],
)
def test_a_file_that_says_nothing_usable_is_told_apart(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in faults_of(tmp_path, text)


def test_a_missing_file_names_the_example(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"config\.example\.toml"):
        load_config(tmp_path / "nowhere.toml", {})


def test_the_environment_names_the_file_when_none_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = write(elsewhere, LEAST)
    monkeypatch.chdir(tmp_path)
    assert load_config(None, {"UCSYNC_CONFIG": str(path)}).path == path
    write(tmp_path, LEAST)
    assert load_config(None, {"UCSYNC_CONFIG": str(path)}).path == Path("ucsync.toml")


def test_a_merchant_must_be_named_when_there_are_several(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, LEAST + '[merchants.other]\nkey_env = "B"\n'), {})
    assert config.merchant("other").name == "other"
    for name in (None, "third"):
        with pytest.raises(ConfigurationInvalid, match="there are: shop, other"):
            config.merchant(name)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "shop.key"
    key.write_text("secret-2\n", encoding="ascii")
    merchant = load_config(write(tmp_path, f'[merchants.shop]\nkey_file = "{key}"\n'), {}).merchant(None)
    key.chmod(0o644)
    with pytest.raises(ConfigurationInvalid, match="chmod 600"):
        merchant.credential({})
    key.chmod(0o600)
    assert merchant.credential({}).secret.reveal() == "secret-2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o677])
def test_a_key_file_open_to_anyone_else_is_refused(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "shop.key"
    key.write_text("secret", encoding="ascii")
    key.chmod(mode)
    merchant = load_config(write(tmp_path, f'[merchants.shop]\nkey_file = "{key}"\n'), {}).merchant(None)
    with pytest.raises(ConfigurationInvalid, match="chmod 600"):
        merchant.credential({})


@pytest.mark.parametrize("place", ["~nosuchuser/x", "a\\u0000b", "/nowhere/at/all", "PIPE", "/"])
def test_a_key_file_that_is_none_is_said(tmp_path: Path, place: str) -> None:
    if place == "PIPE":
        os.mkfifo(tmp_path / "PIPE", 0o600)
        place = str(tmp_path / "PIPE")
    merchant = load_config(write(tmp_path, f'[merchants.shop]\nkey_file = "{place}"\n'), {}).merchant(None)
    with pytest.raises(
        ConfigurationInvalid, match=r"merchants\.shop\.key_file: (cannot be read|not a regular file)"
    ):
        merchant.credential({})


def test_a_file_that_nests_too_deep_is_said(tmp_path: Path) -> None:
    assert "nests too deep" in faults_of(tmp_path, "a = " + "[" * 5000 + "]" * 5000)


def test_a_credential_is_named_and_not_pointed_at(tmp_path: Path) -> None:
    text = f'[merchants.shop]\nkey_credential = "{tmp_path / "x"}"\n'
    merchant = load_config(write(tmp_path, text), {}).merchant(None)
    with pytest.raises(ConfigurationInvalid, match="not a path"):
        merchant.credential({"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_a_systemd_credential_is_read_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "shop.key").write_text("secret-3", encoding="ascii")
    text = '[merchants.shop]\nkey_credential = "shop.key"\n'
    merchant = load_config(write(tmp_path, text), {}).merchant(None)
    assert merchant.credential({"CREDENTIALS_DIRECTORY": str(tmp_path)}).secret.reveal() == "secret-3"
    with pytest.raises(ConfigurationInvalid, match="systemd"):
        merchant.credential({})


@pytest.mark.parametrize("environment", [{}, {"SHOP_KEY": ""}, {"SHOP_KEY": " "}])
def test_a_key_that_is_not_there_is_said_by_its_setting(tmp_path: Path, environment: dict[str, str]) -> None:
    merchant = load_config(write(tmp_path, LEAST), {}).merchant(None)
    with pytest.raises(ConfigurationInvalid, match=r"merchants\.shop\.key_env: no key there"):
        merchant.credential(environment)


def test_the_example_is_what_init_writes() -> None:
    assert config_text("demo", "http://127.0.0.1:8765", "key_env") == EXAMPLE
    assert max(map(len, EXAMPLE.splitlines())) <= 110


def test_the_example_is_good_and_shows_every_setting(tmp_path: Path) -> None:
    merchant = load_config(write(tmp_path, EXAMPLE), {}).merchant("demo")
    assert merchant.key_place == "UCSYNC_DEMO_KEY"
    shown = set(re.findall(r"(?m)^#?\[?(?:merchants\.demo\.)?([a-z_.]+)(?: = |\]$)", EXAMPLE))
    assert shown == {row.name for row in (*TOP, *MERCHANT)} | {"any_tags"}
    for row in (*TOP, *MERCHANT):
        if row is not QUERY:  # explained by the lines above it
            assert re.search(
                rf"(?m)^#?{re.escape(row.name)} = .* {{2,}}?# {re.escape(row.meaning)}$", EXAMPLE
            )


def test_defaults_in_the_example_are_the_defaults(tmp_path: Path) -> None:
    least = load_config(write(tmp_path, LEAST), {})
    shown = load_config(write(tmp_path, UNCOMMENTED.partition("[merchants.demo.query]")[0]), {})
    for config in (shown, load_config(write(tmp_path, EXAMPLE), {})):
        merchant = config.merchant("demo")
        assert merchant.settings == least.merchant(None).settings
        assert merchant.sync == least.merchant(None).sync
        assert merchant.auth == least.merchant(None).auth
        assert (config.lake, config.state) == (least.lake, least.state)


def test_everything_in_the_example_can_be_uncommented(tmp_path: Path) -> None:
    merchant = load_config(write(tmp_path, UNCOMMENTED), {}).merchant("demo")
    assert merchant.sync.query == {"any_tags": ["wholesale"]}


def test_settings_reach_the_client(tmp_path: Path) -> None:
    text = LEAST + "deadline_s = 7.5\nin_flight_max = 2\nrequests_per_s = 3\nanswer_mb_max = 5\n"
    settings = load_config(write(tmp_path, text), {}).merchant(None).settings
    assert (settings.deadline_s, settings.in_flight_max, settings.requests_per_s) == (7.5, 2, 3)
    assert settings.answer_bytes_max == 5 * 1024 * 1024


@pytest.mark.parametrize(
    "text", ["deadline_s = 86400", "deadline_s = nan", "in_flight_max = 1.5", f"a = {'9' * 5000}"]
)
def test_figures_that_are_no_bounds_are_told(tmp_path: Path, text: str) -> None:
    assert "ucsync.toml" in faults_of(tmp_path, LEAST + text + "\n")


def test_a_key_put_in_the_place_of_its_file_is_not_shown(tmp_path: Path) -> None:
    merchant = load_config(write(tmp_path, f'[merchants.shop]\nkey_file = "{KEY}"\n'), {}).merchant(None)
    with pytest.raises(ConfigurationInvalid) as caught:
        merchant.credential({})
    assert KEY not in str(caught.value)
