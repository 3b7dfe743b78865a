"""Mosquitto with our files: nothing dropped in silence, nobody where he does not belong."""

import gc
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from sensors.broker import (
    AUTOSAVE_S,
    LARGEST_PACKET,
    Tls,
    access_list,
    bridge_configuration,
    production_configuration,
)
from sensors.mqtt import Broker, Message, Session, read_broker_url

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


# The files


def test_every_setting_of_a_city_says_why(tmp_path: Path) -> None:
    text = production_configuration(
        tmp_path,
        8883,
        password_file=tmp_path / "passwords",
        acl_file=tmp_path / "acl",
        tls=Tls(tmp_path / "c.pem", tmp_path / "k.pem", tmp_path / "ca.pem"),
    )
    lines = text.splitlines()
    settings = [i for i, line in enumerate(lines) if line and not line.startswith("#")]
    assert all(lines[i - 1].startswith("# ") for i in settings)
    assert {"listener 8883", "allow_anonymous false", "require_certificate true"} <= set(lines)
    assert "Mosquitto has no rate limit" in text


def test_without_tls_a_city_listens_to_its_own_machine_only(tmp_path: Path) -> None:
    text = production_configuration(
        tmp_path, 1883, password_file=tmp_path / "p", acl_file=tmp_path / "a"
    )
    assert "\nlistener 1883 127.0.0.1\n" in text


def test_a_device_may_write_below_its_own_topic_only() -> None:
    text = access_list([PROBE, NEIGHBOUR])
    assert "\nuser probe-1\ntopic write agro/potager/probe-1/#\n\n" in text
    assert "\nuser collector\ntopic read #\n" in text
    assert "\nuser chirpstack\ntopic write application/" in text


