"""The reports' page: what may be read is read, the rest is a number, and an answer is kept."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.city import reports as service
from agro.city.reports import Received
from agro.dashboard import reports_data
from agro.dashboard.reports_map import report_map
from agro.packs import read_pack
from agro.store import feeds, open_store, report_sources, reports, writing
from agro.store.feeds import Source
from agro.store.reports import OWN, Report
from tests.agro.dashboard.conftest import NOW, fill

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_EVIL = "<img src=x onerror=alert(1)> **gras** {champ}"
_DAMAGE = {"service_code": "garden_damage", "lat": "47.3004", "long": "5.0", "description": _EVIL}
_ALONE = {
    "service_code": "isolated_person",
    "lat": "47.3",
    "long": "5.0",
    "description": "Mme Roy, seule",
    "first_name": "Anastasia",
    "phone": "0612345678",
}


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """The garden of these tests, with reports: own, of the city, far, settled, of a person."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    fill(url)
    engine = open_store(url)
    with writing(engine) as c:
        report_sources.save_services(c, read_pack("dijon").report_services)
        for form in (
            {
                "service_code": "garden_damage",
                "lat": "47.3004",
                "long": "5.0",
                "description": _EVIL,
            },
            {"service_code": "isolated_person", "lat": "47.3", "long": "5.0", "phone": "0612345678"}
            | {"description": "Mme Roy, seule", "first_name": "Anastasia"},
        ):
            found = service.receive(
                c, form, at=NOW - timedelta(hours=3), keep_contact=timedelta(days=90)
            )
            assert isinstance(found, Received)
        reports.take(c, _told())
        feeds.answered(c, _source(), None)
    yield engine
    engine.dispose()
    st.cache_data.clear()
    st.cache_resource.clear()


def _told() -> list[Report]:
    at = NOW - timedelta(days=1)
    place = {"latitude": 47.32, "longitude": 5.03, "heard_at": NOW - timedelta(hours=5)}
    return [
        Report("open311", "17", "lighting", requested_at=at, commune="21231", **place),  # type: ignore[arg-type]
        Report(
            "open311",
            "18",
            "waste",
            status="closed",
            status_notes="Enlevé ce matin",
            requested_at=at,
            updated_at=NOW,
            **place,  # type: ignore[arg-type]
        ),
        Report("open311", "19", "tree", NOW, status="unknown", status_notes="assigned"),
    ]


def _source(**changed: object) -> Source:
    known: dict[str, object] = {"mode": "live", "licence": "ODbL", "attribution": "", "link": ""}
    at = NOW - timedelta(hours=1)
    return Source("open311", "potager", fetched_at=at, observed_at=at, **known | changed)  # type: ignore[arg-type]


def _open(language: str = "fr", page: str = "reports", seat: str = "everybody") -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.query_params["as"] = seat
    test.run()
    for number in range(10):  # what each report folds away is read too
        test.session_state[f"reports_more_{number}"] = True
    test.switch_page(f"agro/dashboard/pages/{page}.py")
    test.run()
    assert not test.exception
    return test


def _read(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "fr",
            (
                "2 signalements ouverts dans la ville",
                "Dégât dans un jardin",
                "m de Serre 1 (Potager des Ducs)",
                "Éclairage en panne",
                "Le système de la ville, en direct, lu il y a 5 h",
                "État incertain",
                "moins de 3",
                "Le système de la ville (en direct, ODbL)",
            ),
        ),
        (
            "en",
            (
                "2 open reports in the city",
                "Damage in a garden",
                "The city's system, live, read 5 h ago",
                "State uncertain",
                "fewer than 3",
            ),
        ),
    ],
)
def test_the_page_says_what_who_where_and_how_old(
    garden: Engine, language: str, told: tuple[str, ...]
) -> None:
    read = _read(_open(language)).replace("\u00a0", " ").replace("\u202f", " ")
    for sentence in told:
        assert sentence.replace("'", "&#x27;") in read or sentence in read


def test_what_a_stranger_writes_is_text(garden: Engine) -> None:
    read = _read(_open())
    assert "<img" not in read
    assert "&lt;img src=x onerror=alert(1)&gt; **gras** {champ}" in read


