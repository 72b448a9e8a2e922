"""What a planted bug is."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Plant:
    """One bug.

    Attributes:
        name: for the table and the command line.
        breaks: what a user would lose by it.
        file: in which it is planted, relative to the tree.
        old, new: the text there, which occurs once, and what takes its place.
        tests: those that see it, as pytest names them.
        environment: of the tests, beside what there is.
        seeds: of random tests so many are tried at most, until one sees it.
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    seeds: int = 1
