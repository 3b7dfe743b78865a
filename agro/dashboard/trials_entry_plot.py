"""One plot at a time, in the order in which the field is walked: for a phone held in one hand."""

from dataclasses import replace
from html import escape
from math import isnan, nan

import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_entry_data as entered
from agro.dashboard import trials_entry_draft as draft
from agro.dashboard import trials_entry_parts as pieces
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_pad import number_pad
from agro.dashboard.trials_words import trait_name, treatment_name
from agro.store.trials import PlannedTrial, PlotValue, Trait, TrialPlot
from agro.words import Words

_TURN = "trial_entry_n"


def by_plot(frame: Frame, trial: PlannedTrial, values: list[PlotValue]) -> None:
    """Draw the entry of one value on one plot."""
    words = frame.words
    trait = _trait(words, trial)
    visit = pieces.choose_visit(words, trial, f"trial_entry_visit_{trial.slug}")
    known = draft.standing(values, trait.name, visit)
    plots = draft.walk(trial)
    order = [one.number or 0 for one in plots]
    at = _place(trial, order, known)
    plot = plots[order.index(at)]
    with st.container(key="trial_entry_form"):
        said = sum(number in known for number in order)
        parts.caption(words.t("trial_entry.progress", n=said, of=len(order)))
        st.html(_card(words, plot, treatment_name(trial, plot), trait, known.get(at)))
        value = _typed(words, trait, f"pad-{trial.slug}-{trait.name}-{visit}")
        under = st.container()  # the buttons stand right under the keys
        day = pieces.who_and_when(frame, trial, "trial_entry_plot")
        one = PlotValue(at, trait.name, value, time=visit, day=day)
        with under, st.container(key="trial_entry_save_box"):
            _buttons(words, trial, trait, one, draft.following(order, known, at))
        _around(words, trial, order, at)


def _trait(words: Words, trial: PlannedTrial) -> Trait:
    """What is being measured."""
    by_name = {one.name: one for one in trial.traits}
    if len(by_name) == 1:
        return trial.traits[0]
    chosen = st.pills(
        words.t("trial_entry.trait"),
        list(by_name),
        default=trial.traits[0].name,
        required=True,
        key=f"trial_entry_trait_{trial.slug}",
        format_func=lambda name: trait_name(by_name[name]),
    )
    return by_name[str(chosen or trial.traits[0].name)]


def _key(trial: PlannedTrial) -> str:
    return f"trial_entry_at_{trial.slug}"


def _place(trial: PlannedTrial, order: list[int], known: dict[int, PlotValue]) -> int:
    """Where on the walk we are; at first, the first plot of which nothing is said."""
    at = st.session_state.get(_key(trial))
    if at not in order:
        at = next((number for number in order if number not in known), order[0])
        st.session_state[_key(trial)] = at
    return int(at)


def _go(trial: PlannedTrial, plot: int) -> None:
    """Stand before another plot, with nothing typed."""
    st.session_state[_key(trial)] = plot
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _card(words: Words, plot: TrialPlot, given: str, trait: Trait, known: PlotValue | None) -> str:
    """Which plot this is, and what is said of it already."""
    where = [
        words.t("trial_entry.row", row=str(plot.row)),
        words.t("trial_entry.column", column=str(plot.column)),
    ]
    if plot.block is not None:
        where.append(words.t("trial_entry.block", block=str(plot.block)))
    told = ""
    if known is not None:
        value = pieces.amount(words, known.value, trait.unit)
        told = f'<p class="told">{escape(words.t("trial_entry.known", value=value))}</p>'
    number = escape(words.t("trial_entry.plot", plot=str(plot.number)))
    return (
        f'<div class="trial-plot"><h3>{number}</h3><p>{escape(" · ".join(where))}</p>'
        f"<p><b>{escape(given)}</b></p>{told}</div>"
    )


def _typed(words: Words, trait: Trait, name: str) -> float:
    """The keys, and the figure that is typed on them; NaN where none is."""
    turn = st.session_state.setdefault(_TURN, 0)
    key = f"{name}-{turn}".replace("_", "-")  # a component's key may not hold two of them
    st.html(f'<p class="caption">{escape(trait_name(trait))}</p>')
    number_pad(words, key, unit=trait.unit, on_change=_redrawn)
    return draft.figure(str(st.session_state[key].get("text") or ""))


def _redrawn() -> None:
    """What is typed is read where it is drawn, so that nothing unseen is ever noted."""


def _buttons(
    words: Words, trial: PlannedTrial, trait: Trait, one: PlotValue, following: int
) -> None:
    """Store and go on, in the run that the press begins: the digit typed just before counts."""
    doubted = draft.outside(trait, one.value)
    said = st.container()
    if doubted:
        with said:
            st.html(parts.notice(pieces.doubt(words, one.plot, trait, one.value)))
    label = words.t("trial_entry.save_anyway" if doubted else "trial_entry.save_next")
    with st.container(key="trial_entry_buttons", horizontal=True):
        is_saved = st.button(label, type="primary", key="trial_entry_save")
        is_lost = st.button(words.t("trial_entry.lost"), key="trial_entry_lost")
    if is_lost:
        notes = words.t("trial_entry.lost_note")
        _store(words, trial, trait, replace(one, value=nan, notes=notes), following)
    elif is_saved and isnan(one.value):
        with said:
            st.html(parts.notice(words.t("trial_entry.type_first")))
    elif is_saved:
        _store(words, trial, trait, one, following)


def _store(words: Words, trial: PlannedTrial, trait: Trait, one: PlotValue, following: int) -> None:
    try:
        done = entered.enter(trial, [one], who=pieces.who())
    except ValueError:  # the trait or the plot left the trial meanwhile
        st.html(parts.notice(words.t("trial_entry.changed_meanwhile")))
        return
    value = pieces.amount(words, one.value, trait.unit)
    text = "trial_entry.noted" if done else "trial_entry.known_already"
    pieces.tell(
        trial, words.t(text, plot=str(one.plot), value=value), done.number if done else None
    )
    _go(trial, following)
    st.rerun()


def _around(words: Words, trial: PlannedTrial, order: list[int], at: int) -> None:
    """One plot back, one on, or to a certain one."""
    chosen = f"trial_entry_to_{at}"

    def go() -> None:
        number = st.session_state[chosen]
        if number is not None:
            _go(trial, int(number))

    with st.container(key="trial_entry_around", horizontal=True, vertical_alignment="bottom"):
        before, after = draft.beside(order, at, -1), draft.beside(order, at, 1)
        st.button(
            words.t("trial_entry.before", plot=str(before)),
            key="trial_entry_back",
            on_click=_go,
            args=(trial, before),
        )
        st.button(
            words.t("trial_entry.after", plot=str(after)),
            key="trial_entry_on",
            on_click=_go,
            args=(trial, after),
        )
        st.selectbox(
            words.t("trial_entry.go_to"),
            order,
            index=None,
            key=chosen,
            on_change=go,
            placeholder=words.t("trial_entry.choose_plot"),
        )
