"""`agro user`, `agro key` and `agro audit` as an operator types them."""

import getpass
import io
import json
from pathlib import Path

import pytest

from agro.access.secrets import matches, prefix_of
from agro.cli import run_command
from agro.store import open_store
from agro.store.access import keys, users

EMAIL = "lea@example.org"
SITE = "potager-des-ducs"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    found = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", found)
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    return found


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run_command([*arguments, "--json"]) == 0
    told: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return told


def test_an_account_is_added_given_more_and_removed(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["user", "add", "Lea@Example.org", "--role", "farmer", "--site", SITE]) == 0
    assert run_command(["user", "add", EMAIL, "--role", "researcher"]) == 0
    (found,) = _json(capsys, "user", "list")
    assert found["email"] == EMAIL
    assert found["roles"] == ["farmer", "researcher"]
    assert found["sites"] == [SITE]
    assert found["password"] is False
    assert run_command(["user", "remove", EMAIL]) == 0
    assert "everything is open" in capsys.readouterr().err
    assert _json(capsys, "user", "list") == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "lea", "--role", "farmer"], "EMAIL: 'lea' is no address"),
        (["add", EMAIL, "--role", "farmer", "--site", "nowhere"], "--site: no site 'nowhere'"),
        (["add", EMAIL, "--role", "king"], "king"),
        (["remove", EMAIL], f"EMAIL: no account '{EMAIL}'"),
        (["password", EMAIL], f"EMAIL: no account '{EMAIL}'"),
    ],
)
def test_bad_input_is_told_in_a_line(
    url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run_command(["user", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_password_comes_from_standard_input_and_is_kept_as_a_hash(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_command(["user", "add", EMAIL, "--role", "operator"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert run_command(["user", "password", EMAIL]) == 2
    assert "has 5 signs" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough one\n"))
    assert run_command(["user", "password", EMAIL]) == 0
    assert "long enough" not in capsys.readouterr().out
    engine = open_store(url)
    with engine.connect() as c:
        found = users.user(c, EMAIL)
    assert found is not None
    assert matches(found.password_hash, "a long enough one")


def test_a_closed_account_stays_and_is_opened_again(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(["user", "add", EMAIL, "--role", "official"])
    assert run_command(["user", "disable", EMAIL]) == 0
    assert _json(capsys, "user", "list")[0]["disabled"] is True
    assert run_command(["user", "enable", EMAIL]) == 0
    assert _json(capsys, "user", "list")[0]["disabled"] is False


def test_a_key_is_shown_once_and_revoked(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run_command(["key", "add", "lorawan", "--scope", "sensor_things:write"]) == 0
    key = capsys.readouterr().out.strip()
    (listed,) = _json(capsys, "key", "list")
    assert listed["prefix"] == prefix_of(key)
    assert key not in json.dumps(listed)
    engine = open_store(url)
    with engine.connect() as c:
        found = keys.by_prefix(c, prefix_of(key))
    assert found is not None
    assert matches(found.key_hash, key)
    assert run_command(["key", "add", "lorawan", "--scope", "reports"]) == 2
    assert run_command(["key", "add", "other", "--scope", "everything"]) == 2
    assert "--scope: no scope 'everything'" in capsys.readouterr().err
    assert run_command(["key", "revoke", "lorawan"]) == 0
    assert run_command(["key", "revoke", "lorawan"]) == 2
    with engine.connect() as c:
        assert keys.by_prefix(c, prefix_of(key)) is None
    engine.dispose()


def test_the_audit_log_tells_who_did_what(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["user", "add", EMAIL, "--role", "farmer", "--site", SITE])
    run_command(["key", "add", "lorawan", "--scope", "reports", "--site", SITE])
    told = _json(capsys, "audit")
    user = getpass.getuser()
    assert [one["what"] for one in told] == [
        {"user": user, "key": "lorawan", "scopes": ["reports"]},
        {"user": user, "add": EMAIL, "role": "farmer", "sites": [SITE]},
    ]
    assert {one["who"] for one in told} == {"command"}
    assert len(_json(capsys, "audit", "--site", SITE)) == 1
    assert _json(capsys, "audit", "--who", "nobody@example.org") == []
    assert _json(capsys, "audit", "--to", "2020-01-01") == []
    assert run_command(["audit", "--from", "yesterday"]) == 2
