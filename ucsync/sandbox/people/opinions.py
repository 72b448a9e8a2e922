"""The reviews that customers have written from the start."""

from typing import NamedTuple

from ucsync.sandbox.people.catalogue import ITEMS, Item
from ucsync.sandbox.people.draws import Source
from ucsync.sandbox.people.identity import identity, names_of, original_of, place_of
from ucsync.sandbox.people.purchases import Purchases

_DAY_S = 86_400
_ONE_IN = 3
_STATES = ("Approved", "Approved", "Approved", "Unapproved", "Rejected")
_TITLES = ("Lovely", "Bon rapport qualité-prix", "Not for me", "香りがよい", "Exactly as described")
_TEXTS = (
    "We use it every day, and so far nothing has gone wrong with it. Would buy it again.",
    "Très bon produit, livré rapidement ; l'emballage pourrait être plus simple.\n\nÀ recommander.",
    "It came late and the colour is not that of the picture, but the service was friendly about it.",
    "毎朝飲んでいます。香りがとてもよく、家族みんなが気に入っています。また注文します。ありがとうございました。本当におすすめです。",
    "Fine.",
)
_DRINKS = ("Tea", "Coffee", "Both", "")
_FEEDBACK = ("Quick and friendly.", "The search could be better", "")


class Opinion(NamedTuple):
    """One review; ``at_s`` in epoch seconds, scores from 1 to 5, ``recommend_store`` from 0 to 10.

    ``answers`` are to the questions of the form, '' for none.
    """

    item: Item
    number: int
    overall: int
    scores: tuple[int, int, int]
    recommend: bool
    title: str
    text: str
    state: str
    featured: bool
    recommend_store: int | None
    feedback: str
    nickname: str
    location: str
    answers: tuple[str, ...]
    at_s: int
    helpful: tuple[int, int]


def opinion_number(oid: int, item: Item) -> int:
    """What a review is called; the catalogue has fewer than 32 items, so no two are called the same."""
    return oid * 32 + ITEMS.index(item)


def opinions_of(source: Source, oid: int, bought: Purchases) -> list[Opinion]:
    """What a customer said of items it bought, no item twice; of others nothing is said.

    One buyer in three has written something, and everybody whose number of orders was given.
    """
    draws = source.draws(b"opinions", oid)
    if not bought.size or (draws[0] % _ONE_IN and oid not in source.order_counts):
        return []
    last_at_s: dict[Item, int] = {}
    # The articles of the orders repeat after as many orders as there are articles.
    for index in range(max(0, bought.size - len(ITEMS)), bought.size):
        item, _ = bought.line(index)
        last_at_s[item] = bought.at_s(index)
    chosen = list(last_at_s)[: 1 + len(last_at_s) * (1 + draws[1] % 3) // 4]
    return [_opinion(source, oid, item, last_at_s[item]) for item in chosen]


def _opinion(source: Source, oid: int, item: Item, bought_s: int) -> Opinion:
    draws = source.draws(b"opinion-%d" % item.merchant_item_oid, oid)
    person = identity(source, original_of(source, oid))
    (given, _), _ = names_of(person)
    first, second, third = (1 + draws[index] % 5 for index in (0, 1, 2))
    return Opinion(
        item=item,
        number=opinion_number(oid, item),
        overall=(first + second + third + 1) // 3,
        scores=(first, second, third),
        recommend=first + second > 5,
        title=_TITLES[draws[3] % len(_TITLES)],
        text=_TEXTS[draws[4] % len(_TEXTS)],
        state=_STATES[draws[5] % len(_STATES)],
        featured=draws[6] % 9 == 0,
        recommend_store=draws[7] % 11,
        feedback=_FEEDBACK[draws[8] % len(_FEEDBACK)],
        nickname=f"{given[:20]} {10 + draws[13] % 90}",
        location=place_of(person).cities[0].name if draws[14] % 3 else "",
        answers=(_DRINKS[draws[15] % len(_DRINKS)], "In der Küche", "") if draws[16] % 2 else (),
        at_s=bought_s + (3 + draws[9] % 25) * _DAY_S + draws[10],
        helpful=(draws[11] % 40, draws[12] % 9),
    )
