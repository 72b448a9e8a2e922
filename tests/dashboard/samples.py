"""A plan with something of everything, of invented people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ucsync.model.pushes import (
    Action,
    Change,
    Limits,
    PlanHeader,
    PushPrice,
    Queued,
    Rejected,
    Step,
    StepState,
)

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PLAN_ID = "20261123T093000Z-deadbeef"

RUTH, KIM, ODD = (
    "ruth.okafor@example.test",
    "kim.novak@example.test",
    "<script>alert(1)</script>@example.test",
)

STEPS = (
    Step(
        number=1, action=Action.UPDATE, oid=1001, email=RUTH, rows=(3,), worth=Decimal("18250.40"),
        changes=(
            Change("billing", 55, "city", "Springfeild", "Springfield"),
            Change("tags", "vip", None, None, {}),
            Change("tags", "lapsed", None, {}, None),
            Change("properties", "crm_id", None, {"value": "A-1"}, {"value": "A-17"}),
            Change("tax_id", None, None, "DE123", None),
        ),
    ),
    Step(
        number=2, action=Action.STORE_CREDIT, oid=1001, email=RUTH, rows=(3,),
        body={"amount": Decimal("25.00"), "description": "Goodwill #ab12cd34"},
    ),
    Step(
        number=3, action=Action.INSERT, oid=None, email="ada@example.test", rows=(9,),
        changes=(
            Change("email", None, None, None, "ada@example.test"),
            Change("billing", "+", None, None, {"city": "København", "default_billing": True}),
        ),
    ),
    Step(number=4, action=Action.MERGE, oid=1002, email=KIM, absorbed=1003, rows=(12, 13)),
    Step(number=5, action=Action.DELETE, oid=1009, email=None, rows=(14,)),
    Step(
        number=6, action=Action.EMAIL_LISTS, oid=1002, email=KIM, rows=(12,),
        body={"add_to_lists": ["News"], "remove_from_lists": ["Old <b>"]},
    ),
    Step(
        number=7, action=Action.UPDATE, oid=1020, email=ODD, rows=(20,),
        changes=(
            Change("billing", 77, "company", "=1+1", "abc\u202edef"),
            Change("allow_cod", None, None, False, True),
            Change("minimum_subtotal", None, None, Decimal("10"), Decimal("12.50")),
        ),
    ),
)  # fmt: skip

QUEUED = (
    Queued(
        row=3, oid=1001, change=Change("billing", 55, "company", "Okafor Ltd", "Okafor Limited"),
        reason="both sides have changed it",
    ),
    Queued(
        row=40, oid=1050, change=Change("tax_codes", None, "taxjar_customer_id", "T9", "T10"),
        reason="theirs stands",
    ),
)  # fmt: skip

REJECTED = (
    Rejected(row=5, key="nobody@example.test", column=None, problem="no customer has this e-mail address"),
    Rejected(row=6, key="+44 1", column="Zip", problem="longer than 20 characters"),
)

STATES = {
    1: (StepState.LANDED, ""),
    2: (StepState.SENT, ""),
    4: (StepState.REFUSED, "customer 1003 has the blocking tag subscription"),
    7: (StepState.CONFLICT, "billing[77].company"),
}

#: Lines of the plan: one a change, one a deed, one each e-mail list, and those held back.
LINES = 5 + 1 + 2 + 1 + 1 + 2 + 3 + 2


def header(steps: Sequence[Step] = STEPS, **more: object) -> PlanHeader:
    """The head of a plan of these steps."""
    price = PushPrice(
        requests={"updateCustomer": 2, "mergeCustomer": 1, "getCustomer": 8}, total=14, hours=0.05,
        days=0.002, ends_at=NOW + timedelta(minutes=3),
    )  # fmt: skip
    actions: dict[str, int] = {}
    for step in steps:
        actions[step.action.value] = actions.get(step.action.value, 0) + 1
    facts: dict[str, object] = {
        "merchant": "shop", "application": "0" * 16, "fingerprint": "f", "version": "1.2",
        "snapshot": "20261123T031500Z-9f3c21aa", "base": None, "created_at": NOW,
        "expires_at": NOW + timedelta(hours=24), "source": "crm_export.csv", "source_sha256": "ab" * 32,
        "mapping_sha256": "cd" * 32, "limits": Limits(), "tripped": (), "customers": 5000, "touched": 6,
        "steps": actions, "changes": 12, "cleared": 1, "equal": 37, "queued": 2,
        "rejected": 2, "price": price,
        "notes": ("customer 990 was absorbed by 1002; its row is sent there",),
    }  # fmt: skip
    return PlanHeader(**{**facts, **more})  # type: ignore[arg-type]  # a table of what the class asks for


def of_texts(texts: Sequence[str]) -> list[Step]:
    """Steps that hold these texts wherever a text can stand."""
    return [
        Step(
            number=place, action=Action.UPDATE, oid=place, email=text, rows=(place,),
            changes=(
                Change("billing", 55, "city", None, text),
                Change("tags", text, None, None, {}),
                Change("properties", "crm", None, {"value": text}, None),
            ),
        )
        for place, text in enumerate(texts, 1)
    ]  # fmt: skip
