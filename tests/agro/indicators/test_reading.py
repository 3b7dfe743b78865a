"""Books as strangers write them: good rows kept, one line for each fault, nothing raised."""

from datetime import date
from math import isnan
from pathlib import Path

import pytest

from agro.errors import BadInput
from agro.indicators.catalogue import catalogue
from agro.indicators.figures import computed
from agro.indicators.reading import Read, read_book
from agro.indicators.scope import Scope

_HEAD = """
period: {start: 2026-01-01, end: 2026-12-31}
sites:
  a: {commune: 90001, type: community_garden}
plots:
  a1: {site: a, area_m2: 100, cultivated_m2: 100}
"""


def _read(tmp_path: Path, more: str, head: str = _HEAD) -> Read:
    file = tmp_path / "book.yaml"
    file.write_text(head + more, encoding="utf-8")
    return read_book(file, catalogue().by_id)


def _values(read: Read) -> dict[str, float]:
    return {one.indicator.id: one.value for one in computed(read.book, Scope(), catalogue())}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("harvests: [{plot: a1, kg: lots}]", "line 7: harvests[0].kg 'lots' is not a number"),
        ("harvests: [{plot: a1, kg: -1}]", "harvests[0].kg -1 must be at least 0"),
        ("harvests: [{plot: a1, kg: yes}]", "harvests[0].kg True is not a number"),
        ("harvests: [{plot: a1, kg: .nan}]", "harvests[0].kg nan must be at least 0"),
        ("harvests: [{plot: a1}]", "harvests[0].kg is empty; it must be given"),
        ("harvests: [{plot: a1, kg: 1, date: soon}]", "harvests[0].date 'soon'"),
        ("harvests: [{plot: a1, kg: 1, grade: fine}]", "grade 'fine' must be 'food'"),
        ("harvests: [{plot: a2, kg: 1}]", "plot 'a2' is not among the plots; known: a1"),
        ("harvests: [{kg: 1}]", "harvests[0] names no plot and no site; add one"),
        ("harvests: [{plot: a1, site: b, kg: 1}]", "site 'b' is not the site of plot 'a1'"),
        ("harvests: 12", "harvests 12 is not a list; begin each entry with -"),
        ("harvests: [7]", "harvests[0] 7 is not an entry; write its names and values"),
        ("losses: [{site: z, kg: 1}]", "site 'z' is not among the sites; known: a"),
        ("irrigation: [{site: a, mm: 4}]", "m3 is empty; give m3, or mm of a plot"),
        ("treatments: [{plot: a1, segment: S9}]", "segment 'S9' must be"),
        ("treatments: [{plot: a1, treated_pct: 300}]", "treated_pct 300 must be at most 100"),
        ("labour: [{site: a, status: boss, hours: 3}]", "status 'boss' must be 'employee'"),
        (
            "canteen_purchases: {total_eur_ht: 10, bio_eur_ht: 20, other_egalim_eur_ht: 1}",
            "21 is above total_eur_ht 10",
        ),
        ("population: {metropole: many}", "population.metropole 'many' is not a number"),
        ("ref_price_eur_per_kg: {bean: -2}", "ref_price_eur_per_kg.bean -2 must be at least 0"),
        ("rain_mm: wet", "rain_mm 'wet' is not a number"),
        ("etc_mm: {q: 4}", "etc_mm.q is of 'q', which is no place of the book; known: a"),
        ("coverage: {active_plots: 2, plots_with_harvest_statement: 3}", "3 is above active_plots"),
        ("night_tmin_c: {ref_urban: [1, 2], site_a: [1]}", "has 1 nights and ref_urban 2"),
        ("soil_sample: {plot: a1, tape_scores: {cover: 9}}", "tape_scores.cover 9 must be"),
        ("caet_2023: {site: a, diversity: {crops: 5}}", "diversity.crops 5 is not within 0 to 4"),
        ("caet_2019: {site: a, diversity: {crops: 2.5}}", "2.5 is no step of 1"),
        ("caet_2023: {site: a, magic: {x: 1}}", "magic {'x': 1} is not an element of form 2023"),
        ("caet_1999: {site: a, diversity: {crops: 1}}", "'1999' is not a known form; known: 2019"),
        ("entered: [{indicator: PROD_YEILD, value: 3}]", "did you mean PROD_YIELD"),
        (
            "crop_cycles: [{plot: a1, crop: x, area_m2: 1, start: 2026-05-01, end: 2026-04-01}]",
            "end 2026-04-01 must not be before start 2026-05-01",
        ),
        ("rain_mm: 3\nrain_mm: 4", "rain_mm stands twice, and the last one is used; keep one"),
    ],
)
def test_a_fault_is_one_line(tmp_path: Path, more: str, told: str) -> None:
    read = _read(tmp_path, more)
    assert len(read.faults) == 1
    assert told in read.faults[0]
    assert read.faults[0].startswith(f"{tmp_path / 'book.yaml'}, line ")
    assert _values(read)["LAND_CULTIVATED_M2"] == 100.0


