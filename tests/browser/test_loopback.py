"""The watch over all tests of the browser: whoever asks another machine is found, and not let."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import is_ours

pytestmark = pytest.mark.browser
_FAR = "agro-nowhere.example"
_ASK = """async host => {
  const failed = (await Promise.allSettled([
    fetch(`http://${host}/figures.json`, { mode: 'no-cors' }),
    new Promise((done, fail) => {
      const socket = new WebSocket(`ws://${host}/stream`);
      socket.onopen = done;
      socket.onerror = fail;
    }),
  ])).map((one) => one.status);
  return failed;
}"""
# The ways in which a test begins a page.
_WAYS: dict[str, Callable[[Browser], Page]] = {
    "page": lambda browser: browser.new_page(),
    "context": lambda browser: browser.new_context().new_page(),
}


@pytest.mark.parametrize("way", list(_WAYS))
def test_who_asks_another_machine_is_found_and_gets_no_answer(
    way: str, browser: Browser, outside: list[str]
) -> None:
    page = _WAYS[way](browser)
    page.goto("data:text/html,<p>a page of ours</p>")
    assert outside == []
    assert page.evaluate(_ASK, _FAR) == ["rejected", "rejected"]
    assert set(outside) == {f"http://{_FAR}/figures.json", f"ws://{_FAR}/stream"}
    outside.clear()
    page.context.close()


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://127.0.0.1:8501/", True),
        ("ws://localhost:8501/_stcore/stream", True),
        ("data:image/png;base64,AAAA", True),
        ("blob:http://127.0.0.1/7", True),
        ("https://127.0.0.1.example.org/", False),
        ("wss://example.org/", False),
    ],
)
def test_what_is_of_this_machine(url: str, ours: bool) -> None:
    assert is_ours(url) is ours
