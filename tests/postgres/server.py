"""A real Postgres server of a test's own: in a folder of its own, behind a socket there, killed at will."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import psycopg

#: Debian keeps the server's commands out of the path.
PLACES: Final = "/usr/lib/postgresql/*/bin"
PASSWORD: Final = "it-is-a-secret-of-the-test"

_SETTINGS: Final = {
    "listen_addresses": "''", "fsync": "off", "shared_buffers": "16MB", "max_connections": "20",
    "autovacuum": "off", "restart_after_crash": "off", "log_min_messages": "fatal",
}  # fmt: skip


def commands() -> Path | None:
    """Where `initdb` and `pg_ctl` are; None when there is no server on this machine."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/").glob(PLACES.lstrip("/")), reverse=True)
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


class Server:
    """Started when it is entered; a context manager.

    Args:
        bin_: as `commands` gives it.
    """

    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        self._folder = Path(tempfile.mkdtemp(prefix="ucsync-pg-"))  # short: a socket's path has 107 bytes
        # Postgres does not run as root
        self._user = None if os.geteuid() else _somebody()
        self._environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def __enter__(self) -> Self:
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        password = self._folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o644)
        self._run(
            "initdb", "-D", str(self.data), "-U", "owner", "-A", "scram-sha-256", f"--pwfile={password}",
            "--no-sync", "-E", "UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        settings = "".join(f"{name} = {value}\n" for name, value in _SETTINGS.items())
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"{settings}unix_socket_directories = '{self._folder}'\n")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "immediate", "-w")
        shutil.rmtree(self._folder)

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self._folder / "data"

    @property
    def environment(self) -> Mapping[str, str]:
        """By which libpq finds it."""
        return {
            "PGHOST": str(self._folder), "PGUSER": "owner", "PGPASSWORD": PASSWORD, "PGDATABASE": "postgres",
        }  # fmt: skip

    @property
    def conninfo(self) -> str:
        """By which psycopg does."""
        return f"host={self._folder} user=owner password={PASSWORD} dbname=postgres"

    def start(self) -> None:
        """Return when it takes connections."""
        log = self._folder / "log"
        self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(log), "-w", "-s")

    def kill(self) -> None:
        """All of its processes at once, as when the machine is switched off."""
        postmaster = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="utf-8").split()
        for process in (postmaster, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def restart(self) -> None:
        """After it was killed; the last of its processes may take a moment to go."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for _ in range(50):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.start()
                return
        raise AssertionError((self._folder / "log").read_text(encoding="utf-8"))

    def connect(self, **more: Any) -> "psycopg.Connection[Any]":
        """A connection of the owner's, which commits by itself."""
        return psycopg.connect(self.conninfo, autocommit=True, **more)

    def _run(self, command: str, *arguments: str) -> None:
        user, group = (None, None) if self._user is None else (self._user.pw_uid, self._user.pw_gid)
        subprocess.run(
            [self._bin / command, *arguments], check=True, cwd="/", env=self._environment, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user,
            group=group,
        )  # fmt: skip


def _somebody() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")
