"""What a run of the command may meet, and the exit code that is documented for it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from signal import SIGINT, SIGTERM
from typing import Final

from tests.cli.bench import ACCOUNT, Bench, Place, Ran, changes
from tests.cli.served import MERCHANT
from ucsync.store import hold

Act = Callable[[Bench, Random, str], Ran]


@dataclass(frozen=True)
class Situation:
    """One way to end.

    Attributes:
        code: the documented one.
        command: which is run.
        act: runs it.
        says_why_in_its_report: where what is wrong is found, and told on stdout.
    """

    code: int
    command: str
    act: Act
    says_why_in_its_report: bool

    def __str__(self) -> str:
        return f"{self.command}: {self.act.__name__}"

    def run(self, bench: Bench, chance: Random) -> Ran:
        """Let it happen."""
        return self.act(bench, chance, self.command)


SITUATIONS: Final[list[Situation]] = []

ASKING: Final = ("sync", "reconcile", "backfill")
COMMANDS: Final = (
    "account check", "account export", "backfill", "dashboard build", "dashboard serve", "demo", "doctor",
    "export", "forget", "init", "plan backfill", "plan sync", "push apply", "push plan", "push retry",
    "push show", "push status", "push undo", "reconcile", "report", "sandbox", "snapshots export",
    "snapshots list", "snapshots prune", "snapshots show", "snapshots verify", "sql", "status", "sync",
    "warehouse build", "warehouse show",
)  # fmt: skip
#: What each needs to be understood.
NEEDS: Final = {
    "push plan": ("two.csv",), "push apply": ("2099",), "push show": ("2099",), "push retry": ("2099",),
    "push undo": ("2099",), "snapshots export": ("out.csv",), "sql": ("SELECT 1 AS one",),
    "export": ("tags", "--out", "out.csv"), "forget": ("1000001", "--dry-run"),
    "account export": ACCOUNT, "account check": ("jo",),
}  # fmt: skip


def ends(code: int, *commands: str, reported: bool = False) -> Callable[[Act], Act]:
    """A situation of each of these commands."""

    def noted(act: Act) -> Act:
        SITUATIONS.extend(Situation(code, command, act, reported) for command in commands)
        return act

    return noted


def words(command: str) -> tuple[str, ...]:
    """With all that it needs."""
    return (*command.split(), *NEEDS.get(command, ()))


@ends(0, "sync", "reconcile", "report", "status", "doctor", "export", "forget", "plan sync", "plan backfill",
      "sql", "snapshots list", "snapshots show", "snapshots verify", "snapshots prune", "snapshots export",
      "push status", "dashboard build", "warehouse build", "account export")  # fmt: skip
def all_is_well(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance).run(*words(command))


@ends(0, "sync", "backfill", "plan sync", "status", "doctor", "init")
def the_first_time(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.fresh(chance)
    if command == "init":
        place.path.unlink()
    return place.run(*words(command))


@ends(0, *COMMANDS)
def asked_for_help(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance).run(*command.split(), "--help")


@ends(0, "push plan")
def changes_that_fit(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    return place.run(*command.split(), place.file("two.csv", changes(2, note="new")))


@ends(0, "push apply", "push show")
def a_plan_that_holds(bench: Bench, chance: Random, command: str) -> Ran:
    place, plan = bench.pushed(chance)
    return place.run(*command.split(), plan)


@ends(0, "warehouse show")
def a_warehouse_that_was_built(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    place.run("warehouse", "build")
    return place.run(*command.split())


@ends(2, "dashboard build", "warehouse build")
def a_lake_without_a_snapshot(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance).run(*command.split())


@ends(0, "sandbox", "dashboard serve")
def stopped_by_its_user(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.fresh(chance) if command == "sandbox" else bench.synced(chance)
    serving = place.begin(*command.split(), "--port", "0", as_json=False)
    return serving.end(chance.choice((SIGINT, SIGTERM)), " at http")


@ends(2, *COMMANDS)
def an_option_that_is_not_there(bench: Bench, chance: Random, command: str) -> Ran:
    wrong = chance.choice(("--frobnicate", "--key=abc", "-x", "--jsn"))
    return bench.fresh(chance).run(*words(command), wrong, as_json=False)


@ends(2, "frobnicate", "push everything", "plan nothing", "snapshots")
def no_such_command(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance).run(*command.split(), "now", as_json=False)


@ends(2, "sync", "reconcile", "plan sync", "sandbox", "backfill", "snapshots verify", "snapshots export",
      "export", "push plan", "demo", "dashboard build", "warehouse build")  # fmt: skip
def a_value_that_cannot_be(bench: Bench, chance: Random, command: str) -> Ran:
    wrong = {
        "sync": chance.choice((("--accept-deletes", "-1"), ("--on-quota", "hurry"))),
        "reconcile": ("--accept-deletes", "many"), "plan sync": ("--customers", "-5"),
        "sandbox": chance.choice((("--port", "65536"), ("--latency", "soon"))),
        "backfill": chance.choice((("--by", "name"), ("--window-pages", "0"))),
        "snapshots verify": ("--sample", "-1"), "snapshots export": ("--to", "xlsx"),
        "export": ("--tier", "low"), "dashboard build": ("--tier", "low"),
        "warehouse build": chance.choice((("--tier", "low"), ("--hashing", "md5"))),
        "push plan": ("--accept-cleared", "x"), "demo": ("--customers", "7"),
    }[command]  # fmt: skip
    return bench.fresh(chance).run(*words(command), *wrong, as_json=False)


@ends(2, "push apply", "push show", "push undo", "push retry", "snapshots show", "snapshots verify", "sql",
      "backfill", "plan backfill", "report", "account check")  # fmt: skip
def what_does_not_exist(bench: Bench, chance: Random, command: str) -> Ran:
    if command == "report":
        wanted = chance.choice((("--run", "99"), ("--snapshot", "2099"), ("--push", "2099")))
        return bench.synced(chance).run(command, *wanted)
    named = {"sql": "FROM nowhere", "backfill": "", "plan backfill": ""}.get(command, "20991231")
    more = ("--from", "yesterday-ish") if command.endswith("backfill") else (named,)
    return bench.synced(chance).run(*command.split(), *more)


@ends(3, "sync")
def what_cannot_be_proven(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance, "odd").run(command)


@ends(3, "doctor", reported=True)
def a_clock_that_is_off(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance, "late").run(command)


@ends(3, "status", reported=True)
def a_lake_that_is_stale(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance, more="stale_after_h = 1\n")
    receipt = place.lake_file("receipt.json")
    receipt.write_text(receipt.read_text().replace('"finished_at": "2', '"finished_at": "1'))
    return place.run(command)


@ends(3, "push plan", reported=True)
def rows_that_are_rejected(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    return place.run(*command.split(), place.file("bad.csv", changes(2, "77,nobody")))


@ends(4, "forget")
def somebody_who_is_not_confirmed(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance).run(command, "1000001", "--confirm", "01234567")


@ends(4, "sync", "reconcile")
def most_customers_are_gone(bench: Bench, chance: Random, command: str) -> Ran:
    more = ("--full",) if command == "sync" else ()
    return bench.synced(chance, "few").run(command, *more)


@ends(4, "snapshots export", "export")
def a_file_that_is_there(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    place.file("out.csv", "mine")
    return place.run(*words(command))


@ends(4, "push plan", reported=True)
def more_than_a_push_may(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance, more="push.customers_max = 1\npush.percent_max = 0\n")
    return place.run(*command.split(), place.file("two.csv", changes(3, note="more")))


@ends(4, "push apply")
def a_plan_of_another_key(bench: Bench, chance: Random, command: str) -> Ran:
    place, plan = bench.pushed(chance)
    place.keys = {**place.keys, "SHOP_KEY": "another-key"}
    return place.run(*command.split(), plan)


TORN: Final = (
    "", "customer_profile_oid,tax_id\n1000001\n", "tax_id\n5\n", "customer_profile_oid,nothing\n1,2\n",
    "customer_profile_oid,tax_id,tax_id\n1,2,3\n",
)  # fmt: skip


@ends(65, "push plan")
def a_change_set_that_is_torn(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    return place.run(*command.split(), place.file("torn.csv", chance.choice(TORN)))


@ends(65, "push apply", "push show")
def a_plan_that_was_edited(bench: Bench, chance: Random, command: str) -> Ran:
    place, plan = bench.pushed(chance)
    path = next((place.folder / "state" / "plans").rglob("*.plan"))
    path.write_text(path.read_text(encoding="utf-8").replace("called", "cursed"), encoding="utf-8")
    return place.run(*command.split(), chance.choice((str(path), plan)))


@ends(69, *ASKING, "account export")
def a_server_that_sends_elsewhere(bench: Bench, chance: Random, command: str) -> Ran:
    impatient = ("--on-quota", "stop") if command == "backfill" else ()
    return bench.synced(chance, "elsewhere").run(*words(command), *impatient)


@ends(69, "doctor", reported=True)
def a_server_that_is_none(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance, "elsewhere").run(command)


@ends(74, "sync", "init", "export", "snapshots export", "push plan", "report", "account export")
def a_disk_without_room(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    if command == "init":
        place.path.unlink()
    place.file("two.csv", changes(2))
    return place.run(*words(command), disk_bytes=chance.choice((0, 100)))


@ends(74, "status", "snapshots list", "sandbox")
def an_output_that_cannot_be_written(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance).run(*command.split(), "--help", disk_bytes=0)


@ends(74, "forget")
def a_part_that_nobody_can_be_taken_out_of(bench: Bench, chance: Random, command: str) -> Ran:
    return _damaged(bench, chance).run(command, "1000001", "--confirm", "01234567")


@ends(74, "sql")
def a_damaged_part(bench: Bench, chance: Random, command: str) -> Ran:
    return _damaged(bench, chance).run(command, "SELECT * FROM customers")


@ends(74, "doctor", "snapshots verify", reported=True)
def a_damaged_lake(bench: Bench, chance: Random, command: str) -> Ran:
    deep = ("--deep",) if command == "doctor" else ()
    return _damaged(bench, chance).run(*command.split(), *deep)


@ends(74, "status", "snapshots list", reported=True)
def a_damaged_receipt(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    place.lake_file("receipt.json").write_text("{}")
    return place.run(*command.split())


def _damaged(bench: Bench, chance: Random) -> Place:
    place = bench.synced(chance)
    part = place.lake_file("customers/*.parquet")
    data = part.read_bytes()
    part.write_bytes(data[:-10] if chance.random() < 0.5 else data[: len(data) // 2])
    return place


@ends(75, *ASKING, "forget", "push plan")
def another_run_at_it(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    place.file("two.csv", changes(2))
    # a backfill waits for runs of other kinds
    kind = "backfill" if command == "backfill" else "merchant"
    with hold(place.folder / "state" / "locks", [f"{kind}-{MERCHANT}"]):
        return place.run(*words(command))


@ends(75, "doctor", reported=True)
def another_run_in_the_way(bench: Bench, chance: Random, command: str) -> Ran:
    return another_run_at_it(bench, chance, command)


@ends(76, "sync", "reconcile")
def a_quota_that_is_spent(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.fresh(chance, more="requests_per_hour = 2\n")
    return place.run(command, "--on-quota", "stop")


@ends(76, "backfill", reported=True)
def a_quota_that_is_spent_on_the_way(bench: Bench, chance: Random, command: str) -> Ran:
    return a_quota_that_is_spent(bench, chance, command)


@ends(76, "doctor", reported=True)
def a_quota_too_small_for_a_look(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance, more="requests_per_hour = 1\n").run(command)


@ends(76, "push apply", reported=True)
def a_quota_too_small_for_a_push(bench: Bench, chance: Random, command: str) -> Ran:
    place, plan = bench.pushed(chance, "requests_per_hour = 7\nreserve_percent = 0\n")
    return place.run(*command.split(), plan, "--on-quota", "stop")


@ends(77, *ASKING)
def a_key_that_is_refused(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    place.keys = {**place.keys, "SHOP_KEY": "another-key"}
    return place.run(command)


@ends(77, "sync", "reconcile")
def an_application_that_is_disabled(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance, "disabled").run(command)


@ends(77, "doctor", reported=True)
def a_key_or_application_that_is_refused(bench: Bench, chance: Random, command: str) -> Ran:
    act = chance.choice((a_key_that_is_refused, an_application_that_is_disabled))
    return act(bench, chance, command)


WRONG: Final = (
    "[merchants", "", 'x = 1\n[merchants.shop]\nserver = "http://127.0.0.1:9"\n',
    '[merchants.shop]\nserver = "ftp://a"\nkey_env = "SHOP_KEY"\npage_size = 0\nlag_s = "x"\n',
    '[merchants.shop]\nserver = "http://127.0.0.1:9"\nkey_env = "SHOP_KEY"\nkey_file = "k"\n', "\x00",
    '[merchants.shop]\nserver = "http://127.0.0.1:9"\nkey_env = 5\n[merchants."a b"]\n',
)  # fmt: skip


@ends(78, *(one for one in COMMANDS if one not in ("init", "sandbox", "demo", "account check")))
def a_configuration_that_is_wrong(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.fresh(chance)
    place.file("ucsync.toml", chance.choice(WRONG))
    place.file("two.csv", changes(2))
    return place.run(*words(command))


@ends(78, "sync", "reconcile", "backfill", "status", "plan sync", "plan backfill", "push status", "doctor",
      "forget", "snapshots list", "snapshots prune", "dashboard build", "warehouse build",
      "warehouse show")  # fmt: skip
def a_merchant_that_nobody_knows(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.synced(chance).run(*command.split(), "stranger")


@ends(78, *ASKING)
def no_key(bench: Bench, chance: Random, command: str) -> Ran:
    place = bench.synced(chance)
    place.keys = {**place.keys, "SHOP_KEY": ""}
    return place.run(command)


@ends(78, "init")
def a_file_that_is_kept(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance).run(command)


@ends(78, "sandbox", "demo")
def a_fault_that_nobody_knows(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance).run(
        command, "--faults", chance.choice(("nope=1", "500", "500=2")), as_json=False
    )


@ends(130, "sync", "backfill")
def stopped_by_ctrl_c(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance, "slow").begin(command).end(SIGINT, '"event": "')


@ends(143, "sync", "backfill")
def stopped_by_its_scheduler(bench: Bench, chance: Random, command: str) -> Ran:
    return bench.fresh(chance, "slow").begin(command).end(SIGTERM, '"event": "')
