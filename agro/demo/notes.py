"""What the growers of the demo wrote down: sowing, feeding, work, what they saw.

In the language of the city's growers, French or else English; the same for the same seed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zlib import crc32

import numpy as np

from agro.demo.farm import Farm
from agro.demo.picking import Pick
from agro.demo.taps import METER, VALVE, Tap, litres, plots_of
from agro.demo.world import Season, Watering
from agro.records import LogEntry, Planting, Site

SOURCE = "simulated"
_SET_OUT = frozenset(
    ("tomato", "pepper", "zucchini", "lettuce", "leek", "cabbage", "eggplant", "cucumber")
)
_RAISED_DAYS = 38
_PEOPLE = {
    "fr": {
        "market_garden": ("Camille", "Inès", "Moussa", "Théo"),
        "field_station": ("Agathe", "Bruno"),
        "community_garden": ("Fatima", "Jean-Luc", "Rosa", "Sacha"),
    },
    "en": {
        "market_garden": ("Anna", "Daniel", "Maria", "Simon"),
        "field_station": ("Helena", "Martin"),
        "community_garden": ("Ida", "Leo", "Nora", "Victor"),
    },
}
# Status, persons, hours each, days of the week: who works on which kind of site.
_WORK = {
    "market_garden": (("insertion", 4, 3.5, (0, 2, 4)), ("employee", 1, 7.0, (1, 3))),
    "field_station": (("employee", 1, 3.0, (2,)), ("apprentice", 1, 4.0, (3,))),
    "community_garden": (("volunteer", 3, 2.0, (5,)),),
}
_COMPOST, _COMPOST_N = 3.0, 1.0  # kg m⁻², % N
_FERTILISER, _FERTILISER_N, _FED_AFTER = 0.06, 6.0, 30  # kg m⁻², % N, days
_FED = frozenset(("tomato", "pepper", "zucchini", "leek", "eggplant", "cucumber", "cabbage"))
_BED = 200.0  # m², beyond which a bed is a field and is fed by no barrow
_WORDS = {
    "fr": {
        "nothing": "Rien récolté cette semaine",
        "compost": "Compost mûr avant plantation",
        "feed": "Engrais organique en cours de culture",
        "weeding": "Désherbage et paillage",
        "drip": "Rampe de goutte-à-goutte rincée, un goutteur changé",
        "heap": "Biodéchets du quartier au compost",
        "work": "Entretien et récolte",
        "seen": (
            "Quelques pucerons, coccinelles présentes",
            "Belle floraison, bourdons nombreux",
            "Limaces après la pluie",
            "Feuilles un peu molles à midi",
        ),
    },
    "en": {
        "nothing": "Nothing harvested this week",
        "compost": "Ripe compost before planting",
        "feed": "Organic fertiliser during growth",
        "weeding": "Weeding and mulching",
        "drip": "Drip line flushed, one emitter replaced",
        "heap": "Neighbours' biowaste to the compost",
        "work": "Care and harvest",
        "seen": (
            "A few aphids, ladybirds at work",
            "Flowering well, many bumblebees",
            "Slugs after the rain",
            "Leaves a little limp at noon",
        ),
    },
}


def words(farm: Farm) -> dict[str, str]:
    """The growers' phrases, one line each."""
    told = _WORDS[farm.tongue]
    return {name: text for name, text in told.items() if isinstance(text, str)}


def _seen(farm: Farm) -> tuple[str, ...]:
    told = _WORDS[farm.tongue]["seen"]
    return told if isinstance(told, tuple) else (told,)


def person(farm: Farm, site: str, day: date) -> str:
    """Who was there."""
    kind = next(one.kind for one in farm.sites if one.slug == site)
    people = _PEOPLE[farm.tongue].get(kind, _PEOPLE[farm.tongue]["community_garden"])
    return people[crc32(f"{site}{day}".encode()) % len(people)]


def on_day(farm: Farm, day: date, hour: int, minute: int = 0) -> datetime:
    """A local time, in UTC."""
    return datetime.combine(day, time(hour, minute), farm.zone).astimezone(UTC)


def seed_lot(planting: Planting) -> str:
    """The number on the bag."""
    number = crc32(f"{planting.crop}{planting.variety}{planting.planted.year}".encode()) % 9000
    return f"{planting.crop[:3].upper()}{planting.planted:%y}-{number + 1000}"


def sowings(farm: Farm, plantings: list[Planting], until: datetime) -> list[LogEntry]:
    """Sown in place, or raised under cover and set out: with the lot of the seed."""
    return [
        entry
        for planting in plantings
        if planting.planted <= until.date()
        for entry in _sowing(farm, planting)
    ]


def _sowing(farm: Farm, planting: Planting) -> Iterator[LogEntry]:
    sown, plot = planting.planted, planting.plot
    if planting.crop in _SET_OUT:
        yield _planted(farm, planting, "transplanting", sown, plot)
        sown, plot = sown - timedelta(days=_RAISED_DAYS), ""
    yield _planted(farm, planting, "seeding", sown, plot)


def _planted(farm: Farm, planting: Planting, kind: str, day: date, plot: str) -> LogEntry:
    return LogEntry(
        site=planting.site,
        plot=plot,
        type=kind,
        time=on_day(farm, day, 9),
        crop=planting.crop,
        variety=planting.variety,
        source=SOURCE,
        lot=seed_lot(planting),
        who=person(farm, planting.site, day),
    )


