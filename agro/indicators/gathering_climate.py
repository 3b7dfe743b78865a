"""What the sky gave and the crops of the season needed, from the balance behind the advice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from agro.advice.sky import CLIMATE, nearest
from agro.advice.standing import Behind, behind
from agro.indicators.book import Demand, Rain, Source
from agro.records import Site
from agro.store import weather


def climate(
    c: Connection, sites: Sequence[Site], start: date, until: datetime
) -> dict[str, tuple[Any, ...]]:
    """Rain of each site and the demand of each growing bed, from `start` until a midnight.

    A site of whose rain nothing is known has that of the nearest which has. Only what grows at the
    end of the period has a balance; other plots have no demand here, and are not covered.
    """
    rain: dict[str, Rain] = {}
    demands: list[Demand] = []
    gardens = behind(c, [site.slug for site in sites], until - timedelta(seconds=1))
    for site in sites:
        garden = gardens.get(site.slug)
        found = _rain(c, site.slug, garden, start, until)
        rain |= {} if found is None else {site.slug: found}
        if garden is not None and not garden.sky.days.empty:
            demands += _demands(garden, start)
    return {"rain": tuple(_everywhere(rain, sites)), "demands": tuple(demands)}


def _everywhere(rain: Mapping[str, Rain], sites: Sequence[Site]) -> Iterator[Rain]:
    for site in sites:
        near = (site, *nearest(site, list(sites)))
        known = next((rain[one.slug] for one in near if one.slug in rain), None)
        if known is not None:
            yield replace(known, site=site.slug)


def _rain(
    c: Connection, site: str, garden: Behind | None, start: date, until: datetime
) -> Rain | None:
    """The rain that was measured or brought, and the share of days it is known of."""
    brought = weather.days(c, site, start, until.date())["rain"].dropna()
    known = {_date(day): float(depth) for day, depth in brought.items()}
    if garden is not None:
        days = garden.sky.days
        seen = days.loc[days["rain_source"] != CLIMATE, "rain"].dropna()
        known |= {_date(day): float(depth) for day, depth in seen.items() if _date(day) >= start}
    if not known:
        return None
    share = len(known) / (until.date() - start).days
    source = Source("rain", site)
    return Rain(source=source, site=site, depth=sum(known.values()), known=share)


def _demands(garden: Behind, start: date) -> list[Demand]:
    """Crop ET and effective rain (what neither ran off nor percolated) of each growing bed."""
    days = list(garden.sky.days.index)
    wanted = np.array([_date(day) >= start for day in days])
    run, size = garden.season.run, len(days)
    kept = (run.rain - run.runoff - run.deep_percolation)[:size][wanted].sum(axis=0)
    needed = run.crop_et[:size][wanted].sum(axis=0)
    return [
        Demand(
            source=Source("balance", f"{bed.plot.site}/{bed.plot.slug}"),
            site=bed.plot.site,
            plot=f"{bed.plot.site}/{bed.plot.slug}",
            crop_et=float(needed[column]),
            effective_rain=max(0.0, float(kept[column])),
        )
        for column, bed in enumerate(garden.growing)
    ]


def _date(day: Any) -> date:
    """The date of an index, whether it holds dates or times."""
    return day.date() if isinstance(day, datetime) else date.fromisoformat(str(day)[:10])
