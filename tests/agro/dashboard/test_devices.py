"""What is wrong with a device, and how it is told."""

from datetime import UTC, date, datetime, timedelta
from math import nan
from typing import Any

import pandas as pd
import pytest

from agro.dashboard import device_card, device_detail, devices
from agro.dashboard.devices import Lately, Station
from agro.records import Advice
from agro.store.assessment import TESTS
from agro.words import say
from sensors.battery import Forecast

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
WELL: dict[str, Any] = {
    "device": "probe",
    "name": "Sonde",
    "model": "dragino/lse01",
    "site": "s",
    "plot": "p",
    "seen": pd.Timestamp(NOW - timedelta(minutes=20)),
    "battery_voltage": 3.6,
    "battery_level": nan,
    "rssi": -97.0,
    "snr": nan,
    "suspect": 0,
    "failed": 0,
    "missing": 0,
}
NO_DAYS = pd.DataFrame(columns=["device", "day", "good", "suspect", "failed", "missing"])


def _one(lately: Lately | None = None, aside: str = "", **changed: object) -> Station:
    overview = pd.DataFrame([WELL | changed])
    overview["seen"] = pd.to_datetime(overview["seen"], utc=True)
    (found,) = devices.stations(overview, NOW, lately, {"probe": aside} if aside else {})
    return found


def _values(*rows: tuple[str, float, int]) -> pd.DataFrame:
    columns = ["quantity", "depth_cm", "value", "flag", "unit"]
    told = [(name, nan, value, flag, "") for name, value, flag in rows]
    return pd.DataFrame(told, columns=columns)


def _plain(texts: list[str]) -> list[str]:
    return [text.replace("\u00a0", " ").replace("\u202f", " ") for text in texts]


HOURLY = Lately(intervals={"probe": 3600.0})
ENDING = Lately(batteries={"probe": Forecast("falling", 12.0, 9.0, 20.0, -0.01)})


@pytest.mark.parametrize(
    ("one", "values", "state", "told"),
    [
        pytest.param(_one(), _values(), "ok", [], id="well"),
        pytest.param(
            _one(seen=NOW - timedelta(hours=30)),
            _values(),
            "silent",
            ["muet : dernier message il y a 30 h"],
            id="silent, its interval unknown",
        ),
        pytest.param(
            _one(HOURLY, seen=NOW - timedelta(hours=5)),
            _values(),
            "silent",
            ["muet : 5 messages manqués"],
            id="silent beyond three intervals",
        ),
        pytest.param(
            _one(HOURLY, seen=NOW - timedelta(hours=2)), _values(), "ok", [], id="a message lost"
        ),
        pytest.param(
            _one(seen=None), _values(), "never", ["inscrit, mais jamais entendu"], id="never heard"
        ),
        pytest.param(
            _one(battery_voltage=2.45), _values(), "watch", ["pile faible : 2,45 V"], id="battery"
        ),
        pytest.param(_one(ENDING), _values(), "watch", ["pile bientôt vide"], id="battery ends"),
        pytest.param(
            _one(failed=1),
            _values(("soil_moisture", 0.9, 4)),
            "fault",
            ["eau du sol : valeur impossible"],
            id="rejected",
        ),
        pytest.param(
            _one(suspect=1),
            _values(("soil_moisture", 0.3, 3), ("soil_temperature", 18.0, 1)),
            "watch",
            ["eau du sol : valeur douteuse"],
            id="suspect",
        ),
        pytest.param(
            _one(aside="stuck"),
            _values(),
            "fault",
            ["sonde sans doute bloquée : toujours la même valeur"],
            id="stuck",
        ),
    ],
)
def test_faults(one: Station, values: pd.DataFrame, state: str, told: list[str]) -> None:
    assert one.state == state
    assert _plain(device_card.fault_texts(say("fr"), one, values)) == told


def test_what_the_advice_disbelieves_is_known_by_device() -> None:
    facts: dict[str, Any] = {"gauges_suspect": ["gauge"], "probes_rejected": {"probe": "stuck"}}
    advice = Advice(
        "s", "p", NOW, "wait", None, 0, 0, 0, "enough_water", "low", *(nan,) * 5, sources=facts
    )
    assert devices.disbelieved([advice]) == {"gauge": "clogged", "probe": "stuck"}


def _many() -> list[Station]:
    rows = [
        WELL | {"device": "well", "name": "Sonde des menthes"},
        WELL | {"device": "low", "battery_voltage": 2.9},
        WELL | {"device": "late", "seen": NOW - timedelta(hours=9)},
        WELL | {"device": "later", "seen": NOW - timedelta(days=9)},
        WELL | {"device": "wrong", "failed": 2},
    ]
    overview = pd.DataFrame(rows)
    overview["seen"] = pd.to_datetime(overview["seen"], utc=True)
    hourly = Lately(intervals=dict.fromkeys(overview["device"], 3600.0))
    return devices.stations(overview, NOW, hourly)


