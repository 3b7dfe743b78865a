"""TAPE's survey on the page: proposed, confirmed one by one, blocked while incomplete, undone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.config import now
from agro.dashboard import indicators_survey_draft as draft
from agro.dashboard import indicators_survey_history as history
from agro.dashboard.indicators_survey_prefilled import numbers
from agro.indicators import surveying, tape
from agro.indicators.prefill import Prefilled
from agro.store import writing
from agro.store.indicators import SurveyAnswers, SurveyRevision, revisions, surveys
from agro.words import say
from tests.agro.dashboard.indicators_page import noted_garden, opened, shown

_PAIRS = [(e, i) for e, listed in tape.FORMS["2023"].elements.items() for i in listed]


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """The noted garden."""
    with noted_garden(tmp_path, monkeypatch) as engine:
        yield engine


def _whole(version: str, score: float = 2.0, *, but: str = "") -> dict[str, dict[str, float]]:
    form = tape.FORMS[version]
    return {
        element: {index: score for index in listed if index not in (but, *form.optional)}
        for element, listed in form.elements.items()
    }


def _kept(engine: Engine, answers: dict[str, dict[str, float]], version: str = "2023") -> int:
    survey = SurveyAnswers("potager", version, answers, date(2026, 7, 1))
    with writing(engine) as c:
        return surveying.save_draft(c, survey, who="Ana", at=now())


def _one(engine: Engine, number: int) -> SurveyRevision:
    with engine.connect() as c:
        return revisions(c, number)[-1]


def _filling(engine: Engine, answers: dict[str, dict[str, float]], language: str) -> AppTest:
    """The page with the garden's draft opened."""
    number = _kept(engine, answers)
    test = opened(language=language, view="survey", scope="site:potager", period="months")
    return test.button(key=f"survey_open_{number}").click().run()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ("Enquête en cours", "formulaire 2023", "Cultures : combien", "proposent : ")),
        ("en", ("Survey being filled in", "form 2023", "Crops: how many", "propose: ")),
    ],
)
def test_a_survey_is_begun_and_a_proposal_counts_once_it_is_confirmed(
    language: str, told: tuple[str, ...], garden: Engine
) -> None:
    test = opened(language=language, view="survey", scope="site:potager", period="months")
    test.button(key="survey_start").click().run()
    assert not test.exception
    for text in told:
        assert text in shown(test)
    with garden.connect() as c:
        (one,) = surveys(c, site="potager")
    assert (one.status, one.survey.answers) == ("draft", {})
    test.button(key="survey_confirm_crops").click().run()
    test.radio(key=f"survey_{one.number}_trees").set_value(3.0).run()
    assert not test.exception
    answers = _one(garden, one.number).survey.answers
    assert answers["diversity"] == {"crops": 0.0, "trees": 3.0}
    half = test.checkbox(key=f"survey_half_{one.number}_trees").check().run()
    assert not half.exception
    assert _one(garden, one.number).survey.answers["diversity"]["trees"] == 3.5


def test_a_draft_is_found_again_by_the_next_visit_with_what_others_answered(
    garden: Engine,
) -> None:
    test = _filling(garden, {"diversity": {"animals": 1.0}}, "fr")
    number = 1
    with writing(garden) as c:
        survey = _one(garden, number).survey
        more = SurveyAnswers(survey.site, "2023", {"diversity": {"trees": 2.0}}, survey.day)
        surveying.save_draft(c, more, who="Bo", at=now(), number=number)
    test.radio(key="survey_1_crops").set_value(4.0).run()
    assert _one(garden, number).survey.answers["diversity"] == {"trees": 2.0, "crops": 4.0}
    again = opened(view="survey", scope="site:potager")
    assert "2 réponses sur 34" in shown(again)


