"""A run in which every secret is used, right and wrong: none stands in a log, a page or the audit.

The processes log all that they and their libraries have to say (DEBUG), which no installation does.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select
from streamlit import auth_util

from agro.access.secrets import hash_secret, new_key
from agro.config import now
from agro.store import open_store, schema, writing
from agro.store.access import keys, users
from agro.store.access.keys import ApiKey
from agro.store.access.users import User
from agro.store.alerts import calendars
from tests.conftest import free_port
from tests.provider_house import Provider

_START_S = 240.0
ANNE, PAUL, PASSWORD = "anne@potager.example", "paul@ville.example", "Mot-De-Passe-7731"
SETTINGS = {
    "AGRO_API_KEY": "operator-key-5512",
    "AGRO_NGSI_LD_SECRET": "broker-secret-8814",
    "AGRO_REPORT_KEYS": "report-key-2290",
    "AGRO_OIDC_CLIENT_SECRET": "client-secret-4471",
    "AGRO_OIDC_COOKIE_SECRET": "cookie-secret-9035-which-is-long",
    "AGRO_OPEN311_KEY": "city-key-6620",
}
# A channel whose address is a secret: a password, and the topic that whoever knows it can read.
CHANNELS = (
    "ntfy://anne:canal-7719@127.0.0.1:9/sujet-3352",
    "mailto://anne:courrier-4406@127.0.0.1:9/anne@potager.example?from=a@example.org&mode=insecure",
)
_OF_CHANNELS = ("canal-7719", "sujet-3352", "courrier-4406")
CALENDAR = "calendar-token-8105-that-nobody-guesses"
_PAGES = ("/", "/signin", "/signout", "/healthz", "/metrics", "/open311/v2/services.json", "/m/")

_DEBUG = """
import logging
from agro import logs
from agro.config import settings
told = settings()
logs.configure(told.log, logging.DEBUG, "all")
"""
_SERVES = f"{_DEBUG}\nfrom agro.server import serve\nserve(told.port)"
_RUNS = f"{_DEBUG}\nfrom agro.cli import main\nmain()"


@dataclass
class Used:
    """What was answered, and the secrets that came about on the way."""

    texts: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


def _made(url: str) -> str:
    """Two accounts, a garden's calendar and a key in a store; the key."""
    prefix, key = new_key()
    engine = open_store(url)
    with writing(engine) as c:
        hashed, roles = hash_secret(PASSWORD), frozenset({"operator"})
        users.save(c, User(ANNE, "Anne", roles, now(), password_hash=hashed))
        users.save(c, User(PAUL, "Paul", frozenset({"official"}), now()))
        keys.add(c, ApiKey("app", prefix, hash_secret(key), ("sensor_things:write",), now()))
        calendars.open_calendar(c, "potager-des-ducs", CALENDAR, "fr", now())
    engine.dispose()
    return key


def _sign_in(web: httpx.Client, used: Used) -> None:
    """With a wrong password, and with the right one."""
    token = re.search(r'name="token" value="([^"]+)"', web.get("/signin").text)
    assert token is not None
    form = {"token": token[1], "email": ANNE}
    wrong = web.post("/signin", data=form | {"password": f"{PASSWORD} no"})
    entered = web.post("/signin", data=form | {"password": PASSWORD})
    assert entered.status_code == 303
    used.texts += [wrong.text, entered.text, web.get("/signin").text]
    used.secrets.append(web.cookies["agro_session"])
    _open_a_page(web)


def _open_a_page(web: httpx.Client) -> None:
    """Open the socket of a page, as a browser that is signed in does."""
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Cookie": f"agro_session={web.cookies['agro_session']}",
    }
    connection = http.client.HTTPConnection(web.base_url.host, web.base_url.port, timeout=60)
    connection.request("GET", "/_stcore/stream", headers=headers)
    assert connection.getresponse().status == 101
    connection.close()


def _come_from_provider(web: httpx.Client, provider: Provider, used: Used) -> None:
    """Sign in at the provider, whose answer carries a code that is worth a session."""
    provider.knows(PAUL)
    web.cookies.clear()
    asked = web.get("/auth/login", params={"provider": auth_util.encode_provider_token("default")})
    vouched = httpx.post(asked.headers["location"], data={"sub": PAUL}, timeout=30)
    back = vouched.headers["location"]
    answer = web.get(back)
    assert answer.status_code in (302, 303, 307)
    query = parse_qs(urlsplit(back).query)
    used.secrets += [query["code"][0], web.cookies["agro_session"]]
    used.texts += [answer.text, web.get("/signin").text]
    assert "Paul" in used.texts[-1]
    web.get("/oauth2callback", params=query)  # once more, when it is worth nothing


