"""The recorded file of a real LSE01, line by line through mosquitto_pub, once and twice."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from agro.store import problems, readings

pytestmark = pytest.mark.service

NAME = "eui-a8404194a1875ff3"
TOPIC = f"v3/soil-app/devices/{NAME}/up"
UPLINKS = 41


@pytest.fixture
def file(data: Path) -> Path:
    if shutil.which("mosquitto_pub") is None:
        pytest.skip("mosquitto_pub is not installed")
    return data / "sensors" / "ttn_v3_dragino_lse01_storage.jsonl"


def _send(port: int, file: Path) -> None:
    command = ["mosquitto_pub", "-p", str(port), "-q", "1", "-t", TOPIC, "-l"]
    with file.open("rb") as lines:
        subprocess.run(command, stdin=lines, check=True, timeout=30)


def _series(engine: Any, quantity: str) -> pd.DataFrame:
    start, end = pd.Timestamp("2023-06-01", tz="UTC"), pd.Timestamp("2023-07-01", tz="UTC")
    with engine.connect() as c:
        return readings.series(c, device=NAME, quantity=quantity, start=start, end=end)


def _settled(collectors: Any) -> int:
    """Messages that the collector says it has taken."""
    from agro.store import heartbeat

    with collectors.engine.connect() as c:
        return sum(facts["messages"] for _, facts in heartbeat.read(c).values())


def test_each_uplink_is_stored_once(
    own_mosquitto: Any, collectors: Any, register: Callable[..., Any], file: Path
) -> None:
    register(NAME, eui="A8404194A1875FF3", depths=(20.0,))
    collectors.start(own_mosquitto.url)
    _send(own_mosquitto.port, file)
    collectors.wait_until(lambda: collectors.count() >= UPLINKS)
    first = _series(collectors.engine, "soil_moisture")
    with collectors.engine.connect() as c:
        assert problems.counts(c) == {}
    _send(own_mosquitto.port, file)
    collectors.wait_until(lambda: _settled(collectors) >= 2 * UPLINKS)
    moisture = _series(collectors.engine, "soil_moisture")
    pd.testing.assert_frame_equal(moisture, first)
    _check_values(collectors.engine, moisture)


def _check_values(engine: Any, moisture: pd.DataFrame) -> None:
    """The values that the network's own decoding states, in our units; the hole stays a hole."""
    assert len(moisture) == moisture["time"].nunique() == UPLINKS
    assert set(moisture["depth_cm"]) == {20.0}
    # Uplinks 1 and 3 state "0.00 %" and "31.73"; the last "48.00", "23.59", 422.
    assert moisture["value"].iloc[[0, 2, -1]].tolist() == pytest.approx([0.0, 0.3173, 0.48])
    assert _series(engine, "soil_temperature")["value"].iloc[-1] == pytest.approx(23.59)
    assert _series(engine, "soil_conductivity")["value"].iloc[-1] == pytest.approx(0.422)
    assert _series(engine, "battery_voltage")["value"].iloc[0] == pytest.approx(3.384)
    assert _series(engine, "rssi")["value"].iloc[0] == -42
    assert moisture["time"].diff().max() > pd.Timedelta("28h")


def test_uplinks_of_an_unregistered_device_are_kept_as_problems(
    own_mosquitto: Any, collectors: Any, file: Path
) -> None:
    collectors.start(own_mosquitto.url)
    for _ in range(2):
        _send(own_mosquitto.port, file)
    collectors.wait_until(lambda: _settled(collectors) >= 2 * UPLINKS)
    with collectors.engine.connect() as c:
        assert problems.counts(c) == {"unknown_device": UPLINKS}
        kept = problems.recent(c)
    assert set(kept["device"]) == {NAME}
    assert set(kept["source"]) == {TOPIC}
    assert set(kept["value"]) == {"A8404194A1875FF3"}
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert all(json.loads(payload) in lines for payload in kept["payload"])
    assert collectors.count() == 0
