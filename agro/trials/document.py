"""An analysis as one document that others read and that is kept: the `--json` of its command."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from models.trials.results import Analysis


def document(analysis: Analysis, warnings: Sequence[str], *, empty: int = 0) -> dict[str, Any]:
    """The analysis as plain values; what is not defined is None.

    Parameters
    ----------
    warnings : What the analysis warns of, as sentences.
    empty : Plots without a value of which the sheet does not say what stood there.
    """
    found = asdict(analysis)
    found["missing"] = analysis.missing + empty
    found["anova"] = [_anova_row(row) for row in found["anova"]]
    found["warnings"] = list(warnings)
    advice = found["advice"]
    found["advice"] = [] if advice is None else [{"advice": "box-cox", **advice}]
    return {name: _plain(value) for name, value in found.items()}


def _anova_row(row: dict[str, Any]) -> dict[str, Any]:
    """One line; denominator degrees of freedom only where no stratum has them."""
    return {name: value for name, value in row.items() if name != "ddf" or row["stratum"] is None}


def _plain(value: Any) -> Any:
    """What JSON can hold: what is not finite as None, NumPy's numbers as numbers."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not isfinite(value) else value
