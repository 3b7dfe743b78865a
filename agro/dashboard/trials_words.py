"""What the page of trials says in more than one place: designs, states, labels of plots."""

from collections.abc import Sequence
from datetime import date
from html import escape
from math import isfinite

from agro.dashboard import data
from agro.dashboard.frame import crop_name
from agro.dashboard.trials_data import Listed
from agro.store.trials import PlannedTrial, Trait, TrialPlot
from agro.trials.planning import levels_of
from agro.words import Words
from models.trials.design import TREATMENT

_MOST_NAMED = 6  # levels in a line


def design_name(words: Words, design: str) -> str:
    """The name of a design, as a sentence begins."""
    name = words.code("trial_design.name", design)
    return name[:1].upper() + name[1:]


def bed_name(trial: PlannedTrial) -> str:
    """The bed of a trial as its sign says it."""
    return data.place_names().get((trial.site, trial.plot), trial.plot)


def state(words: Words, one: Listed, today: date) -> tuple[str, str]:
    """How far a trial is: a code and its words."""
    trial, done = one.trial, one.progress
    if one.analysis is not None and one.analysis.made_at is not None:
        day = words.near_day(words.local(one.analysis.made_at).date(), today)
        return "analysed", words.t("trials.state_analysed", day=day)
    if not done.plots:
        return "no_layout", words.t("trials.state_no_layout")
    if done.measured:
        code = "measured" if done.measured >= done.plots else "measuring"
        return code, words.t(f"trials.state_{code}", n=done.plots, measured=done.measured)
    if trial.sown is not None and trial.sown <= today:
        return "growing", words.t("trials.state_growing", n=(today - trial.sown).days)
    return "planned", words.t("trials.state_planned")


def facts(words: Words, trial: PlannedTrial, today: date) -> list[tuple[str, str]]:
    """What a trial is, in short facts; what nobody said is left out."""
    said = [
        ("design", design_name(words, trial.design)),
        ("treatments", compared(words, trial)),
        ("blocks", words.number(trial.blocks) if trial.blocks else ""),
        ("bed", bed_name(trial)),
        ("crop", crop_name(words, trial.crop) if trial.crop else ""),
        ("sown", words.near_day(trial.sown, today) if trial.sown else ""),
        ("contact", trial.contact),
    ]
    return [(words.t(f"trials.fact_{name}"), text) for name, text in said if text]


def short_facts(words: Words, trial: PlannedTrial, today: date) -> list[str]:
    """What a trial is, each fact readable without its name."""
    said = [
        design_name(words, trial.design),
        compared(words, trial),
        words.t("trials.blocks", n=trial.blocks) if trial.blocks else "",
        bed_name(trial),
        crop_name(words, trial.crop) if trial.crop else "",
        words.t("trials.sown", day=words.near_day(trial.sown, today)) if trial.sown else "",
        trial.contact,
    ]
    return [one for one in said if one]


def verdict(text: str) -> str:
    """A line that sums up."""
    return f'<p class="verdict">{escape(text)}</p>'


def compared(words: Words, trial: PlannedTrial) -> str:
    """The levels of each factor; of many, the first ones and how many more."""
    told = [
        _levels(words, "" if name == TREATMENT else name, levels)
        for name, levels in levels_of(trial).items()
    ]
    return " × ".join(one for one in told if one)


def _levels(words: Words, name: str, levels: Sequence[str]) -> str:
    listed = ", ".join(levels[:_MOST_NAMED])
    left = len(levels) - _MOST_NAMED
    if left > 0:
        listed = words.t("trials.treatments_more", names=", ".join(levels[:_MOST_NAMED]), n=left)
    return f"{name} ({listed})" if name else listed


def treatment_name(trial: PlannedTrial, one: TrialPlot) -> str:
    """What a plot is given: the level of each factor, `50 · Blonde`."""
    factors = levels_of(trial)
    if len(factors) < 2 or one.number is None:
        return one.treatment
    own = {**one.levels, TREATMENT: one.treatment}
    return " · ".join(str(own[name]) for name in factors if name in own)


def trait_name(trait: Trait) -> str:
    """`Rendement (t/ha)`."""
    label = trait.label or trait.name
    return f"{label} ({trait.unit})" if trait.unit else label


def bounds(words: Words, trait: Trait) -> str:
    """`0 à 100`, as far as it is said."""
    low, high = (words.number(one, 2) if isfinite(one) else "" for one in (trait.low, trait.high))
    if low and high:
        return words.t("trials.bounds", low=low, high=high)
    if low:
        return words.t("trials.bounds_low", low=low)
    return words.t("trials.bounds_high", high=high) if high else ""
