"""`agro archive`, `agro rebuild`, `agro analyse`: months in Parquet, and whole archives at once."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from agro.cli.output import answer, answer_json, answer_table, configured, store, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agro.scale.plan import Piece
    from agro.scale.pool import Run

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Scheduler = Annotated[
    str, typer.Option(metavar="URL", help="Of a Dask scheduler: tcp://host:8786.")
]
Workers = Annotated[int, typer.Option(min=0, help="Processes on this machine; 0: this one.")]
Folder = Annotated[
    Path | None,
    typer.Option("--archive", metavar="DIR", help="Of archived months, without a database."),
]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="Of the days; else that of the archive.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (archive, rebuild, analyse):
        app.command()(command)


def archive(
    before: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Archive the months before this one.")
    ] = None,
    keep_months: Annotated[
        int | None,
        typer.Option(min=1, help="Keep so many full months; else AGRO_KEEP_MONTHS."),
    ] = None,
    restore: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Bring this month back instead.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Tell what is archived.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every archived file again and compare.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell only what would be.")] = False,
    as_json: Json = False,
) -> None:
    """Months of observations into Parquet under var/archive; pages and rollups stay as they are."""
    if sum(map(bool, (restore, listed, verify, before or keep_months))) > 1:
        raise BadInput(["give one of --before or --keep-months, --restore, --list, --verify"])
    with store(configured().database) as engine:
        if listed or verify:
            _list(engine, verify=verify, as_json=as_json)
        elif restore:
            _restore(engine, _month("--restore", restore), as_json=as_json)
        else:
            limit = _limit(before, keep_months)
            _archive(engine, limit, dry_run=dry_run, as_json=as_json)


def _month(option: str, text: str) -> str:
    from agro.store.archive.months import bounds

    try:
        bounds(text)
    except ValueError as error:
        raise BadInput([f"{option}: {text!r} is not a month; write it as 2026-07"]) from error
    return text


def _limit(before: str | None, keep: int | None) -> str:
    """The month before which all is archived."""
    from agro.config import now
    from agro.store.archive.months import limit

    if before and keep:
        raise BadInput(["--before and --keep-months say the same; give one of them"])
    if before:
        month = _month("--before", before)
        if month > limit(now(), 0):
            told = f"the month {limit(now(), 0)} is not over; give it or an earlier one"
            raise BadInput([f"--before: {before}: {told}"])
        return month
    months = keep or configured().keep_months
    if not months:
        raise BadInput(["give --before 2026-07 or --keep-months 12, or set AGRO_KEEP_MONTHS"])
    return limit(now(), months)


def _archive(engine: "Engine", limit: str, *, dry_run: bool, as_json: bool) -> None:
    from agro.cli.progress import progress
    from agro.store import archive as store_archive
    from agro.store.archive.freeze import unreferenced

    months = store_archive.archivable(engine, limit)
    if dry_run:
        if as_json:
            answer_json({"before": limit, "months": months})
        else:
            answer(f"before {limit}: {', '.join(months) or 'nothing to archive'}")
        return
    done = []
    with (
        store_archive.exclusive(engine),
        progress(f"archiving {len(months)} months before {limit}", quiet=as_json) as told,
    ):
        done += [store_archive.archive_month(engine, month, told) for month in months]
        strange = unreferenced(engine)
    if as_json:
        answer_json([asdict(one) for one in done])
        return
    for one in done:
        stays = f"; {one.kept} series stay in the database" if one.kept else ""
        size = f"{one.bytes} bytes ({one.bytes / max(one.rows, 1):.2f} a row)"
        answer(f"{one.month}: {one.rows} rows in {size}, {one.left} left the database{stays}")
    if not done:
        answer(f"before {limit}: nothing to archive")
    tell(f"{path} is not of this database; remove it if no kept store needs it" for path in strange)


def _restore(engine: "Engine", month: str, *, as_json: bool) -> None:
    from agro.cli.progress import progress
    from agro.store import archive as store_archive

    with (
        store_archive.exclusive(engine),
        progress(f"bringing {month} back", quiet=as_json) as told,
    ):
        rows = store_archive.restore_month(engine, month, told)
    if as_json:
        answer_json({"month": month, "rows": rows})
    else:
        answer(f"{month}: {rows} rows are in the database again")


def _list(engine: "Engine", *, verify: bool, as_json: bool) -> None:
    from sqlalchemy import select

    from agro.store import schema
    from agro.store.archive import layout
    from agro.store.archive.guard import folder
    from agro.store.archive.thaw import thawed_count

    with engine.connect() as c:
        own = schema.archived_month
        found = [
            dict(row)
            for row in c.execute(
                select(own).where(own.c.file != "").order_by(own.c.month)
            ).mappings()
        ]
        for row in found:
            row["thawed"] = thawed_count(c, row["month"])
    if verify:
        for row in found:
            layout.check(folder() / row["file"], row["sha256"])
    if as_json:
        answer_json(found)
        return
    columns = ("month", "file", "rows", "bytes", "thawed")
    title = "archived months, read again and right" if verify else "archived months"
    answer_table(title, columns, ([row[name] for name in columns] for row in found))


def _pieces(stack: ExitStack, folder: Path | None, zone: str | None) -> "tuple[list[Piece], str]":
    """The pieces of a folder, or of this store's archive, which nobody changes meanwhile."""
    from agro.scale import plan
    from agro.store.archive import exclusive, layout
    from agro.store.archive.guard import folder as own_folder

    if folder is None:
        engine = stack.enter_context(store(configured().database))
        stack.enter_context(exclusive(engine))
        folders = plan.months_of(engine, own_folder())
    else:
        folders = plan.months_in(folder)
    told = zone or layout.read_manifest(folders[-1]).timezone
    return plan.plan([path.absolute() for path in folders]), _known_zone(told)


