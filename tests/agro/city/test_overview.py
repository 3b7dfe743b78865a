"""The control post's moments: now, an hour, a day; what is known then, and nothing later."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from agro.city.curves import curve, day_of, year_until
from agro.city.drought import in_force, ordered
from agro.city.overview import DAYS_BACK, Moment, Overview, moment_of, overview
from agro.city.receiving import receive
from agro.store import orders, reports, writing
from agro.store.orders import Answer, DroughtOrder, place_of
from agro.store.reports import Change, Report
from agro.store.values import time_zone

AT = datetime(2026, 7, 20, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")


def _parking(name: str, free: float, at: datetime, town: str = "Dijon") -> dict[str, Any]:
    return {
        "id": f"urn:{name}",
        "type": "OffStreetParking",
        "availableSpotNumber": {"value": free, "observedAt": at.isoformat()},
        "totalSpotNumber": 100,
        "address": {"addressLocality": town},
    }


def _tell(store: Engine, entities: Sequence[dict[str, Any]]) -> None:
    with writing(store) as c:
        receive(c, json.dumps(list(entities)).encode(), AT)


def _look(store: Engine, unit: Any, back: int, at: datetime = AT) -> Overview:
    with store.connect() as c:
        return overview(c, moment_of(unit, back, at, time_zone(c)))


def test_moments_are_whole_hours_and_local_days(store: Engine) -> None:
    with store.connect() as c:
        zone = time_zone(c)
    assert moment_of("hours", 0, AT, zone) == Moment("now", AT, AT)
    hour = moment_of("hours", 1, AT, zone)
    assert (hour.start, hour.end) == (
        datetime(2026, 7, 20, 9, tzinfo=UTC),
        datetime(2026, 7, 20, 9, 59, 59, tzinfo=UTC),
    )
    today, before = (moment_of("days", n, AT, zone) for n in (0, 1))
    assert (today.start, today.end) == (datetime(2026, 7, 19, 22, tzinfo=UTC), AT)
    assert before.end + timedelta(seconds=1) == today.start
    winter = moment_of("days", 0, datetime(2026, 10, 25, 23, 30, tzinfo=UTC), zone)
    long = moment_of("days", 1, datetime(2026, 10, 25, 23, 30, tzinfo=UTC), zone)
    assert winter.start - long.start == 25 * HOUR  # the day the clocks go back


def test_an_hour_and_a_day_are_means_of_what_was_measured_then(store: Engine) -> None:
    start = datetime(2026, 7, 20, 8, tzinfo=UTC)
    times = [start, start + HOUR / 2, start + HOUR, AT]
    for free, at in zip((10.0, 30.0, 50.0, 90.0), times, strict=True):
        _tell(store, [_parking("a", free, at), _parking("b", free, at, "Talant")])
    assert _look(store, "hours", 0).whole["free_spaces"].value == 180.0
    then = _look(store, "hours", 2)
    assert then.figures["free_spaces"]["21231"].value == 20.0
    assert then.whole["free_spaces"].value == 40.0
    assert then.whole["free_spaces"].whole == 200.0
    assert then.whole["free_spaces"].observed_at == start
    day = _look(store, "days", 0)
    assert day.whole["free_spaces"].value == pytest.approx(2 * (10 + 30 + 50 + 90) / 4)
    assert "free_spaces" not in _look(store, "days", 3).whole
    assert "free_spaces" in _look(store, "days", 3).layers  # silent then, but there


def test_what_nobody_has_is_no_layer_and_no_zero(store: Engine) -> None:
    found = _look(store, "hours", 0)
    assert found.layers == ("farms", "soil_dryness", "reports")
    assert found.figures["free_spaces"] == {}
    assert sum(one.population for one in found.communes) == 258_630
    assert (found.whole["farms"].value, found.whole["farms"].assets) == (22.0, 4)
    assert found.figures["farms"]["21617"].value == 0.0  # the register is whole: none is none


def test_curves_are_of_a_commune_or_made_again_for_the_city(store: Engine) -> None:
    for hours in range(4):
        at = AT - hours * HOUR
        told = [_parking("a", 10.0 * hours, at), _parking("b", 1.0, at, "Talant")]
        _tell(store, told)
    with store.connect() as c:
        zone = time_zone(c)
        span = day_of(moment_of("hours", 1, AT, zone), zone)
        city = curve(c, "free_spaces", None, span, by="hour")
        own = curve(c, "free_spaces", "21617", span, by="hour")
        days = curve(c, "free_spaces", None, year_until(AT, zone), by="day")
    assert list(city["value"]) == [31.0, 21.0, 11.0, 1.0]
    assert list(own["value"]) == [1.0] * 4
    assert list(city["assets"]) == [2] * 4
    assert list(days["time"]) == [date(2026, 7, 20)]
    assert list(days["value"]) == [pytest.approx(16.0)]


def _order(level: str, until: date | None) -> DroughtOrder:
    link = "https://example.org/a.pdf"
    return DroughtOrder("AEP", "21_1", "Ouche", level, date(2026, 7, 1), until, link, "", ())


def test_the_gravest_order_in_force_is_the_communes(store: Engine) -> None:
    place = place_of(47.31, 5.03)
    told = (
        ("potager-des-ducs", 3, "free", None),
        ("potager-des-ducs", 2, "order", _order("alerte", None)),
        ("jardin-des-maraichers", 2, "order", _order("vigilance", date(2026, 7, 10))),
    )
    with writing(store) as c:
        for site, hours, state, order in told:
            at = AT - hours * HOUR
            orders.write(c, Answer(site, place, "AEP", at, state, "vigieau", "live", order))
    found = _look(store, "hours", 0)
    drought = found.figures["drought"]["21231"]
    assert (drought.value, drought.assets, drought.known) == (2.0, 1, 2)  # one order has ended
    assert set(found.figures["drought"]) == {"21231"}  # elsewhere nobody was asked
    assert found.whole["drought"].value == 2.0
    assert _look(store, "hours", 3).whole["drought"].value == 0.0
    with store.connect() as c:
        assert [order.level for _, order in in_force(ordered(c, AT))] == ["alerte"]


def test_reports_are_those_that_were_open_then_and_that_all_may_read(store: Engine) -> None:
    def made(reference: str, **more: Any) -> Report:
        known: dict[str, Any] = {
            "requested_at": AT - 3 * HOUR,
            "commune": "21231",
            "mode": "live",
        } | more
        return Report("open311", reference, "waste", AT - 3 * HOUR, **known)

    with writing(store) as c:
        first, *_ = [
            reports.add(c, one, who="open311")
            for one in (made("1"), made("2", visible="city"), made("3", commune=""))
        ]
        one = reports.report(c, "open311", "1")
        assert one is not None
        reports.settle(c, one, Change(AT - HOUR / 2, "closed", "Fait", "ville"))
    assert first
    now, before = _look(store, "hours", 0), _look(store, "hours", 2)
    assert (now.whole["reports"].value, now.unplaced) == (0.0, 1)
    assert (before.whole["reports"].value, before.unplaced) == (1.0, 1)
    assert _look(store, "hours", 5).whole["reports"].value == 0.0


@given(
    back=st.integers(0, DAYS_BACK),
    at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_no_moment_reaches_past_now(back: int, at: datetime) -> None:
    for moment in (moment_of("hours", back, at, PARIS), moment_of("days", back, at, PARIS)):
        assert moment.start <= moment.end <= at
