"""TOML files that people write: read whole, and told with a line for each fault."""

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ucsync.config.lines import KeyPath, Lines
from ucsync.model import ConfigurationInvalid

FILE_BYTES_MAX: Final = 1_048_576
_SHOWN_MAX: Final = 64
_BARE = re.compile(rf"[A-Za-z0-9_-]{{1,{_SHOWN_MAX}}}", re.ASCII)
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it stands, and what is wrong with it."""

    keys: KeyPath
    text: str


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a file holds.

    Attributes:
        path: where it is.
        text: without a mark at its beginning, lines ended as in Unix.
        document: what the text says.
    """

    path: Path
    text: str
    document: dict[str, Any]

    def complain(self, faults: Iterable[Fault]) -> None:
        """Tell all faults at once, in the order of their lines.

        Raises:
            ConfigurationInvalid: there is any.
        """
        found = list(faults)
        if not found:
            return
        lines = Lines(self.text, self.document)
        placed = sorted(((lines.of(fault.keys), fault) for fault in found), key=lambda pair: pair[0] or 0)
        told = [f"{self.path}{f':{line}' if line else ''}: {in_words(fault)}" for line, fault in placed]
        raise ConfigurationInvalid(
            told[0] if len(told) == 1 else "\n  ".join((f"{len(told)} faults:", *told))
        )


def read_toml(path: Path, mend: str) -> TomlFile:
    """Read a file.

    Args:
        path: where it is.
        mend: what to do when it is not there.

    Raises:
        ConfigurationInvalid: no file, or no TOML.
    """
    text = _read(path, mend)
    return TomlFile(path, text, _parse(path, text))


def in_words(fault: Fault) -> str:
    """A fault as it is shown: `merchants.shop.page_size: 500 is above 200; …`."""
    return f"{shown_path(fault.keys)}: {fault.text}"


def shown_path(keys: KeyPath) -> str:
    """Keys from the top of a file down, as TOML writes them: `merchants.shop.expansions[2]`."""
    shown = ""
    for key in keys:
        shown += f"[{key}]" if isinstance(key, int) else f".{shown_key(key)}"
    return shown.removeprefix(".")


def shown_key(key: str) -> str:
    """One key; none that is long or would disturb a terminal."""
    if _BARE.fullmatch(key):
        return key
    if key.isprintable() and len(key) <= _SHOWN_MAX:
        return json.dumps(key, ensure_ascii=False)
    return '"…"'


def _read(path: Path, mend: str) -> str:
    try:
        with path.open("rb") as file:
            held = file.read(FILE_BYTES_MAX + 1)
        if len(held) > FILE_BYTES_MAX:
            raise ConfigurationInvalid(f"{path}: larger than {FILE_BYTES_MAX} bytes")
        return held.decode("utf-8-sig").replace("\r\n", "\n")  # some editors put a mark before the text
    except FileNotFoundError:
        raise ConfigurationInvalid(f"{path}: no such file; {mend}") from None
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise ConfigurationInvalid(f"{path}:{line}: not UTF-8") from None
    except (OSError, ValueError) as fault:  # ValueError: a path that holds NUL
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise ConfigurationInvalid(f"{path}: cannot be read ({reason})") from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigurationInvalid(f"{path}: nests too deep") from None
    except tomllib.TOMLDecodeError as fault:
        place = _PLACE.search(str(fault))
        if place is None:
            raise ConfigurationInvalid(f"{path}: {fault}") from None
        problem = f"{str(fault)[: place.start()]} (column {place[2]})"
        raise ConfigurationInvalid(f"{path}:{place[1]}: {problem}") from None
    except ValueError:  # a number of thousands of digits
        raise ConfigurationInvalid(f"{path}: holds a value beyond all bounds") from None
