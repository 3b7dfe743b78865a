"""Return on investment and the report on the page: what is shown, changed, sent and taken away."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pypdf import PdfReader
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from agro.dashboard import indicators_assumed as assumed
from agro.dashboard.indicators_report import Made
from agro.dashboard.indicators_returns import workbook
from agro.energy.returns import Return, returns
from agro.indicators.scope import Scope
from agro.store import logbook, schema, writing
from agro.tables import to_csv
from agro.words import say
from models.energy.payback import NAMES, Assumptions
from tests.agro.dashboard.indicators_page import entry, noted_garden, opened, shown

_PERIOD = (date(2026, 1, 1), date(2026, 7, 21))


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """The garden of these tests, with two waterings of its planted bed in the logbook."""
    waterings = [entry("irrigation", day, quantity=150.0, unit="L") for day in (10, 12)]
    with noted_garden(tmp_path, monkeypatch, waterings) as engine:
        yield engine


def _open(language: str = "fr", **address: str) -> AppTest:
    return opened(language=language, **{"view": "returns", **address})


def _return(engine: Engine) -> Return:
    with engine.connect() as c:
        return returns(c, Scope(), _PERIOD)


def test_results_have_intervals_and_say_what_they_are_not(garden: Engine) -> None:
    test = _open()
    read, spared = shown(test), _return(garden).spared
    assert f"{say('fr').number(spared.water.middle, 1)} m³" in read
    assert "Elle ne prouve pas que le conseil est la cause" in read
    assert "12 hypothèses sur 12" in read
    assert "Aucun compteur" in read
    assert read.count('data-label="Quantité">0,15 m³') == 2
    assert "logbook?" in read  # each leads to where it is noted
    assert all(test.number_input(key=f"returns_{name}") for name in NAMES)


def test_an_assumption_is_changed_sent_and_undone(garden: Engine) -> None:
    test = _open("en")
    before = shown(test)
    test.number_input(key="returns_water_price").set_value(9.0).run()
    assert not test.exception
    assert test.query_params["assume"] in ("water_price:9", ["water_price:9"])
    changed = shown(test)
    assert changed != before
    assert "11 assumptions of 12" in changed
    sent = _open("en", assume="water_price:9")
    assert sent.number_input(key="returns_water_price").value == 9.0
    assert shown(sent) == changed
    sent.button(key="returns_reset").click().run()
    assert shown(sent) == before
    assert "assume" not in sent.query_params


def test_a_link_that_cannot_be_read_is_said_and_left_out(garden: Engine) -> None:
    read = shown(_open(assume="pump_efficiency:0,<b>:1,head:30"))
    assert "pump_efficiency:0, &lt;b&gt;:1" in read
    assert "11 hypothèses sur 12" in read


def test_without_waterings_what_is_missing_is_said(garden: Engine) -> None:
    with writing(garden) as c:
        for number in c.scalars(select(schema.log.c.id)).all():
            logbook.strike(c, number, who="test")
    read = shown(_open())
    assert "Aucun arrosage noté de mai à septembre" in read
    assert "Gain net" not in read


def test_a_public_view_hides_one_gardens_return(garden: Engine) -> None:
    test = _open()
    test.toggle(key="indicators_public").set_value(True).run()
    assert not test.exception
    read = shown(test)
    assert "Ce calcul parlerait d’un seul jardin" in read
    assert "Eau épargnée" not in read


def test_the_report_is_made_with_the_assumptions_of_the_visit(garden: Engine) -> None:
    test = _open("en", assume="water_price:9")
    test.button(key="indicators_report_make").click().run()
    assert not test.exception
    made = test.session_state["indicators_report_made"]
    assert isinstance(made, Made)
    pages = PdfReader(io.BytesIO(made.body)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Indicators report" in text
    assert "your value 9" in text
    assert "--scope city --from 2026-01-01 --to 2026-07-21" in text
    assert test.get("download_button")


def test_files_hold_the_whole_calculation(garden: Engine) -> None:
    words, own = say("en"), _return(garden)
    columns = assumed.heads(words, assumed.RESULTS)
    rows = list(csv.DictReader(io.StringIO(to_csv(assumed.rows(words, own), columns))))
    told = {row["Result"]: row for row in rows}
    assert float(told["Water spared, m³"]["Likely"]) == pytest.approx(own.spared.water.middle)
    assert float(told["price of water"]["High (90%)"]) == Assumptions().water_price.high
    assert len([row for row in rows if row["Part"] == "Assumptions"]) == len(NAMES)
    book = openpyxl.load_workbook(io.BytesIO(workbook(words, own, public=False)))
    assert book["Records"].max_row == 1 + len(own.sources)
    public = openpyxl.load_workbook(io.BytesIO(workbook(words, own, public=True)))
    assert "Records" not in public.sheetnames


@given(
    some.dictionaries(
        some.sampled_from(NAMES), some.floats(0.1, 1.0, allow_nan=False).map(lambda x: round(x, 6))
    )
)
def test_a_link_carries_what_was_changed(values: dict[str, float]) -> None:
    changes = assumed.changed(values)
    assert assumed.of_link(assumed.to_link(changes)) == (changes, [])
