"""The yield forecast of every standing planting, as codes and numbers for `agro.words`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import isfinite, nan
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from agro.advice.moment import Moment
from agro.forecast.begun import as_begun
from agro.forecast.features import row
from agro.forecast.learned import Kept, Speaks, kept_before, speaking
from agro.forecast.record import Harvested, harvest_log, harvested, past_of, seasons
from agro.forecast.season import Garden, Grown, garden
from agro.records import Site, YieldForecast
from agro.store import farms
from models.harvest import season_yield
from models.harvest.phenology import PHENOLOGY, Window
from models.harvest.potential import Past, Potential, potential, reference
from models.harvest.response import water_response
from models.harvest.season_yield import Foreseen, Picked

MODEL = "fao33-ensemble/1"
FACTORS = 3  # told of a forecast
WORTH_DAYS = 3.0  # by which warmth must have shifted the harvest to be told
_DAYS_WEIGH = 0.01  # as a share of the yield, for the order of the factors
Factor = Mapping[str, Any]


def forecast(c: Connection, *, site: str | None = None, at: datetime) -> list[YieldForecast]:
    """The forecast of each standing planting, of one site or all, as known at `at`.

    Raises
    ------
    ValueError  `at` is naive, or there is no such site.
    """
    if at.tzinfo is None:
        raise ValueError(f"at must be aware: {at.isoformat()}; give it a time zone")
    city, sites = farms.city(c), farms.sites(c)
    known = [one.slug for one in sites]
    if site is not None and site not in known:
        raise ValueError(f"no site {site!r}; the sites are {', '.join(known)}")
    if city is None:
        return []
    moment = Moment(at.astimezone(UTC).replace(microsecond=0), ZoneInfo(city.timezone))
    kept = kept_before(moment.today)
    wanted = [one for one in sites if site is None or one.slug == site]
    return [row for one in wanted for row in _of_site(c, one, moment, kept)]


def _of_site(c: Connection, site: Site, moment: Moment, kept: Kept | None) -> list[YieldForecast]:
    here = garden(c, site, moment)
    if here is None:
        return []
    cases = known_of(c, here)
    told = [one for one in cases if one.physics is not None]
    rows = [row(c, here, one.grown) for one in told] if kept is not None and kept.speaks else []
    physics = [one.physics for one in told if one.physics is not None]
    had = [one.picked.mass / one.grown.one.area for one in told]
    spoken = iter(speaking(kept, rows, physics, had))
    return [_forecast(here, one, None if one.physics is None else next(spoken)) for one in cases]


@dataclass(frozen=True, slots=True)
class Case:
    """A standing planting with its record, and what the physics says; None without potential."""

    grown: Grown
    picked: Harvested
    record: tuple[Past, ...]
    place: Potential | None
    physics: Foreseen | None


def known_of(c: Connection, here: Garden) -> list[Case]:
    """What is known of each standing planting of a site."""
    log = harvest_log(c, here.site.slug, here.moment)
    over = seasons(c, here.site.slug, log)
    return [_case(here, one, harvested(log, one.one), past_of(over, one.one)) for one in here.grown]


def _case(here: Garden, grown: Grown, picked: Harvested, record: list[Past]) -> Case:
    one = grown.one
    age = nan if picked.first is None else float(one.age(picked.first))
    grown = replace(grown, window=as_begun(grown.window, age))
    published = reference(one.planting.crop, covered=one.bed.plot.covered)
    place = potential(published, record)
    physics = None if place is None else foreseen(grown, place, picked, here.moment.today)
    return Case(grown, picked, tuple(record), place, physics)


def _forecast(here: Garden, case: Case, found: Speaks | None) -> YieldForecast:
    one = case.grown.one
    start, end = _dates(one.started, case.grown.window)
    place, physics = case.place, case.physics
    factors: tuple[Factor, ...] = ({"code": "no_reference"},)
    if found is None or place is None or physics is None:
        numbers, model = (nan, nan, nan), "none"
    else:
        numbers = (found.low, found.middle, found.high)
        model = found.model or ("record" if place.seasons else "physics")
        factors = _factors(case.grown, physics, place)
    return YieldForecast(
        site=one.planting.site,
        plot=one.planting.plot,
        crop=one.planting.crop,
        planted=one.planting.planted,
        issued_at=here.moment.at,
        low=numbers[0],
        middle=numbers[1],
        high=numbers[2],
        area=one.area,
        start=start,
        end=end,
        model=model,
        factors=factors,
        sources=_sources(here, case) | (_learned(found) if found is not None else {}),
        variety=one.planting.variety,
    )


def foreseen(grown: Grown, place: Potential, picked: Harvested, today: date) -> Foreseen:
    """What the physics says of a planting."""
    one, told = grown.one, None
    if isfinite(picked.mass) and grown.window is not None:
        share = season_yield.share_picked(grown.window, age=float(one.age(today)))
        told = Picked(picked.mass / one.area, share)
    return season_yield.foresee(place, grown.weathered, water_response(one.planting.crop), told)


def _dates(started: date, window: Window | None) -> tuple[date | None, date | None]:
    """The likely first and last day of the harvest; None where it is not reached."""
    if window is None:
        return None, None
    days = (window.likely, window.end)
    first, last = (started + timedelta(days=d) if isfinite(d) else None for d in days)
    return first, last


def _factors(grown: Grown, found: Foreseen, place: Potential) -> tuple[Factor, ...]:
    """What moved the yield and its time most, the strongest first."""
    numbers = {
        "heat": {"days": grown.weathered.heat_days},
        "frost": {"nights": grown.weathered.frost_nights},
        "record": {"seasons": place.seasons},
    }
    told: list[tuple[float, Factor]] = [
        (abs(effect), {"code": code, "effect": round(effect, 4), **numbers.get(code, {})})
        for code, effect in found.effects.items()
    ]
    shift = _shift(grown)
    if abs(shift) >= WORTH_DAYS:
        code = "warm" if shift > 0.0 else "cool"
        told.append((_DAYS_WEIGH * abs(shift), {"code": code, "days": round(abs(shift))}))
    ordered = sorted(told, key=lambda pair: -pair[0])
    return tuple(factor for _, factor in ordered[:FACTORS])


def _shift(grown: Grown) -> float:
    """By how many days the season's warmth is ahead of the climate's; below 0 it lags. [d]"""
    days = len(grown.sky)
    if PHENOLOGY[grown.one.planting.crop].by != "warmth":
        return 0.0
    if not days or not grown.usual_degrees > 0.0 or not isfinite(grown.degrees):
        return 0.0
    return (grown.degrees - grown.usual_degrees) / (grown.usual_degrees / days)


def _sources(here: Garden, case: Case) -> dict[str, Any]:
    grown, place, window = case.grown, case.place, case.grown.window
    return {
        "model": MODEL,
        "harvested_kg": case.picked.mass,
        "harvest_entries": case.picked.entries,
        "unweighed": case.picked.unweighed,
        "seasons": place.seasons if place else len(case.record),
        "reference": place.reference if place else nan,
        "reference_source": place.source if place else "",
        "station": here.station,
        "weather_guessed_share": round(here.guessed_share, 3),
        "degrees": grown.degrees,
        "stress_days": grown.stress_days,
        "temperatures_judged": not grown.one.bed.plot.covered,
        "window_days": _bounds(window),
    }


def _bounds(window: Window | None) -> list[float] | None:
    """The 80 % bounds of the first and of the last day, NaN where one is not reached. [d]"""
    if window is None:
        return None
    days = (window.earliest, window.latest, window.end_earliest, window.end_latest)
    return [one if isfinite(one) else nan for one in days]


def _learned(found: Speaks) -> dict[str, Any]:
    return {"learned": dict(found.told)}
