"""The arrows between the packages, and rules that no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    file
    for package in ("agro", "sensors", "models")
    for file in sorted((ROOT / package).rglob("*.py"))
]


def test_the_arrows_hold() -> None:
    lint = "from importlinter.cli import lint_imports_command as main; main()"
    done = subprocess.run(
        [sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_names_a_city(file: Path) -> None:
    """A city is a folder of plain files, never code; only the default setting names one."""
    if file.name == "config.py":
        return
    assert not re.search(r"dijon|turku|boto[sș]ani", file.read_text(), re.IGNORECASE)


def test_the_top_level_is_what_was_asked_for() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    folders = {line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line}
    assert folders <= {"agro", "sensors", "models", "tests", ".ci", ".streamlit"}
