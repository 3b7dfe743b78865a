"""How a trait is to be analysed, asked in plain words; what is not touched is the usual way."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

import streamlit as st

from agro.dashboard import parts
from agro.dashboard.trials_results_frames import number
from agro.dashboard.trials_words import trait_name
from agro.store.trials import PlannedTrial, Trait
from agro.trials.covariates import Summaries
from agro.trials.judging import Options
from agro.trials.planning import levels_of, times
from agro.words import Words
from models.trials.fits import SINGLE_PLOTS
from models.trials.scales import SCALES

_ADJUSTS = ("tukey", "holm", "bonferroni", "none")
_ALPHAS = (0.01, 0.05, 0.1)
_NONE = ""
_FEWEST_DOSES = 3
_SHARED = frozenset({"covariate_shared", "covariate_constant"})


def choose(words: Words, trial: PlannedTrial, trait: Trait, summaries: Summaries | None) -> Options:
    """Draw the options, folded away, and tell what was chosen."""
    levels = levels_of(trial)
    with (
        st.expander(words.t("trial_results.options"), key="trial_results_options"),
        st.container(key="trial_results_asked", horizontal=True, vertical_alignment="bottom"),
    ):
        control = _control(words, trial, levels)
        adjust = _adjust(words, trial, control)
        by = _by(words, trial, levels)
        alpha = _alpha(words, trial)
        covariates = _covariates(words, trial, trait, summaries)
        scale = _one(
            words, trial, "scale", SCALES, lambda one: words.code("trial_report.scales", one)
        )
        dose, ratio = _dose(words, trial, levels)
        contrasts = _contrasts(words, trial, levels)
        spatial, blocks, correlation = _model(words, trial)
    return Options(
        adjust=adjust,
        control=control or None,
        by=by or None,
        alpha=alpha,
        covariates=covariates,
        spatial=spatial,
        scale=scale,
        blocks=blocks,
        quantitative=dose or None,
        price_ratio=ratio,
        contrasts=contrasts,
        correlation=correlation,
    )


def _key(trial: PlannedTrial, name: str) -> str:
    """Each trial keeps its own answers: those of another do not fit it."""
    return f"trial_results_{name}_{trial.slug}"


def _one(
    words: Words,
    trial: PlannedTrial,
    name: str,
    options: Sequence[str],
    say: Callable[[str], str],
    *,
    start: int = 0,
) -> str:
    """One of several, with what it means beside it."""
    chosen = st.selectbox(
        words.t(f"trial_results.ask.{name}"),
        options,
        index=start,
        key=_key(trial, name),
        format_func=say,
        help=words.t(f"trial_results.help.{name}"),
    )
    return str(chosen if chosen is not None else options[0])


def factor_name(words: Words, name: str) -> str:
    """A factor as people call it."""
    if words.knows(f"trial_results.name.{name}"):
        return words.t(f"trial_results.name.{name}")
    known = f"trial_factor.{name}.name"
    return words.t(known) if words.knows(known) else name


def _control(words: Words, trial: PlannedTrial, levels: Mapping[str, Sequence[str]]) -> str:
    """The level that all others are compared with."""
    offered = [_NONE, *dict.fromkeys(level for of in levels.values() for level in of)]
    nobody = words.t("trial_results.no_control")
    return _one(words, trial, "control", offered, lambda one: one or nobody)


def _adjust(words: Words, trial: PlannedTrial, control: str) -> str:
    """How many comparisons at once are paid for; against a control Dunnett's way is offered too."""
    offered = ("dunnett", *_ADJUSTS[1:]) if control else _ADJUSTS
    return _one(words, trial, "adjust", offered, lambda one: words.t(f"trial_results.adjust.{one}"))


def _by(words: Words, trial: PlannedTrial, levels: Mapping[str, Sequence[str]]) -> str:
    """The factor within which the others are compared."""
    factors = list(levels)
    if trial.design == "multi-environment":
        factors.append("environment")
    if times(trial) != ("",):
        factors.append("time")
    if len(factors) < 2:
        return _NONE
    nothing = words.t("trial_results.no_by")
    say = lambda one: factor_name(words, one) if one else nothing  # noqa: E731
    return _one(words, trial, "by", [_NONE, *factors], say)


