"""`agro backfill`: gaps are filled by hand, and what cannot be asked is told."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agro.config import now
from agro.records import Device
from agro.store import farms, open_store, schema, writing
from agro.store.ingest import Message, ingest
from sensors.simulated.networks import Transmission, the_things_stack


def _sent(counter: int) -> tuple[str, bytes, Any]:
    at = now().replace(minute=0, second=0, microsecond=0) - timedelta(minutes=10 * (50 - counter))
    payload = bytes.fromhex("0ce4000007d009c4012c10")
    return *the_things_stack(Transmission("probe", "", at, 2, payload, counter, -80, 7.0)), at


@pytest.fixture
def gap(dijon: Any, storage_server: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    """A command on a store where `probe` lacks three frames, and a server that has them."""
    engine = open_store(f"sqlite:///{tmp_path / 'var' / 'agro.sqlite'}")
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        farms.save_device(c, Device("probe", "", "dragino/lse01", site, "", "probe", (20.0,)))
        farms.save_device(c, Device("mute", "", "dragino/lse01", site, "", "mute", (20.0,)))
        ingest(c, [Message(*_sent(counter)) for counter in (1, 5)])
    engine.dispose()
    for counter in range(8):
        storage_server.keep(*_sent(counter)[:2])
    monkeypatch.setenv("AGRO_TTS_URL", storage_server.url)
    monkeypatch.setenv("AGRO_TTS_KEY", storage_server.KEY)
    return dijon


def _states(tmp_path: Path) -> list[str]:
    engine = open_store(f"sqlite:///{tmp_path / 'var' / 'agro.sqlite'}")
    with engine.connect() as c:
        states = list(c.scalars(select(schema.frame_gap.c.state)))
    engine.dispose()
    return states


def test_gaps_are_filled(gap: Any, tmp_path: Path) -> None:
    done = gap("backfill")
    assert (done.code, done.lines) == (0, ["probe: 3 of 3 missing frames found"])
    assert done.out.startswith("gaps: 1; missing frames found: 3, not found: 0,")
    assert _states(tmp_path) == ["filled"]
    again = gap("backfill", "--json")
    assert (again.code, again.json["gaps"], again.json["questions"]) == (0, 0, 0)


def test_a_span_is_fetched_gap_or_no_gap(gap: Any) -> None:
    day = f"{now() - timedelta(days=1):%Y-%m-%d}"
    done = gap("backfill", "--device", "probe", "--from", day, "--json")
    assert done.code == 0
    assert {name: done.json[name] for name in ("gaps", "messages", "problems", "trouble")} == {
        "gaps": 0,
        "messages": 8,
        "problems": 0,
        "trouble": [],
    }


def test_a_server_that_does_not_answer_is_told(
    gap: Any, storage_server: Any, tmp_path: Path
) -> None:
    storage_server.faults = [403]
    done = gap("backfill")
    assert done.code == 1
    assert done.lines[-1] == "agro-demo@ttn: key_refused: HTTP 403"
    assert storage_server.KEY not in done.out + "".join(done.lines)
    assert _states(tmp_path) == ["open"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--device", "prob"], "--device: 'prob' is not registered; did you mean probe?"),
        (
            ["--device", "mute", "--from", "2026-01-01"],
            "--device: 'mute' was never heard through The Things Stack; nobody can be asked",
        ),
        (["--to", "2026-01-01"], "--to: needs --from; say from when"),
        (
            ["--from", "2026-01-02", "--to", "2026-01-01"],
            "--to: 2026-01-01 is not after --from 2026-01-02; correct one",
        ),
        (["--from", "yesterday"], "--from: 'yesterday' is not a time; write it as"),
    ],
)
def test_what_cannot_be_asked_is_told(gap: Any, words: list[str], line: str) -> None:
    done = gap("backfill", *words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert done.lines[0].startswith(line)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("AGRO_TTS_URL", "", "AGRO_TTS_URL: is not set; write https://eu1"),
        ("AGRO_TTS_KEY", "", "AGRO_TTS_KEY: is not set; write an API key"),
        ("AGRO_TTS_URL", "http://eu1.example", "AGRO_TTS_URL: would send the API key"),
        ("AGRO_TTS_KEYS", "NNSXS.X", "AGRO_TTS_KEYS: part 1 is not application=key"),
    ],
)
def test_settings_that_cannot_be_used_are_told(
    gap: Any, monkeypatch: Any, name: str, value: str, line: str
) -> None:
    monkeypatch.setenv(name, value)
    done = gap("backfill")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert done.lines[0].startswith(line)
