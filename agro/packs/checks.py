"""What no row can know alone: doubles, names that lead nowhere, places, crops in each other's way.

Every check yields lines for the pack's author.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, pairwise
from math import cos, hypot, radians
from typing import Any

from agro.packs import rows
from agro.packs.content import Content
from agro.packs.faults import hint
from agro.packs.folder import Table

_KM_PER_DEGREE = 111.2
_CITY_KM, _SITE_KM = 100.0, 20.0  # how far a city and a site reach at most


def check(content: Content) -> list[str]:
    """Every fault between the rows and the files of a pack."""
    checks: tuple[Callable[[Content], Iterable[str]], ...] = (
        _doubles,
        _references,
        _places,
        _crops_in_the_way,
        _climate,
        _field_books,
    )
    return [line for one in checks for line in one(content)]


def _doubles(content: Content) -> Iterator[str]:
    of_site = ("site", "slug")
    keys: tuple[tuple[Table[Any], tuple[str, ...]], ...] = (
        (content.communes, ("code",)),
        (content.sites, ("slug",)),
        (content.soils, of_site),
        (content.irrigation, of_site),
        (content.tanks, of_site),
        (content.plots, of_site),
        (content.devices, ("device",)),
        (content.devices, ("eui",)),
        (content.trials, ("slug",)),
        (content.normals, ("quantity",)),
        (content.report_services, ("code",)),
    )
    for table, columns in keys:
        first: dict[tuple[str, ...], int] = {}
        for number, row in table.lines:
            key = tuple(str(getattr(row, column)).casefold() for column in columns)
            before = first.setdefault(key, number)
            if key[-1] and before != number:
                told = f"{columns[-1]} {getattr(row, columns[-1])!r} is already on row {before}"
                yield f"{table.name} row {number}: {told}; each must be its own"


def _references(content: Content) -> Iterator[str]:
    on_sites: tuple[Table[Any], ...] = (
        content.soils,
        content.irrigation,
        content.tanks,
        content.plots,
    )
    on_plots: tuple[Table[Any], ...] = (content.plantings, content.devices, content.trials)
    yield from _leads(content.sites, "commune", content.communes, "code")
    for table in (*on_sites, *on_plots):
        yield from _leads(table, "site", content.sites, "slug")
    yield from _leads_on_site(content, content.irrigation, "tank", content.tanks)
    yield from _leads_on_site(content, content.plots, "soil", content.soils)
    yield from _leads_on_site(content, content.plots, "irrigation", content.irrigation)
    for table in on_plots:
        yield from _leads_on_site(content, table, "plot", content.plots)


def _leads(table: Table[Any], column: str, to: Table[Any], key: str) -> Iterator[str]:
    known = {name for (name,) in to.keys(key)}
    for number, row in table.lines if to.readable else ():
        name = getattr(row, column)
        if name not in known:
            near = hint(name, known, to.name)
            yield f"{table.name} row {number}: {column} {name!r} is not in {to.name}; {near}"


def _leads_on_site(
    content: Content, table: Table[Any], column: str, to: Table[Any]
) -> Iterator[str]:
    """A name within the row's own site; a site that does not exist is told once, by `_leads`."""
    known = to.keys("site", "slug")
    sites = content.sites.keys("slug")
    for number, row in table.lines if to.readable else ():
        name = getattr(row, column)
        if name and (row.site, name) not in known and (row.site,) in sites:
            near = hint(name, (slug for site, slug in known if site == row.site), to.name)
            told = f"{column} {name!r} is not in {to.name} for site {row.site!r}"
            yield f"{table.name} row {number}: {told}; {near}"


def _places(content: Content) -> Iterator[str]:
    """Latitude and longitude in each other's place, or a point typed wrong."""
    if content.city is not None:
        for table in (content.communes, content.sites):
            for number, place in table.lines:
                yield from _too_far(f"{table.name} row {number}", place, content.city, _CITY_KM)
    sites = {site.slug: site for _, site in content.sites.lines}
    for number, plot in content.plots.lines:
        if plot.site in sites:
            yield from _too_far(f"plots.csv row {number}", plot, sites[plot.site], _SITE_KM)