def _alpha(words: Words, trial: PlannedTrial) -> float:
    chosen = st.segmented_control(
        words.t("trial_results.ask.alpha"),
        _ALPHAS,
        default=0.05,
        required=True,
        key=_key(trial, "alpha"),
        format_func=lambda one: words.t("unit.percent", value=words.number(100 * one)),
        help=words.t("trial_results.help.alpha"),
    )
    return float(chosen or 0.05)


def _covariates(
    words: Words, trial: PlannedTrial, trait: Trait, summaries: Summaries | None
) -> tuple[str, ...]:
    """Other traits, and what the sensors say where plots differ in it."""
    names = {one.name: trait_name(one) for one in trial.traits if one.name != trait.name}
    for name, by_plot in (summaries.values if summaries else {}).items():
        if len({value for value in by_plot.values() if isfinite(value)}) > 1:
            names[name] = words.t(f"trial_results.summary.{name}")
    if summaries and any(one.code in _SHARED for one in summaries.findings):
        parts.caption(words.t("trial_results.sensors_alike"))
    if not names:
        return ()
    chosen = st.multiselect(
        words.t("trial_results.ask.covariates"),
        list(names),
        key=_key(trial, "covariates"),
        format_func=lambda one: names.get(one, one),
        help=words.t("trial_results.help.covariates"),
        placeholder=words.t("trial_results.no_covariate"),
    )
    return tuple(one for one in chosen if one in names)


def _dose(
    words: Words, trial: PlannedTrial, levels: Mapping[str, Sequence[str]]
) -> tuple[str, float | None]:
    """The factor whose levels are doses, and what a unit of it costs."""
    offered = {name: list(of) for name, of in levels.items() if _doses(of)}
    if times(trial) != ("",) and _doses(times(trial)):
        offered["time"] = list(times(trial))
    if not offered:
        return _NONE, None
    nothing = words.t("trial_results.no_dose")
    say = lambda one: factor_name(words, one) if one else nothing  # noqa: E731
    start = 1 if any(name != "time" for name in offered) else 0
    dose = _one(words, trial, "dose", [_NONE, *offered], say, start=start)
    if not dose or dose == "time":
        return dose, None
    ratio = st.number_input(
        words.t("trial_results.ask.price_ratio"),
        min_value=0.0,
        value=None,
        key=_key(trial, "price_ratio"),
        format="%g",
        help=words.t("trial_results.help.price_ratio"),
    )
    return dose, None if ratio is None else float(ratio)


def _doses(levels: Sequence[str]) -> bool:
    return len(levels) >= _FEWEST_DOSES and all(isfinite(number(one)) for one in levels)


def _contrasts(
    words: Words, trial: PlannedTrial, levels: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Questions that were written down before: one a line."""
    most = max(levels.values(), key=len, default=())
    if len(most) < _FEWEST_DOSES:
        return ()
    written = st.text_area(
        words.t("trial_results.ask.contrasts"),
        key=_key(trial, "contrasts"),
        height=80,
        max_chars=1000,
        placeholder=f"{most[0]} vs {most[1]}, {most[2]}",
        help=words.t("trial_results.help.contrasts"),
    )
    return tuple(line.strip() for line in (written or "").splitlines() if line.strip())


def _model(words: Words, trial: PlannedTrial) -> tuple[bool, str, bool]:
    """Neighbours that resemble each other, blocks that stand for themselves, dates that do."""
    spatial = fixed = correlation = False
    if trial.design in SINGLE_PLOTS:
        spatial = _switch(words, trial, "spatial")
        fixed = trial.design != "crd" and not spatial and _switch(words, trial, "fixed_blocks")
    if times(trial) != ("",):
        correlation = _switch(words, trial, "correlation")
    return spatial, "fixed" if fixed else "random", correlation


def _switch(words: Words, trial: PlannedTrial, name: str) -> bool:
    return st.toggle(
        words.t(f"trial_results.ask.{name}"),
        key=_key(trial, name),
        help=words.t(f"trial_results.help.{name}"),
    )
