"""`agro flag` sets flags again from what is stored and counts what each test found."""

import json
from datetime import UTC, datetime
from math import nan

import pytest
from sqlalchemy import update

from agro.cli import BAD_INPUT, run_command
from agro.store import open_store, readings, schema, writing
from agro.store.readings import Row

START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
PROBE, GAUGE = "potager-des-ducs-planche-1-lse01", "potager-des-ducs-site-dl-tbrg"


@pytest.fixture
def measured(store_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> str:
    """A probe that jumps once and a gauge, not assessed yet."""
    monkeypatch.setenv("AGRO_DATABASE_URL", store_url)
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    engine = open_store(store_url)
    rows = [
        Row(PROBE, "soil_moisture", 20.0, START + n * 3600, 0.4 if n == 20 else 0.3 - n / 5000, 1)
        for n in range(48)
    ]
    rows += [Row(GAUGE, "rain", nan, START + n * 3600, 0.0, 1) for n in range(48)]
    with writing(engine) as c:
        readings.write(c, rows)
        c.execute(update(schema.datastream).values(unassessed_from=None))
    engine.dispose()
    return store_url


def test_flags_are_set_again_and_counted(measured: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["flag", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["changed"] > 0, told["failed_devices"]) == (True, 0)
    (probe,) = (one for one in told["datastreams"] if one["quantity"] == "soil_moisture")
    assert (probe["device"], probe["depth_cm"], probe["observations"]) == (PROBE, 20.0, 48)
    assert (probe["spike"], probe["suspect"], probe["failed"]) == (1, 1, 0)
    assert (
        run_command(["flag", "--device", PROBE, "--from", "2026-06-01", "--to", "2026-06-02"]) == 0
    )
    out = capsys.readouterr().out
    assert "soil_moisture" in out
    assert "spike" in out
    assert "rain" not in out
    assert "0 flags changed" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--site", "potager"], "--site: 'potager' does not exist; did you mean potager-des-ducs"),
        (["--device", "nobody"], "--device: 'nobody' is not registered"),
        (["--device", PROBE, "--site", "domaine-de-la-cras"], "stands on potager-des-ducs, not on"),
        (["--from", "soon"], "--from: 'soon' is not a time"),
        (["--from", "2026-06-02", "--to", "2026-06-01"], "--to: 2026-06-01 is not after --from"),
    ],
)
def test_a_wrong_question_is_answered_in_one_line(
    measured: str, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert run_command(["flag", *words]) == BAD_INPUT
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
