"""The demo's season enters the store as uplinks, its faults are seen, its stations go on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isnan
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, create_engine, func, select

from agro import demo
from agro.config import now
from agro.demo import outlook, picking
from agro.demo.farm import Farm, read_farm
from agro.demo.history import simulate
from agro.demo.live import Fields, _look
from agro.demo.world import Season, World
from agro.errors import StoreError
from agro.records import (
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
)
from agro.store import (
    assessment,
    deliveries,
    farms,
    forecasts,
    logbook,
    meters,
    open_store,
    problems,
    readings,
    schema,
    weather,
    writing,
)
from agro.store.ingest import Message, ingest
from agro.store.lots import lots
from agro.store.meter_notes import counted_by
from sensors.simulated import soil as ground
from tests.climate import MONTHS

DAYS, SEED = 36, 2
UNTIL = demo.SEASON_END
BEDS = 12
ENDS = date(2026, 9, 30)  # of the plantings

# A climate like Dijon's in round numbers: this test is about the demo, not about the city pack.
NORMALS = Normals(
    station="test",
    source="test",
    tmean=(2.2, 3.4, 7.3, 10.5, 14.6, 18.1, 20.4, 20.1, 16.0, 11.8, 6.2, 2.9),
    **MONTHS,
)
TYPES = ("labour", "input", "maintenance", "observation", "compost", "harvest", "delivery")
PROBES = ("dragino/lse01", "milesight/em500-smtc", "decentlab/dl-trs12")


def _pack() -> CityPack:
    """A garden of twelve beds (one under glass) and a field on a hill."""
    beds = tuple(
        Plot("garden", f"bed-{n}", f"Bed {n}", "bed", 20.0, "loam", "drip", 47.3, 5.0, n == 5)
        for n in range(BEDS)
    )
    field = Plot("hill", "field", "Field", "field", 10000.0, "clay", "none", 47.3, 4.9)
    probes = tuple(
        Device(
            f"probe-{n}", f"A8404100018100{n:02X}", PROBES[n % 3], "garden", f"bed-{n}", "", (20.0,)
        )
        for n in range(6)
    )
    stations = tuple(
        Device(name, eui, model, site, "", name)
        for name, eui, model, site in (
            ("sky-1", "70B3D57BA0000001", "decentlab/dl-atm41", "garden"),
            ("gauge-1", "70B3D57BA0000002", "decentlab/dl-tbrg", "garden"),
            ("sky-2", "70B3D57BA0000003", "decentlab/dl-atm41", "hill"),
        )
    )
    profile = Device(
        "profile-1",
        "70B3D57BA0000004",
        "decentlab/dl-smtp",
        "hill",
        "field",
        "",
        (10.0, 30.0, 60.0),
    )
    crops = ("tomato", "lettuce", "carrot")
    return CityPack(
        city=City("test", "Test", "FR", "Europe/Paris", "fr", 47.3, 5.0, 250.0),
        communes=(Commune("1", "Test", 1, 1.0, 47.3, 5.0),),
        sites=(
            Site("garden", "Garden", "market_garden", "1", 47.3, 5.0, 250.0),
            Site("hill", "Hill", "field_station", "1", 47.3, 4.9, 400.0),
        ),
        soils=(
            Soil("garden", "loam", "loam", 0.25, 0.12, 9.0, 22.0, "test"),
            Soil("hill", "clay", "clay", 0.36, 0.22, 10.0, 26.0, "test"),
        ),
        irrigation_systems=(
            IrrigationSystem("garden", "drip", "drip", 10.0, 0.9, 0.4, 2.0, "05:30", "08:00"),
            IrrigationSystem("hill", "none", "none", 0.0, 1.0, 1.0, 0.0, "", ""),
        ),
        plots=(*beds, field),
        plantings=tuple(
            Planting("garden", bed.slug, crops[n % 3], "", date(2026, 5, 1 + n), ENDS)
            for n, bed in enumerate(beds)
        ),
        devices=(*probes, *stations, profile),
        trials=(),
        normals=NORMALS,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store with the small pack and its season, on SQLite."""
    file = tmp_path_factory.mktemp("demo") / "agro.sqlite"
    engine = open_store(f"sqlite:///{file.as_posix()}")
    with writing(engine) as c:
        farms.save_pack(c, _pack())
    done: list[tuple[int, int]] = []
    demo.fill(engine, days=DAYS, seed=SEED, progress=lambda *said: done.append(said))
    assert done == sorted(done)
    assert done[-1] == (DAYS, DAYS)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def farm(store: Engine) -> Farm:
    with store.connect() as c:
        return read_farm(c)


