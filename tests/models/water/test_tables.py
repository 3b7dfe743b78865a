"""The crops and soils that a garden of Burgundy asks for, by whatever name."""

from math import isnan

import pytest

from models.water import tables


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("tomato", "tomato"),
        ("Tomate", "tomato"),
        ("cassis", "berries"),
        ("raspberry", "berries"),
        ("vigne", "grape_wine"),
        ("Wheat", "winter_wheat"),
        ("blé d'hiver", "winter_wheat"),
        ("chou-fleur", "cauliflower"),
        ("corn", "maize"),
        ("onion", "onion_dry"),
        ("grape wine", "grape_wine"),
        ("basilic", "herbs"),
        ("mâche", "lambs_lettuce"),
    ],
)
def test_a_crop_answers_to_its_names(asked: str, key: str) -> None:
    assert tables.crop(asked).key == key


def test_no_name_belongs_to_two_crops() -> None:
    for key, crop in tables.CROPS.items():
        assert tables.crop(key).key == key
        assert tables.crop(crop.name_fr).key == key
        assert tables.crop(crop.name_en).key == key


@pytest.mark.parametrize(
    "key",
    [
        *("mustard", "rapeseed", "grape_wine", "berries", "lettuce", "carrot", "beet", "cabbage"),
        *("green_bean", "pea", "pumpkin", "strawberry", "herbs", "potato", "onion_dry", "garlic"),
        *("leek", "winter_wheat", "barley", "maize", "sunflower", "apple_bare", "lentil", "chard"),
    ],
)
def test_burgundy_s_crops_are_there(key: str) -> None:
    assert tables.CROPS[key].season_length > 30


@pytest.mark.parametrize(
    ("key", "threshold", "slope"),
    [
        *(("green_bean", 1.0, 19.0), ("broccoli", 2.8, 9.2), ("onion_dry", 1.2, 16.0)),
        *(("carrot", 1.0, 14.0), ("potato", 1.7, 12.0), ("sweet_corn", 1.7, 12.0)),
        *(("asparagus", 4.1, 2.0), ("barley", 8.0, 5.0), ("cotton", 7.7, 5.2)),
        *(("alfalfa", 2.0, 7.3), ("grape_wine", 1.5, 9.6), ("sugar_beet", 7.0, 5.9)),
        pytest.param("tomato", (0.9 + 2.5) / 2, 9.0, id="tomato: middle of a range"),
        pytest.param("lettuce", (1.3 + 1.7) / 2, 12.0, id="lettuce: middle of a range"),
    ],
)
def test_salt_tolerance_is_that_of_table_23(key: str, threshold: float, slope: float) -> None:
    crop = tables.CROPS[key]
    assert crop.salt_threshold == pytest.approx(threshold)
    assert crop.salt_slope == pytest.approx(slope)


def test_a_crop_tells_both_of_salt_or_neither_and_where_from() -> None:
    for key, crop in tables.CROPS.items():
        assert isnan(crop.salt_threshold) == isnan(crop.salt_slope), key
        assert isnan(crop.salt_threshold) != ("salt: Table 23" in crop.source), key


@pytest.mark.parametrize(
    ("asked", "texture"),
    [
        ("loam", "loam"),
        ("Sandy-Loam", "sandy loam"),
        ("limon argileux", "clay loam"),
        ("argile", "clay"),
        ("silt clay loam", "silty clay loam"),
        ("silty_clay", "silty clay"),
    ],
)
def test_a_soil_answers_to_its_names(asked: str, texture: str) -> None:
    assert tables.soil(asked).texture == texture


def test_every_texture_of_the_triangle_has_a_soil() -> None:
    assert len(tables.SOILS) == 12
    for soil in tables.SOILS.values():
        assert 0 < soil.wilting_point < soil.field_capacity
        assert 0 < soil.rew < soil.tew
        assert soil.source
