"""Open311 GeoReport v2: the services of a city's reporting system, and the reports it tells of.

The standard asks every server for XML and lets it offer JSON too; both are read, told apart by
what comes. `updated_after`, `page` and `page_size` are widespread extensions: a server that knows
none of them answers with its newest reports, which does no harm.

References
----------
[1] Open311 (2014). GeoReport v2, and its Extensions. wiki.open311.org.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import nan
from urllib.parse import quote

from sensors.errors import FeedError
from sensors.feeds.open311_fields import Record, Records, records_of
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request

KEY, SERVICES_KEY, NAMED_KEY = "open311", "open311-services", "open311-named"
POST_KEY = "open311-forward"
PAGE_SIZE = 100
MOST_NAMED = 50  # reports asked for by their names in one question
OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"

_WORDS = ("service_name", "status_notes", "description", "address", "address_id")


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of report, as its system lists it."""

    code: str
    name: str
    group: str = ""
    description: str = ""
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A report, as its system tells of it; `status` is unknown where it is not the standard's."""

    reference: str
    service_code: str
    status: str
    service_name: str = ""
    status_notes: str = ""
    description: str = ""
    agency: str = ""
    notice: str = ""
    address: str = ""
    address_id: str = ""
    latitude: float = nan
    longitude: float = nan
    media_url: str = ""
    requested_at: datetime | None = None
    updated_at: datetime | None = None
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a system answers. `key` is sent and shown nowhere; `form` is json or xml."""

    base: str
    key: str = ""
    jurisdiction: str = ""
    form: str = "json"
    licence: str = ""

    def terms(self) -> Licence:
        """Under what terms its reports are used, as the operator has them."""
        return Licence(self.licence or "not stated", f"Open311, {self.base}", self.base)

    def request(self, path: str, asked: Mapping[str, str], also: Iterable[int] = ()) -> Request:
        """A question; an empty field is as good as none."""
        whole = {"jurisdiction_id": self.jurisdiction, **asked}
        return Request(
            f"{self.base.rstrip('/')}/{path}.{self.form}",
            {name: value for name, value in whole.items() if value},
            secrets={"api_key": self.key} if self.key else {},
            answers=frozenset({200, *also}),
        )


def services(endpoint: Endpoint) -> Feed[tuple[Service, ...]]:
    """The kinds of report that a system takes."""

    def ask(_place: Place) -> Request:
        return endpoint.request("services", {})

    return Feed(SERVICES_KEY, endpoint.terms(), ask, read_services)


def requests(
    endpoint: Endpoint, *, updated_after: datetime | None = None, page: int = 1
) -> Feed[tuple[ServiceRequest, ...]]:
    """A page of the reports that changed since; without a time, what the server gives by itself."""
    asked = {"page": str(page), "page_size": str(PAGE_SIZE)}
    if updated_after is not None:
        asked["updated_after"] = f"{updated_after:%Y-%m-%dT%H:%M:%SZ}"

    def ask(_place: Place) -> Request:
        return endpoint.request("requests", asked)

    return Feed(KEY, endpoint.terms(), ask, read_requests)


def named(endpoint: Endpoint, references: Sequence[str]) -> Feed[tuple[ServiceRequest, ...]]:
    """How some reports stand now; one that the server knows no more is not in the answer."""
    asked = {"service_request_id": ",".join(references[:MOST_NAMED])}

    def ask(_place: Place) -> Request:
        return endpoint.request("requests", asked, also={404})

    return Feed(NAMED_KEY, endpoint.terms(), ask, read_named)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a system says of a report that it took: its name there, or a token in its place."""

    reference: str = ""
    token: str = ""


def posting(endpoint: Endpoint) -> Request:
    """Where a report is posted to; the answer is read by `read_receipt`."""
    request = endpoint.request("requests", {}, also={201, 202})
    return replace(request, headers={"Accept": "application/json, text/xml"})


def read_receipt(body: bytes, place: Place) -> Receipt:
    """What was answered to a report that was posted.

    Raises
    ------
    FeedError  `unreadable`: it names nothing.
    """
    for record in _records(POST_KEY, body, place, "request").each:
        found = Receipt(record.text("service_request_id"), record.text("token"))
        if found.reference or found.token:
            return found
    raise FeedError(POST_KEY, "answer", "unreadable: has neither service_request_id nor token")


