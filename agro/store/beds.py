"""Beds that a logbook names and no city pack describes, so that their entries have a place."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from agro.store import schema
from agro.store.values import insert_new

NOT_TOLD = "not-told"
"""The soil and the irrigation of such a bed, until somebody describes them."""


def make_beds(c: Connection, site: str, names: Mapping[str, str]) -> list[str]:
    """Make beds of a site, slug → name, of which nothing else is known; which of them were new.

    They have no area and are not watered by a system: no advice is given for them until they are
    described, and no other bed's advice changes.

    Raises
    ------
    ValueError  The site does not exist.
    """
    if not names:
        return []
    own = schema.site.c
    row = c.execute(select(own.id, own.latitude, own.longitude).where(own.slug == site)).first()
    if row is None:
        raise ValueError(f"no site {site!r}")
    soil, system = _undescribed(c, row.id)
    known = set(c.scalars(select(schema.plot.c.slug).where(schema.plot.c.site_id == row.id)))
    new = [slug for slug in names if slug not in known]
    rows = [
        {
            "site_id": row.id,
            "slug": slug,
            "name": names[slug],
            "kind": "bed",
            "soil_id": soil,
            "irrigation_system_id": system,
            "latitude": row.latitude,
            "longitude": row.longitude,
            "covered": False,
        }
        for slug in new
    ]
    insert_new(c, schema.plot, rows, ("site_id", "slug"))
    return new


def _undescribed(c: Connection, site: int) -> tuple[int, int]:
    """The soil and irrigation system of which nothing is known; made where they are not yet."""
    named = {"site_id": site, "slug": NOT_TOLD}
    soil = {**named, "texture": "", "source": ""}
    system = {**named, "method": "none", "flow": 0.0, "efficiency": 1.0, "wetted_fraction": 1.0}
    system |= {"minimum_dose": 0.0, "start": "", "end": ""}
    found = []
    for table, row in ((schema.soil, soil), (schema.irrigation_system, system)):
        insert_new(c, table, [row], ("site_id", "slug"))
        its = select(table.c.id).where(table.c.site_id == site, table.c.slug == NOT_TOLD)
        found.append(int(c.execute(its).scalar_one()))
    return found[0], found[1]
