"""The draft of a new trial, kept for the visit: where it is opened, changed and left."""

from secrets import randbelow

import streamlit as st

from agro.dashboard import trials_fields
from agro.dashboard.trials_draft import Draft

_OPEN, _DRAFT, _STEP, _TRIED = "trials_new", "trials_draft", "trials_step", "trials_tried"
_SEEDS = 1_000_000


def is_open() -> bool:
    """Whether a trial is being planned."""
    return bool(st.session_state.get(_OPEN))


def has_draft(site: str) -> bool:
    """Whether a trial was begun in this garden and not drawn yet."""
    draft = st.session_state.get(_DRAFT)
    return isinstance(draft, Draft) and draft.site == site and bool(draft.name)


def begin(site: str) -> None:
    """Open the steps where they were left."""
    draft_of(site)
    st.session_state[_OPEN] = True


def draft_of(site: str) -> Draft:
    """The draft of a garden, begun where there is none."""
    draft = st.session_state.get(_DRAFT)
    if isinstance(draft, Draft) and draft.site == site:
        return draft
    fresh = Draft(site, seed())
    st.session_state[_DRAFT], st.session_state[_STEP] = fresh, 0
    trials_fields.again()
    return fresh


def step() -> int:
    """The place of the step that is asked."""
    return int(st.session_state.get(_STEP, 0))


def go(place: int) -> None:
    """Ask another step."""
    st.session_state[_STEP] = place
    st.session_state.pop(_TRIED, None)
    st.rerun()


def try_in_vain(place: int) -> None:
    """Somebody wanted to go on from a step that lacks something: it is told from now on."""
    st.session_state[_TRIED] = place
    st.rerun()


def tried() -> int | None:
    """The step that somebody wanted to leave in vain."""
    return st.session_state.get(_TRIED)


def keep(draft: Draft) -> None:
    """Keep what was typed."""
    st.session_state[_DRAFT] = draft


def change(draft: Draft) -> None:
    """Keep a draft that a button changed, and let the fields say it."""
    keep(draft)
    trials_fields.again()
    st.rerun()


def leave() -> None:
    """Back to the list; the draft stays."""
    st.session_state[_OPEN] = False


def close() -> None:
    """The trial is stored: nothing is left of its draft."""
    for name in (_OPEN, _DRAFT, _STEP, _TRIED):
        st.session_state.pop(name, None)


def seed() -> int:
    """A seed that nobody chose."""
    return randbelow(_SEEDS)
