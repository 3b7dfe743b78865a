"""The fifth step of a new trial: what is measured on its plots."""

from dataclasses import replace
from math import nan

import streamlit as st

from agro.dashboard import parts, trials_fields
from agro.dashboard import trials_session as session
from agro.dashboard.chain_parts import plain
from agro.dashboard.frame import Frame
from agro.dashboard.trials_draft import Draft, Measured
from agro.words import Words

# Unit and bounds of what is measured most often; what lies outside is doubted, not refused.
PRESETS = {
    "yield": ("t/ha", 0.0, 150.0),
    "harvest": ("kg", 0.0, nan),
    "biomass": ("g/m²", 0.0, 5000.0),
    "height": ("cm", 0.0, 400.0),
    "cover": ("%", 0.0, 100.0),
    "weeds": ("%", 0.0, 100.0),
    "disease": ("1–9", 1.0, 9.0),
    "vigour": ("1–9", 1.0, 9.0),
    "emergence": ("plantes/m²", 0.0, nan),
}
_MOST = 30


def preset(words: Words, name: str) -> Measured:
    """A measurement that is often made, in the page's language."""
    unit, low, high = PRESETS[name]
    own = f"trial_wizard.unit_{name}"
    label = words.t(f"trial_wizard.trait.{name}")
    return Measured(label, words.t(own) if words.knows(own) else unit, low, high)


def traits(frame: Frame, draft: Draft) -> Draft:
    """Draw the step."""
    words = frame.words
    above = st.container()
    asked = [ask(words, place, one) for place, one in enumerate(draft.traits)]
    draft = replace(draft, traits=tuple(asked))
    with above:  # drawn last, so that what was typed is in the draft before a button counts
        _offered(words, draft)
    _dropped(words, draft)
    if not draft.traits:
        parts.empty(words.t("trial_wizard.no_traits"), words.t("trial_wizard.no_traits_body"))
    return draft


def _offered(words: Words, draft: Draft) -> None:
    """What is measured most often, a touch each, and a measurement of one's own."""
    labels = {one.label for one in draft.traits}
    offered = [name for name in PRESETS if preset(words, name).label not in labels]
    if len(draft.traits) >= _MOST:
        return
    with st.container(horizontal=True, key="trials_presets"):
        for name in offered:
            label = f"+ {words.t(f'trial_wizard.trait.{name}')}"
            if st.button(label, key=f"trials_preset_{name}"):
                session.change(_grown(draft, preset(words, name)))
        if st.button(words.t("trial_wizard.own_trait"), key="trials_preset_own"):
            session.change(_grown(draft, Measured()))


def _grown(draft: Draft, one: Measured) -> Draft:
    return replace(draft, traits=(*draft.traits, one))


def ask(words: Words, place: int, one: Measured) -> Measured:
    """What a measurement is called, its unit and its bounds."""
    with st.container(border=True, key=f"trials_trait_{place}"):
        label, unit, low, high = st.columns([5, 2, 2, 2])
        with label:
            said = trials_fields.text(
                f"trait_{place}", words.t("trial_wizard.ask_trait"), one.label, most=80
            )
        with unit:
            unit_said = trials_fields.text(
                f"unit_{place}", words.t("trial_wizard.ask_unit"), one.unit, most=30
            )
        with low:
            low_said = _bound(words, f"low_{place}", "ask_low", one.low)
        with high:
            high_said = _bound(words, f"high_{place}", "ask_high", one.high)
    return Measured(said, unit_said, low_said, high_said)


def _bound(words: Words, name: str, label: str, value: float) -> float:
    hint = words.t("trial_wizard.none")
    asked = words.t(f"trial_wizard.{label}")
    return trials_fields.number(name, asked, value, step=1.0, form="%g", hint=hint)


def _dropped(words: Words, draft: Draft) -> None:
    """Take a measurement off the list."""
    with st.container(horizontal=True, key="trials_drops"):
        for place, one in enumerate(draft.traits):
            name = one.label or words.t("trial_wizard.trait_number", number=place + 1)
            label = plain(words.t("trial_wizard.drop", name=name))
            if st.button(label, key=f"trials_untrait_{place}"):
                left = draft.traits[:place] + draft.traits[place + 1 :]
                session.change(replace(draft, traits=left))
