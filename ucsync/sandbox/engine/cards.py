"""Where the number of a card comes from (fact sheet §4): the hosted field's token, never `card_number`."""

from typing import Final

from ucsync.sandbox.reply import Document, Refusal

_MASK: Final = "XXXXXXXXXXXX"
_TAILS: Final = 10_000


def numbered(sent: Document, before: Document | None, path: str) -> Document:
    """The card as sent, with the masked number it is kept under and without the token, which is not kept.

    Args:
        sent: the row of the body.
        before: the held row that it names; None for a new card.
        path: of the row, for the message.

    Raises:
        Refusal: 400, for a new card without a token.
    """
    card = {name: given for name, given in sent.items() if name not in ("card_number", "card_number_token")}
    if token := sent.get("card_number_token"):
        # Any four digits will do, so long as the same token always gives the same.
        return {**card, "card_number": f"{_MASK}{sum(token.encode()) % _TAILS:04d}"}
    if before is None:
        raise Refusal(400, f"{path}.card_number_token is missing and is required.")
    return {**card, "card_number": before["card_number"]} if "card_number" in before else card
