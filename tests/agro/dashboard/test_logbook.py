"""The page Carnet: noted with a few taps, corrected, struck, restored, imported, undone."""

import os
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from PIL import Image
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard import logbook_data as log
from agro.logbook import to_csv
from agro.records import LogEntry, Noted, Planting
from agro.store import farms, logbook, open_store, plantings, writing

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
garden = pytest.mark.parametrize("kept", ["garden"], indirect=True)


def _engine() -> Engine:
    return open_store(os.environ["AGRO_DATABASE_URL"])


def _note(*entries: LogEntry) -> list[int]:
    engine = _engine()
    with writing(engine) as c:
        numbers = [logbook.note(c, entry) for entry in entries]
    engine.dispose()
    st.cache_data.clear()
    return numbers


def _kept(**asked: object) -> list[Noted]:
    """What is in the logbook, newest first, but for the watering of the garden's fixture."""
    engine = _engine()
    with engine.connect() as c:
        found = logbook.noted(c, **{"struck": True} | asked)  # type: ignore[arg-type]
    engine.dispose()
    return [one for one in found if one.entry.quantity != 60.0]


def _open(view: str = "note", language: str = "fr", **address: str) -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    for name, value in {"lang": language, **address}.items():
        test.query_params[name] = value
    test.run()
    test.switch_page("agro/dashboard/pages/logbook.py").run()
    if view != "note":
        test.button_group(key="logbook_view").set_value(view).run()
    assert not test.exception
    return test


def _read(test: AppTest) -> str:
    assert not test.exception
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _chip(test: AppTest, name: str, value: str) -> None:
    test.button_group(key=f"logbook_{name}").set_value(value).run()


def _type(test: AppTest, figure: str) -> None:
    """What the pad's keys leave: see `tests/browser/test_logbook.py` for the keys themselves."""
    test.session_state["logbook_amount"] = figure
    test.run()


def _save(test: AppTest) -> None:
    number = test.session_state["logbook_n"]
    test.button(key=f"logbook_save_{number}").click().run()


def _harvest(**more: object) -> LogEntry:
    said: dict[str, object] = {"quantity": 24.0, "unit": "kg", "crop": "tomato", "who": "Amina"}
    said |= {"time": NOW - timedelta(hours=2)} | more
    return LogEntry("potager", "p1", "harvest", **said)  # type: ignore[arg-type]


