"""What the water balance knows of the days behind: the same run that the advice stands on.

The pages draw it beside the probes; it is computed when asked, because it is wholly determined by
the records and a correction of the logbook or the weather must show at once.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection

from agro.advice.beds import beds
from agro.advice.moment import Moment
from agro.advice.outlook import outlook
from agro.advice.season import run_season
from agro.advice.sky import read_stations, sky_of
from agro.advice.watering import waterings
from agro.store import farms

COLUMNS = ("plot", "day", "rain", "irrigation", "et", "depletion", "taw", "raw")


def past(c: Connection, site: str, at: datetime) -> pd.DataFrame:
    """The season of a garden's growing beds until yesterday, one row for each plot and day.

    Columns plot, day (local date), rain, irrigation, et (actual), depletion at the day's end, taw,
    raw, all in mm; empty when nothing grows or there is no weather at all.
    """
    city, sites = farms.city(c), farms.sites(c)
    here = next((one for one in sites if one.slug == site), None)
    if city is None or here is None:
        return pd.DataFrame(columns=list(COLUMNS))
    moment = Moment(at.astimezone(UTC), ZoneInfo(city.timezone))
    growing = [bed for bed in beds(c, here, moment) if bed.planting and bed.has_soil]
    first = min((bed.started(moment.today) for bed in growing), default=moment.today)
    normals = farms.normals(c)
    stations = read_stations(c, first, moment)
    sky = sky_of(c, here, sites, stations, normals, first, moment) if growing else None
    if sky is None or sky.days.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    # The run goes on into the days ahead, of which nothing is shown here: any outlook will do.
    ahead = outlook(c, (here,), normals, moment, latest_et0=sky.latest_et0, heard_today=True)
    if ahead is None:
        return pd.DataFrame(columns=list(COLUMNS))
    watered = waterings(c, site, growing, moment.midnight(first), moment)
    run = run_season(growing, sky, ahead, watered, moment).run
    days = len(sky.days)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "plot": bed.plot.slug,
                    "day": sky.days.index,
                    "rain": run.rain[:days, column],
                    "irrigation": run.irrigation[:days, column],
                    "et": run.actual_et[:days, column],
                    "depletion": run.depletion[:days, column],
                    "taw": run.taw[:days, column],
                    "raw": run.raw[:days, column],
                }
            )
            for column, bed in enumerate(growing)
        ],
        ignore_index=True,
    )
