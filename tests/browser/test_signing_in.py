"""Signing in as people do: with a password, and at a real provider of OpenID Connect."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from agro.access.secrets import hash_secret
from agro.config import now
from agro.store import open_store, schema, writing
from agro.store.access import users
from agro.store.access.users import User
from tests.browser.house import wait_until_up
from tests.conftest import free_port
from tests.provider_house import Provider

pytestmark = [pytest.mark.browser, pytest.mark.service]

ANNE, PAUL, PASSWORD = "anne@potager.example", "paul@ville.example", "une longue phrase à elle"
_PATIENT_MS = 40_000


@contextmanager
def _serving(url: str, port: int, **changed: str) -> Iterator[str]:
    environment = os.environ | {"AGRO_DATABASE_URL": url, "AGRO_PORT": str(port)} | changed
    program = f"from agro.server import serve; serve({port})"
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        wait_until_up(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> str:
    """Dijon's gardens, Anne who works in all of them with a password, Paul of the city without."""
    file = tmp_path_factory.mktemp("var") / "agro.sqlite"
    shutil.copy(sqlite_template, file)
    url = f"sqlite:///{file.as_posix()}"
    engine = open_store(url)
    with writing(engine) as c:
        roles, every = frozenset({"operator"}), frozenset({"*"})
        users.save(c, User(ANNE, "Anne", roles, now(), every, hash_secret(PASSWORD)))
        users.save(c, User(PAUL, "Paul", frozenset({"official"}), now()))
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Who vouches for people."""
    made = Provider(tmp_path_factory.mktemp("provider"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def address(database: str, provider: Provider) -> Iterator[str]:
    """The real server, which asks this provider."""
    with _serving(database, free_port(), **provider.settings) as found:
        yield found


def _enter(page: Page, password: str = PASSWORD) -> None:
    """Fill in the form that is shown."""
    page.get_by_label("Adresse électronique").fill(ANNE)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Entrer").click()


def _is_in(page: Page, name: str = "Anne") -> None:
    expect(page.get_by_text(f"{name} ·")).to_be_visible(timeout=_PATIENT_MS)
    expect(page.get_by_role("link", name="Se déconnecter")).to_be_visible(timeout=_PATIENT_MS)


def _is_out(page: Page) -> None:
    expect(page.get_by_role("link", name="Se connecter")).to_be_visible(timeout=_PATIENT_MS)
    expect(page.get_by_text("Anne ·")).to_be_hidden()


@pytest.mark.parametrize("width", ["phone", "laptop"])
def test_a_password_leads_in_and_out(
    address: str, width: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(width)
    page.goto(f"{address}/?lang=fr")
    page.get_by_role("link", name="Se connecter").click(timeout=_PATIENT_MS)
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
    _enter(page, "not hers")
    expect(page.get_by_role("alert")).to_contain_text("ne vont pas ensemble")
    expect(page.get_by_label("Adresse électronique")).to_have_value(ANNE)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Entrer").click()
    _is_in(page)
    held = {one["name"]: one for one in page.context.cookies()}
    assert held["agro_session"]["httpOnly"]
    assert held["agro_session"]["sameSite"] == "Lax"
    assert "agro_session" not in page.evaluate("document.cookie")
    page.get_by_role("link", name="Se déconnecter").click(timeout=_PATIENT_MS)
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
    assert "agro_session" not in {one["name"] for one in page.context.cookies()}
    page.goto(f"{address}/?lang=fr")
    _is_out(page)


def test_one_goes_on_to_the_page_that_one_looked_at(address: str, laptop: Page) -> None:
    laptop.goto(f"{address}/control_post?lang=fr&layer=farms")
    laptop.get_by_role("link", name="Se connecter").click(timeout=_PATIENT_MS)
    _enter(laptop)
    _is_in(laptop)
    assert re.search(r"/control_post\?.*layer=farms", laptop.url)


def test_out_of_one_page_is_out_of_all(address: str, browser: Browser) -> None:
    """The other tab is still open on its own connection; the pocket page has the same cookie."""
    context = browser.new_context()
    first, other = context.new_page(), context.new_page()
    first.goto(f"{address}/signin?lang=fr&next=/stations")
    _enter(first)
    _is_in(first)
    other.goto(f"{address}/signout?lang=fr")
    other.get_by_role("button", name="Se déconnecter").click()
    expect(other.get_by_role("heading", name="Se connecter")).to_be_visible()
    other.goto(f"{address}/m/?lang=fr")
    expect(other).to_have_url(re.compile("/signin"))
    first.get_by_text("EN", exact=True).click()  # the next click, whatever it is
    expect(first.get_by_role("link", name="Sign in")).to_be_visible(timeout=_PATIENT_MS)
    expect(first.get_by_text("Anne ·")).to_be_hidden()
    context.close()


def test_out_everywhere_is_out_of_the_lost_phone_too(
    address: str, laptop: Page, browser: Browser
) -> None:
    lost = browser.new_context().new_page()
    for page in (lost, laptop):
        page.goto(f"{address}/signin?lang=fr&next=/stations")
        _enter(page)
        _is_in(page)
    laptop.goto(f"{address}/signout?lang=fr")
    laptop.get_by_role("button", name="autres appareils").click()
    expect(laptop.get_by_role("heading", name="Se connecter")).to_be_visible()
    lost.get_by_text("EN", exact=True).click()
    expect(lost.get_by_role("link", name="Sign in")).to_be_visible(timeout=_PATIENT_MS)
    lost.context.close()


def _to_provider(page: Page, address: str, onward: str = "/") -> None:
    """Come from our page to the provider's."""
    page.goto(f"{address}/signin?lang=fr&next={onward}")
    page.get_by_role("link", name="Ville d’essai").click()


