"""Backfills: years of customers, window by window, over days, while nightly runs and pushes go first.

Owns the order of windows, the pauses between them and the giving way to other runs. Never holds a lock
while it waits. Words: a stint is the work between two pauses, done with the locks of a run held.
"""

__all__ = ()  # its modules are imported by name, as those of pushes are
