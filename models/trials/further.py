"""What is said of a trial beyond means and letters, put together; what nobody asked stays empty."""

from dataclasses import replace

from models.trials import (
    dose,
    genetics,
    interaction,
    neighbours,
    planned,
    plots,
    precision,
    repeated,
    scales,
    serial,
)
from models.trials.asked import BLOCKS, Asked, as_written
from models.trials.fits import Fits
from models.trials.means import Means
from models.trials.model import Roles
from models.trials.results import Analysis
from models.trials.sheet import Trial


def check(trial: Trial, roles: Roles, asked: Asked) -> None:
    """Refuse questions that this trial cannot be asked.

    Raises
    ------
    ValueError  A question names what is not there, or is of another design.
    """
    if asked.quantitative is not None:
        planned.quantitative(trial, roles, asked.quantitative)
    if asked.blocks not in BLOCKS:
        raise ValueError(f"blocks must be {' or '.join(BLOCKS)}: {asked.blocks}")
    for text in asked.contrasts:
        as_written(text, trial, planned.factors(roles))
    if asked.correlation and roles.design != "repeated":
        raise ValueError(f"correlation over time is of a repeated trial: {roles.design}")


def further(
    analysis: Analysis,
    trial: Trial,
    roles: Roles,
    fits: Fits,
    *,
    found: tuple[Means, ...],
    asked: Asked,
    scale: scales.Chosen,
    by: str | None,
    alpha: float,
) -> Analysis:
    """The analysis with all that its design and the questions add.

    Parameters
    ----------
    trial : All plots of the sheet, on the scale that is analysed.
    found : The adjusted means.
    scale : That scale.
    """
    plain = scale.name == "none"
    spatial = fits.neighbours is not None  # curves are fitted to plots that stand alone
    return replace(
        analysis,
        residuals=plots.residuals(trial, roles, fits),
        precision=tuple(precision.precision(of, alpha=alpha) for of in found),
        efficiency=precision.efficiency(fits, roles),
        missing_plots=precision.missing_plots(trial, fits),
        trend=planned.trend(fits, asked, by=by, alpha=alpha),
        curves=() if spatial else dose.dose_curves(fits, asked, by=by, alpha=alpha),
        contrasts=planned.contrasts(fits, roles, asked, by=by, alpha=alpha),
        transformation=scales.taken_back(found, scale, alpha=alpha),
        advice=scales.advice(fits, analysis.assumptions) if plain else None,
        heritability=genetics.genotypes(fits, roles, asked),
        stability=interaction.over_environments(fits, roles),
        sphericity=repeated.of_times(fits, roles),
        correlation=serial.over_time(fits, roles) if asked.correlation else (),
        spatial=neighbours.among_neighbours(fits, roles),
    )
