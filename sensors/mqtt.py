"""An MQTT session that loses nothing: kept session, QoS 1, acknowledged only after the commit.

The network thread only queues; whoever calls `batch` writes the messages down and then calls
`acknowledge`. What was not acknowledged is delivered again after a crash, so the writing must be
idempotent. MQTT 3.1.1 carries it at half the cost of MQTT 5, which is used only where several
collectors share one subscription.
"""

import logging
import ssl
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Lock
from time import monotonic
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger(__name__)

IN_FLIGHT = 1000  # messages a broker may send before the first is acknowledged
SESSION_EXPIRY_S = 30 * 86400  # how long a broker keeps what an absent collector has missed
_QUEUE = 10_000  # more than is in flight, so that only QoS 0 can ever fill it
_KEEP_ALIVE_S = 30
_QUIET_S = 0.02  # a silence that ends a batch: a small in-flight window must not cost a full wait
_SLOWEST_RECONNECT_S = 30


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how to enter: the parts of a broker URL."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str = ""

    def __str__(self) -> str:
        """The URL without its secrets."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"


def read_broker_url(url: str) -> Broker:
    """Read `mqtt://user:password@host:port` or `mqtts://host?ca=/path/to/authority.pem`.

    Raises
    ------
    ValueError  The URL is not one of a broker; the message says what to write.
    """
    remedy = "write mqtt://host:1883 or mqtts://user:password@host:8883"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"broker URL cannot be read ({error}); {remedy}") from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        shown = f"{parts.scheme or '(no scheme)'}://{parts.hostname or '(no host)'}"
        raise ValueError(
            f"broker URL must be mqtt:// or mqtts:// with a host, not {shown}; {remedy}"
        )
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname,
        port=port or (8883 if tls else 1883),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        ca_file=parse_qs(parts.query).get("ca", [""])[0],
    )


@dataclass(frozen=True, slots=True)
class Message:
    """One received message; `connection` numbers the connection that may acknowledge it."""

    topic: str
    body: bytes
    arrived_at: datetime
    packet: int
    qos: int
    connection: int


class Session:
    """A kept session with one broker.

    Parameters
    ----------
    broker_url : As `read_broker_url` takes it.
    client_id : Fixed: the broker keeps the session under this name. One per running collector.
    topics : Topic filters to receive at QoS 1.
    group : Name of a shared subscription; empty = none. Speaks MQTT 5.
    in_flight : Unacknowledged messages allowed at once (a limit the broker hears only in MQTT 5).
    """

    def __init__(
        self,
        broker_url: str,
        client_id: str,
        topics: Iterable[str],
        *,
        group: str = "",
        in_flight: int = IN_FLIGHT,
    ) -> None:
        if not client_id:
            raise ValueError("client_id must not be empty: a kept session needs a fixed name")
        self.broker = read_broker_url(broker_url)
        self.connected = False
        self._topics = [f"$share/{group}/{topic}" if group else topic for topic in topics]
        self._in_flight = in_flight
        self._queue: Queue[Message] = Queue(_QUEUE)
        self._closing = Event()
        self._connection = 0
        self._acknowledging = Lock()
        self._client = self._make_client(client_id, shared=bool(group))

    def _make_client(self, client_id: str, *, shared: bool) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if shared else False,
            protocol=MQTTProtocolVersion.MQTTv5 if shared else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if self.broker.user:
            client.username_pw_set(self.broker.user, self.broker.password)
        if self.broker.tls:
            client.tls_set_context(ssl.create_default_context(cafile=self.broker.ca_file or None))
        client.reconnect_delay_set(min_delay=1, max_delay=_SLOWEST_RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def open(self) -> None:
        """Connect in the background and keep connecting; never fails because a broker is away."""
        client, broker = self._client, self.broker
        if client.protocol == MQTTProtocolVersion.MQTTv5:
            kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            kept.SessionExpiryInterval = SESSION_EXPIRY_S
            kept.ReceiveMaximum = self._in_flight
            client.connect_async(
                broker.host, broker.port, _KEEP_ALIVE_S, clean_start=False, properties=kept
            )
        else:
            client.connect_async(broker.host, broker.port, _KEEP_ALIVE_S)
        client.loop_start()

    def close(self) -> None:
        """Send the acknowledgements still on their way, then leave; the broker keeps the rest."""
        self._closing.set()
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        """Open the session."""
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the session."""
        self.close()

    @property
    def waiting(self) -> int:
        """Messages received and not yet taken."""
        return self._queue.qsize()

    def batch(self, max_messages: int = 500, max_wait: float = 0.2) -> list[Message]:
        """Take what has come: at most `max_messages`, after at most `max_wait` s; may be empty."""
        deadline = monotonic() + max_wait
        messages: list[Message] = []
        while len(messages) < max_messages and (left := deadline - monotonic()) > 0:
            try:
                messages.append(self._queue.get(timeout=min(left, _QUIET_S) if messages else left))
            except Empty:
                break
        return messages

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker that these are written down and need not be sent again."""
        # A packet number means something else on the next connection, where the broker sends
        # what was not acknowledged again; the lock keeps a connection from ending in between.
        with self._acknowledging:
            for message in messages:
                if message.qos and message.connection == self._connection:
                    self._client.ack(message.packet, message.qos)

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.warning("broker %s refuses the connection: %s", self.broker, reason)
            return
        client.subscribe([(topic, 1) for topic in self._topics])

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with self._acknowledging:
            self._connection += 1
            self.connected = False
        if not self._closing.is_set():
            log.warning("connection to broker %s lost: %s", self.broker, reason)

    def _on_connect_fail(self, _client: Client, _userdata: Any) -> None:
        # Paho calls this while it handles the error and does not hand it over.
        reason = str(sys.exc_info()[1])
        log.warning("broker %s cannot be reached yet: %s", self.broker, reason)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: Any,
        _packet: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        for topic, reason in zip(self._topics, reasons, strict=False):
            if reason.is_failure:
                log.error("broker %s refuses topic %s: %s", self.broker, topic, reason)
        self.connected = not all(reason.is_failure for reason in reasons)
        log.info("connected to broker %s", self.broker)

    def _on_message(self, _client: Client, _userdata: Any, received: MQTTMessage) -> None:
        message = Message(
            _topic(received),
            bytes(received.payload),
            datetime.now(UTC),
            received.mid,
            received.qos,
            self._connection,
        )
        # A full queue stops the network thread: the broker then keeps what comes.
        while not self._closing.is_set():
            try:
                self._queue.put(message, timeout=0.5)
            except Full:
                continue
            return


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:  # forbidden by the standard, yet not checked by every broker
        return ""


def broker_configuration(folder: Path, *, port: int, host: str = "127.0.0.1") -> str:
    """Mosquitto's configuration for a broker that keeps what a collector has not taken.

    Mosquitto's defaults drop in silence: 1,000 queued messages a client, and everything queued
    since the last save (half an hour) when the broker is killed. What remains here: up to five
    seconds of messages when the broker itself is killed or loses its power.
    """
    return "\n".join(
        (
            f"listener {port} {host}",
            "allow_anonymous true",
            "user root",  # read only when started by root: its folder need not change owner
            "persistence true",
            f"persistence_location {folder.as_posix()}/",
            "autosave_interval 5",
            f"max_inflight_messages {IN_FLIGHT}",
            "max_queued_messages 1000000",
            "max_queued_bytes 0",
            "queue_qos0_messages true",
            "persistent_client_expiration 30d",
            "max_packet_size 1048576",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "",
        )
    )
