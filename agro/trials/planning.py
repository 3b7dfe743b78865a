"""A trial that is drawn here: its request, its layout, and the parts its columns play."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import isfinite
from typing import Any

from agro.store.trials import PlannedTrial, Trait, TrialPlot
from models.trials.design import TREATMENT, VERSION, plot_factors, randomise
from models.trials.draws import STREAM
from models.trials.layout import Layout, Plot, Request
from models.trials.model import Roles

_BOOK = ("plot", "row", "column", "block", "treatment")


def draw(trial: PlannedTrial, request: Request) -> PlannedTrial:
    """The trial with the layout of a request; the same request always gives the same.

    Raises
    ------
    ValueError  The request cannot be (`models.trials.faults.faults` tells everything).
    """
    layout = randomise(request)
    return replace(
        trial,
        design=request.design,
        treatments=tuple(dict.fromkeys(one.treatment for one in layout.plots if one.plot)),
        blocks=request.blocks or 0,
        request=asked_of(request),
        generator=f"{STREAM} {VERSION}",
        plots=_plots(layout),
    )


def asked_of(request: Request) -> dict[str, Any]:
    """A request as plain values, to be stored."""
    return asdict(request) | {"factors": {f: list(levels) for f, levels in request.factors.items()}}


def request_of(asked: Mapping[str, Any]) -> Request:
    """The request that was stored."""
    lists = ("treatments", "checks", "times", "environments")
    factors = {name: tuple(levels) for name, levels in asked.get("factors", {}).items()}
    told = {name: tuple(asked[name]) for name in lists if name in asked}
    return Request(**{**asked, **told, "factors": factors})


def _plots(layout: Layout) -> tuple[TrialPlot, ...]:
    """Each plot once, however often it is measured."""
    once: dict[tuple[object, ...], TrialPlot] = {}
    for one in layout.plots:
        where = (one.more.get("environment"), one.row, one.column)
        once.setdefault(where, _plot(one))
    return tuple(once.values())


def _plot(one: Plot) -> TrialPlot:
    levels = {name: level for name, level in one.more.items() if name != "time"}
    return TrialPlot(one.plot, one.row, one.column, one.block, one.treatment, levels)


def times(trial: PlannedTrial) -> tuple[str, ...]:
    """When a repeated trial is measured; one nameless visit for all others."""
    return tuple((trial.request or {}).get("times", ())) or ("",)


def treatment_factors(trial: PlannedTrial) -> tuple[str, ...]:
    """The columns that were compared, from the largest plots to the smallest."""
    if trial.request is None:
        return (TREATMENT,)
    return tuple(name for name, _ in plot_factors(request_of(trial.request)))


def levels_of(trial: PlannedTrial) -> dict[str, tuple[str, ...]]:
    """The levels of each factor that was compared, in the order they were asked for."""
    if trial.request is None:
        return {TREATMENT: trial.treatments}
    return dict(plot_factors(request_of(trial.request)))


def book_columns(trial: PlannedTrial, traits: Sequence[Trait] | None = None) -> tuple[str, ...]:
    """The columns of the field book: where each plot is, what stands there, what is measured."""
    more = dict.fromkeys(name for one in trial.plots for name in one.levels)
    visit = ("time",) if times(trial) != ("",) else ()
    measured = [one.name for one in (trial.traits if traits is None else traits)]
    return (*_BOOK, *more, *visit, *measured)


def plot_row(one: TrialPlot) -> dict[str, str | int | None]:
    """What the field book says of a plot."""
    return {name: one.number if name == "plot" else getattr(one, name) for name in _BOOK} | dict(
        one.levels
    )


def roles_of(trial: PlannedTrial, covariates: Sequence[str] = ()) -> Roles:
    """The parts that the columns of the field book play in its analysis."""
    has = set(book_columns(trial, ()))
    design, treatments = trial.design, treatment_factors(trial)
    # Every plot has its place: doubts about the layout, spatial analyses and maps ask for it.
    told: dict[str, Any] = {"covariates": tuple(covariates), "row": "row", "column": "column"}
    if design not in ("crd", "latin-square", "row-column"):
        told["block"] = "block"
    if "replicate" in has:
        told["replicate"] = "replicate"
    if "environment" in has:
        told["environment"] = "environment"
    if design in ("split-plot", "split-split-plot", "strip-plot"):
        told |= {"main_plot": treatments[0], "sub_plot": treatments[1]}
    if design == "repeated":
        told |= {"subject": "plot", "time": "time"}
    return Roles(design, treatments, **told)


def placed(trial: PlannedTrial) -> bool:
    """Whether its plots can be drawn on a map: a corner and the size of a plot are known."""
    known = (trial.latitude, trial.longitude, trial.plot_width, trial.plot_length)
    return all(isfinite(one) for one in known)
