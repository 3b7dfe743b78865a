"""`agro skill yield` on tables good and bad."""

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

MEANS = ("group-mean", "running-mean", "last-year", "trend")
LEARNED = ("ridge", "pls", "forest", "boosting", "gaussian-process", "blend")
ASKED = ("--target", "yield", "--group", "site", "--year", "year")


def rows(
    *, years: int = 8, sites: Iterable[str] = "ab", gain: float = 6.0
) -> list[list[str | float]]:
    """site, year, rain, sort, yield: rain of the year counts, and little else."""
    generator = np.random.default_rng(3)
    rain = generator.uniform(100.0, 200.0, years).round(1)
    return [
        [
            site,
            2000 + n,
            float(rain[n]) + place,
            "early" if (n + place) % 2 else "late",
            round(40.0 + 9.0 * place + gain * (rain[n] - 150.0) / 30.0 + generator.normal(), 2),
        ]
        for place, site in enumerate(sites)
        for n in range(years)
    ]


HEAD = ("site", "year", "rain", "sort", "yield")
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(
        table: list[list[str | float]], *, head: tuple[str, ...] = HEAD, between: str = ","
    ) -> Path:
        file = tmp_path / "yields.csv"
        lines = [between.join(map(str, row)) for row in (head, *table)]
        text = "\n".join(lines) + "\n"
        if between == ";":
            text = text.replace(".", ",")
        file.write_text(text, encoding="utf-8")
        return file

    return write


def by_name(document: Any) -> dict[str, Any]:
    return {one["model"]: one for one in document["candidates"]}


def test_a_table_is_judged_under_the_contract_s_keys(agro: Any, written: Written) -> None:
    done = agro("skill", "yield", written(rows()), *ASKED, "--json")
    assert done.code == 0, done.lines
    assert (done.json["n"], done.json["years"]) == (16, 8)
    found = by_name(done.json)
    assert tuple(found) == (*MEANS, *LEARNED, "chosen")
    assert set(found["ridge"]) == {"model", "rmse", "r2", "skill_vs_group_mean", "low", "high"}
    assert done.json["chosen"] in LEARNED
    best = found[done.json["chosen"]]
    assert 0.0 < best["low"] < best["skill_vs_group_mean"] < best["high"]
    assert best["rmse"] < min(found["group-mean"]["rmse"], found["trend"]["rmse"])
    assert 0.0 <= done.json["coverage_80"] <= 1.0


def test_every_kind_of_file_tells_the_same(agro: Any, written: Written, tmp_path: Path) -> None:
    table = rows(years=5)
    plain = agro("skill", "yield", written(table), *ASKED, "--json")
    comma = agro("skill", "yield", written(table, between=";"), *ASKED, "--json")
    packed = tmp_path / "yields.csv.gz"
    packed.write_bytes(gzip.compress(written(table).read_bytes()))
    gz = agro("skill", "yield", packed, *ASKED, "--json")
    book = openpyxl.Workbook()
    for row in (HEAD, *table):
        book.active.append(list(row))
    book.save(tmp_path / "yields.xlsx")
    xlsx = agro("skill", "yield", tmp_path / "yields.xlsx", *ASKED, "--json")
    assert plain.code == 0
    assert plain.json == comma.json == gz.json == xlsx.json


def test_few_years_are_means_and_said_so(agro: Any, written: Written) -> None:
    done = agro("skill", "yield", written(rows(years=5)), *ASKED, "--json")
    assert done.code == 0
    assert "has 5 years; under 6 only means, trend and last year are judged" in done.lines[0]
    assert tuple(by_name(done.json)) == (*MEANS, "chosen")


def test_two_years_have_scores_and_no_interval(agro: Any, written: Written) -> None:
    done = agro("skill", "yield", written(rows(years=2)), *ASKED, "--json")
    assert done.code == 0
    assert by_name(done.json)["trend"]["low"] is None
    assert done.json["chosen"] == "group-mean"
    assert done.json["coverage_80"] is None


def test_features_are_those_asked_for(agro: Any, written: Written) -> None:
    every = agro("skill", "yield", written(rows()), *ASKED, "--json")
    blind = agro("skill", "yield", written(rows()), *ASKED, "--features", "sort", "--json")
    error = [by_name(one.json)["ridge"]["rmse"] for one in (every, blind)]
    assert error[0] < 0.8 * error[1]


def test_the_yield_in_another_unit_is_told_and_left_out(agro: Any, written: Written) -> None:
    table = [[*row, 0.1 * float(row[-1])] for row in rows(gain=0.0)]
    done = agro("skill", "yield", written(table, head=(*HEAD, "tons")), *ASKED, "--json")
    assert "tons: tells yield itself (|r| > 0.99), and is left out" in done.lines[0]
    plain = agro("skill", "yield", written(rows(gain=0.0)), *ASKED, "--json")
    assert done.json == plain.json


