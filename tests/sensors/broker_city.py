"""A city's Mosquitto with our files, its clients and what its tests wait for."""

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from sensors.broker import (
    Tls,
    access_list,
    production_configuration,
)
from sensors.mqtt import Broker, Message, Session

service = pytest.mark.service
ignores_a_dropped_socket = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)  # paho drops the socket of a failed handshake without closing it

PROBE, NEIGHBOUR = ("potager", "probe-1"), ("verger", "probe-2")
PASSWORDS = {
    "collector": "c/ll@ct:r #1?",
    "probe-1": "one",
    "probe-2": "two",
    "chirpstack": "stack",
}
TOPIC = "agro/potager/probe-1"
SOURCE = Broker("eu1.example", 8883, "app@ttn", "NNSXS.KEY", tls=True)
GUESSED, BROKEN, SPACED = "guessed", "secret\nallow_anonymous true", " secret"
UPLINKS = "v3/app@ttn/devices/+/up"


class City:
    """A broker with the files of production, on a port of its own."""

    def __init__(
        self, folder: Path, *, tls: Tls | None = None, bridge: str = "", name: str = "city"
    ) -> None:
        self._program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if self._program is None or shutil.which("mosquitto_passwd") is None:
            pytest.skip("mosquitto or mosquitto_passwd is not installed")
        self.folder, self.tls = folder / name, tls
        (self.folder / "bridges").mkdir(parents=True)
        (self.folder / "bridges" / "one.conf").write_text(bridge)
        self.passwords, self._log = self.folder / "passwords", self.folder / "log"
        self.passwords.touch(mode=0o600)
        for user, password in PASSWORDS.items():
            self.set_password(user, password)
        (self.folder / "acl").write_text(access_list([PROBE, NEIGHBOUR]))
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = int(server.getsockname()[1])
        text = production_configuration(
            self.folder,
            self.port,
            password_file=self.passwords,
            acl_file=self.folder / "acl",
            tls=tls,
            host="127.0.0.1",
            user="root",
            bridges=self.folder / "bridges",
        )
        self._configuration = self.folder / "mosquitto.conf"
        self._configuration.write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def saved_at(self) -> float:
        file = self.folder / "mosquitto.db"
        return file.stat().st_mtime if file.exists() else 0.0

    def add(self, *lines: str) -> None:
        with self._configuration.open("a") as configuration:
            configuration.write("\n".join((*lines, "")))

    def set_password(self, user: str, password: str) -> None:
        subprocess.run(["mosquitto_passwd", "-b", self.passwords, user, password], check=True)

    def url(self, user: str = "collector", password: str = "", query: str = "") -> str:
        secret = quote(password or PASSWORDS[user], safe="")
        scheme = "mqtts" if self.tls else "mqtt"
        return f"{scheme}://{user}:{secret}@127.0.0.1:{self.port}{query}"

    def start(self) -> None:
        assert self._program is not None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._configuration)], stderr=log
            )
        wait_until(lambda: is_open(self.port))

    def reload(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    def __enter__(self) -> "City":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with City(tmp_path) as broker:
        yield broker


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, a broker's certificate of it, a client's, and a stranger's."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("papers")
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    signed = "-CA ca.pem -CAkey ca.key -addext basicConstraints=critical,CA:FALSE"
    for line in (
        f"{new} -subj /CN=agro-test-ca -keyout ca.key -out ca.pem",
        f"{new} {signed} -subj /CN=broker -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
        " -keyout broker.key -out broker.pem",
        f"{new} {signed} -subj /CN=collector -keyout client.key -out client.pem",
        f"{new} -subj /CN=stranger -keyout stranger.key -out stranger.pem",
    ):
        subprocess.run(line.split(), check=True, capture_output=True, cwd=folder)
    return folder


@contextmanager
def client(broker: Any, user: str = "", *, qos: int = 1) -> Iterator[Callable[..., None]]:
    """A publisher that waits until the broker has everything (at QoS 0: until it is sent)."""
    sender = Client(CallbackAPIVersion.VERSION2)
    sender.max_queued_messages_set(0)
    if user:
        sender.username_pw_set(user, PASSWORDS[user])
    sender.connect("127.0.0.1", broker.port)
    sender.loop_start()

    def publish(topic: str, bodies: list[str]) -> None:
        for sent in [sender.publish(topic, body, qos=qos) for body in bodies]:
            sent.wait_for_publish(30)

    yield publish
    sender.disconnect()
    sender.loop_stop()


def wait_until(true: Callable[[], object], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def take(session: Session, count: int, *, seconds: float = 10.0, keep: bool = False) -> list[str]:
    """Bodies until `count` have come or the time is over, acknowledged unless told to keep."""
    deadline, bodies = time.monotonic() + seconds, list[str]()
    while len(bodies) < count and time.monotonic() < deadline:
        messages: list[Message] = session.batch(min(500, count - len(bodies)))
        bodies += [message.body.decode() for message in messages]
        if not keep:
            session.acknowledge(messages)
    return bodies


def numbers(count: int, start: int = 0) -> list[str]:
    return [str(number) for number in range(start, start + count)]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def refusals(city: City) -> int:
    """How many handshakes have failed; Mosquitto says it in two ways, also of `is_open`."""
    said = "(?:OpenSSL Error|Client connection from .* failed)(?!.*unexpected eof)"
    return len(re.findall(said, city.log))
