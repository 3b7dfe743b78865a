"""What a request asks for: its language, its look, and the fields of a form."""

import re
from collections.abc import Iterator

from starlette.requests import Request

from agro.words import LANGUAGES

LANGUAGE_COOKIE = "agro_lang"
LOOK_COOKIE = "agro_look"
"""The dashboard's own cookie: what is chosen here holds there too."""
LOOKS = ("light", "dark", "sun")
_NOTE_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


def language_of(request: Request, city: str) -> str:
    """The language that is asked for, else the cookie's, the browser's, the city's, the first."""
    told = request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")
    for one in (*told, *_accepted(request.headers.get("accept-language", "")), city):
        if one in LANGUAGES:
            return one
    return LANGUAGES[0]


def look_of(request: Request) -> str:
    """The look that is asked for, else the one chosen before; empty: the phone's own."""
    told = request.query_params.get("look", ""), request.cookies.get(LOOK_COOKIE, "")
    return next((one for one in told if one in LOOKS), "")


def _accepted(header: str) -> Iterator[str]:
    """Languages of an Accept-Language header without their regions, the preferred first."""
    weighed = []
    for place, part in enumerate(header[:500].split(",")):
        name, _, weight = part.strip().partition(";q=")
        weighed.append((-_weight(weight), place, name.partition("-")[0].lower()))
    return (name for weight, _, name in sorted(weighed) if weight < 0)


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def is_note_id(text: str) -> bool:
    """Whether this can be the name of a note."""
    return _NOTE_ID.fullmatch(text) is not None
