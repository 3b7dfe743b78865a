"""A season's day, from the water meter's radio to the plate of the market.

A real broker, a real `agro serve` and a real browser: what the meter counted is in the logbook by
itself and the advice credits it; what is picked is noted on the phone, counts on the harvest
page, is delivered, and leads back to the bag of seed.
"""

import os
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from agro.packs import read_pack
from agro.records import Device, LogEntry, Outlet
from agro.store import deliveries, farms, logbook, open_store, writing
from tests.browser.looking import settled
from tests.browser.test_story import MORNING, SITE, _agro, _publish, _uplink, _wait_for, _weather
from tests.conftest import free_port

pytestmark = [pytest.mark.browser, pytest.mark.service]

BED, SEED_LOT, OUTLET = "planche-1", "TOM-2026-17", "Marché des Halles"
METER = Device("compteur-planche-1", "02A81758AA000001", "elsys/elt-2", SITE, BED, "Compteur")
LITRES = 4000
_WAIT = 60_000


@dataclass(frozen=True)
class Farm:
    """A running installation."""

    address: str
    broker: str


def _prepare(url: str) -> None:
    """The garden before the day: a bed planted with seed of a known lot, somebody to sell to."""
    sown = datetime(2026, 5, 14, 9, tzinfo=MORNING.tzinfo)
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        entry = LogEntry(SITE, BED, "transplanting", sown, crop="tomato", lot=SEED_LOT)
        logbook.note(c, entry)
        deliveries.save_outlet(c, Outlet(SITE, "halles", OUTLET, "market", 2.1, 0.0))
    engine.dispose()


@pytest.fixture
def farm(tmp_path: Path, own_mosquitto: object) -> Iterator[Farm]:
    """The whole house over that garden, on a dry morning in July."""
    port, var = free_port(), tmp_path / "var"
    url = f"sqlite:///{(var / 'agro.sqlite').as_posix()}"
    _prepare(url)
    broker: str = own_mosquitto.url  # type: ignore[attr-defined]
    environment = os.environ | {
        "AGRO_VAR": str(var),
        "AGRO_DATABASE_URL": url,
        "AGRO_PORT": str(port),
        "AGRO_BROKER_URL": broker,
        "AGRO_ADVICE_EVERY": "2",
        "AGRO_CLOCK": f"{MORNING:%Y-%m-%dT%H:%M:%SZ}@{time.time():.0f}",
    }
    _weather(tmp_path / "weather.csv")
    _agro(environment, "import", "weather", str(tmp_path / "weather.csv"), "--site", SITE)
    _register(environment)
    serve = [sys.executable, "-m", "agro.cli", "serve"]
    process = subprocess.Popen(serve, env=environment, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}", process)
        yield Farm(f"http://127.0.0.1:{port}", broker)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def _register(environment: dict[str, str]) -> None:
    """The meter as its owner registers it: where it stands, and what a pulse is."""
    placed = ("--model", METER.model, "--site", SITE, "--plot", BED, "--eui", METER.eui)
    _agro(environment, "device", "add", METER.device, *placed)
    pulse = ("--gain", "1", "--source", "its plate", "--since", "2026-01-01T00:00:00Z")
    _agro(environment, "device", "calibrate", METER.device, "--quantity", "water_volume", *pulse)


def _pulses(minutes_ago: int, total: int) -> tuple[str, str]:
    """The meter's uplink: supply mV, pulses in all."""
    payload = struct.pack(">BHBI", 0x07, 3612, 0x0B, total)
    return _uplink(METER, MORNING - timedelta(minutes=minutes_ago), payload, port=1)


def _shows(page: Page, address: str, found: Locator, text: str | re.Pattern[str]) -> None:
    """Reload as a gardener would, until it is there."""
    deadline = time.monotonic() + _WAIT / 1000
    while True:
        page.goto(address)
        expect(page.locator("h1").first).to_be_visible(timeout=_WAIT)
        try:
            expect(found.first).to_contain_text(text, timeout=5_000)
        except AssertionError:
            assert time.monotonic() < deadline, page.locator("body").inner_text()
        else:
            return


def _read_logbook(page: Page, farm: Farm) -> Locator:
    """The list of the logbook, its newest entries."""
    page.goto(f"{farm.address}/logbook?lang=fr&site={SITE}&plot={BED}")
    view = page.locator(".st-key-logbook_view").get_by_role("radio", name="Relire", exact=True)
    view.click(timeout=_WAIT)
    settled(page)
    return page.locator("article.entry")


def test_metered_water_is_credited_and_a_harvest_leads_back_to_its_seed(
    farm: Farm, phone: Page
) -> None:
    today = f"{farm.address}/?lang=fr&site={SITE}&plot={BED}"
    _shows(phone, today, phone.locator(f".st-key-card_irrigate_{BED}"), "Arrosez")

    told = [_pulses(180, 7000), _pulses(150, 7000), _pulses(120, 8800), _pulses(90, 7000 + LITRES)]
    _publish(farm.broker, [*told, _pulses(60, 7000 + LITRES)])
    _shows(phone, today, phone.locator(f".st-key-card_wait_{BED}"), "Pas d’arrosage")
    watering = _read_logbook(phone, farm).filter(has_text="compteur").first
    expect(watering).to_contain_text(re.compile(r"Arrosage.*4\s000\sL"), timeout=_WAIT)

    _note_harvest(phone, farm)
    card = phone.locator(f'[class*="st-key-card_harvest_{BED}_tomato"]')
    harvest = f"{farm.address}/harvest?lang=fr&site={SITE}"
    _shows(phone, harvest, card, re.compile(r"12(,4)?\skg\srécoltés\ssur"))

    _deliver(phone, farm)
    trace = phone.locator(".trace")
    expect(trace).to_contain_text(OUTLET, timeout=_WAIT)
    expect(trace).to_contain_text(f"Semences : {SEED_LOT}")


def _note_harvest(page: Page, farm: Farm) -> None:
    """12.4 kg of tomatoes on the number pad."""
    page.goto(f"{farm.address}/logbook?lang=fr&site={SITE}&plot={BED}")
    expect(page.locator(".pad")).to_be_visible(timeout=_WAIT)
    settled(page)
    for sign in "12,4":
        page.locator(f'.pad button[data-key="{sign}"]').click()
    save = page.locator(".st-key-logbook_save .stButton button").last
    expect(save).to_contain_text("Tomate, 12,4", timeout=_WAIT)
    save.click()
    expect(page.locator(".st-key-logbook_told")).to_contain_text("Noté", timeout=_WAIT)


def _deliver(page: Page, farm: Farm) -> None:
    """5 kg of them to the market, then the delivery's way back."""

    def choose(group: str, text: str | re.Pattern[str]) -> None:
        place = page.locator(f".st-key-{group}")
        place.get_by_text(text, exact=isinstance(text, str)).first.click(timeout=_WAIT)
        settled(page)

    page.goto(f"{farm.address}/chain?lang=fr&site={SITE}")
    settled(page)
    choose("chain_what", re.compile("^Tomate"))
    field = page.locator('[class*="st-key-chain_amount_"] input')
    field.fill("5")
    field.press("Enter")
    choose("chain_where", OUTLET)
    button = page.locator('[class*="st-key-chain_deliver_"] button')
    expect(button).to_contain_text("Livrer 5", timeout=_WAIT)
    button.click()
    expect(page.locator(".st-key-chain_told")).to_contain_text("C’est noté", timeout=_WAIT)
    choose("chain_view", "Tracer")
