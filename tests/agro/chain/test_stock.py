"""Lots, deliveries out of the oldest, stock, faults, corrections and undoing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from agro import chain
from agro.errors import BadInput
from agro.records import Delivery, LogEntry, LotUse
from agro.store import deliveries, logbook, lots, writing
from tests.agro.chain.conftest import SITE, Garden, at, delivery, harvest

DAY = date(2026, 7, 20)


def _left(garden: Garden, crop: str = "tomato") -> float:
    with garden.engine.connect() as c:
        return next((row.left for row in chain.stock(c, SITE, day=DAY) if row.crop == crop), 0.0)


def test_a_harvest_is_a_lot_with_a_readable_code(garden: Garden) -> None:
    with garden.engine.connect() as c:
        codes = {lot.number: lot.code for lot in lots.lots(c, SITE)}
    assert codes[garden.tomato_old] == "potager-des-ducs-planche-1-tomato-20260710"
    assert codes[garden.zucchini] == "potager-des-ducs-planche-2-zucchini-20260712"


def test_a_second_harvest_of_a_day_keeps_its_code_when_the_first_is_struck(garden: Garden) -> None:
    with writing(garden.engine) as c:
        second = logbook.note(c, harvest("planche-1", "tomato", at(7, 10, 16), 3.0))
        logbook.strike(c, garden.tomato_old, who="Ana")
        codes = {lot.number: lot.code for lot in lots.lots(c, SITE)}
    assert codes[second] == "potager-des-ducs-planche-1-tomato-20260710-2"
    assert garden.tomato_old not in codes


def test_the_oldest_lot_goes_first(garden: Garden) -> None:
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 15.0))
        kept = deliveries.one(c, number)
        rows = chain.stock(c, SITE, day=DAY)
    uses = {use.harvest: use.mass_kg for use in kept.delivery.lots}
    assert uses == {garden.tomato_old: 12.0, garden.tomato_new: 3.0}
    tomato = next(row for row in rows if row.crop == "tomato")
    assert (tomato.harvested, tomato.delivered, tomato.left) == (20.0, 15.0, 5.0)
    assert tomato.age(date(2026, 7, 20)) == 5


def test_a_lot_harvested_later_is_not_delivered_before(garden: Garden) -> None:
    with writing(garden.engine) as c, pytest.raises(BadInput, match="14 kg asked, 12 kg left"):
        chain.deliver(c, delivery("tomato", at(7, 11), 14.0))
    assert _left(garden) == 20.0


def test_counts_stay_counts(garden: Garden) -> None:
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("zucchini", at(7, 13), 10.0, unit="pièces"))
        (use,) = deliveries.one(c, number).delivery.lots
        assert (use.count, use.mass_kg != use.mass_kg) == (10.0, True)
        with pytest.raises(BadInput, match="0 kg left"):
            chain.deliver(c, delivery("zucchini", at(7, 13), 1.0))
    assert _left(garden, "zucchini") == 20.0


def test_more_than_is_left_needs_a_reason_and_is_a_fault(garden: Garden) -> None:
    with writing(garden.engine) as c:
        with pytest.raises(BadInput, match=r"25 kg asked, 20 kg left; .*--reason"):
            chain.deliver(c, delivery("tomato", at(7, 16), 25.0))
        number = chain.deliver(c, delivery("tomato", at(7, 16), 25.0), reason="récolte non notée")
        (fault,) = chain.faults(c, SITE)
        assert (fault.code, fault.number, fault.amount) == ("unassigned", number, 5.0)
        assert logbook.one(c, number).entry.details["reason"] == "récolte non notée"
    assert _left(garden) == -5.0


def test_the_harvest_noted_later_mends_it(garden: Garden) -> None:
    with writing(garden.engine) as c:
        chain.deliver(c, delivery("tomato", at(7, 16), 25.0), reason="récolte non notée")
        logbook.note(c, harvest("planche-1", "tomato", at(7, 16, 8), 6.0))
        assert chain.assign(c, SITE, who="Ana", reason="récolte notée") == 1
        assert chain.faults(c, SITE) == []
        assert chain.assign(c, SITE, who="Ana", reason="récolte notée") == 0
    assert _left(garden) == 1.0


def test_chosen_lots_are_taken_and_checked(garden: Garden) -> None:
    chosen = (LotUse(garden.tomato_new, 6.0),)
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 6.0, lots=chosen))
        (use,) = deliveries.one(c, number).delivery.lots
        assert (use.harvest, use.mass_kg) == (garden.tomato_new, 6.0)
        assert {lot.number: lot.left for lot in lots.lots(c, SITE)}[garden.tomato_new] == 2.0
        with pytest.raises(BadInput, match="6 kg given for 7 kg"):
            chain.deliver(c, delivery("tomato", at(7, 17), 7.0, lots=chosen))
        with pytest.raises(BadInput, match="is of another site, crop or unit"):
            other = (LotUse(garden.zucchini, 1.0),)
            chain.deliver(c, delivery("tomato", at(7, 17), 1.0, lots=other))
        with pytest.raises(BadInput, match="3 kg asked, 2 kg left; take less"):
            much = (LotUse(garden.tomato_new, 3.0),)
            chain.deliver(c, delivery("tomato", at(7, 17), 3.0, lots=much))


def test_said_twice_is_one_delivery(garden: Garden) -> None:
    with writing(garden.engine) as c:
        first = chain.deliver(c, delivery("tomato", at(7, 16), 7.0))
        assert chain.deliver(c, delivery("tomato", at(7, 16), 7.0)) == first
        canteen = chain.deliver(c, delivery("tomato", at(7, 16), 7.0, "canteen"))
        assert canteen != first
    assert _left(garden) == 6.0


def test_an_outlet_says_what_the_delivery_does_not(garden: Garden) -> None:
    with writing(garden.engine) as c:
        said = delivery("tomato", at(7, 16), 5.0, "", outlet="halles", distance_km=3.5)
        kept = deliveries.one(c, chain.deliver(c, said)).delivery
        assert (kept.channel, kept.outlet, kept.distance_km) == ("market", "halles", 3.5)
        assert (kept.intermediaries, kept.vehicle) == (0.0, "cargo_bike")
        outlet = deliveries.outlets(c, SITE)[0]
        deliveries.save_outlet(c, replace(outlet, intermediaries=1.0))
        assert deliveries.deliveries(c, site=SITE)[0].delivery.intermediaries == 0.0
        with pytest.raises(ValueError, match="no outlet 'nowhere'"):
            chain.deliver(c, delivery("tomato", at(7, 16), 1.0, "", outlet="nowhere"))
        with pytest.raises(ValueError, match="no channel 'web'"):
            chain.deliver(c, delivery("tomato", at(7, 16), 1.0, "web"))


def test_a_correction_moves_the_stock_and_is_told(
    garden: Garden, again: Callable[[Delivery, float], Delivery]
) -> None:
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 15.0))
        kept = deliveries.one(c, number).delivery
        assert chain.revise(c, number, again(kept, 4.0), who="Ben", reason="pesé deux fois")
        (told,) = logbook.history(c, number)
        assert (told.who, told.reason) == ("Ben", "pesé deux fois")
        assert (told.before["quantity"], told.after["quantity"]) == (15.0, 4.0)
        assert len(told.before["details"]["lots"]) == 2
        assert len(told.after["details"]["lots"]) == 1
        # Its own lots may be taken again, and no more.
        assert chain.revise(c, number, again(kept, 20.0), who="Ben", reason="")
        with pytest.raises(BadInput, match="21 kg asked, 20 kg left"):
            chain.revise(c, number, again(kept, 21.0), who="Ben", reason="")
    assert _left(garden) == 0.0


def test_undoing_gives_the_goods_back_and_restoring_takes_them(garden: Garden) -> None:
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 15.0))
        before = chain.stock(c, SITE, day=DAY)
        logbook.strike(c, number, who="Ana", reason="annulée")
        assert (
            next(row.left for row in chain.stock(c, SITE, day=DAY) if row.crop == "tomato") == 20.0
        )
        assert deliveries.deliveries(c, site=SITE) == []
        assert [one.number for one in deliveries.deliveries(c, site=SITE, struck=True)] == [number]
        logbook.restore(c, number, who="Ana")
        assert chain.stock(c, SITE, day=DAY) == before


def test_a_struck_harvest_that_was_delivered_is_a_fault(garden: Garden) -> None:
    with writing(garden.engine) as c:
        chain.deliver(c, delivery("tomato", at(7, 16), 12.0))
        logbook.strike(c, garden.tomato_old, who="Ana")
        (fault,) = chain.faults(c, SITE)
        assert (fault.code, fault.amount, fault.number) == (
            "harvest_struck",
            12.0,
            garden.tomato_old,
        )
    assert _left(garden) == -4.0


def test_a_delivery_of_the_logbook_says_what_its_details_say(garden: Garden) -> None:
    """Rows of an imported file, or of the logbook page, have no lots until they are given."""
    details = {"channel": "canteen", "outlet": "", "distance_km": 12.0, "price": 9.0}
    entry = LogEntry(SITE, "", "delivery", at(7, 16), 5.0, "kg", "tomato", details=details)
    bare = LogEntry(SITE, "", "delivery", at(7, 17), 2.0, "kg", "tomato")
    with writing(garden.engine) as c:
        logbook.write(c, [entry, bare])
        second, first = deliveries.deliveries(c, site=SITE)
        assert (first.delivery.channel, first.delivery.distance_km) == ("canteen", 12.0)
        assert (first.delivery.price, first.unassigned) == (9.0, 5.0)
        assert sorted(fault.code for fault in chain.faults(c, SITE)) == [
            "channel_unknown",
            "unassigned",
            "unassigned",
        ]
        assert chain.assign(c, SITE, who="Ana", reason="") == 1
        told = deliveries.one(c, first.number)
        assert (told.unassigned, told.delivery.channel) == (0.0, "canteen")
        assert deliveries.one(c, second.number).delivery.channel == ""
    assert _left(garden) == 13.0


@pytest.mark.parametrize("quantity", [0.0, -3.0, float("nan")])
def test_nothing_is_no_delivery(garden: Garden, quantity: float) -> None:
    with writing(garden.engine) as c, pytest.raises(BadInput, match="not above 0"):
        chain.deliver(c, delivery("tomato", at(7, 16), quantity))


def test_a_file_names_outlets_nobody_knew(garden: Garden) -> None:
    """`Marché`, `Chez Léon`: as a file's columns say it; an outlet that is known says the rest."""
    named = {"channel": "Restaurant", "outlet": "Chez Léon", "distance_km": 4.0}
    known = {"outlet": "marché des halles"}
    with writing(garden.engine) as c:
        for details in (named, known):
            entry = LogEntry(SITE, "", "delivery", at(7, 16), 2.0, "kg", "tomato", details=details)
            logbook.write(c, [entry])
        chain.assign(c, SITE, who="Ana", reason="")
        told = {one.delivery.outlet: one.delivery for one in deliveries.deliveries(c, site=SITE)}
        assert told["chez-leon"].channel == "restaurant"
        assert (told["halles"].channel, told["halles"].intermediaries) == ("market", 0.0)
        new = next(one for one in deliveries.outlets(c, SITE) if one.slug == "chez-leon")
        assert (new.name, new.distance_km) == ("Chez Léon", 4.0)
        assert chain.faults(c, SITE) == []


@pytest.mark.parametrize(
    ("written", "channel"),
    [("Marché", "market"), ("box_direct", "box"), ("Autoconsommation", "self"), ("web", "web")],
)
def test_channels_are_read_as_people_write_them(written: str, channel: str) -> None:
    assert deliveries.channel_of(written) == channel


def test_slugs_are_readable_and_never_taken() -> None:
    assert deliveries.slug_of("Marché des Halles") == "marche-des-halles"
    assert deliveries.slug_of("Chez Léon", ["chez-leon", "chez-leon-2"]) == "chez-leon-3"
    assert deliveries.slug_of("***") == ""
