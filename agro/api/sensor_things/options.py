"""The query string of a request as options; an option that we do not know is an error."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode

from agro.api.sensor_things.errors import bad
from agro.api.sensor_things.parse import (
    parse_expand,
    parse_filter,
    parse_order,
    parse_select,
    whole,
)
from agro.api.sensor_things.read import Found, Page, size
from agro.api.sensor_things.syntax import Options

Pairs = Sequence[tuple[str, str]]
_SAFE = "$'(),/;:=@"
_KNOWN = (
    "$filter",
    "$orderby",
    "$select",
    "$expand",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$resultFormat",
    "resultFormat",
)


def read_options(pairs: Pairs) -> tuple[Options, str]:
    """The options of a query string, and the format it asks for.

    Raises
    ------
    ApiError  An option is unknown, given twice, or cannot be read.
    """
    options, result_format = Options(), ""
    seen: set[str] = set()
    for name, text in pairs:
        if name not in _KNOWN:
            raise bad(f"there is no option {name[:40]!r}; there are {', '.join(_KNOWN)}")
        if name in seen:
            raise bad(f"{name} is given twice")
        seen.add(name)
        if name.endswith("esultFormat"):
            result_format = text
        else:
            options = _with(options, name, text)
    if result_format not in ("", "dataArray"):
        raise bad(f"resultFormat={result_format[:40]}: only dataArray is known")
    return options, result_format


def _with(options: Options, name: str, text: str) -> Options:
    match name:
        case "$filter":
            return replace(options, filter=parse_filter(text))
        case "$orderby":
            return replace(options, order=parse_order(text))
        case "$select":
            return replace(options, select=parse_select(text))
        case "$expand":
            return replace(options, expand=parse_expand(text))
        case "$top":
            return replace(options, top=whole(name, text))
        case "$skip":
            return replace(options, skip=whole(name, text))
        case "$skiptoken":
            return replace(options, after=whole(name, text))
        case _:
            return replace(options, count=_truth(text))


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise bad(f"$count={text[:20]}: write $count=true or $count=false")
    return text == "true"


def next_link(address: str, pairs: Pairs, options: Options, page: Page) -> str | None:
    """Where the next page is: after the last id in the natural order, else so many further on."""
    if not page.more:
        return None
    kept = [(name, text) for name, text in pairs if name not in ("$skip", "$skiptoken")]
    if options.order:
        further = ("$skip", str(options.skip + size(options)))
    else:
        last: Found = page.entities[-1]
        further = ("$skiptoken", str(last.id))
    return f"{address}?{urlencode([*kept, further], safe=_SAFE, quote_via=quote)}"
