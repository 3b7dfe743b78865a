"""Designs are what they claim to be, and the same for the same seed."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.trials.alpha import pairs_met_again, resolvable_blocks
from models.trials.design import randomise
from models.trials.draws import Draws
from models.trials.efficiency import a_efficiency
from models.trials.faults import DESIGNS, faults
from models.trials.incomplete import block_sizes
from models.trials.layout import Cell, Entry, Layout, Plot, Request, kept_apart

TWO = {"irrigation": ("none", "full"), "gen": ("a", "b", "c")}
THREE = {**TWO, "nitro": ("0", "60")}
SPECIAL: dict[str, dict[str, Any]] = {
    "latin-square": {"blocks": None},
    "factorial": {"treatments": (), "factors": TWO},
    "split-plot": {"treatments": (), "factors": TWO},
    "strip-plot": {"treatments": (), "factors": TWO},
    "split-split-plot": {"treatments": (), "factors": THREE},
    "augmented": {"checks": ("t0", "t1")},
    "multi-environment": {"environments": ("Cras", "Plaine")},
    "repeated": {"times": ("30", "60")},
}


def names(count: int) -> tuple[str, ...]:
    return tuple(f"t{n}" for n in range(count))


def request(design: str, *, count: int = 9, seed: int = 1, **more: Any) -> Request:
    options: dict[str, Any] = {"treatments": names(count), "blocks": 3, "seed": seed}
    return Request(design, **options | SPECIAL.get(design, {}) | more)


def groups(plots: tuple[Plot, ...], *columns: str) -> dict[Any, list[str]]:
    """Treatments of the plots with the same values in these columns."""
    found = defaultdict(list)
    for one in plots:
        key = tuple(getattr(one, c, None) or one.more.get(c) for c in columns)
        found[key].append(one.treatment)
    return found


def touching(layout: Layout) -> int:
    """Pairs of equal treatments side by side or one above the other."""
    entry = {(p.row, p.column): p.treatment for p in layout.plots}
    return sum(
        entry.get((row + down, column + right)) == treatment
        for (row, column), treatment in entry.items()
        for down, right in ((0, 1), (1, 0))
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_a_seed_gives_one_layout_and_another_another(design: str) -> None:
    first = randomise(request(design))
    assert randomise(request(design)) == first
    assert randomise(request(design, seed=2)).plots != first.plots


def test_the_layout_of_a_seed_stays_for_ever() -> None:
    """Typed in when version 1 was made: a change breaks the layouts people have sown."""
    drawn = [one.treatment for one in randomise(request("rcbd", count=4, seed=2026)).plots]
    assert " ".join(drawn) == "t1 t3 t0 t2 t3 t2 t0 t1 t3 t1 t2 t0"


@pytest.mark.parametrize("design", DESIGNS)
def test_each_plot_is_numbered_once_and_stands_alone(design: str) -> None:
    layout = randomise(request(design))
    visits = len(layout.request.times) or 1
    numbers = Counter(one.plot for one in layout.plots)
    assert set(numbers.values()) == {visits}
    spots = Counter((one.more.get("environment"), one.row, one.column) for one in layout.plots)
    assert set(spots.values()) == {visits}


@settings(max_examples=30, deadline=None)
@given(count=st.integers(2, 12), blocks=st.integers(2, 6), seed=st.integers(0, 2**40))
def test_complete_designs_are_balanced(count: int, blocks: int, seed: int) -> None:
    asked = {"count": count, "blocks": blocks, "seed": seed}
    rcbd = randomise(request("rcbd", **asked))
    assert all(sorted(g) == sorted(names(count)) for g in groups(rcbd.plots, "block").values())
    crd = randomise(request("crd", **asked))
    assert Counter(one.treatment for one in crd.plots) == dict.fromkeys(names(count), blocks)


@pytest.mark.parametrize("order", [3, 4, 5, 6, 7, 10])
def test_a_latin_square_has_each_treatment_once_in_each_row_and_column(order: int) -> None:
    for seed in range(5):
        plots = randomise(request("latin-square", count=order, seed=seed)).plots
        for line in ("row", "column"):
            assert all(sorted(g) == sorted(names(order)) for g in groups(plots, line).values())


def test_split_plots_nest() -> None:
    plots = randomise(request("split-split-plot")).plots
    mains = groups(plots, "main_plot", "irrigation")
    assert len(mains) == 3 * 2  # one level of the main factor in each main plot
    assert all(len(set(g)) == 6 for g in mains.values())
    subs = groups(plots, "sub_plot", "main_plot", "irrigation", "gen")
    assert len(subs) == 3 * 2 * 3
    assert all(len(set(g)) == 2 for g in subs.values())
    assert all(len(set(g)) == 12 for g in groups(plots, "block").values())


def test_the_second_factor_of_a_split_plot_has_an_order_of_its_own_in_each_main_plot() -> None:
    plots = randomise(request("split-plot", blocks=12)).plots
    orders = defaultdict(list)
    for one in sorted(plots, key=lambda p: p.row):
        orders[one.more["main_plot"]].append(one.more["gen"])
    assert len({tuple(order) for order in orders.values()}) > 3


def test_strips_run_through_the_block() -> None:
    plots = randomise(request("strip-plot")).plots
    assert len(groups(plots, "row_strip", "irrigation", "row")) == 3 * 2
    assert len(groups(plots, "column_strip", "gen")) == 3 * 3


ALPHA = [
    (9, 3, 3),
    (16, 4, 3),
    (24, 4, 3),
    (36, 6, 3),
    (64, 8, 3),
    (30, 5, 3),
    (23, 4, 3),
    (81, 9, 4),
]


@pytest.mark.parametrize(("count", "size", "replicates"), ALPHA)
def test_two_treatments_of_an_alpha_design_meet_at_most_once(
    count: int, size: int, replicates: int
) -> None:
    layout = randomise(
        request("alpha-lattice", count=count, block_size=size, blocks=replicates, seed=5)
    )
    met = Counter(
        frozenset((a, b))
        for g in groups(layout.plots, "block").values()
        for a in g
        for b in g
        if a < b
    )
    assert max(met.values()) == 1
    assert layout.concurrences == (0, 1)
    whole = groups(layout.plots, "replicate").values()
    assert all(sorted(g) == sorted(names(count)) for g in whole)
    sizes = {len(g) for g in groups(layout.plots, "block").values()}
    assert sizes <= {size, size - 1}


def test_where_no_design_is_known_the_layout_says_that_pairs_meet_twice() -> None:
    """Two orthogonal Latin squares of order 6 do not exist, so four replicates cannot be 0/1."""
    layout = randomise(request("alpha-lattice", count=36, block_size=6, blocks=4))
    assert layout.concurrences is not None
    assert layout.concurrences[1] > 1


@pytest.mark.parametrize("count", range(4, 120))
def test_blocks_differ_by_one_plot_at_most(count: int) -> None:
    blocks, size = block_sizes(count)
    assert (size if blocks * size == count else size - 1) >= 2
    assert 0 <= blocks * size - count < blocks


@pytest.mark.parametrize(
    ("count", "size", "replicates", "efficiency"),
    [
        # Square lattices, Cochran & Cox 1957: E = (k+1)/(k+3) simple, (k+1)/(k+5/2) triple.
        pytest.param(9, 3, 2, 4 / 6, id="simple lattice 3 × 3"),
        pytest.param(25, 5, 2, 6 / 8, id="simple lattice 5 × 5"),
        pytest.param(9, 3, 3, 4 / 5.5, id="triple lattice 3 × 3"),
        pytest.param(16, 4, 3, 5 / 6.5, id="triple lattice 4 × 4"),
        pytest.param(36, 6, 3, 7 / 8.5, id="triple lattice 6 × 6"),
        # Balanced: E = k/(k+1), the bound v(k−1) / (k(v−1)).
        pytest.param(16, 4, 5, 4 / 5, id="balanced lattice 4 × 4"),
    ],
)
def test_lattices_reach_their_efficiency(
    count: int, size: int, replicates: int, efficiency: float
) -> None:
    options = {"count": count, "block_size": size, "blocks": replicates}
    if replicates > count // size:  # the balanced lattice: one replicate more than the field gives
        blocks = resolvable_blocks(count, size, count // size, replicates - 1)
        lines = np.arange(count) // (count // size)
        all_blocks = np.vstack([blocks, lines])
        assert pairs_met_again(all_blocks) == 0
        labels = (all_blocks + 4 * np.arange(replicates)[:, None]).ravel()
        found = a_efficiency(np.tile(np.arange(count), replicates), [labels])
    else:
        found = randomise(request("alpha-lattice", **options)).efficiency
    assert found == pytest.approx(efficiency, abs=1e-12)


def test_a_balanced_incomplete_block_design_has_the_efficiency_of_the_book() -> None:
    """Seven treatments in seven blocks of three: λ v / (r k) = 7/9."""
    base = np.array([0, 1, 3])
    treatments = ((base + np.arange(7)[:, None]) % 7).ravel()
    assert a_efficiency(treatments, [np.repeat(np.arange(7), 3)]) == pytest.approx(7 / 9, abs=1e-12)


def test_a_design_that_leaves_a_difference_unknown_has_no_efficiency() -> None:
    assert a_efficiency(np.array([0, 1, 2, 3]), [np.array([0, 0, 1, 1])]) == 0.0


def test_a_row_of_each_replicate_makes_a_youden_square() -> None:
    layout = randomise(request("row-column", count=7, rows=1, blocks=3))
    assert layout.efficiency == pytest.approx(7 / 9, abs=1e-12)
    assert all(len(set(g)) == 3 for g in groups(layout.plots, "column").values())


@pytest.mark.parametrize(("count", "rows"), [(12, 3), (20, 4), (30, 5)])
def test_row_column_replicates_are_complete_and_spread(count: int, rows: int) -> None:
    layout = randomise(request("row-column", count=count, rows=rows))
    whole = groups(layout.plots, "replicate").values()
    assert all(sorted(g) == sorted(names(count)) for g in whole)
    # Nothing comes back in a column of the field where there is room for all of it.
    if 3 * rows <= count:
        assert all(len(set(g)) == len(g) for g in groups(layout.plots, "column").values())
    assert layout.efficiency > 0.7


def test_augmented_blocks_hold_all_checks_and_each_new_entry_once() -> None:
    plots = randomise(request("augmented", count=19, blocks=4)).plots
    for held in groups(plots, "block").values():
        assert {"t0", "t1"} <= set(held)
        assert len(held) in (6, 7)
    counts = Counter(one.treatment for one in plots)
    assert counts == dict.fromkeys(names(19), 1) | {"t0": 4, "t1": 4}


def test_each_environment_is_randomised_anew() -> None:
    plots = randomise(request("multi-environment", count=12)).plots
    fields = groups(plots, "environment")
    assert fields[("Cras",)] != fields[("Plaine",)]
    alpha = randomise(request("multi-environment", count=12, block_size=3))
    assert alpha.concurrences == (0, 1)


def test_a_repeated_trial_visits_each_plot_at_each_time() -> None:
    plots = randomise(request("repeated")).plots
    assert {len(set(g)) for g in groups(plots, "plot").values()} == {1}
    assert len(groups(plots, "plot", "time")) == len(plots) == 9 * 3 * 2


APART = ("crd", "rcbd", "factorial", "split-plot", "split-split-plot", "strip-plot",
         "alpha-lattice", "augmented", "row-column", "latin-square")  # fmt: skip


@pytest.mark.parametrize("design", APART)
def test_equal_treatments_are_kept_apart(design: str) -> None:
    size = {"blocks": None} if design == "latin-square" else {"blocks": 3}
    free = [touching(randomise(request(design, seed=seed, **size))) for seed in range(20)]
    kept = [touching(randomise(request(design, seed=s, apart=True, **size))) for s in range(20)]
    assert kept == [0] * 20
    if design in ("crd", "rcbd", "factorial", "split-plot"):
        assert sum(free) > 0  # else the option would have nothing to do


def test_what_cannot_be_kept_apart_is_said() -> None:
    cells = [Cell(Entry(name), 1) for name in "aaab"]
    with pytest.raises(ValueError, match="neighbours: no layout was found"):
        kept_apart(cells, 1, Draws(1))


def test_plot_numbers_turn_at_the_end_of_a_row() -> None:
    def second_row(*, serpentine: bool) -> list[tuple[int | None, int]]:
        plots = randomise(request("rcbd", count=3, serpentine=serpentine)).plots
        return [(one.plot, one.column) for one in plots if one.row == 2]

    assert second_row(serpentine=True) == [(201, 3), (202, 2), (203, 1)]
    assert second_row(serpentine=False) == [(201, 1), (202, 2), (203, 3)]


def test_borders_surround_the_field_and_fillers_close_it() -> None:
    plots = randomise(request("rcbd", count=5, width=3, border=True)).plots
    outside = Counter(one.treatment for one in plots if one.plot is None)
    assert outside == {"border": 2 * (6 + 3) + 4, "filler": 3}
    inside = [one for one in plots if one.plot is not None]
    assert inside == list(randomise(request("rcbd", count=5, width=3)).plots)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (request("latin-square", count=3, blocks=4), "blocks: a Latin square of 3 treatments"),
        (request("latin-square", count=2), "treatments: 2 for a Latin square"),
        (request("rcbx"), "design: 'rcbx' is not known; use one of crd, rcbd"),
        (request("rcbd", count=1), "treatments: t0; a trial compares two or more"),
        (request("rcbd", treatments=("a", "b", "a")), "treatments: a is named twice"),
        (request("rcbd", treatments=("a", "")), "treatments: one name is empty"),
        (request("rcbd", blocks=1), "blocks: 1 leaves nothing to estimate the error from"),
        (request("rcbd", blocks=None), "blocks: not given"),
        (request("rcbd", seed=-1), "seed: -1 is below 0"),
        (request("rcbd", blocks=20_000), "blocks: 180000 plots are more than 100000"),
        (request("rcbd", factors={"plot": ("1", "2")}), "factors: 'plot' is a column"),
        (request("rcbd", factors={"f": ("1",)}), "factors, f: has one level"),
        (request("rcbd", treatments=("a", "border")), "treatments: 'border' is what plots outside"),
        (request("rcbd", checks=("t1",)), "checks: means nothing in rcbd"),
        (request("rcbd", width=-1), "width: -1 is below 1"),
        (request("split-plot", factors={"f": ("1", "2")}), "factors: split-plot has 2 factors"),
        (request("factorial", factors=THREE, treatments=()), ""),
        (request("factorial", factors={}, treatments=("a", "b")), "factors: factorial crosses two"),
        (request("alpha-lattice", count=3), "treatments: 3 are too few"),
        (request("alpha-lattice", block_size=8), "block_size: 8 for 9 treatments; use 2 to 4"),
        (request("augmented", checks=("t1",)), "checks: each block needs two or more"),
        (request("augmented", count=2), "treatments: none is left beside the checks"),
        (request("multi-environment", environments=("E",)), "environments: a trial of several"),
        (request("row-column", rows=4), "rows: 4 does not divide 9 treatments; use one of 1, 3"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(asked: Request, line: str) -> None:
    told = faults(asked)
    if not line:
        assert told == ()
        return
    assert len(told) == 1
    assert told[0].startswith(line)
    with pytest.raises(ValueError, match="; "):
        randomise(asked)


def test_draws_are_the_generator_s_raw_numbers() -> None:
    """PCG64(42).random_raw(3), which NumPy promises to keep."""
    raw = np.random.PCG64(42).random_raw(3)
    draws = Draws(42)
    assert [draws.below(1000) for _ in range(3)] == [int(x) % 1000 for x in raw]
