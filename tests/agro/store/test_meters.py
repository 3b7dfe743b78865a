"""Meters and valves write irrigation by themselves: once, whatever the order, and never twice.

What the first tests expect is worked out by hand from what a counter and a valve say.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isnan, nan
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from agro.advice.beds import beds
from agro.advice.moment import Moment
from agro.advice.watering import waterings
from agro.records import Device, LogEntry, Noted, Site
from agro.store import calibrations, farms, logbook, meters, readings, writing
from agro.store.calibrations import Calibration
from agro.store.ingest import Message, ingest
from agro.store.meter_notes import counted_by
from agro.store.meter_runs import Run, metered, noon, timed
from agro.store.readings import Row

PARIS = ZoneInfo("Europe/Paris")
T0 = datetime(2026, 7, 20, tzinfo=PARIS)
AT = T0 + timedelta(days=2)
MINUTE, HOUR = 60, 3600
METER = "meter-1"
SITE, BED = "potager-des-ducs", "planche-1"  # 48 m², drip, 12 L/min, efficiency 0.9
Send = Callable[..., None]


def _at(minutes: float) -> int:
    return int(T0.timestamp()) + round(minutes * MINUTE)


def _shown(*said: tuple[float, float]) -> list[tuple[int, float]]:
    return [(_at(minutes), value) for minutes, value in said]


def _minutes(runs: Sequence[Run]) -> list[tuple[float, float, float]]:
    start = int(T0.timestamp())
    return [((run.start - start) / 60, (run.end - start) / 60, run.amount) for run in runs]


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        pytest.param([(0, 5.0), (60, 5.0)], [], id="nothing ran"),
        pytest.param([(360, 0.0), (370, 90.0), (380, 150.0)], [(360, 380, 150.0)], id="one run"),
        pytest.param(
            [(360, 0.0), (370, 9.0), (385, 9.0), (395, 20.0)],
            [(360, 395, 20.0)],
            id="a pause of a quarter of an hour is within a run",
        ),
        pytest.param(
            [(360, 0.0), (370, 9.0), (386, 9.0), (396, 20.0)],
            [(360, 370, 9.0), (386, 396, 11.0)],
            id="a longer pause ends it",
        ),
        pytest.param(
            [(360, 900.0), (370, 950.0), (380, 3.0), (390, 10.0)],
            [(360, 390, 57.0)],
            id="a counter that fell began again",
        ),
        pytest.param(
            [(700, 0.0), (730, 10.0), (760, 20.0)],
            [(700, 730, 10.0), (730, 760, 10.0)],
            id="midday ends a run",
        ),
        pytest.param(
            [(0, 0.0), (3 * 1440, 40.0)],
            [(2 * 1440, 3 * 1440, 40.0)],
            id="after a long silence it is of the last day",
        ),
        pytest.param([(0, 0.0), (32 * 1440, 40.0)], [], id="a month of silence tells no watering"),
    ],
)
def test_a_counter_tells_runs(
    said: Sequence[tuple[float, float]], runs: Sequence[tuple[float, float, float]]
) -> None:
    assert _minutes(metered(_shown(*said), PARIS)) == runs


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        pytest.param([(360, 1.0), (400, 0.0)], [(360, 400, 40.0)], id="open, shut"),
        pytest.param(
            [(360, 1.0), (370, 1.0), (400, 0.0), (410, 1.0), (420, 0.0)],
            [(360, 420, 50.0)],
            id="shut for a moment",
        ),
        pytest.param(
            [(360, 1.0), (400, 0.0), (416, 1.0), (420, 0.0)],
            [(360, 400, 40.0), (416, 420, 4.0)],
            id="two runs",
        ),
        pytest.param([(360, 1.0)], [(360, 600, 240.0)], id="still open"),
    ],
)
def test_a_valve_tells_runs(
    said: Sequence[tuple[float, float]], runs: Sequence[tuple[float, float, float]]
) -> None:
    assert _minutes(timed(_shown(*said), _at(600), PARIS)) == runs


def test_a_valve_that_is_never_heard_to_shut_was_open_for_no_one_knows_how_long() -> None:
    (run,) = timed(_shown((360, 1.0), (1200, 0.0)), _at(1300), PARIS)
    assert isnan(run.amount)
    assert run.end - run.start == 12 * HOUR


def test_midday_is_local_on_both_sides_of_the_change_of_hour() -> None:
    changed = datetime(2026, 10, 25, 13, tzinfo=PARIS)
    midday = noon(int(changed.timestamp()), PARIS)
    assert datetime.fromtimestamp(midday, PARIS) == changed.replace(hour=12)
    before = noon(midday - 1, PARIS)
    assert midday - before == 25 * HOUR


@pytest.fixture
def send(store: Engine) -> Send:
    """Ingests plain messages of the meter on the bed, each (minutes after midnight, values)."""
    with writing(store) as c:
        farms.save_device(c, Device(METER, "", "", SITE, BED, "Compteur"))

    def batch(*messages: tuple[float, Mapping[str, float]]) -> None:
        with writing(store) as c:
            ingest(c, [_message(*one) for one in messages])

    return batch


def _message(minutes: float, values: Mapping[str, float], device: str = METER) -> Message:
    time = (T0 + timedelta(minutes=minutes)).astimezone(UTC)
    body = {"time": f"{time:%FT%TZ}", "readings": values}
    return Message(f"agro/{SITE}/{device}", json.dumps(body).encode(), time + timedelta(seconds=2))


def volume(*said: tuple[float, float]) -> list[tuple[float, Mapping[str, float]]]:
    return [(minutes, {"water_volume": litres}) for minutes, litres in said]


def _noted(c: Connection, *, struck: bool = False) -> list[Noted]:
    found = logbook.noted(c, site=SITE, types=["irrigation"], struck=struck)
    return sorted(found, key=lambda one: one.entry.time)


def _entries(engine: Engine) -> list[tuple[str, float, float, str]]:
    """Source, minutes after midnight, quantity and unit of what stands."""
    with engine.connect() as c:
        return [_told(one) for one in _noted(c)]


def _told(one: Noted) -> tuple[str, float, float, str]:
    entry = one.entry
    return entry.source, (entry.time - T0).total_seconds() / 60, entry.quantity, entry.unit


def test_a_run_is_noted_once_when_it_is_over(store: Engine, send: Send) -> None:
    send(*volume((350, 1000.0), (360, 1000.0), (370, 1090.0), (380, 1150.0)))
    assert meters.keep_up(store, T0 + timedelta(minutes=394)) == 0
    assert meters.keep_up(store, T0 + timedelta(minutes=396)) == 1
    assert _entries(store) == [("meter", 360.0, 150.0, "L")]
    with store.connect() as c:
        (noted,) = _noted(c)
        assert meters.waiting(c) == []
    assert (noted.entry.plot, noted.entry.method, noted.revisions) == (BED, "metered", 0)
    assert noted.entry.details["device"] == METER
    send(*volume((370, 1090.0), (380, 1150.0)))
    assert meters.keep_up(store, AT) == 0
    assert len(_entries(store)) == 1


def test_late_data_corrects_the_run_by_the_meter_s_name(store: Engine, send: Send) -> None:
    send(*volume((360, 1000.0), (370, 1090.0)))
    meters.keep_up(store, AT)
    send(*volume((380, 1150.0)))
    assert meters.keep_up(store, AT) == 1
    assert _entries(store) == [("meter", 360.0, 150.0, "L")]
    with store.connect() as c:
        (noted,) = _noted(c)
        (change,) = logbook.history(c, noted.number)
    assert (change.who, change.action, change.reason) == ("meter", "corrected", "late_data")
    assert (change.before["quantity"], change.after["quantity"]) == (90.0, 150.0)


def test_two_runs_that_were_one_become_one_and_what_never_ran_is_struck(
    store: Engine, send: Send
) -> None:
    send(*volume((300, 0.0), (360, 0.0), (370, 9.0), (390, 9.0), (400, 20.0)))
    meters.keep_up(store, AT)
    assert len(_entries(store)) == 2
    send(*volume((380, 9.5)))
    assert meters.keep_up(store, AT) == 2
    assert _entries(store) == [("meter", 360.0, 20.5, "L")]
    corrected = [
        Row(METER, "water_volume", nan, _at(time), 0.0, 1) for time in (370, 380, 390, 400)
    ]
    with writing(store) as c:
        readings.write(c, corrected)
    assert meters.keep_up(store, AT) == 1
    assert _entries(store) == []
    with store.connect() as c:
        assert len(_noted(c, struck=True)) == 2


def test_what_a_person_struck_or_corrected_stays(store: Engine, send: Send) -> None:
    send(*volume((360, 0.0), (370, 90.0), (600, 90.0), (610, 95.0)))
    meters.keep_up(store, AT)
    with writing(store) as c:
        first, second = _noted(c)
        logbook.strike(c, first.number, who="Ana", reason="a test of the tap")
        mended = replace(second.entry, quantity=4.0)
        logbook.correct(c, second.number, mended, who="Ana", reason="read the meter")
    send(*volume((375, 91.0), (615, 99.0)))
    assert meters.keep_up(store, AT) == 0
    assert _entries(store) == [("meter", 600.0, 4.0, "L")]


def test_a_valve_s_minutes_are_litres_by_the_flow_of_its_plot(store: Engine, send: Send) -> None:
    send((360, {"valve_open": 1.0}), (385, {"valve_open": 0.0}))
    assert meters.keep_up(store, AT) == 1
    assert _entries(store) == [("valve", 360.0, 300.0, "L")]
    with store.connect() as c:
        (noted,) = _noted(c)
    assert (noted.entry.method, noted.entry.details["minutes"]) == ("timed", 25.0)


def test_a_valve_that_opened_by_a_clock_days_ahead_is_not_forgotten(
    store: Engine, send: Send
) -> None:
    send((220, {"valve_open": 1.0}))
    for at in (T0 - timedelta(days=1), AT):
        with writing(store) as c:
            meters.note_runs(c, METER, at)
    with store.connect() as c:
        assert len(_noted(c)) == 1


def test_a_valve_of_the_whole_site_tells_minutes(store: Engine) -> None:
    with writing(store) as c:
        farms.save_device(c, Device("valve", "", "", SITE, "", "Vanne"))
        said = ((360, {"valve_open": 1.0}), (385, {"valve_open": 0.0}))
        ingest(c, [_message(*one, device="valve") for one in said])
    meters.keep_up(store, AT)
    assert _entries(store) == [("valve", 360.0, 25.0, "min")]


def test_a_device_that_counts_litres_is_believed_on_its_counter(store: Engine, send: Send) -> None:
    send((360, {"valve_open": 1.0, "water_volume": 0.0}))
    send((385, {"valve_open": 0.0, "water_volume": 280.0}))
    meters.keep_up(store, AT)
    assert _entries(store) == [("meter", 360.0, 280.0, "L")]


def test_pulses_are_litres_once_somebody_says_how_many(store: Engine, send: Send) -> None:
    send((360, {"pulse_total": 0.0}), (385, {"pulse_total": 28.0}))
    assert meters.keep_up(store, AT) == 0
    start = T0 - timedelta(days=9)
    told = Calibration(METER, "water_volume", nan, start, None, "linear", (0.0, 10.0), "its plate")
    with writing(store) as c:
        calibrations.save(c, told)
    assert meters.keep_up(store, AT) == 1
    assert _entries(store) == [("meter", 360.0, 280.0, "L")]
    with writing(store) as c:
        calibrations.save(c, replace(told, coefficients=(0.0, 1.0)))
    assert meters.keep_up(store, AT) == 1
    assert _entries(store) == [("meter", 360.0, 28.0, "L")]
    with writing(store) as c:
        calibrations.remove(c, METER, "water_volume", start)
    assert meters.keep_up(store, AT) == 1
    assert _entries(store) == []


def test_water_is_of_the_plot_where_the_meter_stood(store: Engine, send: Send) -> None:
    send(*volume((360, 0.0), (370, 90.0)))
    with writing(store) as c:
        moved = Device(METER, "", "", SITE, "planche-2", "Compteur")
        farms.save_device(c, moved, since=T0 + timedelta(minutes=400))
    send(*volume((410, 100.0), (420, 130.0)))
    meters.keep_up(store, AT)
    with store.connect() as c:
        found = [(one.entry.plot, one.entry.quantity) for one in _noted(c)]
    assert found == [(BED, 90.0), ("planche-2", 30.0)]


def _said(source: str, minutes: float, litres: float, plot: str = BED, end: float = 0) -> LogEntry:
    time = (T0 + timedelta(minutes=minutes)).astimezone(UTC)
    details = {"end": (T0 + timedelta(minutes=end)).isoformat()} if end else {}
    told = {"source": source, "details": details}
    return LogEntry(SITE, plot, "irrigation", time, litres, "L", **told)  # type: ignore[arg-type]


def _given(store: Engine, *entries: LogEntry) -> dict[str, float]:
    """What reached the roots of each bed. [mm]"""
    with writing(store) as c:
        logbook.write(c, entries)
    with store.connect() as c:
        site = next(one for one in farms.sites(c) if one.slug == SITE)
        moment = Moment(AT.astimezone(UTC), PARIS)
        return _depths(c, site, moment)


def _depths(c: Connection, site: Site, moment: Moment) -> dict[str, float]:
    found = waterings(c, site.slug, beds(c, site, moment), T0, moment)
    return {plot: sum(one.depth for one in told.amounts) for plot, told in found.items()}


def test_a_watering_that_two_tell_of_is_credited_once_as_the_meter_told_it(store: Engine) -> None:
    run = _said("meter", 360, 240.0, end=400)
    note = _said("person", 455, 200.0)  # an hour after the end is still of it
    later = _said("person", 480, 48.0)
    valve = _said("valve", 355, 999.0, end=399)
    elsewhere = _said("person", 370, 96.0, plot="planche-2")
    told = [run, note, later, valve, elsewhere]
    assert counted_by(told) == [None, run, None, run, None]
    given = _given(store, *told)
    assert given[BED] == pytest.approx((240.0 + 48.0) / 48.0 * 0.9)
    assert given["planche-2"] == pytest.approx(96.0 / 48.0 * 0.9)


def test_a_meter_of_the_site_shares_what_nobody_noted(store: Engine) -> None:
    run, note = _said("meter", 360, 1000.0, plot="", end=400), _said("person", 370, 400.0)
    assert counted_by([run, note]) == [None, None]
    given = _given(store, run, note)
    assert given[BED] == pytest.approx(400.0 / 48.0 * 0.9)
    with store.connect() as c:
        area = {plot.slug: plot.area for plot in farms.plots(c, SITE)}
        systems = {one.slug: one.efficiency for one in farms.irrigation_systems(c, SITE)}
        efficiency = {plot.slug: systems[plot.irrigation] for plot in farms.plots(c, SITE)}
    litres = {plot: depth * area[plot] / efficiency[plot] for plot, depth in given.items()}
    assert sum(litres.values()) == pytest.approx(1000.0)
    assert min(litres.values()) > 0.0


def test_a_run_that_shrinks_while_it_is_ahead_of_the_clock_is_noted_once(
    store: Engine, send: Send
) -> None:
    first, rest = [(-2990.0, 100.0), (-1375.0, 105.0)], [(-1385.0, 100.0), (-1380.0, 100.0)]
    for shown, at in ((first, AT), (rest, T0 - timedelta(days=1))):
        send(*volume(*shown))
        with writing(store) as c:
            meters.note_runs(c, METER, at)
    with writing(store) as c:
        meters.note_runs(c, METER, AT)
        (one,) = _noted(c)
    lasted = datetime.fromisoformat(one.entry.details["end"]) - one.entry.time
    assert lasted == timedelta(minutes=5)


@st.composite
def _readings(draw: st.DrawFn) -> list[tuple[float, float]]:
    """Minutes after midnight and what a counter shows then, over some days, resets among them."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from([5, 10, 15, 16, 60, 400, 1600]),
                st.sampled_from([0.0, 0.0, 5.0, 12.5, -30.0]),
            ),
            min_size=2,
            max_size=9,
        )
    )
    minutes, litres, shown = -3000.0, 100.0, []
    for step, rise in steps:
        minutes, litres = minutes + step, max(litres + rise, 0.0)
        shown.append((minutes, litres))
    return shown


