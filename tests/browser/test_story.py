"""A gardener's morning, from the radio message to the sentence on the phone.

A real broker, a real `agro serve` (collector, scheduler, dashboard) and a real browser: a soil
probe dries, the card says to water; the gauge measures rain, the card says to wait.
"""

import base64
import json
import os
import signal
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

from agro.packs import read_pack
from agro.records import Device, Plot
from tests.conftest import free_port

SITE = "potager-des-ducs"
MORNING = datetime(2026, 7, 20, 4, tzinfo=UTC)
SECONDS = 60_000


def _lse01(*, moisture: float, temperature: float = 21.0) -> bytes:
    """An LSE01's payload: battery mV, no DS18B20, m³ m⁻³, °C, µS/cm, flags; big-endian."""
    head = struct.pack(
        ">HhHhH", 3380, 0x7FFF, round(moisture * 10000), round(temperature * 100), 420
    )
    return head + b"\x10"


def _tbrg(millimetres: float) -> bytes:
    """A rain gauge's payload: 0.1 mm a tip, tips, interval 600 s, total; big-endian blocks."""
    tips = round(millimetres / 0.1)
    return struct.pack(">BHHHHHHH", 2, 760, 3, tips, 600, tips, 0, 3200)


def _uplink(device: Device, at: datetime, payload: bytes, *, port: int) -> tuple[str, str]:
    """A message as The Things Stack publishes it: topic and body."""
    body = {
        "end_device_ids": {"device_id": device.device, "dev_eui": device.eui},
        "received_at": at.isoformat().replace("+00:00", "Z"),
        "uplink_message": {
            "f_port": port,
            "f_cnt": int(at.timestamp()) // 1800 % 65536,
            "frm_payload": base64.b64encode(payload).decode(),
            "rx_metadata": [{"gateway_ids": {"gateway_id": "mairie"}, "rssi": -84, "snr": 7.5}],
        },
    }
    return f"v3/jardins@dijon/devices/{device.device}/up", json.dumps(body)


def _publish(url: str, messages: Iterable[tuple[str, str]]) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(*url.removeprefix("mqtt://").split(":", 1)[:1], int(url.rsplit(":", 1)[1]))
    client.loop_start()
    for sent in [client.publish(topic, body, qos=1) for topic, body in messages]:
        sent.wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


class Garden:
    """A running installation and the bed of the story."""

    def __init__(self, address: str, broker: str, plot: Plot, probe: Device, gauge: Device) -> None:
        self.address, self.broker = address, broker
        self.plot, self.probe, self.gauge = plot, probe, gauge
        self.started = time.monotonic()

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=time.monotonic() - self.started)

    def soil(self, moisture: float, *, hours: int) -> None:
        """The probe's uplinks of the last hours, ending at this moisture."""
        end = self.now()
        messages = []
        for step in range(2 * hours, -1, -1):
            payload = _lse01(moisture=moisture + 0.0004 * step, temperature=21 + step % 5 / 10)
            messages.append(
                _uplink(self.probe, end - timedelta(minutes=30 * step), payload, port=2)
            )
        _publish(self.broker, messages)

    def rain(self, millimetres: float) -> None:
        """The gauge's uplink of a shower that has just fallen."""
        _publish(self.broker, [_uplink(self.gauge, self.now(), _tbrg(millimetres), port=1)])


def _weather(file: Path) -> None:
    """Four warm, dry months, as a plain CSV."""
    rows = ["date,tmin,tmax,rh_min,rh_max,wind_2m,solar_radiation,rain"]
    day = date(2026, 3, 20)
    while day < MORNING.date():
        rain = 14 if day.day % 9 == 0 else 0
        rows.append(f"{day},13,27,40,90,1.6,21,{rain}")
        day += timedelta(days=1)
    file.write_text("\n".join(rows) + "\n")


def _agro(environment: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "-m", "agro.cli", *words], env=environment, check=True)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "agro serve ended"
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    pytest.fail("the dashboard did not answer in a minute")


@pytest.fixture
def garden(tmp_path: Path, own_mosquitto: object) -> Iterator[Garden]:
    port = free_port()
    pack = read_pack("dijon")
    probe = next(
        device
        for device in pack.devices
        if device.site == SITE and device.model == "dragino/lse01" and device.plot
    )
    plot = next(plot for plot in pack.plots if (plot.site, plot.slug) == (SITE, probe.plot))
    gauge = next(d for d in pack.devices if d.site == SITE and d.model == "decentlab/dl-tbrg")
    broker: str = own_mosquitto.url  # type: ignore[attr-defined]
    environment = os.environ | {
        "AGRO_VAR": str(tmp_path / "var"),
        "AGRO_PORT": str(port),
        "AGRO_BROKER_URL": broker,
        "AGRO_ADVICE_EVERY": "2",
        "AGRO_CLOCK": f"{MORNING:%Y-%m-%dT%H:%M:%SZ}@{time.time():.0f}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "agro.cli", "serve"], env=environment, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        _weather(tmp_path / "weather.csv")
        _agro(environment, "import", "weather", str(tmp_path / "weather.csv"), "--site", SITE)
        yield Garden(address, broker, plot, probe, gauge)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


@pytest.mark.service
@pytest.mark.browser
def test_a_drying_bed_asks_for_water_and_rain_answers(garden: Garden, phone: Page) -> None:
    def shows(decision: str, sentence: str) -> None:
        """Reload as a gardener would, until the bed's card says so."""
        card = phone.locator(f".st-key-card_{decision}_{garden.plot.slug}")
        deadline = time.monotonic() + SECONDS / 1000
        while True:
            phone.goto(f"{garden.address}/?lang=fr&site={SITE}&plot={garden.plot.slug}")
            expect(phone.locator("h1").first).to_be_visible(timeout=SECONDS)
            try:
                expect(card).to_contain_text(sentence, timeout=4_000)
            except AssertionError:
                assert time.monotonic() < deadline, phone.locator("body").inner_text()
            else:
                return

    garden.soil(0.29, hours=30)
    shows("wait", "Pas d’arrosage")
    garden.soil(0.20, hours=0)
    shows("irrigate", "Arrosez")
    card = phone.locator(f".st-key-card_irrigate_{garden.plot.slug}").inner_text()
    assert " L" in card.replace("\u202f", " ").replace("\u00a0", " ")
    assert "sonde" in card
    garden.rain(42.0)
    shows("wait", "Pas d’arrosage")
    assert "pluie" in phone.locator(f".st-key-card_wait_{garden.plot.slug}").inner_text()
