"""`agro trial share` and `agro trial again`: a trial sent to others, and its numbers had again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.language import known_language
from agro.cli.output import answer, answer_json, tell
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
from agro.cli.trial_stored import Json, Site, Slug, reading
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.trials.findings import Finding
    from agro.trials.judging import Judged
    from agro.trials.sharing import Again

_AS = "As in agro trial judge."
_SHOWN = 40  # figures that differ; --json has them all
_DIGITS = 6
_NO_FIGURE = "nothing"  # what stands where a part of the analysis is not there


def register(app: typer.Typer) -> None:
    """Add both to the group `agro trial`."""
    app.command()(share)
    app.command(name="again")(compute_again)


def share(
    context: typer.Context,
    slug: Slug,
    site: Site,
    trait: Annotated[str, typer.Option(metavar="T", help="What was measured.")],
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="The file to send.")],
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
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.pdf", help="A report to send along.")
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="L", callback=known_language, help="Of the texts in it.")
    ] = "fr",
) -> None:
    """Write a trial into one file: data, layout, analysis and all that makes it again."""
    from agro.cli.trial_judge import judged_of

    options = options_of(context.params)
    pdf = None if report is None else _read(report)
    with reading() as c:
        judged, doubts = judged_of(c, site, slug, trait, options, since=since, until=until)
        body, lacking = _shared(c, site, slug, judged, language=language, pdf=pdf)
    try:
        out.write_bytes(body)
    except OSError as error:
        raise BadInput([f"--out: {out} cannot be written ({error.strerror})"]) from error
    tell([*doubts, *(_sentence(slug, one) for one in lacking)])
    answer(f"written: {out}, {len(body) / 1e3:.0f} kB; agro trial again {out} computes it again")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error


def _shared(
    c: "Connection", site: str, slug: str, judged: "Judged", *, language: str, pdf: bytes | None
) -> "tuple[bytes, tuple[Finding, ...]]":
    """The zip of a stored trial, and what metadata it lacks."""
    from agro.store import trials
    from agro.trials.sharing import bundle, checklist, ground, installed

    trial = trials.trial_of(c, site, slug)
    where = ground(c, trial)
    body = bundle(
        trial,
        trials.values(c, site, slug),
        judged,
        versions=installed(),
        language=language,
        report_pdf=pdf,
        where=where,
    )
    return body, checklist(trial, judged, where=where, language=language).findings


def _sentence(slug: str, found: "Finding") -> str:
    from agro.words import finding_sentence, say

    return f"{slug}, {found.column}: " + finding_sentence(
        say("en"), found.code, found.value, found.facts
    )


def compute_again(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="From agro trial share.")],
    tolerance: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Relative deviation that is none.")
    ] = 1e-6,
    as_json: Json = False,
) -> None:
    """Compute a shared trial again, from its file alone, and compare every figure."""
    from agro.trials.sharing import again

    found = again(_read(file), str(file), tolerance=tolerance)
    if as_json:
        answer_json(_document(found))
    else:
        _answer(file, found)
    if not found.holds:
        raise typer.Exit(1)


def _document(found: "Again") -> dict[str, Any]:
    compared = found.compared
    return {
        "holds": found.holds,
        "figures": compared.figures,
        "largest_deviation": compared.largest,
        "at": compared.where,
        "same_data": found.same_data,
        "same_layout": found.same_layout,
        "versions": [
            {"name": name, "then": then, "now": now} for name, (then, now) in found.versions.items()
        ],
        "differs": [
            {"at": one.where, "was": one.was, "now": one.now, "deviation": one.relative}
            for one in compared.differs
        ],
    }


def _answer(file: Path, found: "Again") -> None:
    """What was compared, then a line for each thing that is not what it was."""
    compared = found.compared
    at = f" ({compared.where})" if compared.where else ""
    answer(f"{file}: {compared.figures} figures computed again; largest relative deviation "
           f"{compared.largest:.2g}{at}")  # fmt: skip
    if found.same_layout:
        answer("the seed draws the same layout again")
    tell(
        f"{name}: computed with {then} then, {now or 'none'} now"
        for name, (then, now) in found.versions.items()
    )
    if not found.same_data:
        tell(f"{file}, data.csv: is not the table that was analysed; take the file again")
    if found.same_layout is False:
        tell(f"{file}, layout.csv: is not what the seed of design.json draws; trust neither")
    tell(
        f"{file}, {one.where}: was {_figure(one.was)}, is {_figure(one.now)}"
        for one in compared.differs[:_SHOWN]
    )
    more = len(compared.differs) - _SHOWN
    if more > 0:
        tell(f"{file}: and {more} more; --json has them all")


def _figure(value: Any) -> str:
    if value is None:
        return _NO_FIGURE
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    return str(value)
