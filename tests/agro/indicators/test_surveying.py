"""Surveys, entered figures and proposals: nothing counts unconfirmed, nothing is overwritten."""

from datetime import UTC, date, datetime, timedelta
from math import isnan, nan
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from agro.errors import BadInput
from agro.indicators import entering, surveying, tape
from agro.indicators.book import Book
from agro.indicators.catalogue import whole
from agro.indicators.entering import EnteredFigure
from agro.indicators.figures import part_of
from agro.indicators.gathering_kept import kept
from agro.indicators.parts import Part
from agro.indicators.prefill import RULES, Prefilled, prefill
from agro.indicators.prefill_rules import Means
from agro.records import LogEntry
from agro.store import indicators, logbook, writing
from agro.store.indicators import SurveyAnswers

SITE = "potager-des-ducs"
_START, _END = date(2026, 1, 1), date(2026, 12, 31)
_AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def _answers(version: str, score: float = 2.0) -> dict[str, dict[str, Any]]:
    known = tape.FORMS[version].elements
    return {element: dict.fromkeys(listed, score) for element, listed in known.items()}


def _survey(version: str = "2023", **more: Any) -> SurveyAnswers:
    said: dict[str, Any] = {"answers": _answers(version), "day": date(2026, 5, 4), **more}
    return SurveyAnswers(SITE, version, **said)


def _part(c: Connection, name: str, start: date = _START, end: date = _END) -> Part:
    """An indicator of the site from what is kept of it alone, without weather and logbook."""
    told = kept(c, {SITE}, start, end).registers
    book = Book(start=start, end=end, surveys=told["surveys"], entered=told["entered"])
    return part_of(whole().by_id[name], book)


def test_a_draft_counts_for_nothing_and_blanks_block_its_confirming(store: Engine) -> None:
    answers = _answers("2023")
    answers["human"]["women"] = None
    answers["human"]["animalwel"] = None
    del answers["circular"]
    survey = _survey(answers=answers)
    with writing(store) as c:
        number = surveying.save_draft(c, survey, who="Ana", at=_AT)
        assert not _part(c, "TAPE_CAET").told
        with pytest.raises(BadInput, match=r"human\.women is blank; answer it") as refused:
            surveying.confirm(c, survey, who="Ana", at=_AT, number=number)
        assert len(refused.value.lines) == 4, "what may not apply is not asked"
        assert not _part(c, "TAPE_CAET").told
        surveying.confirm(c, _survey(), who="Ben", at=_AT, number=number)
        assert _part(c, "TAPE_CAET").value == 50.0
        told = indicators.revisions(c, number)
    assert [(one.revision, one.status, one.who) for one in told] == [
        (1, "draft", "Ana"),
        (2, "confirmed", "Ben"),
    ]
    assert told[0].survey.answers["human"]["women"] is None


def test_a_survey_is_taken_back_and_stands_again_and_its_form_never_changes(store: Engine) -> None:
    with writing(store) as c:
        number = surveying.confirm(c, _survey(), who="Ana", at=_AT)
        assert surveying.retract(c, number, who="Ana", at=_AT)
        assert not surveying.retract(c, number, who="Ana", at=_AT)
        assert not _part(c, "TAPE_CAET").told
        assert indicators.surveys(c, site=SITE) == []
        assert surveying.reopen(c, number, who="Ana", at=_AT)
        assert _part(c, "TAPE_CAET").value == 50.0
        with pytest.raises(ValueError, match="2023; begin another survey"):
            surveying.save_draft(c, _survey("2019"), who="Ana", at=_AT, number=number)
        with pytest.raises(BadInput, match=r"diversity\.crops 9 is not within 0 to 4"):
            surveying.save_draft(c, _survey(answers={"diversity": {"crops": 9}}), who="Ana", at=_AT)
        other = surveying.confirm(c, _survey("2019", day=date(2024, 5, 4)), who="Ana", at=_AT)
        assert other != number
        assert _part(c, "TAPE_CAET").records[0].source.row == number


