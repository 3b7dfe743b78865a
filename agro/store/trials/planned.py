"""What a trial is: its question, its layout and what is measured on its plots."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from math import nan
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from agro.config import now
from agro.store import schema
from agro.store.values import from_epoch, from_null, to_epoch, to_null, upsert


@dataclass(frozen=True, slots=True)
class Trait:
    """What is measured: its column in the field book, what people call it, its unit.

    A value outside `low` … `high` is doubted; NaN where there is no bound.
    """

    name: str
    label: str = ""
    unit: str = ""
    low: float = nan
    high: float = nan


@dataclass(frozen=True, slots=True)
class TrialPlot:
    """A plot where it lies; border plots and fillers have neither number nor block.

    `levels` are the further columns of the field book: factors, replicate, environment.
    """

    number: int | None
    row: int
    column: int
    block: int | None
    treatment: str
    levels: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """A trial on a plot of a site. `slug` names it in the site.

    `request` are the arguments of `models.trials.layout.Request`, None where the layout was not
    drawn here; `generator` tells what drew it. `plot_width` along a row and `plot_length` across it
    in m; `bearing` of the rows, ° clockwise from north; the position is that of the first plot's
    outer corner. `made_at` is None for a trial that comes with the city's files.
    """

    site: str
    slug: str
    name: str
    design: str
    plot: str
    treatments: tuple[str, ...] = ()
    blocks: int = 0
    objective: str = ""
    contact: str = ""
    crop: str = ""
    sown: date | None = None
    request: Mapping[str, Any] | None = None
    generator: str = ""
    plot_width: float = nan
    plot_length: float = nan
    bearing: float = nan
    latitude: float = nan
    longitude: float = nan
    made_at: datetime | None = None
    who: str = ""
    put_away: bool = False
    plots: tuple[TrialPlot, ...] = ()
    traits: tuple[Trait, ...] = ()


_TEXT = ("slug", "name", "design", "objective", "contact", "crop", "generator", "who")
_NUMBERS = ("plot_width", "plot_length", "bearing", "latitude", "longitude")


def save(c: Connection, trial: PlannedTrial) -> None:
    """Store a new trial with its layout and its traits.

    Raises
    ------
    ValueError  Its plot does not exist, or the site has a trial of this slug.
    """
    site, plot = _place(c, trial.site, trial.plot)
    own = schema.trial.c
    taken = select(own.id).where(own.site_id == site, own.slug == trial.slug)
    if c.scalar(taken) is not None:
        raise ValueError(f"{trial.site} has a trial {trial.slug!r}; give it another name")
    values = {name: getattr(trial, name) for name in (*_TEXT, "blocks", "sown")}
    values |= {name: to_null(getattr(trial, name)) for name in _NUMBERS}
    values |= {
        "site_id": site,
        "plot_id": plot,
        "treatments": list(trial.treatments),
        "request": None if trial.request is None else dict(trial.request),
        "made_at": to_epoch(trial.made_at or now()),
    }
    number = int(c.execute(insert(schema.trial).values(values).returning(own.id)).scalar_one())
    _save_plots(c, number, trial.plots)
    save_traits(c, trial.site, trial.slug, trial.traits)


def save_book(c: Connection, site: str, slug: str, plots: Sequence[TrialPlot]) -> None:
    """Store the layout of a trial that has none yet; one that it has is never changed."""
    number = trial_id(c, site, slug)
    own = schema.trial_plot.c
    if c.scalar(select(own.id).where(own.trial_id == number).limit(1)) is None:
        _save_plots(c, number, plots)


def save_traits(c: Connection, site: str, slug: str, traits: Sequence[Trait]) -> None:
    """Add what is measured, or change what it is called, its unit and its bounds."""
    number = trial_id(c, site, slug)
    rows = [
        {"trial_id": number, "name": one.name, "label": one.label, "unit": one.unit}
        | {"low": to_null(one.low), "high": to_null(one.high)}
        for one in traits
    ]
    upsert(c, schema.trial_trait, rows, ("trial_id", "name"))


def place(c: Connection, trial: PlannedTrial) -> None:
    """Keep where the field of a trial lies, how its rows run and how large its plots are."""
    own = schema.trial.c
    values = {name: to_null(getattr(trial, name)) for name in _NUMBERS}
    number = trial_id(c, trial.site, trial.slug)
    c.execute(update(schema.trial).where(own.id == number).values(values))


def put_away(c: Connection, site: str, slug: str, *, at: datetime | None = None) -> None:
    """Take a trial off the list; nothing of it is lost."""
    _put_away_at(c, site, slug, to_epoch(at or now()))


def bring_back(c: Connection, site: str, slug: str) -> None:
    """Put a trial on the list again."""
    _put_away_at(c, site, slug, None)


def planned(c: Connection, site: str | None = None) -> list[PlannedTrial]:
    """The trials of a site or of all, newest first, those put away among them; without plots."""
    return [_trial(c, row, plots=False) for row in c.execute(_asked(site)).mappings()]


def trial_of(c: Connection, site: str, slug: str) -> PlannedTrial:
    """A trial with its plots.

    Raises
    ------
    ValueError  There is none.
    """
    asked = _asked(site).where(schema.trial.c.slug == slug)
    row = c.execute(asked).mappings().one_or_none()
    if row is None:
        raise _unknown(site, slug)
    return _trial(c, row, plots=True)


def trial_id(c: Connection, site: str, slug: str) -> int:
    """The key of a trial in the store.

    Raises
    ------
    ValueError  There is none.
    """
    own = schema.trial.c
    asked = select(own.id).join_from(schema.trial, schema.site, schema.site.c.id == own.site_id)
    found = c.scalar(asked.where(schema.site.c.slug == site, own.slug == slug))
    if found is None:
        raise _unknown(site, slug)
    return int(found)


def _unknown(site: str, slug: str) -> ValueError:
    return ValueError(f"{site} has no trial {slug!r}; agro trial list names them")


def _place(c: Connection, site: str, plot: str) -> tuple[int, int]:
    asked = select(schema.site.c.id, schema.plot.c.id).join_from(
        schema.plot, schema.site, schema.site.c.id == schema.plot.c.site_id
    )
    found = c.execute(asked.where(schema.site.c.slug == site, schema.plot.c.slug == plot)).first()
    if found is None:
        raise ValueError(f"no plot {plot!r} on site {site!r}")
    return int(found[0]), int(found[1])


def _save_plots(c: Connection, trial: int, plots: Sequence[TrialPlot]) -> None:
    rows = [asdict(one) | {"trial_id": trial} for one in plots]
    if rows:
        c.execute(insert(schema.trial_plot), rows)


def _put_away_at(c: Connection, site: str, slug: str, at: int | None) -> None:
    own = schema.trial.c.id == trial_id(c, site, slug)
    c.execute(update(schema.trial).where(own).values(put_away_at=at))


def _asked(site: str | None) -> Any:
    own = schema.trial.c
    asked = (
        select(
            schema.trial,
            schema.site.c.slug.label("site"),
            schema.plot.c.slug.label("plot"),
        )
        .join_from(schema.trial, schema.site, schema.site.c.id == own.site_id)
        .join(schema.plot, schema.plot.c.id == own.plot_id)
        .order_by(own.made_at.desc().nulls_last(), own.id.desc())
    )
    return asked if site is None else asked.where(schema.site.c.slug == site)


def _trial(c: Connection, row: RowMapping, *, plots: bool) -> PlannedTrial:
    told: dict[str, Any] = {name: row[name] for name in _TEXT}
    told |= {name: from_null(row[name]) for name in _NUMBERS}
    return PlannedTrial(
        site=row["site"],
        plot=row["plot"],
        treatments=tuple(row["treatments"] or ()),
        blocks=row["blocks"] or 0,
        sown=row["sown"],
        request=row["request"],
        made_at=None if row["made_at"] is None else from_epoch(row["made_at"]),
        put_away=row["put_away_at"] is not None,
        plots=_plots(c, row["id"]) if plots else (),
        traits=_traits(c, row["id"]),
        **told,
    )


def _plots(c: Connection, trial: int) -> tuple[TrialPlot, ...]:
    own = schema.trial_plot.c
    asked = select(schema.trial_plot).where(own.trial_id == trial).order_by(own.id)
    names = ("number", "row", "column", "block", "treatment")
    return tuple(
        TrialPlot(**{name: row[name] for name in names}, levels=row["levels"] or {})
        for row in c.execute(asked).mappings()
    )


def _traits(c: Connection, trial: int) -> tuple[Trait, ...]:
    own = schema.trial_trait.c
    asked = select(schema.trial_trait).where(own.trial_id == trial).order_by(own.id)
    return tuple(
        Trait(
            row["name"],
            row["label"],
            row["unit"],
            from_null(row["low"]),
            from_null(row["high"]),
        )
        for row in c.execute(asked).mappings()
    )
