"""The trials of a garden: how far each is, and where it is opened, put away or begun."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from agro.dashboard import parts, trials_words
from agro.dashboard import trials_data as read
from agro.dashboard.chain_parts import today
from agro.dashboard.frame import Frame
from agro.dashboard.trials_data import Listed
from agro.dashboard.trials_session import begin, has_draft
from agro.records import Site
from agro.store.trials import PlannedTrial
from agro.words import Words

_GONE = "trials_gone"
_VIEW_OF = {"measuring": "entry", "measured": "results", "analysed": "results", "growing": "entry"}


def trials(frame: Frame, site: Site) -> None:
    """Draw the list."""
    words, found = frame.words, read.listed(site.slug)
    standing = [one for one in found if not one.trial.put_away]
    _gone(words, site, found)
    label = words.t("trials.resume" if has_draft(site.slug) else "trials.new")
    if frame.may("trial.write"):
        with st.container(key="trials_begin"):
            args = (site.slug,)
            st.button(label, key="trials_new_button", type="primary", on_click=begin, args=args)
    if not standing:
        parts.empty(words.t("trials.none_title"), words.t("trials.none_body"))
        st.html(_lesson(words))
    for one in standing:
        _row(frame, one)
    if frame.may("trial.write"):
        _put_away(words, [one for one in found if one.trial.put_away])


def back(words: Words) -> None:
    """The way from a trial to the list."""
    with st.container(key="trials_back"):
        st.button(words.t("trials.back"), key="trials_back_button", on_click=_close)


def head(frame: Frame, trial: PlannedTrial) -> None:
    """What a trial is."""
    words = frame.words
    parts.title(trial.name, trial.objective)
    if trial.put_away:
        st.html(parts.notice(words.t("trials.is_away")))
    st.html(parts.facts(trials_words.facts(words, trial, today(frame))))


def _row(frame: Frame, one: Listed) -> None:
    words, trial = frame.words, one.trial
    code, told = trials_words.state(words, one, today(frame))
    with st.container(border=True, key=f"trials_row_{trial.slug}"):
        st.html(_card(frame, one, code, told))
        with st.container(horizontal=True, key=f"trials_do_{trial.slug}"):
            st.button(
                words.t("trials.open"),
                key=f"trials_open_{trial.slug}",
                type="primary",
                on_click=_open,
                args=(trial.slug, _VIEW_OF.get(code, "plan")),
            )
            st.button(
                words.t("trials.put_away"),
                key=f"trials_away_{trial.slug}",
                disabled=not frame.may("trial.write"),
                on_click=_away,
                args=(trial,),
            )


def _card(frame: Frame, one: Listed, code: str, told: str) -> str:
    """A trial on the list; a bar says how many of its plots have a value."""
    words, trial, done = frame.words, one.trial, one.progress
    chips = trials_words.short_facts(words, trial, today(frame))
    bar = ""
    if done.plots and done.measured:
        share = 100.0 * done.measured / done.plots
        bar = f'<div class="trial-bar"><i style="width:{share:.1f}%"></i></div>'
    objective = f"<p>{escape(trial.objective)}</p>" if trial.objective else ""
    return (
        f'<article class="trial-card"><div class="head"><h3>{escape(trial.name)}</h3>'
        f'<span class="trial-state {code}">{escape(told)}</span></div>{objective}{bar}'
        f"{parts.chips(chips)}</article>"
    )


def _lesson(words: Words) -> str:
    """How a trial goes, to somebody who has none."""
    steps = "".join(f"<li>{escape(words.t(f'trials.lesson_{n}'))}</li>" for n in range(1, 5))
    return f'<ol class="trial-lesson">{steps}</ol>'


def _open(slug: str, view: str) -> None:
    st.query_params["trial"] = slug
    st.session_state["trials_view"] = view


def _close() -> None:
    st.query_params.pop("trial", None)


def _away(trial: PlannedTrial) -> None:
    read.put_away(trial.site, trial.slug)
    st.session_state[_GONE] = trial.slug


def _bring(site: str, slug: str) -> None:
    read.bring_back(site, slug)
    st.session_state.pop(_GONE, None)


def _gone(words: Words, site: Site, found: Sequence[Listed]) -> None:
    """What was put away just now, and its way back."""
    slug = st.session_state.get(_GONE)
    trial = next((one.trial for one in found if one.trial.slug == slug), None)
    if trial is None or not trial.put_away:
        return
    with st.container(horizontal=True, key="trials_told", vertical_alignment="center"):
        told = escape(words.t("trials.gone", name=trial.name))
        st.html(f'<p class="said" role="status">{told}</p>')
        undo, args = words.t("trials.undo"), (site.slug, trial.slug)
        st.button(undo, key="trials_undo", on_click=_bring, args=args)


def _put_away(words: Words, found: Sequence[Listed]) -> None:
    if not found:
        return
    with st.expander(words.t("trials.away", n=len(found)), key="trials_put_away"):
        for one in found:
            trial = one.trial
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(f"<p>{escape(trial.name)}</p>")
                st.button(
                    words.t("trials.bring_back"),
                    key=f"trials_bring_{trial.slug}",
                    on_click=_bring,
                    args=(trial.site, trial.slug),
                )
