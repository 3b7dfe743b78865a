"""The means of a report: a table for each term, in which every mean is drawn with its interval."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from agro.reports.numbers import column, degrees, error_decimals, scale
from agro.reports.report import Report
from agro.reports.tables import interval, level_of, number, term_text
from agro.words import Words
from models.trials.results import Analysis, Mean

MOST_MEANS = 300  # of one term that are printed


def means(report: Report, words: Words) -> Any:
    """For each term its means as a table, whose rows are drawn on one scale."""
    found = report.analysis.means
    terms = dict.fromkeys(one.term for one in found)
    return {
        "note": _means_note(report, words, lettered=any(one.letters for one in found)),
        "terms": [_means(report, words, term) for term in terms],
    }


def _means(report: Report, words: Words, term: str) -> Any:
    analysis = report.analysis
    found = _in_order([one for one in analysis.means if one.term == term])
    shown = found[:MOST_MEANS]
    names = list(shown[0].levels)
    places = error_decimals(one.se for one in shown)
    back = _back(analysis, shown)
    ends = (end for one in shown for end in (one.lower, one.mean, one.upper))
    kept = level_of(words, report.alpha)
    cells = zip(
        column(words, [one.mean for one in shown], places),
        column(words, [one.se for one in shown], places),
        degrees(words, [one.df for one in shown]),
        (interval(words, one.lower, one.upper, places) for one in shown),
        *([column(words, back)] if back else []),
        strict=True,
    )
    figures = ["mean", "se", "df", "interval", *(["back"] if back else [])]
    return {
        "title": words.t("trial_report.means_of", term=term_text(term, report.names)),
        "levels": [report.names.get(name, name) for name in names],
        "figures": [words.t(f"trial_report.{one}", **kept) for one in figures],
        "letters": any(one.letters for one in shown),
        "scale": scale(words, ends, ticks=4),
        "rows": [
            {
                "levels": [one.levels[name] for name in names],
                "figures": list(row),
                "letters": one.letters,
                "points": [number(end) for end in (one.lower, one.mean, one.upper)],
            }
            for one, row in zip(shown, cells, strict=True)
        ],
        "left": left(
            words, "means_left", len(found) - len(shown), term=term_text(term, report.names)
        ),
    }


def left(words: Words, key: str, n: int, **fields: str) -> str:
    """How many are not printed, where there are any."""
    return words.t(f"trial_report.{key}", n=n, **fields) if n > 0 else ""


def _in_order(found: Sequence[Mean]) -> list[Mean]:
    """As the sheet counts where levels are numbers or several factors cross; else by size."""
    if not found or len(found[0].levels) > 1:
        return list(found)
    try:
        return sorted(found, key=lambda one: float(next(iter(one.levels.values()))))
    except ValueError:
        return sorted(found, key=lambda one: -one.mean if isfinite(one.mean) else float("inf"))


def _back(analysis: Analysis, shown: Sequence[Mean]) -> list[float]:
    """The means in the unit of the sheet, where the analysis was made on another scale."""
    if analysis.transformation is None:
        return []
    told = {(one.term, *one.levels.values()): one.back for one in analysis.transformation.means}
    found = [told.get((one.term, *one.levels.values()), float("nan")) for one in shown]
    return found if any(isfinite(one) for one in found) else []


def _means_note(report: Report, words: Words, *, lettered: bool) -> str:
    unit = _unit(report, words)
    kept = level_of(words, report.alpha)
    if not lettered:
        return words.t("trial_report.means_plain", unit=unit, **kept)
    # Dunnett's family has no letters: they are then Tukey's.
    adjust = "tukey" if report.adjust == "dunnett" else report.adjust
    said = words.code("trial_report.adjust", adjust)
    return words.t("trial_report.means_note", unit=unit, adjust=said, **kept)


def _unit(report: Report, words: Words) -> str:
    """What the figures are counted in: a unit, or the scale of a transformed response."""
    if report.analysis.transformation is not None:
        name = words.code("trial_report.scales", report.analysis.transformation.name)
        return words.t("trial_report.on_scale", scale=name)
    if report.unit:
        return words.t("trial_report.in_unit", unit=report.unit)
    return words.t("trial_report.in_sheet_unit")
