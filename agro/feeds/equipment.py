"""The city's own systems, asked where they do not notify: a context broker, a SensorThings server.

Every page of an answer is stored as it comes; a page that fails leaves what was there, with its
age, and is asked for again at the next round.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds.asking import Outcome, ask, is_due
from agro.store import farms, feeds, writing
from agro.store.city.taking import keep
from agro.store.values import time_zone
from sensors.feeds import ngsi_ld, sensor_things
from sensors.feeds.city_assets import Report
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import Feed, Licence

MOST_PAGES = 100
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _System:
    """One system: the key of its feed, and how much it gives at once."""

    key: str
    page: int


def is_asked(settings: Settings) -> bool:
    """Whether the operator named a system to ask."""
    return bool(settings.ngsi_ld_url or settings.sensor_things_url)


def fetch_equipment(
    engine: Engine, fetcher: Fetcher, settings: Settings, stop: Event, *, at: datetime
) -> list[Outcome]:
    """Ask each system that is due, page by page; one outcome for each page asked for."""
    done: list[Outcome] = []
    with engine.connect() as c:
        post, zone = farms.control_post(c), time_zone(c)
        known = {} if post is None else {one.source: one for one in feeds.sources(c, post.slug)}
    if post is None:
        return done
    every = timedelta(seconds=settings.city_every)
    for system in _systems(settings):
        if not is_due(known.get(system.key), at):
            continue
        for number, feed in enumerate(_pages(system, settings)):
            if stop.is_set():
                return done
            when = at + number * _SECOND  # each page is kept under a time of its own
            asked = ask(engine, fetcher, feed, post, zone, at=when, every=every, conditional=False)
            done.append(asked.outcome)
            if asked.found is None or not asked.is_new:
                break
            found = asked.found
            with writing(engine) as c:
                keep(c, found.value, when, source=feed.key, licence=found.licence)
            if len(found.value) < system.page:
                break
    return done


def _systems(settings: Settings) -> Iterator[_System]:
    if settings.ngsi_ld_url:
        yield _System(ngsi_ld.KEY, ngsi_ld.PAGE)
    if settings.sensor_things_url:
        yield _System(sensor_things.KEY, sensor_things.PAGE)


def _pages(system: _System, settings: Settings) -> Iterator[Feed[tuple[Report, ...]]]:
    """The questions for one page after the other."""
    for number in range(MOST_PAGES):
        offset = number * system.page
        if system.key == ngsi_ld.KEY:
            base = settings.ngsi_ld_url.rstrip("/")
            yield ngsi_ld.entities(
                base,
                token=settings.ngsi_ld_token.get_secret_value(),
                tenant=settings.ngsi_ld_tenant,
                licence=Licence(settings.city_licence, "", base),
                offset=offset,
            )
        else:
            base = settings.sensor_things_url.rstrip("/")
            licence = Licence(settings.city_licence, "", base)
            yield sensor_things.datastreams(base, licence=licence, offset=offset)
