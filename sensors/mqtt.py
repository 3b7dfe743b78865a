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
from threading import Event, Lock
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.buffer import Buffer

log = logging.getLogger(__name__)

BATCH = (
    1000  # messages at most; of twenty devices 1,000 cost a quarter less than 500, 2,000 no less
)
IN_FLIGHT = 2 * BATCH  # unacknowledged at once: while one batch is written, the next one comes
SESSION_EXPIRY_S = 30 * 86400  # how long a broker keeps what an absent collector has missed
_QUEUE = 10_000  # more than is in flight, so that only QoS 0 can ever fill it
_QUEUE_BYTES = 64 * 1024 * 1024
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
    certificate: str = ""
    key: str = ""

    def __str__(self) -> str:
        """The URL without its secrets."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"


def read_broker_url(url: str) -> Broker:
    """Read `mqtt://user:password@host:port` or `mqtts://host?ca=/path/to/authority.pem`.

    `cert=` and `key=` name the files of our own certificate. No message shows the user or the
    password, also where they are not written as they must be.

    Raises
    ------
    ValueError  The URL is not one of a broker; the message says what to write.
    """
    remedy = "write mqtt://host:1883 or mqtts://user:password@host:8883"
    parts, port = _split(url, remedy)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        shown = f"{parts.scheme or '(no scheme)'}://{parts.hostname or '(no host)'}"
        raise ValueError(
            f"broker URL must be mqtt:// or mqtts:// with a host, not {shown}; {remedy}"
        )
    if parts.path not in ("", "/") or parts.fragment or not all(_query(parts.query)):
        raise ValueError(f"broker URL has more than host and port; {_ESCAPES}; {remedy}")
    tls = parts.scheme == "mqtts"
    files = parse_qs(parts.query)
    return Broker(
        host=parts.hostname,
        port=port or (8883 if tls else 1883),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        ca_file=files.get("ca", [""])[0],
        certificate=files.get("cert", [""])[0],
        key=files.get("key", [""])[0],
    )


_ESCAPES = "in a password / is %2F, ? is %3F, # is %23, @ is %40"


def _split(url: str, remedy: str) -> tuple[SplitResult, int | None]:
    # The library's own messages quote what they cannot read: part of a password, as a rule.
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"broker URL cannot be read; {_ESCAPES}; {remedy}") from None
    try:
        return parts, parts.port
    except ValueError as error:
        told = str(error) if "out of range" in str(error) else f"its port is no number; {_ESCAPES}"
        raise ValueError(f"broker URL cannot be read ({told}); {remedy}") from None


def _query(query: str) -> Iterable[bool]:
    return ("=" in part for part in query.split("&")) if query else ()


class Message(NamedTuple):
    """One received message; `connection` numbers the connection that may acknowledge it.

    `again` says that the broker has sent it before under the same `packet`.
    """

    topic: str
    body: bytes
    arrived_at: datetime
    packet: int
    qos: int
    connection: int
    again: bool


class Session:
    """A kept session with one broker.

    Parameters
    ----------
    broker_url : As `read_broker_url` takes it.
    client_id : Fixed: the broker keeps the session under this name. One per running collector.
    topics : Topic filters to receive at QoS 1.
    group : Name of a shared subscription; empty = none. Speaks MQTT 5.
    in_flight : Unacknowledged messages allowed at once (a limit the broker hears only in MQTT 5).

    Raises
    ------
    ValueError  The URL cannot be read, or one of the files it names cannot be used.
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
        self._let_in: bool | None = None  # by this connection; None = no answer yet
        self._told = ""
        self._topics = [f"$share/{group}/{topic}" if group else topic for topic in topics]
        self._in_flight = in_flight
        self._queue: Buffer[Message] = Buffer(_QUEUE, _QUEUE_BYTES)
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
            client.tls_set_context(tls_context(self.broker))
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
        # Nothing holds the client in a circle now, so that it closes its own sockets when it goes.
        for event in ("connect", "disconnect", "connect_fail", "subscribe", "message"):
            setattr(self._client, f"on_{event}", None)

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
        return len(self._queue)

    def batch(self, max_messages: int = BATCH, max_wait: float = 0.2) -> list[Message]:
        """Take what has come: at most `max_messages`, after at most `max_wait` s; may be empty."""
        return self._queue.take(max_messages, max_wait=max_wait, quiet=_QUIET_S)

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
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._let_in = not reason.is_failure
        if reason.is_failure:
            user = repr(self.broker.user) if self.broker.user else "(none)"
            self._tell(f"broker {self.broker} refuses user {user}: {reason}")
            return
        # A kept session delivers at once: its messages may come long before the SUBACK.
        self.connected = flags.session_present
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
        let_in, self._let_in = self._let_in, None
        if let_in:
            self._tell(f"connection to broker {self.broker} lost: {reason}")
        elif let_in is None:
            # So ends TLS 1.3 where a certificate is refused: the handshake is over by then.
            wanted = " (our certificate?)" if self.broker.tls else " (does it want TLS, mqtts://?)"
            self._tell(f"broker {self.broker} hangs up before it answers{wanted}: {reason}")

    def _on_connect_fail(self, _client: Client, _userdata: Any) -> None:
        # Paho calls this while it handles the error and does not hand it over.
        self._tell(f"broker {self.broker} cannot be reached yet: {sys.exc_info()[1]}")

    def _tell(self, line: str) -> None:
        """Log once what every further attempt would say again."""
        if line != self._told and not self._closing.is_set():
            log.warning("%s; trying again", line)
            self._told = line

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
        if self.connected:
            self._told = ""
            log.info("connected to broker %s", self.broker)

    def _on_message(self, _client: Client, _userdata: Any, received: MQTTMessage) -> None:
        message = Message(
            _topic(received),
            bytes(received.payload),
            datetime.now(UTC),
            received.mid,
            received.qos,
            self._connection,
            received.dup,
        )
        # A full queue stops the network thread: the broker then keeps what comes.
        while not self._closing.is_set():
            if self._queue.put(message, len(message.body), max_wait=0.5):
                return


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:  # forbidden by the standard, yet not checked by every broker
        return ""


def tls_context(broker: Broker) -> ssl.SSLContext:
    """Who is believed, and who we are.

    Raises
    ------
    ValueError  A file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=broker.ca_file or None)
    except OSError as error:
        raise ValueError(
            f"authority's file {broker.ca_file} cannot be used ({error.strerror or error}); "
            "name a PEM file of its certificate"
        ) from error
    if not broker.certificate:
        return context
    try:
        # Without a passphrase of our own OpenSSL would ask the terminal for it.
        context.load_cert_chain(broker.certificate, broker.key or None, password=lambda: b"")
    except OSError as error:
        raise ValueError(
            f"certificate {broker.certificate} with key {broker.key or 'in the same file'} cannot "
            f"be used ({error.strerror or error}); name PEM files, the key without a passphrase"
        ) from error
    return context
