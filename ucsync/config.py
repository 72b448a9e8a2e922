"""Configuration: read once, checked whole, frozen. It names the places of keys; a key itself is read
only when it is needed, by `MerchantConfig.credential`.

The file is TOML. It is looked for at `--config`, else `./ucsync.toml`, else where the environment
variable UCSYNC_CONFIG points. Every fault in it is reported, each by its key, in one error.
"""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ucsync.model import ConfigurationInvalid, Secret
from ucsync.net import PRODUCTION, ClientSettings, api_address
from ucsync.ultracart import BearerToken, Credential, SimpleKey

DEFAULT_FILE: Final = "ucsync.toml"
KEY_FILE_BYTES_MAX: Final = 65_536

#: Where a key may be kept, safest first: a systemd credential, a file of mode 0600, the environment.
KEY_SOURCES: Final = ("key_credential", "key_file", "key_env")
_TEXT_KEYS: Final = ("server", "auth", *KEY_SOURCES)
_WHOLE_KEYS: Final = ("in_flight_max", "answer_mb_max", "requests_per_s")
_NUMBER_KEYS: Final = ("deadline_s",)
_AUTHS: Final[dict[str, type[SimpleKey] | type[BearerToken]]] = {
    "simple_key": SimpleKey,
    "bearer_token": BearerToken,
}


@dataclass(frozen=True, slots=True)
class MerchantConfig:
    """One `[merchants.NAME]`: a server, where its key is kept, and the bounds of the client."""

    name: str
    server: str = PRODUCTION
    auth: str = "simple_key"
    key_source: str = ""
    key_place: str = ""
    settings: ClientSettings = field(default_factory=ClientSettings)

    def credential(self, environment: Mapping[str, str]) -> Credential:
        """The key, read now.

        Args:
            environment: as `os.environ`.

        Raises:
            ConfigurationInvalid: it is not where the configuration says, or others may read it.
        """
        try:
            text = _READERS[self.key_source](self.key_place, environment)
        except ConfigurationInvalid as fault:
            raise ConfigurationInvalid(f"merchants.{self.name}.{self.key_source}: {fault}") from None
        if not text:
            raise ConfigurationInvalid(f"merchants.{self.name}.{self.key_source}: no key there")
        return _AUTHS[self.auth](Secret(text))


@dataclass(frozen=True, slots=True)
class Config:
    """All of the file."""

    path: Path
    merchants: Mapping[str, MerchantConfig]

    def merchant(self, name: str | None) -> MerchantConfig:
        """The merchant of this name; of the only one, the name may be left out.

        Raises:
            ConfigurationInvalid: there is none, or none was named and there are several.
        """
        if name is None and len(self.merchants) == 1:
            return next(iter(self.merchants.values()))
        if name is None or name not in self.merchants:
            known = ", ".join(self.merchants)
            asked = "name one of the merchants" if name is None else f"no merchant {name!r}"
            raise ConfigurationInvalid(f"{self.path}: {asked}; there are: {known}")
        return self.merchants[name]


def load_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Read and check the configuration.

    Args:
        path: given by the user, or None to look in the usual places.
        environment: as `os.environ`.

    Raises:
        ConfigurationInvalid: no file, no TOML, or faults in it, all of them.
    """
    path = path or _usual_place(environment)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ConfigurationInvalid(f"{path}: nests too deep") from None
    except FileNotFoundError:
        raise ConfigurationInvalid(f"{path}: no such file; start from config.example.toml") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationInvalid(f"{path}: cannot be read ({type(fault).__name__})") from None
    except tomllib.TOMLDecodeError as fault:
        raise ConfigurationInvalid(f"{path}: {fault}") from None
    except ValueError:  # a number of thousands of digits
        raise ConfigurationInvalid(f"{path}: holds a value beyond all bounds") from None
    faults: list[str] = [f"{key}: no such section" for key in document if key != "merchants"]
    sections = document.get("merchants")
    if not isinstance(sections, dict) or not sections:
        faults.append("merchants: none; write a section [merchants.NAME]")
        sections = {}
    merchants = {name: _merchant(name, section, faults) for name, section in sections.items()}
    if faults:
        raise ConfigurationInvalid(f"{path}:\n" + "\n".join(f"  {fault}" for fault in faults))
    return Config(path, merchants)


def _usual_place(environment: Mapping[str, str]) -> Path:
    here = Path(DEFAULT_FILE)
    elsewhere = environment.get("UCSYNC_CONFIG")
    return Path(elsewhere) if elsewhere and not here.exists() else here


def _merchant(name: str, section: object, faults: list[str]) -> MerchantConfig:
    where = f"merchants.{name}"
    if not isinstance(section, dict):
        faults.append(f"{where}: not a section; write [{where}]")
        return MerchantConfig(name)
    found = list(_section_faults(section))
    faults.extend(f"{where}.{fault}" for fault in found)
    sources = [source for source in KEY_SOURCES if source in section]
    if len(sources) != 1:
        faults.append(f"{where}: give exactly one of {', '.join(KEY_SOURCES)}")
    if found or len(sources) != 1:
        return MerchantConfig(name)
    return MerchantConfig(
        name=name,
        server=section.get("server", PRODUCTION),
        auth=section.get("auth", "simple_key"),
        key_source=sources[0],
        key_place=section[sources[0]],
        settings=_client_settings(section),
    )


def _section_faults(section: Mapping[str, Any]) -> Iterator[str]:
    for key, value in section.items():
        if key in _TEXT_KEYS:
            if not isinstance(value, str) or not value:
                yield f"{key}: expected text"
        elif key in _WHOLE_KEYS:
            if type(value) is not int or value < 1:
                yield f"{key}: expected a whole number above 0"
        elif key in _NUMBER_KEYS:
            if type(value) not in (int, float) or not 0 < value < 86_400:
                yield f"{key}: expected seconds, above 0 and below a day"
        else:
            known = ", ".join((*_TEXT_KEYS, *_WHOLE_KEYS, *_NUMBER_KEYS))
            yield f"{key}: no such setting; there are {known}"
    try:
        api_address(section.get("server", PRODUCTION))
    except ConfigurationInvalid as fault:
        yield f"server: {fault}"
    if section.get("auth", "simple_key") not in _AUTHS:
        yield f"auth: expected one of {', '.join(_AUTHS)}"


def _client_settings(section: Mapping[str, Any]) -> ClientSettings:
    given: dict[str, Any] = {
        key: section[key] for key in ("deadline_s", "in_flight_max", "requests_per_s") if key in section
    }
    if "answer_mb_max" in section:
        given["answer_bytes_max"] = section["answer_mb_max"] * 1_048_576
    return ClientSettings(**given)


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
    """The key in a file. Errors do not repeat the path: somebody may have put the key in its place."""
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
