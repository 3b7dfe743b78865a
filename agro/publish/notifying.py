"""Telling subscribers what has changed: at least once, patiently, and never into our own network.

What a subscriber was told is remembered by a digest of each entity, so that whatever changes is
told, be it measured, noted or planted; what could not be delivered is told again later.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 5.8.6 (notification behaviour).
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from threading import Event
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import httpx
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.config import Settings, now
from agro.publish.contexts import context_of, short_type
from agro.publish.entities import Entity, Representation, document, timestamp
from agro.publish.finding import find
from agro.publish.place import Register, register
from agro.publish.subscribing import Request, read, state, wanted_of
from agro.publish.targets import TargetError, target
from agro.store import heartbeat, subscriptions, writing
from agro.store.subscriptions import Subscription

log = logging.getLogger(__name__)

NAME: Final = "notifier"
LOOK_EVERY_S: Final = 5.0
_BEAT_EVERY_S = 30.0
_LONGEST_LOOK_PAUSE_S = 120.0  # while the database is away
_CONNECT_S, _SILENCE_S = 5.0, 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
_GOOD = range(200, 300)
_FORMS: Mapping[str, Representation] = {
    "normalized": "normalized",
    "concise": "concise",
    "keyValues": "simplified",
    "simplified": "simplified",
}


@dataclass(frozen=True, slots=True)
class News:
    """What a subscriber has not been told: the entities, and all digests once it has been."""

    entities: list[Entity]
    told: Mapping[str, str]


def run(
    engine: Engine, settings: Settings, stop: Event, *, look_every_s: float = LOOK_EVERY_S
) -> None:
    """Look for news for every subscriber, again and again, until `stop` is set."""
    pause, beat_at = look_every_s, monotonic()
    with sender() as client:
        while not stop.is_set():
            try:
                sent = round_(engine, client, now(), stop, allow_private=settings.notify_private)
                if sent or monotonic() >= beat_at:
                    with writing(engine) as c:
                        heartbeat.beat(c, NAME, now(), {"sent": sent})
                    beat_at = monotonic() + _BEAT_EVERY_S
                pause = look_every_s
            except SQLAlchemyError as error:
                pause = min(2.0 * pause, _LONGEST_LOOK_PAUSE_S)
                told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
                log.warning("notifications wait %.0f s for the database: %s", pause, told)
            stop.wait(pause)


def sender() -> httpx.Client:
    """A client that follows nobody elsewhere and takes no proxy from the environment."""
    return httpx.Client(
        timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "agro (NGSI-LD notifications)", "Accept": "*/*"},
    )


def round_(
    engine: Engine, client: httpx.Client, at: datetime, stop: Event, *, allow_private: bool
) -> int:
    """Tell every subscriber its news; how many notifications were taken."""
    with engine.connect() as c:
        waiting = [one for one in subscriptions.listed(c) if _is_due(one, at)]
        here = register(c, at) if waiting else None
    if here is None:
        return 0
    sent = 0
    for one in waiting:
        if stop.is_set():
            break
        try:
            asked = read(one.document)
        except ValueError as error:  # of an older version, whose words are no longer known
            log.warning("subscription %s cannot be read: %s", one.name, error)
            continue
        found = news(engine, here, one, asked)
        if found is None:
            continue
        after = _tell(client, one, asked, found, at, allow_private=allow_private)
        sent += after.times_sent - one.times_sent
        with writing(engine) as c:
            _keep(c, after)
    return sent


def _keep(c: Connection, after: Subscription) -> None:
    """Write how it went, unless somebody has taken the subscription back meanwhile."""
    stands = subscriptions.find(c, after.name)
    if stands is not None:
        changed = replace(after, document=stands.document, is_active=stands.is_active)
        subscriptions.change(c, replace(changed, expires_at=stands.expires_at))


def _is_due(one: Subscription, at: datetime) -> bool:
    if state(one, at) != "active" or (one.next_try is not None and one.next_try > at):
        return False
    pause = float(one.document.get("timeInterval") or one.document.get("throttling") or 0.0)
    last = one.succeeded_at
    return last is None or at - last >= timedelta(seconds=pause)


def news(engine: Engine, here: Register, one: Subscription, asked: Request) -> News | None:
    """What has changed for a subscriber since it was last told; None where nothing has.

    With a `timeInterval` everything is told each time, changed or not [1].
    """
    with engine.connect() as c:
        found = find(c, here, wanted_of(asked)).entities
    watched = frozenset(map(short_type, asked.watchedAttributes))
    told = {entity.id: _digest(entity, watched) for entity in found}
    changed = [
        entity
        for entity in found
        if asked.timeInterval is not None or told[entity.id] != one.told.get(entity.id)
    ]
    return News(changed, told) if changed else None


def _digest(entity: Entity, watched: Iterable[str]) -> str:
    """What differs once one of the watched attributes does; of all where none is named."""
    names = frozenset(watched) or frozenset(entity.attributes)
    parts = [
        (name, one.value, one.facts)
        for name, one in sorted(entity.attributes.items())
        if name in names
    ]
    return blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def _tell(
    client: httpx.Client,
    one: Subscription,
    asked: Request,
    found: News,
    at: datetime,
    *,
    allow_private: bool,
) -> Subscription:
    """Send a notification; the subscription as it is afterwards."""
    reason = _send(client, one, asked, found, at, allow_private=allow_private)
    if not reason:
        return replace(
            one,
            told=found.told,
            times_sent=one.times_sent + 1,
            notified_at=at,
            succeeded_at=at,
            failures=0,
            next_try=None,
            reason="",
        )
    pause = min(_FIRST_PAUSE * 2 ** min(one.failures, 12), _LONGEST_PAUSE)
    log.warning("subscription %s: %s; again in %s", one.name, reason, pause)
    return replace(
        one,
        notified_at=at,
        failed_at=at,
        failures=one.failures + 1,
        next_try=at + pause,
        reason=reason,
    )


def _send(
    client: httpx.Client,
    one: Subscription,
    asked: Request,
    found: News,
    at: datetime,
    *,
    allow_private: bool,
) -> str:
    """Deliver one notification; why it could not be, or nothing."""
    endpoint = asked.notification.endpoint
    try:
        place = target(endpoint.uri, allow_private=allow_private)
    except TargetError as refused:
        return str(refused)
    headers = {one.key: one.value for one in endpoint.receiverInfo}
    headers |= {"Host": place.host, "Content-Type": endpoint.accept}
    content = json.dumps(notification(one, asked, found, at), ensure_ascii=False).encode()
    try:
        # Of the answer only the status is read, so that no body of theirs can hold us.
        with client.stream(
            "POST",
            place.url,
            content=content,
            headers=headers,
            extensions={"sni_hostname": place.name},
        ) as response:
            status = response.status_code
    except httpx.HTTPError as error:
        return f"unreachable: {str(error) or type(error).__name__}"
    return "" if status in _GOOD else f"refused: HTTP {status}"


def notification(one: Subscription, asked: Request, found: News, at: datetime) -> dict[str, Any]:
    """The body of a notification."""
    only = frozenset(map(short_type, asked.notification.attributes))
    form = _FORMS[asked.notification.format]
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Notification:{uuid4()}",
        "type": "Notification",
        "subscriptionId": one.name,
        "notifiedAt": timestamp(at),
        "data": [document(entity, form, only=only) for entity in found.entities],
    }
    if asked.notification.endpoint.accept == "application/ld+json":
        body["@context"] = context_of(*(entity.type for entity in found.entities))
    return body
