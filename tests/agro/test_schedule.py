"""Advice that keeps itself up to date."""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from agro import schedule
from agro.records import Device, LogEntry
from agro.store import decisions, farms, heartbeat, logbook, meters, readings, schema, writing
from agro.store.readings import Row

AT = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)


def kept(engine: Engine) -> int:
    with engine.connect() as c:
        return len(decisions.latest(c))


def wait_until(true: Callable[[], object], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_every_plot_of_the_city_is_advised_and_kept(store: Engine) -> None:
    count = schedule.advise_all(store, AT)
    with store.connect() as c:
        assert count == len(farms.plots(c)) == len(decisions.latest(c))


def test_what_stays_the_same_is_not_written_again(store: Engine) -> None:
    schedule.advise_all(store, AT)
    schedule.advise_all(store, AT + timedelta(minutes=1), keep_all=False)
    with store.connect() as c:
        assert {advice.issued_at for advice in decisions.latest(c)} == {AT}
        plot = farms.plots(c)[0]
        entry = LogEntry(plot.site, plot.slug, "irrigation", AT, 30.0, "mm")
    with writing(store) as c:
        logbook.write(c, [entry])
    schedule.advise_all(store, AT + timedelta(minutes=2), keep_all=False)
    with store.connect() as c:
        changed = [a for a in decisions.latest(c) if a.issued_at > AT]
    assert [(advice.site, advice.plot) for advice in changed] == [(plot.site, plot.slug)]


def test_a_card_that_reads_the_same_is_the_same(store: Engine) -> None:
    schedule.advise_all(store, AT)
    with store.connect() as c:
        advice = decisions.latest(c)[0]
    assert schedule.says_the_same(advice, advice)
    assert not schedule.says_the_same(advice, None)
    assert not schedule.says_the_same(replace(advice, confidence="medium"), advice)
    drier = replace(advice, depletion_mm=advice.depletion_mm + 5.0)
    assert not schedule.says_the_same(drier, advice)


def test_a_fault_on_one_site_leaves_the_others_their_advice(
    store: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(store) as c:
        broken = farms.sites(c)[0].slug
        site_id = schema.site.c.slug == broken
        c.execute(update(schema.site).where(site_id).values(latitude=400.0))
    with caplog.at_level(logging.ERROR):
        schedule.advise_all(store, AT)
    with store.connect() as c:
        advised = {advice.site for advice in decisions.latest(c)}
        others = {site.slug for site in farms.sites(c)} - {broken}
    assert others <= advised
    assert broken not in advised
    assert any(broken in record.getMessage() for record in caplog.records)


def test_the_schedule_advises_at_start_after_new_data_and_until_it_is_stopped(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "REST_S", 0.1)
    monkeypatch.setattr(schedule, "LOOK_EVERY_S", 0.1)
    stop = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(store, stop, 3600.0))
    thread.start()
    try:
        wait_until(lambda: kept(store))
        with store.connect() as c:
            before = decisions.latest(c)
            probe = next(d for d in farms.devices(c) if d.plot and d.depths)
        now = int(time.time())
        with writing(store) as c:
            for depth in probe.depths:
                readings.write(c, [Row(probe.device, "soil_moisture", depth, now, 0.2, 1)])

        def heard() -> bool:
            with store.connect() as c:
                found = next(a for a in decisions.latest(c) if a.plot == probe.plot)
            return found not in before and found.facts.get("soil_moisture") == 0.2

        wait_until(heard)
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def test_what_a_meter_counted_is_noted_and_credited_by_itself(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_EVERY_S", 0.1)
    with writing(store) as c:
        site, plot = next((bed.site, bed.slug) for bed in farms.plots(c) if bed.area == 48.0)
        farms.save_device(c, Device("meter", "", "", site, plot, "Meter"))
        start = int(time.time()) - 7200
        said = ((start, 100.0), (start + 600, 400.0), (start + 1200, 400.0))
        rows = [Row("meter", "water_volume", math.nan, at, value, 1) for at, value in said]
        readings.write(c, rows)
    stop = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(store, stop, 3600.0))
    thread.start()

    def noted() -> list[LogEntry]:
        with store.connect() as c:
            return logbook.entries(c, site=site, types=["irrigation"])

    try:
        wait_until(noted)
        wait_until(lambda: kept(store))
    finally:
        stop.set()
        thread.join(30)
    assert [(one.plot, one.quantity, one.source) for one in noted()] == [(plot, 300.0, "meter")]
    with store.connect() as c:
        assert meters.waiting(c) == []


def test_late_data_and_late_notes_are_new_data(store: Engine) -> None:
    with store.connect() as c:
        probe = next(d for d in farms.devices(c) if d.plot and d.depths)
    last = int(AT.timestamp())

    def measure(time: int, at: datetime) -> object:
        with writing(store) as c:
            row = Row(probe.device, "soil_moisture", probe.depths[0], time, 0.2, 1)
            readings.write(c, [row], written_at=at)
        return schedule.newest_data(store)

    first = measure(last, AT)
    late = measure(last - 20 * 86400, AT + timedelta(seconds=5))
    assert late != first
    assert schedule.newest_data(store) == late
    old = LogEntry(probe.site, probe.plot, "irrigation", AT - timedelta(days=20), 30.0, "mm")
    with writing(store) as c:
        logbook.write(c, [old])
    assert schedule.newest_data(store) != late


def test_advice_is_issued_again_after_late_data_with_the_flags_it_changes(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "REST_S", 0.1)
    monkeypatch.setattr(schedule, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(schedule, "BEAT_EVERY_S", 0.0)
    with store.connect() as c:
        probe = next(d for d in farms.devices(c) if d.plot and len(d.depths) == 1)
    now = int(time.time())

    def measure(hours: range, values: Callable[[int], float]) -> None:
        rows = [
            Row(probe.device, "soil_moisture", probe.depths[0], now - 3600 * n, values(n), 1)
            for n in hours
        ]
        with writing(store) as c:
            readings.write(c, rows)

    def rejected() -> object:
        with store.connect() as c:
            found = next(a for a in decisions.latest(c) if a.plot == probe.plot)
        return "probe_rejected" in found.cautions

    measure(range(3), lambda n: 0.2 + 0.0007 * n)
    stop = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(store, stop, 3600.0))
    thread.start()
    try:
        wait_until(lambda: kept(store))
        assert not rejected()
        # What was missing comes: all that the probe has said for days is one and the same.
        measure(range(200), lambda _: 0.2003)
        wait_until(rejected)
        with store.connect() as c:
            assert readings.latest(c)["flag"].tolist() == [3]
            _, facts = heartbeat.read(c)["assessment"]
        assert facts["changed"] >= 200
    finally:
        stop.set()
        thread.join(30)
