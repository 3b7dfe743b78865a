"""The plan as a calendar: one UID for each watering, a new SEQUENCE for each change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Engine
from starlette.applications import Starlette

from agro.access.actor import SYSTEM, Actor
from agro.api.calendar import calendar_routes
from agro.errors import Forbidden
from agro.notify.calendar import address, calendar, renew_all
from agro.notify.subscribing import close_calendar, open_calendar
from agro.records import Advice, PlanDay
from agro.server.source import Source
from agro.store import decisions, writing
from agro.store.alerts import calendars
from tests.servers import answering

SITE, PLOT = "potager-des-ducs", "planche-1"
NOW = datetime(2026, 7, 3, 8, 0, tzinfo=UTC)
EVENING = datetime(2026, 7, 3, 18, 30, tzinfo=UTC)  # 20:30 in Dijon
ORIGIN = "https://fermes.example"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands at `NOW`."""
    for module in ("agro.notify.subscribing", "agro.api.calendar"):
        monkeypatch.setattr(f"{module}.now", lambda: NOW)


def plan(*water: float) -> tuple[PlanDay, ...]:
    days = enumerate(water)
    return tuple(
        PlanDay(date(2026, 7, 3) + timedelta(n), 4.0, 0.0, mm, 20.0, 15.0, 25.0) for n, mm in days
    )


def advise(store: Engine, at: datetime = NOW, **changed: Any) -> None:
    one = Advice(
        *(SITE, PLOT, at, "irrigate", EVENING, 12.0, 120.0, 40.0),
        *("depletion_above_raw", "high", 30.0, 25.0, 60.0, 0.4, 0.2),
        facts={"area_m2": 9.0, "efficiency": 0.9, "flow": 3.0},
        plan=plan(12.0, 0.0, 6.0),
    )
    with writing(store) as c:
        decisions.write(c, [replace(one, **changed)])
        renew_all(c, at)


def read(store: Engine, token: str, at: datetime = NOW) -> dict[str, Any]:
    """UID → event."""
    with store.connect() as c:
        body = calendar(c, token, at, ORIGIN)
    assert body is not None
    return {str(one["UID"]): one for one in Calendar.from_ical(body).walk("VEVENT")}


def get(served: Starlette, path: str) -> httpx.Response:
    """What is answered over HTTP."""
    with answering(served) as client:
        return client.get(path)


FIRST, LATER = f"2026-07-03.{PLOT}.{SITE}@agro", f"2026-07-05.{PLOT}.{SITE}@agro"


def test_a_plan_is_told_with_hours_and_litres(store: Engine) -> None:
    token = open_calendar(store, SYSTEM, SITE, "en")
    advise(store)
    told = read(store, token)
    assert set(told) == {FIRST, LATER}
    first, later = told[FIRST], told[LATER]
    assert first["DTSTART"].dt == EVENING
    assert first["DTEND"].dt - first["DTSTART"].dt == timedelta(minutes=40)
    assert first["DTSTART"].params["TZID"] == "Europe/Paris"
    assert str(first["SUMMARY"]) == "Water Planche 1: 120\u00a0L"
    assert f"{ORIGIN}/bed?site={SITE}&plot={PLOT}" in str(first["DESCRIPTION"])
    assert str(later["SUMMARY"]).endswith(": 60\u00a0L")  # 6 mm on 9 m², 90 % of which arrive


def test_the_zone_of_the_city_is_in_it(store: Engine) -> None:
    token = open_calendar(store, SYSTEM, SITE, "")
    advise(store)
    with store.connect() as c:
        body = calendar(c, token, NOW, ORIGIN)
    assert body is not None
    (zone,) = Calendar.from_ical(body).walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Europe/Paris"
    assert {one.name for one in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}
    assert str(Calendar.from_ical(body)["X-WR-CALNAME"]) == "Arrosage, Potager des Ducs"


def test_a_change_is_a_new_sequence_of_the_same_entry(store: Engine) -> None:
    token = open_calendar(store, SYSTEM, SITE, "")
    advise(store)
    advise(store, NOW + timedelta(minutes=15), litres=121.0)  # says the same
    assert [one["SEQUENCE"] for one in read(store, token).values()] == [0, 0]
    advise(store, NOW + timedelta(minutes=30), when=EVENING + timedelta(hours=1))
    told = read(store, token)
    assert (told[FIRST]["SEQUENCE"], told[LATER]["SEQUENCE"]) == (1, 0)
    assert told[FIRST]["DTSTAMP"].dt == NOW + timedelta(minutes=30)


def test_what_is_planned_no_more_is_cancelled_and_may_come_back(store: Engine) -> None:
    token = open_calendar(store, SYSTEM, SITE, "")
    advise(store)
    advise(store, NOW + timedelta(minutes=15), plan=plan(12.0))
    later = read(store, token)[LATER]
    assert (str(later["STATUS"]), later["SEQUENCE"]) == ("CANCELLED", 1)
    advise(store, NOW + timedelta(minutes=30))
    later = read(store, token)[LATER]
    assert (str(later["STATUS"]), later["SEQUENCE"]) == ("CONFIRMED", 2)


def test_what_has_begun_stays(store: Engine) -> None:
    token = open_calendar(store, SYSTEM, SITE, "")
    advise(store)
    after = EVENING + timedelta(minutes=20)
    advise(store, after, decision="wait", when=None, plan=plan(0.0, 0.0, 6.0))
    first = read(store, token, after)[FIRST]
    assert (str(first["STATUS"]), first["SEQUENCE"]) == ("CONFIRMED", 0)


def test_only_its_address_opens_it_and_a_new_one_closes_the_old(
    store: Engine, store_url: str
) -> None:
    old = open_calendar(store, SYSTEM, SITE, "")
    advise(store)
    database = Source(store_url)
    served = Starlette(routes=calendar_routes(database))
    path = address("", old)
    found = get(served, path)
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/calendar")
    assert "private" in found.headers["cache-control"]
    new = open_calendar(store, SYSTEM, SITE, "")
    nothing = get(served, path)
    assert (nothing.status_code, get(served, address("", new)).status_code) == (404, 200)
    others = [get(served, address("", token)) for token in (f"{new}x", "x" * 500, SITE)]
    assert {(one.status_code, one.text) for one in others} == {(404, nothing.text)}
    assert close_calendar(store, SYSTEM, SITE)
    assert get(served, address("", new)).status_code == 404
    database.close()


def test_the_store_keeps_no_address(store: Engine) -> None:
    token = open_calendar(store, SYSTEM, SITE, "")
    with store.connect() as c:
        assert calendars.calendars(c) == {SITE: ""}
        kept = c.exec_driver_sql("SELECT * FROM alert_calendar").all()
    assert token not in str(kept)


def test_a_farmer_opens_no_other_gardens_calendar(store: Engine) -> None:
    farmer = Actor("anne@example.org", "Anne", frozenset({"farmer"}), frozenset({"elsewhere"}))
    with pytest.raises(Forbidden, match=SITE):
        open_calendar(store, farmer, SITE, "")
    with store.connect() as c:
        assert calendars.calendars(c) == {}
