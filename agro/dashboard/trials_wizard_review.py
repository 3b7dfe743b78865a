"""The last step of a new trial: the layout as it is drawn, its seed, the button that stores it."""

from dataclasses import replace

import streamlit as st

from agro.dashboard import data, parts, trials_fields, trials_words
from agro.dashboard import trials_data as read
from agro.dashboard import trials_session as session
from agro.dashboard.chain_parts import today
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_details import who_of
from agro.dashboard.trials_draft import Draft, request_of, trial_of
from agro.dashboard.trials_layout_field import draw
from agro.store.trials import PlannedTrial
from agro.words import Words
from models.trials.faults import found

_LARGEST_SEED = 2**31


def review(frame: Frame, draft: Draft) -> Draft:
    """Draw the step."""
    words = frame.words
    draft = _seed(words, draft)
    request = request_of(draft)
    if found(request):  # a step before was changed: it says what is missing
        parts.empty(words.t("trial_wizard.incomplete"), words.t("trial_wizard.incomplete_body"))
        return draft
    try:
        with st.spinner(words.t("trial_wizard.drawing")):
            trial = read.drawn(trial_of(draft), request)
    except ValueError:  # equal neighbours could not be kept apart
        parts.empty(words.t("trial_wizard.not_drawn"), words.t("trial_wizard.not_drawn_body"))
        return draft
    _summary(frame, trial)
    draw(words, trial, [], key="review")
    parts.caption(words.t("trial_wizard.stored_only_now"))
    if st.button(
        words.t("trial_wizard.create"), key="trials_create", type="primary", width="stretch"
    ):
        _create(words, trial)
    return draft


def _seed(words: Words, draft: Draft) -> Draft:
    """The number that the layout comes from, shown and free to choose."""
    with st.container(horizontal=True, key="trials_seed", vertical_alignment="bottom"):
        said = trials_fields.whole(
            "seed", words.t("trial_wizard.seed"), draft.seed, low=0, high=_LARGEST_SEED
        )
        draft = replace(draft, seed=draft.seed if said is None else said)
        if st.button(words.t("trial_wizard.again"), key="trials_again"):
            session.change(replace(draft, seed=session.seed()))
    parts.caption(words.t("trial_wizard.seed_caption"))
    return draft


def _summary(frame: Frame, trial: PlannedTrial) -> None:
    words = frame.words
    own = [one for one in trial.plots if one.number is not None]
    measured = words.listing(trials_words.trait_name(one) for one in trial.traits)
    pairs = [
        *trials_words.facts(words, trial, today(frame)),
        (words.t("trials.fact_plots"), words.number(len(own))),
        (words.t("trials.fact_traits"), measured),
    ]
    st.html(parts.facts(pairs))


def _create(words: Words, trial: PlannedTrial) -> None:
    """Store the trial and open it."""
    if trial.plot not in {one.slug for one in data.plots(trial.site)}:
        parts.empty(words.t("trial_wizard.no_bed"), words.t("trial_wizard.no_bed_body"))
        return
    kept = read.create(replace(trial, who=who_of()))
    session.close()
    st.query_params["trial"] = kept.slug
    st.session_state["trials_view"] = "plan"
    st.session_state["trials_told"] = words.t("trial_wizard.created", name=kept.name)
    st.rerun()
