"""A control post's year: 23 communes, 2,000 pieces of equipment, every hour of twelve months.

What the page reads, from rollups, beside the same figures from the observations themselves.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import Connection, Engine, text

from agro.city.curves import curve, day_of, year_until
from agro.city.early import early_warnings
from agro.city.overview import Moment, moment_of, overview
from agro.city.reading import communes_now, whole_city
from agro.records import Commune
from agro.store import farms, readings, writing
from agro.store.buckets import day_bounds
from agro.store.city import registering, sums
from agro.store.city.assets import Asset
from agro.store.city.sums import city_wide
from agro.store.values import time_zone
from sensors.simulated.city import Town
from sensors.simulated.city.control_post import shares

HOURS = int(os.environ.get("AGRO_BENCH_HOURS", "8760"))
START = datetime(2025, 7, 1, tzinfo=UTC)
END = START + timedelta(hours=HOURS)
KINDS = {
    "lighting_cabinet": ("power", 1000),
    "traffic_counter": ("vehicle_flow", 500),
    "building": ("power", 350),
    "parking": ("free_spaces", 100),
    "pv_plant": ("power", 50),
}
LIMIT_S = 1.0  # of all that the page reads at once


def test_a_year_of_the_control_post(store: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.perf_counter()
    _fill(store)
    filled = time.perf_counter() - began
    with store.connect() as c:
        zone = time_zone(c)
        rows = c.scalar(text("SELECT count(*) FROM observation")) or 0
        then = START + (END - START) / 3
        back = round((END - then) / timedelta(hours=1))
        hour = moment_of("hours", back, END, zone)
        day = moment_of("days", back // 24, END, zone)
        hours, year = day_of(hour, zone), year_until(END, zone)
        asked: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "communes now": (
                lambda: overview(c, Moment("now", END, END)),
                lambda: _raw_moment(c, END),
            ),
            "communes at an hour of the year": (
                lambda: overview(c, hour),
                lambda: _raw_moment(c, hour.end),
            ),
            "communes over a day of the year": (
                lambda: overview(c, day),
                lambda: _raw_day(c, day.start, day.end),
            ),
            "a day of one layer by hours": (
                lambda: curve(c, "lighting_power", None, hours, by="hour"),
                lambda: _raw(c, *hours, 3600),
            ),
            "twelve months of one layer by days": (
                lambda: curve(c, "lighting_power", None, year, by="day"),
                lambda: _raw(c, START, END, 86400),
            ),
            "early warnings": (lambda: early_warnings(c, END), lambda: None),
        }
        took = {
            what: (_seconds(ours, 5), _seconds(raw, 1 if "months" in what else 3))
            for what, (ours, raw) in asked.items()
        }
        _agree(c, then)
    page, raw = (_page([one[n] for one in took.values()]) for n in (0, 1))
    with capsys.disabled():
        print(
            f"\n{store.dialect.name}: {rows:,} observations of {_pieces():,} pieces of equipment "
            f"in 23 communes, filled in {filled:.0f} s"
        )
        for what, (ours, theirs) in took.items():
            print(f"  {what}: {ours * 1000:,.0f} ms (raw rows {theirs * 1000:,.0f} ms)")
        print(
            f"  the whole page: {page * 1000:,.0f} ms (limit {LIMIT_S * 1000:,.0f} ms), "
            f"from raw rows {raw / page:,.0f} × as long"
        )
    assert rows == _pieces() * HOURS
    assert page < LIMIT_S


def _page(took: list[float]) -> float:
    """What one look costs: now for its strip, an hour or a day, the curves, the warnings."""
    now, hour, day, *others = took
    return now + max(hour, day) + sum(others)


def _pieces() -> int:
    return sum(count for _, count in KINDS.values())


def _agree(c: Connection, then: datetime) -> None:
    """Both ways give the same figures: an hour of one layer, over the city."""
    hours = sums.hourly(
        c,
        kind="lighting_cabinet",
        quantity="power",
        start=then,
        end=then + timedelta(hours=1),
    )
    raw = _raw(c, then, then + timedelta(hours=1), 3600)
    expected = sum(total for _, _, total in raw)
    assert list(city_wide(hours, "power")["value"]) == pytest.approx([expected])
    shown = whole_city(communes_now(c, then))["lighting_power"]
    assert shown.value == pytest.approx(expected)
    assert shown.assets == KINDS["lighting_cabinet"][1]


_OWN = (
    "FROM asset AS a JOIN datastream AS d ON d.thing_id = a.thing_id "
    "JOIN observation AS o ON o.datastream_id = d.id AND o.flag <= 2 "
)


def _raw(c: Connection, start: datetime, end: datetime, step: int) -> list[tuple[str, int, float]]:
    """The lights by commune and step, from the observations: each piece's mean, then their sum."""
    statement = (
        "SELECT commune, step, SUM(mean) FROM (SELECT a.commune, o.time / :length AS step, "
        f"d.id, AVG(o.value) AS mean {_OWN} WHERE a.kind = 'lighting_cabinet' "
        "AND o.time >= :first AND o.time < :last GROUP BY a.commune, step, d.id) AS m "
        "GROUP BY commune, step ORDER BY step, commune"
    )
    span = {"first": int(start.timestamp()), "last": int(end.timestamp()), "length": step}
    return [tuple(row) for row in c.execute(text(statement), span)]  # type: ignore[misc]


