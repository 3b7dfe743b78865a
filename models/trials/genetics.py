"""Genotypes as a sample of those that might have been tried: predictions and heritability.

References
----------
[1] Cullis, Smith, Coombes (2006), doi:10.1198/108571106X154443
[2] Piepho, Möhring (2007), doi:10.1534/genetics.107.074229
[3] Piepho, Möhring, Melchinger, Büchse (2008), BLUP for phenotypic selection in plant breeding and
    variety testing. doi:10.1007/s10681-007-9449-8
[4] Searle, Casella, McCulloch (1992), Variance Components, chapter 7. doi:10.1002/9780470316856
"""

from dataclasses import replace

import numpy as np

from models.trials import heritability, means
from models.trials.asked import Asked
from models.trials.fits import Fits
from models.trials.means import Model
from models.trials.model import Roles, Term, cells, term_name
from models.trials.results import Blup, Heritability
from models.trials.sheet import Array

BREEDING = ("alpha-lattice", "row-column", "augmented")  # designs made for many genotypes
REPLICATED = ("rcbd", "crd", "multi-environment")
LEAST = 10  # levels from which treatments of a plain design are taken for genotypes
MOST = 1500  # levels of random terms, above which a second fit is made only if asked for
NAN = float("nan")


def genotypes(fits: Fits, roles: Roles, asked: Asked) -> Heritability | None:
    """Heritability and predictions, where treatments are genotypes or are said to be."""
    if len(roles.treatments) != 1 or fits.neighbours is not None:
        return None
    if roles.design not in (*BREEDING, *REPLICATED) or asked.genotypes is False:
        return None
    if asked.genotypes is None and _drawn_levels(fits) > MOST:
        return None
    (name,) = roles.treatments
    many = len(fits.trial.factors[name].levels) >= LEAST and asked.quantitative != name
    if not (asked.genotypes or roles.design in BREEDING or many):
        return None
    return _of_term(fits, (name,))


def _drawn_levels(fits: Fits) -> int:
    terms = (*fits.plan.random, *fits.plan.treatments)
    return sum(len(cells(fits.trial, term)[0]) for term in terms)


def _of_term(fits: Fits, term: Term) -> Heritability | None:
    """Everything by the model in which the term is random [3]; None where plots cannot tell it."""
    fixed, random = _terms(fits, term)
    if len(fits.trial.response) <= len(cells(fits.trial, term)[0]):
        return None
    drawn = means.fitted(fits.trial, fixed, random)
    if term not in drawn.random:
        return None
    variances = dict(zip(drawn.random, drawn.fit.variances[:-1].tolist(), strict=True))
    residual = float(drawn.fit.variances[-1])
    predicted = _predicted(drawn, term)
    vd_blue = heritability.mean_variance_of_difference(_blue_covariance(fits.means, term))
    vd_blup = heritability.mean_variance_of_difference(predicted.error_covariance)
    plots, within = _replication(fits, term)
    interaction = sum(v for one, v in variances.items() if one != term and set(term) < set(one))
    shares = heritability.heritability(
        variances[term],
        residual + interaction * within,
        blue_difference=vd_blue,
        blup_difference=vd_blup,
        replicates=plots,
    )
    genetic = variances[term]
    return Heritability(
        term=term_name(term),
        cullis=shares.cullis,
        piepho=shares.piepho,
        broad_sense=shares.standard,
        plot_basis=genetic / (genetic + interaction + residual) if genetic > 0.0 else NAN,
        plots=plots,
        genetic_variance=genetic,
        interaction_variance=interaction,
        residual_variance=residual,
        mean_variance_blue=vd_blue,
        mean_variance_blup=vd_blup,
        blups=_blups(fits, drawn, term, predicted),
    )


def _terms(fits: Fits, term: Term) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Fixed and random terms when the genotypes are drawn: environments and whole blocks stay."""
    plan = fits.plan
    if plan.environment is not None:
        place: Term = (plan.environment,)
        random = tuple(one for one in plan.random if one != place)
        return (place, *plan.covariates), (term, *random)
    if plan.simple:
        return (*dict.fromkeys((*plan.fixed, *plan.errors)), *plan.covariates), (term,)
    return (*plan.fixed, *plan.covariates), (term, *plan.random)


def _predicted(drawn: Model, term: Term) -> heritability.Prediction:
    """σ²Z'Py, and the covariance σ²I − σ⁴Z'PZ of its errors [4]."""
    at = drawn.random.index(term)
    variance, span = float(drawn.fit.variances[at]), drawn.fit.design.spans[at]
    square = drawn.fit.pieces.zpz[span, span]
    errors = variance * np.eye(len(square)) - variance**2 * square
    return heritability.Prediction(variance * drawn.fit.pieces.zpy[span], errors)


def _blue_covariance(model: Model, term: Term) -> Array:
    """Covariance of the means with genotypes fixed, variances taken as known: as Piepho has it."""
    plain = replace(model, known=replace(model.known, covariance=model.known.plain))
    return means.adjusted_means(plain, term).covariance


def _replication(fits: Fits, term: Term) -> tuple[float, float]:
    """Plots of a genotype and of a genotype in one environment, both as harmonic means."""
    plots = harmonic(np.bincount(cells(fits.trial, term)[1]).astype(float))
    if fits.plan.environment is None:
        return plots, plots
    both = cells(fits.trial, (fits.plan.environment, *term))[1]
    return plots, harmonic(np.bincount(both).astype(float))


def harmonic(counts: Array) -> float:
    return float(len(counts) / np.sum(1.0 / counts))


def _blups(
    fits: Fits, drawn: Model, term: Term, predicted: heritability.Prediction
) -> tuple[Blup, ...]:
    levels = fits.trial.factors[term[0]].levels
    mean = float(drawn.fit.beta[0])
    se = np.sqrt(np.diag(predicted.error_covariance))
    return tuple(
        Blup(level, float(effect), mean + float(effect), float(one))
        for level, effect, one in zip(levels, predicted.effects, se, strict=True)
    )
