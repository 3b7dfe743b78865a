"""Names of plots, crops and types as people write them, to ours."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache

from agro.logbook.columns import TYPES
from agro.words import LANGUAGES, named
from models.water import tables

# The French names of the types; the English ones are farmOS's own.
_TYPES_FR = {
    "semis": "seeding",
    "plantation": "transplanting",
    "repiquage": "transplanting",
    "arrosage": "irrigation",
    "recolte": "harvest",
    "apport": "input",
    "intrant": "input",
    "fertilisation": "input",
    "traitement": "input",
    "entretien": "maintenance",
    "livraison": "delivery",
    "vente": "delivery",
    "travail": "labour",
    "labor": "labour",
    "compostage": "compost",
}


def spelled(name: str) -> str:
    """A name without accents, capitals and signs: `Planche n° 1` → planche-no-1."""
    flat = unicodedata.normalize("NFKD", name.casefold())
    flat = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return re.sub(r"[^\w]+", "-", flat).strip("-_")


def type_named(text: str) -> str | None:
    """The type of this name, in English or French."""
    name = text.strip().casefold()
    return name if name in TYPES else _TYPES_FR.get(spelled(text))


def plots_named(plots: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What a plot may be called, spelled plainly, to its slug; `plots` are slugs and names."""
    known: dict[str, str] = {}
    both = list(plots)
    for slug, _ in both:
        known[spelled(slug)] = slug
    for slug, name in both:
        known.setdefault(spelled(name), slug)
    return known


@cache
def crop_named(text: str) -> str | None:
    """The key of a crop by its own name, in any language of ours, also in an English plural.

    Only by its own name: other names of the table stand for crops that need as much water, and a
    squash weighed is no courgette.
    """
    name = spelled(text)
    singular = name.removesuffix("es") if name.endswith(("oes", "shes")) else name
    singular = f"{name.removesuffix('ies')}y" if name.endswith("ies") else singular
    for one in (name, name.removesuffix("s"), name.removesuffix("x"), singular):
        if one in _crops():
            return _crops()[one]
    return None


@cache
def crop_near(text: str) -> tuple[str, ...]:
    """Keys of crops whose names look like an unknown one, the likeliest first."""
    near = get_close_matches(spelled(text), list(_crops()), n=3, cutoff=0.75)
    return tuple(dict.fromkeys(_crops()[name] for name in near))


@cache
def _crops() -> Mapping[str, str]:
    known = {spelled(key): key for key in tables.CROPS}
    for crop in tables.CROPS.values():
        for language in LANGUAGES:
            known.setdefault(spelled(named(crop, "crop", crop.key, language)), crop.key)
    return known
