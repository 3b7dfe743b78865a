"""A gauge that counts gives the rain that one measuring it would have, in whatever order it came.

What the first tests expect is worked out by hand from how the makers' counters behave: a total
only ever rises, a day's begins again at midnight.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import isnan, nan
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, select

from agro.advice import stations
from agro.advice.moment import Moment
from agro.records import Device
from agro.store import archive, assessment, calibrations, counters, farms, readings, schema, writing
from agro.store.calibrations import Calibration
from agro.store.counter_series import fallen
from agro.store.ingest import Message, ingest
from agro.store.readings import Row
from sensors import quality
from sensors.quality import GOOD, MISSING, SUSPECT

PARIS = ZoneInfo("Europe/Paris")
T0 = datetime(2026, 7, 20, tzinfo=PARIS)
MINUTE, HOUR = 60, 3600
GAUGE = "gauge"
STATION = "34271334ED1FADA6D8B988B14267E55D"
Register = Callable[..., Device]
Send = Callable[..., None]


@pytest.fixture
def send(store: Engine, register: Register) -> Send:
    """Ingests plain messages of a gauge, each (minutes after midnight, values), in one batch."""
    site = register(GAUGE, model="", depths=()).site

    def batch(*messages: tuple[float, Mapping[str, float | None]], arrived: float = 0.0) -> None:
        with writing(store) as c:
            ingest(c, [_message(site, *one, arrived=arrived) for one in messages])

    return batch


def _message(
    site: str, minutes: float, values: Mapping[str, float | None], *, arrived: float = 0.0
) -> Message:
    time = (T0 + timedelta(minutes=minutes)).astimezone(UTC)
    body = {"time": f"{time:%FT%TZ}", "readings": values}
    came = T0 + timedelta(minutes=arrived) if arrived else time + timedelta(seconds=2)
    return Message(f"agro/{site}/{GAUGE}", json.dumps(body).encode(), came)


def _stored(c: Connection, device: str = GAUGE, quantity: str = "rain") -> list[tuple[Any, ...]]:
    stream, thing = schema.datastream.c, schema.thing.c
    query = (
        select(schema.observation)
        .join(schema.datastream, stream.id == schema.observation.c.datastream_id)
        .join(schema.thing, thing.id == stream.thing_id)
        .where(thing.device == device, stream.quantity == quantity)
        .order_by(schema.observation.c.time)
    )
    return [tuple(row) for row in c.execute(query)]


def _rain(engine: Engine, device: str = GAUGE) -> dict[int, float]:
    """Minutes after midnight → rain; NaN = none is known."""
    with engine.connect() as c:
        rows = _stored(c, device)
    start = int(T0.timestamp())
    return {(row[1] - start) // MINUTE: nan if row[2] is None else row[2] for row in rows}


def _flags(engine: Engine) -> list[int]:
    with engine.connect() as c:
        return [row[3] for row in _stored(c)]


DAY = 1440
CASES = [
    pytest.param("rain_total", {0: 812.0, 10: 812.2, 20: 813.0}, {10: 0.2, 20: 0.8}, id="rises"),
    pytest.param(
        "rain_day", {1430: 6.4, 1439: 6.8, 1450: 0.6}, {1439: 0.4, 1450: 0.6}, id="midnight"
    ),
    pytest.param("rain_total", {0: 812.0, 10: 1.2, 20: 1.6}, {10: nan, 20: 0.4}, id="new battery"),
    pytest.param("rain_day", {0: 5.334, 10: 5.08, 20: 5.334}, {10: 0.0, 20: 0.254}, id="rounding"),
    pytest.param("rain_total", {0: 3.0, 480: 15.0}, {480: 12.0}, id="eight hours of silence"),
    pytest.param("rain_total", {0: 3.0, 1560: 15.0}, {1560: nan}, id="a total after 26 hours"),
    pytest.param("rain_day", {0: 3.0, 1560: 15.0}, {1560: 15.0}, id="a day's after 26 hours"),
    pytest.param("rain_day", {0: 0.4}, {}, id="the first reading"),
    pytest.param("rain_day", {0: 1.0, 10: nan, 20: 1.5}, {20: 0.5}, id="a reading without value"),
    pytest.param("rain_day", {0: 1.0, 10: -3.0, 20: 1.5}, {20: 0.5}, id="an impossible reading"),
    pytest.param("rain_rate", {0: 6.0, 10: 6.0, 20: 0.0}, {}, id="a rate alone is not summed up"),
]


@pytest.mark.parametrize(("counter", "shown", "expected"), CASES)
@pytest.mark.parametrize("together", [True, False])
def test_what_a_counter_rose_by_is_rain(
    store: Engine,
    send: Send,
    counter: str,
    shown: dict[int, float],
    expected: dict[int, float],
    together: bool,
) -> None:
    messages = [
        (at, {counter: None if isnan(value) else value, "snr": 7.0}) for at, value in shown.items()
    ]
    for some in [messages] if together else [[one] for one in messages]:
        send(*some)
    assert _rain(store) == pytest.approx(expected, nan_ok=True)
    assert _flags(store) == [MISSING if isnan(value) else GOOD for value in expected.values()]


def test_a_late_reading_shares_the_rain_with_the_next(store: Engine, send: Send) -> None:
    send((0, {"rain_total": 10.0}), (20, {"rain_total": 12.0}))
    assert _rain(store) == {20: 2.0}
    send((10, {"rain_total": 10.4}), arrived=25)
    assert _rain(store) == pytest.approx({10: 0.4, 20: 1.6})
    assert _flags(store) == [GOOD, GOOD]  # the device contradicted nothing
    send((-10, {"rain_total": 9.0}), arrived=30)
    assert _rain(store) == pytest.approx({0: 1.0, 10: 0.4, 20: 1.6})
    with store.connect() as c:
        day = readings.latest(c).set_index("quantity").loc["rain"]
        totals = c.scalars(select(schema.rollup_day.c.total).order_by("start")).all()
    assert day["value"] == pytest.approx(1.6)
    assert pytest.approx(3.0) in totals


def test_late_readings_far_apart_in_one_batch(store: Engine, send: Send) -> None:
    send(*((10 * n, {"rain_day": 0.4 * n}) for n in range(12)))
    send((5, {"rain_day": 0.3}), (65, {"rain_day": 2.5}), arrived=120)
    late = {5: 0.3, 10: 0.1, 65: 0.1, 70: 0.3}
    told = dict.fromkeys(range(10, 120, 10), 0.4) | late
    assert _rain(store) == pytest.approx(dict(sorted(told.items())))


def test_the_same_message_again_changes_nothing(store: Engine, send: Send) -> None:
    messages = [(10 * n, {"rain_day": 0.2 * n, "rain_total": 90.0 + 0.2 * n}) for n in range(5)]
    tables = (schema.datastream, schema.observation, schema.rollup_hour, schema.rollup_day)

    def everything() -> list[list[tuple[Any, ...]]]:
        with store.connect() as c:
            found = (c.execute(select(one).order_by(*one.primary_key)) for one in tables)
            return [[tuple(row) for row in rows] for rows in found]

    send(*messages, arrived=60)
    before = everything()
    assert _rain(store) == pytest.approx(dict.fromkeys((10, 20, 30, 40), 0.2))
    send(*messages, arrived=60)
    send(messages[2], arrived=60)
    after = everything()
    written = schema.datastream.c.keys().index("written_at")
    assert [row[:written] for row in after[0]] == [row[:written] for row in before[0]]
    assert after[1:] == before[1:]


def test_a_device_that_states_rain_is_left_alone(store: Engine, send: Send) -> None:
    for n in range(4):
        send((10 * n, {"rain_total": 50.0 + n, "rain": 0.1 * n}))
    assert _rain(store) == pytest.approx({0: 0.0, 10: 0.1, 20: 0.2, 30: 0.3})
    send((25, {"rain_total": 52.5, "rain": 0.4}), arrived=40)
    send((5, {"rain_total": 50.6}), (40, {"rain_total": 57.0}), arrived=45)
    assert _rain(store) == pytest.approx({0: 0.0, 10: 0.1, 20: 0.2, 25: 0.4, 30: 0.3})


def test_rain_that_the_device_states_of_a_later_time_covers_the_time_before(
    store: Engine, send: Send
) -> None:
    send((0, {"rain_total": 50.0}), (10, {"rain_total": 51.0, "rain": 0.7}))
    send((5, {"rain_total": 50.5}), arrived=20)
    assert _rain(store) == {10: 0.7}


def test_readings_kept_before_rain_was_computed_tell_it_when_they_come_again(
    store: Engine, send: Send
) -> None:
    messages = [(10 * n, {"rain_total": 50.0 + n}) for n in range(4)]
    send(*messages)
    with writing(store) as c:
        c.execute(delete(schema.observation).where(schema.observation.c.value == 1.0))
    assert _rain(store) == {}
    send(messages[2])
    assert _rain(store) == {20: 1.0, 30: 1.0}


@pytest.mark.parametrize("first", ["rain", "rain_total"])
def test_rain_stated_in_messages_of_its_own_is_left_alone_too(
    store: Engine, send: Send, first: str
) -> None:
    other = "rain" if first == "rain_total" else "rain_total"
    for n in range(4):
        for offset, quantity in ((0, first), (1, other)):
            send((10 * n + offset, {quantity: 0.5 if quantity == "rain" else 20.0 + n}))
    assert _rain(store) == dict.fromkeys((10 * n + (first != "rain") for n in range(4)), 0.5)


def test_of_two_counters_the_day_s_is_used(store: Engine, send: Send) -> None:
    send((0, {"rain_total": 90.0}), (10, {"rain_total": 90.6}))
    assert _rain(store) == pytest.approx({10: 0.6})
    send((20, {"rain_total": 91.0, "rain_day": 3.0}), (30, {"rain_total": 95.0, "rain_day": 3.2}))
    assert _rain(store) == pytest.approx({10: 0.6, 30: 0.2})


def test_a_clock_that_was_wrong_makes_the_rain_on_both_sides_suspect(
    store: Engine, send: Send
) -> None:
    send((0, {"rain_total": 10.0}), (20, {"rain_total": 12.0}), (30, {"rain_total": 12.5}))
    send((10, {"rain_total": 11.0}), arrived=10 + 30 * DAY)
    assert _rain(store) == pytest.approx({10: 1.0, 20: 1.0, 30: 0.5})
    assert _flags(store) == [SUSPECT, SUSPECT, GOOD]
    with store.connect() as c:
        assert [row[4] for row in _stored(c)] == [quality.Test.CLOCK, quality.Test.CLOCK, 0]


def test_a_reading_of_two_values_makes_the_rain_on_both_sides_suspect(
    store: Engine, send: Send
) -> None:
    send(*((10 * n, {"rain_total": 10.0 + n}) for n in range(4)))
    send((10, {"rain_total": 11.5}))
    assert _rain(store) == pytest.approx({10: 1.5, 20: 0.5, 30: 1.0})
    assert _flags(store) == [SUSPECT, SUSPECT, GOOD]


def test_a_reading_that_is_taken_back_takes_its_rain_along(store: Engine, send: Send) -> None:
    send((0, {"rain_total": 10.0}), (10, {"rain_total": 11.0}), (20, {"rain_total": 12.0}))
    send((10, {"rain_total": None, "snr": 7.0}))
    assert _rain(store) == pytest.approx({10: nan, 20: 2.0}, nan_ok=True)
    send((10, {"rain_total": 11.5}))
    assert _rain(store) == pytest.approx({10: 1.5, 20: 0.5})


def test_nothing_falls_between_two_gauges(store: Engine, send: Send) -> None:
    """The gauge is replaced by one that has counted more, under the same name."""
    send((0, {"rain_total": 10.0}), (10, {"rain_total": 10.2}))
    with writing(store) as c:
        device = next(one for one in farms.devices(c) if one.device == GAUGE)
        other = replace(device, eui="A84041FFFF24A438")
        farms.save_device(c, other, since=T0 + timedelta(minutes=15))
    send((20, {"rain_total": 30.0}), (30, {"rain_total": 30.4}))
    assert _rain(store) == pytest.approx({10: 0.2, 30: 0.4})


def test_devices_without_a_counter_pay_nothing(store: Engine) -> None:
    rows = [Row("probe", "soil_moisture", 20.0, 1_800_000_000, 0.2, GOOD)]
    with store.connect() as c:
        known = readings.datastreams(c, ["probe"])
        c.close()  # a query would fail
        told = counters.with_rain(c, rows, known)
    assert told[0] is rows
    assert told[1] is known


def test_rain_is_calibrated_by_itself(store: Engine, send: Send) -> None:
    known = (datetime(2026, 1, 1, tzinfo=UTC), None, "linear", (0.0, 1.1), "test")
    with writing(store) as c:
        for quantity in ("rain", "rain_total"):
            calibrations.save(c, Calibration(GAUGE, quantity, nan, *known))
    send((0, {"rain_total": 10.0}), (20, {"rain_total": 12.0}))
    assert _rain(store) == pytest.approx({20: 2.2})
    send((10, {"rain_total": 11.0}), (20, {"rain_total": 12.0}))
    assert _rain(store) == pytest.approx({10: 1.1, 20: 1.1})
    with writing(store) as c:
        calibrations.remove(c, GAUGE, "rain", known[0])
    assert _rain(store) == pytest.approx({10: 1.0, 20: 1.0})


def test_messages_kept_aside_tell_their_rain_once_accepted(store: Engine) -> None:
    with writing(store) as c:
        site = farms.sites(c)[0].slug
        messages = [_message(site, 10 * n, {"rain_day": 0.4 * n}) for n in range(4)]
        ingest(c, [messages[n] for n in (2, 0, 3, 1)])
    assert _rain(store) == {}
    with writing(store) as c:
        farms.save_device(c, Device(GAUGE, "", "", site, "", GAUGE))
    assert _rain(store) == pytest.approx(dict.fromkeys((10, 20, 30), 0.4))


def test_a_late_reading_of_an_archived_month_is_told_as_any(
    store: Engine, send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))
    turn = int((datetime(2026, 7, 1, tzinfo=UTC) - T0).total_seconds()) // MINUTE
    send(*((turn + at, {"rain_total": 50.0 + at / 10}) for at in (-20, -10, 0, 10, 40)))
    before = {turn - 10: 1.0, turn: 1.0, turn + 10: 1.0, turn + 40: 3.0}
    for month in ("2026-06", "2026-07"):
        archive.archive_month(store, month)
    assert _rain(store) == {}
    late = {turn - 5: 49.5, turn + 5: 50.6}
    send(*((at, {"rain_total": value}) for at, value in late.items()), arrived=turn + 60)
    told = before | {turn - 5: 0.5, turn: 0.5, turn + 5: 0.6, turn + 10: 0.4}
    assert _rain(store) == pytest.approx(dict(sorted(told.items())))


def test_two_collectors_share_a_counter(store: Engine, send: Send) -> None:
    """Each has a reading that the other does not see yet."""
    send((0, {"rain_total": 10.0}))
    other = threading.Thread(target=send, args=((20, {"rain_total": 13.0}),))
    with writing(store) as c:
        site = next(one.site for one in farms.devices(c) if one.device == GAUGE)
        ingest(c, [_message(site, 10, {"rain_total": 11.0})])
        other.start()
        other.join(0.5)
        assert other.is_alive()  # it waits for us
    other.join(30)
    assert _rain(store) == pytest.approx({10: 1.0, 20: 2.0})


@st.composite
def _counts(draw: st.DrawFn) -> tuple[str, list[tuple[int, float]], float]:
    """A counter, its readings, and the rain that fell from the first to the last of them."""
    counter = draw(st.sampled_from(["rain_day", "rain_total"]))
    steps = draw(
        st.lists(
            st.tuples(st.integers(1, 180), st.integers(0, 40), st.booleans()),
            min_size=1,
            max_size=20,
        )
    )
    shown, minute, rain = draw(st.integers(0, 500)) * 0.2, 0, 0.0
    found = [(minute, shown)]
    for minutes, tips, begins in steps:
        minute, fell = minute + minutes, tips * 0.2
        # A beginning that shows: after it the counter shows less than before.
        is_new = begins and counter == "rain_day" and fell < shown - 0.4
        shown, rain = (fell if is_new else shown + fell), rain + fell
        found.append((minute, shown))
    return counter, found, rain


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(counted=_counts(), data=st.data())
def test_rain_is_the_counter_s_increase_in_whatever_order(
    store: Engine, register: Register, counted: Any, data: st.DataObject
) -> None:
    counter, shown, rain = counted
    order: Sequence[tuple[int, float]] = data.draw(
        st.permutations([*shown, *data.draw(st.lists(st.sampled_from(shown), max_size=6))])
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=4)) | {0, len(order)})
    site = register(GAUGE, model="", depths=()).site
    with store.connect().execution_options(writes=True) as c, c.begin() as transaction:
        for start, end in pairwise(cuts):
            some = order[start:end]
            ingest(c, [_message(site, at, {counter: v}, arrived=DAY * 3) for at, v in some])
        rows = _stored(c)
        transaction.rollback()
    assert [row[3] for row in rows] == [GOOD] * (len(shown) - 1)
    assert sum(row[2] for row in rows) == pytest.approx(rain, abs=1e-6)


@pytest.mark.parametrize(
    ("before", "now", "hours", "daily", "total"),
    [
        pytest.param(8.0, 7.8, 0.1, 0.0, 0.0, id="a rounding is no rain"),
        pytest.param(8.0, 7.0, 0.1, 7.0, nan, id="a new beginning"),
        pytest.param(8.0, 9.0, 24.9, 1.0, 1.0, id="within the longest day"),
        pytest.param(8.0, 9.0, 25.0, 9.0, nan, id="a day's counter began again in between"),
    ],
)
def test_what_fell_between(
    before: float, now: float, hours: float, daily: float, total: float
) -> None:
    seconds = round(hours * HOUR)
    assert fallen(before, now, seconds, is_daily=True) == daily
    assert fallen(before, now, seconds, is_daily=False) == pytest.approx(total, nan_ok=True)


@pytest.mark.parametrize(
    ("stated", "total"), [pytest.param(False, 12.0, id="counts"), pytest.param(True, 0.0, id="not")]
)
def test_a_silence_that_a_counter_spans_lacks_nothing(
    store: Engine, send: Send, stated: bool, total: float
) -> None:
    """A gauge that states rain lacks what fell in the silence, so its next value is suspect."""
    shown = {**{10 * n: 40.0 for n in range(12)}, **{600 + 10 * n: 52.0 for n in range(6)}}
    for at, value in shown.items():
        more = {"rain": 0.5 if at == 600 else 0.0} if stated else {}
        send((at, {"rain_total": value, **more}))
    assessment.assess_all(store)
    with store.connect() as c:
        moment = Moment(T0 + timedelta(days=1, hours=6), PARIS)
        days = stations.read_stations(c, T0.date(), moment).gauges.total[GAUGE]
        flagged = {row[1]: row[3] for row in _stored(c)}
    assert days.tolist() == pytest.approx([total])
    assert flagged[int(T0.timestamp()) + 600 * MINUTE] == (SUSPECT if stated else GOOD)


def test_an_ecowitt_station_gives_the_advice_its_daily_rain(
    store: Engine, register: Register
) -> None:
    """Three local days of posts every ten minutes, in inches; the counter begins at midnight."""
    register(STATION, model="", depths=())
    fell = {(0, 30): 0.04, (0, 141): 0.12, (1, 2): 0.2, (1, 143): 0.01, (2, 60): 0.5}  # day, tenth
    messages, total = [], 3.0
    for day in range(3):
        shown = 0.0
        for tenth in range(144):
            shown, total = (one + fell.get((day, tenth), 0.0) for one in (shown, total))
            at = (T0 + timedelta(days=day, minutes=10 * tenth + 1)).astimezone(UTC)
            form = {
                "PASSKEY": STATION,
                "dateutc": f"{at:%F %T}",
                "tempf": "68.0",
                "rainratein": f"{6 * fell.get((day, tenth), 0.0):.3f}",
                "dailyrainin": f"{shown:.3f}",
                "totalrainin": f"{total:.3f}",
            }
            body = urlencode(form).encode()
            messages.append(Message("ecowitt", body, at + timedelta(seconds=5)))
    for start in range(0, len(messages), 40):
        with writing(store) as c:
            ingest(c, messages[start : start + 40])
    assessment.assess_all(store)
    with store.connect() as c:
        moment = Moment(T0 + timedelta(days=3, hours=6), PARIS)
        gauges = stations.read_stations(c, T0.date(), moment).gauges
    days = [date(2026, 7, 20) + timedelta(days=n) for n in range(3)]
    assert gauges.total[STATION].to_dict() == pytest.approx(
        dict(zip(days, [0.16 * 25.4, 0.21 * 25.4, 0.5 * 25.4], strict=True))
    )
    assert gauges.coverage[STATION].min() >= 0.99
