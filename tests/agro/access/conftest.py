"""A store with two gardens, and whoever looks at its pages: signed in by a real session."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Connection, make_url, select

from agro.access import SESSION_COOKIE
from agro.dashboard import data
from agro.store import open_store, schema, writing
from tests.agro.access import gardens
from tests.agro.access.gardens import Kept

_PEOPLE = ("farmer", "researcher", "official", "operator")
Copy = Callable[[], AbstractContextManager[str]]  # of a filled database: its URL, while it stands


class TwoGardens:
    """The store that all pages read and write; `anew()` gives it as it was filled."""

    def __init__(self, copy: Copy, kept: dict[str, Kept], patch: pytest.MonkeyPatch) -> None:
        self.kept = kept
        self._copy, self._patch, self._open = copy, patch, ExitStack()
        self.anew()

    def anew(self) -> None:
        """Every write since is gone."""
        self.close()
        self._patch.setenv("AGRO_DATABASE_URL", self._open.enter_context(self._copy()))
        self._open.callback(lambda: data.engine().dispose())

    def close(self) -> None:
        """Leave the store, and forget what was read of it."""
        self._open.close()
        st.cache_data.clear()
        st.cache_resource.clear()


def _fill(url: str) -> dict[str, Kept]:
    """Two gardens and an account of each role, standing in ours; what each garden holds."""
    kept = gardens.fill(url)
    engine = open_store(url)
    with writing(engine) as c:
        for role in _PEOPLE:
            gardens.sign_in(c, role)
    engine.dispose()
    return kept


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Copy, dict[str, Kept]]:
    """The gardens in a file."""
    folder, numbers = tmp_path_factory.mktemp("gardens"), count(1)
    filled = folder / "filled.sqlite"
    kept = _fill(f"sqlite:///{filled}")

    @contextmanager
    def copy() -> Iterator[str]:
        own = folder / f"{next(numbers)}.sqlite"
        for file in folder.glob("filled.sqlite*"):
            shutil.copy(file, own.with_name(own.name + file.name.removeprefix(filled.name)))
        yield f"sqlite:///{own}"
        for file in folder.glob(f"{own.name}*"):
            file.unlink()

    return copy, kept


@pytest.fixture(scope="session")
def filled_postgresql(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[Copy, dict[str, Kept]]]:
    """The gardens in a database of a real server."""
    server = request.getfixturevalue("postgres")
    with server.database() as url:
        kept = _fill(url)
        yield lambda: server.database(str(make_url(url).database)), kept


@pytest.fixture(params=["sqlite"])
def two_gardens(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TwoGardens]:
    """The filled store; on PostgreSQL too where a test asks for it."""
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))
    copy, kept = request.getfixturevalue(f"filled_{request.param}")
    found = TwoGardens(copy, kept, monkeypatch)
    yield found
    found.close()


@pytest.fixture
def seated(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the browser of a role ask: it holds the cookie of their session, or none."""

    def sit(role: str) -> None:
        cookies = {SESSION_COOKIE: f"token of {role}"} if role in _PEOPLE else {}
        monkeypatch.setattr(type(st.context), "cookies", cookies)

    return sit


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the store."""
    with data.engine().connect() as c:
        return {table.name: _rows(c, table) for table in schema.metadata.sorted_tables}


def _rows(c: Connection, table: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in c.execute(select(table).order_by(*table.primary_key))]