def test_good_rows_stay_beside_bad_ones(tmp_path: Path) -> None:
    rows = "harvests: [{plot: a1, kg: 5}, {plot: a1, kg: x}, {plot: a1, kg: 7}]"
    read = _read(tmp_path, rows)
    assert len(read.faults) == 1
    assert _values(read)["PROD_HARVEST_KG"] == 12.0


def test_a_wrong_area_makes_no_second_fault_and_is_missing(tmp_path: Path) -> None:
    head = _HEAD.replace("cultivated_m2: 100", "cultivated_m2: big")
    read = _read(tmp_path, "harvests: [{plot: a1, kg: 5}]", head)
    assert len(read.faults) == 1
    values = _values(read)
    assert values["PROD_HARVEST_KG"] == 5.0
    assert isnan(values["PROD_YIELD"])
    assert isnan(values["LAND_CULTIVATED_M2"])


def test_a_refused_plot_makes_no_second_fault(tmp_path: Path) -> None:
    head = _HEAD.replace("{site: a, area", "{site: q, area")
    read = _read(tmp_path, "harvests: [{plot: a1, kg: 5}]", head)
    assert [line for line in read.faults if "harvests" in line] == []
    assert len(read.faults) == 1


def test_keys_nobody_knows_are_noted_and_left(tmp_path: Path) -> None:
    read = _read(tmp_path, "harvest: []\nharvests: [{plot: a1, kg: 5, mood: good}]")
    assert read.faults == ()
    assert "harvest is not used; did you mean harvests" in read.notes[0]
    assert _values(read)["PROD_HARVEST_KG"] == 5.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no names with values"),
        ("- 1\n- 2", "holds no names with values"),
        ("a: [1", "is not YAML"),
        ("sites: {}", "period is missing"),
        ("period: {start: 2026-02-01, end: 2026-01-01}", "must not be before start"),
        ("period: {start: soon, end: 2026-01-01}", "period.start 'soon'"),
    ],
)
def test_a_file_that_is_no_book_is_refused_in_words(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        _read(tmp_path, "", text)


def test_a_file_that_does_not_exist_or_is_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        read_book(tmp_path / "none.yaml")
    file = tmp_path / "bytes.yaml"
    file.write_bytes(b"\xff\xfe\x00period")
    with pytest.raises(BadInput, match="not UTF-8"):
        read_book(file)


def test_references_that_name_themselves_are_read_once(tmp_path: Path) -> None:
    nested = "x0: &x0 [1]\n" + "".join(
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    assert _read(tmp_path, nested).faults == ()


def test_an_empty_book_has_only_missing_values(tmp_path: Path) -> None:
    read = _read(tmp_path, "", "period: {start: 2026-01-01, end: 2026-12-31}\n")
    figures = computed(read.book, Scope(), catalogue())
    assert {one.status for one in figures} == {"no_data"}
    assert all(isnan(one.value) for one in figures)


def test_the_period_counts_both_its_days(tmp_path: Path) -> None:
    book = _read(tmp_path, "").book
    assert (book.start, book.days) == (date(2026, 1, 1), 365)