def test_rows_without_a_yield_are_told_and_not_used(agro: Any, written: Written) -> None:
    table = rows(years=5)
    table[3][-1] = ""
    table[4][-1] = "NA"
    done = agro("skill", "yield", written(table), *ASKED, "--json")
    assert done.json["n"] == 8
    assert "2 of 10 rows have no yield and are not used" in done.lines[0]


def test_columns_that_tell_nothing_are_named(agro: Any, written: Written) -> None:
    table = [[*row, row[2], 7, f"plot {n}"] for n, row in enumerate(rows())]
    head = (*HEAD, "pluie", "soil", "plot")
    done = agro("skill", "yield", written(table, head=head), *ASKED, "--json")
    assert done.code == 0
    assert "soil, plot never vary, or have a word for each row" in done.lines[0]
    assert "pluie (as rain) repeat another column" in done.lines[1]
    plain = agro("skill", "yield", written(rows()), *ASKED, "--json")
    assert done.json == plain.json


def test_several_cultivars_of_a_site_and_year_are_rows(agro: Any, written: Written) -> None:
    table = [
        [*row[:3], sort, float(row[-1]) + more]
        for row in rows()
        for sort, more in (("early", 0.0), ("late", 8.0))
    ]
    done = agro("skill", "yield", written(table), *ASKED, "--json")
    found = by_name(done.json)
    assert done.json["n"] == 32
    assert done.json["chosen"] in LEARNED
    assert found["gaussian-process"]["rmse"] < 0.5 * found["group-mean"]["rmse"]


def test_missing_features_are_no_fault(agro: Any, written: Written) -> None:
    table = rows()
    table[2][2] = table[5][3] = ""
    done = agro("skill", "yield", written(table), *ASKED, "--json")
    assert done.code == 0
    assert done.json["n"] == 16


def test_one_site_and_names_for_years_are_said(agro: Any, written: Written) -> None:
    table = [[row[0], f"E{row[1]}", *row[2:]] for row in rows(sites="a")]
    done = agro("skill", "yield", written(table), *ASKED, "--json")
    assert done.code == 0
    assert "year: are no years, so each is held out as it is" in done.lines[0]
    assert "site: has one value" in done.lines[1]
    assert "trend" not in by_name(done.json)


def test_dates_are_held_out_by_their_year(agro: Any, written: Written) -> None:
    table = [[row[0], f"{row[1]}-07-2{n % 10}", *row[2:]] for n, row in enumerate(rows(years=5))]
    dated = agro("skill", "yield", written(table), *ASKED, "--json")
    plain = agro("skill", "yield", written(rows(years=5)), *ASKED, "--json")
    assert dated.json == plain.json


def test_people_get_a_table_and_a_sentence(agro: Any, written: Written) -> None:
    done = agro("skill", "yield", written(rows()), *ASKED)
    assert done.code == 0
    assert "yield: 16 rows, 8 years, each held out once" in done.out
    assert "chosen again for each year, without it" in done.out
    assert "of the squared error of the mean of each site" in done.lines[-1]
    assert "with the choice made without the year judged" in done.lines[-1]
    none = agro("skill", "yield", written(rows(years=5, gain=0.0)), *ASKED)
    assert "no skill here beyond the mean of each site" in none.lines[-1]


def bad(row: int, column: int, value: str) -> list[list[str | float]]:
    table = rows(years=5)
    table[row][column] = value
    return table


@pytest.mark.parametrize(
    ("table", "head", "told"),
    [
        (
            rows(years=5),
            ("site", "year", "rain", "sort", "yeild"),
            "--target: no column yield; did you mean yeild?",
        ),
        (rows(years=5), ("place", *HEAD[1:]), "--group: no column site"),
        (rows(years=1), HEAD, "year: has one value, and no year can be held out"),
        (bad(0, 4, "good"), HEAD, "row 2, yield: 'good' is not a number"),
        (bad(1, 2, "dry"), HEAD, "row 3, rain: 'dry' is not a number"),
        ([[*row[:4], ""] for row in rows(years=5)], HEAD, "yield: no row has a value"),
    ],
)
def test_bad_input_is_one_line(
    agro: Any, written: Written, table: Any, head: tuple[str, ...], told: str
) -> None:
    done = agro("skill", "yield", written(table, head=head), *ASKED, "--json")
    assert done.code == 2
    assert done.out == ""
    assert told in done.lines[-1]


def test_an_unknown_feature_and_a_column_named_twice_are_bad_input(
    agro: Any, written: Written
) -> None:
    done = agro("skill", "yield", written(rows()), *ASKED, "--features", "rein,year", "--json")
    assert done.code == 2
    assert "--features: no column rein; did you mean rain?" in done.lines[0]
    assert "--features: year is asked for twice" in done.lines[1]


def test_a_row_without_a_site_is_told(agro: Any, written: Written) -> None:
    done = agro("skill", "yield", written(bad(0, 0, " ")), *ASKED, "--json")
    assert done.code == 0
    assert "row 2, site: is empty; the row is not used" in done.lines[0]
    assert done.json["n"] == 9
