"""Trying a broker from outside: does it answer, let us in, grant our topics, and until when.

It disturbs nobody: a session of its own that is not kept, gone after a second.
"""

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from sensors.mqtt import Broker, tls_context

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What a broker did, step by step; a step that was not reached is False.

    `refused` names the topics it does not grant, `detail` what went wrong first, `expires` when its
    certificate ends (None = without TLS).
    """

    answers: bool = False
    lets_in: bool = False
    refused: tuple[str, ...] = ()
    detail: str = ""
    expires: datetime | None = None


def try_broker(broker: Broker, topics: Iterable[str], *, timeout_s: float = TIMEOUT_S) -> Tried:
    """Knock, enter and ask for these topics at QoS 1.

    Raises
    ------
    ValueError  A file of its TLS cannot be used.
    """
    context = tls_context(broker) if broker.tls else None
    try:
        expires = _knock(broker, context, timeout_s)
    except ssl.SSLCertVerificationError as error:
        return Tried(answers=True, detail=f"certificate: {error.verify_message}")
    except OSError as error:
        told = str(error.strerror or error)
        return Tried(answers=isinstance(error, ssl.SSLError), detail=told)
    return _enter(broker, context, tuple(topics), timeout_s, expires)


def _knock(broker: Broker, context: ssl.SSLContext | None, timeout_s: float) -> datetime | None:
    """Connect, shake hands and leave; when the broker's certificate ends."""
    with socket.create_connection((broker.host, broker.port), timeout=timeout_s) as plain:
        if context is None:
            return None
        with context.wrap_socket(plain, server_hostname=broker.host) as secured:
            shown = secured.getpeercert() or {}
    ends = shown.get("notAfter")
    if not isinstance(ends, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)


def _enter(
    broker: Broker,
    context: ssl.SSLContext | None,
    topics: tuple[str, ...],
    timeout_s: float,
    expires: datetime | None,
) -> Tried:
    answers: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"agro-try-{uuid4().hex[:12]}")
    if broker.user:
        client.username_pw_set(broker.user, broker.password)
    if context is not None:
        client.tls_set_context(context)
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.put(("connect", reason))
    client.on_subscribe = lambda _c, _u, _m, reasons, _p: answers.put(("subscribe", reasons))
    client.on_disconnect = lambda _c, _u, _f, reason, _p: answers.put(("gone", reason))
    try:
        client.connect(broker.host, broker.port, keepalive=30)
        client.loop_start()
        what, reason = answers.get(timeout=timeout_s)
        if what != "connect" or reason.is_failure:
            return Tried(answers=True, detail=str(reason), expires=expires)
        client.subscribe([(topic, 1) for topic in topics])
        what, reasons = answers.get(timeout=timeout_s)
        if what != "subscribe":
            return Tried(answers=True, lets_in=True, detail=str(reasons), expires=expires)
        pairs = zip(topics, reasons, strict=False)
        refused = tuple(topic for topic, reason in pairs if reason.is_failure)
        return Tried(answers=True, lets_in=True, refused=refused, expires=expires)
    except Empty:
        return Tried(answers=True, detail=f"no answer within {timeout_s:g} s", expires=expires)
    except OSError as error:
        return Tried(answers=True, detail=str(error.strerror or error), expires=expires)
    finally:
        client.disconnect()
        client.loop_stop()
