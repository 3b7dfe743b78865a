"""One name for each thing we publish, the same in every interface.

`urn:ngsi-ld:AgriParcel:<city>:<site>:<plot>`: the type of the entity, the city, then
the slugs that lead to it. ETSI GS CIM 009 recommends this form; RFC 8141 gives the characters.
"""

from functools import lru_cache
from urllib.parse import quote, unquote

_PREFIX = "urn:ngsi-ld:"


@lru_cache(maxsize=8192)
def urn(kind: str, *path: str) -> str:
    """The URN of an entity of this type; characters that a URN cannot hold are escaped."""
    return _PREFIX + ":".join(quote(part, safe="") for part in (kind, *path))


def split(name: str) -> tuple[str, ...]:
    """The type and the path of a URN of ours; empty for any other text."""
    if not name.startswith(_PREFIX):
        return ()
    return tuple(unquote(part) for part in name.removeprefix(_PREFIX).split(":"))


def parcel(city: str, site: str, plot: str) -> str:
    """The one URN of a plot, in every interface."""
    return urn("AgriParcel", city, site, plot)


def farm(city: str, site: str) -> str:
    """The URN of a site."""
    return urn("AgriFarm", city, site)
