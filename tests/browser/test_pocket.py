"""The pocket page on a phone 390 px wide: a tap, its undoing, and an hour without network.

The real server over a few days of the demo; the store is read for what was noted.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from agro.access.secrets import new_token, token_hash
from agro.access.who import SESSION_COOKIE
from agro.config import now
from agro.demo import SEASON_END, fill, season_clock
from agro.packs import read_pack
from agro.pocket.asked import LOOKS
from agro.records import Advice, Noted, Plot
from agro.schedule import advise_all
from agro.store import decisions, farms, logbook, open_store, writing
from agro.store.access import sessions, users
from agro.store.logbook import NOTE_ID
from agro.words import LANGUAGES, thirsty_first
from tests.browser.house import wait_until_up
from tests.browser.test_axe import axe
from tests.conftest import free_port

__all__ = ["axe"]  # the judge of all pages
LARGEST = 10_000  # bytes of a page, unpacked
_DAYS = 1
_WAIT_S = 20.0
_JUDGE = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .filter((one) => ['serious', 'critical'].includes(one.impact))
  .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target} ${node.failureSummary}`))
"""
CONTROLLED = """() => navigator.serviceWorker.ready.then(() => new Promise((done) => {
  if (navigator.serviceWorker.controller) done();
  navigator.serviceWorker.addEventListener('controllerchange', () => done());
}))"""


