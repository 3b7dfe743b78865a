"""A gardener subscribes on the page; when a bed is thirsty one mail arrives, and no second."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from agro.records import Advice, Plot
from agro.store import decisions, farms, writing
from agro.words import advice_sentence
from tests.alerting import SITE, Mailbox, Sending, wait_until
from tests.browser.house import served

PLOT = "planche-1"
_PATIENT_MS = 60_000


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The house's mail server."""
    started = Mailbox()
    told = f"mailto://127.0.0.1:{started.port}?from=agro@example.org&mode=insecure"
    monkeypatch.setenv("AGRO_MAIL_URL", told)
    yield started
    started.stop()


@pytest.fixture
def sending(store_url: str, tmp_path: Path) -> Iterator[Sending]:
    """A starter of sending processes on this test's store."""
    started = Sending(store_url, tmp_path / "sent")
    yield started
    started.stop()


def _thirst(store: Engine, at: datetime) -> Advice:
    """A bed is to be watered in two hours."""
    one = Advice(
        *(SITE, PLOT, at, "irrigate", at + timedelta(hours=2), 12.0, 576.0, 48.0),
        *("depletion_above_raw", "high", 30.0, 25.0, 60.0, 0.4, 0.2),
        crop="tomato",
        facts={"soil_moisture": 0.18, "probe_depth_cm": 20.0, "days_to_raw": 0.0},
    )
    with writing(store) as c:
        decisions.write(c, [one])
    return one


def _plot(store: Engine) -> Plot:
    with store.connect() as c:
        return next(one for one in farms.plots(c, SITE) if one.slug == PLOT)


def _subscribe(page: Page, address: str) -> None:
    page.goto(f"{address}/alerts?lang=fr&site={SITE}")
    expect(page.locator("h1.page-title")).to_have_text("Alertes", timeout=_PATIENT_MS)
    expect(page.get_by_text("Aucune alerte pour l’instant")).to_be_visible()
    page.get_by_label("Votre nom ou votre adresse").fill("Anne")
    page.get_by_label("Adresse e-mail").fill("anne@example.org")
    page.get_by_label("Adresse e-mail").press("Tab")
    page.locator("label").filter(has_text="Silence la nuit").click()
    expect(page.get_by_label("Silence à partir de")).to_have_count(0, timeout=_PATIENT_MS)
    page.get_by_role("button", name="M’abonner").click()
    expect(page.get_by_text("C’est noté")).to_be_visible(timeout=_PATIENT_MS)
    expect(page.locator("h3", has_text="a…@example.org")).to_be_visible()


@pytest.mark.browser
@pytest.mark.service
def test_who_subscribes_on_the_page_gets_one_mail(
    store: Engine,
    store_url: str,
    sending: Sending,
    mailbox: Mailbox,
    phone: Page,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with served(store_url, "") as address:
        _subscribe(phone, address)
        phone.get_by_role("button", name="Envoyer un essai").click()
        expect(phone.get_by_text("l’essai est parti")).to_be_visible(timeout=_PATIENT_MS)
        assert [one["Subject"] for one in mailbox.messages] == ["Message d’essai"]

        monkeypatch.setenv("AGRO_PUBLIC_URL", address)
        at = datetime.now(UTC)
        advice = _thirst(store, at)
        process = sending.start()
        wait_until(lambda: len(mailbox.messages) > 1, seconds=120)
        process.kill()
        process.wait(10)
        sending.start()
        time.sleep(4.0)  # for a second one, which must not come
        (_, message) = mailbox.messages
        plot, body = _plot(store), mailbox.bodies[1]
        said = advice_sentence(advice, plot, "fr", zone="Europe/Paris", now=at)
        assert str(message["To"]) == "anne@example.org"
        assert plot.name in str(message["Subject"])
        assert said.headline in body
        assert said.why in body

        (link,) = re.findall(r"http://\S+", body)
        phone.goto(link)
        expect(phone.locator("h1.page-title")).to_contain_text(plot.name, timeout=_PATIENT_MS)
        phone.goto(f"{address}/alerts?lang=fr")
        expect(phone.locator("h1.page-title")).to_have_text("Alertes", timeout=_PATIENT_MS)
        phone.get_by_text("Messages envoyés").click()
        # Killed between the handing over and its note, nobody knows: it is said so, not sent again.
        known = re.compile("Envoyé|Peut-être arrivé")
        expect(phone.get_by_role("cell", name=known)).to_be_visible(timeout=_PATIENT_MS)
