"""The logbook under a thumb: ten seconds for an entry, a correction, a file and its undo.

The real server and a real browser, 390 px wide; every press of a thumb is counted.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from agro.packs import read_pack
from agro.records import LogEntry
from agro.store import farms, logbook, open_store, writing
from tests.browser.house import served
from tests.browser.looking import OVERFLOW, picture, settled

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
SITE, BED = "potager-des-ducs", "planche-1"
_PATIENCE = 30_000
_THUMB = 44  # px, the least that a thumb hits
_FILE = """date,type,plot,crop,variety,quantity,unit,notes
2026-07-06,harvest,planche-1,tomato,,2.5,kg,
2026-07-07,harvest,planche-1,tomato,,-3,kg,
2026-07-08,harvest,planche-99,tomato,,1,kg,
2026-07-09,irrigation,planche-2,,,40,L,le soir
2206-07-09,irrigation,planche-2,,,40,L,
"""
pytestmark = [pytest.mark.browser, pytest.mark.service]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The server over Dijon's gardens, with one watering of yesterday."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    engine = open_store(url)
    yesterday = NOW - timedelta(days=1, hours=1)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        logbook.note(c, LogEntry(SITE, BED, "irrigation", yesterday, 20.0, "L", who="Amina"))
    engine.dispose()
    with served(url, f"{NOW:%Y-%m-%dT%H:%M:%SZ}@{time.time():.0f}") as address:
        yield address


class Thumb:
    """Presses what it is shown, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, target: Locator) -> None:
        """Press something that is there and large enough."""
        expect(target).to_be_visible(timeout=_PATIENCE)
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= _THUMB - 1, f"{box['height']} px is too small for a thumb"
        target.click()
        self.taps += 1

    def key(self, sign: str) -> None:
        """Press a key of the number pad."""
        self.tap(self.page.locator(f'.pad button[data-key="{sign}"]'))


def _open(page: Page, address: str, language: str = "fr") -> None:
    page.goto(f"{address}/logbook?lang={language}&site={SITE}&plot={BED}")
    expect(page.locator(".pad")).to_be_visible(timeout=60_000)
    settled(page)


def _view(page: Page, name: str) -> None:
    page.locator(".st-key-logbook_view").get_by_role("radio", name=name, exact=True).click()


def _save(page: Page) -> Locator:
    return page.locator(".st-key-logbook_save .stButton button").last


def test_a_harvest_takes_six_taps(address: str, phone: Page) -> None:
    _open(phone, address)
    thumb = Thumb(phone)
    for sign in "12,4":
        thumb.key(sign)
    expect(_save(phone)).to_contain_text("Tomate, 12,4", timeout=_PATIENCE)
    thumb.tap(_save(phone))
    told = phone.locator(".st-key-logbook_told")
    expect(told).to_contain_text(
        re.compile(r"Noté.*Récolte.*12,4\skg.*Planche 1"), timeout=_PATIENCE
    )
    expect(told).to_be_in_viewport()
    assert thumb.taps <= 6
    assert phone.evaluate(OVERFLOW) <= 0
    picture(phone, "logbook-noted-phone-fr")


def test_another_bed_and_crop_take_six_taps_too(address: str, phone: Page) -> None:
    _open(phone, address, "en")
    thumb = Thumb(phone)
    thumb.tap(phone.locator(".st-key-logbook_plot").get_by_role("radio", name="Planche 3"))
    crops = phone.locator('[class*="st-key-logbook_crop_planche-3"] [role=radio]')
    expect(crops.first).to_be_visible(timeout=_PATIENCE)
    thumb.tap(crops.nth(1))
    thumb.key("3")
    expect(_save(phone)).to_contain_text(re.compile(r"3\skg, Planche 3"), timeout=_PATIENCE)
    thumb.tap(_save(phone))
    expect(phone.locator(".st-key-logbook_told")).to_contain_text("Noted", timeout=_PATIENCE)
    assert thumb.taps <= 6


def test_a_product_takes_six_taps_with_its_kind(address: str, phone: Page) -> None:
    _open(phone, address)
    thumb = Thumb(phone)
    thumb.tap(phone.locator(".st-key-logbook_type").get_by_role("radio", name="Apport"))
    thumb.tap(phone.locator("summary", has_text="Quel produit, combien d’azote"))
    kinds = phone.locator('[class*="st-key-logbook_about_input"][class*="_kind"]')
    thumb.tap(kinds.locator("button", has_text="compost"))
    for sign in "30":
        thumb.key(sign)
    expect(_save(phone)).to_contain_text(re.compile(r"Compost, 30\skg"), timeout=_PATIENCE)
    thumb.tap(_save(phone))
    told = phone.locator(".st-key-logbook_told")
    expect(told).to_contain_text(re.compile(r"Apport · Compost, 30\skg"), timeout=_PATIENCE)
    assert thumb.taps <= 6
    assert phone.evaluate(OVERFLOW) <= 0


def test_quick_presses_of_one_key_are_all_counted(address: str, phone: Page) -> None:
    """Faster than the network answers: what is shown is what is saved."""
    _open(phone, address)
    ones = phone.locator('.pad button[data-key="1"]')
    for _ in range(3):
        ones.click(no_wait_after=True)
    phone.locator('.pad button[data-key="⌫"]').click(no_wait_after=True)
    _save(phone).click()
    expect(phone.locator(".st-key-logbook_told")).to_contain_text(
        re.compile(r"11\skg"), timeout=_PATIENCE
    )
    expect(phone.locator(".pad input")).to_have_value("")


