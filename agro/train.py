"""Trains the soil-moisture forecast on the store's own probes, and keeps it where it is better."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.store import farms, rollups, weather
from models.irrigation import moisture_model, moisture_skill
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_scores import Judgement, judge
from models.irrigation.moisture_series import Probe, panel
from models.learning import saving

Array = NDArray[np.float64]

FILE = "soil_moisture.skops"
USUAL_DEPTH_CM = 20.0  # of a probe that tells none
SHORTEST = 30  # days of a probe, below which it teaches nothing
CANDIDATES = ("persistence", "bucket", "blend", "chosen")
WORSE = 1.02  # times a kept model's error, above which a new one does not take its place
CLEARLY = 0.98  # of persistence's error
_SKY = ("rain", "tmean", "tmin", "tmax", "solar_radiation", "et0")
_STATION = {"rain": "rain", "tmean": "air_temperature"}  # what of a station's quantities is used


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training found. `winner` is empty, and `reason` says why, where nothing was trained.

    `reason`: too_few, kept, kept_older_better, physics_better.
    """

    probes: int
    judgements: tuple[Judgement, ...]
    winner: str
    reason: str
    file: Path | None = None


def train(
    c: Connection,
    folder: Path,
    *,
    at: datetime,
    told: Callable[[int, int], None] | None = None,
) -> Trained:
    """Train on everything before the day of `at`; keep the model in `folder` if it has won."""
    found = collected(c, at=at)
    if found is None:
        return Trained(0, (), "", "too_few")
    days, series = found
    rolled = moisture_skill.roll(series, rain_known=True, told=told)
    _, overall = judge(series, rolled)
    winner, scores = best(overall)
    if not winner:
        return Trained(len(series), tuple(overall), "", "too_few")
    if winner in ("persistence", "bucket"):
        return Trained(len(series), tuple(overall), winner, "physics_better")
    file = folder / FILE
    if is_better_kept(file, scores):
        return Trained(len(series), tuple(overall), winner, "kept_older_better", file)
    model = moisture_model.fit(series, rolled)
    keep(file, saving.packed(model, _card(days, series, winner, scores)))
    return Trained(len(series), tuple(overall), winner, "kept", file)


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


def read(file: Path) -> tuple[moisture_model.Correction, saving.Card] | None:
    """The kept model and its card; None where there is none or it is of another version."""
    if not file.exists():
        return None
    try:
        model, card = saving.unpacked(file.read_bytes(), trusted=moisture_model.TRUSTED)
    except (ValueError, KeyError, TypeError, ImportError, AttributeError):
        return None
    return (model, card) if isinstance(model, moisture_model.Correction) else None


def keep(file: Path, body: bytes) -> None:
    """Write the file in one step: who reads it meanwhile reads the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, delete=False) as written:
        written.write(body)
    Path(written.name).replace(file)


def _card(
    days: pd.DatetimeIndex, series: list[Series], winner: str, scores: dict[str, float]
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
    probes = [one for slug, frame in content.items() for one in _probes(slug, frame, days)]
    if not probes:
        return None
    sky = {slug: _sky(c, slug, days, start, end) for slug in content}
    covered = {(p.site, p.slug) for p in farms.plots(c) if p.covered}
    by_place = {one.site: _over(sky, one.site, covered) for one in probes}
    day_of_year = days.day_of_year.to_numpy(dtype=float)
    return days, panel(probes, by_place, day_of_year)


def _probes(site: str, frame: pd.DataFrame, days: pd.DatetimeIndex) -> list[Probe]:
    """Each device and depth with enough days; a place is `site/plot/device`."""
    found = []
    keys = ["device", "plot", "depth_cm"]
    for _, rows in frame.groupby(keys, dropna=False):
        device, plot, depth = (rows[name].iloc[0] for name in keys)
        mean = pd.Series(
            (rows["total"] / rows["count"]).to_numpy(), index=pd.DatetimeIndex(rows["day"])
        )
        values = mean[~mean.index.duplicated()].reindex(days).to_numpy(dtype=float)
        if np.isfinite(values).sum() >= SHORTEST:
            depth_cm = float(depth) if depth > 0.0 else USUAL_DEPTH_CM
            found.append(Probe(f"{site}/{plot}/{device}", depth_cm, values))
    return found


def _sky(
    c: Connection, site: str, days: pd.DatetimeIndex, start: datetime, end: datetime
) -> dict[str, Array]:
    """Weather of a site: its own station's, else what was imported. (days,) each"""
    imported = weather.days(c, site, days[0].date(), days[-1].date() + timedelta(days=1))
    imported = imported.set_axis(pd.DatetimeIndex(imported.index), axis=0).reindex(days)
    found = {name: imported[name].to_numpy(dtype=float) for name in _SKY if name in imported}
    for name, quantity in _STATION.items():
        frame = rollups.daily(c, quantity=quantity, start=start, end=end, site=site)
        frame = frame[frame["count"] > 0]
        if frame.empty:
            continue
        value = frame["total"] if name == "rain" else frame["total"] / frame["count"]
        of_day = value.groupby(pd.DatetimeIndex(frame["day"])).median()
        own = of_day.reindex(days).to_numpy(dtype=float)
        before = found.get(name, np.full(len(days), nan))
        found[name] = np.where(np.isfinite(own), own, before)
    return found


def _over(
    sky: dict[str, dict[str, Array]], place: str, covered: set[tuple[str, str]]
) -> dict[str, Array]:
    """The weather over a place; under cover no rain falls."""
    site, plot, _ = place.split("/", 2)
    found = dict(sky[site])
    if (site, plot) in covered and "rain" in found:
        found["rain"] = np.zeros_like(found["rain"])
    return found
