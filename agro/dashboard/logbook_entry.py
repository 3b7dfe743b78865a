"""The quick entry: what, where, which crop, how much, when; the last used is chosen already.

It is a fragment: a tap redraws the entry and nothing else.
"""

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from agro.dashboard import data, logbook_planting, parts
from agro.dashboard import logbook_choices as choices
from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_about import about
from agro.dashboard.logbook_cards import sentence
from agro.dashboard.logbook_details import Details, details, who_of
from agro.dashboard.logbook_draft import Draft, entry_of, fault, nothing, unit_name
from agro.dashboard.logbook_pad import number_pad
from agro.dashboard.logbook_photo import MOST_MB, small
from agro.records import LogEntry, Noted, Plot, Site
from agro.words import Words

_TOLD, _NUMBER, _AMOUNT = "logbook_told", "logbook_n", "logbook_amount"
_OTHER, _GARDEN = "*", ""
_WHENS = ("now", "yesterday", "date")


@dataclass(frozen=True, slots=True)
class Told:
    """What was just noted, so that one tap takes it back."""

    numbers: tuple[int, ...]
    entries: tuple[LogEntry, ...]


@st.fragment
def quick_entry(frame: Frame, site: Site) -> None:
    """Draw the entry."""
    with parts.answering(frame.words), st.container(key="logbook_entry"):
        _entry(frame.refreshed(), site, data.plots(site.slug), log.recent(site.slug))


def _told(frame: Frame, site: str) -> None:
    """What was noted in this garden, and the way back."""
    told: Told | None = st.session_state.get(_TOLD)
    if told is None or told.entries[0].site != site:
        return
    words = frame.words
    lines = [sentence(words, entry) for entry in told.entries]
    with st.container(key="logbook_told", horizontal=True, vertical_alignment="center"):
        said = words.t("logbook.noted", what=" ; ".join(lines))
        st.html(f'<p class="said" role="status">{escape(said)}</p>')
        st.button(words.t("logbook.undo"), key="logbook_undo", on_click=_undo)
    if len(told.entries) == 1:
        logbook_planting.offer(frame, told.entries[0])


def _undo() -> None:
    told: Told = st.session_state.pop(_TOLD)
    logbook_planting.take_back()
    log.strike(told.numbers, who=told.entries[0].who, reason="undone_at_once")


def _entry(frame: Frame, site: Site, plots: list[Plot], recent: list[Noted]) -> None:
    words = frame.words
    kind = _chips(words.t("logbook.what"), choices.TYPES, "type", _kinds(words))
    plot = _where(words, plots, recent)
    _same_as_yesterday(frame, recent, plot)
    crop = _crop(frame, site, recent, kind, plot) if kind in choices.WITH_CROP else ""
    unit = _how_much(words, kind)
    said = about(words, kind, f"logbook_about_{kind}_{st.session_state[_NUMBER]}")
    time = _when(frame)
    more = details(frame, kind, unit, choices.names_first(recent))
    draft = Draft(
        site=site.slug,
        plot=plot,
        type=kind,
        time=choices.moment(time[0], time[1], frame.now, words.zone),
        crop=crop,
        amount=st.session_state.get(_AMOUNT, ""),
        unit=unit,
        details=said,
        **more.said(),
    )
    _save(frame, draft, more)


def _kinds(words: Words) -> dict[str, str]:
    return {kind: _capital(words.code("log", kind)) for kind in choices.TYPES}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _chips(label: str, options: Any, name: str, names: dict[str, str], **more: Any) -> str:
    """Chips of which one is always chosen, the first at the start."""
    found = list(options)
    key = f"logbook_{name}"
    if st.session_state.get(key) not in found:
        st.session_state[key] = found[0]
    chosen = st.pills(
        label,
        found,
        key=key,
        required=True,
        format_func=lambda one: names.get(one, one),
        **more,
    )
    return str(chosen if chosen is not None else found[0])


def _where(words: Words, plots: list[Plot], recent: list[Noted]) -> str:
    """The plot, the last noted first; "" is the whole garden."""
    names = {plot.slug: plot.name for plot in plots}
    names |= {_GARDEN: words.t("logbook.whole_garden"), _OTHER: words.t("logbook.other_plot")}
    ordered = _kept_order("plot_order", choices.plots_first(plots, recent))
    first, rest = ordered[: choices.MOST_PLOTS], ordered[choices.MOST_PLOTS :]
    options = [*first, _GARDEN, *([_OTHER] if rest else [])]
    asked = st.query_params.get("plot", "")
    if asked in first and "logbook_plot" not in st.session_state:
        st.session_state["logbook_plot"] = asked
    plot = _chips(words.t("logbook.where"), options, "plot", names)
    if plot != _OTHER:
        return plot
    return str(
        st.selectbox(
            words.t("logbook.other_plot"),
            rest,
            key="logbook_plot_other",
            format_func=lambda slug: names[slug],
        )
    )


def _kept_order(name: str, fresh: list[str]) -> list[str]:
    """Chips stay where they are while somebody notes: only the next visit sorts them anew."""
    key = f"logbook_{name}"
    kept = [one for one in st.session_state.get(key, []) if one in fresh]
    st.session_state[key] = kept + [one for one in fresh if one not in kept]
    return list(st.session_state[key])