def _at_provider(page: Page, address: str, email: str, onward: str = "/") -> None:
    """Sign in at the provider as `email`, coming from our page."""
    _to_provider(page, address, onward)
    page.get_by_placeholder("sub").fill(email, timeout=_PATIENT_MS)
    page.get_by_role("button", name="Authorize").click()


def _cookies(page: Page) -> set[str]:
    return {one["name"] for one in page.context.cookies()}


def _is_told(page: Page, why: str) -> None:
    """The page of signing in says why, and in the language that it was left in."""
    expect(page.get_by_role("alert")).to_contain_text(why, timeout=_PATIENT_MS)
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
    assert "agro_session" not in _cookies(page)


def test_a_provider_vouches_for_who_has_an_account(
    address: str, provider: Provider, laptop: Page, database: str
) -> None:
    provider.knows(PAUL)
    _at_provider(laptop, address, PAUL, "/indicators")
    _is_in(laptop, "Paul")
    assert "/indicators" in laptop.url
    held = {one["name"]: one for one in laptop.context.cookies()}
    assert held["agro_session"]["httpOnly"]
    assert held["agro_session"]["sameSite"] == "Lax"
    assert not any(name.startswith("_streamlit_user") for name in held)
    # An operator ends it: the next look is anybody's.
    engine = open_store(database)
    with writing(engine) as c:
        users.end_sessions(c, PAUL)
        kept = c.scalars(
            select(schema.app_session.c.id)
            .join(schema.app_user)
            .where(schema.app_user.c.email == PAUL)
        ).all()
    engine.dispose()
    assert not kept
    laptop.goto(f"{address}/?lang=fr")
    _is_out(laptop)


@pytest.mark.parametrize(
    ("email", "verified"), [("stranger@elsewhere.example", True), (PAUL, False)]
)
def test_who_is_not_known_here_stays_nobody(
    address: str, provider: Provider, laptop: Page, email: str, verified: bool
) -> None:
    provider.knows(email, verified=verified)
    _at_provider(laptop, address, email)
    _is_told(laptop, "aucun compte")
    assert not any(name.startswith("_streamlit_user") for name in _cookies(laptop))


def test_who_is_refused_at_the_provider_is_told(
    address: str, provider: Provider, laptop: Page
) -> None:
    _to_provider(laptop, address)
    laptop.get_by_role("button", name="Deny").click(timeout=_PATIENT_MS)
    _is_told(laptop, "n’a pas abouti")


def test_an_answer_that_nobody_waits_for_signs_nobody_in(address: str, laptop: Page) -> None:
    """A link that somebody else made, to let another in as themselves."""
    laptop.goto(f"{address}/oauth2callback?state=made-up&code=theirs")
    expect(laptop.get_by_role("alert")).to_be_visible()
    assert "agro_session" not in _cookies(laptop)


def test_while_the_provider_is_away_passwords_hold_and_it_comes_back(
    address: str, provider: Provider, laptop: Page
) -> None:
    """Away when asked, gone under its own page, dead between its word and ours, and silent."""
    try:
        provider.kill()
        _to_provider(laptop, address)
        _is_told(laptop, "n’a pas abouti")
        _enter(laptop)  # the form is on the same page
        _is_in(laptop)
        laptop.context.clear_cookies()

        provider.start()
        _to_provider(laptop, address)
        expect(laptop.get_by_placeholder("sub")).to_be_visible(timeout=_PATIENT_MS)
        provider.kill()
        laptop.goto(f"{address}/signin?lang=fr")
        _enter(laptop)
        _is_in(laptop)
        laptop.context.clear_cookies()

        provider.start()
        provider.knows(PAUL)
        provider.die_when_asked_for_tokens()
        _at_provider(laptop, address, PAUL, "/indicators")
        provider.wait_until_dead()
        _is_told(laptop, "n’a pas abouti")

        provider.start()
        with provider.frozen():
            _to_provider(laptop, address)
            _is_told(laptop, "n’a pas abouti")
        provider.knows(PAUL)
        _at_provider(laptop, address, PAUL, "/indicators")
        _is_in(laptop, "Paul")
        assert "/indicators" in laptop.url
    finally:
        provider.kill()
        provider.start()
