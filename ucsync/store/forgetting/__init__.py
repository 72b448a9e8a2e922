"""Forgetting: people are taken out of everything that ucsync keeps, for good, and stay out.

Owns finding them, taking them out of each kind of file, and proving it by search. Never asks a server, and
never touches what is not ours: backups, copies, other machines. Words: people are the customers that are
one person by their merges; a stub is what is left of a staged row; the list is `forgotten.json`.
"""

from ucsync.store.forgetting.erasing import (
    Erased,
    Grounds,
    Standing,
    erase,
    finish,
    intend,
    look_for,
    what_there_is,
)
from ucsync.store.forgetting.people import People, Search, on_the_list
from ucsync.store.forgetting.searching import Found
from ucsync.store.forgetting.worklist import read_worklist

__all__ = [
    "Erased",
    "Found",
    "Grounds",
    "People",
    "Search",
    "Standing",
    "erase",
    "finish",
    "intend",
    "look_for",
    "on_the_list",
    "read_worklist",
    "what_there_is",
]