def test_without_a_role_a_person_is_a_number(garden: Engine) -> None:
    test = _open()
    for state in ("open", "closed", "all"):
        test.button_group(key="reports_state").set_value(state).run()
        assert not test.exception
        read = _read(test)
        assert "moins de 3" in read.replace("\u00a0", " ")
        for secret in ("Roy", "Anastasia", "0612345678"):
            assert secret not in read
    assert "isolated_person" not in test.selectbox(key="reports_kind").options


def test_the_citys_role_reads_who_reported(garden: Engine) -> None:
    read = _read(_open(seat="official"))
    for told in ("Mme Roy, seule", "Anastasia", "0612345678"):
        assert told in read


def test_what_is_chosen_is_shown(garden: Engine) -> None:
    test = _open()
    test.button_group(key="reports_state").set_value("closed").run()
    read = _read(test)
    assert "Enlevé ce matin" in read
    assert "Éclairage en panne" not in read
    test.button_group(key="reports_state").set_value("all").run()
    test.selectbox(key="reports_kind").set_value("lighting").run()
    assert "Enlevé ce matin" not in _read(test)
    assert "Éclairage en panne" in _read(test)
    test.selectbox(key="reports_kind").set_value("graffiti").run()
    assert "Aucun signalement ne correspond" in _read(test)


def _own(engine: Engine) -> Report:
    with engine.connect() as c:
        found = reports.reports(c, reports.Wanted(sources=(OWN,), visible="all"), limit=9)
    assert len(found) == 1
    return found[0]


def test_an_answer_is_kept_and_shown(garden: Engine) -> None:
    test, number = _open(), _own(garden).number
    key = f"reports_reply_{number}"
    test.button[-1].click().run()  # nothing is written yet
    assert "Écrivez la réponse et qui répond" in _read(test)
    assert _own(garden).status == "open"
    test.button_group(key=f"{key}_status").set_value("closed")
    test.text_area(key=f"{key}_notes").set_value("Clôture réparée <b>ici</b>")
    test.text_input(key=f"{key}_who").set_value("Voirie")
    test.button[-1].click().run()
    assert not test.exception
    found = _own(garden)
    assert (found.status, found.status_notes) == ("closed", "Clôture réparée <b>ici</b>")
    test.button_group(key="reports_state").set_value("closed").run()
    read = _read(test)
    assert "Clôture réparée &lt;b&gt;ici&lt;/b&gt;" in read
    assert "Voirie" in read


def test_a_bed_shows_what_is_reported_near_it(garden: Engine) -> None:
    read = _read(_open(page="bed"))
    assert "Signalements près d’ici" in read
    assert "Dégât dans un jardin" in read
    assert "Personne isolée" not in read


def test_a_feed_that_fails_says_so_and_its_reports_stay(garden: Engine) -> None:
    with writing(garden) as c:
        bad = _source(failures=3, reason="server_fault: HTTP 500")
        feeds.failed(c, bad)
    read = _read(_open()).replace("\u00a0", " ").replace("\u202f", " ")
    assert "ne répond pas : il est en panne" in read
    assert "Éclairage en panne" in read


def test_contact_data_are_in_no_cache(garden: Engine) -> None:
    assert not hasattr(reports_data.contact, "clear")
    assert hasattr(reports_data.found, "clear")


def test_the_map_draws_every_point_and_escapes_what_it_says() -> None:
    square = [[[5.0, 47.3], [5.1, 47.3], [5.1, 47.4], [5.0, 47.3]]]
    say = {name: name for name in ("open", "closed", "unknown", "garden", "commune")}
    figure = report_map(
        {"open": [(47.3, 5.0, "<b>x</b>")], "closed": [(47.4, 5.1, "y")]},
        [(47.35, 5.05, "Potager")],
        [{"type": "Polygon", "coordinates": square}],
        language="fr",
        say=say | {"east": "E", "north": "N"},
    )
    drawn = {trace.name: len(trace.x) for trace in figure.data}
    assert drawn == {"commune": 5, "garden": 1, "open": 1, "closed": 1}
    assert figure.data[-1].text == ("&lt;b&gt;x&lt;/b&gt;",)
    low, high = figure.layout.yaxis.range
    assert low < 47.3 and high > 47.4
    assert figure.layout.yaxis.scaleratio == pytest.approx(1.0 / 0.678, rel=0.01)
