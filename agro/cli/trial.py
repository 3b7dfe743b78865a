"""`agro trial …`: field trials drawn, sown and analysed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.output import answer_json, nearest, tell
from agro.cli.trial_options import (
    SCALES,
    Adjust,
    Alpha,
    BlockEffects,
    By,
    Contrasts,
    Control,
    Correlation,
    Covariate,
    Genotypes,
    PriceRatio,
    Quantitative,
    Scale,
    Spatial,
    adjusted,
    names_of,
)
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.trials import Finding, Reading
    from agro.words import Words
    from models.trials.asked import Asked
    from models.trials.results import Analysis

app = typer.Typer(
    help="Field trials: a design, its field book, and the analysis that fits it.",
    no_args_is_help=True,
)

_BLOCKS = ("random", "fixed")


def _column(text: str) -> Any:
    return typer.Option(metavar="COLUMN", help=text)


@app.command()
def analyse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX, one row a plot.")],
    response: Annotated[str, _column("What was measured.")],
    treatment: Annotated[
        list[str], typer.Option(metavar="T[,T2…]", help="What was compared; several are crossed.")
    ],
    design: Annotated[str, typer.Option(metavar="D", help="How the plots were laid out.")],
    block: Annotated[str, _column("Blocks; in an alpha-lattice the small ones.")] = "",
    replicate: Annotated[str, _column("Whole replicates that hold the small blocks.")] = "",
    main_plot: Annotated[str, _column("The factor on main plots; else the first.")] = "",
    sub_plot: Annotated[str, _column("The factor on sub-plots; else the second.")] = "",
    row: Annotated[str, _column("Rows of the field.")] = "",
    column: Annotated[str, _column("Columns of the field.")] = "",
    covariate: Covariate = None,
    environment: Annotated[
        str, typer.Option(metavar="E[,E2]", help="Sites or years; two are taken together.")
    ] = "",
    subject: Annotated[str, _column("What was measured again and again.")] = "",
    time: Annotated[str, _column("When it was measured.")] = "",
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
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Analyse a trial: what the treatments did, how sure that is, what it rests on."""
    from agro.cli.trial_answers import answer_analysis
    from agro.trials.document import document
    from agro.words import say

    found = analysed(
        file,
        response=response,
        treatment=treatment,
        design=design,
        block=block,
        replicate=replicate,
        main_plot=main_plot,
        sub_plot=sub_plot,
        row=row,
        column=column,
        covariate=covariate,
        environment=environment,
        subject=subject,
        time=time,
        by=by,
        adjust=adjust,
        control=control,
        alpha=alpha,
        quantitative=quantitative,
        price_ratio=price_ratio,
        contrast=contrast,
        transform=transform,
        blocks=blocks,
        spatial=spatial,
        correlation=correlation,
        genotypes=genotypes,
    )
    warned = _warnings(say("en"), found.analysis)
    empty = found.reading.empty
    if as_json:
        said = [*warned, *found.problems, *found.doubts]
        answer_json(document(found.analysis, said, empty=empty))
    else:
        answer_analysis(found.analysis, empty=empty)
        tell([*(f"{file}: {one}" for one in warned), *found.doubts])
    if found.problems:
        raise BadInput(found.problems)


@dataclass(frozen=True, slots=True)
class Analysed:
    """A sheet and its analysis; `problems` could not be used, `doubts` should be looked at."""

    reading: "Reading"
    analysis: "Analysis"
    adjust: str
    problems: list[str]
    doubts: list[str]


