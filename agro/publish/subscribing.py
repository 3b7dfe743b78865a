"""What a subscriber may ask for, as it is written over HTTP.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 5.2.12 (Subscription), 5.2.14 and 5.2.15
    (notification and endpoint).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from agro.publish.conditions import condition
from agro.publish.contexts import short_type
from agro.publish.entities import timestamp
from agro.publish.finding import Selector as Selection
from agro.publish.finding import Wanted, id_pattern
from agro.publish.geometry import geo_condition
from agro.publish.targets import check_address, check_header
from agro.store.subscriptions import Subscription

MOST_ENTITIES = 1_000
"""So many entities a subscription may follow."""

_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[\x21-\x7e]{1,200}")
Text = Annotated[str, Field(min_length=1, max_length=256)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class Selector(_Part):
    """Which entities: all of a type, the one of an id, or those whose ids a pattern matches."""

    type: Text
    id: Text | None = None
    idPattern: Text | None = None  # noqa: N815 - as written [1]

    def selection(self) -> Selection:
        """The same, to be asked of entities."""
        pattern = id_pattern(self.idPattern) if self.idPattern and not self.id else None
        return Selection(short_type(self.type), self.id or "", pattern)


class Header(_Part):
    """A header that the subscriber wants to be shown."""

    key: Text
    value: Annotated[str, Field(max_length=1_000)]

    @model_validator(mode="after")
    def _is_header(self) -> "Header":
        check_header(self.key, self.value)
        return self


class Endpoint(_Part):
    """Where notifications go."""

    uri: Annotated[str, Field(max_length=2_000)]
    accept: Literal["application/json", "application/ld+json"] = "application/json"
    receiverInfo: Annotated[list[Header], Field(max_length=10)] = []  # noqa: N815 - as written [1]

    @model_validator(mode="after")
    def _is_address(self) -> "Endpoint":
        check_address(self.uri)
        return self


class Notification(_Part):
    """What a notification tells, and how."""

    endpoint: Endpoint
    attributes: Annotated[list[Text], Field(max_length=100)] = []
    format: Literal["normalized", "concise", "keyValues", "simplified"] = "normalized"


class GeoQuery(_Part):
    """Where the entities lie."""

    georel: Text
    geometry: Text
    coordinates: list[Any]
    geoproperty: Text = "location"


class Request(_Part):
    """A subscription as it is asked for."""

    id: str | None = None
    type: Literal["Subscription"]
    entities: Annotated[list[Selector], Field(min_length=1, max_length=50)]
    watchedAttributes: Annotated[list[Text], Field(max_length=100)] = []  # noqa: N815 - [1]
    q: Text | None = None
    geoQ: GeoQuery | None = None  # noqa: N815 - as written [1]
    notification: Notification
    throttling: Annotated[float, Field(ge=0, le=31_536_000)] = 0.0
    timeInterval: Annotated[float, Field(gt=0, le=31_536_000)] | None = None  # noqa: N815 - [1]
    expiresAt: AwareDatetime | None = None  # noqa: N815 - as written [1]
    isActive: bool = True  # noqa: N815 - as written [1]
    description: Annotated[str, Field(max_length=1_000)] | None = None
    subscriptionName: Text | None = None  # noqa: N815 - as written [1]

    @model_validator(mode="after")
    def _can_be_asked(self) -> "Request":
        if self.id is not None and not _URN.fullmatch(self.id):
            raise ValueError("id is no URN; write urn:ngsi-ld:Subscription:… or leave it away")
        if self.timeInterval is not None and (self.throttling or self.watchedAttributes):
            raise ValueError("timeInterval goes without throttling and watchedAttributes")
        wanted_of(self)
        return self


def read(body: Any) -> Request:
    """The subscription that a JSON document asks for.

    Raises
    ------
    ValueError  It asks for what cannot be done; one line for each fault.
    """
    try:
        return Request.model_validate(body)
    except ValidationError as error:
        faults = (_fault(one) for one in error.errors(include_url=False, include_context=False))
        raise ValueError("\n".join(faults)) from error


def _fault(fault: Mapping[str, Any]) -> str:
    where = ".".join(map(str, fault["loc"])) or "the subscription"
    return f"{where}: {fault['msg']}"


def wanted_of(asked: Request) -> Wanted:
    """The question that a subscription asks again and again.

    Raises
    ------
    ValueError  Its `q`, `geoQ` or an `idPattern` cannot be read.
    """
    found = selected(asked.entities, q=asked.q, geo=asked.geoQ)
    return replace(found, limit=MOST_ENTITIES)


def selected(some: Sequence[Selector], *, q: str | None, geo: GeoQuery | None) -> Wanted:
    """The question for entities of any of these selectors, which meet a query and lie somewhere.

    Raises
    ------
    ValueError  One of them cannot be read.
    """
    ids = frozenset(one.id for one in some if one.id)
    # One selector without an id may want every entity of its type.
    every = any(one.id is None for one in some)
    return Wanted(
        types=tuple(short_type(one.type) for one in some),
        ids=frozenset() if every else ids,
        selectors=tuple(one.selection() for one in some),
        meets=condition(q) if q else None,
        lies=None
        if geo is None
        else geo_condition(geo.georel, geo.geometry, json.dumps(geo.coordinates)),
        geo_attribute=geo.geoproperty if geo else "location",
    )


def as_told(one: Subscription, at: datetime) -> dict[str, Any]:
    """A subscription as it is read over HTTP: what its subscriber shows stays between the two."""
    notification = dict(one.document["notification"])
    endpoint = dict(notification["endpoint"])
    endpoint.pop("receiverInfo", None)
    went = {
        "timesSent": one.times_sent,
        "timesFailed": one.failures,
        "lastNotification": one.notified_at,
        "lastSuccess": one.succeeded_at,
        "lastFailure": one.failed_at,
    }
    told = {
        name: timestamp(value) if isinstance(value, datetime) else value
        for name, value in went.items()
        if value is not None
    }
    status = "failed" if one.failures else "ok"
    notification |= {"endpoint": endpoint, "status": status, **told}
    return {
        **one.document,
        "id": one.name,
        "notification": notification,
        "status": state(one, at),
        "createdAt": timestamp(one.created_at),
    }


def state(one: Subscription, at: datetime) -> str:
    """`active`, `paused` or `expired`."""
    if one.expires_at is not None and one.expires_at <= at:
        return "expired"
    return "active" if one.is_active else "paused"
