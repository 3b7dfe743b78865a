"""A spatial analysis beside the analysis by blocks: which of them the plots speak for.

References
----------
[1] Gilmour, Cullis, Verbyla (1997), doi:10.2307/1400446
[2] Akaike (1974), doi:10.1109/TAC.1974.1100705
"""

from collections.abc import Iterator

from models.trials import means, spatial
from models.trials.fits import Fits
from models.trials.likelihoods import as_r, compared
from models.trials.model import Roles, term_name
from models.trials.results import CorrelationModel, Spatial
from models.trials.spatial import Correlation

INDEPENDENT, BLOCKS, PLAIN, NUGGET = "independent", "blocks", "ar1×ar1", "ar1×ar1 + nugget"


def among_neighbours(fits: Fits, roles: Roles) -> Spatial | None:
    """The correlations of a spatial analysis [1] beside models without them [2]; else None."""
    found = fits.neighbours
    if found is None:
        return None
    return Spatial(
        variance=found.variance,
        rho_row=found.rho_row,
        rho_column=found.rho_column,
        nugget=found.nugget,
        models=tuple(_models(fits, roles, found)),
    )


def _models(fits: Fits, roles: Roles, found: Correlation) -> Iterator[CorrelationModel]:
    """All with the treatments as the one fixed part, so that their likelihoods compare."""
    model = fits.mixed
    x = model.fixed.matrix[:, model.kept]
    p = x.shape[1]
    alone = as_r(spatial.independent(fits.trial.response, x), model)
    yield compared(INDEPENDENT, alone, coefficients=p, variances=1, chosen=False, estimates={})
    yield from _by_blocks(fits, p)
    places = [spatial.position(fits.trial.factors[str(one)]) for one in (roles.row, roles.column)]
    own = found.nugget > 0.0
    other = spatial.fit(fits.trial.response, x, *places, nugget=not own)
    for name, one, count in (
        (PLAIN, other if own else found, 3),
        (NUGGET, found if own else other, 4),
    ):
        yield compared(
            name,
            as_r(one.loglik, model),
            coefficients=p,
            variances=count,
            chosen=one is found,
            estimates={
                "variance": one.variance,
                "rho_row": one.rho_row,
                "rho_column": one.rho_column,
                "nugget": one.nugget,
            },
        )


def _by_blocks(fits: Fits, p: int) -> Iterator[CorrelationModel]:
    """Blocks of every size as random terms, where the trial has any."""
    plan = fits.plan
    blocks = tuple(dict.fromkeys((*plan.fixed, *plan.errors, *plan.random)))
    if not blocks:
        return
    by_blocks = means.fitted(fits.trial, fits.mixed.fixed.terms, blocks)
    fit = by_blocks.fit
    estimates = dict(zip(fit.components, fit.variances.tolist(), strict=True))
    name = f"{BLOCKS} ({', '.join(term_name(one) for one in blocks)})"
    yield compared(
        name,
        as_r(fit.loglik, by_blocks),
        coefficients=p,
        variances=len(fit.variances),
        chosen=False,
        estimates=estimates,
    )
