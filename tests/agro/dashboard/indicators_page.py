"""The indicators' page under test: a small garden with a year's notes, and the page opened."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.records import LogEntry
from agro.store import logbook, open_store, writing
from tests.agro.dashboard.conftest import fill

SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
PAGE = "agro/dashboard/pages/indicators.py"


@contextmanager
def noted_garden(
    folder: Path, monkeypatch: pytest.MonkeyPatch, noted: Sequence[LogEntry] | None = None
) -> Iterator[Engine]:
    """The garden of these tests with what was noted; else two harvests and hours of work."""
    url = f"sqlite:///{folder}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    fill(url)
    engine = open_store(url)
    with writing(engine) as c:
        for one in noted or _worked():
            logbook.note(c, one)
    forget()
    yield engine
    engine.dispose()
    forget()


def _worked() -> list[LogEntry]:
    picked = {"unit": "kg", "crop": "tomato"}
    return [
        entry("harvest", 10, quantity=7.25, **picked),
        entry("harvest", 12, quantity=5.0, **picked),
        entry("labour", 11, quantity=3.0, unit="h", details={"persons": 1}),
    ]


def forget() -> None:
    """Let the next test read its own store."""
    st.cache_data.clear()
    st.cache_resource.clear()


def entry(kind: str, day: int, **more: object) -> LogEntry:
    """An entry of July 2026 on the first bed."""
    time = datetime(2026, 7, day, 8, tzinfo=UTC)
    return LogEntry("potager", "p1", kind, time, **more)  # type: ignore[arg-type]


def opened(page: str = PAGE, language: str = "fr", **address: str) -> AppTest:
    """A page as a fresh visit with this address finds it."""
    test = AppTest.from_file(str(SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page(page)
    for name, value in address.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def shown(test: AppTest) -> str:
    """What the page says, with plain spaces."""
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")
