"""The marketing profile of a customer."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import READ_ONLY, Flag, Int32, Int64, Number, Since, Text


class Activity(TypedDict, total=False):
    """One thing the customer did, as marketing saw it; the unit of `ts` is not documented."""

    action: Annotated[Text, READ_ONLY]
    channel: Annotated[Text, READ_ONLY]
    metric: Annotated[Text, READ_ONLY]
    storefront_oid: Annotated[Int32, READ_ONLY]
    subject: Annotated[Text, READ_ONLY]
    ts: Annotated[Int64, READ_ONLY]  # int64; epoch unit unstated
    type: Annotated[Text, READ_ONLY]
    uuid: Annotated[Text, READ_ONLY]


class ListSegmentMembership(TypedDict, total=False):
    """Membership in an e-mail list or segment."""

    name: Annotated[Text, READ_ONLY]
    type: Annotated[Text, READ_ONLY]
    uuid: Annotated[Text, READ_ONLY]


class Metric(TypedDict, total=False):
    """A marketing figure over three periods."""

    all_time: Annotated[Number, READ_ONLY]
    all_time_formatted: Annotated[Text, READ_ONLY]
    last_30: Annotated[Number, READ_ONLY]
    last_30_formatted: Annotated[Text, READ_ONLY]
    name: Annotated[Text, READ_ONLY]
    prior_30: Annotated[Number, READ_ONLY]
    prior_30_formatted: Annotated[Text, READ_ONLY]
    type: Annotated[Text, READ_ONLY]


class Property(TypedDict, total=False):
    """A named value of the marketing profile."""

    name: Annotated[Text, READ_ONLY]
    value: Annotated[Text, READ_ONLY]


class CustomerActivity(TypedDict, total=False):
    """The marketing profile; no documented expansion yields it."""

    active: Annotated[Flag, READ_ONLY]  # SDK 4.1.208
    activities: Annotated[list[Activity] | None, READ_ONLY]
    global_unsubscribed: Annotated[Flag, READ_ONLY]
    global_unsubscribed_dts: Annotated[Text, READ_ONLY]
    last_activity_dts: Annotated[Text, READ_ONLY]  # SDK 4.1.208
    memberships: Annotated[list[ListSegmentMembership] | None, READ_ONLY]
    metrics: Annotated[list[Metric] | None, READ_ONLY]
    properties_list: Annotated[list[Property] | None, READ_ONLY]
    sms: Annotated[Text, READ_ONLY, Since("4.1.67")]
    sms_stop: Annotated[Flag, READ_ONLY, Since("4.1.67")]
    spam_complaint: Annotated[Flag, READ_ONLY]
    spam_complaint_dts: Annotated[Text, READ_ONLY]
