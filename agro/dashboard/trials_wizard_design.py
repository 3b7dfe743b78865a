"""The third step of a new trial: few questions advise a design, anyone may take another."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from math import isfinite
from typing import Any

import streamlit as st

from agro.dashboard import data, parts, trials_fields, trials_words
from agro.dashboard.frame import Frame
from agro.dashboard.trials_draft import (
    GROUNDS,
    PLACES,
    Draft,
    advised,
    design_of,
    fitting,
    lines,
    request_of,
)
from agro.dashboard.trials_words import design_name
from agro.words import Words
from models.trials.faults import DESIGNS, FACTORS, ONLY_IN, found, treatment_count

_MOST_BLOCKS, _LONGEST = 100, 1000.0
_REPLICATES = ("crd", "alpha-lattice", "row-column")


def design(frame: Frame, draft: Draft) -> Draft:
    """Draw the step."""
    words = frame.words
    draft = _questions(words, draft)
    draft = _chosen(words, draft)
    parts.section(words.t("trial_wizard.sizes"))
    draft = _lists(words, draft)
    draft = _sizes(words, draft)
    draft = _field(words, draft)
    _told(words, draft)
    return draft


def _questions(words: Words, draft: Draft) -> Draft:
    """What advises a design."""
    before = draft
    ground = st.radio(
        words.t("trial_wizard.ask_ground"),
        GROUNDS,
        key=trials_fields.begun("ground", draft.ground),
        format_func=lambda one: words.t(f"trial_wizard.ground_{one}"),
    )
    places = st.radio(
        words.t("trial_wizard.ask_places"),
        PLACES,
        key=trials_fields.begun("places", draft.places),
        format_func=lambda one: words.t(f"trial_wizard.places_{one}"),
    )
    draft = replace(draft, ground=ground, places=places)
    if len(draft.factors) > 1:
        large = trials_fields.switch("large", words.t("trial_wizard.ask_large"), value=draft.large)
        draft = replace(draft, large=large)
    else:
        many = trials_fields.switch("many", words.t("trial_wizard.ask_many"), value=draft.many)
        draft = replace(draft, many=many)
    if draft != before:  # another answer advises anew
        st.session_state.pop(trials_fields.key("design"), None)
        return replace(draft, design="")
    return draft


def _chosen(words: Words, draft: Draft) -> Draft:
    """The design: the advised one first, then all that so many factors allow."""
    best, can = advised(draft), fitting(draft)
    options = [best, *(one for one in can if one != best)]
    chosen = st.radio(
        words.t("trial_wizard.ask_design"),
        options,
        key=trials_fields.begun("design", design_of(draft)),
        format_func=lambda one: (
            words.t("trial_wizard.advised", name=design_name(words, one))
            if one == best
            else design_name(words, one)
        ),
        captions=[words.t(f"trial_design.when.{one}") for one in options],
    )
    _others(words, [one for one in DESIGNS if one not in can])
    return replace(draft, design="" if chosen == best else chosen)


def _others(words: Words, left: Sequence[str]) -> None:
    """The designs that this question does not allow, and what they would need."""
    if not left:
        return
    with st.expander(words.t("trial_wizard.others", n=len(left))):
        items = "".join(
            f"<li><b>{escape(design_name(words, one))}</b> — {escape(_needs(words, one))} "
            f"{escape(words.t(f'trial_design.when.{one}'))}</li>"
            for one in left
        )
        st.html(f'<ul class="trial-others">{items}</ul>')


def _needs(words: Words, one: str) -> str:
    if one in FACTORS:
        return words.t("trial_wizard.needs_factors", number=FACTORS[one])
    key = "needs_several" if one == "factorial" else "needs_one"
    return words.t(f"trial_wizard.{key}")


def _lists(words: Words, draft: Draft) -> Draft:
    """The names that only some designs need."""
    chosen = design_of(draft)
    if chosen == "augmented":
        known = draft.factors[0].levels
        checks = st.multiselect(
            words.t("trial_wizard.ask_checks"),
            known,
            key=trials_fields.begun("checks", [one for one in draft.checks if one in known]),
            placeholder=words.t("trial_wizard.ask_checks_hint"),
        )
        return replace(draft, checks=tuple(checks))
    if chosen == "multi-environment":
        return replace(draft, environments=_names(words, "environments", draft.environments))
    if chosen == "repeated":
        return replace(draft, times=_names(words, "times", draft.times))
    return draft


def _names(words: Words, name: str, known: Sequence[str]) -> tuple[str, ...]:
    said = trials_fields.paragraph(
        name,
        words.t(f"trial_wizard.ask_{name}"),
        "\n".join(known),
        hint=words.t(f"trial_wizard.ask_{name}_hint"),
    )
    return lines(said)


def blocks(words: Words, draft: Draft) -> Draft:
    """How many blocks, or replicates where there are no whole ones."""
    if design_of(draft) == "latin-square":
        return draft
    kind = "replicates" if design_of(draft) in _REPLICATES else "blocks"
    said = trials_fields.whole(
        "blocks", words.t(f"trial_wizard.ask_{kind}"), draft.blocks, low=1, high=_MOST_BLOCKS
    )
    return replace(draft, blocks=said or draft.blocks)


def _sizes(words: Words, draft: Draft) -> Draft:
    """Numbers of blocks and what lies in them."""
    chosen = design_of(draft)
    asked = [name for name in ("block_size", "rows", "width") if chosen in ONLY_IN[name]]
    columns = st.columns(1 + len(asked))
    with columns[0]:
        draft = blocks(words, draft)
    said: dict[str, Any] = {}
    for column, name in zip(columns[1:], asked, strict=True):
        with column:
            said[name] = _optional(words, name, getattr(draft, name))
    return replace(draft, **said)


def _optional(words: Words, name: str, value: int | None) -> int | None:
    label, hint = words.t(f"trial_wizard.ask_{name}"), words.t("trial_wizard.by_itself")
    return trials_fields.whole(name, label, value, low=1, high=1000, hint=hint)


def _field(words: Words, draft: Draft) -> Draft:
    """How the plots lie: their size, what is between them, how they are numbered."""
    left, right = st.columns(2)
    with left:
        width = _metres(words, "plot_width", draft.plot_width)
    with right:
        length = _metres(words, "plot_length", draft.plot_length)
    with st.container(key="trials_switches"):
        said: dict[str, Any] = {
            name: trials_fields.switch(
                name, words.t(f"trial_wizard.ask_{name}"), value=getattr(draft, name)
            )
            for name in ("apart", "border", "serpentine")
        }
    return replace(draft, plot_width=width, plot_length=length, **said)


def _metres(words: Words, name: str, value: float) -> float:
    label = words.t(f"trial_wizard.ask_{name}")
    hint = words.t("trial_wizard.optional")
    return trials_fields.number(name, label, value, low=0.01, high=_LONGEST, hint=hint)


def _told(words: Words, draft: Draft) -> None:
    """How many plots that makes, and whether the bed holds them."""
    request = request_of(draft)
    if found(request):
        return
    count = treatment_count(request)
    checks = len(request.checks)
    each = request.blocks or count
    number = checks * each + count - checks if request.design == "augmented" else count * each
    number *= max(len(request.environments), 1)
    area = number * draft.plot_width * draft.plot_length
    if not isfinite(area):
        st.html(trials_words.verdict(words.t("trial_wizard.so_many", n=number)))
        return
    told = words.t("trial_wizard.so_large", n=number, area=words.number(area, 1))
    bed = next((one for one in data.plots(draft.site) if one.slug == draft.plot), None)
    if bed is not None and area > bed.area and not request.environments:
        have = words.number(bed.area, 1)
        st.html(
            parts.notice(f"{told} {words.t('trial_wizard.too_large', bed=bed.name, area=have)}")
        )
        return
    st.html(trials_words.verdict(told))
