"""An analysis as the tables that people take away: flat, in full precision, in no language."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agro.dashboard.trials_results_frames import residuals
from agro.tables import known
from agro.trials.judging import Judged
from models.trials.results import Analysis, Stability

_FLAT = ("levels", "by", "weights", "parameters", "estimates")
Rows = list[dict[str, Any]]


def tables(judged: Judged) -> dict[str, Rows]:
    """Every table that an analysis has, by the names of the JSON document."""
    found = {name: rows(judged, name) for name in (*_PARTS, "residuals", "data")}
    return {name: of for name, of in found.items() if of}


def rows(judged: Judged, name: str) -> Rows:
    """One table of an analysis; empty where it has none of this name."""
    if name == "data":
        return [_known(row) for row in judged.table]
    if name == "residuals":
        return [_known(row) for row in residuals(judged).to_dict("records")]
    return [_flat(asdict(one)) for one in _PARTS[name](judged.analysis)]


def columns(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns of all rows, in the order in which they come."""
    return list(dict.fromkeys(name for row in found for name in row))


def _back(analysis: Analysis) -> Iterable[Any]:
    return analysis.transformation.means if analysis.transformation else ()


def _blups(analysis: Analysis) -> Iterable[Any]:
    return analysis.heritability.blups if analysis.heritability else ()


def _sphericity(analysis: Analysis) -> Iterable[Any]:
    return analysis.sphericity.terms if analysis.sphericity else ()


def _stable(take: Callable[[Stability], Iterable[Any]]) -> Callable[[Analysis], Iterable[Any]]:
    return lambda analysis: take(analysis.stability) if analysis.stability else ()


_PARTS: Mapping[str, Callable[[Analysis], Iterable[Any]]] = {
    "means": lambda analysis: analysis.means,
    "comparisons": lambda analysis: analysis.comparisons,
    "anova": lambda analysis: analysis.anova,
    "variance_components": lambda analysis: analysis.variance_components,
    "assumptions": lambda analysis: analysis.assumptions,
    "trend": lambda analysis: analysis.trend,
    "curves": lambda analysis: analysis.curves,
    "contrasts": lambda analysis: analysis.contrasts,
    "correlation": lambda analysis: analysis.correlation,
    "back_transformed": _back,
    "blups": _blups,
    "stability": _stable(lambda of: of.genotypes),
    "environments": _stable(lambda of: of.environments),
    "axes": _stable(lambda of: of.axes),
    "scores": _stable(lambda of: of.scores),
    "sphericity": _sphericity,
}


def _known(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): known(value) for name, value in row.items()}


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row: factors become columns, what else is a mapping columns after its own name."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name in _FLAT and isinstance(value, Mapping):
            prefix = "" if name == "levels" else f"{name}_"
            flat |= {f"{prefix}{key}": known(item) for key, item in value.items()}
        else:
            flat[name] = known(value)
    return flat
