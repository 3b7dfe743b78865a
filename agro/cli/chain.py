"""`agro chain`: where the harvests go, from the stock of a site to files of its deliveries."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.chain_answers import answer_back, answer_forward, answer_stock
from agro.cli.chain_given import (
    day_of,
    known_ways,
    noon_of,
    of_site,
    or_nan,
    plot_named,
    span_of,
    today,
    uses_of,
)
from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.output import answer, answer_json, configured, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection


app = typer.Typer(
    help="The short food chain: stock, deliveries, traceability.", no_args_is_help=True
)

Site = Annotated[str, typer.Option("--site", metavar="S", help="Slug of the site.")]
AnySite = Annotated[str, typer.Option("--site", metavar="S", help="Of this site only.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Crop = Annotated[str, typer.Option(metavar="KEY", help="The crop, as its harvest says it.")]
Channel = Annotated[
    str, typer.Option(metavar="C", help="market, restaurant, canteen, box, shop, … ")
]
Outlet = Annotated[str, typer.Option(metavar="O", help="Slug of the outlet.")]
Kilometres = Annotated[float | None, typer.Option("--distance", metavar="KM", help="One way.")]
Between = Annotated[
    float | None, typer.Option("--intermediaries", min=0, help="Between garden and eater.")
]
Vehicle = Annotated[str, typer.Option(help="cargo_bike, car, van, …")]
Who = Annotated[str, typer.Option(help="Who says so.")]
Day = Annotated[str, typer.Option("--date", metavar="D", help="Its day, else today.")]
_RIGHT = "chain.write"


@app.command()
def stock(site: AnySite = "", as_json: Json = False) -> None:
    """What is left that keeps, what is older and unaccounted for, and what cannot be."""
    from agro import chain

    with city_store(configured()) as engine, engine.connect() as c:
        of_site(c, site)
        day = today(c)
        found, faults = chain.stock(c, site or None, day=day), chain.faults(c, site or None)
        answer_stock(found, faults, day, as_json=as_json)


@app.command()
def deliver(
    site: Site,
    crop: Crop,
    quantity: Annotated[float, typer.Option(metavar="Q", help="How much.")],
    unit: Annotated[str, typer.Option(help="kg, or as the harvest was counted.")] = "kg",
    channel: Channel = "",
    outlet: Outlet = "",
    day: Day = "",
    price: Annotated[float | None, typer.Option(metavar="EUR", help="In all.")] = None,
    distance: Kilometres = None,
    intermediaries: Between = None,
    trips: Annotated[float | None, typer.Option(help="Round trips.")] = None,
    vehicle: Vehicle = "",
    lot: Annotated[
        list[str] | None, typer.Option(metavar="CODE=Q", help="Of this lot; else the oldest.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why more goes out than is left.")] = "",
    who: Who = "",
    notes: Annotated[str, typer.Option(help="Anything else.")] = "",
    as_json: Json = False,
) -> None:
    """Note a delivery, out of the oldest lots unless --lot names others."""
    from agro import chain
    from agro.records import Delivery, LogEntry
    from agro.store import deliveries
    from agro.store.lots import amount_of

    what = {"deliver": crop, "outlet": outlet}
    with city_store(configured()) as engine, acting_here(engine, _RIGHT, site, what) as c:
        of_site(c, site)
        known_ways(c, site, channel=channel, outlet=outlet)
        at = noon_of(c, day)
        entry = LogEntry(site, "", "delivery", at, quantity, unit, crop, notes=notes, who=who)
        uses = uses_of(c, site, lot or (), amount_of(entry)[1])
        km, between, euros, tours = map(or_nan, (distance, intermediaries, price, trips))
        said = Delivery(entry, channel, outlet, km, between, euros, tours, vehicle, uses)
        number = chain.deliver(c, said, reason=reason)
        kept = deliveries.one(c, number)
        if as_json:
            answer_json(_delivered(c, kept))
            return
        codes = ", ".join(f"{part} of {code}" for code, part in _of_lots(c, kept))
        answer(f"delivery {number}: {kept.amount:g} {kept.unit} of {crop} ({codes or 'no lot'})")


@app.command()
def trace(
    site: AnySite = "",
    delivery: Annotated[int, typer.Option(metavar="N", help="Back from this delivery.")] = 0,
    plot: Annotated[str, typer.Option(metavar="P", help="Forward from this plot.")] = "",
    seed_lot: Annotated[str, typer.Option(metavar="L", help="Forward from this seed lot.")] = "",
    as_json: Json = False,
) -> None:
    """A delivery back to its seed and inputs; a plot or seed lot forward to its deliveries."""
    from agro import chain

    if bool(delivery) == bool(plot or seed_lot):
        raise BadInput(["chain trace: give --delivery, or --plot or --seed-lot with --site"])
    with city_store(configured()) as engine, engine.connect() as c:
        if delivery:
            try:
                answer_back(chain.trace_back(c, delivery), as_json=as_json)
            except ValueError as error:
                raise BadInput([f"--delivery: {error}; agro chain export lists them"]) from error
            return
        if not site:
            raise BadInput(["--site: is missing; a plot and a seed lot are of one site"])
        of_site(c, site)
        plot_named(c, site, plot)
        found = chain.trace_forward(c, site, plot=plot, seed_lot=seed_lot)
        answer_forward(found, as_json=as_json)


@app.command()
def outlet(
    site: Site,
    slug: Annotated[str, typer.Argument(metavar="SLUG")],
    name: Annotated[str, typer.Option(help="Its name.")] = "",
    channel: Channel = "market",
    distance: Kilometres = None,
    intermediaries: Between = None,
    vehicle: Vehicle = "",
    destination: Annotated[str, typer.Option(help="Its commune, name or INSEE code.")] = "",
) -> None:
    """Note an outlet, or bring it up to date; deliveries keep what it was on their day."""
    from agro.records import Outlet as Record
    from agro.store import deliveries

    km, between = map(or_nan, (distance, intermediaries))
    what = {"outlet": slug}
    with city_store(configured()) as engine, acting_here(engine, _RIGHT, site, what) as c:
        of_site(c, site)
        known_ways(c, site, channel=channel, outlet="")
        told = Record(site, slug, name or slug, channel, km, between, vehicle, destination)
        deliveries.save_outlet(c, told)
    answer(f"outlet {slug} of {site}: {channel}")


@app.command()
def offer(
    site: Site,
    crop: Crop,
    kg: Annotated[float, typer.Option(metavar="KG", min=0, help="How much.")],
    until: Annotated[str, typer.Option(metavar="D", help="Its last day.")] = "",
    who: Who = "",
    notes: Annotated[str, typer.Option(help="Where and when to fetch it.")] = "",
) -> None:
    """Offer a surplus to who asks for food help."""
    from agro.config import now
    from agro.store import offers

    what = {"offer": crop, "mass_kg": kg}
    with city_store(configured()) as engine, acting_here(engine, _RIGHT, site, what) as c:
        of_site(c, site)
        end = day_of(until, "--until") if until else None
        said = offers.Offer(site, crop, kg, now(), end, who=who, notes=notes)
        try:
            number = offers.offer(c, said)
        except ValueError as error:
            raise BadInput([f"--kg: {error}; offer what there is"]) from error
    answer(f"offer {number}: {kg:g} kg of {crop}")


@app.command()
def assign(site: AnySite = "", who: Who = "", as_json: Json = False) -> None:
    """Give the oldest lots to deliveries that have none, or whose lots do not add up."""
    from agro import chain

    what = {"assign": "oldest first"}
    with city_store(configured()) as engine, acting_here(engine, _RIGHT, site, what) as c:
        of_site(c, site)
        changed = chain.assign(c, site or None, who=who, reason="agro chain assign")
    if as_json:
        answer_json({"changed": changed})
    else:
        answer(f"{changed} deliveries have got their lots")


@app.command("write-off")
def write_off(
    site: Site,
    way: Annotated[str, typer.Option("--as", metavar="WAY", help="self, compost or unnoted.")],
    crop: Annotated[str, typer.Option(metavar="KEY", help="Of this crop only.")] = "",
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Say where old harvests without a delivery went: eaten, lost, or sold without a note."""
    from agro import chain

    if way not in chain.WAYS:
        raise BadInput([f"--as: {way!r} is no way; {nearest(way, chain.WAYS)}"])
    what = {"write_off": way, "crop": crop}
    with city_store(configured()) as engine, acting_here(engine, _RIGHT, site, what) as c:
        of_site(c, site)
        numbers = chain.write_off(c, site, way, day=today(c), crop=crop, who=who)
    if as_json:
        answer_json({"deliveries": numbers})
    else:
        answer(f"{len(numbers)} deliveries noted as {way}: {', '.join(map(str, numbers)) or '-'}")