def _raw_moment(c: Connection, at: datetime) -> object:
    """Every layer of every commune at a moment, from the last three hours' observations."""
    statement = (
        "SELECT kind, commune, COUNT(*), SUM(value) FROM ("
        "SELECT a.kind, a.commune, o.value, ROW_NUMBER() OVER "
        f"(PARTITION BY d.id ORDER BY o.time DESC) AS n {_OWN} "
        "WHERE o.time > :first AND o.time <= :last) AS newest WHERE n = 1 GROUP BY kind, commune"
    )
    last = int(at.timestamp())
    return c.execute(text(statement), {"first": last - 3 * 3600, "last": last}).all()


def _raw_day(c: Connection, start: datetime, end: datetime) -> object:
    """Every layer of every commune over a day, from the day's observations."""
    statement = (
        "SELECT kind, commune, COUNT(*), SUM(mean) FROM ("
        f"SELECT a.kind, a.commune, d.id, AVG(o.value) AS mean {_OWN} "
        "WHERE o.time >= :first AND o.time <= :last GROUP BY a.kind, a.commune, d.id) AS m "
        "GROUP BY kind, commune"
    )
    span = {"first": int(start.timestamp()), "last": int(end.timestamp())}
    return c.execute(text(statement), span).all()


def _seconds(ask: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return median(took)


def _fill(engine: Engine) -> None:
    """As notifications would have left it, by the database's own means."""
    with writing(engine) as c:
        communes = farms.communes(c)
        pieces = [piece for kind in KINDS for piece in _equipment(kind, communes)]
        registering.save(c, pieces)
        # Through the front door: it makes the datastreams, and PostgreSQL's months.
        for at in range(int(START.timestamp()), int(END.timestamp()), 15 * 86400):
            rows = [
                readings.Row(piece.device, KINDS[piece.kind][0], float("nan"), at, 1.0, 1)
                for piece in pieces
            ]
            readings.write(c, rows, written_at=END)
    with writing(engine) as c:
        for statement in _statements(c.dialect.name):
            c.execute(text(statement), {"first": int(START.timestamp()), "n": HOURS})
        _roll_days(c)
        c.execute(
            text(
                "UPDATE datastream SET latest_time = :last, latest_value = (SELECT value FROM "
                "observation WHERE datastream_id = datastream.id AND time = :last), "
                "latest_flag = 1, unassessed_from = NULL"
            ),
            {"last": int(END.timestamp()) - 3600},
        )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.execute(text("VACUUM ANALYZE"))


def _equipment(kind: str, communes: list[Commune]) -> list[Asset]:
    towns = [Town(one.code, one.name, one.population, 0.0, 0.0, 1.0) for one in communes]
    counts = shares([town.population for town in towns], KINDS[kind][1])
    codes = [town.code for town, n in zip(towns, counts, strict=True) for _ in range(n)]
    return [
        Asset(f"urn:{kind}:{n}", kind, commune=code, mode="simulated", source="ngsi-ld")
        for n, code in enumerate(codes)
    ]


def _roll_days(c: Connection) -> None:
    bounds, day, zone = [], int(START.timestamp()), time_zone(c)
    while day < int(END.timestamp()):
        start, day = day_bounds(day, zone)
        bounds.append({"start": start, "end": day})
    c.execute(text("CREATE TEMPORARY TABLE bound (a bigint, z bigint)"))
    c.execute(text("INSERT INTO bound VALUES (:start, :end)"), bounds)
    c.execute(text("DELETE FROM rollup_day"))
    c.execute(
        text(
            'INSERT INTO rollup_day SELECT h.datastream_id, b.a, SUM(h."count"), SUM(total), '
            "MIN(minimum), MAX(maximum), 0, 0, 0 FROM rollup_hour h "
            "JOIN bound b ON h.start >= b.a AND h.start < b.z GROUP BY h.datastream_id, b.a"
        )
    )


def _statements(dialect: str) -> tuple[str, ...]:
    made = (
        "SELECT generate_series(0, CAST(:n AS integer) - 1) AS i"
        if dialect == "postgresql"
        else "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :n) "
        "SELECT i FROM n"
    )
    # SQLite keeps rows in the order of their key; PostgreSQL as they come.
    order = "" if dialect == "postgresql" else " ORDER BY 1, 2"
    return (
        "DELETE FROM observation",
        "DELETE FROM rollup_hour",
        "INSERT INTO observation (datastream_id, time, value, flag) "
        "SELECT d.id, :first + n.i * 3600, 5.0 + 0.01 * ((d.id * 7 + n.i * 13) % 1000), 1 "
        f"FROM datastream d, ({made}) AS n{order}",
        "INSERT INTO rollup_hour SELECT datastream_id, time, 1, value, value, value, 0, 0, 0 "
        f"FROM observation{order}",
    )
