"""The picture of the README is the real first page, on a laptop and on a phone.

`AGRO_PICTURE=1` takes it anew, with `AGRO_SCREENS_ADDRESS=URL` of a demo that runs (`make demo`),
whose season is whole; without that, of the few days that this test fills.
"""

import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.house import address, house
from tests.browser.looking import settled

__all__ = ["address", "house"]
PICTURE = Path(__file__).parents[2] / "agro" / "dashboard" / "picture.png"
_LARGEST = 200_000  # bytes
_COLOURS = 160
_HIGH = 844  # px, of a phone; the laptop's window is as high
_MARGIN, _EDGE = 28, 2  # px
_PAPER, _FRAME = "#dfe4de", "#8b948d"


def _seen(page: Page, address: str, file: Path) -> Image.Image:
    """What a visitor sees first."""
    page.goto(f"{address}/?lang=fr")
    expect(page.locator("article.card").first).to_be_visible(timeout=60_000)
    settled(page)
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0, timeout=60_000)
    expect(page.get_by_text("Jour", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Carnet", exact=True)).to_be_visible(timeout=60_000)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file)
    with Image.open(file) as seen:
        return seen.convert("RGB")


def _side_by_side(pages: list[Image.Image]) -> Image.Image:
    """Both windows on one sheet, each with an edge."""
    width = sum(page.width + 2 * _EDGE + _MARGIN for page in pages) + _MARGIN
    sheet = Image.new("RGB", (width, _HIGH + 2 * (_EDGE + _MARGIN)), _PAPER)
    left = _MARGIN
    for page in pages:
        edge = Image.new("RGB", (page.width + 2 * _EDGE, page.height + 2 * _EDGE), _FRAME)
        edge.paste(page, (_EDGE, _EDGE))
        sheet.paste(edge, (left, _MARGIN))
        left += edge.width + _MARGIN
    return sheet


@pytest.mark.browser
@pytest.mark.service
def test_the_picture_is_of_the_first_page(
    address: str, laptop: Page, phone: Page, tmp_path: Path
) -> None:
    laptop.set_viewport_size({"width": 1280, "height": _HIGH})
    sheet = _side_by_side([_seen(page, address, tmp_path / "p.png") for page in (laptop, phone)])
    if os.environ.get("AGRO_PICTURE") == "1":
        sheet.quantize(_COLOURS).save(PICTURE, optimize=True)
    with Image.open(PICTURE) as kept:
        assert kept.size == sheet.size
    assert PICTURE.stat().st_size < _LARGEST
