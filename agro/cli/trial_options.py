"""The options that several commands of `agro trial` and `agro report trial` share."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from agro.cli.output import nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.trials.judging import Options

ADJUSTS = ("tukey", "dunnett", "holm", "bonferroni", "none")
SCALES = ("none", "log", "sqrt", "arcsine", "boxcox", "log1p", "logit")
LARGEST_SEED = 2**31

# What a trial is to be.
Design = Annotated[str, typer.Option(metavar="D", help="rcbd, split-plot, alpha-lattice …")]
Treatments = Annotated[str, typer.Option(metavar="A,B,C", help="Names, also of an augmented's.")]
Factors = Annotated[
    str, typer.Option(metavar="'F=1,2;G=X,Y'", help="Factors, those of the largest plots first.")
]
Blocks = Annotated[
    int | None, typer.Option(metavar="N", help="Blocks, or replicates of each treatment.")
]
Seed = Annotated[int | None, typer.Option(metavar="S", help="The same seed gives the same layout.")]
Checks = Annotated[str, typer.Option(metavar="A,B", help="Checks of an augmented design.")]
Times = Annotated[str, typer.Option(metavar="T,U", help="When a repeated trial is measured.")]
Environments = Annotated[str, typer.Option(metavar="E,F", help="Places or years.")]
BlockSize = Annotated[int | None, typer.Option(metavar="N", help="Plots of an incomplete block.")]
Rows = Annotated[int | None, typer.Option(metavar="N", help="Of a row-column replicate.")]
Width = Annotated[
    int | None, typer.Option(metavar="N", help="Plots side by side; a block is folded.")
]
Order = Annotated[Literal["serpentine", "row"], typer.Option(help="How plot numbers run.")]
Neighbours = Annotated[
    Literal["any", "avoid"], typer.Option(help="Keep equal treatments from touching.")
]
Border = Annotated[bool, typer.Option("--border", help="Border plots around, fillers in gaps.")]

# How it is analysed.
Covariate = Annotated[
    list[str] | None, typer.Option(metavar="X[,X2…]", help="Measured before the treatments.")
]
Summaries = Annotated[
    list[str] | None,
    typer.Option(
        metavar="X[,X2…]",
        help="A trait, or soil_moisture, stress_days, irrigation, rain of --from … --to.",
    ),
]
Since = Annotated[str, typer.Option("--from", metavar="DAY", help="First of those days.")]
Until = Annotated[str, typer.Option("--to", metavar="DAY", help="Last of those days.")]
By = Annotated[str, typer.Option(metavar="F", help="Compare within each level of it.")]
Adjust = Annotated[
    str, typer.Option(metavar="A", help=f"{', '.join(ADJUSTS)}; else tukey, or dunnett.")
]
Control = Annotated[str, typer.Option(metavar="LEVEL", help="Compare all with this one.")]
Alpha = Annotated[float, typer.Option(min=0.001, max=0.5, help="Level of the tests.")]
Quantitative = Annotated[
    str, typer.Option(metavar="F", help="Treatment whose levels are doses: trend and curve.")
]
PriceRatio = Annotated[
    float | None, typer.Option(min=0.0, help="Price of a unit of dose over one of response.")
]
Contrasts = Annotated[
    list[str] | None,
    typer.Option(metavar="C", help="'A vs B,C' or 'name=1,-1,0'; may be given again."),
]
Scale = Annotated[
    str, typer.Option(metavar="S", help=f"{', '.join(SCALES)}; means are taken back.")
]
BlockEffects = Annotated[
    str, typer.Option(metavar="B", help="random where the design allows it, or fixed.")
]
Spatial = Annotated[
    bool, typer.Option("--spatial", help="Plots resemble neighbours: AR1 along both ways.")
]
Correlation = Annotated[
    bool, typer.Option("--correlation", help="Compare models of the correlation over time.")
]
Genotypes = Annotated[
    bool | None,
    typer.Option("--genotypes/--no-genotypes", help="Whether treatments are genotypes."),
]


def names_of(options: Sequence[str]) -> tuple[str, ...]:
    """`a,b` and repeated options as names."""
    parts = [part.strip() for one in options for part in one.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def adjusted(adjust: str, control: str) -> str:
    """How p-values are adjusted: against a control by Dunnett, otherwise by Tukey."""
    if adjust and adjust not in ADJUSTS:
        raise BadInput([f"--adjust: {adjust!r} is not known; {nearest(adjust, ADJUSTS)}"])
    if adjust == "dunnett" and not control:
        raise BadInput(["--control: dunnett compares with one level; name it"])
    return adjust or ("dunnett" if control else "tukey")


def options_of(told: Mapping[str, Any]) -> "Options":
    """How a stored trial is analysed, from the options above by their commands' names.

    Raises
    ------
    BadInput  The adjustment is not known, or Dunnett has no control.
    """
    from agro.trials.judging import Options

    return Options(
        adjust=adjusted(told["adjust"], told["control"]),
        control=told["control"] or None,
        by=told["by"] or None,
        alpha=told["alpha"],
        covariates=names_of(told["covariate"] or ()),
        spatial=told["spatial"],
        scale=told["transform"],
        blocks=told["blocks"],
        quantitative=told["quantitative"] or None,
        price_ratio=told["price_ratio"],
        contrasts=tuple(told["contrast"] or ()),
        correlation=told["correlation"],
    )
