"""Training on a store's own probes: kept where better, never in the place of a better one."""

from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from agro import train
from agro.store import readings, writing
from agro.store.readings import Row
from models.irrigation import moisture_model
from models.irrigation.moisture_scores import Judgement
from models.learning import saving

PROBE, GAUGE = "domaine-de-la-cras-cassis-dl-trs12", "domaine-de-la-cras-site-dl-tbrg"
START = datetime(2025, 4, 1, 10, tzinfo=UTC)
GOOD = 1
nan = float("nan")


def fill(engine: Engine, days: int) -> None:
    """A probe that follows the site's gauge, at ten o'clock each day."""
    generator = np.random.default_rng(7)
    found, content = [], 0.3
    for n in range(days):
        rain = float(generator.gamma(0.8, 12.0)) if generator.random() < 0.25 else 0.0
        content = 0.1 + (content - 0.1) * exp(-0.09) + 0.004 * min(rain, 40.0)
        at = int((START + timedelta(days=n)).timestamp())
        found.append(Row(PROBE, "soil_moisture", 30.0, at, content, GOOD))
        found.append(Row(GAUGE, "rain", nan, at, rain, GOOD))
    with writing(engine) as c:
        readings.write(c, found)


def at(days: int) -> datetime:
    return START + timedelta(days=days + 1)


def test_without_readings_there_is_nothing_to_learn_from(store: Engine, tmp_path: Path) -> None:
    with store.connect() as c:
        found = train.train(c, tmp_path, at=at(10))
    assert (found.probes, found.reason, found.file) == (0, "too_few", None)
    assert not list(tmp_path.glob("*.skops"))


def test_what_beats_bucket_and_persistence_is_kept_and_read_again(
    store: Engine, tmp_path: Path
) -> None:
    fill(store, 200)
    with store.connect() as c:
        found = train.train(c, tmp_path / "models", at=at(200))
        collected = train.collected(c, at=at(200))
    assert collected is not None
    days, series = collected
    assert found.probes == len(series) == 1
    assert series[0].rain_measured
    assert len(days) == 200
    scores = {one.days: one.rmse for one in found.judgements}
    assert scores[1]["bucket"] < scores[1]["persistence"]
    assert found.reason == "kept"
    kept = train.read(tmp_path / "models" / train.FILE)
    assert kept is not None
    model, card = kept
    assert card.first_day == "2025-04-01"
    assert card.rows == 200
    assert np.isfinite(model.forecast(series, 150)[3]).all()


def judgement(days: int, **rmse: float) -> Judgement:
    return Judgement(days, 50, {"persistence": 0.02, **rmse}, 0.8)


@pytest.mark.parametrize(
    ("bucket", "chosen", "winner"),
    [
        (0.015, 0.012, "chosen"),
        (0.015, 0.0149, "bucket"),  # not clearly better
        (0.025, 0.0199, "persistence"),
        (0.025, 0.017, "chosen"),
    ],
)
def test_the_physics_speaks_unless_clearly_beaten(
    bucket: float, chosen: float, winner: str
) -> None:
    told = [judgement(n, bucket=bucket, chosen=chosen, blend=chosen) for n in (1, 3, 7)]
    found, scores = train.best(told)
    assert found == winner
    assert scores["persistence"] == 1.0


def saved(score: float) -> bytes:
    model = moisture_model.Correction((), (), (), {}, {})
    card = saving.Card("soil", "chosen", "", "", "", 1, {"chosen": score}, saving.versions())
    return saving.packed(model, card)


def test_a_better_one_stays(tmp_path: Path) -> None:
    file = tmp_path / train.FILE
    train.keep(file, saved(0.5))
    assert train.is_better_kept(file, {"chosen": 0.6})
    assert not train.is_better_kept(file, {"chosen": 0.505})
    assert not train.is_better_kept(tmp_path / "none.skops", {"chosen": 0.9})
    assert [one.name for one in tmp_path.iterdir()] == [train.FILE]


def test_a_file_of_another_version_is_none(tmp_path: Path) -> None:
    file = tmp_path / train.FILE
    train.keep(file, saving.packed(judgement(1), saving.Card("", "", "", "", "", 0, {}, {})))
    assert train.read(file) is None
    file.write_bytes(b"no model")
    assert train.read(file) is None
