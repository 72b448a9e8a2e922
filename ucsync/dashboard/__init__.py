"""Pages and tables that people look at, made from values that others have read.

Owns what a page looks like and that nothing in it can do harm: data is escaped, formulas are neutralised,
nothing is fetched. Never reads or writes a file, sends a request or decides anything; what it serves, others
make, and only this machine is answered. Words: a line is one change, or one deed of a step, as a person reads
it; figures are sums over customers.
"""

from ucsync.dashboard.account_page import account_page
from ucsync.dashboard.figures_page import figures_page
from ucsync.dashboard.plan_csv import plan_csv
from ucsync.dashboard.plan_page import plan_page
from ucsync.dashboard.run_page import RUN_PAGE_MARK, run_page
from ucsync.dashboard.vega import vega_scripts

__all__ = [
    "RUN_PAGE_MARK",
    "account_page",
    "figures_page",
    "plan_csv",
    "plan_page",
    "run_page",
    "vega_scripts",
]
