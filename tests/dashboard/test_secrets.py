"""A new customer's password is in the plan, which has to send it, and in nothing that is made to be read."""

from tests.dashboard.samples import PLAN_ID, header
from ucsync.dashboard.lines import step_lines
from ucsync.dashboard.plan_csv import plan_csv
from ucsync.dashboard.plan_page import plan_page
from ucsync.model.pushes import Action, Change, Step

SECRET = "correct horse 7"
STEP = Step(
    number=1, action=Action.INSERT, oid=None, email="new@example.test", rows=(1,),
    changes=(Change("password", None, None, None, SECRET),),
    body={"email": "new@example.test", "password": SECRET},
)  # fmt: skip


def test_a_password_is_not_shown() -> None:
    page = "".join(plan_page(header([STEP]), PLAN_ID, [STEP], [], []))
    table = "".join(plan_csv([STEP], [], []))
    assert SECRET not in page + table
    assert "horse" not in page + table
    (line,) = step_lines(STEP, None)
    assert (line.path, line.before, line.after) == ("password", None, "(not shown)")
    assert "password" in table
