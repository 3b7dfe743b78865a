"""A field book goes out and comes back: what is sure is taken, everything else is told."""

import gzip
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import isnan, nan
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agro.errors import BadInput
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.tables import to_csv, to_xlsx
from agro.trials import Finding
from agro.trials.entering import Preview, book, read_back
from agro.trials.planning import draw, times
from agro.words import LANGUAGES, finding_sentence, say
from models.trials.layout import Request
from tests.agro.trials.test_planning import REQUESTS, drawn

_YIELD = Trait("yield_t_ha", "Rendement", "t/ha", 0.0, 8.0)
_HEIGHT = Trait("height", "Hauteur", "cm", 20.0, 200.0)


def _trial(traits: Sequence[Trait] = (_YIELD, _HEIGHT), **more: Any) -> PlannedTrial:
    """Three varieties in four blocks, four plots to a row, so that numbers turn at its end."""
    asked = {"treatments": ("témoin", "trèfle", "féverole"), "blocks": 4, "seed": 7, "border": True}
    request = Request("rcbd", **(asked | more))
    plain = PlannedTrial("cras", "essai", "Essai", "rcbd", "moutarde", traits=tuple(traits))
    return draw(plain, request)


_TRIAL = _trial()
_NUMBERS = [one.number for one in _TRIAL.plots if one.number is not None]
_FILLED = tuple(
    PlotValue(number, trait, value + place / 10)
    for place, number in enumerate(_NUMBERS)
    for trait, value in (("yield_t_ha", 3.0), ("height", 90.0))
)


def _grid(values: Sequence[PlotValue] = _FILLED, trial: PlannedTrial = _TRIAL) -> list[list[str]]:
    """The field book as the cells of a spreadsheet, its header first."""
    rows, columns = book(trial, values)
    cells = [[row.get(name) for name in columns] for row in rows]
    return [list(columns), *[["" if one is None else str(one) for one in row] for row in cells]]


def _csv(grid: Sequence[Sequence[str]], comma: str = ",") -> bytes:
    return "\n".join(comma.join(f'"{cell}"' for cell in row) for row in grid).encode()


def _read(
    grid: Sequence[Sequence[str]], standing: Sequence[PlotValue] = (), **more: Any
) -> Preview:
    return read_back(more.pop("trial", _TRIAL), _csv(grid, **more), "retour.csv", standing)


def _with(line: int, column: str, cell: str) -> list[list[str]]:
    """The filled book with one cell changed; lines count as in a spreadsheet."""
    grid = _grid()
    grid[line - 1][grid[0].index(column)] = cell
    return grid


def _found(read: Preview, code: str) -> Finding:
    """The one finding of a code, told in every language."""
    found = [one for one in read.findings if one.code == code]
    assert len(found) == 1, read.findings
    for language in LANGUAGES:
        told = finding_sentence(say(language), code, found[0].value, found[0].facts)
        assert "{" not in told
    return found[0]


def _said(read: Preview) -> set[tuple[int, str, str, float]]:
    return {(one.plot, one.trait, one.time, one.value) for one in read.values}


_ALL = {(one.plot, one.trait, one.time, one.value) for one in _FILLED}


def test_the_book_is_walked_by_number_and_leaves_borders_out() -> None:
    rows, columns = book(_TRIAL)
    assert columns == (
        *("plot", "row", "column", "block", "treatment"),
        *("yield_t_ha (t/ha)", "height (cm)"),
    )
    numbers = [row["plot"] for row in rows]
    assert numbers == sorted(numbers) == _NUMBERS
    assert any(one.number is None for one in _TRIAL.plots)
    assert all(row["height (cm)"] is None for row in rows)


def test_values_that_stand_are_in_the_book_and_a_lost_plot_is_told() -> None:
    first = _NUMBERS[0]
    rows, _ = book(_TRIAL, [PlotValue(first, "height", nan), PlotValue(first, "yield_t_ha", 3.5)])
    assert (rows[0]["height (cm)"], rows[0]["yield_t_ha (t/ha)"]) == ("NA", 3.5)
    read = _read(_grid([PlotValue(first, "height", nan)]))
    (value,) = read.values
    assert (value.plot, value.trait) == (first, "height")
    assert isnan(value.value)