def _state(values: tuple[str, float]) -> Mapping[str, float]:
    quantity, value = values
    return {quantity: float(value > 0.0) if quantity == "valve_open" else value}


@pytest.mark.parametrize("quantity", ["water_volume", "valve_open"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shown=_readings(), data=st.data())
def test_nothing_is_lost_or_doubled_in_whatever_order_it_came(
    store: Engine, send: Send, quantity: str, shown: Any, data: st.DataObject
) -> None:
    if quantity == "valve_open":
        shown = [(time, float(data.draw(st.booleans()))) for time, _ in shown]
    again = data.draw(st.lists(st.sampled_from(shown), max_size=2))
    order = data.draw(st.permutations([*shown, *again]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=3)) | {0, len(order)})
    messages = [_message(time, _state((quantity, value))) for time, value in order]
    with store.connect().execution_options(writes=True) as c, c.begin() as transaction:
        for start, end in pairwise(cuts):
            ingest(c, messages[start:end])
            meters.note_runs(c, METER, data.draw(st.sampled_from([AT, T0 - timedelta(days=1)])))
        meters.note_runs(c, METER, AT)
        standing = [one.entry for one in _noted(c)]
        assert meters.note_runs(c, METER, AT) == 0
        transaction.rollback()
    times = [(_at(minutes), value) for minutes, value in shown]
    at = int(AT.timestamp())
    runs = metered(times, PARIS) if quantity == "water_volume" else timed(times, at, PARIS)
    runs = [run for run in runs if at - run.end > 900]
    spans = [(entry.time, datetime.fromisoformat(entry.details["end"])) for entry in standing]
    assert [(int(a.timestamp()), int(b.timestamp())) for a, b in spans] == [
        (run.start, run.end) for run in runs
    ]
    flow = 1.0 if quantity == "water_volume" else 12.0
    litres = [entry.quantity * (12.0 if entry.unit == "min" else 1.0) for entry in standing]
    assert litres == pytest.approx([run.amount * flow for run in runs], abs=0.06, nan_ok=True)
