"""How devices do is read from daily sums, the same on both databases."""

from datetime import UTC, datetime, timedelta
from math import nan

import pytest
from sqlalchemy import Engine, insert, select

from agro.records import Device
from agro.store import farms, health, problems, readings, schema, stations, writing
from agro.store.problems import ProblemRow
from agro.store.readings import Row

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
DAYS = 40


def _at(days: float = 0.0, hours: float = 0.0) -> int:
    return int((NOW - timedelta(days=days, hours=hours)).timestamp())


@pytest.fixture
def garden(store: Engine) -> Engine:
    """Two hourly probes of forty days: one's battery falls by 0.02 V a day, it fell silent."""
    with writing(store) as c:
        site = farms.sites(c)[0].slug
        for name in ("well", "weak", "mute"):
            farms.save_device(c, Device(name, "", "dragino/lse01", site, "", name, (20.0,)))
        rows = []
        for hour in range(DAYS * 24):
            at = _at(hours=hour) - 600
            flag = 4 if hour in (30, 31, 60) else 1
            rows.append(Row("well", "soil_moisture", 20.0, at, 0.25, flag))
            rows.append(Row("well", "battery_voltage", nan, at, 3.6, 1))
            rows.append(Row("well", "rssi", nan, at, -90.0 - hour % 3, 1))
            if hour >= 10:
                rows.append(Row("weak", "soil_moisture", 20.0, at, 0.25, 3 if hour == 10 else 1))
                rows.append(Row("weak", "battery_voltage", nan, at, 2.8 + hour / 1200, 1))
        readings.write(c, rows)
    return store


def test_one_row_for_each_device(garden: Engine) -> None:
    with garden.connect() as c:
        seen = stations.overview(c).set_index("device")
        assert set(seen.index) == {one.device for one in farms.devices(c)}
        assert len(stations.overview(c, seen.loc["well", "site"])) < len(seen)
    assert seen.loc["well", "seen"].timestamp() == _at() - 600
    assert seen["seen"].isna()["mute"]
    assert seen.loc["well", "rssi"] == -90.0
    assert seen.loc["weak", "battery_voltage"] == pytest.approx(2.8 + 10 / 1200)
    assert list(seen.loc["weak", ["suspect", "failed", "missing"]]) == [1, 0, 0]


def test_an_empty_register_is_an_empty_table(database_url: str) -> None:
    from agro.store import open_store

    engine = open_store(database_url)
    with engine.connect() as c:
        assert stations.overview(c).empty
        assert stations.battery_forecasts(c, NOW) == {}
        assert stations.radio_week(c, NOW).empty
        assert stations.flag_days(c, ["x"], NOW).empty
    engine.dispose()


def test_usual_intervals(garden: Engine) -> None:
    with garden.connect() as c:
        found = stations.intervals(c, NOW)
    assert found == {"well": 3600.0, "weak": 3600.0}
    assert stations.silent_after(3600.0) == timedelta(hours=3)
    assert stations.silent_after(60.0) == timedelta(hours=1)
    assert stations.silent_after(nan) == stations.SILENT_AFTER


def test_the_battery_that_falls_gets_a_date(garden: Engine) -> None:
    with garden.connect() as c:
        found = stations.battery_forecasts(c, NOW)
        assert len(stations.battery_days(c, NOW, "weak")) == DAYS + 1
    assert found["well"].outlook == "steady"
    assert found["weak"].outlook == "falling"
    assert found["weak"].left == pytest.approx(0.1 / 0.02, abs=1.0)


def test_the_week_s_signal(garden: Engine) -> None:
    with garden.connect() as c:
        week = stations.radio_week(c, NOW)
    assert week.loc["well", "rssi"] == pytest.approx(-91.0, abs=0.2)


def test_days_by_flag(garden: Engine) -> None:
    with garden.connect() as c:
        days = stations.flag_days(c, ["well", "mute"], NOW - timedelta(days=5))
    assert set(days["device"]) == {"well"}
    assert days["failed"].sum() == 3
    assert set(days.loc[days["failed"] > 0, "day"].map(str)) == {"2026-07-18", "2026-07-20"}


def test_lost_frames_and_problems_of_a_device(garden: Engine) -> None:
    with writing(garden) as c:
        thing = c.scalar(select(schema.thing.c.id).where(schema.thing.c.device == "well"))
        gaps = [
            {"thing_id": thing, "after": _at(3), "before": _at(2), "missing": 5, "state": "open"},
            {
                "thing_id": thing,
                "after": _at(5),
                "before": _at(4),
                "missing": 2,
                "state": "given_up",
            },
            {"thing_id": thing, "after": _at(90), "before": _at(80), "missing": 9, "state": "open"},
        ]
        c.execute(insert(schema.frame_gap), gaps)
        problems.write(
            c, [ProblemRow(NOW, "t", "well", "bad_payload", payload=str(i)) for i in range(4)]
        )
    with garden.connect() as c:
        assert stations.lost_frames(c, NOW - timedelta(days=30)) == {"well": 7}
        assert stations.problem_counts(c, NOW - timedelta(days=7)) == {"well": 4}
        assert list(stations.problems_of(c, "well")["reason"]) == ["bad_payload"] * 4
        assert health.problems_since(c, NOW - timedelta(days=1)) == {"bad_payload": 4}
        waiting = health.waiting(c)
    assert (waiting.gaps, waiting.missing, waiting.given_up) == (2, 14, 2)


def test_the_newest_values_are_those_of_the_readings(garden: Engine) -> None:
    with garden.connect() as c:
        newest = stations.newest(c, ["weak", "well"])
        latest = readings.latest(c)
    latest = latest[latest["device"].isin(["weak", "well"])].reset_index(drop=True)
    columns = list(newest.columns)
    assert newest.equals(latest[columns])


def test_the_store_tells_of_itself(garden: Engine) -> None:
    with garden.connect() as c:
        assert health.revision(c) >= "0002"
        assert health.size(c) > 100_000
        assert health.flow(c, NOW).newest == NOW - timedelta(seconds=600)
        heard = {one.device: one for one in health.heard(c)}
        clock = health.clock(c)
    assert heard["mute"].seen is None
    assert heard["weak"].battery_voltage == pytest.approx(2.8 + 10 / 1200)
    if garden.dialect.name == "postgresql":
        assert clock is not None
        assert abs(clock - datetime.now(UTC)) < timedelta(seconds=5)
    else:
        assert clock is None
