"""Reading a key from where the configuration says that it is kept."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ucsync.model import ConfigurationInvalid

KEY_FILE_BYTES_MAX: Final = 65_536

#: Where a key may be kept, safest first: a systemd credential, a file of mode 0600, the environment.
KEY_SOURCES: Final = ("key_credential", "key_file", "key_env")


def read_key(source: str, place: str, environment: Mapping[str, str]) -> str:
    """The key that is kept there.

    Args:
        source: one of `KEY_SOURCES`.
        place: what the configuration gives for it.
        environment: as `os.environ`.

    Raises:
        ConfigurationInvalid: it is not there, or others may read it. The text does not repeat `place`:
            somebody may have put the key itself there.
    """
    text = _READERS[source](place, environment)
    if not text:
        raise ConfigurationInvalid("no key there")
    return text


def _from_credential(place: str, environment: Mapping[str, str]) -> str:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise ConfigurationInvalid("not run by systemd (CREDENTIALS_DIRECTORY is not set)")
    if place != Path(place).name:
        raise ConfigurationInvalid("a name, not a path")
    return _read_key_file(Path(folder) / place, others_may_read=True)  # systemd guards the folder


def _from_file(place: str, _environment: Mapping[str, str]) -> str:
    return _read_key_file(Path(place), others_may_read=False)


def _from_environment(place: str, environment: Mapping[str, str]) -> str:
    return environment.get(place, "").strip()


def _read_key_file(path: Path, *, others_may_read: bool) -> str:
    try:
        path = path.expanduser()
        # looked at before it is opened, because opening a pipe waits for its other end
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigurationInvalid("not a regular file")
        with path.open(encoding="ascii") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077 and not others_may_read:
                raise ConfigurationInvalid("others may read or change the file; mend it with chmod 600")
            return file.read(KEY_FILE_BYTES_MAX).strip()
    except (OSError, ValueError, RuntimeError) as fault:
        # no such file, no ASCII, a NUL in the name, no such user behind the ~
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise ConfigurationInvalid(f"cannot be read ({reason})") from None


_READERS: Final = {
    "key_credential": _from_credential,
    "key_file": _from_file,
    "key_env": _from_environment,
}
