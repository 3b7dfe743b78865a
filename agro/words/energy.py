"""What advised watering spares, in words: results, assumptions, how they are joined, cautions."""

from math import isnan
from typing import TYPE_CHECKING

from agro.words.catalogue import Words, say

if TYPE_CHECKING:
    from models.energy.payback import Assumptions

GIVEN = "given"
"""The source of an assumption that somebody changed."""
_NAMES = (
    *("timer_depth", "timer_days", "head", "pump_efficiency", "checks_spared", "check_minutes"),
    *("water_price", "energy_price", "hour_cost", "investment", "lifetime", "running"),
)


def result_name(name: str, language: str) -> str:
    """A result of the return, with its unit."""
    return say(language).t(f"energy_result.{name}")


def assumption_name(name: str, language: str) -> str:
    """What an assumption means."""
    return say(language).t(f"energy_assumption.{name}")


def source_name(source: str, language: str) -> str:
    """Whose an assumption is."""
    return say(language).code("energy_source", source)


def formula(name: str, language: str) -> str:
    """How a result is reckoned, as a sentence."""
    return say(language).t(f"energy_formula.{name}")


def told_of(plots: int, known: int, records: int, language: str) -> str:
    """Of how many plots the return tells, and of how many records."""
    return say(language).t("energy.told", plots=plots, known=known, records=records)


def cautions(
    plots: int, known: int, metered: float, assumptions: "Assumptions", words: Words
) -> list[str]:
    """What the return is not, and what of it rests on what nobody measured."""
    listed = [words.t("energy_caution.no_cause"), words.t("energy_caution.interval")]
    guessed = sum(getattr(assumptions, name).source != GIVEN for name in _NAMES)
    if guessed:
        listed.append(words.t("energy_caution.assumed", n=guessed, all=len(_NAMES)))
    if plots == 0:
        return [words.t("energy_caution.no_water"), *listed]
    if plots < known:
        listed.append(words.t("energy_caution.plots_left", n=known - plots))
    if isnan(metered) or metered == 0.0:
        listed.append(words.t("energy_caution.no_meter"))
    elif metered < 1.0:
        share = words.t("unit.percent", value=words.number(100.0 * metered, 1))
        listed.append(words.t("energy_caution.part_metered", share=share))
    return [*listed, words.t("energy_caution.no_shift")]


def reason_of(code: str, language: str) -> str:
    """Whether a plan moved something into the sun, else why not."""
    return say(language).t(f"energy_reason.{code}")


def why_fixed(code: str, language: str) -> str:
    """Why something stays as advised."""
    return say(language).t(f"energy_fixed.{code}")
