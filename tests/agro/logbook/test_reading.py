"""Any garden's table is read: dates, numbers, columns, names; every bad cell is told."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from math import isnan
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import Connection, Engine

from agro.errors import BadInput
from agro.logbook import Choice, Preview, Unusable, read
from agro.logbook.dates import Dates, is_day_first
from agro.logbook.names import crop_named, type_named
from agro.logbook.numbers import number_and_unit
from agro.logbook.rows import Refused
from agro.records import LogEntry
from agro.store import logbook, writing
from agro.words import LANGUAGES, note_sentence, problem_sentence, say
from agro.words.imports import file_sentence

SITE = "potager-des-ducs"
PARIS = ZoneInfo("Europe/Paris")
HEADER = "date,type,plot,crop,variety,quantity,unit,notes"
Reading = Callable[..., Preview]


@pytest.fixture
def reading(store: Engine) -> Reading:
    """Reads lines of text for the first garden: `reading(header, row, row, type="harvest")`."""

    def of(*lines: str, **chosen: object) -> Preview:
        body = "\n".join(lines).encode()
        with store.connect() as c:
            return read(c, body, "log.csv", SITE, choice=Choice(**chosen))  # type: ignore[arg-type]

    return of


def _only(found: Preview) -> LogEntry:
    assert found.problems == ()
    ((_, entry),) = found.entries
    return entry


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("2026-07-01,harvest,planche-1,tomato,,-3,kg,", "quantity", "negative"),
        ("2206-07-01,harvest,planche-1,tomato,,3,kg,", "date", "date_in_future"),
        ("1789-07-14,harvest,planche-1,tomato,,3,kg,", "date", "date_too_early"),
        ("0000-00-00,harvest,planche-1,tomato,,3,kg,", "date", "date_unknown"),
        ("31/02/2026,harvest,planche-1,tomato,,3,kg,", "date", "date_unknown"),
        ("01/07/26,harvest,planche-1,tomato,,3,kg,", "date", "date_two_digits"),
        (",harvest,planche-1,tomato,,3,kg,", "date", "date_unknown"),
        ("2026-07-01,harvest,planche-1,tomato,,3,zorkmid,", "unit", "unit_unknown"),
        ("2026-07-01,harvest,planche-1,tomato,,3,,", "unit", "unit_missing"),
        ("2026-07-01,harvest,planche-1,tomato,,3,mm,", "unit", "unit_wrong"),
        ("2026-07-01,irrigation,planche-1,,,3,kg,", "unit", "unit_no_water"),
        ("2026-07-01,harvest,planche-1,tomato,,3 kg,L,", "unit", "units_differ"),
        ("2026-07-01,reaping,planche-1,tomato,,3,kg,", "type", "type_unknown"),
        ("2026-07-01,,planche-1,tomato,,3,kg,", "type", "type_unknown"),
        ("2026-07-01,harvest,planche-99,tomato,,3,kg,", "plot", "plot_unknown"),
        ("2026-07-01,harvest,planche-1,tomato,,lots,kg,", "quantity", "not_a_number"),
        ('2026-07-01,harvest,planche-1,tomato,,"1,234",kg,', "quantity", "comma_unclear"),
        ("2026-07-01,harvest,planche-1,tomato,,1e9,kg,", "quantity", "too_much"),
        ("2026-07-01,harvest,planche-1,tomato,,3,kg", "", "cells"),
        (f"2026-07-01,observation,,,,,,{'x' * 10_001}", "notes", "too_long"),
    ],
)
def test_a_bad_row_is_told_and_the_good_one_kept(
    reading: Reading, row: str, field: str, code: str
) -> None:
    found = reading(HEADER, row, "2026-07-02,harvest,planche-1,tomato,,4,kg,")
    assert [(one.row, one.field, one.code) for one in found.problems] == [(2, field, code)]
    assert (found.rows, found.refused, [number for number, _ in found.entries]) == (2, 1, [3])
    (problem,) = found.problems
    for language in LANGUAGES:
        words = say(language)
        sentence = problem_sentence(words, problem.code, problem.value, problem.facts)
        assert "{" not in sentence
        assert len(sentence) > 10


def test_every_fault_of_a_row_is_told_at_once(reading: Reading) -> None:
    found = reading(HEADER, "2206-07-01,reaping,planche-99,tomato,,-3,kg,")
    assert [one.field for one in found.problems] == ["type", "date", "plot", "quantity"]
    assert found.refused == 1


def test_a_harvest_before_its_sowing_is_refused_wherever_the_sowing_is_told(
    store: Engine, reading: Reading
) -> None:
    sowing = "2026-05-10,seeding,planche-2,kohlrabi,,20,seed,"
    early = "2026-05-01,harvest,planche-2,kohlrabi,,3,kg,"
    late = "2026-07-01,harvest,planche-2,kohlrabi,,3,kg,"
    years_before = "2024-07-01,harvest,planche-2,kohlrabi,,3,kg,"
    last_autumn = "2025-12-01,harvest,planche-2,kohlrabi,,3,kg,"
    found = reading(HEADER, early, sowing, late, years_before, last_autumn)
    assert [(one.row, one.code) for one in found.problems] == [(2, "harvest_before_sowing")]
    assert found.problems[0].facts["sown"] == "2026-05-10"
    assert len(found.entries) == 4
    with writing(store) as c:
        logbook.write(c, [entry for _, entry in reading(HEADER, sowing).entries])
    assert [one.row for one in reading(HEADER, early).problems] == [2]
    assert reading(HEADER, early.replace("planche-2", "planche-1")).problems == ()


def test_french_files_are_read(reading: Reading) -> None:
    entry = _only(
        reading(
            "Jour;Activité;Planche;Légume;Variété;Quantité;Unité;Remarques;Temps (min)",
            "03/04/2026;Récolte;Planche 1;Laitues;Reine de mai;1 234,5;grammes;de bon matin;90",
        )
    )
    assert entry.time == datetime(2026, 4, 3, 10, tzinfo=UTC)  # noon in Dijon
    assert (entry.type, entry.plot, entry.crop) == ("harvest", "planche-1", "lettuce")
    assert (entry.quantity, entry.unit, entry.hours) == (pytest.approx(1.2345), "kg", 1.5)
    assert (entry.variety, entry.notes) == ("Reine de mai", "de bon matin")
    assert entry.details == {"written": "1234.5 g"}


@pytest.mark.parametrize(
    ("header", "row", "type_", "said"),
    [
        ("DateHarvested,vegetable,weight_g", "2026-07-01,kale,250", "harvest", (0.25, "kg")),
        ("date,crop,Poids (kg)", "2026-07-01,kale,2.5", "harvest", (2.5, "kg")),
        ("date,crop,kg", "2026-07-01,kale,2.5", "harvest", (2.5, "kg")),
        ("date,crop,quantity", "2026-07-01,kale,3 bunches", "harvest", (3.0, "bunch")),
        ("seed date,crop,row_ft,flats", "2026-04-01,kale,100,2", "seeding", (30.48, "m")),
        ("date,crop,seeds,flats", "2026-04-01,kale,128,1", "seeding", (128.0, "seed")),
        (
            *("seed_date,transplant_date,crop,flats", "2026-03-01,2026-04-01,kale,4"),
            *("transplanting", (4.0, "flat")),
        ),
    ],
)
def test_foreign_columns_are_recognised(
    reading: Reading, header: str, row: str, type_: str, said: tuple[float, str]
) -> None:
    entry = _only(reading(header, row, type=type_))
    assert (entry.quantity, entry.unit) == (pytest.approx(said[0]), said[1])
    assert (entry.type, entry.crop) == (type_, "kale")
    assert entry.time.month == (4 if type_ in ("seeding", "transplanting") else 7)


def test_an_area_in_words_is_a_plot_and_in_numbers_an_area(reading: Reading) -> None:
    found = reading("date,area,crop", "2026-07-01,GHANA-2,kale", type="harvest", plots="make")
    assert _only(found).plot == "ghana-2"
    assert found.made == {"ghana-2": "GHANA-2"}
    assert _only(reading("date,area,crop", "2026-07-01,12.5,kale", type="harvest")).area == 12.5
    sized = reading("date,plot,Surface (ha)", "2026-07-01,planche-1,0.1", type="maintenance")
    assert _only(sized).area == pytest.approx(1000.0)


def test_columns_are_taken_as_told(reading: Reading) -> None:
    columns = {"date": "when", "quantity": "how much"}
    entry = _only(reading("when,how much", "2026-07-01,2 kg", type="harvest", columns=columns))
    assert entry.quantity == 2.0
    with pytest.raises(BadInput, match="'dte' is no field; did you mean date"):
        reading("when", "2026-07-01", columns={"dte": "when"})
    with pytest.raises(BadInput, match="no column 'wen' for date; did you mean when"):
        reading("when", "2026-07-01", columns={"date": "wen"})
    with pytest.raises(BadInput, match="no column type"):
        reading("date,crop", "2026-07-01,kale")


def test_deliveries_keep_what_their_columns_say(reading: Reading) -> None:
    entry = _only(
        reading(
            f"{HEADER},channel,outlet,distance_km,intermediaries,price_eur",
            "2026-07-01,delivery,,tomato,,3,kg,,market,halles,2.5,0,12",
        )
    )
    told = {"channel": "market", "outlet": "halles", "distance_km": 2.5}
    assert entry.details == told | {"intermediaries": 0.0, "price": 12.0}


def test_a_statement_of_nothing_is_no_missing_amount(reading: Reading) -> None:
    found = reading(HEADER, "2026-07-01,harvest,,,,0,kg,", "2026-07-01,harvest,,,,NA,kg,")
    (_, nothing), (_, unsaid) = found.entries
    assert nothing.quantity == 0.0
    assert isnan(unsaid.quantity)


def test_what_is_taken_in_a_certain_way_is_told(reading: Reading) -> None:
    found = reading(
        HEADER,
        "46204,harvest,planche-1,tomatoes,,3,kg,",
        "03/04/2026,harvest,bed x,bean,,3,kg,",
        "03/04/2026,harvest,bed x,bean,,3,kg,",
        plots="make",
    )
    notes = {note.code: note for note in found.notes}
    assert {code: note.rows for code, note in notes.items()} == {
        "date_serial": 1,
        "date_day_first": 2,
        "crop_named": 1,
        "crop_unknown": 2,
        "plot_made": 2,
        "rows_repeated": 1,
    }
    assert found.entries[0][1].time.date() == date(2026, 7, 1)
    for language in LANGUAGES:
        for one in found.notes:
            sentence = note_sentence(say(language), one.code, one.rows, one.value, one.facts)
            assert "{" not in sentence
    (total, *_) = [one for one in found.totals if one.crop == "bean"]
    assert (total.rows, total.quantity, total.unit) == (2, 6.0, "kg")


def test_a_workbook_is_read_with_its_own_dates(store: Engine) -> None:
    book = openpyxl.Workbook()
    book.active.append(["date", "type", "crop", "quantity", "unit"])
    book.active.append([datetime(2026, 7, 1, 18, 30), "harvest", "kale", 2.5, "kg"])  # noqa: DTZ001
    book.active.append([date(2026, 7, 2), "harvest", "kale", "3,5", "kg"])
    file = io.BytesIO()
    book.save(file)
    with store.connect() as c:
        found = read(c, file.getvalue(), "log.xlsx", SITE)
    assert [entry.quantity for _, entry in found.entries] == [2.5, 3.5]
    assert found.entries[0][1].time == datetime(2026, 7, 1, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "is empty"),
        (b"date,type\n", "has a header and no rows"),
        (b"# rien\n\n#\n", "is empty"),
        (b"\x1f\x8b broken", "the gzip is broken"),
        (b"date\x00,type\n", "is not text"),
        (b"PK\x03\x04 no zip", "is not a workbook"),
        (b"date,type,date\n2026-07-01,harvest,x\n", "column 'date' is there twice"),
        (b"x" * 50_000_001, "more than 50 MB; split it"),
        (b"date,type\n" + b"2026-07-01,observation\n" * 200_001, "more than 200000 rows"),
    ],
    ids=["empty", "header", "remarks", "gzip", "binary", "zip", "twice", "large", "long"],
)
def test_files_that_cannot_be(store: Engine, body: bytes, told: str) -> None:
    with store.connect() as c, pytest.raises(Unusable, match=told) as refused:
        read(c, body, "log.csv", SITE)
    (fault,) = refused.value.faults
    assert fault.code != "no_table"
    for language in LANGUAGES:
        assert "{" not in file_sentence(say(language), fault.code, fault.facts)


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["13/02/2020", "02/03/2020"], True),
        (["02/13/2020", "02/03/2020"], False),
        (["02/03/2020"], True),
        (["2020-03-02"], True),
    ],
)
def test_the_order_of_dates_is_what_most_dates_show(texts: list[str], first: bool) -> None:
    assert is_day_first(texts) is first


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-07-01", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("20260701", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026/7/1", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("01.07.2026", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("01/07/2026 18h30", datetime(2026, 7, 1, 16, 30, tzinfo=UTC)),
        ("2026-07-01T18:30", datetime(2026, 7, 1, 16, 30, tzinfo=UTC)),
        ("2026-07-01T18:30Z", datetime(2026, 7, 1, 18, 30, tzinfo=UTC)),
        ("46204.75", datetime(2026, 7, 1, 16, tzinfo=UTC)),
        ("2026-11-27", datetime(2026, 11, 27, 11, tzinfo=UTC)),
    ],
)
def test_dates_as_people_write_them(text: str, time: datetime) -> None:
    assert Dates(PARIS, date(2026, 11, 27)).read(text) == time


def test_tomorrow_is_no_day_of_a_logbook() -> None:
    with pytest.raises(Refused, match="date_in_future"):
        Dates(PARIS, date(2026, 11, 27)).read("2026-11-28")


@pytest.mark.parametrize(
    ("text", "comma", "said"),
    [
        ("3.5", False, (3.5, "")),
        ("3,5", False, (3.5, "")),
        ("1 234,5", False, (1234.5, "")),
        ("1.234,5", False, (1234.5, "")),
        ("1,234.5", False, (1234.5, "")),
        ("1,234", True, (1.234, "")),
        ("0,500", False, (0.5, "")),
        ("12kg", False, (12.0, "kg")),
        ("12,5 L/m²", False, (12.5, "L/m²")),
        ("1e3", False, (1000.0, "")),
    ],
)
def test_numbers_as_people_write_them(text: str, comma: bool, said: tuple[float, str]) -> None:
    assert number_and_unit(text, "quantity", comma=comma) == said


def test_crops_go_by_their_own_names_only() -> None:
    names = ("tomatoes", "TOMATE", "Épinards", "peas", "strawberries", "choux", "onions")
    keys = ("tomato", "tomato", "spinach", "pea", "strawberry", "cabbage", "onion_dry")
    assert tuple(map(crop_named, names)) == keys
    assert [crop_named(one) for one in ("tomaatti", "Kesäkurpitsa")] == ["tomato", "zucchini"]
    # Watered like a courgette, and none.
    assert crop_named("squash") is None


def test_types_go_by_farmos_s_names_and_french_ones() -> None:
    assert [type_named(one) for one in ("Harvest", "récolte", "Semis", "watering")] == [
        *("harvest", "harvest", "seeding", None)
    ]


def test_reading_stores_nothing(store: Engine, reading: Reading) -> None:
    reading(HEADER, "2026-07-01,harvest,new bed,tomato,,3,kg,", plots="make")
    with store.connect() as c:
        assert _counted(c) == 0


def _counted(c: Connection) -> int:
    return logbook.count(c)
