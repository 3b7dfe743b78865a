"""`agro train`: learns from the store's own probes, and keeps what is better than the physics."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.output import answer, answer_json, answer_table, configured
from agro.cli.yield_answers import answer_yield, document_yield

if TYPE_CHECKING:
    from agro.train import Trained

SHOWN = ("persistence", "bucket", "linear", "boosted", "blend", "chosen")

_REASONS = {
    "too_few": "no probe has 30 days of readings yet: nothing to learn from; the physics speaks",
    "physics_better": "nothing learned was clearly better; {winner} speaks",
    "kept_older_better": "the model that is kept was clearly better on its days; it stays",
    "kept": "kept in {file}; it speaks where it has won: at {speaks} of {probes} probes",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(train)


def train(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Train the soil-moisture and the yield forecast on the store; keep what beats the physics."""
    from agro.cli.progress import progress
    from agro.cli.season_demo import on_demo_clock
    from agro.config import now
    from agro.train import train as train_on
    from agro.train_yield import train as train_yield_on

    settings = on_demo_clock(configured())
    what = "training on the past"
    with (
        city_store(settings) as engine,
        engine.connect() as c,
        progress(what, quiet=as_json) as told,
    ):
        found = train_on(
            c,
            settings.var / "models",
            at=now(),
            told=lambda done, total: told(what, done, total),
        )
        harvests = train_yield_on(
            c,
            settings.var / "models",
            at=now(),
            told=lambda done, total: told("past seasons forecast again", done, total),
        )
    if as_json:
        answer_json(document(found) | {"yield": document_yield(harvests)})
        return
    if found.judgements:
        answer_table(
            f"RMSE m³ m⁻³ of {found.probes} probes, days not seen before, rain known",
            ("days", "n", *SHOWN, "coverage %"),
            _rows(found),
        )
    facts = {name: getattr(found, name) for name in ("winner", "file", "speaks", "probes")}
    answer(_REASONS[found.reason].format(**facts))
    answer_yield(harvests)


def document(found: "Trained") -> dict[str, Any]:
    """A training as JSON."""
    return {
        "probes": found.probes,
        "winner": found.winner or None,
        "reason": found.reason,
        "file": None if found.file is None else str(found.file),
        "speaks": found.speaks,
        "horizons": [
            {
                "days": one.days,
                "n": one.n,
                "rmse": {name: one.rmse[name] for name in SHOWN},
                "coverage_80": one.coverage_80,
            }
            for one in found.judgements
        ],
    }


def _rows(found: "Trained") -> list[list[Any]]:
    return [
        [
            one.days,
            one.n,
            *(f"{one.rmse[name]:.4f}" for name in SHOWN),
            f"{100 * one.coverage_80:.0f}" if one.n else None,
        ]
        for one in found.judgements
    ]
