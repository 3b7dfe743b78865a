"""Open data on the dashboard's own server: packed, shared with any page, beside the rest."""

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine

from tests.agro.publish.conftest import fill
from tests.conftest import free_port

pytestmark = pytest.mark.service


@pytest.fixture
def address(store: Engine, store_url: str) -> Iterator[str]:
    """The real server over a filled store."""
    fill(store)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", f"from agro.server import serve; serve({port})"],
        env=os.environ | {"AGRO_DATABASE_URL": store_url, "AGRO_API_KEY": "key"},
    )
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            break
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_everything_answers_beside_the_dashboard(address: str) -> None:
    for path, media in (
        ("/ngsi-ld/v1/entities?type=AgriParcel", "application/json"),
        ("/ngsi-ld/v1/types", "application/json"),
        ("/plots.geojson", "application/geo+json"),
        ("/communes.geojson", "application/geo+json"),
        ("/data/soil_water.csv", "text/csv"),
        ("/data/dictionary.csv", "text/csv"),
        ("/catalog.ttl", "text/turtle"),
        ("/catalog.jsonld", "application/ld+json"),
    ):
        answer = httpx.get(f"{address}{path}", headers={"Origin": "https://a.example"}, timeout=60)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(media), path
        assert answer.headers["access-control-allow-origin"] == "*", path
    assert "<title>" in httpx.get(address, timeout=60).text
    asked = httpx.get(f"{address}/ngsi-ld/v1/subscriptions", timeout=60)
    assert asked.status_code == 401


def test_what_is_sent_is_packed_and_whole(address: str) -> None:
    for path in ("/data/soil_water.csv", "/plots.geojson"):
        plain = httpx.get(f"{address}{path}", headers={"Accept-Encoding": "identity"}, timeout=60)
        with httpx.stream("GET", f"{address}{path}", timeout=60) as packed:
            body = b"".join(packed.iter_raw())
            assert packed.headers["content-encoding"] == "gzip", path
        assert gzip.decompress(body) == plain.content
        assert len(body) < len(plain.content) / 2


def test_the_catalogue_tells_of_the_interfaces_there_are(address: str) -> None:
    text = httpx.get(f"{address}/catalog.ttl", timeout=60).text
    assert f"<{address}/ngsi-ld/v1/entities>" in text
    for path in ("/api/v1.1", "/open311/v2/services.json"):
        is_there = httpx.get(f"{address}{path}", timeout=60).headers["content-type"]
        assert (f"<{address}{path}>" in text) is ("html" not in is_there)
