"""Exports of accounts in the lake, and who is in them: each is one customer's, and goes as a whole."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from ucsync.model import StorageFailed, Tier
from ucsync.store.account_lake import LakeAccount, accounts_in, read_table
from ucsync.store.forgetting.tables import text_arrays
from ucsync.store.lake import Lake
from ucsync.store.schema import EMAIL
from ucsync.store.warehouse.account_privacy import ACCOUNT_RULES
from ucsync.store.warehouse.privacy import SHAPELESS, is_shown

#: Of an order, and only of one.
_ORDER_ID: Final = "orderId"


def accounts_with(lake: Lake, emails: Iterable[str]) -> set[int]:
    """Customers in whose orders or cases one of these addresses stands.

    Args:
        lake: with the exports.
        emails: addresses, in lower case.

    Raises:
        StorageFailed: an export is damaged.
    """
    wanted, found = set(emails), set[int]()
    for account in accounts_in(lake.folder).sound:
        for table in ("orders", "cases"):
            held = read_table(account, table).column(EMAIL).to_pylist()
            if wanted.intersection(email.strip().lower() for email in held if email):
                found.add(account.oid)
    return found


def texts_in_accounts(lake: Lake, oids: Iterable[int]) -> Iterator[str]:
    """What exports of these customers have that may tell who they are; of one that is damaged nothing.

    Words that anybody may have are left out: names of items, states, labels, whatever has no shape.

    Raises:
        StorageFailed: the disk refuses.
    """
    wanted = frozenset(oids)
    for account in accounts_in(lake.folder).sound:
        if account.oid in wanted:
            with suppress(StorageFailed):
                yield from set(_texts_in(account))


def _texts_in(account: LakeAccount) -> Iterator[str]:
    for table, rules in ACCOUNT_RULES.items():
        rows: Any = read_table(account, table)
        for path, rule in rules.items():
            tells = path == _ORDER_ID or (rule != SHAPELESS and not is_shown(rule, Tier.STANDARD))
            if tells and path in rows.column_names:  # codes of coupons are everybody's, and deeper
                for chunk in rows.column(path).chunks:
                    for texts in text_arrays(chunk):
                        yield from (text for text in texts.to_pylist() if text)
