"""Parts of a list that is in order of oid: where a walk over one begins and ends, and what it covers."""

from dataclasses import dataclass

from ucsync.ultracart.listing import Listing


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the list in order of oid.

    Attributes:
        start: offset of its first page; where that does not belong there, the walk steps back.
        after: the first page has to begin at or below this oid; None for no such bound.
        until: it ends with the page that reaches this oid, and has to begin below it; None for the end of
            the list.
        pages_max: it ends after so many pages that lead on; None for no such bound.
    """

    start: int
    after: int | None = None
    until: int | None = None
    pages_max: int | None = None

    def may_begin_with(self, page: Listing) -> bool:
        """Whether nothing of it can lie before the page."""
        if not page.oids:
            return False
        if self.after is not None:
            return page.oids[0] <= self.after
        return self.until is None or page.oids[0] < self.until

    def is_covered(self, last_oid: int, led_on: int) -> bool:
        """Whether it has been read to its own end, which need not be that of the list.

        Args:
            last_oid: the largest one met.
            led_on: pages that led on so far.
        """
        reached = self.until is not None and last_oid >= self.until
        return reached or (self.pages_max is not None and led_on >= self.pages_max)

    def lacks(self, last_oid: int) -> bool:
        """Whether a list that ended with this oid is shorter than it was: `until` was there before."""
        return self.until is not None and self.pages_max is None and last_oid < self.until


@dataclass(frozen=True, slots=True)
class Covered:
    """What a walk over a part has come to.

    Attributes:
        start, end: offsets, of the first page that belongs to it and behind its last one.
        first, last: the first oid of that page and the largest one met; None when there was none.
        ended: whether it came to the end of the list.
    """

    start: int
    end: int
    first: int | None
    last: int | None
    ended: bool
