"""What one term of a trial showed: its verdict, its differences, its means, its simple effects."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from agro.words.trial_figures import (
    Voice,
    decimals,
    difference,
    gap_digits,
    interval,
    level_of,
    levels,
    mean,
    plural,
    probability,
    response,
    sentence,
    share,
    the,
)
from agro.words.trial_terms import Gap, Levels, Term, like, simple, spread, telling, verdict
from models.trials.results import Mean

_MOST_NAMED = 6  # levels in one sentence; of more, how many there are
_MOST_CELLS = 4  # simple effects in one sentence; of more, the smallest and the largest


def finding(voice: Voice, term: Term, place: str) -> str:
    """The verdict on a main effect, with its telling difference and that one's interval."""
    said, gap = verdict(term, voice.alpha), telling(term.gaps)
    key = "seen" if said == "differs" and not voice.randomised else said
    if gap is None and said == "not_shown":
        key = "not_shown_plain"
    fields = {
        "factor": the(voice, term.name),
        "between": plural(voice, term.name),
        "response": response(voice),
        "p": probability(voice, term.p) if isfinite(term.p) else "",
    }
    if gap is not None:
        fields |= {
            "pair": _pair(voice, gap, term.means),
            "observed": _observed(voice, gap, term.means),
            "least": difference(voice, gap.least, gap_digits(gap)),
        }
    told = voice.say(key, **fields)
    return sentence(f"{voice.say('over', places=plural(voice, place))} {told}" if place else told)


def none_of_many(voice: Voice, mains: Sequence[Term]) -> str:
    """That several main effects were not found, with what is seen of the first of them."""
    first = mains[0]
    gap = telling(first.gaps)
    if gap is None:
        return finding(voice, first, "")
    return sentence(
        voice.say(
            "not_shown_many",
            factors=voice.words.listing(plural(voice, term.name) for term in mains),
            response=response(voice),
            p=probability(voice, min(term.p for term in mains)),
            between=plural(voice, first.name),
            observed=_observed(voice, gap, first.means),
        )
    )


def details(voice: Voice, term: Term) -> Iterator[str]:
    """What the verdict leaves out: the means, which are not told apart, what may still be true."""
    said, gap = verdict(term, voice.alpha), telling(term.gaps)
    if said == "not_shown" and gap is not None:
        yield _compatible(voice, gap)
    yield from _means(voice, term.means)
    if gap is None:
        return
    if gap.held:
        yield from _within(voice, [(one.held, one) for one in _by_cell(term.gaps)], term.name)
    elif gap.control:
        yield from _against(voice, term)
    elif said == "differs":
        yield from _groups(voice, term.means)


def simple_effects(
    voice: Voice, term: Term, mains: Mapping[str, Term], place: str
) -> Iterator[str]:
    """The effect of each factor of an interaction within the cells of the others."""
    for factor in term.factors:
        if factor == place:
            continue
        found = list(simple(term, factor, mains))
        if found:
            yield from _within(voice, found, factor)
        else:
            yield from _spread(voice, term, factor)


def _pair(voice: Voice, gap: Gap, means: Sequence[Mean]) -> str:
    """`A dépasse B de 5,3 t/ha, soit 5 % de la moyenne (intervalle à 95 % : de 0,8 à 9,8 t/ha)`."""
    key = {"low": "pair_above_control", "high": "pair_below_control"}.get(gap.control, "pair")
    return voice.say(key, **_fields(voice, gap, means))


def _observed(voice: Voice, gap: Gap, means: Sequence[Mean]) -> str:
    """The largest difference that was seen, where it may be chance."""
    return voice.say("observed", **_fields(voice, gap, means))


def _fields(voice: Voice, gap: Gap, means: Sequence[Mean]) -> dict[str, str]:
    digits = gap_digits(gap)
    return {
        "high": levels(voice, gap.high),
        "low": levels(voice, gap.low),
        "gap": difference(voice, gap.difference, digits),
        "share": share(voice, gap, means) if not gap.held else "",
        "at": voice.say("at", cell=levels(voice, gap.held)) if gap.held else "",
        "level": level_of(voice),
        "span": interval(voice, gap.lower, gap.upper, digits),
    }


def _compatible(voice: Voice, gap: Gap) -> str:
    """What the data agree with, from a difference one way to one the other way."""
    digits = gap_digits(gap)
    return sentence(
        voice.say(
            "compatible",
            high=levels(voice, gap.high),
            low=levels(voice, gap.low),
            at=voice.say("at", cell=levels(voice, gap.held)) if gap.held else "",
            less=difference(voice, -gap.lower, digits),
            more=difference(voice, gap.upper, digits),
        )
    )


