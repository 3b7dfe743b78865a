"""Somebody before a screen: signs in, follows links, presses, takes files away."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from agro.store.access.users import User
from agro.words import Words
from tests.browser.looking import OVERFLOW, picture, settled
from tests.browser.people_house import PASSWORD, House

WAIT_MS = 60_000


@dataclass(frozen=True)
class Seat:
    """Somebody's screen: how wide, in which language."""

    page: Page
    width: str
    words: Words
    house: House

    @property
    def main(self) -> Locator:
        return self.page.locator('[data-testid="stMain"]')

    def say(self, key: str, **fields: str | float) -> str:
        return self.words.t(key, **fields)

    def title(self, key: str) -> None:
        """Wait for a page, drawn to its end; nothing of it is beside the screen."""
        title = self.page.locator("h1.page-title").first
        expect(title).to_have_text(self.say(key), timeout=WAIT_MS)
        self.settled()
        assert self.page.evaluate(OVERFLOW) <= 0

    def settled(self) -> None:
        self.page.wait_for_timeout(150)  # a press has reached the server by then
        settled(self.page)
        assert self.page.locator('[data-testid="stException"]').count() == 0

    def go(self, path: str) -> None:
        sign = "&" if "?" in path else "?"
        self.page.goto(f"{self.house.address}{path}{sign}lang={self.words.language}")

    def follow(self, page: str) -> None:
        """Go to a page by its link, on a phone perhaps behind « Plus »."""
        name = self.say(f"nav.{page}")
        link = self.page.locator(".st-key-nav a:visible", has_text=re.compile(f"^{name}$"))
        if not link.count():
            self.page.locator('[class*="st-key-nav_more"] button').click(timeout=WAIT_MS)
            inside = '[class*="st-key-nav_item"] a'
            link = self.page.locator(inside, has_text=re.compile(f"^{name}$"))
        link.first.click(timeout=WAIT_MS)
        self.title(f"{page}.title")

    def press(self, name: str, within: Locator | None = None) -> None:
        where = within or self.page
        where.get_by_role("button", name=name, exact=True).click(timeout=WAIT_MS)
        self.settled()

    def view(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).click(timeout=WAIT_MS)
        self.settled()

    def take(self, button: Locator) -> bytes:
        """What a button lets one take away."""
        with self.page.expect_download(timeout=WAIT_MS) as download:
            button.click(timeout=WAIT_MS)
        return Path(download.value.path()).read_bytes()

    def sign_in(self, who: User, first: str) -> None:
        """From the front door to the page on which their visits begin."""
        self.go("/")
        self.page.get_by_role("link", name=self.say("signin.title")).click(timeout=WAIT_MS)
        self.page.get_by_label(self.say("signin.email")).fill(who.email)
        self.page.get_by_label(self.say("signin.password")).fill(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".st-key-who")).to_contain_text(who.name, timeout=WAIT_MS)
        self.title(first)

    def sign_out(self) -> None:
        self.page.get_by_role("link", name=self.say("signin.out")).click(timeout=WAIT_MS)
        self.page.get_by_role("button", name=self.say("signin.out")).click(timeout=WAIT_MS)
        expect(self.page.get_by_role("heading", name=self.say("signin.title"))).to_be_visible()
        self.go("/logbook")
        expect(self.main).to_contain_text(self.say("access.refused"), timeout=WAIT_MS)

    def picture(self, name: str) -> None:
        picture(self.page, f"people-{name}-{self.width}-{self.words.language}")
