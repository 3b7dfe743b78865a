"""The city as it stands in the store: communes, sites, plots, plantings and registered devices."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, select, true, update

from agro.records import (
    BookPlot,
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    Normals,
    Planting,
    Plot,
    Site,
    Soil,
    Tank,
    Trial,
)
from agro.store import deployments, report_sources, schema
from agro.store.marks import mark, what_flags_know
from agro.store.readahead import by_site
from agro.store.things import devices, devices_named, save_device, site_devices
from agro.store.trials import TrialPlot, save_book
from agro.store.values import from_null, to_null, upsert
from models.water import tables

__all__ = [
    "city",
    "communes",
    "control_post",
    "devices",
    "devices_named",
    "irrigation_systems",
    "normals",
    "plantings",
    "plots",
    "save_device",
    "save_pack",
    "site_devices",
    "sites",
    "soils",
    "tanks",
    "trials",
]

PACK = "city pack"  # the notes of a deployment that a pack made


def save_pack(c: Connection, pack: CityPack) -> None:
    """Load a city pack: what exists is brought up to date, nothing measured is touched.

    Where soils, places or the climate are told differently, all flags are looked at again.
    """
    before = what_flags_know(c)
    _save_city(c, pack)
    _save_sites(c, pack)
    _save_plots(c, pack)
    if before != what_flags_know(c):
        mark(c, true(), 0)
    _save_devices(c, pack.devices)
    report_sources.save_services(c, pack.report_services)


def _save_city(c: Connection, pack: CityPack) -> None:
    normals = {
        name: list(v) if isinstance(v, tuple) else v for name, v in asdict(pack.normals).items()
    }
    upsert(c, schema.city, [{**asdict(pack.city), "normals": normals}], ("slug",))
    city_id = c.execute(
        select(schema.city.c.id).where(schema.city.c.slug == pack.city.slug)
    ).scalar()
    communes = [{"city_id": city_id, **asdict(commune)} for commune in pack.communes]
    upsert(c, schema.commune, communes, ("code",))
    names = [
        {"key": crop.key, "name_fr": crop.name_fr, "name_en": crop.name_en}
        for crop in tables.CROPS.values()
    ]
    upsert(c, schema.crop, names, ("key",))


def _save_sites(c: Connection, pack: CityPack) -> None:
    city_id = c.execute(
        select(schema.city.c.id).where(schema.city.c.slug == pack.city.slug)
    ).scalar()
    communes = _ids(c, schema.commune, "code")
    sites = []
    for site in pack.sites:
        row = asdict(site)
        row["commune_id"] = communes.get(row.pop("commune"))
        sites.append({"city_id": city_id, **row})
    upsert(c, schema.site, sites, ("slug",))
    site_ids = _ids(c, schema.site, "slug")
    for table, records in (
        (schema.soil, pack.soils),
        (schema.irrigation_system, pack.irrigation_systems),
        (schema.tank, pack.tanks),
    ):
        rows = [_owned(_without_nan(asdict(record)), site_ids) for record in records]
        upsert(c, table, rows, ("site_id", "slug"))


def _save_plots(c: Connection, pack: CityPack) -> None:
    site_ids = _ids(c, schema.site, "slug")
    soils = _ids_by_site(c, schema.soil)
    systems = _ids_by_site(c, schema.irrigation_system)
    rows = []
    for plot in pack.plots:
        row = _owned(asdict(plot), site_ids)
        row["soil_id"] = soils[row["site_id"], row.pop("soil")]
        row["irrigation_system_id"] = systems[row["site_id"], row.pop("irrigation")]
        rows.append(_without_nan(row))
    upsert(c, schema.plot, rows, ("site_id", "slug"))
    _save_plantings(c, pack.plantings)
    plots = _ids_by_site(c, schema.plot)
    trials = []
    for trial in pack.trials:
        row = _owned(asdict(trial), site_ids)
        row["plot_id"] = plots[row["site_id"], row.pop("plot")]
        trials.append({**row, "treatments": list(trial.treatments)})
    upsert(c, schema.trial, trials, ("site_id", "slug"))
    for trial in pack.trials:
        save_book(c, trial.site, trial.slug, _book(pack.books.get(trial.slug, ())))


def _book(told: Sequence[BookPlot]) -> list[TrialPlot]:
    """The plots with the numbers on their labels; with labels that are none, counted from 1."""
    numbers = [int(one.plot) for one in told if one.plot.isdecimal()]
    if len(set(numbers)) == len(told):
        labelled = [(number, dict[str, str | int]()) for number in numbers]
    else:
        labelled = [(count, {"label": one.plot}) for count, one in enumerate(told, start=1)]
    return [
        TrialPlot(number, one.row, one.column, one.block, one.treatment, levels)
        for (number, levels), one in zip(labelled, told, strict=True)
    ]


def _save_plantings(c: Connection, plantings: Sequence[Planting]) -> None:
    sites = _ids(c, schema.site, "slug")
    plots = _ids_by_site(c, schema.plot)
    crops = _ids(c, schema.crop, "key")
    rows = [
        {
            "plot_id": plots[sites[planting.site], planting.plot],
            "crop_id": crops[planting.crop],
            "variety": planting.variety,
            "planted": planting.planted,
            "removed": planting.removed,
            "risk": planting.risk,
            "strategy": planting.strategy,
            "cuts": [day.isoformat() for day in planting.cuts],
            "area": to_null(planting.area),
            "plants": to_null(planting.plants),
            "lot": planting.lot,
            "source": planting.source,
        }
        for planting in plantings
    ]
    key = ("plot_id", "crop_id", "variety", "planted")
    columns = [schema.planting.c[name] for name in key]
    known = c.execute(select(schema.planting.c.id, schema.planting.c.source, *columns)).all()
    # What a person has planted or ended since stands; of the pack's own, one that it no longer
    # knows (its date was mended) must not live on beside the mended one.
    persons = {tuple(own) for _, source, *own in known if source == "person"}
    upsert(c, schema.planting, [r for r in rows if _key_of(r, key) not in persons], key)
    kept = {_key_of(row, key) for row in rows}
    for id_, source, *own in known:
        if source != "person" and tuple(own) not in kept:
            c.execute(delete(schema.planting).where(schema.planting.c.id == id_))


def _key_of(row: dict[str, Any], key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


def _save_devices(c: Connection, devices: Sequence[Device]) -> None:
    """Register a pack's devices, each where the pack says, unless somebody has moved it since.

    A pack that says of a device what it said before leaves it where it stands now.
    """
    said = deployments.noted(c, PACK)
    for device in devices:
        before = said.get(device.device)
        placed = (device.site, device.plot, device.eui.upper(), device.model, device.depths)
        if before is None or placed != before.placed:
            save_device(c, device, notes=PACK)
        else:
            named = update(schema.thing).where(schema.thing.c.device == device.device)
            c.execute(named.values(name=device.name))


def _without_nan(row: dict[str, Any]) -> dict[str, Any]:
    return {name: to_null(v) if isinstance(v, float) else v for name, v in row.items()}


def _owned(row: dict[str, Any], site_ids: Mapping[str, int]) -> dict[str, Any]:
    return {"site_id": site_ids[row.pop("site")], **row}


def _ids(c: Connection, table: Table, key: str) -> dict[str, int]:
    return {row[0]: row[1] for row in c.execute(select(table.c[key], table.c.id))}


def _ids_by_site(c: Connection, table: Table) -> dict[tuple[int, str], int]:
    rows = c.execute(select(table.c.site_id, table.c.slug, table.c.id))
    return {(row[0], row[1]): row[2] for row in rows}


def city(c: Connection) -> City | None:
    """The city of this store, or None before a pack is loaded."""
    row = c.execute(select(schema.city)).mappings().first()
    if row is None:
        return None
    told: dict[str, Any] = {name: row[name] for name in City.__dataclass_fields__}
    lists = {name: tuple(told[name] or ()) for name in ("feeds", "frameworks")}
    return City(**{**told, **lists})


def normals(c: Connection) -> Normals | None:
    """The city's monthly climate normals, or None before a pack is loaded."""
    facts: dict[str, Any] | None = c.execute(select(schema.city.c.normals)).scalar()
    if facts is None:
        return None
    read: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}
    return Normals(**read)


