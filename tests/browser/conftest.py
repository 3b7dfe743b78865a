"""A phone and a laptop: pages of Debian's Chromium that may talk to this machine only."""

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_OURS = {"127.0.0.1", "localhost", ""}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield started
        started.close()


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
