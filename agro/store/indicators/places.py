"""The ids of sites and plots by their slugs, and gardens that only a farm book describes."""

from collections.abc import Mapping
from math import isnan

from sqlalchemy import Connection, select, update

from agro.records import Site
from agro.store import schema
from agro.store.beds import make_beds
from agro.store.values import insert_new


class Places:
    """The ids of sites and plots, asked once for many statements."""

    def __init__(self, c: Connection) -> None:
        site, plot = schema.site.c, schema.plot.c
        self._sites = dict(c.execute(select(site.slug, site.id)).all())
        plots = select(plot.site_id, plot.slug, plot.id)
        self._plots = {(owner, slug): id_ for owner, slug, id_ in c.execute(plots)}

    def of(self, site: str, plot: str) -> tuple[int | None, int | None]:
        """The ids of a site and a plot; None of what is empty.

        Raises
        ------
        ValueError  One of them does not exist.
        """
        if site and site not in self._sites:
            raise ValueError(f"no site {site!r}")
        owner = self._sites.get(site)
        if plot and (owner or 0, plot) not in self._plots:
            raise ValueError(f"no plot {plot!r} on site {site!r}")
        return owner, self._plots[owner, plot] if plot and owner is not None else None


def make_site(c: Connection, site: Site) -> bool:
    """Make a garden that no city pack describes; False where its slug is taken.

    Raises
    ------
    ValueError  No city is loaded.
    """
    city = c.scalar(select(schema.city.c.id))
    if city is None:
        raise ValueError("no city is loaded")
    commune = schema.commune.c
    code = c.scalar(select(commune.id).where(commune.code == site.commune))
    row = {
        "city_id": city,
        "commune_id": code,
        "slug": site.slug,
        "name": site.name,
        "kind": site.kind,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "elevation": site.elevation,
        "water_source": site.water_source,
        "position_note": site.position_note,
    }
    return insert_new(c, schema.site, [row], ("slug",)) == 1


def make_plots(c: Connection, site: str, areas: Mapping[str, float]) -> list[str]:
    """Make plots of a site, slug → area [m²], NaN where it is not known; which were new.

    Raises
    ------
    ValueError  The site does not exist.
    """
    new = make_beds(c, site, {slug: slug for slug in areas})
    plot = schema.plot
    owner = select(schema.site.c.id).where(schema.site.c.slug == site).scalar_subquery()
    for slug in new:
        if not isnan(areas[slug]):
            its = (plot.c.site_id == owner) & (plot.c.slug == slug)
            c.execute(update(plot).where(its).values(area=areas[slug]))
    return new
