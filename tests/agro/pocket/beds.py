"""Twenty beds in every state that an advice can be in, beside the three of the small garden."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import nan
from typing import Any, Literal

from sqlalchemy import Engine

from agro.records import Advice, CityPack, PlanDay, Plot
from agro.store import decisions, farms, writing
from tests.agro.dashboard.conftest import NOW

ORDER = {
    "state": "order",
    "rule": "windows",
    "level": "alerte",
    "valid_until": "2026-07-31",
    "link": "https://orders.example/a.pdf",
    "forbidden_hours": [[8, 20]],
    "usages": [{"name": "Potagers", "text": "Interdit de 8 h à 20 h."}],
    "fetched_at": "2026-07-21T07:00:00Z",
    "source": "vigieau",
    "mode": "live",
}
_POURED = {"depth_mm": 4.0, "litres": 48.0, "minutes": 12.0, "when": NOW + timedelta(hours=8)}
_RAIN = {"rain_since_mm": 14.0, "rain_next_3d_mm": 9.0}
# What each bed is told: decision, reason, and what differs from a bed of which all is known.
STATES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    (
        *("irrigate", "depletion_above_raw"),
        _POURED
        | {
            "minutes": 95.0,
            "confidence": "low",
            "cautions": ("probe_silent", "weather_from_climate"),
            "facts": {"cycles": 2, "soak_minutes": 51.0, "span_minutes": 146.0},
        },
    ),
    ("irrigate", "stress_soon", _POURED | {"minutes": nan, "facts": {"cans": 3.0}}),
    ("irrigate", "tank_low", _POURED | {"confidence": "medium"}),
    ("irrigate", "window_full", _POURED | {"litres": nan, "minutes": nan, "when": None}),
    ("irrigate", "stress_soon", _POURED | {"issued_at": NOW - timedelta(hours=9)}),
    ("wait", "enough_water", {"facts": {"days_to_raw": 4.0, "soil_moisture": 0.21}}),
    ("wait", "enough_water", {"covered": True}),
    ("wait", "rain_expected", {"facts": _RAIN}),
    ("wait", "rain_fell", {"facts": _RAIN}),
    ("wait", "dose_too_small", {"chance_of_stress": 0.4}),
    ("wait", "dormant", {}),
    ("wait", "no_crop", {"crop": "", "plan": ()}),
    ("wait", "deficit_on_purpose", {"mulch": "organic", "mulch_cover": 1.0}),
    ("wait", "enough_water", {"depletion_mm": nan}),
    ("forbidden", "drought_order", {"sources": {"drought_order": ORDER}}),
    ("forbidden", "order_unread", {"cautions": ("order_unread",)}),
    ("unknown", "no_planting", {"crop": "", "plan": ()}),
    ("unknown", "no_weather", {"plan": ()}),
    ("unknown", "no_soil_data", {"plan": ()}),
    ("unknown", "no_irrigation", {"cautions": ("no_probe",)}),
)
_OF_PLOT = ("covered", "mulch", "mulch_cover")


def plant(engine: Engine) -> None:
    """Add the beds to the small garden, each with its advice."""
    with engine.connect() as c:
        pack, like = _pack(engine), farms.plots(c, "potager")[0]
    beds = [_bed(like, place, told) for place, (_, _, told) in enumerate(STATES)]
    told = [
        _advice(bed.slug, decision, reason, changed)
        for bed, (decision, reason, changed) in zip(beds, STATES, strict=True)
    ]
    with writing(engine) as c:
        farms.save_pack(c, replace(pack, plots=(*pack.plots, *beds)))
        decisions.write(c, told)


def _pack(engine: Engine) -> CityPack:
    with engine.connect() as c:
        city, normals = farms.city(c), farms.normals(c)
        assert city is not None
        assert normals is not None
        return CityPack(
            city=city,
            communes=tuple(farms.communes(c)),
            sites=tuple(farms.sites(c)),
            soils=tuple(farms.soils(c)),
            irrigation_systems=tuple(farms.irrigation_systems(c)),
            plots=tuple(farms.plots(c)),
            plantings=(),
            devices=(),
            trials=(),
            normals=normals,
        )


def _bed(like: Plot, place: int, told: Mapping[str, Any]) -> Plot:
    own = {name: told[name] for name in _OF_PLOT if name in told}
    return replace(like, slug=f"b{place:02}", name=f"Carré {place + 1:02}", **own)


def _advice(plot: str, decision: Any, reason: str, changed: Mapping[str, Any]) -> Advice:
    confidence: Literal["high"] = "high"
    known = Advice(
        site="potager",
        plot=plot,
        issued_at=NOW - timedelta(minutes=8),
        decision=decision,
        when=None,
        depth_mm=nan,
        litres=nan,
        minutes=nan,
        reason=reason,
        confidence=confidence,
        depletion_mm=18.0,
        raw_mm=27.0,
        taw_mm=60.0,
        chance_of_stress=0.05,
        data_age_h=0.4,
        crop="tomato",
        plan=tuple(_day(place) for place in range(7)),
    )
    own = {name: value for name, value in changed.items() if name not in _OF_PLOT}
    return replace(known, **own)


def _day(place: int) -> PlanDay:
    rain, poured = (6.5 if place == 3 else 0.0), (4.0 if place == 0 else 0.0)
    low, depletion, high = 17.0, 20.0 + place, 24.0 + place
    return PlanDay(NOW.date() + timedelta(place), 4.6, rain, poured, depletion, low, high)
