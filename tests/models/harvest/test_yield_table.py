"""Yield learning is judged on years it has not seen: nothing of these may reach it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.harvest.yield_table import anomalies, choice, components, gaussian, means
from models.harvest.yield_table.fold import hold_out
from models.harvest.yield_table.skill import judge
from models.harvest.yield_table.table import YieldTable, months

MONTHS = tuple(f"rain_{month:02d}" for month in range(1, 13))


def table(
    *,
    years: int = 9,
    groups: int = 4,
    effect: float = 0.0,
    common: float = 0.0,
    trend: float = 0.0,
    seed: int = 1,
) -> YieldTable:
    """Yields of places: their means, rain of May and June, a year all share, a trend, noise."""
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), years)
    year = np.tile(np.arange(years), groups)
    sky = generator.normal(size=(years, 12))[year] + 0.5 * generator.normal(size=(len(year), 12))
    target = 50.0 + 5.0 * group + effect * (sky[:, 4] + sky[:, 5]) + trend * year
    target = target + common * generator.normal(size=years)[year]
    target = target + generator.normal(size=len(year))
    none = np.empty((len(year), 0), dtype=np.int64)
    return YieldTable(target, group, year, 2000.0 + year, sky, MONTHS, none, ())


def cut(whole: YieldTable, rows: np.ndarray) -> YieldTable:
    """Some rows of a table."""
    names = ("target", "group", "year", "when", "numbers", "categories")
    return replace(whole, **{name: getattr(whole, name)[rows] for name in names})


def with_column(whole: YieldTable, column: np.ndarray, name: str) -> YieldTable:
    numbers = np.column_stack([whole.numbers, column])
    return replace(whole, numbers=numbers, names=(*whole.names, name))


@settings(max_examples=3)
@given(held=st.integers(0, 6), values=st.integers(0, 2**31))
def test_no_yield_of_a_held_out_year_reaches_its_prediction(held: int, values: int) -> None:
    whole = table(years=7, groups=3, effect=2.0)
    own = whole.year == held
    other = np.random.default_rng(values).normal(0.0, 1000.0, len(whole.target))
    moved = replace(whole, target=np.where(own, other, whole.target))
    before, after = hold_out(whole, held), hold_out(moved, held)
    assert before.chosen == after.chosen
    assert before.left_out == after.left_out
    assert before.band is not None
    assert after.band is not None
    assert (before.band.low, before.band.high) == (after.band.low, after.band.high)
    np.testing.assert_array_equal(before.band.scale, after.band.scale)
    for name, said in before.predictions.items():
        np.testing.assert_array_equal(said, after.predictions[name], err_msg=name)


@given(from_year=st.integers(1, 8), values=st.integers(0, 2**31))
def test_no_later_year_reaches_last_year_and_running_mean(from_year: int, values: int) -> None:
    whole = table()
    later = whole.year > from_year
    other = np.random.default_rng(values).normal(0.0, 1000.0, len(whole.target))
    moved = replace(whole, target=np.where(later, other, whole.target))
    known, asked = whole.year != from_year, whole.year == from_year
    for said in (means.last_year, means.running_mean):
        np.testing.assert_array_equal(said(whole, known)[asked], said(moved, known)[asked])


def test_means_are_those_of_other_years() -> None:
    target = np.array([1.0, 2.0, 6.0, 10.0])
    whole = cut(table(years=4, groups=1), np.arange(4))
    whole = replace(whole, target=target)
    known = np.ones(4, dtype=bool)
    np.testing.assert_allclose(means.group_mean(whole, known), [6.0, 17 / 3, 13 / 3, 3.0])
    np.testing.assert_allclose(means.last_year(whole, known), [6.0, 1.0, 2.0, 6.0])
    np.testing.assert_allclose(means.running_mean(whole, known), [6.0, 1.0, 1.5, 3.0])


def test_a_group_without_other_years_gets_the_mean_of_all() -> None:
    whole = table(years=3, groups=2)
    rows = np.flatnonzero((whole.group == 0) | (whole.year == 0))
    short = cut(whole, rows)
    said = means.group_mean(short, short.year != 0)
    others = short.target[short.year != 0].mean()
    assert said[short.group == 1] == pytest.approx(others)


def test_predictions_without_a_year_are_those_of_a_fit_without_it() -> None:
    whole = table(effect=2.0, common=1.0)
    parts = components.components(
        whole, anomalies.features(whole, np.ones(len(whole.target), dtype=bool)), bent=True
    )
    rows = np.flatnonzero(whole.year != 8)
    asked = np.flatnonzero(whole.year == 8)
    arguments = {"year": whole.year, "scale": 1.0}
    _, inner = gaussian.fit_predict(whole.target, parts, rows, asked, **arguments)
    value = whole.target[rows] - whole.target[rows].mean()
    sizes = np.exp(gaussian._sizes(value, parts, rows))
    named = list(zip(sizes, parts.items(), strict=True))
    kept, held = rows[whole.year[rows] != 3], rows[whole.year[rows] == 3]
    covariance = 100.0 + sum(size * part(kept, kept) for size, (_, part) in named)
    shared = 100.0 + sum(
        size * part(held, kept) for size, (name, part) in named if name not in components.LATENT
    )
    direct = shared @ np.linalg.solve(covariance, whole.target[kept] - whole.target[rows].mean())
    expected = direct + whole.target[rows].mean()
    np.testing.assert_allclose(inner[whole.year[rows] == 3], expected, rtol=1e-5)


def test_weather_that_matters_is_found_and_pays() -> None:
    found = judge(table(years=14, effect=4.0))
    skill = {one.name: one.skill for one in found.candidates}
    assert found.chosen in choice.LEARNED
    assert skill[found.chosen].low > 0.5
    assert skill["chosen"].value > 0.5
    assert 0.7 <= found.coverage_80 <= 0.95


def test_a_trend_is_found_without_any_feature() -> None:
    whole = table(years=14, trend=1.5)
    bare = replace(whole, numbers=np.empty((len(whole.target), 0)), names=())
    found = judge(bare)
    assert found.chosen in ("trend", "gaussian-process")
    assert {one.name for one in found.candidates}.isdisjoint({"ridge", "pls", "forest"})


def test_the_best_of_nine_candidates_without_skill_passes_one_time_in_six() -> None:
    """What the gate lets through by luck is stated, not wished away."""
    generator = np.random.default_rng(7)
    year = np.repeat(np.arange(19), 14)
    names = (*choice.SIMPLE[1:], *choice.LEARNED)
    chosen = []
    for _ in range(200):
        mean = 5.0 * generator.normal(size=19)[year] + 3.0 * generator.normal(size=len(year))
        errors = {
            name: mean + 2.0 * generator.normal(size=19)[year] + generator.normal(size=len(year))
            for name in names
        }
        chosen.append(choice.choose({choice.MEAN: mean, **errors}, year))
    assert chosen.count(choice.MEAN) == 165  # the figure that choice.py tells


def test_noise_is_left_to_the_mean() -> None:
    assert judge(table(years=8, common=3.0, seed=0)).chosen == "group-mean"


def test_five_years_are_means_only() -> None:
    found = judge(table(years=5, effect=5.0))
    names = [one.name for one in found.candidates]
    assert names == ["group-mean", "running-mean", "last-year", "trend", "chosen"]


def test_one_year_cannot_be_held_out() -> None:
    with pytest.raises(ValueError, match="years must be two at least, to hold one out: 1"):
        judge(table(years=1))


def test_one_group_is_enough() -> None:
    found = judge(table(years=16, groups=1, effect=5.0))
    assert found.chosen in choice.LEARNED


def test_years_that_are_names_have_neither_trend_nor_last_year() -> None:
    whole = table(years=10, effect=4.0)
    found = judge(replace(whole, when=np.full(len(whole.target), np.nan)))
    names = {one.name for one in found.candidates}
    assert names.isdisjoint({"trend", "last-year", "running-mean"})
    assert found.chosen in choice.LEARNED


def test_missing_features_and_categories_are_learned_from() -> None:
    whole = table(years=10, effect=3.0)
    generator = np.random.default_rng(5)
    holes = generator.random(whole.numbers.shape) < 0.2
    kind = generator.integers(0, 3, len(whole.target))
    gappy = replace(
        whole,
        target=whole.target + 6.0 * kind,
        numbers=np.where(holes, np.nan, whole.numbers),
        categories=np.where(generator.random(len(kind)) < 0.1, -1, kind)[:, None],
        category_names=("cultivar",),
    )
    found = judge(gappy)
    said = {one.name: one.rmse for one in found.candidates}
    assert found.chosen in choice.LEARNED
    assert said[found.chosen] < 0.7 * said["group-mean"]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(lambda y, _: 0.1 * y, id="another unit"),
        pytest.param(lambda y, _: -np.log(y), id="a logarithm"),
        pytest.param(lambda y, _: np.argsort(np.argsort(y)) ** 3.0, id="a rank"),
        pytest.param(lambda y, group: y - 7.0 * group, id="from the place's mean"),
    ],
)
def test_a_column_that_tells_the_yield_is_left_out(told: object) -> None:
    whole = table(common=2.0)
    column = told(whole.target, whole.group)  # type: ignore[operator]
    found = judge(with_column(whole, column, "yield_t"))
    assert found.left_out == ("yield_t",)
    assert found.candidates[0].name == "group-mean"
    gained = {one.name: one.skill.value for one in found.candidates}
    assert gained["gaussian-process"] < 0.5


def test_a_class_that_tells_the_yield_is_left_out() -> None:
    whole = table(years=12)
    high = whole.year % 2
    target = 50.0 + 10.0 * high + 0.1 * whole.target
    classed = replace(
        whole, target=target, categories=high[:, None].astype(np.int64), category_names=("class",)
    )
    assert judge(classed).left_out == ("class",)


def test_weather_that_is_close_to_the_yield_is_no_leak() -> None:
    assert judge(table(effect=4.0)).left_out == ()


def test_constant_columns_change_nothing() -> None:
    whole = table(years=7, groups=3, effect=3.0)
    plain = judge(whole)
    twice = with_column(
        with_column(whole, np.full(len(whole.target), 7.0), "c"), whole.target * 0, "z"
    )
    found = judge(twice)
    assert found.chosen == plain.chosen
    assert found.candidates[-1].rmse == pytest.approx(plain.candidates[-1].rmse, rel=1e-6)


def test_months_are_told_by_their_names() -> None:
    names = ("soil", *(f"T{n}" for n in range(1, 13)), "P_01", "P_02", *MONTHS[:6])
    found = months(names)
    assert [names[n] for n in found.columns] == [*(f"T{n}" for n in range(1, 13)), *MONTHS[:6]]
    assert found.month.tolist() == [*range(1, 13), *range(1, 7)]
    assert found.variable.tolist() == [0] * 12 + [1] * 6


def test_months_beside_each_other_act_alike() -> None:
    alike = components.smoothness(months(MONTHS))
    assert alike[0, 1] == pytest.approx(alike[0, 11])
    assert alike[0, 1] > alike[0, 2] > alike[0, 6]
    assert np.linalg.eigvalsh(alike).min() > -1e-9


def test_the_answer_is_the_same_twice() -> None:
    whole = table(years=7, groups=3, effect=1.0)
    one, two = judge(whole), judge(whole)
    assert one.chosen == two.chosen
    np.testing.assert_array_equal(one.predicted, two.predicted)
