"""Under which licence the city's data may be used again.

References
----------
[1] Etalab (2017), Licence Ouverte / Open Licence, version 2.0; compatible with CC BY 4.0.
[2] Creative Commons, Attribution 4.0 International.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence by its address and its name."""

    address: str
    name: str


OPEN_LICENCE = Licence(
    "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    "Licence Ouverte / Open Licence 2.0",
)
CC_BY = Licence("https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0")


def licence_of(country: str) -> Licence:
    """The licence of a city in this country: the French state's own in France, else CC BY."""
    return OPEN_LICENCE if country == "FR" else CC_BY
