"""Flags are a function of the stored records, however and in whatever order these came."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, text, update

from agro.records import LogEntry
from agro.store import (
    archive,
    assessment,
    farms,
    logbook,
    marks,
    readings,
    rollups,
    schema,
    writing,
)
from agro.store.assessment import work
from agro.store.readings import Row
from sensors import quality

START = datetime(2026, 6, 1, tzinfo=UTC)
T0 = int(START.timestamp())
HOUR, DAY = 3600, 86400
SITE, PLOT = "potager-des-ducs", "planche-1"
PROBE, OTHER = "potager-des-ducs-planche-1-lse01", "potager-des-ducs-planche-2-lse01"
GAUGE, STATION = "potager-des-ducs-site-dl-tbrg", "potager-des-ducs-site-dl-atm41"
Stored = dict[tuple[str, str, float, int], tuple[float | None, int, int]]


def moisture(values: Sequence[float], *, start: int = T0, every: int = HOUR) -> list[Row]:
    return [
        Row(PROBE, "soil_moisture", 20.0, start + n * every, value, 1)
        for n, value in enumerate(values)
    ]


def rain(amounts: dict[int, float], hours: int, *, device: str = GAUGE) -> list[Row]:
    return [Row(device, "rain", nan, T0 + n * HOUR, amounts.get(n, 0.0), 1) for n in range(hours)]


def drying(count: int, *, first: float = 0.3) -> list[float]:
    return [round(first - 0.0004 * n, 4) for n in range(count)]


def keep(engine: Engine, rows: Sequence[Row], *, said: bool = False) -> None:
    with writing(engine) as c:
        readings.write(c, rows, said=said)


def stored(engine: Engine) -> Stored:
    own, thing, seen = schema.datastream.c, schema.thing.c, schema.observation.c
    query = (
        select(
            thing.device, own.quantity, own.depth_cm, seen.time, seen.value, seen.flag, seen.tests
        )
        .join_from(schema.observation, schema.datastream, own.id == seen.datastream_id)
        .join(schema.thing)
    )
    with engine.connect() as c:
        return {tuple(row[:4]): tuple(row[4:]) for row in c.execute(query)}


def flagged(engine: Engine, quantity: str = "soil_moisture") -> dict[int, quality.Test]:
    """Hours after the start → tests, of what is suspect or worse."""
    return {
        (key[3] - T0) // HOUR: quality.Test(tests)
        for key, (_, flag, tests) in stored(engine).items()
        if key[1] == quantity and flag in (3, 4)
    }


def waiting(engine: Engine) -> int:
    with engine.connect() as c:
        return assessment.backlog(c).datastreams


def water(engine: Engine, at: datetime, quantity: float = 20.0, unit: str = "mm") -> None:
    with writing(engine) as c:
        logbook.write(c, [LogEntry(SITE, PLOT, "irrigation", at, quantity, unit)])


def test_a_spike_is_seen_once_the_value_after_it_has_come(store: Engine) -> None:
    values = drying(20)
    values[10] += 0.1
    keep(store, moisture(values[:11]))
    assessment.assess_all(store)
    assert 10 not in flagged(store)
    keep(store, moisture(values[11:], start=T0 + 11 * HOUR))
    done = assessment.assess_all(store)
    assert flagged(store) == {10: quality.Test.SPIKE}
    assert (done.changed, done.left, waiting(store)) == (1, 0, 0)


def test_values_stay_and_rollups_and_latest_follow_the_flags(store: Engine) -> None:
    rows = moisture([0.2503] * 200)  # stuck for eight days
    keep(store, rows)
    before = {key: value for key, (value, _, _) in stored(store).items()}
    assessment.assess_all(store)
    assert {key: value for key, (value, _, _) in stored(store).items()} == before
    assert set(flagged(store).values()) == {quality.Test.FLAT}
    assert len(flagged(store)) == 200
    with writing(store) as c:
        assert readings.latest(c)["flag"].tolist() == [3]
        days = rollups.daily(
            c, quantity="soil_moisture", start=START - timedelta(days=1), end=START + timedelta(9)
        )
        assert days["suspect"].sum() == 200
        assert days["count"].sum() == 0
        rollups.rebuild(c)
        again = rollups.daily(
            c, quantity="soil_moisture", start=START - timedelta(days=1), end=START + timedelta(9)
        )
    assert again.equals(days)


def test_assessing_again_changes_nothing(store: Engine) -> None:
    values = drying(300)
    values[100] = 0.9
    values[150:280] = [values[150]] * 130
    keep(store, [*moisture(values), *rain({120: 5.0}, 300)])
    assert assessment.assess_all(store).changed > 100
    before = stored(store)
    assert assessment.assess_again(store, [PROBE, GAUGE], 0).changed == 0
    assert stored(store) == before


def test_what_comes_again_gets_its_flag_back(store: Engine) -> None:
    values = drying(40)
    values[20] += 0.1
    keep(store, moisture(values))
    assessment.assess_all(store)
    before = stored(store)
    keep(store, moisture(values)[20:21], said=True)
    assert stored(store) != before  # what one value before it is enough for
    assert waiting(store) == 1
    assessment.assess_all(store)
    assert stored(store) == before


def test_rain_that_comes_late_explains_a_rise(store: Engine) -> None:
    water(store, START - timedelta(days=1))
    values = [*drying(100), *drying(50, first=0.4)]
    keep(store, [*moisture(values), *rain({}, 150)])
    assessment.assess_all(store)
    assert flagged(store)[100] == quality.Test.RAIN_RESPONSE
    keep(store, rain({99: 12.0}, 150)[99:100])
    assessment.assess_all(store)
    assert flagged(store) == {}


def test_rain_of_another_site_that_is_corrected_no_longer_explains_a_rise(store: Engine) -> None:
    water(store, START - timedelta(days=1))
    values = [*drying(100), *drying(50, first=0.4)]
    other = "domaine-de-la-cras-site-dl-tbrg"
    keep(store, [*moisture(values), *rain({}, 150), *rain({99: 9.0}, 150, device=other)])
    assessment.assess_all(store)
    assert flagged(store) == {}
    keep(store, rain({}, 150, device=other)[99:100])
    assessment.assess_all(store)
    assert flagged(store)[100] == quality.Test.RAIN_RESPONSE


def test_a_watering_noted_late_explains_a_rise(store: Engine) -> None:
    water(store, START - timedelta(days=1))
    keep(store, [*moisture([*drying(100), *drying(50, first=0.4)]), *rain({}, 150)])
    assessment.assess_all(store)
    assert flagged(store)[100] == quality.Test.RAIN_RESPONSE
    # Noted in the evening for the same day; the bed was watered in the small hours.
    water(store, START + timedelta(days=4, hours=18), 300.0, "L")
    assert waiting(store) > 0
    assessment.assess_all(store)
    assert flagged(store) == {}


def test_where_nobody_notes_waterings_no_rise_is_doubted(store: Engine) -> None:
    keep(store, [*moisture([*drying(100), *drying(50, first=0.4)]), *rain({}, 150)])
    assessment.assess_all(store)
    assert flagged(store) == {}


def test_a_clogged_gauge_tells_the_soil_nothing(store: Engine) -> None:
    """Its neighbours heard the rain that it did not catch."""
    water(store, START - timedelta(days=1))
    values = [*drying(100), *drying(50, first=0.4)]
    keep(store, [*moisture(values), *rain({}, 150), *rain({99: 9.0}, 150, device=STATION)])
    assessment.assess_all(store)
    assert flagged(store) == {}


def test_the_other_quantities_of_a_device_are_looked_at(store: Engine) -> None:
    keep(store, moisture(drying(30)))
    assessment.assess_all(store)
    cold = [Row(PROBE, "soil_temperature", 20.0, T0 + n * HOUR, -2.0, 1) for n in range(10)]
    keep(store, cold)
    assessment.assess_all(store)
    assert set(flagged(store)) == set(range(10))
    assert set(flagged(store).values()) == {quality.Test.CONSISTENCY}


def test_soil_wetter_than_it_can_be_is_suspect_in_the_ground_only(store: Engine) -> None:
    pots = "potager-des-ducs-pots-menthe-em500-smtc"
    wet = [0.6, 0.601, 0.602]
    keep(store, [row._replace(device=d) for d in (PROBE, pots) for row in moisture(wet)])
    assessment.assess_all(store)
    flags = {key[0]: flag for key, (_, flag, _) in stored(store).items()}
    assert flags == {PROBE: 3, pots: 1}


def test_another_place_is_another_soil(store: Engine) -> None:
    keep(store, moisture([0.6, 0.601, 0.602]))
    assessment.assess_all(store)
    assert len(flagged(store)) == 3
    with writing(store) as c:
        device = next(one for one in farms.devices(c) if one.device == PROBE)
        moved = type(device)(PROBE, device.eui, device.model, SITE, "pots-menthe", "", (20.0,))
        farms.save_device(c, moved, since=START + timedelta(hours=2))
    assessment.assess_all(store)
    assert sorted(flagged(store)) == [0, 1]


def test_other_soils_in_the_city_pack_are_looked_at(store: Engine) -> None:
    from dataclasses import replace

    from agro.packs import read_pack

    pack = read_pack("dijon")
    keep(store, moisture([0.6, 0.601, 0.602]))
    assessment.assess_all(store)
    with writing(store) as c:
        farms.save_pack(c, pack)
    assert waiting(store) == 0
    soils = tuple(replace(soil, field_capacity=0.5) for soil in pack.soils)
    with writing(store) as c:
        farms.save_pack(c, replace(pack, soils=soils))
    assessment.assess_all(store)
    assert flagged(store) == {}


def test_a_device_that_says_another_thing_of_the_same_time_is_doubted(store: Engine) -> None:
    rows = moisture(drying(5))
    keep(store, rows, said=True)
    keep(store, rows, said=True)
    assessment.assess_all(store)
    assert flagged(store) == {}
    keep(store, [rows[2]._replace(value=0.2991)], said=True)
    for _ in range(2):  # and stays so when it says that again
        assessment.assess_all(store)
        assert flagged(store) == {2: quality.Test.CLOCK}
        keep(store, [rows[2]._replace(value=0.2991)], said=True)
    # Somebody corrects it.
    keep(store, [rows[2]])
    assessment.assess_all(store)
    assert flagged(store) == {}


def test_a_long_history_is_assessed_in_stretches(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    values = np.round(0.25 + np.cumsum(rng.normal(0, 0.001, 60 * 24)), 4)
    values[300:420], values[700:900], values[1000] = values[300], values[700], 0.4
    rows = [*moisture(values.tolist()), *rain(dict.fromkeys(range(0, 1400, 90), 6.0), 60 * 24)]
    keep(store, rows)
    assessment.assess_all(store)
    whole = stored(store)
    assert {quality.Test.FLAT, quality.Test.SPIKE} <= set(flagged(store).values())
    with writing(store) as c:
        c.execute(update(schema.observation).values(flag=2, tests=0))
    monkeypatch.setattr(work, "CHUNK", 5 * DAY)
    done = assessment.assess_again(store, [PROBE, GAUGE], 0)
    assert stored(store) == whole
    assert (done.devices, done.left, waiting(store)) == (2, 0, 0)


def test_one_device_that_cannot_be_assessed_stops_no_other(
    store: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    values = drying(20)
    values[10] += 0.1
    keep(store, moisture(values))
    with writing(store) as c:
        other = c.scalar(select(schema.thing.c.id).where(schema.thing.c.device == OTHER))
        unknown = {"id": 999, "thing_id": other, "quantity": "colour", "depth_cm": -1.0}
        c.execute(insert(schema.datastream), [unknown | {"unassessed_from": T0}])
    done = assessment.assess_all(store)
    assert flagged(store) == {10: quality.Test.SPIKE}
    assert waiting(store) == 1
    assert done.left == 0
    assert "colour" in caplog.text


def test_what_comes_during_an_assessment_waits_for_the_next(store: Engine) -> None:
    values = drying(20)
    keep(store, moisture(values[:15]))
    late = threading.Thread(target=keep, args=(store, moisture(values[15:], start=T0 + 15 * HOUR)))
    with writing(store) as c:
        thing = marks.waiting(c)[0].thing
        work.assess_things(c, [thing])
        late.start()
        late.join(0.3)
        assert late.is_alive()  # it waits for the datastream
    late.join(30)
    assert waiting(store) == 1
    assessment.assess_all(store)
    assert waiting(store) == 0
    assert {flag for _, flag, _ in stored(store).values()} == {1}


def test_two_writers_and_two_assessors_do_not_get_in_each_other_s_way(store: Engine) -> None:
    rows = [row for row in history(days=12) if not np.isnan(row.value)]
    Random(1).shuffle(rows)

    def write(some: list[Row]) -> None:
        for start in range(0, len(some), 40):
            keep(store, some[start : start + 40], said=True)

    def assess(writers: list[Future[None]]) -> None:
        while not all(writer.done() for writer in writers):
            assessment.assess_all(store)

    half = len(rows) // 2
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, some) for some in (rows[:half], rows[half:])]
        for done in [*writers, *(pool.submit(assess, writers) for _ in range(2))]:
            done.result(60)
    assessment.assess_all(store)
    as_it_came = stored(store)
    assert len(as_it_came) == len(rows)
    assert assessment.assess_again(store, [PROBE, GAUGE, STATION], 0).changed == 0
    assert stored(store) == as_it_came
    assert len(flagged(store)) > 10


def history(days: int) -> list[Row]:
    """A probe that gets stuck, two gauges and soil temperature."""
    hours = days * 24
    values = [*drying(hours // 4), *[0.2503] * (hours // 2), *drying(hours // 4)]
    warm = [
        Row(PROBE, "soil_temperature", 20.0, row.time, 15.0 + row.time % 7, 1)
        for row in moisture(values)
    ]
    return [
        *moisture(values),
        *warm,
        *rain({50: 4.0, 51: 9.0}, hours),
        *rain({50: 5.0, 51: 8.0}, hours, device=STATION),
    ]


def test_an_assessment_that_ends_half_way_is_made_again(store: Engine) -> None:
    values = drying(20)
    values[10] += 0.1
    keep(store, moisture(values))
    with pytest.raises(RuntimeError, match="killed"), writing(store) as c:
        work.assess_things(c, [marks.waiting(c)[0].thing])
        raise RuntimeError("killed")
    assert (flagged(store), waiting(store)) == ({}, 1)
    assessment.assess_all(store)
    assert flagged(store) == {10: quality.Test.SPIKE}


def test_what_is_archived_keeps_its_flags_and_what_follows_it_too(
    store: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A flat line that began before the end of the month, and the gap before a first value."""
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    may = T0 - 20 * DAY
    values = [*drying(18 * 24), *[0.2503] * (6 * 24), *drying(15 * 24)]
    keep(store, moisture(values, start=may))
    assessment.assess_all(store)
    before = stored(store)
    assert {key[3] for key in before if before[key][1] == 3} == {
        may + HOUR * n for n in range(18 * 24, 24 * 24)
    }
    archive.archive_month(store, "2026-05")
    left = {key: told for key, told in before.items() if key[3] >= T0}
    assert stored(store) == left
    assert assessment.assess_again(store, [PROBE], 0).changed == 0
    assert stored(store) == left
    # Late data brings its series back, and what it says is assessed.
    keep(store, [moisture([0.9], start=may + HOUR // 2)[0]])
    assessment.assess_all(store)
    assert stored(store)[PROBE, "soil_moisture", 20.0, may + HOUR // 2][1:] == (
        4,
        int(quality.Test.RANGE | quality.Test.CONSISTENCY),
    )


def test_the_history_of_flags_names_the_tests(store: Engine) -> None:
    values = drying(72)
    values[10] += 0.1
    values[60] = 1.2
    keep(store, [*moisture(values), *moisture([nan], start=T0 + 80 * HOUR)])
    assessment.assess_all(store)
    with store.connect() as c:
        found = assessment.flag_history(
            c, PROBE, START - timedelta(days=1), START + timedelta(days=5)
        )
        counts = assessment.flag_counts(c, [PROBE], START, START + timedelta(days=5))
    assert [str(day) for day in found["day"]] == [f"2026-06-0{n}" for n in (1, 2, 3, 4)]
    assert found["spike"].tolist() == [1, 0, 0, 0]
    assert found["range"].tolist() == [0, 0, 1, 0]
    assert found["missing"].tolist() == [0, 0, 0, 1]
    assert found[["suspect", "failed"]].sum().tolist() == [2, 1]
    assert found["depth_cm"].unique().tolist() == [20.0]
    assert counts[["observations", "suspect", "failed", "missing"]].to_numpy().tolist() == [
        [73, 2, 1, 1]
    ]
    assert counts[list(assessment.TESTS)].sum(axis=1).tolist() == [4]  # 1.2 fails two


# In any order

VALUES = {
    "soil_moisture": (0.2, 0.2, 0.2001, 0.27, 0.35, 0.6, 0.9, nan),
    "soil_temperature": (15.0, 15.0, -1.0, 45.0, 60.0),
    "rain": (0.0, 0.0, 0.4, 9.0, nan),
}
STREAMS = (
    (PROBE, "soil_moisture", 20.0),
    (PROBE, "soil_temperature", 20.0),
    (GAUGE, "rain", nan),
    (STATION, "rain", nan),
    ("domaine-de-la-cras-site-dl-atm41", "rain", nan),
    ("jardin-des-maraichers-site-dl-tbrg", "rain", nan),
)
STEPS = (600, HOUR, HOUR, 5 * HOUR, 9 * HOUR, 30 * HOUR)


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for stream in STREAMS:
        at = T0
        for _ in range(draw(st.integers(0, 5))):
            value = draw(st.sampled_from(VALUES[stream[1]]))
            step, count = draw(st.sampled_from(STEPS)), draw(st.integers(1, 30))
            for _ in range(count):
                rows.append(Row(*stream, at, value, 2))
                at += step
    return rows


def pieces(rows: list[Row], random: Random) -> Iterator[list[Row]]:
    mixed = rows.copy()
    random.shuffle(mixed)
    while mixed:
        size = random.randint(1, max(len(mixed) // 2, 1))
        yield mixed[:size]
        mixed = mixed[size:]


def empty(engine: Engine) -> None:
    tables = (
        schema.observation,
        schema.rollup_hour,
        schema.rollup_day,
        schema.datastream,
        schema.log,
    )
    with writing(engine) as c:
        for table in tables:
            c.execute(delete(table))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=histories(),
    seed=st.integers(0, 2**32 - 1),
    waterings=st.lists(st.integers(-2, 20), max_size=2),
)
def test_the_same_records_have_the_same_flags_in_whatever_order_they_came(
    store: Engine, rows: list[Row], seed: int, waterings: list[int]
) -> None:
    random = Random(seed)
    empty(store)
    events: list[Any] = [*pieces(rows, random), *waterings]
    random.shuffle(events)
    for event in events:
        if isinstance(event, int):
            water(store, START + timedelta(days=event))
        else:
            keep(store, event, said=True)
        if random.random() < 0.6:
            assessment.assess_all(store)
    assessment.assess_all(store)
    as_it_came = stored(store)

    empty(store)
    for day in waterings:
        water(store, START + timedelta(days=day))
    keep(store, rows)
    assessment.assess_all(store)
    assert stored(store) == as_it_came
    # And from scratch, whatever the flags were before.
    with writing(store) as c:
        c.execute(update(schema.observation).values(flag=2, tests=0))
        times = c.execute(
            select(schema.observation.c.datastream_id, schema.observation.c.time)
        ).all()
        rollups.touch(c, [tuple(row) for row in times])
        c.execute(text("UPDATE datastream SET unassessed_from = 0"))
    assessment.assess_all(store)
    assert stored(store) == as_it_came
