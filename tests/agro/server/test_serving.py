"""The server as it runs: one process, one port, the dashboard and its neighbours."""

import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agro.server import STREAMLIT
from agro.words import say

_START_S = 60.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server over an empty store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("var")
    process = subprocess.Popen(
        [sys.executable, "-c", f"from agro.server import serve; serve({port})"],
        env=os.environ
        | {"AGRO_VAR": str(folder), "AGRO_DATABASE_URL": "", "AGRO_DEVICE_RATE": "0.05"},
    )
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(f"{address}/healthz")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not start")


@pytest.mark.service
def test_health_and_metrics_answer(address: str) -> None:
    health = httpx.get(f"{address}/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    metrics = httpx.get(f"{address}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "agro_up 1.0" in metrics.text


@pytest.mark.service
@pytest.mark.parametrize("path", ["/", "/bed", "/stations"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_shell_is_in_the_page_s_language(address: str, path: str, language: str) -> None:
    page = httpx.get(f"{address}{path}", params={"lang": language})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert f"<title>{say(language).t('app.title')}</title>" in page.text


@pytest.mark.service
def test_the_first_page_s_own_name_leads_to_it(address: str) -> None:
    answer = httpx.get(f"{address}/today?lang=en")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{address}/?lang=en"


@pytest.mark.service
def test_assets_are_packed_and_whole(address: str) -> None:
    script = re.search(r'src="\./(static/js/index[^"]+)"', httpx.get(address).text)
    assert script is not None
    plain = httpx.get(f"{address}/{script[1]}", headers={"Accept-Encoding": "identity"})
    with httpx.stream("GET", f"{address}/{script[1]}") as packed:
        body = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
        assert "immutable" in packed.headers["cache-control"]
        assert packed.headers["content-type"] == plain.headers["content-type"]
    assert gzip.decompress(body) == plain.content
    assert len(body) < len(plain.content) / 2


@pytest.mark.service
def test_only_assets_are_read(address: str) -> None:
    answer = httpx.get(f"{address}/static/%2e%2e/%2e%2e/config.py")
    assert "def " not in answer.text


def test_the_settings_file_says_what_the_server_says() -> None:
    """`streamlit run streamlit_app.py` must not phone home either."""
    file = Path(__file__).parents[3] / ".streamlit" / "config.toml"
    flat = dict(_settings("", tomllib.loads(file.read_text())))
    assert flat["browser.gatherUsageStats"] is False
    assert {name: STREAMLIT[name] for name in flat} == flat


def _settings(group: str, said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each setting of a file under its whole name; groups stand in groups."""
    for name, value in said.items():
        if isinstance(value, dict):
            yield from _settings(f"{group}{name}.", value)
        else:
            yield f"{group}{name}", value


@pytest.mark.service
def test_a_weather_gateway_may_push_to_the_same_port(address: str) -> None:
    form = {"PASSKEY": "0123456789ABCDEF", "dateutc": "2026-07-03 05:29:00", "tempf": "68"}
    assert httpx.post(f"{address}/data/report/", data=form).status_code == 200
    page = f"{address}/weatherstation/updateweatherstation.php"
    assert httpx.get(page, params={"ID": "x", "dateutc": "now", "tempf": "68"}).text == "success\n"
    assert httpx.post(f"{address}/data/report/", content=b"a" * 300_000).status_code == 413


def test_what_is_pushed_is_limited_as_it_is_set(address: str) -> None:
    """Three an hour are 0.05 a minute; what cannot be read is its address's."""
    while time.time() % 3600 > 3570:  # it counts for the hour of its arrival
        time.sleep(1)
    codes = [httpx.post(f"{address}/push/uplink", content=b"{}").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