def _too_far(where: str, place: Any, centre: Any, limit: float) -> Iterator[str]:
    north = place.latitude - centre.latitude
    east = (place.longitude - centre.longitude) * cos(radians(centre.latitude))
    far = hypot(north, east) * _KM_PER_DEGREE
    if far > limit:
        told = f"latitude {place.latitude:g}, longitude {place.longitude:g} is {far:.0f} km"
        yield f"{where}: {told} from {centre.slug!r}; look for digits or columns in a wrong place"


def _crops_in_the_way(content: Content) -> Iterator[str]:
    """The water balance knows one crop on a plot at a time."""

    def plot(line: tuple[int, rows.PlantingRow]) -> tuple[str, str]:
        return line[1].site, line[1].plot

    lines = sorted(content.plantings.lines, key=lambda line: (*plot(line), line[1].planted))
    for _, plantings in groupby(lines, plot):
        for (earlier, before), (number, after) in pairwise(plantings):
            if before.removed is not None and before.removed <= after.planted:
                continue
            until = f"until {before.removed}" if before.removed else "and has no removed date"
            told = f"planted {after.planted}, but {before.crop} of row {earlier} stands {until}"
            yield f"plantings.csv row {number}: {told}; end that one, or make two plots"


def _climate(content: Content) -> Iterator[str]:
    normals = content.normals
    told = {quantity for (quantity,) in normals.keys("quantity")}
    for quantity in rows.CLIMATE if normals.readable else ():
        if quantity not in told:
            yield f"{normals.name}: quantity {quantity!r} is missing; every pack has it"
    months = {row.quantity: row.months for _, row in normals.lines}
    if {"tmin", "tmean", "tmax"} <= set(months):
        temperatures = zip(
            rows.MONTHS, months["tmin"], months["tmean"], months["tmax"], strict=True
        )
        for month, low, mean, high in temperatures:
            if not low <= mean <= high:
                broken = f"tmin {low:g}, tmean {mean:g}, tmax {high:g} °C"
                yield f"{normals.name}: {month} {broken} are not in order"


def _field_books(content: Content) -> Iterator[str]:
    trials = {trial.slug: trial for _, trial in content.trials.lines}
    announced = {slug for (slug,) in content.trials.keys("slug")}
    for slug, book in content.books.items():
        if content.trials.readable and slug not in announced:
            yield f"{book.name}: no trial {slug!r} in trials.csv; add its row or remove the file"
        if slug in trials:
            yield from _book_rows(book, trials[slug])


def _book_rows(book: Table[rows.BookRow], trial: rows.TrialRow) -> Iterator[str]:
    for number, plot in book.lines:
        where = f"{book.name} row {number}"
        if plot.treatment not in trial.treatments:
            near = hint(plot.treatment, trial.treatments, "trials.csv")
            yield f"{where}: treatment {plot.treatment!r} is not one of the trial's; {near}"
        if plot.block > trial.blocks:
            yield f"{where}: block {plot.block} is beyond the trial's {trial.blocks} blocks"
    for told, seen in (
        ("plot", Counter(plot.plot for _, plot in book.lines)),
        ("row and column", Counter(f"{plot.row}, {plot.column}" for _, plot in book.lines)),
    ):
        for name, times in seen.items():
            if times > 1:
                yield f"{book.name}: {told} {name!r} stands {times} times; each must be its own"
    if trial.design == "rcbd" and len(book.lines) == len(book.written):
        found = Counter((plot.block, plot.treatment) for _, plot in book.lines)
        for block in range(1, trial.blocks + 1):
            for treatment in trial.treatments:
                if (times := found[block, treatment]) != 1:
                    told = f"block {block} has {treatment!r} {times} times"
                    yield f"{book.name}: {told}; every block has every treatment once"
