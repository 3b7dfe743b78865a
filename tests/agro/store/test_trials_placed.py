"""Where a trial lies, and how far its measuring has come."""

from collections.abc import Iterator
from dataclasses import replace
from math import nan

import pytest
from sqlalchemy import Engine

from agro.packs import read_pack
from agro.store import farms, open_store, writing
from agro.store import trials as kept
from agro.store.trials import PlannedTrial, PlotValue, Progress, Trait
from agro.trials.planning import draw
from models.trials.layout import Request

SITE = "domaine-de-la-cras"
_REQUEST = Request("rcbd", ("a", "b"), blocks=2, border=True)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    one = open_store(database_url)
    yield one
    one.dispose()


@pytest.fixture
def trial(engine: Engine) -> PlannedTrial:
    asked = PlannedTrial(SITE, "t", "T", "rcbd", "moutarde", traits=(Trait("h"), Trait("w")))
    one = draw(asked, _REQUEST)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        kept.save(c, one)
        kept.save(c, replace(one, slug="other", plots=()))
    return one


def test_a_trial_is_placed_and_keeps_all_else(engine: Engine, trial: PlannedTrial) -> None:
    with engine.connect() as c:
        before = kept.trial_of(c, SITE, "t")
    there = replace(
        before, latitude=47.3, longitude=5.0, bearing=80.0, plot_width=1.5, plot_length=2.0
    )
    with writing(engine) as c:
        kept.place(c, there)
    with engine.connect() as c:
        assert kept.trial_of(c, SITE, "t") == there


def test_plots_of_which_something_stands_are_counted_once(
    engine: Engine, trial: PlannedTrial
) -> None:
    with engine.connect() as c:
        assert kept.progress(c, SITE)["t"] == Progress(4, 0)
        assert "other" not in kept.progress(c, SITE)  # it has no plots
    first, second = [one.number or 0 for one in trial.plots if one.number][:2]
    said = [PlotValue(first, "h", 1.0), PlotValue(first, "w", 2.0), PlotValue(second, "h", nan)]
    with writing(engine) as c:
        batch = kept.enter(c, SITE, "t", said)
    assert batch is not None
    with engine.connect() as c:
        assert kept.progress(c, SITE)["t"] == Progress(4, 2)  # a lost plot was looked at
    with writing(engine) as c:
        kept.undo_batch(c, batch.number)
    with engine.connect() as c:
        assert kept.progress(c, SITE)["t"] == Progress(4, 0)
