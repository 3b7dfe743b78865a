"""A backup taken while a collector writes becomes the same store, on either database."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, make_url, select, text

from agro.errors import AgroError, BadInput
from agro.records import Device
from agro.store import archive, backup, farms, open_store, readings, rollups, schema, writing
from agro.store.readings import Row
from tests.agro.conftest import collectors, lse01, publish

__all__ = ["collectors", "lse01", "publish"]
START = datetime(2026, 5, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))


def fill(engine: Engine, count: int = 400) -> None:
    """Some of everything that a table can hold, in two months."""
    with writing(engine) as c:
        device, other = (one.device for one in farms.devices(c)[:2])
        start = int(START.timestamp())
        rows = [
            Row(name, "soil_moisture", 20.0, start + 900 * n, 0.2 + n / 7000, 1, 0, nan)
            for name in (device, other)
            for n in range(count)
        ]
        rows.append(Row(device, "rain", nan, start, nan, 9))
        rows.append(Row(device, "rain", nan, start + 1, 1.5, 4, 6, 1.25))
        readings.write(c, rows)
        kept = {"key": f"k{count}", "device": "né", "body": b"\x00\xff", "arrived_at": 1}
        c.execute(schema.quarantine.insert(), kept)
        odd = 'a\ttab, a "quote", \\N and é'
        c.execute(schema.problem.insert(), {"key": f"p{count}", "time": 1, "detail": odd})


def content(c: Connection) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for table in schema.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name != "file"]
        query = select(*columns).order_by(*table.primary_key)
        found[table.name] = [tuple(map(str, row)) for row in c.execute(query)]
    return found


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    engine = open_store(url)
    with engine.connect() as c:
        found = content(c)
    engine.dispose()
    return found


def rollups_hold(url: str) -> None:
    engine = open_store(url)
    with engine.connect() as c:
        before = _sums(c)
        rollups.rebuild(c)
        assert _sums(c) == [pytest.approx(row, rel=1e-12, nan_ok=True) for row in before]
        assert before
        c.rollback()  # sums may differ in their last bit
    engine.dispose()


def _sums(c: Connection) -> list[tuple[float, ...]]:
    found: list[tuple[float, ...]] = []
    for table in (schema.rollup_hour, schema.rollup_day):
        rows = c.execute(select(table).order_by(*table.primary_key))
        found += [tuple(nan if value is None else float(value) for value in row) for row in rows]
    return found


def test_either_database_becomes_either(store: Engine, elsewhere: str, tmp_path: Path) -> None:
    fill(store)
    with archive.exclusive(store):
        archive.archive_month(store, "2026-05")
    with store.connect() as c:
        before = content(c)
    manifest = backup.take(store, tmp_path / "b.tar")
    assert manifest.tables == {name: len(rows) for name, rows in before.items()}
    assert backup.is_empty(elsewhere)
    done = backup.restore(elsewhere, tmp_path / "b.tar")
    assert done.tables == manifest.tables
    assert done.months == ("2026-05",)
    assert everything(elsewhere) == before
    rollups_hold(elsewhere)
    engine = open_store(elsewhere)
    with writing(engine) as c:  # numbers go on after those that came
        farms.save_device(c, Device("new", "", "dragino/lse01", _site(c), "", "", (20.0,)))
        found = readings.series(
            c,
            device=farms.devices(c)[0].device,
            quantity="soil_moisture",
            start=START,
            end=START + timedelta(days=60),
        )
    assert len(found) == 400
    engine.dispose()


def _site(c: Connection) -> str:
    return str(farms.sites(c)[0].slug)


def test_a_store_with_data_is_kept_and_comes_back(
    store: Engine, store_url: str, tmp_path: Path
) -> None:
    fill(store, 50)
    with archive.exclusive(store):
        archive.archive_month(store, "2026-05")
    backup.take(store, tmp_path / "b.tar")
    with store.connect() as c:
        backed_up = content(c)
    fill(store, 300)
    with store.connect() as c:
        later = content(c)
    store.dispose()
    assert not backup.is_empty(store_url)
    done = backup.restore(store_url, tmp_path / "b.tar")
    assert done.kept
    assert everything(store_url) == backed_up
    rollups_hold(store_url)
    backup.undo(store_url)
    assert everything(store_url) == later
    rollups_hold(store_url)
    backup.undo(store_url)  # and forth
    assert everything(store_url) == backed_up


def test_a_backup_without_its_archive_finds_it_where_it_was(
    store: Engine, store_url: str, tmp_path: Path
) -> None:
    fill(store)
    with archive.exclusive(store):
        archive.archive_month(store, "2026-05")
    manifest = backup.take(store, tmp_path / "b.tar", with_archive=False)
    assert not [one for one in manifest.members if one.name.startswith("archive/")]
    store.dispose()
    backup.restore(store_url, tmp_path / "b.tar")
    rollups_hold(store_url)


@pytest.mark.parametrize("harm", ["short", "one byte", "no manifest", "other", "text", "none"])
def test_what_is_no_whole_backup_is_refused(
    store: Engine, elsewhere: str, tmp_path: Path, harm: str
) -> None:
    import io
    import tarfile

    fill(store, 20)
    file = tmp_path / "b.tar"
    backup.take(store, file)
    whole = file.read_bytes()
    place = whole.index(b"PAR1") + 60
    if harm == "other":
        with tarfile.open(file, "w") as tar:
            tar.addfile(tarfile.TarInfo("x"), io.BytesIO())
    elif harm == "none":
        file.unlink()
    else:
        broken = {
            "short": whole[: len(whole) // 2],
            "one byte": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
            "no manifest": whole[: whole.index(b"manifest.json")],
            "text": b"time,device\n" * 500,
        }
        file.write_bytes(broken[harm])
    with pytest.raises(BadInput) as told:
        backup.restore(elsewhere, file)
    assert len(told.value.lines) == 1
    assert told.value.lines[0].startswith(str(file))
    assert backup.is_empty(elsewhere)


@pytest.mark.service
def test_while_a_collector_writes(
    store: Engine,
    elsewhere: str,
    tmp_path: Path,
    own_mosquitto: Any,
    collectors: Any,
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
) -> None:
    with writing(store) as c:
        for number in range(20):
            name = f"b-{number}"
            farms.save_device(c, Device(name, "", "dragino/lse01", _site(c), "", "", (20.0,)))
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=70)
    sent, enough = 0, threading.Event()

    def send() -> None:
        nonlocal sent
        while not enough.is_set():
            numbers = range(sent, sent + 1_000)
            later = [timedelta(minutes=10) * (n // 20) for n in numbers]
            publish(
                own_mosquitto.url,
                [lse01(f"b-{n % 20}", first + d) for n, d in zip(numbers, later, strict=True)],
            )
            sent += len(numbers)

    collectors.start(own_mosquitto.url)
    sending = threading.Thread(target=send)
    sending.start()
    collectors.wait_until(lambda: collectors.count() >= 2_000)
    at_start: set[Any] = set()
    at_end: set[Any] = set()
    for _ in range(20):  # until it wrote meanwhile
        with store.connect() as c:
            at_start = set(c.execute(_KEYS).all())
        manifest = backup.take(store, tmp_path / "b.tar")
        with store.connect() as c:
            at_end = set(c.execute(_KEYS).all())
        if len(at_start) < len(at_end):
            break
    enough.set()
    sending.join()
    assert len(at_start) < len(at_end), "the collector wrote nothing meanwhile: this shows nothing"
    collectors.wait_until(lambda: collectors.count() >= sent)
    backup.restore(elsewhere, tmp_path / "b.tar")
    engine = open_store(elsewhere)
    with engine.connect() as c:
        found = set(c.execute(_KEYS).all())
        counts = {
            table.name: c.scalar(select(func.count()).select_from(table))
            for table in schema.metadata.sorted_tables
        }
    engine.dispose()
    assert at_start <= found <= at_end
    assert counts == manifest.tables
    rollups_hold(elsewhere)


_KEYS = select(schema.observation.c.datastream_id, schema.observation.c.time)

_KILLED = """
import os, signal, sys
from pathlib import Path
from agro.store.backup import restoring as restore

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

