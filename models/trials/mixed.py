"""Linear mixed models with random intercepts, fitted by restricted maximum likelihood.

y = Xβ + Σ Zᵢuᵢ + e, uᵢ ~ N(0, σᵢ²I), e ~ N(0, σ²I): V = σ²I + Σ σᵢ²ZᵢZᵢ'. Everything the fit
needs lives in the coefficients' space (X'X, Z'X, Z'Z), never in that of the plots, so thousands of
plots cost no more memory than their treatments and blocks. Variances may be zero: such a fit is
right, and called singular.

References
----------
[1] Patterson, Thompson (1971), Recovery of inter-block information when block sizes are unequal.
    doi:10.1093/biomet/58.3.545
[2] Harville (1977), Maximum likelihood approaches to variance component estimation and to related
    problems. doi:10.1080/01621459.1977.10480998
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

RESIDUAL = "Residual"
STEPS = 200  # of the scoring; field trials take about ten
HALVINGS = 40
SETTLED = 1e-10  # greatest step of a variance against all of them, at which scoring stops [-]
SAME = 1e-13  # spread of a response against its size that is rounding [-]
NIL = 1e-9  # share of the total variance below which a component is zero [-]


@dataclass(frozen=True, slots=True)
class Design:
    """Sums of squares and products of a model: all that its fit needs of the plots.

    `spans` holds the first and last column of each random term in Z.
    """

    names: tuple[str, ...]
    spans: tuple[slice, ...]
    n: int
    xx: Array
    zx: Array
    zz: Array
    xy: Array
    zy: Array
    yy: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """A model at given variances, with V⁻¹ and P = V⁻¹ − V⁻¹X(X'V⁻¹X)⁻¹X'V⁻¹."""

    loglik: float
    beta: Array  # of the response about its mean
    xvx: Array  # X'V⁻¹X
    zvx: Array  # Z'V⁻¹X
    zvz: Array  # Z'V⁻¹Z
    zpz: Array  # Z'PZ
    zpy: Array  # Z'Py
    ypy: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted mixed model.

    `variances` has one entry for each of `components`, the last of which is the residual;
    `information` is tr(P Vᵢ P Vⱼ), twice the expected information on the variances, and `observed`
    twice the observed one; `loglik` is the restricted log-likelihood with this X.
    """

    components: tuple[str, ...]
    variances: Array
    loglik: float
    beta: Array
    covariance: Array
    information: Array
    observed: Array
    singular: bool
    converged: bool
    design: Design
    pieces: Pieces


def design(y: Array, x: Array, random: Mapping[str, Codes]) -> Design:
    """Sums of squares and products of a response, fixed columns and random terms.

    Parameters
    ----------
    y : (plots,)  Response, without missing values.
    x : (plots, coefficients)  Fixed columns of full rank.
    random : name → (plots,)  Level of each plot, -1 where the term does not apply.
    """
    z = [indicators(codes) for codes in random.values()]
    ends = np.cumsum([0, *(part.shape[1] for part in z)])
    spans = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    stacked = sparse.hstack(z, format="csr") if z else sparse.csr_matrix((len(y), 0))
    return Design(
        names=tuple(random),
        spans=spans,
        n=len(y),
        xx=x.T @ x,
        zx=np.asarray(stacked.T @ x),
        zz=np.asarray((stacked.T @ stacked).todense()),
        xy=x.T @ y,
        zy=np.asarray(stacked.T @ y),
        yy=float(y @ y),
    )


def indicators(codes: Codes) -> sparse.csr_matrix:
    """One column for each level that occurs."""
    rows = np.flatnonzero(codes >= 0)
    _, columns = np.unique(codes[rows], return_inverse=True)
    count = int(columns.max()) + 1 if len(rows) else 0
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(codes), count))


