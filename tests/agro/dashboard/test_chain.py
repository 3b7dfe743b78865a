"""The page of outlets: every view in both languages, delivering, undoing, tracing, offering."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro import chain
from agro.records import LogEntry
from agro.store import deliveries, logbook, offers, open_store, writing
from tests.agro.chain.season import SEED, fill_season
from tests.agro.dashboard.conftest import NOW, fill
from tests.agro.dashboard.spoken import spoken

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_VIEWS = ("deliver", "flow", "stock", "trace")
_SAYS = {
    ("deliver", "fr"): ("Les plus anciens d’abord",),
    ("deliver", "en"): ("The oldest first",),
    ("flow", "fr"): ("Vente directe", "à 30 km au plus", "Marché des Halles", "6 kg"),
    ("flow", "en"): ("Sold directly", "at most 30 km", "Marché des Halles"),
    ("stock", "fr"): (
        *("À faire partir", "26 kg", "24 têtes", "Planche 1"),
        *("Plus ancien que ce qui se garde : 141,5 kg, sans livraison notée", "104,5 kg"),
    ),
    ("stock", "en"): (
        *("Should leave now", "26 kg", "24 heads"),
        "Older than it keeps: 141.5 kg, no delivery noted",
    ),
    ("trace", "fr"): (SEED, "Planté le", "Arrosé 2 fois depuis : 420 L", "90 kg compost"),
    ("trace", "en"): (SEED, "Planted on", "Watered 2 times since: 420 L"),
}


@pytest.fixture
def season(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """The garden of the pages with a season behind it; its store."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    fill(url)
    engine = open_store(url)
    with writing(engine) as c:
        fill_season(c, "potager", ("p1", "p2"), NOW)
    _forget()
    yield engine
    engine.dispose()
    _forget()


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


def _open(view: str, language: str = "fr", **address: str) -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    for name, value in {"lang": language, **address}.items():
        test.query_params[name] = value
    test.session_state["chain_view"] = view
    test.run()
    return test.switch_page("agro/dashboard/pages/chain.py").run()


def _read(test: AppTest) -> str:
    told = [element.proto.body for element in test.get("html")]
    told += [button.label.replace("\\", "") for button in test.button]
    text = re.sub(r"<style>.*?</style>", "", "\n".join(told), flags=re.DOTALL)
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _other(test: AppTest, amount: float) -> AppTest:
    number = next(one for one in test.number_input if one.key.startswith("chain_amount"))
    return number.set_value(amount).run()


def _button(test: AppTest, key: str) -> AppTest:
    return next(one for one in test.button if one.key.startswith(key)).click().run()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("view", _VIEWS)
def test_every_view_speaks(season: Engine, view: str, language: str) -> None:
    test = _open(view, language)
    assert not test.exception
    if view == "deliver":
        test = _other(test, 3.0)
    read = _read(test)
    for sentence in _SAYS[view, language]:
        assert sentence in read
    assert not re.search(r"[{}]|\bnan\b", spoken(read), re.IGNORECASE)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("view", _VIEWS)
def test_an_empty_garden_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None, view: str, language: str
) -> None:
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    fill(url)
    _forget()
    test = _open(view, language)
    assert not test.exception
    empty = {
        ("stock", "fr"): "Rien en stock",
        ("deliver", "fr"): "Rien en stock",
        ("stock", "en"): "Nothing in stock",
        ("deliver", "en"): "Nothing in stock",
    }
    nothing = {"fr": "Aucune livraison notée", "en": "No delivery noted"}[language]
    assert empty.get((view, language), nothing) in _read(test)
    _forget()


def test_a_delivery_is_noted_and_taken_back(season: Engine) -> None:
    test = _open("deliver")
    test.button_group(key="chain_what").set_value("tomato|kg").run()
    test.button_group(key="chain_where").set_value("halles").run()
    test = _other(test, 12.0)
    assert "Livrer 12 kg (tomate) : Marché des Halles" in _read(test)
    test = _button(test, "chain_deliver_")
    assert not test.exception
    assert "C’est noté : 12 kg (Tomate) → Marché des Halles" in _read(test)
    with season.connect() as c:
        newest = deliveries.deliveries(c, site="potager")[0]
        assert (newest.amount, newest.delivery.outlet) == (12.0, "halles")
        assert newest.unassigned == 0.0
    test = _button(test, "chain_undo")
    assert "C’est noté" not in _read(test)
    with season.connect() as c:
        assert deliveries.one(c, newest.number).struck


def test_more_than_is_left_asks_why(season: Engine) -> None:
    test = _open("deliver")
    test.button_group(key="chain_what").set_value("tomato|kg").run()
    test = _other(test, 40.0)
    assert "Tomate : 40 kg demandés, 26 kg encore frais, 104,5 kg de récoltes anciennes" in _read(
        test
    )
    button = next(one for one in test.button if one.key.startswith("chain_deliver_"))
    assert button.disabled
    reason = next(one for one in test.text_input if one.key.startswith("chain_reason"))
    test = reason.set_value("récolte oubliée").run()
    test = _button(test, "chain_deliver_")
    assert not test.exception
    with season.connect() as c:
        (fault,) = chain.faults(c, "potager")
    assert (fault.code, fault.amount) == ("unassigned", 14.0)
    read = _read(_open("stock"))
    assert "14 kg ne viennent d’aucun lot" in read