def test_an_incomplete_survey_is_not_kept_as_one_and_says_what_is_missing(
    garden: Engine,
) -> None:
    test = _filling(garden, _whole("2023", but="networks"), "fr")
    test.button(key="survey_finish").click().run()
    assert not test.exception
    read = shown(test)
    assert "Il manque 1 réponse" in read
    assert "Liens avec ceux qui mangent" in read.split("Il manque")[1]
    assert _one(garden, 1).status == "draft"
    test.button(key="survey_go_circular").click().run()
    assert test.selectbox(key="survey_at").value == "circular"
    test.radio(key="survey_1_networks").set_value(2.0).run()
    test.button(key="survey_finish").click().run()
    assert not test.exception
    assert "Enquête enregistrée" in shown(test)
    assert _one(garden, 1).status == "confirmed"


def test_a_finished_survey_shows_its_elements_counts_and_is_undone(garden: Engine) -> None:
    test = _filling(garden, _whole("2023", 3.0), "fr")
    test.button(key="survey_finish").click().run()
    assert "75 sur 100" in shown(test)
    assert len(test.get("plotly_chart")) == 1
    figures = opened(scope="site:potager", indicator="TAPE_CAET")
    assert 'view=survey&amp;scope=site%3Apotager&amp;survey=1"' in shown(figures)
    test.button(key="survey_undo").click().run()
    assert not test.exception
    assert _one(garden, 1).status == "retracted"
    assert "Retirée : elle ne compte plus" in shown(test)
    test.button(key="survey_turn_1").click().run()
    assert _one(garden, 1).status == "confirmed"


def test_versions_never_share_a_chart(garden: Engine) -> None:
    known: dict[str, int] = {}
    for version, score in (("2023", 3.0), ("2019", 1.0), ("2023", 2.0)):
        number = known[version] = _kept(garden, _whole(version, score), version)
        with writing(garden) as c:
            surveying.confirm(c, _one(garden, number).survey, who="", at=now(), number=number)
    test = opened(view="survey", scope="site:potager", survey=str(known["2019"]))
    (chart,) = test.get("plotly_chart")
    assert "2023" not in chart.proto.spec
    assert f"formulaire 2019, n° {known['2019']}" in shown(test)
    assert "ne se comparent pas" in shown(test)


def test_a_survey_without_a_day_has_a_title_and_ten_elements() -> None:
    one = SurveyRevision(1, 1, SurveyAnswers("potager", "2023", {}), "draft", "", now())
    assert history.title(say("fr"), one) == "sans date, formulaire 2023, n° 1"
    assert set(history.scores(one)) == set(tape.FORMS["2023"].elements)


@given(
    chosen=st.lists(
        st.tuples(st.sampled_from(_PAIRS), st.sampled_from([None, 0.0, 1.5, 4.0])), max_size=60
    )
)
def test_answers_are_what_was_last_said_and_progress_counts_them(
    chosen: list[tuple[tuple[str, str], float | None]],
) -> None:
    answers: draft.Answers = {}
    for (element, index), score in chosen:
        answers = draft.with_score(answers, element, index, score)
    last = dict(chosen)
    for (element, index), score in last.items():
        assert draft.score(answers, element, index) == score
    assert not tape.faults("2023", answers)
    given_, asked = draft.progress("2023", answers)
    assert given_ == sum(score is not None for score in last.values())
    assert asked - given_ == len(surveying.missing("2023", answers))
    per_element = [
        draft.progress("2023", answers, element) for element in tape.FORMS["2023"].elements
    ]
    assert tuple(map(sum, zip(*per_element, strict=True))) == (given_, asked)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("version", draft.OFFERED)
def test_every_question_and_level_is_worded(version: str, language: str) -> None:
    words = say(language)
    for listed in draft.elements(version).values():
        for index in listed:
            assert draft.question(words, version, index) != index
            levels = [draft.level(words, version, index, float(n)) for n in draft.LEVELS]
            assert len(set(levels)) == len(levels)
            assert all(" · " in level for level in levels)
    assert draft.level(words, version, "crops", 2.5) in ("entre 2 et 3", "between 2 and 3")


def test_numbers_behind_a_proposal_are_named_with_their_units() -> None:
    told = Prefilled(
        "circular.mkt_local", "circular", "mkt_local", 3.0, {"delivered": 1250.0, "local": 0.8}
    )
    assert numbers(say("en"), told) == [
        ("Delivered, destination known", "1,250\u00a0kg"),
        ("Share that stayed local", "80%"),
    ]
