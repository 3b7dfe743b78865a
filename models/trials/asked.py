"""What a researcher asks beyond means and letters, and contrasts as they are written.

A contrast is written `A vs B,C` (the mean of the left less that of the right) or `name=1,-1,0`
(weights in the order of the levels); `factor: …` before it names the treatment meant.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from models.trials.sheet import Trial

Blocks = Literal["random", "fixed"]

BLOCKS: tuple[Blocks, ...] = ("random", "fixed")

_WEIGHED = re.compile(r".+=[-+\d\s.,/]+")
_AGAINST = re.compile(r"\s+vs\.?\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions to one trial.

    quantitative   treatment, or time, whose levels are numbers
    price_ratio    price of a unit of dose over that of a unit of response; NaN asks nothing [-]
    contrasts      as they were written
    scale          key of `scales.SCALES` that the response is analysed on
    blocks         whether blocks are drawn from a population or stand for themselves
    correlation    whether models of the correlation over time are compared
    genotypes      whether treatments are genotypes; None judges it by the design
    """

    quantitative: str | None = None
    price_ratio: float = float("nan")
    contrasts: tuple[str, ...] = ()
    scale: str = "none"
    blocks: Blocks = "random"
    correlation: bool = False
    genotypes: bool | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A contrast of the levels of one treatment; weights sum to 0."""

    name: str
    treatment: str
    weights: Mapping[str, float]


def as_written(text: str, trial: Trial, treatments: Sequence[str]) -> Planned:
    """The contrast that was written.

    Raises
    ------
    ValueError  It names no levels of one treatment, or its weights do not sum to 0.
    """
    among, rest = _among(text.strip(), treatments)
    sides = _AGAINST.split(rest)
    if len(sides) == 2 and not _WEIGHED.fullmatch(rest):
        found = _against(rest, sides, trial, among)
    else:
        found = _weighed(rest, trial, among)
    if not any(found.weights.values()) or abs(sum(found.weights.values())) > 1e-9:
        raise ValueError(f"contrast {text!r}: its weights must sum to 0 and not all be 0")
    return found


def _among(text: str, treatments: Sequence[str]) -> tuple[Sequence[str], str]:
    """The treatments that may be meant, and the contrast without the name of its own."""
    for name in treatments:
        head, colon, rest = text.partition(f"{name}:")
        if colon and not head:
            return (name,), rest.strip()
    return treatments, text


def _against(text: str, sides: Sequence[str], trial: Trial, among: Sequence[str]) -> Planned:
    """`A vs B,C`: the mean of one side less that of the other."""
    left, right = ([one.strip() for one in side.split(",")] for side in sides)
    for name in among:
        levels = trial.factors[name].levels
        if {*left, *right} <= set(levels):
            return Planned(text, name, _differences(text, left, right))
    held = [name for name in among if {*left, *right} & set(trial.factors[name].levels)]
    of = held[0] if held else among[0]
    strange = [one for one in (*left, *right) if one not in trial.factors[of].levels]
    known = ", ".join(trial.factors[of].levels)
    raise ValueError(f"contrast {text!r}: {strange[0]!r} is no level of {of}; its levels: {known}")


def _differences(text: str, left: Sequence[str], right: Sequence[str]) -> dict[str, float]:
    if set(left) & set(right):
        both = sorted(set(left) & set(right))[0]
        raise ValueError(f"contrast {text!r}: {both!r} is on both sides; leave it out of one")
    return {one: 1.0 / len(left) for one in left} | {one: -1.0 / len(right) for one in right}


def _weighed(text: str, trial: Trial, among: Sequence[str]) -> Planned:
    """`name=1,-1,0`: one weight for each level, in their order."""
    name, equals, listed = text.rpartition("=")
    if not equals or not name.strip():
        raise ValueError(f"contrast {text!r}: write it as 'A vs B,C' or 'name=1,-1,0'")
    try:
        weights = [float(Fraction(one.strip())) for one in listed.split(",")]
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"contrast {text!r}: weights are numbers or fractions as 1/3") from error
    for of in among:
        levels = trial.factors[of].levels
        if len(levels) == len(weights):
            return Planned(name.strip(), of, dict(zip(levels, weights, strict=True)))
    counts = ", ".join(f"{of} has {len(trial.factors[of].levels)}" for of in among)
    raise ValueError(f"contrast {text!r} has {len(weights)} weights; levels: {counts}")
