"""`agro trial plan|trait`: a trial is drawn and kept, and what is measured in it."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import isnan, nan
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.output import answer, answer_json, answer_table, tell
from agro.cli.trial_options import (
    LARGEST_SEED,
    Blocks,
    BlockSize,
    Border,
    Checks,
    Design,
    Environments,
    Factors,
    Neighbours,
    Order,
    Rows,
    Seed,
    Times,
    Treatments,
    Width,
)
from agro.cli.trial_stored import (
    Json,
    Site,
    Slug,
    Who,
    known,
    reading,
    trait_document,
    trial_document,
    writing,
)
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.store.trials import PlannedTrial, Trait
    from models.trials.layout import Request

Traits = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME:UNIT:LOW:HIGH", help="What is measured: yield_t_ha:t/ha:0:8; again for more."
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the group `agro trial`."""
    app.command()(plan)
    app.command()(trait)


def plan(
    site: Site,
    plot: Annotated[str, typer.Option(metavar="P", help="The plot that the trial lies on.")],
    name: Annotated[str, typer.Option(metavar="N", help="What people call it.")],
    design: Design,
    treatments: Treatments = "",
    factors: Factors = "",
    blocks: Blocks = None,
    seed: Seed = None,
    checks: Checks = "",
    times: Times = "",
    environments: Environments = "",
    block_size: BlockSize = None,
    rows: Rows = None,
    width: Width = None,
    order: Order = "serpentine",
    neighbours: Neighbours = "any",
    border: Border = False,
    trait: Traits = None,
    objective: Annotated[str, typer.Option(metavar="TEXT", help="What it is to find out.")] = "",
    contact: Annotated[str, typer.Option(metavar="NAME", help="Who answers for it.")] = "",
    crop: Annotated[str, typer.Option(metavar="KEY", help="What grows on it.")] = "",
    sown: Annotated[str, typer.Option(metavar="DAY", help="When it is sown.")] = "",
    plot_width: Annotated[
        float | None, typer.Option(metavar="M", help="Of a plot, along its row.")
    ] = None,
    plot_length: Annotated[
        float | None, typer.Option(metavar="M", help="Of a plot, across its row.")
    ] = None,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Draw a trial and keep it; agro trial book writes its field book."""
    from agro.cli.trial_request import Asked, request_of
    from agro.store.trials import PlannedTrial

    seed = _seeded(seed)
    request = request_of(
        Asked(design, treatments, factors, checks, times, environments),
        blocks=blocks,
        seed=seed,
        block_size=block_size,
        rows=rows,
        width=width,
        apart=neighbours == "avoid",
        serpentine=order == "serpentine",
        border=border,
    )
    said = PlannedTrial(
        site,
        "",
        name.strip(),
        design,
        plot,
        objective=objective,
        contact=contact,
        crop=crop,
        sown=_day(sown),
        plot_width=nan if plot_width is None else plot_width,
        plot_length=nan if plot_length is None else plot_length,
        who=who,
    )
    kept = _keep(said, request, trait or ())
    if as_json:
        answer_json(trial_document(kept, None) | {"plots": _count(kept), "seed": seed})
    else:
        answer(f"trial {kept.slug} is kept: {design}, {_count(kept)} plots, seed {seed}")


def _seeded(seed: int | None) -> int:
    if seed is not None:
        return seed
    drawn = secrets.randbelow(LARGEST_SEED)
    tell(f"--seed: none given; {drawn} was drawn, the trial keeps it")
    return drawn


def _keep(said: "PlannedTrial", request: "Request", asked: Sequence[str]) -> "PlannedTrial":
    """The trial as it was drawn and stored.

    Raises
    ------
    BadInput  The site, the plot, the name or a trait cannot be, or it cannot be drawn.
    """
    from agro.cli.chain_given import plot_named
    from agro.cli.records_file import site_named
    from agro.store import trials
    from agro.store.deliveries import slug_of
    from agro.trials.planning import draw

    try:
        drawn = draw(said, request)
    except ValueError as error:
        raise BadInput([f"--{error}"]) from error
    drawn = replace(drawn, traits=traits_of(drawn, asked))
    with writing(said.site, {"create": said.name}) as c:
        site_named(c, said.site)
        plot_named(c, said.site, said.plot)
        taken = [one.slug for one in trials.planned(c, said.site)]
        slug = slug_of(said.name, taken)
        if not slug:
            raise BadInput([f"--name: {said.name!r} has no letters; give the trial a name"])
        kept = replace(drawn, slug=slug)
        trials.save(c, kept)
    return kept


def _count(one: "PlannedTrial") -> int:
    return sum(plot.number is not None for plot in one.plots)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput([f"--sown: {text!r} is not a day; write it as 2026-07-20"]) from error


def traits_of(trial: "PlannedTrial", asked: Sequence[str]) -> "tuple[Trait, ...]":
    """What is to be measured, as `name:unit:low:high`; all but the name may be left out.

    Raises
    ------
    BadInput  A bound is no number, a name stands twice or is a column of the field book.
    """
    from agro.store.trials import Trait
    from agro.trials.planning import book_columns

    lines: list[str] = []
    found: dict[str, Trait] = {}
    columns = book_columns(trial, ())
    for text in asked:
        name, unit, low, high = (*(part.strip() for part in text.split(":")), "", "", "", "")[:4]
        told = f"--trait: {text!r}"
        if text.count(":") > 3 or not name:
            lines.append(f"{told} is not NAME:UNIT:LOW:HIGH; write it as yield_t_ha:t/ha:0:8")
        elif name in columns or name in found:
            lines.append(f"{told}: {name!r} is a column already; give it another name")
        try:
            found[name] = Trait(name, "", unit, float(low or nan), float(high or nan))
        except ValueError:
            lines.append(f"{told}: a bound is not a number; write it as yield_t_ha:t/ha:0:8")
            continue
        if found[name].low > found[name].high:
            lines.append(f"{told}: its bounds are in the wrong order; exchange them")
    if lines:
        raise BadInput(lines)
    return tuple(found.values())


def trait(slug: Slug, site: Site, trait: Traits = None, as_json: Json = False) -> None:
    """Tell what is measured in a trial, or add to it, or change a unit and bounds."""
    from agro.store import trials

    with reading() as c:
        found = known(lambda: trials.trial_of(c, site, slug)).traits
    if trait:
        found = _measure(site, slug, trait)
    if as_json:
        answer_json([trait_document(one) for one in found])
        return
    rows = ([one.name, one.label, one.unit, _bound(one.low), _bound(one.high)] for one in found)
    answer_table(f"measured in {slug}", ("name", "label", "unit", "low", "high"), rows)


def _measure(site: str, slug: str, asked: Sequence[str]) -> "tuple[Trait, ...]":
    """Add to what is measured in a trial; all of it."""
    from agro.store import trials

    with writing(site, {"measure": slug, "traits": list(asked)}) as c:
        trial = known(lambda: trials.trial_of(c, site, slug))
        labels = {one.name: one.label for one in trial.traits}
        added = (replace(one, label=labels.get(one.name, "")) for one in traits_of(trial, asked))
        trials.save_traits(c, site, slug, tuple(added))
        return trials.trial_of(c, site, slug).traits


def _bound(value: float) -> str | None:
    return None if isnan(value) else f"{value:g}"