def of_token(endpoint: Endpoint, token: str) -> Feed[Receipt]:
    """The name of a report by the token that stood for it, where it has one by now."""

    def ask(_place: Place) -> Request:
        return endpoint.request(f"tokens/{quote(token, safe='')}", {}, also={404})

    def read(body: bytes, place: Place) -> Parsed[Receipt]:
        records = records_of(POST_KEY, body, place.zone, "request")
        names = [record.text("service_request_id") for record in records.each]
        return Parsed(Receipt(next((one for one in names if one), ""), token), None)

    return Feed(POST_KEY, endpoint.terms(), ask, read)


def sent_between(
    endpoint: Endpoint, code: str, start: datetime, end: datetime
) -> Feed[tuple[ServiceRequest, ...]]:
    """The reports of one service that a system was given in a stretch of time."""
    asked = {
        "service_code": code,
        "start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "end_date": f"{end:%Y-%m-%dT%H:%M:%SZ}",
    }

    def ask(_place: Place) -> Request:
        return endpoint.request("requests", asked)

    return Feed(POST_KEY, endpoint.terms(), ask, read_requests)


def read_services(body: bytes, place: Place) -> Parsed[tuple[Service, ...]]:
    """The services of an answer.

    Raises
    ------
    FeedError  `unreadable`: it is no list of services.
    """
    records = _records(SERVICES_KEY, body, place, "service")
    found = []
    for record in records.each:
        code, name = record.text("service_code"), record.text("service_name")
        if not code:
            record.refuse("service_code", "", "is missing", "the service is left out")
            continue
        told = {key: record.text(key) for key in ("group", "description", "keywords")}
        found.append(Service(code, name or code, **told))
    return Parsed(tuple(found), None, tuple(records.faults))


def read_requests(body: bytes, place: Place) -> Parsed[tuple[ServiceRequest, ...]]:
    """The reports of an answer; what is wrong in one of them is left out and told.

    Raises
    ------
    FeedError  `unreadable`: it is no list of reports.
    """
    return _reports(_records(KEY, body, place, "request"))


def read_named(body: bytes, place: Place) -> Parsed[tuple[ServiceRequest, ...]]:
    """The reports that were asked for by their names: none where the server knows none of them.

    Raises
    ------
    FeedError  `unreadable`: it is no list of reports.
    """
    records = records_of(NAMED_KEY, body, place.zone, "request")
    if _error(records).startswith("404"):
        return Parsed((), None)
    return _reports(_records(NAMED_KEY, body, place, "request"))


def _reports(records: Records) -> Parsed[tuple[ServiceRequest, ...]]:
    found = [one for record in records.each if (one := _request(record)) is not None]
    newest = [at for one in found if (at := one.updated_at or one.requested_at) is not None]
    return Parsed(tuple(found), max(newest, default=None), tuple(records.faults))


def _records(feed: str, body: bytes, place: Place, element: str) -> Records:
    records = records_of(feed, body, place.zone, element)
    if told := _error(records):
        raise FeedError(feed, "answer", f"unreadable: the service answered: {told}")
    return records


def _error(records: Records) -> str:
    """What the server says went wrong, its code first; empty where nothing did."""
    for record in records.each:
        if "service_code" not in record.told and {"code", "description"} <= set(record.told):
            return f"{record.text('code')} {record.text('description')}"
    return ""


def _request(record: Record) -> ServiceRequest | None:
    reference, code = record.text("service_request_id"), record.text("service_code")
    if not reference or not (code or record.text("service_name")):
        missing = "service_code" if reference else "service_request_id"
        record.refuse(missing, "", "is missing", "the report is left out; ask its source")
        return None
    status, notes = _status(record)
    latitude, longitude = record.point()
    return ServiceRequest(
        reference=reference,
        service_code=code,
        status=status,
        **{name: record.text(name) for name in _WORDS} | {"status_notes": notes},
        agency=record.text("agency_responsible"),
        notice=record.text("service_notice"),
        latitude=latitude,
        longitude=longitude,
        media_url=record.link("media_url"),
        requested_at=record.time("requested_datetime"),
        updated_at=record.time("updated_datetime"),
        expected_at=record.time("expected_datetime"),
    )


def _status(record: Record) -> tuple[str, str]:
    """Open or closed; a word that the standard has not is not guessed, but goes to the notes."""
    said, notes = record.text("status"), record.text("status_notes")
    if said.lower() in (OPEN, CLOSED):
        return said.lower(), notes
    record.refuse("status", said, "is neither open nor closed", "it is shown as it was said")
    return UNKNOWN, " – ".join(part for part in (said, notes) if part)
