"""`agro doctor` in every state: what is away, late, silent, ending or waiting, and what to do."""

import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import nan
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from agro.config import now
from agro.records import Device
from agro.store import decisions, farms, heartbeat, open_store, problems, readings, schema, writing
from agro.store.problems import ProblemRow
from agro.store.readings import Row

Found = dict[str, dict[str, Any]]


@pytest.fixture
def engine(dijon: Any, tmp_path: Path) -> Iterator[Engine]:
    """The store that `dijon` asks."""
    engine = open_store(f"sqlite:///{tmp_path}/var/agro.sqlite")
    yield engine
    engine.dispose()


def _ask(dijon: Any, *words: object) -> tuple[int, Found]:
    done = dijon("doctor", "--json", *words)
    for row in done.json:
        assert set(row) == {"check", "status", "found", "to_do", "ok"}
        assert row["ok"] is (row["status"] != "fail")
        assert bool(row["to_do"]) is (row["status"] != "ok")
    return done.code, {row["check"]: row for row in done.json}


def _beat(engine: Engine, name: str = "collector-1", *, ago: float = 0.0, **facts: Any) -> None:
    """A collector's sign of life, `ago` minutes old."""
    told = {"running": True, "connected": True, "waiting": 0, "messages": 1} | facts
    with writing(engine) as c:
        heartbeat.beat(c, name, now() - timedelta(minutes=ago), told)


def _advise(engine: Engine, at: datetime) -> None:
    from agro.records import Advice

    with writing(engine) as c:
        plot = farms.plots(c)[0]
        numbers = (nan, nan, nan)
        codes = ("enough_water", "high")
        decisions.write(
            c, [Advice(plot.site, plot.slug, at, "wait", None, *numbers, *codes, *(nan,) * 5)]
        )


def _hourly(engine: Engine, name: str, *, days: int = 20, until: float = 0.5) -> Device:
    """A probe that spoke each hour of these days, last `until` hours ago."""
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        device = Device(name, "", "dragino/lse01", site, "", name, (20.0,))
        farms.save_device(c, device)
        last = int((now() - timedelta(hours=until)).timestamp())
        times = [last - hour * 3600 for hour in range(days * 24)]
        readings.write(c, [Row(name, "soil_moisture", 20.0, at, 0.25, 1) for at in times])
    return device


@pytest.fixture
def well(
    dijon: Any, engine: Engine, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, Engine]:
    """A garden where everything works."""
    monkeypatch.setenv("AGRO_BROKER_URL", mosquitto.url)
    _hourly(engine, "probe")
    _advise(engine, now())
    _beat(engine)
    return dijon, engine


@pytest.mark.service
def test_all_is_well(well: tuple[Any, Engine]) -> None:
    code, found = _ask(well[0])
    assert code == 0
    wanted = ("broker", "database", "disk", "clocks", "city", "process collector-1", "readings")
    for name in (*wanted, "advice", "silent devices", "batteries", "quarantine", "frame gaps"):
        assert found[name]["status"] == "ok", found[name]
    assert found["problems"]["found"] == "none in 24 h"
    assert "lets us in and grants" in found["broker"]["found"]
    assert found["dashboard"]["status"] == "warn"  # nothing serves in this test
    table = well[0]("doctor")
    assert table.code == 0
    assert "silent devices" in table.out
    assert not table.lines


def test_a_database_that_is_away(agro: Any, tmp_path: Path) -> None:
    (tmp_path / "var" / "agro.sqlite").mkdir(parents=True)
    code, found = _ask(agro)
    assert code == 1
    assert found["database"]["status"] == "fail"
    assert "AGRO_DATABASE_URL" in found["database"]["to_do"]
    assert "advice" not in found


def test_a_database_of_a_newer_program(dijon: Any, engine: Engine) -> None:
    with writing(engine) as c:
        c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    code, found = _ask(dijon)
    assert code == 1
    assert "are of another version of this program" in found["database"]["found"]


def test_an_installation_of_today(dijon: Any) -> None:
    """Nothing has come yet, and nothing but the broker is at fault."""
    _, found = _ask(dijon)
    assert found["readings"]["status"] == "warn"
    assert found["advice"]["status"] == "warn"
    assert found["process collector"]["status"] == "warn"
    assert {name for name, row in found.items() if row["status"] == "fail"} <= {"broker"}


