"""A context broker's notification enters the store, and is remembered as it came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import isnan

from sqlalchemy import Connection

from agro.store import farms, feeds, problems
from agro.store.city.taking import UNLICENSED, Received, keep
from agro.store.feeds import Source
from agro.store.incoming import POISON, Message, problem_of, unread
from sensors.errors import DecodeError
from sensors.feeds import ngsi_ld
from sensors.feeds.city_assets import Report
from sensors.feeds.source import Licence, Mode
from sensors.reading import Problem

FILE = "file"  # the source of what came in one
NOTIFICATION = "ngsi-ld/notify"  # the topic of a notification among the messages


def receive(
    c: Connection, body: bytes, arrived_at: datetime, *, licence: Licence = UNLICENSED
) -> Received:
    """Store an NGSI-LD notification (or list of entities) in the caller's transaction.

    Raises
    ------
    StoreError  No city pack is loaded.
    """
    message = Message(NOTIFICATION, body, arrived_at)
    try:
        reports = ngsi_ld.read(body, arrived_at)
    except DecodeError as error:
        fault = Problem(error.reason, error.device, detail=error.detail)
        return Received(0, 0, 0, problems.write(c, [problem_of(message, "", fault)]))
    except POISON as error:
        fault = unread("unreadable_envelope", error)
        return Received(0, 0, 0, problems.write(c, [problem_of(message, "", fault)]))
    done = keep(c, reports, arrived_at, source=ngsi_ld.KEY, licence=licence, topic=NOTIFICATION)
    if done.rows:
        _note(c, reports, body, arrived_at, licence)
    return done


def read_in(c: Connection, body: bytes, at: datetime) -> tuple[Received, list[Problem]]:
    """Store the entities of a file, and tell what of them cannot be used.

    Values that tell no time are not believed.

    Raises
    ------
    DecodeError  It holds no entities.
    StoreError   No city pack is loaded.
    """
    reports = [
        replace(one, equipment=one.equipment and replace(one.equipment, mode=_of_file(one)))
        for one in ngsi_ld.read(body, None)
    ]
    done = keep(c, reports, at, source=FILE)
    return done, [problem for one in reports for problem in one.problems]


def _of_file(one: Report) -> Mode:
    is_simulated = one.equipment is not None and one.equipment.mode == "simulated"
    return "simulated" if is_simulated else "file"


def _note(
    c: Connection, reports: Sequence[Report], body: bytes, arrived_at: datetime, licence: Licence
) -> None:
    """Remember when the source was heard and the newest of its notifications."""
    post = farms.control_post(c)
    if post is None:
        return
    known = [one.equipment for one in reports if one.equipment is not None]
    is_simulated = any(one.mode == "simulated" for one in known)
    times = [value.time for one in reports for value in one.measured if not isnan(value.value)]
    was = feeds.source(c, ngsi_ld.KEY, post.slug)
    newest = max((*times, *((was.observed_at,) if was and was.observed_at else ())), default=None)
    row = was or Source(ngsi_ld.KEY, post.slug, "live", "", "", "")
    told = replace(
        row,
        mode="simulated" if is_simulated else "live",
        licence=licence.name,
        attribution=licence.attribution,
        link=licence.link,
        fetched_at=arrived_at,
        observed_at=newest,
        failures=0,
        reason="",
    )
    feeds.answered(c, told, body)
