"""`agro skill …`: what forecasts would have been worth, soil moisture on anyone's series."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli import skill_yield
from agro.cli.output import answer_json, answer_table, tell

if TYPE_CHECKING:
    from agro.cli.soil_file import SoilDays
    from models.irrigation.moisture_scores import Judgement
    from models.irrigation.moisture_series import Probe

IN_JSON = ("persistence", "bucket", "linear", "boosted", "blend", "chosen")
SHORTEST = 30  # days of a series, below which there is only persistence

skill = typer.Typer(
    help="How right the forecasts are, on days their models have not seen.", no_args_is_help=True
)


class Rain(StrEnum):
    """What is known of the rain of the days ahead."""

    KNOWN = "known"
    NONE = "none"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    skill_yield.register(skill)
    app.add_typer(skill, name="skill")


@skill.callback()
def of() -> None:
    """How right the forecasts are, on days their models have not seen."""


@skill.command()
def soil(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV site,depth_cm,time,vwc and weather.")
    ],
    rain: Annotated[Rain, typer.Option(help="Rain of the days ahead: known, or none of it.")] = (
        Rain.KNOWN
    ),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Rolling-origin skill of the soil-moisture forecast on a series, refitted on the past only."""
    from agro.cli.soil_file import read_soil

    document = judged(read_soil(file), str(file), known=rain is Rain.KNOWN, quiet=as_json)
    if as_json:
        answer_json(document)
        return
    title = f"RMSE m³ m⁻³, rain {rain.value}; 80 % intervals"
    columns = ("site", "depth cm", "days", "n", *IN_JSON, "coverage %")
    answer_table(title, columns, _rows(document))


def judged(found: "SoilDays", file: str, *, known: bool, quiet: bool) -> dict[str, Any]:
    """The skill on these series, under the contract's keys."""
    from agro.cli.progress import progress
    from models.irrigation.moisture_scores import judge, persistence_only
    from models.irrigation.moisture_series import panel
    from models.irrigation.moisture_skill import roll

    long = [one for one in found.probes if _is_long(one, file)]
    if known and not any("rain" in sky for sky in found.sky.values()):
        tell(f"{file}: has no rain, so none is known")
    single: dict[int, list[Judgement]] = {}
    overall: list[Judgement] = []
    if long:
        day_of_year = found.days.day_of_year.to_numpy(dtype=float)
        series = panel(long, found.sky, day_of_year)
        with progress("refitting on the past", quiet=quiet) as told:
            forecasts = roll(
                series,
                rain_known=known,
                told=lambda done, total: told("refitting on the past", done, total),
            )
        judgements, overall = judge(series, forecasts)
        single = {id(one): each for one, each in zip(long, judgements, strict=True)}
    shown = [single.get(id(one)) or persistence_only(one.water_content) for one in found.probes]
    overall = overall or pooled(shown)
    return {
        "series": [
            {
                "site": one.site,
                "depth_cm": one.depth_cm,
                "n": _measured(one),
                "horizons": _told(each),
            }
            for one, each in zip(found.probes, shown, strict=True)
        ],
        "overall": _told(overall),
    }


def pooled(series: "list[list[Judgement]]") -> "list[Judgement]":
    """All series' persistence together, where none was long enough for more."""
    from math import sqrt

    from models.irrigation.moisture_scores import Judgement

    found = []
    for each in zip(*series, strict=True):
        n = sum(one.n for one in each)
        squares = sum(one.n * one.rmse["persistence"] ** 2 for one in each if one.n)
        rmse = dict.fromkeys(each[0].rmse, float("nan"))
        rmse["persistence"] = rmse["chosen"] = sqrt(squares / n) if n else float("nan")
        found.append(Judgement(each[0].days, n, rmse, float("nan")))
    return found


def _measured(probe: "Probe") -> int:
    return int((probe.water_content == probe.water_content).sum())


def _is_long(probe: "Probe", file: str) -> bool:
    """Whether more than persistence can be judged; else it is told."""
    if _measured(probe) >= SHORTEST:
        return True
    tell(
        f"{file}: {probe.site}, {probe.depth_cm:g} cm has {_measured(probe)} days; "
        f"under {SHORTEST} only persistence is judged"
    )
    return False


def _told(judgements: "list[Judgement]") -> list[dict[str, Any]]:
    return [
        {
            "days": one.days,
            "n": one.n,
            "rmse": {name: one.rmse[name] for name in IN_JSON},
            "coverage_80": one.coverage_80,
        }
        for one in judgements
    ]


def _rows(document: dict[str, Any]) -> list[list[Any]]:
    rows = []
    everything = {"site": "all", "depth_cm": None, "horizons": document["overall"]}
    for one in (*document["series"], everything):
        depth = one["depth_cm"]
        for horizon in one["horizons"]:
            errors = [_digits(horizon["rmse"][name], 4) for name in IN_JSON]
            covered = _digits(100.0 * horizon["coverage_80"], 0)
            where = [one["site"], None if depth is None else f"{depth:g}"]
            rows.append([*where, horizon["days"], horizon["n"], *errors, covered])
    return rows


def _digits(value: float, digits: int) -> str | None:
    return None if value != value else f"{value:.{digits}f}"
