"""The file that `ucsync init` writes: every setting, its default, its meaning, made from the table."""

import json
import os
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ucsync.config.checks import QUERY_MODEL
from ucsync.config.keys import KEY_SOURCES
from ucsync.config.reading import DEFAULT_FILE, faults_of
from ucsync.config.table import GROUPS, KEYS, SERVER, TOP, Setting
from ucsync.config.toml_files import in_words
from ucsync.model import ConfigurationInvalid, StorageFailed
from ucsync.net import PRODUCTION

COLUMNS: Final = 110
MEANING_COLUMN: Final = 46
SANDBOX_SERVER: Final = "http://127.0.0.1:8765"
SANDBOX_MERCHANT: Final = "demo"
SANDBOX_MERCHANT_ID: Final = "DEMO"

_PRIVATE: Final = 0o600  # no key is in it, but somebody may put one there, and a query may name customers
_HEAD: Final = (
    "# Configuration of ucsync, with every setting. A line that begins with # and no blank shows a default:",
    "# take the # away to change it. `ucsync doctor` checks the file; `ucsync init` writes one like this.",
    "# Looked for at --config, else ./ucsync.toml, else where $UCSYNC_CONFIG points.",
)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A configuration that was written; `sandbox` when it is for trying things out on this machine."""

    path: Path
    merchant: str
    server: str
    key_source: str
    key_place: str
    sandbox: bool


def write_config(
    path: Path | None, merchant: str | None, server: str | None, key_source: str | None
) -> Beginning:
    """Write a configuration for one merchant; a file that is there is left as it is.

    Args:
        path: of the new file; None for ./ucsync.toml.
        merchant: its name; None for the sandbox.
        server: scheme, host and port; None for UltraCart's own, or the sandbox's on this machine.
        key_source: one of `KEY_SOURCES`; None for a file, or the environment with the sandbox. Where it
            is exactly follows from the merchant's name.

    Raises:
        ConfigurationInvalid: an argument cannot be used, the file exists, or it cannot be made there.
        StorageFailed: the disk did not take it; nothing is left.
    """
    sandbox = merchant is None
    path, name = path or Path(DEFAULT_FILE), SANDBOX_MERCHANT if merchant is None else merchant
    if server is None:
        server = SANDBOX_SERVER if sandbox else PRODUCTION
    source = key_source or ("key_env" if sandbox else "key_file")
    place = _key_places(name)[source]
    document = {"merchants": {name: {"server": server, source: place}}}
    if faults := list(faults_of(document, path)):
        raise ConfigurationInvalid("; ".join(map(in_words, faults)))
    _create(path, config_text(name, server, source).encode())
    return Beginning(path, name, server, source, place, sandbox)


def config_text(merchant: str, server: str, key_source: str) -> str:
    """The file for one merchant, all else at its default; the arguments have been checked."""
    places = _key_places(merchant)
    server_row, auth_row, id_row = SERVER
    known_id = SANDBOX_MERCHANT_ID if server == SANDBOX_SERVER else None
    lines = [
        *_HEAD,
        "",
        *_lines(TOP),
        "",
        _beside(f"[merchants.{merchant}]", "one section a merchant; letters, digits, - and _"),
        *_setting(server_row, server, is_given=True),
        *_lines([auth_row]),
        *_setting(id_row, known_id or id_row.default, is_given=known_id is not None),
        "",
        "# Where the key is kept, exactly one of these, safest first; the key itself is never in this file:",
        *(line for row in KEYS for line in _setting(row, places[row.name], is_given=row.name == key_source)),
    ]
    for group in GROUPS:
        lines += ["", f"# {group.heading}:", *_lines(group.settings)]
    filters = f"Filters: {', '.join(QUERY_MODEL.fields)}."
    lines += [
        "",
        "# Not all customers but those that getCustomersByQuery finds; one filter or more, dates in quotes.",
        *textwrap.wrap(filters, COLUMNS, initial_indent="# ", subsequent_indent="# "),
        f"#[merchants.{merchant}.query]",
        '#any_tags = ["wholesale"]',
    ]
    return "\n".join(lines) + "\n"


def _key_places(merchant: str) -> dict[str, str]:
    variable = f"UCSYNC_{merchant.upper().replace('-', '_')}_KEY"
    places = (f"{merchant}.key", f"~/.config/ucsync/{merchant}.key", variable)
    return dict(zip(KEY_SOURCES, places, strict=True))


def _lines(rows: Iterable[Setting]) -> Iterator[str]:
    for row in rows:
        yield from _setting(row, row.default, is_given=False)


def _setting(row: Setting, value: object, *, is_given: bool) -> Iterator[str]:
    mark = "" if is_given else "#"
    # JSON is TOML where it is text, numbers, true, false and lists of them
    written = f"{mark}{row.name} = {json.dumps(value, ensure_ascii=False)}"
    if len(written) < COLUMNS or not isinstance(value, list):
        yield _beside(written, row.meaning)
        return
    yield _beside(f"{mark}{row.name} = [", row.meaning)
    names = ", ".join(map(json.dumps, value))
    yield from textwrap.wrap(names, COLUMNS, initial_indent=mark, subsequent_indent=mark)
    yield f"{mark}]"


def _beside(line: str, meaning: str) -> str:
    return f"{line:{MEANING_COLUMN}}# {meaning}"


def _create(path: Path, text: bytes) -> None:
    """A new file in one go; a half-written one is taken away again."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except FileExistsError:
        raise ConfigurationInvalid(
            f"{path}: exists, and is left as it is; give another with --config"
        ) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise ConfigurationInvalid(f"{path}: cannot be made ({reason})") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        path.unlink(missing_ok=True)
        raise StorageFailed(f"writing {path}: {fault.strerror or type(fault).__name__}") from None