@pytest.mark.parametrize(
    ("device", "message"),
    [
        (("potager", "#"), "device '#' of site 'potager' does not fit"),
        (("+", "probe"), "does not fit into a topic"),
        (("potager", "a/b"), "does not fit"),
        (("potager", "a\ntopic readwrite #"), "does not fit"),
        (("potager", "probe one"), "does not fit"),
        (("potager", ""), "does not fit"),
        (("potager", "collector"), "two users would be named 'collector'"),
    ],
)
def test_a_name_that_would_open_more_is_refused(device: tuple[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        access_list([device])


def test_a_bridge_speaks_the_things_stacks_mqtt() -> None:
    lines = bridge_configuration("tts", SOURCE, [UPLINKS]).splitlines()
    assert {
        "connection tts",
        "address eu1.example:8883",
        "bridge_protocol_version mqttv311",
        "remote_password NNSXS.KEY",
        "bridge_capath /etc/ssl/certs",
        f"topic {UPLINKS} in 0",
        "cleansession true",
    } <= set(lines)
    kept = bridge_configuration("own", replace(SOURCE, ca_file="/ca.pem"), ["a/#"], qos=1)
    assert "topic a/# in 1\n" in kept
    assert "cleansession false\n" in kept
    assert "bridge_cafile /ca.pem\n" in kept


@pytest.mark.parametrize(
    ("name", "source", "topics", "message"),
    [
        ("a b", SOURCE, [UPLINKS], "letters, digits and -: 'a b'"),
        ("a", SOURCE, [], "bridge a has no topic"),
        ("a", SOURCE, ["a b"], "topic 'a b' has a space"),
        ("a", SOURCE, ["a\nallow_anonymous true"], "has a space or a line break"),
        ("a", replace(SOURCE, password=""), [UPLINKS], "no password for user 'app@ttn'"),
        ("a", replace(SOURCE, password=BROKEN), ["a"], "a line break"),
        ("a", replace(SOURCE, password=SPACED), ["a"], "begins or ends with a space"),
    ],
)
def test_a_bridge_that_cannot_be_written_says_why(
    name: str, source: Broker, topics: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as told:
        bridge_configuration(name, source, topics)
    assert "secret" not in str(told.value)


# Entering


@service
def test_a_password_opens_the_door_and_another_does_not(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Session(city.url(), "test-known", ["agro/#"]) as known,
        Session(city.url(password=GUESSED), "test-unknown", ["agro/#"]) as unknown,
    ):
        wait_until(lambda: known.connected)
        wait_until(lambda: city.log.count("not authorised") >= 3, seconds=15)  # it keeps trying
        assert not unknown.connected
        assert warnings(caplog) == [  # … and says so once
            f"broker mqtt://127.0.0.1:{city.port} refuses user 'collector': Not authorized; "
            "trying again"
        ]
        city.set_password("collector", GUESSED)
        city.reload()
        wait_until(lambda: unknown.connected, seconds=20)
        assert GUESSED not in f"{caplog.text}{unknown.broker}{unknown.broker!r}{city.log}"


@service
def test_a_removed_user_is_put_out(city: City) -> None:
    with Session(city.url("probe-1"), "test-removed", ["agro/#"]) as session:
        wait_until(lambda: session.connected)
        subprocess.run(["mosquitto_passwd", "-D", city.passwords, "probe-1"], check=True)
        city.reload()
        wait_until(lambda: not session.connected)


@service
@ignores_a_dropped_socket
def test_tls_needs_the_right_authority(
    tmp_path: Path, papers: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with City(tmp_path, tls=Tls(papers / "broker.pem", papers / "broker.key")) as city:
        trusting = Session(city.url(query=f"?ca={papers / 'ca.pem'}"), "test-trusting", ["a"])
        doubting = Session(city.url(), "test-doubting", ["a"])
        with trusting, doubting:
            wait_until(lambda: trusting.connected)
            wait_until(lambda: refusals(city) >= 2, seconds=20)
            assert not doubting.connected
    refused = [line for line in warnings(caplog) if "certificate verify failed" in line]
    assert len(refused) == 1
    gc.collect()  # that socket's warning belongs here, not to the next test


@service
@ignores_a_dropped_socket
def test_a_broker_may_ask_for_our_certificate(
    tmp_path: Path, papers: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ca = papers / "ca.pem"
    with City(tmp_path, tls=Tls(papers / "broker.pem", papers / "broker.key", ca)) as city:

        def session(name: str) -> Session:
            own = f"&cert={papers / name}.pem&key={papers / name}.key" if name else ""
            return Session(city.url(query=f"?ca={ca}{own}"), f"test-{name or 'none'}", ["a"])

        with session("client") as known, session("stranger") as stranger, session("") as none:
            wait_until(lambda: known.connected)
            wait_until(lambda: refusals(city) >= 4, seconds=20)
            assert not stranger.connected
            assert not none.connected
        hung_up = f"mqtts://127.0.0.1:{city.port} hangs up before it answers (our certificate?)"
        assert [line.partition(": ")[0] for line in warnings(caplog)] == [f"broker {hung_up}"] * 2
    gc.collect()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("ca={0}/none.pem", r"none.pem cannot be used \(No such file"),
        ("ca={0}/ca.key", "name a PEM file of its certificate"),
        ("cert={0}/client.pem&key={0}/ca.key", "cannot be used .*the key without a passphrase"),
        ("cert={0}/client.pem&key={0}/locked.key", "the key without a passphrase"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(papers: Path, query: str, message: str) -> None:
    command = "openssl ec -in client.key -out locked.key -aes256 -passout pass:x"
    subprocess.run(command.split(), check=True, capture_output=True, cwd=papers)
    with pytest.raises(ValueError, match=message):
        Session(f"mqtts://host?{query.format(papers)}", "test", ["a"])


@pytest.mark.parametrize(
    "url",
    [
        "mqtt://anne:secret/1@host",
        "mqtt://anne:12/secret@host",
        "mqtt://anne:12?secret@host",
        "mqtt://anne:12#secret@host",
        "mqtt://anne:secret@[host",
        "mqtt://anne:secret℀@host",
        "http://anne:secret@host",
        "mqtt://anne:secret@host:port",
    ],
)
def test_a_password_that_breaks_the_url_is_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="write mqtt://host") as told:
        read_broker_url(url)
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None


# Who may do what


@service
def test_a_device_writes_its_own_topic_and_reads_nothing(city: City) -> None:
    with (
        Session(city.url(), "test-all", ["#"]) as collector,
        Session(city.url("probe-1"), "test-curious", ["#", TOPIC]) as curious,
    ):
        wait_until(lambda: collector.connected and curious.connected)
        with client(city, "probe-1") as publish:
            for topic in (
                "agro/verger/probe-2",
                "agro/verger/probe-1",
                "agro/potager/probe-2",
                "agro/potager",
                "agro/potager/probe-11",
                "application/1/device/a/event/up",
                "$SYS/broker/uptime",
            ):
                publish(topic, ["not allowed"])
            publish(TOPIC, ["own"])
            publish(f"{TOPIC}/diagnosis", ["below"])
        with client(city, "chirpstack") as publish:
            publish(TOPIC, ["not allowed"])
            publish("application/1/device/a/event/up", ["uplink"])
        with client(city, "collector") as publish:
            publish(TOPIC, ["not allowed"])
        assert take(collector, 4, seconds=2) == ["own", "below", "uplink"]
        assert curious.batch(max_wait=0.5) == []


@service
def test_a_packet_beyond_the_limit_ends_its_connection_and_no_other(city: City) -> None:
    with Session(city.url(), "test-oversize", ["#"]) as collector:
        wait_until(lambda: collector.connected)
        with client(city, "probe-1", qos=0) as publish, suppress(RuntimeError):
            publish(TOPIC, ["x" * (LARGEST_PACKET + 1)])  # raises when the line is cut meanwhile
        wait_until(lambda: "oversize packet" in city.log)
        with client(city, "probe-2") as publish:
            publish("agro/verger/probe-2", ["x" * (LARGEST_PACKET - 100)])
        assert [len(body) for body in take(collector, 1)] == [LARGEST_PACKET - 100]


@service
def test_what_is_dropped_is_logged(city: City) -> None:
    city.stop()
    city.add("max_queued_messages 10", "max_inflight_messages 10")
    city.start()
    with Session(city.url(), "test-dropped", [TOPIC]) as session:
        wait_until(lambda: session.connected)
    with client(city, "probe-1") as publish:
        publish(TOPIC, numbers(50))
    wait_until(lambda: "messages are being dropped for client test-dropped" in city.log)


# Stopping and killing


@contextmanager
def absent(city: City, count: int = 3000) -> Iterator[None]:
    """A kept session that is away while `count` messages are sent and acknowledged."""
    with Session(city.url(), "test-absent", ["agro/+/+"]) as session:
        wait_until(lambda: session.connected)
    with client(city, "probe-1") as publish:
        publish(TOPIC, numbers(count))
    yield


def returned(city: City, count: int, *, seconds: float = 20.0) -> list[str]:
    with Session(city.url(), "test-absent", ["agro/+/+"]) as session:
        return take(session, count, seconds=seconds)


@service
def test_a_restarted_broker_has_everything(city: City) -> None:
    with absent(city):
        city.stop()
        city.start()
    assert returned(city, 3000) == numbers(3000)


@service
def test_a_killed_broker_has_everything_up_to_its_last_save(city: City) -> None:
    """What came after the save is the loss: a tail, never a hole, and shorter than one interval."""
    with absent(city):
        sent = time.time()
        wait_until(lambda: city.saved_at > sent, seconds=AUTOSAVE_S + 5)
        waited = time.time() - sent
        with client(city, "probe-1") as publish:
            publish(TOPIC, numbers(100, 3000))
        city.kill()
        city.start()
    assert waited <= AUTOSAVE_S + 3
    got = returned(city, 3100, seconds=3)
    assert got[:3000] == numbers(3000)
    assert got == numbers(len(got))


# Bridges


@contextmanager
def bridged(tmp_path: Path, source: Any, **parts: Any) -> Iterator[City]:
    """A city's broker with a bridge to a source."""
    there = Broker("127.0.0.1", source.port, **parts)
    text = bridge_configuration("source", there, [UPLINKS, "agro/+/+"])
    with City(tmp_path, bridge=text) as city:
        yield city


def watch(city: City) -> Session:
    """What the broker says of its bridge."""
    return Session(city.url(), "test-watch", ["$SYS/broker/connection/+/state"])


def wait_for_bridge(watching: Session, state: str = "1", *, seconds: float = 40.0) -> None:
    """Wait until the bridge is said to be up (1) or down (0)."""
    wait_until(lambda: take(watching, 1, seconds=1) == [state], seconds=seconds)
    time.sleep(0.2)  # connected; it subscribes next


@service
def test_a_bridge_keeps_qos_0_for_an_absent_or_dying_collector(
    tmp_path: Path, own_mosquitto: Any
) -> None:
    topic = UPLINKS.replace("+", "probe-1")
    with bridged(tmp_path, own_mosquitto) as city, watch(city) as watching:
        with Session(city.url(), "test-bridge", ["v3/+/devices/+/up"]) as session:
            wait_until(lambda: session.connected)
        wait_for_bridge(watching)
        with client(own_mosquitto, qos=0) as publish:
            started = time.monotonic()
            for start in range(0, 3000, 300):  # over two seconds of absence
                publish(topic, numbers(300, start))
                time.sleep(0.2)
            assert time.monotonic() - started >= 2
        with Session(city.url(), "test-bridge", ["v3/+/devices/+/up"]) as dying:
            assert take(dying, 1000, keep=True) == numbers(1000)  # dies before the commit
        city.stop()
        city.start()
        with Session(city.url(), "test-bridge", ["v3/+/devices/+/up"]) as session:
            assert take(session, 3000) == numbers(3000)


@service
def test_a_bridge_comes_back_to_a_restarted_source(tmp_path: Path, own_mosquitto: Any) -> None:
    topic = UPLINKS.replace("+", "probe-1")
    with (
        bridged(tmp_path, own_mosquitto) as city,
        watch(city) as watching,
        Session(city.url(), "test-return", ["v3/+/devices/+/up"]) as session,
    ):
        wait_until(lambda: session.connected)
        for body in ("before", "after"):
            wait_for_bridge(watching)
            with client(own_mosquitto, qos=0) as publish:
                publish(topic, [body])
            assert take(session, 1) == [body]
            if body == "before":
                own_mosquitto.stop()
                wait_for_bridge(watching, "0")
                own_mosquitto.start()


@service
def test_a_bridge_speaks_tls_with_a_password(tmp_path: Path, papers: Path) -> None:
    tls = Tls(papers / "broker.pem", papers / "broker.key")
    with City(tmp_path, tls=tls, name="there") as there:
        entering = {"user": "collector", "password": PASSWORDS["collector"]}
        ca = str(papers / "ca.pem")
        with (
            bridged(tmp_path, there, **entering, tls=True, ca_file=ca) as city,
            watch(city) as watching,
        ):
            wait_for_bridge(watching)