def analysed(file: Path, *, language: str = "en", **told: Any) -> Analysed:
    """The sheet and its analysis, from the options of `agro trial analyse` by their names.

    Raises
    ------
    BadInput  The file or the options cannot be used.
    """
    from agro.words import say

    adjust = adjusted(told["adjust"], told["control"])
    asked = _asked(
        quantitative=told["quantitative"] or None,
        price_ratio=float("nan") if told["price_ratio"] is None else told["price_ratio"],
        contrasts=tuple(told["contrast"] or ()),
        scale=told["transform"],
        blocks=told["blocks"],
        correlation=told["correlation"],
        genotypes=told["genotypes"],
    )
    plain = ("block", "replicate", "main_plot", "sub_plot", "row", "column", "subject", "time")
    reading = read_trial(
        file,
        told["response"],
        told["design"],
        treatments=names_of(told["treatment"]),
        covariates=names_of(told["covariate"] or ()),
        environment=":".join(names_of((told["environment"],))),
        **{name: told[name] for name in plain},
    )
    words = say(language)
    problems = [finding_line(words, file, one) for one in reading.problems]
    doubts = [finding_line(words, file, one) for one in reading.doubts]
    if reading.trial is None:
        raise BadInput([*problems, *doubts])
    analysis = analysis_of(
        *(file, reading, problems),
        adjust=adjust,
        control=told["control"],
        by=told["by"],
        alpha=told["alpha"],
        spatial=told["spatial"],
        asked=asked,
    )
    return Analysed(reading, analysis, adjust, problems, doubts)


def _asked(**told: Any) -> "Asked":
    """What is asked beyond means and letters.

    Raises
    ------
    BadInput  A scale or a kind of blocks is not known.
    """
    from models.trials.asked import Asked

    for option, name, known in (
        ("--transform", told["scale"], SCALES),
        ("--blocks", told["blocks"], _BLOCKS),
    ):
        if name not in known:
            raise BadInput([f"{option}: {name!r} is not known; {nearest(name, known)}"])
    return Asked(**told)


def read_trial(file: Path, response: str, design: str, **parts: Any) -> "Reading":
    """The sheet, its columns in the parts that the options give them.

    Raises
    ------
    BadInput  The design is not known, or the file cannot be read.
    """
    from agro.sheets import LARGEST
    from agro.trials import DESIGNS, read
    from models.trials.model import Roles

    if design not in DESIGNS:
        raise BadInput([f"--design: {design!r} is not a design; {nearest(design, DESIGNS)}"])
    outer, _, inner = parts["block"].replace("/", ",").replace(":", ",").rpartition(",")
    parts |= {"block": inner.strip(), "replicate": parts["replicate"] or outer.strip()}
    given: dict[str, Any] = {name: one or _nothing(name) for name, one in parts.items()}
    roles = Roles(design, **given)
    try:
        size = file.stat().st_size
        if size > LARGEST:
            line = f"{file}: is of {size / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f} MB; split it"
            raise BadInput([line])
        body = file.read_bytes()
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error
    return read(body, str(file), response, roles)


def _nothing(part: str) -> tuple[str, ...] | None:
    return () if part in ("treatments", "covariates") else None


def analysis_of(
    file: Path, reading: "Reading", problems: Sequence[str], *, by: str, control: str, **told: Any
) -> "Analysis":
    """The analysis of the good rows.

    Raises
    ------
    BadInput  Nothing can be said of them.
    """
    from models.trials.analysis import analyse as analysed

    if reading.trial is None:
        raise BadInput(problems)
    levels = {name for of in reading.roles.treatments for name in reading.trial.factors[of].levels}
    if control and control not in levels:
        line = f"--control: {control!r} is no level of a treatment; {nearest(control, levels)}"
        raise BadInput([*problems, line])
    try:
        return analysed(
            reading.trial, reading.roles, control=control or None, by=by or None, **told
        )
    except ValueError as error:
        raise BadInput([*problems, f"{file}: {error}"]) from error


def finding_line(words: "Words", file: Path, found: "Finding") -> str:
    """What was found as one line: which file, row, column, value and what to do."""
    from agro.words import finding_sentence

    sentence = finding_sentence(words, found.code, found.value, found.facts)
    where = f"{file}, row {found.row}" if found.row else str(file)
    return f"{where}, {found.column}: {sentence}" if found.column else f"{where}: {sentence}"


def _warnings(words: "Words", analysis: "Analysis") -> list[str]:
    from agro.words import warning_sentence

    return [warning_sentence(words, one.code, one.facts) for one in analysis.warnings]
