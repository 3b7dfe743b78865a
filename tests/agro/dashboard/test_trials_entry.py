"""Entering what was measured: plot by plot, in a table, from a sheet; every step can be undone."""

import re
from collections.abc import Iterator
from html import unescape
from math import isnan, nan
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard import trials_entry_draft as draft
from agro.dashboard import trials_entry_preview as preview
from agro.store import trials as kept
from agro.store import writing
from agro.store.trials import PlannedTrial, PlotValue
from agro.tables import to_csv
from agro.trials.entering import book, read_back
from agro.words import say
from tests.agro.dashboard.spoken import spoken
from tests.agro.dashboard.trials_measured import (
    HEIGHT,
    MULCH,
    SITE,
    YIELD,
    garden,
    open_view,
    planned,
)
from tests.agro.dashboard.trials_page import forget, press, read


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    url, engine = garden(tmp_path)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    forget()
    yield engine
    engine.dispose()
    forget()


def _values(store: Engine, slug: str) -> dict[tuple[int, str], PlotValue]:
    with store.connect() as c:
        return {(one.plot, one.trait): one for one in kept.values(c, SITE, slug)}


def _typed(test: AppTest, figure: str, slug: str = "empty", of: str = "yield-t-ha-") -> AppTest:
    """What the pad's keys leave: see `tests/browser/test_logbook.py` for the keys themselves."""
    turn = test.session_state["trial_entry_n"]
    test.session_state[f"pad-{slug}-{of}-{turn}"] = {"text": figure}
    return test.run()


def _fine(test: AppTest) -> str:
    assert not test.exception
    told = read(test)
    assert not re.search(r"[{}]|\bnan\b", spoken(told), re.IGNORECASE)
    return told


@pytest.mark.parametrize("way", ["plot", "table", "file", "history"])
@pytest.mark.parametrize(
    ("slug", "language"), [("mulch", "fr"), ("mulch", "en"), ("dates", "fr"), ("empty", "en")]
)
def test_every_way_speaks(store: Engine, slug: str, way: str, language: str) -> None:
    told = _fine(open_view("entry", slug, language, trial_entry_way=way))
    expected = {
        ("plot", "fr"): "Noter et suivante",
        ("plot", "en"): "Note and go on",
        ("table", "fr"): "Rien n’a changé dans le tableau",
        ("table", "en"): "Nothing has changed in the table",
        ("file", "fr"): "Rien n’est enregistré avant",
        ("file", "en"): "Nothing is stored before",
        ("history", "fr"): "Rien n’est noté" if slug == "empty" else "Retirer cette valeur",
        ("history", "en"): "Nothing is noted" if slug == "empty" else "Withdraw this value",
    }
    assert expected[way, language] in told


@pytest.mark.parametrize("language", ["fr", "en"])
def test_without_measures_it_says_what_is_needed(store: Engine, language: str) -> None:
    needed = {"fr": "Dites d’abord ce qui se mesure", "en": "First say what is measured"}
    assert needed[language] in _fine(open_view("entry", "bare", language))


def test_a_value_is_noted_and_the_walk_goes_on(store: Engine) -> None:
    test = open_view("entry", "empty", trial_entry_way="plot")
    assert "Placette 101" in read(test)
    test = press(_typed(test, "3,2"), "trial_entry_save")
    told = _fine(test)
    assert "Placette 101 : 3,2 t/ha, c’est noté" in told
    assert "<h3>Placette 102</h3>" in told
    assert "1 placette saisie sur 12" in told
    assert _values(store, "empty")[101, "yield_t_ha"].value == 3.2


def test_what_was_noted_is_taken_back_by_one_press(store: Engine) -> None:
    test = open_view("entry", "empty", trial_entry_way="plot")
    test = press(_typed(test, "3,2"), "trial_entry_save")
    test = press(test, "trial_entry_undo_last")
    assert "C’est annulé" in _fine(test)
    assert _values(store, "empty") == {}


def test_a_value_out_of_bounds_is_doubted_at_once_and_noted_when_insisted(store: Engine) -> None:
    test = _typed(open_view("entry", "empty", trial_entry_way="plot"), "32")
    told = _fine(test)
    assert "32 t/ha, alors qu’on attend 0 à 6 t/ha" in told
    assert "Noter quand même" in told
    press(test, "trial_entry_save")
    assert _values(store, "empty")[101, "yield_t_ha"].value == 32.0


