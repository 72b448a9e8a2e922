"""A paged list of an account, read until it is proven or cannot be; from wherever it was left."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from ucsync.flow.account_asking import Asking
from ucsync.flow.account_walk import Page, Walk, page_of, page_seen
from ucsync.model.accounts import ListRead, Seen
from ucsync.store.account_archive import Kept
from ucsync.ultracart.my_account.operations import PAGE_SIZE_MAX

#: So often a list whose reading is not proven is read again.
REREADS_MAX: Final = 3

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PagedList:
    """What a list came to.

    Attributes:
        told: what is known of it.
        rows: each once, with its key; of one that came several times the newest.
        answers: in which they came.
    """

    told: ListRead
    rows: list[tuple[str | None, Seen]] = field(repr=False)
    answers: list[Kept] = field(repr=False)


class ListReading:
    """Reads one list.

    Args:
        asking: asks and keeps.
        operation: of the list.
        watch: is told after each page: rows so far, and how many there are.
        query: beside the pages.
        optional: nothing is missing where the server does not know this query.
    """

    def __init__(
        self,
        asking: Asking,
        operation: str,
        watch: Callable[[int, int | None], None],
        query: Query | None = None,
        *,
        optional: bool = False,
    ) -> None:
        self._asking = asking
        self._operation = operation
        self._watch = watch
        self._query = dict(query or {})
        self._optional = optional
        self._walks: dict[int, Walk] = {}
        for kept in asking.kept(operation):
            if _besides_pages(kept.asked.query) == self._query:
                walk = self._walks.setdefault(kept.asked.walk, Walk())
                walk.accept(int(kept.asked.query[_NUMBER]), page_of(kept))

    async def read(self) -> PagedList:
        """All of it; what is kept of it is gone on with if its first page is still the same.

        Raises:
            What `Asking.ask` does.
        """
        number = max(self._walks, default=0)
        if number == 0 or not await self._is_as_it_was(self._walks[number]):
            number += 1
        walk = await self._to_its_end(number)
        while walk.doubts() and number <= REREADS_MAX and self._may_help(number):
            number += 1
            walk = await self._to_its_end(number)
        return self._concluded(walk)

    async def _is_as_it_was(self, walk: Walk) -> bool:
        """Whether an unfinished reading can be gone on with; one that is finished need not be."""
        if walk.next() is None:
            return True
        first = await self._asking.look(self._operation, query=self._asked_for(1), optional=self._optional)
        kept = walk.pages.get(1)
        return first is None or (kept is not None and page_seen(first).shows_the_same(kept))

    async def _to_its_end(self, number: int) -> Walk:
        walk = self._walks.setdefault(number, Walk())
        while (page := walk.next()) is not None:
            kept = await self._asking.ask(
                self._operation, query=self._asked_for(page), walk=number, optional=self._optional
            )
            if kept is None:
                walk.fail(page)
            else:
                walk.accept(page, page_of(kept))
                self._watch(walk.rows, walk.total)
        return walk

    def _may_help(self, number: int) -> bool:
        """Whether to read it again: not where it is not counted, cannot be read, or was the same twice."""
        walk, before = self._walks[number], self._walks.get(number - 1)
        if walk.failed or walk.total is None:
            return False
        return before is None or before.shape() != walk.shape()

    def _concluded(self, walk: Walk) -> PagedList:
        """A proven reading alone; else whatever any of them has shown."""
        doubts = walk.doubts()
        earlier = [one for one in self._walks.values() if one is not walk] if doubts else []
        pages = [page for one in (*earlier, walk) for page in one.in_order()]
        rows = list(_rows(walk, pages))
        told = ListRead(name=self._name, rows=len(rows), proven=not doubts, reason="; ".join(doubts))
        return PagedList(told, rows, [page.kept for page in pages if page.kept is not None])

    @property
    def _name(self) -> str:
        return " ".join([self._operation, *self._query.values()])

    def _asked_for(self, page: int) -> dict[str, object]:
        return {**self._query, _NUMBER: page, _SIZE: PAGE_SIZE_MAX}


_NUMBER: Final = "pageNumber"
_SIZE: Final = "pageSize"


def _besides_pages(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in (_NUMBER, _SIZE)}


def _rows(walk: Walk, pages: list[Page]) -> Iterator[tuple[str | None, Seen]]:
    """Each once, in the order of the last reading, then what only those before it have; rows without a key
    of the last reading alone, for nobody can tell them apart."""
    newest: dict[str, Seen] = {}
    for key, seen in chain.from_iterable(map(_seen, pages)):
        if key is not None:
            newest[key] = seen
    done: set[str] = set()
    for key, seen in chain.from_iterable(map(_seen, walk.in_order())):
        if key is None:
            yield None, seen
        elif key not in done:
            done.add(key)
            yield key, newest[key]
    yield from ((key, seen) for key, seen in newest.items() if key not in done)


def _seen(page: Page) -> Iterator[tuple[str | None, Seen]]:
    held: list[Any] = page.rows
    if page.kept is not None:
        at = page.kept.asked.received_at
        yield from ((key, Seen(row, at)) for key, row in zip(page.keys, held, strict=True))
