"""The routes of tables, maps and the catalogue."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match, Mount, Route

from agro.config import now
from agro.publish import csv_files, geojson
from agro.publish.answers import (
    GEO_JSON,
    LD_JSON,
    Database,
    RefusedError,
    base_url,
    cached_body,
    caching,
    public,
    tag_of,
    to_json,
    unchanged,
)
from agro.publish.datasets import datasets
from agro.publish.place import Register, register
from agro.publish.tables import Asked

_FRESH_S = 300
_CSV, _CSVW, _TURTLE = "text/csv; charset=utf-8", "application/csvm+json", "text/turtle"


def data_routes(database: Database) -> list[Route]:
    """The routes that only read."""

    def table(request: Request) -> Response:
        name = _known(request)
        with database.connect() as c:
            here = _here(c)
            asked = Asked.of(request.query_params, here)
            tag = tag_of("csv", name, asked, csv_files.marker(c, here))
            parts = csv_files.parts_of(c, here, name, asked)
        told = caching(tag, _FRESH_S) | _described(name)
        if unchanged(request, tag):
            return Response(status_code=304, headers=told)
        if request.method == "HEAD":
            return Response(media_type=_CSV, headers=told)
        text = _begun(csv_files.lines(database, here, name, parts))
        return StreamingResponse(text, media_type=_CSV, headers=told)

    def metadata(request: Request) -> Response:
        with database.connect() as c:
            told = csv_files.csvw(datasets()[_known(request)], _here(c).city.name)
        return cached_body(request, to_json(told), _CSVW, _FRESH_S)

    def dictionary(request: Request) -> Response:
        return cached_body(request, csv_files.dictionary().encode(), _CSV, _FRESH_S)

    def plots(request: Request) -> Response:
        with database.connect() as c:
            told = geojson.plots(_here(c), site=request.query_params.get("site", ""))
        return cached_body(request, to_json(told), GEO_JSON, _FRESH_S)

    def communes(request: Request) -> Response:
        with database.connect() as c:
            told = geojson.communes(c, _here(c))
        return cached_body(request, to_json(told), GEO_JSON, _FRESH_S)

    return [
        public("/data/dictionary.csv", dictionary),
        public("/data/{name}.csv", table),
        public("/data/{name}.csv-metadata.json", metadata),
        public("/plots.geojson", plots),
        public("/communes.geojson", communes),
        public("/catalog.ttl", _catalogue(database, "turtle", _TURTLE)),
        public("/catalog.jsonld", _catalogue(database, "json-ld", LD_JSON)),
    ]


def _catalogue(database: Database, form: str, media: str) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        from agro.publish import catalogue  # its library takes a while to load

        with database.connect() as c:
            services = [
                name for name, one in catalogue.SERVICES.items() if _answers(request, one.path)
            ]
            text = catalogue.catalogue(c, _here(c), base_url(request), form, services)
        return cached_body(request, text.encode(), media, _FRESH_S)

    return endpoint


def _answers(request: Request, path: str) -> bool:
    """Whether this server has a route for a path: only what exists is in the catalogue."""
    asked = {**request.scope, "path": path, "method": "GET"}
    return any(
        one.matches(asked)[0] is Match.FULL
        for one in request.app.routes
        # What begins with a parameter or is at the root answers whatever is asked.
        if isinstance(one, Route | Mount) and one.path and not one.path.startswith("/{")
    )


def _here(c: Connection) -> Register:
    found = register(c, now())
    if found is None:
        raise RefusedError(404, "ResourceNotFound", "no city is loaded yet; start agro serve")
    return found


def _known(request: Request) -> str:
    name = str(request.path_params["name"])
    if name not in datasets():
        known = ", ".join(datasets())
        raise RefusedError(404, "ResourceNotFound", f"no table {name[:60]!r}; there are {known}")
    return name


def _described(name: str) -> dict[str, str]:
    """Where the meaning of a table's columns stands."""
    address = f"/data/{name}.csv-metadata.json"
    return {"Link": f'<{address}>; rel="describedby"; type="{_CSVW}"'}


def _begun(lines: Iterator[str]) -> Iterator[Any]:
    """The lines, of which the first parts are read: a store that is away is told, not cut."""
    first = [next(lines), next(lines, "")]
    return chain(first, lines)
