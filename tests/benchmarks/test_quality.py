"""How many simulated faults each test of `sensors.quality` finds, and how often it is wrong.

Found: the share of faults with a flag from the test, and of their values. First seen: hours from
the fault's start to the first flag, live where the test is. Real series: test_quality_real.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from sensors import quality
from sensors.quality import Context, Rain
from sensors.simulated import faults, soil
from sensors.simulated.climate import Climate
from sensors.simulated.faults import Fault
from sensors.simulated.weather import Weather, elsewhere, evaporative_demand, generate
from tests.climate import MONTHS

HOUR, DAY, DAYS = 3600.0, 86400.0, 365
START, REPEATS = date(2025, 1, 1), 5
JUDGED = (quality.GOOD, quality.SUSPECT, quality.FAIL)
FALSE_ALARMS = 0.01  # at most, per test, on healthy series
CLIMATE = Climate(latitude=47.27, longitude=5.09, elevation=220.0, **MONTHS)
SOILS = ((0.18, 0.07), (0.27, 0.12), (0.32, 0.17), (0.36, 0.22))  # field capacity, wilting point
DEPTHS = (10.0, 20.0, 40.0)
Floats = np.ndarray


class Series(NamedTuple):
    """A datastream and what is known besides."""

    name: str
    quantity: str
    times: Floats
    values: Floats
    context: Context


@dataclass(frozen=True)
class Case:
    """A series with one fault, and when it is wrong."""

    series: Series
    wrong: Floats


# Simulated series


@cache
def sky() -> Weather:
    return generate(CLIMATE, START, DAYS, seed=11)


@cache
def probes() -> tuple[Series, ...]:
    """A year of hourly soil moisture: every soil at every depth, noise, lost messages."""
    one, rng = sky(), np.random.default_rng(12)
    column = soil.column(*np.array(SOILS).T, np.full(len(SOILS), 1.2))
    state, demand = soil.at_field_capacity(column, 0.9), evaporative_demand(one)
    moisture, even = [], np.ones(len(SOILS))
    for hour in range(one.hours):
        take = demand[hour] * even
        forcing = soil.Forcing(
            rain=one.rain[hour] * even,
            irrigation=0.0 * even,
            evaporation=0.4 * take,
            transpiration=0.6 * take,
            root_depth=400.0 * even,
        )
        state, _ = soil.advance(column, state, forcing, 1.0)
        moisture.append(state.moisture)
    layers, found = np.array(moisture), []
    for plot in range(len(SOILS)):
        for depth in DEPTHS:
            for resolution in (0.0001, 0.005):
                true = soil.moisture_at(column, layers, plot, depth)
                said = true + 0.0015 * rng.standard_normal(true.size)
                context = Context(
                    depth_cm=depth,
                    resolution=resolution,
                    porosity=float(column.saturation[plot]),
                    wilting_point=float(column.wilting_point[plot]),
                    rain=Rain(one.time, one.rain),
                    others={"soil_temperature": warmth(depth)},
                )
                heard = rng.random(true.size) > 0.02
                rounded = np.round(said / resolution) * resolution
                whole = Series(f"{plot}/{depth:.0f}", "soil_moisture", one.time, rounded, context)
                found.append(kept(whole, heard))
    return tuple(found)


def warmth(depth_cm: float) -> Floats:
    """Air temperature, slower and flatter with depth; milder, as snow and plants keep it. [°C]"""
    air, span = sky().air_temperature, int(24.0 * (depth_cm / 10.0) ** 2)
    smooth = np.convolve(np.pad(air, (span, 0), mode="edge"), np.ones(span) / span, "valid")[1:]
    return smooth + 2.0


@cache
def gauges() -> tuple[Series, ...]:
    """Hourly rain of five gauges in a city, each with the other four for neighbours."""
    rain = np.array([elsewhere(sky(), climb=0.0, seed=n, rain_spread=0.3).rain for n in range(5)])
    rain = np.floor(np.cumsum(rain, axis=1) / 0.2)
    rain = np.diff(rain, prepend=0.0, axis=1) * 0.2
    daily, days = rain.reshape(5, -1, 24).sum(axis=2), sky().time[::24]
    found = []
    for n in range(5):
        around = quality.Neighbours(days, np.delete(daily, n, axis=0), (2.0, 4.0, 6.0, 9.0))
        found.append(Series(f"gauge {n}", "rain", sky().time, rain[n], Context(neighbours=around)))
    return tuple(found)


def kept(series: Series, rows: Floats) -> Series:
    """The rows that were heard."""
    return series._replace(
        times=series.times[rows],
        values=series.values[rows],
        context=series.context.at(rows),
    )


# Faults


def span(series: Series, rng: np.random.Generator, shortest: float, longest: float) -> Fault:
    """Where a fault lies; its kind and size are still to be said."""
    begin = series.times[0] + rng.uniform(40, DAYS - 45) * DAY
    return Fault("gap", begin, begin + rng.uniform(shortest, longest) * DAY)


def said(series: Series, fault: Fault, rng: np.random.Generator) -> Case:
    scatter = rng.standard_normal(series.times.size)
    values = faults.soil_moisture((fault,), series.times, series.values, scatter)
    return Case(series._replace(values=values), fault.holds(series.times))


def stuck(series: Series, rng: np.random.Generator) -> Case:
    where = span(series, rng, 9, 40)
    last = series.values[np.searchsorted(series.times, where.start)]
    return said(series, replace(where, kind="stuck", size=last), rng)


def loose_plug(series: Series, rng: np.random.Generator) -> Case:
    return said(series, replace(span(series, rng, 2, 10), kind="noise", size=0.03), rng)


def offset(series: Series, rng: np.random.Generator) -> Case:
    where = span(series, rng, 2, 30)
    now = series.values[np.searchsorted(series.times, where.start)]
    size = series.context.porosity - now + rng.uniform(0.04, 0.25)
    return said(series, replace(where, kind="offset", size=size), rng)


def spike(series: Series, rng: np.random.Generator) -> Case:
    row, size = rng.integers(1000, series.times.size - 1000), rng.uniform(0.06, 0.3)
    values = series.values.copy()
    values[row] += size if values[row] < size + 0.02 or rng.random() < 0.5 else -size
    return Case(series._replace(values=values), np.arange(values.size) == row)


def drift(series: Series, rng: np.random.Generator) -> Case:
    where = span(series, rng, 30, 40)
    rate = rng.uniform(0.002, 0.008) * rng.choice((-1.0, 1.0)) / DAY
    wrong = where.holds(series.times)
    values = series.values + np.where(wrong, (series.times - where.start) * rate, 0.0)
    return Case(series._replace(values=np.maximum(values, 0.0)), wrong)


def gap(series: Series, rng: np.random.Generator) -> Case:
    where = span(series, rng, 0.4, 5)
    heard = faults.is_heard((where,), series.times)
    left = kept(series, heard)
    after = np.searchsorted(left.times, where.end)
    return Case(left, np.arange(left.times.size) == after)


def clogged(series: Series, rng: np.random.Generator) -> Case:
    where = span(series, rng, 30, 40)
    wrong = where.holds(series.times)
    share = rng.uniform(0.0, 0.2)  # a leaf in the funnel lets some through
    return Case(
        series._replace(values=np.where(wrong, share * series.values, series.values)), wrong
    )


def clock(series: Series, rng: np.random.Generator) -> Case:
    """A device whose clock is wrong for some days: ahead, or reset to some past time."""
    where = span(series, rng, 0.5, 5)
    wrong = where.holds(series.times)
    error = rng.choice((rng.uniform(0.5, 9000), -rng.uniform(1, 9000))) * HOUR
    context = replace(series.context, arrived=series.times + 5.0)
    times = series.times + np.where(wrong, error, 0.0)
    return Case(series._replace(times=times, context=context), wrong)


KINDS: dict[str, tuple[Callable[[Series, np.random.Generator], Case], quality.Test]] = {
    "stuck": (stuck, quality.Test.FLAT),
    "stuck, coarse": (stuck, quality.Test.FLAT),
    "loose plug": (loose_plug, quality.Test.SPIKE),
    "spike": (spike, quality.Test.SPIKE),
    "offset": (offset, quality.Test.CONSISTENCY),
    "drift": (drift, quality.Test.CONSISTENCY),
    "gap": (gap, quality.Test.GAP),
    "clogged": (clogged, quality.Test.NEIGHBOURS),
    "clock": (clock, quality.Test.CLOCK),
}


class Found(NamedTuple):
    """Shares of faults found at all and of wrong values flagged; hours to the first flag."""

    faults: float
    values: float
    delay: float


def assessed(one: Series, test: quality.Test, *, live: bool = False) -> quality.Assessed:
    """By one test alone, so that it does not hide behind a worse flag."""
    return quality.assess(one.quantity, one.values, one.times, one.context, tests=test, live=live)


def false_alarms(test: quality.Test) -> tuple[int, int]:
    """Healthy values flagged, of those that the test could judge."""
    judged = [assessed(one, test) for one in (*probes(), *gauges())]
    return (
        sum(int((one.tests > 0).sum()) for one in judged),
        sum(int(np.isin(one.flags, JUDGED).sum()) for one in judged),
    )


def measured(kind: str) -> dict[quality.Test, Found]:
    rng = np.random.default_rng(sum(kind.encode()))
    healthy = gauges() if kind == "clogged" else [one for one in probes() if is_fit(one, kind)]
    cases = [KINDS[kind][0](one, rng) for one in healthy for _ in range(REPEATS)]
    return {test: summed(cases, test) for test in quality.Test}


def is_fit(one: Series, kind: str) -> bool:
    """A coarse probe is stuck for long before anyone can know: it is counted apart."""
    is_coarse = one.context.resolution > 0.001
    return not kind.startswith("stuck") or is_coarse == (kind == "stuck, coarse")


def summed(cases: list[Case], test: quality.Test) -> Found:
    flagged = [assessed(case.series, test).tests > 0 for case in cases]
    shares = [
        (flags & case.wrong).sum() / case.wrong.sum()
        for case, flags in zip(cases, flagged, strict=True)
    ]
    delays = [
        delay(case, flags, test) for case, flags in zip(cases, flagged, strict=True) if flags.any()
    ]
    known = [hours for hours in delays if np.isfinite(hours)]
    return Found(
        float(np.mean(np.array(shares) > 0)),
        float(np.mean(shares)),
        float(np.median(known)) if known else np.nan,
    )


def delay(case: Case, flags: Floats, test: quality.Test) -> float:
    """Hours from the fault's start to the first value flagged, live where the test is."""
    one = case.series
    if test in quality.LIVE:
        flags = assessed(one, test, live=True).tests > 0
    at = one.times if one.context.arrived is None else np.asarray(one.context.arrived)
    hits = flags & case.wrong
    return (at[hits].min() - at[case.wrong].min()) / HOUR if hits.any() else np.nan


