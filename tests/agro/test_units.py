"""Units as people write them: exact factors, counts that stay counts, the nearest of a slip."""

from math import isnan, nan

import pytest

from agro.units import UNITS, in_base, mass_kg, near, unit_of


@pytest.mark.parametrize(
    ("quantity", "unit", "base"),
    [
        pytest.param(1, "POUND", (0.45359237, "kg"), id="pound, NIST SP 811"),
        pytest.param(16, "oz", (0.45359237, "kg"), id="16 oz are a pound"),
        pytest.param(36, "grams", (0.036, "kg"), id="g"),
        pytest.param(2, "quintaux", (200, "kg"), id="quintal"),
        pytest.param(1.5, "tonnes", (1500, "kg"), id="t"),
        pytest.param(3, "m³", (3000, "L"), id="m3"),
        pytest.param(150, "row ft", (45.72, "m"), id="foot 0.3048 m"),
        pytest.param(2, "ha", (20_000, "m2"), id="ha"),
        pytest.param(90, "minutes", (1.5, "h"), id="min"),
        pytest.param(12, "L/m²", (12, "mm"), id="L per m2 is mm"),
        pytest.param(40, "HEAD", (40, "head"), id="heads stay heads"),
        pytest.param(10, "bottes", (10, "bunch"), id="bunches stay bunches"),
        pytest.param(5, "QUART", (5, "quart"), id="a quart of berries has no known mass"),
        pytest.param(5, "pieds", (5, "plant"), id="pieds are plants"),
        pytest.param(3, "jours", (3, "day"), id="a day of work has no known hours"),
        pytest.param(3, "zorkmids", (3, "zorkmids"), id="unknown stays as written"),
    ],
)
def test_quantities_in_their_base(quantity: float, unit: str, base: tuple[float, str]) -> None:
    value, symbol = in_base(quantity, unit)
    assert (value, symbol) == (pytest.approx(base[0], rel=1e-15), base[1])


def test_only_masses_have_a_mass() -> None:
    assert mass_kg(2.0, "livres") != mass_kg(2.0, "lb")  # a French livre may be 500 g: not known
    assert mass_kg(2.0, "lb") == 0.90718474
    assert isnan(mass_kg(2.0, "bunch"))
    assert isnan(mass_kg(nan, "kg"))


def test_no_spelling_means_two_units() -> None:
    spelled = [one for unit in UNITS for one in {unit.symbol.lower(), *unit.spellings}]
    assert len(spelled) == len(set(spelled))
    for unit in UNITS:
        assert all(unit_of(one) is unit for one in (unit.symbol, *unit.spellings))


def test_a_slip_has_its_nearest() -> None:
    assert unit_of("killo") is None
    assert "kilo" in near("killo")
    assert near("zorkmid") == ()
