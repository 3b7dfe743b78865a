"""The catalogue: whole, in both languages, each entry with a formula or a way to be entered."""

import pytest
from pydantic import ValidationError

from agro.indicators.catalogue import Indicator, Threshold, catalogue, whole
from agro.indicators.formulas import FORMULAS
from agro.words import LANGUAGES, say


@pytest.mark.parametrize("one", whole().indicators, ids=lambda one: one.id)
def test_an_indicator_is_computed_or_entered_and_named(one: Indicator) -> None:
    assert (one.how == "computed") == (one.id in FORMULAS)
    assert one.how == "computed" or one.tier == 3
    assert one.name_fr != one.name_en
    assert one.unit
    assert bool(one.caution_fr) == bool(one.caution_en)
    for language in LANGUAGES:
        assert say(language).knows(f"indicator_domain.{one.domain}")
        for threshold in one.thresholds:
            assert say(language).knows(f"indicator_threshold.{threshold.status}")


def test_all_sixty_three_are_there() -> None:
    tiers = [one.tier for one in whole().indicators]
    assert [tiers.count(tier) for tier in (1, 2, 3)] == [26, 20, 17]
    assert set(FORMULAS) <= set(whole().by_id)


def test_every_source_is_named_by_something() -> None:
    named = {t.source for one in whole().indicators for t in one.thresholds}
    named |= {str(one.params.get("source")) for one in whole().indicators}
    spare = set(whole().sources) - named
    assert spare == {"hawes2024", "ift"}  # cited by cautions and formulas


def test_a_city_s_own_targets_stand_in_its_pack_alone() -> None:
    food = catalogue("dijon").by_id["FOOD_COVERAGE_ALL"].thresholds
    assert [(t.year, t.value, t.status) for t in food] == [
        (2024, (6.0, 8.0), "announced"),
        (2030, (10.0, 12.0), "announced"),
    ]
    assert whole().by_id["FOOD_COVERAGE_ALL"].thresholds == ()
    assert catalogue("nowhere").by_id["FOOD_COVERAGE_ALL"].thresholds == ()


def test_another_country_has_neither_the_laws_nor_the_frameworks_of_france() -> None:
    known = catalogue("", "FI", ("MUFPP", "SDG", "TAPE"))
    assert "EGALIM_BIO" not in known.by_id
    assert "IFT_TOTAL" not in known.by_id
    assert known.by_id["ORGANIC_AREA"].thresholds == ()
    assert len(known.indicators) == 58


def test_only_laws_programmes_and_announcements_that_were_read_judge() -> None:
    listed = [t for one in catalogue("dijon").indicators for t in one.thresholds]
    assert {t.status for t in listed if t.judges} == {"legal", "programme", "announced"}
    assert all(t.evidence == "V" for t in listed if t.judges)
    assert any(t.status == "legal" and not t.judges for t in listed)


def test_a_band_has_two_values() -> None:
    row = {"label_fr": "x", "label_en": "x", "op": "between", "status": "legal"}
    with pytest.raises(ValidationError, match="two values"):
        Threshold.model_validate({**row, "value": 3, "source": "C", "evidence": "V"})
