"""Keys of programs: what they open, over the real routes, and what they cost."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette

from agro.access.key_ring import KeyRing, Scope
from agro.access.secrets import hash_secret, matches, new_key
from agro.api.open311 import open311_routes
from agro.api.sensor_things import sensor_things_routes
from agro.config import Settings, now
from agro.publish.routes import publish_routes
from agro.server.source import Source
from agro.store import schema, writing
from agro.store.access import keys
from agro.store.access.keys import ApiKey
from tests.agro.api.conftest import thing
from tests.servers import answering

THINGS, SUBSCRIPTIONS = "/api/v1.1/Things", "/ngsi-ld/v1/subscriptions"
REPORTS = "/open311/v2/requests.json"
TREE = {"service_code": "tree", "description": "branche", "lat": "47.3141", "long": "5.0290"}
_OPENED: dict[Scope, str] = {"sensor_things:write": THINGS, "subscriptions": SUBSCRIPTIONS}


@dataclass
class Keys:
    """A store in which keys are made."""

    engine: Engine
    _made: int = field(default=0)

    def make(self, *scopes: str, site: str = "") -> str:
        """A new key, as it is told once."""
        prefix, key = new_key()
        self._made += 1
        name = f"key {self._made}"
        with writing(self.engine) as c:
            assert keys.add(c, ApiKey(name, prefix, hash_secret(key), scopes, now(), site))
        return key

    def kept(self) -> list[ApiKey]:
        """What the store knows of them."""
        with self.engine.connect() as c:
            return keys.keys(c)


@pytest.fixture
def made(store: Engine) -> Keys:
    """A maker of keys."""
    return Keys(store)


@pytest.fixture
def web(store_url: str) -> Iterator[httpx.Client]:
    """A client of everything that keys open, where no key stands in the settings."""
    source = Source(store_url)
    ring, told = KeyRing(source), Settings(report_keys="the city's app")
    routes = [
        *sensor_things_routes(source, ring),
        *publish_routes(source, ring),
        *open311_routes(source, told, ring),
    ]
    with answering(Starlette(routes=routes)) as client:
        yield client
    source.close()


def _status(web: httpx.Client, scope: Scope, key: str) -> int:
    """How a write is answered: 401 and 403 where the key does not open it."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = thing() if scope == "sensor_things:write" else {}
    return web.post(_OPENED[scope], json=body, headers=headers).status_code


@pytest.mark.parametrize("scope", list(_OPENED))
def test_a_key_opens_its_scope_and_no_other(web: httpx.Client, made: Keys, scope: Scope) -> None:
    other: Scope = next(one for one in _OPENED if one != scope)
    assert _status(web, scope, "") == 403  # there is no key at all
    key = made.make(scope)
    assert _status(web, scope, key) not in (401, 403)
    assert _status(web, other, key) in (401, 403)
    other_end = "x" if key[-1] != "x" else "y"
    assert _status(web, scope, "") == _status(web, scope, key[:-1] + other_end) == 401


def test_a_report_needs_a_key_where_the_city_gave_some(web: httpx.Client, made: Keys) -> None:
    codes = [
        web.post(REPORTS, data=TREE | {"api_key": key}).status_code
        for key in ("", "other", made.make("subscriptions"), made.make("reports"))
    ]
    assert codes[:3] == [403] * 3
    assert codes[3] == 200


def test_a_revoked_key_opens_nothing_at_once(web: httpx.Client, made: Keys) -> None:
    key = made.make("sensor_things:write")
    assert _status(web, "sensor_things:write", key) == 201
    with writing(made.engine) as c:
        assert keys.revoke(c, made.kept()[0].name, now())
    assert _status(web, "sensor_things:write", key) in (401, 403)


def test_a_key_of_one_garden_opens_nothing_of_the_city(web: httpx.Client, made: Keys) -> None:
    key = made.make("sensor_things:write", "subscriptions", site="potager-des-ducs")
    assert _status(web, "sensor_things:write", key) in (401, 403)
    assert _status(web, "subscriptions", key) in (401, 403)


def test_the_store_holds_no_key_and_notes_its_use(web: httpx.Client, made: Keys) -> None:
    key = made.make("sensor_things:write")
    assert made.kept()[0].last_used_at is None
    assert _status(web, "sensor_things:write", key) == 201
    assert made.kept()[0].last_used_at is not None
    with made.engine.connect() as c:
        kept = repr(c.execute(select(schema.api_key)).all())
    assert key not in kept
    assert key.rpartition("_")[2] not in kept


@pytest.fixture
def ring(store_url: str) -> Iterator[KeyRing]:
    """A ring over the store alone."""
    source = Source(store_url)
    yield KeyRing(source, "")
    source.close()


def _cost(do: Callable[[], object]) -> float:
    """Seconds of this process' own time, whatever else the machine does."""
    started = time.process_time()
    do()
    return time.process_time() - started


def test_only_the_first_request_pays_for_the_hash(ring: KeyRing, made: Keys) -> None:
    key = made.make("reports")
    assert not ring.opens("agro_00000000_x", "reports")  # opens the store
    first = _cost(lambda: ring.opens(key, "reports"))
    later = sorted(_cost(lambda: ring.opens(key, "reports")) for _ in range(15))
    assert ring.opens(key, "reports")
    assert later[7] < first / 4


def test_guesses_of_one_key_are_few_and_do_not_lock_it_out(ring: KeyRing, made: Keys) -> None:
    key = made.make("reports")
    assert ring.opens(key, "reports")
    hashed = hash_secret(key)
    one = min(_cost(lambda: matches(hashed, "a guess")) for _ in range(3))
    guesses = [f"{key[:14]}{n}" for n in range(40)]
    opened: list[str] = []
    spent = _cost(lambda: opened.extend(one for one in guesses if ring.opens(one, "reports")))
    assert not opened
    assert spent < 25 * one  # ten were looked at
    assert ring.opens(key, "reports")


@pytest.mark.parametrize("shown", ["", "agro_", "agro__x", "é", "agro_00000000_x", "x" * 9_000])
def test_what_is_no_key_opens_nothing(store_url: str, made: Keys, shown: str) -> None:
    made.make("reports")
    source = Source(store_url)
    assert not KeyRing(source, "the operator's").opens(shown, "reports")
    source.close()


def test_the_key_of_the_settings_opens_everything(
    store_url: str, made: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_API_KEY", "the operator's")
    source = Source(store_url)
    ring = KeyRing(source)
    for scope in ("sensor_things:write", "subscriptions", "reports"):
        assert ring.opens("the operator's", scope)
        assert not ring.is_empty(scope)
        assert KeyRing(source, "").is_empty(scope)
    source.close()
