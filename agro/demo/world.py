"""The true season: weather, soil water and what the growers did, known to the simulation alone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isnan
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from agro.demo.farm import Farm
from agro.demo.growth import cover_and_roots
from sensors.simulated import soil, weather
from sensors.simulated.climate import Climate
from sensors.simulated.soil import Column, Forcing, State
from sensors.simulated.stations import Place, Sky

Floats = NDArray[np.float64]

HOUR = 3600
LIVE_DAYS = 120  # how far beyond the history the weather is already decided
_SOIL_DEPTH = 1.2  # m, where nothing limits it
_SHELTER = 0.8  # of the demand outside: what a greenhouse lets through
_DRY_BEFORE, _DRY_AFTER, _DRY_ENOUGH = 8, 2, 4.0  # days, days, mm
_TRIES = 40
_CROP_DEMAND, _BARE_DEMAND = 1.1, 1.0
_START_SHARE = 0.9  # of the available water at the season's start
_DAMPING_H = 6.0  # of soil temperature at 10 cm, growing with the square of depth


@dataclass(frozen=True, slots=True)
class Watering:
    """What a grower gave a plot: mm that reached the soil, and when (epoch s)."""

    plot: int
    time: int
    depth_mm: float


@dataclass(frozen=True)
class World:
    """What is decided before anyone waters. Arrays (hours, plots) mm h⁻¹, (days, plots)."""

    farm: Farm
    start: int
    hours: int
    skies: dict[str, Sky]
    soil: Column
    rain: Floats
    demand: Floats
    cover: Floats
    roots: Floats
    seed: int

    def place(self, site: str, moisture: Floats | None, times: Floats, plot: int | None) -> Place:
        """What a station on this plot measures, given the moisture (times, layers, plots)."""
        sky = self.skies[site]

        def water(depth_cm: float, at: Floats) -> Floats:
            if moisture is None or plot is None:
                return np.full_like(at, np.nan)
            series = soil.moisture_at(self.soil, moisture, plot, depth_cm)
            return np.asarray(np.interp(at, times, series))

        def warmth(depth_cm: float, at: Floats) -> Floats:
            return np.asarray(np.interp(at, sky.weather.time, soil_temperature(sky, depth_cm)))

        return Place(sky, water, warmth)


@dataclass(frozen=True, slots=True)
class Season:
    """What happened: moisture (hours + 1, layers, plots) at `times`, waterings, the end's state."""

    times: Floats
    moisture: Floats
    waterings: tuple[Watering, ...]
    state: State


def make_world(farm: Farm, *, start: date, hours: int, seed: int) -> World:
    """Weather, crops and soils of these hours (from 00:00 UTC) and of the live days after them."""
    all_days = hours // 24 + 1 + LIVE_DAYS
    regional = _ending_dry(farm.climate(), start, all_days, hours, seed)
    skies = {
        site.slug: _sky(farm, regional, site.slug, site.elevation, seed) for site in farm.sites
    }
    column, vigour = _ground(farm, seed)
    depth = column.thickness.sum(axis=0) / 1000.0
    cover, roots = cover_and_roots(farm, start, all_days, depth)
    open_air = np.array([not plot.covered for plot in farm.plots], float)
    shelter = np.where(open_air > 0.0, 1.0, _SHELTER) * vigour
    per_plot = [skies[plot.site].weather for plot in farm.plots]
    return World(
        farm=farm,
        start=int(regional.time[0]),
        hours=hours,
        skies=skies,
        soil=column,
        rain=np.stack([sky.rain for sky in per_plot], axis=1) * open_air,
        demand=np.stack([weather.evaporative_demand(sky) for sky in per_plot], axis=1) * shelter,
        cover=cover,
        roots=roots,
        seed=seed,
    )


def _ending_dry(climate: Climate, start: date, days: int, hours: int, seed: int) -> weather.Weather:
    """The first weather of this seed's that has a dry spell at the season's end.

    A demo that opens after a wet week has nothing to decide.
    """
    around = slice(max(hours - _DRY_BEFORE * 24, 0), hours + _DRY_AFTER * 24)
    for n in range(_TRIES):
        tried = weather.generate(climate, start, days, seed=seed + n * 1_000_003)
        if tried.rain[around].sum() <= _DRY_ENOUGH:
            break
    return tried


def _sky(farm: Farm, regional: weather.Weather, site: str, elevation: float, seed: int) -> Sky:
    climb = 0.0 if isnan(elevation) else elevation - farm.city.elevation
    return Sky(weather.elsewhere(regional, climb=climb, seed=seed + crc32(site.encode())))


def _ground(farm: Farm, seed: int) -> tuple[Column, Floats]:
    """Soils that are not quite what the register says, and how thirsty each plot is."""
    rng = np.random.default_rng((seed, 1))
    plots = len(farm.plots)
    error = np.exp(0.04 * rng.standard_normal(plots))
    depth = [_SOIL_DEPTH if isnan(plot.depth) else plot.depth for plot in farm.plots]
    capacity = np.array([s.field_capacity for s in farm.soils]) * error
    wilting = np.array([s.wilting_point for s in farm.soils]) * error
    return soil.column(capacity, wilting, depth), np.exp(0.07 * rng.standard_normal(plots))


