"""What a page of the SensorThings API costs over a million observations, beside the bare query.

The peer is the least that any server must do for the same page: the bare SQL of its rows and the
JSON of the same fields, in the same run.
"""

import json
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from agro.api.sensor_things import service, sql
from agro.records import Device
from agro.store import farms, open_store, schema, writing
from agro.store.observations import make_partitions

STREAMS, HOURS, TIMES = 20, 50_000, 7
START = 1_600_000_000 // 3600 * 3600

PAGES: dict[str, tuple[str, str]] = {
    "the first 100 of everything": ("Observations", ""),
    "a page of 1 000 of a datastream": ("Datastreams({id})/Observations", "$top=1000"),
    "page 500 by its next link": ("Observations", "$skiptoken={late}"),
    "the newest of a datastream": (
        "Datastreams({id})/Observations",
        "$orderby=phenomenonTime desc&$top=1",
    ),
    "a day of a datastream": (
        "Datastreams({id})/Observations",
        "$filter=phenomenonTime ge 2024-03-01T00:00:00Z and phenomenonTime lt 2024-03-02T00:00:00Z",
    ),
    "the newest of each datastream": (
        "Datastreams",
        "$expand=Observations($orderby=phenomenonTime desc;$top=1),Thing",
    ),
    "observations of a thing, by its name": (
        "Observations",
        "$filter=Datastream/Thing/name eq 'bench-7'",
    ),
    "values above a limit, counted": ("Observations", "$filter=result gt 0.39&$count=true"),
}


@pytest.fixture
def million(store_url: str) -> Any:
    """A store with a million observations of twenty datastreams."""
    engine = open_store(store_url)
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        for number in range(STREAMS):
            farms.save_device(c, Device(f"bench-{number}", "", "", site, "", f"bench-{number}"))
        things = dict(c.execute(select(schema.thing.c.device, schema.thing.c.id)).all())
        for number in range(STREAMS):
            _fill(c, things[f"bench-{number}"])
    with engine.connect() as c:
        c.execute(text("ANALYZE"))
        c.commit()
        yield c
    engine.dispose()


def _fill(c: Connection, thing: int) -> None:
    last = START + (HOURS - 1) * 3600
    row = {"thing_id": thing, "quantity": "soil_moisture", "depth_cm": 20.0, "latest_time": last}
    statement = schema.datastream.insert().returning(schema.datastream.c.id)
    stream = c.execute(statement.values(**row)).scalar_one()
    if c.dialect.name == "postgresql":
        make_partitions(c, {START + hour * 3600 for hour in range(0, HOURS, 500)} | {last})
        series = f"generate_series(0, {HOURS - 1}) AS n(hour)"
    else:
        series = (
            f"(WITH RECURSIVE n(hour) AS (SELECT 0 UNION ALL SELECT hour + 1 FROM n "
            f"WHERE hour < {HOURS - 1}) SELECT hour FROM n) AS n"
        )
    c.execute(
        text(
            "INSERT INTO observation (datastream_id, time, value, flag) "
            f"SELECT {stream}, {START} + hour * 3600, (hour % 400) / 1000.0, 1 FROM {series}"
        )
    )


def test_the_time_of_a_page(million: Connection) -> None:
    c = million
    sql.prepare(c)
    stream = c.scalar(select(schema.datastream.c.id).limit(1))
    late = (stream + STREAMS // 2) * 2**33 + START + 3600
    print(f"\n{STREAMS * HOURS:,} observations, {c.dialect.name}")
    for name, (path, query) in PAGES.items():
        pairs = [
            tuple(one.format(id=stream, late=late).split("=", 1)) for one in query.split("&") if one
        ]
        took, found = _timed(lambda p=path, q=pairs: _page(c, p.format(id=stream), q))
        print(f"  {name:40s} {took * 1000:8.1f} ms  {found:5d} entities")
        assert found
    ours, rows = _timed(lambda: _page(c, f"Datastreams({stream})/Observations", [("$top", "1000")]))
    bare, same = _timed(lambda: _bare(c, stream))
    assert rows == same == 1000
    print(
        f"  bare query and JSON of the same 1 000 rows {bare * 1000:5.1f} ms; × {ours / bare:.1f}"
    )


def _page(c: Connection, path: str, pairs: list[tuple[str, str]]) -> int:
    body = service.get(c, "http://here/api/v1.1", path, pairs).body
    json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return len(body["value"])


def _bare(c: Connection, stream: int) -> int:
    rows = c.execute(
        text(
            "SELECT datastream_id, time, value, flag FROM observation "
            "WHERE datastream_id = :id ORDER BY time LIMIT 1001"
        ),
        {"id": stream},
    ).all()[:1000]
    json.dumps([dict(row._mapping) for row in rows])
    return len(rows)


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    """Median seconds of several runs after one that warms up, and what the work found."""
    found, times = work(), []
    for _ in range(TIMES):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return median(times), found
