"""The columns of a mapping file, one by one and beside each other."""

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any, Final

from ucsync.config import checks
from ucsync.config.checks import Check
from ucsync.config.lines import KeyPath
from ucsync.config.toml_files import Fault
from ucsync.model.pushes import Rule
from ucsync.ultracart.targets import Target, parse_target
from ucsync.ultracart.wishes import Column, ListMode

RULES: Final = tuple(rule.value for rule in Rule)
LINES_MAX: Final = 9
_MODES: Final = tuple(mode.value for mode in ListMode)
_OF_LISTS: Final = ("mode", "separator")


def separator_check(value: object) -> Iterator[checks.Problem]:
    """What stands between names in a cell."""
    if not isinstance(value, str):
        yield checks.Problem('expected text in "quotes"; "" when a cell is one name')


def _values(value: object) -> Iterator[checks.Problem]:
    if not isinstance(value, dict):
        yield checks.Problem('expected a table, e.g. { "United Kingdom" = "GB" }')
        return
    for said, meant in value.items():
        if not isinstance(meant, str):
            yield checks.Problem('expected text in "quotes"', (said,))


_SPEC: Final[dict[str, Check]] = {
    "to": checks.text,
    "rule": checks.one_of(*RULES),
    "mode": checks.one_of(*_MODES),
    "separator": separator_check,
    "values": _values,
    "line": checks.whole(1, LINES_MAX),
    "drop_apostrophe": checks.flag,
}


def read_columns(
    section: object, where: KeyPath, *, rule: Rule, separator: str, insert: bool
) -> tuple[list[Column], list[Fault]]:
    """What a `columns` table says, and what is wrong with it.

    Args:
        section: column names to a target, a table with `to` and more, or a list of either.
        where: the section stands.
        rule: of columns that name none.
        separator: likewise.
        insert: whether customers may be inserted, as fields need that are given to new ones only.
    """
    if not isinstance(section, dict):
        return [], [Fault(where, 'not a section; write [columns] and lines such as "Tax ID" = "tax_id"')]
    columns: list[Column] = []
    places: list[KeyPath] = []
    faults: list[Fault] = []
    for name, held in section.items():
        given = list(enumerate(held)) if isinstance(held, list) else [(None, held)]
        specs = [spec if isinstance(spec, dict) else {"to": spec} for _, spec in given]
        lines_max = max((_line_of(spec) for spec in specs), default=1)
        for (position, _), spec in zip(given, specs, strict=True):
            place = (*where, name) if position is None else (*where, name, position)
            found = list(_spec_faults(spec, place, insert=insert))
            faults += found
            if not found:
                columns.append(_column(name, spec, rule, separator, lines_max))
                places.append(place)
    faults += _clashes(columns, places)
    return columns, faults


def _line_of(spec: MappingType[str, Any]) -> int:
    line = spec.get("line")
    return line if type(line) is int else 1


def _column(name: str, spec: MappingType[str, Any], rule: Rule, separator: str, lines_max: int) -> Column:
    target = parse_target(spec["to"])
    return Column(
        name=name,
        target=target,
        rule=Rule(spec.get("rule", rule.value)),
        mode=ListMode(spec.get("mode", ListMode.ADD.value)) if target.is_list else None,
        separator=spec.get("separator", separator),
        values=dict(spec.get("values", {})),
        line=spec.get("line"),
        lines_max=lines_max,
        drop_apostrophe=spec.get("drop_apostrophe", False),
    )


def _spec_faults(spec: MappingType[str, Any], where: KeyPath, *, insert: bool) -> Iterator[Fault]:
    for name, held in spec.items():
        check = _SPEC.get(name)
        if check is None:
            yield Fault((*where, name), checks.unknown(name, tuple(_SPEC)))
        else:
            yield from (Fault((*where, name, *problem.below), problem.text) for problem in check(held))
    wanted = spec.get("to")
    if wanted is None:
        yield Fault(where, 'names no field; add to = "…"')
    elif isinstance(wanted, str) and wanted:
        try:
            target = parse_target(wanted)
        except ValueError as fault:
            yield Fault(where, str(fault))
        else:
            yield from (Fault(where, text) for text in _misfits(target, spec, insert=insert))


def _misfits(target: Target, spec: MappingType[str, Any], *, insert: bool) -> Iterator[str]:
    """What a target does not go with."""
    if not target.is_list:
        yield from (f"{name} is for lists, and {target.text} is none" for name in _OF_LISTS if name in spec)
    elif "line" in spec:
        yield 'a list has no lines; with separator = "\\n" each line is a name'
    if target.part == "email_lists" and spec.get("mode") == "set":
        yield 'who is on an e-mail list cannot be read, so it cannot be set; write mode = "add" or "remove"'
    if "rule" in spec and (target.is_sum or target.part == "email_lists"):
        yield f"{target.part} is never compared with what is there, so no rule applies"
    if target.insert_only and not insert:
        yield f"{target.part} is for new customers only; it takes [actions] insert = true"


def _clashes(columns: list[Column], places: list[KeyPath]) -> Iterator[Fault]:
    """Columns that would write the same field; names may be added by one and removed by another."""
    seen: dict[object, list[Column]] = {}
    for column, place in zip(columns, places, strict=True):
        target = column.target
        others = seen.setdefault((target.part, target.pick, target.key, target.field), [])
        for other in others:
            if column.mode is other.mode or ListMode.SET in (column.mode, other.mode):
                yield Fault(place, f"{target.text} is written by column {other.name!r} already")
                break
        others.append(column)
    whole = [column.target.part for column in columns if column.target.is_list]
    for column, place in zip(columns, places, strict=True):
        if column.target.pick is not None and column.target.part in whole:
            yield Fault(place, f"{column.target.part} is written as a list already; choose one way")
