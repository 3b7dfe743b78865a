"""What the water balance knows of the days behind: the same run that the advice stands on.

The pages draw it beside the probes; it is computed when asked, because it is wholly determined by
the records and a correction of the logbook or the weather must show at once.
"""

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection

from agro.advice.standing import Standing, standing

COLUMNS = ("plot", "day", "rain", "irrigation", "et", "depletion", "taw", "raw")


def past(c: Connection, site: str, at: datetime) -> pd.DataFrame:
    """The season of a garden's growing beds until yesterday, one row for each plot and day.

    Columns plot, day (local date), rain, irrigation, et (actual), depletion at the day's end, taw,
    raw, all in mm; empty when nothing grows or there is no weather at all.
    """
    return past_of(standing(c, site, at))


def past_of(garden: Standing | None) -> pd.DataFrame:
    """The same of a garden that is known already."""
    if garden is None or garden.sky.days.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    run, days = garden.season.run, len(garden.sky.days)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "plot": bed.plot.slug,
                    "day": garden.sky.days.index,
                    "rain": run.rain[:days, column],
                    "irrigation": run.irrigation[:days, column],
                    "et": run.actual_et[:days, column],
                    "depletion": run.depletion[:days, column],
                    "taw": run.taw[:days, column],
                    "raw": run.raw[:days, column],
                }
            )
            for column, bed in enumerate(garden.growing)
        ],
        ignore_index=True,
    )
