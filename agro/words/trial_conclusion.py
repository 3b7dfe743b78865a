"""What a trial showed, as whole sentences: for its report, its page and its message alike.

A difference is claimed where the test of its term and its own interval agree, and never without
that interval. Where nothing is found, what the trial could have missed is said instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from agro.words.catalogue import Words
from agro.words.trial_cautions import cautions, method, randomised
from agro.words.trial_figures import (
    Voice,
    named,
    of,
    on,
    plural,
    probability,
    response,
    sentence,
    settings,
    the,
)
from agro.words.trial_findings import details, finding, none_of_many, simple_effects
from agro.words.trial_terms import Term, covered, environment, terms, verdict
from models.trials.results import Analysis

_DOUBTFUL = 0.15  # below which an interaction that is not found is called uncertain [-]
_TOLD_FIRST = ("differs", "unlisted", "unplaced", "one_pair", "not_shown", "unknown")


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The answer of a trial: what was found, what it rests on, what makes it less sure.

    `headline` answers whether the treatment worked; `sentences` are the findings in the order they
    are read; `cautions` are what a reader must know before believing them, none where there is
    nothing; `method` is one sentence for a report.
    """

    headline: str
    sentences: tuple[str, ...]
    cautions: tuple[str, ...]
    method: str


@dataclass(frozen=True, slots=True)
class _Findings:
    """The terms by what is done with them: `deciding` interactions speak for what they hold."""

    deciding: tuple[Term, ...]
    mains: tuple[Term, ...]
    hidden: tuple[Term, ...]
    weak: tuple[Term, ...]
    by_factor: Mapping[str, Term]
    place: str


def conclusion(
    analysis: Analysis,
    words: Words,
    *,
    unit: str = "",
    label: str = "",
    names: Mapping[str, str] | None = None,
    alpha: float = 0.05,
) -> Conclusion:
    """Say an analysis in plain words, never more surely than its figures do.

    Parameters
    ----------
    analysis : Of one response of one trial.
    words : The language.
    unit : Of the response, as `t/ha`; empty where it is not known.
    label : The response as it is called in a sentence, best with its article (`le rendement`); its
        column where empty.
    names : Factors and levels as they are called in a sentence, by their names in the sheet; a
        level may be given as `factor:level` where several factors have it.
    alpha : Level that the analysis was made at. [-]
    """
    voice = _voice(analysis, words, unit, label or analysis.response, names or {}, alpha)
    found = _sorted(voice, analysis)
    return Conclusion(
        headline=_headline(voice, found),
        sentences=tuple(_sentences(voice, found, analysis)),
        cautions=tuple(cautions(voice, analysis)),
        method=method(voice, analysis),
    )


def _voice(
    analysis: Analysis,
    words: Words,
    unit: str,
    label: str,
    names: Mapping[str, str],
    alpha: float,
) -> Voice:
    """How this analysis is told; figures on another scale have that scale for their unit."""
    scale = analysis.transformation
    if scale is not None and scale.name != "none":
        unit = f"({words.code('trial_report.scales', scale.name)})"
    known = [one.mean for one in analysis.means if isfinite(one.mean)]
    positive = bool(known) and min(known) > 0.0 and scale is None
    return Voice(words, unit, label, names, alpha, randomised(analysis), positive)


def _sorted(voice: Voice, analysis: Analysis) -> _Findings:
    """Interactions that matter before what they hold; sites, years and dates are no treatments."""
    every, place = terms(analysis), environment(analysis)
    given = settings(voice, analysis.design, place, [term.name for term in every])
    asked = [term for term in every if not set(term.factors) <= given] or list(every)
    crossed = [term for term in asked if term.interaction]
    strong = sorted(
        (term for term in crossed if term.p < voice.alpha),
        key=lambda term: (-len(term.factors), term.p),
    )
    deciding = tuple(term for term in strong if not covered(term, strong, ""))
    mains = [term for term in asked if not term.interaction]
    open_mains = [term for term in mains if not covered(term, deciding, place)]
    return _Findings(
        deciding=deciding,
        mains=tuple(sorted(open_mains, key=lambda term: _rank(voice, term))),
        hidden=tuple(term for term in mains if term not in open_mains),
        weak=tuple(
            term
            for term in crossed
            if isfinite(term.p) and term not in strong and not covered(term, deciding, "")
        ),
        by_factor={term.name: term for term in every if not term.interaction},
        place=place,
    )


def _rank(voice: Voice, term: Term) -> tuple[int, float]:
    """What is found most surely comes first."""
    return _TOLD_FIRST.index(verdict(term, voice.alpha)), term.p if isfinite(term.p) else 1.0


def _headline(voice: Voice, found: _Findings) -> str:
    """The interaction of the highest order that matters, else the clearest main effect."""
    if found.deciding:
        return _depends(voice, found.deciding[0], found.place)
    if not found.mains:
        return sentence(voice.say("unknown_trial"))
    first = found.mains[0]
    nothing = all(verdict(term, voice.alpha) == "not_shown" for term in found.mains)
    if nothing and len(found.mains) > 1:
        return none_of_many(voice, found.mains)
    return finding(voice, first, found.place)


def _sentences(voice: Voice, found: _Findings, analysis: Analysis) -> Iterator[str]:
    for i, term in enumerate(found.deciding):
        if i:
            yield _depends(voice, term, found.place)
        yield from simple_effects(voice, term, found.by_factor, found.place)
    if found.hidden:
        listed = voice.words.listing(plural(voice, term.name) for term in found.hidden)
        yield sentence(voice.say("hidden", factors=listed))
    headline = _headline(voice, found)
    for term in found.mains:
        told = finding(voice, term, found.place)
        if told != headline:
            yield told
        yield from details(voice, term)
    yield from _weak(voice, found.weak)
    yield from _adjusted(voice, analysis)


def _depends(voice: Voice, term: Term, place: str) -> str:
    """That the effect of one factor depends on the others."""
    first = next(name for name in term.factors if name != place)
    others = [name for name in term.factors if name != first]
    key = "depends_place" if place in term.factors else "depends"
    key = key if voice.randomised else "depends_seen"
    return sentence(
        voice.say(
            key,
            first=of(voice, first),
            between=plural(voice, first),
            on=voice.words.listing(on(voice, name) for name in others),
            along=voice.words.listing(the(voice, name) for name in others),
            response=response(voice),
            p=probability(voice, term.p),
        )
    )


def _weak(voice: Voice, weak: Sequence[Term]) -> Iterator[str]:
    """Interactions that were not found: those in doubt, and the others in one sentence."""
    doubtful = [term for term in weak if term.p < _DOUBTFUL]
    for term in doubtful:
        yield sentence(voice.say("doubtful", **_named(voice, term)))
    others = [term for term in weak if term not in doubtful]
    if others:
        listed = voice.words.listing(
            voice.say("interaction", **_named(voice, term)) for term in others
        )
        yield sentence(voice.say("no_interaction_shown", terms=listed))


def _named(voice: Voice, term: Term) -> dict[str, str]:
    names = " × ".join(named(voice, name) for name in term.factors)
    return {"names": names, "p": probability(voice, term.p)}


def _adjusted(voice: Voice, analysis: Analysis) -> Iterator[str]:
    """What the probabilities and intervals of differences allow for."""
    for adjust in sorted({one.adjust for one in analysis.comparisons}):
        yield sentence(voice.words.code("trial_adjust", adjust))