@pytest.fixture(scope="module")
def truth(farm: Farm) -> tuple[World, Season]:
    return simulate(farm, days=DAYS, seed=SEED, until=UNTIL)


def series(store: Engine, device: str, quantity: str) -> pd.DataFrame:
    with store.connect() as c:
        return readings.series(
            c, device=device, quantity=quantity, start=UNTIL - timedelta(days=DAYS + 1), end=UNTIL
        )


def test_every_device_has_spoken_and_nothing_was_refused(store: Engine, farm: Farm) -> None:
    with store.connect() as c:
        latest = readings.latest(c)
        assert problems.counts(c) == {}
    assert set(latest["device"]) == {device.device for device in farm.devices}
    spoken = latest[latest["device"] != "probe-3"].groupby("device")["time"].max()
    assert (spoken >= pd.Timestamp(UNTIL - timedelta(hours=1))).all()
    assert (spoken < pd.Timestamp(UNTIL)).all()


def test_the_season_was_written_when_it_happened(store: Engine) -> None:
    with store.connect() as c:
        newest = c.scalar(select(func.max(schema.datastream.c.written_at)))
    assert newest == int(UNTIL.timestamp())


def test_the_healthy_probe_shows_the_truth(store: Engine, truth: tuple[World, Season]) -> None:
    world, season = truth
    said = series(store, "probe-2", "soil_moisture")
    at = said["time"].astype("int64").to_numpy() / 1e6
    place = world.place("garden", season.moisture, season.times, 2)
    assert said["value"].to_numpy() == pytest.approx(place.moisture(20.0, at), abs=0.008)
    assert len(said) == pytest.approx(24 * DAYS + 4, abs=2)


def test_rain_in_the_store_is_the_rain_that_fell(
    store: Engine, truth: tuple[World, Season]
) -> None:
    world, _ = truth
    rain = world.skies["hill"].weather.rain[: world.hours].sum()
    assert series(store, "sky-2", "rain")["value"].sum() == pytest.approx(rain, abs=0.5)


