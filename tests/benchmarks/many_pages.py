"""Any number of pages from a few of the sandbox's: fresh oids, changed texts, so that files do not shrink
by repetition. About 4 µs of CPU a customer."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from tests.house import House, in_memory, small
from ucsync.ultracart import EXPANSIONS

ROWS_PAGE = 200
PAGES = 10

#: What is made different on each page: oids, texts of people's own, minutes and seconds.
_TEXTS = (
    "email|first_name|last_name|company|address1|address2|city|postal_code|day_phone|day_phone_e164|"
    "evening_phone|value|order_id|reference_order_id|coupon_code|code"
)
_OWN = re.compile(
    rb'"customer_profile_oid": ?(\d+)|"\w+_oid": ?(\d+)|'
    + rf'"(?:{_TEXTS})": ?"([^"\\]+)(?=")|'.encode()
    + rb"-\d\dT\d\d:(\d\d:\d\d)"
)
_SIGNS = (b"12345", b"6789", b"abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class _Template:
    """A page cut up: what stays, what changes, and which of that is whose oid."""

    fixed: Sequence[bytes]
    changing: bytes
    oids: Sequence[tuple[int, int]]


def page(number: int, oids: Sequence[int]) -> bytes:
    """The body of a page of ROWS_PAGE customers; the same for the same arguments.

    Args:
        number: decides the texts; another number, other texts.
        oids: of the customers.
    """
    template = _templates()[number % PAGES]
    chance = random.Random(number)  # noqa: S311 - invented data
    signs = b"".join(bytes(chance.sample(kind, len(kind))) for kind in _SIGNS)
    texts = template.changing.translate(bytes.maketrans(b"".join(_SIGNS), signs)).split(b"\0")
    for place, row in template.oids:
        texts[place] = b"%d" % oids[row]
    return b"".join(chain.from_iterable(zip(template.fixed, [*texts, b""], strict=True)))


@cache
def _templates() -> list[_Template]:
    return [_cut(body) for body in in_memory(_sandbox_pages, small(customers=PAGES * ROWS_PAGE))]


async def _sandbox_pages(house: House) -> list[bytes]:
    parts = [part for part in EXPANSIONS if part != "cards"]
    return [
        (await house.client.get_customers(limit=ROWS_PAGE, offset=ROWS_PAGE * number, expand=parts)).raw
        for number in range(PAGES)
    ]


def _cut(body: bytes) -> _Template:
    fixed: list[bytes] = []
    changing: list[bytes] = []
    oids: list[tuple[int, int]] = []
    rows: dict[bytes, int] = {}
    end = 0
    for found in _OWN.finditer(body):
        group = found.lastindex or 0
        if group == 1:
            oids.append((len(changing), rows.setdefault(found.group(1), len(rows))))
        fixed.append(body[end : found.start(group)])
        changing.append(found.group(group))
        end = found.end(group)
    return _Template([*fixed, body[end:]], b"\0".join(changing), oids)
