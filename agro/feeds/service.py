"""The service beside the advice: asks outside sources as they become due."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.config import Settings, clock_is_simulated, now
from agro.feeds import early, equipment, forwarding, orders, reports
from agro.feeds.asking import Outcome, is_due
from agro.feeds.weather import Asking, Sources, fetch_weather, sources_of
from agro.records import Site
from agro.store import farms, feeds, heartbeat, writing
from agro.store.values import time_zone
from sensors.feeds.fetching import Fetcher

log = logging.getLogger(__name__)

NAME = "feeds"
LOOK_EVERY_S = 30.0
_LONGEST_PAUSE_S = 120.0  # between two looks while the database is away
_BEAT_EVERY = timedelta(minutes=5)


def run(
    engine: Engine, settings: Settings, stop: Event, *, look_every_s: float = LOOK_EVERY_S
) -> None:
    """Ask what is due, now and every so often, until `stop` is set.

    Nothing is asked unless the operator consents to some source, and nothing in a demo, whose
    clock is not the world's.
    """
    sources = sources_of(settings)
    also = (orders, early, equipment, reports)
    is_any = sources.keys or any(one.is_asked(settings) for one in also)
    if not is_any or clock_is_simulated():
        return
    pause, beat_at = look_every_s, now()
    with Fetcher() as fetcher:
        while not stop.is_set():
            try:
                done = round_(engine, fetcher, sources, stop)
                done += orders_round(engine, fetcher, settings, stop)
                done += city_round(engine, fetcher, settings, stop)
                if done or now() >= beat_at:
                    _beat(engine, done)
                    beat_at = now() + _BEAT_EVERY
                pause = look_every_s
            except SQLAlchemyError as error:
                pause = min(2.0 * pause, _LONGEST_PAUSE_S)
                told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
                log.warning("feeds wait %.0f s for the database: %s", pause, told)
            stop.wait(pause)


def round_(engine: Engine, fetcher: Fetcher, sources: Sources, stop: Event) -> list[Outcome]:
    """Ask what is due for every site that has beds."""
    done: list[Outcome] = []
    with engine.connect() as c:
        sites, zone = gardens(engine), time_zone(c)
    for site in sites:
        if stop.is_set():
            break
        with engine.connect() as c:
            known = {one.source: one for one in feeds.sources(c, site.slug)}
        at = now()
        due = frozenset(key for key in sources.keys if is_due(known.get(key), at))
        if not due:
            continue
        try:
            done += fetch_weather(Asking(engine, fetcher, sources, site, zone, at, due))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # What nobody foresaw in an answer is this site's alone, and asked again in an hour.
            log.error("feeds of %s: %s", site.slug, error, exc_info=error)
            with writing(engine) as c:
                feeds.postpone(c, site.slug, at + sources.every)
    return done


def orders_round(
    engine: Engine, fetcher: Fetcher, settings: Settings, stop: Event
) -> list[Outcome]:
    """Ask for the drought orders that are due, of every site that has beds."""
    done: list[Outcome] = []
    if not orders.is_asked(settings):
        return done
    with engine.connect() as c:
        zone = time_zone(c)
    for site in gardens(engine):
        if stop.is_set():
            break
        try:
            done += orders.fetch_orders(engine, fetcher, settings, site, zone, at=now())
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            log.error("orders for %s: %s", site.slug, error, exc_info=error)
            with writing(engine) as c:
                feeds.postpone(c, site.slug, now() + orders.EVERY)
    return done


def city_round(engine: Engine, fetcher: Fetcher, settings: Settings, stop: Event) -> list[Outcome]:
    """Ask what is of the whole city; what nobody foresaw in one answer stops nothing else."""
    done: list[Outcome] = []
    rounds: dict[str, Callable[[], list[Outcome]]] = {
        "early": lambda: early.fetch_early(engine, fetcher, settings, stop, at=now()),
        "equipment": lambda: equipment.fetch_equipment(engine, fetcher, settings, stop, at=now()),
        "reports": lambda: reports.fetch_reports(engine, fetcher, settings, now()),
        "forwarding": lambda: forwarding.forward_reports(engine, fetcher, settings, now()),
    }
    for name, ask_all in rounds.items():
        try:
            done += [] if stop.is_set() else ask_all()
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            log.error("feeds of the city, %s: %s", name, error, exc_info=error)
    return done


def gardens(engine: Engine) -> list[Site]:
    """The sites on which something can grow."""
    with engine.connect() as c:
        grown = {plot.site for plot in farms.plots(c)}
        return [site for site in farms.sites(c) if site.slug in grown]


def _beat(engine: Engine, done: list[Outcome]) -> None:
    failed = sorted({f"{one.source} {one.site}" for one in done if one.state == "failed"})
    with writing(engine) as c:
        heartbeat.beat(c, NAME, now(), {"asked": len(done), "failed": failed})
