"""The figures and names of a trial as sentences have them: with their unit, to the digits known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor, isfinite, log10
from re import fullmatch

from agro.words.catalogue import Words
from agro.words.trial_terms import Gap, Levels
from models.trials.results import Mean

PERCENT = "%"
SMALLEST_P = 0.001
_MOST_DIGITS = 8
_MORE_DIGITS = 3  # that a bound may have beyond the others, so that it is not written as zero
_UNSURE_DIGITS = 2  # where no standard error says how many are known

# What columns are often called, in every language, by what they stand for.
_FACTORS = {
    "variety": "variety variété variete cultivar cv gen genotype génotype entry lignée lignee"
    " lajike",
    "nitrogen": "nitro nitrogen azote typpi",
    "dose": "dose rate annos",
    "treatment": "treatment traitement trt modalité modalite käsittely",
    "irrigation": "irrigation arrosage kastelu",
    "density": "density densité densite tiheys",
    "mulch": "mulch paillage kate",
    "fertiliser": "fertiliser fertilizer fertilisation engrais lannoite",
    "management": "management conduite hoito",
    "environment": "environment environnement env milieu ympäristö",
    "site": "site lieu location loc paikka",
    "year": "year année annee vuosi",
    "time": "time date day week temps jour semaine aika päivä viikko",
}
_RESPONSES = {
    "yield": "yield rendement sato",
    "height": "height hauteur korkeus",
    "weight": "weight poids paino",
    "mass": "mass masse massa",
}
_ARTICLES = ("le ", "la ", "les ", "l’", "l'", "the ")


@dataclass(frozen=True, slots=True)
class Voice:
    """What every sentence on one analysis needs: language, unit, names, and the level of tests.

    `randomised` says whether nothing speaks against a draw, without which no cause is named;
    `positive` whether all means are above zero, without which no percentage is.
    """

    words: Words
    unit: str
    label: str
    names: Mapping[str, str]
    alpha: float
    randomised: bool
    positive: bool

    def say(self, key: str, **fields: str | float) -> str:
        return self.words.t(f"trial_say.{key}", **fields)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def probability(voice: Voice, p: float) -> str:
    """`p = 0,024`, `p < 0,001`; never rounded across the level that it is judged by."""
    if p < SMALLEST_P:
        return voice.say("p_below", p=voice.words.number(SMALLEST_P, 3))
    digits = 3 if p < 0.1 else 2
    while digits < _MOST_DIGITS and _unclear(round(p, digits), p, voice.alpha):
        digits += 1
    return voice.say("p_is", p=voice.words.number(p, digits))


def _unclear(rounded: float, p: float, alpha: float) -> bool:
    """Whether rounding hides on which side of the level a probability lies."""
    return (rounded < alpha) != (p < alpha) or (rounded == alpha and p != alpha)


def level_of(voice: Voice) -> str:
    """`95 %`: what the intervals hold."""
    share = 100.0 * (1.0 - voice.alpha)
    return voice.words.t("unit.percent", value=voice.words.number(share, 1))


def decimals(error: float, *bounds: float) -> int:
    """Decimals to two digits of a standard error; more where a bound would be written as zero."""
    digits = _UNSURE_DIGITS
    if isfinite(error) and error > 0.0:
        digits = min(max(0, 1 - floor(log10(error))), _MOST_DIGITS)
    most = digits + _MORE_DIGITS
    while digits < most and any(0.0 < abs(bound) < 0.5 * 10.0**-digits for bound in bounds):
        digits += 1
    return digits


def amount(voice: Voice, value: float, digits: int) -> str:
    """A value of the response with its unit."""
    written = voice.words.number(value, digits)
    if voice.unit == PERCENT:
        return voice.words.t("unit.percent", value=written)
    return _with_unit(voice, written, voice.unit)


def difference(voice: Voice, value: float, digits: int) -> str:
    """A difference with its unit; that of two percentages is in points."""
    return _with_unit(voice, voice.words.number(value, digits), _unit_of_gap(voice))


def interval(voice: Voice, lower: float, upper: float, digits: int) -> str:
    """`de 0,8 à 9,8 t/ha`."""
    low = voice.words.number(lower, digits)
    return voice.say("from_to", low=low, high=difference(voice, upper, digits))


def mean(voice: Voice, of: Mean) -> str:
    """A mean with its interval: `97,6 t/ha (de 80,3 à 114,9)`."""
    digits = decimals(of.se)
    value = amount(voice, of.mean, digits)
    if not (isfinite(of.lower) and isfinite(of.upper)):
        return value
    low, high = (voice.words.number(bound, digits) for bound in (of.lower, of.upper))
    return voice.say("mean", value=value, span=voice.say("from_to", low=low, high=high))


def gap_digits(gap: Gap) -> int:
    return decimals(gap.se, gap.lower, gap.upper, gap.difference)


def share(voice: Voice, gap: Gap, means: Iterable[Mean]) -> str:
    """The difference in percent of the control, else of the mean of the means; empty if unfit."""
    if not voice.positive or voice.unit == PERCENT:
        return ""
    side = {"low": gap.low, "high": gap.high}.get(gap.control)
    known = [of.mean for of in means if isfinite(of.mean)]
    if side is not None:
        known = [of.mean for of in means if of.levels == side and isfinite(of.mean)]
    if not known or sum(known) <= 0.0:
        return ""
    percent = 100.0 * gap.difference * len(known) / sum(known)
    written = voice.words.t(
        "unit.percent", value=voice.words.number(percent, 0 if percent >= 10.0 else 1)
    )
    return voice.say("share_of_control" if side is not None else "share_of_mean", share=written)


def named(voice: Voice, factor: str) -> str:
    """`variété`, `K`."""
    return _factor(voice, factor, "name")


def the(voice: Voice, factor: str) -> str:
    """`la variété`, `le facteur K`."""
    return _factor(voice, factor, "the")


def of(voice: Voice, factor: str) -> str:
    """`de la variété`, `du facteur K`."""
    return _factor(voice, factor, "of")


def on(voice: Voice, factor: str) -> str:
    """What an effect depends on: `de la variété`, `on the variety`."""
    return _factor(voice, factor, "on")


def plural(voice: Voice, factor: str) -> str:
    """`variétés`, `niveaux de K`."""
    return _factor(voice, factor, "plural")


def settings(voice: Voice, design: str, place: str, factors: Iterable[str]) -> frozenset[str]:
    """The factors that no one treats plots with: environments, and dates of repeated measures."""
    times = {
        name
        for name in factors
        if design == "repeated"
        and _known(_FACTORS, voice.names.get(name, name)) in ("time", "year")
    }
    return frozenset(times | ({place} if place else set()))


def response(voice: Voice) -> str:
    """The response with its article, where the catalogue has it or it is given with one."""
    known = _known(_RESPONSES, voice.label)
    if known:
        return voice.words.t(f"trial_response.{known}")
    if voice.label.lower().startswith(_ARTICLES):
        return voice.label
    return voice.words.t("trial_response.other", label=voice.label)


def levels(voice: Voice, of: Levels) -> str:
    """The levels of one mean: `Golden Rain`, or `Golden Rain, azote 0,6`."""
    return ", ".join(level(voice, factor, name) for factor, name in sorted(of.items()))


def level(voice: Voice, factor: str, name: str) -> str:
    """A level as it is called; one without a letter, as a number, goes with its factor."""
    called = voice.names.get(f"{factor}:{name}") or voice.names.get(name, name)
    if fullmatch(r"-?\d+\.\d+", called):
        called = called.replace(".", voice.words.decimal)
    if any(letter.isalpha() for letter in called):
        return called
    return f"{named(voice, factor)}\u00a0{called}"


def _factor(voice: Voice, factor: str, form: str) -> str:
    name = voice.names.get(factor, factor)
    known = _known(_FACTORS, name)
    return voice.words.t(f"trial_factor.{known or 'other'}.{form}", name=name)


def _known(table: Mapping[str, str], name: str) -> str:
    """What a name stands for; empty where it is a word of the grower's own."""
    plain = name.strip().lower()
    return next((known for known, names in table.items() if plain in names.split()), "")


def _with_unit(voice: Voice, written: str, unit: str) -> str:
    return voice.say("amount", value=written, unit=unit) if unit else written


def _unit_of_gap(voice: Voice) -> str:
    return voice.say("points") if voice.unit == PERCENT else voice.unit
