"""A device that was moved tells each bed and garden only what it measured there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from agro.store import farms, things, writing

Garden = Any  # the fixture's class, which lives in conftest.py
HOUR = timedelta(hours=1)


def _move(garden: Garden, device: str, since: Any, **where: str) -> None:
    garden.keep()
    with writing(garden.engine) as c:
        known = next(one for one in farms.devices(c) if one.device == device)
        things.save_device(c, replace(known, **where), since=since)


def test_a_moved_probe_speaks_for_its_new_bed_and_no_longer_for_the_old(measured: Garden) -> None:
    measured.at += 8 * HOUR
    measured.probe(measured.at - 5 * HOUR, 0.14)  # dry, under the squash
    before = measured.ask(at=measured.at - 4 * HOUR)
    _move(measured, "probe", measured.at - 3 * HOUR, plot="tunnel")
    measured.probe(measured.at - HOUR, 0.24)
    squash, tunnel = measured.ask(), measured.ask("tunnel")
    assert "no_probe" in squash.cautions
    assert "soil_moisture" not in squash.facts
    assert tunnel.facts["soil_moisture"] == 0.24
    assert repr(measured.ask(at=measured.at - 4 * HOUR)) == repr(before)


def test_a_probe_just_put_there_has_said_nothing_yet(measured: Garden) -> None:
    measured.at += 2 * HOUR
    _move(measured, "probe", measured.at - HOUR, plot="tunnel")
    assert "soil_moisture" not in measured.ask("tunnel").facts


def test_a_probe_taken_away_is_no_silent_probe(measured: Garden) -> None:
    measured.keep()
    with writing(measured.engine) as c:
        things.take_away(c, "probe", measured.at - 48 * HOUR)
    cautions = measured.ask().cautions
    assert "no_probe" in cautions
    assert "probe_silent" not in cautions


def test_a_moved_station_s_past_stays_with_its_garden(measured: Garden) -> None:
    assert measured.ask().sources["weather_days"] == {"station": 55}
    _move(measured, "station", measured.at - 36 * HOUR, site="plateau")
    field = measured.ask("field").sources
    assert (field["station"], field["weather_days"]["station"]) == ("station", 1)
    assert measured.ask().sources["weather_days"]["neighbour"] == 1
