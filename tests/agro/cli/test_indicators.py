"""`agro indicators`: the contract's document, from a book and from the store, and refusals."""

from pathlib import Path
from time import time

import pytest

from tests.agro.cli.conftest import Agro

_BOOK = Path(__file__).parents[1] / "indicators" / "small_book.yaml"
_KEYS = {
    *("id", "value", "unit", "numerator", "denominator"),
    *("coverage", "status", "target", "sources"),
}


def test_a_book_needs_no_database(agro: Agro, tmp_path: Path) -> None:
    done = agro("indicators", "--book", _BOOK, "--json")
    assert (done.code, done.lines) == (0, [])
    assert len(done.json) == 63
    assert all(row.keys() >= _KEYS for row in done.json)
    assert not list(tmp_path.rglob("*.sqlite"))
    by_id = {row["id"]: row for row in done.json}
    assert by_id["WATER_ALTERNATIVE_SHARE"] | {"sources": []} == {
        **by_id["WATER_ALTERNATIVE_SHARE"],
        "value": 10.0,
        "unit": "%",
        "numerator": 4.0,
        "denominator": 40.0,
        "coverage": 1.0,
        "status": "ok",
        "target": None,
        "sources": [],
    }
    assert by_id["CANTEEN_WASTE_G_MEAL"]["target"] == 65.0
    assert by_id["IDEA4_SCORES"]["value"] is None
    assert by_id["IDEA4_SCORES"]["status"] == "no_data"
    assert {
        source.keys() == {"kind", "key", "row"} for source in by_id["LOSS_RATE"]["sources"]
    } == {True}


@pytest.mark.parametrize(
    ("scope", "value"),
    [("commune:90001", 120.0), ("site:ash", 1000.0), ("plot:elm-1", 80.0), ("metropole", 1200.0)],
)
def test_a_scope_has_its_own_figures(agro: Agro, scope: str, value: float) -> None:
    done = agro("indicators", "--book", _BOOK, "--scope", scope, "--json")
    assert done.code == 0
    assert done.json[0]["value"] == value


def test_a_public_view_hides_what_tells_of_few(agro: Agro) -> None:
    rows = agro("indicators", "--book", _BOOK, "--public", "--json").json
    by_id = {row["id"]: row for row in rows}
    assert by_id["DONATED_KG"]["status"] == "suppressed"
    assert by_id["DONATED_KG"]["value"] is None
    assert by_id["CANTEEN_WASTE_G_MEAL"]["value"] == 60.0


def test_faults_come_beside_what_could_be_computed(agro: Agro, tmp_path: Path) -> None:
    file = tmp_path / "book.yaml"
    text = _BOOK.read_text(encoding="utf-8").replace(
        "crop: lettuce, kg: 20", "crop: lettuce, kg: lots"
    )
    file.write_text(text, encoding="utf-8")
    done = agro("indicators", "--book", file, "--json")
    assert done.code == 2
    assert done.json[0]["value"] == 1180.0
    assert len(done.lines) == 1
    assert "harvests[1].kg 'lots' is not a number" in done.lines[0]


def test_a_shorter_period_takes_dated_records_of_it(agro: Agro, tmp_path: Path) -> None:
    file = tmp_path / "book.yaml"
    file.write_text(
        "period: {start: 2026-01-01, end: 2026-12-31}\n"
        "sites: {a: {commune: '1'}}\nplots: {p: {site: a, cultivated_m2: 10}}\n"
        "harvests: [{plot: p, kg: 3, date: 2026-05-02}, {plot: p, kg: 4, date: 2026-06-02}]\n",
        encoding="utf-8",
    )
    done = agro("indicators", "--book", file, "--from", "2026-06-01", "--json")
    assert done.code == 0
    assert done.json[0]["value"] == 4.0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--scope", "moon"), "--scope: 'moon' is no scope; write city, commune:CODE"),
        (("--scope", "site:asch"), "--scope: site 'asch' does not exist; did you mean ash?"),
        (("--scope", "commune:x"), "--scope: commune 'x' does not exist; known: 90001"),
        (("--from", "soon"), "--from: 'soon' is not a day; write 2026-12-31"),
        (("--from", "2027-01-01"), "--from: 2027-01-01 is after the last day, 2026-06-30"),
    ],
)
def test_what_cannot_be_asked_is_one_line(agro: Agro, words: tuple[str, ...], told: str) -> None:
    done = agro("indicators", "--book", _BOOK, *words)
    assert (done.code, done.out) == (2, "")
    assert len(done.lines) == 1
    assert done.lines[0].startswith(told)


