"""When a page has run to its end, whether it fits, and its picture.

`AGRO_SCREENS=FOLDER` takes the pictures, for people to look at.
"""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

PATIENT_MS = 60_000
OVERFLOW = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  return Math.max(main.scrollWidth, document.documentElement.scrollWidth) - window.innerWidth;
}"""
# Streamlit scrolls inside its main section: a whole picture is as high as what is in it.
_HEIGHT = "document.querySelector('[data-testid=stMain]').scrollHeight"


def settled(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    still = page.locator('.stApp[data-test-script-state="notRunning"]')
    expect(still).to_be_attached(timeout=PATIENT_MS)


def picture(page: Page, name: str) -> None:
    """Save the whole page where AGRO_SCREENS says, if it does."""
    folder = os.environ.get("AGRO_SCREENS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or {"width": 390, "height": 844}
    page.set_viewport_size({"width": size["width"], "height": min(page.evaluate(_HEIGHT), 12_000)})
    page.wait_for_timeout(600)
    page.screenshot(path=Path(folder) / f"{name}.png")
    page.set_viewport_size(size)
