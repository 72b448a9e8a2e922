"""The merges of a mapping file: who becomes one, who survives, what the survivor takes over."""

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any

from ucsync.config import checks
from ucsync.config.checks import Problem
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.survivors import parse_survivor_rule
from ucsync.ultracart.targets import CUSTOMER, PickBy, default_row, parse_target, writable_fields
from ucsync.ultracart.wishes import KeepGroup, MergeMapping


def survivor(value: object) -> Iterator[Problem]:
    """The name of a column, or a list of rules."""
    yield from _rules(value) if isinstance(value, list) else checks.text(value)


def keep(value: object) -> Iterator[Problem]:
    """Groups of fields that stay together."""
    if not isinstance(value, list):
        yield Problem("expected sections [[merge.keep]]")
        return
    taken: set[str] = set()
    for position, group in enumerate(value):
        if not isinstance(group, dict):
            yield Problem("expected a section [[merge.keep]]", (position,))
            continue
        for name in group.keys() - {"fields", "from"}:
            yield Problem(checks.unknown(name, ("fields", "from")), (position, name))
        for problem in _rules(group.get("from")):
            yield Problem(problem.text, (position, "from", *problem.below))
        for problem in _fields(group.get("fields"), taken):
            yield Problem(problem.text, (position, "fields", *problem.below))


def whole(section: MappingType[str, Any]) -> Iterator[Problem]:
    """What the settings of a `merge` section do not say together."""
    pairs, groups = "absorbed" in section, "group" in section
    of_columns = isinstance(section.get("survivor"), str)
    if pairs == groups or "survivor" not in section or of_columns is groups:
        yield Problem(
            "name two columns, survivor and absorbed; or one, group, and in survivor a list of rules, e.g. "
            '["most orders_summary.order_count", "earliest signup_dts"]'
        )


def merge_mapping(section: MappingType[str, Any]) -> MergeMapping:
    """What a `merge` section without faults says."""
    says = section["survivor"]
    return MergeMapping(
        survivor_column=says if isinstance(says, str) else None,
        absorbed_column=section.get("absorbed"),
        group_column=section.get("group"),
        survivor_rules=tuple(says) if isinstance(says, list) else (),
        keep=tuple(
            KeepGroup(
                tuple(field for name in group["fields"] for field in _single(name)), tuple(group["from"])
            )
            for group in section.get("keep", ())
        ),
    )


def _rules(value: object) -> Iterator[Problem]:
    if not isinstance(value, list) or not value:
        yield Problem('expected a list of rules, e.g. ["latest last_modified_dts"]')
        return
    for position, rule in enumerate(value):
        try:
            parse_survivor_rule(rule if isinstance(rule, str) else "")
        except ValueError as fault:
            yield Problem(str(fault), (position,))


def _fields(value: object, taken: set[str]) -> Iterator[Problem]:
    """What is wrong with a group's fields; `taken` are those of the groups before, and grows."""
    if not isinstance(value, list) or not value:
        yield Problem('expected a list of fields, e.g. ["billing", "tax_id"]')
        return
    for position, name in enumerate(value):
        try:
            fields = _single(name if isinstance(name, str) else "")
        except ValueError as fault:
            yield Problem(str(fault), (position,))
            continue
        if not taken.isdisjoint(fields):
            yield Problem("is kept already", (position,))
        taken.update(fields)


def _single(name: str) -> list[str]:
    """The single fields that a name means: itself, or all of a part that is named.

    Raises:
        ValueError: it means none that one customer can take over from another; in one line why.
    """
    part = CUSTOMER.fields.get(name.removesuffix("[default]"))
    row = default_row(part.name) if part else None
    if part is not None and row is not None:
        fields = [f"{row}.{field}" for field in writable_fields(part)]
        return [field for field in fields if not field.endswith(f".default_{part.name}")]
    if part is not None and part.kind is Kind.OBJECT and name == part.name and not part.read_only:
        return [parse_target(f"{name}.{field}").text for field in writable_fields(part)]
    target = parse_target(name)
    if target.pick is not None and target.pick.by is not PickBy.DEFAULT:
        raise ValueError("only the default address means the same to all who are merged")
    if target.is_list or target.is_sum or target.key is not None or target.insert_only:
        raise ValueError("nothing that one customer takes over from another")
    return [name]
