"""Figures as a report writes them: one number of decimals a column, so that decimals align."""

from collections.abc import Iterable
from math import ceil, floor, isfinite, log10

from babel.numbers import format_decimal, format_scientific

from agro.words import Words

MISSING = "–"
MOST_DECIMALS = 8
LARGEST = 1e9  # written as a power of ten from here on
_SMALLEST_P = 0.0001
_NOTHING = 1e-290  # spans and figures below it have no digits of their own
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def fixed(words: Words, value: float, decimals: int) -> str:
    """A number with exactly so many decimals; – where it is not known."""
    if not isfinite(value):
        return MISSING
    if abs(value) >= LARGEST or (value and decimals > MOST_DECIMALS):
        written = str(format_scientific(value, format="0.###E0", locale=words.locale))
        return written.replace("-", "−")
    decimals = min(decimals, MOST_DECIMALS)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    written = str(format_decimal(round(value, decimals) + 0.0, format=pattern, locale=words.locale))
    return written.replace("-", "−")


def column(words: Words, values: Iterable[float], decimals: int | None = None) -> list[str]:
    """A column of figures, with decimals that suit all of them."""
    given = list(values)
    used = decimals_for(given) if decimals is None else decimals
    return [fixed(words, value, used) for value in given]


def decimals_for(values: Iterable[float], *, largest: int = 4, smallest: int = 2) -> int:
    """Decimals that leave the largest so many figures, and the smallest its own."""
    sizes = [abs(value) for value in values if isfinite(value) and value]
    if not sizes:
        return 0
    if all(size == round(size) and size < LARGEST for size in sizes):
        return 0
    return max(0, _decimals(max(sizes), largest), min(_decimals(min(sizes), smallest), 4))


def error_decimals(errors: Iterable[float]) -> int:
    """Decimals of a mean: its standard error has two figures, the smallest of them at least."""
    sizes = [error for error in errors if isfinite(error) and error > 0.0]
    return max(0, _decimals(min(sizes), 2)) if sizes else 2


def _decimals(size: float, figures: int) -> int:
    return figures - 1 - floor(log10(size))


def own_decimals(values: Iterable[float], *, most: int = 6) -> int:
    """The decimals that the values were written with."""
    needed = 0
    for value in values:
        if isfinite(value):
            while needed < most and round(value, needed) != value:
                needed += 1
    return needed


def degrees(words: Words, values: Iterable[float]) -> list[str]:
    """Degrees of freedom: whole, or all with two decimals."""
    given = list(values)
    whole = all(abs(value - round(value)) < 5e-3 for value in given if isfinite(value))
    return column(words, given, 0 if whole else 2)


def chance(words: Words, p: float) -> str:
    """A probability to four decimals; the smallest are told as such."""
    if not isfinite(p):
        return MISSING
    if p < _SMALLEST_P:
        return f"<\u00a0{fixed(words, _SMALLEST_P, 4)}"
    return fixed(words, p, 4)


def scale(words: Words, values: Iterable[float], *, ticks: int = 5) -> dict[str, object]:
    """An axis that holds the values: its ends, and round figures along it."""
    known = [value for value in values if isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high - low < _NOTHING:
        about = abs(low) if abs(low) > _NOTHING else 1.0
        low, high = low - about / 2, high + about / 2
    margin = 0.04 * (high - low)
    low, high = low - margin, high + margin
    step = _step((high - low) / ticks)
    first, last = ceil(low / step), floor(high / step)
    decimals = max(0, _decimals(step, 2 if f"{step:.1e}".startswith("2.5") else 1))
    marks = [place * step for place in range(first, last + 1)]
    return {
        "low": low,
        "high": high,
        "ticks": [{"at": at, "text": fixed(words, at, decimals)} for at in marks],
    }


def _step(least: float) -> float:
    """The round figure above the least distance between two ticks."""
    size = 10.0 ** floor(log10(least))
    return next(size * step for step in _STEPS if size * step >= least * (1.0 - 1e-9))
