"""`ucsync init`: what it writes can be used as it says."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.served import Served
from tests.ward import ROOT, Ward
from tests.watch import KEY
from ucsync.config import load_config

EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")


def test_without_a_name_it_writes_the_example_which_is_for_the_sandbox(ward: Ward, tmp_path: Path) -> None:
    done = ward.done("init", folder=tmp_path)
    assert done.code == 0
    assert (tmp_path / "ucsync.toml").read_text(encoding="utf-8") == EXAMPLE
    assert [line.strip() for line in done.out.splitlines()] == [
        "written  ucsync.toml, for the sandbox at http://127.0.0.1:8765",
        "next",
        "1. start it in another terminal: ucsync sandbox",
        "2. give its key: export UCSYNC_DEMO_KEY=sandbox-key",
        "3. check: ucsync doctor",
        "4. read all customers: ucsync sync",
    ]


def test_only_the_user_can_read_the_file(ward: Ward, tmp_path: Path) -> None:
    ward.done("init", folder=tmp_path)
    assert stat.S_IMODE((tmp_path / "ucsync.toml").stat().st_mode) == 0o600


def test_the_steps_that_it_names_lead_to_a_working_merchant(ward: Ward, tmp_path: Path) -> None:
    with Served(ward, customers=30) as served:
        path = tmp_path / "my shop.toml"
        done = ward.done("init", "shop", "--server", served.url, "--config", str(path))
        found = re.search(r"1\. save the key: (\(.*\)), then paste it", done.out)
        assert found is not None
        home = {**os.environ, "HOME": str(tmp_path / "home")}
        subprocess.run(  # noqa: S602  (the line is for a shell, so a shell must take it)
            found[1], shell=True, check=True, input=f"{KEY}\n", text=True, env=home, timeout=60
        )
        step = re.search(r"2\. check: ucsync (.*)", done.out)
        assert step is not None
        checked = subprocess.run(  # noqa: S602  (the same)
            f"{sys.executable} -m ucsync {step[1]}", shell=True, check=False, capture_output=True, text=True,
            env={**home, "PYTHONPATH": str(ROOT)}, timeout=60, cwd=tmp_path,
        )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert "taken by the server of shop" in checked.stdout


@pytest.mark.parametrize(
    ("kind", "place", "said"),
    [
        ("file", "~/.config/ucsync/my-shop.key", "cat > ~/.config/ucsync/my-shop.key"),
        ("env", "UCSYNC_MY_SHOP_KEY", "read -rs UCSYNC_MY_SHOP_KEY && export UCSYNC_MY_SHOP_KEY"),
        ("credential", "my-shop.key", "LoadCredential=my-shop.key:/etc/ucsync/my-shop.key"),
    ],
)
def test_the_key_may_be_in_any_of_the_places(
    ward: Ward, tmp_path: Path, kind: str, place: str, said: str
) -> None:
    done = ward.done("init", "my-shop", "--key-from", kind, "--json", folder=tmp_path)
    told = json.loads(done.out)
    assert told["key_source"] == f"key_{kind}"
    assert told["key_place"] == place
    assert said in told["next"][0]
    merchant = load_config(tmp_path / "ucsync.toml", {}).merchant("my-shop")
    assert (merchant.key_source, merchant.key_place) == (f"key_{kind}", place)


def test_scripts_get_one_object(ward: Ward, tmp_path: Path) -> None:
    done = ward.done("init", "shop", "--json", "--config", "a b.toml", folder=tmp_path)
    told = json.loads(done.out)
    assert set(told) == {"path", "merchant", "server", "key_source", "key_place", "next"}
    assert (told["path"], told["merchant"]) == ("a b.toml", "shop")
    assert told["server"] == "https://secure.ultracart.com"
    assert told["next"][1:] == [
        "check: ucsync doctor --config 'a b.toml'",
        "read all customers: ucsync sync --config 'a b.toml'",
    ]


def test_a_file_that_is_there_is_left_as_it_is(ward: Ward, tmp_path: Path) -> None:
    path = tmp_path / "ucsync.toml"
    path.write_text("mine", encoding="utf-8")
    done = ward.done("init", folder=tmp_path)
    assert done.code == 78
    assert done.err == "ucsync: ucsync.toml: exists, and is left as it is; give another with --config\n"
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_link_is_not_followed(ward: Ward, tmp_path: Path) -> None:
    (tmp_path / "ucsync.toml").symlink_to(tmp_path / "elsewhere")
    assert ward.done("init", folder=tmp_path).code == 78
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("a b",), 78, 'merchants."a b": a merchant\'s name is made of letters'),
        (("",), 78, 'merchants."": a merchant\'s name is made of letters'),
        (("x]\nlake = 1\n[y",), 78, "a merchant's name is made of letters"),
        (
            ("shop", "--server", "http://shop.example"),
            78,
            "merchants.shop.server: the server's address is not",
        ),
        (("shop", "--server", 'https://a"\nx=1'), 78, "merchants.shop.server: the server is not scheme"),
        (("shop", "--config", "nowhere/ucsync.toml"), 78, "cannot be made (No such file or directory)"),
        (("shop", "--key-from", KEY), 2, "expected one of credential, file, env"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_written(
    ward: Ward, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = ward.done("init", *arguments, folder=tmp_path)
    assert done.code == code
    assert said in done.err
    assert KEY not in done.err + done.out
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "sys.argv = ['ucsync', 'init']; from ucsync.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], capture_output=True, text=True, check=False, timeout=60,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 74
    assert done.stderr == "ucsync: writing ucsync.toml: File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_help_has_an_example(ward: Ward) -> None:
    done = ward.done("init", "--help")
    assert "Example:" in done.out
    assert "ucsync init shop" in done.out
