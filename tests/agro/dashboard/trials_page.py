"""The page of trials under test: a garden with a trial of each state, and how its page is read."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.store import open_store, writing
from agro.store import trials as kept
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.trials.planning import draw
from models.trials.layout import Request
from tests.agro.dashboard.conftest import fill

SITE = "potager"
_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_TRAITS = (Trait("rendement", "Rendement", "t/ha", 0.0, 150.0), Trait("hauteur", "Hauteur", "cm"))
RCBD = Request("rcbd", ("témoin", "paille", "BRF"), blocks=4, seed=7, border=True)
SPLIT = Request(
    "split-plot", factors={"azote": ("0", "50"), "variété": ("A", "B")}, blocks=3, seed=3
)


def planned(slug: str, name: str, request: Request, **more: object) -> PlannedTrial:
    """A trial of the garden, drawn."""
    told = {"objective": "Le paillage aide-t-il ?", "contact": "L. Martin", "crop": "tomato"}
    asked = PlannedTrial(SITE, slug, name, request.design, "p1", traits=_TRAITS, **(told | more))  # type: ignore[arg-type]
    return draw(asked, request)


def garden(tmp_path: Path) -> tuple[str, Engine]:
    """A store with three trials: one half measured, one growing, one planned."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    fill(url)
    engine = open_store(url)
    with writing(engine) as c:
        mulch = planned("paillage", "Paillage <b>", RCBD, sown=date(2026, 5, 12))
        kept.save(c, mulch)
        first = [one.number for one in mulch.plots if one.block in (1, 2)]
        said = [PlotValue(plot or 0, "rendement", 40.0 + place) for place, plot in enumerate(first)]
        kept.enter(c, SITE, "paillage", said, who="Léa")
        kept.save(c, planned("azote", "Azote et variétés", SPLIT, sown=date(2026, 7, 11)))
        kept.save(c, planned("suivant", "Essai suivant", RCBD))
    return url, engine


def forget() -> None:
    """Let the next page read anew."""
    st.cache_data.clear()
    st.cache_resource.clear()


def open_page(language: str = "fr", **address: str) -> AppTest:
    """The page at an address."""
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    for name, value in address.items():
        test.query_params[name] = value
    return test.switch_page("agro/dashboard/pages/trials.py").run()


def read(test: AppTest) -> str:
    """All that is told, on plain spaces."""
    told = [element.proto.body for element in test.get("html")]
    told += [button.label for button in test.button]
    text = re.sub(r"<style>.*?</style>", "", "\n".join(told), flags=re.DOTALL)
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def press(test: AppTest, key: str) -> AppTest:
    """Press the button whose key begins so."""
    return next(one for one in test.button if (one.key or "").startswith(key)).click().run()


def field(test: AppTest, kind: str, name: str) -> Any:
    """The field of a step by its name, whatever the round."""
    return next(one for one in test.get(kind) if one.key and one.key.endswith(f"_{name}"))
