"""The analyses of a trial as its page reads and writes them.

An analysis is made once for the same data and options, and shared by all visitors: it holds
numbers, never words.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.metadata import version

import streamlit as st

from agro.dashboard import data, trials_data
from agro.store import trials as kept
from agro.store.trials import PlannedTrial, PlotValue, StoredAnalysis
from agro.trials.covariates import Summaries, plot_summaries
from agro.trials.judging import Judged, Options, described, judge
from agro.trials.sharing.bundle import result_document
from agro.trials.sharing.facts import Ground, ground

_LIVE_S = 10
_SUMMARIES_S = 300
_A_DAY, _A_FORTNIGHT = timedelta(days=1), timedelta(days=13)
Measured = Mapping[str, Mapping[int, float]]  # by covariate and plot number


def judged(
    trial: PlannedTrial,
    values: Sequence[PlotValue],
    trait: str,
    options: Options,
    summaries: Measured,
) -> Judged:
    """The analysis of one trait; made again only where data or options are others.

    Raises
    ------
    ValueError  No plot has a value, or the options do not fit the trial.
    """
    taken = {trait, *options.covariates}
    used = [one for one in values if one.trait in taken]
    added = {name: summaries[name] for name in options.covariates if name in summaries}
    return _judged(fingerprint(trial, used, added), options, trial, used, trait, added)


def fingerprint(trial: PlannedTrial, values: Sequence[PlotValue], summaries: Measured) -> str:
    """What tells the data of one analysis from others: the layout and all values."""
    told = (
        *(trial.site, trial.slug, trial.design, trial.request, trial.plots),
        sorted((one.trait, one.time, one.plot, one.value) for one in values),
        sorted((name, sorted(by_plot.items())) for name, by_plot in summaries.items()),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


@st.cache_data(max_entries=64, show_spinner=False)
def _judged(
    fingerprint: str,  # noqa: ARG001 - what the analysis is kept under
    options: Options,
    _trial: PlannedTrial,
    _values: Sequence[PlotValue],
    trait: str,
    _summaries: Measured,
) -> Judged:
    return judge(_trial, _values, trait, options, _summaries)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def earlier(site: str, slug: str) -> list[StoredAnalysis]:
    """The analyses of a trial that were kept, newest first."""
    with data.engine().connect() as c:
        return kept.analyses(c, site, slug)


def keep(trial: PlannedTrial, found: Judged, *, who: str) -> None:
    """Keep an analysis with what it was made from.

    Raises
    ------
    ValueError  The trial is gone.
    """
    one = StoredAnalysis(
        trait=found.data.name,
        options=described(found.options, found.roles),
        data_sha256=found.sha256,
        version=version("agro"),
        result=result_document(found),
        who=who,
    )
    told = {"analysis": trial.slug, "trait": one.trait}
    with data.acting("trial.write", trial.site, told) as c:
        kept.keep_analysis(c, trial.site, trial.slug, one)
    earlier.clear()
    trials_data.forget()


@st.cache_data(ttl=_SUMMARIES_S, show_spinner=False)
def summaries(site: str, slug: str) -> Summaries | None:
    """What the sensors say of each plot before it was sown; None where no such time is known.

    The fortnight before sowing: what is measured later the treatments may have changed.
    """
    with data.engine().connect() as c:
        trial = kept.trial_of(c, site, slug)
        if trial.sown is None:
            return None
        before = trial.sown - _A_DAY
        return plot_summaries(c, trial, before - _A_FORTNIGHT, before)


@st.cache_data(ttl=_SUMMARIES_S, show_spinner=False)
def where(site: str, slug: str) -> Ground:
    """The site and the bed of a trial."""
    with data.engine().connect() as c:
        return ground(c, kept.trial_of(c, site, slug))
