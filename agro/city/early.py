"""Early warnings: how rivers, water tables and the air stand, beside what they were.

They say which way the water goes, never what is allowed: that is a drought order's alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite, nan
from typing import Literal

import pandas as pd
from sqlalchemy import Connection

from agro.store import rollups
from agro.store.city.assets import Asset, assets
from agro.store.city.values import known_at
from agro.store.values import from_epoch

Sign = Literal["lowest", "falling", "steady", "rising", "short", "air"]

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
FEWEST_DAYS = 14  # of the month before, below which nothing is said of it
LOWEST = 0.1  # share of the month's days that were lower still
MOVED = 0.1  # of the month's span within a week, below which it stands still
# Of these less is drier; how deep the water table lies is told by its height already.
WATERS = ("river_flow", "river_level", "groundwater_level")
AIR = "air_index"


@dataclass(frozen=True, slots=True)
class Early:
    """One quantity of one station at a moment.

    `change` is against the mean of the week before, `lower` the share of the month's days that
    were lower, `days` how many days of the month are known; NaN where too few are.
    """

    asset: Asset
    quantity: str
    value: float
    observed_at: datetime
    sign: Sign
    change: float = nan
    lower: float = nan
    days: int = 0


def early_warnings(c: Connection, at: datetime) -> list[Early]:
    """What each station says, of what was known at `at`; the driest first."""
    newest = known_at(c, at, (*WATERS, AIR))
    kinds = newest["kind"].unique()
    known = {one.device: one for kind in kinds for one in assets(c, kind=str(kind))}
    found = []
    for quantity, rows in newest.groupby("quantity", sort=False):
        days = _days(c, str(quantity), rows["device"].tolist(), at)
        told = zip(rows["device"], rows["time"], rows["value"], strict=True)
        for device, time, value in told:
            own = days[days["device"] == device]
            seen = from_epoch(int(time))
            found.append(_early(known[device], str(quantity), float(value), seen, own))
    order = ("lowest", "falling", "short", "steady", "rising", "air")
    return sorted(found, key=lambda one: (order.index(one.sign), one.asset.device, one.quantity))


def _days(c: Connection, quantity: str, devices: list[str], at: datetime) -> pd.DataFrame:
    """The days before the moment's own, so that no hour after it is in a mean."""
    start, end = at - MONTH - timedelta(days=1), at - timedelta(days=1)
    return rollups.daily(c, quantity=quantity, start=start, end=end, devices=devices)


def _early(asset: Asset, quantity: str, value: float, seen: datetime, days: pd.DataFrame) -> Early:
    if quantity == AIR:
        return Early(asset, quantity, value, seen, "air")
    means = days.sort_values("day")["mean"].dropna()
    if len(means) < FEWEST_DAYS or not isfinite(value):
        return Early(asset, quantity, value, seen, "short", days=len(means))
    change = value - float(means.tail(WEEK.days).mean())
    lower = float((means < value).mean())
    moved = MOVED * float(means.max() - means.min())
    sign: Sign = "steady"
    if change < -moved:
        sign = "lowest" if lower <= LOWEST else "falling"
    elif change > moved:
        sign = "rising"
    return Early(asset, quantity, value, seen, sign, change, lower, len(means))
