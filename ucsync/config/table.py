"""Every setting as a row of one table: what it may hold, its default, what it means.

The reader, the file that `ucsync init` writes, `config.example.toml` and the tests read these rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ucsync.config import checks
from ucsync.config.merchants import AUTHS, EXPANSIONS_DEFAULT
from ucsync.model import Hashing, Tier
from ucsync.net import PRODUCTION, ClientSettings
from ucsync.plan.push_settings import PushSettings
from ucsync.plan.settings import SyncSettings
from ucsync.plan.warehouse_settings import WarehouseSettings
from ucsync.ultracart import LIMIT_MAX

MEGABYTE: Final = 1_048_576
ON_QUOTA: Final = ("wait", "stop")
COUNT_MAX: Final = 1_000_000_000
PAGE_SIZE_MIN: Final = 10  # pages overlap by some rows, so smaller ones would hardly move on


@dataclass(frozen=True, slots=True)
class Setting:
    """One row. `name` has dots where a table holds it; `default` is None for what must be given or absent."""

    name: str
    default: Any
    meaning: str
    check: checks.Check


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that are told together, under a heading."""

    heading: str
    settings: tuple[Setting, ...]


_SYNC: Final = SyncSettings(expansions=EXPANSIONS_DEFAULT)
_PUSH: Final = PushSettings()
_WAREHOUSE: Final = WarehouseSettings()
_CLIENT: Final = ClientSettings()

#: At the top of the file, before the first section.
TOP: Final = (
    Setting("lake", "lake", "folder of the snapshots, relative to the folder of this file", checks.folder),
    Setting("state", "state", "folder of quota book, runs and staged pages, likewise", checks.folder),
)

SERVER: Final = (
    Setting("server", PRODUCTION, "http only for a sandbox on this machine", checks.server),
    Setting("auth", "simple_key", '"bearer_token" for an OAuth access token', checks.one_of(*AUTHS)),
    Setting(
        "merchant_id", "", "UltraCart's id of the merchant; else as its customers have it", checks.merchant_id
    ),
)

#: Exactly one of them, safest first.
KEYS: Final = (
    Setting("key_credential", None, "a systemd credential: LoadCredential=NAME:/path", checks.text),
    Setting("key_file", None, "a file that only you can read: chmod 600", checks.text),
    Setting("key_env", None, "an environment variable", checks.variable),
)

READING: Final = Group(
    "What is read",
    (
        Setting(
            "expansions",
            list(EXPANSIONS_DEFAULT),
            "parts of a customer; also cards, activity, edi, orders, quotes",
            checks.expansions,
        ),
        Setting("tax_ids", _SYNC.tax_ids, "whether tax ids are stored", checks.flag),
        Setting(
            "page_size",
            _SYNC.page_size,
            f"customers a request, {PAGE_SIZE_MIN} to {LIMIT_MAX}",
            checks.whole(PAGE_SIZE_MIN, LIMIT_MAX),
        ),
        Setting(
            "full_every_nights",
            _SYNC.full_every_nights,
            "all is read again every so many nights; 0: only with --full",
            checks.whole(0, 3660),
        ),
        Setting(
            "lag_s",
            _SYNC.lag_s,
            "seconds; changes are asked for again from so long before",
            checks.whole(0, 86_400),
        ),
    ),
)

QUOTA: Final = Group(
    "How many requests may be spent; the figures are UltraCart's where nothing else was agreed",
    (
        Setting(
            "requests_per_hour",
            _SYNC.requests_per_hour,
            "within any hour; 0: no limit",
            checks.whole(0, COUNT_MAX),
        ),
        Setting(
            "requests_per_day",
            _SYNC.requests_per_day,
            "within any day; 0: no limit",
            checks.whole(0, COUNT_MAX),
        ),
        Setting(
            "reserve_percent",
            _SYNC.reserve_percent,
            "share of each limit that syncs leave to what you do by hand",
            checks.whole(0, 99),
        ),
        Setting(
            "backfill_reserve_percent",
            _SYNC.backfill_reserve_percent,
            "share that backfills leave to syncs and pushes",
            checks.whole(0, 99),
        ),
        Setting(
            "on_quota",
            _SYNC.on_quota,
            'or "stop": end with exit code 76 when all are spent',
            checks.one_of(*ON_QUOTA),
        ),
    ),
)

GUARDS: Final = Group(
    "What a person must see",
    (
        Setting(
            "deletes_max_percent",
            _SYNC.deletes_max_percent,
            "share of all customers that may vanish unasked",
            checks.number(0, 100, "percent"),
        ),
        Setting(
            "deletes_max_count",
            _SYNC.deletes_max_count,
            "or so many, at most half; more needs --accept-deletes",
            checks.whole(0, COUNT_MAX),
        ),
        Setting(
            "stale_after_h",
            _SYNC.stale_after_h,
            "hours after which `ucsync status` calls the lake stale",
            checks.number(1, 87_660, "hours"),
        ),
    ),
)

