"""The demo's reports: an invented answer of the city's system, read as a real one is."""

from datetime import datetime

from sqlalchemy import Connection

from agro.demo.farm import Farm
from agro.store import farms, feeds, report_sources, reports
from agro.store.feeds import Source
from agro.store.report_reading import reading
from agro.words import own_text
from sensors.feeds import open311
from sensors.feeds.source import Place
from sensors.simulated.reports import Spot, answer

COUNT, DAYS = 40, 45
_NOBODYS = "–"  # no licence: what is invented is nobody's


def write(c: Connection, farm: Farm, until: datetime, seed: int) -> None:
    """Write what citizens reported up to `until`; written again it changes nothing."""
    body = _answer(c, farm, until, seed)
    first = farm.gardens[0]
    place = Place(first.latitude, first.longitude, first.elevation, farm.zone, first.commune)
    by = reading(c, mode="simulated")
    reports.take(c, [by.report(one, until) for one in open311.read_requests(body, place).value])
    source = Source(
        open311.KEY,
        first.slug,
        mode="simulated",
        licence=_NOBODYS,
        attribution="",
        link="",
        fetched_at=until,
        observed_at=until,
    )
    feeds.answered(c, source, body)


def _answer(c: Connection, farm: Farm, until: datetime, seed: int) -> bytes:
    kinds = {
        one.code: own_text(one, "name", farm.city.language) for one in report_sources.services(c)
    }
    gardens = [Spot(one.latitude, one.longitude) for one in farm.gardens]
    communes = [
        Spot(one.latitude, one.longitude, float(one.population)) for one in farms.communes(c)
    ]
    return answer(
        kinds,
        gardens,
        communes,
        language=farm.tongue,
        count=COUNT,
        days=DAYS,
        until=until,
        seed=seed,
    )
