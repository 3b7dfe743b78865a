"""A card shows the order in force: rule, words, link and age, and nothing a browser would run."""

from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import pytest

from agro.dashboard.cards import advice_card
from agro.dashboard.frame import Frame
from agro.records import Advice, Plot
from agro.words import say

NOW = datetime(2026, 7, 14, 10, 0, tzinfo=UTC)
PLOT = Plot("garden", "bed", "Planche 1", "bed", 20.0, "loam", "drip", 47.32, 5.04)
ORDER = {
    "state": "order",
    "rule": "windows",
    "level": "alerte_renforcee",
    "resource": "AEP",
    "zone": "Zone",
    "valid_from": "2026-07-01",
    "valid_until": "2026-07-31",
    "link": "https://orders.example/a.pdf",
    "forbidden_hours": [[8, 20]],
    "reduction": 0.0,
    "usages": [{"name": "Arrosage des potagers", "text": "Interdit de 8 h à 20 h."}],
    "fetched_at": "2026-07-14T07:00:00Z",
    "source": "vigieau",
    "mode": "live",
}


def card(language: str = "fr", *, decision: Any = "wait", **changed: Any) -> str:
    advice = Advice(
        site="garden",
        plot="bed",
        issued_at=NOW - timedelta(minutes=10),
        decision=decision,
        when=None,
        depth_mm=0.0,
        litres=0.0,
        minutes=0.0,
        reason="enough_water" if decision == "wait" else "drought_order",
        confidence="high",
        depletion_mm=5.0,
        raw_mm=20.0,
        taw_mm=40.0,
        chance_of_stress=nan,
        data_age_h=1.0,
        sources={"drought_order": {**ORDER, **changed}},
    )
    words = say(language, "Europe/Paris")
    html = advice_card(Frame(words=words, site=None, now=NOW), PLOT, advice)
    return html.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "fr",
            [
                "Sécheresse, alerte renforcée : arrosage interdit de 8 h à 20 h, jusqu’au",
                "Interdit de 8 h à 20 h.",
                "Lire l’arrêté",
                "VigiEau, en direct, il y a 3 h",
            ],
        ),
        (
            "en",
            [
                "Drought, heightened alert: watering is forbidden from 08:00 to 20:00, until",
                "Read the order",
                "VigiEau, live, 3 h ago",
            ],
        ),
    ],
)
def test_the_order_stands_on_the_card(language: str, texts: list[str]) -> None:
    html = card(language)
    for text in texts:
        assert text in html
    assert 'href="https://orders.example/a.pdf"' in html


def test_what_a_prefecture_writes_is_text() -> None:
    usages = [{"name": "<script>alert(1)</script>", "text": '"><img src=x onerror=alert(1)>'}]
    html = card(usages=usages, link='https://x/"onmouseover="alert(1)', source="<b>")
    assert "<script>" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert '"onmouseover' not in html
    assert "href" not in card(link="javascript:alert(1)")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"rule": "forbidden"}, "arrosage interdit ici"),
        ({"rule": "unknown"}, "Lisez l’arrêté avant d’arroser"),
        ({"rule": "allowed"}, "arrosage permis ici"),
        ({"forbidden_hours": []}, "à certaines heures seulement"),
        ({"valid_until": None}, "jusqu’à nouvel arrêté"),
        ({"level": ""}, "niveau non précisé"),
        ({"reduction": 0.25}, "25 % de moins"),
        ({"state": "several"}, "plusieurs zones"),
        ({"mode": "simulated"}, "simulé"),
        ({"forbidden_hours": [[8, 12], [14, 20]]}, "de 8 h à 12 h et de 14 h à 20 h"),
    ],
)
def test_every_rule_has_its_words(changed: dict[str, Any], text: str) -> None:
    assert text in card(**changed)


def test_without_an_order_there_is_no_line() -> None:
    assert 'class="order"' not in card(state="free")
    assert 'class="order"' in card()
