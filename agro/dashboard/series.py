"""From records to the frames that the charts draw: no reads, no words, no Streamlit.

[1] Van Der Donckt, Van Der Donckt, Rademaker & Van Hoecke 2023, MinMaxLTTB: leveraging
    MinMax-preselection to scale LTTB, doi:10.48550/arXiv.2305.00332.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from math import isfinite, isnan, nan

import pandas as pd
from tsdownsample import MinMaxLTTBDownsampler

from agro.dashboard.charts import Limits
from agro.records import Advice, IrrigationSystem, LogEntry, PlanDay, Plot, Soil

_EVENING = time(23, 59)
_MOST = 800  # points of a line, of which a screen shows no more


def local_naive(times: pd.Series, zone: tzinfo) -> pd.Series:
    """Times on the garden's clock, without a zone: plotly would draw UTC otherwise."""
    local: pd.Series = times.dt.tz_convert(zone).dt.tz_localize(None)
    return local


def probes(hours: pd.DataFrame, zone: tzinfo, name: Callable[[float], str]) -> pd.DataFrame:
    """Probe lines for the chart: name, time, value [% of volume], a gap where hours are missing."""
    lines = [
        with_gaps(line[["time", "mean"]].rename(columns={"mean": "value"})).assign(
            name=name(float(line["depth_cm"].iloc[0]))
        )
        for _, line in hours.groupby(["device", "depth_cm"], dropna=False)
    ]
    if not lines:
        return pd.DataFrame({"name": [], "time": [], "value": []})
    frame = pd.concat(lines, ignore_index=True)
    return frame.assign(time=local_naive(frame["time"], zone), value=frame["value"] * 100.0)


def with_gaps(line: pd.DataFrame) -> pd.DataFrame:
    """A NaN before the end of each silence beyond three hours, so that no line bridges it.

    `line` has columns time, value; a long one is thinned.
    """
    ends = line[line["time"].diff() > pd.Timedelta(hours=3)]
    gaps = ends.assign(time=ends["time"] - pd.Timedelta(minutes=1), value=nan)
    return pd.concat([thinned(line), gaps]).sort_values("time", ignore_index=True)


def thinned(line: pd.DataFrame, most: int = _MOST) -> pd.DataFrame:
    """At most so many of a line's points, by which it looks the same: MinMaxLTTB [1].

    `line` has columns time, value, in order of time; its lowest and its highest point stay, and
    so does every NaN, which are not counted.
    """
    known = line[line["value"].notna()]
    if len(known) <= most:
        return line
    times, values = known["time"].astype("int64"), known["value"].astype(float)
    chooser = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]
    chosen = chooser.downsample(times.to_numpy(), values.to_numpy(), n_out=most - 2)
    extremes = (values.argmin(), values.argmax())
    kept: pd.DataFrame = known.iloc[sorted({*chosen.tolist(), *extremes})]
    return pd.concat([kept, line[line["value"].isna()]]).sort_values("time")


def limits(soil: Soil | None, advice: Advice | None) -> Limits | None:
    """The soil's lines; the watering line needs an advice that knows its root zone."""
    if soil is None or advice is None or not isfinite(advice.taw_mm) or advice.taw_mm <= 0:
        return None
    span = soil.field_capacity - soil.wilting_point
    stress = soil.field_capacity - advice.raw_mm / advice.taw_mm * span
    return Limits(soil.field_capacity * 100, soil.wilting_point * 100, stress * 100)


def content(soil: Soil, taw_mm: float, depletion_mm: float) -> float:
    """Mean water content of the root zone at a depletion. [% of volume]"""
    if not isfinite(taw_mm) or taw_mm <= 0:
        return nan
    span = soil.field_capacity - soil.wilting_point
    return (soil.field_capacity - depletion_mm / taw_mm * span) * 100.0


