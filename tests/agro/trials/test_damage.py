"""Sheets as they arrive: each damage is told with row, column and value; the rest is kept."""

import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from agro.errors import BadInput
from agro.trials import Finding, Reading, read
from agro.words import LANGUAGES, finding_sentence, say, warning_sentence
from models.trials.model import Roles

_ROLES = Roles("split-plot", ("gen", "nitro"), block="block", main_plot="gen", sub_plot="nitro")
_GENS = ("Victory", "Golden Rain", "Marvellous")
_HEADER = "plot,block,gen,nitro,yield"


def _sheet() -> list[str]:
    """24 plots below a header: 4 blocks of 3 varieties by 2 doses."""
    lines = [_HEADER]
    for block in range(1, 5):
        for g, gen in enumerate(_GENS):
            for dose in ("0", "0.6"):
                plot = len(lines)
                grown = 80 + 3 * block + 5 * g + (30 if dose == "0.6" else 0) + plot * 7 % 5
                lines.append(f"{plot},B{block},{gen},{dose},{grown}.5")
    return lines


def _with(line: int, old: str, new: str) -> bytes:
    """The sheet with a text of one line (as a spreadsheet counts) replaced."""
    lines = _sheet()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    return "\n".join(lines).encode()


def _yields(line: int, value: str) -> bytes:
    """The sheet with another yield on one line."""
    lines = _sheet()
    lines[line - 1] = f"{lines[line - 1].rpartition(',')[0]},{value}"
    return "\n".join(lines).encode()


def _read(body: bytes, roles: Roles = _ROLES, response: str = "yield") -> Reading:
    return read(body, "trial.csv", response, roles)


def _found(reading: Reading, code: str) -> Finding:
    found = [one for one in reading.findings if one.code == code]
    assert found, [(one.row, one.code, one.value) for one in reading.findings]
    for language in LANGUAGES:
        told = finding_sentence(say(language), code, found[0].value, found[0].facts)
        assert "{" not in told
    return found[0]


def _plots(reading: Reading) -> int:
    assert reading.trial is not None
    return len(reading.trial.response)


def test_a_good_sheet_has_nothing_to_tell() -> None:
    reading = _read("\n".join(_sheet()).encode())
    assert reading.findings == ()
    assert reading.trial is not None
    assert reading.lines == tuple(range(2, 26))
    assert reading.trial.factors["nitro"].levels == ("0", "0.6")
    assert reading.trial.factors["gen"].levels == ("Golden Rain", "Marvellous", "Victory")
    assert np.isfinite(reading.trial.response).all()


# A cell of the response that is no measurement: the plot stays, its value is missing.
@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("many", "not_a_number", id="text in a number"),
        pytest.param("9O.5", "not_a_number", id="letter O for a zero"),
        pytest.param("90.5.1", "not_a_number", id="two decimal points"),
        pytest.param("90 .5 1", "not_a_number", id="spaces that group nothing"),
        pytest.param("90.5 eaten by pigeons", "not_a_number", id="remark behind the number"),
        pytest.param("#DIV/0!", "spreadsheet_error", id="error of the spreadsheet"),
        pytest.param("#VALEUR!", "spreadsheet_error", id="error of a French spreadsheet"),
        pytest.param("=B2*2", "formula", id="formula as text"),
        pytest.param("2026-05-03", "date_in_number", id="ISO date"),
        pytest.param("3-May", "date_in_number", id="3.5 turned into a day of May"),
        pytest.param("03/05/2026", "date_in_number", id="French date"),
        pytest.param("46145", "date_serial", id="date as a serial number"),
        pytest.param("-99", "missing_code", id="code for missing"),
        pytest.param("9999", "missing_code", id="large code for missing"),
        pytest.param("inf", "not_finite", id="infinite"),
        pytest.param("1e999", "not_finite", id="too large for a number"),
        pytest.param("<90", "censored", id="a bound"),
        pytest.param("90-95", "two_numbers", id="a range"),
        pytest.param("90 ± 3", "two_numbers", id="a mean with its error"),
        pytest.param('"1,234"', "comma_unclear", id="comma of thousands or of decimals"),
        pytest.param("90.5 kg", "unit_alone", id="one cell with a unit"),
    ],
)
def test_a_cell_that_is_no_measurement(value: str, code: str) -> None:
    reading = _read(_yields(5, value))
    found = _found(reading, code)
    assert (found.row, found.column, found.value) == (5, "yield", value.strip('"'))
    assert not found.used
    assert _plots(reading) == 24
    assert reading.trial is not None
    assert np.flatnonzero(np.isnan(reading.trial.response)).tolist() == [3]


