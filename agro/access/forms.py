"""Forms that only a page of ours may send.

Two things are asked of a post that carries a cookie: that the browser says it comes from our own
pages [1], and that it repeats the token which the form was given with a cookie that no other page
can read [2].

[1] W3C, 2023, Fetch Metadata Request Headers.
[2] OWASP, Cross-Site Request Forgery Prevention Cheat Sheet, double-submit cookie.
"""

import re
from hmac import compare_digest
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from agro.config import settings

FORM_COOKIE = "agro_form"
LARGEST = 8 * 1024
"""Bytes of a form."""

_MOST_FIELDS = 50
_TOKEN = re.compile(r"[\w-]{20,64}")
_DAY_S = 86_400
_OUT_OF_PAGE = re.compile(r"[\x00-\x20\\]")


def same_origin(request: Request) -> bool:
    """Whether a post comes from a page of ours, by what the browser says and no page can forge."""
    told = request.headers.get("sec-fetch-site")
    if told is not None:
        return told in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True  # no browser: it has no cookies that somebody else could use
    ours = {request.headers.get("host", ""), urlsplit(settings().public_url).netloc} - {""}
    return urlsplit(origin).netloc in ours


def form_token(request: Request) -> str:
    """The token of a form: the visitor's own, or a new one, to be kept by `keep_token`."""
    held = request.cookies.get(FORM_COOKIE, "")
    return held if _TOKEN.fullmatch(held) else token_urlsafe(24)


def keep_token(response: Response, token: str) -> None:
    """Give the browser the token that its form will repeat."""
    response.set_cookie(
        FORM_COOKIE, token, max_age=_DAY_S, httponly=True, samesite="lax", secure=is_secure()
    )


def token_matches(request: Request, shown: str) -> bool:
    """Whether a form repeats the token of its visitor."""
    held = request.cookies.get(FORM_COOKIE, "")
    return bool(_TOKEN.fullmatch(held)) and compare_digest(held.encode(), shown.encode())


def is_secure() -> bool:
    """Whether people reach us by https alone, so that cookies may not travel otherwise."""
    return settings().origin.startswith("https:")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form.

    Raises
    ------
    ValueError  It is too large, cut off, or no form.
    """
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                raise ValueError(f"a form has at most {LARGEST} bytes")
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise ValueError("the form ended too early") from error
    text = b"".join(chunks).decode("utf-8")
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))


def own_page(asked: str) -> str:
    """A page of ours to go on to; the first one where another place is asked for."""
    parts = urlsplit(asked)
    is_ours = asked.startswith("/") and not asked.startswith("//") and not parts.netloc
    return asked if is_ours and not _OUT_OF_PAGE.search(asked) else "/"