def test_a_new_outlet_is_kept_for_the_next_time(season: Engine) -> None:
    test = _open("deliver")
    test.button_group(key="chain_where").set_value("*").run()
    test.button_group(key="chain_channel").set_value("restaurant").run()
    test.text_input(key="chain_outlet_name").set_value("Chez Léon").run()
    test.number_input(key="chain_distance").set_value(4.0).run()
    test = _other(test, 2.0)
    test = _button(test, "chain_deliver_")
    assert not test.exception
    with season.connect() as c:
        outlet = next(one for one in deliveries.outlets(c, "potager") if one.slug == "chez-leon")
        newest = deliveries.deliveries(c, site="potager")[0].delivery
    assert (outlet.channel, outlet.distance_km) == ("restaurant", 4.0)
    assert (newest.outlet, newest.distance_km) == ("chez-leon", 4.0)
    assert newest.intermediaries != newest.intermediaries  # nobody said


def test_a_link_opens_its_trace(season: Engine) -> None:
    with season.connect() as c:
        first = deliveries.deliveries(c, site="potager")[-1].number
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = "fr"
    test.run()
    test.query_params["delivery"] = str(first)
    test.switch_page("agro/dashboard/pages/chain.py").run()
    assert f"livraison n° {first}" in _read(test)
    assert SEED in _read(test)
    test = _open("trace", delivery="99999")
    assert "La livraison n° 99999 n’est pas de ce jardin" in _read(test)
    test = _open("trace", delivery="<b>")
    assert not test.exception


def test_forward_from_a_plot(season: Engine) -> None:
    test = _open("trace", plot="p1")
    assert not test.exception
    read = _read(test)
    assert "69 kg sont partis de Planche 1" in read
    assert "Cuisine centrale" in read
    test.selectbox(key="chain_plot").set_value("s1").run()
    assert "Rien de livré depuis cette parcelle" in _read(test)


def test_a_surplus_is_offered_and_fetched(season: Engine) -> None:
    test = _button(_open("stock"), "chain_offer_tomato")
    assert not test.exception
    with season.connect() as c:
        (one,) = offers.offers(c, "potager")
    assert (one.crop, one.mass_kg, one.status) == ("tomato", 1.0, "open")
    test = _button(_open("stock"), "chain_taken_")
    assert "C’est noté comme un don" in _read(test)
    with season.connect() as c:
        assert [offer.status for offer in offers.offers(c, "potager")] == ["taken"]
        assert deliveries.deliveries(c, site="potager")[0].delivery.channel == "donation"


def test_old_harvests_are_no_chips_and_are_named_to_be_delivered(season: Engine) -> None:
    test = _open("deliver")
    chips = test.button_group(key="chain_what").options
    told = [chip.replace("\u00a0", " ") for chip in chips]
    # The last delivered first: tomato, lettuce, zucchini; then what was never delivered.
    assert told[0] == "Tomate · 26 kg"
    assert [one.split(" · ")[0] for one in told] == [
        *("Tomate", "Laitue", "Courgette", "Laitue", "Autre"),
    ]
    test.button_group(key="chain_what").set_value("*").run()
    other = test.selectbox(key="chain_what_other")
    assert [one.replace("\u00a0", " ") for one in other.options] == [
        "Carotte · 35 kg, récolte ancienne"
    ]
    test = _other(test, 5.0)
    assert "dites de quelle récolte cela vient" in _read(test)
    test = _button(test, "chain_deliver_")
    assert not test.exception
    with season.connect() as c:
        newest = deliveries.deliveries(c, site="potager")[0]
    assert (newest.delivery.entry.crop, newest.amount, newest.unassigned) == ("carrot", 5.0, 0.0)


def test_at_most_eight_chips_and_the_rest_in_a_list(season: Engine) -> None:
    crops = ("pepper", "leek", "radish", "beet", "spinach", "chard", "fennel")
    with writing(season) as c:
        for day, crop in enumerate(crops, 1):
            when = NOW - timedelta(days=day)
            logbook.note(c, LogEntry("potager", "p1", "harvest", when, 3.0, "kg", crop))
    _forget()
    test = _open("deliver")
    assert len(test.button_group(key="chain_what").options) == 9
    test.button_group(key="chain_what").set_value("*").run()
    listed = [one.split(" · ")[0] for one in test.selectbox(key="chain_what_other").options]
    assert listed == ["Épinard", "Bette", "Fenouil", "Carotte"]