def _show_keys(web: httpx.Client, key: str, used: Used) -> None:
    """Each key and secret at each door, as it is and as it is not."""
    secrets = [key, *SETTINGS.values()]
    for secret in (*secrets, *(f"{one}-wrong" for one in secrets)):
        shown = {"Authorization": f"Bearer {secret}"}
        for path in ("/api/v1.1/Things", "/ngsi-ld/v1/subscriptions", "/ngsi-ld/v1/notify"):
            used.texts.append(web.post(path, content=b"{", headers=shown).text)
        form = {"api_key": secret, "service_code": "tree"}
        used.texts.append(web.post("/open311/v2/requests.json", data=form).text)
        # A wrong question may be repeated to who asked it; it may not be logged.
        web.get("/api/v1.1/Things", params={"$filter": f"key eq '{secret}'"})
        web.get(f"/nowhere/{secret}", params={"key": secret})
        query = {"ID": "station-1", "PASSWORD": secret, "tempf": "70"}
        web.get("/weatherstation/updateweatherstation.php", params=query)
    assert web.get(f"/calendar/{CALENDAR}.ics").status_code == 200
    web.get(f"/calendar/{CALENDAR}x.ics")


def _subscribe(environment: dict[str, str]) -> list[str]:
    """Two channels are told and tried, which fails; what the commands say, also of the audit."""
    told = []

    def run(*arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-c", _RUNS, *arguments],
            env=environment,
            input=given,
            capture_output=True,
            text=True,
        )
        told.append(done.stdout + done.stderr)
        return done.stdout

    for channel in CHANNELS:
        number = run("alert", "add", ANNE, given=f"{channel}\n").strip()
        assert number.isdigit(), told[-1]
        run("alert", "test", number)
        assert "127.0.0.1" in told[-1]
    run("alert", "add", ANNE, "--channel", "ntfy://anne:canal-7719@/sujet-3352?nothing")
    for command in ("alert list", "alert log", "audit", "user list", "key list", "doctor"):
        run(*command.split())
    return told


@contextmanager
def _serving(environment: dict[str, str], told: Path) -> Iterator[httpx.Client]:
    """A client of the real server, which logs everything into a file."""
    with told.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVES], env=environment, stdout=out, stderr=out
        )
        address = f"http://127.0.0.1:{environment['AGRO_PORT']}"
        try:
            with httpx.Client(base_url=address, timeout=60) as web:
                _wait(web, process)
                yield web
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait(web: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            web.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not start")


def _audit_of(url: str) -> str:
    """Everything that the audit log and the problems say."""
    engine = open_store(url)
    with engine.connect() as c:
        tables = (schema.audit, schema.problem, schema.app_session)
        told = "\n".join(repr(c.execute(select(table)).all()) for table in tables)
    engine.dispose()
    return told


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """Who vouches for Paul."""
    made = Provider(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def url(sqlite_template: Path, sqlite_url: str, tmp_path: Path) -> str:
    """Dijon's gardens on SQLite."""
    (tmp_path / "agro.sqlite").write_bytes(sqlite_template.read_bytes())
    return sqlite_url


@pytest.mark.service
@pytest.mark.parametrize("style", ["text", "json"])
def test_no_secret_is_logged_or_shown(
    url: str, tmp_path: Path, provider: Provider, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        auth_util, "get_signing_secret", lambda: SETTINGS["AGRO_OIDC_COOKIE_SECRET"]
    )
    key, used = _made(url), Used()
    own = {
        "AGRO_DATABASE_URL": url,
        "AGRO_VAR": str(tmp_path),
        "AGRO_PORT": str(free_port()),
        "AGRO_LOG": style,
    }
    environment = os.environ | provider.settings | SETTINGS | own
    with _serving(environment, tmp_path / "told.log") as web:
        _sign_in(web, used)
        _show_keys(web, key, used)
        _come_from_provider(web, provider, used)
        commands = _subscribe(environment)
        used.texts += [web.get(path).text for path in _PAGES]
    log = (tmp_path / "told.log").read_text()
    assert "refused" in log  # something was logged
    assert "Using selector" in log  # and of what libraries say to themselves
    if style == "json":
        assert all(json.loads(line) for line in log.splitlines())
    audited = _audit_of(url)
    assert "session.begin" in audited
    places = {"log": log, "audit": audited, "commands": "".join(commands)}
    places |= {"pages": "\n".join(used.texts)}
    secrets = (PASSWORD, key, CALENDAR, *used.secrets, *SETTINGS.values(), *_OF_CHANNELS)
    told = [(place, one) for place, text in places.items() for one in secrets if one in text]
    assert not told
