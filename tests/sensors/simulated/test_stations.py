"""Stations tell the truth they stand in, through real envelopes, unless a fault says otherwise."""

from dataclasses import replace
from datetime import UTC, date, datetime
from math import inf

import numpy as np
import pytest

from sensors import codecs, envelopes
from sensors.simulated.climate import Climate
from sensors.simulated.faults import Fault
from sensors.simulated.stations import Place, Sky, Station
from sensors.simulated.weather import HOUR, generate

START = date(2026, 4, 1)
T0 = datetime(2026, 4, 1, tzinfo=UTC).timestamp()
DAY = 86400.0


@pytest.fixture(scope="module")
def place(climate: Climate) -> Place:
    """Soil that dries in a straight line, 0.40 at the start and 0.20 after 40 days."""

    def moisture(depth_cm: float, times: np.ndarray) -> np.ndarray:
        return 0.40 - (times - T0) / DAY * 0.005 + 0.0 * depth_cm

    def temperature(depth_cm: float, times: np.ndarray) -> np.ndarray:
        return np.full_like(times, 15.0 - depth_cm / 100.0)

    return Place(Sky(generate(climate, START, 40, seed=2)), moisture, temperature)


def station(
    model: str = "dragino/lse01",
    *faults: Fault,
    network: str = "the_things_stack",
    interval: int = 3600,
    depths: tuple[float, ...] = (20.0,),
) -> Station:
    return Station("probe-1", "A84041000181BC01", model, network, interval, T0, depths, faults)


def heard(one: Station, place: Place, days: float = 40.0) -> dict[str, np.ndarray]:
    """Everything a station says in the days: its times, and for each quantity its values."""
    columns: dict[str, list[float]] = {"time": []}
    for at, topic, body in one.messages(place, one.due(T0, T0 + days * DAY)):
        uplink = envelopes.parse(topic, body, arrived_at=datetime.fromtimestamp(at, UTC))
        assert uplink is not None
        assert uplink.payload is not None
        assert uplink.time.timestamp() == pytest.approx(at, abs=1.0)
        columns["time"].append(at)
        for reading in codecs.decode(one.model, uplink.port, uplink.payload).readings:
            if reading.level == 0:
                columns.setdefault(reading.quantity, []).append(reading.value)
    return {name: np.array(values) for name, values in columns.items()}


@pytest.mark.parametrize("network", ["the_things_stack", "chirpstack"])
@pytest.mark.parametrize(
    "model", ["dragino/lse01", "decentlab/dl-trs12", "decentlab/dl-smtp", "milesight/em500-smtc"]
)
def test_a_healthy_probe_tells_the_truth(place: Place, model: str, network: str) -> None:
    said = heard(station(model, network=network), place, days=3)
    true = place.moisture(20.0, said["time"])
    assert len(said["time"]) == 72
    assert said["soil_moisture"] == pytest.approx(true, abs=0.008)
    assert said["soil_temperature"] == pytest.approx(14.8, abs=0.6)


@pytest.mark.parametrize("network", ["the_things_stack", "chirpstack"])
def test_the_envelope_names_the_device(place: Place, network: str) -> None:
    one = station(network=network)
    _, topic, body = next(iter(one.messages(place, one.due(T0, T0 + DAY))))
    uplink = envelopes.parse(topic, body, arrived_at=datetime(2026, 4, 2, tzinfo=UTC))
    assert uplink is not None
    assert uplink.eui.upper() == one.eui
    assert network != "the_things_stack" or uplink.device == one.device
    assert -120 < (uplink.rssi or 0) < -60
    assert not uplink.simulated


def test_a_profile_tells_every_depth(place: Place) -> None:
    one = station("decentlab/dl-smtp", depths=(10.0, 20.0, 30.0))
    sent = next(one.transmissions(place, one.due(T0, T0 + DAY)))
    readings = codecs.decode(one.model, sent.port, sent.payload).readings
    told = {r.level for r in readings if r.quantity == "soil_moisture" and r.value == r.value}
    assert told == {0, 1, 2}


def test_a_stuck_probe_repeats_one_value(place: Place) -> None:
    said = heard(station("dragino/lse01", Fault("stuck", T0 + 10 * DAY, size=0.35)), place)
    after = said["time"] >= T0 + 10 * DAY
    assert np.unique(said["soil_moisture"][after]) == pytest.approx([0.35])
    assert len(np.unique(said["soil_moisture"][~after])) > 100


