"""Trains the yield forecast on the store's own past seasons, and keeps what was learned.

Every past planting is forecast again as it would have been at some times of its season, from the
records of those times: these are the physics' errors. The machinery for anybody's yield table
(`models/harvest/yield_table`) then holds every year out once. What it learned speaks only where it
beats the mean of the site and the trend, and errs less than the physics by more than luck over the
years.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite, log, nan
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.moment import Moment
from agro.forecast.features import Row, row, table
from agro.forecast.learned import FILE, Kept, dated, packed, read
from agro.forecast.record import Gathered, harvest_log, seasons
from agro.forecast.season import garden
from agro.forecast.service import Case, known_of
from agro.records import Planting, Site
from agro.store import farms
from models.harvest.yield_table import choice
from models.harvest.yield_table.skill import CHOSEN, YieldSkill, judge
from models.learning import saving, scores
from models.learning.by_year import Band, band, skill

Array = NDArray[np.float64]

ASKED = (0.4, 0.7)  # shares of a planting's life at which it is forecast again
FEWEST_YEARS = 3
FEWEST_ROWS = 6
WORSE = 1.02  # times a kept one's error, above which a new one does not take its place
_IN_80 = 2.5631  # standard deviations that an 80 % interval of a normal distribution is wide

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A past season as forecast at a moment of it, and what it gave. Logarithms of kg m⁻²."""

    row: Row
    physics: float
    spread: float
    inside: bool


@dataclass(frozen=True, slots=True)
class TrainedYield:
    """What a training found.

    `reason` : too_few, kept, kept_older_better. `scores` candidate → RMSE of the logarithm of the
    yield on years not seen; `speaks` whether what was learned is used; `winner` who speaks.
    `skill`, `low`, `high` : of the learned against the physics, with its 80 % interval over years.
    `coverage` of the physics' 80 % intervals, and of the learned ones.
    """

    seasons: int
    years: int
    reason: str
    winner: str = "physics"
    scores: dict[str, float] | None = None
    skill: float = nan
    low: float = nan
    high: float = nan
    coverage_physics: float = nan
    coverage_learned: float = nan
    speaks: bool = False
    file: Path | None = None


def train(c: Connection, folder: Path, *, at: datetime, told: Told | None = None) -> TrainedYield:
    """Learn from the seasons that are over at `at`; keep in `folder` what was learned."""
    seen = collected(c, at=at, told=told)
    years = len({one.row.year for one in seen})
    if years < FEWEST_YEARS or len(seen) < FEWEST_ROWS:
        return TrainedYield(len(seen), years, "too_few")
    found = judge(table([one.row for one in seen]))
    result, kept = _judged(seen, found, at.date() - timedelta(days=1))
    file = folder / FILE
    if _is_better_kept(file, kept):
        return replace(result, reason="kept_older_better", file=file)
    body = packed(kept)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (dated(folder, kept.card.last_day), file):
        _write(name, body)
    return replace(result, file=file)


def _judged(seen: Sequence[Seen], found: YieldSkill, until: date) -> tuple[TrainedYield, Kept]:
    """The scores of what was learned beside those of the physics, on the same seasons."""
    rows = [one.row for one in seen]
    own = table(rows)
    target = np.array([one.log_yield for one in rows])
    physics = target - np.array([one.physics for one in seen])
    learned = target - found.predicted
    gain = skill(learned, physics, own.year)
    beats_means = found.chosen != choice.MEAN
    speaks = beats_means and gain.low > 0.0
    told = {"physics": scores.rmse(physics)}
    told |= {one.name: one.rmse for one in found.candidates}
    told["learned"] = told.pop(CHOSEN)
    spread = np.array([one.spread for one in seen])
    wide = band(physics / spread, np.zeros(len(seen), dtype=np.int64), own.year, groups=1)
    low, high = _bounds(wide)
    card = _card(rows, "learned" if speaks else "physics", told, until)
    result = TrainedYield(
        seasons=len(seen),
        years=own.years,
        reason="kept",
        winner=found.chosen if speaks else "physics",
        scores=told,
        skill=gain.value,
        low=gain.low,
        high=gain.high,
        coverage_physics=float(np.mean([one.inside for one in seen])),
        coverage_learned=found.coverage_80,
        speaks=speaks,
    )
    return result, Kept(tuple(rows), card, until, speaks, low, high)


