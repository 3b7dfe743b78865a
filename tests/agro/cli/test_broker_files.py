"""`agro broker-files`: files that a Mosquitto starts with, and no secret where it need not be."""

import io
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from agro.config import settings
from sensors.mqtt import Session, read_broker_url

TTS = "tts=mqtts://app@ttn@eu1.example"


def test_it_explains_itself(agro: Any) -> None:
    done = agro("broker-files", "--help")
    assert (done.code, done.lines) == (0, [])
    assert "Usage: agro broker-files" in done.out


def test_the_access_list_is_that_of_the_register(dijon: Any, tmp_path: Path) -> None:
    done = dijon("broker-files", "--out", tmp_path / "broker")
    assert done.code == 0
    assert done.lines == ["without --certificate the broker answers this machine only"]
    device = "domaine-de-la-cras-site-dl-atm41"
    lines = (tmp_path / "broker" / "acl").read_text().splitlines()
    at = lines.index(f"user {device}")
    assert lines[at + 1] == f"topic write agro/domaine-de-la-cras/{device}/#"
    assert "mosquitto_passwd" in done.out


def test_every_file_is_for_its_owner_only(
    dijon: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("NNSXS.KEY\n"))
    out = tmp_path / "broker"
    done = dijon("broker-files", "--out", out, "--bridge", TTS)
    files = [file for file in out.rglob("*") if file.is_file()]
    assert len(files) == 4
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert [file.name for file in files if "NNSXS" in file.read_text()] == ["tts.conf"]
    assert "topic v3/app@ttn/devices/+/up in 0" in (out / "bridges" / "tts.conf").read_text()
    assert "NNSXS" not in f"{done.out}{done.lines}"


def test_a_bridge_may_name_its_topics(dijon: Any, tmp_path: Path) -> None:
    url = "own=mqtt://anne:secret@10.0.0.7?topic=application/+/device/+/event/up&topic=a/%23&qos=1"
    done = dijon("broker-files", "--out", tmp_path, "--bridge", url)
    text = (tmp_path / "bridges" / "own.conf").read_text()
    assert "topic application/+/device/+/event/up in 1\n" in text
    assert "topic a/# in 1\n" in text
    assert "address 10.0.0.7:1883\n" in text
    assert any("in your shell's history" in line for line in done.lines)


def test_settings_and_passwords_stay_unless_forced(dijon: Any, tmp_path: Path) -> None:
    dijon("broker-files", "--out", tmp_path, "--port", 1999)
    (tmp_path / "passwords").write_text("kept")
    again = dijon("broker-files", "--out", tmp_path)
    assert any("--force writes it anew" in line for line in again.lines)
    assert "listener 1999 " in (tmp_path / "mosquitto.conf").read_text()
    assert (tmp_path / "passwords").read_text() == "kept"
    dijon("broker-files", "--out", tmp_path, "--force", "--certificate", "c.pem", "--key", "k.pem")
    assert "listener 8883\n" in (tmp_path / "mosquitto.conf").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--key", "k.pem"), "--certificate: is needed with --key"),
        (("--certificate", "c.pem"), "--key: is needed with --certificate"),
        (("--bridge", "mqtts://anne:secret@host"), "number 1 is not NAME=URL"),
        (("--bridge", "a=http://anne:secret@host"), "--bridge a: broker URL must be mqtt"),
        (("--bridge", "a=mqtts://anne:secret/1@host"), "--bridge a: broker URL cannot be read"),
        (("--bridge", "a=mqtts://host"), "--bridge a: bridge a has no topic"),
        (("--bridge", TTS, "--bridge", TTS), "--bridge: tts is there twice"),
    ],
)
def test_a_wrong_option_is_one_line_without_a_secret(
    dijon: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("key\nkey\n"))
    done = dijon("broker-files", "--out", tmp_path / "broker", *words)
    assert (done.code, len(done.lines)) == (2, 1)
    assert told in done.lines[0]
    assert "secret" not in done.lines[0]
    assert not (tmp_path / "broker").exists()


def test_the_files_of_tls_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CA", "/ca + 1.pem"), ("CERT", "/c.pem"), ("KEY", "/k.pem")):
        monkeypatch.setenv(f"AGRO_BROKER_{name}", value)
    monkeypatch.setenv("AGRO_BROKER_URL", "mqtts://anne:secret@host")
    broker = read_broker_url(settings().broker)
    assert (broker.ca_file, broker.certificate, broker.key) == ("/ca + 1.pem", "/c.pem", "/k.pem")
    assert "secret" not in f"{broker} {broker!r}"
    monkeypatch.setenv("AGRO_BROKER_URL", "mqtt://host")
    assert settings().broker == "mqtt://host"


@pytest.mark.service
def test_mosquitto_starts_with_the_files(dijon: Any, tmp_path: Path) -> None:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None or shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto or mosquitto_passwd is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    out = tmp_path / "broker"
    url = f"self=mqtt://collector:secret@127.0.0.1:{port}?topic=none"
    dijon("broker-files", "--out", out, "--port", port, "--bridge", url)
    subprocess.run(["mosquitto_passwd", "-b", out / "passwords", "collector", "secret"], check=True)
    configuration = out / "mosquitto.conf"
    # Started by root it would become the user mosquitto, whom pytest's folder keeps out.
    configuration.write_text(configuration.read_text().replace("user mosquitto", "user root"))
    process = subprocess.Popen([program, "-c", configuration], stderr=subprocess.DEVNULL)
    try:
        with Session(f"mqtt://collector:secret@127.0.0.1:{port}", "test", ["#"]) as session:
            deadline = time.monotonic() + 10
            while not session.connected and time.monotonic() < deadline:
                time.sleep(0.05)
            assert session.connected
    finally:
        process.terminate()
        process.wait(10)