def test_nothing_typed_notes_nothing(store: Engine) -> None:
    test = press(open_view("entry", "empty", trial_entry_way="plot"), "trial_entry_save")
    assert "Tapez d’abord la valeur" in _fine(test)
    assert _values(store, "empty") == {}


def test_a_lost_plot_is_said_to_be_lost(store: Engine) -> None:
    press(open_view("entry", "empty", trial_entry_way="plot"), "trial_entry_lost")
    lost = _values(store, "empty")[101, "yield_t_ha"]
    assert isnan(lost.value)
    assert lost.notes == "placette perdue"


def test_one_goes_back_and_to_any_plot(store: Engine) -> None:
    test = open_view("entry", "empty", trial_entry_way="plot")
    assert "<h3>Placette 403</h3>" in read(press(test, "trial_entry_back"))
    test.selectbox(key="trial_entry_to_403").set_value(202).run()
    assert "<h3>Placette 202</h3>" in _fine(test)


def test_a_repeated_trial_is_entered_for_a_visit(store: Engine) -> None:
    test = open_view("entry", "dates", trial_entry_way="plot", trial_entry_visit_dates="60")
    press(_typed(test, "77", "dates", "height-cm-60"), "trial_entry_save")
    with store.connect() as c:
        found = [one for one in kept.values(c, SITE, "dates") if one.value == 77.0]
    assert [one.time for one in found] == ["60"]


def _sheet(store: Engine, slug: str, **changed: object) -> bytes:
    """The field book with some cells written, by `plot_trait`."""
    with store.connect() as c:
        trial = kept.trial_of(c, SITE, slug)
        rows, columns = book(trial, kept.values(c, SITE, slug))
    for row in rows:
        for name in ("yield_t_ha (t/ha)", "height_cm (cm)"):
            row[name] = changed.get(f"{name.split('_')[0]}_{row['plot']}", row[name])
    return to_csv(rows, columns).encode()


def _upload(test: AppTest, body: bytes) -> AppTest:
    return test.get("file_uploader")[0].set_value(("carnet.csv", body, "text/csv")).run()


def test_a_sheet_is_seen_before_it_is_stored_and_undone_as_a_whole(store: Engine) -> None:
    before = _values(store, "mulch")
    body = _sheet(store, "mulch", height_101=80, height_102="abc", yield_103="5,5")
    test = _upload(open_view("entry", "mulch", trial_entry_way="file"), body)
    told = _fine(test)
    assert "2 valeurs nouvelles" in told
    assert "1 valeur changerait" in told
    assert "5,5 t/ha" in told
    assert "'abc' n’est pas un nombre" in unescape(told)
    assert _values(store, "mulch") == before
    test = press(test, "trial_entry_file_save")
    assert "2 valeurs sont enregistrées" in _fine(test)
    after = _values(store, "mulch")
    assert after[101, "height_cm"].value == 80.0
    assert after[103, "yield_t_ha"].value == 5.5
    newest = max(one.batch or 0 for one in after.values())
    test = press(test, f"trial_entry_undo_{newest}")
    assert "Feuille annulée : 2 valeurs ne comptent plus" in _fine(test)
    assert _values(store, "mulch") == before
    press(test, f"trial_entry_redo_{newest}")
    assert _values(store, "mulch") == after


def test_a_sheet_that_is_known_already_brings_nothing(store: Engine) -> None:
    body = _sheet(store, "mulch")
    test = _upload(open_view("entry", "mulch", trial_entry_way="file"), body)
    assert "Cette feuille ne dit rien de nouveau" in _fine(test)
    assert not [one for one in test.button if one.key == "trial_entry_file_save"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [(b" \n", "est vide"), (b"\x00\x01\x02PK\x03\x04" * 20, "ne se lit pas comme un tableau")],
)
def test_a_file_that_is_no_table_is_told_in_the_language_of_the_page(
    store: Engine, body: bytes, sentence: str
) -> None:
    test = _upload(open_view("entry", "mulch", trial_entry_way="file"), body)
    told = _fine(test)
    assert sentence in told


def test_a_value_is_withdrawn_and_the_earlier_counts_again(store: Engine) -> None:
    with writing(store) as c:
        kept.enter(c, SITE, "mulch", [PlotValue(102, "yield_t_ha", 5.0)], who="Max")
        number = next(one.number for one in kept.values(c, SITE, "mulch") if one.value == 5.0)
    forget()
    was = _values(store, "mulch")[102, "yield_t_ha"]
    test = open_view("entry", "mulch", trial_entry_way="history", trial_entry_history_mulch=102)
    told = _fine(test)
    assert "remplacé" in told
    assert told.index("5 t/ha") < told.index("Léa")
    told = _fine(press(test, f"trial_entry_strike_{number}"))
    assert "Placette 102 : 5 t/ha est retiré" in told
    now = _values(store, "mulch")[102, "yield_t_ha"]
    assert (was.value, now.value != 5.0, now.who) == (5.0, True, "Léa")


