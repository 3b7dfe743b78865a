"""The scale that a trial is analysed on: asked for by name, taken back for a reader, or advised.

References
----------
[1] Box, Cox (1964), An analysis of transformations. doi:10.1111/j.2517-6161.1964.tb00553.x
[2] Lenth (2016), Least-squares means: the R package lsmeans. doi:10.18637/jss.v069.i01
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.trials import transformations
from models.trials.fits import Fits, fitted
from models.trials.means import Means
from models.trials.model import Roles, model, term_name
from models.trials.results import BackMean, BoxCoxAdvice, Check, Scale
from models.trials.sheet import Array, Trial
from models.trials.transformations import Transformation

SCALES = ("none", "log", "sqrt", "arcsine", "boxcox", "log1p", "logit")
PLAIN: Mapping[str, float] = {"none": 1.0, "sqrt": 0.5, "log": 0.0}
WIDEST = 1_000_000_000  # plots × coefficients², beyond which no power is looked for
_JUDGED = ("shapiro-wilk", "levene-median", "bartlett", "non-additivity")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scale by its name; `power` is that of Box and Cox, NaN for others."""

    name: str
    power: float = float("nan")


def chosen(trial: Trial, roles: Roles, name: str) -> Chosen:
    """The scale of a name; of Box and Cox the power that suits this trial best [1].

    Raises
    ------
    ValueError  The scale is not known, or has no power.
    """
    if name not in SCALES:
        raise ValueError(f"transformation must be one of {', '.join(SCALES)}: {name}")
    if name != "boxcox":
        return Chosen(name)
    fits = fitted(trial, roles)
    found = transformations.box_cox(fits.trial.response, _design(fits))
    if not np.isfinite(found.power):
        raise ValueError("no power can be found: the model leaves no degree of freedom")
    return Chosen(name, found.power)


def on(trial: Trial, scale: Chosen) -> Trial:
    """The trial on a scale.

    Raises
    ------
    ValueError  The scale is not defined for a value.
    """
    if scale.name == "none":
        return trial
    if scale.name == "boxcox":
        return replace(trial, response=np.asarray(_of(scale).to(trial.response), dtype=float))
    most = float(np.nanmax(trial.response, initial=-np.inf))
    if scale.name in ("arcsine", "logit") and 1.0 < most <= 100.0:
        raise ValueError(
            f"{scale.name} is for shares between 0 and 1: {most:g}; divide percents by 100"
        )
    return replace(trial, response=transformations.transformed(trial.response, scale.name))


def written(response: str, scale: Chosen) -> str:
    """The response as it is analysed, as R writes it: `log(yield)`."""
    forms = {
        "none": "{}",
        "arcsine": "asin(sqrt({}))",
        "boxcox": f"boxcox({{}}, {scale.power:.3g})",
    }
    return forms.get(scale.name, f"{scale.name}({{}})").format(response)


def _of(scale: Chosen) -> Transformation:
    if scale.name == "boxcox":
        return transformations.power_scale(scale.power)
    return transformations.TRANSFORMATIONS[scale.name]


def taken_back(found: tuple[Means, ...], scale: Chosen, *, alpha: float) -> Scale | None:
    """Means and their intervals in the unit of the sheet [2]; None on that scale itself."""
    if scale.name == "none":
        return None
    means = tuple(row for of in found for row in _rows(of, _of(scale), alpha))
    return Scale(scale.name, scale.power, means)


def _rows(of: Means, scale: Transformation, alpha: float) -> Iterator[BackMean]:
    back = transformations.taken_back(of.mean, of.se, of.df, scale, alpha=alpha)
    for i, levels in enumerate(of.levels):
        yield BackMean(
            term=term_name(of.term),
            levels={name: levels[name] for name in sorted(levels)},
            back=float(back.mean[i]),
            back_lower=float(back.lower[i]),
            back_upper=float(back.upper[i]),
        )


def advice(fits: Fits, checks: tuple[Check, ...]) -> BoxCoxAdvice | None:
    """A scale to think about, where a check is doubtful; never for values of 0 or below."""
    doubtful = any(one.holds is False and one.check in _JUDGED for one in checks)
    if not doubtful or float(fits.trial.response.min()) <= 0.0 or fits.neighbours is not None:
        return None
    design = _design(fits)
    if design.shape[0] * design.shape[1] ** 2 > WIDEST:
        return None
    found = transformations.box_cox(fits.trial.response, design)
    if not np.isfinite(found.power):
        return None
    return BoxCoxAdvice(found.power, found.lower, found.upper, _suggested(found))


def _design(fits: Fits) -> Array:
    """The columns of the model, blocks of every size among them as they stand."""
    terms = (*fits.plan.errors, *fits.means.random, *fits.means.fixed.terms)
    return model(fits.trial, tuple(dict.fromkeys(terms))).matrix


def _suggested(found: transformations.BoxCox) -> str | None:
    """The plain scale within the interval that is nearest to its power; None for no change."""
    if found.lower <= PLAIN["none"] <= found.upper:
        return None
    within = {n: p for n, p in PLAIN.items() if found.lower <= p <= found.upper}
    if not within:
        return "boxcox"
    return min(within, key=lambda name: abs(within[name] - found.power))
