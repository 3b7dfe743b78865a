"""Randomisations are uniform over 10 000 seeds, and power is what simulated trials find."""

import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import stats

from models.trials.design import randomise
from models.trials.efficiency import incidence
from models.trials.layout import Layout, Request
from models.trials.power import Errors, Plan, powers

SEEDS = 10_000
TRIALS = 20_000  # simulated for each power


def _p(counts: list[int], possible: int) -> float:
    """Of a chi-square test that each of the possible outcomes is as likely."""
    return float(stats.chisquare([*counts, *[0] * (possible - len(counts))]).pvalue)


def _names(count: int) -> tuple[str, ...]:
    return tuple("abcdefgh"[:count])


def _ordered(layout: Layout) -> tuple[str, ...]:
    return tuple(p.treatment for p in sorted(layout.plots, key=lambda p: (p.row, p.column)))


def _reduced(layout: Layout) -> tuple[str, ...]:
    """The square with first row and first column in order; each of these is as likely."""
    square = np.array(_ordered(layout)).reshape(5, 5)
    square = square[:, np.argsort(square[0])]
    return tuple(square[np.argsort(square[:, 0])].ravel())


# Design, options, how many layouts there are, what is counted of a layout.
_WHOLE: dict[str, tuple[dict[str, Any], int, Any]] = {
    "crd, whole layout": ({"treatments": _names(2), "blocks": 3}, 20, _ordered),
    "rcbd, both blocks": ({"treatments": _names(3), "blocks": 2}, 36, _ordered),
    "latin-square, all 576 of order 4": ({"treatments": _names(4)}, 576, _ordered),
    "latin-square, 56 reduced of order 5": ({"treatments": _names(5)}, 56, _reduced),
    "split-plot, first block": (
        {"factors": {"m": ("1", "2"), "s": ("x", "y", "z")}, "blocks": 2},
        2 * 6 * 6,
        lambda layout: _ordered(layout)[:6],
    ),
    "strip-plot, first block": (
        {"factors": {"r": ("1", "2"), "c": ("x", "y", "z")}, "blocks": 2},
        2 * 6,
        lambda layout: _ordered(layout)[:6],
    ),
    "alpha-lattice, first block": (
        {"treatments": _names(8), "blocks": 2, "block_size": 2},
        8 * 7,
        lambda layout: _ordered(layout)[:2],
    ),
    "row-column, first row": (
        {"treatments": _names(6), "blocks": 2, "rows": 2},
        6 * 5 * 4,
        lambda layout: _ordered(layout)[:3],
    ),
    "augmented, new entries of block 1": (
        {"treatments": _names(8), "checks": ("a", "b"), "blocks": 2},
        20,
        lambda layout: tuple(
            sorted(p.treatment for p in layout.plots if p.block == 1 and p.more["entry"] == "new")
        ),
    ),
}


