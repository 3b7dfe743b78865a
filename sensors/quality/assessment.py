"""All tests of one datastream together: the worst flag wins and says which tests set it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntFlag

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sensors.quality.changes import flag_flat, flag_spike, flag_step, flat_span
from sensors.quality.consistency import flag_consistency, flag_sun
from sensors.quality.flags import (
    FAIL,
    MISSING,
    NOT_EVALUATED,
    SUSPECT,
    Flags,
    Floats,
    floats,
    worst,
)
from sensors.quality.ranges import Normals, flag_range, flag_season
from sensors.quality.surroundings import (
    DAY,
    HOUR,
    LAST_VALUE,
    Neighbours,
    Rain,
    Waterings,
    daily_totals,
    flag_neighbours,
    flag_rain_response,
)
from sensors.quality.thresholds import limits, threshold
from sensors.quality.timing import flag_clock, flag_gap

Bits = NDArray[np.int64]
Index = slice | NDArray[np.intp]


class Test(IntFlag):
    """A bit for each test."""

    RANGE = 1
    SEASON = 2
    STEP = 4
    SPIKE = 8
    FLAT = 16
    GAP = 32
    RAIN_RESPONSE = 64
    NEIGHBOURS = 128
    CONSISTENCY = 256
    CLOCK = 512


LIVE = (
    Test.RANGE
    | Test.SEASON
    | Test.STEP
    | Test.FLAT
    | Test.GAP
    | Test.RAIN_RESPONSE
    | Test.CONSISTENCY
    | Test.CLOCK
)
"""What needs nothing from after the value: made as values come."""
WHOLE = LIVE | Test.SPIKE | Test.NEIGHBOURS
"""What may look at values after: made when a stretch is recomputed."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the values. Every part may be left out; its test is not made then.

    `interval` how often the device sends, s, always or before each message (n,); `depth_cm` and
    `resolution` of the probe; `porosity` and `wilting_point` of its soil, m³ m⁻³; `latitude`,
    `longitude` °; `others` other quantities of the same messages and `arrived` when each came
    [s since 1970], both (n,) beside the values.
    """

    interval: ArrayLike = HOUR
    depth_cm: float = np.nan
    resolution: float = np.nan
    porosity: float = np.nan
    wilting_point: float = np.nan
    latitude: float = np.nan
    longitude: float = np.nan
    others: Mapping[str, ArrayLike] = field(default_factory=dict)
    arrived: ArrayLike | None = None
    normals: Normals | None = None
    rain: Rain | None = None
    waterings: Waterings | None = None
    neighbours: Neighbours | None = None

    def at(self, rows: Index) -> "Context":
        """The same for these rows alone."""
        return replace(
            self,
            interval=floats(self.interval)[rows] if np.ndim(self.interval) else self.interval,
            others={name: floats(other)[rows] for name, other in self.others.items()},
            arrived=None if self.arrived is None else floats(self.arrived)[rows],
        )


@dataclass(frozen=True, slots=True)
class Assessed:
    """`flags` (n,) QARTOD; `tests` (n,) the `Test` bits that set a suspect or fail, else 0."""

    flags: Flags
    tests: Bits


def flag(
    quantity: str,
    values: ArrayLike,
    times: ArrayLike,
    previous: tuple[float, float] | None = None,
) -> Flags:
    """The worst of range and step for each value: what one value before is enough for.

    Parameters
    ----------
    quantity : A name of `sensors.quantities.QUANTITIES`.
    values : (n,)  Values of one datastream in time order; NaN = missing. [the quantity's unit]
    times : (n,)  When they hold. [s since 1970]
    previous : Time and value before the first, where there is one.

    Returns
    -------
    (n,)  QARTOD flags.
    """
    ranged = flag_range(quantity, values)
    if not np.isfinite(limits(quantity).step):
        return ranged
    return worst(ranged, flag_step(quantity, values, times, previous))


def assess(
    quantity: str,
    values: ArrayLike,
    times: ArrayLike,
    context: Context | None = None,
    *,
    live: bool = False,
    tests: Test = WHOLE,
) -> Assessed:
    """The worst flag of the tests for each value, and which tests set it.

    Parameters
    ----------
    quantity : A name of `sensors.quantities.QUANTITIES`.
    values : (n,)  Values of one datastream; NaN = missing. [the quantity's unit]
    times : (n,)  When they hold. Rows are in the order in which they came, which `Test.CLOCK`
        looks at; all other tests sort them. [s since 1970]
    live : Look at nothing after a value: only the tests of `LIVE`, and flat lines and
        contradictions are flagged when they show. Else flat lines and contradictions are flagged
        from their first value on, and spikes and neighbours are tested, too.
    tests : Only these.

    Returns
    -------
    Flags and bits in the order given. The values themselves are never changed. A value gets the
    same whether or not more than `look_back` seconds, one row and one number before it are given.
    """
    values, times, context = floats(values), floats(times), context or Context()
    order = np.argsort(times, kind="stable")
    tests = tests & LIVE if live else tests
    sorted_, in_order = (quantity, values[order], times[order]), context.at(order)
    judged = _alone(*sorted_, in_order, tests=tests, live=live)
    judged |= _beside(*sorted_, in_order, tests=tests)
    found = {test: _unsorted(flags, order) for test, flags in judged.items()}
    if Test.CLOCK in tests:
        found[Test.CLOCK] = _clock(quantity, values, times, context, whole=not live)
    return together(values, found)


def look_back(quantity: str, context: Context | None = None) -> float:
    """How far before a value the tests look, besides one row and one number before it. [s]

    Unless `live`, they look as far ahead, too.
    """
    context = context or Context()
    span = flat_span(quantity, depth_cm=context.depth_cm, resolution=context.resolution)
    rises = LAST_VALUE if quantity == "soil_moisture" else 0.0
    clogs = (threshold("rain", "clog_days") + 1.0) * DAY if quantity == "rain" else 0.0
    return float(np.nanmax([2.0 * span, rises, clogs]))


def _alone(
    quantity: str, values: Floats, times: Floats, context: Context, *, tests: Test, live: bool
) -> dict[Test, Flags]:
    """The flags of the tests that need the datastream alone, of values in time order."""
    c, found = context, {}
    if Test.RANGE in tests:
        found[Test.RANGE] = flag_range(quantity, values)
    if Test.SEASON in tests and c.normals is not None:
        found[Test.SEASON] = flag_season(quantity, values, times, c.normals)
    if Test.STEP in tests:
        found[Test.STEP] = flag_step(quantity, values, times)
    if Test.SPIKE in tests:
        found[Test.SPIKE] = flag_spike(quantity, values, times)
    if Test.FLAT in tests:
        found[Test.FLAT] = flag_flat(
            quantity,
            values,
            times,
            depth_cm=c.depth_cm,
            resolution=c.resolution,
            porosity=c.porosity,
            whole=not live,
        )
    if Test.GAP in tests:
        found[Test.GAP] = flag_gap(quantity, values, times, interval=c.interval)
    return found


def _beside(
    quantity: str, values: Floats, times: Floats, context: Context, *, tests: Test
) -> dict[Test, Flags]:
    """The flags of the tests that need more than the datastream itself."""
    c, found = context, {}
    if Test.CONSISTENCY in tests:
        found[Test.CONSISTENCY] = flag_consistency(
            quantity,
            values,
            others=c.others,
            porosity=c.porosity,
            wilting_point=c.wilting_point,
            depth_cm=c.depth_cm,
        )
        if quantity == "solar_radiation" and np.isfinite(c.latitude + c.longitude):
            found[Test.CONSISTENCY] = flag_sun(
                values, times, latitude=c.latitude, longitude=c.longitude
            )
    if Test.RAIN_RESPONSE in tests and quantity == "soil_moisture" and c.rain is not None:
        temperature = c.others.get("soil_temperature")
        found[Test.RAIN_RESPONSE] = flag_rain_response(
            values, times, c.rain, c.waterings, temperature=temperature
        )
    if Test.NEIGHBOURS in tests and quantity == "rain" and c.neighbours is not None:
        found[Test.NEIGHBOURS] = _neighbours(values, times, c.neighbours, c.interval)
    return found


def _neighbours(values: Floats, times: Floats, around: Neighbours, interval: ArrayLike) -> Flags:
    """The flag of each value's day."""
    totals, day = daily_totals(values, times, around.days, interval=interval)
    daily = flag_neighbours(totals, around.totals, around.distances)
    flags = np.append(np.where(daily == MISSING, NOT_EVALUATED, daily), NOT_EVALUATED)[day]
    return np.where(np.isnan(values), MISSING, flags)


def _clock(quantity: str, values: Floats, times: Floats, context: Context, *, whole: bool) -> Flags:
    """The clock's flags, of rows in the order of their arrival where that is known."""
    if context.arrived is None:
        return flag_clock(quantity, values, times, whole=whole)
    order = np.argsort(floats(context.arrived), kind="stable")
    arrived = floats(context.arrived)[order]
    found = flag_clock(quantity, values[order], times[order], arrived=arrived, whole=whole)
    return _unsorted(found, order)


def _unsorted(flags: Flags, order: NDArray[np.intp]) -> Flags:
    """Flags of sorted rows, in the order in which these were."""
    found = np.empty_like(flags)
    found[order] = flags
    return found


def together(values: ArrayLike, found: Mapping[Test, Flags]) -> Assessed:
    """The worst flag of each value (n,), and the tests that gave it."""
    values = floats(values)
    flags = np.where(np.isnan(values), MISSING, NOT_EVALUATED)
    for one in found.values():
        flags = worst(flags, one)
    bits = np.zeros(values.shape, dtype=np.int64)
    for test, one in found.items():
        bits |= np.where((one == flags) & ((flags == SUSPECT) | (flags == FAIL)), int(test), 0)
    return Assessed(flags, bits)
