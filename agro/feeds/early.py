"""Early warnings: rivers, water tables and the air, asked for as the city's own equipment.

They say how the water stands, never what is allowed: that is the orders' alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds.asking import Outcome, ask, is_due
from agro.records import Site
from agro.store import farms, feeds, writing
from agro.store.city.taking import keep
from agro.store.values import time_zone
from sensors.feeds import atmo, hubeau
from sensors.feeds.city_assets import Report
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import Feed, Parsed, Place

OVERLAP = timedelta(days=2)  # what came late or was mended is asked for again
MOST_PAGES = 20
_SECOND = timedelta(seconds=1)
PageFeed = Callable[[str], Feed[hubeau.Page]]


@dataclass(frozen=True, slots=True)
class _Question:
    """One thing to ask: the source of its equipment, and its feed by the address of a page."""

    source: str
    key: str
    feed: PageFeed


def is_asked(settings: Settings) -> bool:
    """Whether the operator named anything to watch."""
    return bool(settings.rivers or settings.water_tables or settings.air != "none")


def fetch_early(
    engine: Engine,
    fetcher: Fetcher,
    settings: Settings,
    stop: Event,
    *,
    at: datetime,
    only_due: bool = True,
) -> list[Outcome]:
    """Ask what is due, page by page; one outcome for each page asked for."""
    done: list[Outcome] = []
    with engine.connect() as c:
        post = farms.control_post(c)
        known = {} if post is None else {one.source: one for one in feeds.sources(c, post.slug)}
    if post is None or not is_asked(settings):
        return done
    for question in _questions(engine, settings, at):
        is_time = not only_due or is_due(known.get(question.key), at)
        if is_time and not stop.is_set():
            every = timedelta(seconds=settings.feed_every)
            done += _pages(engine, fetcher, question, post, at, every)
    return done


def _pages(
    engine: Engine,
    fetcher: Fetcher,
    question: _Question,
    post: Site,
    at: datetime,
    every: timedelta,
) -> list[Outcome]:
    """One question with all its pages; each page is stored as it comes."""
    done: list[Outcome] = []
    with engine.connect() as c:
        zone = time_zone(c)
    page = ""
    for number in range(MOST_PAGES):
        feed, when = question.feed(page), at + number * _SECOND
        asked = ask(engine, fetcher, feed, post, zone, at=when, every=every, conditional=False)
        done.append(asked.outcome)
        if asked.found is None or not asked.is_new:
            break
        found = asked.found
        with writing(engine) as c:
            keep(c, found.value.reports, when, source=question.source, licence=found.licence)
        page = found.value.next
        if not page:
            break
    return done


def _questions(engine: Engine, settings: Settings, at: datetime) -> Iterator[_Question]:
    since, base = at - OVERLAP, settings.hubeau_url
    for code in named(settings.rivers):
        for quantity in ("H", "Q"):
            yield _Question(
                hubeau.KEY, f"{hubeau.KEY}@{code}-{quantity}", _river(code, quantity, since, base)
            )
    for code in named(settings.water_tables):
        yield _Question(hubeau.KEY, f"{hubeau.KEY}@{code}", _well(code, since, base))
    if settings.air == "atmo":
        with engine.connect() as c:
            zones = [one.code for one in farms.communes(c)]
            today = at.astimezone(time_zone(c)).date()
        if zones:
            yield _Question(
                atmo.KEY,
                atmo.KEY,
                lambda _: _one_page(atmo.index(zones, today, base=settings.atmo_url)),
            )


def named(listed: str) -> list[str]:
    """The codes of a setting, which are divided by commas or spaces."""
    return [code for code in listed.replace(",", " ").upper().split() if code]


def _river(code: str, quantity: str, since: datetime, base: str) -> PageFeed:
    asked: hubeau.Quantity = "Q" if quantity == "Q" else "H"
    return lambda page: hubeau.river(code, asked, since, base=base, page=page)


def _well(code: str, since: datetime, base: str) -> PageFeed:
    return lambda page: hubeau.water_table(code, since, base=base, page=page)


def _one_page(feed: Feed[tuple[Report, ...]]) -> Feed[hubeau.Page]:
    """A feed without pages, as one that has a single one."""

    def read(body: bytes, place: Place) -> Parsed[hubeau.Page]:
        found = feed.read(body, place)
        return Parsed(hubeau.Page(found.value), found.observed_at, found.problems)

    return Feed(feed.key, feed.licence, feed.ask, read)
