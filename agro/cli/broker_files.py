"""`agro broker-files`: Mosquitto's files for a city's own broker."""

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

import typer

from agro.cli.city import city_store
from agro.cli.output import Gathered, answer, configured, tell
from agro.errors import AgroError, BadInput

if TYPE_CHECKING:
    from sensors.broker import Tls

_PLAIN, _TLS = 1883, 8883


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(broker_files)


def broker_files(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files shall live.")],
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Else 8883 with TLS, 1883 without.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The broker's, PEM; none = no TLS.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key, PEM.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Every client shows a certificate of it.")
    ] = None,
    bridge: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=URL", help="Fetch from mqtts://app@tenant@host[?topic=…&qos=1]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write mosquitto.conf anew.")] = False,
) -> None:
    """Write a broker's files: settings, who may write what (from the register), bridges."""
    folder = out.resolve()
    gathered = Gathered()
    tls = gathered.of(lambda: _tls(certificate, key, client_ca))
    bridges = gathered.of(lambda: _bridges(bridge or []))
    devices = gathered.of(_devices)
    gathered.check()
    try:
        _folders(folder)
        _settings(folder, port, tls, force=force)
        _write(folder / "acl", devices or "")
        for name, text in (bridges or {}).items():
            _write(folder / "bridges" / f"{name}.conf", text)
    except OSError as error:
        raise AgroError(f"--out: {error.filename} cannot be written: {error.strerror}") from error
    _next_steps(folder)


def _tls(certificate: Path | None, key: Path | None, client_ca: Path | None) -> "Tls | None":
    from sensors.broker import Tls

    if certificate is None and (key or client_ca):
        raise BadInput(["--certificate: is needed with --key and --client-ca; name its PEM file"])
    if certificate is None:
        return None
    if key is None:
        raise BadInput(["--key: is needed with --certificate; name its PEM file"])
    return Tls(certificate.resolve(), key.resolve(), client_ca.resolve() if client_ca else None)


def _bridges(options: list[str]) -> dict[str, str]:
    """The bridges' files by name; nothing of an option is repeated, for its password."""
    made: dict[str, str] = {}
    for number, option in enumerate(options, 1):
        name, equals, url = option.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9-]+", name):
            line = f"--bridge: number {number} is not NAME=URL; NAME is letters, digits and -"
            raise BadInput([line])
        if name in made:
            raise BadInput([f"--bridge: {name} is there twice; give each its own name"])
        try:
            made[name] = _bridge(name, url)
        except ValueError as error:
            raise BadInput([f"--bridge {name}: {error}"]) from error
    return made


def _bridge(name: str, url: str) -> str:
    from dataclasses import replace

    from sensors.broker import bridge_configuration
    from sensors.mqtt import read_broker_url

    source = read_broker_url(url)
    # A plus sign is a topic's wildcard here, not a form's space.
    query = [part.partition("=")[::2] for part in urlsplit(url).query.split("&")]
    topics = [unquote(value) for key, value in query if key == "topic"]
    if not topics and source.user:
        topics = [f"v3/{source.user}/devices/+/up"]  # The Things Stack's
    if source.password:
        tell(f"--bridge {name}: its password is in your shell's history; without it, I ask for it")
    elif source.user:
        source = replace(source, password=_asked(f"{source.user} at {source.host}"))
    return bridge_configuration(name, source, topics, qos=int(("qos", "1") in query))


def _asked(whose: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(f"Password of {whose}", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _devices() -> str:
    """The access list of the registered devices."""
    from agro.store import farms
    from sensors.broker import access_list

    with city_store(configured()) as engine, engine.connect() as c:
        devices = farms.devices(c)
    try:
        return access_list((one.site, one.device) for one in devices)
    except ValueError as error:
        raise BadInput([str(error)]) from error


def _folders(folder: Path) -> None:
    for one in (folder, folder / "bridges", folder / "state"):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Mosquitto does not start without it; empty, it lets nobody in.
    if not (folder / "passwords").exists():
        _write(folder / "passwords", "")


def _settings(folder: Path, port: int | None, tls: "Tls | None", *, force: bool) -> None:
    from sensors.broker import production_configuration

    file = folder / "mosquitto.conf"
    if file.exists() and not force:
        tell(f"{file} is there and stays as it is; --force writes it anew")
        return
    text = production_configuration(
        folder / "state",
        port or (_TLS if tls else _PLAIN),
        password_file=folder / "passwords",
        acl_file=folder / "acl",
        tls=tls,
        bridges=folder / "bridges",
    )
    _write(file, text)
    if tls is None:
        tell("without --certificate the broker answers this machine only")


def _write(file: Path, text: str) -> None:
    """Write for the owner only, and never leave half a file."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    new.replace(file)


def _next_steps(folder: Path) -> None:
    from sensors.broker import COLLECTOR, NETWORKS

    passwords = folder / "passwords"
    answer(f"Written to {folder}: mosquitto.conf, acl, passwords, bridges/, state/")
    answer("Give each user a password, which Mosquitto keeps as a hash only:")
    answer(f"  mosquitto_passwd {passwords} {COLLECTOR}")
    answer(
        f"  mosquitto_passwd {passwords} DEVICE      # a device that speaks to this broker itself"
    )
    answer(f"  mosquitto_passwd {passwords} {next(iter(NETWORKS))}  # a network server of your own")
    answer(f"  chown -R mosquitto: {folder}")
    answer(f"  mosquitto -c {folder / 'mosquitto.conf'}")
    answer("After a new device or password: this command again, chown, kill -HUP of mosquitto.")
    answer("After a new bridge: this command again, chown, a restart of mosquitto.")
