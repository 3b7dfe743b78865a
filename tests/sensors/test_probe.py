"""A broker is tried as it is: away, locked, deaf to topics, or well, with and without TLS."""

import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensors.mqtt import read_broker_url
from sensors.probe import try_broker
from tests.conftest import free_port

TOPICS = ("agro/+/+", "v3/+/devices/+/up")
pytestmark = pytest.mark.service


def test_a_broker_that_is_well(mosquitto: Any) -> None:
    tried = try_broker(read_broker_url(mosquitto.url), TOPICS)
    assert (tried.answers, tried.lets_in, tried.refused, tried.detail) == (True, True, (), "")
    assert tried.expires is None


def test_nobody_there() -> None:
    tried = try_broker(read_broker_url(f"mqtt://127.0.0.1:{free_port()}"), TOPICS)
    assert not tried.answers
    assert "refused" in tried.detail


def test_somebody_who_is_no_broker() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"mqtt://127.0.0.1:{server.getsockname()[1]}"
        tried = try_broker(read_broker_url(url), TOPICS, timeout_s=0.5)
    assert tried.answers
    assert not tried.lets_in
    assert tried.detail


def test_a_broker_that_wants_a_password(own_mosquitto: Any) -> None:
    own_mosquitto.configure("allow_anonymous false")
    tried = try_broker(read_broker_url(own_mosquitto.url), TOPICS)
    assert (tried.answers, tried.lets_in) == (True, False)
    assert tried.detail == "Not authorized"


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A certificate of 20 days for 127.0.0.1, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 20 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_the_end_of_a_certificate_is_told(own_mosquitto: Any, papers: Path) -> None:
    port = free_port()
    own_mosquitto.configure(
        f"listener {port} 127.0.0.1", f"certfile {papers}/cert.pem", f"keyfile {papers}/key.pem"
    )
    url = f"mqtts://127.0.0.1:{port}?ca={papers}/cert.pem"
    tried = try_broker(read_broker_url(url), TOPICS)
    assert tried.lets_in, tried.detail
    assert tried.expires is not None
    left = tried.expires - datetime.now(UTC)
    assert timedelta(days=19) < left < timedelta(days=21)
    stranger = try_broker(read_broker_url(f"mqtts://127.0.0.1:{port}"), TOPICS)
    assert (stranger.answers, stranger.lets_in) == (True, False)
    assert "certificate" in stranger.detail
