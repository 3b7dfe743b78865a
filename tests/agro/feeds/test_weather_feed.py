"""What weather services answer is kept with its origin; what fails leaves what was known."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds import run, sources_of
from agro.store import feeds, forecast_details, heartbeat, problems, weather, writing

Weather = Any  # the fixture's class, which lives in conftest.py
Answers = dict[str, Callable[..., bytes]]
NOW = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
TODAY = date(2026, 7, 14)
HOUR = timedelta(hours=1)
FORECAST, ENSEMBLE = "/v1/forecast", "/v1/ensemble"


def test_a_forecast_is_kept_with_its_members_and_its_origin(weather_service: Weather) -> None:
    done = weather_service.ask()
    assert {name: one.state for name, one in done.items()} == {
        "meteo-france": "new",
        "open-meteo": "new",
        "open-meteo-ensemble": "new",
    }
    assert (done["open-meteo"].days, done["open-meteo"].members) == (10, 4)
    site = weather_service.site.slug
    with weather_service.engine.connect() as c:
        found = weather.forecast(c, site, NOW) or pytest.fail("no forecast")
        details = forecast_details.read(c, site, NOW)
        kept = {one.source: one for one in feeds.sources(c, site)}
    frame, issued_at, source = found
    assert (issued_at, source) == (NOW, "open-meteo")
    assert frame.loc[TODAY, "rain"] == 3.0
    assert frame.loc[TODAY, "rain_chance"] == pytest.approx(0.3)
    detail = details[TODAY]
    assert detail.rain[15] == 3.0  # 13 h UTC is 15 h in Paris
    assert detail.rain_members.shape == (4, 24)
    assert detail.rain_members[:, 15].tolist() == [1.0, 1.0, 2.0, 3.0]
    assert np.all((detail.et0_members > 3.0) & (detail.et0_members < 7.0))
    own = kept["open-meteo"]
    assert (own.mode, own.licence, own.failures) == ("live", "CC BY 4.0", 0)
    assert own.attribution == "Weather data by Open-Meteo.com"
    assert own.fetched_at == own.observed_at == NOW
    assert kept["meteo-france"].observed_at == NOW
    assert kept["meteo-france"].licence == "Licence Ouverte 2.0"


def test_the_first_question_brings_the_season_the_next_ones_three_days(
    weather_service: Weather,
) -> None:
    weather_service.ask()
    weather_service.ask(NOW + HOUR)
    asked = [
        params["past_days"] for path, params, _ in weather_service.server.asked if path == FORECAST
    ]
    assert asked == ["92", "3"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (500, "server_fault: HTTP 500"),
        ((429, {"Retry-After": "1800"}), "busy: HTTP 429"),
        (401, "key_refused: HTTP 401"),
        ("not json", "unreadable: is not JSON"),
        ('{"hourly": {"time": ["2026-07-14T00:00"], "temperature_2m": [20]}}', "values of rain"),
        ('{"error": true, "reason": "down for works"}', "down for works"),
    ],
)
def test_a_feed_that_fails_leaves_the_last_good_value_with_its_age(
    weather_service: Weather, fault: Any, reason: str
) -> None:
    weather_service.settings = weather_service.settings.model_copy(update={"meteo_france_url": ""})
    only = frozenset({"open-meteo"})
    weather_service.ask(due=only | {"open-meteo-ensemble"})
    weather_service.server.faults = [fault] * 4 if fault == 500 else [fault]
    later = NOW + 20 * HOUR
    done = weather_service.ask(later, due=only)["open-meteo"]
    assert (done.state, done.age_h) == ("failed", 20.0)
    assert reason in done.reason
    site = weather_service.site.slug
    with weather_service.engine.connect() as c:
        found = weather.forecast(c, site, later) or pytest.fail("no forecast")
        own = feeds.source(c, "open-meteo", site) or pytest.fail("no feed")
        told = problems.recent(c)
    assert found[1] == NOW
    assert (own.fetched_at, own.failures) == (NOW, 1)
    assert reason in own.reason
    wait = timedelta(minutes=30) if isinstance(fault, tuple) else timedelta(minutes=5)
    assert own.next_try is not None
    assert timedelta(0) <= own.next_try - later - wait <= timedelta(seconds=2)
    assert (told["source"].iloc[0], told["device"].iloc[0]) == ("open-meteo", site)
    if isinstance(fault, str):
        assert told["payload"].iloc[0] == fault


def test_pauses_grow_while_a_feed_fails(weather_service: Weather) -> None:
    only = frozenset({"open-meteo"})
    site, pauses = weather_service.site.slug, []
    for n in range(9):
        weather_service.server.faults = [404]
        at = NOW + n * HOUR
        weather_service.ask(at, due=only)
        with weather_service.engine.connect() as c:
            own = feeds.source(c, "open-meteo", site) or pytest.fail("no feed")
        assert own.next_try is not None
        pauses.append((own.next_try - at) / timedelta(minutes=1))
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360]


def test_an_ensemble_that_fails_leaves_the_members_it_gave_last(weather_service: Weather) -> None:
    weather_service.ask()
    site, later = weather_service.site.slug, NOW + 2 * HOUR
    weather_service.server.pages[ENSEMBLE] = b"<html>"
    done = weather_service.ask(later)
    assert (done["open-meteo"].state, done["open-meteo-ensemble"].state) == ("new", "failed")
    with weather_service.engine.connect() as c:
        assert forecast_details.read(c, site, later)[TODAY].rain_members.shape == (4, 24)
    # Half a day on they are no longer believed.
    much_later = NOW + 13 * HOUR
    weather_service.ask(much_later)
    with weather_service.engine.connect() as c:
        assert forecast_details.read(c, site, much_later)[TODAY].rain_members.size == 0


def test_members_alone_are_a_forecast(weather_service: Weather) -> None:
    weather_service.server.pages[FORECAST] = b"<html>"
    weather_service.ask()
    with weather_service.engine.connect() as c:
        frame, _, source = weather.forecast(c, weather_service.site.slug, NOW) or pytest.fail(
            "none"
        )
    assert source == "open-meteo-ensemble"
    assert frame.loc[TODAY, "rain"] == pytest.approx(np.mean([1, 1, 2, 3]))


def test_an_answer_that_still_holds_is_not_written_again(weather_service: Weather) -> None:
    server = weather_service.server
    server.etags = {FORECAST: '"a"', ENSEMBLE: '"b"'}
    weather_service.ask()
    again = weather_service.ask(NOW + HOUR)
    assert again["open-meteo"].state == again["open-meteo-ensemble"].state == "unchanged"
    assert again["open-meteo"].age_h == 0.0
    site = weather_service.site.slug
    with weather_service.engine.connect() as c:
        found = weather.forecast(c, site, NOW + HOUR) or pytest.fail("no forecast")
        assert found[1] == NOW
        assert len(feeds.answers(c, "open-meteo", site)) == 1
    # A new ensemble is joined to the forecast that still holds.
    server.etags[ENSEMBLE] = '"c"'
    third = weather_service.ask(NOW + 2 * HOUR)
    assert (third["open-meteo"].state, third["open-meteo"].members) == ("unchanged", 4)
    with weather_service.engine.connect() as c:
        frame, issued_at, source = weather.forecast(c, site, NOW + 2 * HOUR) or pytest.fail("none")
    assert (issued_at, source, frame.loc[TODAY, "rain"]) == (NOW + 2 * HOUR, "open-meteo", 3.0)


def test_answers_are_kept_as_they_came_and_not_for_ever(
    weather_service: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "KEPT", 3)
    body = weather_service.server.pages[FORECAST]
    for n in range(5):
        weather_service.ask(NOW + n * HOUR, due=frozenset({"open-meteo"}))
    with weather_service.engine.connect() as c:
        kept = feeds.answers(c, "open-meteo", weather_service.site.slug)
    assert [at for at, _ in kept] == [NOW + n * HOUR for n in (4, 3, 2)]
    assert kept[0][1] == body


def test_the_same_answer_twice_is_the_same_rows(weather_service: Weather) -> None:
    site = weather_service.site.slug
    rows = []
    for _ in range(2):
        weather_service.ask()
        with weather_service.engine.connect() as c:
            frame, *_ = weather.forecast(c, site, NOW) or pytest.fail("no forecast")
            days = weather.days(c, site, TODAY - timedelta(days=9), TODAY)
        rows.append((frame, days))
    pd.testing.assert_frame_equal(rows[0][0], rows[1][0])
    pd.testing.assert_frame_equal(rows[0][1], rows[1][1])


def test_what_a_person_brought_is_not_overwritten(weather_service: Weather) -> None:
    site, yesterday = weather_service.site.slug, TODAY - timedelta(days=1)
    own = pd.DataFrame({"day": [yesterday], "tmin": [10.0], "tmax": [20.0], "rain": [7.0]})
    with writing(weather_service.engine) as c:
        weather.write_days(c, site, "file", own)
    weather_service.ask()
    with weather_service.engine.connect() as c:
        days = weather.days(c, site, TODAY - timedelta(days=3), TODAY)
    assert days.loc[yesterday, "rain"] == 7.0
    assert days.loc[yesterday, "source"] == "file"
    assert days.loc[TODAY - timedelta(days=2), "source"] == "live/open-meteo"


def test_days_are_made_of_several_packets_and_go_before_a_model_s(
    weather_service: Weather, answers: Answers
) -> None:
    site, yesterday = weather_service.site.slug, TODAY - timedelta(days=1)
    packets = weather_service.server.pages
    path = "/public/DPPaquetObs/v1/paquet/horaire"
    for at in (NOW - 24 * HOUR, NOW - 12 * HOUR, NOW):
        packets[path] = answers["packet"](until=at, hours=13)
        weather_service.ask(at)
    with weather_service.engine.connect() as c:
        days = weather.days(c, site, yesterday, TODAY + timedelta(days=1))
    assert days["source"].tolist() == ["live/meteo-france"]  # today is not whole yet
    assert days.loc[yesterday, "rain"] == pytest.approx(24 * 0.5)
    assert days.loc[yesterday, "tmax"] == pytest.approx(28.0)
    header = next(h for path, _, h in weather_service.server.asked if path.startswith("/public"))
    assert header["apikey"] == "A-KEY"


def test_without_consent_nobody_is_asked(store: Engine, feed_server: Any) -> None:
    settings = Settings(open_meteo_url=feed_server.url)
    assert sources_of(settings).keys == ()
    stop = threading.Event()
    run(store, settings, stop, look_every_s=0.01)  # returns at once
    assert feed_server.asked == []


def test_the_service_asks_for_every_garden_and_then_rests(weather_service: Weather) -> None:
    stop = threading.Event()
    service = threading.Thread(
        target=run,
        args=(weather_service.engine, weather_service.settings, stop),
        kwargs={"look_every_s": 0.05},
    )
    service.start()
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        with weather_service.engine.connect() as c:
            if "feeds" in heartbeat.read(c):
                break
        time.sleep(0.1)
    asked = len(weather_service.server.asked)
    time.sleep(0.5)
    stop.set()
    service.join(20)
    assert len(weather_service.server.asked) == asked > 0
    with weather_service.engine.connect() as c:
        facts = heartbeat.read(c)["feeds"][1]
        told = {(one.source, one.site) for one in feeds.sources(c)}
    assert facts["failed"] == []
    assert facts["asked"] == asked == len(told)


def test_in_a_demo_nobody_is_asked(
    weather_service: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_CLOCK", "2026-07-20T05:00:00Z@1795500000")
    run(weather_service.engine, weather_service.settings, threading.Event(), look_every_s=0.01)
    assert weather_service.server.asked == []


def test_an_answer_is_json_as_it_came(weather_service: Weather) -> None:
    weather_service.ask()
    with weather_service.engine.connect() as c:
        at, body = feeds.newest_answer(c, "open-meteo", weather_service.site.slug) or pytest.fail()
    assert at == NOW
    assert "hourly" in json.loads(body)
