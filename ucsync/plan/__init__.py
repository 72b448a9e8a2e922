"""Decisions as pure functions: what to read, what it proves, what it costs, when a request may leave.

Owns policies and their arithmetic. Never does HTTP, files or async.
"""

from ucsync.plan.deletes import CONFIRM_MAX, guard_deletes
from ucsync.plan.keeping import KeepPolicy
from ucsync.plan.narrowing import Question, narrow, price
from ucsync.plan.quota import Allowance, Grant, Lane, Reserves, Rules, Spent, Wait
from ucsync.plan.retry import RetryPolicy
from ucsync.plan.scans import Basis, Decision, ScanOrigin, conclude, decide, requests_floor, unfit
from ucsync.plan.settings import OnQuota, SyncSettings

__all__ = [
    "CONFIRM_MAX",
    "Allowance",
    "Basis",
    "Decision",
    "Grant",
    "KeepPolicy",
    "Lane",
    "OnQuota",
    "Question",
    "Reserves",
    "RetryPolicy",
    "Rules",
    "ScanOrigin",
    "Spent",
    "SyncSettings",
    "Wait",
    "conclude",
    "decide",
    "guard_deletes",
    "narrow",
    "price",
    "requests_floor",
    "unfit",
]
