"""A family that comes back too early is named with what stood before it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.harvest.rotation import FAMILIES, Stand, family, too_soon
from models.water.tables import CROPS

_POTATO = Stand("potato", date(2025, 4, 8), date(2025, 8, 5), "Charlotte")


def test_every_crop_has_a_family_with_a_source() -> None:
    assert set(FAMILIES) == set(CROPS)
    assert all(one.family.endswith("aceae") and one.source for one in FAMILIES.values())


@pytest.mark.parametrize(
    ("crop", "kin"),
    [
        ("tomato", "Solanaceae"),
        ("courgette", "Cucurbitaceae"),
        ("mâche", "Caprifoliaceae"),
        ("poireau", "Amaryllidaceae"),
        ("bette", "Amaranthaceae"),
        ("fenouil", "Apiaceae"),
        ("radis", "Brassicaceae"),
    ],
)
def test_families_as_botany_has_them(crop: str, kin: str) -> None:
    assert family(crop).family == kin


def test_tomatoes_after_potatoes_are_too_soon() -> None:
    found = too_soon(Stand("tomato", date(2026, 5, 15), date(2026, 10, 1)), [_POTATO])
    assert found is not None
    assert found.earlier == _POTATO
    assert found.family == "Solanaceae"
    assert found.years == pytest.approx(283 / 365.25)
    assert found.return_years == 4
    assert "Connecticut" in found.source


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(Stand("carrot", date(2026, 4, 1), date(2026, 9, 1)), id="another family"),
        pytest.param(Stand("tomato", date(2029, 8, 6), date(2029, 10, 1)), id="four years later"),
        pytest.param(Stand("tomato", date(2025, 5, 1), date(2025, 10, 1)), id="beside each other"),
        pytest.param(Stand("tomato", date(2024, 5, 1), date(2024, 10, 1)), id="before it"),
        pytest.param(Stand("winter_wheat", date(2025, 10, 1), date(2026, 7, 1)), id="none known"),
    ],
)
def test_no_warning(new: Stand) -> None:
    assert too_soon(new, [_POTATO]) is None


def test_the_latest_of_the_kin_is_named() -> None:
    older = Stand("pepper", date(2024, 5, 1), date(2024, 10, 1))
    found = too_soon(Stand("tomato", date(2026, 5, 15), date(2026, 10, 1)), [_POTATO, older])
    assert found is not None
    assert found.earlier == _POTATO


def test_clover_is_no_earlier_bean() -> None:
    ley = Stand("clover", date(2025, 4, 1), date(2026, 4, 1))
    assert too_soon(Stand("green_bean", date(2026, 5, 15), date(2026, 9, 1)), [ley]) is None


@given(st.integers(0, 4000))
def test_waiting_longer_never_brings_a_warning(days: int) -> None:
    def warned(start: date) -> bool:
        return too_soon(Stand("tomato", start, start + timedelta(days=120)), [_POTATO]) is not None

    start = _POTATO.end + timedelta(days=days)
    assert warned(start) == (days < 4 * 365.25)


def test_an_unknown_crop_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the table"):
        family("moon cheese")
