"""`/open311/v2`: reports are taken from citizens' apps and told to other systems (GeoReport v2).

JSON and XML, as the path ends. Contact data come in and never go out; reports that only the city
reads are in no list, and of one whose name is known no more is told than how it stands.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agro.access.key_ring import KeyRing
from agro.api import open311_answers as says
from agro.api import open311_query
from agro.api.open311_answers import FORMS, Document, Voice
from agro.api.open311_intake import Intake, RefusedError
from agro.city import reports as service
from agro.city.reports import Received
from agro.config import Settings, now
from agro.errors import StoreError
from agro.store import farms, report_sources, reports
from agro.store.reports import OWN
from agro.words import LANGUAGES, Words, say

log = logging.getLogger(__name__)

BASE = "/open311/v2"
_RETRY = {"Retry-After": "60"}


class Database(Protocol):
    """The server's own way to the database."""

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""

    def write(self) -> AbstractContextManager[Connection]:
        """A connection in one transaction."""


Reader = Callable[[Connection, Request, Voice, str], Response]


def open311_routes(database: Database, settings: Settings, keys: KeyRing) -> list[Route]:
    """The routes of our Open311 server over this database; `keys` of the store may post too."""
    intake = Intake.of(settings.report_rate, settings.report_keys.get_secret_value(), keys)
    days = settings.report_contact_days

    def reading(read: Reader) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            return _answered(database, request, read)

        return endpoint

    async def post(request: Request) -> Response:
        return await _posted(database, intake, request, timedelta(days=days))

    def definition(_c: Connection, request: Request, voice: Voice, form: str) -> Response:
        return _definition(request, voice, form, days)

    one = reading(_request)
    return [
        Route(f"{BASE}/discovery.{{form}}", reading(_discovery)),
        Route("/open311/discovery.{form}", reading(_discovery)),
        Route(f"{BASE}/services.{{form}}", reading(_services)),
        Route(f"{BASE}/services/{{code}}.{{form}}", reading(definition)),
        Route(f"{BASE}/requests.{{form}}", post, methods=["POST"]),
        Route(f"{BASE}/requests.{{form}}", reading(_requests)),
        Route(f"{BASE}/requests/{{reference}}.{{form}}", one),
        Route(f"{BASE}/request/{{reference}}.{{form}}", one),
        Route(f"{BASE}/tokens/{{token}}.{{form}}", reading(_token)),
    ]


def _answered(database: Database, request: Request, read: Reader) -> Response:
    form = str(request.path_params["form"])
    if form not in FORMS:
        told = say(LANGUAGES[0]).t("open311.form_unknown", value=form[:20])
        return says.refusal(404, [told], "json")
    try:
        with database.connect() as c:
            return read(c, request, _voice(c, request), form)
    except (StoreError, SQLAlchemyError) as error:
        return _away(error, form)


def _away(error: Exception, form: str) -> Response:
    why = str(error).partition("\n")[0]
    log.warning("cannot answer for reports yet: %s", why, extra={"error": why})
    return says.refusal(503, [say(LANGUAGES[0]).t("open311.away")], form, _RETRY)


def _voice(c: Connection, request: Request) -> Voice:
    """In the language that was asked for, else in the city's."""
    city, asked = farms.city(c), request.query_params.get("lang", "")
    language = asked if asked in LANGUAGES else city.language if city else LANGUAGES[0]
    words = say(language, city.timezone) if city else say(language)
    return Voice(words, city, report_sources.services(c))


def _discovery(c: Connection, request: Request, voice: Voice, form: str) -> Response:
    base = str(request.url.replace(path=BASE, query=""))
    contact = voice.words.t("open311.contact", city=voice.city.name if voice.city else "–")
    document = says.discovery(base, report_sources.services_at(c), contact)
    return says.answer(document, form, ("discovery", ""))


def _services(_c: Connection, _request: Request, voice: Voice, form: str) -> Response:
    documents = [says.service(voice, one) for one in voice.services]
    return says.answer(documents, form, ("services", "service"))


