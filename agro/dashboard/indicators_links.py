"""Where a record that was counted is shown: a page, and what of it; a link that can be sent."""

from urllib.parse import urlencode

from agro.access import Actor, may
from agro.indicators.book import Record, Source

# Kind of record → the page that shows it, beside the logbook's own entries.
_PAGES = {
    "site": "",
    "plot": "bed",
    "balance": "bed",
    "planting": "crops",
    "cycle": "crops",
    "rain": "stations",
    "survey": "indicators",
    "entered": "indicators",
}


def address(record: Record, language: str) -> str:
    """The address beside this page's own; empty where no page shows the record."""
    site, _, plot = record.plot.partition("/")
    return address_of(record.source, record.site or site, plot, language)


def address_of(source: Source, site: str, plot: str, language: str) -> str:
    """The same for a source alone, of a site and a plot."""
    asked = {"lang": language, "site": site}
    if source.row and source.key.startswith("log "):
        is_delivery = source.kind == "delivery"
        page, number = ("chain", "delivery") if is_delivery else ("logbook", "entry")
        return _written(page, asked | {number: str(source.row)})
    if source.kind not in _PAGES:
        return ""
    page = _PAGES[source.kind]
    if page == "bed":
        asked["plot"] = plot
    if page == "indicators":
        asked |= {"view": source.kind, "scope": f"site:{site}" if site else "city"}
        asked |= {source.kind: str(source.row)}
    return _written(page, asked)


def open_to(actor: Actor, link: str) -> str:
    """The link where it leads to a page of theirs, else none."""
    page = link.partition("?")[0].removeprefix("./") or "today"
    return link if link and may(actor, f"page.{page}") else ""


def _written(page: str, asked: dict[str, str]) -> str:
    told = {name: value for name, value in asked.items() if value}
    return f"{page or './'}?{urlencode(told)}"
