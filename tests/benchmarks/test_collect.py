"""Messages a second, broker → committed row at QoS 1, and CPU a message: ours and its peers.

All take the same uplinks of 2,000 devices, six rows each, that were published while nobody
listened, from one Mosquitto into one database, one after the other. The broker is frozen until
the client is up: the clock runs from the first message that can come to the last that is
committed. Ours decodes by the register, judges, stores, rolls up and moves `latest`; the peers
take six values out and write them down.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy import Engine, select, text

from agro.store import heartbeat, schema, writing
from tests.benchmarks import node_red

DEVICES, MESSAGES = 2000, 30_000
TUTORIAL, NODE_RED = 3_000, 15_000  # messages: they take their time
BATCH, ROWS = 500, 6
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=60)
CLIENTS = Path(__file__).parent / "clients.py"

Uplinks = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Messages a second, CPU of the client and of the database server a message [ms]."""

    rate: float
    cpu: float
    server: float = 0.0


class Bench:
    """One broker, one store, and what measures a client on them."""

    def __init__(self, engine: Engine, url: str, broker: Any, server: int | None) -> None:
        self.engine, self.url, self.broker = engine, url, broker
        self._server = psutil.Process(server) if server else None

    def measure(
        self,
        start: Callable[[], "subprocess.Popen[bytes]"],
        done: Callable[[], int],
        messages: int,
        *,
        start_s: float,
    ) -> Measured:
        """A client that takes `start_s` to start, from the thaw to its last committed message."""
        with self.broker.frozen():
            process = start()
            time.sleep(start_s)
            used = self.used(process.pid)
        began = time.perf_counter()
        try:
            while (stored := done()) < messages:
                assert time.perf_counter() < began + 200, f"{stored} of {messages} were stored"
                assert process.poll() is None, "the client has ended"
                time.sleep(0.1)
            took = time.perf_counter() - began
            return self.per_message(used, self.used(process.pid), took, messages)
        finally:
            process.kill()
            process.wait(10)

    def used(self, process: int) -> tuple[float, float]:
        """CPU seconds of a client and of the database's server."""
        return _cpu(psutil.Process(process)), _cpu(self._server)

    def per_message(
        self,
        before: tuple[float, float],
        after: tuple[float, float],
        took: float,
        messages: int,
    ) -> Measured:
        client, server = ((b - a) / messages * 1000 for a, b in zip(before, after, strict=True))
        return Measured(messages / took, client, server)

    def count(self, table: str, rows: int = 1) -> Callable[[], int]:
        """How many messages are in a peer's table of so many rows each."""

        def counted() -> int:
            with self.engine.connect() as c:
                return int(c.scalar(text(f"SELECT count(*) FROM {table}")) or 0) // rows

        return counted

    def make_table(self) -> None:
        """A peer's table: the key and the layout of ours."""
        columns = "series integer, time bigint, value double precision, flag smallint"
        layout = " WITHOUT ROWID" if self.engine.dialect.name == "sqlite" else ""
        with writing(self.engine) as c:
            c.execute(text("DROP TABLE IF EXISTS peer"))
            c.execute(text(f"CREATE TABLE peer ({columns}, PRIMARY KEY (series, time)){layout}"))


def _cpu(process: psutil.Process | None) -> float:
    """Seconds of a process, its children and what these have left."""
    if process is None:
        return 0.0
    used = process.cpu_times()
    own = used.user + used.system + used.children_user + used.children_system
    return own + sum(_cpu_alone(child) for child in process.children(recursive=True))


def _cpu_alone(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system)


@pytest.fixture
def bench(
    request: pytest.FixtureRequest, store: Engine, store_url: str, own_mosquitto: Any
) -> Bench:
    is_postgres = store.dialect.name == "postgresql"
    server = request.getfixturevalue("postgres").process if is_postgres else None
    return Bench(store, store_url, own_mosquitto, server)


