"""What a farm book looks up and does not record: prices, contents, climate, populations."""

from collections.abc import Iterator, Mapping
from typing import Any

from agro.indicators.book import Demand, Night, Rain, References, Source, Stated
from agro.indicators.document import Document
from agro.indicators.places import Places, or_nan
from agro.packs.faults import hint, shown

_HOURS = {"ETP_FR": "etp_hours", "AWU_EU": "awu_hours"}
_NEEDS = {
    "all_food_kg_per_person_day": ("all_food_kg", 1.0),
    "fv_g_per_person_day": ("fruit_veg_kg", 0.001),
    "fv_kg_per_person_day": ("fruit_veg_kg", 1.0),
    "ha_per_person": ("ha_per_person", 1.0),
}
_NIGHT_SITE, _NIGHT_REFERENCE = "site_", "ref_urban"
_COVERAGE = ("active_plots", "plots_with_harvest_statement")


def read_references(document: Document) -> References:
    """Tables of numbers by crop, vehicle or commune, and numbers that replace the catalogue's."""
    farmland = document.number("sau_productive_ha", document.section("sau_productive_ha"))
    return References(
        prices=_by_word(document, "ref_price_eur_per_kg"),
        n_content=_by_word(document, "n_export_g_per_kg"),
        n_fixation=_by_word(document, "n_fixation_kg_per_ha"),
        vehicles=_by_word(document, "vehicle_kgco2e_per_km"),
        populations=document.numbers("population"),
        params=_params(document),
        farmland_ha=or_nan(farmland),
    )


def read_rain(document: Document, places: Places) -> Iterator[Rain]:
    """Rain of the period: one number, or one for each site."""
    found = document.section("rain_mm")
    by_site = found if isinstance(found, Mapping) else {"": found}
    for site, value in by_site.items():
        path = f"rain_mm.{site}" if site else "rain_mm"
        depth = document.number(path, value)
        if depth is not None and _is_place(document, path, str(site), ["", *places.sites]):
            source = Source("rain", path, document.line(path))
            yield Rain(source=source, site=str(site), depth=depth)


def read_demands(document: Document, places: Places) -> Iterator[Demand]:
    """Crop evapotranspiration and effective rain by site, or by plot."""
    et, effective = document.numbers("etc_mm"), document.numbers("pe_mm")
    for place in dict.fromkeys((*et, *effective)):
        path = f"etc_mm.{place}" if place in et else f"pe_mm.{place}"
        if not _is_place(document, path, place, [*places.sites, *places.plots]):
            continue
        on_plot = places.plots.get(place) if place not in places.sites else None
        yield Demand(
            source=Source("demand", path, document.line(path)),
            site=on_plot.site if on_plot else place,
            plot=place if on_plot else "",
            crop_et=or_nan(et.get(place)),
            effective_rain=or_nan(effective.get(place)),
        )


def read_nights(document: Document, places: Places) -> Iterator[Night]:
    """Lowest temperatures of nights: `ref_urban` beside `site_<slug>`, in the same order."""
    listed = document.mapping("night_tmin_c")
    reference = listed.get(_NIGHT_REFERENCE)
    for name, values in listed.items():
        if name == _NIGHT_REFERENCE:
            continue
        path, site = f"night_tmin_c.{name}", name.removeprefix(_NIGHT_SITE)
        if not _is_place(document, path, site, list(places.sites)):
            continue
        if not isinstance(values, list) or not isinstance(reference, list):
            document.fault(path, f" {shown(values)} is not a list beside ref_urban; write both")
            continue
        if len(values) != len(reference):
            told = f" has {len(values)} nights and ref_urban {len(reference)}; write the same ones"
            document.fault(path, told)
            continue
        yield from _nights(document, path, site, list(zip(values, reference, strict=True)))


def _nights(
    document: Document, path: str, site: str, pairs: list[tuple[Any, Any]]
) -> Iterator[Night]:
    for place, (value, urban) in enumerate(pairs):
        tmin = document.number(f"{path}[{place}]", value, least=-60.0)
        at_reference = document.number(
            f"night_tmin_c.{_NIGHT_REFERENCE}[{place}]", urban, least=-60.0
        )
        yield Night(
            source=Source("night", f"{path}[{place}]", document.line(f"{path}[{place}]")),
            site=site,
            tmin=or_nan(tmin),
            reference=or_nan(at_reference),
        )


def read_stated(document: Document) -> Stated:
    """What the author states of the coverage of all plots."""
    numbers = document.numbers("coverage")
    active, with_harvest = (numbers.get(name) for name in _COVERAGE)
    if active is not None and with_harvest is not None and with_harvest > active:
        told = f".{_COVERAGE[1]} {with_harvest:g} is above active_plots {active:g}; correct one"
        document.fault("coverage", told)
        return Stated()
    return Stated(or_nan(active), or_nan(with_harvest))


def _by_word(document: Document, name: str) -> dict[str, float]:
    return {key.strip().lower(): value for key, value in document.numbers(name).items()}


def _params(document: Document) -> dict[str, float]:
    found = {}
    for name, value in document.numbers("fte_hours").items():
        if name in _HOURS and value > 0.0:
            found[_HOURS[name]] = value
    for name, value in document.numbers("food_need").items():
        if name in _NEEDS:
            param, factor = _NEEDS[name]
            found[param] = value * factor
    for name in ("n_deposition_kg_per_ha", "canteen_waste_2015"):
        number = document.number(name, document.section(name))
        if number is not None:
            found[{"n_deposition_kg_per_ha": "deposition_kg_ha"}.get(name, name)] = number
    return found


def _is_place(document: Document, path: str, name: str, known: list[str]) -> bool:
    if name in known:
        return True
    told = f" is of {shown(name)}, which is no place of the book; {hint(name, known, 'sites')}"
    document.fault(path, told)
    return False
