"""`agro skill yield`: what a yield model would have been worth on anyone's table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.output import answer_json, answer_table, tell

if TYPE_CHECKING:
    from models.harvest.yield_table.skill import YieldSkill
    from models.harvest.yield_table.table import YieldTable

WORK = "holding out each year"
COLUMNS = ("model", "RMSE", "R²", "skill vs group-mean", "low", "high", "")


def register(skill: typer.Typer) -> None:
    """Add this command."""
    skill.command("yield")(yields)


def yields(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV (also gzip) or XLSX, a row for each yield.")
    ],
    target: Annotated[str, typer.Option(help="Column of the yield.")],
    group: Annotated[str, typer.Option(help="Column of the place, or what else has its own mean.")],
    year: Annotated[str, typer.Option(help="Column of the year that is held out.")],
    features: Annotated[
        str | None, typer.Option(help="Columns to learn from, a,b,c; all others unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Leave-one-year-out skill of the yield model on a table; never a random split."""
    from agro.cli.yield_file import read_yields

    asked = [name.strip() for name in features.split(",") if name.strip()] if features else None
    table = read_yields(file, target=target, group=group, year=year, features=asked)
    found = _judged(table, quiet=as_json)
    for name in found.left_out:
        tell(f"{file}, {name}: tells {target} itself (|r| > 0.99), and is left out of its features")
    if found.sampled:
        tell(f"{file}: has many rows; features are learned from a part of them")
    document = _document(table, found)
    if as_json:
        answer_json(document)
        return
    title = f"{target}: {document['n']} rows, {document['years']} years, each held out once"
    answer_table(title, COLUMNS, _rows(document))
    tell(_verdict(document, group))


def _judged(table: "YieldTable", *, quiet: bool) -> "YieldSkill":
    from agro.cli.progress import progress
    from models.harvest.yield_table.skill import judge

    with progress(WORK, quiet=quiet) as told:
        return judge(table, told=lambda done, total: told(WORK, done, total))


def _document(table: "YieldTable", found: "YieldSkill") -> dict[str, Any]:
    """The skill under the contract's keys; the last candidate is the machinery as a whole."""
    return {
        "n": len(table.target),
        "years": table.years,
        "candidates": [
            {
                "model": one.name,
                "rmse": one.rmse,
                "r2": one.r2,
                "skill_vs_group_mean": one.skill.value,
                "low": one.skill.low,
                "high": one.skill.high,
            }
            for one in found.candidates
        ],
        "chosen": found.chosen,
        "coverage_80": found.coverage_80,
        "width_80": found.width_80,
    }


def _rows(document: dict[str, Any]) -> list[list[Any]]:
    keys = ("rmse", "r2", "skill_vs_group_mean", "low", "high")
    return [
        [one["model"], *map(_digits, (one[key] for key in keys)), _mark(one, document)]
        for one in document["candidates"]
    ]


def _mark(one: dict[str, Any], document: dict[str, Any]) -> str:
    if one["model"] == "chosen":
        return "chosen again for each year, without it"
    return "chosen" if one["model"] == document["chosen"] else ""


def _digits(value: float) -> str | None:
    return None if value != value else f"{value:.3g}"


def _verdict(document: dict[str, Any], group: str) -> str:
    """The answer in a sentence."""
    chosen = next(one for one in document["candidates"] if one["model"] == document["chosen"])
    covered = 100.0 * document["coverage_80"]
    width = f"; the 80 % intervals held {covered:.0f} %" if covered == covered else ""
    if document["chosen"] == "group-mean":
        return f"no skill here beyond the mean of each {group}{width}"
    spared, low, high = (
        f"{100.0 * chosen[key]:.0f}" for key in ("skill_vs_group_mean", "low", "high")
    )
    machinery = 100.0 * document["candidates"][-1]["skill_vs_group_mean"]
    return (
        f"{chosen['model']} spares {spared} % of the squared error of the mean of each {group} "
        f"({low} to {high} % over years); it is the best of {len(document['candidates']) - 1}, and "
        f"with the choice made without the year judged {machinery:.0f} % are spared{width}"
    )
