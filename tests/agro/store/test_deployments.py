"""A moved, re-buried or replaced probe leaves its past where it was, however late it is told."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select, text

from agro import store as store_package
from agro.packs import read_pack
from agro.records import Device
from agro.store import (
    calibrations,
    deployments,
    farms,
    migrate,
    open_store,
    readings,
    rollups,
    schema,
    things,
    writing,
)
from agro.store.calibrations import Calibration
from agro.store.ingest import Ingested, Message, ingest

NOW = datetime(2026, 7, 20, 5, tzinfo=UTC)
MOVED = datetime(2026, 7, 18, 22, tzinfo=UTC)  # a local midnight
SITE = "potager-des-ducs"
Lse01 = Callable[..., tuple[str, bytes]]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_CLOCK", f"{NOW.isoformat()}@{datetime.now(UTC).timestamp():.0f}")


def _plots(engine: Engine) -> list[str]:
    with engine.connect() as c:
        return [plot.slug for plot in farms.plots(c, SITE)]


def _save(engine: Engine, device: Device, since: datetime | None = None, **more: Any) -> Ingested:
    with writing(engine) as c:
        return things.save_device(c, device, since=since, **more)


def _send(engine: Engine, lse01: Lse01, name: str = "probe", **more: Any) -> None:
    """An uplink every hour of three days, with moistures that tell them apart."""
    start = NOW - timedelta(days=3)
    messages = [
        lse01(name, start + timedelta(hours=h), moisture=0.2 + h / 1000) for h in range(3 * 24 + 1)
    ]
    with writing(engine) as c:
        ingest(c, [Message(topic, body, NOW) for topic, body in messages], **more)


def _days(engine: Engine, **where: Any) -> dict[tuple[str, str, float], int]:
    """(plot, day, depth) → how many values."""
    span = {"start": NOW - timedelta(days=9), "end": NOW + timedelta(days=1)}
    with engine.connect() as c:
        frame = rollups.daily(c, quantity="soil_moisture", **span, **where)
    rows = zip(frame["plot"], frame["day"], frame["depth_cm"], frame["count"], strict=True)
    return {(plot, f"{day:%d}", depth): count for plot, day, depth, count in rows}


def _probe(engine: Engine, **more: Any) -> Device:
    known = Device("probe", "A1", "dragino/lse01", SITE, _plots(engine)[0], "Probe", (20.0,))
    return replace(known, **more)


def test_the_past_stays_with_the_old_plot(store: Engine, lse01: Lse01) -> None:
    first, second, *_ = _plots(store)
    _save(store, _probe(store))
    _send(store, lse01)
    before = _days(store)
    assert {plot for plot, *_ in before} == {first}
    _save(store, _probe(store, plot=second), MOVED)
    after = _days(store)
    assert sum(after.values()) == sum(before.values())
    assert {(plot, day) for plot, day, _ in after} == {
        (first, "17"),
        (first, "18"),
        (second, "19"),
        (second, "20"),
    }
    span = {"start": MOVED - timedelta(hours=2), "end": MOVED + timedelta(hours=2)}
    with store.connect() as c:
        hours = rollups.hourly(c, quantity="soil_moisture", device="probe", **span)
        (now_there,) = readings.latest(c).query("quantity == 'soil_moisture'")["plot"]
    assert hours["plot"].tolist() == [first, first, second, second]
    assert now_there == second


def test_another_site_keeps_its_own_past(store: Engine, lse01: Lse01) -> None:
    with store.connect() as c:
        other = next(site.slug for site in farms.sites(c) if site.slug != SITE)
    _save(store, _probe(store, plot=""))
    _send(store, lse01)
    _save(store, _probe(store, plot="", site=other), MOVED)
    assert {day for _, day, _ in _days(store, site=SITE)} == {"17", "18"}
    assert {day for _, day, _ in _days(store, site=other)} == {"19", "20"}


def test_a_device_is_found_where_it_stood_at_a_time(store: Engine) -> None:
    """Of one site, and among those of no plot, also when it was moved away from there since."""
    with store.connect() as c:
        other = next(site.slug for site in farms.sites(c) if site.slug != SITE)
    _save(store, _probe(store, plot=""))
    _save(store, _probe(store, site=other, plot=_plot_of(store, other)), MOVED)
    with store.connect() as c:
        for at, here in ((MOVED - timedelta(hours=1), SITE), (MOVED + timedelta(hours=1), other)):
            for site in (SITE, other):
                names = {one.device for one in farms.devices(c, site, at=at)}
                assert ("probe" in names) is (site == here)
            serving = {one.device for one in farms.site_devices(c, at)}
            assert ("probe" in serving) is (here == SITE)
            everyone = farms.devices(c, at=at)
            assert farms.site_devices(c, at) == [one for one in everyone if not one.plot]
            assert farms.devices(c, here, at=at) == [one for one in everyone if one.site == here]


def _plot_of(engine: Engine, site: str) -> str:
    with engine.connect() as c:
        return farms.plots(c, site)[0].slug


@pytest.mark.parametrize("told", ["before", "after"])
def test_depths_are_those_of_the_value_s_time(store: Engine, lse01: Lse01, told: str) -> None:
    """Told before or after the data came, a new depth gives the same observations."""
    _save(store, _probe(store))
    if told == "before":
        _save(store, _probe(store, depths=(35.0,)), MOVED)
    _send(store, lse01)
    if told == "after":
        _save(store, _probe(store, depths=(35.0,)), MOVED)
    plot = _plots(store)[0]
    assert set(_days(store)) == {(plot, d, depth) for d, depth in _DEPTHS}
    with store.connect() as c:
        for depth, first, last in ((20.0, NOW - timedelta(days=3), MOVED), (35.0, MOVED, NOW)):
            seen = readings.series(
                c,
                device="probe",
                quantity="soil_moisture",
                start=NOW - timedelta(days=9),
                end=NOW + timedelta(days=1),
                depth_cm=depth,
            )
            assert seen["time"].min() == first
            assert seen["time"].max() <= last
            stream = schema.datastream.c
            newest = select(stream.latest_time, stream.latest_value).where(
                stream.quantity == "soil_moisture", stream.depth_cm == depth
            )
            assert tuple(c.execute(newest).one()) == (
                int(seen["time"].max().timestamp()),
                seen["value"].iloc[-1],
            )
        found = _rolled(c)
    with writing(store) as c:
        rollups.rebuild(c)
        assert _rolled(c) == [pytest.approx(row, rel=1e-12) for row in found]


_DEPTHS = (("17", 20.0), ("18", 20.0), ("19", 35.0), ("20", 35.0))


def _rolled(c: Any) -> list[tuple[float, ...]]:
    tables = (schema.rollup_hour, schema.rollup_day)
    return [
        tuple(-1.0 if value is None else float(value) for value in row)
        for table in tables
        for row in c.execute(select(table).order_by(*table.primary_key))
    ]


def test_levels_that_change_places_do_not_meet(store: Engine) -> None:
    model, plot = "tinovi/pm-io-5-sm", _plots(store)[0]
    device = Device("two", "", model, SITE, plot, "Two", (10.0, 30.0))
    _save(store, device)
    start = int((NOW - timedelta(hours=10)).timestamp())
    rows = [
        readings.Row("two", "soil_moisture", depth, start + i * 600, value, 1)
        for i in range(30)
        for depth, value in ((10.0, 0.1), (30.0, 0.3))
    ]
    with writing(store) as c:
        readings.write(c, rows)
    _save(store, replace(device, depths=(30.0, 10.0)), NOW - timedelta(hours=8))
    span = {"start": NOW - timedelta(days=1), "end": NOW}
    with store.connect() as c:
        seen = readings.series(c, device="two", quantity="soil_moisture", **span)
    counts = seen.groupby(["depth_cm", "value"]).size().to_dict()
    assert counts == {(10.0, 0.1): 12, (10.0, 0.3): 18, (30.0, 0.3): 12, (30.0, 0.1): 18}


def test_a_device_taken_away_stands_nowhere_until_it_is_put_again(
    store: Engine, lse01: Lse01
) -> None:
    from agro.store import problems, quarantine

    _save(store, _probe(store))
    with writing(store) as c:
        things.take_away(c, "probe", MOVED)
    _send(store, lse01)
    with store.connect() as c:
        assert "probe" not in {device.device for device in farms.devices(c)}
        assert things.device_named(c, "probe") is not None
        assert readings.latest(c).empty
        (waits,) = quarantine.waiting(c)
        assert problems.counts(c) == {"not_deployed": waits.messages}
    assert (waits.device, waits.messages) == ("probe", 32)  # from MOVED on
    assert {day for _, day, _ in _days(store)} == {"17", "18"}
    again = MOVED + timedelta(hours=12)
    done = _save(store, _probe(store, plot=_plots(store)[1]), again)
    assert (done.messages, done.problems) == (32, 0)  # the problems of the first twelve are known
    assert sum(_days(store).values()) == 73 - 12
    with store.connect() as c:
        assert quarantine.waiting(c) == []


def test_values_from_memory_go_where_the_device_stood_then(store: Engine) -> None:
    """History of an EM500-SMTC, sent after it was moved and buried deeper."""
    device = _probe(store, model="milesight/em500-smtc")
    _save(store, device)
    _save(store, replace(device, depths=(40.0,)), NOW - timedelta(hours=1))
    memory = b"".join(
        b"\x20\xce"
        + int(at.timestamp()).to_bytes(4, "little")
        + (300).to_bytes(2, "little")  # conductivity
        + (180).to_bytes(2, "little", signed=True)  # temperature 0.1 °C
        + (2500).to_bytes(2, "little")  # moisture 0.01 %
        for at in (NOW - timedelta(hours=2), NOW - timedelta(minutes=30))
    )
    body = {
        "time": NOW.isoformat(),
        "deviceInfo": {"devEui": "A1", "deviceName": "probe"},
        "fPort": 85,
        "data": base64.b64encode(memory).decode(),
    }
    with writing(store) as c:
        message = ("application/1/device/A1/event/up", json.dumps(body).encode())
        ingest(c, [Message(*message, NOW)])
        seen = readings.series(
            c,
            device="probe",
            quantity="soil_moisture",
            start=NOW - timedelta(days=1),
            end=NOW + timedelta(hours=1),
        )
    found = dict(zip(seen["depth_cm"], seen["time"], strict=True))
    assert found == {20.0: NOW - timedelta(hours=2), 40.0: NOW - timedelta(minutes=30)}


def test_a_pack_opens_nothing_again_and_moves_nothing_back(store: Engine) -> None:
    pack = read_pack("dijon")
    one = next(device for device in pack.devices if device.plot)
    with writing(store) as c:
        before = c.execute(select(schema.deployment)).all()
        farms.save_pack(c, pack)
        assert c.execute(select(schema.deployment)).all() == before
        plots = [p.slug for p in farms.plots(c, one.site) if p.slug != one.plot]
        things.save_device(c, replace(one, plot=plots[0]))
        farms.save_pack(c, pack)  # says what it said before: a person knows better
        assert things.device_named(c, one.device).plot == plots[0]  # type: ignore[union-attr]
        mended = replace(one, depths=(*one.depths[:-1], 77.0))
        others = tuple(d for d in pack.devices if d.device != one.device)
        farms.save_pack(c, replace(pack, devices=(mended, *others)))
        assert things.device_named(c, one.device) == replace(mended, eui=one.eui.upper())
        assert len(deployments.history(c, one.device)) in (2, 3)


def test_times_that_cannot_be_are_refused(store: Engine) -> None:
    _save(store, _probe(store), NOW - timedelta(days=2))
    other = _probe(store, depths=(40.0,))
    with pytest.raises(ValueError, match="has changed at 2026-07-18T05:00:00Z"):
        _save(store, other, NOW - timedelta(days=3))
    with pytest.raises(ValueError, match="is in the future"):
        _save(store, other, NOW + timedelta(days=1))
    with pytest.raises(ValueError, match="give a later time"), writing(store) as c:
        things.take_away(c, "probe", NOW - timedelta(days=2))
    _save(store, other, NOW - timedelta(days=2))  # the same time: it was never so
    with store.connect() as c:
        (stay,) = deployments.history(c, "probe")
    assert (stay.depths, stay.until) == ((40.0,), None)


def test_calibrations_end_with_their_probe(store: Engine, lse01: Lse01) -> None:
    _save(store, _probe(store))
    start = NOW - timedelta(days=9)
    line = Calibration("probe", "soil_moisture", 20.0, start, None, "linear", (0.1, 1.0), "lab")
    with writing(store) as c:
        calibrations.save(c, line)
    _send(store, lse01)
    _save(store, _probe(store, eui="B2"), MOVED)
    with store.connect() as c:
        (kept,) = calibrations.of(c, "probe")
        seen = readings.series(
            c, device="probe", quantity="soil_moisture", start=start, end=NOW + timedelta(hours=1)
        )
    assert kept.until == MOVED
    is_old = seen["time"] < MOVED
    hours = (seen["time"] - (NOW - timedelta(days=3))).dt.total_seconds() / 3600
    wanted = (0.2 + hours / 1000).round(4) + is_old * 0.1
    assert seen["value"].tolist() == pytest.approx(wanted.tolist())


def test_what_was_registered_before_has_stood_there_since_ever(database_url: str) -> None:
    engine = open_store(database_url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        known = c.execute(select(schema.thing.c.id).order_by(schema.thing.c.id)).all()
    _downgrade(engine, "0001")
    migrate(engine)
    with engine.connect() as c:
        own = schema.deployment.c
        found = c.execute(select(own.thing_id, own.since, own.until).order_by(own.thing_id)).all()
        assert [tuple(row) for row in found] == [(id_, 0, None) for (id_,) in known]
        assert len(farms.devices(c)) == len(known) > 0
        assert c.scalar(text("SELECT COUNT(*) FROM thing")) == len(known)
    engine.dispose()


def _downgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", f"{Path(store_package.__file__).parent}/migrations")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
