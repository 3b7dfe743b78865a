"""What the sheet of a trial shows of its layout: exchanged labels, sprinkler lines, samples."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agro.cli import run_command

# Pinheiro and Bates (2000), ergoStool: the effort to rise from stools T1 to T4, nine subjects.
STOOLS = {
    "T1": (12, 10, 7, 7, 8, 9, 8, 7, 9),
    "T2": (15, 14, 14, 11, 11, 11, 12, 11, 13),
    "T3": (12, 13, 13, 10, 8, 11, 12, 8, 10),
    "T4": (10, 12, 9, 9, 7, 10, 11, 7, 8),
}
# Venables and Ripley (2002), npk: the peas of Rothamsted, four plots of a block in each line.
PEAS = (
    ("1", (("0", "1", "1", "49.5"), ("1", "1", "0", "62.8"), ("0", "0", "0", "46.8"))),
    ("1", (("1", "0", "1", "57.0"),)),
    ("2", (("1", "0", "0", "59.8"), ("1", "1", "1", "58.5"), ("0", "0", "1", "55.5"))),
    ("2", (("0", "1", "0", "56.0"),)),
    ("3", (("0", "1", "0", "62.8"), ("1", "1", "1", "55.8"), ("1", "0", "0", "69.5"))),
    ("3", (("0", "0", "1", "55.0"),)),
    ("4", (("1", "0", "0", "62.0"), ("1", "1", "1", "48.8"), ("0", "0", "1", "45.5"))),
    ("4", (("0", "1", "0", "44.2"),)),
    ("5", (("1", "1", "0", "52.0"), ("0", "0", "0", "51.5"), ("1", "0", "1", "49.8"))),
    ("5", (("0", "1", "1", "48.8"),)),
    ("6", (("1", "0", "1", "57.2"), ("1", "1", "0", "59.0"), ("0", "1", "1", "53.2"))),
    ("6", (("0", "0", "0", "56.0"),)),
)


def _analysed(
    header: str, rows: Iterable[Sequence[object]], options: str, folder: Path, capsys: Any
) -> tuple[dict[str, Any], str]:
    """The answer to a sheet whose last column was measured, and its warnings as one text."""
    file = folder / "sheet.csv"
    lines = [",".join(str(cell) for cell in row) for row in rows]
    file.write_text("\n".join([header, *lines]), encoding="utf-8")
    words = ["trial", "analyse", str(file), "--response", header.split(",")[-1]]
    assert run_command([*words, *options.split(), "--json"]) == 0
    found = dict(json.loads(capsys.readouterr().out))
    return found, "\n".join(found["warnings"])


def _peas() -> list[list[str]]:
    return [[block, *plot] for block, plots in PEAS for plot in plots]


def _strata(found: dict[str, Any], term: str) -> set[str]:
    return {row["stratum"] for row in found["anova"] if row["term"] == term}


def test_half_a_factorial_in_a_block_is_not_a_block_with_plots_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = "--treatment N,P,K --design factorial --block block"
    found, said = _analysed("block,N,P,K,yield", _peas(), options, tmp_path, capsys)
    assert _strata(found, "K:N:P") == {"block"}
    assert "K:N:P differs between whole blocks only" in said
    assert "should hold every treatment" not in said


def test_confounding_is_said_where_plots_are_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peas = _peas()
    peas[1][-1] = peas[17][-1] = ""
    options = "--treatment N,P,K --design factorial --block block"
    _, said = _analysed("block,N,P,K,yield", peas, options, tmp_path, capsys)
    assert "K:N:P differs mostly between whole blocks" in said
    assert "should hold every treatment" not in said


def test_a_sheet_of_unequal_blocks_has_no_exchanged_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Herds of all sizes, some of which fit another by chance (emmeans::feedlot)."""
    held = ("aabb", "abbb", "aaab", "ab", "aabbb", "aaabb", "b")
    rows = [(f"H{n}", t, 10 + n + i) for n, h in enumerate(held) for i, t in enumerate(h)]
    options = "--treatment diet --design rcbd --block herd"
    _, said = _analysed("herd,diet,gain", rows, options, tmp_path, capsys)
    assert "look exchanged" not in said
    assert "should hold every treatment" in said


