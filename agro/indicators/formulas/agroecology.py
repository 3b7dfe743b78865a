"""The level of agroecological transition, from a site's newest complete survey."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from agro.indicators import tape
from agro.indicators.book import Book, Survey
from agro.indicators.formulas.soil import is_old
from agro.indicators.parts import NOTHING, Part, Sums

CAET = "caet"


def caet(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """Mean of the ten elements of the newest survey; a survey with blanks is not scored.

    One site, one survey: several sites are a distribution, which is made of their own parts.
    """
    usable = [one for one in book.surveys if one.form == CAET and not is_old(one.day, book.end)]
    if not usable:
        return NOTHING
    newest = max(usable, key=_newness)
    given, asked = tape.answered(newest.version, newest.answers)
    scores = tape.elements(newest.version, newest.answers)
    whole = given == asked
    return Sums(
        numerator=sum(scores.values()) if whole else 0.0,
        denominator=float(len(scores)) if whole else 0.0,
        known=float(given),
        of=float(asked),
        records=(newest,),
        version=tape.ALIASES.get(newest.version, newest.version),
    )


def _newness(one: Survey) -> tuple[date, bool, str]:
    """Newer first; of the same day the complete one, then the newer form."""
    given, asked = tape.answered(one.version, one.answers)
    return one.day or date.min, given == asked, one.version
