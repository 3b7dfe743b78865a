"""`agro trial judge`: a trait of a stored trial analysed from the values that count, and kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.output import answer, answer_json, nearest, tell
from agro.cli.trial_options import (
    Adjust,
    Alpha,
    BlockEffects,
    By,
    Contrasts,
    Control,
    Correlation,
    PriceRatio,
    Quantitative,
    Scale,
    Since,
    Spatial,
    Summaries,
    Until,
    options_of,
)
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
    context: typer.Context,
    slug: Slug,
    site: Site,
    trait: Annotated[str, typer.Option(metavar="T", help="What was measured.")],
    covariate: Summaries = None,
    since: Since = "",
    until: Until = "",
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
    no_keep: Annotated[
        bool, typer.Option("--no-keep", help="Do not store what was concluded.")
    ] = False,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Analyse a trait of a stored trial and keep what was concluded, with its data's SHA-256."""
    options = options_of(context.params)
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
    with writing(site, {"analysis": slug, "trait": trait}) as c:
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
