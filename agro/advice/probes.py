"""What a bed's probes say, and whether they can be believed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isnan, nan

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from agro.advice.beds import MOISTURE, Bed
from agro.advice.moment import Moment
from agro.store import deployments, readings, rollups
from models.irrigation import state

SILENT_AFTER = timedelta(hours=24)
READ_BACK = timedelta(days=5)  # what is read; older values tell nothing of today
BELIEVED_FLAGS = (1, 2)
SEEN_WITHIN = timedelta(hours=6)  # levels older than the newest by more are another message


@dataclass(frozen=True, slots=True)
class Level:
    """One depth of one probe at its newest believable reading. [m], [m³ m⁻³]"""

    device: str
    depth: float
    water_content: float
    time: datetime


@dataclass(frozen=True, slots=True)
class Probes:
    """What the probes of a bed say.

    `levels` are believed and of about one time, top first; `time` is the newest of them; `seen`
    the newest reading of any kind; `rejected` device → why ("stuck", "implausible", "flagged",
    "erratic").
    """

    levels: tuple[Level, ...] = ()
    time: datetime | None = None
    seen: datetime | None = None
    rejected: dict[str, str] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()


def read_probes(c: Connection, bed: Bed, moment: Moment, *, expected_change: float) -> Probes:
    """The probes of a bed at the moment.

    `expected_change` is what the weather of the last days should have moved at least. [m³ m⁻³]
    """
    since = deployments.standing_since(c, moment.at)  # before, it stood in another soil
    series = {
        device.device: _series(c, device.device, moment, since.get(device.device))
        for device in bed.devices
    }
    heard = {device: frame for device, frame in series.items() if not frame.empty}
    measuring = set(heard) | {d.device for d in bed.devices if d.depths}
    if not measuring:
        return Probes(cautions=("no_probe",))
    levels, rejected = [], {}
    for device, frame in heard.items():
        for depth in frame["depth_cm"].unique():
            one = frame[frame["depth_cm"].isna() if isnan(depth) else frame["depth_cm"] == depth]
            level, why = _believe(device, depth_of(float(depth), bed, device), one, bed)
            why = why or ("" if level is None else _fault(one, expected_change, bed))
            if why:
                rejected[device] = why
            elif level is not None:
                levels.append(level)
    newest = max((level.time for level in levels), default=None)
    together = sorted(
        (level for level in levels if newest is not None and newest - level.time <= SEEN_WITHIN),
        key=lambda level: level.depth,
    )
    seen = max((frame["time"].iloc[-1] for frame in heard.values()), default=None)
    last = seen.to_pydatetime() if seen is not None else _last_seen(c, measuring, bed, moment)
    silent = last is None or moment.at - (newest or last) > SILENT_AFTER
    cautions = ["probe_rejected"] if rejected else []
    if silent and not (rejected and not levels):
        cautions.append("probe_silent")
    return Probes(tuple(together), newest, last, rejected, tuple(cautions))


def _series(c: Connection, device: str, moment: Moment, since: datetime | None) -> pd.DataFrame:
    start = max(moment.at - READ_BACK, since or moment.at - READ_BACK)
    frame = readings.series(c, device=device, quantity=MOISTURE, start=start, end=moment.end)
    return frame.sort_values("time", kind="stable")


def _believe(device: str, depth: float, frame: pd.DataFrame, bed: Bed) -> tuple[Level | None, str]:
    """The newest believable reading of one depth, or why there is none."""
    good = frame[frame["flag"].isin(BELIEVED_FLAGS) & frame["value"].notna()]
    if good.empty:
        return None, "flagged" if frame["value"].notna().any() else ""
    newest, last = good["time"].iloc[-1], frame["time"].iloc[-1]
    if last - newest > SILENT_AFTER:
        return None, "flagged"  # it still talks, but nothing of it can be believed
    value = float(good["value"].iloc[-1])
    soil = bed.soil
    if soil is not None and not state.is_plausible(
        value, field_capacity=soil.field_capacity, wilting_point=soil.wilting_point
    ):
        return None, "implausible"
    return Level(device, depth / 100.0, value, newest.to_pydatetime()), ""


def depth_of(depth: float, bed: Bed, device: str) -> float:
    """Depth in cm; a probe without one is taken at its registered depth, else at 20 cm."""
    if not isnan(depth):
        return depth
    registered = next((d.depths for d in bed.devices if d.device == device and d.depths), (20.0,))
    return registered[0]


def _fault(frame: pd.DataFrame, expected_change: float, bed: Bed) -> str:
    """What is wrong with the course of the readings: "stuck", "erratic" or nothing."""
    values = frame.dropna(subset="value")
    days = (values["time"] - values["time"].iloc[0]).dt.total_seconds() / 86400.0
    value = values["value"].to_numpy()
    if state.is_stuck(days.to_numpy(), value, expected_change=expected_change):
        return "stuck"
    good = values["flag"].isin(BELIEVED_FLAGS).to_numpy()
    capacity = bed.soil.field_capacity if bed.soil is not None else float("inf")
    erratic = state.is_erratic(days.to_numpy()[good], value[good], field_capacity=capacity)
    return "erratic" if erratic else ""


def _last_seen(c: Connection, devices: Iterable[str], bed: Bed, moment: Moment) -> datetime | None:
    """The last day with a reading, for probes silent for longer than `READ_BACK`."""
    start, end = moment.at - timedelta(days=90), moment.midnight(moment.today)
    frame = rollups.daily(c, quantity=MOISTURE, start=start, end=end, site=bed.site.slug)
    own = frame[frame["device"].isin(list(devices))]
    if own.empty:
        return None
    return moment.midnight(max(own["day"]) + timedelta(days=1))


def without(probes: Probes, rejected: Mapping[str, str]) -> Probes:
    """The same without some devices, for the reasons given."""
    levels = tuple(level for level in probes.levels if level.device not in rejected)
    if not rejected:
        return probes
    return replace(
        probes,
        levels=levels,
        time=max((level.time for level in levels), default=None),
        rejected={**probes.rejected, **rejected},
        cautions=tuple(dict.fromkeys(("probe_rejected", *probes.cautions))),
    )


def mean_water_content(probes: Probes) -> float:
    """Plain mean of the levels believed, for the sentence; NaN without any. [m³ m⁻³]"""
    values = [level.water_content for level in probes.levels]
    return float(np.mean(values)) if values else nan
