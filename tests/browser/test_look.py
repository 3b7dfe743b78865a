"""The looks, the links and paper: chosen in the frame and kept, by a real browser."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from agro.dashboard.colours import Look, palette
from tests.browser.house import address, house
from tests.browser.looking import OVERFLOW, settled

__all__ = ["address", "house"]  # the fixtures of the pages' tests
_GROUND = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
_PLOT = "getComputedStyle(document.querySelector('.js-plotly-plot .bg')).fill"


def _rgb(look: Look, name: str) -> str:
    value = palette(look)[name]
    return "rgb({}, {}, {})".format(*(int(value[i : i + 2], 16) for i in (1, 3, 5)))


def _ready(page: Page) -> None:
    expect(page.locator("h1.page-title")).to_be_visible(timeout=60_000)
    settled(page)


@pytest.mark.browser
@pytest.mark.service
def test_a_look_is_chosen_and_kept(address: str, laptop: Page) -> None:
    """By night everything is dark, the figures too, on every page and at the next visit."""
    laptop.goto(f"{address}/bed?lang=fr")
    _ready(laptop)
    assert laptop.evaluate(_GROUND) == _rgb("light", "ground")
    laptop.locator(".st-key-look").get_by_text("Nuit").click()
    expect(laptop.locator('html[data-look="dark"]')).to_be_attached(timeout=60_000)
    laptop.wait_for_function(f"{_GROUND} === '{_rgb('dark', 'ground')}'", timeout=60_000)
    _ready(laptop)
    expect(laptop.locator(".js-plotly-plot .bg").first).to_be_attached(timeout=60_000)
    assert laptop.evaluate(_PLOT) == _rgb("dark", "paper")
    laptop.locator(".st-key-nav").get_by_role("link", name="Récoltes").first.click()
    expect(laptop).to_have_url(re.compile("/harvest"))
    _ready(laptop)
    laptop.goto(f"{address}/?lang=fr")
    _ready(laptop)
    assert laptop.evaluate(_GROUND) == _rgb("dark", "ground")
    laptop.locator(".st-key-look").get_by_text("Soleil").click()
    laptop.wait_for_function(f"{_GROUND} === '{_rgb('sun', 'ground')}'", timeout=60_000)
    _ready(laptop)
    ink = laptop.locator("h1.page-title").evaluate("e => getComputedStyle(e).color")
    assert ink == "rgb(0, 0, 0)"
    assert laptop.evaluate(OVERFLOW) <= 0


@pytest.mark.browser
@pytest.mark.service
def test_the_address_leads_to_a_look_and_keeps_its_garden(address: str, phone: Page) -> None:
    phone.goto(f"{address}/?lang=en&look=dark&site=jardin-des-maraichers")
    _ready(phone)
    assert phone.evaluate(_GROUND) == _rgb("dark", "ground")
    phone.locator(".st-key-nav").get_by_role("link", name="Logbook").first.click()
    expect(phone).to_have_url(re.compile(r"/logbook\?.*site=jardin-des-maraichers"), timeout=60_000)
    _ready(phone)
    assert "look=" not in phone.url


@pytest.mark.browser
@pytest.mark.service
@pytest.mark.parametrize(
    ("path", "look"), [("/bed", "light"), ("/stations", "dark"), ("/indicators", "light")]
)
def test_paper_shows_what_is_told(path: str, look: str, address: str, laptop: Page) -> None:
    """No links, no buttons, no fields; white by night too, as long as what is on it, uncut."""
    laptop.goto(f"{address}{path}?lang=fr&look={look}")
    _ready(laptop)
    laptop.emulate_media(media="print")
    laptop.set_viewport_size({"width": 703, "height": 1000})  # A4 within its margins
    expect(laptop.locator("h1.page-title")).to_be_visible()
    assert laptop.evaluate(_GROUND) == "rgb(255, 255, 255)"
    for hidden in (".st-key-nav", ".st-key-language", ".st-key-look", ".stButton", ".stSelectbox"):
        assert laptop.locator(f"{hidden}:visible").count() == 0, hidden
    main = laptop.locator('[data-testid="stMain"]')
    assert main.evaluate("e => getComputedStyle(e).overflow") == "visible"
    cut = laptop.evaluate(
        "[...document.querySelectorAll('.stHtml, .stPlotlyChart')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert cut == 0
    sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(laptop.pdf())).pages]
    heading = laptop.locator("h1.page-title").inner_text()
    assert heading in sheets[0]
    assert len(sheets) >= 2
