"""`agro report …`: what was found, as a PDF to hand on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from agro.cli.output import answer
from agro.cli.trial_options import (
    Adjust,
    Alpha,
    BlockEffects,
    By,
    Contrasts,
    Control,
    Correlation,
    Genotypes,
    PriceRatio,
    Quantitative,
    Scale,
    Spatial,
)
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.reports import Report

app = typer.Typer(help="Reports as PDF, to hand on or to keep.", no_args_is_help=True)

_AS = "As in agro trial analyse."
_Column = Annotated[str, typer.Option(metavar="COLUMN", help=_AS)]
_Name = Annotated[str, typer.Option(metavar="NAME", help=_AS)]
_Names = Annotated[list[str] | None, typer.Option(metavar="A[,B…]", help=_AS)]
_Text = Annotated[str, typer.Option(metavar="TEXT", help="Printed on the first page.")]


@app.callback()
def report() -> None:
    """Reports as PDF, to hand on or to keep."""


@app.command()
def trial(
    source: Annotated[
        str, typer.Argument(metavar="FILE_OR_SLUG", help="A sheet, or a trial of the store.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.pdf", help="The report.")],
    language: Annotated[Literal["fr", "en"], typer.Option(help="Of the report.")] = "fr",
    site: Annotated[str, typer.Option(metavar="S", help="Of the trial, where it matters.")] = "",
    unit: Annotated[str, typer.Option(metavar="U", help="Of the response, as t/ha.")] = "",
    label: Annotated[str, typer.Option(metavar="TEXT", help="What was measured, in words.")] = "",
    title: _Text = "",
    objective: _Text = "",
    contact: _Text = "",
    response: _Column = "",
    treatment: _Names = None,
    design: _Name = "",
    block: _Column = "",
    replicate: _Column = "",
    main_plot: _Column = "",
    sub_plot: _Column = "",
    row: _Column = "",
    column: _Column = "",
    covariate: _Names = None,
    environment: _Name = "",
    subject: _Column = "",
    time: _Column = "",
    by: By = "",
    adjust: Adjust = "",
    control: Control = "",
    alpha: Alpha = 0.05,
    quantitative: Quantitative = "",
    price_ratio: PriceRatio = None,
    contrast: Contrasts = None,
    transform: Scale = "none",
    blocks: BlockEffects = "random",
    spatial: Spatial = False,
    correlation: Correlation = False,
    genotypes: Genotypes = None,
) -> None:
    """Write the report of a trial: what it showed, how sure that is, the data it rests on."""
    from agro.cli.report_made import of_file, of_store

    asked: dict[str, Any] = {
        "response": response,
        "treatment": treatment or [],
        "design": design,
        "block": block,
        "replicate": replicate,
        "main_plot": main_plot,
        "sub_plot": sub_plot,
        "row": row,
        "column": column,
        "covariate": covariate or [],
        "environment": environment,
        "subject": subject,
        "time": time,
        "by": by,
        "adjust": adjust,
        "control": control,
        "alpha": alpha,
        "quantitative": quantitative,
        "price_ratio": price_ratio,
        "contrast": contrast or [],
        "transform": transform,
        "blocks": blocks,
        "spatial": spatial,
        "correlation": correlation,
        "genotypes": genotypes,
    }
    if out.suffix.lower() != ".pdf":
        raise BadInput([f"--out: {out.name!r} is no .pdf; name one"])
    said = {"title": title, "objective": objective, "contact": contact, "site": site}
    worded = {"language": language, "unit": unit, "label": label}
    if Path(source).exists() or Path(source).suffix:
        found, problems = of_file(Path(source), asked, said, worded)
    else:
        found, problems = of_store(source, site, asked, said, worded), []
    _write(found, out)
    if problems:
        raise BadInput(problems)


def _write(found: "Report", out: Path) -> None:
    """Write the PDF.

    Raises
    ------
    BadInput  The file cannot be written.
    """
    from agro.reports import trial_report

    body = trial_report(found)
    try:
        out.write_bytes(body)
    except OSError as error:
        raise BadInput([f"--out: {out} cannot be written ({error.strerror})"]) from error
    answer(f"{out}: {len(body) / 1000:.0f} kB")
