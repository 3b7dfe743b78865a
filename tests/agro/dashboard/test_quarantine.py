"""The sensors that wait: shown, let in with what they sent, or forgotten once confirmed."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard.quarantine import Asked, depths_of, fault
from agro.store import farms, open_store, quarantine, readings, writing
from agro.store.ingest import Message, ingest
from agro.words import say

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
pytestmark = pytest.mark.parametrize("kept", ["garden"], indirect=True)
BOX = "agro/potager/<b>box"


def _engine() -> Engine:
    return open_store(os.environ["AGRO_DATABASE_URL"])


@pytest.fixture
def came(kept: str, lse01: Callable[..., tuple[str, bytes]]) -> None:
    """Three hours of a probe that nobody registered, and one message of a box."""
    engine = _engine()
    sent = [lse01("lse01-new", NOW - timedelta(hours=h), moisture=0.31) for h in (3, 2, 1)]
    sent.append((BOX, b'{"readings": {"air_temperature": 21.5}}'))
    with writing(engine) as c:
        ingest(c, [Message(topic, body, NOW - timedelta(minutes=5)) for topic, body in sent])
    engine.dispose()
    st.cache_data.clear()


def _open(language: str = "fr") -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    return test.switch_page("agro/dashboard/pages/stations.py").run()


def _read(test: AppTest) -> str:
    assert not test.exception
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _key(what: str, device: str = "lse01-new", more: str = "") -> str:
    return f"waiting_{what}_{device.encode().hex()}{more}"


def _waiting() -> list[str]:
    engine = _engine()
    with engine.connect() as c:
        found = [one.device for one in quarantine.waiting(c)]
    engine.dispose()
    return found


def test_nothing_is_shown_when_none_waits(kept: str) -> None:
    assert "Capteurs en attente" not in _read(_open())


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "fr",
            (
                "Capteurs en attente",
                "3 messages en attente",
                "Arrivé il y a 5 min.",
                "Il dit lui-même ce qu’il mesure",
                "Sans doute : Dragino LSE01",
                "&lt;b&gt;box",
            ),
        ),
        ("en", ("Sensors that wait", "3 messages wait", "It came 5 min ago.", "Probably: Dragino")),
    ],
)
def test_those_that_wait_are_shown(
    kept: str, came: None, language: str, sentences: tuple[str, ...]
) -> None:
    read = _read(_open(language))
    for sentence in sentences:
        assert sentence in read
    assert "<b>box" not in read


def test_one_is_let_in_with_all_it_sent(kept: str, came: None) -> None:
    test = _open()
    test.text_input(key=_key("name")).set_value("Sonde neuve")
    test.selectbox(key=_key("plot", more="_potager")).set_value("p2")
    test.selectbox(key=_key("model")).set_value("dragino/lse01").run()
    test.text_input(key=_key("depths")).set_value("30")
    test.button(key=_key("save")).click().run()
    assert "Sonde neuve est inscrit : 18 mesures reprises." in _read(test)
    assert _waiting() == ["<b>box"]
    engine = _engine()
    with engine.connect() as c:
        device = next(one for one in farms.devices(c) if one.device == "lse01-new")
        seen = readings.series(
            c,
            device="lse01-new",
            quantity="soil_moisture",
            start=NOW - timedelta(days=1),
            end=NOW,
        )
    engine.dispose()
    assert (device.name, device.plot, device.depths) == ("Sonde neuve", "p2", (30.0,))
    assert seen["value"].tolist() == [0.31] * 3
    assert set(seen["depth_cm"]) == {30.0}
    assert "Sonde neuve est inscrit" not in _read(test.run())


def test_a_plain_box_needs_no_model(kept: str, came: None) -> None:
    test = _open()
    test.button(key=_key("save", "<b>box")).click().run()
    assert "1 mesure reprise" in _read(test)
    assert _waiting() == ["lse01-new"]


def test_what_is_missing_is_asked_for(kept: str, came: None) -> None:
    test = _open()
    test.selectbox(key=_key("model")).set_value("dragino/lse01").run()
    test.button(key=_key("save")).click().run()
    assert "dites à quelle profondeur" in _read(test)
    test.text_input(key=_key("depths")).set_value("vingt")
    test.button(key=_key("save")).click().run()
    assert "« vingt » ne va pas" in _read(test)
    assert len(_waiting()) == 2


def test_one_is_forgotten(kept: str, came: None) -> None:
    test = _open()
    test.button(key=_key("forget")).click().run()
    assert "lse01-new est oublié." in _read(test)
    assert _waiting() == ["<b>box"]


def test_a_flood_of_names_is_no_page(kept: str) -> None:
    engine = _engine()
    body = json.dumps({"readings": {"air_temperature": 20}}).encode()
    with writing(engine) as c:
        ingest(c, [Message(f"agro/potager/box-{n}", body, NOW) for n in range(20)])
    engine.dispose()
    st.cache_data.clear()
    read = _read(_open())
    assert read.count('<article class="waits">') == 6
    assert "14 autres capteurs attendent encore." in read


@pytest.mark.parametrize(
    ("text", "depths"),
    [
        ("", ()),
        ("20", (20.0,)),
        ("10, 20 ; 30 cm", (10.0, 20.0, 30.0)),
        ("30, 10", None),
        ("-5", None),
        ("2000", None),
        ("deep", None),
    ],
)
def test_depths_as_people_write_them(kept: str, text: str, depths: Any) -> None:
    assert depths_of(text) == depths


@pytest.mark.parametrize(
    ("model", "depths", "told"),
    [
        ("", (), "Dites quel est son modèle"),
        ("dragino/lse01", (20.0,), ""),
        ("decentlab/dl-smtp", (), ""),
        ("decentlab/dl-smtp", tuple(float(d) for d in range(9)), "n’a que 8 niveaux"),
        ("decentlab/dl-atm41", (), ""),
    ],
)
def test_answers_that_cannot_be(kept: str, model: str, depths: Any, told: str) -> None:
    found = fault(say("fr"), Asked("x", "s", "", model, ""), depths, needs_model=True)
    assert told in found.replace("\u00a0", " ")
    assert bool(found) == bool(told)