def fit(y: Array, x: Array, random: Mapping[str, Codes]) -> Fit:
    """Fit by Fisher scoring on the variances, which may be zero [1, 2].

    Parameters
    ----------
    y : (plots,)  Response, without missing values.
    x : (plots, coefficients)  Fixed columns of full rank, the first of them the intercept.
    random : name → (plots,)  Level of each plot, -1 where the term does not apply.
    """
    if x.shape[0] <= x.shape[1]:
        raise ValueError(
            f"a mixed model needs more plots than fixed coefficients: {x.shape[0]} plots, "
            f"{x.shape[1]} coefficients"
        )
    size = float(np.std(y))
    if size <= SAME * float(np.abs(y).max()):
        raise ValueError(f"every plot has the same value, {y[0]:g}: nothing differs")
    # A response of mean square one about zero: the steps of the scoring have no unit.
    off = float(x[:, 0] @ y) / float(x[:, 0] @ x[:, 0])
    unit = design((y - off * x[:, 0]) / size, x, random)
    variances, converged = _scored(unit)
    total = variances.sum()
    variances = np.where(variances < NIL * total, 0.0, variances) * size**2
    variances[-1] = max(variances[-1], NIL * total * size**2)
    final = replace(unit, xy=unit.xy * size, zy=unit.zy * size, yy=unit.yy * size**2)
    pieces = evaluate(final, variances)
    return Fit(
        components=(*random, RESIDUAL),
        variances=variances,
        loglik=pieces.loglik,
        beta=pieces.beta + off * np.eye(1, len(pieces.beta))[0],
        covariance=_inverse(pieces.xvx),
        information=information(final, pieces, variances),
        observed=observed(final, pieces, variances),
        singular=bool((variances[:-1] == 0.0).any()),
        converged=converged,
        design=final,
        pieces=pieces,
    )


def _inverse(positive: Array) -> Array:
    """Of a symmetric positive definite matrix."""
    factor = linalg.cho_factor(positive, lower=True)
    return np.asarray(linalg.cho_solve(factor, np.eye(len(positive)), overwrite_b=True))


def _scored(unit: Design) -> tuple[Array, bool]:
    """Variances at the greatest restricted likelihood, and whether the scoring settled."""
    k = len(unit.names)
    variances = np.full(k + 1, 1.0 / (k + 1))
    pieces = evaluate(unit, variances)
    for _ in range(STEPS):
        step = _step(unit, pieces, variances)
        if float(np.abs(step).max()) <= SETTLED * float(variances.sum()):
            return variances, True
        following, better = _improved(unit, pieces, variances, step)
        if better is None:
            # No step improves: rounding is all that is left of the slope, or the slope is wrong.
            settled = float(np.abs(step).max()) <= 1e-5 * float(variances.sum())
            return variances, settled
        moved = np.abs(following - variances).max()
        variances, pieces = following, better
        if moved <= SETTLED * variances.sum():
            return variances, True
    return variances, False


def _step(unit: Design, pieces: Pieces, variances: Array) -> Array:
    """The scoring step; a variance at zero that the likelihood would push below stays there."""
    slope = score(unit, pieces, variances)
    twice = information(unit, pieces, variances)
    free = (variances > 0.0) | (slope > 0.0)
    step = np.zeros_like(variances)
    inner = 0.5 * twice[np.ix_(free, free)]
    step[free] = np.linalg.lstsq(inner, slope[free], rcond=1e-12)[0]
    return step


def _improved(
    unit: Design, pieces: Pieces, variances: Array, step: Array
) -> tuple[Array, Pieces | None]:
    """The step, cut at zero and halved until the likelihood rises."""
    scale = 1.0
    total, length = float(variances.sum()), float(np.abs(step).max())
    floor = 1e-8 * total  # the residual variance never reaches zero
    for _ in range(HALVINGS):
        if scale * length <= SETTLED * total:  # what is left cannot be told from rounding
            break
        tried = np.maximum(variances + scale * step, 0.0)
        tried[-1] = max(tried[-1], floor)
        found = evaluate(unit, tried)
        if found.loglik > pieces.loglik:
            return tried, found
        scale *= 0.5
    return variances, None


