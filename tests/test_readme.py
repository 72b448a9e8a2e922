"""What the README prints works as printed, against a sandbox on another port."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.served import Served
from tests.ward import ROOT, Ward
from ucsync.model import errors

README = (ROOT / "README.md").read_text(encoding="utf-8")
PORT = "8765"


@pytest.fixture
def port(ward: Ward) -> Iterator[str]:
    with Served(ward, customers=2000, key="sandbox-key") as served:
        yield served.url.rpartition(":")[2]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


CURLS = [block for block in blocks("sh") if block.startswith("curl")]


def run(command: list[str] | str, **environment: str) -> str:
    done = subprocess.run(
        command, shell=isinstance(command, str), capture_output=True, text=True, timeout=60, check=False,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("block", CURLS, ids=range(len(CURLS)))
def test_curl_examples_answer_json(block: str, port: str) -> None:
    answers = run(block.replace(PORT, port)).replace("}{", "}\n{").splitlines()
    assert answers
    for answer in answers:
        assert isinstance(json.loads(answer), dict)


def test_the_refusal_is_as_printed(port: str) -> None:
    (printed,) = blocks("json")
    assert run(CURLS[1].replace(PORT, port)).strip() == printed.strip()


@pytest.mark.parametrize("script", blocks("python"), ids=["client", "account"])
def test_the_python_examples_run(script: str, port: str) -> None:
    told = run([sys.executable, "-c", script.replace(PORT, port)]).splitlines()
    assert len(told) > 3
    assert re.fullmatch(r"\d+ requests", told[-1])


def test_the_doctor_speaks_as_printed(ward: Ward, port: str, tmp_path: Path) -> None:
    path = tmp_path / "ucsync.toml"
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    path.write_text(example.replace(PORT, port), encoding="utf-8")
    told = ward.done("doctor", "--config", str(path), UCSYNC_DEMO_KEY="sandbox-key").out
    printed = next(block for block in blocks("console") if block.partition("\n")[0].endswith("ucsync doctor"))
    printed = printed.partition("\n")[2]
    seconds = re.compile(r"\d+\.\d\d s")
    assert seconds.sub("N s", told) == seconds.sub("N s", printed)


def test_every_exit_code_is_explained() -> None:
    kinds = [held for held in vars(errors).values() if isinstance(held, type) and hasattr(held, "exit_code")]
    assert len(kinds) > 10
    for code in {kind.exit_code for kind in kinds}:
        assert f"\n| {code} |" in README


def test_every_room_is_on_the_map() -> None:
    for path in sorted((ROOT / "ucsync").iterdir()):
        if path.is_dir() and path.name != "__pycache__":
            assert f"`ucsync/{path.name}/`" in README
        elif path.suffix == ".py" and not path.stem.startswith("__"):
            assert f"`ucsync/{path.name}`" in README