def share(flagged: int, judged: int) -> str:
    return f"{flagged / judged:.3%}" if judged else "-"


# The report


def test_simulated_faults_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    alarms = {test: false_alarms(test) for test in quality.Test}
    with capsys.disabled():
        names = " ".join(f"{str(test.name)[:11]:>11}" for test in quality.Test)
        print(f"\nfaults found (share of their values)  {names}")
        results = {kind: measured(kind) for kind in KINDS}
        for kind, found in results.items():
            row = " ".join(
                f"{one.faults:5.0%} ({one.values:3.0%})" if one.faults else f"{'-':>11}"
                for one in found.values()
            )
            hours = found[KINDS[kind][1]].delay
            print(f"{kind:13} first seen after {hours:4.0f} h  {row}")
        rates = " ".join(f"{share(*one):>11}" for one in alarms.values())
        print(f"{'healthy values flagged':37} {rates}")
        counts = " ".join(f"{judged:11}" for _, judged in alarms.values())
        print(f"{'of values judged':37} {counts}")
    for kind, (_, test) in KINDS.items():
        # No test is made for drift; a coarse probe that stands still looks like dry weather.
        if kind not in ("drift", "stuck, coarse"):
            assert results[kind][test].faults > 0.9, kind
    assert all(flagged <= FALSE_ALARMS * judged for flagged, judged in alarms.values())