@pytest.mark.service
def test_a_broker_that_lets_nobody_in(
    well: tuple[Any, Engine], own_mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_mosquitto.configure("allow_anonymous false")
    monkeypatch.setenv("AGRO_BROKER_URL", own_mosquitto.url)
    code, found = _ask(well[0])
    assert code == 1
    assert "does not let user (none) in: Not authorized" in found["broker"]["found"]
    secret = own_mosquitto.url.replace("mqtt://", "mqtt://anne:s3cret@")
    monkeypatch.setenv("AGRO_BROKER_URL", secret)
    done = well[0]("doctor", "--json")
    assert "does not let user anne in" in done.out
    assert "s3cret" not in f"{done.out}{done.lines}"


@pytest.mark.service
@pytest.mark.parametrize(
    ("beats", "name", "status", "told"),
    [
        ([{"ago": 20.0}], "collector-1", "fail", "last sign of life 20 min ago"),
        ([{"connected": False}], "collector-1", "fail", "not connected to"),
        ([{"running": False}], "collector-1", "fail", "stopped 0 min ago"),
        ([{"waiting": 9000}], "collector-1", "warn", "9000 messages wait"),
        ([{}, {"ago": 9e3}], "collector-2", "warn", "last sign of life 6 d ago"),
        ([{}, {"ago": 9e3, "running": False}], "collector-2", "ok", "another one collects"),
    ],
)
def test_collectors(
    well: tuple[Any, Engine], beats: list[dict[str, Any]], name: str, status: str, told: str
) -> None:
    for place, beat in enumerate(beats, 1):
        _beat(well[1], f"collector-{place}", **beat)
    code, found = _ask(well[0])
    assert found[f"process {name}"]["status"] == status
    assert told in found[f"process {name}"]["found"]
    assert code == int(status == "fail")


@pytest.mark.service
@pytest.mark.parametrize(
    ("name", "beat", "status", "told"),
    [
        ("advice", {"failed": ["ducs"]}, "warn", "no advice for ducs"),
        ("advice", {"ago": 30 * 60.0}, "fail", "last sign of life 30 h ago"),
        ("backfill", {"ago": 20.0}, "warn", "last sign of life 20 min ago"),
        ("feeds", {"ago": 20.0}, "warn", "last sign of life 20 min ago"),
        ("feeds", {"failed": ["open-meteo ducs"]}, "ok", "0 min old"),  # it has its own line
        ("backfill", {"trouble": ["eu1: 401 Unauthorized"]}, "warn", "eu1: 401 Unauthorized"),
    ],
)
def test_other_processes(
    well: tuple[Any, Engine], name: str, beat: dict[str, Any], status: str, told: str
) -> None:
    _beat(well[1], name, **beat)
    _, found = _ask(well[0])
    assert (found[f"process {name}"]["status"], found[f"process {name}"]["found"]) == (status, told)


@pytest.mark.service
def test_a_silent_device_is_named_and_does_not_fail(well: tuple[Any, Engine]) -> None:
    _hourly(well[1], "late", until=2.5)
    assert _ask(well[0])[1]["silent devices"]["status"] == "ok"
    _hourly(well[1], "mute", until=4.0)
    code, found = _ask(well[0])
    assert (code, found["silent devices"]["status"]) == (0, "warn")
    assert found["silent devices"]["found"] == "1 of 3 devices: mute"


@pytest.mark.service
def test_half_of_the_devices_silent_is_a_fault_of_the_radio(well: tuple[Any, Engine]) -> None:
    for name in ("mute", "deaf"):
        _hourly(well[1], name, until=30.0)
    code, found = _ask(well[0])
    assert (code, found["silent devices"]["status"]) == (1, "fail")
    assert "radio" in found["silent devices"]["to_do"]


@pytest.mark.service
def test_a_garden_that_is_late(well: tuple[Any, Engine]) -> None:
    with writing(well[1]) as c:
        site = farms.sites(c)[1].slug
        farms.save_device(c, Device("far", "", "dragino/lse01", site, "", "", (20.0,)))
        at = int((now() - timedelta(hours=8)).timestamp())
        readings.write(c, [Row("far", "soil_moisture", 20.0, at, 0.2, 1)])
    code, found = _ask(well[0])
    assert (code, found[f"readings {site}"]["status"]) == (0, "warn")
    assert found["readings"]["status"] == "ok"


@pytest.mark.service
def test_nothing_comes_from_anywhere(dijon: Any, engine: Engine) -> None:
    _hourly(engine, "probe", until=9.0)
    code, found = _ask(dijon)
    assert (code, found["readings"]["status"]) == (1, "fail")
    assert "9 h old in every garden" in found["readings"]["found"]


@pytest.mark.service
def test_what_ends_and_what_waits(well: tuple[Any, Engine]) -> None:
    dijon, engine = well
    start = int((now() - timedelta(days=40)).timestamp())
    with writing(engine) as c:
        days = [
            Row("probe", "battery_voltage", nan, start + day * 86400, 3.6 - 0.02 * day, 1)
            for day in range(40)
        ]
        readings.write(c, days)
        at = int(now().timestamp())
        kept = [{"key": str(i), "device": "new", "body": b"{}", "arrived_at": at} for i in range(3)]
        c.execute(insert(schema.quarantine), kept)
        thing = c.scalar(select(schema.thing.c.id).where(schema.thing.c.device == "probe"))
        gap = {"thing_id": thing, "after": at - 2 * 86400, "state": "open", "missing": 4}
        c.execute(insert(schema.frame_gap), [gap | {"before": at - 2 * 86400 + 900}])
        problems.write(
            c,
            [
                ProblemRow(now(), "t", "probe", "no_sensor", payload="a"),
                ProblemRow(now() - timedelta(days=3), "t", "probe", "bad_json", payload="b"),
            ],
        )
    code, found = _ask(dijon)
    assert code == 0
    assert found["batteries"]["found"].startswith("1 battery ends: probe in ")
    assert found["quarantine"]["found"] == "3 messages of 1 unknown device"
    told = "1 gap open with 4 frames missing, the oldest 48 h old: nobody has looked for them yet"
    assert found["frame gaps"]["found"] == told
    assert found["problem no_sensor"]["found"] == "1 in 24 h"
    assert "cable" in found["problem no_sensor"]["to_do"]
    assert "problem bad_json" not in found


KEYS = {"AGRO_TTS_URL": "https://eu1.example", "AGRO_TTS_KEY": "NNSXS.A"}


@pytest.mark.parametrize(
    ("details", "settings", "told"),
    [
        (["no_key"], {}, "give the network’s API key (AGRO_TTS_URL and AGRO_TTS_KEY)"),
        (["no_key"], {"AGRO_TTS_KEY": "NNSXS.A"}, "give the network’s API key (AGRO_TTS_URL and"),
        (["no_key"], KEYS, "a key is set, and none was there for soil@ttn: add it"),
        (["key_refused: HTTP 403"], KEYS, "correct the key of soil@ttn"),
        (["unreachable: timed out"] * 2 + ["no_key"], KEYS, "check AGRO_TTS_URL"),
        (["refused: HTTP 418"], KEYS, "run agro backfill, which says what the network answers"),
        ([""], KEYS, "start agro serve, which fetches them, or run agro backfill"),
    ],
)
def test_an_old_gap_says_what_keeps_it_open(
    dijon: Any,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    details: list[str],
    settings: dict[str, str],
    told: str,
) -> None:
    for name in ("AGRO_TTS_URL", "AGRO_TTS_KEY", "AGRO_TTS_KEYS"):
        monkeypatch.setenv(name, settings.get(name, ""))
    _hourly(engine, "probe", days=1)
    at = int((now() - timedelta(days=2)).timestamp())
    with writing(engine) as c:
        thing = c.scalar(select(schema.thing.c.id).where(schema.thing.c.device == "probe"))
        gap = {"thing_id": thing, "application": "soil@ttn", "state": "open", "missing": 1}
        for n, detail in enumerate(details):
            span = {"after": at + 900 * n, "before": at + 900 * n + 900}
            c.execute(insert(schema.frame_gap), [gap | span | {"detail": detail}])
    _, found = _ask(dijon)
    assert found["frame gaps"]["status"] == "warn"
    assert found["frame gaps"]["to_do"].startswith(told)


def test_a_week_of_data_wants_a_backup(dijon: Any, engine: Engine, tmp_path: Path) -> None:
    _hourly(engine, "probe", days=6)
    _, found = _ask(dijon)
    assert found["backup"]["status"] == "ok"
    assert found["backup"]["found"] == "none yet; nothing here is older than 7 d"
    _hourly(engine, "probe", days=8)
    _, found = _ask(dijon)
    assert (found["backup"]["status"], found["backup"]["found"]) == ("warn", "none yet")
    assert "run agro backup FILE" in found["backup"]["to_do"]
    assert dijon("backup", tmp_path / "store.tar").code == 0
    _, found = _ask(dijon)
    assert found["backup"]["status"] == "ok"
    assert found["backup"]["found"].startswith("0 min old, 0 MB with ")
    assert not [name for name in found if name.startswith("process backup")]
    with writing(engine) as c:
        heartbeat.beat(c, "backup", now() - timedelta(days=8), {"bytes": 12_300_000, "rows": 9})
    _, found = _ask(dijon)
    assert found["backup"]["status"] == "warn"
    assert found["backup"]["found"] == "8 d old, 12 MB with 9 rows"


def _monthly(engine: Engine) -> list[str]:
    """A value in each of the last six months, this one too; the months."""
    at, months, times = now(), [], []
    for _ in range(6):
        months.append(f"{at:%Y-%m}")
        times.append(int(at.replace(day=1, hour=0, minute=0, second=0).timestamp()))
        at = at.replace(day=1) - timedelta(days=1)
    with writing(engine) as c:
        device = farms.devices(c)[0].device
        readings.write(c, [Row(device, "soil_moisture", 20.0, time, 0.2, 1) for time in times])
    return sorted(months)


def test_months_that_are_not_archived(
    dijon: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = _monthly(engine)
    _, found = _ask(dijon)
    assert "months to archive" not in found  # nobody wants it
    monkeypatch.setenv("AGRO_KEEP_MONTHS", "2")
    # A day after the month has ended its scheduler has had its time.
    late = months[:3] if now().day > 1 else months[:2]
    _, found = _ask(dijon)
    told = f"{', '.join(late)}: beyond AGRO_KEEP_MONTHS=2 and still in the database"
    assert found["months to archive"]["status"] == "warn"
    assert found["months to archive"]["found"] == told
    assert dijon("archive", "--before", months[1]).code == 0
    _, found = _ask(dijon)
    assert found["months to archive"]["found"].startswith(f"{', '.join(late[1:])}: ")
    assert dijon("archive").code == 0
    _, found = _ask(dijon)
    assert "months to archive" not in found
    assert found["archive"]["found"].startswith("3 months until ")
    # What comes late for an archived month is at home in the database: nothing to do.
    _monthly(engine)
    _, found = _ask(dijon)
    assert "months to archive" not in found


def test_an_archive_that_is_not_there(dijon: Any, engine: Engine, tmp_path: Path) -> None:
    first, second, *_ = _monthly(engine)
    assert dijon("archive", "--before", now().strftime("%Y-%m")).code == 0
    folder = tmp_path / "var" / "archive"
    part = folder / f"{first}.1" / "part-00000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    (folder / f"{second}.1" / "manifest.json").rename(folder / "aside")
    code, found = _ask(dijon)
    assert (code, found["archive"]["status"]) == (1, "fail")
    told = f"{first}, {second}: archived, and not whole under {folder}"
    assert found["archive"]["found"] == told
    (folder / "aside").rename(folder / f"{second}.1" / "manifest.json")
    part.write_bytes(whole)
    _, found = _ask(dijon)
    assert found["archive"]["status"] == "ok"
    folder.rename(tmp_path / "elsewhere")
    code, found = _ask(dijon)
    assert (code, found["archive"]["status"]) == (1, "fail")
    assert "is missing, and 5 months lie there" in found["archive"]["found"]
    assert "AGRO_VAR" in found["archive"]["to_do"]


def test_files_of_a_broker_that_no_longer_fit_the_register(
    dijon: Any, engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "broker"
    assert dijon("broker-files", "--out", folder).code == 0
    _, found = _ask(dijon, "--broker-files", folder)
    assert found["access list"]["status"] == "ok"
    assert found["passwords"]["found"] == "collector has none"
    (folder / "passwords").write_text("collector:$7$101$hash\n")
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        farms.save_device(c, Device("new-probe", "", "dragino/lse01", site, "", "", (20.0,)))
    _, found = _ask(dijon, "--broker-files", folder)
    assert found["access list"]["found"] == "new-probe may not write yet"
    assert found["passwords"]["status"] == "ok"


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        ("user old-probe\ntopic write agro/x/old-probe/#", "warn", "old-probe may still write"),
        ("user collector\ntopic write #", "fail", "collector: not the topics of the register"),
        ("pattern readwrite agro/%u/#", "fail", "not the topics of the register"),
    ],
)
def test_an_access_list_changed_by_hand(
    dijon: Any, tmp_path: Path, line: str, status: str, told: str
) -> None:
    folder = tmp_path / "broker"
    dijon("broker-files", "--out", folder)
    with (folder / "acl").open("a") as file:
        file.write(f"\n{line}\n")
    _, found = _ask(dijon, "--broker-files", folder)
    assert found["access list"]["status"] == status
    assert told in found["access list"]["found"]


def test_secrets_that_everybody_reads(dijon: Any, tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    dijon("broker-files", "--out", folder)
    (folder / "passwords").chmod(stat.S_IRUSR | stat.S_IROTH)
    code, found = _ask(dijon, "--broker-files", folder)
    assert (code, found["secrets"]["status"]) == (1, "fail")
    shutil.rmtree(folder)
    _, found = _ask(dijon, "--broker-files", folder)
    assert "cannot be read" in found["access list"]["found"]
