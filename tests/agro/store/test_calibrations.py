"""Calibrated before or after the data came: the same rows. Taken away: exactly what was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isnan, nan
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, select

from agro.records import Device
from agro.store import calibrations, farms, flagging, readings, rollups, schema, things, writing
from agro.store.calibrations import Calibration
from agro.store.ingest import Message, ingest
from agro.store.readings import Row
from sensors import quality

START = datetime(2026, 3, 28, 12, tzinfo=UTC)
T0 = int(START.timestamp())
LINE = ("linear", (0.02, 0.9))
CURVE = ("curve", ((0.0, 0.03), (0.2, 0.21), (0.5, 0.6)))
POLYNOMIAL = ("polynomial", (0.01, 0.8, 0.3))


def _probe(engine: Engine, name: str = "probe") -> str:
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        device = Device(name, "", "dragino/lse01", site, "", name, (20.0,))
        things.save_device(c, device)
    return name


def _at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def _calibration(
    since: int, until: int | None = None, how: tuple[str, Any] = LINE, **more: Any
) -> Calibration:
    known = {"device": "probe", "quantity": "soil_moisture", "depth_cm": nan, "source": "lab"}
    known |= {"since": _at(since), "until": None if until is None else _at(until)} | more
    return Calibration(kind=how[0], coefficients=how[1], **known)


def _came(c: Connection, values: list[tuple[int, float]], device: str = "probe") -> None:
    """As the way in stores them."""
    rows = [
        # Every fifth second came by a wrong clock, which only its arrival could tell.
        Row(device, "soil_moisture", 20.0, T0 + at, value, 0, int(at % 5 == 0) * quality.Test.CLOCK)
        for at, value in values
    ]
    readings.write(c, flagging.flagged(c, calibrations.applied(c, rows)))


def _tables(c: Connection, device: str = "probe") -> dict[str, list[tuple[Any, ...]]]:
    """Observations and rollups of a device."""
    stream, thing = schema.datastream, schema.thing
    ids = select(stream.c.id).join(thing).where(thing.c.device == device)
    found = {}
    for table in (schema.observation, schema.rollup_hour, schema.rollup_day):
        query = select(table).where(table.c.datastream_id.in_(ids)).order_by(*table.primary_key)
        found[table.name] = [tuple(row)[1:] for row in c.execute(query)]
    own = (stream.c.latest_time, stream.c.latest_value, stream.c.latest_flag)
    newest = select(*own).where(stream.c.id.in_(ids)).order_by(stream.c.id)
    return found | {"latest": [tuple(row) for row in c.execute(newest)]}


def _same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The same rows; PostgreSQL adds in the order it finds: the last bit of a sum may differ."""
    assert one["observation"] == other["observation"]
    assert one["latest"] == other["latest"]
    for name in ("rollup_hour", "rollup_day"):
        assert one[name] == [
            tuple(v if v is None else pytest.approx(v, rel=1e-12) for v in row)
            for row in other[name]
        ]


def _empty(c: Connection) -> None:
    for name in ("rollup_hour", "rollup_day", "observation", "datastream", "calibration"):
        c.execute(delete(schema.metadata.tables[name]))


MOISTURES = st.floats(0, 1, allow_nan=False) | st.just(nan)
DATA = st.lists(
    st.tuples(st.integers(0, 200_000), MOISTURES), max_size=40, unique_by=lambda d: d[0]
)
SPANS = st.tuples(st.integers(0, 200_000), st.integers(1, 100_000) | st.none())
KINDS = st.sampled_from([LINE, CURVE, POLYNOMIAL])
PROPERTY = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@PROPERTY
@given(
    data=DATA,
    kinds=st.lists(st.tuples(SPANS, KINDS), min_size=1, max_size=3),
    cut=st.integers(0, 40),
)
def test_calibrated_before_or_after_the_data_came(
    store: Engine, data: list[tuple[int, float]], kinds: list[Any], cut: int
) -> None:
    made = [
        _calibration(since, None if length is None else since + length, how)
        for (since, length), how in kinds
    ]
    _probe(store)
    with writing(store) as c:
        _empty(c)
        for one in made:
            calibrations.save(c, one)
        data = sorted(data)
        _came(c, data[:cut])
        _came(c, data[cut:])
        before = _tables(c)
        _empty(c)
        _came(c, data)
        for one in reversed(made) if len({m.since for m in made}) == len(made) else made:
            calibrations.save(c, one)
        _same(_tables(c), before)


@PROPERTY
@given(data=DATA, kinds=st.lists(st.tuples(SPANS, KINDS), min_size=1, max_size=3))
def test_taking_calibrations_away_brings_back_exactly_what_was(
    store: Engine, data: list[tuple[int, float]], kinds: list[Any]
) -> None:
    _probe(store)
    with writing(store) as c:
        _empty(c)
        _came(c, sorted(data))
        before = _tables(c)
        for (since, length), how in kinds:
            until = None if length is None else since + length
            calibrations.save(c, _calibration(since, until, how))
        for since in {since for (since, _), _ in kinds}:
            calibrations.remove(c, "probe", "soil_moisture", _at(since))
        _same(_tables(c), before)
        assert all(row[-1] is None for row in _tables(c)["observation"])  # uncalibrated
        held = _tables(c)
        rollups.rebuild(c)
        _same(held, _tables(c))


