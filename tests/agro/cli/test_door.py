"""What a command writes stands in the audit log, once, with its right and its garden."""

import getpass
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from agro.cli import run_command
from agro.store import open_store, schema
from agro.store.access import audit
from tests.agro.access import gardens
from tests.agro.access.gardens import OURS, STRANGER, Kept

Asked = Callable[[Kept], list[str]]
_COMMANDS: dict[str, tuple[str, str, Asked]] = {
    "logbook correct": (
        "logbook.write",
        OURS,
        lambda k: ["logbook", "correct", str(k.entry), "--set", "quantity=12"],
    ),
    "logbook strike": ("logbook.write", OURS, lambda k: ["logbook", "strike", str(k.entry)]),
    "logbook restore": ("logbook.write", OURS, lambda k: ["logbook", "restore", str(k.struck)]),
    "logbook undo": ("logbook.write", OURS, lambda k: ["logbook", "undo", str(k.batch)]),
    "logbook redo": ("logbook.write", OURS, lambda k: ["logbook", "redo", str(k.undone)]),
    "chain offer": (
        "chain.write",
        OURS,
        lambda _: ["chain", "offer", "--site", OURS, "--crop", "leek", "--kg", "2"],
    ),
    "chain outlet": (
        "chain.write",
        OURS,
        lambda _: ["chain", "outlet", "--site", OURS, "shop", "--channel", "shop"],
    ),
    "chain assign": ("chain.write", OURS, lambda _: ["chain", "assign", "--site", OURS]),
    "chain write-off": (
        "chain.write",
        OURS,
        lambda _: ["chain", "write-off", "--site", OURS, "--as", "self"],
    ),
    "plan add": (
        "planting.write",
        OURS,
        lambda _: [
            *("plan", "add", "--site", OURS, "--plot", "p2", "--crop", "carrot"),
            *("--planted", "2026-02-20", "--removed", "2026-05-20"),
        ],
    ),
    "plan end": (
        "planting.write",
        OURS,
        lambda _: [
            *("plan", "end", "--site", OURS, "--plot", "p2", "--crop", "lettuce"),
            *("--on", "2026-07-20"),
        ],
    ),
    "book enter": (
        "figure.write",
        OURS,
        lambda _: [
            *("book", "enter", gardens.figure(OURS).indicator, "--from", "2026-01-01"),
            *("--to", "2026-03-31", "--source", "a book", "--value", "5", "--site", OURS),
        ],
    ),
    "book retract": ("figure.write", "", lambda k: ["book", "retract", str(k.figure)]),
    "device move": (
        "device.write",
        OURS,
        lambda _: ["device", "move", f"probe-{OURS}", "--plot", "p2"],
    ),
    "device calibrate": (
        "device.write",
        OURS,
        lambda _: [
            *("device", "calibrate", f"probe-{OURS}", "--quantity", "soil_moisture"),
            *("--source", "by weighing", "--since", "2026-07-01", "--offset", "0.01"),
        ],
    ),
    "device accept": (
        "device.write",
        OURS,
        lambda _: ["device", "accept", STRANGER, "--site", OURS],
    ),
    "device forget": ("device.write", "", lambda _: ["device", "forget", STRANGER, "--yes"]),
    "trial put-away": (
        "trial.write",
        OURS,
        lambda _: ["trial", "put-away", "mulch", "--site", OURS],
    ),
    "trial trait": (
        "trial.write",
        OURS,
        lambda _: ["trial", "trait", "mulch", "--site", OURS, "--trait", "height:cm:0:300"],
    ),
    "trial undo": ("trial.write", OURS, lambda k: ["trial", "undo", str(k.sheet)]),
    "trial redo": ("trial.write", OURS, lambda k: ["trial", "redo", str(k.undone_sheet)]),
}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """What our garden holds, in the store that commands find."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    return gardens.fill(url)[OURS]


def _audited(tmp_path: Path) -> list[audit.Audited]:
    engine = open_store(f"sqlite:///{tmp_path}/agro.sqlite")
    with engine.connect() as c:
        found = audit.audited(c)
    engine.dispose()
    return found


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_that_writes_is_told_once(name: str, kept: Kept, tmp_path: Path) -> None:
    action, site, asked = _COMMANDS[name]
    assert run_command(asked(kept)) == 0
    (told,) = _audited(tmp_path)
    assert (told.who, told.action, told.site) == ("command", action, site)
    assert told.what["user"] == getpass.getuser()
    assert len(told.what) > 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["logbook", "strike", "9999"], "no entry 9999 in the logbook"),
        (["logbook", "undo", "9999"], "no import 9999; agro logbook batches lists them"),
        (["trial", "undo", "9999"], "no sheet 9999; agro trial sheets lists them"),
    ],
)
def test_a_record_that_is_none_is_bad_input_and_told_nowhere(
    arguments: list[str], line: str, kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(arguments) == 2
    assert line in capsys.readouterr().err
    assert _audited(tmp_path) == []


def test_a_command_that_fails_on_the_way_is_told_nowhere(kept: Kept, tmp_path: Path) -> None:
    assert run_command(["chain", "outlet", "--site", OURS, "shop", "--channel", "moon"]) == 2
    assert _audited(tmp_path) == []


def test_a_dry_run_is_told_nowhere(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("date,type,plot,quantity,unit\n2026-07-01,irrigation,p1,9,L\n")
    assert run_command(["import", "logbook", str(file), "--site", OURS, "--dry-run"]) == 0
    assert _audited(tmp_path) == []
    assert run_command(["import", "logbook", str(file), "--site", OURS]) == 0
    assert [one.what["import"] for one in _audited(tmp_path)] == ["log.csv"]


def test_the_log_is_kept_as_text(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(["logbook", "strike", str(kept.entry), "--reason", "“wrong”, twice"])
    capsys.readouterr()
    assert run_command(["audit", "--csv"]) == 0
    head, row = capsys.readouterr().out.strip().splitlines()
    assert head == "at,who,action,site,what"
    (told,) = _audited(tmp_path)
    assert row.startswith(f"{told.at.isoformat()},command,logbook.write,{OURS},")
    assert json.dumps(dict(told.what), ensure_ascii=False).replace('"', '""') in row
    assert run_command(["audit", "--csv", "--json"]) == 2


def test_the_log_itself_is_only_added_to(kept: Kept, tmp_path: Path) -> None:
    """Reading writes nothing, and no command takes a row away."""
    run_command(["logbook", "strike", str(kept.entry)])
    told = ["trial", "trait", "mulch", "--site", OURS]
    for reading in (["logbook", "list"], ["audit"], told, ["device", "waiting"]):
        assert run_command(reading) == 0
    engine = open_store(f"sqlite:///{tmp_path}/agro.sqlite")
    with engine.connect() as c:
        assert len(c.execute(select(schema.audit)).all()) == 1
    engine.dispose()
