"""What is read ahead for many gardens is what each reader gives by itself."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, event

from agro.advice import advise
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


@pytest.mark.parametrize("lone", [False, True])
@pytest.mark.parametrize("site", [None, "garden-0001", "garden-0003", "nowhere"])
@pytest.mark.parametrize("quantity", ["soil_moisture", "air_temperature"])
@pytest.mark.parametrize("days", [0, 3, 60, 75])
def test_days(c: Connection, quantity: str, site: str | None, days: int, lone: bool) -> None:
    alone = daily(c, quantity, site, days)
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW, alone=lone) as found:
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
@pytest.mark.parametrize("lone", [False, True])
def test_series(c: Connection, device: str, quantity: str, hours: int, lone: bool) -> None:
    alone = series(c, device, quantity, hours)
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW, alone=lone) as found:
        found.turn_to(BLOCK)
        same(series(c, device, quantity, hours), alone)


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_dtype=len(other) > 0)


@pytest.mark.parametrize("lone", [False, True])
def test_the_register(c: Connection, lone: bool) -> None:
    def known() -> list[object]:
        readers = (farms.soils, farms.irrigation_systems, farms.plots, farms.plantings)
        found: list[object] = [read(c, site) for read in readers for site in (*BLOCK, None)]
        found += [farms.devices(c, site, at=NOW) for site in (*BLOCK, None)]
        found.append(farms.site_devices(c, NOW))
        return [*found, deployments.standing_since(c, NOW)]

    alone = known()
    with reading_ahead(c, first=FIRST, recent=RECENT, end=NOW, alone=lone):
        assert known() == alone


def _statements(c: Connection, work: Callable[[], object]) -> tuple[int, int]:
    """How many statements some work makes, and how many rows come back of them."""
    told: list[int] = []

    def hear(_c: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            counted = f"SELECT count(*) FROM ({statement})"  # noqa: S608 - the reader's own
            told.append(cursor.connection.execute(counted, parameters).fetchone()[0])

    event.listen(c.engine, "after_cursor_execute", hear)
    work()
    event.remove(c.engine, "after_cursor_execute", hear)
    return len(told), sum(told)


def test_a_garden_alone_reads_its_own_and_decides_as_in_the_morning(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Three times as many gardens, of as many stations, are no more to read for one of them."""
    read = []
    for gardens, every in ((8, 4), (24, 12)):
        folder = tmp_path_factory.mktemp("alone")
        url = f"sqlite:///{(folder / 'city.sqlite').as_posix()}"
        fill(url, gardens=gardens, beds=4, every_station=every)
        engine = open_store(url)
        with engine.connect() as c:
            names = [site.slug for site in farms.sites(c)]
            morning = advise(c, at=NOW)
            alone = [one for name in names for one in advise(c, site=name, at=NOW)]
            assert [repr(one) for one in alone] == [repr(one) for one in morning]
            read.append(_statements(c, partial(advise, c, site=names[1], at=NOW)))
        engine.dispose()
    (few, rows_of_few), (many, rows_of_many) = read
    assert many == few
    assert rows_of_many <= rows_of_few + 24  # the list of the sites itself, and no bed of theirs


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
