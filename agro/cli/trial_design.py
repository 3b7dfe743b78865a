"""`agro trial design`: a randomised layout as a field book."""

import hashlib
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.output import answer, answer_json, jsonable, tell
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
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.trials.layout import Layout, Request


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("design")(design)


def design(
    design: Design,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Field book, .csv or .xlsx.")],
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
    measure: Annotated[
        str, typer.Option(metavar="A,B", help="Empty columns to write in, e.g. yield_t_ha.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Randomise a trial and write its field book; how it was made is kept beside it."""
    from agro.cli.trial_request import Asked, listed, request_of

    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise BadInput([f"--out: {out.name!r} is neither .csv nor .xlsx; name one of them"])
    if seed is None:
        seed = secrets.randbelow(LARGEST_SEED)
        tell(f"--seed: none given; {seed} was drawn, keep it")
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
    layout = _drawn(request)
    _write(out, layout, measure=listed(measure))
    if as_json:
        answer_json(_summary(layout))
        return
    answer(f"{request.design}: {_plots(layout)} plots, seed {seed}{_told(layout)}")


def _drawn(request: "Request") -> "Layout":
    from models.trials.design import randomise

    try:
        return randomise(request)
    except ValueError as error:
        raise BadInput([f"--{error}"]) from error


def _plots(layout: "Layout") -> int:
    """Plots of the trial itself, however often they are measured."""
    return len({one.plot for one in layout.plots if one.plot is not None})


def _told(layout: "Layout") -> str:
    """What the design is worth, where its blocks are incomplete."""
    if layout.concurrences is None:
        return ""
    few, many = layout.concurrences
    return f"; A-efficiency {layout.efficiency:.3f}, two treatments share {few} to {many} blocks"


def _summary(layout: "Layout") -> dict[str, object]:
    """How the layout was made, and what it is worth."""
    from importlib.metadata import version

    from agro.cli.trial_request import described
    from models.trials.design import VERSION
    from models.trials.draws import STREAM

    return {
        "request": described(layout.request),
        "plots": _plots(layout),
        "efficiency": layout.efficiency,
        "concurrences": layout.concurrences,
        "generator": STREAM,
        "generator_version": VERSION,
        "agro_version": version("agro"),
    }


def _write(out: Path, layout: "Layout", *, measure: tuple[str, ...]) -> None:
    """The field book, and beside it a JSON file that tells how it was made.

    Raises
    ------
    BadInput  A measured column is one already, or a file cannot be written.
    """
    from agro.tables import to_csv, to_xlsx

    taken = sorted({one for one in measure if one in layout.columns or measure.count(one) > 1})
    if taken:
        line = f"--measure: {', '.join(taken)} is a column of the book already; use another name"
        raise BadInput([line])
    columns = (*layout.columns, *measure)
    text = to_csv(layout.rows(), columns)
    digest = hashlib.sha256(text.encode()).hexdigest()
    made = json.dumps(
        jsonable(_summary(layout) | {"book": out.name, "sha256_of_csv": digest}),
        ensure_ascii=False,
        indent=1,
    )
    beside = out.with_suffix(".design.json")
    try:
        if out.suffix.lower() == ".csv":
            out.write_text(text, encoding="utf-8")
        else:
            out.write_bytes(to_xlsx(layout.rows(), columns))
        beside.write_text(made + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInput([f"--out: {out} cannot be written ({error.strerror})"]) from error
    tell(f"written: {out}, and how it was made: {beside.name}")
