"""The one server: the dashboard, `/healthz`, `/metrics` and what is pushed, on one port.

`app()` is the ASGI application, `serve(port)` runs it until it is told to stop. Settings are
passed to Streamlit here, because an embedded Streamlit reads neither its variables nor, from
another folder, its file.
"""

from contextlib import suppress
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit.starlette import App

from agro.api.open311 import open311_routes
from agro.api.sensor_things import sensor_things_routes
from agro.config import settings
from agro.publish.routes import publish_routes
from agro.server import pushes
from agro.server.assets import PackedAssets, favicon, front_page, to_first_page
from agro.server.health import Health
from agro.server.metrics import CONTENT_TYPE, exposition
from agro.server.notifications import notification_routes
from agro.server.source import Source

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
    "server.showEmailPrompt": False,
    "theme.base": "light",  # read outdoors
    "theme.backgroundColor": "#fbfbf8",
    "theme.primaryColor": "#00649c",
    "theme.secondaryBackgroundColor": "#eef1ec",
    "theme.textColor": "#1a211d",
}


def app(source: Source | None = None) -> App:
    """The ASGI application over the configured database (or `source`, for tests)."""
    return App(
        _SCRIPT,
        routes=[
            *data_routes(source or Source()),
            Route("/favicon.png", favicon),
            Route("/", front_page),
            Route("/today", to_first_page),
            *(Route(f"/{page.stem}", front_page) for page in sorted(_PAGES.glob("*.py"))),
        ],
        middleware=[Middleware(PackedAssets)],
    )


def data_routes(database: Source) -> list[Route]:
    """The routes beside the dashboard's: what is asked and told by programs."""

    def healthz(_request: Request) -> Response:
        health = Health.of(database)
        return JSONResponse(health.as_json(), status_code=200 if health.ok else 503)

    def metrics(_request: Request) -> Response:
        return PlainTextResponse(exposition(database), media_type=CONTENT_TYPE)

    return [
        Route("/healthz", healthz),
        Route("/metrics", metrics),
        *pushes.routes(database, rate=settings().device_rate),
        *notification_routes(database, settings()),
        *publish_routes(database),
        *open311_routes(database, settings()),
        *sensor_things_routes(database, key=settings().api_key),
    ]


def serve(port: int) -> None:
    """Serve on this machine's `port` until interrupted."""
    with suppress(KeyboardInterrupt):  # uvicorn has shut down and raises the signal again
        app().run(config=STREAMLIT | {"server.port": port})
