"""Reading a key from where the configuration says that it is, and a password from where a person says."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ucsync.model import ConfigurationInvalid, Secret

KEY_FILE_BYTES_MAX: Final = 65_536

#: Where a key may be kept, safest first: a systemd credential, a file of mode 0600, the environment.
KEY_SOURCES: Final = ("key_credential", "key_file", "key_env")
#: Where the password of somebody's account may be kept, likewise.
PASSWORD_SOURCES: Final = ("password_credential", "password_file", "password_env")


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
    text = _READERS[source](place, environment, "ascii").strip()
    if not text:
        raise ConfigurationInvalid("no key there")
    return text


def read_password(source: str, place: str, environment: Mapping[str, str]) -> Secret:
    """The password that is kept there: all of it but the end of the line, blanks included.

    Args:
        source: one of `PASSWORD_SOURCES`.
        place: of the file, the credential's name, or the variable's.
        environment: as `os.environ`.

    Raises:
        ConfigurationInvalid: it is not there, or others may read it. The text does not repeat `place`:
            somebody may have put the password itself there.
    """
    text = _READERS[source.replace("password", "key")](place, environment, "utf-8")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ConfigurationInvalid("no password there: not set, or empty")
    if "\n" in text or "\r" in text:
        raise ConfigurationInvalid("more than one line; a password is one")
    return Secret(text)


def _from_credential(place: str, environment: Mapping[str, str], encoding: str) -> str:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise ConfigurationInvalid("not run by systemd (CREDENTIALS_DIRECTORY is not set)")
    if place != Path(place).name:
        raise ConfigurationInvalid("a name, not a path")
    return _read_guarded(Path(folder) / place, encoding, others_may_read=True)  # systemd guards the folder


def _from_file(place: str, _environment: Mapping[str, str], encoding: str) -> str:
    return _read_guarded(Path(place), encoding, others_may_read=False)


def _from_environment(place: str, environment: Mapping[str, str], _encoding: str) -> str:
    return environment.get(place, "")


def _read_guarded(path: Path, encoding: str, *, others_may_read: bool) -> str:
    try:
        path = path.expanduser()
        # looked at before it is opened, because opening a pipe waits for its other end
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigurationInvalid("not a regular file")
        with path.open(encoding=encoding) as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077 and not others_may_read:
                raise ConfigurationInvalid("others may read or change the file; mend it with chmod 600")
            return file.read(KEY_FILE_BYTES_MAX)
    except (OSError, ValueError, RuntimeError) as fault:
        # no such file, not in this encoding, a NUL in the name, no such user behind the ~
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise ConfigurationInvalid(f"cannot be read ({reason})") from None


_READERS: Final = {
    "key_credential": _from_credential,
    "key_file": _from_file,
    "key_env": _from_environment,
}
