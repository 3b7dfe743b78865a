"""What is found in the store: each kind, with an identity that stays the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import nan
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from agro.notify import finding
from agro.notify.finding import find
from agro.notify.kinds import (
    DROUGHT_ORDER,
    FROST,
    HEAT,
    IRRIGATION,
    KINDS,
    REPORT_NEARBY,
    SENSOR_SILENT,
    TANK_LOW,
    VALVE_STUCK,
)
from agro.notify.nearness import distance
from agro.records import Advice, LogEntry
from agro.store import decisions, farms, logbook, orders, readings, reports, weather, writing
from agro.store.alerts import events
from agro.store.alerts.events import AlertEvent
from agro.store.orders import Answer, DroughtOrder, place_of
from agro.store.readings import Row
from agro.store.reports import Change, Report

SITE, PLOT = "potager-des-ducs", "planche-1"
NOW = datetime(2026, 7, 3, 8, 0, tzinfo=UTC)  # 10:00 in Dijon
HOUR = timedelta(hours=1)


def found(store: Engine, kind: str, at: datetime = NOW) -> list[AlertEvent]:
    """The events of one kind; the others must at least have been looked for."""
    with store.connect() as c:
        told = find(c, at)
    assert told.looked == set(KINDS)
    return [one for one in told.events if one.kind == kind]


def keep(store: Engine, at: datetime = NOW) -> None:
    """What a look at this moment keeps."""
    with writing(store) as c:
        told = find(c, at)
        events.take(c, told.events, told.looked, at)


def test_an_empty_store_tells_nothing(store: Engine) -> None:
    with store.connect() as c:
        told = find(c, NOW)
    assert (told.events, told.looked) == ((), set(KINDS))


def advice(when: datetime | None = None, **changed: Any) -> Advice:
    one = Advice(
        *(SITE, PLOT, NOW - timedelta(minutes=5), "irrigate", when or NOW + 10 * HOUR),
        *(12.0, 576.0, 48.0, "depletion_above_raw", "high", 30.0, 25.0, 60.0, 0.4, 0.2),
    )
    return replace(one, **changed)


def test_a_bed_to_water_is_one_event_for_its_day(store: Engine) -> None:
    for minutes, litres in ((0, 576.0), (15, 590.0), (30, nan)):
        issued = NOW - HOUR + timedelta(minutes=minutes)
        with writing(store) as c:
            decisions.write(c, [advice(issued_at=issued, litres=litres)])
        told = found(store, IRRIGATION)
        assert [one.key for one in told] == [f"irrigation:{SITE}:{PLOT}::2026-07-03"]
    assert told[0].until == datetime(2026, 7, 3, 22, 0, tzinfo=UTC)  # midnight in Dijon


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": "wait"},
        {"decision": "forbidden"},
        {"when": NOW + 25 * HOUR},
        {"issued_at": NOW - 25 * HOUR},
    ],
)
def test_what_is_not_to_be_watered_now_is_not_told(store: Engine, changed: dict[str, Any]) -> None:
    with writing(store) as c:
        decisions.write(c, [advice(**changed)])
    assert found(store, IRRIGATION) == []


def forecast(store: Engine, tmin: list[float], tmax: list[float]) -> None:
    days = [date(2026, 7, 3) + timedelta(days=n) for n in range(len(tmin))]
    columns = {"tmean": 20.0, "rh_mean": 60.0, "rain": 0.0, "rain_chance": 0.1}
    frame = pd.DataFrame({"day": days, "tmin": tmin, "tmax": tmax}).assign(**columns)
    with writing(store) as c:
        weather.write_forecast(c, SITE, "model", NOW - 2 * HOUR, frame)


def test_frost_and_heat_are_told_a_day_ahead_until_they_are_over(store: Engine) -> None:
    forecast(store, [-3.0, 1.9, -5.0], [34.9, 35.0, 40.0])
    frost, heat = found(store, FROST), found(store, HEAT)
    # The night that is over and the one after the next are not told.
    assert [one.key for one in frost] == [f"frost:{SITE}:::2026-07-04"]
    assert frost[0].facts == {"temperature": 1.9, "day": "2026-07-04"}
    assert [one.key for one in heat] == [f"heat:{SITE}:::2026-07-04"]
    morning = datetime(2026, 7, 3, 4, 0, tzinfo=UTC)
    assert [one.subject for one in found(store, FROST, NOW + 24 * HOUR)] == ["2026-07-05"]
    with store.connect() as c:
        assert list(finding.frosts(c, morning)) == []  # the forecast had not come yet


def test_a_mild_or_unknown_night_is_no_frost(store: Engine) -> None:
    forecast(store, [5.0, nan], [20.0, nan])
    assert (found(store, FROST), found(store, HEAT)) == ([], [])


def order(store: Engine, level: str, at: datetime, *, link: str = "") -> None:
    told = None
    if level != "free":
        since = date(2026, 7, 1)
        told = DroughtOrder("AEP", "21_1", "Ouche", level, since, None, link, "", ())
    state = "order" if told else "free"
    with writing(store) as c:
        place = place_of(47.3, 5.0)
        answer = Answer(SITE, place, "AEP", at, state, "vigieau", "live", told)
        orders.write(c, answer, {"level": level, "link": link})


def test_a_drought_order_is_told_when_its_level_changes_and_when_it_is_lifted(
    store: Engine,
) -> None:
    order(store, "alerte", NOW - 3 * HOUR)
    first = found(store, DROUGHT_ORDER)
    keep(store)
    order(store, "alerte", NOW - 2 * HOUR, link="https://example.org/again")  # published again
    assert [one.key for one in found(store, DROUGHT_ORDER)] == [one.key for one in first]
    order(store, "crise", NOW - HOUR)
    worse = found(store, DROUGHT_ORDER)
    assert [one.facts["level"] for one in worse] == ["crise"]
    assert worse[0].key != first[0].key
    keep(store)
    order(store, "free", NOW)
    for hours in (0, 1, 60):
        lifted = found(store, DROUGHT_ORDER, NOW + hours * HOUR)
        assert [one.facts["level"] for one in lifted] == ["free"]
        keep(store, NOW + hours * HOUR)
    assert len({one.key for one in lifted}) == 1
    assert found(store, DROUGHT_ORDER, NOW + 100 * HOUR) == []


def test_where_no_order_ever_was_nothing_is_lifted(store: Engine) -> None:
    order(store, "free", NOW - HOUR)
    assert found(store, DROUGHT_ORDER) == []


def hear(store: Engine, ages: dict[str, float]) -> None:
    """Device → hours since it was last heard."""
    rows = [
        Row(name, "battery_voltage", nan, int((NOW - hours * HOUR).timestamp()), 3.3, 1)
        for name, hours in ages.items()
    ]
    with writing(store) as c:
        readings.write(c, rows, written_at=NOW)


def test_a_silent_sensor_is_one_event_for_each_silence(
    store: Engine, register: Callable[..., Any]
) -> None:
    for name in ("talks", "silent", "gone"):
        register(name)
    hear(store, {"talks": 1.0, "silent": 7.0, "gone": 800.0})
    first = found(store, SENSOR_SILENT)
    assert [one.device for one in first] == ["silent"]
    assert [one.key for one in found(store, SENSOR_SILENT, NOW + timedelta(minutes=30))] == [
        first[0].key
    ]
    hear(store, {"silent": 0.0, "talks": 0.0})
    assert found(store, SENSOR_SILENT) == []
    again = found(store, SENSOR_SILENT, NOW + 7 * HOUR)
    assert {one.device for one in again} == {"silent", "talks"}
    assert first[0].key not in {one.key for one in again}


def test_a_gateway_that_is_down_is_one_event(store: Engine, register: Callable[..., Any]) -> None:
    names = [f"probe-{number}" for number in range(5)]
    for name in names:
        register(name)
    hear(store, dict.fromkeys(names[:4], 8.0) | {names[4]: 1.0})
    told = found(store, SENSOR_SILENT)
    assert len(told) == 1
    assert (told[0].device, told[0].facts["count"], told[0].facts["heard"]) == ("", 4, 5)


def test_a_tank_too_low_is_told_once_a_day_for_all_its_beds(store: Engine) -> None:
    with writing(store) as c:
        beds = [plot.slug for plot in farms.plots(c) if plot.site == SITE][:2]
        told = [advice(plot=bed, reason="tank_low") for bed in beds]
        decisions.write(c, told)
    assert [one.site for one in found(store, TANK_LOW)] == [SITE]


def valve(store: Engine, states: dict[float, float]) -> None:
    """Hours ago → open (1) or shut (0)."""
    rows = [
        Row("valve-1", "valve_open", nan, int((NOW - ago * HOUR).timestamp()), state, 1)
        for ago, state in states.items()
    ]
    with writing(store) as c:
        readings.write(c, rows, written_at=NOW)


def test_a_valve_that_stays_open_is_told_once(store: Engine, register: Callable[..., Any]) -> None:
    register("valve-1", depths=())
    valve(store, {5.0: 0.0, 2.5: 1.0, 0.1: 1.0})
    assert found(store, VALVE_STUCK) == []
    first = found(store, VALVE_STUCK, NOW + HOUR)
    assert [one.device for one in first] == ["valve-1"]
    valve(store, {-1.0: 1.0})
    assert [one.key for one in found(store, VALVE_STUCK, NOW + 2 * HOUR)] == [first[0].key]
    valve(store, {-2.0: 0.0})
    assert found(store, VALVE_STUCK, NOW + 3 * HOUR) == []


def test_water_that_ran_for_hours_is_told_but_not_what_a_person_noted(store: Engine) -> None:
    began = NOW - 8 * HOUR
    details = {"device": "meter-1", "end": (NOW - HOUR).isoformat()}
    entry = LogEntry(SITE, PLOT, "irrigation", began, 900.0, "L", source="meter", details=details)
    short = replace(entry, plot="planche-2", details={"end": (began + HOUR).isoformat()})
    with writing(store) as c:
        logbook.write(c, [entry, short, replace(entry, plot="planche-3", source="person")])
    told = found(store, VALVE_STUCK)
    assert [(one.plot, one.facts["hours"], one.facts["amount"]) for one in told] == [
        (PLOT, 7.0, 900.0)
    ]


def report(store: Engine, reference: str, metres: float, **changed: Any) -> int:
    with writing(store) as c:
        site = next(one for one in farms.sites(c) if one.slug == SITE)
        north = site.latitude + metres / reports.METRES_PER_DEGREE
        one = Report(
            "agro", reference, "tree", NOW, latitude=north, longitude=site.longitude,
            requested_at=NOW - HOUR,
        )  # fmt: skip
        return reports.add(c, replace(one, **changed))


def test_open_reports_that_all_may_read_are_told_near_a_garden(store: Engine) -> None:
    number = report(store, "near", 120.0)
    report(store, "far", 700.0)
    report(store, "hidden", 10.0, visible="city")
    report(store, "closed", 10.0, status="closed")
    report(store, "old", 10.0, requested_at=NOW - timedelta(days=8))
    report(store, "nowhere", nan)
    near = [one for one in found(store, REPORT_NEARBY) if one.site == SITE]
    assert [(one.subject, one.facts["metres"]) for one in near] == [("agro/near", 120)]
    with writing(store) as c:
        one = reports.by_number(c, number)
        assert one is not None
        reports.settle(c, one, Change(NOW, "closed", "done", "city"))
    assert [one for one in found(store, REPORT_NEARBY) if one.site == SITE] == []


def test_metres_between_two_points() -> None:
    """Dijon's town hall to its station: 1.0 km on the map (haversine: 1,027 m)."""
    apart = distance(47.3220, 5.0415, 47.3233, 5.0280)
    assert apart == pytest.approx(1027, rel=0.01)