def soil_temperature(sky: Sky, depth_cm: float) -> Floats:
    """Air temperature, slower and flatter with depth. [°C]"""
    air = sky.weather.air_temperature
    keep = np.exp(-1.0 / (_DAMPING_H * max(depth_cm / 10.0, 0.3) ** 2))
    before = [keep * air[:240].mean()]
    smoothed, _ = lfilter([1.0 - keep], [1.0, -keep], air, zi=before)
    return np.asarray(smoothed)


def live_through(world: World) -> Season:
    """The season hour by hour, each morning's watering decided by what the soil is then like."""
    farm, state = world.farm, soil.at_field_capacity(world.soil, _START_SHARE)
    moisture = np.empty((world.hours + 1, *state.moisture.shape), np.float32)
    moisture[0] = state.moisture
    waterings: list[Watering] = []
    given = np.zeros((world.hours, len(farm.plots)))
    growers = Growers(world)
    for hour in range(world.hours):
        if hour % 24 == 0:
            chosen = growers.waterings(hour // 24, state)
            waterings += chosen
            for one in chosen:
                given[(one.time - world.start) // HOUR, one.plot] += one.depth_mm
        state = step(world, state, world.start + hour * HOUR, 1.0, given[hour])
        moisture[hour + 1] = state.moisture
    times = world.start + np.arange(world.hours + 1, dtype=float) * HOUR
    return Season(times, np.asarray(moisture), tuple(waterings), state)


def step(world: World, state: State, time: float, hours: float, irrigation: Floats) -> State:
    """The soils after `hours` (at most one) from `time`, with this much irrigation. [mm]"""
    hour = min(int((time - world.start) // HOUR), len(world.rain) - 1)
    cover, roots = world.cover[hour // 24], world.roots[hour // 24]
    demand = world.demand[hour] * hours
    forcing = Forcing(
        rain=world.rain[hour] * hours,
        irrigation=irrigation,
        evaporation=demand * (1.0 - cover) * _BARE_DEMAND,
        transpiration=demand * cover * _CROP_DEMAND,
        root_depth=roots,
    )
    return soil.advance(world.soil, state, forcing, hours)[0]


class Growers:
    """People who water when the soil looks dry, forget now and then, and at last are busy.

    Every plot has its own eye for dryness. In the last days a third of the plots see no one, so
    that the morning of the season's end finds beds that need water beside beds that do not.
    """

    _DRY = (0.15, 0.30)  # share of the available water gone
    _DRY_FIELD = 0.65  # a field is watered to be saved, not to thrive
    _FORGETS = 0.2
    _BUSY_DAYS = (4, 9)
    _REFILL = 1.0
    _MOST_MM = 30.0

    def __init__(self, world: World) -> None:
        rng = np.random.default_rng((world.seed, 2))
        plots, days = len(world.farm.plots), -(-world.hours // 24)
        self._world = world
        field = np.array([plot.kind == "field" for plot in world.farm.plots])
        self._dry = np.where(field, self._DRY_FIELD, rng.uniform(*self._DRY, plots))
        self._attends = rng.random((days, plots)) >= self._FORGETS
        busy = rng.permutation(plots) % 3 == 0
        since = days - rng.integers(*self._BUSY_DAYS, plots)
        self._attends &= ~(busy & (np.arange(days)[:, None] >= since))
        self._attends[-1] = False  # the last morning's decision is still to be made
        self._hours = [self._local_hour(system.start) for system in world.farm.systems]

    @staticmethod
    def _local_hour(clock: str) -> int:
        hour = clock.partition(":")[0]
        return int(hour) if hour.isdigit() else 6

    def waterings(self, day: int, state: State) -> list[Watering]:
        """What is given this day, seeing the soil at its beginning."""
        world, column = self._world, self._world.soil
        roots = world.roots[day]
        gone = soil.depletion_share(column, state.moisture, roots)
        due = self._attends[day] & (gone > self._dry) & (roots > 0.0)
        span = (column.field_capacity - column.wilting_point) * roots
        lack = (gone - (1.0 - self._REFILL)) * span
        return [
            self._watering(day, int(plot), float(lack[plot]))
            for plot in np.flatnonzero(due)
            if self._can(int(plot))
        ]

    def _can(self, plot: int) -> bool:
        system = self._world.farm.systems[plot]
        return system.method != "none" and system.flow > 0.0

    def _watering(self, day: int, plot: int, lack: float) -> Watering:
        system = self._world.farm.systems[plot]
        morning = datetime.fromtimestamp(self._world.start, UTC).date() + timedelta(days=day)
        local = datetime(
            morning.year,
            morning.month,
            morning.day,
            self._hours[plot],
            30,
            tzinfo=self._world.farm.zone,
        )
        depth = round(min(max(lack, system.minimum_dose), self._MOST_MM), 1)
        earliest = self._world.start + day * 24 * HOUR
        return Watering(plot, max(int(local.timestamp()), earliest), depth)