def test_what_the_device_said_stays_beside_the_value(
    store: Engine, lse01: Callable[..., tuple[str, bytes]]
) -> None:
    _probe(store)
    with writing(store) as c:
        calibrations.save(c, _calibration(3600))
        messages = [lse01("probe", _at(s), moisture=0.3) for s in (0, 3600, 7200)]
        ingest(c, [Message(topic, body, _at(7300)) for topic, body in messages])
        seen, stream = schema.observation.c, schema.datastream.c
        query = (
            select(seen.value, seen.uncalibrated, seen.flag)
            .join_from(schema.observation, schema.datastream, stream.id == seen.datastream_id)
            .where(stream.quantity == "soil_moisture")
            .order_by(seen.time)
        )
        found = [tuple(row) for row in c.execute(query)]
        others = c.scalars(
            select(seen.uncalibrated)
            .join_from(schema.observation, schema.datastream, stream.id == seen.datastream_id)
            .where(stream.quantity != "soil_moisture")
        ).all()
    assert found == [(0.3, None, 1), *[(pytest.approx(0.29), 0.3, 1)] * 2]
    assert set(others) == {None}


def test_flags_are_of_the_calibrated_value(store: Engine) -> None:
    """Impossible before, believable after, and the other way round; a step ends with `until`."""
    _probe(store)
    with writing(store) as c:
        _came(c, [(1, 30.0), (601, 31.0), (1201, 0.3), (1801, 0.31)])
        flags = [row[2] for row in _tables(c)["observation"]]
        assert flags[:2] == [4, 4]
        calibrations.save(c, _calibration(0, 1200, ("linear", (0.0, 0.01))))
        flags = [row[2] for row in _tables(c)["observation"]]
        assert flags == [1, 1, 1, 1]
        assert [row[1] for row in _tables(c)["rollup_hour"]] == [4]


def test_the_closest_calibration_holds(store: Engine) -> None:
    """Its own depth before every depth, then the one that began last."""
    _probe(store)
    shift = [_calibration(0, None, ("linear", (value, 1.0))) for value in (0.1, 0.2)]
    with writing(store) as c:
        _came(c, [(s, 0.1) for s in (0, 600, 1200, 1800)])
        calibrations.save(c, shift[0])
        calibrations.save(c, _calibration(600, 1800, ("linear", (0.2, 1.0))))
        calibrations.save(c, _calibration(1200, 1500, ("linear", (0.3, 1.0)), depth_cm=20.0))
        calibrations.save(c, _calibration(0, None, ("linear", (0.4, 1.0)), depth_cm=40.0))
        values = [row[1] for row in _tables(c)["observation"]]
        assert values == pytest.approx([0.2, 0.3, 0.4, 0.2])
        # The same beginning, quantity and depth again is a correction, of its whole stretch.
        calibrations.save(c, _calibration(600, 1000, ("linear", (0.25, 1.0))))
        values = [row[1] for row in _tables(c)["observation"]]
        assert values == pytest.approx([0.2, 0.35, 0.4, 0.2])
        kept = calibrations.of(c, "probe")
    assert [(one.depth_cm, one.since) for one in kept][-1] == (40.0, START)
    assert isnan(kept[0].depth_cm)
    assert len(kept) == 4


def test_long_stretches_are_computed_in_bounded_batches(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    own = readings.write

    def watched(c: Connection, rows: Any, *more: Any, **named: Any) -> Any:
        sizes.append(len(rows))
        return own(c, rows, *more, **named)

    _probe(store)
    with writing(store) as c:
        _came(c, [(i * 600, 0.2 + (i % 7) / 100) for i in range(250)])
        monkeypatch.setattr(calibrations, "_BATCH", 100)
        monkeypatch.setattr(readings, "write", watched)
        assert calibrations.save(c, _calibration(0)) == 250
    assert sizes == [100, 100, 50]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"how": ("linear", (0.0, 0.0))}, "gain is 0"),
        ({"until": 0}, "until 2026-03-28T12:00:00Z must be after"),
        ({"quantity": "moisture"}, "quantity 'moisture' is not known"),
        ({"device": "nobody"}, "device 'nobody' is not registered"),
    ],
)
def test_what_cannot_be_is_refused(store: Engine, change: dict[str, Any], told: str) -> None:
    _probe(store)
    with pytest.raises(ValueError, match=told), writing(store) as c:
        calibrations.save(c, _calibration(0, **change))


def test_taking_away_what_is_not_there_is_refused(store: Engine) -> None:
    _probe(store)
    with pytest.raises(ValueError, match="no calibration of rain"), writing(store) as c:
        calibrations.remove(c, "probe", "rain", START)