@pytest.mark.parametrize("word", ["", "NA", "n.d.", ".", "*", "-", "perdu", "#N/A", " "])
def test_a_lost_plot_is_missing(word: str) -> None:
    reading = _read(_yields(5, word))
    assert reading.trial is not None
    assert np.flatnonzero(np.isnan(reading.trial.response)).tolist() == [3]
    assert all(one.code == "spreadsheet_error" for one in reading.findings)


def test_many_lost_plots_may_bear_the_same_code() -> None:
    lines = _sheet()
    lines[1:8] = [f"{line.rpartition(',')[0]},-99" for line in lines[1:8]]
    reading = _read("\n".join(lines).encode())
    assert [one.row for one in reading.problems if one.code == "missing_code"] == [*range(2, 9)]
    assert reading.trial is not None
    assert np.isnan(reading.trial.response[:7]).all()


def test_changes_may_be_negative() -> None:
    lines = _sheet()
    lines[1:8] = [f"{line.rpartition(',')[0]},-{n}.5" for n, line in enumerate(lines[1:8])]
    assert _read("\n".join(lines).encode()).findings == ()


# Figures that are odd: they are used, and told.
@pytest.mark.parametrize(
    ("value", "code", "number"),
    [
        pytest.param("985", "far_off", 985.0, id="decimal sign lost"),
        pytest.param("0.0985", "far_off", 0.0985, id="in another unit"),
        pytest.param("-98.5", "negative", -98.5, id="a lonely minus"),
    ],
)
def test_an_odd_figure_is_used_and_told(value: str, code: str, number: float) -> None:
    reading = _read(_yields(5, value))
    found = _found(reading, code)
    assert (found.row, found.value, found.used) == (5, value, True)
    assert reading.trial is not None
    assert reading.trial.response[3] == number


def test_decimal_commas_in_a_semicolon_file() -> None:
    text = "\n".join(_sheet()).replace(",", ";").replace(".", ",")
    reading = _read(text.encode())
    assert reading.findings == ()
    assert reading.trial is not None
    assert reading.trial.response[0] == 85.5


def test_a_decimal_comma_among_commas_widens_the_row() -> None:
    reading = _read(_yields(5, "90,5"))
    found = _found(reading, "cells_many")
    assert (found.row, found.facts) == (5, {"cells": 6, "header": 5})
    assert _plots(reading) == 23


def test_quoted_decimal_commas_are_read() -> None:
    lines = _sheet()
    quoted = [
        lines[0],
        *(
            f'{a},"{b.replace(".", ",")}"'
            for a, _, b in (line.rpartition(",") for line in lines[1:])
        ),
    ]
    reading = _read("\n".join(quoted).encode())
    assert reading.findings == ()
    assert reading.trial is not None
    assert reading.trial.response[0] == 85.5


def test_the_same_unit_everywhere_is_read_and_told() -> None:
    lines = _sheet()
    reading = _read("\n".join([lines[0], *(f"{line} kg" for line in lines[1:])]).encode())
    found = _found(reading, "unit_in_cell")
    assert found.facts == {"unit": "kg", "n": 24}
    assert _plots(reading) == 24


def test_two_units_do_not_mix() -> None:
    lines = [f"{line} kg" for line in _sheet()]
    lines[0] = _HEADER
    lines[4] = lines[4].replace("kg", "g")
    reading = _read("\n".join(lines).encode())
    found = _found(reading, "units_differ")
    assert (found.row, found.facts) == (5, {"usual": "kg"})


# Levels.
def test_a_misspelt_level_is_left_out_with_the_nearest() -> None:
    reading = _read(_with(2, "Victory", "Victroy"))
    found = _found(reading, "level_misspelt")
    assert (found.row, found.column, found.value) == (2, "gen", "Victroy")
    assert found.facts == {"near": "Victory"}
    assert _plots(reading) == 23
    assert reading.trial is not None
    assert "Victroy" not in reading.trial.factors["gen"].levels


