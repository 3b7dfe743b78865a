"""A phone and a laptop: pages of the Chromium that may talk to this machine only."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

_OURS = {"127.0.0.1", "localhost", "::1"}
SIZES = {"phone": (390, 844), "laptop": (1280, 800)}  # px


def is_ours(url: str) -> bool:
    """Whether an address is of this machine, or of none (`data:`, `blob:`, `about:`)."""
    return (urlsplit(url).hostname or "localhost") in _OURS


@pytest.fixture(autouse=True)
def outside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What any page of this test asked of another machine, also by a websocket: nothing."""
    found: list[str] = []
    if "browser" in request.fixturenames:
        browser: Browser = request.getfixturevalue("browser")
        for name in ("new_context", "new_page"):
            monkeypatch.setattr(browser, name, _watched(getattr(browser, name), found))
    yield found
    assert not found, f"a page asked another machine: {found}"


def _watched(
    begin: "Callable[..., BrowserContext | Page]", found: list[str]
) -> "Callable[..., BrowserContext | Page]":
    """The same way to begin, but what is begun tells where it asks."""

    def ask(url: str) -> None:
        if not is_ours(url):
            found.append(url)

    def watch(page: Page) -> None:
        page.on("websocket", lambda socket: ask(socket.url))

    def begun(*given: Any, **options: Any) -> BrowserContext | Page:
        made = begin(*given, **options)
        context = made.context if isinstance(made, Page) else made
        context.on("request", lambda request: ask(request.url))
        context.on("page", watch)
        if isinstance(made, Page):
            watch(made)
        return made

    return begun


def _page(browser: Browser, name: str) -> Iterator[Page]:
    width, height = SIZES[name]
    page = browser.new_page(viewport={"width": width, "height": height})
    yield page
    page.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page 390 px wide."""
    yield from _page(browser, "phone")


@pytest.fixture
def laptop(browser: Browser) -> Iterator[Page]:
    """A page 1280 px wide."""
    yield from _page(browser, "laptop")
