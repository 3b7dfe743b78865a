"""`agro archive`, `rebuild`, `analyse`, `backup`, `restore` as an operator types them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from agro.store import farms, heartbeat, open_store, readings, schema, writing
from agro.store.readings import Row

MAY = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
ROWS = 61 * 24


@pytest.fixture
def filled(dijon: Any, tmp_path: Path) -> Any:
    """Commands on a store with hourly values of May and June."""
    engine = opened(tmp_path)
    with writing(engine) as c:
        device = farms.devices(c)[0].device
        readings.write(
            c,
            [
                Row(device, "soil_moisture", 20.0, MAY + 3600 * n, 0.2 + n % 50 / 1000, 1)
                for n in range(ROWS)
            ],
        )
    engine.dispose()
    return dijon


def opened(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{(tmp_path / 'var' / 'agro.sqlite').as_posix()}")


def count(tmp_path: Path) -> int:
    engine = opened(tmp_path)
    with engine.connect() as c:
        found = c.scalar(select(func.count()).select_from(schema.observation)) or 0
    engine.dispose()
    return found


def test_archive_and_back(filled: Any, tmp_path: Path) -> None:
    dry = filled("archive", "--before", "2026-07", "--dry-run", "--json")
    assert dry.json == {"before": "2026-07", "months": ["2026-05", "2026-06"]}
    assert count(tmp_path) == ROWS
    done = filled("archive", "--before", "2026-07", "--json")
    assert [(one["month"], one["rows"], one["left"]) for one in done.json] == [
        ("2026-05", 31 * 24, 31 * 24),
        ("2026-06", 30 * 24, 30 * 24),
    ]
    assert done.lines == []
    assert count(tmp_path) == 0
    assert filled("archive", "--before", "2026-07").out == "before 2026-07: nothing to archive\n"
    listed = filled("archive", "--verify")
    assert listed.code == 0
    assert "2026-06.1" in listed.out
    back = filled("archive", "--restore", "2026-05", "--json")
    assert back.json == {"month": "2026-05", "rows": 31 * 24}
    assert count(tmp_path) == 31 * 24


def test_how_much_is_kept_may_be_a_setting(
    filled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_CLOCK", "2026-08-03T05:00:00Z@1795500000")
    monkeypatch.setattr("agro.config._clock_offset", _august)
    assert filled("archive").lines == [
        "give --before 2026-07 or --keep-months 12, or set AGRO_KEEP_MONTHS"
    ]
    monkeypatch.setenv("AGRO_KEEP_MONTHS", "2")
    assert [one["month"] for one in filled("archive", "--json").json] == ["2026-05"]
    assert [one["month"] for one in filled("archive", "--keep-months", "1", "--json").json] == [
        "2026-06"
    ]


def _august(_clock: str) -> Any:
    return datetime(2026, 8, 3, 5, tzinfo=UTC) - datetime.now(UTC)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--before", "May"], "--before: 'May' is not a month; write it as 2026-07"),
        (["--before", "2099-01"], "--before: 2099-01: the month"),
        (["--before", "2026-05", "--keep-months", "3"], "say the same; give one of them"),
        (["--restore", "2026-13"], "--restore: '2026-13' is not a month"),
        (["--list", "--restore", "2026-05"], "give one of"),
    ],
)
def test_what_cannot_be_archived_is_told(filled: Any, words: list[str], told: str) -> None:
    done = filled("archive", *words)
    assert done.code == 2
    assert told in done.lines[0]
    assert len(done.lines) == 1


def test_rebuild_mends_the_database(filled: Any, tmp_path: Path) -> None:
    filled("archive", "--before", "2026-07")
    done = filled("rebuild", "--json").json
    assert (done["rows"], done["hours"], done["changed"]) == (ROWS, ROWS, 0)
    engine = opened(tmp_path)
    hour, day = schema.rollup_hour, schema.rollup_day
    with writing(engine) as c:
        before = [c.execute(select(table)).all() for table in (hour, day)]
        c.execute(update(hour).where(hour.c.start == MAY + 7200).values(total=9.0))
        c.execute(hour.delete().where(hour.c.start == MAY + 3600 * 40))
        c.execute(hour.insert(), {**_empty(1), "start": MAY + 3600 * 30 * 24 + 1800})
        c.execute(update(day).where(day.c.start == MAY + 3600 * (24 * 20 - 2)).values(count=1))
    assert filled("rebuild", "--json").json["changed"] == 4
    with engine.connect() as c:
        assert [c.execute(select(table)).all() for table in (hour, day)] == before
    engine.dispose()
    assert not (tmp_path / "var" / "rebuilt").exists()


def _empty(id_: int) -> dict[str, int]:
    names = ("count", "suspect", "failed", "missing")
    return {"datastream_id": id_, **dict.fromkeys(names, 0)}


@pytest.mark.service
def test_rebuild_without_a_database_on_workers(filled: Any, tmp_path: Path) -> None:
    filled("archive", "--before", "2026-07")
    words = ("rebuild", "--archive", tmp_path / "var" / "archive", "--out", tmp_path / "out")
    here, there = filled(*words, "--json").json, filled(*words, "--workers", "1", "--json").json
    assert here["digest"] == there["digest"]
    assert there["hours"] == ROWS
    assert (tmp_path / "out" / "rollup_day" / "piece-00000.parquet").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--archive", "nowhere"], 2, "--archive is read without a database; give --out"),
        (["--archive", "nowhere", "--out", "x"], 2, "holds no archived month"),
        (["--scheduler", "tcp://127.0.0.1:9", "--workers", "2"], 2, "brings its own workers"),
        (["--zone", "Mars"], 2, "--zone: 'Mars' is not a time zone"),
        (["--scheduler", "nonsense"], 1, "no Dask scheduler answers at nonsense"),
    ],
)
def test_what_cannot_be_rebuilt_is_told(
    filled: Any, words: list[str], code: int, told: str
) -> None:
    filled("archive", "--before", "2026-06")
    done = filled("rebuild", *words)
    assert done.code == code
    assert told in done.lines[-1]


def test_no_archive_nothing_to_rebuild(filled: Any) -> None:
    done = filled("rebuild")
    assert (done.code, done.lines[-1][:35]) == (2, "no month of this store is archived;")


@pytest.mark.parametrize("what", ["doubted", "water", "silence"])
def test_analyse(filled: Any, what: str) -> None:
    filled("archive", "--before", "2026-07")
    found = filled("analyse", what, "--json").json
    wanted = {"doubted": 0, "water": 62, "silence": 1}  # local days: the last evening is July's
    assert len(found) == wanted[what]
    assert filled("analyse", what).code == 0


def test_backup_and_restore(filled: Any, tmp_path: Path) -> None:
    filled("archive", "--before", "2026-06")
    file = tmp_path / "store.tar"
    done = filled("backup", file, "--json").json
    assert done["tables"]["observation"] == 30 * 24
    assert done["archive"] == ["2026-05"]
    engine = opened(tmp_path)
    with engine.connect() as c:
        taken, facts = heartbeat.read(c)["backup"]
    engine.dispose()
    assert abs(taken - datetime.now(UTC)) < timedelta(minutes=5)
    assert facts == {
        "file": str(file),
        "bytes": file.stat().st_size,
        "rows": sum(done["tables"].values()),
        "archive_included": True,
    }
    assert filled("backup", file).lines == [
        f"{file}: is there already; give another name, or remove it"
    ]
    refused = filled("restore", file)
    assert refused.code == 2
    assert "the store has data; give --replace" in refused.lines[-1]
    engine = opened(tmp_path)
    with writing(engine) as c:
        c.execute(schema.observation.delete())
    engine.dispose()
    assert count(tmp_path) == 0
    restored = filled("restore", file, "--replace")
    assert restored.code == 0
    assert "agro restore --undo brings it back" in restored.out
    assert count(tmp_path) == 30 * 24
    assert filled("restore", "--undo").code == 0
    assert count(tmp_path) == 0
    assert filled("archive", "--verify").code == 0


def test_what_is_no_backup_is_told_in_one_line(filled: Any, tmp_path: Path) -> None:
    file = tmp_path / "store.tar"
    assert filled("backup", file).code == 0
    file.write_bytes(file.read_bytes()[:-20_000])
    done = filled("restore", file, "--replace")
    assert done.code == 2
    assert [line for line in done.lines if line != "restore"] == [done.lines[-1]]
    assert done.lines[-1].startswith(f"{file}: ")
    assert count(tmp_path) == ROWS
    assert filled("restore", "--undo").lines[-1].startswith("no store is kept beside")
    assert filled("restore", tmp_path / "absent.tar", "--replace").code == 2
    assert filled("restore").code == 2
    assert filled("backup", tmp_path / "no" / "b.tar").lines == [
        f"{tmp_path / 'no' / 'b.tar'}: the folder {tmp_path / 'no'} does not exist; make it"
    ]