def _means(voice: Voice, means: Sequence[Mean]) -> Iterator[str]:
    """From the lowest to the highest mean."""
    known = sorted((of for of in means if isfinite(of.mean)), key=lambda of: of.mean)
    if len(known) > 1:
        low, high = known[0], known[-1]
        yield sentence(
            voice.say(
                "means",
                low=levels(voice, low.levels),
                low_mean=mean(voice, low),
                high=levels(voice, high.levels),
                high_mean=mean(voice, high),
                level=level_of(voice),
            )
        )


def _groups(voice: Voice, means: Sequence[Mean]) -> Iterator[str]:
    """Which means cannot be told from the highest, and which not from the lowest."""
    known = sorted((of for of in means if of.letters and isfinite(of.mean)), key=lambda of: of.mean)
    if len(known) < 3:
        return
    for side, end in (("high", known[-1]), ("low", known[0])):
        near = like(end, known)
        key = f"{'like' if near else 'apart'}_{side}"
        yield sentence(
            voice.say(
                key,
                end=levels(voice, end.levels),
                near=_listed(voice, [levels(voice, of.levels) for of in near]),
            )
        )


def _against(voice: Voice, term: Term) -> Iterator[str]:
    """How many levels stand apart from the control, and which."""
    apart = [gap for gap in term.gaps if gap.apart]
    if not apart:
        return
    first = term.gaps[0]
    control = first.low if first.control == "low" else first.high
    told = [_from_control(voice, gap) for gap in apart]
    yield sentence(
        voice.say(
            "against",
            control=levels(voice, control),
            compared=voice.words.number(len(term.gaps)),
            apart=_listed(voice, told, most=len(told)),
        )
    )


def _from_control(voice: Voice, gap: Gap) -> str:
    """One level against the control, above or below it."""
    digits, other = gap_digits(gap), gap.high if gap.control == "low" else gap.low
    return voice.say(
        "above_control" if gap.control == "low" else "below_control",
        name=levels(voice, other),
        gap=difference(voice, gap.difference, digits),
        span=interval(voice, gap.lower, gap.upper, digits),
    )


def _by_cell(gaps: Sequence[Gap]) -> Iterator[Gap]:
    """The telling difference of each cell that differences were asked for in."""
    found: dict[tuple[tuple[str, str], ...], list[Gap]] = {}
    for gap in gaps:
        found.setdefault(tuple(sorted(gap.held.items())), []).append(gap)
    for inside in found.values():
        best = telling(inside)
        if best is not None:
            yield best


def _within(voice: Voice, found: Sequence[tuple[Levels, Gap]], factor: str) -> Iterator[str]:
    """The differences between levels of a factor, cell by cell, or the two extremes of many."""
    told = list(found)
    if len(told) > _MOST_CELLS:
        told.sort(key=lambda one: one[1].difference)
        told = [told[0], told[-1]]
    key = "within" if len(told) == len(found) else "within_ends"
    yield sentence(
        voice.say(
            key,
            between=plural(voice, factor),
            level=level_of(voice),
            n=voice.words.number(len(found)),
            cells=voice.say("then").join(_cell(voice, *one) for one in told),
        )
    )


def _cell(voice: Voice, cell: Levels, gap: Gap) -> str:
    digits = gap_digits(gap)
    return voice.say(
        "cell_apart" if gap.apart else "cell_not_apart",
        cell=levels(voice, cell),
        high=levels(voice, gap.high),
        low=levels(voice, gap.low),
        gap=difference(voice, gap.difference, digits),
        span=interval(voice, gap.lower, gap.upper, digits),
    )


def _spread(voice: Voice, term: Term, factor: str) -> Iterator[str]:
    """How far the means of a factor lie apart in the cells, where no differences are known."""
    found = sorted(spread(term, factor), key=lambda one: one[1])
    if len(found) < 2:
        return
    digits = decimals(min((of.se for of in term.means if of.se > 0.0), default=0.0))
    (least_at, least), (most_at, most) = found[0], found[-1]
    yield sentence(
        voice.say(
            "spread",
            between=plural(voice, factor),
            least=difference(voice, least, digits),
            least_at=levels(voice, least_at),
            most=difference(voice, most, digits),
            most_at=levels(voice, most_at),
        )
    )


def _listed(voice: Voice, names: Sequence[str], *, most: int = _MOST_NAMED) -> str:
    """Names, and how many more there are."""
    if len(names) <= most:
        return voice.words.listing(names)
    return voice.words.listing([*names[:most], voice.say("others", n=len(names) - most)])
