"""What was measured on the plots of a trial: every value that was ever said, and which counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isnan
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from agro.config import now
from agro.store import schema
from agro.store.trials.planned import trial_id
from agro.store.values import from_epoch, from_null, to_epoch, to_null


@dataclass(frozen=True, slots=True)
class PlotValue:
    """A value of a trait on a plot, at a visit where plots are measured again and again.

    NaN says that there is none: the plot was lost. `number` names the statement, 0 before it is
    stored; `struck` says that it was taken back.
    """

    plot: int
    trait: str
    value: float
    time: str = ""
    day: date | None = None
    notes: str = ""
    who: str = ""
    said_at: datetime | None = None
    batch: int | None = None
    number: int = 0
    struck: bool = False


@dataclass(frozen=True, slots=True)
class SheetBatch:
    """A field book that came back: how many values were new, how many rows were refused."""

    number: int
    file: str
    sha256: str
    imported_at: datetime
    who: str
    new: int
    refused: int
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many plots a trial has, and of how many of them something is said that stands."""

    plots: int
    measured: int


def enter(
    c: Connection,
    site: str,
    slug: str,
    said: Sequence[PlotValue],
    *,
    who: str = "",
    file: str = "",
    sha256: str = "",
    refused: int = 0,
    at: datetime | None = None,
) -> SheetBatch | None:
    """Store what is said of the plots; None when all of it was known already.

    Everything that is said at once can be taken back at once (`undo_batch`). A value that a plot
    has already is not stored again, so the same sheet may come back as often as one likes.

    Raises
    ------
    ValueError  The trial, a plot or a trait of it does not exist.
    """
    trial = trial_id(c, site, slug)
    standing = {_key(one): one.value for one in values(c, site, slug)}
    fresh = [one for one in said if not _same(standing.get(_key(one)), one.value)]
    if not fresh:
        return None
    plots = _ids(c, schema.trial_plot, "number", trial)
    traits = _ids(c, schema.trial_trait, "name", trial)
    _known(fresh, plots, traits)
    when = to_epoch(at or now())
    batch = schema.trial_batch
    opened = {"trial_id": trial, "file": file, "sha256": sha256, "imported_at": when, "who": who}
    told = insert(batch).values(**opened, new=len(fresh), refused=refused)
    number = int(c.execute(told.returning(batch.c.id)).scalar_one())
    rows = [
        {
            "trial_plot_id": plots[one.plot],
            "trial_trait_id": traits[one.trait],
            "time": one.time,
            "day": one.day,
            "value": to_null(one.value),
            "notes": one.notes,
            "said_at": when,
            "who": one.who or who,
            "batch_id": number,
        }
        for one in fresh
    ]
    c.execute(insert(schema.trial_value), rows)
    return SheetBatch(number, file, sha256, from_epoch(when), who, len(fresh), refused)


def values(c: Connection, site: str, slug: str) -> list[PlotValue]:
    """The values that count, by plot and trait."""
    latest: dict[tuple[int, str, str], PlotValue] = {}
    for one in history(c, site, slug):
        if not one.struck:
            latest[_key(one)] = one
    return sorted(latest.values(), key=lambda one: (one.trait, one.time, one.plot))


def history(c: Connection, site: str, slug: str) -> list[PlotValue]:
    """Everything that was ever said of the plots, oldest first."""
    own, plot, trait = schema.trial_value.c, schema.trial_plot.c, schema.trial_trait.c
    asked = (
        select(schema.trial_value, plot.number.label("plot"), trait.name.label("trait"))
        .join_from(schema.trial_value, schema.trial_plot, plot.id == own.trial_plot_id)
        .join(schema.trial_trait, trait.id == own.trial_trait_id)
        .where(plot.trial_id == trial_id(c, site, slug))
        .order_by(own.id)
    )
    return [
        PlotValue(
            value=from_null(row["value"]),
            said_at=from_epoch(row["said_at"]),
            batch=row["batch_id"],
            number=row["id"],
            struck=row["struck_at"] is not None,
            **{name: row[name] for name in ("plot", "trait", "time", "day", "notes", "who")},
        )
        for row in c.execute(asked).mappings()
    ]


def strike(c: Connection, numbers: Sequence[int], *, at: datetime | None = None) -> int:
    """Take statements back; what was said before them counts again. How many were."""
    own = schema.trial_value.c
    standing = update(schema.trial_value).where(own.id.in_(numbers), own.struck_at.is_(None))
    return c.execute(standing.values(struck_at=to_epoch(at or now()))).rowcount


