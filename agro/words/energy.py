"""What advised watering spares, in words: its results, its assumptions and how they are joined."""

from agro.words.catalogue import say


def result_name(name: str, language: str) -> str:
    """A result of the return, with its unit."""
    return say(language).t(f"energy_result.{name}")


def assumption_name(name: str, language: str) -> str:
    """What an assumption means."""
    return say(language).t(f"energy_assumption.{name}")


def formula(name: str, language: str) -> str:
    """How a result is reckoned, as a sentence."""
    return say(language).t(f"energy_formula.{name}")


def told_of(plots: int, known: int, records: int, language: str) -> str:
    """Of how many plots the return tells, and of how many records."""
    return say(language).t("energy.told", plots=plots, known=known, records=records)
