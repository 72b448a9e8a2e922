"""Mapping files: which column of a change set is about which field of a customer.

The file is TOML, `pipelines/mappings/` has examples of all of it; every fault in one is told at once.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingType
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ucsync.config import checks, mapping_merges
from ucsync.config.checks import Check, Problem
from ucsync.config.lines import KeyPath
from ucsync.config.mapping_columns import RULES, read_columns, separator_check
from ucsync.config.mapping_merges import merge_mapping
from ucsync.config.toml_files import Fault, in_words, read_toml
from ucsync.model import InputUnusable
from ucsync.model.pushes import Rule
from ucsync.ultracart.check import text_length
from ucsync.ultracart.wishes import CREDIT_DESCRIPTION, SEPARATOR, Column, Mapping, MatchBy

#: The vendor takes 50 characters; the mark by which a step is known again takes the last 10.
DESCRIPTION_MAX: Final = 40
MATCH_BY: Final[tuple[MatchBy, ...]] = ("customer_profile_oid", "email")
_MEND: Final = "pipelines/mappings/ has some to start from"


def _texts(value: object) -> Iterator[Problem]:
    if not isinstance(value, list) or not value:
        yield Problem('expected a list, e.g. ["Notes", "HubSpot *"]')
        return
    for position, held in enumerate(value):
        yield from (Problem(problem.text, (position,)) for problem in checks.text(held))


def _token(value: object) -> Iterator[Problem]:
    yield from (problems := list(checks.text(value)))
    if not problems and str(value) != str(value).strip():
        yield Problem("begins or ends with a blank, which nobody sees in a cell")


def _description(value: object) -> Iterator[Problem]:
    yield from (problems := list(checks.text(value)))
    if not problems and (text_length(str(value)) > DESCRIPTION_MAX or not str(value).isprintable()):
        yield Problem(f"expected one line of at most {DESCRIPTION_MAX} characters")


_Shape = MappingType[str, "Check | MappingType[str, Check] | None"]
_SHAPE: Final[_Shape] = {
    "rule": checks.one_of(*RULES),
    "worth": checks.text,
    "ignore": _texts,
    "credit_description": _description,
    "match": {"by": checks.one_of(*MATCH_BY), "column": checks.text},
    "cells": {"clear": _token, "separator": separator_check},
    "actions": {"insert": checks.flag, "delete": checks.flag, "column": checks.text},
    "columns": None,  # `read_columns` checks it
    "merge": {
        "survivor": mapping_merges.survivor,
        "absorbed": checks.text,
        "group": checks.text,
        "keep": mapping_merges.keep,
    },
}


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises:
        ConfigurationInvalid: no file, no TOML, or faults in it, all of them.
    """
    file = read_toml(path, _MEND)
    document = file.document
    columns, faults = _columns(document)
    file.complain([*faults, *_shape_faults(_SHAPE, document, ()), *_wholes(document, columns)])
    return _mapping(document, columns, sha256(file.text.encode()).hexdigest())


def default_mapping(columns: Sequence[str]) -> Mapping:
    """The mapping of a change set whose columns are named as what they are about.

    Customers are known by the column `customer_profile_oid` if there is one, else by `email`; empty cells
    change nothing and nothing is cleared, names are added to lists.

    Raises:
        InputUnusable: a column is named otherwise; what to do about it.
    """
    by = next((name for name in MATCH_BY if name in columns), None)
    if by is None:
        raise InputUnusable(
            "no column customer_profile_oid or email says whom a row means; "
            "name the columns as in UltraCart, or say with --mapping which is which"
        )
    section = {name: name for name in columns if name != by}
    found, faults = read_columns(section, (), rule=Rule.OURS, separator=SEPARATOR, insert=False)
    if faults:
        told = "\n".join(f"  column {in_words(fault)}" for fault in faults)
        raise InputUnusable(
            f"without --mapping every column is named as what it is about, and not all are:\n{told}"
        )
    digest = sha256("\n".join(("default", *columns)).encode()).hexdigest()
    return Mapping(match_by=by, match_column=by, columns=tuple(found), digest=digest)


