"""The surveys as the page reads and writes them; every answer is kept as soon as it is given."""

from dataclasses import replace
from datetime import date

import streamlit as st

from agro.access import records
from agro.config import now
from agro.dashboard import data, indicators_data
from agro.dashboard.indicators_survey_draft import with_score
from agro.indicators import surveying
from agro.indicators.prefill import Prefilled, prefill
from agro.store.indicators import (
    CONFIRMED,
    DRAFT,
    RETRACTED,
    SurveyAnswers,
    SurveyRevision,
    revisions,
    surveys,
)

_KEPT_S = 60


def of_site(site: str) -> list[SurveyRevision]:
    """Every survey of a garden as it stands now, also those taken back, the newest first."""
    with data.engine().connect() as c:
        return surveys(c, site=site, statuses=(DRAFT, CONFIRMED, RETRACTED))[::-1]


def one(number: int) -> SurveyRevision | None:
    """A survey as it stands now; None where there is none of this number."""
    with data.engine().connect() as c:
        try:
            return revisions(c, number)[-1]
        except ValueError:
            return None


def begin(site: str, version: str, day: date, *, who: str) -> int:
    """Begin a survey without an answer, and return its number."""
    with data.acting("survey.write", site, {"begin": day.isoformat()}) as c:
        fresh = SurveyAnswers(site, version, {}, day)
        return surveying.save_draft(c, fresh, who=who, at=now())


def answer(number: int, element: str, index: str, given: float | None, *, who: str) -> None:
    """Keep one answer; those that others gave meanwhile stay."""
    told = {"answer": number, "index": f"{element}.{index}", "given": given}
    with data.acting("survey.write", records.of_survey(number), told) as c:
        survey = revisions(c, number)[-1].survey
        answers = with_score(survey.answers, element, index, given)
        if answers != survey.answers:
            said = replace(survey, answers=answers)
            surveying.save_draft(c, said, who=who, at=now(), number=number)


def confirm(number: int, *, who: str) -> None:
    """Let a complete survey count.

    Raises
    ------
    BadInput  It is not complete.
    """
    with data.acting("survey.write", records.of_survey(number), {"confirm": number}) as c:
        survey = revisions(c, number)[-1].survey
        surveying.confirm(c, survey, who=who, at=now(), number=number)
    indicators_data.forget()


def take_back(number: int, *, who: str) -> bool:
    """Let a survey count no more; it is kept."""
    with data.acting("survey.write", records.of_survey(number), {"take_back": number}) as c:
        done = surveying.retract(c, number, who=who, at=now())
    indicators_data.forget()
    return done


def reopen(number: int, *, who: str) -> bool:
    """Let a survey that was taken back stand again."""
    with data.acting("survey.write", records.of_survey(number), {"reopen": number}) as c:
        done = surveying.reopen(c, number, who=who, at=now())
    indicators_data.forget()
    return done


@st.cache_data(ttl=_KEPT_S, show_spinner=False)
def proposals(site: str, start: date, end: date, version: str) -> dict[str, Prefilled]:
    """What the records propose for a survey, by `element.index`; nothing of it counts."""
    with data.engine().connect() as c:
        return {told.index: told for told in prefill(c, site, start, end, version)}
