"""A 5 000-plot alpha-lattice analysed in minutes and bounded memory, beside lme4 where R is."""

import csv
import multiprocessing
import resource
import shutil
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.trials.analysis import analyse
from models.trials.model import Roles
from models.trials.sheet import Trial, factor

VARIETIES, REPLICATES, SIZE = 1250, 4, 10  # of the incomplete blocks
BLOCKS, RESIDUAL = 0.09, 0.16  # variances that the trial is drawn with
MINUTES, GIGABYTES = 5.0, 2.0

LMER = """
args <- commandArgs(TRUE)
d <- read.csv(args[1], stringsAsFactors = TRUE)
took <- system.time(m <- lme4::lmer(yield ~ gen + rep + (1 | rep:block), data = d))[["elapsed"]]
v <- as.data.frame(lme4::VarCorr(m))$vcov
cat(took, v[1], v[2], gc()[2, 6] / 1024)
"""


def _plots() -> dict[str, list[str]]:
    rng = np.random.default_rng(11)
    named: dict[str, list[str]] = {"rep": [], "block": [], "gen": []}
    for replicate in range(REPLICATES):
        for place, variety in enumerate(rng.permutation(VARIETIES)):
            named["rep"].append(f"R{replicate}")
            named["block"].append(f"B{place // SIZE:03}")
            named["gen"].append(f"G{variety:04}")
    return named


def _trial() -> Trial:
    named = _plots()
    rng = np.random.default_rng(12)
    factors = {name: factor(levels) for name, levels in named.items()}
    within = factor(f"{a} {b}" for a, b in zip(named["rep"], named["block"], strict=True))
    response = (
        rng.normal(5.0, 0.4, VARIETIES)[factors["gen"].codes]
        + rng.normal(0.0, np.sqrt(BLOCKS), len(within.levels))[within.codes]
        + rng.normal(0.0, np.sqrt(RESIDUAL), len(within.codes))
    )
    return Trial(response, factors, {}, "yield")


def _ours(trial: Trial) -> tuple[float, float, dict[str, float], float]:
    """Seconds, peak memory [GB], variances and Kenward and Roger's degrees of freedom."""
    began = time.perf_counter()
    found = analyse(trial, Roles("alpha-lattice", ("gen",), block="block", replicate="rep"))
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    variances = {one.component: one.variance for one in found.variance_components}
    (gen,) = [row for row in found.anova if row.term == "gen"]
    return took, memory, variances, float(gen.ddf or np.nan)


def _lme4(trial: Trial, folder: Path) -> list[float] | None:
    """Seconds, variances and memory [GB] of lme4 on the same plots; None without R."""
    program = shutil.which("Rscript")
    if program is None:
        return None
    sheet = folder / "alpha.csv"
    with sheet.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow([*trial.factors, "yield"])
        columns = [[one.levels[code] for code in one.codes] for one in trial.factors.values()]
        writer.writerows(zip(*columns, trial.response.tolist(), strict=True))
    done = subprocess.run(
        [program, "-e", LMER, str(sheet)], capture_output=True, text=True, check=False
    )
    return [float(part) for part in done.stdout.split()] if done.returncode == 0 else None


def test_alpha_lattice_of_five_thousand_plots(tmp_path: Path) -> None:
    trial = _trial()
    # A process of its own: its peak memory is that of this analysis.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        took, memory, variances, ddf = pool.submit(_ours, trial).result()
    blocks, residual = variances["block:rep"], variances["Residual"]
    print(
        f"\nalpha-lattice, {len(trial.response)} plots, {VARIETIES} varieties: {took:.1f} s, "
        f"{memory:.2f} GB (limits {MINUTES:.0f} min, {GIGABYTES:.0f} GB); blocks {blocks:.4f}, "
        f"residual {residual:.4f}, Kenward-Roger ddf {ddf:.1f}"
    )
    peer = _lme4(trial, tmp_path)
    if peer is None:
        print("lme4: R with lme4 is not on this machine")
    else:
        seconds, *found, gigabytes = peer
        print(f"lme4, fit alone: {seconds:.1f} s, {gigabytes:.2f} GB; ratio {took / seconds:.2f}")
        assert [blocks, residual] == pytest.approx(found, rel=1e-4)
    assert took < 60.0 * MINUTES
    assert memory < GIGABYTES
    assert blocks == pytest.approx(BLOCKS, rel=0.25)
    assert residual == pytest.approx(RESIDUAL, rel=0.1)
