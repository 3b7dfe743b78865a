"""Every page on a phone and on a laptop, in both languages, over a demo's garden.

Nothing scrolls sideways, nothing is asked of another machine, nothing is left untranslated.
`AGRO_SCREENS=FOLDER` also takes the pictures, for people to look at; `AGRO_SCREENS_ADDRESS=URL`
looks at a server that already runs.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from agro.advice import advise
from agro.city.overview import moment_of, overview
from agro.city.receiving import receive
from agro.config import now
from agro.dashboard.control_post_say import headline
from agro.demo import SEASON_END, fill, season_clock
from agro.demo.control_post import open_room
from agro.packs import read_pack
from agro.schedule import advise_all
from agro.store import decisions, farms, open_store, trials, writing
from agro.store.trials import PlannedTrial, Trait
from agro.trials.planning import draw
from agro.words import say
from models.trials.layout import Request
from tests.conftest import free_port

TRIAL = PlannedTrial(
    *("potager-des-ducs", "paillage", "Paillage des tomates", "rcbd", "planche-5"),
    latitude=47.31417,
    longitude=5.0291,
    plot_width=1.2,
    plot_length=2.0,
    traits=(Trait("rendement", "Rendement", "t/ha", 0.0, 150.0),),
)
PATHS = {
    "today": "/",
    "bed": "/bed",
    "stations": "/stations",
    "control_post": "/control_post",
    "reports": "/reports",
    "indicators": "/indicators",
    "logbook": "/logbook",
    "chain": "/chain",
    "harvest": "/harvest",
    "trials": "/trials",
    "trial": "/trials",
}
_ASKED = {"trial": f"&site={TRIAL.site}&trial={TRIAL.slug}"}
_DAYS = 12
_START_S = 90.0
_OTHERS = {
    "fr": re.compile(r"\b(Today|Sensors|Watering|Water (this|tomorrow)|ago|undefined|NaN)\b"),
    "en": re.compile(r"\b(Aujourd’hui|Capteurs|Arrosez|arrosage|pluie|sonde|il y a)\b"),
}
# Streamlit scrolls inside its main section: a whole picture is as high as what is in it.
_HEIGHT = "document.querySelector('[data-testid=stMain]').scrollHeight"
OVERFLOW = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return Math.max(main.scrollWidth, document.documentElement.scrollWidth) - window.innerWidth;
}"""


@dataclass(frozen=True)
class House:
    """A running server; `database` and `clock` are empty where it is somebody else's."""

    address: str
    database: str = ""
    clock: str = ""


@pytest.fixture(scope="module")
def address(house: House) -> str:
    """Where the real server answers."""
    return house.address


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The real server over a few days of the demo."""
    given = os.environ.get("AGRO_SCREENS_ADDRESS")
    if given:
        yield House(given)
        return
    url = f"sqlite:///{tmp_path_factory.mktemp('var')}/agro.sqlite"
    _fill(url)
    clock = season_clock(datetime.now(UTC))
    with served(url, clock) as address:
        yield House(address, url, clock)


def _fill(url: str) -> None:
    """A few days of the demo, its morning's advice and yields, and one garden's mornings before."""
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        levels = ("témoin", "paille", "BRF", "carton", "tontes", "géotextile")
        trials.save(c, draw(TRIAL, Request("rcbd", levels, blocks=4, seed=7, border=True)))
    fill(engine, days=_DAYS)
    _tell_equipment(engine)
    site = read_pack("dijon").sites[0].slug
    for days in range(_DAYS - 3, 0, -1):
        with writing(engine) as c:
            decisions.write(c, advise(c, site=site, at=SEASON_END - timedelta(days=days)))
    advise_all(engine, SEASON_END)
    engine.dispose()


def _tell_equipment(engine: Engine) -> None:
    """The last hours of the city's control post."""
    with engine.connect() as c:
        room = open_room(c, "dijon", days=_DAYS, until=SEASON_END)
    for hours in (2, 1, 0):
        at = SEASON_END - timedelta(hours=hours)
        for body in room.bodies(at):
            with writing(engine) as c:
                receive(c, body, at)