_amounts = st.one_of(st.none(), st.just(nan), st.floats(0.1, 8.0, allow_subnormal=False))


@settings(max_examples=60, deadline=None)
@given(st.lists(_amounts, min_size=len(_NUMBERS), max_size=len(_NUMBERS)), st.booleans())
def test_a_book_brings_exactly_its_values_and_then_nothing_new(
    amounts: list[float | None], workbook: bool
) -> None:
    standing = [
        PlotValue(number, "yield_t_ha", value)
        for number, value in zip(_NUMBERS, amounts, strict=True)
        if value is not None
    ]
    rows, columns = book(_TRIAL, standing)
    body = to_xlsx(rows, columns) if workbook else to_csv(rows, columns).encode()
    first, again = read_back(_TRIAL, body, "a", ()), read_back(_TRIAL, body, "a", standing)
    assert [one.plot for one in first.values] == [one.plot for one in standing]
    assert [one.value for one in first.values] == pytest.approx(
        [one.value for one in standing], rel=1e-15, nan_ok=True
    )
    assert first.known == 0
    assert (again.values, again.changed, again.known) == ((), (), len(standing))
    assert not first.problems


@pytest.mark.parametrize("design", REQUESTS)
@pytest.mark.parametrize("by_place", [False, True])
def test_the_book_of_every_design_comes_back(design: str, by_place: bool) -> None:
    trial = replace(drawn(design), traits=(_YIELD,))
    numbers = [one.number for one in trial.plots if one.number is not None]
    said = [
        PlotValue(number, "yield_t_ha", 2.0 + 0.01 * place, visit)
        for visit in times(trial)
        for place, number in enumerate(numbers)
    ]
    grid = _grid(said, trial)
    read = _read([row[by_place:] for row in grid], trial=trial)
    assert _said(read) == {(one.plot, one.trait, one.time, one.value) for one in said}
    assert read.findings == ()


