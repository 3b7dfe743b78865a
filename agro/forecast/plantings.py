"""The plantings that stand at a moment, each on its bed; nothing that was decided later is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from agro.advice.beds import Bed, beds
from agro.advice.city import LONGEST_SEASON
from agro.advice.moment import Moment
from agro.records import Planting, Site
from agro.store import farms
from models.harvest.phenology import PHENOLOGY


@dataclass(frozen=True, slots=True)
class Standing:
    """A planting that stands.

    `started` : when it was planted, of a perennial its last spring; `area` m².
    """

    bed: Bed
    planting: Planting
    started: date
    area: float

    @property
    def place(self) -> tuple[str, str, str]:
        """Site, plot and crop."""
        return self.planting.site, self.planting.plot, self.planting.crop

    def age(self, day: date) -> int:
        """Days since it started."""
        return (day - self.started).days


def standing(c: Connection, site: Site, moment: Moment) -> list[Standing]:
    """The plantings of a site that stand at the moment and are harvested, the oldest first.

    When a planting will be, or has since been removed is not known yet and not read.
    """
    today = moment.today
    by_plot = {bed.plot.slug: bed for bed in beds(c, site, moment)}
    found = []
    for planting in farms.plantings(c, site.slug):
        bed = by_plot.get(planting.plot)
        if bed is None or not bed.has_soil or not is_there(planting, today):
            continue
        if PHENOLOGY[planting.crop].by == "none":
            continue
        own = replace(planting, removed=None, cuts=tuple(d for d in planting.cuts if d <= today))
        found.append(_standing(replace(bed, planting=own), own, today))
    return found


def is_there(planting: Planting, day: date) -> bool:
    """Whether it grows on that day."""
    return planting.planted <= day and (planting.removed is None or planting.removed > day)


def _standing(bed: Bed, planting: Planting, today: date) -> Standing:
    area = planting.area if planting.area > 0.0 else bed.plot.area
    started = max(bed.started(today), today - LONGEST_SEASON)
    return Standing(bed, planting, started, area)


def first_day(of: Sequence[Standing], today: date) -> date:
    """The day on which the oldest of these seasons started."""
    return min((one.started for one in of), default=today - timedelta(days=1))