def estimate(past: pd.DataFrame, soil: Soil | None, since: date) -> pd.DataFrame:
    """The root zone as the balance knows it: time (end of day), value. [% of volume]"""
    if soil is None or past.empty:
        return pd.DataFrame({"time": [], "value": []})
    shown = past[past["day"] >= since]
    rows = zip(shown["day"], shown["taw"], shown["depletion"], strict=True)
    known = [(datetime.combine(day, _EVENING), content(soil, taw, mm)) for day, taw, mm in rows]
    return pd.DataFrame(known, columns=["time", "value"])


def plan(advice: Advice | None, soil: Soil | None, zone: tzinfo) -> pd.DataFrame:
    """The days ahead: time (end of day), value, low, high. [% of volume]

    `low` and `high` of a plan bound the depletion, so the water content swaps them.
    """
    columns = ["time", "value", "low", "high"]
    if advice is None or soil is None or not advice.plan:
        return pd.DataFrame(columns=columns)
    level = content(soil, advice.taw_mm, advice.depletion_mm)
    start = advice.issued_at.astimezone(zone).replace(tzinfo=None)
    rows = [(start, level, level, level)]
    for day in advice.plan:
        end = datetime.combine(day.day, _EVENING)
        wet, dry = (content(soil, advice.taw_mm, mm) for mm in (day.low, day.high))
        rows.append((end, content(soil, advice.taw_mm, day.depletion_mm), dry, wet))
    return pd.DataFrame(rows, columns=columns)


_LITRES = {"l": 1.0, "litre": 1.0, "litres": 1.0, "m³": 1000.0, "m3": 1000.0}
_MINUTES = {"min": 1.0, "minute": 1.0, "minutes": 1.0, "h": 60.0}


def poured(
    entries: Iterable[LogEntry],
    plot: Plot,
    system: IrrigationSystem | None,
    garden_area: float,
    zone: tzinfo,
) -> dict[date, float]:
    """What the logbook says reached the plot's roots each local day. [mm]

    An entry of the whole garden is spread over `garden_area` m²; one whose amount cannot be told
    is left out.
    """
    share = system.efficiency if system is not None and system.efficiency > 0 else 1.0
    days: dict[date, float] = {}
    for entry in entries:
        area = plot.area if entry.plot else garden_area
        amount = _millimetres(entry, area, system) if entry.type == "irrigation" else nan
        if isfinite(amount):
            day = entry.time.astimezone(zone).date()
            days[day] = days.get(day, 0.0) + amount * share
    return days


def _millimetres(entry: LogEntry, area: float, system: IrrigationSystem | None) -> float:
    unit = entry.unit.strip().lower()
    if unit in {"mm", "l/m²", "l/m2"}:
        return entry.quantity
    if unit in _LITRES:
        return entry.quantity * _LITRES[unit] / area
    if unit in _MINUTES and system is not None:
        return entry.quantity * _MINUTES[unit] * system.flow / area
    return nan


def water(
    past: pd.DataFrame,
    rain: pd.Series,
    irrigation: Mapping[date, float],
    ahead: Sequence[PlanDay],
    *,
    days: pd.DatetimeIndex,
    covered: bool,
) -> pd.DataFrame:
    """Daily rain, irrigation and evapotranspiration, past then planned, for the chart of water.

    `past` is the balance's own table; where it has no row (today, or no crop) the gauges and the
    logbook speak.
    """
    known, plan = past.set_index("day"), {step.day: step for step in ahead}
    last = days[-1].date()
    rows: list[tuple[date, float, float, float, bool]] = []
    for day in sorted({*days.date, *(step.day for step in ahead if step.day >= last)}):
        fell, given, used = float(rain.get(day, nan)), irrigation.get(day, 0.0), nan
        if day in known.index:
            row = known.loc[day]
            fell, given, used = float(row["rain"]), float(row["irrigation"]), float(row["et"])
        elif day >= last and day in plan:  # today: what was measured, and what is still planned
            step = plan[day]
            fell = step.rain_mm + (0.0 if isnan(fell) else fell)
            given, used = given + step.irrigation_mm, step.et_mm
        rows.append((day, nan if covered else fell, given, used, day >= last and day in plan))
    return pd.DataFrame(rows, columns=["day", "rain", "irrigation", "et", "planned"])
