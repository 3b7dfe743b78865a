"""What a gardener reads for each decision and reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import nan
from typing import Any

import pytest

from agro.records import Advice, PlanDay, Plot
from agro.words import LANGUAGES, advice_sentence, say
from agro.words.catalogue import texts

NOW = datetime(2026, 7, 21, 10, 0, tzinfo=UTC)
BED = Plot("s", "p", "Planche 1", "bed", 12.0, "loam", "drip", 47.3, 5.0)
HOUSE = Plot("s", "g", "Serre 1", "greenhouse", 12.0, "loam", "drip", 47.3, 5.0, covered=True)


def _plan(rain: tuple[float, ...], water: tuple[float, ...] = (0.0,) * 7) -> tuple[PlanDay, ...]:
    return tuple(
        PlanDay(date(2026, 7, 21) + timedelta(i), 4.6, rain[i], water[i], 20.0, 17.0, 23.0)
        for i in range(7)
    )


def _advice(**changed: Any) -> Advice:
    said: dict[str, Any] = {
        "decision": "wait",
        "when": None,
        "depth_mm": nan,
        "litres": nan,
        "minutes": nan,
        "reason": "enough_water",
        "confidence": "high",
        "depletion_mm": 18.0,
        "raw_mm": 27.0,
        "taw_mm": 60.0,
        "chance_of_stress": 0.1,
        "data_age_h": 0.5,
    }
    return Advice("s", "p", NOW, **said | changed)


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_irrigate_says_when_how_much_and_why() -> None:
    advice = _advice(
        decision="irrigate",
        when=NOW + timedelta(hours=8),
        litres=48.0,
        minutes=12.0,
        reason="stress_soon",
        facts={"soil_moisture": 0.18, "probe_depth_cm": 20.0},
        plan=_plan((0.0, 0.0, 6.0, 0.0, 0.0, 0.0, 0.0)),
    )
    said = advice_sentence(advice, BED, "fr", zone="Europe/Paris")
    assert _plain(said.headline) == "Arrosez ce soir : 48 L, soit 12 min"
    assert said.when == "mardi 21 juillet, de 20:00 à 20:12"
    assert _plain(said.why) == (
        "Il ne reste que 9 mm d’eau facile ; la sonde à 20 cm dit 18 % ; pas de pluie avant jeudi."
    )
    assert advice_sentence(advice, BED, "en").headline.startswith("Water this evening: 48")


def test_cans_take_the_place_of_minutes() -> None:
    advice = _advice(decision="irrigate", when=NOW, litres=48.0, facts={"cans": 4.8})
    assert _plain(advice_sentence(advice, BED, "fr").amount) == "48 L, soit 5 arrosoirs"


def test_wait_names_the_next_watering() -> None:
    advice = _advice(plan=_plan((0.0,) * 7, (0.0, 0.0, 6.0, 0.0, 0.0, 0.0, 0.0)))
    assert advice_sentence(advice, BED, "fr").headline == "Pas d’arrosage avant jeudi"
    assert advice_sentence(_advice(), BED, "fr").headline == "Pas d’arrosage aujourd’hui"


def test_a_greenhouse_never_waits_for_rain() -> None:
    advice = _advice(plan=_plan((9.0,) * 7))
    assert "serre" in advice_sentence(advice, HOUSE, "fr").why
    assert "pluie attendus aujourd’hui" in advice_sentence(advice, BED, "fr").why


def test_under_glass_the_air_draws_less_unless_somebody_says_otherwise() -> None:
    stated = replace(HOUSE, et0_share=1.0)
    assert "tire moins d’eau" in advice_sentence(_advice(), HOUSE, "fr").why
    assert "draws less water" in advice_sentence(_advice(), HOUSE, "en").why
    for other in (stated, replace(HOUSE, kind="bed")):
        why = advice_sentence(_advice(), other, "fr").why
        assert "il ne pleut pas sous la serre" in why
        assert "tire moins" not in why


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_lies_on_the_soil_is_said(language: str) -> None:
    bare = advice_sentence(_advice(), BED, language).why
    for mulch in ("organic", "plastic"):
        told = advice_sentence(_advice(), replace(BED, mulch=mulch), language).why
        assert texts(language)[f"why.mulch_{mulch}"] in told
        assert len(told) > len(bare)
    empty = _advice(reason="no_crop")
    assert texts(language)["why.mulch_organic"] not in (
        advice_sentence(empty, replace(BED, mulch="organic"), language).why
    )


def test_a_silent_probe_is_quoted_with_its_age() -> None:
    facts = {"soil_moisture": 0.18, "probe_depth_cm": 20.0, "probe_age_h": 30.0}
    said = advice_sentence(_advice(facts=facts, cautions=("probe_silent",)), BED, "fr")
    assert "disait 18" in said.why
    assert "il y a 30" in said.cautions[0]


def test_the_moment_is_seen_from_now_not_from_the_issue() -> None:
    advice = _advice(decision="irrigate", when=NOW + timedelta(hours=8), litres=48.0, minutes=12.0)
    before = advice_sentence(advice, BED, "fr", now=NOW - timedelta(days=1))
    assert before.headline.startswith("Arrosez demain soir")


_REASONS = sorted(key.removeprefix("reason.") for key in texts("fr") if key.startswith("reason."))
_CAUTIONS = tuple(
    key.removeprefix("caution.")
    for key in sorted(texts("fr"))
    if key.startswith("caution.") and not key.endswith("_since")
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("decision", ["irrigate", "wait", "forbidden", "unknown"])
@pytest.mark.parametrize("reason", [code for code in _REASONS if not code.endswith("_days")])
def test_every_reason_makes_a_whole_sentence_without_any_fact(
    reason: str, decision: str, language: str
) -> None:
    advice = _advice(
        decision=decision,
        reason=reason,
        depletion_mm=nan,
        raw_mm=nan,
        taw_mm=nan,
        cautions=_CAUTIONS,
    )
    said = advice_sentence(advice, BED, language)
    assert said.why.endswith(".")
    assert "nan" not in " ".join([said.headline, said.why, *said.cautions])
    assert "{" not in " ".join([said.headline, said.why, *said.cautions])
    assert said.confidence == say(language).t("confidence.high")