_damage = st.one_of(
    st.sampled_from(["", "abc", "#REF!", "12/07/2026", "-9999", "1,234,5", "=A1", "101", "témoin"]),
    st.text("0123456789,.-/ abcé#'", max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(st.integers(2, len(_NUMBERS) + 1), st.integers(0, 6), _damage)
def test_a_damaged_cell_loses_nothing_else(line: int, place: int, cell: str) -> None:
    grid = _grid()
    grid[line - 1][place] = cell
    plot = _NUMBERS[line - 2]
    read = _read(grid)
    others = {one for one in _ALL if one[0] != plot}
    if place >= 5:  # a value: the other trait of the plot stays, too
        trait = (_YIELD, _HEIGHT)[place - 5].name
        others |= {one for one in _ALL if one[0] == plot and one[1] != trait}
    assert others <= _said(read)
    wrong = _said(read) - _ALL
    assert all(one[0] == plot and place >= 5 for one in wrong)
    lost = _ALL - _said(read)
    if lost and not wrong and cell.strip():
        assert read.problems


def _swapped(grid: list[list[str]]) -> list[list[str]]:
    order = [6, 4, 0, 5, 3, 2, 1]
    return [[row[place] for place in order] for row in grid]


def _decimal_commas(grid: list[list[str]]) -> list[list[str]]:
    return [grid[0], *[[*row[:5], *(one.replace(".", ",") for one in row[5:])] for row in grid[1:]]]


def _french(grid: list[list[str]]) -> list[list[str]]:
    header = ["Parcelle", "Rang", "Colonne", "Bloc", "Traitement", "Rendement (t/ha)", "Hauteur"]
    return [header, *grid[1:]]


def _in_cells(grid: list[list[str]]) -> list[list[str]]:
    header = [*grid[0][:5], "yield_t_ha", "height"]
    return [header, *[[*row[:5], f"{row[5]} t/ha", f"{row[6]} cm"] for row in grid[1:]]]


def _units_below(grid: list[list[str]]) -> list[list[str]]:
    header = [*grid[0][:5], "yield_t_ha", "height"]
    return [header, ["", "", "", "", "", "t/ha", "cm"], *grid[1:]]


def _titled(grid: list[list[str]]) -> list[list[str]]:
    return [["Essai moutarde 2026"], [""], *grid]


def _merged(grid: list[list[str]]) -> list[list[str]]:
    plot = ["Parcelle", "Rang", "Colonne", "Bloc", "Traitement"]
    below = ["", "", "", "", "", "Rendement (t/ha)", "Hauteur (cm)"]
    return [[*plot, "Mesures", ""], below, *grid[1:]]


def _merged_with_more_below(grid: list[list[str]]) -> list[list[str]]:
    head = [["Parcelle", "Place", "", "Bloc", "Traitement", "Mesures", ""], ["", *grid[0][1:3]]]
    head[1] += ["", "", "Rendement (t/ha)", "Hauteur (cm)"]
    return [*head, *grid[1:]]


def _upwards(grid: list[list[str]]) -> list[list[str]]:
    return [grid[0], *reversed(grid[1:])]


def _by_place(grid: list[list[str]]) -> list[list[str]]:
    return [row[1:3] + row[5:] for row in grid]


def _spelled(grid: list[list[str]]) -> list[list[str]]:
    return [grid[0], *[[f"P{row[0]}", *row[1:4], row[4].upper(), *row[5:]] for row in grid[1:]]]


@pytest.mark.parametrize(
    "as_sent",
    [
        *(_swapped, _decimal_commas, _french, _in_cells, _units_below, _titled, _upwards),
        *(_by_place, _spelled, _merged, _merged_with_more_below),
    ],
)
def test_a_book_is_read_as_people_send_it(as_sent: Any) -> None:
    read = _read(as_sent(_grid()), comma=";")
    assert _said(read) == _ALL
    assert not read.problems


def test_old_encodings_and_packed_files_are_read() -> None:
    text = _csv(_grid()).decode()
    macintosh = text.replace("\n", "\r").encode()
    packed = gzip.compress(text.encode())
    for body in (text.encode("cp1252"), text.encode("utf-16"), macintosh, packed):
        assert _said(read_back(_TRIAL, body, "retour.csv")) == _ALL


def test_days_and_remarks_travel_with_the_values() -> None:
    grid = _grid()
    days = ["20/07/2026", "2026-07-20", "46223", "hier", *[""] * (len(grid) - 5)]
    notes = ["grêle", *[""] * (len(grid) - 2)]
    grid = [
        row + more
        for row, more in zip(
            grid, [["Date", "Remarques"], *map(list, zip(days, notes, strict=True))], strict=True
        )
    ]
    read = _read(grid)
    assert _said(read) == _ALL
    told = {one.plot: (one.day, one.notes) for one in read.values}
    day = date(2026, 7, 20)
    assert [told[number][0] for number in _NUMBERS[:4]] == [day, day, day, None]
    assert told[_NUMBERS[0]][1] == "grêle"
    assert (_found(read, "day_unclear").row, _found(read, "day_unclear").used) == (5, True)


# A row that may be of another plot: nothing of it is taken.
@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("plot", "999", "plot_unknown"),
        ("plot", "1O1", "plot_unknown"),
        ("plot", "404", "plot_unknown"),
        ("row", "4", "layout_differs"),
        ("block", "3", "layout_differs"),
        ("treatment", "luzerne", "layout_differs"),
    ],
)
def test_a_row_that_contradicts_the_layout_is_not_taken(column: str, cell: str, code: str) -> None:
    read = _read(_with(3, column, cell))
    found = _found(read, code)
    assert (found.row, found.column, found.value, found.used) == (3, column, cell, False)
    assert _said(read) == {one for one in _ALL if one[0] != _NUMBERS[1]}
    assert read.refused == 1
    assert read.lacking == (_NUMBERS[1],)


