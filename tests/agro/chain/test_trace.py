"""From a delivery to its seed lot, inputs and waterings, and forward from a plot or a seed lot."""

from datetime import date

import pytest

from agro import chain
from agro.store import logbook, writing
from tests.agro.chain.conftest import SITE, Garden, at, delivery, harvest, plant


def test_a_delivery_leads_back_to_its_seed_lot_and_care(garden: Garden) -> None:
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 5.0))
        back = chain.trace_back(c, number)
    ((origin, amount),) = back.origins
    assert amount == 5.0
    assert back.seed_lots == ("GR-2026-17",)
    assert origin.lot.number == garden.tomato_old
    assert origin.planting is not None
    assert origin.planting.planted == date(2026, 5, 14)
    assert [one.entry.type for one in origin.sowings] == ["seeding", "transplanting"]
    # Not the manure of before the planting, not the water of another bed.
    assert [(one.entry.type, one.entry.quantity) for one in origin.care] == [
        ("input", 90.0),
        ("irrigation", 200.0),
    ]


def test_what_no_lot_accounts_for_is_told(garden: Garden) -> None:
    with writing(garden.engine) as c:
        number = chain.deliver(c, delivery("tomato", at(7, 16), 23.0), reason="oubli")
        assert chain.trace_back(c, number).unknown == 3.0
        with pytest.raises(ValueError, match="no entry 9999"):
            chain.trace_back(c, 9999)
        with pytest.raises(ValueError, match="is a harvest, no delivery"):
            chain.trace_back(c, garden.tomato_old)


def test_forward_from_a_plot_and_from_a_seed_lot(garden: Garden) -> None:
    with writing(garden.engine) as c:
        first = chain.deliver(c, delivery("tomato", at(7, 16), 5.0))
        second = chain.deliver(c, delivery("zucchini", at(7, 16), 5.0, unit="piece"))
        (of_plot,) = chain.trace_forward(c, SITE, plot="planche-1")
        (of_seed,) = chain.trace_forward(c, SITE, seed_lot="CV-8")
        assert (of_plot.delivered.number, of_plot.amount) == (first, 5.0)
        assert (of_seed.delivered.number, of_seed.amount) == (second, 5.0)
        assert chain.trace_forward(c, SITE, seed_lot="GR-OTHER") == []
        logbook.strike(c, first, who="Ana")
        assert chain.trace_forward(c, SITE, plot="planche-1") == []


def test_a_second_planting_has_its_own_seed(garden: Garden) -> None:
    """The same crop on the same bed twice a season: each harvest has the seed of its time."""
    with writing(garden.engine) as c:
        plant(c, "planche-3", "radish", date(2026, 4, 1), "RA-1")
        plant(c, "planche-3", "radish", date(2026, 6, 10), "RA-2")
        logbook.write(c, [harvest("planche-3", "radish", at(5, 5), 2.0)])
        logbook.write(c, [harvest("planche-3", "radish", at(7, 5), 2.0)])
        early = chain.deliver(c, delivery("radish", at(5, 6), 2.0))
        late = chain.deliver(c, delivery("radish", at(7, 6), 2.0))
        assert chain.trace_back(c, early).seed_lots == ("RA-1",)
        assert chain.trace_back(c, late).seed_lots == ("RA-2",)
