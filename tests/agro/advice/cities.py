"""A city of any size in a real store: gardens with beds and probes, some with a station."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, insert, select

from agro.records import CityPack, IrrigationSystem, Planting, Soil
from agro.store import farms, open_store, schema, weather, writing
from tests.agro.advice.conftest import NOW, plot, site, small_city

CROPS = ("tomato", "zucchini", "lettuce", "carrot", "potato", "strawberry")
TEXTURES = {"loam": (0.25, 0.12), "sand": (0.12, 0.045), "clay": (0.36, 0.22)}
MIDNIGHT = NOW.replace(hour=22) - timedelta(days=1)  # of Dijon's 14 July
_DAY, _HOUR = 86_400, 3600
_SEEN = 5  # days of observations; daily sums go back to the planting


def city(gardens: int, beds: int) -> CityPack:
    """So many gardens of so many beds, planted within a month, on three soils."""
    pack = small_city()
    names = [f"garden-{number:04d}" for number in range(gardens)]
    sites, soils, systems, plots, plantings = [], [], [], [], []
    for number, name in enumerate(names):
        north, east = 47.2 + 0.0002 * number, 4.9 + 0.0003 * (number * 7 % 900)
        sites.append(site(name, latitude=north, longitude=east))
        texture = list(TEXTURES)[number % 3]
        fc, wp = TEXTURES[texture]
        soils.append(Soil(name, "soil", texture, fc, wp, 8.0, 18.0, "test"))
        systems.append(IrrigationSystem(name, "drip", "drip", 4.0, 0.9, 0.4, 4.0, "05:30", "08:00"))
        for bed in range(beds):
            slug = f"bed-{bed:02d}"
            one = plot(slug, site=name, latitude=north, longitude=east)
            plots.append(replace(one, soil="soil"))
            planted = NOW.date() - timedelta(days=50 + (3 * number + bed) % 30)
            plantings.append(Planting(name, slug, CROPS[(number + bed) % len(CROPS)], "", planted))
    return replace(
        pack,
        sites=tuple(sites),
        soils=tuple(soils),
        irrigation_systems=tuple(systems),
        plots=tuple(plots),
        plantings=tuple(plantings),
        devices=(),
    )


def fill(url: str, *, gardens: int, beds: int, every_station: int = 10) -> None:
    """A store with such a city: a probe in every other bed, a station in every so many gardens."""
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, city(gardens, beds))
        probes, stations = _things(c, every_station)
        generator = np.random.default_rng(7)
        _probes(c, probes, generator)
        _stations(c, stations, generator)
        for one in farms.sites(c):
            weather.write_forecast(c, one.slug, "test", NOW - timedelta(hours=3), _forecast())
    engine.dispose()


def _things(c: Connection, every_station: int) -> tuple[list[int], list[int]]:
    """Devices that have always stood where they stand: probes' and stations' ids."""
    beds = c.execute(select(schema.plot.c.id, schema.plot.c.site_id).order_by(schema.plot.c.id))
    rows = [
        {"site_id": where, "plot_id": bed, "device": f"probe-{bed:06d}", "depths": [20.0]}
        for bed, where in beds
        if bed % 2
    ]
    probes = len(rows)
    sites = c.scalars(select(schema.site.c.id).order_by(schema.site.c.id)).all()
    rows += [
        {"site_id": where, "plot_id": None, "device": f"station-{where:05d}", "depths": []}
        for where in sites[::every_station]
    ]
    plain = {"eui": "", "model": "", "name": ""}
    numbered = [{"id": id_, **plain, **row} for id_, row in enumerate(rows, start=1)]
    c.execute(insert(schema.thing), numbered)
    stays = [
        {name: row[name] for name in ("site_id", "plot_id", "eui", "model", "depths")}
        | {"thing_id": row["id"], "since": 0, "notes": ""}
        for row in numbered
    ]
    c.execute(insert(schema.deployment), stays)
    return list(range(1, probes + 1)), list(range(probes + 1, len(rows) + 1))


def _streams(c: Connection, things: list[int], quantity: str, depth: float) -> list[int]:
    first = (
        c.scalar(select(schema.datastream.c.id).order_by(schema.datastream.c.id.desc())) or 0
    ) + 1
    rows = [
        {"id": first + n, "thing_id": thing, "quantity": quantity, "depth_cm": depth}
        for n, thing in enumerate(things)
    ]
    c.execute(insert(schema.datastream), rows)
    return [first + n for n in range(len(things))]


def _probes(c: Connection, things: list[int], generator: np.random.Generator) -> None:
    """Water contents that fall between waterings."""
    streams = _streams(c, things, "soil_moisture", 20.0)
    days = np.arange(80)
    for lot in range(0, len(streams), 500):
        part = streams[lot : lot + 500]
        wet = generator.uniform(0.14, 0.3, len(part))
        daily = wet[:, None] * (1.0 - 0.02 * ((days + lot) % 6))
        _write_days(c, part, daily, count=24, spread=(0.995, 1.005))
        hours = np.arange(_SEEN * 24 + 9)
        times = int(MIDNIGHT.timestamp()) - _SEEN * _DAY + _HOUR * hours
        values = wet[:, None] * (1.0 - 0.0006 * (hours % 144))
        _write_seen(c, part, times, values)


_WEATHER = {
    "air_temperature": (20.0, (0.65, 1.4)),
    "relative_humidity": (65.0, (0.6, 1.3)),
    "vapour_pressure": (1.4, (0.9, 1.1)),
    "wind_speed": (1.8, (0.2, 2.5)),
    "solar_radiation": (240.0, (0.0, 3.4)),
}


def _stations(c: Connection, things: list[int], generator: np.random.Generator) -> None:
    for quantity, (usual, spread) in _WEATHER.items():
        streams = _streams(c, things, quantity, -1.0)
        daily = usual * generator.uniform(0.85, 1.15, (len(streams), 80))
        _write_days(c, streams, daily, count=144, spread=spread)
        if quantity == "air_temperature":
            times = int(MIDNIGHT.timestamp()) - _DAY + 600 * np.arange(190)
            _write_seen(c, streams, times, np.full((len(streams), len(times)), usual))
    streams = _streams(c, things, "rain", -1.0)
    wet = generator.random(80) < 0.3
    daily = np.where(wet, 12.0, 0.0) * generator.uniform(0.7, 1.3, (len(streams), 80))
    daily[:, -2:] = 30.0  # beds without a probe can wait
    _write_days(c, streams, daily / 144, count=144, spread=(0.0, 6.0))
    times = int(MIDNIGHT.timestamp()) - _SEEN * _DAY + 600 * np.arange(_SEEN * 144 + 50)
    day = 80 - _SEEN + np.arange(len(times)) // 144
    values = np.where(day < 80, daily[:, np.minimum(day, 79)] / 144, 0.0)
    _write_seen(c, streams, times, values)


def _write_days(
    c: Connection,
    streams: list[int],
    means: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    *,
    count: int,
    spread: tuple[float, float],
) -> None:
    starts = int(MIDNIGHT.timestamp()) - _DAY * np.arange(means.shape[1], 0, -1)
    rows = [
        (id_, start, count, mean * count, mean * spread[0], mean * spread[1], 0, 0, 0)
        for id_, own in zip(streams, means.tolist(), strict=True)
        for start, mean in zip(starts.tolist(), own, strict=True)
    ]
    _insert(c, schema.rollup_day, rows)


def _write_seen(
    c: Connection,
    streams: list[int],
    times: np.ndarray[tuple[int], np.dtype[np.int64]],
    values: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    rows = [
        (id_, time, value, 1, 0, None)
        for id_, own in zip(streams, values.tolist(), strict=True)
        for time, value in zip(times.tolist(), own, strict=True)
    ]
    _insert(c, schema.observation, rows)


def _insert(c: Connection, table: Table, rows: list[tuple[object, ...]]) -> None:
    names = [column.name for column in table.columns]
    marks = ", ".join("?" * len(names))
    named = ", ".join(f'"{name}"' for name in names)
    c.exec_driver_sql(f"INSERT INTO {table.name} ({named}) VALUES ({marks})", rows)  # noqa: S608


def _forecast() -> pd.DataFrame:
    days = [NOW.date() + timedelta(days=n) for n in range(10)]
    rain = [0.0, 0.0, 3.0, 0.0, 0.0, 6.0, 0.0, 0.0, 1.0, 0.0]
    return pd.DataFrame(
        {
            "day": days,
            "tmin": 15.0,
            "tmax": 27.0,
            "wind_2m": 1.8,
            "solar_radiation": 23.0,
            "rain": rain,
            "rain_low": [0.4 * one for one in rain],
            "rain_high": [1.8 * one for one in rain],
            "rain_chance": [0.1 + 0.1 * one for one in rain],
        }
    )
