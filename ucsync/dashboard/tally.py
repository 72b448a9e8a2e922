"""What a page counts while the lines go by once."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from ucsync.dashboard.lines import HELD_BACK, Line


@dataclass(slots=True)
class Tally:
    """Counts of all lines, whether they are listed or not.

    Attributes:
        actions, fields, states: lines by each; deeds, such as a merge, have no field.
        changed: fields that change, without what is held back.
        cleared: of those, fields that become empty.
        customers: keys of the customers that they belong to.
    """

    actions: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)
    customers: set[Hashable] = field(default_factory=set)

    def add(self, key: Hashable, line: Line) -> None:
        """Count one line of the customer of this key."""
        self.actions[line.action] += 1
        self.states[line.state] += 1
        self.customers.add(key)
        if not line.deed:
            self.fields[line.field] += 1
            self.changed[line.field] += line.state != HELD_BACK
            self.cleared[line.field] += line.cleared

    @property
    def lines(self) -> int:
        """All of them."""
        return self.states.total()