def _bounds(wide: Band | None) -> tuple[float, float]:
    """Errors in shares of the physics' own spread between which 80 % of years lie."""
    if wide is None:
        return nan, nan
    return float(wide.low * wide.scale[0]), float(wide.high * wide.scale[0])


def _card(rows: Sequence[Row], winner: str, told: dict[str, float], until: date) -> saving.Card:
    numbers = np.array([list(one.numbers.values()) for one in rows])
    return saving.Card(
        name="yield of a planting, logarithm of kg m⁻²",
        winner=winner,
        data_hash=saving.data_hash([np.array([one.log_yield for one in rows]), numbers]),
        first_day=f"{min(one.year for one in rows)}-01-01",
        last_day=f"{until}",
        rows=len(rows),
        scores=told,
        versions=saving.versions(),
    )


def _is_better_kept(file: Path, new: Kept) -> bool:
    """Whether what is kept erred clearly less on its years, and speaks."""
    kept = read(file)
    if kept is None or not kept.speaks:
        return False
    before, now = (one.card.scores.get("learned", nan) for one in (kept, new))
    return not new.speaks or now > WORSE * before


def _write(file: Path, body: bytes) -> None:
    """In one step: who reads it meanwhile reads the old one."""
    part = file.with_suffix(".part")
    part.write_bytes(body)
    part.replace(file)


def collected(c: Connection, *, at: datetime, told: Told | None = None) -> list[Seen]:
    """Every past season of the store as it stood at `ASKED` times, and what it gave."""
    city = farms.city(c)
    if city is None:
        return []
    zone, found = ZoneInfo(city.timezone), list[Seen]()
    asked = [
        (site, day, gave)
        for site in farms.sites(c)
        for day, gave in _questions(c, site, Moment(at, zone))
    ]
    for done, (site, day, gave) in enumerate(asked):
        if told is not None:
            told(done, len(asked))
        found += _seen(c, site, Moment(_morning(day, zone), zone), gave)
    return found


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(6), zone).astimezone(UTC)


def _questions(
    c: Connection, site: Site, moment: Moment
) -> Iterable[tuple[date, dict[tuple[str, str, date], Gathered]]]:
    """On which days which past plantings are forecast again, and what they gave."""
    over = {(one.plot, one.crop, one.planted): one for one in _over(c, site, moment)}
    days: dict[date, dict[tuple[str, str, date], Gathered]] = {}
    for planting in farms.plantings(c, site.slug):
        gave = over.get((planting.plot, planting.crop, planting.planted))
        if gave is None or planting.removed is None or planting.removed > moment.today:
            continue
        for day in _asked(planting, planting.removed):
            key = (planting.plot, planting.crop, planting.planted)
            days.setdefault(day, {})[key] = gave
    return sorted(days.items(), key=lambda one: one[0])


def _over(c: Connection, site: Site, moment: Moment) -> list[Gathered]:
    return seasons(c, site.slug, harvest_log(c, site.slug, moment))


def _asked(planting: Planting, removed: date) -> set[date]:
    """Mondays, so that plantings of a garden are asked for together."""
    life = (removed - planting.planted).days
    days = (planting.planted + timedelta(days=int(share * life)) for share in ASKED)
    mondays = (day - timedelta(days=day.weekday()) for day in days)
    return {day for day in mondays if day > planting.planted}


def _seen(
    c: Connection, site: Site, moment: Moment, gave: dict[tuple[str, str, date], Gathered]
) -> list[Seen]:
    here = garden(c, site, moment)
    if here is None:
        return []
    found = []
    for case in known_of(c, here):
        planting = case.grown.one.planting
        gathered = gave.get((planting.plot, planting.crop, planting.planted))
        if gathered is None or case.physics is None or not gathered.mass > 0.0:
            continue
        truth = log(gathered.mass / gathered.area)
        seen = _of_case(case, replace(row(c, here, case.grown), log_yield=truth), truth)
        found += [seen] if isfinite(seen.physics) and seen.spread > 0.0 else []
    return found


def _of_case(case: Case, known: Row, truth: float) -> Seen:
    physics = case.physics
    if physics is None or not physics.low > 0.0:
        return Seen(known, nan, nan, False)
    low, middle, high = (log(one) for one in (physics.low, physics.middle, physics.high))
    return Seen(known, middle, (high - low) / _IN_80, low <= truth <= high)
