"""No page does anything that its own Content-Security-Policy refuses, in a real browser."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from agro.dashboard.colours import LOOKS
from agro.packs import read_pack
from tests.browser.house import PATHS, TRIAL, address, house
from tests.browser.looking import settled

__all__ = ["address", "house"]  # the fixtures of the pages' tests
pytestmark = [pytest.mark.browser, pytest.mark.service]

_PATIENT_MS = 60_000
_SITE = read_pack("dijon").sites[0].slug
_PAGES = {
    **{name: path for name, path in PATHS.items() if name != "trial"},
    "trial": f"/trials?site={TRIAL.site}&trial={TRIAL.slug}",
    "alerts": "/alerts",
    "survey": "/indicators?view=survey",
    "entered": "/indicators?view=entered",
}
_BARE = {"pocket": "/m/", "pocket_garden": f"/m/{_SITE}", "in": "/signin", "out": "/signout"}
_HEAR = """document.addEventListener('securitypolicyviolation',
  (told) => console.error(`Content Security Policy: ${told.violatedDirective} ${told.blockedURI}`));
"""


@pytest.fixture
def heard(laptop: Page) -> list[str]:
    """What the browser refused, in the page, its frames and its workers."""
    refused: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            refused.append(message.text)

    laptop.context.on("console", hear)
    laptop.add_init_script(_HEAR)
    return refused


@pytest.mark.parametrize("name", list(_PAGES))
def test_a_page_keeps_to_its_policy(
    address: str, laptop: Page, heard: list[str], name: str
) -> None:
    path = _PAGES[name]
    answer = laptop.goto(f"{address}{path}{'&' if '?' in path else '?'}lang=fr")
    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    expect(laptop.locator("h1.page-title")).to_be_visible(timeout=_PATIENT_MS)
    settled(laptop)
    for look in LOOKS:
        laptop.evaluate("look => { document.documentElement.dataset.look = look; }", look)
    for plot in laptop.locator(".js-plotly-plot").all()[:3]:
        plot.scroll_into_view_if_needed()
        plot.hover()
    laptop.wait_for_timeout(1_000)
    assert not heard


@pytest.mark.parametrize("name", list(_BARE))
def test_a_page_without_streamlit_keeps_to_its_policy(
    address: str, laptop: Page, heard: list[str], name: str
) -> None:
    answer = laptop.goto(f"{address}{_BARE[name]}?lang=fr")
    assert answer is not None
    assert answer.status == 200
    assert "default-src" in answer.headers["content-security-policy"]
    expect(laptop.locator("h1").first).to_be_visible()
    laptop.wait_for_timeout(1_000)  # the worker that keeps the last copy begins
    assert not heard


def test_the_policy_refuses_and_is_heard(address: str, laptop: Page, heard: list[str]) -> None:
    """Else the tests above would show nothing."""
    laptop.goto(f"{address}/?lang=fr")
    laptop.evaluate("""() => {
      const made = document.createElement('object');
      made.data = '/favicon.png';
      document.body.append(made);
    }""")
    laptop.wait_for_timeout(1_000)
    assert any("object-src" in one for one in heard)
