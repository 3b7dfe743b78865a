"""Mosquitto's files: a broker that keeps what a collector has not taken, and says who may do what.

Each setting is written with its reason. Mosquitto's defaults drop in silence: all but 1,000 queued
messages of an absent client, everything queued since the last save (half an hour) when the broker
is killed, and every message of QoS 0 on its way to a collector that dies. What remains here is the
loss window of a broker that is itself killed or loses its power: what it acknowledged since its
last save. Sixteen kills at random moments (mosquitto 2.0.11, 460 messages/s) lost the last 0.8 to
5.7 s, never more than `AUTOSAVE_S` and a second, and never from the middle. A broker that is
stopped saves first and loses nothing. With 400,000 messages queued a save holds it up for 0.8 s.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sensors.mqtt import IN_FLIGHT, Broker

AUTOSAVE_S = 5
LARGEST_PACKET = 1024 * 1024  # bytes; above `sensors.envelopes.LARGEST`, so that is told first
COLLECTOR = "collector"
NETWORKS: Mapping[str, Sequence[str]] = {
    "chirpstack": (
        "write application/+/device/+/event/#",
        "read application/+/device/+/command/#",
    ),
    "the-things-stack": ("write v3/+/devices/#",),
}
"""The network servers' users, and what each may do."""

_Setting = tuple[str, str]  # the line, and why


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a broker's certificate; with an `authority` every client must show one of its."""

    certificate: Path
    key: Path
    authority: Path | None = None


def broker_configuration(folder: Path, *, port: int, host: str = "127.0.0.1") -> str:
    """A broker for one machine: open, on the loopback unless told otherwise."""
    settings = [
        (f"listener {port} {host}", "one address: this machine unless told otherwise"),
        ("allow_anonymous true", "for this machine's own processes; see agro broker-files"),
        ("user root", "read only when started by root: its folder need not change owner"),
        *_keeping(folder),
        ("log_dest stderr", "its supervisor shows it"),
        ("log_type error", "what is wrong"),
        ("log_type warning", "what may become wrong"),
    ]
    return _text(settings)


def production_configuration(
    folder: Path,
    port: int,
    *,
    password_file: Path,
    acl_file: Path,
    tls: Tls | None = None,
    host: str = "",
    user: str = "mosquitto",
    bridges: Path | None = None,
) -> str:
    """A broker for a city: passwords, an access list, TLS.

    Parameters
    ----------
    folder : Where the broker keeps its queue.
    port : The one it listens on.
    password_file : Of `mosquitto_passwd`.
    acl_file : Of `access_list`.
    tls : Without it the broker answers this machine only, unless a `host` is named.
    host : The address to listen on; empty = all with TLS, the loopback without.
    user : Whom the broker becomes when root starts it.
    bridges : Folder of `bridge_configuration` files, each `*.conf`.
    """
    where = host or ("" if tls else "127.0.0.1")
    settings = [
        (f"listener {port} {where}".rstrip(), _listening(tls, where)),
        *(_certificates(tls) if tls else ()),
        ("allow_anonymous false", "nobody enters without a name and a password"),
        (f"password_file {password_file.as_posix()}", "made by mosquitto_passwd; read on SIGHUP"),
        (f"acl_file {acl_file.as_posix()}", "who may write and read what; read on SIGHUP"),
        (f"user {user}", "whom root becomes; the files must be this user's"),
        *_keeping(folder),
        ("log_dest stderr", "systemd's journal keeps it"),
        ("log_type error", "what is wrong"),
        ("log_type warning", "what may become wrong"),
        ("log_type notice", "who was refused, and whose messages are dropped: never in silence"),
        ("log_timestamp_format %Y-%m-%dT%H:%M:%S", "a time that a person reads"),
    ]
    if bridges is not None:
        settings.append(
            (f"include_dir {bridges.as_posix()}", "bridges hold secrets: files of their own")
        )
    return f"{_RATES}\n{_text(settings)}"


def access_list(
    devices: Iterable[tuple[str, str]],
    *,
    collector: str = COLLECTOR,
    networks: Mapping[str, Sequence[str]] = NETWORKS,
) -> str:
    """Who may do what: what is not listed is refused.

    Mosquitto confirms a refused reader's subscription, which stays empty, and acknowledges a
    refused writer's message, which goes nowhere; `log_type debug` shows both.

    Parameters
    ----------
    devices : (site, device) of each device that speaks to this broker itself. Its user is named as
        the device, and may write below `agro/{site}/{device}`, nothing else.
    collector : The user who may read everything, and write nothing.
    networks : Users of network servers, and their topics: `write application/#`.

    Raises
    ------
    ValueError  A name does not fit into a topic, or two users have the same.
    """
    users: dict[str, Sequence[str]] = {collector: ("read #", "read $SYS/#"), **networks}
    places = sorted(set(devices))
    for site, device in places:
        for name in (site, device):
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"device {device!r} of site {site!r} does not fit into a topic and a user's "
                    "name; use letters, digits and . _ : @ - in both"
                )
        if device in users:
            raise ValueError(f"two users would be named {device!r}; rename the device")
        users[device] = (f"write agro/{site}/{device}/#",)  # covers agro/{site}/{device} itself
    head = "# Written by agro; users' passwords are in the password file.\n"
    return head + "".join(
        f"\nuser {user}\n" + "".join(f"topic {topic}\n" for topic in topics)
        for user, topics in users.items()
    )


