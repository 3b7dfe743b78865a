"""A checked row as a record: what is empty becomes NaN, None or "" and never 0."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agro.indicators import book, rows
from agro.indicators.places import Places, or_nan
from agro.store.deliveries import channel_of

At = Mapping[str, Any]
_GIFTS = {"donations": "donation", "gifts": "donation", "food_bank": "donation"}
NONE = "none"


class Make(Protocol):
    """What makes a record of a row; `at` is where and when it is."""

    def __call__(self, row: Any, at: At, places: Places) -> book.Record: ...


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a book's file: how its rows are checked and what becomes of them.

    `register` is where the records go; `placed` rows name a plot or a site.
    """

    register: str
    row: type[rows.Row]
    make: Make
    placed: bool = True


def cycle(row: rows.CycleRow, at: At, places: Places) -> book.Cycle:  # noqa: ARG001 - all alike
    """A crop on a plot."""
    return book.Cycle(
        **at,
        crop=row.crop,
        area=row.area_m2,
        varieties=or_nan(row.varieties),
        variety=row.variety,
        start=row.start,
        end=row.end,
    )


def harvest(row: rows.HarvestRow, at: At, places: Places) -> book.Harvest:  # noqa: ARG001
    """A harvest."""
    return book.Harvest(**at, mass=row.kg, crop=row.crop, grade=row.grade, method=row.method)


def loss(row: rows.LossRow, at: At, places: Places) -> book.Loss:  # noqa: ARG001
    """A loss."""
    return book.Loss(**at, mass=row.kg, fate=row.fate)


def irrigation(row: rows.IrrigationRow, at: At, places: Places) -> book.Irrigation:
    """Water given; a depth becomes a volume on the plot's area, NaN where that is not known."""
    volume = row.m3
    if volume is None:
        plot = places.plots[row.plot]
        area = plot.cultivated if plot.cultivated == plot.cultivated else plot.area
        volume = or_nan(row.mm) * area / 1000.0
    return book.Irrigation(**at, volume=volume, water=row.source, method=row.method)


def brought(row: rows.InputRow, at: At, places: Places) -> book.Input:  # noqa: ARG001
    """Something brought onto a plot."""
    return book.Input(**at, kind=row.kind, mass=row.kg, n_percent=or_nan(row.n_pct))


def treatment(row: rows.TreatmentRow, at: At, places: Places) -> book.Treatment:  # noqa: ARG001
    """A treatment, or the statement that there was none."""
    return book.Treatment(
        **at,
        segment="" if row.segment == NONE else row.segment,
        dose=or_nan(row.dose),
        reference_dose=or_nan(row.ref_dose),
        treated_percent=row.treated_pct,
        synthetic=row.synthetic,
        none=row.segment == NONE,
    )


def labour(row: rows.LabourRow, at: At, places: Places) -> book.Labour:  # noqa: ARG001
    """Hours of work."""
    return book.Labour(
        **at,
        status=row.status,
        hours=row.hours,
        sex=row.sex,
        person=row.person,
        persons=or_nan(row.persons),
    )


def event(row: rows.EventRow, at: At, places: Places) -> book.Event:  # noqa: ARG001
    """A training, school visit or workshop."""
    participants, hours = or_nan(row.participants), or_nan(row.hours)
    return book.Event(**at, kind=row.kind, participants=participants, hours=hours)


def delivery(row: rows.DeliveryRow, at: At, places: Places) -> book.Delivery:  # noqa: ARG001
    """Where a harvest went."""
    return book.Delivery(
        **at,
        mass=row.kg,
        channel=_GIFTS.get(row.channel, channel_of(row.channel)),
        intermediaries=or_nan(row.intermediaries),
        value=or_nan(row.value_eur),
        km=or_nan(row.km),
        local=row.local,
        vehicle=row.vehicle,
        trips=or_nan(row.trips),
        crop=row.crop,
    )


def compost(row: rows.CompostRow, at: At, places: Places) -> book.Compost:  # noqa: ARG001
    """What a heap was given and gave."""
    given, taken = or_nan(row.biowaste_in_kg), or_nan(row.compost_out_kg)
    return book.Compost(**at, biowaste=given, compost=taken)


def surface(row: rows.SurfaceRow, at: At, places: Places) -> book.Surface:  # noqa: ARG001
    """A surface of a site."""
    return book.Surface(**at, kind=row.type, area=row.m2, coefficient=or_nan(row.cbs))


def sample(row: rows.SampleRow, at: At, places: Places) -> book.SoilSample:  # noqa: ARG001
    """A soil sample."""
    return book.SoilSample(
        **at,
        carbon=or_nan(row.soc_g_per_kg),
        bulk_density=or_nan(row.bulk_density_g_cm3),
        depth=or_nan(row.depth_cm),
        stones=row.stones_vol,
        scores={name: or_nan(score) for name, score in (row.tape_scores or {}).items()},
    )


def entered(row: rows.EnteredRow, at: At, places: Places) -> book.Entered:  # noqa: ARG001
    """An indicator from outside."""
    return book.Entered(
        **at,
        indicator=row.indicator,
        value=or_nan(row.value),
        numerator=or_nan(row.numerator),
        denominator=or_nan(row.denominator),
        version=row.version,
    )


def residents(row: rows.ResidentsRow, at: At, places: Places) -> book.Residents:  # noqa: ARG001
    """A cell of the population grid, which belongs to the territory."""
    return book.Residents(
        **{**at, "site": "", "plot": ""},
        inhabitants=row.inhabitants,
        latitude=row.latitude,
        longitude=row.longitude,
    )


SECTIONS: dict[str, Section] = {
    "crop_cycles": Section("cycles", rows.CycleRow, cycle),
    "harvests": Section("harvests", rows.HarvestRow, harvest),
    "losses": Section("losses", rows.LossRow, loss),
    "irrigation": Section("irrigations", rows.IrrigationRow, irrigation),
    "inputs": Section("inputs", rows.InputRow, brought),
    "treatments": Section("treatments", rows.TreatmentRow, treatment),
    "labour": Section("labour", rows.LabourRow, labour),
    "events": Section("events", rows.EventRow, event),
    "deliveries": Section("deliveries", rows.DeliveryRow, delivery),
    "compost": Section("composts", rows.CompostRow, compost, placed=False),
    "surfaces": Section("surfaces", rows.SurfaceRow, surface),
    "soil_sample": Section("samples", rows.SampleRow, sample),
    "soil_samples": Section("samples", rows.SampleRow, sample),
    "entered": Section("entered", rows.EnteredRow, entered, placed=False),
    "residents": Section("residents", rows.ResidentsRow, residents, placed=False),
}
