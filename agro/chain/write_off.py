"""Writing off: what nobody accounted for is said to have been eaten, lost or sold, in bulk.

It becomes ordinary deliveries that name their lots, one for each crop, unit and year, with their
history in the logbook. Each is dated on the last day on which its goods kept, so that the harvests
of past years are in the figures of those years and not in this one's.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection

from agro.chain.freshness import last_day
from agro.chain.stock import Stock, stock
from agro.records import Delivery, LogEntry, LotUse
from agro.store import deliveries as records
from agro.store.deliveries import LOSS, UNNOTED
from agro.store.lots import oldest_first, taken_by
from agro.store.values import time_zone

WAYS = ("self", LOSS, UNNOTED)
_NOON = time(12)


def write_off(
    c: Connection,
    site: str,
    way: str,
    *,
    day: date,
    crop: str = "",
    who: str = "",
    notes: str = "",
) -> list[int]:
    """Say where all that is unaccounted for on a day went; the numbers of the deliveries.

    `way` is one of WAYS; with a `crop`, only what is of it. A second time there is nothing left.

    Raises
    ------
    ValueError  The way is none, or the site does not exist.
    """
    if way not in WAYS:
        raise ValueError(f"way must be one of {', '.join(WAYS)}: {way!r}")
    numbers = []
    for row in stock(c, site, day=day):
        if crop in ("", row.crop) and row.unaccounted > 0:
            for when, uses in _by_year(row).items():
                at = datetime.combine(when, _NOON, time_zone(c)).astimezone(UTC)
                amount = sum(map(taken_by, uses))
                entry = LogEntry(
                    site, "", "delivery", at, amount, row.unit, row.crop, notes=notes, who=who
                )
                numbers.append(records.record(c, Delivery(entry, way, lots=uses)))
    return numbers


def _by_year(row: Stock) -> Mapping[date, tuple[LotUse, ...]]:
    """The newest last day of each year, and what of the old lots was gone by then."""
    uses, _ = oldest_first(row.old, row.unaccounted)
    ends = {lot.number: last_day(lot) for lot in row.old}
    years: dict[int, list[LotUse]] = {}
    for use in uses:
        years.setdefault(ends[use.harvest].year, []).append(use)
    return {max(ends[use.harvest] for use in own): tuple(own) for own in years.values()}
