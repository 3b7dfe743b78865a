"""NGSI-LD over time, and the query that is sent as a body: both only read.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 6.18 and 6.19 (temporal entities), 6.23
    (entityOperations/query), 5.2.23 (Query).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agro.config import now
from agro.publish import temporal
from agro.publish.answers import Database, RefusedError, problem, public, told
from agro.publish.contexts import context_of, short_type
from agro.publish.entities import timestamp
from agro.publish.finding import Found, find, wanted
from agro.publish.ngsi_routes import ROOT, is_linked, links_of, page_of, send
from agro.publish.place import register
from agro.publish.subscribing import GeoQuery, Selector, Text, selected
from agro.publish.subscription_routes import LARGEST, body_of, document_of
from agro.store.temporal import Instance

_MOST_ENTITIES: Final = 100
_OPTIONS: Final = {"temporalvalues", "count"}


class Query(BaseModel):
    """What is asked for in a body [1, 5.2.23]."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    type: Literal["Query"]
    entities: Annotated[list[Selector], Field(max_length=50)] = []
    attrs: Annotated[list[Text], Field(max_length=100)] = []
    q: Annotated[str, Field(max_length=1_000)] | None = None
    geoQ: GeoQuery | None = None  # noqa: N815 - as written [1]


def temporal_routes(database: Database) -> list[Route]:
    """The routes of what was, and of queries in a body."""

    def entities(request: Request) -> Response:
        how, parameters = temporal.asked(request.query_params), _plain(request.query_params)
        asked = wanted(parameters)
        if asked.limit > _MOST_ENTITIES:
            raise ValueError(f"limit={asked.limit} is more than {_MOST_ENTITIES} over time")
        types = tuple(one for one in asked.types or temporal.TYPES if one in temporal.TYPES)
        asked = replace(asked, types=types or ("none",))
        with database.connect() as c:
            here = register(c, now())
            found = find(c, here, asked) if here is not None else Found()
            each = how.of_each(len(found.entities))
            pasts = [
                temporal.past(c, here, one, each, asked.attributes)
                for one in found.entities
                if here is not None
            ]
        contexts = context_of(*(one.type for one in found.entities))
        longest = max((cut for _, cut in pasts), key=len, default=[])
        answer = _over_time(request, [body for body, _ in pasts], contexts, longest)
        own = [answer.headers["Link"]] if "Link" in answer.headers else []
        if links := links_of(request, asked, found):
            answer.headers["Link"] = ", ".join([*links, *own])
        return answer

    def entity(request: Request) -> Response:
        name, how = str(request.path_params["id"]), temporal.asked(request.query_params)
        asked = wanted(_plain(request.query_params))
        asked = replace(asked, ids=frozenset([name]), limit=1, offset=0, count=False)
        with database.connect() as c:
            here = register(c, now())
            found = find(c, here, asked) if here is not None else Found()
            known = [one for one in found.entities if one.type in temporal.TYPES]
            if here is None or not known:
                why = f"there is nothing over time of {name[:200]!r}"
                raise RefusedError(404, "ResourceNotFound", why)
            body, cut = temporal.past(c, here, known[0], how, asked.attributes)
        return _over_time(request, body, context_of(known[0].type), cut)

    def query(request: Request, body: bytes) -> Response:
        asked = _read(document_of(body))
        found_by = wanted(request.query_params)
        chosen = selected(asked.entities, q=asked.q, geo=asked.geoQ)
        attributes = frozenset(map(short_type, asked.attrs))
        page = replace(
            chosen,
            attributes=attributes,
            limit=found_by.limit,
            offset=found_by.offset,
            count=found_by.count,
            representation=found_by.representation,
            with_times=found_by.with_times,
        )
        with database.connect() as c:
            here = register(c, now())
            found = find(c, here, page) if here is not None else Found([], 0)
        return page_of(request, page, found, kept=False)

    async def ask(request: Request) -> Response:
        body = await body_of(request)
        if body is None:
            return problem(413, "InvalidRequest", f"a query has at most {LARGEST} bytes")
        return await run_in_threadpool(told(lambda _request: query(request, body)), request)

    return [
        public(f"{ROOT}/temporal/entities", entities),
        public(f"{ROOT}/temporal/entities/{{id:path}}", entity),
        Route(f"{ROOT}/entityOperations/query", ask, methods=["POST"]),
    ]


def _plain(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters without the forms that only answers over time have."""
    found = {name: value for name, value in parameters.items() if name not in ("options", "format")}
    options = [one.lower() for one in parameters.get("options", "").split(",") if one]
    if unknown := sorted(set(options) - _OPTIONS):
        raise ValueError(f"options={unknown[0][:40]!r} is unknown; write temporalValues")
    return found


def _read(document: dict[str, Any]) -> Query:
    try:
        return Query.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        lines = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults)
        raise ValueError("\n".join(lines)) from error


def _over_time(request: Request, body: Any, contexts: list[str], cut: list[Instance]) -> Response:
    """The answer; 206 with the times that it covers where older instances are left out [1]."""
    if is_linked(request):
        some = body if isinstance(body, list) else [body]
        told_ = [one | {"@context": context_of(one["type"])} for one in some]
        body = told_ if isinstance(body, list) else told_[0]
    if not cut:
        return send(request, body, contexts)
    span = f"{timestamp(cut[0].time)}-{timestamp(cut[-1].time)}"
    answer = send(request, body, contexts, headers={"Content-Range": f"date-time {span}/*"})
    if answer.status_code == 200:
        answer.status_code = 206
    return answer
