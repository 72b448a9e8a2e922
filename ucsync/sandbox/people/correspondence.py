"""The cases that customers have from the start: what was written about an order, and where it stands."""

from typing import NamedTuple

from ucsync.sandbox.people.draws import Source, uuid_text

CUSTOMER, SERVICE = "Customer", "Customer Service"

_HOUR_S = 3600
# State, and who wrote in turn; every tenth order of a customer has the next of these.
_COURSES = (
    ("New", (CUSTOMER,)),
    ("Open", (CUSTOMER, CUSTOMER)),
    ("Reply Received", (CUSTOMER, SERVICE, CUSTOMER)),
    ("Waiting", (CUSTOMER, SERVICE)),
    ("Closed", (CUSTOMER, SERVICE, CUSTOMER, SERVICE)),
)
_EVERY = 10
_SUBJECTS = (
    "Parcel damaged",
    "Où est ma commande ?",
    "Wrong colour; 色が違います",
    'Question about "brewing" times',
    "Rechnung fehlt",
)
_ASKED = (
    "The box was open when it came.\nTwo cups are broken.",
    "Bonjour,\n\nma commande n'est pas arrivée. Merci de vérifier !",
    "I ordered sand, you sent blue – could you change that? 🙏",
    "How long should the second infusion take?",
    "Bitte senden Sie mir die Rechnung als PDF.\n\nDanke & Gruß",
    "Nothing heard so far. " + "Please do answer. " * 60,
)
_ANSWERED = (
    "We are sorry to hear that. A replacement is on its way.",
    "Thank you for writing. Could you send us a picture, please?",
    "We have asked the carrier; you will hear from us within two days.",
    "Gern geschehen! Sie finden sie im Anhang.",
)


class Written(NamedTuple):
    """One message; ``at_s`` in epoch seconds."""

    sender: str
    text: str
    at_s: int


class Correspondence(NamedTuple):
    """One case; who wrote it is told by the messages, of which there is at least one."""

    case_oid: str
    state: str
    subject: str
    messages: tuple[Written, ...]


def correspondence_of(source: Source, oid: int, index: int, at_s: int) -> Correspondence | None:
    """The case about order number ``index``, placed at ``at_s``; None for most orders."""
    first, start, *_ = source.draws(b"cases", oid)
    if index % _EVERY != first % _EVERY:
        return None
    state, senders = _COURSES[(start + index // _EVERY) % len(_COURSES)]
    draws = source.draws(b"case-%d" % index, oid)
    written = []
    for turn, sender in enumerate(senders):
        texts = _ASKED if sender == CUSTOMER else _ANSWERED
        at_s += _HOUR_S + draws[2 + turn] * 3
        written.append(Written(sender, texts[draws[8 + turn] % len(texts)], at_s))
    subject = _SUBJECTS[draws[7] % len(_SUBJECTS)]
    return Correspondence(uuid_text(draws, 16).replace("-", "").upper(), state, subject, tuple(written))
