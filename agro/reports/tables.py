"""The tables of a trial's report: cells as text, in the order in which they are read."""

from collections.abc import Mapping, Sequence
from math import isfinite, sqrt
from typing import Any

from agro.reports.numbers import MISSING, chance, column, degrees, error_decimals, fixed
from agro.reports.report import Report
from agro.words import Words
from models.trials.results import AnovaRow, Comparison

MOST_PAIRS = 45  # of one family that are printed: those of ten means
MOST_WITH_CONTROL = 120
_VERDICTS = {True: "holds", False: "doubtful", None: "not_judged"}
_RESIDUAL, _WITHIN, _NEIGHBOURS = "Residual", "Within", "neighbours"


def term_text(term: str, names: Mapping[str, str]) -> str:
    """A term as a reader sees it: `gen:nitro` is `gen × nitro`, each by its name in words."""
    return " × ".join(names.get(part, part) for part in term.split(":"))


def levels_text(levels: Mapping[str, str], names: Mapping[str, str]) -> str:
    """`variété Victory, azote 0.4`: the level of each factor."""
    return ", ".join(f"{names.get(name, name)} {level}" for name, level in levels.items())


def level_of(words: Words, alpha: float) -> dict[str, str]:
    """`95` and `5`: what intervals hold, and the level of tests, in percent."""
    return {"level": words.number(100 * (1 - alpha), 1), "alpha": words.number(100 * alpha, 1)}


def anova(report: Report, words: Words) -> Any:
    """The analysis of variance, as strata or as tests of a mixed model."""
    rows = report.analysis.anova
    by_strata = any(row.stratum is not None for row in rows)
    squares = any(isfinite(row.sum_sq) for row in rows)
    told = {
        "stratum": [_stratum(row, report, words) for row in rows] if by_strata else None,
        "term": [_anova_term(row, report, words) for row in rows],
    }
    figures = {
        "df": degrees(words, [row.df for row in rows]),
        "ddf": _denominators(words, rows),
        "sum_sq": column(words, [row.sum_sq for row in rows]) if squares else None,
        "mean_sq": column(words, [row.mean_sq for row in rows]) if squares else None,
        "F": column(words, [row.f for row in rows], 2),
        "p": [chance(words, row.p) for row in rows],
    }
    return {"note": _anova_note(words, by_strata, squares), "table": laid_out(words, told, figures)}


def laid_out(
    words: Words,
    told: Mapping[str, Sequence[str] | None],
    figures: Mapping[str, Sequence[str] | None],
    **fields: str,
) -> Any:
    """A table of the columns that are there, text before figures, each headed by its word.

    `fields` are those of the words. None where there is no row.
    """
    texts = {name: cells for name, cells in told.items() if cells is not None}
    numbers = {name: cells for name, cells in figures.items() if cells is not None}
    rows = [list(cells) for cells in zip(*texts.values(), *numbers.values(), strict=True)]
    if not rows:
        return None
    return {
        "texts": [_heading(words, one, **fields) for one in texts],
        "figures": [_heading(words, one, **fields) for one in numbers],
        "rows": rows,
    }


def _heading(words: Words, name: str, **fields: str) -> str:
    """The word of a column; a symbol stands for itself."""
    key = f"trial_report.{name}"
    return words.t(key, **fields) if words.knows(key) else name


def _stratum(row: AnovaRow, report: Report, words: Words) -> str:
    if row.stratum == _WITHIN and _WITHIN not in report.trial.factors:
        return words.t("trial_report.within")
    return term_text(row.stratum or "–", report.names)


def _anova_term(row: AnovaRow, report: Report, words: Words) -> str:
    residual = row.term == _RESIDUAL and _RESIDUAL not in report.trial.factors
    return words.t("trial_report.residual") if residual else term_text(row.term, report.names)


def _denominators(words: Words, rows: Sequence[AnovaRow]) -> list[str] | None:
    """Degrees of freedom of the error, where no row shows them as those of a stratum."""
    if all(row.ddf is None for row in rows):
        return None
    return degrees(words, [float("nan") if row.ddf is None else row.ddf for row in rows])


def _anova_note(words: Words, by_strata: bool, squares: bool) -> str:
    kind = "strata" if by_strata else "plain" if squares else "mixed"
    return words.t(f"trial_report.anova_{kind}")


