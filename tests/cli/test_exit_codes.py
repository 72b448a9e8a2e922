"""Whatever a run meets, it ends with the documented code, by itself, and says why in one line."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from random import Random

import tests.cli.account_situations  # noqa: F401  (its situations are among SITUATIONS then)
from tests.cli.bench import Bench, Ran, secret_free
from tests.cli.situations import COMMANDS, SITUATIONS, Situation
from tests.store.books import quick_folder
from tests.ward import ROOT, Ward
from ucsync.cli import application

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
RUNS = 300 if DEEP else 56
#: One in so many is an interpreter of its own; the others are forks.
REAL_EVERY = 10 if DEEP else 40
SEED = 20261122


def chosen(chance: Random, runs: int) -> list[Situation]:
    """So many, every code as often as another, and of each code every situation before one comes again."""
    held: dict[int, list[Situation]] = {}
    codes = sorted({one.code for one in SITUATIONS})
    found = []
    for number in range(runs):
        code = codes[number % len(codes)]
        if not held.get(code):
            held[code] = chance.sample(
                [one for one in SITUATIONS if one.code == code], sum(one.code == code for one in SITUATIONS)
            )
        found.append(held[code].pop())
    return found


def test_every_run_ends_with_the_documented_code_and_in_one_line(ward: Ward) -> None:
    chance = Random(SEED)  # noqa: S311  (the same runs each time)
    wishes = [(place, one, chance.random()) for place, one in enumerate(chosen(chance, RUNS))]

    def judged(place: int, one: Situation, seed: float) -> str:
        own = Random(seed)  # noqa: S311  (the same)
        ran = one.run(bench, own)
        faults = list(faults_of(one, ran))
        return f"{one}, {' '.join(ran.arguments)}: {faults}\n{ran.ended}" if faults else ""

    with quick_folder() as folder, Bench(ward, folder, REAL_EVERY) as bench, ThreadPoolExecutor(2) as pool:
        wrong = list(filter(None, pool.map(lambda wish: judged(*wish), wishes)))
    assert not wrong, "\n\n".join(wrong)
    assert {one.code for _, one, _ in wishes} == documented()


def test_every_documented_code_and_every_command_is_tried() -> None:
    assert {one.code for one in SITUATIONS} == documented()
    tried = {one.command for one in SITUATIONS}
    assert set(commands()) <= tried
    assert set(commands()) == set(COMMANDS)


def documented() -> set[int]:
    """The codes of the README's table, but for 1: no run has a bug of ours."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", text, re.MULTILINE)
    return {int(code) for code, _ in rows} - {1} | {
        int(code) for _, said in rows for code in re.findall(r"SIGTERM: (\d+)", said)
    }


def commands() -> list[str]:
    """As the command line has them."""
    found = [str(getattr(command.callback, "__name__", "")) for command in application.registered_commands]
    for group in application.registered_groups:
        assert group.typer_instance is not None
        found += [f"{group.name} {command.name}" for command in group.typer_instance.registered_commands]
    return found


def faults_of(one: Situation, ran: Ran) -> list[str]:
    """What is not as promised."""
    ended, found = ran.ended, []
    if ended.code != one.code:
        found.append(f"{ended.code} instead of {one.code}")
    if "Traceback" in ended.err + ended.out or "bug of ours" in ended.err:
        found.append("a traceback")
    # what a plan is about is shown to whoever asks for just that
    shown = "" if (one.command, ended.code) == ("push show", 0) else ended.out
    if not secret_free(shown + ended.err):
        found.append("a secret")
    found += _of_stderr(one, ended.code, ended.err)
    return found + (_of_json(ended.code, ended.out) if ran.as_json else [])


def _of_stderr(one: Situation, code: int, err: str) -> list[str]:
    """One line says why, besides what is logged or said on the way."""
    said = [line for line in err.splitlines() if re.match(r"(ucsync|sql|Error): ", line)]
    if code in (0, 3) or one.says_why_in_its_report:
        return [] if not said else [f"{said} though all is reported"]
    return [] if len(said) == 1 else [f"{len(said)} lines say why"]


def _of_json(code: int, out: str) -> list[str]:
    """One object, or where nothing came of it, nothing."""
    try:
        told = json.loads(out) if out.strip() or code in (0, 3) else {}
    except json.JSONDecodeError as failure:
        return [f"no JSON: {failure}"]
    if not isinstance(told, dict):
        return ["no object"]
    named = told.get("exit_code", code)
    return [] if named == code else [f"names {named}"]
