"""Mosquitto with our files: nothing dropped in silence, nobody where he does not belong."""

import gc
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sensors.broker import (
    LARGEST_PACKET,
    Tls,
    access_list,
    bridge_configuration,
    production_configuration,
)
from sensors.mqtt import Broker, Session, read_broker_url
from tests.sensors.broker_city import (
    BROKEN,
    GUESSED,
    NEIGHBOUR,
    PROBE,
    SOURCE,
    SPACED,
    TOPIC,
    UPLINKS,
    City,
    city,
    client,
    ignores_a_dropped_socket,
    numbers,
    papers,
    refusals,
    service,
    take,
    wait_until,
    warnings,
)

__all__ = ["city", "papers"]


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