def test_the_worst_come_first() -> None:
    assert [one.device for one in _many()] == ["later", "late", "wrong", "low", "well"]


@pytest.mark.parametrize(
    ("kept", "sought", "names"),
    [
        ("all", "", ["later", "late", "wrong", "low", "well"]),
        ("silent", "", ["later", "late"]),
        ("battery", "", ["low"]),
        ("suspect", "", ["wrong"]),
        ("all", "MENTHES dragino", ["well"]),
        ("silent", "menthes", []),
    ],
)
def test_what_is_looked_for_is_found(kept: str, sought: str, names: list[str]) -> None:
    assert [one.device for one in devices.chosen(_many(), kept, sought)] == names


def test_the_table_is_for_a_spreadsheet() -> None:
    table = devices.table(_many())
    assert table.loc[0, "device"] == "later"
    assert table.loc[0, "messages_missed"] == 9 * 24
    assert not table.columns.str.contains(" ").any()


def test_a_card_says_flags_in_words_and_escapes_names() -> None:
    one = _one(name="<b>Sonde</b>", suspect=1)
    values = _values(("soil_moisture", 0.21, 3))
    html = device_card.card(say("fr"), one, "Planche 1", values, NO_DAYS, NOW)
    assert "&lt;b&gt;Sonde" in html
    assert "! douteuse" in html
    assert "21\u202f%" in html
    assert "Dragino LSE01" in html


@pytest.mark.parametrize(
    ("forecast", "french", "english"),
    [
        (
            Forecast("falling", 11.0, 8.0, 41.0),
            "vers le 1er août, entre le 29 juillet et le 31 août",
            "about 1 August, between 29 July and 31 August",
        ),
        (
            Forecast("falling", 200.0, 150.0, 900.0),
            "vers le 6 février 2027, au plus tôt le 18 décembre",
            "about 6 February 2027, 18 December at the earliest",
        ),
        (Forecast("falling", 11.0, 11.0, 11.2), "vers le 1er août", "about 1 August"),
        (Forecast("lasting"), "dans plus d’un an", "in more than a year"),
        (Forecast("empty", 0.0, 0.0, 0.0), "maintenant", "now"),
        (Forecast("steady"), None, None),
        (Forecast("unknown"), None, None),
    ],
)
def test_a_battery_s_end_is_told_with_its_margin(
    forecast: Forecast, french: str | None, english: str | None
) -> None:
    one = _one(Lately(batteries={"probe": forecast}))
    assert device_card.battery_end(say("fr"), one, NOW) == french
    assert device_card.battery_end(say("en"), one, NOW) == english


def test_a_strip_shows_the_gravest_of_each_day_and_says_it_aloud() -> None:
    rows = [
        ("probe", date(2026, 7, 21), 20, 0, 0, 0),
        ("probe", date(2026, 7, 20), 20, 3, 0, 0),
        ("probe", date(2026, 7, 19), 20, 3, 1, 0),
    ]
    days = pd.DataFrame(rows, columns=NO_DAYS.columns)
    html = device_card.strip(say("fr"), days, NOW)
    assert html.index('class="failed"') < html.index('class="suspect"') < html.index('"good"')
    assert html.count('class="none"') == 27
    said = "Bons : 1. Avec des valeurs mises en doute : 2. Sans mesure : 27."
    assert said in _plain([html])[0]


def test_the_signal_is_that_of_the_week() -> None:
    weak = Lately(radio={"probe": (-118.0, -16.0)})
    assert _one(weak).grade == "weak"
    assert _one().grade == "good"
    assert _one(rssi=nan).grade == "unknown"
    assert device_card.radio(say("fr"), -97.0, 7.4).replace("\u00a0", " ") == "−97 dBm / SNR 7 dB"


def test_each_test_tells_what_it_doubted() -> None:
    def day(number: int, quantity: str, **counts: int) -> dict[str, object]:
        start = {"day": date(2026, 7, number), "quantity": quantity, "depth_cm": 20.0}
        none = dict.fromkeys(("suspect", "failed", "missing", *TESTS), 0)
        return {**start, "count": 20, **none, **counts}

    history = pd.DataFrame(
        [
            day(3, "soil_moisture", failed=2, step=2, spike=1),
            day(5, "soil_moisture", suspect=4, step=4),
            day(5, "soil_temperature", suspect=1),
        ]
    )
    found = device_detail.doubts(history).set_index(["quantity", "test"])
    step = found.loc[("soil_moisture", "step")]
    assert list(step) == [6, date(2026, 7, 3), date(2026, 7, 5)]
    assert found.loc[("soil_moisture", "spike"), "count"] == 1
    assert found.loc[("soil_temperature", "none"), "count"] == 1
    assert len(found) == 3
    for test in (*TESTS, "none"):
        assert say("fr").knows(f"test.{test}")
