"""The session loses nothing: what is not acknowledged comes again, also after restarts."""

import gc
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from sensors.broker import broker_configuration
from sensors.mqtt import BATCH, Broker, Message, Session, read_broker_url

service = pytest.mark.service


@contextmanager
def publisher(port: int) -> Iterator[Callable[[str, list[str]], None]]:
    """A client that publishes at QoS 1 and waits until the broker has everything."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()

    def publish(topic: str, bodies: list[str]) -> None:
        for sent in [client.publish(topic, body, qos=1) for body in bodies]:
            sent.wait_for_publish(30)

    yield publish
    client.disconnect()
    client.loop_stop()


def wait_until(true: Callable[[], object], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def take(session: Session, count: int, *, seconds: float = 10.0) -> list[Message]:
    """Messages until `count` have come, or the time is over."""
    deadline, messages = time.monotonic() + seconds, list[Message]()
    while len(messages) < count and time.monotonic() < deadline:
        messages += session.batch()
    return messages


def bodies(messages: list[Message]) -> list[str]:
    return [message.body.decode() for message in messages]


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("mqtt://localhost", Broker("localhost", 1883)),
        ("mqtt://[::1]:1999", Broker("::1", 1999)),
        ("mqtts://a%40b:p%2Fw@eu1.example", Broker("eu1.example", 8883, "a@b", "p/w", tls=True)),
        ("mqtts://h?ca=/etc/ca.pem", Broker("h", 8883, tls=True, ca_file="/etc/ca.pem")),
    ],
)
def test_a_broker_url_says_where_and_how_to_enter(url: str, broker: Broker) -> None:
    assert read_broker_url(url) == broker


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://localhost", "not http://localhost; write mqtt://host:1883"),
        ("localhost", r"not \(no scheme\)://\(no host\)"),
        ("mqtt://host:99999", r"cannot be read \(Port out of range 0-65535\)"),
    ],
)
def test_a_wrong_broker_url_says_what_to_write(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_broker_url(url)


def test_secrets_are_not_shown() -> None:
    broker = read_broker_url("mqtts://user:secret@host")
    assert "secret" not in f"{broker} {broker!r}"


def test_a_session_needs_a_name() -> None:
    with pytest.raises(ValueError, match="client_id must not be empty"):
        Session("mqtt://localhost", "", ["a"])


@service
def test_what_is_acknowledged_does_not_come_again(mosquitto: Any) -> None:
    topic, sent = "test/acknowledged", [str(i) for i in range(50)]
    session = Session(mosquitto.url, "test-acknowledged", [topic])
    with publisher(mosquitto.port) as publish:
        with session:
            wait_until(lambda: session.connected)
            publish(topic, sent)
            messages = take(session, 50)
            assert bodies(messages) == sent
            assert {message.topic for message in messages} == {topic}
            session.acknowledge(messages[:30])
        publish("test/elsewhere", ["the broker has read what came before"])
    with Session(mosquitto.url, "test-acknowledged", [topic]) as again:
        assert bodies(take(again, 20)) == sent[30:]


@service
def test_what_is_sent_while_away_is_kept(mosquitto: Any) -> None:
    topic, sent = "test/away", [str(i) for i in range(2000)]
    session = Session(mosquitto.url, "test-away", [topic])
    with session:
        wait_until(lambda: session.connected)
    with publisher(mosquitto.port) as publish:
        publish(topic, sent)
    got: list[str] = []
    with Session(mosquitto.url, "test-away", [topic]) as again:
        while len(got) < 2000 and (messages := again.batch(max_wait=5)):
            assert len(messages) <= BATCH
            got += bodies(messages)
            again.acknowledge(messages)
    assert got == sent


@service
def test_a_batch_ends_by_count_by_silence_or_by_time(mosquitto: Any) -> None:
    topic = "test/batch"
    session = Session(mosquitto.url, "test-batch", [topic])
    with session, publisher(mosquitto.port) as publish:
        wait_until(lambda: session.connected)
        start = time.monotonic()
        assert session.batch(max_wait=0.1) == []
        assert 0.05 < time.monotonic() - start < 5
        publish(topic, ["1", "2", "3"])
        wait_until(lambda: session.waiting == 3)
        start = time.monotonic()
        assert len(session.batch(2, max_wait=9)) == 2
        assert len(session.batch(2, max_wait=9)) == 1
        assert time.monotonic() - start < 5


@service
def test_a_broker_restart_loses_nothing(own_mosquitto: Any) -> None:
    topic, sent = "test/restart", [str(i) for i in range(300)]
    session = Session(own_mosquitto.url, "test-restart", [topic])
    with session:
        wait_until(lambda: session.connected)
        with publisher(own_mosquitto.port) as publish:
            publish(topic, sent)
        first = take(session, 300)
        own_mosquitto.stop()
        wait_until(lambda: not session.connected)
        own_mosquitto.start()
        wait_until(lambda: session.connected)
        session.acknowledge(first)  # packets of the old connection: these must come again
        again = take(session, 300)
        assert sorted(bodies(again)) == sorted(sent)
        session.acknowledge(again)
        assert session.batch() == []


@service
def test_a_killed_broker_is_found_again(own_mosquitto: Any) -> None:
    topic = "test/killed"
    session = Session(own_mosquitto.url, "test-killed", [topic])
    with session:
        wait_until(lambda: session.connected)
        own_mosquitto.kill()
        wait_until(lambda: not session.connected)
        own_mosquitto.start()
        wait_until(lambda: session.connected)
        with publisher(own_mosquitto.port) as publish:
            publish(topic, ["after"])
        assert bodies(take(session, 1)) == ["after"]


@service
def test_credentials_open_the_door(own_mosquitto: Any, tmp_path: Path) -> None:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not installed")
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "anne", "p@ss/word"], check=True)
    passwords.chmod(0o644)
    own_mosquitto.configure("allow_anonymous false", f"password_file {passwords}")
    where = f"127.0.0.1:{own_mosquitto.port}"
    with (
        Session(f"mqtt://anne:p%40ss%2Fword@{where}", "test-known", ["a"]) as known,
        Session(f"mqtt://anne:guess@{where}", "test-unknown", ["a"]) as unknown,
    ):
        wait_until(lambda: known.connected)
        assert not unknown.connected


@service
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)  # paho drops the socket of a failed handshake without closing it
def test_tls_is_spoken_and_checked(
    own_mosquitto: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {key} -out {certificate}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    own_mosquitto.configure(f"certfile {certificate}", f"keyfile {key}")
    where = f"mqtts://localhost:{own_mosquitto.port}"
    with (
        Session(f"{where}?ca={certificate}", "test-trusting", ["a"]) as trusting,
        Session(where, "test-doubting", ["a"]) as doubting,
    ):
        wait_until(lambda: trusting.connected)
        wait_until(lambda: "certificate verify failed" in caplog.text)
        assert not doubting.connected
    gc.collect()  # that socket's warning belongs here, not to the next test


@service
def test_a_group_shares_the_messages(mosquitto: Any) -> None:
    topic, sent = "test/shared", [str(i) for i in range(200)]
    members = [
        Session(mosquitto.url, f"test-shared-{i}", [topic], group="team", in_flight=100)
        for i in range(2)
    ]
    with members[0], members[1], publisher(mosquitto.port) as publish:
        wait_until(lambda: all(member.connected for member in members))
        publish(topic, sent)
        parts = [take(member, 100) for member in members]
        for member, part in zip(members, parts, strict=True):
            member.acknowledge(part)
    assert sorted(bodies(parts[0] + parts[1])) == sorted(sent)
    assert all(parts)


@service
def test_closing_does_not_wait_for_a_broker_that_is_away(own_mosquitto: Any) -> None:
    own_mosquitto.stop()
    session = Session(own_mosquitto.url, "test-closing", ["a"])
    start = time.monotonic()
    with session:
        assert session.batch() == []
    assert time.monotonic() - start < 4
    assert not session.connected


def test_the_broker_configuration_loses_nothing_in_silence(tmp_path: Any) -> None:
    lines = broker_configuration(tmp_path, port=1884).splitlines()
    assert "listener 1884 127.0.0.1" in lines
    assert "persistence true" in lines
    assert "max_queued_messages 1000000" in lines