def test_an_entered_figure_is_kept_once_corrected_and_taken_back(store: Engine) -> None:
    said = EnteredFigure("IDEA4_SCORES", _START, _END, "Chambre, fiche 12", value=61.0, site=SITE)
    better = EnteredFigure("IDEA4_SCORES", _START, _END, "fiche 13", value=64.0, site=SITE)
    with writing(store) as c:
        number = entering.enter(c, said, whole(), who="Ana", at=_AT)
        assert entering.enter(c, said, whole(), who="Ben", at=_AT) == number
        assert _part(c, "IDEA4_SCORES").value == 61.0
        new = entering.correct(c, number, better, whole(), who="Ben", at=_AT)
        assert _part(c, "IDEA4_SCORES").value == 64.0
        with pytest.raises(ValueError, match=f"{new} has taken the place of {number}"):
            entering.restore(c, number)
        ever = entering.figures(c, retracted=True)
        assert [(o.number, o.figure.value, o.replaces, o.retracted_by) for o in ever] == [
            (number, 61.0, None, "Ben"),
            (new, 64.0, number, ""),
        ]
        assert entering.retract(c, new, who="Ana", at=_AT)
        assert not _part(c, "IDEA4_SCORES").told
        assert entering.restore(c, number)
        assert _part(c, "IDEA4_SCORES").value == 61.0
        later = _part(c, "IDEA4_SCORES", date(2027, 1, 1), date(2027, 12, 31))
    assert not later.told, "a figure counts in periods that hold its own"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"indicator": "LAND_CULTIVATED_M2"}, "is computed from the records"),
        ({"indicator": "IDEA4_SCORE"}, "is not in the catalogue; write IDEA4_SCORES"),
        ({"value": nan}, "value '' is empty; give it, or numerator and denominator"),
        ({"numerator": 3.0}, "denominator '' is empty"),
        ({"numerator": 3.0, "denominator": 0.0}, "denominator '0' must be above 0"),
        ({"end": date(2025, 1, 1)}, "end '2025-01-01' is before the start"),
        ({"source": " "}, "source '' is empty"),
    ],
)
def test_a_figure_that_cannot_be_says_what_to_do(more: dict[str, Any], told: str) -> None:
    said: dict[str, Any] = {"indicator": "IDEA4_SCORES", "start": _START, "end": _END}
    figure = EnteredFigure(**{**said, "source": "fiche 12", "value": 61.0, **more})
    wrong = [f"{name} {value!r} {what}" for name, value, what in entering.check(figure, whole())]
    assert told in "\n".join(wrong)


def _note(c: Connection, type_: str, **more: Any) -> None:
    at = datetime(2026, 5, 4, 10, tzinfo=UTC) + timedelta(hours=len(more))
    logbook.note(c, LogEntry(SITE, more.pop("plot", ""), type_, more.pop("time", at), **more))


def _proposals(c: Connection) -> dict[str, Prefilled]:
    return {one.name: one for one in prefill(c, SITE, _START, _END)}


def test_the_logbook_proposes_fourteen_indices_with_the_numbers_behind_them(store: Engine) -> None:
    with writing(store) as c:
        before = _proposals(c)
        assert set(before) == set(RULES)
        assert before["mkt_local"].proposal is None, "nothing told is no 0"
        for channel, mass, between, near in (
            ("market", 30.0, 0.0, True),
            ("canteen", 60.0, 1.0, True),
            ("wholesaler", 10.0, 2.0, False),
        ):
            details = {"channel": channel, "intermediaries": between, "local": near}
            _note(c, "delivery", quantity=mass, unit="kg", crop="tomato", details=details)
        _note(c, "observation", hours=2.0, details={"kind": "school", "participants": 12})
        _note(c, "input", plot="planche-1", details={"segment": "S5", "synthetic": True})
        _note(c, "input", plot="planche-2", details={"segment": "S2", "synthetic": False})
        for number, origin in enumerate(("own", "own", "exchanged", "bought")):
            time = datetime(2026, 4, 1 + number, 10, tzinfo=UTC)
            _note(c, "seeding", plot="planche-1", time=time, details={"origin": origin})
        found = _proposals(c)
        assert indicators.surveys(c) == [], "a proposal is stored nowhere"
    assert found["mkt_local"].proposal == 3.0
    assert found["mkt_local"].basis == {"delivered": 100.0, "local": 0.9}
    assert found["networks"].proposal == 2.0
    assert found["networks"].basis["direct"] == pytest.approx(0.3)
    assert found["div_activ"].proposal == 3.0, "three ways to sell and a service"
    assert found["pest_dis"].proposal == 1.0
    assert found["seeds_breeds"].index == "culture.seeds_breeds"
    assert found["seeds_breeds"].proposal == 3.0
    assert found["platforms"].proposal == 1.0
    assert {one.kind for one in found["mkt_local"].records} == {"delivery"}
    assert len(found["mkt_local"].records) == 3


def test_every_proposal_is_a_step_of_its_form(store: Engine) -> None:
    with store.connect() as c:
        for version in ("2019", "2023"):
            told = prefill(c, SITE, _START, _END, version)
            assert len(told) == 14
            answers: dict[str, dict[str, Any]] = {}
            for one in told:
                answers.setdefault(one.element, {})[one.name] = one.proposal
            assert tape.faults(version, answers) == []
        assert prefill(c, SITE, _START, _END, "2025") == []
        with pytest.raises(ValueError, match="no site 'nowhere'"):
            prefill(c, "nowhere", _START, _END)


def test_a_store_without_records_proposes_nothing_of_them() -> None:
    empty = Book(start=_START, end=_END)
    told = [rule(empty, Means()) for rule in RULES.values()]
    assert all(isnan(one.score) for one in told)
