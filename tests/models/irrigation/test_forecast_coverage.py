"""A week of soil water from forecasts of stated skill: four of five truths within the interval."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from models.irrigation import ahead, ensemble, forecast
from models.irrigation.ensemble import Ahead
from models.irrigation.forecast import Skill

Array = NDArray[np.float64]

DAYS, RUNS, RECORD = 7, 300, 90  # days ahead, weeks judged, mornings learned from
SIZE = ensemble.MEMBERS
WET_SHARE, WET_MEAN = 0.33, 6.5  # a summer in Burgundy: -, mm d⁻¹
CLIMATE = WET_SHARE * WET_MEAN
ERROR, TAW, RAW = 4.0, 60.0, 30.0  # mm: of today's depletion; of the bed
LEVEL, TOLERANCE = 0.8, 0.05


@dataclass(frozen=True)
class World:
    """Rain is as forecast on so many days of 100, else anything; ET₀ errs by so much."""

    right: float
    less_per_day: float
    et0_error: float
    et0_error_per_day: float

    def week(self, rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
        """Rain fallen and forecast, ET₀ that came and was forecast."""
        lead = np.arange(DAYS)
        fell = _rain(rng, DAYS)
        right = rng.random(DAYS) < np.maximum(self.right - self.less_per_day * lead, 0.0)
        told = np.where(right, fell * rng.gamma(4.0, 0.25, DAYS), _rain(rng, DAYS))
        et0 = 4.5 * np.exp(0.15 * rng.standard_normal(DAYS))
        noise = rng.standard_normal(DAYS)
        for day in range(1, DAYS):
            noise[day] = 0.7 * noise[day - 1] + np.sqrt(0.51) * noise[day]
        error = self.et0_error + self.et0_error_per_day * lead
        return fell, told, et0, et0 * np.exp(error * noise)


WORLDS = {
    "as stated": World(0.85, 0.08, 0.12, 0.02),
    "poor": World(0.60, 0.08, 0.20, 0.03),
    "good": World(0.95, 0.05, 0.06, 0.01),
}


def _rain(rng: np.random.Generator, size: int) -> Array:
    amount = rng.gamma(0.7, WET_MEAN / 0.7, size)
    return np.where(rng.random(size) < WET_SHARE, amount, 0.0)


def _learned(world: World, rng: np.random.Generator) -> Skill:
    weeks = [world.week(rng) for _ in range(RECORD)]
    fell, told, et0, et0_told = (np.array(part) for part in zip(*weeks, strict=True))
    return forecast.learned(
        forecast.stated(DAYS),
        rain=told,
        measured_rain=fell,
        climate_rain=np.full(fell.shape, CLIMATE),
        et0=et0_told,
        measured_et0=et0,
    )


def _walk(depletion: Array, rain: Array, et0: Array) -> Array:
    ones = np.ones((DAYS, 1))
    beds = ahead.Beds(
        kcb=ones,
        kc_max=1.2 * ones,
        exposed_wetted_fraction=0.2 * ones,
        taw=TAW * ones,
        raw=RAW * ones,
        tew=np.full(1, 20.0),
        rew=np.full(1, 9.0),
        rain_share=np.ones(1),
        wetted_fraction=np.ones(1),
        evaporates=np.ones(1),
        salt=np.ones(1),
        greatest_rise=0.0 * ones,
    )
    water = ahead.Water(depletion, np.full_like(depletion, 5.0))
    course = ahead.walk(water, beds, Ahead(rain, et0), irrigation=np.zeros((DAYS, 1)))
    return course.depletion[:, 0]


def _covered(members: Array, truth: Array) -> NDArray[np.bool_]:
    low, high = np.quantile(members, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=1)
    inside: NDArray[np.bool_] = (truth >= low - 1e-9) & (truth <= high + 1e-9)
    return inside


def _draws(run: int) -> tuple[Array, Array, Array]:
    chances, picks, moods = (ensemble.ranks(DAYS, SIZE, 4 * run + n) for n in range(3))
    return chances, picks, moods


def _bed(run: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Members of today's depletion, and the true one."""
    known = rng.uniform(5.0, 40.0)
    members = ensemble.depletion_members([known], [ERROR], [TAW], 4 * run + 3)
    true = np.clip(known + ERROR * rng.standard_normal(), 0.0, TAW)
    return members, np.full((1, 1), true)