@pytest.mark.parametrize("what", _WHOLE)
def test_each_layout_is_as_likely(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    options, possible, counted = _WHOLE[what]
    began = time.thread_time()
    counts = Counter(
        counted(randomise(Request(what.split(",")[0], seed=seed, **options)))
        for seed in range(SEEDS)
    )
    took = time.thread_time() - began
    p = _p(list(counts.values()), possible)
    with capsys.disabled():
        print(f"\n  {what:36} {len(counts):4} of {possible:4} seen, p {p:.3f}, {took:5.1f} s")
    assert len(counts) == possible
    assert p > 1e-3


def _projection(of: list[Any], *, beside: list[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Orthonormal basis of the cells of these columns, beside those that are taken out first."""

    def basis(columns: list[Any]) -> Any:
        left = np.hstack([incidence(np.unique(c, return_inverse=True)[1]) for c in columns])
        u, s, _ = np.linalg.svd(left, full_matrices=False)
        return u[:, s > 1e-9 * s[0]]

    whole, taken = basis([*of, *beside]), basis(beside)
    rest = whole - taken @ (taken.T @ whole)
    u, s, _ = np.linalg.svd(rest, full_matrices=False)
    return u[:, s > 1e-7]


def _columns(layout: Layout) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for row in layout.rows():
        for name, value in row.items():
            found.setdefault(name, []).append(str(value))
    return {name: np.array(values) for name, values in found.items()}


F23 = {"m": ("1", "2", "3"), "s": ("x", "y", "z", "w")}
# Design, request, plan, blocks; the term that is tested, what stands beside it, its error, and the
# column of what varies besides plots with its sd.
_POWER: dict[str, tuple[dict[str, Any], Plan, int, str, list[str], list[str], str, float]] = {
    "crd": ({"treatments": _names(4)}, Plan("crd", {"treatment": 4}, Errors(1.0)),
            6, "treatment", [], [], "", 0.0),
    "rcbd": ({"treatments": _names(4)}, Plan("rcbd", {"treatment": 4}, Errors(1.0)),
             6, "treatment", ["block"], [], "", 0.0),
    "latin-square": ({"treatments": _names(5)}, Plan("latin-square", {"treatment": 5}, Errors(1.0)),
                     5, "treatment", ["row", "column"], [], "", 0.0),
    "split-plot, main": ({"factors": F23}, Plan("split-plot", {"m": 3, "s": 4}, Errors(1.0, 0.5)),
                         5, "m", ["block"], ["main_plot"], "main_plot", 0.5),
    "split-plot, sub": ({"factors": F23}, Plan("split-plot", {"m": 3, "s": 4}, Errors(1.0, 0.5)),
                        5, "s", ["main_plot"], [], "main_plot", 0.5),
    "strip-plot, rows": ({"factors": F23},
                         Plan("strip-plot", {"m": 3, "s": 4}, Errors(1.0, 0.5)),
                         5, "m", ["block"], ["row_strip"], "row_strip", 0.5),
    "alpha-lattice": ({"treatments": _names(8), "block_size": 2},
                      Plan("alpha-lattice", {"treatment": 8}, Errors(1.0), incomplete=4),
                      6, "treatment", ["block"], [], "", 0.0),
}  # fmt: skip


@pytest.mark.parametrize("what", _POWER)
def test_power_is_what_simulated_trials_find(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Trials are drawn on the design's own layout, and tested by projection alone."""
    options, plan, blocks, term, beside, error, varying, sd = _POWER[what]
    count = None if plan.design == "latin-square" else blocks
    layout = randomise(Request(plan.design, blocks=count, seed=11, **options))
    if plan.design == "alpha-lattice":
        plan = Plan(
            plan.design, plan.levels, plan.errors, efficiency=layout.efficiency, incomplete=4
        )
    difference = 1.6
    told = {one.term: one for one in powers(plan, blocks, difference)}[term]
    found = _simulated(layout, term, difference, beside=beside, error=error, varies=(varying, sd))
    margin = 4 * np.sqrt(found * (1 - found) / TRIALS)
    with capsys.disabled():
        print(
            f"\n  {what:20} power {told.power_f:.4f}, {TRIALS} simulated {found:.4f} ± {margin:.4f}"
        )
    if plan.design == "alpha-lattice":  # the power of the mean pair; pairs differ a little
        margin += 0.03
    assert abs(told.power_f - found) < margin


def _simulated(
    layout: Layout, term: str, difference: float, *, beside: list[str], error: list[str],
    varies: tuple[str, float],
) -> float:  # fmt: skip
    """The part of simulated trials whose F test of the term is significant."""
    cells, rng = _columns(layout), np.random.default_rng(5)
    plots = len(cells["plot"])
    levels = list(np.unique(cells[term]))
    effect = np.where(cells[term] == levels[0], difference / 2, 0.0)
    effect = effect - np.where(cells[term] == levels[1], difference / 2, 0.0)
    y = effect[:, None] + rng.normal(size=(plots, TRIALS))
    column, sd = varies
    if column:
        codes = np.unique(cells[column], return_inverse=True)[1]
        y = y + sd * rng.normal(size=(codes.max() + 1, TRIALS))[codes]
    mean = np.full(plots, "all")
    given = [mean, *(cells[name] for name in beside)]
    own = _projection([cells[term]], beside=given)
    treated = cells["treatment"]
    if error:  # what differs between the error's units beyond term and blocks
        rest = _projection([cells[name] for name in error], beside=[*given, cells[term]])
    else:
        rest = _projection([cells["plot"]], beside=[*given, treated])
    squares = [((basis.T @ y) ** 2).sum(axis=0) for basis in (own, rest)]
    df, error_df = own.shape[1], rest.shape[1]
    ratio = (squares[0] / df) / (squares[1] / error_df)
    return float((stats.f.sf(ratio, df, error_df) < 0.05).mean())
