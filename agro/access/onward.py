"""Where somebody was going when they left for the provider, kept until they come back.

The provider's answer comes without it: a cookie of ten minutes holds the language and the page,
both of which are looked at again when they are read.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote, urlencode

from starlette.responses import Response

from agro.access.forms import is_secure, own_page
from agro.words import LANGUAGES

ONWARD_COOKIE = "agro_onward"
_LASTS_S = 600
_LONGEST = 1_000  # signs, each of three at most here: a browser keeps 4096 bytes of a cookie


def keep_onward(response: Response, language: str, page: str) -> None:
    """Give the browser the page that it was going to."""
    told = urlencode({"lang": language, "next": page})
    if len(told) > _LONGEST:
        told = urlencode({"lang": language})
    response.set_cookie(
        ONWARD_COOKIE,
        quote(told, safe=""),  # a sign of its own, as `=`, would need quotation marks
        max_age=_LASTS_S,
        httponly=True,
        samesite="lax",
        secure=is_secure(),
    )


def onward(cookies: Mapping[str, str]) -> tuple[str, str]:
    """The language, empty where nobody said one, and the page; the first one unless told."""
    try:
        told = parse_qs(unquote(cookies.get(ONWARD_COOKIE, "")), max_num_fields=4)
    except ValueError:
        told = {}
    language = told.get("lang", [""])[0]
    return language if language in LANGUAGES else "", own_page(told.get("next", [""])[0])