@pytest.fixture
def uplinks(register: Callable[..., Any], lse01: Callable[..., tuple[str, bytes]]) -> Uplinks:
    for number in range(DEVICES):
        register(f"probe-{number}")
    return [
        lse01(f"probe-{n % DEVICES}", START + timedelta(minutes=10) * (n // DEVICES))
        for n in range(MESSAGES)
    ]


def test_messages_per_second(
    bench: Bench,
    collectors: Any,
    uplinks: Uplinks,
    publish: Callable[..., None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = _ours(bench, collectors, uplinks, publish)
    peers: dict[str, Measured | str] = {
        "raw limit: the same rows, nothing else": _raw(bench),
        "bare batch writer (paho, upsert, ack after commit)": _client(
            "bare", bench, uplinks, publish
        ),
        "one insert a message (paho, ORM)": _client("tutorial", bench, uplinks[:TUTORIAL], publish),
        "Node-RED, one insert a message": _node_red(
            bench, uplinks[:TUTORIAL], publish, tmp_path / "node-red-1", together=1
        ),
        "Node-RED, its function gathers 500": _node_red(
            bench, uplinks[:NODE_RED], publish, tmp_path / "node-red-500", together=BATCH
        ),
    }
    with capsys.disabled():
        _print(bench.engine.dialect.name, ours, peers)
    assert collectors.count() == MESSAGES


def _print(name: str, ours: Measured, peers: dict[str, Measured | str]) -> None:
    print(f"\n{name}, {DEVICES:,} devices, {MESSAGES:,} uplinks of {ROWS} rows")
    print(f"  {'':52}{'messages/s':>11}{'CPU ms':>8}{'+ server':>9}{'ours is':>10}")
    for peer, one in {"agro collector": ours, **peers}.items():
        if isinstance(one, str):
            print(f"  {peer}: not measured, {one}")
            continue
        ratio = f"{ours.rate / one.rate:9.2f} ×" if one is not ours else ""
        server = f"{one.server:9.2f}" if one.server else f"{'–':>9}"
        print(f"  {peer:52}{one.rate:11,.0f}{one.cpu:8.3f}{server}{ratio}")


def _ours(
    bench: Bench, collectors: Any, uplinks: Uplinks, publish: Callable[..., None]
) -> Measured:
    _stop(collectors.start(bench.broker.url))  # makes the kept session
    publish(bench.broker.url, uplinks)
    return bench.measure(
        lambda: collectors.launch(bench.broker.url), collectors.count, MESSAGES, start_s=6.0
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(20)


def _raw(bench: Bench) -> Measured:
    """The rows that the collector stored, written into an empty table of the same layout."""
    seen = schema.observation.c
    query = select(seen.datastream_id, seen.time, seen.value, seen.flag).order_by(
        seen.time, seen.datastream_id
    )
    with bench.engine.connect() as c:
        rows = [tuple(row) for row in c.execute(query)]
    bench.make_table()
    size = BATCH * ROWS
    batches = [rows[first : first + size] for first in range(0, len(rows), size)]
    used, began = bench.used(os.getpid()), time.perf_counter()
    for batch in batches:
        with writing(bench.engine) as c:
            if bench.engine.dialect.name == "sqlite":
                c.exec_driver_sql("INSERT INTO peer VALUES (?, ?, ?, ?)", batch)
            else:
                _copy(c.connection.driver_connection, batch)
    took = time.perf_counter() - began
    return bench.per_message(used, bench.used(os.getpid()), took, len(rows) // ROWS)


def _copy(connection: Any, rows: list[tuple[Any, ...]]) -> None:
    assert isinstance(connection, psycopg.Connection)
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY peer FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int4", "int8", "float8", "int2"])
        for row in rows:
            copy.write_row(row)


def _client(kind: str, bench: Bench, uplinks: Uplinks, publish: Callable[..., None]) -> Measured:
    """One of `clients.py`, of which a first run makes the kept session."""
    bench.make_table()
    command = [sys.executable, str(CLIENTS), kind, bench.url, bench.broker.url]
    first = subprocess.Popen(command)
    time.sleep(3.0)
    _stop(first)
    publish(bench.broker.url, uplinks)
    count = bench.count("peer", ROWS) if kind == "bare" else bench.count("tutorial")
    return bench.measure(lambda: subprocess.Popen(command), count, len(uplinks), start_s=3.0)


def _node_red(
    bench: Bench, uplinks: Uplinks, publish: Callable[..., None], folder: Path, *, together: int
) -> Measured | str:
    if missing := node_red.install():
        return missing
    bench.make_table()
    where = (folder, bench.url, bench.broker.url)
    first = node_red.start(*where, together=together)
    time.sleep(8.0)
    first.kill()  # told to stop it would unsubscribe
    first.wait(10)
    publish(bench.broker.url, uplinks)
    count = bench.count("peer", ROWS)
    return bench.measure(
        lambda: node_red.start(*where, together=together), count, len(uplinks), start_s=8.0
    )


def test_one_and_two_collectors_on_one_subscription(
    store: Engine,
    own_mosquitto: Any,
    postgres: Any,
    collectors: Any,
    uplinks: Uplinks,
    publish: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Over MQTT 5, which a shared subscription takes; on PostgreSQL, which several may write."""
    if store.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    alone = _shared(collectors, own_mosquitto, uplinks[: MESSAGES // 2], publish, count=1)
    two = _shared(collectors, own_mosquitto, uplinks[MESSAGES // 2 :], publish, count=2)
    assert collectors.count() == MESSAGES
    with capsys.disabled():
        print(f"\nshared subscription (MQTT 5), {psutil.cpu_count()} cores")
        for name, one in (("one collector", alone), ("two collectors", two)):
            shares = " + ".join(f"{share:,}" for share in one.shares)
            print(
                f"  {name:15}{one.rate:7,.0f} messages/s, {one.cpu:.3f} ms CPU a message; "
                f"handled {shares} = {sum(one.shares):,} of {MESSAGES // 2:,} sent"
            )
        print(f"  two are {two.rate / alone.rate:.2f} × one")
    assert sum(alone.shares) == sum(two.shares) == MESSAGES // 2, "a message was handled twice"


@dataclass(frozen=True, slots=True)
class Shared:
    """Messages a second of all, CPU a message [ms], and how many each handled."""

    rate: float
    cpu: float
    shares: tuple[int, ...]


def _shared(
    collectors: Any,
    broker: Any,
    uplinks: Uplinks,
    publish: Callable[..., None],
    *,
    count: int,
) -> Shared:
    before = collectors.count()
    first = [collectors.start(broker.url, AGRO_MQTT_SHARE="team") for _ in range(count)]
    for process in first:
        _stop(process)
    publish(broker.url, uplinks)
    with broker.frozen():
        team = [collectors.launch(broker.url, AGRO_MQTT_SHARE="team") for _ in range(count)]
        time.sleep(6.0)
        used = [_cpu(psutil.Process(process.pid)) for process in team]
    began = time.perf_counter()
    while collectors.count() - before < len(uplinks):
        assert time.perf_counter() < began + 200, "not all were stored"
        time.sleep(0.2)
    took = time.perf_counter() - began
    cpu = sum(_cpu(psutil.Process(process.pid)) for process in team) - sum(used)
    time.sleep(1.0)
    with collectors.engine.connect() as c:
        beats = {facts["process"]: facts for _, facts in heartbeat.read(c).values()}
    for process in team:
        _stop(process)
    shares = tuple(beats[process.pid]["messages"] for process in team)
    return Shared(len(uplinks) / took, cpu / len(uplinks) * 1000, shares)
