"""Drought orders for `agro feed orders`: asked now, or taken from an answer that was saved."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from agro.advice.beds import beds
from agro.advice.moment import Moment
from agro.config import Settings, clock_is_simulated, now
from agro.errors import BadInput
from agro.feeds import Outcome
from agro.feeds.asking import place_of
from agro.feeds.orders import fetch_orders, keep, key_of, questions
from agro.records import Site
from agro.store.values import time_zone
from sensors.errors import FeedError
from sensors.feeds import vigieau
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import observed
from sensors.feeds.vigieau import Resource

LARGEST = 16 * 1024 * 1024  # bytes of a file


def asked_orders(engine: Engine, settings: Settings, sites: Sequence[Site]) -> list[Outcome]:
    """Ask for every site now.

    Raises
    ------
    BadInput  The clock is a demo's.
    """
    if clock_is_simulated():
        raise BadInput(["AGRO_CLOCK: is a demo's; unset it to ask a service"])
    done: list[Outcome] = []
    with engine.connect() as c:
        zone = time_zone(c)
    with Fetcher() as fetcher:
        for site in sites:
            done += fetch_orders(engine, fetcher, settings, site, zone, at=now(), only_due=False)
    return done


def filed_order(
    engine: Engine, sites: Sequence[Site], file: Path, water: Resource | None
) -> list[Outcome]:
    """Take a saved answer for every place of the sites that drinks of its water.

    Raises
    ------
    BadInput  The file cannot be read, or nobody said of which water it is.
    """
    if water is None:
        raise BadInput([f"{file}: of which water is it? add --water AEP, SOU or SUP"])
    try:
        body = file.read_bytes()
    except OSError as error:
        raise BadInput([f"{file}: cannot be read ({error.strerror}); check its name"]) from error
    if len(body) > LARGEST:
        raise BadInput([f"{file}: larger than {LARGEST} bytes; save one answer"])
    done: list[Outcome] = []
    at = now()
    with engine.connect() as c:
        zone = time_zone(c)
        asked = {site.slug: questions(beds(c, site, Moment(at, zone))) for site in sites}
    for site in sites:
        for question in (one for one in asked[site.slug] if one[1] == water):
            feed = vigieau.orders(water)
            try:
                found = observed(feed, body, place_of(site, zone), fetched_at=at, mode="file")
            except FeedError as error:
                raise BadInput([f"{file}: {error.reason}; save the service's answer"]) from error
            keep(engine, site.slug, question, found, today=at.astimezone(zone).date())
            done.append(Outcome(site.slug, key_of(question), "new", 0.0, feed.licence.name))
    if not done:
        told = f"--water: no bed of these sites drinks of {water}"
        raise BadInput([f"{told}; see their water_source in the city pack"])
    return done
