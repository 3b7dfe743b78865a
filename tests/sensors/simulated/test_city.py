"""The simulated control post: as much as was asked for, shared out by people, with plain shapes."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import cos, radians, sqrt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sensors.feeds import ngsi_ld
from sensors.feeds.city_assets import KINDS, Report
from sensors.simulated import city
from sensors.simulated.city import shapes
from sensors.simulated.city.control_post import shares
from sensors.simulated.city.moment import Moment, sun
from sensors.simulated.climate import Climate
from sensors.simulated.weather import Weather, generate
from tests.climate import MONTHS

ZONE = ZoneInfo("Europe/Paris")
CLIMATE = Climate(latitude=47.32, longitude=5.04, elevation=245.0, **MONTHS)
TOWNS = [
    city.Town("1", "Great", 160_000, 47.32, 5.04, 41.7),
    city.Town("2", "Middle", 14_000, 47.29, 5.0, 7.4),
    city.Town("3", "Small", 230, 47.28, 4.92, 6.3),
]
STOCKS = [
    city.Stock("lighting_cabinet", 34, 100.0),
    city.Stock("building", 18, 55.0),
    city.Stock("traffic_counter", 11, 900.0),
    city.Stock("parking", 4, 380.0),
    city.Stock("pv_plant", 1, 2000.0, "Solar plant", 47.3195, 5.004),
    city.Stock("air_station", 2, 1.0),
]
POST = city.make("town", TOWNS, STOCKS, seed=1)
WORKDAY = date(2026, 7, 14)


@pytest.fixture(scope="module")
def weather() -> Weather:
    """A year's hours."""
    return generate(CLIMATE, date(2026, 1, 1), 365, seed=1)


def _moment(weather: Weather, at: datetime) -> Moment:
    return city.moment(at, weather, latitude=47.32, longitude=5.04, zone=ZONE)


def _said(weather: Weather, at: datetime) -> dict[str, dict[str, float]]:
    """What everything says, by its id, read as a broker's notifications are."""
    bodies = city.notifications(city.reported(POST, _moment(weather, at)), at)
    found: list[Report] = [report for body in bodies for report in ngsi_ld.read(body, at)]
    assert all(report.problems == () for report in found)
    return {one.name: {v.quantity: v.value for v in one.measured} for one in found}


def _sum(said: dict[str, dict[str, float]], kind: str, quantity: str) -> float:
    return sum(own[quantity] for name, own in said.items() if f":{kind}:" in name)


def test_there_is_as_much_as_was_asked_for() -> None:
    fleets = {fleet.kind: fleet for fleet in POST.fleets}
    assert POST.pieces == 70
    assert fleets["lighting_cabinet"].size.sum() == 3400.0
    assert set(fleets["lighting_cabinet"].towns) == {"Great", "Middle", "Small"}
    assert fleets["parking"].size.sum() == 1520.0
    (plant,) = fleets["pv_plant"].labels
    assert (plant, fleets["pv_plant"].towns) == ("Solar plant", ("Great",))
    assert set(fleets) <= set(KINDS)
    again = city.make("town", TOWNS, STOCKS, seed=1)
    assert [fleet.names for fleet in again.fleets] == [fleet.names for fleet in POST.fleets]
    with pytest.raises(ValueError, match="at least one commune"):
        city.make("town", [], STOCKS, seed=1)


def test_lamps_follow_the_people() -> None:
    (fleet,) = (one for one in POST.fleets if one.kind == "lighting_cabinet")
    lamps = {
        town.name: sum(
            size for size, own in zip(fleet.size, fleet.towns, strict=True) if own == town.name
        )
        for town in TOWNS
    }
    people = sum(town.population for town in TOWNS)
    for town in TOWNS:
        assert lamps[town.name] == pytest.approx(3400 * town.population / people, abs=1.0)


@pytest.mark.parametrize("number", [0, 1, 7, 340])
def test_shares_are_together_the_whole(number: int) -> None:
    found = shares([town.population for town in TOWNS], number)
    assert sum(found) == number
    assert min(found) >= 0


def test_everything_stands_near_its_town() -> None:
    for fleet in POST.fleets:
        for name, north, east in zip(fleet.towns, fleet.latitude, fleet.longitude, strict=True):
            town = next(one for one in TOWNS if one.name == name)
            across = (east - town.longitude) * cos(radians(north))
            apart = 111.2 * sqrt((north - town.latitude) ** 2 + across**2)
            assert apart < sqrt(town.area_km2)


