"""The points of a report's figures: interactions, residuals, normal quantiles, a biplot."""

from collections.abc import Mapping, Sequence
from math import isfinite
from statistics import NormalDist
from typing import Any

from agro.reports.field import hue
from agro.reports.numbers import scale
from agro.reports.report import Report
from agro.reports.tables import level_of, number
from agro.words import Words
from models.trials.results import Mean, Residual

MOST_LINES = 8
MOST_PLACES = 12  # levels along the axis of an interaction
FAR = 3.0  # standard deviations from which a plot is named


def interactions(report: Report, words: Words) -> list[Any]:
    """Terms of two factors as lines, where they are few enough to be told apart."""
    terms: dict[str, list[Mean]] = {}
    for one in report.analysis.means:
        if len(one.levels) == 2:
            terms.setdefault(one.term, []).append(one)
    drawn = (_interaction(report, words, found) for found in terms.values())
    return [one for one in drawn if one is not None]


def _interaction(report: Report, words: Words, found: Sequence[Mean]) -> Any:
    names = list(found[0].levels)
    levels = {name: list(dict.fromkeys(one.levels[name] for one in found)) for name in names}
    x, lines = _axis(names, levels)
    if len(levels[x]) > MOST_PLACES or len(levels[lines]) > MOST_LINES:
        return None
    told = {"x": report.names.get(x, x), "lines": report.names.get(lines, lines)}
    kept = level_of(words, report.alpha)
    label = report.label or report.analysis.response
    ends = (end for one in found for end in (one.lower, one.mean, one.upper))
    return {
        "caption": words.t("trial_report.interaction", **told, **kept),
        "alt": words.t("trial_report.interaction_alt", label=label, **told),
        "places": levels[x],
        "x": told["x"],
        "lines": told["lines"],
        "scale": scale(words, ends),
        "series": [
            _series([one for one in found if one.levels[lines] == level], x, levels, level, place)
            for place, level in enumerate(levels[lines])
        ],
    }


def _series(
    found: Sequence[Mean],
    x: str,
    levels: Mapping[str, list[str]],
    name: str,
    place: int,
) -> Any:
    points = [
        {
            "place": levels[x].index(one.levels[x]),
            "points": [number(end) for end in (one.lower, one.mean, one.upper)],
        }
        for one in found
        if isfinite(one.mean)
    ]
    points.sort(key=lambda one: int(str(one["place"])))
    return {"name": name, "colour": hue(place, MOST_LINES), "points": points}


def _axis(names: Sequence[str], levels: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Along the axis the factor whose levels are numbers, else the one with more levels."""
    first, second = names
    numbers = [name for name in names if all(map(_is_number, levels[name]))]
    if len(numbers) == 1:
        return numbers[0], second if numbers[0] == first else first
    return (first, second) if len(levels[first]) >= len(levels[second]) else (second, first)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def residuals(report: Report, words: Words) -> Any:
    """Standardised residuals against fitted values and against normal quantiles."""
    known = [one for one in report.analysis.residuals if isfinite(one.standardised)]
    if not known:
        return None
    ordered = sorted(known, key=lambda one: one.standardised)
    expected = _normal_quantiles(len(ordered))
    heights = [*(one.standardised for one in known), -2.0, 2.0]
    marked = any(abs(one.standardised) > FAR for one in known) and bool(report.lines)
    return {
        "heights": scale(words, heights),
        "fitted": scale(words, (one.fitted for one in known)),
        "quantiles": scale(words, expected or (-1.0, 1.0)),
        "points": [_point(report, one, one.fitted) for one in known],
        "normal": [_point(report, one, at) for one, at in zip(ordered, expected, strict=True)],
        "note": words.t("trial_report.rows_marked", limit=words.number(FAR)) if marked else "",
    }


def _point(report: Report, one: Residual, x: float) -> Any:
    far = abs(one.standardised) > FAR and bool(report.lines)
    return {"x": x, "y": one.standardised, "text": str(report.lines[one.index]) if far else ""}


def _normal_quantiles(n: int) -> list[float]:
    """Where the order statistics of n normal values are expected.

    Blom (1958), Statistical Estimates and Transformed Beta-Variables: (i − 3/8) / (n + 1/4).
    """
    normal = NormalDist()
    return [normal.inv_cdf((place - 0.375) / (n + 0.25)) for place in range(1, n + 1)]


def biplot(report: Report, words: Words) -> Any:
    """Levels and environments on the first two axes of their interaction."""
    found = report.analysis.stability
    if found is None or len(found.axes) < 2:
        return None
    shares = [words.t("unit.percent", value=words.number(one.percent, 1)) for one in found.axes[:2]]
    word = words.t("trial_report.axis")
    return {
        "x": scale(words, [0.0, *(one.first for one in found.scores)]),
        "y": scale(words, [0.0, *(one.second for one in found.scores)]),
        "labels": [f"{word} {n} ({share})" for n, share in enumerate(shares, start=1)],
        "points": [
            {
                "x": one.first,
                "y": one.second,
                "text": one.level,
                "environment": one.kind == "environment",
            }
            for one in found.scores
            if isfinite(one.first) and isfinite(one.second)
        ],
    }
