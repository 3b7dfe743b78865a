"""A city's morning in blocks: the numbers of each bed are those of the plain balance and plan."""

from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest

from models.irrigation import plan
from models.irrigation.ahead import Water
from models.irrigation.city import REASONS, Decided, beds_ahead, blocks, decide, joined
from models.irrigation.ensemble import Ahead
from models.water import balance
from tests.models.irrigation.cities import DAYS, city

MEMBERS = 7


def decided(beds: int, *, size: int = 256, stations: int = 3) -> Decided:
    sites, which, own, rules, irrigation = city(beds, members=MEMBERS, stations=stations)
    given = blocks(sites, which, own, rules, irrigation=irrigation, size=size)
    return joined(map(decide, given), beds)


def assert_equal(one: Decided, other: Decided) -> None:
    for f in fields(one):
        np.testing.assert_array_equal(getattr(one, f.name), getattr(other, f.name), f.name)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_no_number_depends_on_the_blocks(size: int) -> None:
    assert_equal(decided(90, size=size), decided(90))


def test_no_number_depends_on_the_order_of_blocks() -> None:
    sites, which, own, rules, irrigation = city(90, members=MEMBERS, stations=3)
    given = list(blocks(sites, which, own, rules, irrigation=irrigation, size=20))
    assert_equal(joined(map(decide, reversed(given)), 90), decided(90))


def test_equals_the_plain_balance_and_the_plan() -> None:
    """Every member of every bed through `balance.plain`, then one plan for the station's beds."""
    sites, which, own, rules, irrigation = city(24, members=MEMBERS, stations=1)
    past, sky = sites[0].past, sites[0].ahead
    assert not which.any()
    runs = [
        balance.plain(
            replace(past, et0=np.asarray(past.et0)[:, m], rain=np.asarray(past.rain)[:, m]),
            own,
            balance.first_state(own, 0.0, 24),
            irrigation=irrigation,
            size=24,
        )
        for m in range(MEMBERS)
    ]
    water = Water(
        np.stack([run.depletion[-1] for run in runs], axis=1),
        np.stack([run.surface_depletion[-1] for run in runs], axis=1),
    )
    later = replace(own, planted=own.planted - DAYS)
    ahead = beds_ahead(sky, later, runs[0].wetted_fraction[-1])
    rain = np.asarray(past.rain)[-2:].mean(axis=1).sum()
    expected = plan.plan(
        water,
        ahead,
        Ahead(np.asarray(sky.rain), np.asarray(sky.et0)),
        replace(rules, first_share=sites[0].first_share),
        recent_rain=np.full(24, rain),
    )
    found = decided(24, stations=1)
    assert [REASONS[code] for code in found.reason] == list(expected.reasons)
    np.testing.assert_array_equal(found.irrigate, expected.irrigate)
    assert 0 < found.irrigate.sum() < 24
    for name in ("depth", "chance", "days_to_raw"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-9)
    np.testing.assert_allclose(found.depletion, water.depletion.mean(axis=1), atol=1e-9)


def test_what_is_known_of_the_days_ahead_goes_on_from_the_season() -> None:
    """Coefficients and roots of the days ahead are those of one run over past and days ahead."""
    sites, _, own, _, _ = city(24, members=1, stations=1)
    past, sky = sites[0].past, sites[0].ahead
    joint = partial(np.concatenate, axis=0)
    whole = balance.plain(
        balance.DailyWeather(
            et0=joint([past.et0, sky.et0])[:, 0],
            rain=joint([past.rain, sky.rain])[:, 0],
            wind_2m=joint([past.wind_2m, sky.wind_2m]),
            rh_min=joint([past.rh_min, sky.rh_min]),
        ),
        own,
        balance.first_state(own, 0.0, 24),
        irrigation=0.0,
        size=24,
    )
    later = replace(own, planted=own.planted - DAYS)
    found = beds_ahead(sky, later, np.full(24, 0.4))
    np.testing.assert_allclose(found.kcb, whole.kcb[DAYS:], atol=1e-9)
    np.testing.assert_allclose(found.taw, whole.taw[DAYS:], atol=1e-9)


def test_a_bed_without_its_station_is_told() -> None:
    sites, which, own, rules, irrigation = city(12, members=2, stations=3)
    given = blocks(sites[:2], which, own, rules, irrigation=irrigation)
    with pytest.raises(ValueError, match="of 12 beds are decided; every bed needs its station"):
        joined(map(decide, given), 12)
