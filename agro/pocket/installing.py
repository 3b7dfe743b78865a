"""What makes the pages an app: the manifest with its icons, and the programs of the phone."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agro.pocket.asked import language_of
from agro.pocket.pages import ROOT
from agro.words import say

ICONS = (192, 512)  # px, the two that a phone asks for
_ASSETS = Path(__file__).parent / "assets"
_COLOUR, _BACK = "#00568a", "#fbfbf8"
_SCRIPT = "text/javascript; charset=utf-8"
_KINDS = {"sw.js": _SCRIPT, "pocket.js": _SCRIPT, "icon.svg": "image/svg+xml"} | {
    f"icon-{size}.png": "image/png" for size in ICONS
}


def asset_routes(packed: Sequence[Middleware]) -> list[Route]:
    """The routes of what the pages ask for; `packed` sends it in fewer bytes."""
    return [
        *(
            Route(
                f"{ROOT}/{name}",
                _asset(name, kind),
                middleware=None if kind == "image/png" else packed,
            )
            for name, kind in _KINDS.items()
        ),
        Route(f"{ROOT}/manifest.webmanifest", _manifest, middleware=packed),
    ]


def _asset(name: str, kind: str) -> Callable[[Request], Response]:
    body = _lean((_ASSETS / name).read_bytes(), kind)
    seal = f'W/"{sha256(body).hexdigest()[:16]}"'
    headers = {"Cache-Control": "no-cache", "ETag": seal}

    def endpoint(request: Request) -> Response:
        if request.headers.get("if-none-match") == seal:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=kind, headers=headers)

    return endpoint


def _lean(body: bytes, kind: str) -> bytes:
    """A program without its lines of comment: a phone on a slow line reads none of them."""
    if kind != _SCRIPT:
        return body
    lines = body.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.lstrip().startswith(b"//"))


def _manifest(request: Request) -> Response:
    """What a phone needs to put the pages among its apps."""
    words = say(language_of(request, ""))
    told = {
        "id": f"{ROOT}/",
        "name": words.t("app.title"),
        "short_name": words.t("pocket.short_name"),
        "description": words.t("pocket.open"),
        "lang": words.language,
        "start_url": f"{ROOT}/",
        "scope": f"{ROOT}/",
        "display": "standalone",
        "background_color": _BACK,
        "theme_color": _COLOUR,
        "icons": [*_icons()],
    }
    return JSONResponse(told, media_type="application/manifest+json")


def _icons() -> list[dict[str, str]]:
    """Each picture as it is and, as its drop stands well inside, cut to the phone's own shape."""
    drawn = [(f"{ROOT}/icon-{size}.png", f"{size}x{size}", "image/png") for size in ICONS]
    drawn.append((f"{ROOT}/icon.svg", "any", "image/svg+xml"))
    return [
        {"src": place, "sizes": size, "type": kind, "purpose": purpose}
        for place, size, kind in drawn
        for purpose in ("any", "maskable")
    ]