def _definition(request: Request, voice: Voice, form: str, days: int) -> Response:
    code = str(request.path_params["code"])
    found = next((one for one in voice.services if one.code == code), None)
    if found is None:
        known = ", ".join(one.code for one in voice.services)
        told = voice.words.t("open311.refused_service_unknown", value=code[:80], known=known)
        return says.refusal(404, [told], form)
    return says.answer(says.definition(voice, found, days), form, ("service_definition", ""))


def _requests(c: Connection, request: Request, voice: Voice, form: str) -> Response:
    asked = open311_query.read(request.query_params, now())
    if asked.faults:
        told = [voice.words.t(f"open311.refused_{code}", **facts) for code, facts in asked.faults]
        return says.refusal(400, told, form)
    found = reports.reports(c, asked.wanted, limit=asked.limit, skip=asked.skip)
    return _listed([says.request(voice, one) for one in found], form)


def _request(c: Connection, request: Request, voice: Voice, form: str) -> Response:
    reference = open311_query.kept(str(request.path_params["reference"]))
    found = reports.report(c, OWN, reference)
    if found is None:
        return _unknown(voice.words, reference, form)
    return _listed([says.request(voice, found)], form)


def _token(c: Connection, request: Request, voice: Voice, form: str) -> Response:
    token = open311_query.kept(str(request.path_params["token"]))
    found = reports.by_token(c, token)
    if found is None:
        return _unknown(voice.words, token, form)
    return _listed([{"service_request_id": found.reference, "token": token}], form)


def _listed(documents: list[Document], form: str) -> Response:
    return says.answer(documents, form, ("service_requests", "request"))


def _unknown(words: Words, name: str, form: str) -> Response:
    return says.refusal(404, [words.t("open311.refused_reference", value=name[:80])], form)


async def _posted(
    database: Database, intake: Intake, request: Request, keep: timedelta
) -> Response:
    form = str(request.path_params["form"])
    if form not in FORMS:
        return await run_in_threadpool(_answered, database, request, _requests)
    try:
        told = await intake.form(request)
        return await run_in_threadpool(_received, database, request, told, keep)
    except RefusedError as error:
        return await run_in_threadpool(_refused, database, request, error)
    except (StoreError, SQLAlchemyError) as error:
        return _away(error, form)


def _received(
    database: Database, request: Request, told: dict[str, str], keep: timedelta
) -> Response:
    form = str(request.path_params["form"])
    with database.write() as c:
        voice = _voice(c, request)
        received = service.receive(c, told, at=now(), keep_contact=keep)
    if isinstance(received, tuple):
        why = [voice.words.t(f"open311.refused_{one.code}", **one.facts) for one in received]
        unknown = any(one.code == "service_unknown" for one in received)
        return says.refusal(404 if unknown else 400, why, form)
    return _listed([_receipt(voice.words, received)], form)


def _receipt(words: Words, received: Received) -> Document:
    """The report's name, or the token that stands for it, and what happens now."""
    report, told = received.report, []
    if received.is_new:
        told.append(words.t("open311.taken"))
    else:
        at = report.requested_at or report.heard_at
        told.append(words.t("open311.taken_before", clock=words.clock(at)))
    if not report.is_placed:
        told.append(words.t("open311.unplaced"))
    if received.contact_until is not None:
        day = words.long_day(words.local(received.contact_until).date())
        told.append(words.t("open311.contact_kept", day=day))
    name = {"token": report.token} if report.token else {"service_request_id": report.reference}
    return {**name, "service_notice": " ".join(told), "account_id": None}


def _refused(database: Database, request: Request, error: RefusedError) -> Response:
    form = str(request.path_params["form"])
    try:
        with database.connect() as c:
            words = _voice(c, request).words
    except (StoreError, SQLAlchemyError):
        words = say(LANGUAGES[0])
    headers = {"Retry-After": str(60 * int(error.facts["n"]))} if error.status == 429 else None
    told = words.t(f"open311.refused_{error.code}", **error.facts)
    return says.refusal(error.status, [told], form, headers)
