"""What a ward's child does when runs of the command meet: race for the locks, work on a small disk."""

import asyncio
import fcntl
import os
import resource
import sys
from pathlib import Path

from tests.ward import command
from ucsync.app import read_config, sync_merchants
from ucsync.config import Config
from ucsync.flow import Ended, Progress, Stop, SyncResult, Watcher, Wishes

#: What a rival says on stderr; the last with its exit code, its requests, and in words how it ended.
READY = "ready"
AT_WORK = "at work"
ENDED = "ended"


class Pausing(Watcher):
    """At its first page a run says that it works, and waits until it may go on."""

    def __init__(self, go: Path) -> None:
        self._go = go

    def on_scan(self, progress: Progress) -> None:
        """See `Watcher`."""
        if progress.pages == 1:
            say(AT_WORK)
            wait_for(self._go)


def compete(config: str, merchant: str, trials: int) -> None:
    """Sync a merchant against a rival, so many times; each time says how it ended.

    Beside the configuration are the files `start-N` and `go-N`, locked until all may start in trial N,
    and until its winner may go on.
    """
    path = Path(config)
    found = read_config(path)
    for trial in range(trials):
        say(READY)
        wait_for(path.parent / f"start-{trial}")
        [ended] = asyncio.run(_sync(found, merchant, path.parent / f"go-{trial}"))
        requests = ended.result.requests if ended.result else 0
        say(f"{ENDED} {ended.exit_code} {requests} {ended.failure or ''}")


def on_a_small_disk(bytes_max: int, *arguments: str) -> None:
    """The command, where no file may become larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, resource.RLIM_INFINITY))
    command(*arguments)


def on_a_terminal(name: str, *arguments: str) -> None:
    """The command, on this terminal; says when it has opened it."""
    terminal = os.open(name, os.O_WRONLY | os.O_NOCTTY)
    say(READY)
    for descriptor in (1, 2):
        os.dup2(terminal, descriptor)
    os.close(terminal)
    command(*arguments)


def say(line: str) -> None:
    """On stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def wait_for(lock: Path) -> None:
    """Until nobody holds it alone."""
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)


async def _sync(found: Config, merchant: str, go: Path) -> list[Ended[SyncResult]]:
    return await sync_merchants(
        found, [merchant], Wishes(), on_quota="stop", stop=Stop(), watch=lambda _: Pausing(go)
    )
