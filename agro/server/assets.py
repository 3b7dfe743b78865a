"""What the browser fetches first: the page's shell in its language, and assets packed once.

Streamlit sends 9 MB of scripts unpacked; packed they are a quarter. Their names carry a hash,
so a packed copy is made once for each and kept.
"""

import gzip
import mimetypes
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

from agro.words import LANGUAGES, say

_STATIC = Path(file_util.get_static_dir())
_ICON = Path(__file__).parents[1] / "dashboard" / "icon.png"
_PACKED = {".js", ".css", ".json", ".svg", ".wasm"}
_YEAR_S = 31_536_000


def front_page(request: Request) -> Response:
    """The shell of every page: its language and its title are right before any script runs."""
    asked = request.query_params.get("lang", "")
    return HTMLResponse(_shell(asked if asked in LANGUAGES else LANGUAGES[0]))


def to_first_page(request: Request) -> Response:
    """The first page lives at the root; its own name leads there."""
    return RedirectResponse(str(request.url.replace(path="/")), status_code=307)


# The look that was asked for or chosen before (agro/dashboard/parts.py), before anything is drawn:
# Streamlit takes the kind of look of a page from where its own menu would have kept it.
_LOOK = """<script>(() => {
  const asked = new URLSearchParams(location.search).get("look");
  const kept = (document.cookie.match(/(?:^|; )agro_look=(\\w+)/) || [])[1];
  const look = [asked, kept].find((one) => ["light", "dark", "sun"].includes(one)) || "light";
  document.documentElement.dataset.look = look;
  const key = `stActiveTheme-${location.pathname}-v2`, kind = look === "dark" ? "Dark" : "Light";
  localStorage.setItem(key, JSON.stringify(kind));
})()</script>"""


@cache
def _shell(language: str) -> str:
    html = (_STATIC / "index.html").read_text(encoding="utf-8")
    title = say(language).t("app.title")
    return html.replace('<html lang="en">', f'<html lang="{language}">', 1).replace(
        "<title>Streamlit</title>", f"<title>{title}</title>{_LOOK}", 1
    )


def favicon(_request: Request) -> Response:
    """Our icon in place of Streamlit's."""
    return Response(_ICON.read_bytes(), media_type="image/png")


class PackedAssets:
    """Answers `/static/…` with a gzip copy where the browser takes one; passes on the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if not _takes_packed_asset(scope):
            await self._app(scope, receive, send)
            return
        packed = await run_in_threadpool(_pack, scope["path"])
        kind = mimetypes.guess_type(scope["path"])[0] or "application/octet-stream"
        headers = {
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
            "Cache-Control": f"public, immutable, max-age={_YEAR_S}",
        }
        await Response(packed, media_type=kind, headers=headers)(scope, receive, send)


def _takes_packed_asset(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    if scope["path"] not in _names():
        return False
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


@cache
def _names() -> frozenset[str]:
    """The assets there are: only these are ever read, whatever path is asked."""
    return frozenset(
        f"/{path.relative_to(_STATIC).as_posix()}"
        for path in (_STATIC / "static").rglob("*")
        if path.suffix in _PACKED
    )


@cache
def _pack(path: str) -> bytes:
    return gzip.compress((_STATIC / path.lstrip("/")).read_bytes(), compresslevel=6)
