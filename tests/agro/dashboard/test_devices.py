"""What is wrong with a device, and how it is told."""

from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import pandas as pd
import pytest

from agro.dashboard import devices
from agro.records import Advice, Device
from agro.words import say

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
PROBE = Device("probe", "", "dragino/lse01", "s", "p", "Sonde", (20.0,))


def _latest(*rows: tuple[str, float, int], age: timedelta = timedelta(minutes=20)) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "device": "probe",
                "quantity": name,
                "depth_cm": nan,
                "time": pd.Timestamp(NOW - age),
                "value": value,
                "flag": flag,
                "unit": "",
            }
            for name, value, flag in rows
        ],
        columns=["device", "quantity", "depth_cm", "time", "value", "flag", "unit"],
    )


GOOD = ("soil_moisture", 0.2, 1)


@pytest.mark.parametrize(
    ("latest", "set_aside", "state", "told"),
    [
        pytest.param(_latest(GOOD), {}, "ok", [], id="well"),
        pytest.param(
            _latest(GOOD, age=timedelta(hours=30)),
            {},
            "silent",
            ["muet : dernier message il y a 30 h"],
            id="silent",
        ),
        pytest.param(_latest(), {}, "never", ["inscrit, mais jamais entendu"], id="never heard"),
        pytest.param(
            _latest(GOOD, ("battery_voltage", 2.45, 1)),
            {},
            "watch",
            ["pile faible : 2,45 V"],
            id="battery",
        ),
        pytest.param(
            _latest(("soil_moisture", 0.9, 4)),
            {},
            "fault",
            ["eau du sol : valeur impossible"],
            id="rejected",
        ),
        pytest.param(
            _latest(("soil_moisture", 0.3, 3)),
            {},
            "watch",
            ["eau du sol : valeur douteuse"],
            id="suspect",
        ),
        pytest.param(
            _latest(GOOD),
            {"probe": "stuck"},
            "fault",
            ["sonde sans doute bloquée : toujours la même valeur"],
            id="stuck",
        ),
    ],
)
def test_faults(
    latest: pd.DataFrame, set_aside: dict[str, str], state: str, told: list[str]
) -> None:
    (found,) = devices.states([PROBE], latest, NOW, set_aside)
    assert found.state == state
    texts = devices.fault_texts(say("fr"), found, NOW)
    assert [text.replace("\u00a0", " ").replace("\u202f", " ") for text in texts] == told


def test_what_the_advice_disbelieves_is_known_by_device() -> None:
    facts: dict[str, Any] = {"gauges_suspect": ["gauge"], "probes_rejected": {"probe": "stuck"}}
    advice = Advice(
        "s", "p", NOW, "wait", None, 0, 0, 0, "enough_water", "low", *(nan,) * 5, sources=facts
    )
    assert devices.disbelieved([advice]) == {"gauge": "clogged", "probe": "stuck"}


def test_a_card_says_flags_in_words_and_escapes_names() -> None:
    odd = Device("probe", "", "dragino/lse01", "s", "p", "<b>Sonde</b>", (20.0,))
    (state,) = devices.states([odd], _latest(("soil_moisture", 0.21, 3)), NOW)
    html = devices.card(say("fr"), state, "Planche 1", "Dragino LSE01", NOW)
    assert "&lt;b&gt;Sonde" in html
    assert "! douteuse" in html
    assert "21\u202f%" in html
