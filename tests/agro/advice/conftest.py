"""A small city with weather, probes and a forecast, in a real store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from math import cos, nan, pi
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine

from agro.records import (
    Advice,
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    LogEntry,
    Normals,
    Planting,
    Plot,
    Site,
    Soil,
    Tank,
)
from agro.store import farms, logbook, open_store, readings, weather, writing
from agro.store.readings import Row

Retold = Callable[..., None]
NOW = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)  # 10 h in Dijon
PLANTED = date(2026, 5, 20)
_HOUR = 3600


def site(slug: str, *, latitude: float = 47.32, longitude: float = 5.04) -> Site:
    return Site(slug, slug.title(), "market_garden", "21231", latitude, longitude, 245.0)


def plot(slug: str, *, site: str = "garden", **more: object) -> Plot:
    plain = Plot(site, slug, slug.title(), "bed", 20.0, "loam", "drip", 47.32, 5.04)
    return replace(plain, **more)  # type: ignore[arg-type]


NORMALS = Normals(
    station="TEST",
    source="typed for these tests",
    tmean=(1.6, 3.3, 6.7, 10.3, 14.5, 17.6, 19.6, 19.0, 16.1, 10.9, 5.8, 3.1),
    tmin=(-1.0, -0.5, 2.0, 5.0, 9.0, 12.0, 14.0, 13.5, 11.0, 7.0, 2.5, 0.5),
    tmax=(4.5, 7.5, 12.0, 16.0, 20.0, 23.5, 26.0, 25.5, 21.5, 15.5, 9.0, 5.5),
    rain=(59, 50, 49, 51, 88, 64, 60, 59, 69, 65, 70, 64),
    rain_days=(11, 9, 9, 9, 11, 9, 8, 8, 8, 10, 11, 11),
    rh_mean=(86, 80, 74, 69, 71, 69, 66, 69, 76, 83, 87, 88),
    wind_2m=(2.4,) * 12,
    solar_radiation=(3.6, 6.4, 10.7, 15.2, 18.4, 20.8, 21.0, 17.9, 13.2, 7.8, 4.2, 2.9),
)


def small_city() -> CityPack:
    """Two gardens, a drip bed of squash with a probe, a greenhouse bed, a bare bed, a field."""
    return CityPack(
        city=City("dijon", "Dijon", "FR", "Europe/Paris", "fr", 47.32, 5.04, 245.0),
        communes=(Commune("21231", "Dijon", 159941, 41.66, 47.32, 5.04),),
        sites=(site("garden"), site("plateau", latitude=47.30, longitude=4.97)),
        soils=tuple(
            Soil(one, "loam", "loam", 0.25, 0.12, 9.0, 19.0, "test")
            for one in ("garden", "plateau")
        ),
        irrigation_systems=(
            IrrigationSystem("garden", "drip", "drip", 4.0, 0.9, 0.4, 4.0, "05:30", "08:00"),
            IrrigationSystem("garden", "can", "can", 8.0, 0.8, 1.0, 2.0, "19:00", "21:00"),
            IrrigationSystem("plateau", "none", "none", 0.0, 1.0, 1.0, 0.0, "", ""),
        ),
        plots=(
            plot("squash"),
            plot("tunnel", kind="greenhouse", covered=True),
            plot("bare"),
            plot("pots", kind="pots", area=2.0, irrigation="can", depth=0.25),
            plot("field", site="plateau", irrigation="none", area=900.0, kind="field"),
        ),
        plantings=(
            Planting("garden", "squash", "zucchini", "", PLANTED),
            Planting("garden", "tunnel", "tomato", "", PLANTED),
            Planting("garden", "bare", "lettuce", "", PLANTED, date(2026, 7, 1)),
            Planting("garden", "pots", "lettuce", "", PLANTED),
            Planting("plateau", "field", "sunflower", "", PLANTED),
        ),
        devices=(
            Device("probe", "", "dragino/lse01", "garden", "squash", "probe", (20.0,)),
            Device("station", "", "decentlab/dl-atm41", "garden", "", "station"),
            Device("gauge", "", "decentlab/dl-tbrg", "garden", "", "gauge"),
            Device("far-station", "", "decentlab/dl-atm41", "plateau", "", "far station"),
        ),
        trials=(),
        normals=NORMALS,
    )


@dataclass
class Garden:
    """A store one can tell what was measured, and ask for advice."""

    engine: Engine
    at: datetime = NOW
    rows: list[Row] = field(default_factory=list)

    def measure(
        self,
        device: str,
        quantity: str,
        time: datetime,
        value: float,
        *,
        depth: float = nan,
        flag: int = 1,
    ) -> None:
        self.rows.append(Row(device, quantity, depth, int(time.timestamp()), value, flag))

    def probe(self, time: datetime, value: float, *, flag: int = 1, depth: float = 20.0) -> None:
        self.measure("probe", "soil_moisture", time, value, depth=depth, flag=flag)

    def summer(
        self, device: str = "station", *, days: int = 55, until: datetime | None = None
    ) -> None:
        """Warm, dry days from a station, every three hours."""
        end = until or self.at
        for hour in range(0, days * 24, 3):
            time = end - timedelta(hours=hour)
            sun = max(0.0, -cos(2 * pi * (time.hour + time.minute / 60 + 0.3) / 24))
            self.measure(device, "air_temperature", time, 15.0 + 11.0 * sun)
            self.measure(device, "vapour_pressure", time, 1.35)
            self.measure(device, "wind_speed", time, 1.8)
            self.measure(device, "solar_radiation", time, 800.0 * sun)

    def rain(self, amounts: dict[int, float], *, device: str = "gauge", days: int = 55) -> None:
        """Hourly totals up to now: `amounts` mm at so many hours ago, and nothing else."""
        for hour in range(days * 24):
            self.measure(device, "rain", self.at - timedelta(hours=hour), amounts.get(hour, 0.0))

    def moisture(self, *, now: float, per_day: float = 0.004, days: int = 5) -> None:
        """A probe drying steadily to `now`."""
        for hour in range(0, days * 24, 2):
            value = now + per_day * hour / 24
            self.probe(self.at - timedelta(hours=hour), round(value, 4))

    def forecast(
        self, rain: list[float], *, site: str = "garden", issued_at: datetime | None = None
    ) -> None:
        """Warm days with this rain from today on."""
        days = [self.at.date() + timedelta(days=n) for n in range(len(rain))]
        frame = pd.DataFrame(
            {
                "day": days,
                "tmin": 15.0,
                "tmax": 27.0,
                "wind_2m": 1.8,
                "solar_radiation": 23.0,
                "rain": rain,
                "rain_low": [0.5 * r for r in rain],
                "rain_high": [1.6 * r for r in rain],
            }
        )
        with writing(self.engine) as c:
            weather.write_forecast(
                c, site, "test", issued_at or self.at - timedelta(hours=3), frame
            )

    def note(self, quantity: float, unit: str, *, ago: timedelta, plot: str = "squash") -> None:
        entry = LogEntry("garden", plot, "irrigation", self.at - ago, quantity, unit)
        with writing(self.engine) as c:
            logbook.write(c, [entry])

    def keep(self) -> None:
        """Write what was measured."""
        with writing(self.engine) as c:
            readings.write(c, self.rows)
        self.rows = []

    def ask(self, plot: str = "squash", *, at: datetime | None = None) -> Advice:
        return next(one for one in self.all(at=at) if one.plot == plot)

    def all(self, *, at: datetime | None = None, site: str | None = None) -> list[Advice]:
        from agro.advice import advise

        self.keep()
        with self.engine.connect() as c:
            return advise(c, site=site, at=at or self.at)


@pytest.fixture(scope="session")
def empty_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("advice") / "city.sqlite"
    engine = open_store(f"sqlite:///{file.as_posix()}")
    with writing(engine) as c:
        farms.save_pack(c, small_city())
    engine.dispose()
    return file


@pytest.fixture
def garden(empty_city: Path, tmp_path: Path) -> Iterator[Garden]:
    """The small city with nothing measured yet."""
    file = tmp_path / "city.sqlite"
    file.write_bytes(empty_city.read_bytes())
    engine = open_store(f"sqlite:///{file.as_posix()}")
    yield Garden(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def measured_city(empty_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("measured") / "city.sqlite"
    file.write_bytes(empty_city.read_bytes())
    engine = open_store(f"sqlite:///{file.as_posix()}")
    garden = Garden(engine)
    garden.summer()
    garden.rain({})
    garden.moisture(now=0.25)
    garden.forecast([0.0] * 9)
    for days in range(2, 54, 4):
        garden.note(20.0, "mm", ago=timedelta(days=days))
    garden.keep()
    engine.dispose()
    return file


@pytest.fixture
def measured(measured_city: Path, tmp_path: Path) -> Iterator[Garden]:
    """Fifty-five dry days, a bed watered when it needed it, a probe that agrees, a forecast."""
    file = tmp_path / "city.sqlite"
    file.write_bytes(measured_city.read_bytes())
    engine = open_store(f"sqlite:///{file.as_posix()}")
    yield Garden(engine)
    engine.dispose()


@pytest.fixture
def retold(measured: Garden) -> Retold:
    """Tell the garden's pack anew: `retold(systems={"drip": {"tap": "t"}}, plots=…, …)`."""

    def tell(tanks: tuple[Tank, ...] = (), **changes: dict[str, dict[str, object]]) -> None:
        with measured.engine.connect() as c:
            pack = _pack(c)
        of = {"systems": "irrigation_systems", "plots": "plots", "soils": "soils"}
        for name, told in changes.items():
            field = of.get(name, name)
            key = "plot" if name == "plantings" else "slug"
            records = tuple(
                replace(one, **told.get(getattr(one, key), {})) for one in getattr(pack, field)
            )
            pack = replace(pack, **{field: records})
        with writing(measured.engine) as c:
            farms.save_pack(c, replace(pack, tanks=tanks))

    return tell


def _pack(c: Connection) -> CityPack:
    """What the store knows, as a pack."""
    city, normals = farms.city(c), farms.normals(c)
    assert city is not None
    assert normals is not None
    return CityPack(
        city=city,
        communes=tuple(farms.communes(c)),
        sites=tuple(farms.sites(c)),
        soils=tuple(farms.soils(c)),
        irrigation_systems=tuple(farms.irrigation_systems(c)),
        plots=tuple(farms.plots(c)),
        plantings=tuple(farms.plantings(c)),
        devices=(),
        trials=(),
        normals=normals,
    )