url, file, step = sys.argv[1:]
if step == "while loading":
    loaded = restore.tables.write
    def write(c, table, rows):
        loaded(c, table, rows)
        if table == "rollup_hour":
            die()
    restore.tables.write = write
elif step == "before counting":
    restore._count = die
elif step == "before its place":
    for module in (restore.sqlite, restore.postgresql):
        module._put_in_place = module._swap = die
restore.restore(url, Path(file))
"""


@pytest.mark.service
@pytest.mark.parametrize("step", ["while loading", "before counting", "before its place"])
def test_killed_on_the_way_the_store_stays_what_it_was(
    store: Engine, store_url: str, tmp_path: Path, step: str
) -> None:
    fill(store, 50)
    with archive.exclusive(store):
        archive.archive_month(store, "2026-05")
    backup.take(store, tmp_path / "b.tar")
    with store.connect() as c:
        backed_up = content(c)
    fill(store, 120)
    with store.connect() as c:
        before = content(c)
    store.dispose()
    command = [sys.executable, "-c", _KILLED, store_url, str(tmp_path / "b.tar"), step]
    assert subprocess.run(command, env=dict(os.environ), check=False).returncode == -9
    _settled(store_url)
    assert everything(store_url) == before
    rollups_hold(store_url)
    backup.restore(store_url, tmp_path / "b.tar")
    assert everything(store_url) == backed_up


def _settled(url: str) -> None:
    """PostgreSQL learns of a killed client when it next writes to it, and frees its locks."""
    if make_url(url).get_backend_name() == "sqlite":
        return
    engine = open_store(url)
    for _ in range(100):
        with engine.connect() as c:
            others = c.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        if not others:
            break
        time.sleep(0.05)
    engine.dispose()


def test_sqlite_in_use_is_not_replaced(
    sqlite_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    engine = open_store(sqlite_url)
    fill_from = open_store(f"sqlite:///{sqlite_template.as_posix()}")
    backup.take(fill_from, tmp_path / "b.tar")
    fill_from.dispose()
    with engine.connect() as c:
        c.execute(text("SELECT 1"))
        with pytest.raises(AgroError, match="is in use; stop agro serve"):
            backup.restore(sqlite_url, tmp_path / "b.tar")
    engine.dispose()
    backup.restore(sqlite_url, tmp_path / "b.tar")


def test_a_store_that_cannot_be_read_is_replaced_and_kept(
    sqlite_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    fill_from = open_store(f"sqlite:///{sqlite_template.as_posix()}")
    backup.take(fill_from, tmp_path / "b.tar")
    fill_from.dispose()
    path = Path(make_url(sqlite_url).database or "")
    path.write_bytes(b"not a database at all" * 1000)
    assert not backup.is_empty(sqlite_url)
    done = backup.restore(sqlite_url, tmp_path / "b.tar")
    assert Path(done.kept).read_bytes().startswith(b"not a database")
    assert everything(sqlite_url)["site"]
