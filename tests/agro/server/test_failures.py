"""Failure drills: what is answered while something is broken, and that nothing was lost after.

The database is stopped or killed, the disk is full, the broker is killed, the collector is killed.
Every route and every page says so in a sentence and at once; what was sent meanwhile is stored in
the end. `test_failures_file.py` does the same to an SQLite file, `tests/agro/test_torture.py`
breaks the same things under load.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import create_engine, make_url, text
from streamlit.testing.v1 import AppTest

from agro.dashboard.app import PAGES
from agro.server.source import Source
from agro.store import logbook, open_store
from agro.words import LANGUAGES
from sensors.broker import AUTOSAVE_S
from tests.agro.server.drills import (
    AT_ONCE_S,
    AWAY,
    WRITTEN,
    Answer,
    ask_all,
    check_pages,
    check_told,
    city,
    is_away,
    open_page,
    says,
    send_weather,
    serving,
    temperatures,
)

pytestmark = [pytest.mark.service, pytest.mark.usefixtures("fresh_pages")]

_DISK_MB = 32


@pytest.fixture
def stopped(own_postgres: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A PostgreSQL with a city, to be stopped."""
    city(own_postgres.url)
    monkeypatch.setenv("AGRO_DATABASE_URL", own_postgres.url)
    return own_postgres


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_while_the_database_is_away_every_route_says_so_at_once(stopped: Any, end: str) -> None:
    with serving(Source(stopped.url)) as client:
        before = ask_all(client)
        assert send_weather(client, 3).status_code == 200
        getattr(stopped, end)()
        during = ask_all(client)
        refused = send_weather(client, 2)
        assert (refused.status_code, refused.text) == (503, AWAY)
        assert int(refused.headers["retry-after"]) > 0
        stopped.start()
        after = ask_all(client)
        assert send_weather(client, 2).status_code == 200  # it comes again
    check_told(during, before)
    assert {path for path, answer in during.items() if answer.status == 503} >= {"/healthz"}
    assert "agro_up 0.0" in during["/metrics"].text
    assert {path: answer.status for path, answer in after.items()} == {
        path: answer.status for path, answer in before.items()
    }
    assert temperatures(stopped.url) == 2


def test_while_the_database_is_killed_every_page_says_so_at_once(stopped: Any) -> None:
    assert not is_away(open_page(PAGES[0])[0], "fr")
    stopped.kill()
    st.cache_data.clear()  # a few seconds later what was read before has grown old
    check_pages(LANGUAGES, away=True)
    stopped.start()
    check_pages(("fr",), away=False)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of its own, of a few megabytes."""
    disk = Path(tempfile.mkdtemp(prefix="agro-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        disk.rmdir()
        pytest.skip("a small disk cannot be mounted: it takes root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
    disk.rmdir()


@contextmanager
def _full(disk: Path, url: str) -> Iterator[None]:
    """No byte is left; also none of what SQLite has set aside for its next transactions."""
    file = make_url(url).database
    plain = create_engine(f"sqlite:///{file}")
    with plain.connect() as c:
        c.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    plain.dispose()
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as written, pytest.raises(OSError, match="No space"):
        while True:
            written.write(bytes(4096))
    yield
    ballast.unlink()


def test_while_the_disk_is_full_all_is_read_and_nothing_is_taken(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{small_disk.as_posix()}/agro.sqlite"
    city(url)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    with serving(Source(url)) as client:
        before = ask_all(client)
        assert send_weather(client, 3).status_code == 200
        open_page(PAGES[0])
        with _full(small_disk, url):
            during = ask_all(client)
            refused = send_weather(client, 2)
            assert (refused.status_code, refused.text) == (503, AWAY)
            for page in PAGES:
                test, _ = open_page(page)
                assert not test.exception, page
                assert not is_away(test, "fr"), page
        assert send_weather(client, 2).status_code == 200
    changed = {path for path, answer in during.items() if answer.status != before[path].status}
    assert changed <= {WRITTEN}
    assert max(answer.took for answer in during.values()) < AT_ONCE_S
    assert temperatures(url) == 2
    engine = open_store(url)
    with engine.connect() as c:
        assert c.scalar(text("PRAGMA integrity_check")) == "ok"
    engine.dispose()


def test_an_entry_that_finds_no_room_is_told_and_can_be_sent_again(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{small_disk.as_posix()}/agro.sqlite"
    city(url)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    test, _ = open_page("logbook")
    test.button_group(key="logbook_plot").set_value("").run()
    test.session_state["logbook_amount"] = "12"
    test.run()
    with _full(small_disk, url):
        _press_save(test)
        assert not test.exception
        assert says(test, "access.unwritten_failed")
        assert _entries(url) == []
    test.run()
    _press_save(test)
    assert not test.exception
    assert [one.entry.quantity for one in _entries(url)] == [12.0]


def _press_save(test: AppTest) -> None:
    test.button(key=f"logbook_save_{test.session_state['logbook_n']}").click().run()


def _entries(url: str) -> list[Any]:
    """What people noted; the demo's pack notes nothing."""
    engine = create_engine(url)  # as it is: opening a store may write
    with engine.connect() as c:
        found = logbook.noted(c)
    engine.dispose()
    return found


def test_while_the_broker_is_away_that_is_told_and_what_waits_arrives(
    own_mosquitto: Any,
    collectors: Any,
    store_url: str,
    register: Callable[..., Any],
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
) -> None:
    register("probe")
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    collectors.start(own_mosquitto.url)
    with serving(Source(store_url)) as client:
        publish(own_mosquitto.url, [lse01("probe", hour - timedelta(hours=3))])
        collectors.wait_until(lambda: collectors.count() == 1)
        time.sleep(AUTOSAVE_S + 1.0)  # what a broker said since its last save it forgets, killed
        own_mosquitto.kill()
        collectors.wait_until(lambda: client.get("/healthz").status_code == 503)
        during = ask_all(client)
        assert "not connected to" in during["/healthz"].text
        own_mosquitto.start()
        publish(own_mosquitto.url, [lse01("probe", hour - timedelta(hours=2))])
        collectors.wait_until(lambda: collectors.count() == 2)
        collectors.wait_until(lambda: client.get("/healthz").status_code == 200)
    _is_the_only_fault(during)


def test_while_no_collector_runs_that_is_told_and_what_waits_arrives(
    own_mosquitto: Any,
    collectors: Any,
    store_url: str,
    register: Callable[..., Any],
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register("probe")
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    collector = collectors.start(own_mosquitto.url)
    with serving(Source(store_url)) as client:
        collector.kill()
        collector.wait(10)
        publish(own_mosquitto.url, [lse01("probe", hour - timedelta(hours=3))])
        later = datetime.now(UTC) + timedelta(minutes=10)
        with monkeypatch.context() as clock:  # a dead process is told by its silence
            clock.setenv("AGRO_CLOCK", f"{later.isoformat()}@{time.time():.0f}")
            during = ask_all(client)
        assert "last sign of life 10 min ago" in during["/healthz"].text
        collectors.start(own_mosquitto.url)
        collectors.wait_until(lambda: collectors.count() == 1)
        collectors.wait_until(lambda: client.get("/healthz").status_code == 200)
    _is_the_only_fault(during)


def _is_the_only_fault(answers: dict[str, Answer]) -> None:
    """Everything else is answered as ever: pages and data live on what is stored."""
    assert max(answer.took for answer in answers.values()) < AT_ONCE_S
    assert {path for path, answer in answers.items() if answer.status >= 500} == {"/healthz"}
