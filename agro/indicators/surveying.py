"""Surveys as they are filled in: drafts with blanks, confirmed only when they are complete."""

from datetime import datetime

from sqlalchemy import Connection

from agro.errors import BadInput
from agro.indicators import tape
from agro.store import indicators
from agro.store.indicators import CONFIRMED, DRAFT, RETRACTED, SurveyAnswers


def missing(version: str, answers: tape.Answers) -> list[tuple[str, str]]:
    """(element, index) of what is asked and blank; what may not apply is not asked."""
    known = tape.form(version)
    if known is None:
        return []
    return [
        (element, index)
        for element, listed in known.elements.items()
        for index in listed
        if index not in known.optional and not tape.is_given(version, answers, element, index)
    ]


def save_draft(
    c: Connection, survey: SurveyAnswers, *, who: str, at: datetime, number: int | None = None
) -> int:
    """Keep a survey that is not finished, or one more revision of it; its number.

    Raises
    ------
    BadInput    An answer cannot be: one line each.
    ValueError  The site does not exist, or the survey is of another site or form.
    """
    _check(survey)
    return indicators.add_revision(c, survey, DRAFT, who=who, at=at, number=number)


def confirm(
    c: Connection, survey: SurveyAnswers, *, who: str, at: datetime, number: int | None = None
) -> int:
    """Keep a complete survey as confirmed, from when on it counts; its number.

    Raises
    ------
    BadInput    An answer cannot be or is missing: one line each.
    ValueError  The site does not exist, or the survey is of another site or form.
    """
    _check(survey)
    blank = missing(survey.version, survey.answers)
    if blank:
        lines = [f"{element}.{index} is blank; answer it" for element, index in blank]
        raise BadInput(lines)
    return indicators.add_revision(c, survey, CONFIRMED, who=who, at=at, number=number)


def retract(c: Connection, number: int, *, who: str, at: datetime) -> bool:
    """Take a survey back: it counts no more, and is kept; False when it was taken back already.

    Raises
    ------
    ValueError  There is no such survey.
    """
    newest = indicators.revisions(c, number)[-1]
    if newest.status == RETRACTED:
        return False
    indicators.add_revision(c, newest.survey, RETRACTED, who=who, at=at, number=number)
    return True


def reopen(c: Connection, number: int, *, who: str, at: datetime) -> bool:
    """Let a survey that was taken back stand again as it was; False when it stands.

    Raises
    ------
    ValueError  There is no such survey.
    """
    told = indicators.revisions(c, number)
    if told[-1].status != RETRACTED:
        return False
    before = next((one for one in reversed(told) if one.status != RETRACTED), told[-1])
    indicators.add_revision(c, before.survey, before.status, who=who, at=at, number=number)
    return True


def _check(survey: SurveyAnswers) -> None:
    if tape.form(survey.version) is None:
        known = ", ".join(tape.FORMS)
        raise BadInput([f"version {survey.version!r} is not a known form; known: {known}"])
    wrong = tape.faults(survey.version, survey.answers)
    if wrong:
        raise BadInput([f"{place} {answer!r} {told}" for place, answer, told in wrong])
