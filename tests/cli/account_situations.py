"""What an export of an account may meet besides; see `situations`."""

from random import Random
from signal import SIGINT, SIGTERM

from tests.cli.bench import ACCOUNT, Bench, Place, Ran
from tests.cli.served import MERCHANT
from tests.cli.situations import ends, words
from ucsync.store import hold


@ends(0, "account check")
def an_archive_as_it_was_left(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.exported(chance).run(*words(command))


@ends(2, "account export")
def nobody_to_ask_for_a_password(bench: Bench, chance: Random, command: str) -> Ran:
    given = chance.choice(((), ("--password-file", "-"), (*ACCOUNT[2:4], "--password-file", "jo.password")))
    return bench.synced(chance).run(*command.split(), *ACCOUNT[:2], *ACCOUNT[4:], *given)


@ends(4, "account export")
def an_archive_that_is_there(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.exported(chance).run(*words(command))


@ends(74, "account check", reported=True)
def a_damaged_archive(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.exported(chance)
    path = place.folder / "jo" / chance.choice(("tables/orders.parquet", "summary.html", "manifest.json"))
    data = path.read_bytes()
    path.write_bytes(data[:-10] if chance.random() < 0.5 else data.replace(b"o", b"a", 1))
    return place.run(*words(command))


@ends(75, "account export")
def a_forgetting_under_way(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    with hold(place.folder / "state" / "locks", [f"forget-{MERCHANT}"]):
        return place.run(*words(command))


@ends(77, "account export")
def a_password_that_is_wrong(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    place.keys = {**place.keys, "JO_PASSWORD": "not-the-password"}
    return place.run(*words(command))


@ends(78, "account export")
def no_id_of_the_merchant(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance).run(*words(command))


@ends(78, "account export")
def a_merchant_that_nobody_has_told_of(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance).run(*words(command), "stranger")


@ends(130, "account export")
def interrupted(bench: Bench, chance: Random, command: str) -> Ran:
    return _slow(bench, chance).begin(*words(command)).end(SIGINT, '"event": "')


@ends(143, "account export")
def terminated(bench: Bench, chance: Random, command: str) -> Ran:
    return _slow(bench, chance).begin(*words(command)).end(SIGTERM, '"event": "')


def _slow(bench: Bench, chance: Random) -> Place:
    """A server that is, and no snapshot that would tell the merchant's id."""
    return bench.fresh(chance, "slow", 'merchant_id = "DEMO"\n')