def waterings(farm: Farm, season: Season, taps: list[Tap]) -> list[LogEntry]:
    """The waterings as litres from the tap.

    What a valve opens by itself nobody writes down, what a meter counts one in three.
    """
    by_itself, counted = plots_of(taps, VALVE), plots_of(taps, METER)
    seen = Counter[int]()
    found = []
    for one in season.waterings:
        seen[one.plot] += 1
        is_told = one.plot not in counted or seen[one.plot] % 3 == 1
        if one.plot not in by_itself and is_told:
            found.append(_watering(farm, one))
    return found


def _watering(farm: Farm, one: Watering) -> LogEntry:
    plot = farm.plots[one.plot]
    when = datetime.fromtimestamp(one.time, UTC)
    return LogEntry(
        site=plot.site,
        plot=plot.slug,
        type="irrigation",
        time=when,
        quantity=litres(farm, one),
        unit="L",
        source=SOURCE,
        who=person(farm, plot.site, when.astimezone(farm.zone).date()),
    )


def inputs(farm: Farm, until: date) -> list[LogEntry]:
    """Compost before a planting, fertiliser for hungry crops."""
    told, found = words(farm), []
    for planting in farm.plantings:
        n = farm.index(planting.site, planting.plot)
        if n is None or farm.plots[n].area > _BED:
            continue
        area = farm.plots[n].area
        given = [(planting.planted - timedelta(days=4), "compost", _COMPOST * area, _COMPOST_N)]
        if planting.crop in _FED:
            fed = planting.planted + timedelta(days=_FED_AFTER)
            given.append((fed, "organic_fertiliser", _FERTILISER * area, _FERTILISER_N))
        for day, kind, mass, nitrogen in given:
            if day < until:
                notes = told["compost" if kind == "compost" else "feed"]
                lot = f"{kind[:3].upper()}-{day:%Y}-{day.month:02d}"
                entry = _noted(farm, planting.site, planting.plot, "input", on_day(farm, day, 10))
                details = {"kind": kind, "n_percent": nitrogen}
                more = {"quantity": round(mass, 1), "unit": "kg", "method": "weighed"}
                found.append(_with(entry, notes=notes, lot=lot, details=details, **more))
    return found


def work(farm: Farm, start: date, until: date) -> list[LogEntry]:
    """Hours of work, compost, mending and what was seen, week by week."""
    found: list[LogEntry] = []
    for site in farm.gardens:
        plots = [plot.slug for plot in farm.plots if plot.site == site.slug]
        rng = np.random.default_rng((crc32(site.slug.encode()), 4))
        for day in _days(start, until):
            found += _labour(farm, site, day, rng)
            found += _of_day(farm, site, day, plots)
    return found


def _days(start: date, until: date) -> Iterator[date]:
    return (start + timedelta(days=n) for n in range((until - start).days))


def _labour(farm: Farm, site: Site, day: date, rng: np.random.Generator) -> Iterator[LogEntry]:
    for status, persons, hours, weekdays in _WORK.get(site.kind, ()):
        if day.weekday() in weekdays:
            there = max(persons - int(rng.integers(0, 2)), 1)
            entry = _noted(farm, site.slug, "", "labour", on_day(farm, day, 17))
            spent = round(there * hours * float(rng.uniform(0.8, 1.1)) * 2.0) / 2.0
            details = {"status": status, "persons": there}
            more = {"hours": spent, "quantity": spent, "unit": "h"}
            yield _with(entry, notes=words(farm)["work"], details=details, **more)


def _of_day(farm: Farm, site: Site, day: date, plots: list[str]) -> Iterator[LogEntry]:
    told, n = words(farm), day.toordinal()
    plot = plots[n // 7 % len(plots)]
    if day.weekday() == 1 and n // 7 % 2 == 0:
        entry = _noted(farm, site.slug, plot, "maintenance", on_day(farm, day, 11))
        yield _with(entry, notes=told["weeding" if n // 14 % 3 else "drip"], hours=1.5)
    if day.weekday() == 3 and n // 7 % 2:
        seen = _seen(farm)
        entry = _noted(farm, site.slug, plot, "observation", on_day(farm, day, 12, 30))
        yield _with(entry, notes=seen[n // 14 % len(seen)])
    if day.day == 15 and site.kind != "field_station":
        mass = float(20 + n % 25)
        entry = _noted(farm, site.slug, "", "compost", on_day(farm, day, 16))
        more = {"quantity": mass, "unit": "kg", "method": "weighed"}
        yield _with(entry, notes=told["heap"], details={"biowaste_kg": mass}, **more)


def nothing(farm: Farm, picks: list[Pick], start: date, until: date) -> list[LogEntry]:
    """The weeks of each garden in which nothing was harvested, said on Sunday evening."""
    found = []
    for site in farm.gardens:
        weeks = {one.day.isocalendar()[:2] for one in picks if one.planting.site == site.slug}
        for day in _days(start, until):
            if day.weekday() == 6 and day.isocalendar()[:2] not in weeks:
                entry = _noted(farm, site.slug, "", "harvest", on_day(farm, day, 18))
                found.append(_with(entry, notes=words(farm)["nothing"], quantity=0.0, unit="kg"))
    return found


def _noted(farm: Farm, site: str, plot: str, kind: str, when: datetime) -> LogEntry:
    day = when.astimezone(farm.zone).date()
    return LogEntry(site, plot, kind, when, source=SOURCE, who=person(farm, site, day))


def _with(entry: LogEntry, **more: object) -> LogEntry:
    return replace(entry, **more)  # type: ignore[arg-type]
