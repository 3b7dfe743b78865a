"""The forecasts that are kept: one a day, soon after a harvest, and the weeks before."""

from datetime import timedelta

import pytest

from agro.forecast import daily, forecast, forecast_all
from agro.forecast.daily import Round
from agro.records import LogEntry
from agro.store import forecasts, logbook, writing
from tests.agro.advice.conftest import NOW, Garden


def test_one_a_day_and_the_weeks_before(measured: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "WEEKS_BACK", 2)
    assert forecast_all(measured.engine, NOW).count > 0
    assert forecast_all(measured.engine, NOW + timedelta(hours=5)).count == 0
    with measured.engine.connect() as c:
        kept = forecasts.latest(c, "garden")
        table = forecasts.history(c, "garden")
        before = forecast(c, site="garden", at=NOW - timedelta(days=7))
        then = forecasts.latest(c, "garden", at=NOW - timedelta(days=3))
    today = {one.plot for one in kept if one.issued_at == NOW}
    assert today == {"squash", "tunnel", "pots"}
    assert {one.plot for one in kept} - today == {"bare"}  # stood a fortnight before
    assert all(("recomputed" in one.sources) == (one.issued_at < NOW) for one in kept)
    own = table[table["plot"] == "squash"]
    assert len(own) == 3
    week = {one.plot: one.middle for one in then if one.issued_at == NOW - timedelta(days=7)}
    assert week == {one.plot: one.middle for one in before}
    assert all(one.sources["recomputed"] for one in then)


def test_soon_after_a_harvest_it_is_made_again(
    measured: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "WEEKS_BACK", 0)
    monkeypatch.setenv("AGRO_CLOCK", f"{NOW + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}@0")
    forecast_all(measured.engine, NOW)
    with writing(measured.engine) as c:
        entry = LogEntry("garden", "squash", "harvest", NOW, 20.0, "kg", crop="zucchini")
        logbook.write(c, [entry])
    assert forecast_all(measured.engine, NOW + timedelta(minutes=2)).count == 0
    assert forecast_all(measured.engine, NOW + timedelta(minutes=6)).count > 0
    with measured.engine.connect() as c:
        squash = next(one for one in forecasts.latest(c, "garden") if one.plot == "squash")
    assert squash.sources["harvested_kg"] == 20.0


def test_a_site_that_fails_keeps_none_and_the_others_go_on(
    measured: Garden, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(daily, "WEEKS_BACK", 0)
    asked = daily.forecast

    def fails(c: object, *, site: str, at: object) -> object:
        if site == "garden":
            raise ValueError("no soil")
        return asked(c, site=site, at=at)  # type: ignore[arg-type]

    monkeypatch.setattr(daily, "forecast", fails)
    assert forecast_all(measured.engine, NOW) == Round(1, waits=False)
    assert "no yield forecast for site garden: no soil" in caplog.text


def test_a_large_city_waits_its_turn(measured: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "WEEKS_BACK", 0)
    rounds = [forecast_all(measured.engine, NOW, within_s=0.0) for _ in range(3)]
    assert [one.waits for one in rounds] == [True, False, False]
    assert [one.count for one in rounds] == [3, 1, 0]
