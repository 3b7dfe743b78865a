"""Failure drills of an SQLite file: another program holds it, or its disk has ruined it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import streamlit as st

from agro.server.source import Source
from agro.store import VISITOR_WAITS_S, backup, open_store
from agro.words import LANGUAGES
from tests.agro.server.drills import (
    AWAY,
    WRITTEN,
    ask_all,
    check_pages,
    check_told,
    city,
    open_page,
    says,
    send_weather,
    serving,
    temperatures,
)

pytestmark = [pytest.mark.service, pytest.mark.usefixtures("fresh_pages")]


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A file with a city, which the pages read too."""
    city(sqlite_url)
    monkeypatch.setenv("AGRO_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))
    return sqlite_url


@contextmanager
def _held(url: str) -> Iterator[None]:
    """Another program writes and does not come to an end."""
    with closing(sqlite3.connect(_file(url))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_while_the_file_is_held_all_is_read_and_writes_are_told_to_come_again(url: str) -> None:
    with serving(Source(url)) as client:
        before = ask_all(client)
        assert send_weather(client, 3).status_code == 200
        open_page("today")
        with _held(url):
            during = ask_all(client)
            written = during.pop(WRITTEN)
            check_pages(LANGUAGES, away=False)
            started = time.perf_counter()
            refused = send_weather(client, 2)
            waited = time.perf_counter() - started
        assert send_weather(client, 2).status_code == 200  # it comes again
    assert (refused.status_code, refused.text) == (503, AWAY)
    assert VISITOR_WAITS_S <= waited < VISITOR_WAITS_S + 3.0
    check_told(during, before)
    assert {path: one.status for path, one in during.items()} == {
        path: one.status for path, one in before.items() if path != WRITTEN
    }
    assert (written.status, written.text) == (503, AWAY)
    assert temperatures(url) == 2


def test_a_note_that_is_held_up_is_told_and_can_be_made_again(url: str) -> None:
    test, _ = open_page("logbook")
    test.session_state["logbook_amount"] = "12"
    test.run()
    with _held(url):
        test.button(key=f"logbook_save_{test.session_state['logbook_n']}").click().run()
        assert not test.exception
        assert says(test, "access.unwritten_failed")
    test.button(key=f"logbook_save_{test.session_state['logbook_n']}").click().run()
    assert not test.exception
    assert not says(test, "access.unwritten_failed")
    with closing(sqlite3.connect(_file(url))) as c:
        assert c.execute("SELECT quantity FROM log").fetchall() == [(12.0,)]


def _ruin(url: str) -> None:
    """What a dying disk leaves: a file of the same length in which nothing can be read."""
    with closing(sqlite3.connect(_file(url))) as c:
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = _file(url).stat().st_size
    with _file(url).open("r+b") as file:
        file.write(b"\xa5" * size)


def test_a_ruined_file_is_told_and_the_backup_brings_everything_back(
    url: str, tmp_path: Path
) -> None:
    with serving(Source(url)) as client:
        before = ask_all(client)
        assert send_weather(client, 3).status_code == 200
    engine = open_store(url)
    backup.take(engine, tmp_path / "night.tar")
    engine.dispose()
    _ruin(url)
    with serving(Source(url)) as client:
        during = ask_all(client)
        assert (send_weather(client, 2).status_code, send_weather(client, 2).text) == (503, AWAY)
        check_pages(LANGUAGES, away=True)
    check_told(during, before)
    assert during["/healthz"].status == 503
    st.cache_resource.clear()  # who restores has stopped the server
    backup.restore(url, tmp_path / "night.tar")
    with serving(Source(url)) as client:
        after = ask_all(client)
        assert send_weather(client, 2).status_code == 200
    check_pages(("fr",), away=False)
    assert {path: one.status for path, one in after.items()} == {
        path: one.status for path, one in before.items()
    }
    assert temperatures(url) == 2
