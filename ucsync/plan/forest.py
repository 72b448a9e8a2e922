"""Merges as a forest: who goes into whom, in what order, and who survives when that is left to rules.

A merge cannot be undone, so what is asked for has to be plain: of merges that contradict each other none
is planned, and none that leads into one of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ucsync.plan.push_settings import PushSettings


@dataclass(frozen=True, slots=True)
class Pair:
    """One merge.

    Attributes:
        survivor, absorbed: oids.
        rows: of the change set that ask for it.
    """

    survivor: int
    absorbed: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Forest:
    """Merges that can be done.

    Attributes:
        pairs: who is to absorb others and to be absorbed, too, has done the former first.
        problems: pairs that are left out, with the reason in words.
    """

    pairs: tuple[Pair, ...]
    problems: tuple[tuple[Pair, str], ...]


def forest(pairs: Iterable[Pair]) -> Forest:
    """The order of merges: each tree from its leaves to its root, trees by their first row.

    The same merge asked for twice is one. Left out are a customer merged into itself, one that goes into
    two others, circles, and all that leads into what is left out.
    """
    joined: dict[tuple[int, int], Pair] = {}
    for pair in pairs:
        known = joined.get((pair.survivor, pair.absorbed))
        asking = {*pair.rows, *(known.rows if known else ())}
        joined[pair.survivor, pair.absorbed] = Pair(pair.survivor, pair.absorbed, tuple(sorted(asking)))
    into: dict[int, list[Pair]] = defaultdict(list)
    problems: dict[Pair, str] = {}
    for pair in sorted(joined.values(), key=lambda one: one.rows):
        into[pair.absorbed].append(pair)
    for absorbed, several in into.items():
        if len(several) > 1:
            why = f"customer {absorbed} is to go into several others ({_named(several)})"
            problems |= dict.fromkeys(several, why)
        for pair in several:
            if pair.survivor == pair.absorbed:
                problems[pair] = "a customer cannot be merged into itself"
    only = {absorbed: held[0] for absorbed, held in into.items() if held[0] not in problems}
    for circle in _circles(only):
        problems |= dict.fromkeys(circle, f"goes round in a circle ({_named(circle)})")
    bad = {pair.absorbed: problem for pair, problem in problems.items()}
    sound = list(_leaves_first(only, bad, problems))
    return Forest(tuple(sound), tuple(problems.items()))


def _named(pairs: Iterable[Pair]) -> str:
    rows = sorted({row for pair in pairs for row in pair.rows})
    more = f" and {len(rows) - 10} more" if len(rows) > 10 else ""
    return ("row " if len(rows) == 1 else "rows ") + ", ".join(map(str, rows[:10])) + more


def _circles(into: Mapping[int, Pair]) -> Iterator[list[Pair]]:
    """Each customer goes into one other at most, so following them ends, or comes round."""
    done: set[int] = set()
    for start in into:
        way: dict[int, int] = {}
        at = start
        while at in into and at not in done and at not in way:
            way[at] = len(way)
            at = into[at].survivor
        if at in way:
            yield [into[oid] for oid in list(way)[way[at] :]]
        done |= way.keys()


def _leaves_first(
    into: Mapping[int, Pair], bad: Mapping[int, str], problems: dict[Pair, str]
) -> Iterator[Pair]:
    """The sound ones in order; what leads into a bad one is added to `problems`."""
    below: dict[int, list[Pair]] = defaultdict(list)
    for pair in into.values():
        below[pair.survivor].append(pair)
    for root in dict.fromkeys(pair.survivor for pair in into.values()):
        if root in into and root not in bad:
            continue  # not a root
        found: list[Pair] = []
        waiting = [root]
        while waiting:
            branch = [pair for pair in reversed(below[waiting.pop()]) if pair not in problems]
            found.extend(branch)
            waiting.extend(pair.absorbed for pair in branch)
        if root in bad:
            why = f"leads into customer {root}, whose own merge cannot be done"
            problems.update(dict.fromkeys(found, why))
        else:
            yield from reversed(found)


def winners(records: Mapping[int, Mapping[str, Any]], rules: Sequence[str]) -> list[int]:
    """Who is best by ordered rules: each next one decides only among those that the rules before left.

    Args:
        records: customers by oid.
        rules: `most`, `least`, `latest` or `earliest`, and the dotted name of a field. Who has nothing
            there is behind all who have something.

    Returns:
        One oid; several, ascending, where the rules come to an end before one is left.
    """
    left = sorted(records)
    for rule in rules:
        word, path = rule.split()
        ranks = {oid: _rank(word, _at(records[oid], path)) for oid in left}
        best = max((rank for rank in ranks.values() if rank is not None), default=None)
        if best is not None:
            left = [oid for oid in left if ranks[oid] == best]
    return left


def _at(record: Mapping[str, Any], path: str) -> Any:
    held: Any = record
    for name in path.split("."):
        held = held.get(name) if isinstance(held, Mapping) else None
    return held


def _rank(word: str, held: Any) -> Decimal | None:
    """The larger the better, None for nothing."""
    if word in ("latest", "earliest"):
        instant = _instant(held)
        rank = None if instant is None else Decimal(str(instant.timestamp()))
    else:
        rank = Decimal(held) if isinstance(held, int | Decimal) else None
    return rank if rank is None or word in ("most", "latest") else -rank


def _instant(held: Any) -> datetime | None:
    try:
        instant = datetime.fromisoformat(held)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def blockers(record: Mapping[str, Any], settings: PushSettings) -> list[str]:
    """What keeps a customer from being merged, either way, as its owner has configured; in words.

    Args:
        record: the customer's.
        settings: `blocking_tags`, `blocking_properties`.
    """
    tags = {str(row.get("tag_value", "")).lower() for row in record.get("tags", ())}
    names = {str(row.get("name", "")).lower() for row in record.get("properties", ())}
    return [
        *(f"has the tag {tag!r}" for tag in settings.blocking_tags if tag.lower() in tags),
        *(f"has the property {name!r}" for name in settings.blocking_properties if name.lower() in names),
    ]
