"""What a training of the yield forecast found, for people."""

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from agro.cli.output import answer, answer_table

if TYPE_CHECKING:
    from agro.train_yield import TrainedYield

_REASONS = {
    "too_few": (
        "{seasons} past seasons of {years} years: three years of weighed harvests are needed "
        "to learn a yield from; physics and record speak"
    ),
    "kept_older_better": "what is kept of yields was clearly better on its years; it stays",
}


def document_yield(found: "TrainedYield") -> dict[str, Any]:
    """A training as JSON."""
    return asdict(found) | {"file": None if found.file is None else str(found.file)}


def answer_yield(found: "TrainedYield") -> None:
    """The scores beside each other, and who speaks from now on."""
    if found.scores:
        rows = sorted(found.scores.items(), key=lambda one: one[1])
        title = (
            f"Yield of {found.seasons} past seasons, {found.years} years held out one by one: "
            "RMSE of the logarithm of kg m⁻²"
        )
        answer_table(title, ("candidate", "RMSE"), [[name, f"{value:.3f}"] for name, value in rows])
    if found.reason in _REASONS:
        answer(_REASONS[found.reason].format(seasons=found.seasons, years=found.years))
        return
    answer(
        f"yield: {found.winner} speaks; skill of the learned against the physics "
        f"{_number(found.skill)} (80 %: {_number(found.low)} to {_number(found.high)}); "
        f"80 % intervals held {_percent(found.coverage_physics)} of the physics' cases, "
        f"{_percent(found.coverage_learned)} of the learned"
    )


def _number(value: float) -> str:
    return f"{value:.2f}" if isfinite(value) else "–"


def _percent(value: float) -> str:
    return f"{100.0 * value:.0f} %" if isfinite(value) else "–"
