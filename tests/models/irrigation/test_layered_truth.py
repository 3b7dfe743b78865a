"""The assimilated balance against a layered soil column: truth that no bucket made."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.irrigation.assimilation import Assimilated, Readings, assimilate, failing
from models.irrigation.members import Weather
from models.irrigation.state import layer_weights, offset_error
from models.water import balance, tables
from sensors.simulated import soil as column

Array = NDArray[np.float64]

DAYS, BEDS, ROOTS = 100, 10, 0.5
FC, WP = 0.25, 0.12
DEPTHS = (0.1, 0.3)


def weather(seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random(DAYS) < 0.25, rng.gamma(0.7, 9.0, DAYS), 0.0)
    return rng.normal(4.2, 1.0, DAYS).clip(1.0), rain


def beds() -> balance.Beds:
    """Full-grown tomatoes, so that the column needs no growing roots."""
    crop = tables.crop("tomato")
    numbers = {
        "kcb_ini": crop.kcb_mid,
        "kcb_mid": crop.kcb_mid,
        "kcb_end": crop.kcb_mid,
        "height": crop.height,
        "root_depth_min": ROOTS,
        "root_depth_max": ROOTS,
        "depletion_fraction": crop.depletion_fraction,
        "length_ini": 1.0,
        "length_dev": 1.0,
        "length_mid": 1e5,
        "length_late": 1.0,
        "field_capacity": FC,
        "wilting_point": WP,
        "rew": 9.0,
        "tew": 19.0,
    }
    return balance.Beds(**{name: np.full(BEDS, value) for name, value in numbers.items()})


def nature(et0: Array, rain: Array, given: Array) -> tuple[Array, Array]:
    """Depletion of the root zone (days, beds) mm, and water (days, levels, beds) at the probes."""
    rng = np.random.default_rng(8)
    soils = column.column(rng.normal(FC, 0.01, BEDS), rng.normal(WP, 0.008, BEDS), 0.6)
    uses = rng.lognormal(0.0, 0.1, BEDS)
    state = column.at_field_capacity(soils, 0.8)
    depletion, levels = np.empty((DAYS, BEDS)), np.empty((DAYS, len(DEPTHS), BEDS))
    roots = np.full(BEDS, 1000.0 * ROOTS)
    within = np.minimum(np.cumsum(soils.thickness, axis=0), roots)
    share = np.diff(within, axis=0, prepend=0.0)
    for day in range(DAYS):
        seen = np.zeros((len(DEPTHS), BEDS))
        for part, energy in ((0, 0.1), (1, 0.8), (2, 0.1)):  # night, day, evening
            first = float(part == 0)
            forcing = column.Forcing(
                rain=np.full(BEDS, rain[day] * first),
                irrigation=given[day] * first,
                evaporation=0.1 * et0[day] * energy * uses,
                transpiration=1.05 * et0[day] * energy * uses,
                root_depth=roots,
            )
            state, _ = column.advance(soils, state, forcing, 8.0)
            for level, depth in enumerate(DEPTHS):
                for bed in range(BEDS):
                    seen[level, bed] += (
                        float(column.moisture_at(soils, state.moisture, bed, 100.0 * depth)) / 3.0
                    )
        levels[day] = seen
        lack = (soils.field_capacity - state.moisture) * share
        depletion[day] = np.maximum(lack.sum(axis=0), 0.0)
    return depletion, levels


Season = tuple[Array, Assimilated, Assimilated]


def season(*, forgotten: float) -> Season:
    """The truth; the balance alone; the balance with two-level probes of ±0.02.

    `forgotten` is the share of the waterings that nobody noted.
    """
    et0, rain = weather(2)
    rng = np.random.default_rng(3)
    given = np.where(rng.random((DAYS, BEDS)) < 0.25, 14.0, 0.0)
    depletion, levels = nature(et0, rain, given)
    noted = np.where(rng.random(given.shape) < forgotten, 0.0, given)
    read = levels + rng.normal(0.0, 0.02, (1, len(DEPTHS), BEDS))
    read += rng.normal(0.0, 0.004, read.shape)
    water = np.einsum("dlb,l->db", read, layer_weights(DEPTHS, ROOTS))[:, :, None]
    error = np.full((BEDS, 1), offset_error(DEPTHS, ROOTS))
    alone, joined = (
        assimilate(
            Weather(et0, rain),
            beds(),
            Readings(one, np.zeros((BEDS, 1)), error),
            irrigation=noted,
            initial_depletion=10.0,
            seed=4,
        )
        for one in (np.full_like(water, np.nan), water)
    )
    return depletion, alone, joined


@pytest.fixture(scope="module")
def noted() -> Season:
    return season(forgotten=0.0)


def rmse(found: Assimilated, depletion: Array) -> float:
    return float(np.sqrt(np.mean((found.depletion[15:] - depletion[15:]) ** 2)))


def test_probes_bring_the_balance_nearer_to_the_layered_truth(noted: Season) -> None:
    depletion, alone, joined = noted
    assert rmse(joined, depletion) < 0.75 * rmse(alone, depletion)
    assert rmse(joined, depletion) < 10.0


def test_the_interval_holds_the_layered_truth(noted: Season) -> None:
    depletion, alone, joined = noted
    for found in (alone, joined):
        held = np.abs(found.depletion - depletion) <= 1.2816 * found.error
        assert 0.65 < held[15:].mean() < 0.95
    assert joined.error[15:].mean() < 0.7 * alone.error[15:].mean()


def test_probes_make_up_for_waterings_nobody_noted() -> None:
    depletion, alone, joined = season(forgotten=0.2)
    assert rmse(joined, depletion) < 0.75 * rmse(alone, depletion)


def test_no_good_probe_is_taken_for_a_failed_one(noted: Season) -> None:
    assert not failing(noted[2].innovation).any()