VIEWS = {
    "note": {"fr": "Quoi", "en": "What"},
    "list": {"fr": "1 ligne", "en": "1 line"},
    "totals": {"fr": "Aucune récolte notée", "en": "No harvest noted"},
    "files": {"fr": "Importer un fichier", "en": "Import a file"},
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("view", list(VIEWS))
@garden
def test_every_view_speaks(view: str, language: str, kept: str) -> None:
    test = _open(view, language)
    labels = " ".join(str(one.label) for one in test.button_group)
    assert VIEWS[view][language] in _read(test) + labels
    assert "nan" not in _read(test)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kept", ["empty"], indirect=True)
def test_without_a_garden_it_says_so(language: str, kept: str) -> None:
    wanted = {"fr": "Aucun jardin n’est encore inscrit", "en": "No garden is registered yet"}
    assert wanted[language] in _read(_open(language=language))


@garden
def test_a_harvest_is_noted_and_undone(kept: str) -> None:
    test = _open()
    _type(test, "2,4")
    assert "Récolte · Tomate, 2,4 kg, Planche 1" in str(
        test.button(key="logbook_save_0").label
    ).replace("\u00a0", " ")
    _save(test)
    assert "Noté : Récolte · Tomate, 2,4 kg, Planche 1" in _read(test)
    (one,) = _kept()
    entry = one.entry
    assert (entry.plot, entry.crop, entry.quantity, entry.unit) == ("p1", "tomato", 2.4, "kg")
    assert (entry.method, entry.source) == ("weighed", "person")
    assert abs(entry.time - NOW) < timedelta(minutes=5)
    test.button(key="logbook_undo").click().run()
    (one,) = _kept()
    assert one.struck_at is not None
    assert "Noté" not in _read(test)


@garden
def test_what_is_wrong_is_said_and_nothing_noted(kept: str) -> None:
    test = _open()
    _save(test)
    assert "Dites combien" in _read(test)
    _type(test, "90000")
    _save(test)
    assert "c’est trop" in _read(test)
    assert _kept() == []


@garden
def test_everything_can_be_said(kept: str) -> None:
    test = _open(plot="s1")
    _chip(test, "type", "seeding")
    assert test.button_group(key="logbook_plot").value == "s1"
    test.button_group(key="logbook_crop_s1_0").set_value("*").run()
    test.selectbox(key="logbook_crop_other").set_value("carrot").run()
    _chip(test, "unit_seeding", "seed")
    _chip(test, "when", "date")
    test.date_input(key="logbook_day").set_value(NOW.date() - timedelta(days=4)).run()
    test.text_input(key="logbook_variety_0").set_value("Nantaise")
    test.text_input(key="logbook_lot_0").set_value("L-2026-7")
    test.text_area(key="logbook_notes_0").set_value("rang de <b>4 m</b>").run()
    test.session_state["logbook_who_kept"] = "Jules"
    _type(test, "300")
    _save(test)
    (one,) = _kept()
    entry = one.entry
    assert (entry.type, entry.plot, entry.crop) == ("seeding", "s1", "carrot")
    assert (entry.quantity, entry.unit, entry.method) == (300.0, "seed", "counted")
    assert (entry.variety, entry.lot, entry.who) == ("Nantaise", "L-2026-7", "Jules")
    assert entry.time == datetime(2026, 7, 17, 10, tzinfo=UTC)
    shown = _read(_open("list"))
    assert "rang de &lt;b&gt;4 m" in shown
    assert "<b>4 m" not in shown


@garden
def test_a_picture_stays_with_its_entry(kept: str) -> None:
    body = BytesIO()
    Image.new("RGB", (2000, 1000), "green").save(body, "PNG")
    test = _open()
    test.file_uploader(key="logbook_photo_0").set_value(("a.png", body.getvalue(), "image/png"))
    _type(test, "1")
    _save(test)
    (one,) = _kept()
    engine = _engine()
    with engine.connect() as c:
        (photo,) = logbook.photos(c, one.number)
        stored = logbook.photo(c, photo.number)
    engine.dispose()
    assert photo.media_type == "image/jpeg"
    assert stored is not None
    assert Image.open(BytesIO(stored)).size == (1280, 640)
    listed = _open("list")
    listed.button(key=f"logbook_open_{one.number}").click().run()
    assert not listed.exception
    assert listed.get("image")


@garden
def test_a_file_that_is_no_picture_is_refused(kept: str) -> None:
    test = _open()
    test.file_uploader(key="logbook_photo_0").set_value(("a.png", b"<svg/>", "image/png"))
    _type(test, "1")
    _save(test)
    assert "Cette photo ne va pas" in _read(test)
    assert _kept() == []


@garden
def test_yesterday_again_with_one_tap(kept: str) -> None:
    before = LogEntry(
        "potager", "p2", "irrigation", NOW - timedelta(days=1), 20.0, "L", method="estimated"
    )
    _note(before)
    test = _open()
    _chip(test, "plot", "p2")
    button = test.button(key="logbook_again_0")
    assert "Comme hier : Arrosage, 20 L" in str(button.label).replace("\u00a0", " ")
    button.click().run()
    assert "Noté : Arrosage, 20 L, Planche 2" in _read(test)
    newest, _ = _kept()
    assert (newest.entry.quantity, newest.entry.plot) == (20.0, "p2")
    assert newest.entry.time > NOW - timedelta(minutes=1)
    assert not [one for one in test.button if str(one.key).startswith("logbook_again")]


@garden
def test_nothing_harvested_is_said_for_the_whole_garden(kept: str) -> None:
    test = _open()
    _chip(test, "plot", "")
    test.button(key="logbook_nothing").click().run()
    assert "Noté : Récolte, rien, Tout le jardin" in _read(test)
    (one,) = _kept()
    assert (one.entry.quantity, one.entry.plot, one.entry.crop) == (0.0, "", "")
    assert "1 semaine renseignée sur" in _read(_open("totals"))


@garden
def test_a_wrong_entry_is_corrected_and_its_history_shown(kept: str) -> None:
    (number,) = _note(_harvest())
    test = _open("list")
    test.button(key=f"logbook_open_{number}").click().run()
    test.session_state["logbook_who_kept"] = "Jules"
    field = f"logbook_c_{number}"
    test.text_input(key=f"{field}_amount").set_value("2,4")
    send = next(one for one in test.button if "correction" in str(one.label))
    send.click().run()
    assert "Dites pourquoi" in _read(test)
    test.text_input(key=f"{field}_amount").set_value("2,4")
    test.text_input(key=f"{field}_reason").set_value("virgule oubliée")
    next(one for one in test.button if "correction" in str(one.label)).click().run()
    read = _read(test)
    assert "C’est corrigé" in read
    assert "<del>24</del> → <ins>2,4</ins>" in read
    assert "Corrigé, mar. 21 juil. à 12:00, Jules" in read
    assert "virgule oubliée" in read
    (one,) = _kept()
    assert (one.entry.quantity, one.revisions) == (2.4, 1)


@garden
def test_an_entry_is_struck_with_a_reason_and_restored(kept: str) -> None:
    (number,) = _note(_harvest())
    test = _open("list")
    test.button(key=f"logbook_open_{number}").click().run()
    test.button(key=f"logbook_strike_{number}").click().run()
    assert "Dites pourquoi" in _read(test)
    test.text_input(key=f"logbook_why_{number}").set_value("pas chez nous")
    test.button(key=f"logbook_strike_{number}").click().run()
    read = _read(test)
    assert "La ligne est barrée" in read
    assert "entry struck" in read
    assert "pas chez nous" in read
    assert _kept()[0].struck_at is not None
    test.button(key=f"logbook_restore_{number}").click().run()
    assert "La ligne compte de nouveau" in _read(test)
    assert _kept()[0].struck_at is None


@garden
def test_what_a_meter_says_is_marked_and_not_corrected(kept: str) -> None:
    meter = LogEntry(
        "potager", "p2", "irrigation", NOW - timedelta(hours=3), 35.0, "L", source="meter"
    )
    (number,) = _note(meter)
    test = _open("list")
    assert '<span class="mark">compteur</span>' in _read(test)
    test.button(key=f"logbook_open_{number}").click().run()
    assert "Un appareil l’a mesuré" in _read(test)
    assert not [one for one in test.text_input if str(one.key).startswith("logbook_c_")]
    test.text_input(key=f"logbook_why_{number}").set_value("fuite")
    test.button(key=f"logbook_strike_{number}").click().run()
    assert _kept()[0].struck_at is not None


@garden
def test_the_list_is_filtered(kept: str) -> None:
    old = _harvest(time=NOW - timedelta(days=100), crop="carrot", quantity=3.0)
    _note(_harvest(), old, LogEntry("potager", "", "observation", NOW, notes="grêle"))
    test = _open("list")
    assert "3 lignes" in _read(test)
    test.selectbox(key="logbook_filter_type").set_value("observation").run()
    assert "1 ligne" in _read(test)
    assert "grêle" in _read(test)
    test.selectbox(key="logbook_filter_type").set_value(None).run()
    test.selectbox(key="logbook_filter_crop").set_value("carrot").run()
    assert "Rien n’est noté ici" in _read(test)
    test.button_group(key="logbook_period").set_value("year").run()
    assert "3 kg" in _read(test)
    test.selectbox(key="logbook_filter_crop").set_value(None).run()
    test.selectbox(key="logbook_filter_plot").set_value("").run()
    assert "grêle" in _read(test)
    assert "3 kg" not in _read(test)


@garden
def test_a_long_list_comes_a_page_at_a_time(kept: str) -> None:
    _note(*(_harvest(time=NOW - timedelta(hours=h), quantity=float(h)) for h in range(1, 41)))
    test = _open("list")
    assert _read(test).count('class="entry') == 15
    test.button(key="logbook_older").click().run()
    test.button(key="logbook_older").click().run()
    assert "Page 3 sur 3" in _read(test)
    assert _read(test).count('class="entry') == 11
    test.selectbox(key="logbook_filter_type").set_value("irrigation").run()
    assert "60 L" in _read(test)


@garden
def test_totals_stand_beside_the_weeks_they_rest_on(kept: str) -> None:
    _note(
        _harvest(quantity=2.5),
        _harvest(quantity=500.0, unit="g"),
        _harvest(quantity=3.0, unit="bunch", crop="carrot", time=NOW - timedelta(days=7)),
    )
    read = _read(_open("totals"))
    assert "3 kg récoltés" in read
    assert "2 semaines renseignées sur 11 de saison" in read
    assert "Moins de la moitié des semaines" in read
    assert "3 bottes" in read


_FILE = """date,type,plot,crop,variety,quantity,unit,notes
2026-07-01,harvest,p1,tomato,,2.5,kg,
2026-07-02,harvest,p1,tomato,,-3,kg,
2206-07-03,harvest,p1,tomato,,1,kg,
2026-07-04,harvest,p9,tomato,,1,kg,
2026-07-05,irrigation,p1,,,40,L,soir
"""


def _upload(test: AppTest, body: str, name: str = "juillet.csv") -> None:
    number = test.session_state["logbook_file_n"]
    given = (name, body.encode(), "text/csv")
    test.file_uploader(key=f"logbook_file_{number}").set_value(given).run()


@garden
def test_a_file_is_seen_imported_undone_and_brought_back(kept: str) -> None:
    test = _open("files")
    _upload(test, _FILE)
    read = _read(test)
    assert "2 lignes bonnes · 3 lignes refusées" in read
    for told in ("&#x27;-3&#x27; n’est pas 0 ou plus", "2206-07-03", "p9", "n’existe pas"):
        assert told in read
    assert _kept() == []
    test.button(key="logbook_import").click().run()
    assert "2 lignes sont importées." in _read(test)
    assert [one.entry.quantity for one in _kept()] == [40.0, 2.5]
    batch = _kept()[0].batch
    test.button(key=f"logbook_undo_{batch}").click().run()
    assert "Import annulé : 2 lignes sont barrées." in _read(test)
    assert all(one.struck_at for one in _kept())
    test.button(key=f"logbook_redo_{batch}").click().run()
    assert "2 lignes comptent de nouveau" in _read(test)
    assert not any(one.struck_at for one in _kept())


@garden
def test_the_same_file_again_brings_nothing(kept: str) -> None:
    test = _open("files")
    for told in ("2 lignes sont importées.", "0 ligne est importée. 2 y étaient déjà."):
        _upload(test, _FILE)
        test.button(key="logbook_import").click().run()
        assert told in _read(test)
    assert len(_kept()) == 2


@garden
def test_a_file_of_another_garden_makes_its_beds_when_asked(kept: str) -> None:
    test = _open("files")
    _upload(test, 'Date,Culture,Poids (kg),Planche\n03/07/2026,Tomate,"1,5",Butte 7\n')
    assert "Aucune colonne ne dit quel travail" in _read(test)
    test.selectbox(key="logbook_import_type").set_value("harvest").run()
    assert "1 ligne refusée" in _read(test)
    test.toggle(key="logbook_make_plots").set_value(True).run()
    assert "1 ligne bonne" in _read(test)
    test.button(key="logbook_import").click().run()
    (one,) = _kept()
    assert (one.entry.crop, one.entry.quantity, one.entry.unit) == ("tomato", 1.5, "kg")
    assert "Butte 7" in _read(_open("list"))


@pytest.mark.parametrize("body", ["", "a,b\n", "\x00\x01\x02", "date,type\n"])
@garden
def test_what_is_no_table_is_said(kept: str, body: str) -> None:
    test = _open("files")
    _upload(test, body)
    assert not test.exception
    assert not [one for one in test.button if one.key == "logbook_import"]


@garden
def test_what_is_filtered_is_exported(kept: str) -> None:
    _note(_harvest(), _harvest(quantity=float("nan"), unit="", notes="=1+1"))
    wanted = log.Sought("potager", ("harvest",))
    header, *lines = to_csv(log.every(wanted), ZoneInfo("Europe/Paris")).splitlines()
    assert header.startswith("date,type,plot,crop,variety,quantity,unit,notes")
    assert len(lines) == 2
    assert all(line.startswith("2026-07-21T10:00:00+02:00,harvest,p1,tomato") for line in lines)
    assert sum(",'=1+1," in line for line in lines) == 1


@garden
def test_an_entry_that_was_struck_meanwhile_is_not_corrected(kept: str) -> None:
    (number,) = _note(_harvest())
    test = _open("list")
    test.button(key=f"logbook_open_{number}").click().run()
    engine = _engine()
    with writing(engine) as c:
        logbook.strike(c, number, who="Amina", reason="double")
    engine.dispose()
    test.text_input(key=f"logbook_c_{number}_amount").set_value("2,4")
    test.text_input(key=f"logbook_c_{number}_reason").set_value("virgule")
    next(one for one in test.button if "correction" in str(one.label)).click().run()
    assert not test.exception
    assert _kept()[0].entry.quantity == 24.0


@garden
def test_a_product_and_its_nitrogen_are_noted_and_corrected(kept: str) -> None:
    test = _open()
    _chip(test, "type", "input")
    _chip(test, "about_input_0_kind", "organic_fertiliser")
    test.number_input(key="logbook_about_input_0_n_percent").set_value(6.0).run()
    _type(test, "3")
    _save(test)
    assert "Noté : Apport · Engrais organique, 3 kg, Planche 1" in _read(test)
    (one,) = _kept()
    assert one.entry.details == {"kind": "organic_fertiliser", "n_percent": 6.0}
    assert test.button_group(key="logbook_about_input_1_kind").value is None

    listed = _open("list")
    field = f"logbook_c_{one.number}"
    listed.button(key=f"logbook_open_{one.number}").click().run()
    assert "Azote (%)" in _read(listed)
    assert listed.number_input(key=f"{field}_n_percent").value == 6.0
    listed.button_group(key=f"{field}_kind").set_value("compost")
    listed.number_input(key=f"{field}_n_percent").set_value(1.5)
    listed.text_input(key=f"{field}_reason").set_value("c’était du compost")
    next(button for button in listed.button if "correction" in str(button.label)).click().run()
    read = _read(listed)
    assert "<del>Produit engrais organique, Azote (%) 6</del>" in read
    assert "<ins>Produit compost, Azote (%) 1,5</ins>" in read
    assert _kept()[0].entry.details == {"kind": "compost", "n_percent": 1.5}


@garden
def test_who_worked_and_what_came_to_the_heap_are_noted(kept: str) -> None:
    test = _open(language="en")
    _chip(test, "type", "labour")
    _chip(test, "about_labour_0_status", "insertion")
    test.number_input(key="logbook_about_labour_0_persons").set_value(4).run()
    _type(test, "14")
    _save(test)
    assert "Labour · Work integration, 14 h, 4 people" in _read(test)
    _chip(test, "type", "compost")
    test.number_input(key="logbook_about_compost_1_biowaste_kg").set_value(25.0).run()
    _type(test, "40")
    _save(test)
    heap, work = _kept()
    assert heap.entry.details == {"biowaste_kg": 25.0}
    assert work.entry.details == {"status": "insertion", "persons": 4}
    assert (work.entry.hours, heap.entry.quantity) == (14.0, 40.0)


@garden
def test_nothing_is_asked_of_a_harvest_that_is_none_of_its_kind(kept: str) -> None:
    test = _open()
    assert not test.number_input
    _type(test, "1")
    _save(test)
    assert _kept()[0].entry.details == {}


def _sow(test: AppTest, plot: str, crop: str) -> None:
    _chip(test, "type", "seeding")
    _chip(test, "plot", plot)
    test.button_group(key=f"logbook_crop_{plot}_0").set_value("*").run()
    test.selectbox(key="logbook_crop_other").set_value(crop).run()
    _type(test, "12")
    _save(test)


def _planted() -> list[tuple[str, str, str]]:
    engine = _engine()
    with engine.connect() as c:
        found = farms.plantings(c, "potager")
    engine.dispose()
    return [(one.plot, one.crop, one.source) for one in found if one.source == "person"]


@garden
def test_a_sowing_is_added_to_its_plot_with_one_tap_and_taken_back(kept: str) -> None:
    test = _open()
    _sow(test, "p2", "carrot")
    button = test.button(key="logbook_plant")
    assert str(button.label) == "Ajouter à la parcelle : Carotte, Planche 2".replace(
        " :", "\u00a0:"
    )
    button.click().run()
    assert "Ajouté à la parcelle : Carotte, Planche 2, le 21 juillet 2026" in _read(test)
    assert _planted() == [("p2", "carrot", "person")]
    test.button(key="logbook_unplant").click().run()
    assert _planted() == []
    assert _kept()[0].struck_at is None
    test.button(key="logbook_plant").click().run()
    assert _planted() == [("p2", "carrot", "person")]
    test.button(key="logbook_undo").click().run()
    assert _planted() == []
    assert _kept()[0].struck_at is not None


@garden
def test_a_full_plot_says_why_it_takes_no_more(kept: str) -> None:
    test = _open()
    _sow(test, "p1", "carrot")
    assert "pas encore à la page Cultures" in _read(test)
    assert "Tomate" in _read(test)
    assert not [one for one in test.button if one.key == "logbook_plant"]


@garden
def test_a_family_that_returns_too_soon_is_said_before_it_is_added(kept: str) -> None:
    engine = _engine()
    with writing(engine) as c:
        last = Planting("potager", "p2", "carrot", "", date(2025, 4, 1), date(2025, 9, 1))
        plantings.add(c, last, who="Amina", at=NOW)
    engine.dispose()
    test = _open()
    _sow(test, "p2", "carrot")
    assert "Rotation" in _read(test)
    test.button(key="logbook_plant").click().run()
    assert _planted().count(("p2", "carrot", "person")) == 2


@garden
def test_what_the_register_knows_is_not_offered(kept: str) -> None:
    test = _open()
    _chip(test, "type", "transplanting")
    _chip(test, "plot", "p1")
    test.button_group(key="logbook_crop_p1_0").set_value("tomato").run()
    _save(test)
    assert "Noté" in _read(test)
    assert not [one for one in test.button if one.key == "logbook_plant"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", ("Ce fichier est vide", "This file is empty")),
        ("# rien\n", ("Ce fichier est vide", "This file is empty")),
        ("date,type\n", ("un en-tête et aucune ligne", "a header and no rows")),
        ("a,b\n1,2\n", ("Aucune colonne ne donne la date", "No column gives the date")),
        ("date,date\n1,2\n", ("y est deux fois", "is there twice")),
    ],
)
@garden
def test_why_a_file_cannot_be_used_is_in_the_page_s_language(
    kept: str, body: str, told: tuple[str, str], language: str
) -> None:
    test = _open("files", language)
    _upload(test, body)
    read = _read(test)
    assert told[language == "en"] in read
    assert told[language == "fr"] not in read
    assert "juillet.csv:" not in read