def test_labels_exchanged_between_two_plots(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stool 1 of subject 2 and stool 3 of subject 5, each entered under the other's name."""
    moved = {("T1", 2): 5, ("T3", 5): 2}
    rows = [
        (moved.get((stool, n), n), stool, value)
        for stool, values in STOOLS.items()
        for n, value in enumerate(values, start=1)
    ]
    options = "--treatment stool --design rcbd --block subject"
    _, said = _analysed("subject,stool,effort", rows, options, tmp_path, capsys)
    assert "subject 5 has too many of just the treatments that subject 2 lacks" in said


def test_water_of_a_sprinkler_line_is_not_randomised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Places are read from the sheet, also when nobody names their columns (Hanks 1980)."""
    water, rows = ["low", "mid", "high", "high", "mid", "low"], []
    for row, (block, gen) in enumerate(zip("112233", "HBBHBH", strict=True)):
        for col, level in enumerate(water):
            rows.append(
                (block, row, col, gen, level, len(level) + 0.1 * ((7 * row + 3 * col) % 11))
            )
    options = "--treatment gen,water --design strip-plot --block block"
    header = "block,row,col,gen,water,yield"
    _, said = _analysed(header, rows, options, tmp_path, capsys)
    assert "water lies alike along col in all 3 blocks" in said
    assert "gen lies alike" not in said


def test_two_plots_at_one_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = ("badce", "cebad", "ecdab", "dbeca")
    rows = [
        [b, b, c, t, 5 + 0.3 * ((3 * b + 7 * c) % 8)]
        for b, line in enumerate(drawn)
        for c, t in enumerate(line)
    ]
    rows[7][2] = rows[8][2]
    options = "--treatment trt --design rcbd --block block"
    _, said = _analysed("block,row,col,trt,yield", rows, options, tmp_path, capsys)
    assert "row 1, col 3 is claimed by 2 rows of the sheet" in said


def test_samples_of_a_plot_are_no_replicates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`aov(score ~ trt + Error(block/trt))`, two samples a plot: F of plots on 3 error df."""
    values = {"a": (12, 15, 11, 18), "b": (14, 19, 12, 21)}
    rows = [
        (f"{trt}{block}", block, trt, value + sample * (1 + block))
        for trt, of in values.items()
        for block, value in enumerate(of)
        for sample in (-0.5, 0.25)
    ]
    options = "--treatment trt --design rcbd --block block"
    found, said = _analysed("plot,block,trt,score", rows, options, tmp_path, capsys)
    (trt,) = [row for row in found["anova"] if row["term"] == "trt"]
    (error,) = [
        row for row in found["anova"] if row["stratum"] == "block:trt" and row["term"] == "Residual"
    ]
    assert (trt["stratum"], error["df"]) == ("block:trt", 3)
    # Differences of plots 2, 4, 1, 3: t = 2.5 / (sd / 2), F = t².
    assert trt["f"] == pytest.approx(2.5**2 / (5 / 3 / 4), rel=1e-8)
    assert "every plot stands in several rows" in said


def test_a_cross_over_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Subjects that each had every treatment are not others, and only --block can say so."""
    rows = [
        (stool, n, day, value + 0.3 * ((n * day) % 4))
        for stool, values in STOOLS.items()
        for n, value in enumerate(values)
        for day in (1, 2, 3)
    ]
    header, options = "stool,person,day,effort", "--treatment stool --design repeated"
    found, said = _analysed(header, rows, f"{options} --subject person", tmp_path, capsys)
    assert "taken for 36 different ones" in said
    assert _strata(found, "stool") == {"person:stool"}
    crossed, said = _analysed(header, rows, f"{options} --block person", tmp_path, capsys)
    assert "different ones" not in said
    error = [row["df"] for row in crossed["anova"] if row["term"] == "Residual"]
    assert error == [8, 24, 64] or error == [24, 64]


def test_main_plots_without_blocks_need_a_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        (f"T{tray}", tray % 3, f, 4 + tray % 3 + f + 0.2 * ((5 * tray + f) % 7))
        for tray in range(6)
        for f in (1, 2)
    ]
    options = "--treatment water,feed --design split-plot"
    header = "tray,water,feed,mass"
    found, _ = _analysed(header, rows, f"{options} --main-plot tray", tmp_path, capsys)
    assert _strata(found, "water") == {"tray"}
    assert run_command(f"trial analyse {tmp_path}/sheet.csv --response mass {options}".split()) == 2
    assert "needs 'block'" in capsys.readouterr().err
