"""The same faults through the store: written, assessed, and read from its flags and tests.

As test_quality.py, with what the store itself knows: the interval and the resolution from the
values, the soil from the register, rain from the site's own gauge, the other gauges of the city.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from math import nan
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pytest
from sqlalchemy import Engine, select

from agro.records import (
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    Normals,
    Plot,
    Site,
    Soil,
)
from agro.store import assessment, farms, open_store, problems, readings, schema, writing
from agro.store.ingest import Message, ingest
from agro.store.readings import Row
from sensors import quality
from tests.benchmarks.test_quality import (
    CLIMATE,
    FALSE_ALARMS,
    KINDS,
    SOILS,
    Case,
    Series,
    gauges,
    is_fit,
    probes,
    sky,
)

APART = 0.5  # ° between groups of gauges: out of each other's reach
NEAR = 0.02
CLUSTERS, EACH = 3, 4
BATCH = 20_000


class Stored(NamedTuple):
    """A case, and the device under which it is stored."""

    device: str
    kind: str
    case: Case


def place(slug: str, group: int, n: int) -> Site:
    latitude = CLIMATE.latitude + APART * group + NEAR * n
    return Site(slug, slug, "market_garden", "1", latitude, CLIMATE.longitude, 220.0)


def pack(devices: list[Device]) -> CityPack:
    """A garden with four soils nobody waters, and gauges in three groups of five."""
    sites = [place("garden", 9, 0)]
    sites += [place(f"g{group}-{n}", group, n) for group in range(CLUSTERS) for n in range(5)]
    soils = tuple(
        Soil("garden", f"s{n}", "loam", *SOILS[n], 9.0, 20.0, "test") for n in range(len(SOILS))
    )
    bed = ("garden", "rainfed", CLIMATE.latitude, CLIMATE.longitude)
    return CityPack(
        city=City("test", "Test", "FR", "UTC", "fr", CLIMATE.latitude, CLIMATE.longitude, 220.0),
        communes=(Commune("1", "Test", 1, 1.0, CLIMATE.latitude, CLIMATE.longitude),),
        sites=tuple(sites),
        soils=soils,
        irrigation_systems=(
            IrrigationSystem("garden", "rainfed", "none", 0.0, 1.0, 1.0, 0.0, "", ""),
        ),
        plots=tuple(
            Plot(bed[0], soil.slug, soil.slug, "bed", 20.0, soil.slug, *bed[1:]) for soil in soils
        ),
        plantings=(),
        devices=tuple(devices),
        trials=(),
        normals=Normals(
            "test",
            "test",
            CLIMATE.tmin,
            CLIMATE.tmin,
            CLIMATE.tmax,
            CLIMATE.rain,
            CLIMATE.rain_days,
            CLIMATE.rh_mean,
            CLIMATE.wind_2m,
            CLIMATE.solar_radiation,
        ),
    )


def cases() -> Iterator[Stored]:
    """Four probes of each fault and the healthy ones; three clogged gauges among healthy ones."""
    rng = np.random.default_rng(77)
    for n, one in enumerate(probes()):
        yield Stored(f"healthy-{n}", "healthy", Case(one, np.zeros(one.times.size, bool)))
    for kind, (make, _) in KINDS.items():
        if kind == "clogged":
            continue
        fit = [one for one in probes() if is_fit(one, kind)]
        for n in range(EACH):
            chosen = fit[(5 * n + len(kind)) % len(fit)]
            yield Stored(
                f"{kind.replace(', ', '-').replace(' ', '-')}-{n}", kind, make(chosen, rng)
            )
    for group in range(CLUSTERS):
        for n, one in enumerate(gauges()):
            device = f"gauge-{group}-{n}"
            if n == 0:
                yield Stored(device, "clogged", KINDS["clogged"][0](one, rng))
            else:
                yield Stored(device, "healthy", Case(one, np.zeros(one.times.size, bool)))


def device(one: Stored) -> Device:
    series = one.case.series
    if series.quantity == "rain":
        _, group, n = one.device.split("-")
        return Device(one.device, "", "", f"g{group}-{n}", "", one.device)
    soil = f"s{series.name.split('/')[0]}"
    return Device(one.device, "", "", "garden", soil, one.device, (series.context.depth_cm,))


def rows(device: str, series: Series) -> list[Row]:
    depth = series.context.depth_cm
    return [
        Row(device, series.quantity, depth, int(time), round(float(value), 6), 2)
        for time, value in zip(series.times, series.values, strict=True)
    ]


def send(engine: Engine, one: Stored) -> None:
    """A device with a clock of its own says it: times are what it believes, arrivals are true."""
    series, depth = one.case.series, one.case.series.context.depth_cm
    arrived = np.asarray(series.context.arrived)
    messages = [
        Message(
            f"agro/garden/{one.device}",
            json.dumps(
                {"time": int(time), "readings": {f"soil_moisture_{depth:.0f}cm": float(value)}}
            ).encode(),
            datetime.fromtimestamp(at, UTC),
        )
        for time, value, at in zip(series.times, series.values, arrived, strict=True)
    ]
    for start in range(0, len(messages), 2000):
        with writing(engine) as c:
            ingest(c, messages[start : start + 2000])


def keep(engine: Engine, some: list[Row]) -> None:
    for start in range(0, len(some), BATCH):
        with writing(engine) as c:
            readings.write(c, some[start : start + BATCH])


def set_by(engine: Engine, one: Stored) -> dict[int, int]:
    """Time → the tests that set a flag, of all that is stored of a device."""
    seen, own, thing = schema.observation.c, schema.datastream.c, schema.thing.c
    query = (
        select(seen.time, seen.tests)
        .join_from(schema.observation, schema.datastream, own.id == seen.datastream_id)
        .join(schema.thing)
        .where(thing.device == one.device)
    )
    with engine.connect() as c:
        return dict(c.execute(query).all())


def refused(engine: Engine, one: Stored) -> int:
    with engine.connect() as c:
        found = problems.recent(c, limit=10_000_000)
    return int((found["device"] == one.device).sum())


def test_the_store_finds_the_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_store(f"sqlite:///{(tmp_path / 'agro.sqlite').as_posix()}")
    stored = list(cases())
    gauge = Device("garden-gauge", "", "", "garden", "", "gauge")
    with writing(engine) as c:
        farms.save_pack(c, pack([gauge, *(device(one) for one in stored)]))
    fell = Series("rain", "rain", sky().time, sky().rain, gauges()[0].context)
    keep(engine, [row._replace(depth_cm=nan) for row in rows("garden-gauge", fell)])
    for one in stored:
        if one.kind == "clock":
            send(engine, one)
        else:
            keep(engine, rows(one.device, one.case.series))
    begun = perf_counter()
    done = assessment.assess_all(engine)
    seconds = perf_counter() - begun
    flags = {one.device: set_by(engine, one) for one in stored}
    count = sum(len(found) for found in flags.values())
    with capsys.disabled():
        print(f"\n{count} observations assessed in {seconds:.1f} s, {done.changed} flags changed")
        found = report(engine, stored, flags)
    for kind, shares in found.items():
        if kind not in ("drift", "stuck, coarse", "clock"):
            assert shares[KINDS[kind][1]] > 0.7, kind
    judged = [
        bits for one in stored if one.kind == "healthy" for bits in flags[one.device].values()
    ]
    alarms = {test: np.mean([bits & int(test) > 0 for bits in judged]) for test in quality.Test}
    with capsys.disabled():
        told = ", ".join(f"{test.name} {share:.3%}" for test, share in alarms.items())
        print(f"healthy values flagged, of {len(judged)}: {told}")
    assert max(alarms.values()) < FALSE_ALARMS


def report(
    engine: Engine, stored: list[Stored], flags: dict[str, dict[int, int]]
) -> dict[str, dict[quality.Test, float]]:
    """Prints and gives the share of faults that each test found."""
    names = " ".join(f"{str(test.name)[:11]:>11}" for test in quality.Test)
    print(f"faults found through the store   {names}")
    found: dict[str, dict[quality.Test, float]] = {}
    for kind in KINDS:
        some = [one for one in stored if one.kind == kind]
        shares = {
            test: float(np.mean([is_found(one, flags[one.device], test) for one in some]))
            for test in quality.Test
        }
        row = " ".join(f"{share:11.0%}" if share else f"{'-':>11}" for share in shares.values())
        told = ""
        if kind == "clock":
            ahead = sum(refused(engine, one) > 0 for one in some)
            told = f"  and {ahead} of {len(some)} refused as ahead of their arrival"
        print(f"{kind:13} ({len(some)} cases)         {row}{told}")
        found[kind] = shares
    return found


def is_found(one: Stored, flags: dict[int, int], test: quality.Test) -> bool:
    times = one.case.series.times[one.case.wrong].astype(int).tolist()
    return any(flags.get(time, 0) & int(test) for time in times)
