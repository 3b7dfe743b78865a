"""The second step of a new trial: what is varied, and the levels it is given."""

from dataclasses import replace
from math import prod

import streamlit as st

from agro.dashboard import parts, trials_fields
from agro.dashboard import trials_session as session
from agro.dashboard.chain_parts import plain
from agro.dashboard.frame import Frame
from agro.dashboard.trials_draft import Compared, Draft, lines
from agro.words import Words

MOST = 4  # factors; more have interactions that nobody can read


def compared(frame: Frame, draft: Draft) -> Draft:
    """Draw the step."""
    words = frame.words
    several = len(draft.factors) > 1
    asked = [_factor(words, place, one, several) for place, one in enumerate(draft.factors)]
    draft = replace(draft, factors=tuple(asked))
    if len(draft.factors) < MOST:
        if not several:
            parts.caption(words.t("trial_wizard.add_factor_hint"))
        if st.button(words.t("trial_wizard.add_factor"), key="trials_add_factor"):
            session.change(replace(draft, factors=(*draft.factors, Compared())))
    draft = _moved(words, draft) if several else draft
    count = prod(len(one.levels) for one in draft.factors)
    if several and count:
        sizes = " × ".join(str(len(one.levels)) for one in draft.factors)
        parts.caption(words.t("trial_wizard.combinations", sizes=sizes, n=count))
    elif count:
        parts.caption(words.t("trial_wizard.treatments", n=count))
    return draft


def _factor(words: Words, place: int, one: Compared, several: bool) -> Compared:
    """What a factor is called and its levels, one a line."""
    with st.container(border=several, key=f"trials_factor_{place}"):
        label = "ask_factor" if several else "ask_factor_one"
        name = trials_fields.text(
            f"factor_{place}",
            words.t(f"trial_wizard.{label}", number=place + 1),
            one.name,
            hint=words.t("trial_wizard.ask_factor_hint"),
            most=40,
        )
        levels = trials_fields.paragraph(
            f"levels_{place}",
            words.t("trial_wizard.ask_levels"),
            "\n".join(one.levels),
            hint=words.t(f"trial_wizard.ask_levels_hint_{min(place, 1)}"),
            height=150,
        )
    return Compared(name, lines(levels))


def _moved(words: Words, draft: Draft) -> Draft:
    """Factors in another order, from the largest plots to the smallest, or one less."""
    parts.caption(words.t("trial_wizard.order"))
    names = [
        one.name or words.t("trial_wizard.factor", number=place)
        for place, one in enumerate(draft.factors, start=1)
    ]
    with st.container(horizontal=True, key="trials_order"):
        for place, name in enumerate(names):
            if place and st.button(
                plain(words.t("trial_wizard.up", name=name)), key=f"trials_up_{place}"
            ):
                order = list(draft.factors)
                order[place - 1], order[place] = order[place], order[place - 1]
                session.change(replace(draft, factors=tuple(order)))
        for place, name in enumerate(names):
            if st.button(
                plain(words.t("trial_wizard.drop", name=name)), key=f"trials_drop_{place}"
            ):
                left = draft.factors[:place] + draft.factors[place + 1 :]
                session.change(replace(draft, factors=left))
    return draft
