"""The city's own systems, asked where they do not notify.

A context broker, a SensorThings server, a portal's car parks, the public transport's feeds.

Every page of an answer is stored as it comes; a page that fails leaves what was there, with its
age, and is asked for again at the next round.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds.asking import Outcome, ask, is_due
from agro.store import farms, feeds, writing
from agro.store.city.taking import keep
from agro.store.values import time_zone
from sensors.feeds import explore, gtfs_realtime, ngsi_ld, sensor_things
from sensors.feeds.city_assets import Report
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import Feed, Licence

MOST_PAGES = 100
MOST_AT_ONCE = 1_000_000  # of what comes in one piece, so that it has no second page
_SECOND = timedelta(seconds=1)


Reports = tuple[Report, ...]


@dataclass(frozen=True)
class _System:
    """One system: the key of its feed, how much it gives at once, and its question from an offset.

    `pack` is the name under which a city's pack says that there is such a source; empty where it
    need not.
    """

    key: str
    page: int
    feed: Callable[[int], Feed[Reports]]
    pack: str = ""


def is_asked(settings: Settings) -> bool:
    """Whether the operator named a system to ask."""
    return any(True for _ in _systems(settings))


def keys(settings: Settings) -> tuple[str, ...]:
    """The sources that the operator named."""
    return tuple(one.key for one in _systems(settings))


def unnamed(engine: Engine, settings: Settings) -> list[str]:
    """Sources that the operator named and the city's pack does not: they are not asked."""
    with engine.connect() as c:
        city = farms.city(c)
    wanted = {one.pack for one in _systems(settings) if one.pack}
    return sorted(name for name in wanted if city is not None and not city.has_feed(name))


def fetch_equipment(
    engine: Engine,
    fetcher: Fetcher,
    settings: Settings,
    stop: Event,
    *,
    at: datetime,
    only_due: bool = True,
) -> list[Outcome]:
    """Ask each system that is due, page by page; one outcome for each page asked for."""
    done: list[Outcome] = []
    with engine.connect() as c:
        post, zone = farms.control_post(c), time_zone(c)
        known = {} if post is None else {one.source: one for one in feeds.sources(c, post.slug)}
    if post is None:
        return done
    every, left_out = timedelta(seconds=settings.city_every), unnamed(engine, settings)
    for system in _systems(settings):
        if system.pack in left_out or (only_due and not is_due(known.get(system.key), at)):
            continue
        for number in range(MOST_PAGES):
            if stop.is_set():
                return done
            feed = system.feed(number * system.page)
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
        yield _System(ngsi_ld.KEY, ngsi_ld.PAGE, partial(_broker, settings))
    if settings.sensor_things_url:
        yield _System(sensor_things.KEY, sensor_things.PAGE, partial(_sensors, settings))
    if settings.car_parks_url:
        yield _System(explore.KEY, explore.PAGE, partial(_car_parks, settings), explore.KEY)
    for url, parts in _transit(settings).items():
        feed = gtfs_realtime.network(url, parts, licence=_licence(settings, urlsplit(url).netloc))
        yield _System(feed.key, MOST_AT_ONCE, partial(_whole, feed), gtfs_realtime.KEY)


def _broker(settings: Settings, offset: int) -> Feed[Reports]:
    base = settings.ngsi_ld_url.rstrip("/")
    return ngsi_ld.entities(
        base,
        token=settings.ngsi_ld_token.get_secret_value(),
        tenant=settings.ngsi_ld_tenant,
        licence=_licence(settings, base),
        offset=offset,
    )


def _sensors(settings: Settings, offset: int) -> Feed[Reports]:
    base = settings.sensor_things_url.rstrip("/")
    return sensor_things.datastreams(base, licence=_licence(settings, base), offset=offset)


def _car_parks(settings: Settings, offset: int) -> Feed[Reports]:
    url, key = settings.car_parks_url, settings.car_parks_key.get_secret_value()
    return explore.car_parks(url, key=key, licence=_licence(settings, url), offset=offset)


def _transit(settings: Settings) -> dict[str, set[gtfs_realtime.Part]]:
    """The addresses of the network, and what each is there for."""
    named: tuple[tuple[gtfs_realtime.Part, SecretStr], ...] = (
        ("positions", settings.transit_positions_url),
        ("trips", settings.transit_trips_url),
        ("alerts", settings.transit_alerts_url),
    )
    found: dict[str, set[gtfs_realtime.Part]] = {}
    for part, url in named:
        if url.get_secret_value():
            found.setdefault(url.get_secret_value(), set()).add(part)
    return found


def _whole(feed: Feed[Reports], _offset: int) -> Feed[Reports]:
    """What comes in one piece."""
    return feed


def _licence(settings: Settings, link: str) -> Licence:
    return Licence(settings.city_licence, "", link)
