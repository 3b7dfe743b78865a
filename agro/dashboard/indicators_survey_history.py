"""The surveys of a garden: the ten elements of one around, and all of them with the way back."""

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_charts import radar
from agro.indicators import tape
from agro.store.indicators import CONFIRMED, DRAFT, RETRACTED, SurveyRevision
from agro.words import Words

_SHOWN = "survey_shown"
_BESIDE = 2  # surveys whose scores fit on a phone


def history(
    frame: Frame,
    site: str,
    found: Sequence[SurveyRevision],
    *,
    undone: Callable[[int, str], None],
) -> None:
    """Draw the newest survey that counts, then every one; `undone` takes one back or not."""
    words = frame.words
    counted = {one.number: one for one in found if one.status == CONFIRMED}
    if not counted:
        parts.empty(words.t("survey.none"), words.t("survey.none_body"))
    else:
        _around(frame, site, counted)
    # A draft that was dropped without an answer has no history.
    past = [one for one in found if one.status != DRAFT and one.survey.answers]
    if past:
        parts.section(words.t("survey.history"), words.t("survey.history_caption"))
        for one in past:
            with st.container(border=True, key=f"survey_past_{one.number}"):
                _past(words, one, undone)


def _around(frame: Frame, site: str, counted: dict[int, SurveyRevision]) -> None:
    """The radar of the survey that is chosen, beside those of its own form version only."""
    words = frame.words
    asked = st.query_params.get("survey", "")
    if st.session_state.get(_SHOWN) not in counted:
        linked = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
        st.session_state[_SHOWN] = linked if linked in counted else next(iter(counted))
    number = int(st.session_state[_SHOWN])
    if len(counted) > 1:
        number = st.selectbox(
            words.t("survey.which"),
            list(counted),
            key=_SHOWN,
            format_func=lambda key: title(words, counted[key]),
        )
    chosen = counted[number]
    st.query_params["survey"] = str(number)
    parts.section(words.t("survey.radar"), title(words, chosen))
    alike = [one for one in counted.values() if one.survey.version == chosen.survey.version]
    shown = {title(words, one): scores(one) for one in (chosen, *alike) if one is not None}
    names = words.group("tape_element")
    figure = radar(shown, names, words.language)
    alt = words.t("indicators.tape_alt", n=len(shown))
    parts.chart(figure, key=f"survey_radar_{site}", alt=alt)
    titles = list(shown) if len(shown) > 1 else [words.t("survey.score")]
    heads = [words.t("indicators.column_element"), *titles]
    rows = [
        [name, *(words.number(own[key], 0) for own in shown.values())]
        for key, name in names.items()
    ]
    numbers = frozenset(range(1, len(shown) + 1))
    st.html(parts.table(heads, rows, numbers=numbers, tight=len(shown) <= _BESIDE))


def scores(one: SurveyRevision) -> dict[str, float]:
    """The ten elements of a survey, 0 to 100."""
    return tape.elements(one.survey.version, one.survey.answers)


def title(words: Words, one: SurveyRevision) -> str:
    """`21 juillet 2026, formulaire 2023`; the number tells two of one day apart."""
    own = one.survey
    day = words.near_day(own.day, date.min) if own.day else words.t("survey.no_day")
    return words.t("survey.title_one", day=day, version=own.version, number=str(one.number))


def _past(words: Words, one: SurveyRevision, undone: Callable[[int, str], None]) -> None:
    own = one.survey
    level = tape.level(own.version, own.answers)
    is_gone = one.status == RETRACTED
    status = words.t(f"survey.status_{one.status}")
    told = words.t("survey.level_of", value=words.number(level, 0)) if level == level else "–"
    facts = [
        (title(words, one), status),
        (words.t("survey.level"), told),
        (words.t("survey.said_at"), " · ".join(filter(None, (words.stamp(one.said_at), one.who)))),
    ]
    st.html(parts.facts(facts))
    st.button(
        words.t("survey.redo" if is_gone else "survey.take_back"),
        key=f"survey_turn_{one.number}",
        on_click=undone,
        args=(one.number, "redo" if is_gone else "undo"),
    )
