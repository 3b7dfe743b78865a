"""The one server: the dashboard, sign-in, `/healthz`, `/metrics` and what is pushed, on one port.

`app()` is the ASGI application, `serve(port)` runs it until it is told to stop. Settings are
passed to Streamlit here, because an embedded Streamlit reads neither its variables nor, from
another folder, its file.
"""

import logging
from contextlib import suppress
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit.starlette import App

from agro.access.key_ring import KeyRing
from agro.access.listening import check
from agro.access.routes import access_routes
from agro.api.calendar import calendar_routes
from agro.api.open311 import open311_routes
from agro.api.sensor_things import sensor_things_routes
from agro.config import Settings, settings
from agro.pocket import pocket_routes
from agro.publish.routes import publish_routes
from agro.server import pushes
from agro.server.assets import PackedAssets, favicon, front_page, to_first_page
from agro.server.bounds import Bounds
from agro.server.guards import Guards
from agro.server.health import Health
from agro.server.metrics import CONTENT_TYPE, exposition
from agro.server.notifications import notification_routes
from agro.server.provider import OwnSessions, secrets_of
from agro.server.source import Source
from agro.server.uploads import Uploads

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_SCRIPT = Path(__file__).parents[2] / "streamlit_app.py"
_PAGES = Path(__file__).parents[1] / "dashboard" / "pages"

STREAMLIT: dict[str, object] = {
    "browser.gatherUsageStats": False,  # no request leaves the machine
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "global.developmentMode": False,
    "logger.hideWelcomeMessage": True,
    "logger.level": "warning",
    "runner.postScriptGC": False,  # a full collection after each run costs 60 ms of it
    "server.address": HOST,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxMessageSize": 50,  # MB, also of what a visitor's browser may send at once
    "server.showEmailPrompt": False,
    # The fields' colours in the two kinds of look; the names are those of agro/dashboard/theme.css.
    "theme.light.backgroundColor": "#fbfbf8",
    "theme.light.primaryColor": "#00649c",
    "theme.light.secondaryBackgroundColor": "#eef1ec",
    "theme.light.textColor": "#1a211d",
    "theme.dark.backgroundColor": "#131816",
    "theme.dark.primaryColor": "#86c8f0",
    "theme.dark.secondaryBackgroundColor": "#272f2b",
    "theme.dark.textColor": "#eef2ef",
}


def app(source: Source | None = None, told: Settings | None = None) -> App:
    """The ASGI application over the configured database (or `source`, for tests)."""
    told, database = told or settings(), source or Source()
    return App(
        _SCRIPT,
        secrets=secrets_of(told),
        routes=[
            *data_routes(database),
            *access_routes(database, told),
            *pocket_routes(database),
            Route("/favicon.png", favicon),
            Route("/", front_page),
            Route("/today", to_first_page),
            *(Route(f"/{page.stem}", front_page) for page in sorted(_PAGES.glob("*.py"))),
        ],
        middleware=_middleware(database, told),
    )


def _middleware(database: Source, told: Settings) -> list[Middleware]:
    """What stands before every route, Streamlit's own among them; the outermost first."""
    own_sessions = Middleware(OwnSessions, database=database, days=told.session_days)
    return [
        Middleware(Guards, origin=told.origin),
        Middleware(Bounds, a_minute=told.api_rate, upload_mb=told.upload_mb),
        Middleware(Uploads, database=database),
        *([own_sessions] if told.has_provider else []),
        Middleware(PackedAssets),
    ]


def data_routes(database: Source) -> list[Route]:
    """The routes beside the dashboard's: what is asked and told by programs."""

    def healthz(_request: Request) -> Response:
        health = Health.of(database)
        return JSONResponse(health.as_json(), status_code=200 if health.ok else 503)

    def metrics(_request: Request) -> Response:
        return PlainTextResponse(exposition(database), media_type=CONTENT_TYPE)

    keys = KeyRing(database)
    return [
        Route("/healthz", healthz),
        Route("/metrics", metrics),
        *pushes.routes(database, rate=settings().device_rate),
        *notification_routes(database, settings()),
        *publish_routes(database, keys),
        *calendar_routes(database),
        *open311_routes(database, settings(), keys),
        *sensor_things_routes(database, keys=keys),
    ]


def serve(port: int) -> None:
    """Serve on `port` of AGRO_HOST, this machine alone unless set, until interrupted.

    Raises
    ------
    AgroError  Other machines could reach it, and nobody has an account.
    """
    told = settings().model_copy(update={"port": port})
    if notice := check(told):
        log.info(notice)
    config = STREAMLIT | {
        "server.address": told.host,
        "server.maxUploadSize": told.upload_mb,
        "server.port": port,
    }
    with suppress(KeyboardInterrupt):  # uvicorn has shut down and raises the signal again
        app(told=told).run(config=config)
