"""Two sets of PostgreSQL tables change places between schemas, in one transaction."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import OperationalError

from agro.errors import BadInput, StoreError
from agro.store import schema
from agro.store.engine import create_unmigrated, open_store, writing

_NEW, _KEPT = "agro_restoring", "agro_before_"
_TRIES, _PAUSE_S = 120, 0.5


@contextmanager
def beside(url: str) -> Iterator[tuple[Engine, Callable[[str], str]]]:
    """An empty schema in the same database, and what puts its tables in their place."""
    here = open_store(url)
    with writing(here) as c:
        # Of a run that was killed.
        c.execute(text(f"DROP SCHEMA IF EXISTS {_NEW} CASCADE"))
        c.execute(text(f"CREATE SCHEMA {_NEW}"))
    options = str(make_url(url).query.get("options", ""))
    there = make_url(url).update_query_dict({"options": f"{options} -csearch_path={_NEW}".strip()})
    engine = create_unmigrated(there.render_as_string(hide_password=False))

    def put(stamp: str) -> str:
        engine.dispose()
        kept = f"{_KEPT}{stamp}"
        _swap(here, _NEW, kept)
        return f"schema {kept}"

    try:
        yield engine, put
    finally:
        engine.dispose()
        with writing(here) as c:
            c.execute(text(f"DROP SCHEMA IF EXISTS {_NEW} CASCADE"))
        here.dispose()


def _swap(engine: Engine, new: str, kept: str) -> None:
    """Move our tables into `kept` and those of `new` here; all of them or none."""
    for number in range(1, _TRIES + 1):
        try:
            with writing(engine) as c:
                c.execute(text("SET LOCAL lock_timeout = '400ms'"))
                here = c.scalar(text("SELECT current_schema()"))
                c.execute(text(f"CREATE SCHEMA {kept}"))
                _move(c, str(here), kept)
                _move(c, new, str(here))
                c.execute(text(f"DROP SCHEMA {new}"))
        except OperationalError as error:
            waited = getattr(error.orig, "sqlstate", "") == "55P03"  # lock_not_available
            if not waited:
                raise
            if number == _TRIES:
                told = "the tables are in use all the time; stop the collectors and try again"
                raise StoreError(told) from error
            time.sleep(_PAUSE_S)
        else:
            return


def _move(c: Connection, source: str, target: str) -> None:
    """Move the tables of a store, with what belongs to them, between schemas."""
    ours = {*schema.metadata.tables, "alembic_version"}
    there = c.scalars(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = CAST(:source AS regnamespace) "
            "AND relkind IN ('r', 'p') ORDER BY relname"
        ),
        {"source": source},
    ).all()
    for name in there:
        if name in ours or (name.startswith("observation_") and name[12:].isdecimal()):
            c.execute(text(f'ALTER TABLE "{source}"."{name}" SET SCHEMA "{target}"'))


def swap_back(engine: Engine, stamp: str) -> tuple[str, str]:
    """Put the tables kept last in their place, and keep those of now."""
    with engine.connect() as c:
        kept = c.scalars(
            text("SELECT nspname FROM pg_namespace WHERE nspname LIKE :kept ORDER BY nspname"),
            {"kept": _KEPT.replace("_", r"\_") + "%"},
        ).all()
    if not kept:
        raise BadInput(["no store is kept in this database; nothing was restored here"])
    _swap(engine, kept[-1], f"{_KEPT}{stamp}")
    return f"schema {kept[-1]}", f"schema {_KEPT}{stamp}"