@app.command()
def export(
    site: AnySite = "",
    start: Annotated[str, typer.Option("--from", metavar="D", help="From this day on.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="D", help="Until this day, with it.")] = "",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV or XLSX.")] = None,
    as_json: Json = False,
) -> None:
    """Deliveries as CSV or XLSX; with --json also stock, figures and offers."""
    from agro import chain
    from agro.chain.export import COLUMNS, document, rows
    from agro.chain.local import local
    from agro.store import deliveries, offers
    from agro.tables import to_csv, to_xlsx

    settings = configured()
    with city_store(settings) as engine, engine.connect() as c:
        of_site(c, site)
        first, last = span_of(c, start, end)
        found = deliveries.deliveries(c, site=site or None, start=first, end=last)
        chosen = local(c, settings)
        if as_json:
            told = offers.offers(c, site or None)
            day = today(c)
            stocks = chain.stock(c, site or None, day=day)
            answer_json(document(c, found, stocks, day=day, offers=told, chosen=chosen))
            return
        table = rows(c, found, chosen)
    if out is None:
        answer(to_csv(table, COLUMNS).rstrip("\n"))
        return
    workbook = out.suffix.lower() == ".xlsx"
    try:
        out.write_bytes(to_xlsx(table, COLUMNS) if workbook else to_csv(table, COLUMNS).encode())
    except OSError as error:
        raise BadInput([f"{out}: {(error.strerror or str(error)).lower()}"]) from error
    tell(f"{len(table)} deliveries in {out}")


def _delivered(c: "Connection", one: Any) -> dict[str, Any]:
    from agro.chain.export import rows
    from agro.chain.local import local

    return rows(c, [one], local(c))[0]


def _of_lots(c: "Connection", one: Any) -> list[tuple[str, str]]:
    from agro.store.lots import lots, taken_by

    codes = {lot.number: lot.code for lot in lots(c, one.delivery.entry.site)}
    uses = one.delivery.lots
    return [(codes[use.harvest], f"{taken_by(use):g} {one.unit}") for use in uses]