@dataclass(frozen=True)
class House:
    """A running server, its store, and a bed that asks for water."""

    address: str
    engine: Engine
    plots: tuple[Plot, ...]
    thirsty: Advice

    @property
    def garden(self) -> str:
        """The page of the garden of that bed."""
        return f"{self.address}/m/{self.thirsty.site}"

    @property
    def bed(self) -> Plot:
        """The bed that asks for water."""
        asks = (self.thirsty.site, self.thirsty.plot)
        return next(plot for plot in self.plots if (plot.site, plot.slug) == asks)

    def noted(self) -> list[Noted]:
        """What was noted of that bed since the demo's season ended, newest first."""
        with self.engine.connect() as c:
            found = logbook.noted(c, site=self.bed.site, plot=self.bed.slug)
        return [one for one in found if NOTE_ID in one.entry.details]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    port, url = free_port(), f"sqlite:///{tmp_path_factory.mktemp('var')}/agro.sqlite"
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
    fill(engine, days=_DAYS)
    advise_all(engine, SEASON_END)
    with engine.connect() as c:
        plots, advices = farms.plots(c), decisions.latest(c)
    thirsty = _thirstiest(plots, advices)
    clock = season_clock(datetime.now(UTC))
    serve = ["-c", f"from agro.server import serve; serve({port})"]
    process = subprocess.Popen(
        [sys.executable, *serve], env=os.environ | {"AGRO_DATABASE_URL": url, "AGRO_CLOCK": clock}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(address, process)
        yield House(address, engine, tuple(plots), thirsty)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        engine.dispose()


def _thirstiest(plots: list[Plot], advices: list[Advice]) -> Advice:
    """The first bed on the page of a garden in which there is one to water."""
    site = next(one.site for one in advices if one.decision == "irrigate" and one.minutes > 0)
    here = {one.plot: one for one in advices if one.site == site}
    first = thirsty_first([plot for plot in plots if plot.site == site], here)[0]
    return here[first.slug]


def _wait(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def _picture(page: Page, name: str) -> None:
    """Save the page where AGRO_SCREENS says, if it does."""
    folder = os.environ.get("AGRO_SCREENS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"pocket-{name}.png", full_page=True)


def _tap(house: House, page: Page) -> None:
    """Say that the bed was watered as it was advised."""
    page.locator(f"button[name=done][value^='{house.bed.slug}:']").click()


@pytest.mark.service
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_demo_is_small(house: House, language: str) -> None:
    sites = {plot.site for plot in house.plots}
    paths = ["", *sites, *(f"{plot.site}/{plot.slug}" for plot in house.plots)]
    sizes = {}
    for path in paths:
        answer = httpx.get(f"{house.address}/m/{path}", params={"lang": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.text
        sizes[path] = len(answer.content)
    assert max(sizes.values()) < LARGEST, max(sizes.items(), key=lambda one: one[1])


@pytest.mark.service
@pytest.mark.browser
def test_a_tap_without_any_script(house: House, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="fr-FR"
    )
    page = context.new_page()
    page.goto(f"{house.address}/m/")
    page.locator(f"a[href='/m/{house.bed.site}']").click()
    _picture(page, "garden")
    _tap(house, page)
    expect(page.locator("form.told")).to_contain_text(re.compile("^Noté"))
    (noted,) = house.noted()
    assert (noted.entry.type, noted.entry.unit) == ("irrigation", "min")
    assert noted.entry.quantity == round(house.thirsty.minutes)
    page.locator("form.told button").click()
    expect(page.locator("form.told")).to_contain_text(re.compile("^Annulé"))
    assert house.noted() == []
    page.locator(f"a[href='/m/{house.bed.site}/{house.bed.slug}']").click()
    _picture(page, "bed")
    page.get_by_label("J’ai vu").fill("pucerons")
    page.locator("form", has=page.get_by_label("J’ai vu")).get_by_role("button").click()
    expect(page.locator("form.told")).to_contain_text("pucerons")
    page.locator("form.told button").click()
    assert house.noted() == []
    context.close()


def _keep(house: House, page: Page) -> None:
    """Open the garden until its copy is on the phone."""
    page.goto(f"{house.garden}?lang=fr")
    page.evaluate(CONTROLLED)
    _wait(lambda: page.evaluate("caches.match(location.pathname).then(Boolean)"))


@pytest.mark.service
@pytest.mark.browser
def test_without_network_it_waits_and_is_sent_once(house: House, phone: Page) -> None:
    _keep(house, phone)
    phone.context.set_offline(True)
    phone.reload()
    copied = re.compile(r"Pas de réseau.*\d\d:\d\d\. \((maintenant|.*minute)")
    expect(phone.locator("#copy")).to_contain_text(copied)
    _tap(house, phone)
    expect(phone.locator("#waiting li")).to_contain_text(house.bed.name)
    _picture(phone, "offline")
    phone.reload()
    expect(phone.locator("#waiting li")).to_have_count(1)
    assert house.noted() == []
    phone.context.set_offline(False)
    _wait(house.noted)
    expect(phone.locator("#waiting")).to_be_hidden()
    expect(phone.locator("#copy")).to_be_hidden()
    for _ in range(2):
        phone.reload()
    (noted,) = house.noted()
    with writing(house.engine) as c:
        logbook.strike(c, noted.number, who="", reason="")


@pytest.mark.service
@pytest.mark.browser
def test_what_waits_is_undone_on_the_phone(house: House, phone: Page) -> None:
    _keep(house, phone)
    phone.context.set_offline(True)
    phone.reload()
    _tap(house, phone)
    phone.locator("#waiting li button").click()
    expect(phone.locator("#copy")).to_be_visible()
    expect(phone.locator("#waiting")).to_be_hidden()
    phone.context.set_offline(False)
    expect(phone.locator("#copy")).to_be_hidden()  # the page shows itself anew
    assert house.noted() == []


@pytest.mark.service
@pytest.mark.browser
def test_what_is_refused_is_told_and_let_go(house: House, phone: Page) -> None:
    bed = f"{house.garden}/{house.bed.slug}"
    phone.goto(f"{bed}?lang=fr")
    phone.evaluate(CONTROLLED)
    _wait(lambda: phone.evaluate("caches.match(location.pathname).then(Boolean)"))
    phone.context.set_offline(True)
    phone.reload()
    phone.get_by_label("J’ai arrosé").fill("9999")
    phone.locator("form", has=phone.get_by_label("J’ai arrosé")).get_by_role("button").click()
    expect(phone.locator("#waiting li")).to_contain_text("9999 min")
    phone.context.set_offline(False)
    expect(phone.locator("#refused li")).to_contain_text("9999", timeout=20_000)
    expect(phone.locator("#refused")).to_contain_text("Pas accepté")
    expect(phone.locator("#waiting")).to_be_hidden()
    _picture(phone, "refused")
    phone.locator("#refused li button").click()
    expect(phone.locator("#copy")).to_be_hidden()
    expect(phone.locator("#refused")).to_be_hidden()
    assert house.noted() == []


def _sign_in(house: House, page: Page, email: str) -> None:
    """Give the phone a session of a gardener of this garden."""
    token, at = new_token(), now()
    with writing(house.engine) as c:
        users.save(c, users.User(email, "", frozenset({"farmer"}), at, frozenset({house.bed.site})))
        sessions.begin(c, token_hash(token), email, at=at, expires=at + timedelta(days=1))
    cookie = {"name": SESSION_COOKIE, "value": token, "url": house.address}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.fixture
def accounts(house: House) -> Iterator[tuple[str, str]]:
    """Two gardeners for one test; afterwards the garden is without accounts again."""
    emails = ("jeanne@example.org", "paul@example.org")
    yield emails
    with writing(house.engine) as c:
        for email in emails:
            users.remove(c, email)


@pytest.mark.service
@pytest.mark.browser
def test_signed_out_it_waits_for_who_tapped_it(
    house: House, phone: Page, accounts: tuple[str, str]
) -> None:
    jeanne, paul = accounts
    _sign_in(house, phone, jeanne)
    _keep(house, phone)
    phone.context.set_offline(True)
    phone.reload()
    _tap(house, phone)
    expect(phone.locator("#waiting li")).to_have_count(1)
    with writing(house.engine) as c:
        users.end_sessions(c, jeanne)
    phone.context.set_offline(False)
    expect(phone.locator("h1")).to_have_text("Vous n’êtes plus connecté", timeout=20_000)
    expect(phone.locator("#waiting li")).to_contain_text(house.bed.name)
    kept = "caches.keys().then((all) => caches.match('/m/')).then(Boolean)"
    assert phone.evaluate(kept) is False  # no page of hers stays on the phone
    _picture(phone, "signed-out")
    _sign_in(house, phone, paul)
    phone.goto(house.garden)
    expect(phone.locator("#refused li")).to_contain_text("une autre personne", timeout=20_000)
    assert house.noted() == []
    phone.locator("#refused li button").click()
    expect(phone.locator("#refused")).to_be_hidden()


@pytest.mark.service
@pytest.mark.browser
def test_signed_in_again_it_is_sent(house: House, phone: Page, accounts: tuple[str, str]) -> None:
    jeanne, _ = accounts
    _sign_in(house, phone, jeanne)
    _keep(house, phone)
    phone.reload()  # by the worker from now on
    with writing(house.engine) as c:
        users.end_sessions(c, jeanne)
    _tap(house, phone)
    expect(phone.locator("#waiting li")).to_contain_text(house.bed.name)
    assert house.noted() == []
    _sign_in(house, phone, jeanne)
    phone.goto(house.garden)
    _wait(house.noted)
    (noted,) = house.noted()
    assert noted.entry.who == jeanne
    with writing(house.engine) as c:
        logbook.strike(c, noted.number, who="", reason="")


@pytest.mark.service
@pytest.mark.browser
def test_chromium_would_install_it(house: House, phone: Page) -> None:
    phone.goto(f"{house.garden}?lang=fr")
    phone.evaluate(CONTROLLED)
    asked = phone.context.new_cdp_session(phone)
    manifest = asked.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/m/manifest.webmanifest?lang=fr")
    found = asked.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A test's browser keeps nothing, which is the one thing that stands in the way.
    assert {one["errorId"] for one in found} <= {"in-incognito"}
    phone.goto(f"{house.address}/signin")
    found = asked.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert "no-manifest" in {one["errorId"] for one in found}


_SMALL = """() => [...document.querySelectorAll('a, button, select, summary, input')]
  .filter((one) => one.type !== 'hidden' && one.checkVisibility())
  .map((one) => [one.textContent || one.name, one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([name, box]) => `${name.trim()}: ${box.width.toFixed()} × ${box.height.toFixed()}`)"""


@pytest.mark.service
@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_thumb_meets_what_it_aims_at(house: House, phone: Page, language: str) -> None:
    small = []
    for path in ("/", f"/{house.bed.site}", f"/{house.bed.site}/{house.bed.slug}", "/nowhere"):
        phone.goto(f"{house.address}/m{path}?lang={language}")
        small += [f"{path}: {one}" for one in phone.evaluate(_SMALL)]
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert not small, "\n".join(small)


@pytest.mark.service
@pytest.mark.browser
def test_it_fits_the_phone_and_the_dashboard_leads_to_it(house: House, phone: Page) -> None:
    for path in ("", f"/{house.bed.site}", f"/{house.bed.site}/{house.bed.slug}"):
        phone.goto(f"{house.address}/m{path or '/'}?lang=en")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.goto(f"{house.address}/?lang=en&site={house.bed.site}")
    phone.locator(f"a[href^='/m/{house.bed.site}']").click(timeout=30_000)
    expect(phone.locator("main h1")).to_be_visible()
    assert phone.url.startswith(house.garden)


@pytest.mark.service
@pytest.mark.browser
@pytest.mark.parametrize("look", ["", *LOOKS])
def test_nothing_hinders_anybody(house: House, phone: Page, axe: str, look: str) -> None:
    """In each look; where none was chosen, on a phone that is dark itself."""
    phone.add_init_script(axe)
    phone.emulate_media(color_scheme="dark")
    found = []
    for path in ("/", f"/{house.bed.site}", f"/{house.bed.site}/{house.bed.slug}", "/nowhere"):
        phone.goto(f"{house.address}/m{path}?lang=fr&look={look}")
        _picture(phone, f"{look or 'own'}-{path.count('/')}")
        found += [f"{path}: {one}" for one in phone.evaluate(_JUDGE)]
    assert not found, "\n".join(found)
