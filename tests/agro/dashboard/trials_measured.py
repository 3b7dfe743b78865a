"""A garden with measured trials, for the pages of entry and results; how these pages are opened."""

from collections.abc import Mapping
from datetime import date
from math import nan
from pathlib import Path

import numpy as np
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.store import open_store, writing
from agro.store import trials as kept
from agro.store.trials import PlannedTrial, PlotValue, Trait, TrialPlot
from agro.trials.planning import draw, times
from models.trials.layout import Request
from tests.agro.dashboard.conftest import fill
from tests.agro.dashboard.trials_page import open_page

SITE = "potager"
YIELD = Trait("yield_t_ha", "Rendement", "t/ha", 0.0, 6.0)
HEIGHT = Trait("height_cm", "Hauteur", "cm")
MULCH = Request("rcbd", ("Sol nu", "Paille", "Compost <b>"), blocks=4, seed=7, border=True)
DOSES = Request(
    "split-plot",
    factors={"variety": ("Andor", "Divena"), "nitrogen": ("0", "60", "120")},
    blocks=4,
    seed=3,
)
PLACES = Request(
    "multi-environment",
    ("L1", "L2", "L3", "L4"),
    blocks=3,
    environments=("Dijon", "Auxonne", "Beaune"),
    seed=2,
)
DATES = Request("repeated", ("sec", "arrosé"), blocks=4, times=("30", "45", "60"), seed=5)


def planned(slug: str, request: Request, *traits: Trait) -> PlannedTrial:
    """A trial of the garden, drawn."""
    told = {"objective": "Le paillage aide-t-il ?", "contact": "L. Martin", "crop": "tomato"}
    asked = PlannedTrial(
        SITE, slug, slug.capitalize(), request.design, "p1", traits=traits, **told, sown=SOWN
    )
    return draw(asked, request)


SOWN = date(2026, 5, 12)


def measured(
    trial: PlannedTrial, trait: str, add: Mapping[str, float], sd: float = 0.1
) -> list[PlotValue]:
    """Values about 2, with what each level adds; seeded."""
    rng = np.random.default_rng(11)
    return [
        PlotValue(one.number, trait, round(float(2.0 + _added(one, visit, add, rng, sd)), 2), visit)
        for visit in times(trial)
        for one in trial.plots
        if one.number is not None
    ]


def _added(
    one: TrialPlot, visit: str, add: Mapping[str, float], rng: np.random.Generator, sd: float
) -> float:
    levels = {one.treatment, *map(str, one.levels.values()), visit}
    return sum(add.get(level, 0.0) for level in levels) + float(rng.normal(0.0, sd))


def garden(tmp_path: Path) -> tuple[str, Engine]:
    """A store with a measured trial of each kind, one without values and one with one value."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    fill(url)
    engine = open_store(url)
    mulch = planned("mulch", MULCH, YIELD, HEIGHT)
    doses = planned("doses", DOSES, YIELD)
    places = planned("places", PLACES, YIELD)
    dates = planned("dates", DATES, HEIGHT)
    empty = planned("empty", MULCH, YIELD, HEIGHT)
    one = planned("one", MULCH, YIELD)
    with writing(engine) as c:
        for trial in (mulch, doses, places, dates, empty, one, planned("bare", MULCH)):
            kept.save(c, trial)
        said = measured(mulch, "yield_t_ha", {"Paille": 0.6, "Compost <b>": 1.0})
        lost = PlotValue(said[0].plot, "yield_t_ha", nan, notes="lost")
        kept.enter(
            c, SITE, "mulch", [lost, *said[1:]], who="Léa", file="carnet.csv", sha256="0" * 64
        )
        adds = {"60": 0.8, "120": 1.0, "Andor": 0.4}
        kept.enter(c, SITE, "doses", measured(doses, "yield_t_ha", adds), who="Léa")
        adds = {"L2": 0.3, "L3": 0.6, "Dijon": 0.5}
        kept.enter(c, SITE, "places", measured(places, "yield_t_ha", adds), who="Léa")
        adds = {"45": 20.0, "60": 40.0, "arrosé": 5.0}
        kept.enter(c, SITE, "dates", measured(dates, "height_cm", adds, 2.0), who="Léa")
        first = next(plot.number for plot in one.plots if plot.number)
        kept.enter(c, SITE, "one", [PlotValue(first, "yield_t_ha", 2.0)])
    return url, engine


def open_view(view: str, slug: str, language: str = "fr", **state: object) -> AppTest:
    """The page of a trial at one of its views, with what was chosen in it before."""
    test = open_page(language, trial=slug)
    test.session_state["trials_view"] = view
    for name, value in state.items():
        test.session_state[name] = value
    return test.run()
