"""`agro plan list|add|end`: what stands on the beds, when it will be ripe, what comes next."""

from datetime import date
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.moments import moment_of
from agro.cli.output import (
    Gathered,
    answer,
    answer_json,
    answer_table,
    configured,
    nearest,
    tell,
)
from agro.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from agro.config import Settings
    from agro.crop_plan import Outlook, Planned
    from agro.records import Planting

app = typer.Typer(
    help="The crop plan: plantings, harvest windows, rotation, frost and heat.",
    no_args_is_help=True,
)

Site = Annotated[str, typer.Option("--site", metavar="S", help="Slug of the site.")]
PlotName = Annotated[str, typer.Option("--plot", metavar="P", help="Slug of the plot.")]
CropName = Annotated[str, typer.Option("--crop", metavar="KEY", help="Its key, or its name.")]
Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Who says so.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]

_SHOWN = (
    *("plot", "crop", "variety", "planted", "stage", "earliest", "likely", "latest", "end"),
    *("rotation_after", "frost_chance", "heat_chance"),
)


@app.command("list")
def list_(
    site: Site,
    at: Annotated[
        str, typer.Option(metavar="TIME", help="As known at 2026-07-20T05:00Z; else now.")
    ] = "",
    ended: Annotated[bool, typer.Option("--ended", help="Also what has been removed.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all of it as .csv or .xlsx.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Every planting of a site: stage, warmth so far, harvest window, what threatens it."""
    from agro import crop_plan
    from agro.store.values import time_zone

    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        raise BadInput([f"--out: {out.name!r} is neither .csv nor .xlsx; name one of them"])
    with city_store(_settings()) as engine, engine.connect() as c:
        _site(c, site)
        moment = moment_of(at, time_zone(c), "--at") or _now()
        found = crop_plan.plan(c, site, moment)
    if found is None:
        raise BadInput(["--site: no climate and no weather is known; load the city's pack"])
    if out is not None:
        _write(out, found)
    rows = crop_plan.rows(found, ended=ended)
    if as_json:
        answer_json(rows)
        return
    answer_table(f"Plan of {site}", _SHOWN, ([row[name] for name in _SHOWN] for row in rows))


@app.command()
def add(
    site: Site,
    plot: PlotName,
    crop: CropName,
    planted: Annotated[str, typer.Option(metavar="DATE", help="When it is sown or set out.")],
    variety: Annotated[str, typer.Option(help="Its variety.")] = "",
    removed: Annotated[str, typer.Option(metavar="DATE", help="When it will make room.")] = "",
    area: Annotated[float | None, typer.Option(metavar="M2", help="If not the whole.")] = None,
    plants: Annotated[float | None, typer.Option(metavar="N", help="How many.")] = None,
    lot: Annotated[str, typer.Option(help="Of the seed.")] = "",
    who: Who = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it, and keep nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Plan or note a planting; the harvest window and the rotation are told first."""
    from agro import crop_plan
    from agro.records import Planting
    from agro.store import farms

    gathered = Gathered()
    key = gathered.of(lambda: _crop(crop))
    day = gathered.of(lambda: _day(planted, "--planted"))
    last = gathered.of(lambda: _day(removed, "--removed")) if removed else None
    with city_store(_settings()) as engine:
        with engine.connect() as c:
            gathered.of(lambda: _plot(c, site, plot))
            gathered.check()
            if key is None or day is None:
                raise BadInput(["--crop, --planted: cannot be read; correct them"])
            wish = Planting(
                *(site, plot, key, variety, day, last),
                area=nan if area is None else area,
                plants=nan if plants is None else plants,
                lot=lot,
            )
            told = _foreseen(c, wish, _now())
            if dry_run:
                here = next(one for one in farms.plots(c, site) if one.slug == plot)
                today = _now().date()
                wrong = crop_plan.faults(wish, here, farms.plantings(c, site), today)
                if wrong:
                    raise BadInput(fault.line for fault in wrong)
        if not dry_run:
            what = {"plant": f"{key} of {day} on {plot}"}
            with acting_here(engine, "planting.write", site, what) as c:
                crop_plan.add(c, wish, who=who, at=_now())
    _answer(wish, told, kept=not dry_run, as_json=as_json)


@app.command()
def end(
    site: Site,
    plot: PlotName,
    crop: CropName,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day it was removed.")],
    variety: Annotated[str | None, typer.Option(help="Which, where several stand.")] = None,
    planted: Annotated[str, typer.Option(metavar="DATE", help="Which, where several stand.")] = "",
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Say when a planting was removed; it stays in the record."""
    from agro import crop_plan
    from agro.store import farms

    gathered = Gathered()
    key = gathered.of(lambda: _crop(crop))
    day = gathered.of(lambda: _day(on, "--on"))
    since = gathered.of(lambda: _day(planted, "--planted")) if planted else None
    with city_store(_settings()) as engine:
        with engine.connect() as c:
            gathered.of(lambda: _plot(c, site, plot))
            known = farms.plantings(c, site)
        gathered.check()
        if key is None or day is None:
            raise BadInput(["--crop, --on: cannot be read; correct them"])
        meant = crop_plan.named(known, plot, key, variety, since)
        what = {"end": f"{key} on {plot}", "removed": day.isoformat()}
        with acting_here(engine, "planting.write", site, what) as c:
            kept = crop_plan.end(c, meant, day, who=who, at=_now())
    if as_json:
        answer_json({"site": site, "plot": plot, "crop": key, "removed": kept.removed})
        return
    answer(f"{key} of {kept.planted} on {plot} ends on {kept.removed}")


def _foreseen(c: "Connection", wish: "Planting", at: "datetime") -> "Planned | None":
    from agro import crop_plan
    from agro.store import farms

    known = farms.plantings(c, wish.site)
    air = crop_plan.warmth_of(c, wish.site, at, (*known, wish))
    here = next(one for one in farms.plots(c, wish.site) if one.slug == wish.plot)
    return None if air is None else crop_plan.preview(wish, here, known, air)


def _answer(wish: "Planting", told: "Planned | None", *, kept: bool, as_json: bool) -> None:
    from agro.crop_plan.export import COLUMNS, row_of

    if as_json:
        row = row_of(told) if told else dict.fromkeys(COLUMNS)
        answer_json(row | {"kept": kept})
        return
    done = "planted" if kept else "would be planted"
    answer(f"{wish.crop} on {wish.plot}: {done} on {wish.planted}")
    if told is None or told.likely is None:
        tell("no harvest date can be told for it")
    else:
        latest = told.latest or "winter"
        answer(f"first harvest about {told.likely} (8 in 10: {told.earliest} to {latest})")
    if told is not None and told.rotation is not None:
        soon = told.rotation
        tell(
            f"rotation: {soon.family} comes back {soon.years:.1f} years after {soon.earlier.crop} "
            f"of {soon.earlier.start}; {soon.return_years:g} years are advised ({soon.source})"
        )


def _settings() -> "Settings":
    """The settings, on the demo's clock where its season fills the store."""
    from agro.cli.season_demo import on_demo_clock

    return on_demo_clock(configured())


def _now() -> "datetime":
    from agro.config import now

    return now()


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        line = f"{option}: {text!r} is not a date; write it as 2026-05-15"
        raise BadInput([line]) from error


def _crop(name: str) -> str:
    from models.water import tables

    try:
        return tables.crop(name).key
    except ValueError as error:
        raise BadInput([f"--crop: {error}"]) from error


def _site(c: "Connection", site: str) -> None:
    from agro.store import farms

    slugs = [one.slug for one in farms.sites(c)]
    if site not in slugs:
        raise BadInput([f"--site: {site!r} does not exist; {nearest(site, slugs)}"])


def _plot(c: "Connection", site: str, plot: str) -> None:
    from agro.store import farms

    _site(c, site)
    slugs = [one.slug for one in farms.plots(c, site)]
    if plot not in slugs:
        raise BadInput([f"--plot: {plot!r} is not on {site}; {nearest(plot, slugs)}"])


def _write(out: Path, found: "Outlook") -> None:
    from agro import crop_plan

    try:
        if out.suffix.lower() == ".csv":
            out.write_text(crop_plan.as_csv(found), encoding="utf-8")
        else:
            out.write_bytes(crop_plan.as_xlsx(found))
    except OSError as error:
        raise BadInput([f"--out: {out} cannot be written ({error.strerror})"]) from error
    tell(f"written: {out}")
