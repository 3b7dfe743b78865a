"""A sheet that is not the design it is said to be is found out, and a sound one left in peace."""

from dataclasses import replace

import numpy as np
import pytest

from models.trials import layout_checks
from models.trials.model import Roles
from models.trials.results import Warning
from models.trials.sheet import Trial, factor

BLOCKS = Roles("rcbd", ("trt",), block="block", row="row", column="col")


def found(trial: Trial, roles: Roles) -> list[tuple[str, dict[str, str | float]]]:
    return [(one.code, dict(one.facts)) for one in layout_checks.findings(trial, roles)]


def codes(trial: Trial, roles: Roles) -> list[str]:
    return [one.code for one in layout_checks.findings(trial, roles)]


def field(rows: list[str], *, along: str = "trt") -> Trial:
    """One block a line, one plot a letter, in the order they lie."""
    plots = [
        (f"B{row}", level, str(row), str(col))
        for row, line in enumerate(rows)
        for col, level in enumerate(line)
    ]
    names = ("block", along, "row", "col")
    factors = {name: factor(plot[at] for plot in plots) for at, name in enumerate(names)}
    return Trial(np.ones(len(plots)), factors, {}, "yield")


def relabelled(trial: Trial, name: str, plot: int, level: str) -> Trial:
    one = trial.factors[name]
    names = [one.levels[code] for code in one.codes]
    names[plot] = level
    return replace(trial, factors={**trial.factors, name: factor(names)})


DRAWN = ["badce", "cebad", "ecdab", "dbeca"]


def test_sound_blocks_are_left_in_peace() -> None:
    assert found(field(DRAWN), BLOCKS) == []


def test_plot_written_twice() -> None:
    trial = relabelled(field(DRAWN), "col", 1, "0")
    assert found(trial, BLOCKS) == [
        ("plot_repeated", {"plot": "row 0, col 0", "count": 2, "rows": "1, 2"})
    ]


def test_plots_numbered_anew_in_each_block_are_not_repeated() -> None:
    plots = [(b, t, str(at)) for b, line in enumerate(DRAWN) for at, t in enumerate(line)]
    factors = {
        "block": factor(str(plot[0]) for plot in plots),
        "trt": factor(plot[1] for plot in plots),
        "row": factor("1" for _ in plots),
        "col": factor(plot[2] for plot in plots),
    }
    trial = Trial(np.ones(20), factors, {}, "y")
    assert "plot_repeated" not in codes(trial, BLOCKS)
    assert "plot_repeated" in codes(relabelled(trial, "col", 0, "1"), BLOCKS)


def test_trap_block_with_a_wrong_label() -> None:
    """A plot of B0 labelled B1: what B1 holds twice is just what B0 lacks."""
    trial = relabelled(field(DRAWN), "block", 0, "B1")
    (one,) = found(trial, BLOCKS)
    assert one == (
        "block_mislabelled",
        {"block": "block B1", "other": "block B0", "treatments": 1},
    )


def test_plot_that_is_not_in_the_sheet() -> None:
    trial = field(["badce", "ceba", "ecdab", "dbeca"])
    assert found(trial, replace(BLOCKS, row=None)) == [
        (
            "treatment_absent",
            {"block": "block B1", "treatment": "trt d", "count": 0, "usual": 1},
        ),
        ("unequal_replication", {"least": 3, "most": 4}),
    ]


def test_treatment_with_a_wrong_name() -> None:
    trial = relabelled(field(DRAWN), "trt", 2, "a")
    assert codes(trial, BLOCKS) == ["treatment_repeated", "treatment_absent", "unequal_replication"]


def test_incomplete_blocks_are_said_once() -> None:
    trial = field(["abc", "ade", "bdf", "cef", "afb"])
    assert codes(trial, BLOCKS)[0] == "blocks_incomplete"
    assert codes(trial, BLOCKS).count("blocks_incomplete") == 1
    assert not {"treatment_absent", "treatment_repeated"} & set(codes(trial, BLOCKS))


@pytest.mark.parametrize("mirrored", [False, True])
def test_trap_line_source_irrigation_is_not_randomised(mirrored: bool) -> None:
    """Water falls off on both sides of a sprinkler line, in every block alike (Hanks 1980)."""
    line = "fedcbaabcdef"
    rows = [line, line, line[::-1] if mirrored else line]
    trial = field(rows, along="water")
    roles = replace(BLOCKS, design="split-plot", treatments=("water",), main_plot="water")
    assert found(trial, roles) == [
        ("not_randomised", {"factor": "water", "along": "col", "blocks": 3})
    ]


def test_order_copied_from_block_to_block_is_not_randomised() -> None:
    assert codes(field(["abcde"] * 4), BLOCKS) == ["not_randomised"]