def _crop(frame: Frame, site: Site, recent: list[Noted], kind: str, plot: str) -> str:
    """The crop: what grows there first; others from the whole table, or as it is written."""
    words, today = frame.words, frame.words.local(frame.now).date()
    plantings = data.plantings(site.slug)
    offered = choices.crops_first(plantings, recent, plot, today)
    names = {crop: crop_name(words, crop) for crop in offered}
    names[_OTHER] = words.t("logbook.other_crop")
    none = ["" for _ in range(kind not in {"harvest", "seeding", "transplanting"} or not offered)]
    names[""] = words.t("logbook.no_crop")
    label = words.t("logbook.which")
    crop = _chips(label, [*none, *offered, _OTHER], f"crop_{plot}_{len(none)}", names)
    if crop != _OTHER:
        return crop
    table = data.crop_names(words.language)
    chosen = st.selectbox(
        words.t("logbook.other_crop"),
        sorted(table, key=lambda key: table[key].casefold()),
        index=None,
        key="logbook_crop_other",
        format_func=lambda key: crop_name(words, key),
        placeholder=words.t("logbook.choose_crop"),
        accept_new_options=True,
    )
    return str(chosen or "")


def _how_much(words: Words, kind: str) -> str:
    """The figure and its unit."""
    names = {unit: unit_name(words, unit) for unit in choices.UNITS[kind]}
    unit = _chips(words.t("logbook.unit"), choices.UNITS[kind], f"unit_{kind}", names)
    key = f"logbook_pad_{st.session_state.setdefault(_NUMBER, 0)}"

    def typed() -> None:
        state = st.session_state[key]
        st.session_state[_AMOUNT] = str(state.get("text") or "")

    number_pad(words, key, unit=names[unit], on_change=typed)
    return unit


def _when(frame: Frame) -> tuple[str, date | None]:
    words, today = frame.words, frame.words.local(frame.now).date()
    names = {when: words.t(f"logbook.when_{when}") for when in _WHENS}
    when = _chips(words.t("logbook.when"), _WHENS, "when", names)
    if when != "date":
        return when, None
    day = st.date_input(
        words.t("logbook.when_date"),
        value=today,
        max_value=today,
        key="logbook_day",
        format="DD/MM/YYYY",
    )
    return when, day if isinstance(day, date) else today


def _save(frame: Frame, draft: Draft, more: Details) -> None:
    """One button, which says what it will note.

    It notes the draft of the run that its press begins: a chip or digit pressed just before counts,
    however slow the network.
    """
    words = frame.words
    wrong = fault(words, draft, frame.now)
    label = words.t("logbook.save")
    if not wrong:
        label = words.t("logbook.save_this", what=_plain(sentence(words, entry_of(draft))))
    with st.container(key="logbook_save"):
        said = st.container()
        key = f"logbook_save_{st.session_state[_NUMBER]}"
        if st.button(label, type="primary", key=key, width="stretch"):
            st.session_state.pop(_TOLD, None)
            logbook_planting.forget()
            picture, no_picture = _picture(words, more)
            wrong = wrong or no_picture
            with said:
                if wrong:
                    st.html(parts.notice(wrong))
                else:
                    _note(words, [entry_of(draft)], picture)
        with said:
            _told(frame, draft.site)
    if draft.type == "harvest":
        _nothing(frame, draft)


def _plain(text: str) -> str:
    """Text for a label, in which Streamlit would read signs as Markdown."""
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>#:$~|!" else sign for sign in text)


def _picture(words: Words, more: Details) -> tuple[bytes | None, str]:
    if more.photo is None:
        return None, ""
    picture = small(more.photo)
    wrong = "" if picture else words.t("logbook.wrong_photo", most=MOST_MB)
    return picture, wrong


def _note(words: Words, entries: list[LogEntry], picture: bytes | None = None) -> None:
    """Store entries and begin a new one; place, crop and person stay for the next."""
    try:
        numbers = log.note(entries, picture)
    except ValueError:  # the plot left the register meanwhile
        st.html(parts.notice(words.t("logbook.place_gone")))
        return
    logbook_planting.forget()
    st.session_state[_TOLD] = Told(tuple(numbers), tuple(entries))
    st.session_state[_NUMBER] += 1
    st.session_state[_AMOUNT] = ""
    st.rerun()


def _nothing(frame: Frame, draft: Draft) -> None:
    words = frame.words
    label = words.t("logbook.nothing_week", place=_plain(_place(words, draft)))
    if st.button(label, key="logbook_nothing"):
        entry = nothing(words, draft.site, draft.plot, who_of(), draft.time)
        _note(words, [entry])


def _place(words: Words, draft: Draft) -> str:
    names = data.place_names()
    return names.get((draft.site, draft.plot), words.t("logbook.whole_garden"))


def _same_as_yesterday(frame: Frame, recent: list[Noted], plot: str) -> None:
    """One tap notes again what was noted on this plot the day before."""
    words = frame.words
    before = choices.yesterdays(recent, plot, frame.now, words.zone)
    if not before:
        return
    again = choices.said_again(before, frame.now, who_of())
    what = " ; ".join(sentence(words, entry).rsplit(", ", 1)[0] for entry in again)
    key = f"logbook_again_{st.session_state.setdefault(_NUMBER, 0)}"
    if st.button(words.t("logbook.again", what=_plain(what)), key=key):
        _note(words, again)