CONNECTION: Final = Group(
    "The connection",
    (
        Setting(
            "deadline_s",
            int(_CLIENT.deadline_s),
            "seconds for one attempt, from connecting to the last byte",
            checks.seconds,
        ),
        Setting(
            "in_flight_max",
            _CLIENT.in_flight_max,
            "UltraCart answers 429 to a second one unless agreed otherwise",
            checks.whole(1, 1000),
        ),
        Setting(
            "requests_per_s",
            _CLIENT.requests_per_s,
            "smooths bursts; the quota is counted apart",
            checks.whole(1, 10_000),
        ),
        Setting(
            "answer_mb_max",
            _CLIENT.answer_bytes_max // MEGABYTE,
            "larger answers are refused; megabytes",
            checks.whole(1, 16_384),
        ),
    ),
)

KEEP: Final = Group(
    "How many full states are kept; receipts and changes are never removed",
    (
        Setting(
            "keep.daily", _SYNC.keep_daily, "the newest of so many days, 1 or more", checks.whole(1, 36_600)
        ),
        Setting("keep.weekly", _SYNC.keep_weekly, "of so many weeks", checks.whole(0, 5300)),
        Setting("keep.monthly", _SYNC.keep_monthly, "of so many months", checks.whole(0, 1200)),
    ),
)

PUSH: Final = Group(
    "What a push may do without a person's word, and how it goes about it",
    (
        Setting(
            "push.customers_max",
            _PUSH.limits.customers_max,
            "so many customers may change; more needs --accept-changes",
            checks.whole(0, COUNT_MAX),
        ),
        Setting(
            "push.percent_max",
            _PUSH.limits.percent_max,
            "or this share of all customers, if that is more",
            checks.number(0, 100, "percent"),
        ),
        Setting(
            "push.cleared_max",
            _PUSH.limits.cleared_max,
            "so many fields may become empty; more needs --accept-cleared",
            checks.whole(0, COUNT_MAX),
        ),
        Setting(
            "push.deletes_max",
            _PUSH.limits.deletes_max,
            "so many may be deleted; more needs --accept-deletes",
            checks.whole(0, COUNT_MAX),
        ),
        Setting(
            "push.merges_per_day",
            _PUSH.limits.merges_per_day,
            "within 24 hours; a push goes on the next day",
            checks.whole(0, COUNT_MAX),
        ),
        Setting(
            "push.protected",
            list(_PUSH.limits.protected),
            'fields never changed, e.g. ["email", "billing.city"]',
            checks.field_names,
        ),
        Setting(
            "push.plan_max_age_h",
            _PUSH.plan_max_age_h,
            "hours after which a plan is not begun any more",
            checks.number(0.25, 8766, "hours"),
        ),
        Setting(
            "push.canary_rows",
            _PUSH.canary_rows,
            "the first so many updates are compared in every field",
            checks.whole(1, 1000),
        ),
        Setting(
            "push.recheck_min",
            _PUSH.recheck_min,
            "minutes; what is still to be sent is compared anew so often",
            checks.number(1, 1440, "minutes"),
        ),
        Setting(
            "push.late_s",
            _PUSH.late_s,
            "seconds; a request without an answer is read back so late",
            checks.number(1, 86_400, "seconds"),
        ),
        Setting(
            "push.trouble_percent_max",
            _PUSH.trouble_percent_max,
            "share of refusals and conflicts that halts a push",
            checks.number(0, 100, "percent"),
        ),
        Setting(
            "push.blocking_tags",
            list(_PUSH.blocking_tags),
            'who has one is not merged, e.g. ["subscriber"]',
            checks.names,
        ),
        Setting(
            "push.blocking_properties",
            list(_PUSH.blocking_properties),
            "who has a property of such a name is not merged",
            checks.names,
        ),
        Setting(
            "push.block_two_credits",
            _PUSH.block_two_credits,
            "two who both have store credit are not merged",
            checks.flag,
        ),
    ),
)

WAREHOUSE: Final = Group(
    "What of customers is in the warehouse that dashboards and exports are made from",
    (
        Setting(
            "warehouse.tier",
            _WAREHOUSE.tier.value,
            'no personal data; "medium" shows it, "high" tax ids too',
            checks.one_of(*(tier.value for tier in Tier)),
        ),
        Setting(
            "warehouse.hashing",
            _WAREHOUSE.hashing.value,
            'or "sha256-base64", the vendor\'s: guesses can be checked',
            checks.one_of(*(hashing.value for hashing in Hashing)),
        ),
    ),
)

QUERY: Final = Setting("query", None, "a CustomerQuery", checks.query)

GROUPS: Final = (READING, QUOTA, GUARDS, KEEP, PUSH, WAREHOUSE, CONNECTION)

#: Every setting of a merchant.
MERCHANT: Final = (
    *SERVER,
    *KEYS,
    *(setting for group in GROUPS for setting in group.settings),
    QUERY,
)

#: Settings by name, and tables of them by theirs.
Tree = dict[str, "Setting | Tree"]


def tree_of(settings: Iterable[Setting]) -> Tree:
    """The rows as the tables of a file hold them."""
    tree: Tree = {}
    for setting in settings:
        table, _, name = setting.name.rpartition(".")
        held = tree.setdefault(table, {}) if table else tree
        if isinstance(held, dict):
            held[name] = setting
    return tree


def value_of(setting: Setting, section: Mapping[str, Any]) -> Any:
    """What a checked section gives for a setting, else its default."""
    table, _, name = setting.name.rpartition(".")
    held = section.get(table, {}) if table else section
    return held.get(name, setting.default)
