"""`agro trial analyse` as its callers meet it: the JSON, the tables, the lines, the exit codes."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

# Yates (1935) as in R's nlme::Oats, in bushels per quarter acre: block, variety, then the yield
# with 0, 0.2, 0.4 and 0.6 cwt of nitrogen.
_OATS = """
B1 Victory 111 130 157 174
B1 GoldenRain 117 114 161 141
B1 Marvellous 105 140 118 156
B2 Victory 61 91 97 100
B2 GoldenRain 70 108 126 149
B2 Marvellous 96 124 121 144
B3 Victory 68 64 112 86
B3 GoldenRain 60 102 89 96
B3 Marvellous 89 129 132 124
B4 Victory 74 89 81 122
B4 GoldenRain 64 103 132 133
B4 Marvellous 70 89 104 117
B5 Victory 62 90 100 116
B5 GoldenRain 80 82 94 126
B5 Marvellous 63 70 109 99
B6 Victory 53 74 118 113
B6 GoldenRain 89 82 86 104
B6 Marvellous 97 99 119 121
"""
_SPLIT = ("--treatment", "gen,nitro", "--design", "split-plot", "--block", "block")
_MAIN = ("--main-plot", "gen", "--sub-plot", "nitro")


def _lines() -> list[str]:
    lines = ["block,gen,nitro,yield"]
    for line in _OATS.strip().splitlines():
        block, gen, *grown = line.split()
        doses = zip(("0", "0.2", "0.4", "0.6"), grown, strict=True)
        lines += [f"{block},{gen},{dose},{value}" for dose, value in doses]
    return lines


@pytest.fixture
def oats(tmp_path: Path) -> Path:
    file = tmp_path / "oats.csv"
    file.write_text("\n".join(_lines()), encoding="utf-8")
    return file


def _row(found: dict[str, Any], stratum: str | None, term: str) -> dict[str, Any]:
    rows = [one for one in found["anova"] if (one["stratum"], one["term"]) == (stratum, term)]
    assert len(rows) == 1
    return rows[0]


def test_a_split_plot_by_its_strata(agro: Any, oats: Path) -> None:
    """R: summary(aov(yield ~ gen * nitro + Error(block/gen), oats))."""
    done = agro("trial", "analyse", oats, "--response", "yield", *_SPLIT, *_MAIN, "--json")
    found = done.json
    assert (done.code, done.lines) == (0, [])
    assert (found["design"], found["response"], found["n"], found["missing"]) == (
        *("split-plot", "yield", 72, 0),
    )
    assert [one["stratum"] for one in found["anova"]] == [
        *("block", "block:gen", "block:gen", "Within", "Within", "Within"),
    ]
    gen = _row(found, "block:gen", "gen")
    assert gen["df"] == 2
    assert gen["f"] == pytest.approx(1.48534, abs=5e-6)
    assert gen["p"] == pytest.approx(0.27239, abs=5e-6)  # not 0.037, of a design in blocks
    assert _row(found, "Within", "nitro")["f"] == pytest.approx(37.6856, abs=5e-5)
    assert _row(found, "Within", "gen:nitro")["f"] == pytest.approx(0.30282, abs=5e-6)
    error = _row(found, "block:gen", "Residual")
    assert (error["df"], error["f"], error["p"]) == (10, None, None)


def test_means_and_comparisons(agro: Any, oats: Path) -> None:
    """R: emmeans(lmer(yield ~ gen * nitro + (1 | block/gen), oats), pairwise ~ gen)."""
    found = agro("trial", "analyse", oats, "--response", "yield", *_SPLIT, *_MAIN, "--json").json
    assert list(dict.fromkeys(one["term"] for one in found["means"])) == [
        *("gen", "nitro", "gen:nitro"),
    ]
    victory = next(one for one in found["means"] if one["levels"] == {"gen": "Victory"})
    assert victory["mean"] == pytest.approx(97.625)
    assert victory["se"] == pytest.approx(7.7975, abs=5e-4)  # not 3.25, of the sub-plots
    assert victory["df"] == pytest.approx(8.87, abs=5e-3)
    doses = {
        one["levels"]["nitro"]: one["letters"] for one in found["means"] if one["term"] == "nitro"
    }
    assert doses == {"0": "c", "0.2": "b", "0.4": "a", "0.6": "a"}
    pair = next(one for one in found["comparisons"] if (one["a"], one["b"]) == ("0.4", "0.6"))
    assert (pair["term"], pair["adjust"], pair["df"]) == ("nitro", "tukey", pytest.approx(45))
    assert pair["difference"] == pytest.approx(-9.16667, abs=5e-6)
    assert pair["se"] == pytest.approx(4.4358, abs=5e-4)


def test_by_compares_within_each_level(agro: Any, oats: Path) -> None:
    words = ("--response", "yield", *_SPLIT, *_MAIN, "--by", "gen", "--adjust", "holm", "--json")
    found = agro("trial", "analyse", oats, *words).json
    assert len(found["comparisons"]) == 3 * 6
    assert {one["by"]["gen"] for one in found["comparisons"]} == {
        *("Victory", "GoldenRain", "Marvellous"),
    }
    assert {one["adjust"] for one in found["comparisons"]} == {"holm"}


def test_a_control_is_compared_by_dunnett(agro: Any, oats: Path) -> None:
    words = ("--response", "yield", *_SPLIT, *_MAIN, "--control", "Victory", "--json")
    found = agro("trial", "analyse", oats, *words).json
    pairs = {(one["a"], one["b"], one["adjust"]) for one in found["comparisons"]}
    assert pairs == {("GoldenRain", "Victory", "dunnett"), ("Marvellous", "Victory", "dunnett")}


def test_tables_for_people(agro: Any, oats: Path) -> None:
    done = agro("trial", "analyse", oats, "--response", "yield", *_SPLIT, *_MAIN)
    assert done.code == 0
    for part in ("Error(block + block:gen)", "Means of gen:nitro", "0.2724", "Comparisons (tukey)"):
        assert part in done.out


def test_a_bad_row_ends_with_two_and_the_rest_is_analysed(agro: Any, oats: Path) -> None:
    lines = _lines()
    lines[3] = lines[3].replace("157", "1S7")
    oats.write_text("\n".join(lines), encoding="utf-8")
    done = agro("trial", "analyse", oats, "--response", "yield", *_SPLIT, *_MAIN, "--json")
    assert done.code == 2
    line = f"{oats}, row 4, yield: '1S7' is not a number; write a number, or leave the cell empty"
    assert [one for one in done.lines if one.startswith(line)]
    found = done.json
    assert (found["n"], found["missing"]) == (71, 1)
    assert any("row 4, yield" in one for one in found["warnings"])
    # One plot lost: no exact strata, so a mixed model with its denominator degrees of freedom.
    gen = _row(found, None, "gen")
    assert gen["ddf"] == pytest.approx(10, abs=0.2)


def test_a_misspelt_level_names_the_nearest(agro: Any, oats: Path) -> None:
    lines = _lines()
    lines[1] = lines[1].replace("Victory", "Victroy")
    oats.write_text("\n".join(lines), encoding="utf-8")
    done = agro("trial", "analyse", oats, "--response", "yield", *_SPLIT, *_MAIN, "--json")
    assert done.code == 2
    assert (
        f"{oats}, row 2, gen: 'Victroy' is not another level, it seems; did you mean Victory?"
        in (done.lines)
    )
    assert done.json["n"] == 71


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--response", "yeild"), "did you mean yield?", id="response"),
        pytest.param(("--design", "split"), "did you mean split-plot", id="design"),
        pytest.param(("--adjust", "tuckey"), "did you mean tukey?", id="adjust"),
        pytest.param(("--adjust", "dunnett"), "--control: dunnett", id="no control"),
        pytest.param(("--control", "Victroy"), "did you mean Victory?", id="control"),
        pytest.param(("--by", "block"), "by must be a treatment", id="by"),
        pytest.param(("--block", "bloc"), "did you mean block?", id="block"),
        pytest.param(("--treatment", "gen"), "at least 2 treatment factors", id="one factor"),
    ],
)
def test_an_option_that_cannot_be(agro: Any, oats: Path, words: tuple[str, ...], said: str) -> None:
    given = dict(zip(_SPLIT[::2], _SPLIT[1::2], strict=True)) | {"--response": "yield"}
    given |= dict([words])
    done = agro("trial", "analyse", oats, *(one for pair in given.items() for one in pair))
    assert done.code == 2
    assert done.out == ""
    assert any(said in line for line in done.lines), done.lines


def test_a_file_that_is_not_there(agro: Any, tmp_path: Path) -> None:
    done = agro("trial", "analyse", tmp_path / "none.csv", "--response", "yield", *_SPLIT)
    assert (done.code, len(done.lines)) == (2, 1)
    assert "no such file" in done.lines[0]


def test_a_file_of_a_hundred_megabytes_is_not_read(agro: Any, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    with file.open("wb") as open_file:
        open_file.truncate(100_000_000)
    done = agro("trial", "analyse", file, "--response", "yield", *_SPLIT)
    assert done.code == 2
    assert done.lines == [f"{file}: is of 100 MB, more than 50 MB; split it"]


def test_columns_may_bear_any_name(agro: Any, tmp_path: Path) -> None:
    """`inf` is a number, `C` a function and `yield` a keyword of formulas; here they are names."""
    lines = ["C,I(x),inf"]
    lines += [
        f"{c},{b},{10 * n + m + (n * m) % 3}"
        for n, c in enumerate("aNb")
        for m, b in enumerate("1234")
    ]
    file = tmp_path / "names.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    words = ("--response", "inf", "--treatment", "C", "--design", "rcbd", "--block", "I(x)")
    found = agro("trial", "analyse", file, *words, "--json").json
    assert _row(found, "Within", "C")["df"] == 2


def test_environments_of_two_columns(agro: Any, tmp_path: Path) -> None:
    lines = ["place,year,rep,gen,y"]
    for p, place in enumerate("AB"):
        for year in (2024, 2025):
            for rep in (1, 2, 3):
                grown = (
                    (gen, 20 + 5 * p + year % 10 + rep + 2 * g + (g * rep + p) % 3)
                    for g, gen in enumerate("uvw")
                )
                lines += [f"{place},{year},{rep},{gen},{value}" for gen, value in grown]
    file = tmp_path / "places.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    words = ("--treatment", "gen", "--design", "multi-environment", "--block", "rep")
    words = (*words, "--environment", "place,year")
    found = agro("trial", "analyse", file, "--response", "y", *words, "--json").json
    assert found["n"] == 36
    assert any(one["levels"].get("place:year") == "B:2025" for one in found["means"])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_field_book_comes_back(agro: Any, tmp_path: Path, kind: str) -> None:
    """What `agro trial design` writes is read by `agro trial analyse` once the yields are in."""
    book = tmp_path / f"book.{kind}"
    wish = ("--design", "split-plot", "--factors", "water=low,high;gen=u,v,w", "--blocks", "4")
    assert agro("trial", "design", *wish, "--seed", "7", "--out", book).code == 0
    table = pd.read_csv(book) if kind == "csv" else pd.read_excel(book)
    table["yield"] = [20.0 + n * 37 % 11 for n in range(len(table))]
    if kind == "csv":
        table.to_csv(book, index=False)
    else:
        table.to_excel(book, index=False)
    words = ("--treatment", "water,gen", "--design", "split-plot", "--block", "block")
    done = agro("trial", "analyse", book, "--response", "yield", *words, "--json")
    assert (done.code, done.json["n"]) == (0, 24)
    assert _row(done.json, "block:water", "water")["df"] == 1


def test_an_alpha_lattice_finds_its_replicates(agro: Any, tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    names = ",".join(f"v{n:02}" for n in range(1, 13))
    wish = ("--design", "alpha-lattice", "--treatments", names, "--block-size", "4")
    assert agro("trial", "design", *wish, "--blocks", "3", "--seed", "7", "--out", book).code == 0
    table = pd.read_csv(book)
    table["yield"] = [20.0 + n * 37 % 11 for n in range(len(table))]
    table.to_csv(book, index=False)
    words = ("--treatment", "treatment", "--design", "alpha-lattice", "--block", "block")
    done = agro("trial", "analyse", book, "--response", "yield", *words, "--json")
    assert done.code == 0
    assert any("is taken for the replicate" in one for one in done.json["warnings"])
    assert _row(done.json, None, "treatment")["df"] == 11
