"""The NGSI-LD API, to read: entities and the types there are.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 6.4, 6.5, 6.25 and 6.26; 6.3.5 (media types) and
    6.3.10 (pagination).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agro.config import now
from agro.publish.answers import (
    LD_JSON,
    Database,
    RefusedError,
    cached_body,
    public,
    to_json,
)
from agro.publish.contexts import CORE, DOMAINS, context_of, short_type
from agro.publish.entities import Entity, document
from agro.publish.finding import Found, Wanted, find, wanted
from agro.publish.place import Register, register
from agro.publish.types import TYPES

ROOT: Final = "/ngsi-ld/v1"
_FRESH_S: Final = 60
_JSON: Final = "application/json"
_LINK: Final = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def ngsi_routes(database: Database) -> list[Route]:
    """The routes of the NGSI-LD API."""

    def entities(request: Request) -> Response:
        asked = wanted(request.query_params)
        with database.connect() as c:
            here = register(c, now())
            found = find(c, here, asked) if here is not None else Found([], 0)
        return page_of(request, asked, found)

    def entity(request: Request) -> Response:
        name = request.path_params["id"]
        asked = replace(wanted(request.query_params), ids=frozenset([name]), limit=1, offset=0)
        with database.connect() as c:
            here = register(c, now())
            found = find(c, here, replace(asked, count=False)) if here is not None else Found()
        if not found.entities:
            raise RefusedError(404, "ResourceNotFound", f"there is no entity {name!r}")
        return _one(request, asked, found.entities[0])

    def types(request: Request) -> Response:
        with database.connect() as c:
            here = register(c, now())
            if request.query_params.get("details") == "true":
                counted = {} if here is None else _counted(c, here, TYPES)
                return _json(request, [_type(*one) for one in counted.items()], context_of())
            names = [] if here is None else [one for one in TYPES if _has_any(c, here, one)]
        name = "urn:ngsi-ld:EntityTypeList:all"
        body = {"id": name, "type": "EntityTypeList", "typeList": sorted(names)}
        return _json(request, body, context_of())

    def one_type(request: Request) -> Response:
        name = short_type(request.path_params["type"])
        with database.connect() as c:
            here = register(c, now())
            known = [name] if name in TYPES else []
            counted = _counted(c, here, known) if here is not None else {}
        if name not in counted:
            raise RefusedError(404, "ResourceNotFound", f"there is no entity of type {name!r}")
        details = [_attribute(one, counted[name]) for one in _attributes(counted[name])]
        told = {"type": "EntityTypeInfo", "entityCount": len(counted[name])}
        body = _type(name, counted[name]) | told | {"attributeDetails": details}
        return _json(request, body, context_of(name))

    return [
        public(f"{ROOT}/entities", entities),
        public(f"{ROOT}/entities/{{id:path}}", entity),
        public(f"{ROOT}/types", types),
        public(f"{ROOT}/types/{{type:path}}", one_type),
    ]


def page_of(request: Request, asked: Wanted, found: Found, *, kept: bool = True) -> Response:
    """One page, with links to those beside it; `kept`: it answers a GET that can be cached."""
    headers = {} if kept else {"Cache-Control": "no-store"}
    if found.count is not None:
        headers["NGSILD-Results-Count"] = str(found.count)
    links = links_of(request, asked, found) if kept else []
    body = [
        document(
            one,
            asked.representation,
            only=asked.attributes,
            with_times=asked.with_times,
            with_context=is_linked(request),
        )
        for one in found.entities
    ]
    contexts = context_of(*(one.type for one in found.entities))
    return send(request, body, contexts, links=links, headers=headers)


def links_of(request: Request, asked: Wanted, found: Found) -> list[str]:
    """The pages beside one, as the header tells them."""
    links = []
    if found.has_more and asked.limit:
        links.append(_link(request, asked, asked.offset + asked.limit, "next"))
    if asked.offset and asked.limit:
        links.append(_link(request, asked, max(asked.offset - asked.limit, 0), "prev"))
    return links


def _link(request: Request, asked: Wanted, offset: int, rel: str) -> str:
    parameters = {**request.query_params, "offset": str(offset), "limit": str(asked.limit)}
    return f'<{request.url.path}?{urlencode(parameters)}>; rel="{rel}"; type="{_JSON}"'


def _one(request: Request, asked: Wanted, entity: Entity) -> Response:
    body = document(
        entity,
        asked.representation,
        only=asked.attributes,
        with_times=asked.with_times,
        with_context=is_linked(request),
    )
    return send(request, body, context_of(entity.type))


def _json(request: Request, body: Any, contexts: list[str]) -> Response:
    if is_linked(request) and isinstance(body, dict):
        body = body | {"@context": contexts}
    return send(request, body, contexts)


def is_linked(request: Request) -> bool:
    """Whether the client asks for JSON-LD with its context inside."""
    accepted = request.headers.get("accept", "")
    return LD_JSON in accepted and _JSON not in accepted.partition(LD_JSON)[0]


def send(
    request: Request,
    body: Any,
    contexts: list[str],
    *,
    links: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A body as the client asks for it, with the address of its context."""
    linked, own = is_linked(request), dict(headers or {})
    # One address only may stand in the header; more than one domain share the core's alone.
    header = contexts[0] if len(contexts) <= 2 else CORE
    told = [*links, *([] if linked else [_LINK.format(header)])]
    if told:
        own["Link"] = ", ".join(told)
    media = LD_JSON if linked else _JSON
    return cached_body(request, to_json(body), media, _FRESH_S, own)


def _has_any(c: Connection, here: Register, name: str) -> bool:
    return next(TYPES[name](c, here), None) is not None


def _counted(c: Connection, here: Register, names: Iterable[str]) -> dict[str, list[Entity]]:
    """The entities of these types, where there are any."""
    read = {name: list(TYPES[name](c, here)) for name in names}
    return {name: some for name, some in read.items() if some}


def _attributes(some: list[Entity]) -> list[str]:
    return list(dict.fromkeys(name for one in some for name in one.attributes))


def _type(name: str, some: list[Entity]) -> dict[str, Any]:
    return {
        "id": f"https://smartdatamodels.org/dataModel.{DOMAINS[name]}/{name}",
        "type": "EntityType",
        "typeName": name,
        "attributeNames": _attributes(some),
    }


def _attribute(name: str, some: list[Entity]) -> dict[str, Any]:
    kinds = sorted({one.attributes[name].kind for one in some if name in one.attributes})
    return {"id": name, "type": "Attribute", "attributeName": name, "attributeTypes": kinds}