def test_people_get_a_table_in_their_language(agro: Agro) -> None:
    french = agro("indicators", "--book", _BOOK, "--language", "fr").out
    assert "Récolte alimentaire" in french
    assert "aucune donnée" in french
    assert "Food harvested" in agro("indicators", "--book", _BOOK).out


def test_a_city_of_another_country_has_its_own_catalogue(
    agro: Agro, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_CITY", "turku")
    rows = agro("indicators", "--book", _BOOK, "--json").json
    assert not [row for row in rows if row["id"].startswith(("IFT", "EGALIM"))]
    assert next(row for row in rows if row["id"] == "ORGANIC_AREA")["target"] is None


def test_the_store_answers_without_a_book(
    dijon: Agro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_CLOCK", f"2026-07-20T08:00:00Z@{time():.0f}")
    file = tmp_path / "carnet.csv"
    file.write_text(
        "date,type,plot,crop,variety,quantity,unit,notes\n"
        "2026-07-10,harvest,planche-1,tomato,,12,kg,\n",
        encoding="utf-8",
    )
    assert dijon("import", "logbook", file, "--site", "potager-des-ducs").code == 0
    done = dijon("indicators", "--scope", "plot:potager-des-ducs/planche-1", "--json")
    assert done.code == 0
    harvest = done.json[0]
    assert (harvest["value"], harvest["status"]) == (12.0, "incomplete")
    assert [source["kind"] for source in harvest["sources"]] == ["harvest"]
    assert dijon("indicators", "--scope", "site:potager", "--json").code == 2


def test_a_book_is_imported_once_and_asked_for_alone(dijon: Agro) -> None:
    first = dijon("import", "book", _BOOK, "--who", "Ana", "--json")
    assert (first.code, first.json["book"], first.json["known"]) == (0, 1, 0)
    assert first.json["new"] == sum(one["new"] for one in first.json["registers"].values()) > 50
    assert first.json["sites_made"] == ["oak", "elm", "ash"]
    again = dijon("import", "book", _BOOK, "--json")
    assert (again.code, again.json["book"], again.json["new"]) == (0, None, 0)
    assert again.json["known"] == first.json["new"]
    of_file = dijon("indicators", "--book", _BOOK, "--json").json
    of_store = dijon("indicators", "--farm-book", 1, "--json").json
    for one, other in zip(of_file, of_store, strict=True):
        assert other["value"] == pytest.approx(one["value"]), one["id"]
        assert other["status"] == one["status"], one["id"]
    assert dijon("indicators", "--farm-book", 9).lines == [
        "--farm-book: there is no import 9; agro book list tells them"
    ]


def test_a_corrected_edition_takes_the_place_of_the_first(dijon: Agro, tmp_path: Path) -> None:
    text = _BOOK.read_text(encoding="utf-8")
    book = tmp_path / "book.yaml"
    book.write_text(text, encoding="utf-8")
    assert dijon("import", "book", book).code == 0
    broken = text.replace("crop: tomato, kg: 100}", "crop: tomato, kg: 90}")
    book.write_text(broken.replace("{site: oak, kg: 0}", "{site: oak, kg: none}"), encoding="utf-8")
    warned = dijon("import", "book", book, "--replaces", 7)
    assert warned.lines == [
        "--replaces: there is no import 7 that counts; agro book list tells them"
    ]
    done = dijon("import", "book", book, "--replaces", 1, "--json")
    assert done.code == 2
    assert done.json["refused"] == 1
    assert done.json["taken_back"] > done.json["new"] > 50
    assert "losses[0].kg 'none' is not a number" in done.lines[-1]
    values = {
        row["id"]: row["value"] for row in dijon("indicators", "--farm-book", 2, "--json").json
    }
    assert values["PROD_HARVEST_KG"] == 1190.0
    assert dijon("book", "undo", 2).out.startswith(f"{done.json['new']} records taken back")
    listed = dijon("book", "list", "--json").json
    assert [one["undone_at"] is None for one in listed] == [False, False]


def test_a_figure_from_outside_is_entered_and_taken_back(dijon: Agro) -> None:
    span = ("--from", "2025-01-01", "--to", "2025-12-31")
    said = ("IDEA4_SCORES", *span, "--source", "fiche 12", "--value", 61)
    assert dijon("book", "enter", *said).out.startswith("kept as 1;")
    assert dijon("book", "retract", 1).out == "taken back\n"
    assert dijon("book", "retract", 1).out == "was taken back already\n"
    wrong = dijon("book", "enter", "IDEA4_SCORES", *span, "--source", "", "--value", 61)
    assert (wrong.code, wrong.lines) == (
        2,
        ["source '' is empty; name where the figure is written"],
    )
    assert dijon("book", "surveys", "--json").json == []
