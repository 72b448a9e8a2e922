"""`ucsync account export` and passwords: asked for where nobody sees, never shown, never too often wrong."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime

import pytest

from tests.cli.bench import elsewhere
from tests.cli.conftest import ADDRESS, MORE, Portal, kept
from tests.cli.served import EMAIL, PASSWORD
from tests.ward import ROOT
from ucsync.store.logins import WITHIN


def test_a_wrong_password_costs_one_request_and_makes_nothing(portal: Portal) -> None:
    before = portal.sent()
    done = portal.account(password="not-the-password")
    assert (done.code, portal.sent() - before, done.out) == (77, 1, "")
    assert re.search(r"ucsync: login: .*check the e-mail address and the password", done.err)
    assert "not-the-password" not in done.err
    assert EMAIL not in done.err
    assert kept(portal.folder) == {"ucsync.toml", "state/logins/demo.json"}


def test_after_three_wrong_passwords_none_is_sent_for_an_hour(portal: Portal) -> None:
    for wrong in ("one", "two", "three"):
        assert portal.account(password=wrong).code == 77
    before = portal.sent()
    for email in (EMAIL, EMAIL.upper()):
        done = portal.account(email=email)
        assert (done.code, "it may be tried again at 20" in done.err) == (77, True)
    assert portal.sent() == before
    age(portal)
    assert portal.account().code == 0


def test_a_right_password_forgives_the_wrong_ones(portal: Portal) -> None:
    for _ in range(2):
        for wrong in ("one", "two"):
            assert portal.account("--force", password=wrong).code == 77
        assert portal.account("--force").code == 0


def test_a_login_that_nobody_refused_is_not_counted(portal: Portal) -> None:
    with elsewhere() as url:
        lost = replace(portal, url=url)
        lost.configure(MORE)
        assert lost.account(email="x" * 101 + "@post.example").code == 2
        assert lost.account().code == 69
    assert refused(portal) == {}
    assert not portal.jo.exists()


def test_a_password_is_taken_from_wherever_it_is_kept(portal: Portal) -> None:
    secret = portal.folder / "jo.password"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    secret.chmod(0o644)
    open_to_all = portal.export("--password-file", "jo.password")
    assert (open_to_all.code, "--password-file: others may read" in open_to_all.err) == (78, True)
    secret.chmod(0o600)
    assert portal.export("--password-file", "jo.password").code == 0
    both = ("account", "export", "--email", "-", "--password-file", "-", "--out", "both")
    assert portal.run(*both, typed=f"{EMAIL}\n{PASSWORD}\n").code == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CREDENTIALS_DIRECTORY", str(portal.folder))
        assert portal.export("--password-credential", "jo.password", "--force").code == 0


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ((), 2, "there is no terminal to ask for the password; say where it is: --password-credential, "),
        (("--password-file", "-"), 2, "stdin does not say the password"),
        (("--password-file", PASSWORD), 78, "--password-file: cannot be read"),
        (("--password-env", "NOWHERE"), 78, "--password-env: no password there"),
        (("--password-env", "NOWHERE", "--password-file", "x"), 2, "give one place of the password"),
        (("--password", PASSWORD), 2, "No such option"),
    ],
)
def test_without_a_password_nothing_is_sent(
    portal: Portal, given: tuple[str, ...], code: int, said: str
) -> None:
    before = portal.sent()
    done = portal.export(*given)
    assert (done.code, portal.sent() - before) == (code, 0)
    assert said in " ".join(re.sub("[│╭╰─╮╯]", " ", done.err).split())
    assert PASSWORD not in done.err
    assert kept(portal.folder) == {"ucsync.toml"}


#: Runs a command in a terminal of its own, whose keyboard and screen are our stdin and stdout.
IN_A_TERMINAL = """
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn([sys.executable, "-m", "ucsync", *sys.argv[1:]])))
"""


def test_somebody_at_a_terminal_is_asked_and_not_overheard(portal: Portal) -> None:
    command = ("account", "export", *ADDRESS, "--out", "jo")
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=portal.folder, env={"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
    ) as run:  # fmt: skip
        assert run.stdin is not None
        assert run.stdout is not None
        said = b""
        while not said.endswith(b"password: "):
            said += run.stdout.read(1)
        run.stdin.write(f"{PASSWORD}\n".encode())
        run.stdin.flush()
        said += run.stdout.read()
    assert run.returncode == 0, said.decode()
    assert PASSWORD.encode() not in said
    assert b"getOrders" in said


def test_whoever_thinks_better_of_it_at_the_prompt_has_sent_nothing(portal: Portal) -> None:
    before = portal.sent()
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, "account", "export", *ADDRESS, "--out", "jo"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=portal.folder,
        env={"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
    ) as run:  # fmt: skip
        assert run.stdin is not None
        assert run.stdout is not None
        said = b""
        while not said.endswith(b"password: "):
            said += run.stdout.read(1)
        run.stdin.write(b"\x03")
        run.stdin.flush()
        said += run.stdout.read()
    assert (run.returncode, portal.sent()) == (130, before), said.decode()
    assert b"stopped before the password was given; nothing was sent" in said


def test_bytes_that_are_no_text_are_said_to_be_none(portal: Portal) -> None:
    before = portal.sent()
    for done, what in (
        (portal.account(email="jo\udcff@post.example"), "address"),
        (portal.account(password="half \udcff"), "password"),
    ):
        assert (done.code, f"the {what} is not UTF-8" in done.err) == (2, True), done.err
    assert portal.sent() == before


def refused(portal: Portal) -> dict[str, list[str]]:
    """What counts against somebody, as the file has it."""
    path = portal.refused()
    held: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))["refused"]
    return held


def age(portal: Portal) -> None:
    """Let an hour pass for refused logins."""
    path = portal.refused()
    book = json.loads(path.read_text(encoding="utf-8"))
    for key, tries in book["refused"].items():
        book["refused"][key] = [(datetime.fromisoformat(at) - WITHIN).isoformat() for at in tries]
    path.write_text(json.dumps(book), encoding="utf-8")