def evaluate(model: Design, variances: Array) -> Pieces:
    """The model at given variances, by the identity of Woodbury [2].

    Parameters
    ----------
    variances : (terms + 1,)  Of the random terms and of the residual, which is above zero.
    """
    residual = float(variances[-1])
    root = np.sqrt(_spread(model, variances[:-1] / residual))
    inner = root[:, None] * model.zz * root[None, :]
    inner[np.diag_indices_from(inner)] += 1.0
    lower = np.linalg.cholesky(inner)
    # R⁻¹ = I − Z·root·(inner)⁻¹·root·Z'; each block below is a product with V⁻¹ = R⁻¹/σ².
    ux = linalg.solve_triangular(lower, root[:, None] * model.zx, lower=True)
    uz = linalg.solve_triangular(lower, root[:, None] * model.zz, lower=True)
    uy = linalg.solve_triangular(lower, root * model.zy, lower=True)
    xvx = (model.xx - ux.T @ ux) / residual
    zvx = (model.zx - uz.T @ ux) / residual
    zvz = (model.zz - uz.T @ uz) / residual
    xvy = (model.xy - ux.T @ uy) / residual
    zvy = (model.zy - uz.T @ uy) / residual
    yvy = (model.yy - float(uy @ uy)) / residual
    factor = linalg.cho_factor(xvx, lower=True)
    beta = linalg.cho_solve(factor, xvy)
    half = linalg.solve_triangular(factor[0], zvx.T, lower=True)
    ypy = yvy - float(xvy @ beta)
    degrees = model.n - len(beta)
    logdet_v = model.n * np.log(residual) + 2.0 * np.log(np.diag(lower)).sum()
    logdet_x = 2.0 * np.log(np.diag(factor[0])).sum()
    return Pieces(
        loglik=-0.5 * float(degrees * np.log(2.0 * np.pi) + logdet_v + logdet_x + ypy),
        beta=beta,
        xvx=xvx,
        zvx=zvx,
        zvz=zvz,
        zpz=zvz - half.T @ half,
        zpy=zvy - zvx @ beta,
        ypy=ypy,
    )


def _spread(model: Design, values: Array) -> Array:
    """One value for each random column, from one for each random term."""
    widths = [span.stop - span.start for span in model.spans]
    return np.repeat(values, widths)


def score(model: Design, pieces: Pieces, variances: Array) -> Array:
    """Slope of the restricted likelihood along each variance: ½(y'P Vᵢ P y − tr(P Vᵢ)) [2].

    PVP = P gives the residual's terms from those of the others.
    """
    diagonal = np.diag(pieces.zpz)
    squares = np.array([float(pieces.zpy[s] @ pieces.zpy[s]) for s in model.spans])
    traces = np.array([float(diagonal[s].sum()) for s in model.spans])
    residual = float(variances[-1])
    degrees = model.n - len(pieces.beta)
    left_trace = (degrees - float(variances[:-1] @ traces)) / residual
    left_square = (pieces.ypy - float(variances[:-1] @ squares)) / residual
    return 0.5 * np.append(squares - traces, left_square - left_trace)


def information(model: Design, pieces: Pieces, variances: Array) -> Array:
    """tr(P Vᵢ P Vⱼ) over all pairs of variances, the residual last [2]."""
    k = len(model.spans)
    residual = float(variances[-1])
    out = np.zeros((k + 1, k + 1))
    for i, a in enumerate(model.spans):
        for j, b in enumerate(model.spans):
            out[i, j] = float((pieces.zpz[a, b] ** 2).sum())
    diagonal = np.diag(pieces.zpz)
    traces = np.array([float(diagonal[s].sum()) for s in model.spans])
    out[:k, k] = out[k, :k] = (traces - out[:k, :k] @ variances[:-1]) / residual
    degrees = model.n - len(pieces.beta)
    trace = (degrees - float(variances[:-1] @ traces)) / residual
    out[k, k] = (trace - float(out[k, :k] @ variances[:-1])) / residual
    return out


def observed(model: Design, pieces: Pieces, variances: Array) -> Array:
    """2 y'P Vᵢ P Vⱼ P y − tr(P Vᵢ P Vⱼ) over all pairs of variances, the residual last [2]."""
    k = len(model.spans)
    residual, others = float(variances[-1]), variances[:-1]
    squares = np.array([float(pieces.zpy[s] @ pieces.zpy[s]) for s in model.spans])
    out = np.zeros((k + 1, k + 1))
    for i, a in enumerate(model.spans):
        for j, b in enumerate(model.spans):
            out[i, j] = float(pieces.zpy[a] @ pieces.zpz[a, b] @ pieces.zpy[b])
    out[:k, k] = out[k, :k] = (squares - out[:k, :k] @ others) / residual
    twice = (pieces.ypy - float(others @ squares)) / residual
    out[k, k] = (twice - float(others @ out[:k, k])) / residual
    return np.asarray(2.0 * out - information(model, pieces, variances))
