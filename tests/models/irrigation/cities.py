"""A city of any size as arrays: crops, soils and planting days mixed, some stations."""

import numpy as np
from numpy.typing import NDArray

from models.irrigation.city import Station
from models.irrigation.plan import LOOK_AHEAD, Rules
from models.water import balance, tables

CROPS = ("tomato", "zucchini", "lettuce", "carrot", "potato", "strawberry")
SOILS = ("loam", "sandy loam", "clay")
DAYS = 90


def city(
    beds: int, *, members: int = 50, stations: int = 0, seed: int = 5
) -> tuple[list[Station], NDArray[np.int_], balance.Beds, Rules, NDArray[np.float64]]:
    """Stations, the station of each bed, the beds, their rules, and 90 days of irrigation."""
    generator = np.random.default_rng(seed)
    count = stations or max(beds // 1000, 1)
    kinds = [
        balance.Bed(
            crop=tables.crop(crop),
            soil=tables.soil(soil),
            planted=float(10 + number % 25),
            wetted_fraction=0.4,
            drip=True,
        )
        for number, (crop, soil) in enumerate((c, s) for c in CROPS for s in SOILS)
    ]
    chosen = generator.integers(0, len(kinds), beds)
    own = balance.beds([kinds[kind] for kind in chosen])
    rules = Rules(
        minimum_dose=np.full(beds, 4.0),
        first_chance=np.zeros(beds, dtype=int),
        stands=np.zeros(beds, dtype=int),
    )
    irrigation = np.where(generator.random((DAYS, beds)) < 0.2, 12.0, 0.0)
    found = [_station(generator, members) for _ in range(count)]
    return found, generator.integers(0, count, beds), own, rules, irrigation


def _station(generator: np.random.Generator, members: int) -> Station:
    return Station(
        _weather(generator, DAYS, members), _weather(generator, LOOK_AHEAD, members), 0.6
    )


def _weather(generator: np.random.Generator, days: int, members: int) -> balance.DailyWeather:
    """A July: the same day for all members, each with its own error."""
    wet = generator.random((days, 1)) < 0.25
    rain = wet * generator.gamma(0.7, 10.0, (days, 1)) * generator.lognormal(0.0, 0.2, members)
    et0 = generator.uniform(3.0, 6.0, (days, 1)) * generator.lognormal(0.0, 0.1, members)
    return balance.DailyWeather(
        et0=et0,
        rain=rain,
        wind_2m=generator.uniform(1.0, 3.0, days),
        rh_min=generator.uniform(30.0, 60.0, days),
    )
