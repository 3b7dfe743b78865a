"""What came out of a trial: the conclusion in words, then all that it rests on."""

from html import escape

import streamlit as st

from agro.config import now
from agro.dashboard import parts, trials_data
from agro.dashboard import trials_results_data as analyses
from agro.dashboard.frame import Frame
from agro.dashboard.trials_results_checks import checks
from agro.dashboard.trials_results_compare import comparisons
from agro.dashboard.trials_results_faults import refusal
from agro.dashboard.trials_results_files import earlier, files
from agro.dashboard.trials_results_further import further, has_more
from agro.dashboard.trials_results_means import means
from agro.dashboard.trials_results_options import choose
from agro.dashboard.trials_results_parts import Shown, listed
from agro.dashboard.trials_results_report import report_of
from agro.dashboard.trials_results_variance import variance
from agro.dashboard.trials_words import trait_name
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.words import Words
from agro.words.trial_conclusion import conclusion

_PARTS = {
    "means": means,
    "compare": comparisons,
    "further": further,
    "variance": variance,
    "checks": checks,
    "files": files,
}


@st.fragment
def results(frame: Frame, trial: PlannedTrial) -> None:
    """Draw the results of a trial."""
    with parts.answering(frame.words), st.container(key="trial_results"):
        frame = frame.refreshed()
        words = frame.words
        values = trials_data.values(trial.site, trial.slug)
        measured = [one for one in trial.traits if any(v.trait == one.name for v in values)]
        if not measured:
            _nothing_yet(words, trial)
            return
        trait = _trait(words, trial, measured)
        shown = _judged(frame, trial, trait, values)
        if shown is None:
            earlier(words, trial)
            return
        _conclusion(shown)
        _part(shown)


def _nothing_yet(words: Words, trial: PlannedTrial) -> None:
    """What is needed before there are results."""
    what = "no_values" if trial.traits else "no_traits"
    parts.empty(words.t(f"trial_results.{what}"), words.t(f"trial_results.{what}_body"))
    earlier(words, trial)


def _trait(words: Words, trial: PlannedTrial, measured: list[Trait]) -> Trait:
    """Of which measure the results are shown."""
    by_name = {one.name: one for one in measured}
    if len(by_name) == 1:
        return measured[0]
    chosen = st.pills(
        words.t("trial_results.trait"),
        list(by_name),
        default=measured[0].name,
        required=True,
        key=f"trial_results_trait_{trial.slug}",
        format_func=lambda name: trait_name(by_name[name]),
    )
    return by_name.get(str(chosen), measured[0])


def _judged(
    frame: Frame, trial: PlannedTrial, trait: Trait, values: list[PlotValue]
) -> Shown | None:
    """The analysis that is asked for; None once it is said why there is none."""
    words = frame.words
    found = analyses.summaries(trial.site, trial.slug)
    summaries = found.values if found is not None else {}
    options = choose(words, trial, trait, found)
    try:
        with st.spinner(words.t("trial_results.computing")):
            judged = analyses.judged(trial, values, trait.name, options, summaries)
    except ValueError as error:
        parts.empty(words.t("trial_results.impossible_title"), refusal(words, error))
        return None
    return Shown(frame, trial, values, judged, report_of(frame, trial, judged, now()))


def _conclusion(shown: Shown) -> None:
    """The answer in large letters, what it rests on, what makes it less sure."""
    words, report = shown.words, shown.report
    said = conclusion(
        shown.analysis,
        words,
        unit=report.unit,
        label=report.label,
        names=report.names,
        alpha=report.alpha,
    )
    st.html(
        f'<div class="trial-said"><p class="headline">{escape(said.headline)}</p>'
        f"{listed(said.sentences, 'sentences')}</div>"
    )
    if said.cautions:
        title = escape(words.t("trial_report.cautions"))
        body = listed(said.cautions, "cautions")
        st.html(f'<div class="trial-cautions" role="note"><h3>{title}</h3>{body}</div>')
    parts.caption(said.method)


def _part(shown: Shown) -> None:
    """One part at a time: a page that a thumb can reach the end of."""
    words = shown.words
    offered = [name for name in _PARTS if name != "further" or has_more(shown)]
    chosen = st.segmented_control(
        words.t("trial_results.part"),
        offered,
        default="means",
        required=True,
        key="trial_results_part",
        format_func=lambda name: words.t(f"trial_results.part_{name}"),
        label_visibility="collapsed",
    )
    _PARTS[chosen if chosen in offered else "means"](shown)
