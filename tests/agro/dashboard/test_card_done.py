"""One tap on a card notes the watering that was advised, one more takes it back."""

from datetime import timedelta
from math import nan
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.records import Advice, Noted
from agro.store import logbook, open_store
from agro.words import LANGUAGES, say
from agro.words.watered import watered
from tests.agro.dashboard.conftest import NOW, fill

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_DONE = "today_done_p1"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Engine:
    """The small garden, whose first bed asks for water."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    fill(url)
    st.cache_data.clear()
    st.cache_resource.clear()
    return open_store(url)


def _opened(language: str = "fr") -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    assert not test.exception
    return test


def _noted(engine: Engine) -> list[Noted]:
    """The waterings of the bed since this morning, also struck ones."""
    with engine.connect() as c:
        start = NOW - timedelta(hours=1)
        kinds = ["irrigation"]
        return logbook.noted(c, site="potager", plot="p1", types=kinds, start=start, struck=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_tap_notes_it_and_one_takes_it_back(engine: Engine, language: str) -> None:
    test, words = _opened(language), say(language)
    label = test.button(key=_DONE).label
    test.button(key=_DONE).click().run()
    assert not test.exception
    (found,) = _noted(engine)
    minutes = words.duration(found.entry.quantity)
    assert (found.entry.unit, label) == ("min", words.t("pocket.done", amount=minutes))
    told = "\n".join(one.proto.body for one in test.get("html"))
    assert words.t("card.counted_soon") in told
    assert _DONE not in {one.key for one in test.button}
    test.button(key="today_undo_p1").click().run()
    assert not test.exception
    (struck,) = _noted(engine)
    assert struck.struck_at is not None
    assert test.button(key=_DONE).label == label


def test_nothing_is_offered_where_nothing_is_to_be_watered(engine: Engine) -> None:
    keys = {one.key for one in _opened().button if str(one.key).startswith("today_done_")}
    assert keys == {_DONE}


def _advice(decision: Any, minutes: float, litres: float) -> Advice:
    amounts = {"depth_mm": 5.0, "litres": litres, "minutes": minutes}
    soil = {"depletion_mm": 9.0, "raw_mm": 8.0, "taw_mm": 20.0}
    said: dict[str, Any] = {"reason": "depletion_above_raw", "confidence": "high"}
    said |= {"chance_of_stress": nan, "data_age_h": nan, "when": None}
    return Advice("potager", "p1", NOW, decision, **said, **amounts, **soil)


@pytest.mark.parametrize(
    ("decision", "minutes", "litres", "noted"),
    [
        ("irrigate", 43.4, 430.0, (43, "min")),
        ("irrigate", 0.2, 2.0, (1, "min")),
        ("irrigate", nan, 467.4, (467, "L")),
        ("irrigate", nan, nan, None),
        ("wait", 43.4, 430.0, None),
    ],
)
def test_what_was_advised_is_what_one_tap_notes(
    decision: str, minutes: float, litres: float, noted: tuple[int, str] | None
) -> None:
    what = watered(say("fr"), _advice(decision, minutes, litres))
    assert (what and (what.amount, what.unit)) == noted
