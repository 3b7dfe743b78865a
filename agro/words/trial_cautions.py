"""What a reader must know before believing a trial, and how it was analysed."""

from collections.abc import Iterator

from agro.words.trial_figures import Voice, named, probability, sentence
from agro.words.trial_terms import RESIDUAL
from agro.words.trials import warning_sentence
from models.trials.results import Analysis, Check, Warning

# Coefficient of variation that is called very high for field trials: Pimentel-Gomes (1985),
# Curso de estatística experimental. [%]
HIGH_CV = 30.0
_ROBUST = ("levene-median", "levene-residuals")
_SENSITIVE = ("levene-mean", "bartlett")
_TERMS = ("term", "component")  # facts of a warning that are terms of the model
_SAID_BY_WARNING = {"bartlett-mean-squares": "variances_differ"}


def randomised(analysis: Analysis) -> bool:
    """Whether no warning says that treatments were laid out without a draw."""
    return not any("randomised" in warning.code for warning in analysis.warnings)


def cautions(voice: Voice, analysis: Analysis) -> Iterator[str]:
    """What makes the answer less sure, the layout first, then plots, checks and scatter."""
    if not voice.randomised:
        yield sentence(voice.say("caution_not_randomised"))
    for warning in analysis.warnings:
        yield _warning(voice, warning)
    yield from _checks(voice, analysis)
    scale = analysis.transformation
    if scale is not None and scale.name != "none":
        name = voice.words.code("trial_report.scales", scale.name)
        yield sentence(voice.say("caution_scale", scale=name))
    elif analysis.cv_percent > HIGH_CV:
        yield sentence(voice.say("caution_cv", cv=voice.words.percent(analysis.cv_percent / 100.0)))
    if any(one.adjust == "none" for one in analysis.comparisons):
        chance = voice.words.percent(voice.alpha)
        yield sentence(voice.say("caution_unadjusted", chance=chance))


def _warning(voice: Voice, warning: Warning) -> str:
    """A warning as a sentence; a column at its beginning keeps its spelling."""
    facts = {
        name: _joined(voice, str(fact)) if name in _TERMS else fact
        for name, fact in warning.facts.items()
    }
    told = warning_sentence(voice.words, warning.code, facts)
    begins = any(told.startswith(f"{fact} ") for fact in facts.values())
    return f"{told}." if begins else sentence(told)


def _joined(voice: Voice, term: str) -> str:
    """`bloc × irrigation`."""
    return " × ".join(named(voice, part) for part in term.split(":"))


def _checks(voice: Voice, analysis: Analysis) -> Iterator[str]:
    """Each assumption that is doubtful, once, with what to try."""
    judged = [one for one in analysis.assumptions if one.holds is not None]
    if not judged:
        yield sentence(voice.say("caution_unchecked"))
        return
    doubtful = {one.check: one for one in judged if one.holds is False}
    said = {warning.code for warning in analysis.warnings}
    for check, one in doubtful.items():
        if check not in (*_ROBUST, *_SENSITIVE) and _SAID_BY_WARNING.get(check) not in said:
            yield _check(voice, check, one)
    unequal = next((doubtful[one] for one in (*_ROBUST, *_SENSITIVE) if one in doubtful), None)
    if unequal is not None:
        sound = {one.check for one in judged if one.holds} >= set(_ROBUST)
        yield _check(voice, "variances-perhaps" if sound else "variances", unequal)


def _check(voice: Voice, name: str, one: Check) -> str:
    """What a doubtful check says, with the name of its test."""
    test = voice.words.code("trial_report.tests", one.check)
    p = probability(voice, one.p)
    key = f"trial_doubt.{name}"
    if voice.words.knows(key):
        return sentence(voice.words.t(key, test=test, p=p))
    return sentence(voice.words.t("trial_doubt.other", test=test, p=p))


def method(voice: Voice, analysis: Analysis) -> str:
    """One sentence for the report: design, plots, model, adjustment and level."""
    words = voice.words
    adjusted = sorted({one.adjust for one in analysis.comparisons})
    told = [words.code("trial_report.adjust", one) for one in adjusted]
    return sentence(
        voice.say(
            "method",
            design=words.code("trial_report.design", analysis.design),
            plots=_plots(voice, analysis),
            analysis=_analysis(voice, analysis),
            model=analysis.model,
            adjust=words.listing(told) if told else voice.say("no_comparisons"),
            alpha=words.t("unit.percent", value=words.number(100.0 * voice.alpha, 1)),
        )
    )


def _plots(voice: Voice, analysis: Analysis) -> str:
    measured = voice.say("plots", n=analysis.n)
    if not analysis.missing:
        return measured
    return f"{measured}, {voice.say('lost', n=analysis.missing)}"


def _analysis(voice: Voice, analysis: Analysis) -> str:
    """Error strata, a mixed model, neighbours or least squares."""
    strata = [row.stratum for row in analysis.anova if row.stratum is not None]
    errors = [one for one in dict.fromkeys(strata) if one != "Within"]
    if strata:
        if not errors:
            return voice.say("one_error")
        return voice.say("by_strata", strata=", ".join(_joined(voice, one) for one in errors))
    components = [one.component for one in analysis.variance_components]
    if "neighbours" in components:
        return voice.say("by_neighbours")
    return voice.say("by_reml" if any(one != RESIDUAL for one in components) else "one_error")
