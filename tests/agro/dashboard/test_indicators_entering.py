"""Figures from outside on the page: previewed, kept, corrected, undone; files row by row."""

from collections.abc import Iterator
from datetime import date
from math import isnan, nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard import indicators_entering_draft as draft
from agro.dashboard.indicators_entering_faults import sentence
from agro.indicators import entering
from agro.indicators.catalogue import catalogue
from agro.indicators.entering import EnteredFigure
from agro.words import say
from tests.agro.dashboard.indicators_page import noted_garden, opened, shown

_KNOWN = catalogue()
_SHARE = "ORGANIC_WASTE_REUSED_SHARE"
_GOOD = {
    "indicator": _SHARE,
    "site": "",
    "start": "2026-01-01",
    "end": "30/06/2026",
    "numerator": "1 250,5",
    "denominator": "5002",
    "value": "",
    "source": "Rapport déchets 2026, p. 4",
    "version": "",
}


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """The noted garden."""
    with noted_garden(tmp_path, monkeypatch) as engine:
        yield engine


def _standing(engine: Engine) -> list[EnteredFigure]:
    with engine.connect() as c:
        return [one.figure for one in entering.figures(c)]


def _typed(test: AppTest, turn: int = 0, **values: str) -> AppTest:
    for name, value in values.items():
        test.text_input(key=f"entering_{name}_{turn}").set_value(value)
    return test.run()


@pytest.mark.parametrize(
    ("language", "told"),
    [("fr", ("25 %", "1 chiffre enregistré")), ("en", ("25%", "1 figure saved"))],
)
def test_a_figure_is_seen_before_it_is_kept_and_undone_after(
    language: str, told: tuple[str, str], garden: Engine
) -> None:
    test = opened(language=language, view="entered", period="year")
    test.selectbox(key="entering_indicator_0").set_value(_SHARE).run()
    _typed(test, numerator="1250,5", denominator="5002")
    test.button(key="entering_save").click().run()  # no source yet
    assert _standing(garden) == []
    assert "missing; say where" in shown(test) or "dites où le chiffre" in shown(test)
    _typed(test, source="Rapport déchets 2026")
    assert told[0] in shown(test)
    test.button(key="entering_save").click().run()
    assert not test.exception
    assert told[1] in shown(test)
    (kept,) = _standing(garden)
    assert (kept.indicator, kept.numerator, kept.denominator) == (_SHARE, 1250.5, 5002.0)
    figures = opened(language=language, indicator=_SHARE, period="year")
    assert told[0] in shown(figures)
    assert "view=entered&amp;scope=city&amp;entered=1" in shown(figures)
    test.button(key="entering_undo").click().run()
    assert _standing(garden) == []


def test_a_correction_takes_the_place_and_the_figure_before_is_kept(garden: Engine) -> None:
    test = opened(view="entered", period="year")
    test.selectbox(key="entering_indicator_0").set_value("TAPE_LAND_TENURE").run()
    _typed(test, value="50", source="Visite")
    test.button(key="entering_save").click().run()
    test.button(key="entering_correct_1").click().run()
    assert test.text_input(key="entering_value_2").value == "50"
    _typed(test, 2, value="62,5")
    test.button(key="entering_save").click().run()
    assert not test.exception
    assert [one.value for one in _standing(garden)] == [62.5]
    assert "62,5 sur 100" in shown(test)


def test_good_rows_of_a_file_are_kept_and_each_fault_says_what_to_do(garden: Engine) -> None:
    rows = [
        _GOOD,
        _GOOD | {"site": "ailleurs"},
        _GOOD | {"site": "potager", "denominator": "0"},
        _GOOD,
        _GOOD | {"site": "potager"},
    ]
    body = str(draft.as_file([dict(one) for one in rows], "csv")).encode()
    test = opened(view="entered")
    test.button_group(key="entering_way").set_value("file").run()
    test.file_uploader(key="entering_file_0").set_value(("f.csv", body, "text/csv")).run()
    assert not test.exception
    read = shown(test)
    assert "2 bonnes lignes · 3 lignes refusées" in read
    for text in ("n’est pas un jardin d’ici", "plus grand que 0", "même chose que la ligne 2"):
        assert text in read
    test.button(key="entering_file_save").click().run()
    assert not test.exception
    assert sorted(one.site for one in _standing(garden)) == ["", "potager"]
    test.button(key="entering_undo").click().run()
    assert _standing(garden) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"indicator": "PROD_HARVEST_KG"}, "indicator_computed"),
        ({"indicator": "autre"}, "none"),
        ({"numerator": "beaucoup"}, "number"),
        ({"numerator": ""}, "half"),
        ({"value": "3"}, "both"),
        ({"numerator": "", "denominator": ""}, "nothing"),
        ({"end": "31/02/2026"}, "day"),
        ({"end": "2025-12-31"}, "before"),
        ({"source": ""}, "source"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_row_that_cannot_be_says_so_in_words(
    changed: dict[str, str], code: str, language: str
) -> None:
    figure, faults = draft.figure_of(_GOOD | changed, _KNOWN, {"potager"}, 3)
    assert figure is None
    assert [one.code for one in faults] == [code]
    told = sentence(say(language), faults[0])
    assert "{" not in told
    assert len(told) > 15


@given(row=st.fixed_dictionaries({name: st.text(max_size=12) for name in draft.COLUMNS}))
def test_whatever_is_written_it_is_a_figure_the_store_takes_or_a_fault(
    row: dict[str, str],
) -> None:
    figure, faults = draft.figure_of(_GOOD | {k: v for k, v in row.items() if v}, _KNOWN, {"a"})
    assert (figure is None) == bool(faults)
    if figure is not None:
        assert entering.check(figure, _KNOWN) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_comes_back_as_it_was(kind: str) -> None:
    figure, _ = draft.figure_of(_GOOD, _KNOWN, ())
    assert figure is not None
    body = draft.as_file([draft.row_of(figure)], kind)
    raw = body.encode() if isinstance(body, str) else body
    read = draft.read_file(raw, f"f.{kind}", _KNOWN, ())
    assert read.faults == ()
    ((_, again),) = read.figures
    assert isnan(again.value)
    assert draft.row_of(again) == draft.row_of(figure)
    assert draft.divided(again, _KNOWN.by_id[_SHARE]) == pytest.approx(25.0)


def test_the_template_names_what_can_be_entered_and_a_file_without_columns_says_so() -> None:
    rows = draft.template(_KNOWN, "", date(2026, 1, 1), date(2026, 12, 31))
    assert rows[0]["indicator"] in {one.id for one in _KNOWN.indicators if one.how == "entered"}
    assert all(entering.can_be_entered(_KNOWN.by_id[row["indicator"]]) for row in rows)
    (fault,) = draft.read_file(b"a,b\n1,2\n", "f.csv", _KNOWN, ()).faults
    assert (fault.code, fault.facts["columns"]) == ("no_column", "indicator, start, end")
    assert draft.number("") is not None
    assert isnan(draft.number("") or nan)