@pytest.mark.parametrize(
    ("line", "old", "new", "level"),
    [
        pytest.param(2, "Victory", "VICTORY", "Victory", id="capitals"),
        pytest.param(4, "Golden Rain", "golden_rain", "Golden Rain", id="underscore"),
        pytest.param(4, "Golden Rain", "GoldenRain", "Golden Rain", id="space lost"),
        pytest.param(2, "B1", "B01", "B1", id="zero before a number"),
        pytest.param(3, "0.6", "0.60", "0.6", id="zero behind a number"),
        pytest.param(3, "0.6", ".6", "0.6", id="zero left out"),
    ],
)
def test_another_spelling_is_the_same_level(line: int, old: str, new: str, level: str) -> None:
    reading = _read(_with(line, f",{old},", f",{new},"))
    found = _found(reading, "level_spelled")
    assert (found.row, found.value, found.facts) == (line, new, {"level": level})
    assert _plots(reading) == 24
    assert reading.trial is not None
    assert all(new not in factor.levels for factor in reading.trial.factors.values())


def test_levels_that_differ_by_a_digit_or_a_sign_are_levels() -> None:
    lines = ["block,trt,y"]
    lines += [
        f"B{b},{t},{b + n}.5" for b in (1, 2, 3) for n, t in enumerate(("G18", "G19", "N+", "N-"))
    ]
    reading = _read("\n".join(lines).encode(), Roles("rcbd", ("trt",), block="block"), "y")
    assert reading.findings == ()


def test_new_lines_of_an_augmented_trial_are_no_slips() -> None:
    lines = ["block,entry,y"]
    for block in range(1, 4):
        entries = ["Check one", "Check two", f"Check tw{block}a", f"Line {block}"]
        lines += [f"B{block},{entry},{n + block}.5" for n, entry in enumerate(entries)]
    reading = _read("\n".join(lines).encode(), Roles("augmented", ("entry",), block="block"), "y")
    assert reading.findings == ()


def test_a_level_turned_into_a_date() -> None:
    lines = [line.replace("Victory", "1-2") for line in _sheet()]
    lines[1] = lines[1].replace("1-2", "2026-02-01")
    found = _found(reading := _read("\n".join(lines).encode()), "level_date")
    assert (found.row, found.column, found.value) == (2, "gen", "2026-02-01")
    assert _plots(reading) == 23


def test_merged_cells_leave_levels_empty() -> None:
    lines = _sheet()
    first = next(n for n, line in enumerate(lines) if ",B2," in line)
    rest = [line.replace(",B2,", ",,") for line in lines[first + 1 :]]
    reading = _read("\n".join([*lines[: first + 1], *rest]).encode())
    told = [one for one in reading.problems if one.code == "level_missing"]
    assert [one.row for one in told] == [9, 10, 11, 12, 13]
    assert {one.column for one in told} == {"block"}
    assert _plots(reading) == 19


# Rows.
def test_the_same_row_twice_is_left_out_once() -> None:
    lines = _sheet()
    reading = _read("\n".join([*lines, lines[4]]).encode())
    found = _found(reading, "row_repeated")
    assert (found.row, found.value, found.facts["earlier"]) == (26, "plot 4", 5)
    assert _plots(reading) == 24


def test_a_plot_twice_with_other_values_is_told_and_both_are_used() -> None:
    reading = _read(_with(6, "5,B1", "4,B1"))
    found = _found(reading, "plot_twice")
    assert (found.row, found.value, found.used) == (6, "plot 4", True)
    assert found.facts["earlier"] == 5
    assert _plots(reading) == 24


def test_equal_rows_of_a_trial_without_plot_numbers_may_be_two_plots() -> None:
    body = b"trt,y\nA,1.5\nA,1.5\nB,2.5\nB,2.0\n"
    assert _plots(_read(body, Roles("crd", ("trt",)), "y")) == 4


@pytest.mark.parametrize(
    ("row", "code"),
    [
        pytest.param("25,B4,Victory", "cells_few", id="short row"),
        pytest.param("25,B4,Victory,0,90,5,1", "cells_many", id="long row"),
        pytest.param(_HEADER, "header_again", id="header in the middle"),
        pytest.param("Mean,,,,98.2", "summary_row", id="mean at the foot"),
        pytest.param(",,,Total,2356.8", "summary_row", id="total at the foot"),
        pytest.param("Moyenne :,,,,98.2", "summary_row", id="French mean"),
    ],
)
def test_a_row_that_is_no_plot(row: str, code: str) -> None:
    reading = _read("\n".join([*_sheet(), row]).encode())
    assert _found(reading, code).row == 26
    assert len(reading.problems) == 1
    assert _plots(reading) == 24


