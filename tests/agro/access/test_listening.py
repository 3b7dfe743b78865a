"""Where the server listens: on this machine alone, unless somebody has an account."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from agro.access.listening import check, half_provider, notice, refusal
from agro.config import Settings, now
from agro.errors import AgroError
from agro.store import open_store, writing
from agro.store.access import users
from agro.store.access.users import User
from tests.conftest import free_port

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested
_ELSEWHERE = "127.0.0.2"  # another address of this machine: reached where all are listened to
_START_S = 240.0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.9", "::1", "[::1]", "localhost"])
def test_this_machine_alone(host: str) -> None:
    assert Settings(host=host).is_loopback
    assert refusal(Settings(host=host), has_accounts=False) == ""


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.5", "jardin.example", ""])
def test_others_too(host: str) -> None:
    assert not Settings(host=host).is_loopback
    why = refusal(Settings(host=host), has_accounts=False)
    assert "AGRO_HOST" in why
    assert "agro user add" in why
    assert refusal(Settings(host=host), has_accounts=True) == ""


def test_an_open_server_says_so() -> None:
    told = notice(Settings(), has_accounts=False)
    assert "this machine only" in told
    assert "no OpenID Connect provider" in told
    assert notice(Settings(), has_accounts=True) == ""


@pytest.mark.parametrize("missing", ["metadata_url", "client_id", "client_secret"])
def test_half_a_provider_is_told_at_the_start(missing: str) -> None:
    """With half of it nobody would be led there, and a button would lead to an error."""
    whole = {
        "oidc_metadata_url": "https://ville.example/.well-known/openid-configuration",
        "oidc_client_id": "agro",
        "oidc_client_secret": "ours-4410",
    }
    told = Settings.model_validate(whole)
    assert told.has_provider
    assert half_provider(told) == half_provider(Settings()) == ""
    half = Settings.model_validate(whole | {f"oidc_{missing}": ""})
    assert not half.has_provider
    with pytest.raises(AgroError, match=f"without AGRO_OIDC_{missing.upper()}: set") as error:
        check(half)
    assert "ours-4410" not in str(error.value)


def test_a_store_that_is_away_is_waited_for() -> None:
    url = "postgresql://nobody@127.0.0.1:9/away"
    assert check(Settings(host=EVERYWHERE, database_url=url)) == ""


def test_with_an_account_it_may(sqlite_url: str) -> None:
    told = Settings(host=EVERYWHERE, database_url=sqlite_url)
    with pytest.raises(AgroError, match="nobody has an account"):
        check(told)
    _account(sqlite_url)
    assert check(told) == ""


@pytest.mark.parametrize(
    ("changed", "address"),
    [
        ({}, "http://127.0.0.1:8501"),
        ({"host": EVERYWHERE}, "http://127.0.0.1:8501"),
        ({"host": "::1"}, "http://[::1]:8501"),
        ({"public_url": "https://jardins.example/x"}, "https://jardins.example"),
    ],
)
def test_the_origin_people_use(changed: dict[str, str], address: str) -> None:
    assert Settings.model_validate(changed).origin == address


def _account(url: str) -> None:
    engine = open_store(url)
    with writing(engine) as c:
        users.save(c, User("anne@example.org", "Anne", frozenset({"operator"}), now()))
    engine.dispose()


def _web(url: str, folder: Path, port: int, command: str = "web") -> subprocess.Popen[str]:
    environment = os.environ | {
        "AGRO_DATABASE_URL": url,
        "AGRO_VAR": str(folder),
        "AGRO_PORT": str(port),
        "AGRO_HOST": EVERYWHERE,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "agro.cli", command],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.service
@pytest.mark.parametrize("command", ["web", "serve"])
def test_without_accounts_it_does_not_start_for_others(
    sqlite_url: str, tmp_path: Path, command: str
) -> None:
    process = _web(sqlite_url, tmp_path, free_port(), command)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "AGRO_HOST is 0.0.0.0" in told
    assert "Traceback" not in told


@pytest.mark.service
def test_with_an_account_it_serves_others(sqlite_url: str, tmp_path: Path) -> None:
    _account(sqlite_url)
    port = free_port()
    process = _web(sqlite_url, tmp_path, port)
    try:
        until = time.monotonic() + _START_S
        while time.monotonic() < until and process.poll() is None:
            try:
                answer = httpx.get(f"http://{_ELSEWHERE}:{port}/signin", timeout=10)
            except httpx.TransportError:
                time.sleep(0.3)
            else:
                assert answer.status_code == 200
                return
        pytest.fail("nobody answered at the other address")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_the_other_address_is_not_this_one() -> None:
    """Else the test above would show nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(OSError, match="refused"):
        socket.create_connection((_ELSEWHERE, server.getsockname()[1]), timeout=5)
