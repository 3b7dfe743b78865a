"""The pages in words: what a template arranges, ready to be read. Templates say nothing themselves.

A bed's words are `agro.words.card`'s, which the dashboard's cards show too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite, isnan

from agro.pocket.drawing import Drawing, drawing
from agro.pocket.noting import UNITS
from agro.pocket.reading import Bed, Garden
from agro.records import Advice, LogEntry, Noted, Plot
from agro.words import (
    Card,
    Words,
    card,
    garden_cautions,
    garden_lead,
    order_notice,
    shared_cautions,
    soil_water,
    thirsty_first,
    week_ahead,
)
from agro.words.card import SoilWater, WeekAhead
from agro.words.own import named
from agro.words.watered import Watered, watered
from models.water import tables

MOST_BEDS = 10  # on one page, so that it stays small
_MOST_WHY = 4  # beds that say why on the garden's page


@dataclass(frozen=True, slots=True)
class Done:
    """The one-tap button of a bed: what it says, and `plot:amount:unit:name`."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class BedLine:
    """A bed on the garden's page. `why` is empty where its own page says it."""

    slug: str
    card: Card
    why: str
    done: Done | None


@dataclass(frozen=True, slots=True)
class GardenSaid:
    """A garden's page; `others` counts the beds that another page shows, from `further` on."""

    slug: str
    name: str
    lead: str
    caution: str
    order: str
    beds: tuple[BedLine, ...]
    others: str
    further: int
    footer: str


@dataclass(frozen=True, slots=True)
class BedSaid:
    """A bed's page."""

    slug: str
    site: str
    garden: str
    card: Card
    water: SoilWater | None
    week: WeekAhead | None
    drawing: Drawing | None
    done: Done | None
    crops: tuple[tuple[str, str], ...]
    kinds: Mapping[str, str]
    noted: tuple[str, ...]
    footer: str


def gardens_said(words: Words, gardens: Sequence[Garden]) -> list[tuple[str, str, str]]:
    """Each garden as its slug, its name and its day on one line."""
    return [
        (one.site.slug, one.site.name, garden_lead(words, one.plots, one.advices))
        for one in gardens
    ]


def garden_said(
    words: Words, garden: Garden, *, now: datetime, may_note: bool, start: int = 0
) -> GardenSaid:
    """A garden's page from its `start`-th bed on, the thirsty ones first."""
    shared = shared_cautions(garden.advices.values())
    plots = thirsty_first(garden.plots, garden.advices)
    shown = plots[start : start + MOST_BEDS]
    further = start + len(shown)
    left = len(plots) - further
    return GardenSaid(
        slug=garden.site.slug,
        name=garden.site.name,
        lead=garden_lead(words, garden.plots, garden.advices),
        caution=garden_cautions(words, shared),
        order=_order(words, garden, now),
        beds=tuple(
            _line(words, garden, plot, now, may_note=may_note, says_why=place < _MOST_WHY)
            for place, plot in enumerate(shown)
        ),
        others=words.t("pocket.others", n=left) if left else "",
        further=further,
        footer=_footer(words, list(garden.advices.values())),
    )


def _order(words: Words, garden: Garden, now: datetime) -> str:
    """The rule of the drought order that holds in a garden; empty where there is none."""
    told = (order_notice(words, advice, now) for advice in garden.advices.values())
    return next((one.rule for one in told if one), "")


def _line(
    words: Words, garden: Garden, plot: Plot, now: datetime, *, may_note: bool, says_why: bool
) -> BedLine:
    advice = garden.advices.get(plot.slug)
    told = bed_card(words, garden, plot, now)
    why = told.why if says_why and told.decision == "irrigate" else ""
    return BedLine(plot.slug, told, why, _done(words, plot, advice) if may_note else None)


def bed_card(words: Words, garden: Garden, plot: Plot, now: datetime) -> Card:
    """A bed's card, as on the garden's page: what holds for all its beds is told there once."""
    said = shared_cautions(garden.advices.values())
    return whole_card(words, garden, plot, now, said=said)


def whole_card(
    words: Words, garden: Garden, plot: Plot, now: datetime, *, said: frozenset[str] = frozenset()
) -> Card:
    """A bed's card with all that is to be known of it, but what is in `said`."""
    advice = garden.advices.get(plot.slug)
    crop = crop_name(words, advice.crop) if advice and advice.crop else ""
    return card(words, plot, advice, crop=crop, now=now, said=said)