def test_a_quote_that_is_not_closed_tells_what_it_swallows() -> None:
    found = _found(reading := _read(_with(20, "Victory", '"Victory')), "quote_open")
    assert found.row == 20
    assert found.facts == {"lines": 5}
    assert _plots(reading) == 18


def test_plots_of_which_nothing_is_known_are_counted() -> None:
    reading = _read("\n".join([*_sheet(), "25,,,,", "26,,,,"]).encode())
    assert _found(reading, "plots_empty").facts == {"n": 2}
    assert reading.empty == 2
    assert reading.problems == ()


def test_na_of_an_export_is_an_empty_cell() -> None:
    reading = _read("\n".join([*_sheet(), "25,NA,NA,NA,NA"]).encode())
    assert reading.empty == 1
    assert reading.problems == ()
    assert _plots(reading) == 24


def test_blank_lines_are_nothing() -> None:
    lines = _sheet()
    assert _read("\n".join([*lines[:5], "", ",,,,", *lines[5:], ""]).encode()).findings == ()


# What stands around the table.
def test_a_title_above_the_header() -> None:
    reading = _read("\n".join(["Oats 2026;Field 3", "", *_sheet()]).encode())
    assert _found(reading, "title_rows").facts == {"header": 3}
    assert reading.problems == ()
    assert reading.lines[0] == 4


def test_plots_above_the_header_are_not_lost_unnoticed() -> None:
    lines = _sheet()
    reading = _read("\n".join([*lines[1:4], lines[0], *lines[4:]]).encode())
    told = [one.row for one in reading.problems if one.code == "row_above_header"]
    assert told == [1, 2, 3]
    assert _plots(reading) == 21


def test_units_below_the_header() -> None:
    lines = _sheet()
    reading = _read("\n".join([lines[0], ",,,kg/ha,kg/plot", *lines[1:]]).encode())
    assert _found(reading, "units_row").row == 2
    assert reading.problems == ()
    assert _plots(reading) == 24


def test_a_header_with_its_unit() -> None:
    reading = _read(_with(1, "yield", "Yield (t/ha)"))
    found = _found(reading, "column_taken")
    assert (found.column, found.value) == ("yield", "Yield (t/ha)")
    assert _plots(reading) == 24


def test_a_merged_header_names_the_place() -> None:
    reading = _read(_with(1, "gen,nitro", "gen,"))
    assert reading.trial is None
    assert _found(reading, "header_merged").facts == {"n": 4}
    assert _found(reading, "column_unknown").value == "nitro"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        pytest.param("plot,block,gen,nitro,yeild", "column_unknown", id="misspelt header"),
        pytest.param("plot,block,gen,yield,yield", "column_twice", id="column twice"),
    ],
)
def test_a_header_that_lacks_a_column(header: str, code: str) -> None:
    reading = _read(_with(1, _HEADER, header))
    assert reading.trial is None
    found = _found(reading, code)
    assert found.column == "yield"
    if code == "column_unknown":
        assert "yeild" in found.facts["near"]


def test_a_column_cannot_play_two_parts() -> None:
    reading = _read("\n".join(_sheet()).encode(), response="nitro")
    assert reading.trial is None
    assert _found(reading, "column_two_parts").value == "nitro"


def test_one_level_is_nothing_to_compare() -> None:
    lines = [line for line in _sheet() if "0.6" not in line]
    reading = _read("\n".join(lines).encode())
    assert reading.trial is None
    assert _found(reading, "one_level").column == "nitro"


def test_no_value_at_all() -> None:
    lines = _sheet()
    empty = [lines[0], *(f"{line.rpartition(',')[0]}," for line in lines[1:])]
    reading = _read("\n".join(empty).encode())
    assert reading.trial is None
    assert _found(reading, "no_values").column == "yield"


def test_a_design_without_its_blocks() -> None:
    reading = _read("\n".join(_sheet()).encode(), Roles("rcbd", ("gen",)))
    assert reading.trial is None
    assert _found(reading, "part_missing").value == "block"