def components(report: Report, words: Words) -> Any:
    """The variances, their roots in the unit of the response and their shares of the sum."""
    found = report.analysis.variance_components
    variances = [one.variance for one in found]
    total = sum(variances)
    special = {_RESIDUAL: "residual", _NEIGHBOURS: "neighbours"}
    names = [
        words.t(f"trial_report.{special[one.component]}")
        if one.component in special and one.component not in report.trial.factors
        else term_text(one.component, report.names)
        for one in found
    ]
    roots = [sqrt(value) if value >= 0.0 else float("nan") for value in variances]
    figures = {
        "variance": column(words, variances),
        "deviation": column(words, roots),
        "share": [words.percent(value / total) if total else "–" for value in variances],
    }
    return laid_out(words, {"component": names}, figures)


def number(value: float) -> float | None:
    """A figure to draw; None where it is not known."""
    return float(value) if isfinite(value) else None


def interval(words: Words, lower: float, upper: float, places: int) -> str:
    """Both ends in one cell: they are read together."""
    if not (isfinite(lower) or isfinite(upper)):
        return MISSING
    low, high = (fixed(words, end, places) for end in (lower, upper))
    return words.t("writing.ends", low=low, high=high)


def comparisons(report: Report, words: Words) -> Any:
    """The differences of each family that is small enough to be read; the others are told."""
    found = report.analysis.comparisons
    families: dict[tuple[str, ...], list[Comparison]] = {}
    for one in found:
        families.setdefault((one.term, *one.by.values()), []).append(one)
    shown = [one for family in families.values() if _readable(family) for one in family]
    left_out = [family for family in families.values() if not _readable(family)]
    adjust = found[0].adjust if found else report.adjust
    said = words.code("trial_report.adjust", adjust)
    kept = level_of(words, report.alpha)
    return {
        "note": words.t("trial_report.comparisons_note", adjust=said, **kept) if shown else "",
        "table": _comparisons(report, words, shown),
        "left": [
            words.t(
                "trial_report.comparisons_left",
                n=len(family),
                term=", ".join(
                    one
                    for one in (
                        term_text(family[0].term, report.names),
                        levels_text(family[0].by, report.names),
                    )
                    if one
                ),
            )
            for family in left_out
        ],
    }


def _readable(family: Sequence[Comparison]) -> bool:
    most = MOST_WITH_CONTROL if family[0].adjust == "dunnett" else MOST_PAIRS
    return len(family) <= most


def _comparisons(report: Report, words: Words, shown: Sequence[Comparison]) -> Any:
    several = len({one.term for one in shown}) > 1
    within = any(one.by for one in shown)
    told = {
        "term": [term_text(one.term, report.names) for one in shown] if several else None,
        "by": [levels_text(one.by, report.names) or "–" for one in shown] if within else None,
        "comparison": [pair(one) for one in shown],
    }
    figures = _differences(words, shown, error_decimals(one.se for one in shown))
    return laid_out(words, told, figures, **level_of(words, report.alpha))


def pair(one: Comparison) -> str:
    """`A − B`; what several factors give is read `50 · Blonde`."""
    if ":" not in one.term:
        return f"{one.a} − {one.b}"
    return " − ".join(" · ".join(side.split(":")) for side in (one.a, one.b))


def _differences(
    words: Words, shown: Sequence[Comparison], places: int
) -> Mapping[str, Sequence[str]]:
    return {
        "difference": column(words, [one.difference for one in shown], places),
        "se": column(words, [one.se for one in shown], places),
        "df": degrees(words, [one.df for one in shown]),
        "interval": [interval(words, one.lower, one.upper, places) for one in shown],
        "p": [chance(words, one.p) for one in shown],
    }


def checks(report: Report, words: Words) -> Any:
    """What the analysis supposes, with a plain verdict."""
    found = report.analysis.assumptions
    told = {
        "check": [words.code("trial_report.checks", one.check) for one in found],
        "test": [words.code("trial_report.tests", one.check) for one in found],
        "verdict": [words.t(f"trial_report.{_VERDICTS[one.holds]}") for one in found],
    }
    figures = {
        "statistic": column(words, [one.statistic for one in found], 3),
        "p": [chance(words, one.p) for one in found],
    }
    return laid_out(words, told, figures)