def test_order_that_chance_repeats_is_not_reproached() -> None:
    """Of two blocks of three plots every third draw is alike or mirrored."""
    assert found(field(["abc", "cba"]), BLOCKS) == []


def split(main: list[str], sub: list[str]) -> Trial:
    """Main plots of three plots each, side by side; a string of `sub` is a block."""
    plots = [
        (f"B{row}", large, level, str(row), str(3 * at + inner))
        for row, line in enumerate(main)
        for at, large in enumerate(line)
        for inner, level in enumerate(sub[row][3 * at : 3 * at + 3])
    ]
    names = ("block", "gen", "dose", "row", "col")
    factors = {name: factor(plot[at] for plot in plots) for at, name in enumerate(names)}
    return Trial(np.ones(len(plots)), factors, {}, "yield")


SPLIT = split(["ab", "ba", "ab"], ["xyzzxy", "yxzxzy", "zyxyxz"])
OF_SPLIT = replace(BLOCKS, design="split-plot", treatments=("gen", "dose"), main_plot="gen")


def test_sound_split_plot_is_left_in_peace() -> None:
    assert found(SPLIT, OF_SPLIT) == []


def test_trap_split_plot_declared_as_blocks() -> None:
    assert found(SPLIT, replace(OF_SPLIT, design="rcbd")) == [
        ("looks_like_split_plot", {"factor": "gen"})
    ]


def test_main_plots_that_do_not_lie_together() -> None:
    assert found(SPLIT, replace(OF_SPLIT, main_plot="dose")) == [
        ("main_plots_scattered", {"factor": "dose"})
    ]


def test_main_plot_that_nobody_named_is_said() -> None:
    assert found(SPLIT, replace(OF_SPLIT, main_plot=None)) == [
        ("main_plot_assumed", {"factor": "gen"})
    ]


def test_latin_square() -> None:
    square = field(["abcd", "bcda", "cdab", "dabc"])
    roles = Roles("latin-square", ("trt",), row="row", column="col")
    assert found(square, roles) == []
    broken = relabelled(square, "trt", 0, "b")
    assert codes(broken, roles).count("latin_square_broken") == 2


def test_time_is_part_of_the_plot() -> None:
    """A subject is measured once at each time; twice is a row too many."""
    rows = [(s, d, t) for s, d in (("1", "hay"), ("2", "hay"), ("1", "silage")) for t in "123"]
    names = ("subject", "diet", "time")
    factors = {name: factor(row[at] for row in rows) for at, name in enumerate(names)}
    trial = Trial(np.ones(len(rows)), factors, {}, "milk")
    roles = Roles("repeated", ("diet",), subject="subject", time="time")
    assert "plot_repeated" not in codes(trial, roles)
    twice = layout_checks.findings(relabelled(trial, "time", 0, "2"), roles)
    wanted = {"plot": "subject 1, diet hay, time 2", "count": 2, "rows": "1, 2"}
    assert Warning("plot_repeated", wanted) in twice


def test_no_layout_known_says_nothing_of_it() -> None:
    assert found(field(DRAWN), Roles("rcbd", ("trt",), block="block")) == []


def test_main_plots_may_have_a_name_of_their_own() -> None:
    """The column of the main plots need not be a treatment."""
    pairs = zip(SPLIT.factors["block"].codes, SPLIT.factors["gen"].codes, strict=True)
    named = {**SPLIT.factors, "plot": factor(f"P{block}{gen}" for block, gen in pairs)}
    assert found(replace(SPLIT, factors=named), replace(OF_SPLIT, main_plot="plot")) == []


def test_replicates_are_blocks() -> None:
    trial = field(DRAWN)
    as_replicates = replace(BLOCKS, block=None, replicate="block")
    assert found(trial, as_replicates) == []
    assert codes(relabelled(trial, "block", 0, "B1"), as_replicates) == ["block_mislabelled"]


def test_any_columns_may_be_the_key_of_a_plot() -> None:
    """Without rows and columns, block and treatments tell plots apart."""
    wrong = relabelled(SPLIT, "block", 0, "B1")
    (one,) = layout_checks.repeated(wrong, ("block", "gen", "dose"))
    assert dict(one.facts) == {"plot": "block B1, gen a, dose x", "count": 2, "rows": "1, 10"}
    assert list(layout_checks.repeated(SPLIT, ("block", "gen", "dose"))) == []


def test_many_repeated_plots_are_counted() -> None:
    trial = field(["abcdefghijklmnopqrstuvwxyz"] * 2)
    (one,) = layout_checks.repeated(trial, ("col",))
    assert one == Warning("plots_repeated", {"key": "col", "plots": 26, "rows": 52})
