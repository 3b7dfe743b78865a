"""Twenty years of Dijon's weather, ten crops, three soils: water used and days of stress.

The plan is held against a timer, against refilling at the threshold, and against the least water
that would have done had the weather been known. Nobody sees the weather to come: the plan knows
what the same days brought in other years, and in a second row a forecast of stated skill.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from models.irrigation import ahead, ensemble, hindsight
from models.irrigation.dose import RISK, Rules, need
from models.irrigation.strategies import RISKS
from models.water import balance, canopy, soil, tables

Array = NDArray[np.float64]
Policy = Callable[[int, Array, balance.State], Array]

CROPS = {
    "onion_dry": "03-20",
    "potato": "04-10",
    "carrot": "04-15",
    "leek": "04-15",
    "cabbage": "05-01",
    "beet": "05-10",
    "tomato": "05-15",
    "zucchini": "05-15",
    "green_bean": "06-01",
    "lettuce": "06-15",
}
SOILS = ("sandy loam", "silt loam", "clay")
YEARS = range(1999, 2019)
SHIFTS = (-10, -5, 0, 5, 10)  # days about the date, from which other years' members are taken
LEADS = 4  # days of weather that a day's decision looks at
SKILL = (0.8, 0.7, 0.6, 0.5)  # share of the days on which the forecast is right, else it is of
# another year, and no one knows which: the correlation with what comes
MINIMUM_DOSE = 5.0  # mm
STATE_ERROR = 0.1  # of TAW: what the threshold and the plan know of the soil
STATE_MEMORY = 0.9  # of that error from day to day
SUMMER = range(4, 10)  # months in which the timer runs
SEED = 20181101


@dataclass(frozen=True, slots=True)
class Trial:
    """All seasons at once: columns are crop × year × soil, rows days since planting."""

    starts: NDArray[np.int_]  # (crops, years) row of the weather on which each is planted
    crop: NDArray[np.int_]
    year: NDArray[np.int_]
    soil: NDArray[np.int_]
    et0: Array
    rain: Array
    beds: balance.Beds
    ahead: ahead.Beds
    grows: NDArray[np.bool_]
    summer: NDArray[np.bool_]
    bare: balance.Season


@pytest.fixture(scope="module")
def weather(data: Path) -> pd.DataFrame:
    """Rain of Dijon-Longvic; reference evapotranspiration, mean of the two catchments."""
    table = pd.read_csv(data / "weather/dijon_daily_1999_2018.csv.gz", parse_dates=["date"])
    table["et0"] = table[["pet_seine_mm", "pet_arroux_mm"]].mean(axis=1)
    return table.rename(columns={"rain_dijon_longvic_mm": "rain"})


@pytest.fixture(scope="module")
def trial(weather: pd.DataFrame) -> Trial:
    crops = [tables.crop(name) for name in CROPS]
    first = pd.DatetimeIndex(weather["date"])[0]
    starts = np.array(
        [[(pd.Timestamp(f"{y}-{day}") - first).days for y in YEARS] for day in CROPS.values()]
    )
    crop, year, ground = (
        part.ravel()
        for part in np.meshgrid(
            range(len(CROPS)), range(len(YEARS)), range(len(SOILS)), indexing="ij"
        )
    )
    lengths = np.array([one.season_length for one in crops])[crop]
    days = int(lengths.max()) + LEADS
    rows = np.minimum(starts[crop, year] + np.arange(days)[:, None], len(weather) - 1)
    et0, rain = weather["et0"].to_numpy()[rows], weather["rain"].to_numpy()[rows]
    beds = balance.beds(
        [
            balance.Bed(
                crop=crops[c],
                soil=tables.soil(SOILS[s]),
                removed=crops[c].season_length,
                root_limit=crops[c].root_depth_irrigated,
            )
            for c, s in zip(crop, ground, strict=True)
        ]
    )
    bare = balance.run(balance.DailyWeather(et0=et0, rain=rain), beds)
    usual = _usual(weather)[rows]
    months = weather["date"].dt.month.to_numpy()[rows]
    return Trial(
        starts=starts,
        crop=crop,
        year=year,
        soil=ground,
        et0=et0,
        rain=rain,
        beds=beds,
        ahead=_ahead(bare, beds, usual),
        grows=np.arange(days)[:, None] < lengths,
        summer=np.isin(months, SUMMER),
        bare=bare,
    )


def _usual(weather: pd.DataFrame) -> Array:
    """Demand usual for the date: the mean of all years but its own. (days,) [mm d⁻¹]"""
    same = weather["et0"].groupby(weather["date"].dt.day_of_year)
    count = same.transform("count")
    others = (same.transform("sum") - weather["et0"]) / (count - 1)
    return others.to_numpy()


def _ahead(run: balance.Season, beds: balance.Beds, usual: Array) -> ahead.Beds:
    """What a plan knows of the days ahead: the crop, and the demand usual for the date."""
    days, size = run.kcb.shape
    grown = canopy.growth(
        np.arange(days)[:, None], length_ini=beds.length_ini, length_dev=beds.length_dev
    )
    kc_max = canopy.kc_max(run.kcb, wind_2m=2.0, rh_min=45.0, crop_height=grown * beds.height)
    return ahead.Beds(
        kcb=run.kcb,
        kc_max=kc_max,
        exposed_wetted_fraction=soil.exposed_wetted_fraction(run.canopy_cover, 1.0),
        taw=run.taw,
        raw=soil.raw(run.taw, run.kcb * usual, depletion_fraction=beds.depletion_fraction),
        tew=np.broadcast_to(beds.tew, size),
        rew=np.broadcast_to(beds.rew, size),
        rain_share=np.ones(size),
        wetted_fraction=np.ones(size),
        evaporates=np.ones(size),
        salt=np.ones(size),
        greatest_rise=np.zeros_like(run.taw),
    )


def play(trial: Trial, policy: Policy) -> tuple[Array, Array]:
    """Seasons under a policy: water used [mm] and days of stress, (beds,) each."""
    days, size = trial.rain.shape
    state = balance.start(trial.beds, shape=(size,))
    water, stress = np.zeros(size), np.zeros(size)
    generator = np.random.default_rng(SEED)
    error = generator.normal(size=size)
    for day in range(days - LEADS):
        seen = state.depletion + STATE_ERROR * trial.ahead.taw[day] * error
        dose = np.where(trial.grows[day], policy(day, np.maximum(seen, 0.0), state), 0.0)
        state, fluxes = balance.step(
            state,
            day=day,
            et0=trial.et0[day],
            rain=trial.rain[day],
            beds=trial.beds,
            irrigation=dose,
        )
        water += dose
        stress += trial.grows[day] & (fluxes.ks < 1.0 - 1e-9)
        shock = generator.normal(size=size)
        error = STATE_MEMORY * error + np.sqrt(1.0 - STATE_MEMORY**2) * shock
    return water, stress


def timer(trial: Trial, depth: float, every: int) -> Policy:
    """So much every so many days from April to September, whatever the weather."""

    def policy(day: int, seen: Array, state: balance.State) -> Array:
        return np.where(trial.summer[day] & (day % every == 0), depth, 0.0)

    return policy


def threshold(trial: Trial) -> Policy:
    """Refill to field capacity when readily available water is gone."""

    def policy(day: int, seen: Array, state: balance.State) -> Array:
        return np.where(seen > trial.ahead.raw[day], np.maximum(seen, MINIMUM_DOSE), 0.0)

    return policy


def planned(
    trial: Trial, weather: pd.DataFrame, *, skill: tuple[float, ...], risk: float
) -> Policy:
    """Our plan's decision of each morning, on members that do not know the year."""
    size = trial.rain.shape[1]
    now = np.zeros(size, dtype=int)
    rules = Rules(np.full(size, MINIMUM_DOSE), now, now, 40.0, risk)
    members = _members(trial, weather, skill)

    def policy(day: int, seen: Array, state: balance.State) -> Array:
        sky = next(members)
        count = sky.rain.shape[2]
        spread = ensemble.depletion_members(
            seen, STATE_ERROR * trial.ahead.taw[day], trial.ahead.taw[day], SEED
        )[:, :count]
        surface = np.repeat(state.surface_depletion[:, None], count, axis=1)
        water = ahead.Water(spread, surface)
        found = need(water, trial.ahead.since(day), sky, rules, risk=risk)
        return np.where(found.due, found.depth, 0.0)

    return policy