# What is thought without Streamlit.


def _trial() -> PlannedTrial:
    return planned("t", MULCH, YIELD, HEIGHT)


def test_the_walk_follows_the_numbers_and_leaves_the_border_out() -> None:
    numbers = [one.number for one in draft.walk(_trial())]
    assert numbers == sorted(numbers, key=lambda one: one or 0)
    assert len(numbers) == 12


def test_the_next_plot_is_the_next_without_a_value_around_the_field() -> None:
    known = {plot: PlotValue(plot, "yield_t_ha", 1.0) for plot in (2, 4)}
    order = [1, 2, 3, 4]
    assert draft.following(order, known, 1) == 3
    assert draft.following(order, known, 3) == 1
    everything = known | {one: PlotValue(one, "yield_t_ha", 1.0) for one in (1, 3)}
    assert draft.following(order, everything, 4) == 1


@pytest.mark.parametrize(
    ("text", "value"), [("3,2", 3.2), (" 4.05", 4.05), ("", nan), ("3,2,1", nan), ("inf", nan)]
)
def test_a_typed_figure_has_a_comma_or_a_point(text: str, value: float) -> None:
    assert draft.figure(text) == pytest.approx(value, nan_ok=True)


def test_bounds_that_nobody_said_doubt_nothing() -> None:
    assert not draft.outside(HEIGHT, 1e9)
    assert draft.outside(YIELD, 6.01)
    assert draft.outside(YIELD, -0.1)
    assert not draft.outside(YIELD, nan)


def test_a_table_says_only_what_was_changed_in_it() -> None:
    trial = _trial()
    values = [PlotValue(101, "yield_t_ha", 2.0), PlotValue(102, "yield_t_ha", 3.0)]
    edited = draft.table(trial, values, "").set_index("plot", drop=False)
    assert draft.changes(trial, values, edited) == []
    edited.loc[101, "yield_t_ha"] = 2.5
    edited.loc[102, "yield_t_ha"] = nan
    edited.loc[103, "height_cm"] = 60.0
    found = draft.changes(trial, values, edited, notes="perdue")
    told = {(one.plot, one.trait): (one.value, one.notes) for one in found}
    assert told[101, "yield_t_ha"] == (2.5, "")
    assert told[103, "height_cm"] == (60.0, "")
    assert isnan(told[102, "yield_t_ha"][0])
    assert told[102, "yield_t_ha"][1] == "perdue"
    assert len(found) == 3


def test_a_plot_that_was_lost_is_not_lost_again_by_an_empty_cell() -> None:
    trial = _trial()
    values = [PlotValue(101, "yield_t_ha", nan)]
    edited = draft.table(trial, values, "")
    assert draft.changes(trial, values, edited) == []


def test_the_table_shows_the_layout_beside_what_is_measured() -> None:
    table = draft.table(_trial(), [PlotValue(101, "yield_t_ha", 2.0)], "")
    assert list(table)[:5] == ["plot", "row", "column", "block", "treatment"]
    assert table["yield_t_ha"].dtype == "float64"
    assert pd.isna(table.loc[table["plot"] == 102, "yield_t_ha"]).all()


def test_doubts_name_plot_trait_and_value() -> None:
    said = [PlotValue(101, "yield_t_ha", 79.0), PlotValue(102, "yield_t_ha", 3.0)]
    assert [(one.plot, one.value) for one in draft.doubts(_trial(), said)] == [(101, 79.0)]


def test_the_list_of_problems_runs_nothing_in_a_spreadsheet() -> None:
    trial = _trial()
    rows, columns = book(trial)
    rows[0]["yield_t_ha (t/ha)"] = "=1+1"
    found = read_back(trial, to_csv(rows, columns).encode(), "carnet.csv").findings
    assert found
    body = preview.problems_csv(say("fr"), found).decode("utf-8-sig")
    assert body.splitlines()[0] == "Ligne,Colonne,Écrit,Que faire,Pris quand même"
    assert "'=1+1" in body
    assert not re.search(r"(?:^|,)=", body, re.MULTILINE)