def _known_zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise BadInput([f"--zone: {name!r} is not a time zone; write Europe/Paris"]) from error
    return name


def _pool(stack: ExitStack, scheduler: str, workers: int) -> "Run":
    from agro.scale.pool import pool

    if scheduler and workers:
        raise BadInput(["--scheduler brings its own workers; leave --workers out"])
    return stack.enter_context(pool(scheduler, workers))


def rebuild(
    scheduler: Scheduler = "",
    workers: Workers = 0,
    folder: Folder = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write Parquet here; else compare with the database."),
    ] = None,
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    """Every hourly and local-day rollup, computed again from archived months."""
    import time

    from agro.cli.progress import progress
    from agro.scale.rebuild import rebuild as rebuild_all

    if folder is not None and out is None:
        raise BadInput(["--archive is read without a database; give --out DIR for the rollups"])
    with ExitStack() as stack:
        began = time.perf_counter()
        pieces, timezone = _pieces(stack, folder, zone)
        place = out or configured().var / "rebuilt"
        run = _pool(stack, scheduler, workers)
        total = sum(piece.rows for piece in pieces)
        told = stack.enter_context(progress(f"rebuilding from {total} rows", quiet=as_json))
        done = rebuild_all(
            pieces, timezone, place, run=run, told=lambda rows: told("rolling up", rows, total)
        )
        seconds = time.perf_counter() - began
        facts: dict[str, Any] = {**asdict(done), "seconds": round(seconds, 3), "out": str(place)}
        if out is None:
            facts["changed"] = _adopted(pieces, place, timezone)
    if as_json:
        answer_json(facts)
        return
    answer(
        f"{done.rows} rows → {done.hours} hours, {done.days} days in {seconds:.1f} s "
        f"({done.rows / seconds:,.0f} rows/s), SHA-256 {done.digest}"
    )
    if out is None:
        answer(f"rollups of the database that were not so and are now: {facts['changed']}")


def _adopted(pieces: "list[Piece]", place: Path, timezone: str) -> int:
    import shutil

    from agro.scale.adopt import adopt

    with store(configured().database) as engine:
        changed = adopt(engine, pieces, place, timezone)
    shutil.rmtree(place)
    return changed


def analyse(
    what: Annotated[
        Literal["doubted", "water", "silence"],
        typer.Argument(help="doubted: by test, model, commune; water: soil by commune and day."),
    ],
    scheduler: Scheduler = "",
    workers: Workers = 0,
    folder: Folder = None,
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    """The whole city's figures out of archived months."""
    from agro.scale import analyse as figures

    with ExitStack() as stack:
        pieces, timezone = _pieces(stack, folder, zone)
        run = _pool(stack, scheduler, workers)
        if what == "doubted":
            frame = figures.doubted(pieces, run)
        elif what == "water":
            frame = figures.daily_water(pieces, run, timezone)
        else:
            frame = figures.silences(pieces, run)
    if as_json:
        answer_json(frame.to_dict("records"))
    else:
        answer_table(what, list(frame.columns), frame.itertuples(index=False))
