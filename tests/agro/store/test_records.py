"""What is saved reads back the same: farms, logbook, weather, decisions, problems, life signs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import nan

import pandas as pd
import pytest
from sqlalchemy import Engine

from agro.packs import read_pack
from agro.records import Advice, Device, LogEntry, PlanDay
from agro.store import decisions, farms, heartbeat, logbook, problems, weather, writing
from agro.store.problems import ProblemRow

AT = datetime(2026, 7, 20, 5, tzinfo=UTC)


def test_a_pack_reads_back_as_it_was(store: Engine) -> None:
    pack = read_pack("dijon")
    with writing(store) as c:
        farms.save_pack(c, pack)  # a second time: nothing doubles
        assert farms.city(c) == pack.city
        assert set(farms.communes(c)) == set(pack.communes)
        assert (*farms.sites(c), farms.control_post(c)) == pack.sites  # the post is the last
        assert set(farms.soils(c)) == set(pack.soils)
        assert set(farms.irrigation_systems(c)) == set(pack.irrigation_systems)
        assert [repr(plot) for plot in farms.plots(c)] == [repr(plot) for plot in pack.plots]
        assert set(farms.plantings(c)) == set(pack.plantings)
        assert {device.device for device in farms.devices(c)} == {d.device for d in pack.devices}
        assert set(farms.trials(c)) == set(pack.trials)
        assert farms.normals(c) == pack.normals


def test_a_planting_that_left_the_pack_does_not_live_on(store: Engine) -> None:
    pack = read_pack("dijon")
    mended = replace(pack.plantings[0], planted=pack.plantings[0].planted - timedelta(days=1))
    with writing(store) as c:
        farms.save_pack(c, replace(pack, plantings=(mended, *pack.plantings[1:])))
        assert set(farms.plantings(c)) == {mended, *pack.plantings[1:]}


def test_a_device_of_no_site_is_refused(store: Engine) -> None:
    device = Device("probe", "", "dragino/lse01", "nowhere", "", "")
    with pytest.raises(ValueError, match="site 'nowhere'"), writing(store) as c:
        farms.save_device(c, device)


def test_the_same_log_entry_twice_is_one(store: Engine) -> None:
    with writing(store) as c:
        plot = farms.plots(c)[0]
        entry = LogEntry(plot.site, plot.slug, "irrigation", AT, 40.0, "L")
        later = LogEntry(plot.site, plot.slug, "observation", AT + timedelta(hours=1), notes="sec")
        assert logbook.write(c, [entry, later]) == 2
        assert logbook.write(c, [entry]) == 0
        assert logbook.entries(c, types=["irrigation"]) == [entry]
        assert logbook.entries(c, end=AT) == []
        assert [e.notes for e in logbook.entries(c, plot=plot.slug)] == ["", "sec"]


def test_weather_days_and_forecast(store: Engine) -> None:
    days = pd.DataFrame({"day": [date(2026, 7, 18), date(2026, 7, 19)], "tmax": [30.0, nan]})
    with writing(store) as c:
        site = farms.sites(c)[0].slug
        assert weather.write_days(c, site, "file", days) == 2
        read = weather.days(c, site, date(2026, 7, 18), date(2026, 7, 20))
        assert read["tmax"].tolist() == pytest.approx([30.0, nan], nan_ok=True)
        assert weather.forecast(c, site, AT) is None
        weather.write_forecast(c, site, "simulated", AT, days)
        assert weather.forecast(c, site, AT - timedelta(seconds=1)) is None
        frame, issued_at, source = (
            weather.forecast(c, site, AT + timedelta(hours=3)) or pytest.fail()
        )
    assert (issued_at, source, len(frame)) == (AT, "simulated", 2)


def test_advice_reads_back_as_it_was_given(store: Engine) -> None:
    with writing(store) as c:
        plot = farms.plots(c)[0]
        plan = (PlanDay(date(2026, 7, 21), 4.5, 0.0, 12.0, 3.0, 1.0, 6.0),)
        advice = Advice(
            plot.site,
            plot.slug,
            AT,
            "irrigate",
            AT + timedelta(hours=14),
            12.0,
            96.0,
            24.0,
            "depletion_above_raw",
            "high",
            21.0,
            18.0,
            45.0,
            0.9,
            0.5,
            crop="tomato",
            facts={"rain_next_3d_mm": 0.4},
            cautions=("no_probe",),
            plan=plan,
        )
        decisions.write(c, [advice])
        decisions.write(c, [advice])
        assert decisions.latest(c, plot.site) == [advice]
        assert decisions.history(c, plot.site, plot.slug) == [advice]


def test_the_same_problem_twice_is_one(store: Engine) -> None:
    row = ProblemRow(AT, "v3/app", "probe", "short_payload", payload="\x00\x01")
    with writing(store) as c:
        assert problems.write(c, [row, row]) == 1
        assert problems.counts(c) == {"short_payload": 1}
        assert problems.recent(c)["device"].tolist() == ["probe"]


def test_a_heartbeat_moves(store: Engine) -> None:
    with writing(store) as c:
        heartbeat.beat(c, "collector", AT, {"queue": 3})
        heartbeat.beat(c, "collector", AT + timedelta(minutes=1), {"queue": 0})
        assert heartbeat.read(c) == {"collector": (AT + timedelta(minutes=1), {"queue": 0})}
