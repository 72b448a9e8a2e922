"""What the invented merchant sells; orders, loyalty, licences and wish lists refer to it."""

from typing import NamedTuple


class Item(NamedTuple):
    """One article; ``merchant_item_id`` is at most 20 characters."""

    merchant_item_oid: int
    merchant_item_id: str
    description: str
    cents: int


class Software(NamedTuple):
    """One licensed program and the article that brings it."""

    sku: str
    item_id: str
    description: str


ITEMS = (
    Item(510_001, "TEA-ASSAM-100", "Assam black tea, 100 g", 895),
    Item(510_002, "TEA-SENCHA-100", "Sencha green tea 煎茶, 100 g", 1250),
    Item(510_003, "TEA-ROOIBOS-250", "Rooibos, 250 g", 1190),
    Item(510_004, "CUP-STONE-BLUE", "Stoneware cup, blue glaze", 1800),
    Item(510_005, "CUP-STONE-SAND", "Stoneware cup, sand glaze", 1800),
    Item(510_006, "POT-IRON-08", "Cast-iron pot, 0.8 l", 7495),
    Item(510_007, "POT-GLASS-12", "Glass pot, 1.2 l", 3499),
    Item(510_008, "SIEVE-STEEL", "Steel sieve", 699),
    Item(510_009, "KETTLE-GOOSE", 'Gooseneck kettle, 1.0 l, 4" base', 8900),
    Item(510_010, "SCALE-POCKET", "Pocket scale 0.1 g", 2450),
    Item(510_011, "HONEY-LINDEN", "Linden honey (Lindenhonig), 500 g", 1375),
    Item(510_012, "BISCUIT-TIN", "Shortbread, tin of 24", 1599),
    Item(510_013, "GIFT-SAMPLER", "Gift box: crème & spice sampler", 4200),
    Item(510_014, "BOOK-TEA-WAY", "The Way of Tea (hardcover)", 3250),
    Item(510_015, "APP-BREW-PRO", "BrewTimer Pro, 1 year", 2999),
    Item(510_016, "TRAY-BAMBOO", "Bamboo tray", 5650),
    Item(510_017, "SPOON-OLIVE", "Olive-wood spoon", 499),
)

SOFTWARE = (
    Software("BREWTIMER-PRO", "APP-BREW-PRO", "BrewTimer Pro, 1 year"),
    Software("BREWTIMER-TEAM-5", "APP-BREW-TEAM", "BrewTimer Team, 5 seats"),
    Software("CELLAR-LOG", "APP-CELLAR", "Cellar Log, perpetual licence"),
)
