"""The sites and plots of a farm book, and where each of its records belongs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Any

from agro.indicators import rows
from agro.indicators.book import Plot, Roof, Site, Source, Surface
from agro.indicators.document import Document
from agro.packs.faults import hint, shown


def or_nan(value: float | None) -> float:
    """A number as the book keeps it: NaN where it is missing."""
    return nan if value is None else value


@dataclass(slots=True)
class Places:
    """What a book says of its ground. `refused` are names whose own fault was told already."""

    sites: dict[str, Site] = field(default_factory=dict)
    plots: dict[str, Plot] = field(default_factory=dict)
    roofs: list[Roof] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def at(
        self, document: Document, path: str, row: rows.Row, *, kind: str, needed: bool
    ) -> dict[str, Any] | None:
        """Where and when a row's record is; None where its place does not exist, which is told."""
        source = Source(kind, path, document.line(path))
        site = row.site
        if row.plot:
            if row.plot not in self.plots:
                self._unknown(document, f"{path}.plot", row.plot, list(self.plots), "plots")
                return None
            site = self.plots[row.plot].site
            if row.site and row.site != site:
                told = f" {row.site!r} is not the site of plot {row.plot!r}; correct one"
                document.fault(f"{path}.site", told)
                return None
        elif site and site not in self.sites:
            self._unknown(document, f"{path}.site", site, list(self.sites), "sites")
            return None
        elif not site and needed:
            document.fault(path, " names no plot and no site; add one of them")
            return None
        return {"source": source, "site": site, "plot": row.plot, "day": row.date}

    def _unknown(
        self, document: Document, path: str, name: str, known: list[str], where: str
    ) -> None:
        if name not in self.refused:
            told = f" {shown(name)} is not among the {where}; {hint(name, known, where)}"
            document.fault(path, told)


def read_places(document: Document) -> Places:
    """The sites with their roofs and surfaces, and the plots on them."""
    places = Places()
    for path, slug, entry in _named(document, "sites"):
        row = document.lenient(path, entry, rows.SiteRow)
        if row is None:
            places.refused.add(slug)
            continue
        _add_site(places, document, path, slug, row)
    for path, slug, entry in _named(document, "plots"):
        plot = document.lenient(path, entry, rows.PlotRow)
        if plot is None:
            places.refused.add(slug)
        else:
            _add_plot(places, document, path, slug, plot)
    return places


def _named(document: Document, name: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, slug and content of what stands under names, or in a list with `slug`."""
    found = document.section(name)
    if isinstance(found, list):
        for path, entry in document.entries(name):
            slug = str(entry.get("slug") or entry.get("name") or "")
            if slug:
                yield path, slug, entry
            else:
                document.fault(path, " has no slug; name it")
        return
    for slug, entry in document.mapping(name).items():
        path = f"{name}.{slug}"
        if isinstance(entry, Mapping):
            yield path, slug, entry
        else:
            document.fault(path, f" {shown(entry)} is not an entry; write its names and values")


def _add_site(places: Places, document: Document, path: str, slug: str, row: rows.SiteRow) -> None:
    source = Source("site", path, document.line(path))
    places.sites[slug] = Site(
        source=source,
        site=slug,
        commune=row.commune,
        kind=row.type,
        area=or_nan(row.area_m2),
        open_=row.open,
        latitude=or_nan(row.latitude),
        longitude=or_nan(row.longitude),
    )
    if not row.commune:
        document.fault(path, ".commune is empty; the site is in no commune's figures: add its code")
    if row.roof_m2 is not None:
        coefficient = or_nan(row.roof_coef)
        roof = Roof(source=source, site=slug, area=row.roof_m2, coefficient=coefficient)
        places.roofs.append(roof)
    for number, entry in enumerate(row.surfaces or ()):
        of = f"{path}.surfaces[{number}]"
        if not isinstance(entry, Mapping):
            document.fault(of, f" {shown(entry)} is not an entry; write its names and values")
            continue
        surface = document.row(of, entry, rows.SurfaceRow)
        if surface is not None:
            places.surfaces.append(
                Surface(
                    source=Source("surface", of, document.line(of)),
                    site=slug,
                    kind=surface.type,
                    area=surface.m2,
                    coefficient=or_nan(surface.cbs),
                )
            )


def _add_plot(places: Places, document: Document, path: str, slug: str, row: rows.PlotRow) -> None:
    at = places.at(document, path, rows.Row(site=row.site), kind="plot", needed=True)
    if at is None:
        places.refused.add(slug)
        return
    area, cultivated = or_nan(row.area_m2), or_nan(row.cultivated_m2)
    if cultivated > area:
        told = f".cultivated_m2 {cultivated:g} is above area_m2 {area:g}; correct one"
        document.fault(path, told)
        cultivated = nan
    places.plots[slug] = Plot(
        **{**at, "plot": slug},
        area=area,
        cultivated=cultivated,
        certification=row.certification,
    )
