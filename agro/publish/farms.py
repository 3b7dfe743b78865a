"""Gardens, plots, greenhouses, soils and crops as NGSI-LD entities.

References
----------
[1] Smart Data Models, dataModel.Agrifood: AgriFarm, AgriParcel, AgriGreenhouse, AgriSoil, AgriCrop.
"""

from collections.abc import Iterator
from math import isfinite

from sqlalchemy import Connection

from agro.publish.entities import Entity, attributes, lies_at, points_to, says, timestamp
from agro.publish.place import Register
from agro.publish.urn import farm, parcel, urn
from agro.records import Planting, Plot
from models.water import tables

BARE = "bare-soil"
"""The crop of a plot on which nothing stands: a parcel has to name one [1]."""

_TEXTURES = {
    "sand": "Sands",
    "loamy sand": "Loamy sands",
    "sandy loam": "Sandy loams",
    "loam": "Loam",
    "silt loam": "Silt loam",
    "silt": "Silt",
    "sandy clay loam": "Sandy clay loam",
    "clay loam": "Clay loam",
    "silty clay loam": "Silty clay loam",
    "sandy clay": "Sandy clay",
    "silty clay": "Silty clay",
    "clay": "Clay",
}
_METHODS = {
    "drip": "Drip irrigation",
    "sprinkler": "Sprinkler irrigation",
    "hose": "Manual irrigation",
    "can": "Manual irrigation",
}


def crop_urn(city: str, crop: str) -> str:
    """The URN of a crop."""
    return urn("AgriCrop", city, crop)


def device_urn(city: str, device: str) -> str:
    """The URN of a device."""
    return urn("Device", city, device)


def is_published(plot: Plot) -> bool:
    """Whether enough is known of a plot: without its area it is no valid parcel [1]."""
    return all(isfinite(one) for one in (plot.area, plot.latitude, plot.longitude))


def farms(_c: Connection, here: Register) -> Iterator[Entity]:
    """Every garden with its plots."""
    city = here.city.slug
    for site in here.gardens:
        commune = here.communes.get(site.commune)
        place = {"addressCountry": here.city.country}
        if commune is not None:
            place["addressLocality"] = commune.name
        plots = [plot for plot in here.plots.values() if plot.site == site.slug]
        told = attributes(
            name=says(site.name),
            description=says(site.position_note),
            category=says(site.kind),
            dataProvider=says(here.city.name),
            address=says(place),
            location=lies_at(site.latitude, site.longitude),
            hasAgriParcel=points_to(
                [parcel(city, site.slug, plot.slug) for plot in plots if is_published(plot)]
            ),
        )
        yield Entity(farm(city, site.slug), "AgriFarm", told)


def parcels(_c: Connection, here: Register) -> Iterator[Entity]:
    """Every plot of which the area is known, with what grows on it today."""
    city = here.city.slug
    for plot in filter(is_published, here.plots.values()):
        growing = here.growing(plot.site, plot.slug)
        crops = list(dict.fromkeys(one.crop for one in growing)) or [BARE]
        soil = here.soils.get((plot.site, plot.soil))
        system = here.systems.get((plot.site, plot.irrigation))
        told = attributes(
            name=says(plot.name),
            category=says(plot.kind),
            dataProvider=says(here.city.name),
            location=lies_at(plot.latitude, plot.longitude),
            area=says(plot.area, unit="MTK"),
            belongsTo=points_to(farm(city, plot.site)),
            hasAgriCrop=points_to(crop_urn(city, crops[0])),
            alsoGrows=points_to([crop_urn(city, crop) for crop in crops[1:]]),
            hasAgriSoil=points_to(urn("AgriSoil", city, plot.site, plot.soil)),
            lastPlantedAt=says(_planted(here, growing)),
            hasDevice=points_to(_devices(here, plot)),
            soilTextureType=says(_TEXTURES.get(soil.texture if soil else "")),
            irrigationSystemType=says(_METHODS.get(system.method if system else "")),
        )
        yield Entity(parcel(city, plot.site, plot.slug), "AgriParcel", told)


def greenhouses(_c: Connection, here: Register) -> Iterator[Entity]:
    """Every greenhouse bed, beside its parcel."""
    city = here.city.slug
    for plot in filter(is_published, here.plots.values()):
        if plot.kind != "greenhouse":
            continue
        told = attributes(
            name=says(plot.name),
            dataProvider=says(here.city.name),
            location=lies_at(plot.latitude, plot.longitude),
            belongsTo=points_to(farm(city, plot.site)),
            hasAgriParcelParent=points_to(parcel(city, plot.site, plot.slug)),
            hasDevice=points_to(_devices(here, plot)),
        )
        yield Entity(urn("AgriGreenhouse", city, plot.site, plot.slug), "AgriGreenhouse", told)


def soils(_c: Connection, here: Register) -> Iterator[Entity]:
    """The soils of the gardens, with the water they hold."""
    for soil in here.soils.values():
        name = soil.texture or soil.slug
        told = attributes(
            name=says(name),
            description=says(soil.source),
            fieldCapacity=says(soil.field_capacity, unit="m3/m3"),
            wiltingPoint=says(soil.wilting_point, unit="m3/m3"),
        )
        yield Entity(urn("AgriSoil", here.city.slug, soil.site, soil.slug), "AgriSoil", told)


def crops(_c: Connection, here: Register) -> Iterator[Entity]:
    """The crops that the gardens plant, and the bare soil between them."""
    planted = {one.crop for plantings in here.plantings.values() for one in plantings}
    for key in sorted(planted):
        crop = tables.CROPS.get(key)
        told = attributes(
            name=says(crop.name_fr if crop else key),
            alternateName=says(crop.name_en if crop else None),
        )
        yield Entity(crop_urn(here.city.slug, key), "AgriCrop", told)
    bare = attributes(name=says("Sol nu"), alternateName=says("Bare soil"))
    yield Entity(crop_urn(here.city.slug, BARE), "AgriCrop", bare)


def _planted(here: Register, growing: list[Planting]) -> str:
    return timestamp(here.day(growing[0].planted)[0]) if growing else ""


def _devices(here: Register, plot: Plot) -> list[str]:
    names = here.of_plot.get((plot.site, plot.slug), ())
    return [device_urn(here.city.slug, name) for name in names]
