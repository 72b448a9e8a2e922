"""Processes that may be killed, at the price of a fork.

pytest's own process has threads, and a fork would copy their locks as they stand. So a process without
threads imports everything once, and forks for each task: what a child costs is milliseconds, not the
seconds of a new interpreter, and `kill -9` is the real one.
"""

import gc
import importlib
import io
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

ROOT = Path(__file__).parent.parent

#: Imported before the first fork.
IMPORTED = (
    "ucsync.cli", "pyarrow.dataset", "tests.cli.rivals", "tests.flow.account.mortal_account",
    "tests.flow.mortal", "tests.flow.push.mortal_landing", "tests.flow.push.mortal_push",
    "tests.postgres.mortal",
)  # fmt: skip

#: Only a hung test takes so long.
ENOUGH_S = 60.0


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        code: its exit code; of one that was killed, minus the signal.
        out, err: what it wrote.
    """

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What it printed, as JSON."""
        assert self.code == 0, self.err
        return json.loads(self.out)


class Patient:
    """A running process, of a ward or of its own; `err` is its stderr, line by line."""

    def __init__(self, pid: int, err: IO[str], out: Path, wait: Callable[[], int]) -> None:
        self.pid = pid
        self.err = err
        self._out = out
        self._wait = wait
        self._said: list[str] = []
        self._late: threading.Timer | None = None
        self.limit(ENOUGH_S)

    def limit(self, seconds: float | None) -> None:
        """Kill it unless it has ended so many seconds from now; None lets it live as long as its ward."""
        if self._late is not None:
            self._late.cancel()
        if seconds is not None:
            self._late = threading.Timer(seconds, self.send, (signal.SIGKILL,))
            self._late.daemon = True
            self._late.start()

    def next_line(self) -> str:
        """Of stderr; "" at its end."""
        line = self.err.readline()
        self._said.append(line)
        return line

    def line_with(self, text: str) -> str:
        """The next line of stderr in which `text` stands."""
        while line := self.next_line():
            if text in line:
                return line
        raise AssertionError(f"it ended without a line with {text!r}:\n{''.join(self._said)}")

    def send(self, number: signal.Signals) -> None:
        """A signal; to one that has ended already, nothing."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def end(self) -> Ended:
        """Wait for its end."""
        self._said += self.err.readlines()
        code = self._wait()
        self.limit(None)
        self.err.close()
        return Ended(code, self._out.read_text(encoding="utf-8"), "".join(self._said))


class Ward:
    """The process that forks; a context manager. Threads may use it at the same time.

    One is enough for all tests of a process: the fixture `ward`.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """`environment` is more of it, for the process and its children."""
        self._folder = tempfile.TemporaryDirectory()
        self._turn = threading.Lock()
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.ward"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **(environment or {})},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def start(
        self, task: str, *arguments: object, folder: Path = ROOT, environment: Mapping[str, str] | None = None
    ) -> Patient:
        """Begin a task.

        Args:
            task: `module:function`; what it returns is printed as JSON.
            arguments: what JSON can say.
            folder: in which it runs.
            environment: more of it.
        """
        with self._turn:
            self._count += 1
            out, err = (Path(self._folder.name) / f"{self._count}-{name}" for name in ("out", "err"))
            os.mkfifo(err)
            wish = {
                "task": task, "arguments": arguments, "out": str(out), "err": str(err), "folder": str(folder),
                "environment": dict(environment or {}),
            }  # fmt: skip
            # else whoever opens it first would wait for the other, a ward that has died included
            descriptor = os.open(err, os.O_RDONLY | os.O_NONBLOCK)
            self._write({"start": wish})
            pid = self._read()
            os.set_blocking(descriptor, True)
            reader = os.fdopen(descriptor, encoding="utf-8", errors="replace")
        return Patient(pid, reader, out, lambda: self._ask({"wait": pid}))

    def run(self, task: str, *arguments: object) -> Ended:
        """A task from its beginning to its end."""
        return self.start(task, *arguments).end()

    def ucsync(
        self, *arguments: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None
    ) -> Patient:
        """The command, as `python -m ucsync` would be."""
        return self.start("tests.ward:command", *arguments, folder=folder, environment=environment)

    def done(self, *arguments: str, folder: Path = ROOT, **environment: str) -> Ended:
        """The command, to its end."""
        return self.ucsync(*arguments, folder=folder, environment=environment).end()

    def _ask(self, wish: Mapping[str, object]) -> int:
        with self._turn:
            self._write(wish)
            return self._read()

    def _write(self, wish: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()

    def _read(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the ward has died: see its traceback"
        return int(line)


def real_ucsync(*arguments: str, folder: Path, environment: Mapping[str, str]) -> Patient:
    """`python -m ucsync` in an interpreter of its own.

    Args:
        folder: in which it runs, and where its output goes.
        environment: more of it.
    """
    descriptor, name = tempfile.mkstemp(dir=folder, suffix="-out")
    process = subprocess.Popen(
        [sys.executable, "-m", "ucsync", *arguments], cwd=folder, stdout=descriptor, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    os.close(descriptor)
    assert process.stderr is not None
    return Patient(process.pid, process.stderr, Path(name), process.wait)


def command(*arguments: str) -> None:
    """`ucsync` with these arguments; leaves by SystemExit or returns."""
    sys.argv = ["ucsync", *arguments]
    importlib.import_module("ucsync.cli").main()


def script(path: str, *arguments: str) -> None:
    """A Python file with these arguments, as `python FILE` would run it."""
    sys.argv = [path, *arguments]
    runpy.run_path(path, run_name="__main__")


def main() -> None:
    """Fork for each line of stdin; the children that are left go with us."""
    for module in IMPORTED:
        importlib.import_module(module)
    with redirect_stdout(io.StringIO()), suppress(SystemExit):
        importlib.import_module("ucsync.cli").application(["status", "--help"])  # imports the rest
    gc.freeze()  # else each child copies what its collector looks at
    living: set[int] = set()
    for line in sys.stdin:
        wish = json.loads(line)
        if "start" in wish:
            pid = _fork(wish["start"])
            living.add(pid)
            _say(pid)
        else:
            living.discard(wish["wait"])
            _say(os.waitstatus_to_exitcode(os.waitpid(wish["wait"], 0)[1]))
    for pid in living:
        os.kill(pid, signal.SIGKILL)
    os._exit(0)  # what was frozen cannot be tidied up


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _fork(wish: Mapping[str, Any]) -> int:
    descriptors = [
        os.open("/dev/null", os.O_RDONLY),
        os.open(wish["out"], os.O_WRONLY | os.O_CREAT, 0o600),
        os.open(wish["err"], os.O_WRONLY),
    ]
    pid = os.fork()
    if pid == 0:
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
            os.close(descriptor)
        os._exit(_done(wish))
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _done(wish: Mapping[str, Any]) -> int:
    """Do what is wished; the exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    os.environ.update(wish["environment"])
    os.chdir(wish["folder"])
    module, _, name = wish["task"].partition(":")
    try:
        told = getattr(importlib.import_module(module), name)(*wish["arguments"])
        if told is not None:
            sys.stdout.write(json.dumps(told))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001  (whatever it is, the child must not go on as the ward)
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    main()
