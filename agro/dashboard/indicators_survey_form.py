"""One element of a survey at a time: its questions, what the records propose, on and back."""

from collections.abc import Mapping
from html import escape
from json import dumps

import streamlit as st

from agro.dashboard import indicators_survey_data as kept
from agro.dashboard import indicators_survey_draft as draft
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_survey_prefilled import proposal
from agro.dashboard.logbook_details import who_of
from agro.indicators.prefill import Prefilled
from agro.store.indicators import SurveyRevision
from agro.words import Words

AT, TRIED, _MOVED = "survey_at", "survey_tried", "survey_moved"
_BLANK = -1.0  # of the choice that an index does not apply


def form(frame: Frame, one: SurveyRevision, told: Mapping[str, Prefilled]) -> None:
    """Draw the element that is asked, and the way through the ten."""
    words, version = frame.words, one.survey.version
    with st.container(key="survey_top"):
        element = _chosen(words, one)
    _to_top(element)
    for index in draft.elements(version)[element]:
        with st.container(border=True, key=f"survey_ask_{index}"):
            _question(frame, one, element, index, told.get(f"{element}.{index}"))
    _way(words, version, element)


def _to_top(element: str) -> None:
    """After the button below the last question the first one of the next element is in sight."""
    if st.session_state.pop(_MOVED, False):
        told = dumps(element)
        script = f"document.querySelector('.st-key-survey_top')?.scrollIntoView(); // {told}"
        st.html(f"<script>{script}\n</script>", unsafe_allow_javascript=True)


def _chosen(words: Words, one: SurveyRevision) -> str:
    """The element that is asked: where one was, else the first with a blank."""
    version, answers = one.survey.version, one.survey.answers
    listed = list(draft.elements(version))
    if st.session_state.get(AT) not in listed:
        st.session_state[AT] = draft.first_open(version, answers)
    names = words.group("tape_element")
    # The same label whatever is answered: a label that changes would lose the choice.
    told = {element: f"{n}. {names[element]}" for n, element in enumerate(listed, 1)}
    chosen = st.selectbox(words.t("survey.element"), listed, key=AT, format_func=told.__getitem__)
    st.html(parts.chips(_done(version, answers)))
    return str(chosen)


def _done(version: str, answers: draft.Answers) -> list[str]:
    """How far each element is: `1 ✓`, `2: 1/4`."""
    found = []
    for place, element in enumerate(draft.elements(version), 1):
        given, asked = draft.progress(version, answers, element)
        found.append(f"{place} ✓" if given == asked else f"{place}: {given}/{asked}")
    return found


def _question(
    frame: Frame, one: SurveyRevision, element: str, index: str, told: Prefilled | None
) -> None:
    """What is asked, the proposal that waits for its confirmation, and the levels."""
    words, survey = frame.words, one.survey
    given = draft.score(survey.answers, element, index)
    asked = draft.question(words, survey.version, index)
    st.html(f'<h3 class="survey-ask">{escape(asked)}</h3>')
    if told is not None:
        proposal(frame, one, element, index, told)
    options: list[float] = [float(level) for level in draft.LEVELS]
    if draft.may_be_blank(survey.version, index):
        options.insert(0, _BLANK)
        given = _BLANK if given is None else given
    if given is not None and given not in options:
        options = sorted([*options, given])
    key = _key(one.number, index)
    # What stands in the store is what is shown, also where another visitor answered.
    st.session_state[key] = given
    st.radio(
        asked,
        options,
        index=None,
        key=key,
        format_func=lambda level: _level(words, survey.version, index, level),
        on_change=_answered,
        args=(one.number, element, index),
        label_visibility="collapsed",
    )
    if draft.has_halves(survey.version) and given is not None and given >= 0.0:
        _half(words, one.number, element, index, given)


def _level(words: Words, version: str, index: str, level: float) -> str:
    if level == _BLANK:
        return words.t("survey.not_applicable")
    return draft.level(words, version, index, level)


def _key(number: int, index: str) -> str:
    return f"survey_{number}_{index}"


def _answered(number: int, element: str, index: str) -> None:
    chosen = st.session_state[_key(number, index)]
    given = None if chosen is None or chosen == _BLANK else float(chosen)
    kept.answer(number, element, index, given, who=who_of())


def _half(words: Words, number: int, element: str, index: str, given: float) -> None:
    """Half a point more, which the form of 2023 allows between two levels."""
    whole = float(int(given))
    if whole == draft.LEVELS[-1]:
        return
    key = f"survey_half_{number}_{index}"
    st.session_state[key] = given != whole

    def turn() -> None:
        more = draft.HALF if st.session_state[key] else 0.0
        kept.answer(number, element, index, whole + more, who=who_of())

    st.checkbox(words.t("survey.half"), key=key, on_change=turn)


def _way(words: Words, version: str, element: str) -> None:
    """Back and on, under the thumb."""
    with st.container(horizontal=True, key="survey_way"):
        for name, step in (("before", -1), ("after", 1)):
            there = draft.beside(version, element, step)
            st.button(
                words.t(f"survey.{name}"),
                key=f"survey_{name}",
                disabled=not there,
                type="primary" if step > 0 else "secondary",
                on_click=go,
                args=(there,),
            )


def go(element: str) -> None:
    """Ask another element."""
    st.session_state[AT] = element
    st.session_state[_MOVED] = True
    st.session_state.pop(TRIED, None)


def leave() -> None:
    """Nothing is open any more."""
    for name in (AT, TRIED):
        st.session_state.pop(name, None)


def lacking(words: Words, version: str, blank: list[tuple[str, str]]) -> None:
    """What is missing before a survey can count, by element, each with the way to it."""
    parts.section(words.t("survey.lacking", n=len(blank)), words.t("survey.lacking_caption"))
    names = words.group("tape_element")
    for element in draft.elements(version):
        own = [draft.question(words, version, index) for e, index in blank if e == element]
        if own:
            with st.container(key=f"survey_lacks_{element}", border=True):
                st.html(parts.facts([(names[element], " ; ".join(own))]))
                st.button(
                    words.t("survey.go"), key=f"survey_go_{element}", on_click=go, args=(element,)
                )
