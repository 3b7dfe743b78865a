"""From a site's records to a score of 0 to 4 of an index of TAPE: one rule an index.

The levels are those of TAPE's scale [1]; where it says "most" or "some", the shares that part them
are the named limits below: of the territory's census of French Polynesia for crops [2], of the
MAUS index for semi-natural area [3], our own elsewhere. They propose, a person decides.

References
----------
[1] FAO 2019, TAPE guidelines, step 1; MAUS team's form of 2023.
[2] French Polynesia, agricultural census 2023: TAPE scored from census data.
[3] Gilgen et al. 2023, the index of field size and semi-natural areas: 25 % is the most.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isnan, nan

from agro.indicators.book import Book, Cycle, Record, Source
from agro.indicators.formulas import soil
from agro.indicators.formulas.biodiversity import SEMI_NATURAL, plain
from agro.indicators.formulas.inputs import FERTILISERS
from agro.indicators.formulas.water import ALTERNATIVE
from agro.store.deliveries import SALES

ORIGINS = ("own", "exchanged", "bought")
_MAIN_CROP = 0.8  # of the area [2]
_FEW = 3  # crops, or activities [1]
_ALL, _MOST, _HALF, _SOME = 0.99, 0.75, 0.5, 0.25  # shares
_ALMOST_NONE = 0.1
_BARELY = 0.2  # of the soil covered, of the seeds own [1]
_COVERED = 0.8  # of the soil [1]
_SEMI_NATURAL_MOST, _SEMI_NATURAL_SOME = 0.25, 0.1  # [3]
_OFTEN, _REGULARLY = 12.0, 4.0  # events a year
_YEAR = 365.25  # days
_SYNTHETIC = ("mineral", "synthetic", "npk", "ammonitrate", "urea", "urée")
_FERTILISERS = (*FERTILISERS, *_SYNTHETIC)
_BIOCONTROL = "S2"


@dataclass(frozen=True, slots=True)
class Means:
    """Of a site: tanks, drip systems, mulched plots, and the origins of seeds."""

    tanks: int = 0
    drip: int = 0
    mulched: int = 0
    seeds: tuple[tuple[str, Source], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A score, NaN where the records do not tell; the numbers and records behind it."""

    score: float = nan
    basis: Mapping[str, float] = field(default_factory=dict)
    records: tuple[Record, ...] = ()


Rule = Callable[[Book, Means], Finding]
UNKNOWN = Finding()


def crops(book: Book, means: Means) -> Finding:  # noqa: ARG001 - all alike
    """1.1: how many crops, whether one is nearly all, several varieties and mixed plots."""
    areas = _sums((one.crop, one.area) for one in book.cycles)
    total = sum(areas.values())
    if not total:
        return UNKNOWN
    largest, varied, mixed = max(areas.values()) / total, _varied(book), len(_mixed(book.cycles))
    score = 2.0 if len(areas) <= _FEW else 4.0 if varied and mixed else 3.0
    if largest > _MAIN_CROP:
        score = 1.0 if len(areas) > 1 else 0.0
    basis = {"crops": float(len(areas)), "largest": largest}
    basis |= {"varied": float(varied), "mixed": float(mixed)}
    return Finding(score, basis, book.cycles)


