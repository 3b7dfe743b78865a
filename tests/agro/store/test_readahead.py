"""What is read ahead for many gardens is what each reader gives by itself."""

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import Connection, event

from agro.store import deployments, farms, open_store, readings, rollups
from agro.store.readahead import ReadAhead, ahead_of, reading_ahead
from tests.agro.advice.cities import MIDNIGHT, fill
from tests.agro.advice.conftest import NOW

FIRST, RECENT = MIDNIGHT - timedelta(days=60), MIDNIGHT - timedelta(days=5)
BLOCK = ["garden-0000", "garden-0001"]


@pytest.fixture(scope="module")
def c(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    url = f"sqlite:///{(tmp_path_factory.mktemp('ahead') / 'city.sqlite').as_posix()}"
    fill(url, gardens=4, beds=3, every_station=2)
    engine = open_store(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def ahead(c: Connection) -> Iterator[ReadAhead]:
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW) as found:
        found.turn_to(BLOCK)
        yield found


def daily(c: Connection, quantity: str, site: str | None, days: int) -> pd.DataFrame:
    start = MIDNIGHT - timedelta(days=days)
    return rollups.daily(c, quantity=quantity, site=site, start=start, end=MIDNIGHT)


def series(c: Connection, device: str, quantity: str, hours: int) -> pd.DataFrame:
    start = NOW - timedelta(hours=hours)
    return readings.series(c, device=device, quantity=quantity, start=start, end=NOW)


@pytest.mark.parametrize("site", [None, "garden-0001", "garden-0003", "nowhere"])
@pytest.mark.parametrize("quantity", ["soil_moisture", "air_temperature"])
@pytest.mark.parametrize("days", [0, 3, 60, 75])
def test_days(c: Connection, quantity: str, site: str | None, days: int) -> None:
    alone = daily(c, quantity, site, days)
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW) as found:
        found.turn_to(BLOCK)
        same(daily(c, quantity, site, days), alone)


@pytest.mark.parametrize(
    ("device", "quantity"),
    [
        ("probe-000001", "soil_moisture"),  # in the block
        ("probe-000011", "soil_moisture"),  # in another
        ("station-00001", "rain"),
        ("station-00003", "soil_moisture"),  # never said so
        ("nobody", "rain"),
    ],
)
@pytest.mark.parametrize("hours", [0, 7, 100, 300])
def test_series(c: Connection, device: str, quantity: str, hours: int) -> None:
    alone = series(c, device, quantity, hours)
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW) as found:
        found.turn_to(BLOCK)
        same(series(c, device, quantity, hours), alone)


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_dtype=len(other) > 0)


def test_the_register(c: Connection) -> None:
    def known() -> list[object]:
        readers = (farms.soils, farms.irrigation_systems, farms.plots, farms.plantings)
        found: list[object] = [read(c, site) for read in readers for site in (*BLOCK, None)]
        found += [farms.devices(c, site, at=NOW) for site in (*BLOCK, None)]
        return [*found, deployments.standing_since(c, NOW)]

    alone = known()
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW):
        assert known() == alone


@pytest.mark.usefixtures("ahead")
def test_more_gardens_need_no_more_statements(c: Connection) -> None:
    told: list[str] = []

    def hear(*said: object) -> None:
        told.append(str(said[2]))

    event.listen(c.engine, "before_cursor_execute", hear)
    for site in BLOCK:
        daily(c, "soil_moisture", site, 30)
        farms.plots(c, site)
    first = len(told)
    for site in BLOCK * 5:
        daily(c, "soil_moisture", site, 20)
        farms.plots(c, site)
    event.remove(c.engine, "before_cursor_execute", hear)
    assert len(told) == first


def test_afterwards_readers_read_again(c: Connection) -> None:
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW):
        assert ahead_of(c) is not None
    assert ahead_of(c) is None
