"""A pack to break: a copy of one of ours."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agro import packs

Change = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A city pack that reads, in a folder of its own."""
    ours = Path(packs.__file__).parent / "dijon"
    return Path(shutil.copytree(ours, tmp_path / "ville"))


@pytest.fixture
def change(folder: Path) -> Change:
    """Replace the first occurrence of a text in one of the pack's files."""

    def replace(file: str, before: str, after: str) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert before in text
        (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")

    return replace
