"""The rows of a farm book as strangers write them, checked one by one.

Field names are those of the book's file. None is missing; numbers are finite and not negative
unless said otherwise.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Day = date | None


def _no_truth(value: object) -> object:
    """YAML's yes and true are no numbers, though Python counts them as 1."""
    if isinstance(value, bool):
        raise ValueError("is not a number; write it as 12.5, with a point")
    return value


def _text(value: object) -> object:
    """A name that YAML took for a number or a truth, as text; nothing is empty."""
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Real = Annotated[float, BeforeValidator(_no_truth), Field(allow_inf_nan=False)]
Number = Annotated[float, BeforeValidator(_no_truth), Field(ge=0, allow_inf_nan=False)]
Percent = Annotated[float, BeforeValidator(_no_truth), Field(ge=0, le=100)]
Share = Annotated[float, BeforeValidator(_no_truth), Field(ge=0, le=1)]
Name = Annotated[str, BeforeValidator(_text)]


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else _text(value)


Word = Annotated[str, BeforeValidator(_lower)]


class Row(BaseModel):
    """What every row may say: where, and when."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    site: Name = ""
    plot: Name = ""
    date: Day = None


class SurfaceRow(Row):
    """`sites.*.surfaces`, or `surfaces`."""

    type: Word
    m2: Number
    cbs: Number | None = None


class SiteRow(Row):
    """`sites`, by their slugs."""

    commune: Name = ""
    type: Word = ""
    area_m2: Number | None = None
    roof_m2: Number | None = None
    roof_coef: Share | None = None
    open: bool | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    surfaces: list[Any] | None = None


class PlotRow(Row):
    """`plots`, by their slugs."""

    site: Name
    area_m2: Number | None = None
    cultivated_m2: Number | None = None
    certification: Word = ""


class CycleRow(Row):
    """`crop_cycles`."""

    crop: Word
    area_m2: Number
    varieties: Annotated[float, BeforeValidator(_no_truth), Field(ge=1)] | None = None
    variety: Name = ""
    start: Day = None
    end: Day = None

    @model_validator(mode="after")
    def _in_order(self) -> "CycleRow":
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} must not be before start {self.start}; change them")
        return self


class HarvestRow(Row):
    """`harvests`."""

    kg: Number
    crop: Word = ""
    grade: Literal["food", "feed", "waste"] = "food"
    method: Word = ""


class LossRow(Row):
    """`losses`."""

    kg: Number
    fate: Word = ""


class IrrigationRow(Row):
    """`irrigation`, in m³, or in mm of a plot."""

    m3: Number | None = None
    mm: Number | None = None
    source: Word = ""
    method: Word = ""

    @model_validator(mode="after")
    def _tells_water(self) -> "IrrigationRow":
        if self.m3 is None and (self.mm is None or not self.plot):
            raise ValueError("m3 is empty; give m3, or mm of a plot")
        return self


class InputRow(Row):
    """`inputs`."""

    kind: Word
    kg: Number
    n_pct: Percent | None = None


class TreatmentRow(Row):
    """`treatments`; segment none is the statement that nothing was treated."""

    segment: Literal["", "none", "S1", "S2", "S3", "S4", "S5", "S6"] = ""
    dose: Number | None = None
    ref_dose: Number | None = None
    treated_pct: Percent = 100.0
    synthetic: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, given: dict[str, Any]) -> dict[str, Any]:
        segment = given.get("segment", "")
        written = "" if segment is None else segment
        if not isinstance(written, str):
            return given
        plain = written.strip()
        return {**given, "segment": "none" if plain.lower() == "none" else plain.upper()}


class LabourRow(Row):
    """`labour`."""

    status: Literal["employee", "insertion", "apprentice", "farmer", "volunteer"]
    hours: Number
    sex: Literal["", "F", "M", "X"] = ""
    person: Name = ""
    persons: Number | None = None


class EventRow(Row):
    """`events`."""

    kind: Word
    participants: Number | None = None
    hours: Number | None = None


class DeliveryRow(Row):
    """`deliveries`; km one way."""

    kg: Number
    channel: Word
    intermediaries: Number | None = None
    value_eur: Number | None = None
    km: Number | None = None
    local: bool | None = None
    vehicle: Word = ""
    trips: Number | None = None
    crop: Word = ""


class CompostRow(Row):
    """`compost`."""

    biowaste_in_kg: Number | None = None
    compost_out_kg: Number | None = None


class PurchasesRow(Row):
    """`canteen_purchases`: totals of a canteen; the parts do not overlap."""

    total_eur_ht: Number
    bio_eur_ht: Number | None = None
    siqo_eur_ht: Number = 0.0
    other_egalim_eur_ht: Number | None = None
    externalities_eur_ht: Number = 0.0
    meat_fish_eur_ht: Number | None = None
    meat_fish_egalim_eur_ht: Number | None = None
    months: Annotated[float, Field(gt=0, le=12)] | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> "PurchasesRow":
        parts = (self.bio_eur_ht, self.siqo_eur_ht, self.other_egalim_eur_ht)
        counted = sum(part or 0.0 for part in (*parts, self.externalities_eur_ht))
        if counted > self.total_eur_ht * (1 + 1e-9):
            told = f"{counted:g} is above total_eur_ht {self.total_eur_ht:g}"
            raise ValueError(
                f"the sum of bio, siqo, other_egalim and externalities {told}; correct"
            )
        whole, good = self.meat_fish_eur_ht, self.meat_fish_egalim_eur_ht
        if whole is not None and good is not None and good > whole * (1 + 1e-9):
            told = f"{good:g} is above meat_fish_eur_ht {whole:g}"
            raise ValueError(f"meat_fish_egalim_eur_ht {told}; correct one")
        return self


class PurchaseRow(Row):
    """One line of `canteen_purchases`; it counts once, for the first of its labels that counts."""

    eur_ht: Number
    labels: list[Word] = Field(default_factory=list)
    family: Word = ""


class WasteRow(Row):
    """What a canteen weighed."""

    waste_kg: Number
    meals: Annotated[float, BeforeValidator(_no_truth), Field(gt=0)]


class SampleRow(Row):
    """`soil_sample`."""

    soc_g_per_kg: Number | None = None
    bulk_density_g_cm3: Number | None = None
    depth_cm: Number | None = None
    stones_vol: Share = 0.0
    tape_scores: dict[str, Annotated[float, Field(ge=1, le=5)] | None] | None = None


class EnteredRow(Row):
    """`entered`: an indicator from outside."""

    indicator: Name
    value: Real | None = None
    numerator: Real | None = None
    denominator: Real | None = None
    version: Name = ""


class ResidentsRow(Row):
    """`residents`: a cell of the population grid."""

    inhabitants: Number
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class SurveyRow(Row):
    """`surveys`, or `caet_2023` and its like."""

    form: Word = "caet"
    form_version: Name
    answers: dict[str, dict[str, Any]]


class PeriodRow(BaseModel):
    """`period`, both days included."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "PeriodRow":
        if self.end < self.start:
            raise ValueError(f"end {self.end} must not be before start {self.start}; change them")
        return self
