"""Trains the soil-moisture forecast on the store's own probes, and keeps it where it is better."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice import probe_sky
from agro.advice.beds import beds
from agro.advice.kept import CLEARLY as CLEARLY
from agro.advice.kept import FILE as FILE
from agro.advice.kept import Kept, dated, kept_before, series_key
from agro.advice.kept import read as read
from agro.advice.moment import Moment
from agro.store import farms, rollups
from agro.store.values import time_zone
from models.irrigation import moisture_model, moisture_skill
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_fold import Forecasts
from models.irrigation.moisture_scores import Judgement, judge
from models.irrigation.moisture_series import Probe, panel
from models.learning import saving

Array = NDArray[np.float64]

SHORTEST = 30  # days of a probe, below which it teaches nothing
CANDIDATES = ("persistence", "bucket", "blend", "chosen")
WORSE = 1.02  # times a kept model's error, above which a new one does not take its place


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training found. `winner` is empty, and `reason` says why, where nothing was trained.

    `reason`: too_few, kept, kept_older_better, physics_better. `speaks` counts the probes on whose
    beds a model that was kept speaks: there it has won on days not seen.
    """

    probes: int
    judgements: tuple[Judgement, ...]
    winner: str
    reason: str
    file: Path | None = None
    speaks: int = 0


def train(
    c: Connection,
    folder: Path,
    *,
    at: datetime,
    told: Callable[[int, int], None] | None = None,
) -> Trained:
    """Train on everything before the day of `at`; keep the model in `folder` if it has won.

    It is kept under the last day of its data, beside those before it, and as the newest.
    """
    found = collected(c, at=at)
    if found is None:
        return Trained(0, (), "", "too_few")
    days, series = found
    rolled = moisture_skill.roll(series, rain_known=True, told=told)
    single, overall = judge(series, rolled)
    winner, scores = best(overall)
    if not winner:
        return Trained(len(series), tuple(overall), "", "too_few")
    if winner in ("persistence", "bucket"):
        return Trained(len(series), tuple(overall), winner, "physics_better")
    file = folder / FILE
    # One that has outlived its time, or does not tell where it has won, stands in nobody's way.
    in_use = kept_before(folder, days[-1].date() + timedelta(days=1)) is not None
    if in_use and is_better_kept(file, scores):
        return Trained(len(series), tuple(overall), winner, "kept_older_better", file)
    model = moisture_model.fit(series, rolled)
    card = _card(days, series, winner, scores, _held_out(series, rolled, single, overall))
    body = saving.packed(model, card)
    keep(dated(folder, card.last_day), body)
    keep(file, body)
    won = Kept(model, card, days[-1].date())
    speaks = sum(bool(won.believed(number)) for number in range(len(series)))
    return Trained(len(series), tuple(overall), winner, "kept", file, speaks)


def best(overall: list[Judgement]) -> tuple[str, dict[str, float]]:
    """The candidate with the least error relative to persistence over the horizons; "" if none.

    What is learned must beat both bucket and persistence.
    """
    judged = [one for one in overall if one.n and one.rmse["persistence"] > 0.0]
    if not judged:
        return "", {}
    scores = {
        name: float(np.mean([one.rmse[name] / one.rmse["persistence"] for one in judged]))
        for name in CANDIDATES
    }
    physics = "bucket" if scores["bucket"] < CLEARLY else "persistence"
    return ("chosen" if scores["chosen"] < CLEARLY * scores[physics] else physics), scores


def is_better_kept(file: Path, scores: dict[str, float]) -> bool:
    """Whether a model is kept whose error was clearly less, as shares of persistence's."""
    kept = read(file)
    return kept is not None and scores["chosen"] > WORSE * kept[1].scores.get("chosen", nan)


def keep(file: Path, body: bytes) -> None:
    """Write the file in one step: who reads it meanwhile reads the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, delete=False) as written:
        written.write(body)
    Path(written.name).replace(file)


def _held_out(
    series: list[Series],
    rolled: Mapping[int, Forecasts],
    single: list[list[Judgement]],
    overall: list[Judgement],
) -> dict[str, list[dict[str, float]]]:
    """Held-out scores of all probes and of each, on all days and on those that stayed dry."""
    dry_single, dry_overall = judge(series, rolled, dry=True)
    found = {"all": _rows(overall), "all dry": _rows(dry_overall)}
    for one, every, dry in zip(series, single, dry_single, strict=True):
        found[series_key(one.site, one.depth_cm)] = _rows(every)
        found[series_key(one.site, one.depth_cm, dry=True)] = _rows(dry)
    return found


def _rows(judged: list[Judgement]) -> list[dict[str, float]]:
    """Horizons with anything judged, as a card holds them."""
    return [
        {"days": float(one.days), "n": float(one.n)}
        | {name: float(one.rmse[name]) for name in CANDIDATES}
        for one in judged
        if one.n
    ]


def _card(
    days: pd.DatetimeIndex,
    series: list[Series],
    winner: str,
    scores: dict[str, float],
    held_out: dict[str, list[dict[str, float]]],
) -> saving.Card:
    arrays = [part for one in series for part in (one.water_content, one.rain, one.daily_demand)]
    rows = sum(int(np.isfinite(one.water_content).sum()) for one in series)
    return saving.Card(
        name="soil moisture after 1, 3 and 7 days",
        winner=winner,
        data_hash=saving.data_hash(arrays),
        first_day=f"{days[0]:%Y-%m-%d}",
        last_day=f"{days[-1]:%Y-%m-%d}",
        rows=rows,
        scores=scores,
        versions=saving.versions(),
        held_out=held_out,
    )


def collected(c: Connection, *, at: datetime) -> tuple[pd.DatetimeIndex, list[Series]] | None:
    """The probes' days before that of `at` and their weather; None without enough of them."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    end = at - timedelta(days=1)  # a day that has not ended is no day
    content = {
        site.slug: rollups.daily(c, quantity="soil_moisture", start=start, end=end, site=site.slug)
        for site in farms.sites(c)
    }
    content = {slug: frame[frame["count"] > 0] for slug, frame in content.items()}
    spans = [frame["day"] for frame in content.values() if not frame.empty]
    if not spans:
        return None
    days = pd.date_range(min(d.min() for d in spans), max(d.max() for d in spans), freq="D")
    probes = [
        one
        for slug, frame in content.items()
        for one in probe_sky.probes(slug, frame, days, least=SHORTEST)
    ]
    if not probes:
        return None
    by_place = _skies(c, probes, days, Moment(at, time_zone(c)))
    day_of_year = days.day_of_year.to_numpy(dtype=float)
    return days, panel(probes, by_place, day_of_year)


def _skies(
    c: Connection, probes: list[Probe], days: pd.DatetimeIndex, moment: Moment
) -> dict[str, dict[str, Array]]:
    """What fell, was poured and shone on each place."""
    start, end = moment.midnight(days[0].date()), moment.at - timedelta(days=1)
    found: dict[str, dict[str, Array]] = {}
    for site in farms.sites(c):
        places = [
            tuple(one.site.split("/", 2)) for one in probes if one.site.startswith(f"{site.slug}/")
        ]
        if not places:
            continue
        own = beds(c, site, moment)
        sky = probe_sky.sky(c, site.slug, days, start, end)
        poured = probe_sky.poured(c, site.slug, own, days, moment)
        covered = {bed.plot.slug for bed in own if bed.plot.covered}
        for slug, plot, device in places:
            water = poured.get(plot, np.zeros(len(days)))
            found[f"{slug}/{plot}/{device}"] = probe_sky.over(sky, water, covered=plot in covered)
    return found