def bed_said(words: Words, garden: Garden, bed: Bed, *, now: datetime, may_note: bool) -> BedSaid:
    """A bed's page."""
    plot, advice = bed.plot, bed.advice
    ahead = None
    if advice is not None and advice.plan:
        today = words.local(now).date()
        ahead = week_ahead(words, advice.plan, today, covered=plot.covered)
    water = soil_water(words, advice) if advice is not None and advice.plan else None
    return BedSaid(
        slug=plot.slug,
        site=plot.site,
        garden=garden.site.name,
        card=whole_card(words, garden, plot, now),
        water=water,
        week=ahead,
        drawing=drawing(words, ahead) if ahead and ahead.days else None,
        done=_done(words, plot, advice) if may_note else None,
        crops=tuple((crop, crop_name(words, crop)) for crop in bed.crops),
        kinds={kind: _kind(words, kind, plot) for kind in UNITS},
        noted=tuple(
            f"{words.stamp(one.entry.time)} · {what(words, one.entry)}" for one in bed.noted
        ),
        footer=_footer(words, [advice] if advice else []),
    )


def _done(words: Words, plot: Plot, advice: Advice | None) -> Done | None:
    """What was advised, as what was done: the minutes, or the litres where no pipe leads."""
    what = watered(words, advice)
    if what is None:
        return None
    return Done(what.text, _of_button(plot, what))


def _of_button(plot: Plot, what: Watered) -> str:
    """What a button sends, its last part for the list of what waits on the phone."""
    return f"{plot.slug}:{what.amount}:{what.unit}:{plot.name} · {what.text}"


def _footer(words: Words, advices: Sequence[Advice]) -> str:
    """When the advice was computed, and of when its newest measurement is."""
    if not advices:
        return words.t("app.footer_none")
    issued = max(advice.issued_at for advice in advices)
    told = words.t("app.footer", time=words.stamp(issued))
    measured = [
        one.issued_at - timedelta(hours=one.data_age_h)
        for one in advices
        if isfinite(one.data_age_h)
    ]
    if not measured:
        return told
    return f"{told} {words.t('pocket.measured', time=words.stamp(max(measured)))}"


def _kind(words: Words, kind: str, plot: Plot) -> str:
    """What a form of a bed notes, for the list of what waits on the phone."""
    name = words.code("log", kind)
    return f"{name[:1].upper()}{name[1:]}, {plot.name}"


def what(words: Words, entry: LogEntry) -> str:
    """An entry on one line: `Arrosage, 12 min`, `Récolte, Tomate, 2,4 kg`."""
    kind = words.code("log", entry.type)
    parts = [kind[:1].upper() + kind[1:]]
    parts += [crop_name(words, entry.crop)] if entry.crop else []
    parts += [_amount(words, entry)] if not isnan(entry.quantity) else []
    parts += [entry.notes] if entry.notes else []
    return ", ".join(parts)


def _amount(words: Words, entry: LogEntry) -> str:
    if entry.unit == "min":
        return words.duration(entry.quantity)
    if entry.unit == "L":
        return words.litres(entry.quantity)
    key = f"logbook.unit_{entry.unit}"
    unit = words.t(key) if words.knows(key) else entry.unit
    return f"{words.number(entry.quantity, 2)}\u00a0{unit}".strip()


def noted_said(words: Words, noted: Noted, place: str, advice: Advice | None) -> str:
    """What was just noted, or taken back; and that the advice shown does not know of it yet."""
    told = ", ".join(part for part in (what(words, noted.entry), place) if part)
    if noted.struck_at is not None:
        return words.t("pocket.undone", what=told)
    said = words.t("logbook.noted", what=told)
    is_older = advice is not None and advice.issued_at <= noted.recorded_at
    if noted.entry.type == "irrigation" and is_older:
        return f"{said}. {words.t('card.counted_soon')}"
    return said


def crop_name(words: Words, key: str) -> str:
    """A crop's name in the language of the words; what the table does not know is as written."""
    crop = tables.CROPS.get(key)
    name = named(crop, "crop", key, words.language) if crop else key.replace("_", " ")
    return name[:1].upper() + name[1:]