def batches(c: Connection, site: str, slug: str) -> list[SheetBatch]:
    """The sheets that came back, newest first."""
    own = schema.trial_batch.c
    asked = select(schema.trial_batch).where(own.trial_id == trial_id(c, site, slug))
    return [_batch(row) for row in c.execute(asked.order_by(own.id.desc())).mappings()]


def undo_batch(c: Connection, number: int, *, at: datetime | None = None) -> int:
    """Take back every standing value that a sheet brought; how many were. Twice is once."""
    when = to_epoch(at or now())
    own = schema.trial_value.c
    its = update(schema.trial_value).where(own.batch_id == number, own.struck_at.is_(None))
    found = c.execute(its.values(struck_at=when)).rowcount
    if found:
        _undone(c, number, when)
    return found


def redo_batch(c: Connection, number: int) -> int:
    """Let the values count again that the undoing of a sheet took back; how many were."""
    own, batch = schema.trial_value.c, schema.trial_batch.c
    when = c.scalar(select(batch.undone_at).where(batch.id == number))
    if when is None:
        return 0
    its = update(schema.trial_value).where(own.batch_id == number, own.struck_at == when)
    found = c.execute(its.values(struck_at=None)).rowcount
    _undone(c, number, None)
    return found


def counted(c: Connection, site: str) -> dict[str, int]:
    """How many statements stand, by the slug of each trial of a site that has some."""
    own, plot, trial = schema.trial_value.c, schema.trial_plot.c, schema.trial.c
    asked = (
        select(trial.slug, func.count())
        .join_from(schema.trial_value, schema.trial_plot, plot.id == own.trial_plot_id)
        .join(schema.trial, trial.id == plot.trial_id)
        .join(schema.site, schema.site.c.id == trial.site_id)
        .where(schema.site.c.slug == site, own.struck_at.is_(None))
        .group_by(trial.slug)
    )
    return {slug: int(number) for slug, number in c.execute(asked)}


def progress(c: Connection, site: str) -> dict[str, Progress]:
    """How far the measuring of each trial of a site has come, by its slug."""
    own, plot, trial = schema.trial_value.c, schema.trial_plot.c, schema.trial.c
    said = select(own.trial_plot_id).where(own.struck_at.is_(None)).distinct().subquery()
    asked = (
        select(trial.slug, func.count(plot.id), func.count(said.c.trial_plot_id))
        .join_from(schema.trial, schema.trial_plot, plot.trial_id == trial.id)
        .outerjoin(said, said.c.trial_plot_id == plot.id)
        .join(schema.site, schema.site.c.id == trial.site_id)
        .where(schema.site.c.slug == site, plot.number.is_not(None))
        .group_by(trial.slug)
    )
    return {slug: Progress(int(n), int(done)) for slug, n, done in c.execute(asked)}


def _key(one: PlotValue) -> tuple[int, str, str]:
    return one.plot, one.trait, one.time


def _same(known: float | None, value: float) -> bool:
    """Whether a plot has this value already; nothing said yet differs from said to be lost."""
    if known is None:
        return False
    return known == value or (isnan(known) and isnan(value))


def _ids(c: Connection, table: Any, name: str, trial: int) -> dict[Any, int]:
    asked = select(table.c[name], table.c.id).where(table.c.trial_id == trial)
    return {key: int(number) for key, number in c.execute(asked) if key is not None}


def _known(said: Sequence[PlotValue], plots: Mapping[Any, int], traits: Mapping[Any, int]) -> None:
    for one in said:
        if one.plot not in plots:
            raise ValueError(f"the trial has no plot {one.plot}")
        if one.trait not in traits:
            raise ValueError(f"{one.trait!r} is not measured in this trial; add it first")


def _undone(c: Connection, number: int, at: int | None) -> None:
    own = schema.trial_batch
    c.execute(update(own).where(own.c.id == number).values(undone_at=at))


def _batch(row: Mapping[Any, Any]) -> SheetBatch:
    undone = row["undone_at"]
    return SheetBatch(
        number=row["id"],
        imported_at=from_epoch(row["imported_at"]),
        undone_at=None if undone is None else from_epoch(undone),
        **{name: row[name] for name in ("file", "sha256", "who", "new", "refused")},
    )
