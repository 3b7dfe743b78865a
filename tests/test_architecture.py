"""The house stays as it is drawn: arrows between packages, no naive time."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("agro", "sensors", "models")
NAIVE = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
NAIVE_STAMPS = {("datetime", "fromtimestamp"), ("datetime", "utcfromtimestamp")}


def _files(*suffixes: str) -> list[str]:
    """Our files outside the city packs, as paths from the project's root."""
    paths = [path for package in OURS for path in (ROOT / package).rglob("*")]
    names = [path.relative_to(ROOT).as_posix() for path in (*paths, ROOT / "streamlit_app.py")]
    return sorted(
        name for name in names if name.endswith(suffixes) and not name.startswith("agro/packs/")
    )


def test_the_arrows_between_packages_hold() -> None:
    """The contracts of import-linter in `pyproject.toml`."""
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed beside this Python")
    told = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert " 0 broken" in told.stdout


def test_no_code_asks_for_a_naive_time() -> None:
    """Times are aware UTC; a local day is computed from one."""
    naive = [
        f"{name}:{line}"
        for name in _files(".py")
        for line in _naive_times(ast.parse((ROOT / name).read_text("utf-8")))
    ]
    assert not naive, "\n".join(naive)


def test_the_pages_write_through_the_one_door() -> None:
    """A page that opened a transaction of its own would write unasked and unseen."""
    opened = [
        f"{name}:{node.lineno}"
        for name in _files(".py")
        if name.startswith("agro/dashboard/")
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
        if (isinstance(node, ast.Call) and _called(node) == "writing")
        or (isinstance(node, ast.ImportFrom) and "writing" in {one.name for one in node.names})
    ]
    assert not opened, "\n".join(opened)


def test_commands_write_through_the_one_door() -> None:
    """Apart from what is no person's record: the city's pack, the mark of a backup."""
    opened = {
        name
        for name in _files(".py")
        if name.startswith("agro/cli/")
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "agro.store"
        if "writing" in {one.name for one in node.names}
    }
    assert opened == {"agro/cli/backup.py", "agro/cli/city.py"}


def _called(node: ast.Call) -> str:
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _naive_times(tree: ast.AST) -> Iterator[int]:
    """Lines that call `datetime.now()` and its like without a time zone."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value
        asked = (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", ""),)
        call = (*asked, node.func.attr)
        zones = len(node.args) + len(node.keywords)
        if (call in NAIVE and zones == 0) or (call in NAIVE_STAMPS and zones < 2):
            yield node.lineno


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("datetime.now()", [1]),
        ("x = 1\ndatetime.datetime.now()", [2]),
        ("date.today()", [1]),
        ("datetime.utcnow()", [1]),
        ("datetime.fromtimestamp(0)", [1]),
        ("datetime.now(UTC)", []),
        ("datetime.now(tz=zone)", []),
        ("datetime.fromtimestamp(0, UTC)", []),
        ("config.now()", []),
    ],
)
def test_a_naive_time_is_found(code: str, lines: list[int]) -> None:
    assert list(_naive_times(ast.parse(code))) == lines


def test_the_top_level_is_what_was_asked_for() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    folders = {line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line}
    assert folders <= {*OURS, "tests", ".ci", ".streamlit"}