@contextmanager
def served(url: str, clock: str) -> Iterator[str]:
    """Where the real server answers over a database, at a simulated time (`AGRO_CLOCK`)."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = os.environ | {"AGRO_DATABASE_URL": url, "AGRO_CLOCK": clock}
    serve = ["-c", f"from agro.server import serve; serve({port})"]
    process = subprocess.Popen([sys.executable, *serve], env=environment)
    try:
        wait_until_up(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def wait_until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server that was started answers."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(f"{address}/healthz", timeout=10)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not start")


@pytest.mark.browser
@pytest.mark.service
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", ["phone", "laptop"])
@pytest.mark.parametrize("name", list(PATHS))
def test_pages_fit_and_speak(
    name: str, width: str, language: str, address: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(width)
    page.goto(f"{address}{PATHS[name]}?lang={language}{_ASKED.get(name, '')}")
    expect(page.locator("h1.page-title")).to_be_visible(timeout=30_000)
    expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_attached(
        timeout=30_000
    )
    if name == "logbook":
        expect(page.locator(".pad button").last).to_be_visible(timeout=30_000)
    if name == "harvest":
        expect(page.locator("article.card").first).to_be_visible(timeout=30_000)
        expect(page.locator(".js-plotly-plot").nth(1)).to_be_visible(timeout=30_000)
    if name == "trial":
        expect(page.locator("table.field td.plot").first).to_be_visible(timeout=30_000)
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
    if name == "control_post":
        expect(page.locator(".post-cards .figure").first).to_be_visible(timeout=30_000)
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
    if name == "indicators":
        expect(page.locator("div.indicator").first).to_be_visible(timeout=30_000)
    if name == "bed":
        expect(page.locator(".js-plotly-plot").nth(1)).to_be_visible(timeout=30_000)
    picture(page, f"{name}-{width}-{language}")
    assert page.evaluate(OVERFLOW) <= 0
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator('[data-testid="stException"]').count() == 0
    left = _OTHERS[language].search(page.locator('[data-testid="stMain"]').inner_text())
    assert left is None, left


@pytest.mark.browser
@pytest.mark.service
def test_a_dose_is_tried_with_a_thumb(address: str, phone: Page) -> None:
    """The slider lies within reach of a thumb, and a touch of its rail draws the week again."""
    phone.goto(f"{address}/bed?lang=fr")
    told = phone.locator(".whatif .dose")
    expect(told).to_be_visible(timeout=30_000)
    rail = phone.locator(".stSlider [role=group] > [data-rac]")
    rail.scroll_into_view_if_needed()
    handle = phone.locator(".stSlider [data-rac][style*=translate]").bounding_box()
    box = rail.bounding_box()
    assert box is not None
    assert handle is not None
    assert box["height"] >= 44
    assert handle["width"] >= 28
    assert box["x"] + box["width"] <= 390
    phone.mouse.click(box["x"] + box["width"] * 0.67, box["y"] + box["height"] / 2)
    expect(told).to_have_text(re.compile(r"^20\smm ce soir"), timeout=30_000)
    assert phone.evaluate(OVERFLOW) <= 0


@pytest.mark.browser
@pytest.mark.service
def test_an_hour_of_a_commune_is_what_the_store_holds(
    house: House, laptop: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A layer is chosen, the slider is moved an hour back, a commune is opened on the map."""
    if not house.database:
        pytest.skip("the server of AGRO_SCREENS_ADDRESS has a database of its own")
    laptop.goto(f"{house.address}/control_post?lang=en")
    laptop.get_by_role("radio", name="Buildings", exact=True).click()
    laptop.locator(".st-key-control_post_time .stSlider input[type=range]").press("ArrowLeft")
    told = laptop.locator(".post-when")
    expect(told).to_contain_text(re.compile(r"\d\d:00 to \d\d:00"), timeout=30_000)
    _touch_middle(laptop)
    card = laptop.locator(".post-card.commune")
    expect(card.locator("h3")).to_have_text("Dijon", timeout=30_000)
    monkeypatch.setenv("AGRO_CLOCK", house.clock)
    engine = open_store(house.database)
    with engine.connect() as c:
        hour = moment_of("hours", 1, now(), ZoneInfo("Europe/Paris"))
        figure = overview(c, hour).figures["building_power"]["21231"]
    engine.dispose()
    assert figure.value > 0.0
    expect(card.locator(".first dd")).to_contain_text(headline(say("en"), "building_power", figure))
    expect(card.locator(".first dt")).to_have_text("Buildings")


def _touch_middle(page: Page) -> None:
    """A click on the middle of the map, where the largest commune lies."""
    map_ = page.locator(".st-key-control_post_map .js-plotly-plot")
    expect(map_).to_have_count(1, timeout=30_000)  # the one before goes when the run ends
    map_.scroll_into_view_if_needed()
    box = map_.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.42)


def picture(page: Page, name: str) -> None:
    """Save the whole page where AGRO_SCREENS says, if it does."""
    folder = os.environ.get("AGRO_SCREENS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or {"width": 390, "height": 844}
    page.set_viewport_size({"width": size["width"], "height": min(page.evaluate(_HEIGHT), 12_000)})
    page.wait_for_timeout(600)
    page.screenshot(path=Path(folder) / f"{name}.png")
    page.set_viewport_size(size)
