"""`ucsync forget`: somebody is taken out of everything that ucsync keeps, and stays out."""

import json
import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from ucsync.app import read_config
from ucsync.cli.flags import AsJson, ConfigFile
from ucsync.cli.words import block, counted, size, tell
from ucsync.forgetting import BEYOND, ForgetResult, ForgetWishes, lift
from ucsync.forgetting import forget as forget_people

#: Customers that are named; the JSON has all.
SHOWN = 20
#: Files of one folder that are named each; more of them are counted.
EACH_MAX = 3


def forget(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MERCHANT] [OID]...",
            help="The merchant, not needed when there is one; and customers by their oids.",
        ),
    ] = None,
    email: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Customers by an address; - reads it from stdin, one a line."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say who and what it would be; nothing is changed.")
    ] = False,
    confirm: Annotated[
        str | None, typer.Option(metavar="DIGITS", help="That just these are meant; a run without it tells.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Whoever is on the list and there all the same, after a restore.")
    ] = False,
    lift_: Annotated[
        bool, typer.Option("--lift", help="Take them off the list: they may be imported again.")
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Erase customers from every snapshot, half-done scan, journal, plan, warehouse, export and archive.

    They go on a list, so that no run imports them again, though UltraCart may still have them. Whoever is
    one with them by a merge of ours is forgotten, too. All of it is then searched for what they were known
    by, and what cannot be reached is told. It may be killed at any moment: run it again, naming nobody.
    Exit code 4: not confirmed; 3: done, and there are places to look at; 74: a damaged snapshot.

    Example:  ucsync forget shop 1000017 --dry-run
    """
    found = read_config(config)
    name, oids = _merchant_and_oids(words or [], known=set(found.merchants))
    name = found.merchant(name).name
    wishes = ForgetWishes(
        oids=oids, emails=tuple(_addresses(email or [])), again=again, confirm=confirm, dry_run=dry_run
    )
    if lift_:
        if dry_run or again or confirm is not None:
            raise typer.BadParameter("takes no --dry-run, --again or --confirm", param_hint="--lift")
        _tell_lifted(name, lift(found, name, wishes), as_json=as_json)
        return
    result = forget_people(found, name, wishes)
    tell([result], [result.exit_code], in_words, as_json=as_json)


def _tell_lifted(name: str, count: int, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"merchant": name, "lifted": count}))
    else:
        typer.echo(f"{name}: {counted(count, 'entry').replace('entrys', 'entries')} taken off the list")


def in_words(result: ForgetResult) -> str:
    """What came of it, for people; without anybody's data but oids."""
    told, done = result.found, result.erased
    count = counted(len(told.people.oids), "customer")
    lines = [f"{result.merchant}: {count} {'forgotten' if done else 'to be forgotten'}"]
    oids = sorted(told.people.oids)
    more = f" and {len(oids) - SHOWN} more" if len(oids) > SHOWN else ""
    lines += block("customers", [", ".join(map(str, oids[:SHOWN])) + more] if oids else ["none is there"])
    if told.merged:
        lines += block("merged", [f"{_named(told.merged)}: one person with them by a merge"])
    if told.formerly:
        before = f"{_named(told.formerly)} had the address before, and stay; name them if they are meant"
        lines += block("formerly", [before])
    if told.shared:
        lines += block("shared", [f"of their addresses, others have {told.shared}, too; those stay theirs"])
    lines += _done(result) if done else _would(result)
    for place, why in result.left:
        lines += block("left", [f"{place}: {why}"])
    lines += [line for note in result.notes for line in block("note", [note])]
    lines += block("beyond", list(BEYOND))
    if done is None:
        lines += block("next", [f"the same without --dry-run, and with --confirm {result.code}"])
    return "\n".join(lines)


def _would(result: ForgetResult) -> list[str]:
    told = result.standing
    versions = counted(result.found.versions, "version")
    lines = block("rows", [f"{versions} in {counted(told.snapshots, 'snapshot')}"])
    if told.doubtful:
        steps = counted(told.doubtful, "step")
        lines += block("pushes", [f"of {steps} it will never be known what came of them"])
    there = (*told.warehouses, *told.accounts, *told.written)
    lines += [line for name in _gathered(there) for line in block("goes", [name])]
    return lines + [line for fault in told.damaged for line in block("damage", [fault])]


def _done(result: ForgetResult) -> list[str]:
    done, proof = result.erased, result.proof
    if done is None or proof is None:
        return []
    figures = [
        f"{counted(done.rows, 'row')} in {counted(done.snapshots, 'snapshot')}",
        f"{counted(done.lines, 'row')} of quarantine",
        f"{counted(done.pages, 'page')} of half-done scans, {counted(done.steps, 'step')} of pushes",
    ]
    lines = block("erased", figures)
    gone = (*done.plans, *done.warehouses, *done.accounts, *done.written.removed)
    lines += [line for name in _gathered(gone) for line in block("removed", [name])]
    lines += [line for name in result.rebuilt for line in block("rebuilt", [name])]
    lines += [line for fault in done.damaged for line in block("damage", [fault])]
    where = f"{counted(proof.files, 'file')}, {size(proof.bytes)}"
    told = f"{counted(proof.values, 'text')} looked for in {where}"
    lines += block("proof", [told, f"found in {len(proof.left)} of them"])
    if proof.shared or proof.short:
        besides = f"{proof.shared} others have, too; {proof.short} are too short to tell"
        lines += block("", [besides])
    return lines


def _gathered(places: Iterable[str]) -> list[str]:
    """One line each, but one for all of a folder where there are many of it, as of an archive."""
    folders: dict[str, list[str]] = {}
    for place in places:
        folders.setdefault(place.rpartition("/")[0], []).append(place)
    return [
        told
        for folder, held in folders.items()
        for told in (held if len(held) <= EACH_MAX else [f"{folder}: {counted(len(held), 'file')}"])
    ]


def _named(oids: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(oids)[:SHOWN]))


def _merchant_and_oids(words: list[str], known: set[str]) -> tuple[str | None, tuple[int, ...]]:
    named = words[:1] if words and (words[0] in known or not words[0].isdecimal()) else []
    oids = words[len(named) :]
    if any(not (word.isascii() and word.isdecimal() and 0 < int(word) < 2**31) for word in oids):
        raise typer.BadParameter("an oid is a whole number above 0", param_hint="OID")
    return (named[0] if named else None), tuple(map(int, oids))


def _addresses(given: list[str]) -> list[str]:
    lines = sys.stdin.read().splitlines() if "-" in given else []
    found = [text.strip() for text in [*given, *lines] if text.strip() and text != "-"]
    if any("@" not in text for text in found):
        raise typer.BadParameter("an e-mail address has an @", param_hint="--email")
    return found
