"""Stock that should leave: older than the crop keeps fresh, but not yet past it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan

from agro.chain.stock import Stock
from agro.store.lots import Lot
from models.harvest.keeping import Keeping, keeping


@dataclass(frozen=True, slots=True)
class Surplus:
    """What of a crop should leave now: `amount` kg, or a count in `unit`.

    `until` is the last day on which the oldest of it still keeps as the table says, None where
    the table gives no end. `past` is what is older than that: for the compost, if it looks so.
    """

    site: str
    crop: str
    unit: str
    amount: float
    past: float
    until: date | None
    keeping: Keeping


def surplus(found: Iterable[Stock], day: date) -> list[Surplus]:
    """The surplus of this stock on a day; crops of which the table does not tell are left out."""
    told = []
    for row in found:
        kept = keeping(row.crop)
        one = _of(row, kept, day) if kept else None
        if one is not None:
            told.append(one)
    return told


def _of(row: Stock, kept: Keeping, day: date) -> Surplus | None:
    old = [lot for lot in row.lots if (day - lot.day).days >= kept.days_low]
    past = [lot for lot in old if _last(lot, kept) is not None and _age(lot, day) > kept.days_high]
    due = [lot for lot in old if lot not in past]
    if not old:
        return None
    ends = [end for lot in due if (end := _last(lot, kept)) is not None]
    return Surplus(
        site=row.site,
        crop=row.crop,
        unit=row.unit,
        amount=sum(lot.left for lot in due),
        past=sum(lot.left for lot in past),
        until=min(ends, default=None),
        keeping=kept,
    )


def _age(lot: Lot, day: date) -> int:
    return (day - lot.day).days


def _last(lot: Lot, kept: Keeping) -> date | None:
    """The last day on which a lot keeps as the table says."""
    return None if isnan(kept.days_high) else lot.day + timedelta(days=int(kept.days_high))
