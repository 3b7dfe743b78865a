"""Every page is judged by axe-core: both widths, both languages, by day, by night, in sunshine.

axe-core is npm's and not kept here: `make services` fetches it beside the environment.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import PATHS, TRIAL, address, house
from tests.browser.looking import settled

__all__ = ["address", "house"]  # the fixtures of the pages' tests
_AXE = Path(__file__).parents[2] / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
_WIDTHS = ((1280, 800), (390, 844))
# What a machine can judge and what hinders somebody: impact serious or critical.
_JUDGE = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.slice(0, 4).map(
      (node) => `${one.id}: ${node.target.join(' ')} · ${node.failureSummary}`));
}"""
_LOOK = "look => { document.documentElement.dataset.look = look; }"


@pytest.fixture(scope="module")
def axe() -> str:
    """The judge's program."""
    if not _AXE.is_file():
        pytest.skip("npm's axe-core is not there; `make services` fetches it where there is npm")
    return _AXE.read_text("utf-8")


@pytest.fixture
def judged(laptop: Page, axe: str) -> Iterator[Page]:
    """A page that carries the judge."""
    laptop.add_init_script(axe)
    yield laptop


def _open(page: Page, where: str, language: str, look: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{where}&lang={language}&look={look}")
    expect(page.locator("h1.page-title")).to_be_visible(timeout=60_000)
    settled(page)
    expect(page.locator(f'html[data-look="{look}"]')).to_be_attached()


def _faults(page: Page, told: str) -> list[str]:
    found = []
    for width, height in _WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)  # the figures follow the width
        found += [f"{told}, {width} px: {one}" for one in page.evaluate(_JUDGE)]
    return found


@pytest.mark.browser
@pytest.mark.service
@pytest.mark.parametrize("name", list(PATHS))
def test_nothing_hinders_anybody(name: str, address: str, judged: Page) -> None:
    trial = f"&site={TRIAL.site}&trial={TRIAL.slug}" if name == "trial" else ""
    where = f"{address}{PATHS[name]}?{trial}"
    _open(judged, where, "fr", "light")
    found = _faults(judged, "fr, light")
    judged.evaluate(_LOOK, "sun")
    found += _faults(judged, "fr, sun")
    _open(judged, where, "en", "dark")
    found += _faults(judged, "en, dark")
    assert not found, "\n".join(found)


@pytest.mark.browser
@pytest.mark.service
@pytest.mark.parametrize("path", ["/signin", "/signout"])
def test_nothing_hinders_who_signs_in(path: str, address: str, judged: Page) -> None:
    found = []
    for language, scheme in (("fr", "light"), ("en", "dark")):
        judged.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        judged.goto(f"{address}{path}?lang={language}")
        expect(judged.locator("h1")).to_be_visible()
        found += _faults(judged, f"{language}, {scheme}")
    assert not found, "\n".join(found)
