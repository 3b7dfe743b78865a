"""TAPE's survey of a garden: begun, filled in by thumb, finished, undone, and its history."""

from datetime import date

import streamlit as st

from agro.access import may
from agro.dashboard import data, parts
from agro.dashboard import indicators_survey_data as kept
from agro.dashboard import indicators_survey_draft as draft
from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_data import Period
from agro.dashboard.indicators_survey_form import TRIED, form, lacking, leave
from agro.dashboard.indicators_survey_history import history
from agro.dashboard.logbook_choices import names_first
from agro.dashboard.logbook_details import ask_who, who_of
from agro.errors import BadInput
from agro.indicators import surveying
from agro.store.indicators import DRAFT, SurveyRevision
from agro.words import Words

_OPEN, _SITE, _SAID = "survey_open", "survey_site", "survey_said"


def survey(frame: Frame, period: Period) -> None:
    """Draw the survey that is open, else the garden's surveys and the way to begin one."""
    words = frame.words
    opened = kept.one(int(st.session_state.get(_OPEN) or 0))
    is_theirs = opened is not None and may(frame.actor, "survey.write", opened.survey.site)
    if opened is not None and opened.status == DRAFT and is_theirs:
        _filling(frame, opened, period)
        return
    parts.section(words.t("survey.title"), words.t("survey.caption"))
    site = _site(frame)
    if not site:
        return
    found = kept.of_site(site)
    _told(words)
    _begin(frame, site, found)
    history(frame, site, found, undone=_undone)


def _site(frame: Frame) -> str:
    """The garden that is surveyed: the one of the address, else that of the frame."""
    words = frame.words
    names = {
        one.slug: one.name for one in data.sites() if may(frame.actor, "survey.write", one.slug)
    }
    if st.session_state.get(_SITE) not in names:
        asked = st.query_params.get("scope", "").removeprefix("site:").partition("/")[0]
        own = frame.site.slug if frame.site else ""
        own = own if own in names else next(iter(names), "")
        st.session_state[_SITE] = asked if asked in names else own
    chosen = st.selectbox(
        words.t("survey.site"),
        list(names),
        key=_SITE,
        format_func=names.__getitem__,
        on_change=_elsewhere,
    )
    if chosen:
        st.query_params["scope"] = f"site:{chosen}"
    return str(chosen or "")


def _elsewhere() -> None:
    """Another garden: what was told of the last one is over."""
    st.session_state.pop(_SAID, None)
    st.query_params.pop("survey", None)


def _told(words: Words) -> None:
    """What was just done, with the way back."""
    said: tuple[str, int] | None = st.session_state.get(_SAID)
    if said is None:
        return
    what, number = said
    with st.container(key="survey_told"):
        st.html(parts.notice(words.t(f"survey.said_{what}")))
        if what == "saved":
            st.button(
                words.t("survey.undo"), key="survey_undo", on_click=_undone, args=(number, "undo")
            )


def _undone(number: int, what: str) -> None:
    """Take a survey back, or let one stand again."""
    if what == "undo":
        kept.take_back(number, who=who_of())
    else:
        kept.reopen(number, who=who_of())
    st.session_state[_SAID] = ("undone" if what == "undo" else "again", number)


def _begin(frame: Frame, site: str, found: list[SurveyRevision]) -> None:
    """Go on with what was begun, or begin one of a version."""
    words = frame.words
    for one in found:
        if one.status == DRAFT:
            with st.container(border=True, key=f"survey_draft_{one.number}"):
                st.html(parts.facts(_facts(words, one)))
                with st.container(horizontal=True, key=f"survey_ways_{one.number}"):
                    st.button(
                        words.t("survey.go_on"),
                        key=f"survey_open_{one.number}",
                        type="primary",
                        on_click=_enter,
                        args=(one.number,),
                    )
                    st.button(
                        words.t("survey.drop"),
                        key=f"survey_drop_{one.number}",
                        on_click=_undone,
                        args=(one.number, "undo"),
                    )
    with st.expander(words.t("survey.begin"), expanded=not found, key="survey_begin"):
        _new(frame, site)


def _facts(words: Words, one: SurveyRevision) -> list[tuple[str, str]]:
    given, asked = draft.progress(one.survey.version, one.survey.answers)
    return [
        (words.t("survey.draft"), words.t("survey.form", version=one.survey.version)),
        (words.t("survey.progress_head"), words.t("survey.progress", given=given, asked=asked)),
        (words.t("survey.said_at"), words.stamp(one.said_at)),
    ]


def _new(frame: Frame, site: str) -> None:
    words = frame.words
    version = st.radio(
        words.t("survey.version"),
        draft.OFFERED,
        key="survey_version",
        format_func=lambda name: words.t(f"survey.version_{name}"),
    )
    parts.caption(words.t("survey.version_caption"))
    today = words.local(frame.now).date()
    day = st.date_input(
        words.t("survey.day"), value=today, max_value=today, key="survey_day", format="DD/MM/YYYY"
    )
    ask_who(words, names_first(log.recent(site)), key="survey_who")

    def begin() -> None:
        held = day if isinstance(day, date) else today
        _enter(kept.begin(site, str(version), held, who=who_of()))

    st.button(words.t("survey.start"), key="survey_start", type="primary", on_click=begin)


def _enter(number: int) -> None:
    leave()
    st.session_state[_OPEN] = number
    st.session_state.pop(_SAID, None)


def _close() -> None:
    leave()
    st.session_state.pop(_OPEN, None)


def _filling(frame: Frame, one: SurveyRevision, period: Period) -> None:
    """The survey that is open: how far, its questions, and its end."""
    words, own = frame.words, one.survey
    names = {site.slug: site.name for site in data.sites()}
    day = words.near_day(own.day, date.min) if own.day else words.t("survey.no_day")
    lead = words.t("survey.of", site=names.get(own.site, own.site), version=own.version, day=day)
    parts.section(words.t("survey.filling"), lead)
    given, asked = draft.progress(own.version, own.answers)
    st.progress(given / asked, words.t("survey.progress", given=given, asked=asked))
    start, end = (words.near_day(day, date.min) for day in (period.start, period.end))
    parts.caption(words.t("survey.period", start=start, end=end))
    form(frame, one, kept.proposals(own.site, period.start, period.end, own.version))
    _end(words, one)


def _end(words: Words, one: SurveyRevision) -> None:
    """Finish it where nothing is missing, else what is; or leave, the draft stays."""
    blank = surveying.missing(one.survey.version, one.survey.answers)
    with st.container(horizontal=True, key="survey_end"):
        st.button(words.t("survey.finish"), key="survey_finish", on_click=_finish, args=(one,))
        st.button(words.t("survey.later"), key="survey_later", on_click=_close)
    if st.session_state.get(TRIED) == one.number and blank:
        lacking(words, one.survey.version, blank)


def _finish(one: SurveyRevision) -> None:
    try:
        kept.confirm(one.number, who=who_of())
    except BadInput:
        st.session_state[TRIED] = one.number
        return
    _close()
    st.session_state[_SAID] = ("saved", one.number)
