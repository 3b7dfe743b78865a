"""How the pages look: one style, and the colours of three looks, those of the dashboard.

Where nobody chose a look, the phone's own setting decides between day and night.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

_ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Style:
    """What stands in a page's head, and the policy that lets a browser believe it."""

    css: Markup
    policy: str


@cache
def style(look: str) -> Style:
    """The style of a look; of none, that of the phone."""
    css = _read("pocket") + _colours(look)
    seal = b64encode(sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{seal}'; script-src 'self'; "
        "worker-src 'self'; connect-src 'self'; manifest-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Style(Markup(css), policy)  # noqa: S704 - our own files


def _colours(look: str) -> str:
    """What a look changes; `pocket.css` has the colours of the day."""
    if look in ("dark", "sun"):
        return _read(look)
    return "" if look == "light" else f"@media(prefers-color-scheme:dark){{{_read('dark')}}}"


def _read(name: str) -> str:
    return (_ASSETS / f"{name}.css").read_text(encoding="utf-8").strip()
