"""`agro trial judge`: a trait of a stored trial analysed from the values that count, and kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.output import answer, answer_json, nearest, tell
from agro.cli.trial_stored import Json, Site, Slug, Who, known, reading, writing
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.store.trials import PlannedTrial
    from agro.trials.judging import Judged, Options


def register(app: typer.Typer) -> None:
    """Add this command to the group `agro trial`."""
    app.command()(judge)


def judge(
    slug: Slug,
    site: Site,
    trait: Annotated[str, typer.Option(metavar="T", help="What was measured.")],
    covariate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X[,X2…]",
            help="A trait, or soil_moisture, stress_days, irrigation, rain of --from … --to.",
        ),
    ] = None,
    since: Annotated[str, typer.Option("--from", metavar="DAY", help="First of those days.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="DAY", help="Last of those days.")] = "",
    by: Annotated[str, typer.Option(metavar="F", help="Compare within each level of it.")] = "",
    adjust: Annotated[
        str, typer.Option(metavar="A", help="tukey, dunnett, holm, bonferroni, none.")
    ] = "",
    control: Annotated[str, typer.Option(metavar="LEVEL", help="Compare all with this one.")] = "",
    alpha: Annotated[float, typer.Option(min=0.001, max=0.5, help="Level of the tests.")] = 0.05,
    quantitative: Annotated[
        str, typer.Option(metavar="F", help="Treatment whose levels are doses: trend and curve.")
    ] = "",
    price_ratio: Annotated[
        float | None, typer.Option(min=0.0, help="Price of a unit of dose over one of response.")
    ] = None,
    contrast: Annotated[
        list[str] | None,
        typer.Option(metavar="C", help="'A vs B,C' or 'name=1,-1,0'; may be given again."),
    ] = None,
    transform: Annotated[
        str, typer.Option(metavar="S", help="log, sqrt, …, as in agro trial analyse.")
    ] = "none",
    blocks: Annotated[
        str, typer.Option(metavar="B", help="random where the design allows it, or fixed.")
    ] = "random",
    spatial: Annotated[
        bool, typer.Option("--spatial", help="Plots resemble neighbours: AR1 along both ways.")
    ] = False,
    correlation: Annotated[
        bool, typer.Option("--correlation", help="Compare models of the correlation over time.")
    ] = False,
    no_keep: Annotated[
        bool, typer.Option("--no-keep", help="Do not store what was concluded.")
    ] = False,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Analyse a trait of a stored trial and keep what was concluded, with its data's SHA-256."""
    from agro.cli.trial import adjusted, names_of
    from agro.trials.judging import Options

    options = Options(
        adjust=adjusted(adjust, control),
        control=control or None,
        by=by or None,
        alpha=alpha,
        covariates=names_of(covariate or ()),
        spatial=spatial,
        scale=transform,
        blocks=blocks,
        quantitative=quantitative or None,
        price_ratio=price_ratio,
        contrasts=tuple(contrast or ()),
        correlation=correlation,
    )
    with reading() as c:
        found, doubts = judged_of(c, site, slug, trait, options, since=since, until=until)
    number = None if no_keep else _keep(site, slug, trait, found, who)
    _answer(slug, found, doubts, number, as_json=as_json)


def judged_of(
    c: "Connection",
    site: str,
    slug: str,
    trait: str,
    options: "Options",
    *,
    since: str,
    until: str,
) -> "tuple[Judged, list[str]]":
    """The analysis, and what is doubtful about its covariates.

    Raises
    ------
    BadInput  The trial, the trait or a covariate is not known, or nothing can be analysed.
    """
    from agro.store import trials
    from agro.trials.covariates import UNITS
    from agro.trials.judging import judge as judge_trait

    trial = known(lambda: trials.trial_of(c, site, slug))
    measured = [one.name for one in trial.traits]
    lines = []
    if trait not in measured:
        lines.append(f"--trait: {trait!r} is not measured in {slug}; {nearest(trait, measured)}")
    asked = [one for one in options.covariates if one not in measured]
    for one in asked:
        if one not in UNITS:
            hint = nearest(one, [*measured, *UNITS])
            lines.append(f"--covariate: {one!r} is neither a trait nor told by sensors; {hint}")
    if trait in options.covariates:
        lines.append(f"--covariate: {trait!r} is what is analysed; name another")
    if lines:
        raise BadInput(lines)
    summaries, doubts = _summaries(c, trial, asked, since, until) if asked else ({}, [])
    values = trials.values(c, site, slug)
    try:
        return judge_trait(trial, values, trait, options, summaries), doubts
    except ValueError as error:
        raise BadInput([f"{slug}: {error}"]) from error


def _summaries(
    c: "Connection", trial: "PlannedTrial", asked: Sequence[str], since: str, until: str
) -> tuple[Mapping[str, Mapping[int, float]], list[str]]:
    """What the sensors tell of each plot, and what is to be known of it.

    Raises
    ------
    BadInput  No period is given, or what is asked for is no covariate in this trial.
    """
    from agro.trials.covariates import plot_summaries
    from agro.words import finding_sentence, say

    first, last = _day(since, "--from"), _day(until, "--to")
    if last < first:
        raise BadInput([f"--to: {until} is before {since}; exchange them"])
    found = plot_summaries(c, trial, first, last, names=asked)
    own = [one for one in found.findings if not one.column or one.column in asked]
    told = [
        f"{one.column or '--from'}: {finding_sentence(say('en'), one.code, one.value, one.facts)}"
        for one in own
    ]
    useless = {"covariate_shared", "covariate_constant"}
    if any(one.code in useless for one in own):
        raise BadInput(told)
    return found.values, told


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        line = f"{option}: {text!r} is not a day; write it as 2026-07-20"
        raise BadInput([line]) from error


def _keep(site: str, slug: str, trait: str, found: "Judged", who: str) -> int:
    """Store what was concluded; its number."""
    from importlib.metadata import version

    from agro.store import trials
    from agro.trials.document import document
    from agro.trials.judging import described

    kept = trials.StoredAnalysis(
        trait,
        described(found.options, found.roles),
        found.sha256,
        version("agro"),
        document(found.analysis, _warnings(found)),
        who=who,
    )
    with writing() as c:
        return trials.keep_analysis(c, site, slug, kept)


def _answer(
    slug: str, found: "Judged", doubts: list[str], number: int | None, *, as_json: bool
) -> None:
    from agro.cli.trial_answers import answer_analysis
    from agro.trials.document import document

    said = [*_warnings(found), *doubts]
    if as_json:
        kept = {"kept": number, "data_sha256": found.sha256}
        answer_json(document(found.analysis, said, empty=0) | kept)
        return
    answer_analysis(found.analysis, empty=0)
    tell(f"{slug}: {one}" for one in said)
    if number is not None:
        answer(f"kept as analysis {number}, of data {found.sha256[:12]}")


def _warnings(found: "Judged") -> list[str]:
    from agro.words import say, warning_sentence

    words = say("en")
    return [warning_sentence(words, one.code, one.facts) for one in found.analysis.warnings]
