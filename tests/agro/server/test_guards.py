"""What holds for every answer of the server: headers, sharing with other origins, bounds."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Route

from agro.access import SESSION_COOKIE
from agro.access.routes import access_routes
from agro.access.secrets import new_token, token_hash
from agro.config import now, settings
from agro.server import data_routes
from agro.server.bounds import LARGEST
from agro.server.guards import HEADERS
from agro.server.source import Source
from agro.store import open_store, writing
from agro.store.access import sessions, users
from agro.store.access.users import User
from tests.browser.house import wait_until_up
from tests.conftest import free_port

_START_S = 240.0
_RATE = 15
_PUSHES = ("/data/report", "/push/", "/ngsi-ld/v1/notify", "/weatherstation/")
_UPLOAD_MB = 1
_MB = 1024 * 1024
_CHANGES = ("POST", "PUT", "PATCH", "DELETE")


@contextmanager
def running(folder: Path, **changed: str) -> Iterator[str]:
    """A running server over an empty store: its address."""
    port = free_port()
    environment = os.environ | {"AGRO_VAR": str(folder), "AGRO_DATABASE_URL": ""} | changed
    program = f"from agro.server import serve; serve({port})"
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(address, process, within_s=_START_S)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server, counted more strictly than usual."""
    changed = {
        "AGRO_API_RATE": str(_RATE),
        "AGRO_UPLOAD_MB": str(_UPLOAD_MB),
        "AGRO_API_KEY": "the operator's",
        "AGRO_NGSI_LD_SECRET": "the broker's",
        "AGRO_PUBLIC_URL": "https://jardins.example",
    }
    with running(tmp_path_factory.mktemp("var"), **changed) as found:
        yield found


def _writes() -> list[tuple[str, str]]:
    """Each route that takes a body, also those of tomorrow: method and path."""
    source = Source("sqlite://")
    routes = [*data_routes(source), *access_routes(source, settings())]
    found = []
    for route in routes:
        assert isinstance(route, Route)
        filled = dict.fromkeys(route.param_convertors, "x")
        filled |= {"form": "json"} if "form" in filled else {}
        path = str(route.url_path_for(route.name, **filled))
        found += [(method, path) for method in _CHANGES if method in (route.methods or ())]
    return sorted(set(found))


@pytest.mark.service
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/bed?lang=en", "/signin", "/signout", "/healthz", "/metrics", "/favicon.png"),
        *("/_stcore/health", "/catalog.jsonld", "/open311/v2/services.json", "/api/v1.1"),
        *("/nothing/here", "/static/none.js"),
    ],
)
def test_every_answer_is_guarded(address: str, path: str) -> None:
    answer = httpx.get(f"{address}{path}", timeout=30)
    for name, value in HEADERS.items():
        if name != "Content-Security-Policy":
            assert answer.headers[name] == value
    assert "default-src" in answer.headers["content-security-policy"]
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.service
def test_open_data_may_be_read_by_any_page(address: str) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    for path in ("/catalog.jsonld", "/api/v1.1", "/open311/v2/services.json", "/plots.geojson"):
        answer = httpx.get(f"{address}{path}", headers=headers, timeout=30)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    for path in ("/signin", "/ngsi-ld/v1/subscriptions", "/metrics", "/"):
        answer = httpx.get(f"{address}{path}", headers=headers, timeout=30)
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.service
@pytest.mark.parametrize(("method", "path"), _writes())
def test_no_write_is_shared_with_other_origins(address: str, method: str, path: str) -> None:
    origin = "https://elsewhere.example"
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    before = httpx.options(f"{address}{path}", headers=asked, timeout=30)
    allowed = before.headers.get("access-control-allow-methods", "")
    assert method not in allowed
    answer = httpx.request(method, f"{address}{path}", headers={"Origin": origin}, timeout=30)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.status_code < 500