def _members(
    trial: Trial, weather: pd.DataFrame, skill: tuple[float, ...]
) -> Iterator[ensemble.Ahead]:
    """For each day in turn, what other years brought about this date: (leads, beds, members)."""
    rain, et0 = weather["rain"].to_numpy(), weather["et0"].to_numpy()
    years = len(YEARS)
    others = np.array([[y for y in range(years) if y != own] for own in range(years)])
    planted = trial.starts[trial.crop[:, None], others[trial.year]]  # (beds, other years)
    members = (planted[:, :, None] + np.array(SHIFTS)).reshape(len(planted), -1)
    truth = trial.starts[trial.crop, trial.year]
    generator = np.random.default_rng(SEED + 1)
    for day in range(trial.rain.shape[0]):
        rows = np.stack([members + day + lead for lead in range(LEADS)])
        for lead, right in enumerate(skill):
            rows[lead] = _forecast(rows[lead], truth + day + lead, right, trial, generator)
        rows = np.clip(rows, 0, len(rain) - 1)
        yield ensemble.Ahead(rain[rows], et0[rows])


def _forecast(
    rows: NDArray[np.int_],
    truth: NDArray[np.int_],
    right: float,
    trial: Trial,
    generator: np.random.Generator,
) -> NDArray[np.int_]:
    """Members of which a share `right` follow one forecast, which is true as often as that.

    Beds of the same crop and year have the same forecast.
    """
    size, count = rows.shape
    group = trial.crop * len(YEARS) + trial.year
    hits = (generator.random(group.max() + 1) < right)[group]
    other = generator.integers(0, count, group.max() + 1)[group]
    said = np.where(hits, truth, rows[np.arange(size), other])
    believe = generator.permutation(count) < round(right * count)
    return np.where(believe, said[:, None], rows)


