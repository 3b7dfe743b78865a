"""The refused messages: one row that stands for many says how many, and the totals count it so."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agro.dashboard.device_detail import problem_detail
from agro.store import open_store, problems, writing
from agro.store.problems import ProblemRow
from agro.words import say

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"


def _read(language: str) -> str:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("agro/dashboard/pages/stations.py").run()
    assert not test.exception
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_a_counted_refusal_says_how_often(kept: str) -> None:
    flood = ProblemRow(
        NOW - timedelta(hours=1), "agro/potager/x", "x", "too_many_messages", "hour", "H"
    )
    engine = open_store(os.environ["AGRO_DATABASE_URL"])
    with writing(engine) as c:
        problems.count_up(c, [flood] * 37)
    engine.dispose()
    st.cache_data.clear()
    french = _read("fr")
    for told in (
        "ce capteur envoie trop de messages × 37",
        "ce capteur envoie trop de messages : 37",
        "heure = H",
        "capteur non inscrit : 1",
        "38 refus en tout",  # the garden has one already
    ):
        assert told in french
    assert "capteur non inscrit ×" not in french  # it stands for itself alone
    english = _read("en")
    assert "this sensor sends too many messages × 37" in english
    assert "38 refused in all" in english


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("soil_moisture", "1.2", "eau du sol = 1.2"),
        ("topic", "ducs", "sujet = ducs"),
        ("their_own_name", "7", "their own name = 7"),
        ("", "", "12 bytes"),
    ],
)
def test_where_it_was_refused_is_in_words(field: str, value: str, told: str) -> None:
    row = {"field": field, "value": value, "detail": "12 bytes"}
    assert problem_detail(say("fr"), row) == told