def test_the_season_ends_with_dry_and_with_moist_beds(truth: tuple[World, Season]) -> None:
    world, season = truth
    gone = ground.depletion_share(
        world.soil, season.state.moisture, world.roots[world.hours // 24]
    )[:BEDS]
    assert (gone > 0.45).sum() >= 2
    assert (gone < 0.35).sum() >= 2


def test_waterings_are_in_the_logbook_as_litres(store: Engine, truth: tuple[World, Season]) -> None:
    _, season = truth
    with store.connect() as c:
        written = logbook.entries(c, types=["irrigation"])
    by_hand = [entry for entry in written if entry.source == "simulated"]
    by_hand_alone = [one for one in season.waterings if one.plot > 1]  # of bed 0 and 1, see below
    assert len(season.waterings) > BEDS
    assert {entry.unit for entry in written} == {"L"}
    own = [entry for entry in by_hand if entry.plot not in {"bed-0", "bed-1"}]
    assert len(own) == len(by_hand_alone)
    total = sum(entry.quantity for entry in own) * 0.9 / 20.0
    assert total == pytest.approx(sum(one.depth_mm for one in by_hand_alone), rel=0.01)
    assert not [entry for entry in written if entry.site == "hill"]
    assert max(entry.time for entry in written) < UNTIL - timedelta(hours=20)


def test_a_meter_and_a_valve_write_what_ran_through_them(
    store: Engine, truth: tuple[World, Season]
) -> None:
    _, season = truth
    with store.connect() as c:
        written = logbook.entries(c, types=["irrigation"])
        assert meters.waiting(c) == []
    for plot, source in ((0, "meter"), (1, "valve")):
        ran = [one for one in season.waterings if one.plot == plot]
        told = [one for one in written if (one.plot, one.source) == (f"bed-{plot}", source)]
        assert len(told) == len(ran) > 0
        litres = sum(one.depth_mm for one in ran) * 20.0 / 0.9
        assert sum(entry.quantity for entry in told) == pytest.approx(litres, rel=0.02)
        days = [entry.time.astimezone(farm_zone()).date() for entry in told]
        assert days == [
            datetime.fromtimestamp(one.time, UTC).astimezone(farm_zone()).date() for one in ran
        ]
    # Of the metered bed people note some, too: the balance takes the meter's.
    noted = [one for one in written if (one.plot, one.source) == ("bed-0", "simulated")]
    assert noted
    better = dict(zip(map(id, written), counted_by(written), strict=True))
    assert {run.source for one in noted if (run := better[id(one)])} == {"meter"}
    assert all(better[id(one)] for one in noted)


def farm_zone() -> ZoneInfo:
    return ZoneInfo("Europe/Paris")


def test_every_bed_was_sown_with_seed_of_a_lot(store: Engine) -> None:
    with store.connect() as c:
        sown = logbook.entries(c, site="garden", types=["seeding", "transplanting"])
        this_year = [entry for entry in sown if entry.time.year == UNTIL.year]
    assert all(entry.lot for entry in sown)
    assert {entry.plot for entry in this_year} - {""} == {f"bed-{n}" for n in range(BEDS)}
    set_out = {entry.lot for entry in sown if entry.type == "transplanting"}
    assert set_out <= {entry.lot for entry in sown if entry.type == "seeding"}


def test_harvests_are_weighed_or_counted_when_ripe_and_go_somewhere(store: Engine) -> None:
    with store.connect() as c:
        picked = logbook.entries(c, site="garden", types=["harvest"])
        sold = deliveries.deliveries(c, site="garden")
        stock = lots(c, "garden")
        plantings = {one.plot: one for one in farms.plantings(c, "garden")}
    some = [one for one in picked if one.quantity > 0 and one.notes == ""]
    assert {(one.crop, one.unit, one.method) for one in some} >= {
        ("lettuce", "head", "counted"),
        ("tomato", "kg", "weighed"),
    }
    for one in some:
        age = (one.time.date() - plantings[one.plot].planted).days
        assert age > 25, one
        assert one.time < UNTIL
    assert sold
    assert all(one.delivery.channel and one.delivery.lots for one in sold)
    assert all(one.unassigned == pytest.approx(0.0, abs=1e-6) for one in sold)
    assert min(lot.left for lot in stock) >= 0.0
    assert max(lot.left for lot in stock) > 0.0


def test_thirst_takes_its_share_of_what_is_picked(truth: tuple[World, Season]) -> None:
    world, season = truth
    dry = replace(season, moisture=np.repeat(world.soil.wilting_point[None], world.hours + 1, 0))
    wet = replace(season, moisture=np.repeat(world.soil.field_capacity[None], world.hours + 1, 0))
    lost, whole = (
        sum(one.mass for one in picking.picks(world, one_season, UNTIL))
        for one_season in (dry, wet)
    )
    assert 0.0 < lost < 0.6 * whole


def test_weeks_without_a_harvest_are_said(store: Engine) -> None:
    with store.connect() as c:
        picked = logbook.entries(
            c, types=["harvest"], start=UNTIL - timedelta(days=DAYS), end=UNTIL
        )
    for site in ("garden", "hill"):
        own = [one for one in picked if one.site == site]
        weeks = [one.time.isocalendar()[:2] for one in own if one.quantity == 0]
        assert len(weeks) == len(set(weeks))
        assert not set(weeks) & {one.time.isocalendar()[:2] for one in own if one.quantity > 0}
        assert {one.unit for one in own if one.quantity == 0} <= {"kg"}
    assert any(one.quantity == 0 for one in picked)


def test_a_slip_was_corrected_and_its_history_is_kept(store: Engine) -> None:
    with store.connect() as c:
        kept = logbook.noted(c, struck=True)
        changed = [logbook.history(c, one.number) for one in kept if one.revisions]
    told = {(one.action, one.reason) for history in changed for one in history}
    assert ("struck", "Noté deux fois") in told
    slips = [one for history in changed for one in history if one.reason == "Virgule oubliée"]
    assert slips
    for one in slips:
        assert one.before["quantity"] == pytest.approx(10.0 * one.after["quantity"])
        assert one.who


def test_three_seasons_before_have_their_plantings_and_totals(store: Engine) -> None:
    with store.connect() as c:
        grown = [one for one in farms.plantings(c) if one.source == "person"]
        totals = [one for one in logbook.entries(c, types=["harvest"]) if one.time.year < 2026]
    assert {one.planted.year for one in grown} == {2023, 2024, 2025}
    assert len(totals) == len(grown)
    assert all(one.quantity > 0 and one.unit == "kg" for one in totals)
    beds = [(one.plot, one.planted.year) for one in grown]
    assert len(set(beds)) == len(beds)


def test_work_and_what_the_beds_were_given_are_noted(store: Engine) -> None:
    with store.connect() as c:
        entries = logbook.entries(c, end=UNTIL)
    by_type = {kind: [one for one in entries if one.type == kind] for kind in TYPES}
    assert all(by_type.values()), {kind: len(found) for kind, found in by_type.items()}
    assert all(one.hours > 0 and one.details["status"] for one in by_type["labour"])
    assert all(one.details["n_percent"] > 0 and one.unit == "kg" for one in by_type["input"])
    assert all(one.details["biowaste_kg"] == one.quantity for one in by_type["compost"])


def test_the_faults_fall_on_the_devices_that_are_named(farm: Farm) -> None:
    named = demo.faulty_devices(farm.devices)
    assert {device: plan.kind for device, plan in named.items()} == {
        "probe-0": "gap",
        "probe-1": "stuck",
        "probe-3": "dead_battery",
        "probe-4": "noise",
        "probe-5": "offset",
        "gauge-1": "clogged_gauge",
    }


def test_the_stuck_probe_says_one_value_while_others_move(store: Engine) -> None:
    stuck = series(store, "probe-1", "soil_moisture")
    since = stuck["time"] > pd.Timestamp(UNTIL - timedelta(days=15.9))
    assert stuck["value"][since].nunique() == 1
    assert stuck["value"][~since].nunique() > 50
    assert stuck["value"].iloc[-1] == pytest.approx(stuck["value"][~since].iloc[-1], abs=0.02)


def test_the_dead_battery_is_seen_falling_and_then_silence(store: Engine) -> None:
    volts = series(store, "probe-3", "battery_voltage")
    assert volts["value"].iloc[0] > 3.4
    assert volts["value"].iloc[-1] < 2.6
    silent = pd.Timestamp(UNTIL) - volts["time"].iloc[-1]
    assert timedelta(days=6) < silent < timedelta(days=6.5)


def test_the_clogged_gauge_misses_rain_that_the_station_beside_it_measures(store: Engine) -> None:
    since = pd.Timestamp(UNTIL - timedelta(days=DAYS))
    gauge, sky = (series(store, device, "rain") for device in ("gauge-1", "sky-1"))
    assert gauge["value"][gauge["time"] > since].sum() == 0.0
    assert sky["value"][sky["time"] > since].sum() > 10.0


def test_the_loose_plug_is_flagged_and_its_values_are_kept(store: Engine) -> None:
    said = series(store, "probe-4", "soil_moisture")
    jumped = said["value"] > 0.8
    assert jumped.any()
    assert (said["flag"][jumped] == 4).all()
    assert (said["flag"] == 1).mean() > 0.95


def test_the_gap_is_a_day_and_a_half(store: Engine) -> None:
    times = series(store, "probe-0", "soil_moisture")["time"]
    assert timedelta(hours=36) <= times.diff().max() <= timedelta(hours=38)


def test_the_season_ends_assessed_and_flags_are_on_the_faults(store: Engine, farm: Farm) -> None:
    faulty = demo.faulty_devices(farm.devices)
    names = [device.device for device in farm.devices]
    with store.connect() as c:
        assert assessment.backlog(c).datastreams == 0
        found = assessment.flag_counts(c, names, UNTIL - timedelta(days=DAYS + 1), UNTIL)
    flagged = (found["suspect"] + found["failed"]).groupby(found["device"]).sum()
    kinds = {device: plan.kind for device, plan in faulty.items()}
    tests = found.set_index(["device", "quantity"])[list(assessment.TESTS)]
    for device, kind in kinds.items():
        if kind == "stuck":
            assert tests.loc[(device, "soil_moisture"), "flat"].sum() > 14 * 24, device
        if kind == "noise":
            assert tests.loc[(device, "soil_moisture"), "range"].sum() > 0, device
    # Watered and rained on, and believed: nobody's bed is doubted because its grower was there.
    healthy = found[~found["device"].isin(kinds)]
    assert healthy["rain_response"].sum() == 0
    share = flagged.drop(list(kinds), errors="ignore").sum() / healthy["observations"].sum()
    assert share < 0.002


def test_each_morning_has_a_forecast_that_is_near_the_truth_but_not_it(
    store: Engine, farm: Farm, truth: tuple[World, Season]
) -> None:
    world, _ = truth
    true = outlook.daily_truth(farm, world.skies["garden"])
    errors: list[pd.DataFrame] = []
    with store.connect() as c:
        for day in range(DAYS):
            found = weather.forecast(c, "garden", UNTIL - timedelta(days=day))
            assert found is not None
            frame, issued_at, source = found
            assert source == "simulated"
            assert timedelta(0) <= UNTIL - timedelta(days=day) - issued_at < timedelta(hours=1)
            assert len(frame) == outlook.LEAD_DAYS
            errors.append((frame - true.loc[frame.index]).reset_index(drop=True))
    every = pd.concat(errors)
    first, last = every[every.index == 0], every[every.index == 7]
    assert every["tmax"].abs().min() > 0.0
    assert first["tmax"].abs().mean() < 1.5 < last["tmax"].abs().mean() < 5.0
    assert abs(every["tmax"].mean()) < 1.0
    assert first["rain"].abs().mean() < last["rain"].abs().mean()


def test_the_bounds_of_forecast_rain_hold_most_of_the_time(
    farm: Farm, truth: tuple[World, Season]
) -> None:
    world, _ = truth
    true = outlook.daily_truth(farm, world.skies["hill"])
    within = []
    for day in list(true.index[14:-20]):
        told = outlook.issue(true, day, seed=5).set_index("day")
        fell = true.loc[told.index, "rain"]
        within += list((told["rain_low"] <= fell) & (fell <= told["rain_high"]))
        assert (told["rain_low"] <= told["rain"]).all()
        assert (told["rain"] <= told["rain_high"]).all()
    assert 0.7 < np.mean(within) < 0.97


def test_the_first_yields_are_foreseen_and_looked_back_at(store: Engine) -> None:
    with store.connect() as c:
        sites = [one.slug for one in farms.sites(c)]
        found = [one for site in sites for one in forecasts.latest(c, site, at=UNTIL)]
        times = set().union(*(forecasts.history(c, site)["issued_at"] for site in sites))
    assert found
    assert {one.issued_at for one in found} == {UNTIL}
    assert all(one.low <= one.middle <= one.high for one in found if not isnan(one.middle))
    assert len(times) > 1
    assert max(times) == int(UNTIL.timestamp())


def test_filling_again_changes_nothing(store: Engine) -> None:
    def counts() -> dict[str, int]:
        tables = (schema.observation, schema.log, schema.forecast, schema.problem)
        with store.connect() as c:
            return {t.name: c.scalar(select(func.count()).select_from(t)) or 0 for t in tables}

    before = counts()
    demo.fill(store, days=4, seed=SEED)
    simulated_otherwise = counts()  # a shorter season is another one, but of the same messages
    demo.fill(store, days=4, seed=SEED)
    assert counts() == simulated_otherwise
    # A valve speaks when it is opened, and that was on other days.
    assert abs(simulated_otherwise["observation"] - before["observation"]) < 50


def test_a_store_without_a_city_is_refused(sqlite_url: str) -> None:
    engine = open_store(sqlite_url)
    with pytest.raises(StoreError, match="load a city pack"):
        demo.fill(engine, days=3)
    engine.dispose()


def test_no_days_is_refused(store: Engine) -> None:
    with pytest.raises(ValueError, match="days must be at least 1: 0"):
        demo.fill(store, days=0)


def test_the_demo_clock_starts_at_the_season_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_CLOCK", demo.season_clock(datetime.now(UTC)))
    assert abs(now() - demo.SEASON_END) < timedelta(seconds=5)


def test_water_written_in_the_logbook_reaches_the_simulated_soil(farm: Farm) -> None:
    fields = Fields(farm, days=5, seed=SEED, until=UNTIL)
    dry = fields.state.moisture[:2, 0].mean()
    end = UNTIL.timestamp()
    watered = LogEntry("garden", "bed-0", "irrigation", UNTIL, 400.0, "L")
    fields.go_on(end + 600, [watered])
    wet = fields.state.moisture[:2, 0].mean()
    assert wet > dry + 0.03
    fields.go_on(end + 1200, [watered])
    assert fields.state.moisture[:2, 0].mean() <= wet
    nothing = LogEntry("garden", "bed-1", "irrigation", UNTIL)
    assert isnan(nothing.quantity)
    before = fields.state.moisture[:2, 1].mean()
    fields.go_on(end + 1800, [nothing])
    assert fields.state.moisture[:2, 1].mean() <= before + 1e-4


@pytest.fixture
def field_store(sqlite_url: str) -> Iterator[Engine]:
    """A store with the small pack and nothing measured."""
    engine = open_store(sqlite_url)
    with writing(engine) as c:
        farms.save_pack(c, _pack())
    yield engine
    engine.dispose()


_PROGRAM = (
    "from agro.config import settings; from agro.demo import live_main; "
    f"live_main(settings(), days=3, seed={SEED}, report_every=2)"
)


@pytest.mark.service
def test_live_stations_publish_what_the_store_takes_and_stop_when_told(
    field_store: Engine, sqlite_url: str, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = demo.season_clock(datetime.now(UTC))
    monkeypatch.setenv("AGRO_CLOCK", clock)
    heard: list[Message] = []
    listener = Client(CallbackAPIVersion.VERSION2)
    listener.on_message = lambda _c, _u, m: heard.append(Message(m.topic, m.payload, now()))
    listener.connect("127.0.0.1", mosquitto.port)
    listener.subscribe([("v3/+/devices/+/up", 1), ("application/+/device/+/event/up", 1)])
    listener.loop_start()
    settings = {"AGRO_DATABASE_URL": sqlite_url, "AGRO_BROKER_URL": mosquitto.url}
    stations = subprocess.Popen([sys.executable, "-c", _PROGRAM], env=os.environ | settings)
    try:
        deadline = monotonic() + 60
        while len({message.topic for message in heard}) < 9:
            assert stations.poll() is None
            assert monotonic() < deadline, "the stations are not heard"
            sleep(0.1)
        stations.terminate()
        assert stations.wait(10) == 0
    finally:
        stations.kill()
        listener.disconnect()
        listener.loop_stop()
    with writing(field_store) as c:
        ingest(c, heard)
        assert problems.counts(c) == {}
        latest = readings.latest(c)
        assert weather.forecast(c, "garden", now()) is None  # the next is due tomorrow morning
    silent = {device.device for device in _pack().devices} - set(latest["device"])
    assert silent == {"probe-3"}
    assert (latest["time"] >= pd.Timestamp(UNTIL)).all()


def test_a_new_morning_brings_a_new_forecast(field_store: Engine, farm: Farm) -> None:
    fields = Fields(farm, days=3, seed=SEED, until=UNTIL)
    next_day = UNTIL + timedelta(days=1)
    assert _look(field_store, fields, next_day, UNTIL, UNTIL) == next_day
    with field_store.connect() as c:
        found = weather.forecast(c, "garden", next_day)
    assert found is not None
    assert found[1] == next_day.replace(hour=4, minute=0)
    assert fields.time == next_day.timestamp()


def test_stations_go_on_without_the_database(
    tmp_path: Path, farm: Farm, caplog: pytest.LogCaptureFixture
) -> None:
    fields = Fields(farm, days=3, seed=SEED, until=UNTIL)
    empty = create_engine(f"sqlite:///{(tmp_path / 'empty.sqlite').as_posix()}")
    later = UNTIL + timedelta(days=1)
    assert _look(empty, fields, later, UNTIL, UNTIL) == UNTIL
    assert fields.time == later.timestamp()
    assert "the stations go on without the database" in caplog.text
    empty.dispose()
