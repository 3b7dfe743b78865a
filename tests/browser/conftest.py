"""A phone and a laptop: pages of the Chromium that may talk to this machine only."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

_OURS = {"127.0.0.1", "localhost", ""}


def _page(browser: Browser, width: int, height: int) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": width, "height": height})
    outside: list[str] = []

    def watch(request: Request) -> None:
        if urlsplit(request.url).hostname not in {None, *_OURS}:
            outside.append(request.url)

    page.on("request", watch)
    yield page
    page.close()
    assert not outside, "the page asked another machine"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page 390 px wide."""
    yield from _page(browser, 390, 844)


@pytest.fixture
def laptop(browser: Browser) -> Iterator[Page]:
    """A page 1280 px wide."""
    yield from _page(browser, 1280, 800)
