"""Pages while every outside source misbehaves: open in under a second, with old values and ages."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agro.config import now
from agro.feeds import service
from agro.store import open_store
from tests.agro.feeds.test_bad_feeds import City, pages
from tests.bad_server import WAYS, BadServer

SLOWEST_S = 1.0
_SCRIPT = Path(__file__).parents[2] / "streamlit_app.py"
_PAGES = ("today", "stations", "control_post", "reports")


@pytest.fixture
def city(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """Every source answered well two hours ago; the pages read what was stored."""
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'agro.sqlite')}"
    with BadServer(pages()) as server:
        engine = open_store(url)
        city = City(engine, server)
        city.ask(now() - timedelta(hours=2))
        told = city.settings.model_dump(include=set(city.settings.model_fields_set))
        for name, value in (told | {"database_url": url}).items():
            secret = getattr(value, "get_secret_value", lambda value=value: value)
            monkeypatch.setenv(f"AGRO_{name.upper()}", str(secret()))
        yield city
        engine.dispose()


def _opened(page: str) -> tuple[float, str]:
    """How long a page takes that nobody has asked for lately, and what it says. [s]"""
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = "en"
    test.run()
    st.cache_data.clear()
    started = time.perf_counter()
    test.switch_page(f"agro/dashboard/pages/{page}.py").run()
    took_s = time.perf_counter() - started
    assert not test.exception
    return took_s, " ".join(element.proto.body for element in test.get("html"))


def test_no_page_waits_for_a_source_that_misbehaves(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    for page in _PAGES:
        _opened(page)  # what is imported once
    slowest: dict[str, float] = {}
    for number, way in enumerate(WAYS, start=1):
        city.server.way = way
        city.ask(now() + timedelta(hours=8 * number), whole_s=0.2)  # the fault is written down
        stop = Event()
        asking = Thread(target=service.run, args=(city.engine, city.settings, stop), daemon=True)
        asking.start()  # and it goes on while pages are opened
        for page in _PAGES:
            took_s, told = _opened(page)
            slowest[way] = max(slowest.get(way, 0.0), took_s)
            if page == "stations":
                assert "Outside sources" in told
                assert "is failing" in told or "are failing" in told
                assert "2\u00a0h ago" in told or "2 h ago" in told
        stop.set()
    with capsys.disabled():
        for way, took_s in slowest.items():
            print(f"\n{way:10} slowest of {len(_PAGES)} pages {took_s * 1000:6.0f} ms", end="")
        print()
    assert max(slowest.values()) < SLOWEST_S, slowest
