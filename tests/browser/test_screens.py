"""Every page on a phone and on a laptop, in both languages, over a demo's garden.

Nothing scrolls sideways, nothing is asked of another machine, nothing is left untranslated.
`AGRO_SCREENS=FOLDER` also takes the pictures, for people to look at; `AGRO_SCREENS_ADDRESS=URL`
looks at a server that already runs.
"""

import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from agro.city.overview import moment_of, overview
from agro.config import now
from agro.dashboard.control_post_say import headline
from agro.store import open_store
from agro.words import say
from tests.browser.house import PATHS, TRIAL, House, address, house
from tests.browser.looking import OVERFLOW, picture, settled

__all__ = ["address", "house"]  # fixtures
_ASKED = {"trial": f"&site={TRIAL.site}&trial={TRIAL.slug}"}
_OTHERS = {
    "fr": re.compile(r"\b(Today|Sensors|Watering|Water (this|tomorrow)|ago|undefined|NaN)\b"),
    "en": re.compile(r"\b(Aujourd’hui|Capteurs|Arrosez|arrosage|pluie|sonde|il y a)\b"),
}


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
    settled(page)
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
    settled(page)
    expect(map_).to_have_count(1, timeout=30_000)  # the one before goes when the run ends
    map_.scroll_into_view_if_needed()
    box = map_.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.42)
