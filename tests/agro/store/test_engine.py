"""A database that cannot be opened is told in one sentence, without its password."""

from pathlib import Path

import pytest

from agro.errors import StoreError
from agro.store import open_store


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "is not a database URL: 'nonsense'"),
        ("mysql://localhost/agro", "runs on SQLite or PostgreSQL, not 'mysql'"),
    ],
)
def test_a_wrong_url_is_named(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        open_store(url)


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot open the database sqlite:///"):
        open_store(f"sqlite:///{tmp_path}/file/agro.sqlite")


def test_a_silent_server_is_named_without_its_password() -> None:
    with pytest.raises(StoreError, match=r"postgresql.*user:\*\*\*@127\.0\.0\.1") as caught:
        open_store("postgresql://user:secret@127.0.0.1:9/agro")
    assert "secret" not in str(caught.value)
