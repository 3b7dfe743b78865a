"""The fourth step of a new trial: what it will be able to show, before anything is sown."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import streamlit as st

from agro.dashboard import parts, trials_fields, trials_words
from agro.dashboard import trials_data as read
from agro.dashboard import trials_session as session
from agro.dashboard.frame import Frame
from agro.dashboard.trials_draft import Draft, design_of, errors_of, request_of
from agro.dashboard.trials_power_chart import power_curve
from agro.dashboard.trials_wizard_design import blocks
from agro.trials.power_plan import Outlook
from agro.words import Words
from models.trials.design import TREATMENT
from models.trials.faults import FACTORS, found
from models.trials.power import JOIN, Power

WANTED = 0.8
_OFTEN, _SELDOM = 0.95, 0.1
_COLUMNS = ("term", "df", "sed", "lsd", "power", "power_t")
_TERMS = MappingProxyType({TREATMENT: "treatment", "time": "time"})
_AUGMENTED = MappingProxyType(
    {
        "checks": "checks",
        "check-new": "check_new",
        "new-new, same block": "new_same",
        "new-new, other block": "new_other",
    }
)


def power(frame: Frame, draft: Draft) -> Draft:
    """Draw the step."""
    words = frame.words
    draft = _supposed(words, draft)
    request = request_of(draft)
    if found(request):
        return draft
    with st.spinner(words.t("trial_wizard.computing")):
        known = read.outlook(request, errors_of(draft), draft.difference)
    if known is None:
        parts.empty(words.t("trial_wizard.no_power"), words.t("trial_wizard.no_power_body"))
        return draft
    _told(words, draft, known)
    _figure(frame, draft, known)
    _table(words, draft, known)
    return draft


def _supposed(words: Words, draft: Draft) -> Draft:
    """What is worth seeing, and how much plots vary; in % of the mean."""
    left, middle, right = st.columns(3)
    with left:
        difference = _percent(words, "difference", draft.difference)
    with middle:
        cv = _percent(words, "cv", draft.cv)
    with right:
        draft = blocks(words, draft)
    said: dict[str, Any] = {"difference": difference, "cv": cv}
    asked = _further(design_of(draft))
    for column, name in zip(st.columns(max(len(asked), 1)), asked, strict=False):
        with column:
            kind = f"{name}_{design_of(draft)}"
            label = kind if words.knows(f"trial_wizard.ask_{kind}") else name
            said[name] = _percent(words, name, getattr(draft, name), label=label, low=0.0)
    return replace(draft, **said)


def _further(design: str) -> tuple[str, ...]:
    """What varies besides single plots."""
    if design == "multi-environment":
        return ("cv_environment",)
    if design in ("split-split-plot", "strip-plot"):
        return ("cv_main", "cv_sub")
    return ("cv_main",) if design in (*FACTORS, "repeated") else ()


def _percent(words: Words, name: str, value: float, *, label: str = "", low: float = 0.1) -> float:
    asked = words.t(f"trial_wizard.ask_{label or name}")
    said = trials_fields.number(name, asked, value, low=low, high=300.0, step=1.0, form="%g")
    return said if said == said else value


def _told(words: Words, draft: Draft, known: Outlook) -> None:
    """How often the difference is seen, in a sentence; the blocks that are enough, in another."""
    weakest = min((one for one in known.here if one.term in known.main), key=_chance)
    fields: dict[str, str | float] = {
        "n": draft.blocks,
        "cv": words.number(draft.cv, 1),
        "difference": words.number(draft.difference, 1),
        "often": often(words, weakest.power_f),
    }
    fixed = request_of(draft).blocks is None
    st.html(
        trials_words.verdict(words.t(f"trial_wizard.seen{'_fixed' if fixed else ''}", **fields))
    )
    if len(known.main) > 1:
        name = _names(words, draft, known)[weakest.term]
        parts.caption(words.t("trial_wizard.weakest", name=name))
    least = words.number(weakest.lsd, 1)
    parts.caption(words.t("trial_wizard.least", least=least))
    if fixed:
        return
    if known.needed is None:
        parts.caption(words.t("trial_wizard.never"))
    elif known.needed == draft.blocks:
        parts.caption(words.t("trial_wizard.just_enough"))
    else:
        parts.caption(words.t("trial_wizard.enough", n=known.needed))
        label = words.t("trial_wizard.take", n=known.needed)
        if st.button(label, key="trials_take"):
            session.change(replace(draft, blocks=known.needed))


def _chance(one: Power) -> float:
    return one.power_f


def often(words: Words, chance: float) -> str:
    """`8 fois sur 10`."""
    if chance >= _OFTEN:
        return words.t("trial_wizard.nearly_always")
    if chance < _SELDOM:
        return words.t("trial_wizard.seldom")
    return words.t("trial_wizard.often", n=round(10.0 * chance))


def _figure(frame: Frame, draft: Draft, known: Outlook) -> None:
    words = frame.words
    fixed = request_of(draft).blocks is None
    x = "difference" if fixed else "blocks"
    say = {
        "x": words.t(f"trial_wizard.axis_{x}"),
        "title": words.t("trial_wizard.curve"),
        "here": words.t("trial_wizard.here"),
        "wanted": words.percent(WANTED),
    }
    figure = power_curve(
        known.curve,
        _names(words, draft, known),
        draft.difference if fixed else float(draft.blocks),
        wanted=WANTED,
        language=words.language,
        say=say,
    )
    alt = words.t("trial_wizard.curve_alt")
    parts.chart(figure, key="trials_power", alt=alt)
    parts.caption(words.t("trial_wizard.curve_caption"))


def _table(words: Words, draft: Draft, known: Outlook) -> None:
    """Every test of the analysis, to whoever wants to defend the trial."""
    names = _names(words, draft, known)
    with st.expander(words.t("trial_wizard.tests")):
        heads = [words.t(f"trial_wizard.test_{name}") for name in _COLUMNS]
        rows = [
            [
                names[one.term],
                f"{one.df} / {one.error_df}",
                words.number(one.sed, 1),
                words.number(one.lsd, 1),
                words.percent(one.power_f),
                words.percent(one.power_t),
            ]
            for one in known.here
        ]
        st.html(parts.table(heads, rows, numbers=frozenset({1, 2, 3, 4, 5})))
        parts.caption(words.t("trial_wizard.tests_caption"))


def _names(words: Words, draft: Draft, known: Outlook) -> Mapping[str, str]:
    """The tests by what they are called: a factor by its own name."""
    ours = _AUGMENTED if design_of(draft) == "augmented" else _TERMS

    def name(part: str) -> str:
        return words.t(f"trial_wizard.term.{ours[part]}") if part in ours else part

    return {one.term: " × ".join(map(name, one.term.split(JOIN))) for one in known.here}