@pytest.mark.service
@pytest.mark.parametrize(("method", "path"), _writes())
def test_every_body_is_bounded(address: str, method: str, path: str) -> None:
    """Announced or not, and by whoever may write."""
    known = {"Authorization": "Bearer the operator's", "Content-Type": "application/json"}
    if "notify" in path:
        known["Authorization"] = "Bearer the broker's"
    long = b"a" * 65_536
    pieces = (one for one in repeat(long, LARGEST // len(long) + 2))
    codes = []
    with httpx.Client(timeout=60) as client:
        for content in (long * (LARGEST // len(long) + 1), pieces):
            try:
                answer = client.request(method, f"{address}{path}", content=content, headers=known)
            except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
                continue  # it was cut off while it sent
            codes.append(answer.status_code)
    assert all(400 <= code < 500 for code in codes)
    assert 413 in codes or not codes or path == "/signin"


@pytest.mark.service
def test_a_page_takes_no_longer_file_than_it_should(address: str) -> None:
    large = {"file": b"a" * ((_UPLOAD_MB + 1) * _MB)}
    answer = httpx.put(f"{address}/_stcore/upload_file/session/file", files=large, timeout=30)
    assert answer.status_code == 413


@pytest.mark.service
def test_so_many_requests_a_minute_of_one_address(address: str) -> None:
    asked = {"X-Forwarded-For": "203.0.113.7"}
    path = f"{address}/open311/v2/services.json"
    with httpx.Client(timeout=30) as client:
        codes = [client.get(path, headers=asked).status_code for _ in range(_RATE + 3)]
        late = client.get(path, headers=asked)
        other = client.get(path, headers={"X-Forwarded-For": "203.0.113.8"})
        page = client.get(f"{address}/", headers=asked)
        pushed = client.post(f"{address}/push/uplink", content=b"{}", headers=asked)
        here = [client.get(path).status_code for _ in range(_RATE + 3)]
    assert codes[:_RATE] == [200] * _RATE
    assert set(codes[_RATE:]) == {429}
    assert 0 < int(late.headers["retry-after"]) <= 60
    assert late.headers["x-content-type-options"] == "nosniff"
    assert (other.status_code, page.status_code, pushed.status_code) == (200, 200, 200)
    assert set(here) == {200}


@pytest.mark.service
@pytest.mark.parametrize(
    ("method", "path"),
    [*_writes(), ("GET", "/weatherstation/updateweatherstation.php"), ("PUT", "/_stcore/x")],
)
def test_no_write_is_without_a_limit(address: str, method: str, path: str) -> None:
    """Each of an address of its own, over real HTTP, until it is told to wait."""
    home = f"198.51.{_writes().index((method, path)) if (method, path) in _writes() else 200}.1"
    most = _RATE * (10 if path.startswith(_PUSHES) else 1)
    with httpx.Client(timeout=60, headers={"X-Forwarded-For": home}) as client:
        codes = [client.request(method, f"{address}{path}").status_code for _ in range(most)]
        late = client.request(method, f"{address}{path}")
    # Sign-in tells who tries too often to wait before this does.
    assert set(codes) <= {200, 303, 400, 401, 403, 404, 405, 413, 415, 422, 429, 503}
    assert codes[0] != 429
    assert late.status_code == 429
    assert 0 < int(late.headers["retry-after"]) <= 60


def _handshake(address: str, **headers: str) -> int:
    """How the server answers who opens the socket of a page."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    told = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection.request("GET", "/_stcore/stream", headers=told | headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.service
@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "http://localhost:9", "http://127.0.0.1:9", "null", ""),
        *("http://jardins.example.evil.example", "https://jardins.example:8443"),
    ],
)
def test_no_other_page_opens_a_socket(address: str, origin: str) -> None:
    """And nobody outside is asked about it, which would take its time."""
    started = time.monotonic()
    assert _handshake(address, Origin=origin) == 403
    assert time.monotonic() - started < 5


@pytest.mark.service
def test_our_own_pages_open_one(address: str) -> None:
    assert _handshake(address, Origin=address) == 101
    assert _handshake(address, Origin="https://jardins.example") == 101
    assert _handshake(address) == 101  # no browser


@pytest.mark.service
def test_only_who_may_write_sends_files(tmp_path: Path) -> None:
    """As soon as there are accounts: before, whoever sits at the machine may."""
    url = f"sqlite:///{tmp_path / 'agro.sqlite'}"
    engine = open_store(url)
    tokens = {}
    with writing(engine) as c:
        for role in ("farmer", "official"):
            email = f"{role}@example.org"
            users.save(c, User(email, role, frozenset({role}), now()))
            tokens[role] = new_token()
            sessions.begin(
                c, token_hash(tokens[role]), email, at=now(), expires=now() + timedelta(days=1)
            )
    engine.dispose()
    with running(tmp_path, AGRO_DATABASE_URL=url) as address:
        path = f"{address}/_stcore/upload_file/session/file"
        held = {role: {"Cookie": f"{SESSION_COOKIE}={token}"} for role, token in tokens.items()}
        told = {
            who: httpx.put(path, files={"file": b"a"}, headers=headers, timeout=30).text
            for who, headers in (
                held | {"nobody": {}, "wrong": {"Cookie": "agro_session=x"}}
            ).items()
        }
    assert told["nobody"] == told["wrong"] == "sign in to send a file\n"
    # They came as far as Streamlit, which asks for the page's own token.
    assert "XSRF" in told["farmer"]
    assert told["farmer"] == told["official"]
