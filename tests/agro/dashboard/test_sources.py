"""Outside sources on the sensors page: the last answer's age, the fault in words, the next try."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agro.config import now
from agro.dashboard.sources_list import lines
from agro.store import feeds, open_store, writing
from agro.store.feeds import Source

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_TERMS = {"mode": "live", "licence": "LO 2.0", "attribution": "", "link": ""}


def _read(language: str) -> str:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("agro/dashboard/pages/stations.py").run()
    assert not test.exception
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_each_source_tells_its_age_its_fault_and_its_next_try(kept: str) -> None:
    at = now()
    well = Source(
        "open-meteo", "potager", fetched_at=at - timedelta(minutes=5), next_try=at, **_TERMS
    )
    bad = Source(
        "hubeau@X-H",
        "potager",
        fetched_at=at - timedelta(hours=3),
        failures=4,
        reason="too_large: more than 16777216 bytes",
        next_try=at + timedelta(minutes=40),
        **_TERMS,
    )
    engine = open_store(os.environ["AGRO_DATABASE_URL"])
    with writing(engine) as c:
        feeds.failed(c, well)
        feeds.failed(c, bad)
    engine.dispose()
    st.cache_data.clear()
    french = _read("fr")
    assert french.index("Hub’Eau") < french.index("Open-Meteo")  # what fails comes first
    for told in (
        "1 source en panne sur 2",
        "la réponse est trop grande (4 échecs de suite)",
        "il y a 3 h (en direct, LO 2.0)",
        "dans 40 min",
        "tout va bien",
    ):
        assert told in french
    assert "1 source of 2 is failing" in _read("en")


def test_a_source_over_many_places_speaks_through_its_worst() -> None:
    one = Source("vigieau@aep,1", "a", fetched_at=now(), **_TERMS)
    other = Source("vigieau@sou,2", "b", failures=2, reason="busy: HTTP 429", **_TERMS)
    (asked, unasked) = lines([one, other], ("atmo",))
    assert (asked.name, asked.asked, asked.failed, asked.sites) == ("vigieau", 2, 1, ("b",))
    assert (unasked.name, unasked.worst) == ("atmo", None)
