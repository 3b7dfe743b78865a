"""Below a bed's advice: one tap notes that it was followed, one more takes that back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

import streamlit as st

from agro.dashboard import data
from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_cards import sentence
from agro.dashboard.logbook_choices import usual_method
from agro.dashboard.logbook_details import who_of
from agro.records import Advice, LogEntry, Plot
from agro.words.watered import Watered, watered

_TOLD = "today_told"
_LOOK_S = 4
_SOON = timedelta(minutes=3)  # an advice that says the same again is not written again


@dataclass(frozen=True, slots=True)
class Told:
    """What was noted from a card in this visit."""

    number: int
    entry: LogEntry
    at: datetime


def noted(frame: Frame, plot: Plot, advice: Advice | None) -> None:
    """Draw what was noted from this card in this visit, and the way back; else nothing."""
    told = _kept().get((plot.site, plot.slug))
    if told is not None and frame.may("logbook.write"):
        _noted(frame, plot, told, is_awaited=_is_awaited(frame, advice, told))


def done(frame: Frame, plot: Plot, advice: Advice | None) -> None:
    """Draw the button; nothing for who may not note here, and where it is noted already."""
    what = watered(frame.words, advice)
    is_noted = (plot.site, plot.slug) in _kept()
    if what is None or is_noted or not frame.may("logbook.write"):
        return
    args, key = (frame, plot, what), f"today_done_{plot.slug}"
    st.button(what.text, key=key, on_click=_note, args=args)


def watch(frame: Frame, site: str) -> None:
    """While a note of this garden waits for its advice, look for that more often than the page."""
    advices = {one.plot: one for one in data.advices(site)}
    if any(
        _is_awaited(frame, advices.get(plot), told)
        for (garden, plot), told in _kept().items()
        if garden == site
    ):
        _look(site, max((one.issued_at for one in advices.values()), default=None))


@st.fragment(run_every=_LOOK_S)
def _look(site: str, issued: datetime | None) -> None:
    """Draw the page again once there is an advice after this one."""
    newest = max((one.issued_at for one in data.advices(site)), default=None)
    if newest != issued:
        st.rerun()


def _is_awaited(frame: Frame, advice: Advice | None, told: Told) -> bool:
    """Whether the advice above was given before the note, and is about to be given anew."""
    is_older = advice is None or advice.issued_at <= told.at
    return is_older and frame.now - told.at < _SOON


def _kept() -> dict[tuple[str, str], Told]:
    kept: dict[tuple[str, str], Told] = st.session_state.setdefault(_TOLD, {})
    return kept


def _noted(frame: Frame, plot: Plot, told: Told, *, is_awaited: bool) -> None:
    """What was noted, the way back, and whether the advice above knows of it."""
    words = frame.words
    lines = [words.t("logbook.noted", what=sentence(words, told.entry))]
    lines += [words.t("card.counted_soon")] if is_awaited else []
    with st.container(key=f"today_told_{plot.slug}", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="said" role="status">{escape(" ".join(lines))}</p>')
        st.button(
            words.t("logbook.undo"),
            key=f"today_undo_{plot.slug}",
            on_click=_undo,
            args=((plot.site, plot.slug),),
        )


def _note(frame: Frame, plot: Plot, what: Watered) -> None:
    at = frame.refreshed().now
    entry = LogEntry(
        plot.site,
        plot.slug,
        "irrigation",
        at.replace(microsecond=0),
        float(what.amount),
        what.unit,
        method=usual_method("irrigation", what.unit),
        who=who_of(),
    )
    (number,) = log.note([entry])
    _kept()[plot.site, plot.slug] = Told(number, entry, at)


def _undo(place: tuple[str, str]) -> None:
    told = _kept()[place]
    log.strike([told.number], who=told.entry.who, reason="undone_at_once")
    del _kept()[place]