# Files.
@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n\n", "is empty", id="blank"),
        pytest.param(_HEADER.encode(), "header and no rows", id="header alone"),
        pytest.param(b"%PDF-1.7 ...", "is a PDF", id="PDF"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1", "old kind or with a password", id="XLS"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "is a picture", id="picture"),
        pytest.param(b"<html><table></table></html>", "is a web page", id="web page"),
        pytest.param(b'{"plots": []}', "is JSON", id="JSON"),
        pytest.param(b"PK\x03\x04 cut off", "is not a workbook", id="broken workbook"),
        pytest.param(b"\x1f\x8b cut off", "gzip is broken", id="broken gzip"),
        pytest.param(b"a,b\n1,\x002\n", "is not text", id="binary"),
        pytest.param(b"x" * 50_000_001, "more than 50 MB; split it", id="too large"),
        pytest.param(b"gen,yield\n" + b"A,1\n" * 200_001, "more than 200000 rows", id="too long"),
    ],
)
def test_a_file_that_is_no_table(body: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        _read(body)
    assert all(line.startswith("trial.csv: ") for line in refused.value.lines)


@pytest.mark.parametrize(
    ("encode", "code"),
    [
        pytest.param(lambda text: text.encode("cp1252"), "encoding_guessed", id="Windows-1252"),
        pytest.param(lambda text: text.encode("utf-8"), "", id="UTF-8"),
        pytest.param(lambda text: text.encode("utf-8-sig"), "", id="UTF-8 with its mark"),
        pytest.param(lambda text: text.encode("utf-16"), "", id="UTF-16"),
        pytest.param(lambda text: gzip.compress(text.encode()), "", id="gzip"),
        pytest.param(
            lambda text: text.encode().decode("cp1252").encode(), "encoding_broken", id="mojibake"
        ),
    ],
)
def test_encodings(encode: Callable[[str], bytes], code: str) -> None:
    text = "\n".join(_sheet()).replace("Victory", "Été précoce")
    reading = _read(encode(text))
    assert [one.code for one in reading.findings] == ([code] if code else [])
    assert _plots(reading) == 24
    if not code:
        assert reading.trial is not None
        assert "Été précoce" in reading.trial.factors["gen"].levels


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    assert _plots(_read("\n".join(_sheet()).replace(",", delimiter).encode())) == 24


def test_a_workbook_with_a_title_numbers_and_a_date() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Oats 2026"])
    for n, line in enumerate(_sheet()):
        plot, block, gen, nitro, grown = line.split(",")
        sheet.append(
            [plot, block, gen, nitro, grown]
            if n == 0
            else [int(plot), block, gen, float(nitro), float(grown)]
        )
    sheet["E6"].value = "2026-05-03"
    body = io.BytesIO()
    book.save(body)
    reading = _read(body.getvalue())
    assert _found(reading, "date_in_number").row == 6
    assert _plots(reading) == 24
    assert reading.trial is not None
    assert reading.trial.factors["nitro"].levels == ("0", "0.6")


_ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("folder", "pattern", "group"),
    [
        ("agro/trials", r'(?:Finding\([^()]*?|of_file\()\s*"([a-z_]+)"', "trial_problem"),
        ("models/trials", r'Warning\(\s*"([a-z_]+)"', "trial_warning"),
    ],
)
def test_every_code_has_its_sentence_in_every_language(
    folder: str, pattern: str, group: str
) -> None:
    """Codes stand in the catalogues as they stand in the code."""
    source = "".join(file.read_text("utf-8") for file in (_ROOT / folder).glob("*.py"))
    codes = set(re.findall(pattern, source))
    assert len(codes) > 10
    unworded = {
        (language, code)
        for language in LANGUAGES
        for code in codes
        if not say(language).knows(f"{group}.{code}")
    }
    assert not unworded


def test_a_warning_as_a_sentence() -> None:
    told = warning_sentence(say("en"), "variances_differ", {"factor": "env", "p": 0.000123})
    assert "env" in told
    assert "p = 0.000123" in told
    least = warning_sentence(say("en"), "variances_differ", {"factor": "env", "p": 3.21e-50})
    assert "p = 3.2e-50" in least
    twice = warning_sentence(say("en"), "plots_repeated", {"key": "row", "plots": 30, "rows": 60})
    assert "told apart by row" in twice
    nowhere = warning_sentence(say("en"), "not_worded_yet", {"plots": 3})
    assert nowhere == "not worded yet (plots 3)"


def test_a_finding_as_a_sentence() -> None:
    found = _found(_read(_with(2, "Victory", "Victroy")), "level_misspelt")
    told = finding_sentence(say("en"), found.code, found.value, found.facts)
    assert told == "'Victroy' is not another level, it seems; did you mean Victory?"
    french = finding_sentence(say("fr"), found.code, found.value, found.facts)
    assert "vouliez-vous dire Victory" in french