def test_the_book_of_another_drawing_brings_nothing() -> None:
    other = replace(_TRIAL, plots=())
    read = read_back(draw(other, Request("rcbd", _TRIAL.treatments, blocks=4, seed=8)),
                     _csv(_grid()), "retour.csv")  # fmt: skip
    found = _found(read, "layout_other")
    assert (found.row, found.used) == (0, False)
    assert found.facts["n"] >= 3
    assert read.values == ()


def test_levels_that_a_spreadsheet_has_spoilt_leave_the_other_rows() -> None:
    grid = [[cell.replace("témoin", "2026-02-01") for cell in row] for row in _grid()]
    read = _read(grid)
    assert [one.code for one in read.problems] == ["layout_differs"] * 4
    assert len(read.values) == len(_FILLED) - 8


def test_the_layout_is_told_beside_what_contradicts_it() -> None:
    there = next(one for one in _TRIAL.plots if one.number == _NUMBERS[1])
    other = next(one for one in _TRIAL.treatments if one != there.treatment)
    found = _found(_read(_with(3, "treatment", other)), "layout_differs")
    assert found.facts == {"plot": str(there.number), "laid": there.treatment}


def test_a_plot_that_two_rows_tell_differently_is_taken_from_neither() -> None:
    grid = [[row[0], row[5], row[6]] for row in _grid()]
    grid[2][0] = grid[1][0]  # 101 twice, 102 never
    read = _read(grid)
    clashes = [one for one in read.findings if one.code == "plot_told_twice"]
    assert [(one.row, one.column, one.facts["earlier"]) for one in clashes] == [
        (3, "yield_t_ha", 2),
        (3, "height", 2),
    ]
    assert _said(read) == {one for one in _ALL if one[0] not in _NUMBERS[:2]}


def test_a_plot_whose_rows_complete_each_other_is_taken_from_both() -> None:
    grid = [[row[0], row[5], row[6]] for row in _grid()]
    grid += [[grid[1][0], "", grid[1][2]], list(grid[2])]
    grid[1][2] = ""
    read = _read(grid)
    assert _said(read) == _ALL
    assert (_found(read, "row_repeated").row, _found(read, "row_repeated").used) == (15, True)


def test_a_border_is_not_measured() -> None:
    edge = ["", "0", "1", "", "border", "3.1", "90"]
    read = _read([*_grid(), edge, ["", "0", "2", "", "bordure", "", ""]])
    assert _found(read, "border_value").row == len(_grid()) + 1
    assert _said(read) == _ALL


# A cell of a trait that is no value of it: the rest of its row is taken.
@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("beaucoup", "not_a_number"),
        ("#DIV/0!", "spreadsheet_error"),
        ("-9999", "missing_code"),
        ("-3.2", "below_nothing"),
        ("<2", "censored"),
        ("3.1 kg", "units_differ"),
        ("2026-07-20", "date_in_number"),
    ],
)
def test_a_cell_that_cannot_be_is_left_out_alone(cell: str, code: str) -> None:
    read = _read(_with(4, "yield_t_ha (t/ha)", cell))
    found = _found(read, code)
    assert (found.row, found.column, found.value, found.used) == (4, "yield_t_ha", cell, False)
    assert _said(read) == _ALL - {one for one in _ALL if one[:2] == (_NUMBERS[2], "yield_t_ha")}


def test_a_value_out_of_bounds_is_taken_and_told() -> None:
    read = _read(_with(4, "yield_t_ha (t/ha)", "9.5"))
    found = _found(read, "out_of_bounds")
    assert (found.row, found.used, found.facts["high"]) == (4, True, "8")
    assert (_NUMBERS[2], "yield_t_ha", "", 9.5) in _said(read)


