"""The report of farms: what it says of a book, what it hides, and that it can be handed on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from math import nan

import pytest
from pypdf import PdfReader

from agro.energy.returns import of_book
from agro.indicators import tape
from agro.indicators.book import Book, Cycle, Harvest, Irrigation, Plot, Site, Source, Survey
from agro.indicators.catalogue import catalogue
from agro.indicators.scope import Scope
from agro.reports import FarmsReport, farms_report
from agro.reports.farms_content import content
from agro.reports.farms_made import Asked, Place, months, report_of, surveys
from agro.words import say
from models.energy.payback import Assumptions

_MADE = datetime(2026, 7, 21, 8, 0, tzinfo=UTC)
_KNOWN = catalogue()
_SITES = ("a", "b", "c")
_HOSTILE = '#panic("x") $ <b> \u202egnp'


def _book(masses: Mapping[str, float], *, more: tuple[Survey, ...] = ()) -> Book:
    """A garden of 100 m² a site, one harvest and one watering each."""
    sites = tuple(
        Site(source=Source("site", s), site=s, commune="21231", kind="shared") for s in masses
    )
    plots = tuple(
        Plot(source=Source("plot", s), site=s, plot=f"{s}/1", area=100.0, cultivated=100.0)
        for s in masses
    )
    grown = tuple(
        Cycle(
            source=Source("planting", s),
            site=s,
            plot=f"{s}/1",
            crop="tomato",
            area=100.0,
            start=date(2026, 5, 1),
            end=None,
        )
        for s in masses
    )
    return Book(
        start=date(2026, 1, 1),
        end=date(2026, 6, 30),
        sites=sites,
        plots=plots,
        cycles=grown,
        surveys=more,
        harvests=tuple(
            Harvest(
                source=Source("harvest", f"log {n}", n),
                site=s,
                plot=f"{s}/1",
                day=date(2026, 5 + n % 2, 3),
                mass=mass,
                crop="tomato",
            )
            for n, (s, mass) in enumerate(masses.items(), start=1)
        ),
        irrigations=tuple(
            Irrigation(
                source=Source("irrigation", s),
                site=s,
                plot=f"{s}/1",
                day=date(2026, 6, 3),
                volume=2.0,
                method="metered",
            )
            for s in masses
        ),
    )


def _report(book: Book, language: str = "en", **more: object) -> FarmsReport:
    names = {"commune:21231": "Dijon", "commune:21355": "Longvic", "site:a": _HOSTILE}
    place = Place("Ville", Scope(), names, ("21231", "21355"))
    asked = Asked(_MADE, language, "Europe/Paris", command="agro indicators --json", **more)  # type: ignore[arg-type]
    returned = of_book(book, Scope(), Assumptions())
    return report_of(book, {2026: book}, place, _KNOWN, asked, returned=returned)


def _text(body: bytes) -> str:
    pages = PdfReader(BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def _survey(answer: float | None) -> Survey:
    form = tape.FORMS["2019"]
    answers = {element: dict.fromkeys(indices, 2.0) for element, indices in form.elements.items()}
    answers["diversity"]["crops"] = answer  # type: ignore[assignment]
    source = Source("survey", "a 2019", 7)
    day = date(2026, 3, 1)
    return Survey(source=source, site="a", day=day, form="caet", version="2019", answers=answers)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ("Rapport d’indicateurs", "60 kg", "Provenance", "(n° 1 à 3)", "page 1 sur")),
        ("en", ("Indicators report", "60 kg", "Comes from", "(nos. 1 to 3)", "page 1 of")),
    ],
)
def test_it_says_values_and_their_records(language: str, told: tuple[str, ...]) -> None:
    body = farms_report(_report(_book(dict.fromkeys(_SITES, 20.0)), language))
    text = _text(body)
    for one in told:
        assert one in text
    assert "agro indicators --json" in text
    assert not set("{}") & set(text)
    reader = PdfReader(BytesIO(body))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # read aloud by a screen reader
    assert reader.trailer["/Root"]["/Lang"] == language


def test_the_same_report_gives_the_same_bytes() -> None:
    report = _report(_book(dict.fromkeys(_SITES, 20.0)))
    assert farms_report(report) == farms_report(report)


def test_a_public_report_withholds_what_tells_of_one_garden() -> None:
    book = _book({"a": 613.0, "b": 10.0, "c": 10.0}, more=(_survey(2.0),))
    inside, public = (_text(farms_report(_report(book, public=flag))) for flag in (False, True))
    assert "633 kg" in inside
    assert "633" not in public
    assert "would tell of a single garden" in public
    assert "A survey is a single garden's" in public
    assert "Radar" not in public


def test_a_survey_is_drawn_only_when_it_is_complete() -> None:
    place = Place("Ville", Scope())
    assert list(surveys(_book({"a": 1.0}, more=(_survey(2.0),)), place, _KNOWN)) == ["a (2019)"]
    assert surveys(_book({"a": 1.0}, more=(_survey(None),)), place, _KNOWN) == {}


def test_names_are_printed_as_they_stand() -> None:
    text = _text(farms_report(_report(_book({"a": 1.0}, more=(_survey(2.0),)))))
    assert '#panic("x") $ <b> gnp (2019)' in text


def test_every_commune_has_its_row_and_one_without_gardens_no_figure() -> None:
    told = content(_report(_book(dict.fromkeys(_SITES, 20.0))), say("en"))
    rows = {row[0]: row[1:] for row in told["communes"]["rows"]}
    assert rows["Dijon"][:2] == ["3", "300"]
    assert set(rows["Longvic"][1:]) == {"–"}


def test_months_add_up_to_what_they_are_drawn_for() -> None:
    report = _report(_book({"a": 20.0, "b": 30.0, "c": 40.0}))
    harvest = report.months["PROD_HARVEST_KG"]
    assert harvest == {
        **dict.fromkeys(("2026-01", "2026-02", "2026-03", "2026-04"), 0.0),
        "2026-05": 30.0,
        "2026-06": 60.0,
    }
    assert months(date(2026, 1, 30), date(2026, 2, 2)) == [
        (date(2026, 1, 30), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 2)),
    ]


def test_a_book_without_records_says_so_and_invents_nothing() -> None:
    empty = Book(start=date(2026, 1, 1), end=date(2026, 6, 30))
    report = _report(empty)
    told = content(report, say("en"))
    assert told["key"] == []
    assert all(not domain["cards"] for domain in told["domains"])
    assert told["returned"]["results"] is None
    text = _text(farms_report(report))
    assert "0 indicators of 63 have data" in text
    assert "No watering was noted" in text
    assert "nan" not in text.lower().split()


def test_years_are_drawn_where_two_have_a_value() -> None:
    book = _book(dict.fromkeys(_SITES, 20.0))
    report = _report(book)
    two = replace(report, years={2025: report.years[2026], 2026: report.years[2026]})
    charts = {
        card["id"]: card["chart"]
        for domain in content(two, say("en"))["domains"]
        for card in domain["cards"]
    }
    bars = charts["LAND_CULTIVATED_M2"]["bars"]
    assert [(bar["name"], bar["value"]) for bar in bars] == [("2025", 300.0), ("2026", 300.0)]
    assert nan not in [bar["value"] for bar in bars]
