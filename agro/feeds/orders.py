"""Drought orders: asked for each place and water of a garden, and kept as they were answered.

An order that is suddenly not told of any more is not taken to be over at once: a service that is
renewed by night may say "nothing" for a moment, and water is taken against the law. It stands, as
`confirming`, until the same is answered again `CONFIRM_AFTER` later or its last day is past.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Engine

from agro.advice.beds import Bed, beds
from agro.advice.moment import Moment
from agro.advice.order import place, resources
from agro.config import Settings
from agro.feeds.asking import Outcome, ask, is_due
from agro.records import Site
from agro.store import farms, feeds, orders, writing
from agro.store.orders import PER_DEGREE, Answer, DroughtOrder
from sensors.feeds import vigieau
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import Feed, Observed
from sensors.feeds.vigieau import RESOURCES, Order, Resource, Situation, Usage

CONFIRM_AFTER = timedelta(minutes=20)
EVERY = timedelta(hours=3)  # orders change by the day; the day's first hours matter
Question = tuple[tuple[int, int], Resource]


def is_asked(settings: Settings) -> bool:
    """Whether the operator consents to ask."""
    return settings.drought_orders == "vigieau"


def questions(of: Sequence[Bed]) -> list[Question]:
    """The places and waters to ask for, each once."""
    found = {(place(bed), water) for bed in of for water in resources(bed)}
    return [(at, water) for at, water in sorted(found) if water in RESOURCES]


def key_of(question: Question) -> str:
    """The name of the source that answers one question: `vigieau@aep,47.314,5.029`."""
    (north, east), water = question
    return f"{vigieau.KEY}@{water.lower()},{north / PER_DEGREE:.3f},{east / PER_DEGREE:.3f}"


def fetch_orders(
    engine: Engine,
    fetcher: Fetcher,
    settings: Settings,
    site: Site,
    zone: tzinfo,
    *,
    at: datetime,
    only_due: bool = True,
) -> list[Outcome]:
    """Ask what is due for one site and keep what was answered: one outcome for each question.

    Elsewhere the service knows no zone, which it says of a free place too: it is not asked.
    """
    with engine.connect() as c:
        city = farms.city(c)
        if city is not None and not city.has_feed(vigieau.KEY):
            return []
        wanted = questions(beds(c, site, Moment(at, zone)))
        known = {one.source: one for one in feeds.sources(c, site.slug)}
    done = []
    for question in wanted:
        key = key_of(question)
        if only_due and not is_due(known.get(key), at):
            continue
        feed = vigieau.orders(question[1], settings.vigieau_url, key)
        done.append(_asked(engine, fetcher, feed, site, zone, question, at))
    return done


def _asked(
    engine: Engine,
    fetcher: Fetcher,
    feed: Feed[Situation],
    site: Site,
    zone: tzinfo,
    question: Question,
    at: datetime,
) -> Outcome:
    """One question: what came is kept; what failed leaves the last answer in force."""
    (north, east), _ = question
    there = replace(site, latitude=north / PER_DEGREE, longitude=east / PER_DEGREE)
    asked = ask(engine, fetcher, feed, there, zone, at=at, every=EVERY)
    if asked.found is not None and asked.outcome.state != "failed":
        kept = keep(engine, site.slug, question, asked.found, today=at.astimezone(zone).date())
        if kept.state == "confirming":
            with writing(engine) as c:
                feeds.ask_again(c, feed.key, site.slug, kept.fetched_at + CONFIRM_AFTER)
    return asked.outcome


def keep(
    engine: Engine, site: str, question: Question, found: Observed[Situation], *, today: date
) -> Answer:
    """Keep what was answered, by a service or a file; what that is."""
    at, water = question
    order = found.value.order
    answer = Answer(
        site=site,
        place=at,
        resource=water,
        fetched_at=found.fetched_at,
        state=found.value.state,
        source=vigieau.KEY,
        mode=found.mode,
        order=None if order is None else _stored(order),
    )
    with writing(engine) as c:
        same = (one for one in orders.newest(c, site, answer.fetched_at) if _is_of(one, question))
        kept = _confirmed(answer, next(same, None), today)
        orders.write(c, kept, order.document if order else None)
    return kept


def _is_of(one: Answer, question: Question) -> bool:
    return (one.place, one.resource) == question


def _confirmed(answer: Answer, before: Answer | None, today: date) -> Answer:
    """The answer; where it lifts what held before, that what held is being confirmed.

    A person who brings a file knows what it says.
    """
    if answer.state != "free" or answer.mode == "file" or before is None:
        return answer
    if before.state == "confirming":
        is_early = answer.fetched_at - before.fetched_at < CONFIRM_AFTER
        return before if is_early else answer
    if before.state == "free" or (before.order is not None and _is_over(before.order, today)):
        return answer
    return replace(answer, state="confirming", order=before.order, order_id=before.order_id)


def _is_over(order: DroughtOrder, today: date) -> bool:
    return order.valid_until is not None and order.valid_until < today


def _stored(order: Order) -> DroughtOrder:
    return DroughtOrder(
        resource=order.resource,
        zone_code=order.zone_code,
        zone=order.zone,
        level=order.level,
        valid_from=order.valid_from,
        valid_until=order.valid_until,
        link=order.link,
        framework_link=order.framework_link,
        usages=tuple(_usage(one) for one in order.usages),
    )


def _usage(usage: Usage) -> dict[str, object]:
    told = asdict(usage)
    return told | {"concerns": None if usage.concerns is None else sorted(usage.concerns)}
