"""Old harvests without a delivery are no stock: told apart, delivered by name, written off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isnan
from statistics import median

import pytest

from agro import chain
from agro.chain.freshness import DEFAULT_DAYS, is_fresh, keeps_days
from agro.chain.local import Local
from agro.errors import BadInput
from agro.records import Delivery, LotUse
from agro.store import deliveries, logbook, lots, writing
from agro.store.lots import Lot
from models.harvest.keeping import table
from tests.agro.chain.conftest import SITE, Garden, at, delivery, harvest

_LAST = date(2026, 7, 31)  # of the older tomatoes, harvested on 10 July: they keep 21 days


def _tomato(garden: Garden, day: date) -> chain.Stock:
    with garden.engine.connect() as c:
        return next(row for row in chain.stock(c, SITE, day=day) if row.crop == "tomato")


def test_a_crop_without_a_row_keeps_as_half_of_the_table_does() -> None:
    ends = [k.days_low if isnan(k.days_high) else k.days_high for k in table().values()]
    assert median(ends) == DEFAULT_DAYS
    assert "hop" not in table()
    assert (keeps_days("tomato"), keeps_days("leek"), keeps_days("hop")) == (21, 60, DEFAULT_DAYS)


@pytest.mark.parametrize(("days", "kept"), [(0, True), (21, True), (22, False)])
def test_a_lot_is_goods_to_the_end_of_its_days(days: int, kept: bool) -> None:
    day = date(2026, 7, 10)
    lot = Lot(1, "a", SITE, "p", "tomato", "", day, "kg", 1.0)
    assert is_fresh(lot, day + timedelta(days=days)) is kept


def test_past_its_days_a_harvest_is_unaccounted(garden: Garden) -> None:
    row = _tomato(garden, _LAST)
    assert (row.fresh, row.unaccounted, len(row.lots), row.old) == (20.0, 0.0, 2, ())
    row = _tomato(garden, _LAST + timedelta(days=1))
    assert (row.left, row.fresh, row.unaccounted) == (20.0, 8.0, 12.0)
    assert [lot.number for lot in row.lots] == [garden.tomato_new]
    assert [lot.number for lot in row.old] == [garden.tomato_old]
    assert row.age(date(2026, 8, 1)) == 17


def test_what_went_without_a_lot_is_not_unaccounted_too(garden: Garden) -> None:
    """An imported book: its deliveries have no lots, and its harvests are not old stock."""
    with writing(garden.engine) as c:
        said = delivery("tomato", at(7, 16), 20.0)
        logbook.write(c, [said.entry])
    row = _tomato(garden, date(2027, 1, 1))
    assert (row.left, row.fresh, row.unaccounted) == (0.0, 0.0, 0.0)


def test_old_lots_go_out_by_name_only(garden: Garden) -> None:
    late = at(8, 2)
    with writing(garden.engine) as c:
        with pytest.raises(BadInput, match=r"10 kg asked, 8 kg left that keeps and 12 kg older"):
            chain.deliver(c, delivery("tomato", late, 10.0))
        (told,) = chain.objections(c, delivery("tomato", late, 10.0))
        assert (told.code, told.excusable, told.facts["old"]) == ("too_old", True, 12.0)
        uses, missing = chain.propose(
            c, site=SITE, crop="tomato", unit="kg", amount=10.0, day=late.date()
        )
        assert ([use.harvest for use in uses], missing) == ([garden.tomato_new], 2.0)
        named = (LotUse(garden.tomato_old, 10.0),)
        number = chain.deliver(c, delivery("tomato", late, 10.0, lots=named))
        assert deliveries.one(c, number).delivery.lots[0].harvest == garden.tomato_old
        assert chain.faults(c, SITE) == []
    assert _tomato(garden, late.date()).unaccounted == 2.0


def test_a_past_delivery_takes_what_kept_on_its_day(garden: Garden) -> None:
    """Noted or imported late: the lots were fresh when it left."""
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 15.0))
        uses = {use.harvest for use in deliveries.one(c, number).delivery.lots}
    assert uses == {garden.tomato_old, garden.tomato_new}


@pytest.mark.parametrize("way", chain.WAYS)
def test_writing_off_is_ordinary_deliveries_of_their_year(garden: Garden, way: str) -> None:
    with writing(garden.engine) as c:
        for day, kg in ((1, 30.0), (9, 5.0)):
            then = datetime(2025, 8, day, 10, tzinfo=UTC)
            logbook.note(c, harvest("planche-1", "tomato", then, kg))
        numbers = chain.write_off(c, SITE, way, day=date(2026, 8, 1), crop="tomato", who="Ana")
        kept = [deliveries.one(c, number) for number in numbers]
        told = [(one.amount, one.delivery.channel, len(one.delivery.lots)) for one in kept]
        days = [one.delivery.entry.time.date() for one in kept]
        assert told == [(35.0, way, 2), (12.0, way, 1)]
        assert days == [date(2025, 8, 30), _LAST]
        assert chain.faults(c, SITE) == []
        zucchini = next(row for row in chain.stock(c, SITE, day=_LAST) if row.crop == "zucchini")
        assert (zucchini.unaccounted, zucchini.unit) == (30.0, "piece")
        logbook.strike(c, numbers[1], who="Ben", reason="retrouvées")
        (change,) = logbook.history(c, numbers[1])
        assert (change.who, change.action, change.reason) == ("Ben", "struck", "retrouvées")
    row = _tomato(garden, date(2026, 8, 1))
    assert (row.fresh, row.unaccounted) == (8.0, 12.0)
    with writing(garden.engine) as c:
        again = chain.write_off(c, SITE, way, day=date(2026, 8, 1), crop="tomato", who="Ana")
        assert again == numbers[1:]  # the same statement stands again
    assert _tomato(garden, date(2026, 8, 1)).unaccounted == 0.0


def test_a_sale_that_nobody_noted_is_a_sale_of_which_nothing_is_known(garden: Garden) -> None:
    with writing(garden.engine) as c:
        chain.write_off(c, SITE, "unnoted", day=date(2026, 8, 1))
        found = chain.figures(deliveries.deliveries(c, site=SITE), Local("KM", 30.0))
    assert (found.short.total, found.short.denominator, found.counted) == (12.0, 0.0, 1)
    assert found.lost_kg == 0.0


def test_no_other_way(garden: Garden) -> None:
    with writing(garden.engine) as c, pytest.raises(ValueError, match="way must be one of self"):
        chain.write_off(c, SITE, "market", day=_LAST)


def test_a_correction_to_another_outlet_takes_what_that_outlet_says(
    garden: Garden, again: Callable[[Delivery, float], Delivery]
) -> None:
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 15.0, distance_km=9.0))
        kept = deliveries.one(c, number).delivery
        trimmed = chain.trim(kept.lots, 13.0)
        assert [(use.harvest, use.mass_kg) for use in trimmed] == [
            (garden.tomato_old, 12.0),
            (garden.tomato_new, 1.0),
        ]
        assert chain.trim(kept.lots, 15.0) == kept.lots
        assert chain.trim(kept.lots, 16.0) == ()
        entry = again(kept, 13.0).entry
        assert chain.revise(
            c, number, Delivery(entry, "", "halles", lots=trimmed), who="Ben", reason="autre place"
        )
        told = deliveries.one(c, number).delivery
        assert (told.channel, told.distance_km, told.lots) == ("market", 2.0, trimmed)
    assert {lot.number: lot.left for lot in _lots(garden)}[garden.tomato_new] == 7.0


def test_a_correction_keeps_an_outlet_that_only_its_file_knew(garden: Garden) -> None:
    named = {"channel": "Restaurant", "outlet": "Chez Léon"}
    entry = replace(delivery("tomato", at(7, 16), 2.0).entry, details=named)
    with writing(garden.engine) as c:
        logbook.write(c, [entry])
        (one,) = deliveries.deliveries(c, site=SITE)
        priced = Delivery(one.delivery.entry, "restaurant", "Chez Léon", price=9.0)
        assert chain.revise(c, one.number, priced, who="Ana", reason="prix oublié")
        told = deliveries.one(c, one.number).delivery
    assert (told.outlet, told.price) == ("chez-leon", 9.0)


def _lots(garden: Garden) -> list[Lot]:
    with garden.engine.connect() as c:
        return lots.lots(c, SITE)
