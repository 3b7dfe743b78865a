"""Where what we measure stands: sites, plots and the city's own equipment, as one table.

A place's id tells what it is: a site's own number, a plot's from 100 000 000 on, the equipment's
from 200 000 000 on. Their positions are public; a plot without one stands at its site.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import Text as SqlText

from agro.store.schema import asset, city, commune, plot, site, thing

PLOTS = 100_000_000
ASSETS = 200_000_000
_NONE = cast(null(), SqlText)


def place_of(
    asset_id: ColumnElement[Any], plot_id: ColumnElement[Any], site_id: ColumnElement[Any]
) -> ColumnElement[int]:
    """The id of the place of a thing: its own, its plot's or its site's."""
    return case(
        (asset_id.is_not(None), asset_id + ASSETS),
        (plot_id.is_not(None), plot_id + PLOTS),
        else_=site_id,
    )


def places() -> Subquery:
    """Every place that has a position: id, what it is, slugs, name, latitude and longitude."""
    return union_all(_sites(), _plots(), _assets()).subquery("place")


def _sites() -> Select[Any]:
    return (
        select(
            site.c.id.label("id"),
            literal("site", SqlText).label("place"),
            city.c.slug.label("city"),
            site.c.slug.label("site"),
            _NONE.label("plot"),
            site.c.name.label("name"),
            site.c.kind.label("kind"),
            func.coalesce(commune.c.code, "").label("commune"),
            site.c.latitude.label("latitude"),
            site.c.longitude.label("longitude"),
        )
        .join_from(site, city, city.c.id == site.c.city_id)
        .outerjoin(commune, commune.c.id == site.c.commune_id)
        .where(site.c.latitude.is_not(None), site.c.longitude.is_not(None))
    )


def _plots() -> Select[Any]:
    latitude = func.coalesce(plot.c.latitude, site.c.latitude)
    longitude = func.coalesce(plot.c.longitude, site.c.longitude)
    return (
        select(
            (plot.c.id + PLOTS).label("id"),
            literal("plot", SqlText).label("place"),
            city.c.slug.label("city"),
            site.c.slug.label("site"),
            plot.c.slug.label("plot"),
            func.coalesce(func.nullif(plot.c.name, ""), plot.c.slug).label("name"),
            plot.c.kind.label("kind"),
            func.coalesce(commune.c.code, "").label("commune"),
            latitude.label("latitude"),
            longitude.label("longitude"),
        )
        .join_from(plot, site, site.c.id == plot.c.site_id)
        .join(city, city.c.id == site.c.city_id)
        .outerjoin(commune, commune.c.id == site.c.commune_id)
        .where(latitude.is_not(None), longitude.is_not(None))
    )


def _assets() -> Select[Any]:
    return (
        select(
            (asset.c.thing_id + ASSETS).label("id"),
            literal("asset", SqlText).label("place"),
            city.c.slug.label("city"),
            site.c.slug.label("site"),
            _NONE.label("plot"),
            func.coalesce(func.nullif(thing.c.name, ""), thing.c.device).label("name"),
            asset.c.kind.label("kind"),
            asset.c.commune.label("commune"),
            asset.c.latitude.label("latitude"),
            asset.c.longitude.label("longitude"),
        )
        .join_from(asset, thing, thing.c.id == asset.c.thing_id)
        .join(site, site.c.id == thing.c.site_id)
        .join(city, city.c.id == site.c.city_id)
        .where(asset.c.latitude.is_not(None), asset.c.longitude.is_not(None))
    )
