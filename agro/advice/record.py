"""What is on record of a bed's last weeks: the advice given, the water poured, the days behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection

from agro.advice.beds import Bed, beds
from agro.advice.moment import Moment
from agro.advice.watering import Amount, waterings
from agro.records import Advice, Soil
from agro.store import decisions, farms

WEEKS = timedelta(weeks=6)  # looked back
MOST = 10_000  # advices: six weeks of one every six minutes


@dataclass(frozen=True, slots=True)
class Record:
    """A bed's last weeks.

    `days` has a row for each day behind (index `day`): rain, irrigation, et, depletion, taw, raw in
    mm; `advices` come newest first, `amounts` as depths that reached the roots.
    """

    bed: Bed
    moment: Moment
    days: pd.DataFrame
    advices: Sequence[Advice]
    amounts: Sequence[Amount]


def record(
    c: Connection, site: str, plot: str, at: datetime, *, season: pd.DataFrame
) -> Record | None:
    """The record until `at` of a bed on which something grows; `season` as `past` gives it."""
    city = farms.city(c)
    here = next((one for one in farms.sites(c) if one.slug == site), None)
    if city is None or here is None:
        return None
    moment = Moment(at.astimezone(UTC), ZoneInfo(city.timezone))
    growing = [bed for bed in beds(c, here, moment) if bed.planting and bed.has_soil]
    bed = next((one for one in growing if one.plot.slug == plot), None)
    days = season[season["plot"] == plot].set_index("day").sort_index()
    days = days[[moment.midnight(day) >= moment.at - WEEKS for day in days.index]]
    if bed is None or days.empty:
        return None
    start = moment.midnight(days.index[0])
    watered = waterings(c, site, growing, start, moment)[plot]
    given = decisions.history(c, site, plot, MOST, start=start - timedelta(days=1), end=moment.end)
    return Record(bed, moment, days, given, watered.amounts)


def offsets(advice: Advice | None, soil: Soil | None) -> dict[str, float]:
    """How much more each device reads than the soil's table, where its plateau is known. [m³ m⁻³]

    Depletion is then counted from the field capacity that the probe has seen.
    """
    if advice is None or soil is None:
        return {}
    seen = advice.sources.get("field_capacity_seen", {})
    return {name: float(one["water_content"]) - soil.field_capacity for name, one in seen.items()}
