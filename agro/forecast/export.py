"""The forecasts as files: a row a planting, units in the heads."""

from collections.abc import Sequence
from math import isfinite, nan
from typing import Any

from agro.records import YieldForecast
from agro.tables import known, to_csv, to_xlsx

COLUMNS = (
    *("site", "plot", "crop", "variety", "planted", "issued_at", "area_m2", "low_kg_m2"),
    *("middle_kg_m2", "high_kg_m2", "low_kg", "middle_kg", "high_kg", "harvested_kg"),
    *("start", "end", "model", "factors", "reference"),
)
_DIGITS = 4


def table(found: Sequence[YieldForecast]) -> list[dict[str, Any]]:
    """The forecasts as rows; factors as `code effect`, the strongest first."""
    return [{name: known(value) for name, value in _row(one).items()} for one in found]


def _row(one: YieldForecast) -> dict[str, Any]:
    masses = {f"{name}_kg": getattr(one, name) * one.area for name in ("low", "middle", "high")}
    areas = {f"{name}_kg_m2": getattr(one, name) for name in ("low", "middle", "high")}
    had = one.sources.get("harvested_kg")
    numbers = {**areas, **masses, "area_m2": one.area, "harvested_kg": nan if had is None else had}
    return {
        **{name: getattr(one, name) for name in ("site", "plot", "crop", "variety", "model")},
        **{name: round(v, _DIGITS) if isfinite(v) else nan for name, v in numbers.items()},
        **{name: getattr(one, name) for name in ("planted", "start", "end")},
        "issued_at": f"{one.issued_at:%Y-%m-%dT%H:%M:%SZ}",
        "factors": "; ".join(" ".join(map(str, told.values())) for told in one.factors),
        "reference": one.sources.get("reference_source", ""),
    }


def as_csv(found: Sequence[YieldForecast]) -> bytes:
    """CSV in UTF-8 that spreadsheets recognise."""
    return to_csv(table(found), COLUMNS).encode("utf-8-sig")


def as_xlsx(found: Sequence[YieldForecast]) -> bytes:
    """A workbook of one sheet."""
    return to_xlsx(table(found), COLUMNS)