@pytest.mark.parametrize("cell", ["NA", "perdu", "n.d.", "-"])
def test_a_lost_plot_is_a_statement_and_an_empty_cell_none(cell: str) -> None:
    lost = _read(_with(4, "height (cm)", cell), _FILLED)
    (value,) = lost.values
    assert isnan(value.value)
    (change,) = lost.changed
    assert (change.plot, change.before) == (_NUMBERS[2], 90.2)
    empty = _read(_with(4, "height (cm)", ""), _FILLED)
    assert empty.values == ()
    assert empty.known == len(_FILLED) - 1


def test_a_plot_that_has_another_value_is_told_before_it_is_changed() -> None:
    read = _read(_with(2, "yield_t_ha (t/ha)", "4.4"), _FILLED)
    (change,) = read.changed
    assert (change.plot, change.trait, change.before, change.after) == (101, "yield_t_ha", 3.0, 4.4)
    assert len(read.values) == 1


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("t/ha", 1.0),
        ("t ha-1", 1.0),
        ("t.ha⁻¹", 1.0),
        ("tonnes par hectare", 1.0),
        ("kg/ha", 1000.0),
        ("q/ha", 10.0),
        ("g/m²", 100.0),
        ("kg m-2", 0.1),
    ],
)
def test_units_are_converted_where_the_factor_is_exact(unit: str, factor: float) -> None:
    grid = [[row[0], row[5]] for row in _grid()]
    grid[0][1] = f"yield_t_ha ({unit})"
    for row in grid[1:]:
        row[1] = f"{float(row[1]) * factor:.12g}"
    read = _read(grid)
    assert _said(read) == {one for one in _ALL if one[1] == "yield_t_ha"}
    if factor != 1.0:
        assert _found(read, "unit_converted").used


@pytest.mark.parametrize("unit", ["g/parcelle", "kg", "cm", "%"])
def test_a_column_in_a_unit_without_a_factor_is_not_taken(unit: str) -> None:
    grid = _grid()
    grid[0][5] = f"yield_t_ha ({unit})"
    read = _read(grid)
    found = _found(read, "unit_differs")
    assert (found.row, found.column, found.value, found.used) == (0, "yield_t_ha", unit, False)
    assert _said(read) == {one for one in _ALL if one[1] == "height"}


def test_a_line_of_units_below_the_header_counts() -> None:
    grid = _units_below(_grid())
    grid[1][5] = "g/plot"
    read = _read(grid)
    assert _found(read, "unit_differs").value == "g/plot"
    assert _said(read) == {one for one in _ALL if one[1] == "height"}


def test_a_column_of_numbers_that_is_no_trait_is_told_and_remarks_are_not_read() -> None:
    grid = [
        row + more
        for row, more in zip(
            _grid(), [["heigth 2", "météo"], *[["12.5", "pluie"]] * len(_NUMBERS)], strict=True
        )
    ]
    read = _read(grid)
    found = _found(read, "trait_unknown")
    assert (found.value, found.facts["near"], found.used) == ("heigth 2", ("height",), False)
    assert _found(read, "columns_not_read").value == "météo"
    assert _said(read) == _ALL


def test_a_column_without_a_name_is_told() -> None:
    grid = [
        row + more for row, more in zip(_grid(), [[""], *[["12.5"]] * len(_NUMBERS)], strict=True)
    ]
    grid[0][7:] = ["", "notes"]
    grid = [[*row, ""] if len(row) < len(grid[0]) else row for row in grid]
    assert _found(_read(grid), "header_merged").facts["n"] == 8


def test_a_column_that_stands_twice_is_read_from_neither() -> None:
    grid = [[*row, row[6]] for row in _grid()]
    read = _read(grid)
    assert _found(read, "column_twice").column == "height"
    assert _said(read) == {one for one in _ALL if one[1] == "yield_t_ha"}


@pytest.mark.parametrize(
    ("columns", "code"),
    [((4, 5), "plots_unnamed"), ((0, 1, 2, 4), "traits_absent")],
)
def test_a_sheet_without_plots_or_traits_brings_nothing(
    columns: tuple[int, ...], code: str
) -> None:
    read = _read([[row[place] for place in columns] for row in _grid()])
    assert not _found(read, code).used
    assert read.values == ()