def communes(c: Connection) -> list[Commune]:
    """The communes, by name."""
    columns = [schema.commune.c[name] for name in Commune.__dataclass_fields__]
    return [Commune(*row) for row in c.execute(select(*columns).order_by(schema.commune.c.name))]


CONTROL_POST = "control_post"


def sites(c: Connection) -> list[Site]:
    """The gardens and fields, in the pack's order; the city's control post is none of them."""
    return [site for site in _sites(c) if site.kind != CONTROL_POST]


def control_post(c: Connection) -> Site | None:
    """The site that the city's own equipment belongs to; None where the pack names none."""
    return next((site for site in _sites(c) if site.kind == CONTROL_POST), None)


def _sites(c: Connection) -> list[Site]:
    own = {name: schema.site.c[name] for name in Site.__dataclass_fields__ if name != "commune"}
    own["commune"] = schema.commune.c.code
    query = (
        select(*(own[name].label(name) for name in Site.__dataclass_fields__))
        .join_from(schema.site, schema.commune, isouter=True)
        .order_by(schema.site.c.id)
    )
    rows = c.execute(query).mappings()
    return [Site(**{**row, "commune": row["commune"] or ""}) for row in rows]


def _of_site(query: Select[Any], site: str | None) -> Select[Any]:
    return query if site is None else query.where(schema.site.c.slug == site)


def _with_site(table: Table, names: Sequence[str]) -> Select[Any]:
    columns = [table.c[name] for name in names if name != "site"]
    return select(schema.site.c.slug.label("site"), *columns).join_from(table, schema.site)


