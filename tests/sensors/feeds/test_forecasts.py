"""Answers of forecast services and of Météo-France's packet, read as values of a place."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.errors import FeedError
from sensors.feeds import meteo_france_packet, open_meteo_ensemble, open_meteo_forecast
from sensors.feeds.forecast import hours_of
from sensors.feeds.source import Mode, Place, observed

Hourly = Callable[..., dict[str, Any]]
Body = Callable[[Any], bytes]
AT = datetime(2026, 7, 14, 8, tzinfo=UTC)
DAY = date(2026, 7, 14)


def test_a_day_is_that_of_the_place(hourly: Hourly, body: Body, garden: Place) -> None:
    # Hour 22 ends at 22 h UTC, midnight in Paris: it is the 13th's; hour 23 is the 14th's.
    rain = {22: 1.0, 23: 2.0, 46: 4.0, 47: 8.0}
    forecast = open_meteo_forecast.read_forecast(body(hourly(rain=rain)), garden).value
    assert forecast.days.loc[DAY, "rain"] == 6.0
    assert forecast.days.loc[DAY + timedelta(days=1), "rain"] == 8.0
    assert forecast.hours.loc["2026-07-13 22:00+00:00", "rain"] == 2.0
    assert forecast.days.loc[DAY, "tmax"] == pytest.approx(26.0, abs=0.2)
    assert forecast.days.loc[DAY, "wind_2m"] == pytest.approx(2.5 * 0.748, abs=0.01)
    assert 4.0 < forecast.days.loc[DAY, "et0"] < 6.0


def test_the_chance_of_a_day_is_its_wettest_hour_s(
    hourly: Hourly, body: Body, garden: Place
) -> None:
    document = hourly()
    document["hourly"]["precipitation_probability"][30] = 65
    document["hourly"]["precipitation_probability"][60] = 300  # cannot be: left out
    forecast = open_meteo_forecast.read_forecast(body(document), garden).value
    assert forecast.days.loc[DAY, "rain_chance"] == 0.65
    assert forecast.days.loc[DAY + timedelta(days=1), "rain_chance"] == 0.2


def test_what_a_model_does_not_tell_is_missing_and_not_zero(
    hourly: Hourly, body: Body, garden: Place
) -> None:
    document = hourly(chance=None)
    document["hourly"]["et0_fao_evapotranspiration"] = [None] * 264
    forecast = open_meteo_forecast.read_forecast(body(document), garden).value
    assert forecast.days["rain_chance"].isna().all()
    assert "et0" not in forecast.days or forecast.days["et0"].isna().all()


def test_days_of_23_and_25_hours_are_whole(hourly: Hourly, body: Body, garden: Place) -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert (hours_of(spring, garden.zone), hours_of(autumn, garden.zone)) == (23, 25)
    for day, hours in ((spring, 23), (autumn, 25)):
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
        rain = dict.fromkeys(range(96), 0.1)
        document = hourly(start=start, hours=96, rain=rain)
        days = open_meteo_forecast.read_forecast(body(document), garden).value.days
        assert days.loc[day, "rain"] == pytest.approx(hours * 0.1)


def test_an_answer_in_days_is_taken_as_it_is(body: Body, garden: Place) -> None:
    document = {
        "daily_units": {"time": "iso8601", "precipitation_sum": "mm"},
        "daily": {
            "time": ["2026-07-14", "2026-07-15"],
            "temperature_2m_min": [14.0, 15.0],
            "temperature_2m_max": [27.0, 29.0],
            "precipitation_sum": [0.0, 6.2],
            "precipitation_probability_max": [10, None],
        },
    }
    forecast = open_meteo_forecast.read_forecast(body(document), garden).value
    assert forecast.hours.empty
    assert forecast.days["rain"].tolist() == [0.0, 6.2]
    assert forecast.days["rain_chance"].iloc[0] == 0.1
    assert np.isnan(forecast.days["rain_chance"].iloc[1])


def test_the_shape_of_the_public_service_is_read(data: Path, garden: Place) -> None:
    shape = json.loads((data / "city" / "openmeteo_forecast.shape.json").read_text())
    for name, later in (("time", "2026-05-01T01:00"), ("temperature_2m", 10.9)):
        shape["hourly"][name].append(later)
    for name in ("soil_moisture_9_to_27cm", "et0_fao_evapotranspiration"):
        shape["hourly"][name] *= 2
    shape["hourly"]["precipitation"] = [0.0, 0.4]
    found = open_meteo_forecast.read_forecast(json.dumps(shape).encode(), garden)
    first = found.value.hours.iloc[0]
    assert (first.name, first["rain"]) == (datetime(2026, 4, 30, 22, tzinfo=UTC), 0.4)
    del shape["hourly"]["precipitation"]
    with pytest.raises(FeedError, match="unreadable: has no values of rain"):
        open_meteo_forecast.read_forecast(json.dumps(shape).encode(), garden)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"<html>", "unreadable: is not JSON"),
        (b"[]", "unreadable: is not the answer for one place"),
        (b"{}", "unreadable: has neither hourly nor daily values"),
        (b'{"error": true, "reason": "no data"}', "unreadable: the service answered: no data"),
        (
            b'{"hourly": {"time": ["2026-07-14T00:00"], "temperature_2m": [1, 2]}}',
            "unreadable: temperature_2m has 2 values for 1 times",
        ),
        (
            b'{"hourly": {"time": ["2026-07-14T00:00"], "temperature_2m": [21]}}',
            "unreadable: has no values of rain",
        ),
    ],
)
def test_what_is_no_forecast_says_why(told: bytes, why: str, garden: Place) -> None:
    with pytest.raises(FeedError, match=why):
        open_meteo_forecast.read_forecast(told, garden)


def test_members_keep_their_own_course(hourly: Hourly, body: Body, garden: Place) -> None:
    answer = body(hourly(rain={30: 1.0, 60: 2.0}, members=5))
    forecast = open_meteo_ensemble.read_ensemble(answer, garden).value
    members = forecast.members
    assert members is not None
    assert members.count == 5
    rain = members.days["rain"].unstack("member")
    # The control run (0) has the rain as it is, member n has n times as much.
    assert rain.loc[DAY].tolist() == [1.0, 1.0, 2.0, 3.0, 4.0]
    assert rain.loc[DAY + timedelta(days=1)].tolist() == [2.0, 2.0, 4.0, 6.0, 8.0]
    assert members.rain.loc["2026-07-14 05:00+00:00"].tolist() == [1.0, 1.0, 2.0, 3.0, 4.0]
    assert forecast.days.loc[DAY, "rain"] == pytest.approx(2.2)
    assert forecast.days.loc[DAY, "rain_chance"] == 1.0


def test_a_member_that_cannot_be_is_left_out_and_named(
    hourly: Hourly, body: Body, garden: Place
) -> None:
    document = hourly(rain={30: 1.0}, members=4)
    document["hourly"]["precipitation_member02"][5] = 900.0
    document["hourly"]["precipitation_member03"].pop()
    found = open_meteo_ensemble.read_ensemble(body(document), garden)
    assert found.value.members is not None
    assert found.value.members.count == 2
    assert {one.field for one in found.problems} == {
        "precipitation_member02",
        "precipitation_member03",
    }


def test_an_ensemble_without_rain_says_so(hourly: Hourly, body: Body, garden: Place) -> None:
    document = hourly(members=3)
    names = [name for name in document["hourly"] if name.startswith("precipitation")]
    for name in names:
        document["hourly"][name] = [None] * 264
    with pytest.raises(FeedError, match="has no precipitation of any member"):
        open_meteo_ensemble.read_ensemble(body(document), garden)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    part=st.dictionaries(
        st.sampled_from(["time", "temperature_2m", "precipitation", "precipitation_member01"]),
        st.one_of(
            st.none(),
            st.text(max_size=5),
            st.lists(
                st.one_of(
                    st.none(),
                    st.floats(),
                    st.text(max_size=3),
                    st.sampled_from(["2026-07-14T00:00", "2026-07-14T01:00"]),
                    st.booleans(),
                ),
                max_size=3,
            ),
        ),
    ),
    of=st.sampled_from(["hourly", "daily"]),
)
def test_nothing_but_a_feed_error_leaves_a_reader(
    part: dict[str, Any], of: str, garden: Place
) -> None:
    answer = json.dumps({of: part}).encode()
    readers: tuple[Callable[[bytes, Place], Any], ...] = (
        open_meteo_forecast.read_forecast,
        open_meteo_ensemble.read_ensemble,
        meteo_france_packet.read_observations,
    )
    for read in readers:
        try:
            read(answer, garden)
        except FeedError as error:
            assert error.reason.startswith("unreadable: ")


def test_values_carry_their_origin(hourly: Hourly, body: Body, garden: Place) -> None:
    feed = open_meteo_forecast.forecast()
    for mode in ("live", "simulated"):
        kind: Mode = "live" if mode == "live" else "simulated"
        found = observed(feed, body(hourly()), garden, fetched_at=AT, mode=kind)
        assert (found.source, found.mode, found.fetched_at) == ("open-meteo", mode, AT)
        assert found.observed_at == AT
        assert found.licence.name == "CC BY 4.0"
        assert "Open-Meteo" in found.licence.attribution


@pytest.mark.parametrize(
    ("base", "key", "url"),
    [
        ("", "", "https://api.open-meteo.com/v1/forecast"),
        ("", "KEY", "https://customer-api.open-meteo.com/v1/forecast"),
        ("http://10.0.0.7:8080", "", "http://10.0.0.7:8080/v1/forecast"),
    ],
)
def test_the_question_names_the_place_and_hides_the_key(
    base: str, key: str, url: str, garden: Place
) -> None:
    asked = open_meteo_forecast.forecast(base, key).ask(garden)
    assert asked.url == url
    assert asked.params["latitude"] == "47.32000"
    assert asked.params["elevation"] == "245"
    assert "precipitation_probability" in asked.params["hourly"]
    assert (asked.secrets == {"apikey": key}) == bool(key)
    assert "apikey" not in asked.params
    nowhere = replace(garden, elevation=float("nan"))
    assert "elevation" not in open_meteo_forecast.forecast().ask(nowhere).params


# Météo-France's packet


def record(station: str, hour: int, *, lat: float = 47.27, **values: float | None) -> Any:
    time = datetime(2026, 7, 14, tzinfo=UTC) + timedelta(hours=hour)
    plain: dict[str, Any] = {"t": 293.15, "td": 283.15, "u": 60, "ff": 2.0, "rr1": 0.0}
    return {
        "lat": lat,
        "lon": 5.09,
        "geo_id_insee": station,
        "validity_time": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        **plain,
        **values,
    }


def test_the_nearest_station_that_measures_is_taken(body: Body, garden: Place) -> None:
    records = [record("21000001", hour, lat=47.31, rr1=None) for hour in (6, 7)]  # no gauge
    records += [record("21473001", hour, rr1=1.5) for hour in (6, 7)]
    records += [record("21999999", hour, lat=47.5) for hour in (6, 7)]
    found = meteo_france_packet.read_observations(body(records), garden)
    assert found.value.station == "21473001"
    assert found.value.distance_km == pytest.approx(6.7, abs=0.3)
    assert found.observed_at == datetime(2026, 7, 14, 7, tzinfo=UTC)
    # The rain of 7 h fell from 6 h to 7 h.
    assert found.value.hours.loc["2026-07-14 06:00+00:00", "rain"] == 1.5
    assert found.value.hours.loc["2026-07-14 06:00+00:00", "tmean"] == pytest.approx(20.0)


def test_a_real_packet_is_read(data: Path) -> None:
    answer = (data / "city" / "meteofrance_dppaquetobs_horaire.json").read_bytes()
    belfort = Place(47.6, 6.85, 400.0, UTC, "90010")
    found = meteo_france_packet.read_observations(answer, belfort)
    assert found.value.station == "90035001"
    assert found.value.hours["tmean"].iloc[0] == pytest.approx(3.2)
    far = replace(belfort, latitude=44.0)
    with pytest.raises(FeedError, match="no station within 40 km"):
        meteo_france_packet.read_observations(answer, far)


@pytest.mark.parametrize(
    ("code", "number"), [("21231", "21"), ("01004", "1"), ("97411", "974"), ("2A004", "20")]
)
def test_a_commune_lies_in_its_department(code: str, number: str) -> None:
    assert meteo_france_packet.department(code) == number


@pytest.mark.parametrize("code", ["", "853", "FI853"])
def test_a_place_elsewhere_is_not_asked_for(code: str, garden: Place) -> None:
    with pytest.raises(FeedError, match="is in no French department"):
        meteo_france_packet.observations("KEY").ask(replace(garden, area=code))
