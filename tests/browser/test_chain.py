"""From a thumb on "deliver" back to the seed lot, and forward from a bed, in a real browser.

`AGRO_SCREENS=FOLDER` also takes pictures of every view, for people to look at.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from agro.packs import read_pack
from agro.store import farms, open_store, writing
from tests.agro.chain.season import SEED, fill_season
from tests.browser.house import served
from tests.browser.looking import OVERFLOW, picture, settled

pytestmark = [pytest.mark.browser, pytest.mark.service]

SITE = "potager-des-ducs"
END = datetime(2026, 7, 21, 9, tzinfo=UTC)
_WAIT = 30_000
_VIEWS = ("deliver", "flow", "stock", "trace")
_NAMES = {
    "fr": {"deliver": "Livrer", "flow": "Où ça va", "stock": "Stock", "trace": "Tracer"},
    "en": {"deliver": "Deliver", "flow": "Where it goes", "stock": "Stock", "trace": "Trace"},
}
_OTHERS = {
    "fr": re.compile(r"\b(Deliver|Stock left|Trace|gift|undefined|NaN|None)\b"),
    "en": re.compile(r"\b(Livrer|Débouchés|livraison|récolte|semences|undefined|NaN|None)\b"),
}


@dataclass(frozen=True)
class Garden:
    """Where the page is, and the newest delivery of its season."""

    address: str
    newest: int


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garden]:
    """The real server over a season of one garden."""
    url = f"sqlite:///{tmp_path_factory.mktemp('var')}/agro.sqlite"
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        newest = fill_season(c, SITE, ("planche-1", "planche-2"), END)
    engine.dispose()
    with served(url, f"{END.isoformat()}@{time.time():.0f}") as address:
        yield Garden(address, newest)


def _settled(page: Page) -> None:
    expect(page.locator("h1.page-title")).to_be_visible(timeout=_WAIT)
    settled(page)


def _choose(page: Page, group: str, text: str | re.Pattern[str]) -> None:
    page.locator(f".st-key-{group}").get_by_text(text, exact=isinstance(text, str)).first.click()
    _settled(page)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", ["phone", "laptop"])
@pytest.mark.parametrize("view", _VIEWS)
def test_every_view_fits_and_speaks(
    view: str, width: str, language: str, garden: Garden, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(width)
    page.goto(f"{garden.address}/chain?lang={language}&site={SITE}")
    _settled(page)
    _choose(page, "chain_view", _NAMES[language][view])
    if view == "flow":
        expect(page.locator(".js-plotly-plot .sankey-node").first).to_be_visible(timeout=_WAIT)
    picture(page, f"chain-{view}-{width}-{language}")
    assert page.evaluate(OVERFLOW) <= 0
    assert page.locator('[data-testid="stException"]').count() == 0
    left = _OTHERS[language].search(page.locator('[data-testid="stMain"]').inner_text())
    assert left is None, left


def test_a_delivery_is_made_with_a_thumb_and_traced_to_its_seed(
    garden: Garden, phone: Page
) -> None:
    phone.goto(f"{garden.address}/chain?lang=fr&site={SITE}")
    _settled(phone)
    _choose(phone, "chain_what", re.compile("^Tomate"))
    field = phone.locator('[class*="st-key-chain_amount_"] input')
    field.fill("5")
    field.press("Enter")
    _choose(phone, "chain_where", "Marché des Halles")
    button = phone.locator('[class*="st-key-chain_deliver_"] button')
    expect(button).to_contain_text("Livrer 5", timeout=_WAIT)
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    button.click()
    expect(phone.locator(".st-key-chain_told")).to_contain_text("C’est noté", timeout=_WAIT)
    _choose(phone, "chain_view", "Tracer")
    card = phone.locator(".trace")
    expect(card).to_contain_text("Marché des Halles", timeout=_WAIT)
    expect(card).to_contain_text(f"Semences : {SEED}")
    expect(card).to_contain_text("compost")
    assert phone.evaluate(OVERFLOW) <= 0


def test_a_link_leads_to_the_trace_and_a_bed_leads_forward(garden: Garden, laptop: Page) -> None:
    laptop.goto(f"{garden.address}/chain?lang=en&site={SITE}&delivery={garden.newest}")
    _settled(laptop)
    card = laptop.locator(".trace")
    expect(card).to_contain_text("Épicerie solidaire", timeout=_WAIT)
    expect(card).to_contain_text(f"Seed: {SEED}")
    laptop.goto(f"{garden.address}/chain?lang=en&site={SITE}&plot=planche-1")
    _settled(laptop)
    table = laptop.locator("table.rows")
    expect(table).to_contain_text("Épicerie solidaire", timeout=_WAIT)
    expect(table).to_contain_text("Cuisine centrale")
    picture(laptop, "chain-forward-laptop-en")
    assert Path(laptop.url).name.startswith("chain")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [390, 320])
def test_the_links_of_a_phone_stand_on_one_line(
    width: int, language: str, garden: Garden, phone: Page
) -> None:
    """Also the button of the folded pages, which says on which of them one is."""
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(f"{garden.address}/chain?lang={language}&site={SITE}")
    _settled(phone)
    shown = phone.locator(".st-key-nav p:visible")
    expect(shown).to_have_count(5, timeout=_WAIT)
    for text in shown.all():
        box = text.bounding_box()
        assert box is not None
        assert box["height"] < 32  # two lines of the smallest type are 40
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert text.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_a_delivery_is_corrected_and_old_harvests_written_off_with_a_thumb(
    garden: Garden, phone: Page
) -> None:
    phone.goto(f"{garden.address}/chain?lang=fr&site={SITE}&delivery={garden.newest}")
    _settled(phone)
    phone.get_by_text("Corriger cette livraison").click()
    for name, text in (("quantity", "7.5"), ("reason", "repesé")):
        field = phone.locator(f'[class*="st-key-chain_fix_"][class*="_{name}"] input').first
        field.fill(text)
        field.press("Enter")
        _settled(phone)
    phone.get_by_text("Enregistrer la correction").click()
    history = phone.locator(".st-key-chain_fix .changes")
    expect(history).to_contain_text("10 → 7,5", timeout=_WAIT)
    expect(history).to_contain_text("repesé")
    picture(phone, "chain-corrected-phone-fr")
    _choose(phone, "chain_view", "Stock")
    old = phone.locator(".st-key-chain_unaccounted")
    expect(old).to_contain_text("Plus ancien que ce qui se garde", timeout=_WAIT)
    old.get_by_text("Composté ou perdu").click()
    expect(old).to_contain_text("C’est noté : 3 livraisons", timeout=_WAIT)
    old.get_by_text("Annuler").click()
    expect(old).to_contain_text("Plus ancien que ce qui se garde", timeout=_WAIT)
    assert phone.evaluate(OVERFLOW) <= 0
