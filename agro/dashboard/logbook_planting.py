"""A sowing or planting of which the register knows nothing: kept there with one tap, or not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from math import nan

import streamlit as st

from agro import crop_plan
from agro.dashboard import crops_data, crops_words, data, parts
from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame, crop_name
from agro.errors import BadInput
from agro.records import LogEntry, Planting, Plot
from agro.words import Words

AHEAD = timedelta(days=21)  # by which a planting may have been planned later than it was done
_KEPT, _REFUSED = "logbook_planted", "logbook_plant_refused"
_SOWN = frozenset({"seeding", "transplanting"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A planting that was just kept, by the time at which it was."""

    planting: Planting
    at: datetime


def is_new(entry: LogEntry, plantings: Iterable[Planting], day: date) -> bool:
    """Whether an entry tells of a planting on a bed that the register does not know."""
    if entry.type not in _SOWN or not entry.plot or not entry.crop or entry.quantity == 0.0:
        return False
    return not any(_is_of(entry, one, day) for one in plantings)


def _is_of(entry: LogEntry, one: Planting, day: date) -> bool:
    """Whether a planting of the register is the one that an entry tells of."""
    if (one.plot, one.crop) != (entry.plot, entry.crop):
        return False
    if entry.variety and one.variety and entry.variety.casefold() != one.variety.casefold():
        return False
    return one.planted <= day + AHEAD and (one.removed is None or one.removed > day)


def planting_of(entry: LogEntry, day: date) -> Planting:
    """The planting that an entry tells of."""
    return Planting(
        *(entry.site, entry.plot, entry.crop, entry.variety, day),
        plants=entry.quantity if entry.unit == "plant" else nan,
        lot=entry.lot,
        source="person",
    )


def offer(frame: Frame, entry: LogEntry) -> None:
    """Draw the offer for an entry that was just noted, and once it is taken, its way back."""
    words = frame.words
    kept: Kept | None = st.session_state.get(_KEPT)
    if refused := st.session_state.pop(_REFUSED, ""):
        st.html(parts.notice(refused))
    if kept is not None:
        _way_back(words, kept)
        return
    day, today = words.local(entry.time).date(), words.local(frame.now).date()
    known = data.plantings(entry.site)
    if entry.crop not in data.crop_names(words.language) or not is_new(entry, known, day):
        return
    plot = next((one for one in data.plots(entry.site) if one.slug == entry.plot), None)
    if plot is not None:
        _ask(words, planting_of(entry, day), plot, today, who=entry.who)


def _ask(words: Words, wish: Planting, plot: Plot, today: date, *, who: str) -> None:
    known = data.plantings(wish.site)
    wrong = crop_plan.faults(wish, plot, known, today)
    if wrong:
        told = " ".join(crops_words.fault(words, one, today) for one in wrong)
        st.html(parts.notice(words.t("logbook.plant_cannot", why=told)))
        return
    air = crops_data.warmth(wish.site)
    soon = crop_plan.preview(wish, plot, known, air).rotation if air is not None else None
    if soon is not None:
        named = {"crop": crop_name(words, wish.crop), "plot": plot.name}
        st.html(parts.notice(crops_words.rotation(words, soon, named, today)))

    def keep() -> None:
        try:
            at = log.plant(wish, who=who)
        except BadInput:  # somebody planted there meanwhile
            st.session_state[_REFUSED] = words.t("logbook.plant_refused")
        else:
            st.session_state[_KEPT] = Kept(wish, at)

    label = words.t("logbook.plant", what=_name(words, wish), plot=plot.name)
    st.button(label, key="logbook_plant", on_click=keep, width="stretch")


def _name(words: Words, one: Planting) -> str:
    return crops_words.name_of(words, one.crop, one.variety)


def _way_back(words: Words, kept: Kept) -> None:
    one = kept.planting
    plot = data.place_names().get((one.site, one.plot), one.plot)
    said = words.t(
        "logbook.planted", what=_name(words, one), plot=plot, day=words.long_day(one.planted)
    )
    with st.container(key="logbook_planted_told", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="said" role="status">{escape(said)}</p>')
        st.button(words.t("logbook.undo"), key="logbook_unplant", on_click=take_back)


def take_back() -> None:
    """Take back the planting that was just kept, if one was."""
    kept: Kept | None = st.session_state.pop(_KEPT, None)
    if kept is not None:
        log.unplant(kept.planting, kept.at)


def forget() -> None:
    """Let what was kept before stand; the next entry has its own offer."""
    st.session_state.pop(_KEPT, None)