def soils(c: Connection, site: str | None = None) -> list[Soil]:
    """The soils, of one site or all."""
    return by_site(c, "soils", site, lambda one: _soils(c, one))


def _soils(c: Connection, site: str | None) -> list[Soil]:
    query = _of_site(_with_site(schema.soil, list(Soil.__dataclass_fields__)), site)
    rows = c.execute(query).mappings()
    numbers = _SOIL_OR_NAN
    return [Soil(**{**row, **{name: from_null(row[name]) for name in numbers}}) for row in rows]


def irrigation_systems(c: Connection, site: str | None = None) -> list[IrrigationSystem]:
    """The irrigation systems, of one site or all."""
    return by_site(c, "irrigation_systems", site, lambda one: _irrigation_systems(c, one))


def _irrigation_systems(c: Connection, site: str | None) -> list[IrrigationSystem]:
    names = list(IrrigationSystem.__dataclass_fields__)
    query = _of_site(_with_site(schema.irrigation_system, names), site)
    rows = c.execute(query).mappings()
    return [
        IrrigationSystem(**{**row, "soak_minutes": from_null(row["soak_minutes"])}) for row in rows
    ]


def tanks(c: Connection, site: str | None = None) -> list[Tank]:
    """The tanks, of one site or all."""
    return by_site(c, "tanks", site, lambda one: _tanks(c, one))


def _tanks(c: Connection, site: str | None) -> list[Tank]:
    query = _of_site(_with_site(schema.tank, list(Tank.__dataclass_fields__)), site)
    rows = c.execute(query).mappings()
    return [Tank(**{**row, "level": from_null(row["level"])}) for row in rows]


_OR_NAN = [name for name, f in Plot.__dataclass_fields__.items() if f.type is float]
_SOIL_OR_NAN = [name for name, f in Soil.__dataclass_fields__.items() if f.type is float]


def plots(c: Connection, site: str | None = None) -> list[Plot]:
    """The plots, of one site or all, in the pack's order."""
    return by_site(c, "plots", site, lambda one: _plots(c, one))


def _plots(c: Connection, site: str | None) -> list[Plot]:
    plot = schema.plot
    own = [name for name in Plot.__dataclass_fields__ if name in plot.c]
    query = (
        select(
            schema.site.c.slug.label("site"),
            *(plot.c[name] for name in own),
            schema.soil.c.slug.label("soil"),
            schema.irrigation_system.c.slug.label("irrigation"),
        )
        .join_from(plot, schema.site, schema.site.c.id == plot.c.site_id)
        .join(schema.soil, schema.soil.c.id == plot.c.soil_id)
        .join(
            schema.irrigation_system, schema.irrigation_system.c.id == plot.c.irrigation_system_id
        )
        .order_by(plot.c.id)
    )
    rows = c.execute(_of_site(query, site)).mappings()
    return [Plot(**{**row, **{name: from_null(row[name]) for name in _OR_NAN}}) for row in rows]


def plantings(c: Connection, site: str | None = None) -> list[Planting]:
    """The plantings, oldest first, of one site or all."""
    return by_site(c, "plantings", site, lambda one: _plantings(c, one))


def _plantings(c: Connection, site: str | None) -> list[Planting]:
    planting = schema.planting
    query = (
        select(
            schema.site.c.slug.label("site"),
            schema.plot.c.slug.label("plot"),
            schema.crop.c.key.label("crop"),
            planting.c.variety,
            planting.c.planted,
            planting.c.removed,
            planting.c.risk,
            planting.c.strategy,
            planting.c.cuts,
            planting.c.area,
            planting.c.plants,
            planting.c.lot,
            planting.c.source,
        )
        .join_from(planting, schema.plot)
        .join(schema.site, schema.site.c.id == schema.plot.c.site_id)
        .join(schema.crop, schema.crop.c.id == planting.c.crop_id)
        .order_by(planting.c.planted, planting.c.id)
    )
    return [_planting(row) for row in c.execute(_of_site(query, site)).mappings()]


def _planting(row: Mapping[Any, Any]) -> Planting:
    cuts = tuple(map(date.fromisoformat, row["cuts"] or ()))
    numbers = {name: from_null(row[name]) for name in ("area", "plants")}
    return Planting(**{**row, "cuts": cuts, **numbers})


def trials(c: Connection, site: str | None = None) -> list[Trial]:
    """The field trials, of one site or all."""
    trial = schema.trial
    query = (
        select(
            schema.site.c.slug,
            trial.c.slug,
            trial.c.name,
            trial.c.design,
            schema.plot.c.slug,
            trial.c.treatments,
            trial.c.blocks,
        )
        .join_from(trial, schema.site, schema.site.c.id == trial.c.site_id)
        .join(schema.plot, schema.plot.c.id == trial.c.plot_id)
    )
    return [_trial(row) for row in c.execute(_of_site(query, site))]


def _trial(row: Any) -> Trial:
    site, slug, name, design, plot, treatments, blocks = row
    return Trial(site, slug, name, design, plot, tuple(treatments), blocks)
