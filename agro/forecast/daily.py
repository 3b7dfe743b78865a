"""The forecasts that are kept: one a day of each planting, so that it can be looked back at."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from time import monotonic

from sqlalchemy import Connection, Engine

from agro.forecast.service import forecast
from agro.records import YieldForecast
from agro.store import farms, forecasts, writing

log = logging.getLogger(__name__)

EVERY, PAUSE = timedelta(days=1), timedelta(minutes=5)
WEEK = timedelta(days=7)
WEEKS_BACK = 4  # that a site without any forecast gets, each as it would have been issued


@dataclass(frozen=True, slots=True)
class Round:
    """What was done: how many plantings were forecast, and whether a site still waits."""

    count: int
    waits: bool


def forecast_all(engine: Engine, at: datetime, *, within_s: float = inf) -> Round:
    """Keep the forecast of every site for which one is due, one site at least.

    One is due once a day, and soon after a harvest was noted. A site without any gets those of the
    weeks before too: a forecast is wholly determined by the records at its time, and is marked
    `recomputed`. A site that fails is logged, the others go on.

    Parameters
    ----------
    within_s : After so long the other sites wait for the next call. [s]
    """
    with engine.connect() as c:
        last = {site.slug: forecasts.newest(c, site.slug) for site in farms.sites(c)}
        due = [site for site, newest in last.items() if _is_due(c, site, newest, at)]
    count, began = 0, monotonic()
    for done, site in enumerate(due):
        if done and monotonic() - began >= within_s:
            return Round(count, waits=True)
        for moment in _moments(last[site], at):
            count += _keep(engine, site, moment, recomputed=moment < at)
    return Round(count, waits=False)


def _is_due(c: Connection, site: str, newest: datetime | None, at: datetime) -> bool:
    if newest is None or at - newest >= EVERY:
        return True
    noted = forecasts.harvest_noted(c, site)
    return noted is not None and noted > newest and at - newest >= PAUSE


def _moments(newest: datetime | None, at: datetime) -> Iterator[datetime]:
    """When forecasts are due: the weeks before where there is none at all, and now."""
    if newest is None:
        yield from (at - n * WEEK for n in range(WEEKS_BACK, 0, -1))
    yield at


def _keep(engine: Engine, site: str, at: datetime, *, recomputed: bool) -> int:
    try:
        with engine.connect() as c:
            found = forecast(c, site=site, at=at)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        told = {"site": site, "reason": type(error).__name__}
        log.error("no yield forecast for site %s: %s", site, error, exc_info=error, extra=told)
        return 0
    with writing(engine) as c:
        forecasts.write(c, _marked(found) if recomputed else found)
    return len(found)


def _marked(found: Sequence[YieldForecast]) -> list[YieldForecast]:
    return [replace(one, sources=dict(one.sources) | {"recomputed": True}) for one in found]
