"""`agro report …`: what was found, as a PDF to hand on."""

from pathlib import Path
from typing import Annotated, Any

import typer

from agro.cli.language import known_language
from agro.cli.report_farms import checked_out, write
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

app = typer.Typer(help="Reports as PDF, to hand on or to keep.", no_args_is_help=True)

_AS = "As in agro trial analyse."
_Column = Annotated[str, typer.Option(metavar="COLUMN", help=_AS)]
_Name = Annotated[str, typer.Option(metavar="NAME", help=_AS)]
_Names = Annotated[list[str] | None, typer.Option(metavar="A[,B…]", help=_AS)]
_Text = Annotated[str, typer.Option(metavar="TEXT", help="Printed on the first page.")]
_Language = Annotated[
    str,
    typer.Option(
        "--language", "--lang", metavar="L", callback=known_language, help="Of the report."
    ),
]


@app.callback()
def report() -> None:
    """Reports as PDF, to hand on or to keep."""


@app.command()
def trial(
    source: Annotated[
        str, typer.Argument(metavar="FILE_OR_SLUG", help="A sheet, or a trial of the store.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.pdf", help="The report.")],
    language: _Language = "fr",
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
    from agro.reports import trial_report

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
    checked_out(out)
    said = {"title": title, "objective": objective, "contact": contact, "site": site}
    worded = {"language": language, "unit": unit, "label": label}
    if Path(source).exists() or Path(source).suffix:
        found, problems = of_file(Path(source), asked, said, worded)
    else:
        found, problems = of_store(source, site, asked, said, worded), []
    write(trial_report(found), out)
    if problems:
        raise BadInput(problems)


_First = Annotated[str, typer.Option("--from", metavar="D", help="First day.")]
_Last = Annotated[str, typer.Option("--to", metavar="D", help="Last day.")]
_Out = Annotated[Path, typer.Option(metavar="FILE.pdf", help="The report.")]
_Public = Annotated[
    bool, typer.Option("--public", help="Hide what tells of fewer than three gardens.")
]
_Assume = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Of the return, as in agro energy return."),
]


@app.command()
def city(
    out: _Out,
    start: _First = "",
    end: _Last = "",
    language: _Language = "fr",
    public: _Public = False,
    assume: _Assume = None,
) -> None:
    """Write the report of all farms: every indicator, its records, the communes, the return."""
    from agro.cli.report_farms import made
    from agro.indicators.scope import Scope

    checked_out(out)
    write(made(Scope(), (start, end), language, assume or [], public=public), out)


@app.command()
def site(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="Of the garden or farm.")],
    out: _Out,
    start: _First = "",
    end: _Last = "",
    language: _Language = "fr",
    public: _Public = False,
    assume: _Assume = None,
) -> None:
    """Write the report of one garden or farm."""
    from agro.cli.report_farms import made
    from agro.indicators.scope import Scope

    checked_out(out)
    write(made(Scope("site", slug), (start, end), language, assume or [], public=public), out)