def bound(trial: Trial) -> tuple[Array, Array]:
    """The least water without a day of stress, had one known the weather."""
    bare = trial.bare
    limit = np.where(trial.grows, bare.raw, np.inf)
    water = hindsight.least_irrigation(bare.crop_et, bare.rain - bare.runoff, limit)
    return water.sum(axis=0), np.zeros(water.shape[1])


def test_water_and_stress_of_twenty_years(trial: Trial, weather: pd.DataFrame) -> None:
    rows: dict[str, tuple[Array, Array]] = {}
    took: dict[str, float] = {}
    for name, policy in {
        "timer, 4 mm a day": timer(trial, 4.0, 1),
        "timer, 12 mm every third day": timer(trial, 12.0, 3),
        "refill at the threshold": threshold(trial),
        "our plan, other years' weather": planned(trial, weather, skill=(), risk=RISK),
        "our plan, a forecast": planned(trial, weather, skill=SKILL, risk=RISK),
        "our plan, a forecast, prudent": planned(
            trial, weather, skill=SKILL, risk=RISKS["prudent"]
        ),
        "our plan, a forecast, saving": planned(trial, weather, skill=SKILL, risk=RISKS["saving"]),
    }.items():
        began = perf_counter()
        rows[name] = play(trial, policy)
        took[name] = perf_counter() - began
    least = bound(trial)
    _told(trial, {**rows, "least, had one known the weather": least}, took)
    for water, stress in rows.values():
        unstressed = stress == 0.0
        assert (water[unstressed] >= least[0][unstressed] - 1e-6).all()
    mean = {name: (water.mean(), stress.mean()) for name, (water, stress) in rows.items()}
    ours, refill = mean["our plan, a forecast"], mean["refill at the threshold"]
    assert ours[0] < 0.65 * mean["timer, 4 mm a day"][0]
    assert ours[1] < 0.5 * refill[1]
    saving = mean["our plan, a forecast, saving"]
    assert saving[0] < refill[0]
    assert saving[1] < refill[1]


def _told(trial: Trial, rows: dict[str, tuple[Array, Array]], took: dict[str, float]) -> None:
    print(f"\n{len(CROPS)} crops × {len(SOILS)} soils × {len(YEARS)} years")
    heads = "".join(f"{name:>22}" for name in ("all", *SOILS))
    print(f"{'mm a season / days of stress':34}{heads}")
    for name, (water, stress) in rows.items():
        parts = [np.full(len(water), True), *(trial.soil == s for s in range(len(SOILS)))]
        cells = "".join(f"{water[p].mean():14.0f} / {stress[p].mean():5.1f}" for p in parts)
        print(f"{name:34}{cells}   {took.get(name, 0.0):6.1f} s")
    names = list(rows)
    print(f"\n{'mm a season / days of stress':34}{''.join(f'{c:>15}' for c in CROPS)}")
    for name in names:
        water, stress = rows[name]
        parts = [trial.crop == c for c in range(len(CROPS))]
        cells = "".join(f"{water[p].mean():8.0f} / {stress[p].mean():4.1f}" for p in parts)
        print(f"{name:34}{cells}")
