"""Rivers and water tables are told beside their month, and never as what is allowed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from agro.city.early import FEWEST_DAYS, Early, early_warnings
from agro.store import writing
from agro.store.city.taking import keep
from agro.words import say
from agro.words.early import early_caution, early_origin, early_sentence
from sensors.feeds.city_assets import Equipment, Kind, Measured, Report

NOW = datetime(2026, 7, 30, 8, 0, tzinfo=UTC)


def told(
    engine: Engine, values: list[float], *, name: str = "hubeau:U1", quantity: str = "river_flow"
) -> None:
    """Noon values of the days until yesterday, the last one of this morning."""
    kind: Kind = "air_station" if quantity == "air_index" else "river_station"
    days = [NOW - timedelta(days=n) + timedelta(hours=2) for n in range(len(values) - 1, 0, -1)]
    times = [*days, NOW - timedelta(minutes=30)]
    measured = tuple(Measured(quantity, v, at) for v, at in zip(values, times, strict=True))
    report = Report(name, Equipment(name, kind, "Ouche", 47.3, 5.0, mode="live"), measured)
    with writing(engine) as c:
        keep(c, [report], NOW, source=name.partition(":")[0])


def ask(engine: Engine, at: datetime = NOW) -> list[Early]:
    with engine.connect() as c:
        return early_warnings(c, at)


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        ([900.0 - 10 * n for n in range(29)], "lowest"),
        ([500.0] * 5 + [800.0] * 24 + [700.0], "falling"),
        ([800.0, 700.0] * 15, "steady"),
        ([500.0 + 10 * n for n in range(29)], "rising"),
        ([800.0] * FEWEST_DAYS, "short"),
    ],
)
def test_a_river_is_told_beside_its_month(store: Engine, values: list[float], sign: str) -> None:
    if sign == "steady":
        values = [*values, 750.0]
    told(store, values)
    (one,) = ask(store)
    assert (one.sign, one.value, one.days) == (sign, values[-1], min(len(values) - 1, 30))
    for language in ("fr", "en"):
        words = say(language)
        text = early_sentence(words, one.asset.name, one.quantity, one.sign, one.value, unit="L/s")
        assert "Ouche" in text
        assert "{" not in text
        assert "order" in early_caution(words) or "arrêté" in early_caution(words)
        assert "Hub’Eau" in early_origin(words, "hubeau", "live", one.observed_at, NOW)


def test_the_driest_come_first_and_the_air_by_its_step(store: Engine) -> None:
    told(store, [2.0], name="atmo:21231", quantity="air_index")
    told(store, [500.0 + 10 * n for n in range(29)], name="hubeau:B")
    told(store, [900.0 - 10 * n for n in range(29)], name="hubeau:A")
    found = ask(store)
    assert [(one.asset.device, one.sign) for one in found] == [
        ("hubeau:A", "lowest"),
        ("hubeau:B", "rising"),
        ("atmo:21231", "air"),
    ]
    assert early_sentence(say("en"), "Dijon", "air_index", "air", 2.0, unit="") == "Dijon: air fair"


def test_what_came_after_the_moment_changes_nothing(store: Engine) -> None:
    told(store, [900.0 - 10 * n for n in range(29)])
    (before,) = ask(store)
    late = Report(
        "hubeau:U1",
        Equipment("hubeau:U1", "river_station", "Ouche", 47.3, 5.0, mode="live"),
        (Measured("river_flow", 5000.0, NOW + timedelta(hours=2)),),
    )
    with writing(store) as c:
        keep(c, [late], NOW + timedelta(hours=3), source="hubeau")
    (after,) = ask(store)
    assert (after.sign, after.value, after.days) == (before.sign, before.value, before.days)
    assert after.change == pytest.approx(before.change)


def test_nothing_watched_is_nothing_told(store: Engine) -> None:
    assert ask(store) == []