def test_a_dying_battery_falls_and_then_silence(place: Place) -> None:
    said = heard(station("dragino/lse01", Fault("dead_battery", T0 + 30 * DAY)), place)
    assert said["time"].max() < T0 + 30 * DAY
    volts = said["battery_voltage"]
    assert volts[0] > 3.5
    assert volts[-1] < 2.6
    assert np.all(np.diff(volts) <= 0.002)


def test_a_clogged_gauge_counts_nothing_more(place: Place) -> None:
    clogged = Fault("clogged_gauge", T0 + 12 * DAY)
    said = heard(station("decentlab/dl-tbrg", clogged), place)
    after = said["time"] >= T0 + 12 * DAY + HOUR
    assert said["rain"][after].sum() == 0.0
    assert len(np.unique(said["rain_total"][after])) == 1
    assert place.sky.weather.rain[12 * 24 :].sum() > 10.0


def test_a_gauge_counts_all_the_rain_once(place: Place) -> None:
    total = place.sky.weather.rain.sum()
    for model in ("decentlab/dl-tbrg", "decentlab/dl-atm41"):
        said = heard(station(model, interval=1800), place)
        assert said["rain"].sum() == pytest.approx(total, rel=0.02)
    assert heard(station("decentlab/dl-tbrg"), place)["rain_total"][-1] == pytest.approx(
        total, abs=0.2
    )


def test_a_gap_is_silent_and_ends(place: Place) -> None:
    said = heard(station("dragino/lse01", Fault("gap", T0 + 5 * DAY, T0 + 6.5 * DAY)), place, 10)
    assert np.diff(said["time"]).max() == pytest.approx(1.5 * DAY, abs=2 * HOUR)
    assert len(said["time"]) == pytest.approx(240 - 36, abs=1)


def test_noise_scatters_and_offset_shifts(place: Place) -> None:
    quiet = heard(station(), place)["soil_moisture"]
    noisy = heard(station("dragino/lse01", Fault("noise", T0, inf, 0.02)), place)["soil_moisture"]
    shifted = heard(station("dragino/lse01", Fault("offset", T0, inf, 0.05)), place)
    error = noisy - quiet
    small = error[np.abs(error) < 0.3]
    assert np.std(small) == pytest.approx(0.02, rel=0.1)
    assert np.mean(small) == pytest.approx(0.0, abs=0.003)
    assert 0 < (error > 0.5).sum() < 0.02 * len(error)
    assert shifted["soil_moisture"] - quiet == pytest.approx(0.05, abs=1e-3)


def test_the_weather_station_tells_the_sky(place: Place) -> None:
    said = heard(station("decentlab/dl-atm41", interval=1800), place, days=5)
    for quantity in ("air_temperature", "relative_humidity", "solar_radiation"):
        assert said[quantity] == pytest.approx(place.sky.state(quantity, said["time"]), abs=0.51)
    mean = said["solar_radiation"].mean()
    assert mean == pytest.approx(place.sky.weather.solar_radiation[:120].mean(), rel=0.02)
    assert np.all(said["wind_gust"] >= said["wind_speed"])


def test_the_same_message_again_is_the_same_bytes(place: Place) -> None:
    one = station()
    times = one.due(T0, T0 + 2 * DAY)
    assert list(one.messages(place, times)) == list(one.messages(place, times))
    part = list(one.messages(place, one.due(T0 + DAY, T0 + 2 * DAY)))
    assert list(one.messages(place, times))[24:] == part


def test_due_times_join_without_gap_or_double() -> None:
    one = replace(station(), interval=1700)
    whole = one.due(T0, T0 + 3 * DAY)
    parts = np.concatenate([one.due(T0 + n * 7777.0, T0 + (n + 1) * 7777.0) for n in range(33)])
    assert np.array_equal(whole[whole < T0 + 33 * 7777.0], parts)


def test_a_station_that_reports_more_often_goes_on_counting(place: Place) -> None:
    """No message seems lost where only the interval changed; the battery is as old as before."""
    one, turn = station(), T0 + 10.4 * DAY
    often = one.set_to(60, turn)
    before = list(one.transmissions(place, one.due(turn - 5 * 3600, turn)))
    after = list(often.transmissions(place, often.due(turn, turn + 300)))
    counters = [sent.counter for sent in (*before, *after)]
    assert counters == list(range(counters[0], counters[0] + len(counters)))
    assert often.since == one.since
