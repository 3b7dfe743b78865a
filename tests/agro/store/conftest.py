"""A second database, to which a store is moved."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of another, empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'elsewhere' / 'agro.sqlite').as_posix()}"
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url
