"""The pocket page over the small garden of the dashboard's tests."""

from collections.abc import Iterator
from pathlib import Path
from time import time

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette

from agro.pocket import pocket_routes
from agro.server.source import Source
from tests.agro.dashboard.conftest import NOW, fill
from tests.servers import answering


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """The garden's store, at ten o'clock of its day."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    fill(url)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    monkeypatch.setenv("AGRO_CLOCK", f"{NOW.isoformat()}@{time():.0f}")
    source = Source(url)
    yield source
    source.close()


@pytest.fixture
def engine(source: Source) -> Engine:
    """The store of the garden."""
    return source.engine()


@pytest.fixture
def phone(source: Source) -> Iterator[httpx.Client]:
    """A browser on the machine itself; it runs no script."""
    with answering(Starlette(routes=pocket_routes(source))) as client:
        yield client
