"""`agro chain`: delivering, stock, traces, offers and files, and what it refuses."""

from pathlib import Path
from time import time

import openpyxl  # type: ignore[import-untyped]
import pytest

from tests.agro.cli.conftest import Agro

SITE = "potager-des-ducs"
_BOOK = """date,type,plot,crop,variety,quantity,unit,notes,lot
2026-05-14,transplanting,planche-1,tomato,,40,plant,,GR-2026-17
2026-05-14,input,planche-1,,,90,kg,compost,
2026-06-20,irrigation,planche-1,,,200,L,,
2026-07-10,harvest,planche-1,tomato,,12,kg,,
2026-07-15,harvest,planche-1,tomato,,8,kg,,
"""


@pytest.fixture
def season(dijon: Agro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Agro:
    """A store with two harvests, on 20 July 2026."""
    monkeypatch.setenv("AGRO_CLOCK", f"2026-07-20T08:00:00Z@{time():.0f}")
    file = tmp_path / "carnet.csv"
    file.write_text(_BOOK, encoding="utf-8")
    done = dijon("import", "logbook", file, "--site", SITE)
    assert done.code == 0, done.lines
    return dijon


def _deliver(agro: Agro, quantity: float, *more: object) -> object:
    given = ("--crop", "tomato", "--quantity", quantity, "--date", "2026-07-16")
    return agro("chain", "deliver", "--site", SITE, *given, *more)


def test_a_delivery_takes_the_oldest_lot_and_is_traced(season: Agro) -> None:
    outlet = ("--name", "Halles", "--channel", "market", "--distance", 2, "--intermediaries", 0)
    assert season("chain", "outlet", "halles", "--site", SITE, *outlet).code == 0
    done = _deliver(season, 15, "--outlet", "halles", "--price", 45, "--json")
    assert done.code == 0
    told = done.json
    assert (told["channel"], told["distance_km"], told["price_eur"]) == ("market", 2.0, 45.0)
    assert told["plots"] == "planche-1"
    stock = season("chain", "stock", "--site", SITE, "--json").json
    assert [(row["crop"], row["left"]) for row in stock["stock"]] == [("tomato", 5.0)]
    assert stock["faults"] == []
    back = season("chain", "trace", "--delivery", told["number"], "--json").json
    assert back["seed_lots"] == ["GR-2026-17"]
    assert [lot["amount"] for lot in back["lots"]] == [12.0, 3.0]
    assert [one["type"] for one in back["lots"][0]["care"]] == ["input", "irrigation"]
    for given in (("--plot", "planche-1"), ("--seed-lot", "GR-2026-17")):
        ahead = season("chain", "trace", "--site", SITE, *given, "--json").json
        assert [(one["delivery"], one["amount"]) for one in ahead] == [(told["number"], 15.0)]


def test_answers_for_people_are_told_in_words(season: Agro) -> None:
    done = _deliver(season, 15, "--channel", "canteen")
    assert "15 kg of tomato (12 kg of potager-des-ducs-planche-1-tomato-20260710" in done.out
    number = done.out.split()[1].rstrip(":")
    traced = season("chain", "trace", "--delivery", number).out
    assert "seed lot GR-2026-17" in traced
    assert "input: 90 kg compost" in traced
    assert "potager-des-ducs-planche-1-tomato-20260715" in season("chain", "stock").out
    assert number in season("chain", "trace", "--site", SITE, "--plot", "planche-1").out


def test_more_than_is_left_is_refused_in_a_line(season: Agro) -> None:
    done = _deliver(season, 25, "--channel", "market")
    assert done.code == 2
    assert done.lines == [
        "tomato: 25 kg asked, 20 kg left;"
        " deliver what is left, note the harvest, or give a --reason"
    ]
    assert _deliver(season, 25, "--channel", "market", "--reason", "oubli").code == 0
    stock = season("chain", "stock", "--json").json
    assert [fault["code"] for fault in stock["faults"]] == ["unassigned"]
    assert stock["stock"][0]["left"] == -5.0


def test_old_harvests_are_told_apart_and_written_off(
    season: Agro, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_CLOCK", f"2026-08-02T08:00:00Z@{time():.0f}")
    (row,) = season("chain", "stock", "--json").json["stock"]
    assert (row["left"], row["fresh"], row["unaccounted"]) == (20.0, 8.0, 12.0)
    assert [lot["left"] for lot in row["lots"]] == [8.0]
    assert [lot["age_days"] for lot in row["unaccounted_lots"]] == [23]
    told = season("chain", "stock")
    assert told.lines == [
        f"{SITE}, tomato: 12 kg harvested 2026-07-10 to 2026-07-10 is older than it keeps, no"
        " delivery noted; agro chain write-off says where it went"
    ]
    assert "20260710" not in told.out
    off = ("chain", "write-off", "--site", SITE, "--as", "compost", "--who", "Ana")
    (number,) = season(*off, "--json").json["deliveries"]
    (row,) = season("chain", "stock", "--json").json["stock"]
    assert (row["left"], row["fresh"], row["unaccounted"]) == (8.0, 8.0, 0.0)
    (sent,) = season("chain", "export", "--json").json["deliveries"]
    assert (sent["date"], sent["channel"], sent["quantity"]) == ("2026-07-31", "compost", 12.0)
    assert season(*off).out == "0 deliveries noted as compost: -\n"
    assert season("logbook", "strike", number, "--who", "Ana").code == 0
    assert season("chain", "stock", "--json").json["stock"][0]["unaccounted"] == 12.0


def test_chosen_lots_are_named_by_their_codes(season: Agro) -> None:
    code = "potager-des-ducs-planche-1-tomato-20260715"
    done = _deliver(season, 3, "--channel", "market", "--lot", f"{code}=3", "--json")
    assert done.json["lots"] == code


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (("--channel", "marchet"), "--channel: 'marchet' is none; did you mean market?"),
        (("--outlet", "x"), f"--outlet: 'x' is no outlet of {SITE}; none is known yet"),
        ((), "--channel: is missing; give it, or an --outlet"),
        (("--channel", "market", "--lot", "nope=1"), "--lot: 'nope' is no lot of"),
        (("--channel", "market", "--crop", ""), "crop: is missing; write what was delivered"),
    ],
)
def test_bad_input_is_one_line(season: Agro, more: tuple[object, ...], line: str) -> None:
    done = _deliver(season, 1, *more)
    assert done.code == 2
    assert done.lines[0].startswith(line)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("trace",), "chain trace: give --delivery, or --plot or --seed-lot with --site"),
        (("trace", "--plot", "planche-1"), "--site: is missing"),
        (("trace", "--site", SITE, "--plot", "planche-x"), "--plot: 'planche-x' is not on"),
        (("trace", "--delivery", 99), "--delivery: no entry 99"),
        (("stock", "--site", "nowhere"), "--site: 'nowhere' does not exist"),
        (("write-off", "--site", SITE, "--as", "compst"), "--as: 'compst' is no way; did you mean"),
        (("export", "--from", "tomorrow"), "--from: 'tomorrow' is not a date"),
        (("export", "--from", "2026-07-02", "--to", "2026-07-01"), "--to: 2026-07-01 is before"),
        (("offer", "--site", SITE, "--crop", "tomato", "--kg", 0), "--kg: "),
    ],
)
def test_other_bad_input(season: Agro, words: tuple[object, ...], line: str) -> None:
    done = season("chain", *words)
    assert done.code == 2
    assert done.lines[0].startswith(line)