def test_the_sun_is_where_it_is() -> None:
    """Greenwich, 20 March 2024: equinox at 03:06 UTC, solar noon at 12:07 (NOAA)."""
    noon = datetime(2024, 3, 20, 12, 7, tzinfo=UTC)
    height, solar_hour = sun(noon, 51.48, 0.0)
    assert height == pytest.approx(90.0 - 51.48, abs=1.0)
    assert solar_hour == pytest.approx(12.0, abs=0.05)
    assert sun(noon + timedelta(hours=12), 51.48, 0.0)[0] < -35.0


def test_lights_follow_the_sun_and_are_dimmed_at_night(weather: Weather) -> None:
    midday = _said(weather, datetime(2026, 7, 14, 12, 0, tzinfo=ZONE))
    evening = _said(weather, datetime(2026, 7, 14, 22, 45, tzinfo=ZONE))
    deep = _said(weather, datetime(2026, 7, 15, 2, 0, tzinfo=ZONE))
    kind = "StreetlightControlCabinet"
    assert _sum(midday, kind, "lamps_on") == 0.0
    assert _sum(evening, kind, "lamps_on") > 3300.0
    assert _sum(deep, kind, "lamps_on") == _sum(evening, kind, "lamps_on")
    assert _sum(deep, kind, "power") == pytest.approx(0.5 * _sum(evening, kind, "power"), rel=0.01)
    # At six in the evening it is day in summer and night in winter.
    assert _sum(_said(weather, datetime(2026, 7, 14, 18, 0, tzinfo=ZONE)), kind, "lamps_on") == 0
    assert _sum(_said(weather, datetime(2026, 12, 14, 18, 0, tzinfo=ZONE)), kind, "lamps_on") > 0


def test_traffic_has_two_peaks_on_workdays_alone() -> None:
    base = Moment(0.0, 0.0, 1, 15.0, 0.0, 2.0, 0.0, 0.0)
    hours = np.arange(0.0, 24.0, 0.25)
    workday = np.array([shapes.traffic(replace(base, hour=float(h))) for h in hours])
    sunday = np.array([shapes.traffic(replace(base, hour=float(h), weekday=6)) for h in hours])
    inner = workday[1:-1]
    peaks = hours[1:-1][(inner > workday[:-2]) & (inner >= workday[2:]) & (inner > 0.6)]
    assert list(peaks) == [pytest.approx(8.1, abs=0.5), pytest.approx(17.6, abs=0.5)]
    assert sunday.max() < 0.6 * workday.max()
    assert workday.min() > 0.0


def test_buildings_are_heated_in_winter(weather: Weather) -> None:
    winter, summer = (
        _sum(
            _said(weather, datetime(2026, month, 14, 10, 0, tzinfo=ZONE)), "ACMeasurement", "power"
        )
        for month in (1, 5)
    )
    night = _said(weather, datetime(2026, 5, 14, 3, 0, tzinfo=ZONE))
    assert winter > 1.2 * summer
    assert _sum(night, "ACMeasurement", "power") < 0.6 * summer


def test_solar_plants_give_what_the_sun_gives(weather: Weather) -> None:
    kind = "PhotovoltaicMeasurement"
    hours = [datetime(2026, 6, 20, tzinfo=UTC) + timedelta(hours=n) for n in range(24)]
    power = [_sum(_said(weather, at), kind, "power") for at in hours]
    sunshine = [_moment(weather, at).solar_radiation for at in hours]
    assert max(power) <= 2000.0
    assert all((one > 0.0) == (sun_ > 0.5) for one, sun_ in zip(power, sunshine, strict=True))
    assert np.corrcoef(power, sunshine)[0, 1] > 0.99


def test_the_same_period_is_always_counted_alike(weather: Weather) -> None:
    """A counter tells a quarter of an hour again and again; another number would be doubted."""
    start = datetime(2026, 7, 14, 8, 0, tzinfo=ZONE)
    told = [_said(weather, start + timedelta(minutes=n)) for n in (0, 1, 7, 14)]
    counters = [
        {name: own["vehicle_flow"] for name, own in said.items() if "TrafficFlow" in name}
        for said in told
    ]
    assert all(one == counters[0] for one in counters)


def test_notifications_are_small_and_in_every_form(weather: Weather) -> None:
    at = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
    entities = city.reported(POST, _moment(weather, at))
    bodies = city.notifications(entities * 3, at)
    told = [json.loads(body) for body in bodies]
    assert [len(one["data"]) for one in told] == [100, 100, 10]
    assert {one["type"] for one in told} == {"Notification"}
    assert len({one["id"] for one in told}) == 3
    forms = {
        "full": any(isinstance(one.get("location"), dict) and "value" in one["location"]
                    for one in entities),
        "plain": any(isinstance(one.get("intensity"), int) for one in entities),
        "concise": any(set(one.get("availableSpotNumber", {})) == {"value", "observedAt"}
                       for one in entities),
    }  # fmt: skip
    assert all(forms.values())
