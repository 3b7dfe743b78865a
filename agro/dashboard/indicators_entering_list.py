"""What was entered from outside: each figure with its source, its correction and the way back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from agro.dashboard import indicators_entering_data as kept
from agro.dashboard import indicators_entering_draft as draft
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_entering_file import XLSX
from agro.dashboard.indicators_entering_form import CORRECTS, ROUND, Said
from agro.dashboard.logbook_details import who_of
from agro.indicators import saying as say
from agro.indicators.catalogue import Catalogue
from agro.indicators.entering import KeptFigure
from agro.records import Site
from agro.words import Words

_SHOWN = 30


def entered(
    frame: Frame,
    found: Sequence[KeptFigure],
    catalogue: Catalogue,
    sites: Sequence[Site],
    *,
    said: Said,
) -> None:
    """Draw the figures, the newest first, and the files to take them away."""
    words = frame.words
    replaced = {one.replaces for one in found if one.retracted_at is None}
    shown = [one for one in found if one.number not in replaced]
    parts.section(words.t("entering.list"))
    if not shown:
        parts.empty(words.t("entering.none"), words.t("entering.none_body"))
        return
    names = {one.slug: one.name for one in sites}
    for one in _asked_first(shown)[:_SHOWN]:
        with st.container(border=True, key=f"entering_kept_{one.number}"):
            _one(words, one, catalogue, names)
            _ways(words, one, said)
    if len(shown) > _SHOWN:
        parts.caption(words.t("entering.more", n=len(shown) - _SHOWN))
    _export(words, [one for one in shown if one.retracted_at is None])


def _asked_first(shown: Sequence[KeptFigure]) -> list[KeptFigure]:
    """The figure that a link led to stands first."""
    asked = st.query_params.get("entered", "")
    return sorted(shown, key=lambda one: str(one.number) != asked)


def _one(words: Words, one: KeptFigure, catalogue: Catalogue, names: dict[str, str]) -> None:
    own = one.figure
    known = catalogue.by_id.get(own.indicator)
    name = known.name(words.language) if known else own.indicator
    value = say.with_unit(words, draft.divided(own, known), known.unit) if known else "–"
    place = names.get(own.site, own.site) if own.site else words.t("indicators.whole_city")
    start, end = (words.near_day(day, date.min) for day in (own.start, own.end))
    by = " · ".join(filter(None, (words.stamp(one.recorded_at), one.who)))
    pairs = [
        (name, value),
        (words.t("entering.site"), place),
        (words.t("entering.days"), words.t("entering.between", start=start, end=end)),
        (words.t("entering.source"), own.source),
        (words.t("entering.said_at"), by),
    ]
    if one.retracted_at is not None:
        told = " · ".join(filter(None, (words.stamp(one.retracted_at), one.retracted_by)))
        pairs.append((words.t("entering.gone"), told))
    st.html(parts.facts(pairs))


def _ways(words: Words, one: KeptFigure, said: Said) -> None:
    def take_back() -> None:
        count = kept.take_back([one.number], who=who_of())
        said("undone", [one.number] * count)

    def restore() -> None:
        said("restored" if kept.restore(one.number) else "not_restored", [one.number])

    def correct() -> None:
        st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
        st.session_state[CORRECTS] = (one.number, one.figure)
        st.session_state["entering_way"] = "form"

    with st.container(horizontal=True, key=f"entering_turn_{one.number}"):
        if one.retracted_at is not None:
            label = words.t("entering.restore")
            st.button(label, key=f"entering_restore_{one.number}", on_click=restore)
            return
        label = words.t("entering.begin_correct")
        st.button(label, key=f"entering_correct_{one.number}", on_click=correct)
        label = words.t("entering.take_back")
        st.button(label, key=f"entering_back_{one.number}", on_click=take_back)


def _export(words: Words, standing: Sequence[KeptFigure]) -> None:
    """The figures that stand, in the columns of the template."""
    if not standing:
        return
    rows: list[dict[str, Any]] = [draft.row_of(one.figure) for one in standing]
    with st.container(horizontal=True, key="entering_export"):
        for kind, mime in (("xlsx", XLSX), ("csv", "text/csv")):
            st.download_button(
                words.t(f"entering.export_{kind}"),
                draft.as_file(rows, kind),
                file_name=f"{words.t('entering.file_name')}.{kind}",
                mime=mime,
                on_click="ignore",
                key=f"entering_export_{kind}",
            )
