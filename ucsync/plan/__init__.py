"""Decisions as pure functions; today: whether and when a failed request is sent again.

Owns policies and their arithmetic. Never does HTTP, files or async.
"""

from ucsync.plan.retry import RetryPolicy

__all__ = ["RetryPolicy"]