_VISITS = ("2026-05-04", "2026-06-01")


def _repeated() -> PlannedTrial:
    request = Request("repeated", treatments=("témoin", "trèfle"), blocks=3, seed=2, times=_VISITS)
    plain = PlannedTrial("cras", "essai", "Essai", "repeated", "moutarde", traits=(_HEIGHT,))
    return draw(plain, request)


def test_visits_are_told_apart_also_where_a_spreadsheet_has_made_dates_of_them() -> None:
    trial = _repeated()
    numbers = [one.number or 0 for one in trial.plots]
    said = [
        PlotValue(number, "height", 50.0 + n + 10 * place, visit)
        for place, visit in enumerate(_VISITS)
        for n, number in enumerate(numbers)
    ]
    grid = _grid(said, trial)
    assert [row[grid[0].index("time")] for row in grid[1:]] == [
        visit for visit in _VISITS for _ in numbers
    ]
    time = grid[0].index("time")
    for row in grid[1:]:
        row[time] = {"2026-05-04": "04/05/2026", "2026-06-01": "46174"}[row[time]]
    grid[1][time], grid[2][time] = "", "03/05/2026"
    read = _read(grid, trial=trial)
    assert _said(read) == {(one.plot, one.trait, one.time, one.value) for one in said[2:]}
    assert _found(read, "time_missing").row == 2
    assert _found(read, "time_unknown").row == 3
    assert read.lacking == tuple(sorted(numbers)[:2])


def test_a_repeated_trial_needs_its_visits() -> None:
    trial = _repeated()
    grid = [[row[0], row[-1]] for row in _grid([PlotValue(101, "height", 50.0, _VISITS[0])], trial)]
    read = _read(grid, trial=trial)
    assert _found(read, "time_absent").facts == {}
    assert read.values == ()


def test_dates_of_a_workbook_are_visits() -> None:
    trial = _repeated()
    sheet = openpyxl.Workbook()
    sheet.active.append(["Parcelle", "Date", "Hauteur (cm)"])
    sheet.active.append([101, date(2026, 6, 1), 61.5])
    body = io.BytesIO()
    sheet.save(body)
    (value,) = read_back(trial, body.getvalue(), "retour.xlsx").values
    assert (value.plot, value.time, value.value) == (101, "2026-06-01", 61.5)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty|no rows|nothing"),
        (b"# a remark\n#\n", "no table|no rows"),
        (b'plot,height\n101,"' + b"9" * 200_000, "cannot be read as a table"),
        (b"%PDF-1.4", "is a PDF"),
        (b"PK\x03\x04nonsense", "is not a workbook"),
        (b"a" * 100_000_000, "100 MB"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_back(_TRIAL, body, "retour.csv")


_cells = st.one_of(
    st.sampled_from(["plot", "height (cm)", "Parcelle", "101", "102", "3,5", "NA", "témoin", ""]),
    st.text(max_size=12),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_cells, max_size=6), max_size=12), st.sampled_from(",;\t"), st.booleans())
def test_whatever_comes_is_read_or_refused_in_words(
    rows: list[list[str]], comma: str, packed: bool
) -> None:
    body = "\n".join(comma.join(row) for row in rows).encode("utf-8", "surrogatepass")
    try:
        read = read_back(_TRIAL, gzip.compress(body) if packed else body, "retour.csv")
    except BadInput as error:
        assert error.lines
        return
    assert {one.plot for one in read.values} <= set(_NUMBERS)
    for language in LANGUAGES:
        for one in read.findings:
            assert finding_sentence(say(language), one.code, one.value, one.facts)


def test_a_trial_without_a_layout_has_no_book_to_come_back() -> None:
    with pytest.raises(BadInput, match="has no layout"):
        read_back(replace(_TRIAL, plots=()), _csv(_grid()), "retour.csv")
