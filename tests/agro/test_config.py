"""The settings as they stand now, though they are read only when something has changed."""

import os
from pathlib import Path

import pytest

from agro.config import settings


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `agro.toml`, and nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("AGRO_")]:
        monkeypatch.delenv(name)


def test_unchanged_settings_are_not_read_again() -> None:
    assert settings() is settings()


def test_the_environment_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().port == 8501
    monkeypatch.setenv("AGRO_PORT", "8600")
    assert settings().port == 8600
    monkeypatch.setenv("agro_port", "8601")
    monkeypatch.delenv("AGRO_PORT")
    assert settings().port == 8601
    monkeypatch.delenv("agro_port")
    assert settings().port == 8501


def test_the_file_is_followed_and_the_environment_outranks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "agro.toml"
    assert settings().local_km == 30.0
    file.write_text("local_km = 12.0")
    assert settings().local_km == 12.0
    file.write_text("local_km = 125.0")
    assert settings().local_km == 125.0
    monkeypatch.setenv("AGRO_LOCAL_KM", "7")
    assert settings().local_km == 7.0
    monkeypatch.delenv("AGRO_LOCAL_KM")
    file.unlink()
    assert settings().local_km == 30.0


def test_each_folder_has_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "agro.toml").write_text("local_km = 5.0")
    assert settings().local_km == 30.0
    monkeypatch.chdir(other)
    assert settings().local_km == 5.0


def test_settings_that_cannot_be_are_refused_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_PORT", "many")
    for _ in range(2):
        with pytest.raises(ValueError, match="port"):
            settings()
