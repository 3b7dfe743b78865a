"""TAPE: three forms, never mixed; a blank blocks; 2019 and 2023 differ in what they ask."""

from dataclasses import replace
from datetime import date
from math import isnan
from typing import Any

import pytest

from agro.indicators import tape
from agro.indicators.book import Book, Site, Source, Survey
from agro.indicators.catalogue import whole
from agro.indicators.figures import Figure, computed
from agro.indicators.scope import Scope


def _answers(version: str, score: float) -> dict[str, dict[str, Any]]:
    elements = tape.FORMS[version].elements
    return {name: dict.fromkeys(indices, score) for name, indices in elements.items()}


def _survey(version: str, score: float, site: str = "a", day: date | None = None) -> Survey:
    answers = _answers(version, score)
    source = Source("survey", f"{site} {version}")
    return Survey(source=source, site=site, day=day, form="caet", version=version, answers=answers)


def _book(*surveys: Survey) -> Book:
    names = dict.fromkeys(one.site for one in surveys)
    sites = tuple(Site(source=Source("site", s), site=s, commune="90001") for s in names)
    return Book(start=date(2026, 1, 1), end=date(2026, 12, 31), sites=sites, surveys=surveys)


def _caet(book: Book, scope: Scope) -> Figure:
    found = computed(book, scope, whole())
    return next(one for one in found if one.indicator.id == "TAPE_CAET")


@pytest.mark.parametrize(("version", "asked"), [("2019", 35), ("2023", 35), ("2025", 25)])
def test_how_many_indices_a_form_asks(version: str, asked: int) -> None:
    """36 in 2019 with the one that emerges; 34 in 2023, and its emerging efficiency; 25 in 2025."""
    listed = [i for indices in tape.FORMS[version].elements.values() for i in indices]
    assert len(listed) == asked


@pytest.mark.parametrize("version", ["2019", "2022", "2023"])
@pytest.mark.parametrize(("score", "level"), [(0, 0.0), (1, 25.0), (4, 100.0)])
def test_equal_scores_make_that_level(version: str, score: float, level: float) -> None:
    answers = _answers(tape.ALIASES.get(version, version), score)
    assert tape.level(version, answers) == pytest.approx(level)
    assert set(tape.elements(version, answers)) == set(tape.FORMS["2023"].elements)


def test_items_of_2025_count_to_two_and_blank_items_do_not_apply() -> None:
    answers = _answers("2025", 1)
    answers["circular"]["local_market"] = [2, 2, None]
    assert tape.elements("2025", answers)["circular"] == pytest.approx(75.0)
    assert tape.level("2025", answers) == pytest.approx(52.5)


def test_a_blank_blocks_the_survey_and_is_told_as_coverage() -> None:
    survey = _survey("2023", 3)
    answers = {**survey.answers, "culture": {"diet": 3}}
    figure = _caet(_book(replace(survey, answers=answers)), Scope("site", "a"))
    assert isnan(figure.value)
    assert figure.status == "incomplete"
    assert figure.coverage == pytest.approx(32 / 35)


def test_what_cannot_apply_is_left_out_of_its_element() -> None:
    survey = _survey("2023", 2)
    human = {**survey.answers["human"], "animalwel": None}
    figure = _caet(
        _book(replace(survey, answers={**survey.answers, "human": human})), Scope("site", "a")
    )
    assert figure.value == pytest.approx(50.0)


def test_the_newest_survey_counts_and_an_old_one_does_not() -> None:
    old, new = _survey("2019", 1, day=date(2025, 5, 1)), _survey("2023", 3, day=date(2026, 5, 1))
    figure = _caet(_book(new, old), Scope("site", "a"))
    assert figure.value == pytest.approx(75.0)
    assert [one.key for one in figure.sources] == ["a 2023"]
    assert (
        _caet(_book(_survey("2023", 3, day=date(2024, 5, 1))), Scope("site", "a")).status
        == "no_data"
    )


def test_versions_are_told_beside_each_other_and_never_together() -> None:
    surveys = [_survey("2023", 2, "a"), _survey("2023", 4, "b"), _survey("2019", 1, "c")]
    figure = _caet(_book(*surveys), Scope())
    assert isnan(figure.value)
    assert [(s.version, s.n, s.median) for s in figure.spread] == [
        ("2019", 1, 25.0),
        ("2023", 2, 75.0),
    ]
