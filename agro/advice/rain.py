"""Rain of one place, from gauges that may be clogged, late or away.

A tipping bucket fails by silence: clogged, it says 0 while it rains. So a gauge that says nothing
on days on which others measured rain is left out of those days and the day is marked. A day only
partly heard is filled from elsewhere, never taken as dry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

NOTHING = 0.2  # mm, one tip of a bucket
RAINY = 3.0  # mm, of a day on which a gauge near by cannot well measure nothing
POURING = 8.0  # mm, of a day as a weather service sees it: a cell may be dry beside its rain
SUSPECT_DAYS = 3  # rainy days missed by a gauge before it is believed clogged
HEARD = 0.8  # share of a day's messages below which the day counts as partly heard


@dataclass(frozen=True, slots=True)
class GaugeDays:
    """Daily totals of gauges.

    `total` mm and `coverage` (share of the usual number of messages) have days as rows and gauges
    as columns; NaN and 0 where nothing was heard.
    """

    total: pd.DataFrame
    coverage: pd.DataFrame

    def of(self, devices: Sequence[str]) -> "GaugeDays":
        """Only these gauges."""
        known = [device for device in devices if device in self.total]
        return GaugeDays(self.total[known], self.coverage[known])


@dataclass(frozen=True, slots=True)
class DailyRain:
    """Rain of each day (mm; NaN = not heard), its coverage and the gauges believed clogged."""

    rain: "pd.Series[float]"
    coverage: "pd.Series[float]"
    suspect: tuple[str, ...]


def clogged(
    own: GaugeDays,
    all_gauges: GaugeDays,
    today: date,
    *,
    witness: "pd.Series[float] | None" = None,
) -> tuple[str, ...]:
    """Own gauges that measured nothing on the last rainy days that the others measured.

    A gauge without any other is held against a weather service, the `witness`, on days on which
    that saw much rain.
    """
    found = []
    for device in map(str, own.total.columns):
        others = all_gauges.total.drop(columns=device)
        rainy = others.median(axis=1) >= RAINY
        if witness is not None:
            rainy |= others.isna().all(axis=1) & (witness.reindex(rainy.index) >= POURING)
        heard = own.total[device].notna() & rainy
        recent = own.total.loc[heard, device].tail(SUSPECT_DAYS)
        lately = len(recent) > 0 and (today - recent.index[-1]) <= timedelta(days=30)
        if lately and len(recent) >= SUSPECT_DAYS and bool((recent <= NOTHING).all()):
            found.append(device)
    return tuple(found)


def daily_rain(
    own: GaugeDays,
    all_gauges: GaugeDays,
    today: date,
    *,
    witness: "pd.Series[float] | None" = None,
) -> DailyRain:
    """Rain of each day: the median of the own gauges that can be believed on that day.

    `witness` is what a weather service says of each day; it raises doubts, and is no gauge.
    """
    suspect = clogged(own, all_gauges, today, witness=witness)
    total, coverage = own.total.copy(), own.coverage.copy()
    others = all_gauges.total.drop(columns=list(suspect))
    rainy = others.max(axis=1) >= RAINY
    if witness is not None:
        rainy |= witness.reindex(rainy.index) >= RAINY
    for device in suspect:
        silent = (total[device] <= NOTHING) & rainy
        total.loc[silent, device] = np.nan
    # Beside a gauge that measured rain, one of the same garden that says nothing is not believed.
    wet = total.max(axis=1) >= RAINY
    total = total.mask((total <= NOTHING) & wet.to_numpy()[:, None])
    coverage = coverage.where(total.notna(), 0.0)
    good = total.where((coverage >= HEARD) | (total.ge(total.max(axis=1), axis=0)))
    return DailyRain(good.median(axis=1), coverage.max(axis=1).fillna(0.0), suspect)
