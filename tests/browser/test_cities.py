"""Other cities than the first: `AGRO_CITY=turku agro demo` starts and speaks English, or Finnish.

The whole demo runs: broker, collector, scheduler, live stations and dashboard.
`AGRO_SCREENS=FOLDER` also takes the pictures.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from agro.packs import read_pack
from agro.records import CityPack
from tests.browser.looking import OVERFLOW, picture, settled
from tests.conftest import free_port

# The page, and what it shows first when it is there.
PAGES = {
    "today": ("/", "article.card"),
    "stations": ("/stations", "article"),
    "harvest": ("/harvest", "article.card"),
    "control_post": ("/control_post", ".post-cards .figure"),
}
_DAYS = 8
_START_S, _STOP_S, _WAIT_MS = 300.0, 60.0, 60_000
_OF_DIJON = ("Dijon", "Potager", "Planche", "Arrosez", "Capteurs", "métropole")


@dataclass(frozen=True)
class Running:
    """A demo that runs: its city, where it answers, and the environment of its commands."""

    pack: CityPack
    address: str
    environment: dict[str, str]

    def doctor(self) -> tuple[int, list[dict[str, Any]]]:
        """What `agro doctor` finds, and its exit code."""
        told = subprocess.run(
            [sys.executable, "-m", "agro.cli", "doctor", "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return told.returncode, json.loads(told.stdout)


@pytest.fixture(scope="module", params=["turku", "botosani"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """`agro demo` of a city, started by its name alone."""
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AGRO_")},
        "AGRO_CITY": str(request.param),
        "AGRO_VAR": str(folder / "var"),
        "AGRO_PORT": str(port),
        "AGRO_MQTT_PORT": str(free_port()),
    }
    demo = [sys.executable, "-m", "agro.cli", "demo", "--days", str(_DAYS)]
    process = subprocess.Popen(demo, env=environment, cwd=folder, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield Running(read_pack(request.param), address, environment)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == 0, "the demo did not stop cleanly"


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until the demo is healthy: 200, not only an answer."""
    until, told = time.monotonic() + _START_S, "no answer"
    while time.monotonic() < until:
        assert process.poll() is None, "the demo ended"
        try:
            answer = httpx.get(f"{address}/healthz", timeout=10)
        except httpx.TransportError:
            time.sleep(0.5)
            continue
        if answer.status_code == 200:
            return
        told = answer.text
        time.sleep(0.5)
    pytest.fail(f"the demo was not healthy in {_START_S:.0f} s: {told}")


@pytest.mark.browser
@pytest.mark.service
@pytest.mark.parametrize("width", ["laptop", "phone"])
@pytest.mark.parametrize("name", list(PAGES))
def test_pages_speak_english_of_their_own_city(
    name: str, width: str, running: Running, request: pytest.FixtureRequest
) -> None:
    """No language is asked for: the city's own is shown."""
    page: Page = request.getfixturevalue(width)
    path, first = PAGES[name]
    page.goto(f"{running.address}{path}")
    expect(page.locator("h1.page-title")).to_be_visible(timeout=_WAIT_MS)
    expect(page.locator(first).first).to_be_visible(timeout=_WAIT_MS)
    settled(page)
    picture(page, f"{running.pack.city.slug}-{name}-{width}")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.evaluate(OVERFLOW) <= 0
    shown = page.locator("body").inner_text()
    assert running.pack.city.name in shown
    assert not [word for word in _OF_DIJON if word in shown]


@pytest.mark.browser
@pytest.mark.service
def test_every_bed_of_the_first_garden_has_its_card(running: Running, laptop: Page) -> None:
    garden = running.pack.sites[0].slug
    laptop.goto(f"{running.address}/?site={garden}")
    expect(laptop.locator("article.card").first).to_be_visible(timeout=_WAIT_MS)
    shown = laptop.locator('[data-testid="stMain"]')
    for plot in (one for one in running.pack.plots if one.site == garden):
        expect(shown).to_contain_text(plot.name, timeout=_WAIT_MS)


@pytest.mark.browser
@pytest.mark.service
def test_turku_speaks_finnish_when_it_is_chosen(running: Running, phone: Page) -> None:
    """The switch of a pack offers the languages that it names."""
    if running.pack.city.slug != "turku":
        pytest.skip("Finnish is offered where a pack names it")
    phone.goto(running.address)
    expect(phone.locator("article.card").first).to_be_visible(timeout=_WAIT_MS)
    switch = phone.locator(".st-key-language")
    expect(switch.get_by_role("radio")).to_have_text(["EN", "FI"])
    switch.get_by_role("radio", name="FI", exact=True).click()
    expect(phone.locator("h1.page-title")).to_have_text("Tänään", timeout=_WAIT_MS)
    expect(phone.locator("article.card").first).to_contain_text(
        "Helposti saatava", timeout=_WAIT_MS
    )
    picture(phone, "turku-today-phone-fi")
    assert phone.locator("html").get_attribute("lang") == "fi"
    assert phone.locator('[data-testid="stException"]').count() == 0
    assert phone.evaluate(OVERFLOW) <= 0
    switch.get_by_role("radio", name="EN", exact=True).click()
    expect(phone.locator("h1.page-title")).to_have_text("Today", timeout=_WAIT_MS)


@pytest.mark.service
def test_the_doctor_finds_no_fault(running: Running) -> None:
    code, found = running.doctor()
    faults = [one for one in found if not one["ok"]]
    assert (code, faults) == (0, [])
    city = next(one for one in found if one["check"] == "city")
    assert city["found"] == f"{running.pack.city.name}, {len(running.pack.plots)} plots"


@pytest.mark.service
def test_the_demo_keeps_its_files_where_it_was_told(running: Running) -> None:
    assert (Path(running.environment["AGRO_VAR"]) / "agro.sqlite").exists()