def test_the_export_has_figures_offers_and_typed_cells(season: Agro, tmp_path: Path) -> None:
    more = ("--channel", "market", "--distance", 10, "--intermediaries", 0, "--price", 20)
    _deliver(season, 5, *more, "--notes", "=1+1")
    offered = ("--crop", "tomato", "--kg", 4, "--until", "2026-07-30", "--who", "Ana")
    assert season("chain", "offer", "--site", SITE, *offered).code == 0
    document = season("chain", "export", "--json").json
    assert document["figures"]["kg_by_channel"] == {"market": 5.0}
    distance = document["figures"]["distance"]
    assert (distance["numerator"], distance["denominator"], distance["value"]) == (50.0, 5.0, 10.0)
    assert document["figures"]["local_definition"] == {"definition": "KM", "km": 30.0}
    (offer,) = document["offers"]
    assert (offer["crop"], offer["until"], offer["status"]) == ("tomato", "2026-07-30", "open")
    assert offer["latitude"] == pytest.approx(47.314)
    assert not any("co2" in name.lower() for name in document["figures"])
    book = tmp_path / "out.xlsx"
    assert season("chain", "export", "--out", book).code == 0
    sheet = openpyxl.load_workbook(book).active
    head = [cell.value for cell in sheet[1]]
    row = dict(zip(head, sheet[2], strict=True))
    assert row["date"].is_date
    assert row["quantity"].value == 5
    assert (row["notes"].value, row["notes"].data_type) == ("=1+1", "s")


def test_an_exported_table_comes_back_by_the_import(season: Agro, tmp_path: Path) -> None:
    _deliver(season, 5, "--channel", "market", "--distance", 10, "--price", 20)
    csv = tmp_path / "deliveries.csv"
    assert season("chain", "export", "--out", csv).code == 0
    number = int(csv.read_text().splitlines()[1].split(",")[17])
    assert season("logbook", "strike", number, "--who", "Ana").code == 0
    done = season("import", "logbook", csv, "--site", SITE)
    assert done.code == 0, done.lines
    assert season("chain", "assign", "--site", SITE, "--json").json == {"changed": 1}
    (back,) = season("chain", "export", "--json").json["deliveries"]
    assert (back["channel"], back["distance_km"], back["price_eur"]) == ("market", 10.0, 20.0)
    assert back["lots"] == "potager-des-ducs-planche-1-tomato-20260710"
