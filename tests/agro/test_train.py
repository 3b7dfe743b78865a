"""Training on a store's own probes: kept where better, never in the place of a better one."""

import shutil
from datetime import UTC, date, datetime, timedelta
from math import exp
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from agro import train
from agro.advice import kept
from agro.records import LogEntry
from agro.store import logbook, readings, writing
from agro.store.readings import Row
from models.irrigation import moisture_model
from models.irrigation.moisture_scores import Judgement
from models.learning import saving

PROBE, GAUGE = "domaine-de-la-cras-cassis-dl-trs12", "domaine-de-la-cras-site-dl-tbrg"
START = datetime(2025, 4, 1, 10, tzinfo=UTC)
GOOD = 1
nan = float("nan")


@pytest.fixture
def store_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: training takes long, and both databases give the same readings."""
    file = shutil.copy(sqlite_template, tmp_path / "agro.sqlite")
    return f"sqlite:///{file.as_posix()}"


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


def test_the_models_before_stay_beside_the_new_one(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "WORSE", 10.0)  # whichever is newer is kept here
    fill(store, 240)
    with store.connect() as c:
        first = train.train(c, tmp_path, at=at(200))
        second = train.train(c, tmp_path, at=at(240))
    assert (first.reason, second.reason) == ("kept", "kept")
    names = ["soil_moisture-2025-10-18.skops", "soil_moisture-2025-11-26.skops", train.FILE]
    assert sorted(one.name for one in tmp_path.glob("*.skops")) == names
    newest = train.read(tmp_path / train.FILE)
    assert newest is not None
    assert newest[1].last_day == "2025-11-26"
    before = kept.kept_before(tmp_path, date(2025, 11, 26))
    assert before is not None
    assert before.trained_until == date(2025, 10, 18)
    assert kept.kept_before(tmp_path, date(2025, 10, 18)) is None


def test_a_better_one_stays_until_it_has_outlived_its_time(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "WORSE", 0.0)  # whichever was there is the better one here
    fill(store, 240)
    with store.connect() as c:
        first = train.train(c, tmp_path, at=at(200))
        second = train.train(c, tmp_path, at=at(240))
        monkeypatch.setattr(kept, "OLDEST", timedelta(days=30))
        third = train.train(c, tmp_path, at=at(240))
    assert (first.reason, second.reason, third.reason) == ("kept", "kept_older_better", "kept")


def test_what_is_poured_is_water_like_rain(store: Engine) -> None:
    """The probe is told of it, also under cover, where no rain is."""
    fill(store, 60)
    day = START + timedelta(days=30, hours=1)
    note = LogEntry("domaine-de-la-cras", "cassis", "irrigation", day, 20.0, "mm")
    with store.connect() as c:
        dry = train.collected(c, at=at(60))
    with writing(store) as c:
        logbook.write(c, [note])
    with store.connect() as c:
        wet = train.collected(c, at=at(60))
    assert dry is not None
    assert wet is not None
    more = wet[1][0].rain - dry[1][0].rain
    assert more[30] > 10.0
    assert np.delete(more, 30) == pytest.approx(0.0)


def test_the_card_tells_how_right_it_was_on_each_probe(store: Engine, tmp_path: Path) -> None:
    fill(store, 200)
    with store.connect() as c:
        found = train.train(c, tmp_path, at=at(200))
    newest = train.read(tmp_path / train.FILE)
    assert newest is not None
    held_out = newest[1].held_out
    place = f"domaine-de-la-cras/cassis/{PROBE} 30 cm"
    assert set(held_out) == {"all", "all dry", place, f"{place} dry"}
    assert held_out[place] == held_out["all"]  # of one probe
    assert [row["days"] for row in held_out[place]] == [1, 3, 7]
    for every, dry, one in zip(
        held_out[place], held_out[f"{place} dry"], found.judgements, strict=True
    ):
        assert every["n"] == one.n > dry["n"] > 0
        assert every["chosen"] == one.rmse["chosen"]


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
