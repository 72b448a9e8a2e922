"""From the file to a `Config`: every fault in it reported at once, each with its line and its mend."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from ucsync.config import checks
from ucsync.config.checks import EXPANSIONS_KNOWN
from ucsync.config.keys import KEY_SOURCES
from ucsync.config.lines import KeyPath
from ucsync.config.merchants import Config, MerchantConfig
from ucsync.config.table import (
    CONNECTION,
    MEGABYTE,
    MERCHANT,
    PUSH,
    SERVER,
    TOP,
    WAREHOUSE,
    Setting,
    Tree,
    tree_of,
    value_of,
)
from ucsync.config.toml_files import Fault, read_toml, shown_key, shown_path
from ucsync.model import Hashing, Tier
from ucsync.model.pushes import Limits
from ucsync.net import ClientSettings
from ucsync.plan.push_settings import PushSettings
from ucsync.plan.settings import SyncSettings
from ucsync.plan.warehouse_settings import WarehouseSettings

DEFAULT_FILE: Final = "ucsync.toml"
NAME_MAX: Final = 64
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{NAME_MAX}}}", re.ASCII)
_MEND: Final = "start from config.example.toml, or let `ucsync init` write one"
_TOP: Final = tree_of(TOP)
_MERCHANT: Final = tree_of(MERCHANT)


def load_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Read and check the configuration.

    Args:
        path: given by the user, or None to look in the usual places.
        environment: as `os.environ`.

    Raises:
        ConfigurationInvalid: no file, no TOML, or faults in it, all of them.
    """
    path = path or _usual_place(environment)
    file = read_toml(path, _MEND)
    document = file.document
    file.complain(faults_of(document, path))
    lake, state = _folders(document, path)
    sections = document["merchants"]
    return Config(path, lake, state, {name: _merchant(name, section) for name, section in sections.items()})


def faults_of(document: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """What is wrong in a whole file.

    Args:
        document: what the file holds.
        path: where it is, because its folders are relative to it.
    """
    top = list(_table_faults(_TOP, {key: document[key] for key in document if key != "merchants"}, ()))
    yield from top
    if not top:
        yield from _folder_faults(document, path)
    sections = document.get("merchants")
    if not isinstance(sections, dict) or not sections:
        yield Fault(("merchants",), "none; write a section [merchants.NAME]")
        return
    seen: dict[str, str] = {}
    for name, section in sections.items():
        where = ("merchants", name)
        if not _NAME.fullmatch(name):
            yield Fault(
                where,
                f"a merchant's name is made of letters, digits, - and _, at most {NAME_MAX}: "
                "it becomes a folder's name",
            )
        if (other := seen.setdefault(name.lower(), name)) != name:
            same = "in case only, which some disks take for the same folder; rename one"
            yield Fault(where, f"differs from {shown_key(other)} {same}")
        if isinstance(section, dict):
            yield from _table_faults(_MERCHANT, section, where)
            yield from _merchant_faults(section, where)
        else:
            yield Fault(where, f"not a section; write [{shown_path(where)}]")


def _usual_place(environment: Mapping[str, str]) -> Path:
    here = Path(DEFAULT_FILE)
    elsewhere = environment.get("UCSYNC_CONFIG")
    return Path(elsewhere) if elsewhere and not here.exists() else here


def _table_faults(tree: Tree, table: Mapping[str, Any], where: KeyPath) -> Iterator[Fault]:
    for name, value in table.items():
        row, here = tree.get(name), (*where, name)
        if row is None:
            yield Fault(here, _elsewhere(name, where) or checks.unknown(name, tuple(_offered(tree, where))))
        elif isinstance(row, Setting):
            yield from (Fault((*here, *problem.below), problem.text) for problem in row.check(value))
        elif isinstance(value, dict):
            yield from _table_faults(row, value, here)
        else:
            yield Fault(here, f"not a section; write [{shown_path(here)}]")


def _offered(tree: Tree, where: KeyPath) -> Iterator[str]:
    yield from tree
    if not where:
        yield "merchants"


def _elsewhere(name: str, where: KeyPath) -> str | None:
    """Where a setting belongs that stands in the wrong table: TOML puts it into the last one opened."""
    if where and name in _TOP:
        return "belongs at the top of the file, before the first [section]"
    section = shown_path(where[:2]) if where else "merchants.NAME"
    if len(where) != 2 and name in _MERCHANT:
        return f"belongs in [{section}], before any section within it"
    for table, rows in _MERCHANT.items():
        if isinstance(rows, dict) and name in rows:
            return f"belongs in [{section}.{table}]"
    return None


def _merchant_faults(section: Mapping[str, Any], where: KeyPath) -> Iterator[Fault]:
    """What no setting shows alone."""
    if sum(source in section for source in KEY_SOURCES) != 1:
        yield Fault(where, f"give exactly one of {', '.join(KEY_SOURCES)}")


def _folder_faults(document: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    try:
        lake, state = _folders(document, path)
    except (OSError, RuntimeError):
        yield Fault(
            ("lake",), "lake or state cannot be found: no such user behind the ~, or links in a circle"
        )
        return
    if lake == state or lake in state.parents or state in lake.parents:
        yield Fault(("state",), "lake and state must be two folders, neither inside the other")


def _folders(document: Mapping[str, Any], path: Path) -> tuple[Path, Path]:
    lake, state = ((path.parent / Path(value_of(row, document)).expanduser()).resolve() for row in TOP)
    return lake, state


def _merchant(name: str, section: Mapping[str, Any]) -> MerchantConfig:
    given = {row.name: value_of(row, section) for row in MERCHANT}
    (source,) = (source for source in KEY_SOURCES if source in section)
    bounds = {row.name: given.pop(row.name) for row in CONNECTION.settings}
    push, warehouse = (
        {row.name.partition(".")[2]: given.pop(row.name) for row in group.settings}
        for group in (PUSH, WAREHOUSE)
    )
    bounds["answer_bytes_max"] = bounds.pop("answer_mb_max") * MEGABYTE
    place = given[source]
    server, auth, merchant_id = (given.pop(row.name) for row in SERVER)
    choices = {key.replace(".", "_"): value for key, value in given.items() if key not in KEY_SOURCES}
    choices["expansions"] = tuple(name for name in EXPANSIONS_KNOWN if name in choices["expansions"])
    return MerchantConfig(
        name=name,
        server=server,
        auth=auth,
        merchant_id=merchant_id,
        key_source=source,
        key_place=place,
        settings=ClientSettings(**bounds),
        sync=SyncSettings(**choices),
        push=_push(push),
        warehouse=WarehouseSettings(tier=Tier(warehouse["tier"]), hashing=Hashing(warehouse["hashing"])),
    )


def _push(given: Mapping[str, Any]) -> PushSettings:
    chosen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    limits = {field.name: chosen.pop(field.name) for field in fields(Limits)}
    return PushSettings(limits=Limits(**limits), **chosen)
