"""The first step of a new trial: what is asked, where, on which crop and by whom."""

from dataclasses import replace

import streamlit as st

from agro.dashboard import data, trials_fields
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.trials_draft import Draft


def question(frame: Frame, draft: Draft) -> Draft:
    """Draw the step."""
    words = frame.words
    name = trials_fields.text(
        "name",
        words.t("trial_wizard.ask_name"),
        draft.name,
        hint=words.t("trial_wizard.ask_name_hint"),
    )
    objective = trials_fields.paragraph(
        "objective",
        words.t("trial_wizard.ask_objective"),
        draft.objective,
        hint=words.t("trial_wizard.ask_objective_hint"),
    )
    left, right = st.columns(2)
    with left:
        plot = _plot(frame, draft)
    with right:
        crop = _crop(frame, draft)
    left, right = st.columns(2)
    with left:
        contact = trials_fields.text(
            "contact", words.t("trial_wizard.ask_contact"), draft.contact, most=200
        )
    sown = right.date_input(
        words.t("trial_wizard.ask_sown"),
        value=None,
        key=trials_fields.begun("sown", draft.sown),
        format="DD/MM/YYYY",
    )
    return replace(
        draft,
        name=name,
        objective=objective,
        plot=plot,
        crop=crop,
        contact=contact,
        sown=sown,
    )


def _plot(frame: Frame, draft: Draft) -> str:
    """The bed that is sown."""
    names = {one.slug: one.name for one in data.plots(draft.site)}
    first = draft.plot if draft.plot in names else next(iter(names), None)
    chosen = st.selectbox(
        frame.words.t("trial_wizard.ask_plot"),
        list(names),
        key=trials_fields.begun("plot", first),
        format_func=lambda slug: names.get(slug, slug),
    )
    return chosen or ""


def _crop(frame: Frame, draft: Draft) -> str:
    words = frame.words
    names = data.crop_names(words.language)
    chosen = st.selectbox(
        words.t("trial_wizard.ask_crop"),
        sorted(names, key=lambda key: crop_name(words, key)),
        index=None,
        key=trials_fields.begun("crop", draft.crop or None),
        format_func=lambda key: crop_name(words, key),
        placeholder=words.t("trial_wizard.optional"),
    )
    return chosen or ""
