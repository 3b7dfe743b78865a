"""Rows a second into the store, with rollups and latest, beside the bare write of the same rows."""

import time
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from sqlalchemy import Engine, text

from agro.store import farms, readings, writing
from agro.store.readings import Row

MESSAGES, BATCH = 20_000, 500
QUANTITIES = ("soil_moisture", "soil_temperature", "soil_conductivity", "battery_voltage", "rssi")
START = 1_780_000_000


def _rows(devices: list[str]) -> Iterator[Row]:
    for message in range(MESSAGES):
        device, at = devices[message % len(devices)], START + message // len(devices) * 600
        for quantity in QUANTITIES:
            yield Row(device, quantity, 20.0, at, message / 1000, 1)


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH * len(QUANTITIES))):
        yield batch


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _bare(engine: Engine, rows: list[Row]) -> None:
    with writing(engine) as c:
        c.execute(text("CREATE TABLE bare (id integer, time bigint, value float, flag smallint)"))
        statement = text("INSERT INTO bare VALUES (:id, :time, :value, :flag)")
        for batch in _batches(rows):
            values = [{"id": 1, "time": r.time, "value": r.value, "flag": r.flag} for r in batch]
            c.execute(statement, values)


def _ours(engine: Engine, rows: list[Row]) -> None:
    for batch in _batches(rows):
        with writing(engine) as c:
            readings.write(c, batch)


def test_rows_per_second(store: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with store.connect() as c:
        rows = list(_rows([device.device for device in farms.devices(c)]))
    ours, bare = _seconds(lambda: _ours(store, rows)), _seconds(lambda: _bare(store, rows))
    with capsys.disabled():
        print(
            f"\n{store.dialect.name}: {len(rows)} rows of {MESSAGES} messages: "
            f"{len(rows) / ours:,.0f} rows/s ({MESSAGES / ours:,.0f} messages/s) with rollups; "
            f"bare insert {len(rows) / bare:,.0f} rows/s; ratio {bare / ours:.2f}"
        )
    with store.connect() as c:
        stored = c.scalar(text("SELECT COUNT(*) FROM observation"))
    assert stored == len(rows)