@pytest.mark.parametrize("name", WORLDS)
def test_one_forecast_and_its_record_give_an_honest_interval(name: str) -> None:
    rng = np.random.default_rng(7)
    world = WORLDS[name]
    skill = _learned(world, rng)
    inside = []
    for run in range(RUNS):
        fell, told, et0, et0_told = world.week(rng)
        chances, picks, moods = _draws(run)
        rain = forecast.rain_members(
            told,
            np.full(DAYS, np.nan),
            np.full(DAYS, CLIMATE),
            wet_share=np.full(DAYS, WET_SHARE),
            trust=skill.trust,
            chances=chances,
            picks=picks,
        )
        members = ensemble.et0_members(et0_told * skill.et0_bias, skill.et0_error, moods)
        depletion, true = _bed(run, rng)
        soil = _walk(depletion, rain, members)
        inside.append(_covered(soil, _walk(true, fell[:, None], et0[:, None])[:, 0]))
    share = np.mean(inside, axis=0)
    assert share.mean() == pytest.approx(LEVEL, abs=TOLERANCE), share
    assert np.all(np.abs(share - LEVEL) < 0.08), share


@pytest.mark.parametrize("count", [20, 51])
def test_a_service_s_members_give_an_honest_interval(count: int) -> None:
    """An ensemble of cells that is reliable, and a garden somewhere in its cell."""
    rng = np.random.default_rng(8)
    inside = []
    for run in range(RUNS):
        seen = rng.random(DAYS) < np.maximum(0.9 - 0.1 * np.arange(DAYS), 0.0)
        common, level = _rain(rng, DAYS), 4.5 * np.exp(0.15 * rng.standard_normal(DAYS))
        cells = np.array([np.where(seen, common, _rain(rng, DAYS)) for _ in range(count + 1)])
        ets = level * np.exp(0.1 * rng.standard_normal((count + 1, DAYS)))
        fell, et0 = cells[-1] * rng.gamma(4.0, 0.25, DAYS), ets[-1]
        pick = forecast.resampled(count, SIZE, 4 * run)
        points, picks, _ = _draws(run)
        usual = ensemble.climate_rain(np.full(DAYS, CLIMATE), np.full(DAYS, WET_SHARE), points)
        rain = forecast.dressed_rain(cells[:-1][pick].T, usual, points, picks)
        depletion, true = _bed(run, rng)
        soil = _walk(depletion, rain, ets[:-1][pick].T)
        inside.append(_covered(soil, _walk(true, fell[:, None], et0[:, None])[:, 0]))
    share = np.mean(inside, axis=0)
    assert share.mean() == pytest.approx(LEVEL, abs=TOLERANCE), share


def test_the_climate_alone_gives_an_honest_interval() -> None:
    rng = np.random.default_rng(9)
    inside = []
    for run in range(RUNS):
        fell, et0 = _rain(rng, DAYS), 4.5 * np.exp(0.25 * rng.standard_normal(DAYS))
        chances, _, moods = _draws(run)
        usual = ensemble.climate_rain(np.full(DAYS, CLIMATE), np.full(DAYS, WET_SHARE), chances)
        error = np.full(DAYS, ensemble.CLIMATE_ET0_ERROR)
        depletion, true = _bed(run, rng)
        soil = _walk(depletion, usual, ensemble.et0_members(np.full(DAYS, 4.5), error, moods))
        inside.append(_covered(soil, _walk(true, fell[:, None], et0[:, None])[:, 0]))
    assert np.mean(inside) == pytest.approx(LEVEL, abs=TOLERANCE)