def test_what_is_unaccounted_is_written_off_in_a_tap_and_brought_back(season: Engine) -> None:
    test = _button(_open("stock"), "chain_write_off_unnoted")
    assert not test.exception
    read = _read(test)
    assert "C’est noté : 3 livraisons" in read
    assert "Plus ancien que ce qui se garde" not in read
    with season.connect() as c:
        rows = chain.stock(c, "potager", day=NOW.date())
        sold = [
            (one.amount, one.delivery.entry.crop)
            for one in deliveries.deliveries(c, site="potager")
            if one.delivery.channel == "unnoted"
        ]
    assert not any(row.unaccounted for row in rows)
    assert sorted(sold) == [(2.0, "zucchini"), (35.0, "carrot"), (104.5, "tomato")]
    test = _button(test, "chain_write_off_undo")
    assert "141,5 kg, sans livraison notée" in _read(test)
    test.selectbox(key="chain_unaccounted_which").set_value("carrot").run()
    test = _button(test, "chain_write_off_self")
    read = _read(test)
    assert "C’est noté : 1 livraison," in read
    assert "Plus ancien que ce qui se garde : 106,5 kg" in read


def _field(test: AppTest, kind: str, name: str) -> Any:
    return next(one for one in test.get(kind) if re.search(rf"chain_fix_\d+_\d+_{name}", one.key))


def test_a_delivery_is_corrected_where_it_is_traced(season: Engine) -> None:
    with season.connect() as c:
        newest = deliveries.deliveries(c, site="potager")[0]
    assert (newest.amount, newest.delivery.outlet) == (10.0, "secours")
    test = _open("trace", delivery=str(newest.number))
    save = next(one for one in test.button if one.key.endswith("_save"))
    assert save.disabled  # without a reason
    _field(test, "selectbox", "where").set_value("halles").run()
    _field(test, "number_input", "quantity").set_value(8.0).run()
    _field(test, "number_input", "price").set_value(20.0).run()
    _field(test, "text_input", "reason").set_value("pesé deux fois").run()
    next(one for one in test.button if one.key.endswith("_save")).click().run()
    assert not test.exception
    with season.connect() as c:
        one = deliveries.one(c, newest.number)
        told = one.delivery
        (change,) = logbook.history(c, newest.number)
    assert (one.amount, told.outlet, told.channel, told.price) == (8.0, "halles", "market", 20.0)
    assert (told.distance_km, one.unassigned) == (2.0, 0.0)
    assert change.reason == "pesé deux fois"
    read = re.sub(r"<[^>]*>", "", _read(test))
    for line in ("C’est corrigé", "Quantité : 10 → 8", "Débouché : Don → Marché", "Prix : – → 20"):
        assert line in read
    assert "Pour : Épicerie solidaire → Marché des Halles" in read
    assert "pesé deux fois" in read
    assert not re.search(r"harvest_id|mass_kg", read)


def test_a_change_of_some_grams_is_seen_in_the_history(season: Engine) -> None:
    with season.connect() as c:
        number = deliveries.deliveries(c, site="potager")[0].number
    test = _open("trace", delivery=str(number))
    _field(test, "number_input", "quantity").set_value(9.98).run()
    _field(test, "text_input", "reason").set_value("tare").run()
    next(one for one in test.button if one.key.endswith("_save")).click().run()
    assert "Quantité : 10 → 9,98" in re.sub(r"<[^>]*>", "", _read(test))


def test_the_lots_of_a_correction_are_chosen(season: Engine) -> None:
    with season.connect() as c:
        first = deliveries.deliveries(c, site="potager")[-1]
    assert len(first.delivery.lots) == 1  # 28 kg of the 30 kg of the first harvest
    test = _open("trace", delivery=str(first.number))
    _field(test, "number_input", "quantity").set_value(500.0).run()
    assert "500 kg demandés" in _read(test)
    _field(test, "number_input", "quantity").set_value(20.0).run()
    _field(test, "toggle", "own").set_value(True).run()
    lots = [one for one in test.number_input if one.key.startswith("chain_lot_chain_fix")]
    assert [one.value for one in lots][:2] == [20.0, 0.0]
    lots[0].set_value(12.0).run()
    assert "ajustez l’un ou l’autre" in _read(test)
    _field(test, "text_input", "reason").set_value("relu").run()
    assert next(one for one in test.button if one.key.endswith("_save")).disabled


def test_a_delivery_is_taken_back_and_restored_where_it_is_traced(season: Engine) -> None:
    with season.connect() as c:
        number = deliveries.deliveries(c, site="potager")[0].number
    test = _button(_open("trace", delivery=str(number)), f"chain_strike_{number}")
    assert not test.exception
    assert "Cette livraison a été annulée" in _read(test)
    with season.connect() as c:
        assert deliveries.one(c, number).struck
    test = _button(test, f"chain_restore_{number}")
    assert "La livraison compte de nouveau" in _read(test)
    with season.connect() as c:
        assert not deliveries.one(c, number).struck
        assert [one.action for one in logbook.history(c, number)] == ["struck", "restored"]


def test_a_delivery_of_the_list_opens_its_trace(season: Engine) -> None:
    with season.connect() as c:
        number = deliveries.deliveries(c, site="potager")[2].number
    test = _open("flow")
    test.selectbox(key="chain_open").set_value(number).run()
    assert not test.exception
    assert f"livraison n° {number}" in _read(test)