def test_what_fails_for_one_kind_stops_no_other(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Any:
        raise ValueError("a row nobody foresaw")

    monkeypatch.setitem(finding._FINDERS, FROST, fails)  # type: ignore[arg-type]
    with store.connect() as c:
        told = find(c, NOW)
    assert told.looked == set(KINDS) - {FROST}


def test_an_old_forecast_warns_nobody(store: Engine) -> None:
    forecast(store, [0.0] * 5, [36.0] * 5)
    assert found(store, FROST, NOW + 33 * HOUR)
    assert found(store, FROST, NOW + 35 * HOUR) == []  # issued 37 h before
    assert found(store, HEAT, NOW + 35 * HOUR) == []


def test_an_event_that_ends_says_when_and_does_not_begin_again(store: Engine) -> None:
    """Also after a restart: what it is known by is in the store."""
    with writing(store) as c:
        decisions.write(c, [advice()])
    keep(store)
    with writing(store) as c:
        decisions.write(c, [advice(issued_at=NOW, decision="wait")])
    keep(store, NOW + HOUR)
    with store.connect() as c:
        (ended,) = events.of_kind(c, IRRIGATION)
    assert ended.ended_at == NOW + HOUR
    with writing(store) as c:
        decisions.write(c, [advice(issued_at=NOW + HOUR)])
        told = find(c, NOW + 2 * HOUR)
        assert events.take(c, told.events, told.looked, NOW + 2 * HOUR) == []
        (again,) = events.of_kind(c, IRRIGATION)
    assert (again.number, again.ended_at) == (ended.number, None)