def activities(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """1.4: ways of selling and services (training, school visits, workshops)."""
    sold = tuple(one for one in book.deliveries if one.channel in SALES)
    ways, services = {one.channel for one in sold}, {one.kind for one in book.events}
    count = len(ways) + len(services)
    if not count:
        return UNKNOWN
    few = 0.0 if count == 1 else 1.0
    score = few if count <= _FEW else 2.0 + min(len(services), 2)
    basis = {"channels": float(len(ways)), "services": float(len(services))}
    return Finding(score, basis, (*sold, *book.events))


def soil_and_plants(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """2.2: the days on which soil is covered, and plots with more than one crop in turn."""
    cover = soil.cover_days(book, {}).value / 100.0
    if isnan(cover):
        return UNKNOWN
    rotated, mixed = len(_rotated(book.cycles)), len(_mixed(book.cycles))
    if cover > _COVERED:
        full = cover >= _ALL and mixed
        score = (4.0 if full else 3.0) if rotated else 2.0
    else:
        score = 2.0 if cover >= _HALF else 1.0 if cover > 0.0 else 0.0
    basis = {"cover": cover, "rotated": float(rotated), "mixed": float(mixed)}
    return Finding(score, basis, book.cycles)


def connectivity(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """2.4: the share of semi-natural surfaces, and of how many kinds they are."""
    total = sum(one.area for one in book.surfaces)
    if not total:
        return UNKNOWN
    natural = tuple(one for one in book.surfaces if plain(one.kind) in SEMI_NATURAL and one.area)
    share, kinds = sum(one.area for one in natural) / total, len({one.kind for one in natural})
    if share >= _SEMI_NATURAL_MOST:
        score = 4.0 if kinds >= _FEW else 3.0
    else:
        score = 2.0 if share >= _SEMI_NATURAL_SOME else 1.0 if share > 0.0 else 0.0
    return Finding(score, {"share": share, "kinds": float(kinds)}, book.surfaces)


def external_inputs(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """3.1: the share of what is brought onto plots that is the site's own compost."""
    brought = tuple(one for one in book.inputs if not isnan(one.mass))
    total = sum(one.mass for one in brought)
    if not total:
        none = book.keeps("inputs") and not book.inputs
        return Finding(4.0, {"brought": 0.0, "own": 0.0}) if none else UNKNOWN
    made = [one.compost for one in book.composts]
    spread = sum(one.mass for one in brought if "compost" in one.kind.lower())
    if any(isnan(one) for one in made) or (spread and not made):
        return Finding(basis={"brought": total}, records=brought)
    own = min(spread, sum(made))
    basis = {"brought": total, "own": own / total}
    return Finding(_by_share(own / total), basis, (*brought, *book.composts))


def soil_fertility(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """3.2: the share of fertilised plots with synthetic fertiliser, and the organic kinds."""
    if not book.keeps("inputs"):
        return UNKNOWN
    used = tuple(o for o in book.inputs if any(w in o.kind.lower() for w in _FERTILISERS))
    synthetic = [one for one in used if any(w in one.kind.lower() for w in _SYNTHETIC)]
    organic = {one.kind for one in used if one not in synthetic}
    plots = {(one.site, one.plot) for one in used}
    share = len({(o.site, o.plot) for o in synthetic}) / len(plots) if plots else 0.0
    if not synthetic:
        score = 0.0 if not organic else 4.0 if len(organic) > 1 else 3.0
    else:
        levels = ((_ALL, 0.0), (_HALF, 1.0), (_ALMOST_NONE, 2.0))
        score = next((level for least, level in levels if share > least), 3.0)
    basis = {"plots": float(len(plots)), "synthetic": share, "organic": float(len(organic))}
    return Finding(score, basis, used)


def pests(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """3.3: treatments that are chemical, among them and biocontrol. Prevention is not recorded."""
    if not book.keeps("treatments"):
        return UNKNOWN
    known = tuple(one for one in book.treatments if not one.none)
    if any(one.synthetic is None and one.segment != _BIOCONTROL for one in known):
        return Finding(basis={"treatments": float(len(known))}, records=known)
    chemical = sum(1 for one in known if one.synthetic and one.segment != _BIOCONTROL)
    others = len(known) - chemical
    share = chemical / len(known) if known else 0.0
    score = 3.0 if not chemical else 0.0 if not others else 2.0 if share <= _ALMOST_NONE else 1.0
    basis = {"treatments": float(len(known)), "chemical": float(chemical)}
    return Finding(score, basis, tuple(book.treatments))


def biomass(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """4.1: the share of what was lost that was composted or fed."""
    total = sum(one.mass for one in book.losses)
    if not total:
        return UNKNOWN
    kept = sum(one.mass for one in book.losses if one.fate in ("compost", "feed"))
    basis = {"lost": total, "recycled": kept / total}
    return Finding(_by_share(kept / total, some=_HALF, half=_MOST), basis, book.losses)


def water(book: Book, means: Means) -> Finding:
    """4.2: equipment (tanks, drip) and practices (mulch, rain or reused water, metering)."""
    if not book.irrigations and not (means.tanks or means.drip or means.mulched):
        return UNKNOWN
    equipment = int(means.tanks > 0 or bool(book.roofs)) + int(means.drip > 0)
    kept = tuple(one for one in book.irrigations if one.water in ALTERNATIVE)
    metered = any(one.method == "metered" for one in book.irrigations)
    practices = int(means.mulched > 0) + int(bool(kept)) + int(metered)
    several = 4.0 if equipment > 1 and practices > 1 else 3.0 if practices > 1 else 2.0
    score = 0.0 if not equipment else several if practices else 1.0
    basis = {"equipment": float(equipment), "practices": float(practices)}
    return Finding(score, basis, (*book.roofs, *book.irrigations))


def seeds(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """4.3: the share of sowings with own or exchanged seed, of those that tell its origin."""
    if not means.seeds:
        return UNKNOWN
    share = sum(origin != "bought" for origin, _ in means.seeds) / len(means.seeds)
    levels = ((_ALL, 4.0), (_HALF + 0.1, 3.0), (_BARELY, 2.0), (0.0, 1.0))
    score = next((level for least, level in levels if share > least), 0.0)
    sown = tuple(Record(source=source) for _, source in means.seeds)
    return Finding(score, {"sowings": float(len(means.seeds)), "own": share}, sown)


def platforms(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """7.1: whether people meet to learn: events a year, and of how many kinds."""
    if not book.keeps("events"):
        return UNKNOWN
    a_year, kinds = _a_year(book), len({one.kind for one in book.events})
    often = 4.0 if kinds > 1 else 3.0
    score = often if a_year >= _OFTEN else 2.0 if a_year >= _REGULARLY else 1.0
    return Finding(score if a_year else 0.0, {"a_year": a_year, "kinds": float(kinds)}, book.events)


def participation(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """7.3: how often people come. Whether women and men do alike is not recorded: at most 3."""
    counted = tuple(one for one in book.events if one.participants > 0.0)
    if not counted:
        return UNKNOWN
    a_year, people = _a_year(book), sum(one.participants for one in counted)
    score = 3.0 if a_year >= _OFTEN else 2.0 if a_year >= _REGULARLY else 1.0
    return Finding(score, {"a_year": a_year, "participants": people}, counted)


def local_market(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """9.1: the share of the mass delivered that stayed local, of that of which it is known."""
    known = tuple(one for one in book.deliveries if one.local is not None)
    total = sum(one.mass for one in known)
    if not total:
        return UNKNOWN
    share = sum(one.mass for one in known if one.local) / total
    levels = ((_ALL, 4.0), (_HALF, 3.0), (_ALMOST_NONE, 2.0), (0.0, 1.0))
    score = next((level for least, level in levels if share >= least and share > 0.0), 0.0)
    return Finding(score, {"delivered": total, "local": share}, known)


def networks(book: Book, means: Means) -> Finding:  # noqa: ARG001
    """9.2: the share of the mass sold without an intermediary, of that of which it is known."""
    sold = (one for one in book.deliveries if one.channel in SALES)
    known = tuple(one for one in sold if not isnan(one.intermediaries))
    total = sum(one.mass for one in known)
    if not total:
        return UNKNOWN
    share = sum(one.mass for one in known if one.intermediaries == 0.0) / total
    score = _by_share(share, half=_MOST)
    return Finding(score, {"sold": total, "direct": share}, known)


def _by_share(share: float, *, some: float = _SOME, half: float = _HALF) -> float:
    """none 0 · below `some` 1 · below `half` 2 · not all 3 · all 4."""
    levels = ((_ALL, 4.0), (half, 3.0), (some, 2.0))
    return next((level for least, level in levels if share >= least), 1.0 if share > 0.0 else 0.0)


def _sums(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, number in pairs:
        found[name] = found.get(name, 0.0) + number
    return found


def _varied(book: Book) -> int:
    """Crops with more than one variety."""
    named: dict[str, set[str]] = {}
    for one in book.cycles:
        named.setdefault(one.crop, set()).add(one.variety)
    counted = {one.crop for one in book.cycles if one.varieties > 1.0}
    return len(counted | {crop for crop, varieties in named.items() if len(varieties) > 1})


def _by_plot(cycles: Iterable[Cycle]) -> dict[tuple[str, str], list[Cycle]]:
    found: dict[tuple[str, str], list[Cycle]] = {}
    for one in cycles:
        found.setdefault((one.site, one.plot), []).append(one)
    return found


def _mixed(cycles: Iterable[Cycle]) -> list[tuple[str, str]]:
    """Plots with two crops at a time; cycles without days are there all the time."""
    return [plot for plot, own in _by_plot(cycles).items() if _together(own)]


def _together(own: list[Cycle]) -> bool:
    return any(
        one.crop != other.crop and _meet(one, other)
        for place, one in enumerate(own)
        for other in own[place + 1 :]
    )


def _meet(one: Cycle, other: Cycle) -> bool:
    first, second = (one, other) if _starts_first(one, other) else (other, one)
    return first.end is None or second.start is None or first.end >= second.start


def _starts_first(one: Cycle, other: Cycle) -> bool:
    return one.start is None or (other.start is not None and one.start <= other.start)


def _rotated(cycles: Iterable[Cycle]) -> list[tuple[str, str]]:
    """Plots with several crops, one after the other."""
    several = {
        plot: own for plot, own in _by_plot(cycles).items() if len({o.crop for o in own}) > 1
    }
    return [plot for plot, own in several.items() if not _together(own)]


def _a_year(book: Book) -> float:
    return len(book.events) * _YEAR / book.days if book.events else 0.0
