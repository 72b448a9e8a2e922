"""What exports of accounts need of the configuration: UltraCart's id of the merchant, a password's place."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_config import EXAMPLE, LEAST, faults_of, write
from ucsync.config import load_config, read_password, scan_fingerprint
from ucsync.config.writing import config_text
from ucsync.model import ConfigurationInvalid
from ucsync.net import PRODUCTION
from ucsync.sandbox import SandboxSettings

PASSWORD = "never-show-this-päss"


@pytest.mark.parametrize(("written", "held"), [
    ("", ""), ('merchant_id = ""', ""), ('merchant_id = "DEMO"', "DEMO"), ('merchant_id = "a1b2c"', "a1b2c"),
])  # fmt: skip
def test_the_merchants_id_is_as_ultracart_writes_it(tmp_path: Path, written: str, held: str) -> None:
    assert load_config(write(tmp_path, f"{LEAST}{written}\n"), {}).merchant(None).merchant_id == held


@pytest.mark.parametrize(("written", "said"), [
    ('"DEMO12"', "merchant_id: not 1 to 5 letters or digits"), ('"DE MO"', "not 1 to 5 letters or digits"),
    ('"DÉMO"', "not 1 to 5 letters or digits"), ('"DE\\n"', "not 1 to 5 letters or digits"),
    ("12345", 'merchant_id: expected text in "quotes", found a whole number'),
    ('["DEMO"]', 'expected text in "quotes", found a list'),
])  # fmt: skip
def test_what_is_no_merchants_id_is_told(tmp_path: Path, written: str, said: str) -> None:
    assert said in faults_of(tmp_path, f"{LEAST}merchant_id = {written}\n")


def test_the_merchants_id_decides_nothing_of_a_scan(tmp_path: Path) -> None:
    merchant = load_config(write(tmp_path, LEAST), {}).merchant(None)
    assert scan_fingerprint(replace(merchant, merchant_id="DEMO")) == scan_fingerprint(merchant)


def test_the_example_has_the_id_of_the_sandbox_and_others_have_none(tmp_path: Path) -> None:
    assert (
        load_config(write(tmp_path, EXAMPLE), {}).merchant(None).merchant_id == SandboxSettings().merchant_id
    )
    shop = config_text("shop", PRODUCTION, "key_file")
    assert load_config(write(tmp_path, shop), {}).merchant(None).merchant_id == ""


@pytest.mark.parametrize("text", ["one\ntwo\n", "one\rtwo", "one\n\n"])
def test_two_lines_are_no_password(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jo.password"
    path.write_text(text, encoding="utf-8", newline="")
    path.chmod(0o600)
    with pytest.raises(ConfigurationInvalid, match="more than one line"):
        read_password("password_file", str(path), {})


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_is_all_of_its_file_but_the_end_of_the_line(tmp_path: Path, end: str) -> None:
    path = tmp_path / "jo.password"
    path.write_text(f" {PASSWORD} {end}", encoding="utf-8", newline="")
    path.chmod(0o600)
    assert read_password("password_file", str(path), {}).reveal() == f" {PASSWORD} "


def test_a_password_comes_from_where_it_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "jo").write_text(f"{PASSWORD}\n", encoding="utf-8")
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path), "JO": PASSWORD}
    found = [read_password(f"password_{kind}", name, environment) for kind, name in
             (("credential", "jo"), ("env", "JO"))]  # fmt: skip
    assert [one.reveal() for one in found] == [PASSWORD, PASSWORD]
    assert PASSWORD not in repr(found)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_password_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "jo.password"
    path.write_text(PASSWORD, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(ConfigurationInvalid, match="chmod 600"):
        read_password("password_file", str(path), {})


@pytest.mark.parametrize(("source", "place", "said"), [
    ("password_file", PASSWORD, "cannot be read"), ("password_file", "/", "not a regular file"),
    ("password_file", "EMPTY", "no password there"), ("password_file", "LATIN", "cannot be read"),
    ("password_credential", "jo", "not run by systemd"), ("password_env", "JO", "no password there"),
])  # fmt: skip
def test_a_password_that_is_not_there_is_said_without_its_place(
    tmp_path: Path, source: str, place: str, said: str
) -> None:
    for name, held in {"EMPTY": b"\n", "LATIN": PASSWORD.encode("latin-1")}.items():
        descriptor = os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, held)
        os.close(descriptor)
    place = str(tmp_path / place) if place.isupper() and source == "password_file" else place
    with pytest.raises(ConfigurationInvalid, match=said) as caught:
        read_password(source, place, {"JO": ""})
    assert PASSWORD not in str(caught.value)
