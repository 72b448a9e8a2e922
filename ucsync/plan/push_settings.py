"""What a merchant's owner has chosen for pushes. The names are those of the configuration's `push` table."""

from dataclasses import dataclass, field

from ucsync.model.pushes import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSettings:
    """The choices of one merchant; checked where they are read.

    Attributes:
        limits: how far a push may go without a person's word.
        plan_max_age_h: hours after which a plan is not begun any more.
        canary_rows: so many updates, and the first that does something of its kind (a list without one of
            its rows, a field that becomes empty), are read before and compared in every field afterwards;
            0 for none at all.
        recheck_min: minutes after which what is still to be sent is compared with the server anew.
        late_s: seconds after which a request without an answer is taken to act no more; only then is it
            read back whether it did.
        trouble_percent_max: of the steps tried, the share of refusals and conflicts that stops a push.
        blocking_tags: tags that keep a customer from being merged.
        blocking_properties: names of properties that do.
        block_two_credits: whether two customers who both have store credit are not merged.
    """

    limits: Limits = field(default_factory=Limits)
    plan_max_age_h: float = 24
    canary_rows: int = 5
    recheck_min: float = 30
    late_s: float = 120
    trouble_percent_max: float = 10
    blocking_tags: tuple[str, ...] = ()
    blocking_properties: tuple[str, ...] = ()
    block_two_credits: bool = True
