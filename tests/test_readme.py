"""What the READMEs say exists: commands, settings, links, names of the nomenclature."""

import ast
import re
from pathlib import Path

import pytest
import typer.main

from agro.cli import app
from agro.config import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
READMES = sorted(file for file in ROOT.rglob("README.md") if not {".venv", "var"} & set(file.parts))


def test_every_command_of_the_readme_exists() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"`agro ([a-z0-9-]+)", README))
    assert named
    assert named <= known


def test_every_setting_of_the_readme_exists() -> None:
    named = {name.lower() for name in re.findall(r"AGRO_([A-Z_]+)", README)}
    assert named
    assert named <= Settings.model_fields.keys()


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)`", README))
    assert named
    assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in named)


@pytest.mark.parametrize("file", READMES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8"))
    assert all((file.parent / link).exists() for link in links), links


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
