"""The store of an earlier release becomes today's: every row stays, and mornings go on."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, select, text

from agro.advice import advise
from agro.demo import SEASON_END, fill
from agro.store import backup, farms, open_store, schema, writing
from agro.store.backup import bundle, tables
from agro.store.engine import create_unmigrated, migrate
from tests.agro.store.filled import Rows, fill_tables, tables_of

# The first one, one half way, and the one before the city's indicators.
REVISIONS = ("0001", "0007", "0014")


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))


def _older(url: str, revision: str) -> Engine:
    engine = create_unmigrated(url)
    migrate(engine, revision)
    return engine


def _kept(c: Connection, before: Rows) -> Rows:
    """The same columns of the same tables, as this release reads them."""
    found: Rows = {}
    for name, rows in before.items():
        table = schema.metadata.tables[name]
        columns = [table.columns[column] for column in rows[0]]
        query = select(*columns).order_by(*table.primary_key)
        found[name] = [dict(row._mapping) for row in c.execute(query)]
    return found


def _is_sound(c: Connection) -> None:
    opts = {"include_name": _is_no_partition}
    assert compare_metadata(MigrationContext.configure(c, opts=opts), schema.metadata) == []
    if c.dialect.name == "sqlite":
        assert c.execute(text("PRAGMA foreign_key_check")).all() == []
    for table in schema.metadata.sorted_tables:
        c.execute(select(table)).all()


def _is_no_partition(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not str(name).startswith("observation_")


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_of_an_older_store_stays(database_url: str, revision: str) -> None:
    older = _older(database_url, revision)
    with writing(older) as c:
        before = fill_tables(c)
    older.dispose()
    assert all(before.values())
    engine = open_store(database_url)
    with engine.connect() as c:
        assert _kept(c, before) == before
        _is_sound(c)
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_backup_of_an_older_release_becomes_the_store(
    sqlite_url: str, elsewhere: str, tmp_path: Path, revision: str
) -> None:
    older = _older(sqlite_url, revision)
    with writing(older) as c:
        before = fill_tables(c)
    with older.connect() as c:
        _take_as_then(c, tmp_path / "then.tar", revision)
    older.dispose()
    done = backup.restore(elsewhere, tmp_path / "then.tar")
    assert done.tables == {name: len(rows) for name, rows in before.items()}
    engine = open_store(elsewhere)
    with engine.connect() as c:
        assert _kept(c, before) == before
        _is_sound(c)
    with writing(engine) as c:  # numbers go on after those that came
        site = dict(before["site"][0]) | {"slug": "new"}
        del site["id"]
        assert c.execute(schema.site.insert(), site).inserted_primary_key[0] == 3  # type: ignore[index]
    engine.dispose()


def _take_as_then(c: Connection, path: Path, revision: str) -> None:
    """A backup as the release of this revision took it: of its own tables and columns."""
    counts: dict[str, int] = {}
    with path.open("wb") as file:
        writer = bundle.Writer(file)
        writer.add(bundle.HEAD, json.dumps({"format": bundle.FORMAT}).encode())
        for table in tables_of(c).sorted_tables:
            counts[table.name] = 0
            for number, rows in enumerate(tables.read(c, table)):
                name = f"tables/{table.name}/{number:06d}.parquet"
                writer.add(name, tables.to_parquet(rows))
                counts[table.name] += rows.num_rows
        writer.close(
            taken_at="2026-05-30T00:00:00Z",
            revision=revision,
            database=c.dialect.name,
            tables=counts,
            archive={},
            archive_included=True,
        )


def test_a_backup_holds_every_table(database_url: str, elsewhere: str, tmp_path: Path) -> None:
    """Also those that came last: none is forgotten on the way to either database."""
    engine = open_store(database_url)
    with writing(engine) as c:
        before = fill_tables(c)
    assert before.keys() == schema.metadata.tables.keys()
    manifest = backup.take(engine, tmp_path / "b.tar")
    engine.dispose()
    assert manifest.tables == {name: len(rows) for name, rows in before.items()}
    backup.restore(elsewhere, tmp_path / "b.tar")
    engine = open_store(elsewhere)
    with engine.connect() as c:
        assert _kept(c, before) == before
    engine.dispose()


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Engine]:
    """A few days of the demo, as this release writes them."""
    file = tmp_path_factory.mktemp("season") / "agro.sqlite"
    shutil.copy(sqlite_template, file)
    engine = open_store(f"sqlite:///{file.as_posix()}")
    fill(engine, days=4)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_morning_after_an_upgrade(season: Engine, database_url: str, revision: str) -> None:
    older = _older(database_url, revision)
    with season.connect() as now, writing(older) as then:
        _carry(now, then)
    older.dispose()
    engine = open_store(database_url)
    with season.connect() as now, engine.connect() as then:
        site = next(one.site for one in farms.plots(now))
        wanted, found = (advise(c, site=site, at=SEASON_END) for c in (now, then))
    assert wanted
    assert [one.plot for one in found] == [one.plot for one in wanted]
    assert {one.decision for one in found} & {"irrigate", "wait"}
    if revision == REVISIONS[-1]:  # it had everything that advice is made of
        assert [one.decision for one in found] == [one.decision for one in wanted]
        assert [one.litres for one in found] == pytest.approx(
            [one.litres for one in wanted], nan_ok=True
        )
    engine.dispose()


def _carry(now: Connection, then: Connection) -> None:
    """Write into the tables of then what they can hold of now."""
    for table in tables_of(then).sorted_tables:
        names = [column.name for column in table.columns]
        source = schema.metadata.tables[table.name]
        rows: list[dict[str, Any]] = [
            dict(row._mapping) for row in now.execute(select(*(source.columns[n] for n in names)))
        ]
        if rows and table.name == "observation" and then.dialect.name == "postgresql":
            from agro.store.observations import make_partitions

            make_partitions(then, {int(row["time"]) for row in rows})
        if rows:
            then.execute(table.insert(), rows)
