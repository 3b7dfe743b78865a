"""A right that is lost while a page is open: the next click says so, and writes nothing.

`AGRO_SCREENS=FOLDER` also takes pictures, for people to look at.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from agro.access import SESSION_COOKIE
from agro.store import open_store, schema, writing
from agro.store.access import users
from agro.words import say
from tests.agro.access import gardens
from tests.agro.access.gardens import OURS, THEIRS
from tests.browser.conftest import SIZES
from tests.browser.house import wait_until_up
from tests.conftest import free_port

pytestmark = [pytest.mark.browser, pytest.mark.service]
_PATIENT_MS = 40_000


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Engine]:
    """Two gardens; the farmer of ours is signed in."""
    gardens.fill(f"sqlite:///{tmp_path}/agro.sqlite")
    engine = open_store(f"sqlite:///{tmp_path}/agro.sqlite")
    with writing(engine) as c:
        gardens.sign_in(c, "farmer")
    yield engine
    engine.dispose()


@pytest.fixture
def address(garden: Engine, tmp_path: Path) -> Iterator[str]:
    """The real server over them."""
    port = free_port()
    own = {"AGRO_DATABASE_URL": str(garden.url), "AGRO_VAR": str(tmp_path), "AGRO_PORT": str(port)}
    program = f"from agro.server import serve; serve({port})"
    process = subprocess.Popen([sys.executable, "-c", program], env=os.environ | own)
    try:
        wait_until_up(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.mark.parametrize("size", SIZES)
def test_a_click_after_the_right_is_lost_is_told(
    size: str, browser: Browser, garden: Engine, address: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies(
        [{"name": SESSION_COOKIE, "value": "token of farmer", "url": address}]  # as signed in
    )
    page, words = context.new_page(), say("fr")
    page.goto(f"{address}/chain?lang=fr&site={OURS}")
    page.get_by_text(words.t("chain.view_stock"), exact=True).click(timeout=_PATIENT_MS)
    button = page.get_by_role("button", name=words.t("chain.withdraw"))
    button.scroll_into_view_if_needed(timeout=_PATIENT_MS)
    with writing(garden) as c:
        farmer = users.user(c, "farmer@example.org")
        assert farmer is not None
        users.save(c, replace(farmer, sites=frozenset({THEIRS})))
    before = _kept(garden)
    button.click()
    told = words.t("access.unwritten_refused")
    expect(page.get_by_role("alert").filter(has_text=told).first).to_be_visible(timeout=_PATIENT_MS)
    expect(page.get_by_test_id("stToast").filter(has_text=told)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    _picture(page, size)
    assert _kept(garden) == before
    context.close()


def _kept(engine: Engine) -> list[tuple[object, ...]]:
    """The offers, and the audit log."""
    with engine.connect() as c:
        return [
            tuple(row) for own in (schema.offer, schema.audit) for row in c.execute(select(own))
        ]


def _picture(page: Page, size: str) -> None:
    folder = os.environ.get("AGRO_SCREENS")
    if folder:
        page.screenshot(path=Path(folder) / f"refused_{size}.png")
