"""What the READMEs say holds: commands run, settings, links and names exist."""

import ast
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from agro.cli import app, run_command
from agro.config import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
READMES = sorted(file for file in ROOT.rglob("README.md") if not {".venv", "var"} & set(file.parts))
OPERATIONS = ROOT / "agro" / "server" / "README.md"
# Three days of a made-up July: °C, °C, mm.
_WEATHER = """date,tmin,tmax,rain
2026-07-01,14.1,27.3,0
2026-07-02,15.0,29.8,0
2026-07-03,13.2,24.4,6.5
"""
_FIELDS = set(Settings.model_fields)
_MAY_FAIL = {"doctor"}  # it exits 1 where something is late or away, as in a test it is


def _shown(text: str) -> list[str]:
    """The lines of a README's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def _inline(text: str) -> list[str]:
    """The commands in a README's sentences."""
    return re.findall(r"`agro ([a-z0-9][^`]*)`", text)


def test_the_readme_s_commands_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, in one folder, as a newcomer types them."""
    for name in ("AGRO_DATABASE_URL", "AGRO_BROKER_URL", "AGRO_CITY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AGRO_CLOCK", "")  # the demo sets its own for its process
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("AGRO_BROKER_URL", "mqtt://127.0.0.1:1")  # whatever runs on this machine
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weather.csv").write_text(_WEATHER, encoding="utf-8")
    lines = [line for line in _shown(README) if line.startswith("agro ")]
    assert len(lines) > 5
    for line in lines:
        words = shlex.split(line)[1:]
        code = run_command(words)
        told = capsys.readouterr()
        assert code == 0 or words[0] in _MAY_FAIL, f"{line}\n{told.err}"
        assert told.out or words[0] == "demo", line


def test_the_readme_s_make_targets_are_taken() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    named = {line.split()[1] for line in _shown(README) if line.startswith("make ")}
    named |= set(re.findall(r"`make ([a-z]+)`", README))
    assert {"demo", "test", "check", "bench"} <= named
    for target in sorted(named):
        command = [make, "--dry-run", "--no-print-directory", target]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert ".venv/bin/" in done.stdout, target


@pytest.mark.parametrize("file", READMES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_command_of_a_readme_exists(file: Path) -> None:
    """As far as it is spelled out: groups and commands, then options."""
    text = file.read_text(encoding="utf-8")
    shown = [line.removeprefix("agro ") for line in _shown(text) if line.startswith("agro ")]
    for command in [*_inline(text), *shown]:
        here = typer.main.get_command(app)
        words = command.split()
        while words and isinstance(here, TyperGroup) and re.fullmatch(r"[a-z0-9-]+", words[0]):
            name = words.pop(0)
            assert name in here.commands, f"agro {command}"
            here = here.commands[name]
        known = {option for parameter in here.params for option in parameter.opts}
        for word in words:
            if word.startswith("--"):
                assert word.split("=")[0] in known | {"--help"}, f"agro {command}"


def test_every_setting_that_is_told_exists_and_each_is_told() -> None:
    told = "\n".join(file.read_text(encoding="utf-8") for file in READMES)
    named = {name.lower() for name in re.findall(r"AGRO_([A-Z0-9_]*[A-Z0-9])", told)}
    assert named
    families = {name for name in named if any(f.startswith(f"{name}_") for f in _FIELDS)}
    assert named - families <= _FIELDS | {"screens", "picture"}
    rows = re.findall(r"^\| (`AGRO_.*?) \|", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {name.lower() for row in rows for name in re.findall(r"AGRO_([A-Z0-9_]+)", row)}
    assert _FIELDS - {"clock"} <= listed


@pytest.mark.parametrize("file", READMES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", file.read_text(encoding="utf-8"))
    for link in links:
        place, _, heading = link.partition("#")
        target = (file.parent / place) if place else file
        assert target.exists(), link
        assert not heading or heading in _headings(target), link


def _headings(file: Path) -> set[str]:
    """The names that a page of a forge gives to the headings of a README."""
    found = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found}


def test_the_nomenclature_is_what_the_science_speaks() -> None:
    """Each of our names in the table is a function, parameter or field of `models`."""
    table = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    names = {name for row in rows for name in re.findall(r"`([a-z0-9_]+)`", row)}
    assert len(names) > 30
    assert not names - _identifiers()


def _identifiers() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "models").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    return found
