"""A headless Chromium that opens a page, and tells what the page did: over a pipe, without any library."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any, BinaryIO

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

#: Only a hung browser is silent for so long.
ENOUGH_S = 60
_ENDS_AFTER_S = 600
_FLAGS = (
    "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-sync",
    # else a page that nobody sees may get no frames and late timers
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
)  # fmt: skip
# Chromium speaks on the descriptors 3 and 4, whichever numbers the pipes have here.
_JOIN = (
    "import os, sys\n"
    "ends = [os.dup(int(number)) for number in sys.argv[1:3]]\n"
    "while max(ends) < 5: ends = [os.dup(end) for end in ends]\n"
    "for target, end in zip((3, 4), ends): os.dup2(end, target)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)


@dataclass
class Page:
    """An open page.

    Attributes:
        asked: addresses that it asked for, whether or not they were let through.
        wrong: script errors, and what its policy has refused.
        saved: names of the files that it has handed out.
    """

    _to: BinaryIO
    _from: int
    session: str = ""
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    _loaded: int = 0
    _seen: int = 0
    _done: int = 0
    _number: int = 0
    _told: bytes = b""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            heard = self._hear()
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                result: dict[str, Any] = heard["result"]
                return result

    def open(self, address: str) -> None:
        """Go there and wait until everything is loaded."""
        before = self._loaded
        self.call("Page.navigate", url=address)
        while self._loaded == before:
            self._hear()
        self._seen = self._loaded

    def loaded(self) -> None:
        """Wait until it has gone somewhere by itself since it was opened, or since this was asked last."""
        while self._loaded == self._seen:
            self._hear()
        self._seen = self._loaded

    def ask(self, script: str) -> Any:
        """The value of an expression, evaluated on the page; a promise is waited for."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def download(self, script: str, folder: Path) -> Path:
        """The file that the page hands out when a script is run."""
        self.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        before = self._done
        self.ask(script)
        while self._done == before:
            self._hear()
        return folder / self.saved[-1]

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._told:
            ready, _, _ = select([self._from], [], [], ENOUGH_S)
            assert ready, "the browser says nothing any more"
            more = os.read(self._from, 1 << 20)
            assert more, "the browser has gone"
            self._told += more
        told, _, self._told = self._told.partition(b"\0")
        heard: dict[str, Any] = json.loads(told)
        given = heard.get("params", {})
        match heard.get("method"):
            case "Page.loadEventFired":
                self._loaded += 1
            case "Page.downloadWillBegin":
                self.saved.append(given["suggestedFilename"])
            case "Page.downloadProgress":
                self._done += given["state"] == "completed"
            case "Network.requestWillBeSent":
                self.asked.append(given["request"]["url"])
            case "Runtime.exceptionThrown":
                self.wrong.append(json.dumps(given["exceptionDetails"]))
            case "Log.entryAdded":
                self.wrong.append(given["entry"]["text"])
        return heard


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A page of a browser that keeps its things in `folder`, and ends with the block."""
    assert CHROMIUM is not None
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        [sys.executable, "-c", _JOIN, str(theirs_in), str(theirs_out), *command],
        pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    os.close(theirs_in)
    os.close(theirs_out)
    end = threading.Timer(_ENDS_AFTER_S, process.kill)
    end.start()
    with os.fdopen(ours_out, "wb") as to:
        try:
            page = Page(to, ours_in)
            target = page.call("Target.createTarget", url="about:blank")["targetId"]
            page.session = page.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for room in ("Page", "Runtime", "Log", "Network"):
                page.call(f"{room}.enable")
            yield page
            page.session = ""
            page.call("Browser.close")
        finally:
            end.cancel()
            process.kill()
            process.wait()
            os.close(ours_in)