def _shape_faults(shape: _Shape, table: MappingType[str, Any], where: KeyPath) -> Iterator[Fault]:
    for name, value in table.items():
        here = (*where, name)
        if name not in shape:
            yield Fault(here, _elsewhere(name, where) or checks.unknown(name, tuple(shape)))
            continue
        held = shape[name]
        if isinstance(held, MappingType):
            if isinstance(value, dict):
                yield from _shape_faults(held, value, here)
            else:
                yield Fault(here, f"not a section; write [{name}]")
        elif held is not None:
            yield from (Fault((*here, *problem.below), problem.text) for problem in held(value))


def _elsewhere(name: str, where: KeyPath) -> str | None:
    """TOML puts what follows a [section] into it."""
    if where and callable(_SHAPE.get(name)):
        return "belongs at the top of the file, before the first [section]"
    return None


def _wholes(document: MappingType[str, Any], columns: Sequence[Column]) -> Iterator[Fault]:
    """What no setting shows alone."""
    merge, actions = _section(document, "merge"), _section(document, "actions")
    if "merge" in document:
        yield from (Fault(("merge",), problem.text) for problem in mapping_merges.whole(merge))
    if not document.get("columns") and "merge" not in document and actions.get("delete") is not True:
        yield Fault(("columns",), "none, so nothing would ever change")
    key = _match_column(document)
    if _section(document, "match").get("by") == "email":
        for column in columns:
            if column.name == key and column.target.part == "email":
                mend = "an address that changes has a column of its own"
                yield Fault(("columns", key), f"says whom a row means; {mend}")


def _columns(document: MappingType[str, Any]) -> tuple[list[Column], list[Fault]]:
    rule = document.get("rule")
    separator = _section(document, "cells").get("separator")
    columns, faults = read_columns(
        document.get("columns", {}),
        ("columns",),
        rule=Rule(rule) if rule in RULES else Rule.OURS,
        separator=separator if isinstance(separator, str) else SEPARATOR,
        insert=_section(document, "actions").get("insert") is True,
    )
    return columns, [_with_place(fault) for fault in faults]


def _with_place(fault: Fault) -> Fault:
    """A setting that has slipped below [columns] is taken for a column; say where it would be one."""
    there = _elsewhere(str(fault.keys[1]), fault.keys) if len(fault.keys) > 1 else None
    return Fault(fault.keys, f"{fault.text}; the setting of that name {there}") if there else fault


def _section(document: MappingType[str, Any], name: str) -> MappingType[str, Any]:
    """A section, or nothing where the file has none, or something else of that name."""
    held = document.get(name)
    return held if isinstance(held, dict) else {}


def _match_column(document: MappingType[str, Any]) -> str:
    """Who is merged is named by a column of its own, so that no other one is needed."""
    match, merge = _section(document, "match"), _section(document, "merge")
    survivor = merge.get("survivor")
    fallback = survivor if isinstance(survivor, str) else match.get("by", MATCH_BY[0])
    return str(match.get("column", fallback))


def _mapping(document: MappingType[str, Any], columns: Sequence[Column], digest: str) -> Mapping:
    """What a file without faults says."""
    cells, actions = _section(document, "cells"), _section(document, "actions")
    by = _section(document, "match").get("by", MATCH_BY[0])
    return Mapping(
        match_by=next(name for name in MATCH_BY if name == by),
        match_column=_match_column(document),
        columns=tuple(columns),
        ignore=tuple(document.get("ignore", ())),
        clear=cells.get("clear"),
        insert=actions.get("insert", False),
        delete=actions.get("delete", False),
        action_column=actions.get("column"),
        worth_column=document.get("worth"),
        merge=merge_mapping(document["merge"]) if "merge" in document else None,
        credit_description=document.get("credit_description", CREDIT_DESCRIPTION),
        digest=digest,
    )