def bridge_configuration(name: str, source: Broker, topics: Sequence[str], *, qos: int = 0) -> str:
    """A bridge that fetches another broker's messages into ours, which keeps them.

    The Things Stack speaks MQTT 3.1.1 at QoS 0 and keeps no session. Our broker raises what it
    fetched to QoS 1 (`upgrade_outgoing_qos`), so that from here on a collector may stop or die.
    What is sent while the bridge itself is away is lost to it at QoS 0.

    Parameters
    ----------
    name : Of the connection.
    source : The other broker. Its password stands in the result, as Mosquitto demands: mode 0600.
    topics : Filters to fetch: `v3/app@tenant/devices/+/up`.
    qos : 1 where the other broker grants it: then it keeps a session for us, too.

    Raises
    ------
    ValueError  A part cannot stand in Mosquitto's file; the message does not show the password.
    """
    _check_bridge(name, source, topics)
    host = f"[{source.host}]" if ":" in source.host else source.host
    settings = [
        (f"connection {name}", "its client id is this name and the machine's: one each"),
        (f"address {host}:{source.port}", "the other broker"),
        ("bridge_protocol_version mqttv311", "what The Things Stack speaks"),
        *(_entering(source) if source.user else ()),
        *(_trusting(source) if source.tls else ()),
        *((f"topic {topic} in {qos}", "fetched, never sent") for topic in topics),
        (f"cleansession {'false' if qos else 'true'}", "false where a session is kept: QoS 1"),
        ("start_type automatic", "connects by itself, again and again"),
        ("restart_timeout 1 30", "seconds between two attempts, growing"),
        ("keepalive_interval 30", "a dead line is noticed within 45 s"),
        ("notifications_local_only true", "its state is told here; elsewhere that is refused"),
        ("try_private false", "only another Mosquitto understands it"),
        ("bridge_attempt_unsubscribe false", "we send nothing, so nothing is to be undone"),
    ]
    return _text(settings)


_NAME = re.compile(r"[\w.:@-]+")
_RATES = """\
# Written by agro.
#
# Mosquitto has no rate limit for a client. What bounds one that floods: the packet limit and the
# queue limit below; a firewall (nftables `limit rate` by address); and our collector, which takes
# 256 KiB and 200 readings a message and 500 messages a transaction. `mosquitto_passwd -D` and
# SIGHUP put a device out at once, also while it is connected.
"""


def _keeping(folder: Path) -> Sequence[_Setting]:
    """What makes a broker keep messages; the same for a demo and a city."""
    return (
        ("persistence true", "what is queued survives a restart"),
        (f"persistence_location {folder.as_posix()}/", "where it survives"),
        (
            f"autosave_interval {AUTOSAVE_S}",
            "seconds between two saves: what a killed broker loses (default 1,800)",
        ),
        (
            f"max_inflight_messages {IN_FLIGHT}",
            "on their way at once to a collector, which acknowledges by the batch (default 20)",
        ),
        (
            "max_queued_messages 1000000",
            "kept for an absent client; more is dropped, and logged",
        ),
        ("max_queued_bytes 0", "only the line above limits it"),
        ("queue_qos0_messages true", "kept for an absent client at QoS 0, too"),
        (
            "upgrade_outgoing_qos true",
            "what came at QoS 0 (networks, bridges) is acknowledged by the collector as well",
        ),
        ("persistent_client_expiration 30d", "a client gone for longer is forgotten"),
        (
            f"max_packet_size {LARGEST_PACKET}",
            "bytes; who sends more is disconnected. A body over 256 KiB becomes a problem, told",
        ),
    )


def _listening(tls: Tls | None, where: str) -> str:
    if tls:
        return "over TLS only"
    if where in ("127.0.0.1", "::1", "localhost"):
        return "without TLS this machine only: passwords would cross the network in clear"
    return "without TLS: passwords cross this network in clear"


def _certificates(tls: Tls) -> Sequence[_Setting]:
    own = (
        (f"certfile {tls.certificate.as_posix()}", "the broker's certificate and its chain"),
        (f"keyfile {tls.key.as_posix()}", "the broker's key"),
    )
    if tls.authority is None:
        return own
    return (
        *own,
        (f"cafile {tls.authority.as_posix()}", "who signs the clients' certificates"),
        ("require_certificate true", "a client shows its certificate besides its password"),
    )


def _entering(source: Broker) -> Sequence[_Setting]:
    return (
        (f"remote_username {source.user}", "our name there"),
        (f"remote_password {source.password}", "Mosquitto takes it from here only: mode 0600"),
    )


def _trusting(source: Broker) -> Iterable[_Setting]:
    if source.ca_file:
        yield f"bridge_cafile {source.ca_file}", "speaks TLS and believes this authority"
    else:
        yield "bridge_capath /etc/ssl/certs", "speaks TLS and believes the system's authorities"
    if source.certificate:
        yield f"bridge_certfile {source.certificate}", "our certificate"
        yield f"bridge_keyfile {source.key or source.certificate}", "its key"


def _check_bridge(name: str, source: Broker, topics: Sequence[str]) -> None:
    """A line break in any part would begin a setting of its own."""
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise ValueError(f"bridge name must be letters, digits and -: {name!r}")
    if not topics:
        raise ValueError(f"bridge {name} has no topic; name one")
    if source.user and not source.password:
        raise ValueError(f"bridge {name} has no password for user {source.user!r}")
    files = (source.ca_file, source.certificate, source.key)
    for value in (source.host, source.user, source.password, *files):
        if not value.isprintable() or value != value.strip():
            raise ValueError(
                f"bridge {name}: host, user, password or a file begins or ends with a space, or "
                "has a line break; that cannot stand in Mosquitto's file"
            )
    for topic in topics:
        if not topic.isprintable() or " " in topic or not topic:
            raise ValueError(f"bridge {name}: topic {topic!r} has a space or a line break")


def _text(settings: Iterable[_Setting]) -> str:
    return "".join(f"# {why}\n{line}\n" for line, why in settings)
