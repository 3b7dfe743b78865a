"""What the benchmarks share with the collector's tests, and a server that keeps its promises."""

from collections.abc import Iterator

import pytest

from tests.agro.conftest import collectors, lse01, publish, register
from tests.conftest import Postgres

__all__ = ["collectors", "lse01", "publish", "register"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server on the disk, which waits for it: what is measured is what is run."""
    server = Postgres()
    yield server
    server.remove()