def test_the_pad_takes_no_letters_and_a_keyboard_s_digits(address: str, laptop: Page) -> None:
    _open(laptop, address)
    figure = laptop.locator(".pad input")
    figure.click()
    laptop.keyboard.type("a1b,,5x")
    expect(figure).to_have_value("1,5")
    expect(_save(laptop)).to_contain_text("1,5", timeout=_PATIENCE)


def test_yesterday_again_is_one_tap_and_undone_by_one(address: str, phone: Page) -> None:
    _open(phone, address)
    thumb = Thumb(phone)
    thumb.tap(phone.get_by_role("button", name=re.compile("Comme hier")))
    told = phone.locator(".st-key-logbook_told")
    expect(told).to_contain_text(re.compile(r"Arrosage, 20\sL"), timeout=_PATIENCE)
    assert thumb.taps == 1
    thumb.tap(told.get_by_role("button", name="Annuler"))
    expect(told).to_have_count(0, timeout=_PATIENCE)
    _view(phone, "Relire")
    expect(phone.locator(".entry")).to_have_count(1, timeout=_PATIENCE)


def test_a_wrong_entry_is_corrected_with_its_history(address: str, phone: Page) -> None:
    _open(phone, address)
    for sign in "24":
        phone.locator(f'.pad button[data-key="{sign}"]').click()
    expect(_save(phone)).to_contain_text("24", timeout=_PATIENCE)
    _save(phone).click()
    expect(phone.locator(".st-key-logbook_told")).to_be_visible(timeout=_PATIENCE)
    _view(phone, "Relire")
    row = phone.locator('[class*="st-key-logbook_row_"]', has_text="Récolte")
    row.get_by_role("button", name="Ouvrir").click()
    row.get_by_text("Corriger", exact=True).click()
    row.get_by_label("Quantité").fill("2,4")
    row.get_by_label("Pourquoi ?").first.fill("virgule oubliée")
    row.get_by_label("Pourquoi ?").first.press("Tab")  # nothing moves under the next click
    row.get_by_role("button", name="Enregistrer la correction").click()
    changes = row.locator(".changes")
    expect(changes).to_contain_text("virgule oubliée", timeout=_PATIENCE)
    expect(changes.locator("del")).to_have_text("24")
    expect(changes.locator("ins")).to_have_text("2,4")
    expect(row.locator(".entry")).to_contain_text(re.compile(r"2,4\skg"))
    assert phone.evaluate(OVERFLOW) <= 0
    picture(phone, "logbook-corrected-phone-fr")


def test_a_file_with_bad_rows_is_imported_and_undone(address: str, phone: Page) -> None:
    _open(phone, address)
    _view(phone, "Fichiers")
    given = {"name": "juillet.csv", "mimeType": "text/csv", "buffer": _FILE.encode()}
    phone.locator('[class*="st-key-logbook_file_"] input[type="file"]').set_input_files(given)  # type: ignore[arg-type]
    main = phone.locator('[data-testid="stMain"]')
    expect(main).to_contain_text("2 lignes bonnes · 3 lignes refusées", timeout=_PATIENCE)
    bad = phone.locator("table.rows").first
    for told in ("planche-99", "-3", "2206-07-09"):
        expect(bad).to_contain_text(told)
    assert phone.evaluate(OVERFLOW) <= 0
    picture(phone, "logbook-import-phone-fr")
    phone.get_by_role("button", name="Importer 2 lignes").click()
    expect(main).to_contain_text("2 lignes sont importées.", timeout=_PATIENCE)
    phone.get_by_role("button", name="Annuler tout l’import").click()
    expect(main).to_contain_text("Import annulé : 2 lignes sont barrées", timeout=_PATIENCE)
    _view(phone, "Relire")
    expect(phone.locator(".entry")).to_have_count(1, timeout=_PATIENCE)
    phone.get_by_text("Montrer aussi ce qui est barré").click()
    expect(phone.locator(".entry.struck")).to_have_count(2, timeout=_PATIENCE)


def test_what_is_filtered_is_downloaded(address: str, laptop: Page) -> None:
    _open(laptop, address)
    _view(laptop, "Relire")
    with laptop.expect_download(timeout=_PATIENCE) as download:
        laptop.get_by_role("button", name="En CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("date,type,plot,crop,variety,quantity,unit,notes")
    assert "2026-07-20T11:00:00+02:00,irrigation,planche-1,,,20.0,L" in lines[1]
    assert len(lines) == 2


def test_every_page_is_reached_with_a_thumb(address: str, phone: Page) -> None:
    _open(phone, address)
    menu = phone.locator('[class*="st-key-nav_list"] button')
    folded = menu.count() > 0
    if folded:
        menu.click()
        last = phone.locator('[class*="st-key-nav_item"] a').last
    else:
        last = phone.locator(".st-key-nav a").last
    expect(last).to_be_visible()
    name = last.inner_text()
    last.click()
    expect(phone.locator("h1.page-title")).not_to_have_text("Carnet", timeout=_PATIENCE)
    here = phone.locator('[class*="st-key-nav"][class*="_here"]:visible')
    expect(here.first).to_contain_text(name, timeout=_PATIENCE)
    for link in phone.locator(".st-key-nav a:visible, .st-key-nav button:visible").all():
        box = link.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["height"] >= _THUMB
    assert phone.evaluate(OVERFLOW) <= 0
