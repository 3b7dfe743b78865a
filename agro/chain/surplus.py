"""Stock that should leave: older than the crop keeps fresh, but not yet past it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agro.chain.freshness import last_day
from agro.chain.stock import Stock
from models.harvest.keeping import Keeping, keeping


@dataclass(frozen=True, slots=True)
class Surplus:
    """What of a crop should leave now: `amount` kg, or a count in `unit`.

    `until` is the last day on which the oldest of it still keeps as the table says.
    """

    site: str
    crop: str
    unit: str
    amount: float
    until: date
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
    due = [lot for lot in row.lots if (day - lot.day).days >= kept.days_low]
    if not due:
        return None
    return Surplus(
        site=row.site,
        crop=row.crop,
        unit=row.unit,
        amount=sum(lot.left for lot in due),
        until=min(map(last_day, due)),
        keeping=kept,
    )
