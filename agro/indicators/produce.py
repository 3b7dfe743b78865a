"""Which crops are fruit or vegetables, for portions and needs.

What a crop is called in a book or a logbook is looked up in the crop table, with its French and
English names; one that is not there is taken as fruit or vegetable, as market gardens grow.
Potatoes count, as in the gardens' own sums; cereals, oil crops, dry pulses, wine, fodder do not.
"""

from functools import cache

from models.water import tables

_OTHERS = frozenset(
    (
        *("lentil", "dry_bean", "chickpea", "soybean", "peanut", "rapeseed", "mustard", "flax"),
        *("sunflower", "safflower", "cotton", "grape_wine", "walnut", "hop", "turf", "oats"),
        *("winter_wheat", "spring_wheat", "winter_barley", "barley", "maize", "sorghum", "millet"),
        *("sugar_beet", "alfalfa", "clover", "ryegrass", "pasture"),
        *("wheat", "egg", "eggs", "honey", "milk", "meat"),
    )
)


@cache
def is_fruit_or_vegetable(crop: str) -> bool:
    """Whether a crop counts; "" (not said) does."""
    if not crop:
        return True
    try:
        key = tables.crop(crop).key
    except ValueError:
        key = crop.strip().lower()
    return key not in _OTHERS
