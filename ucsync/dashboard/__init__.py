"""Pages and tables that people look at, made from values that others have read.

Owns what a page looks like and that nothing in it can do harm: data is escaped, formulas are neutralised,
nothing is fetched. Never reads or writes a file, sends a request or decides anything. Words: a line is one
change, or one deed of a step, as a person reads it.
"""

from ucsync.dashboard.plan_csv import plan_csv
from ucsync.dashboard.plan_page import plan_page

__all__ = ["plan_csv", "plan_page"]
