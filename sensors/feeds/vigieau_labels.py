"""What a usage of a drought order is about, read from the name that a prefecture gave it.

Prefectures name usages freely. The words of a name are looked up one group after another: what is
watered, by which method, from which water, and what is left out ("hors …"). A name in which
nothing is recognised is about nothing we know, which is told and never taken for a permission.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sensors.feeds.vigieau_text import patterns, plain, words

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Label:
    """A usage's name, read.

    Attributes
    ----------
    uses : What is watered, by the codes of `vigieau_words.toml`, or `other` where it is not about
        watering; empty when nothing was recognised.
    methods : localised, sprinkler, gravity; empty: any.
    waters : stored, groundwater, surface, collective; empty: any.
    places : greenhouse, off_soil; empty: any.
    without : Uses and methods that the name leaves out.
    """

    uses: frozenset[str]
    methods: frozenset[str] = NOTHING
    waters: frozenset[str] = NOTHING
    places: frozenset[str] = NOTHING
    without: frozenset[str] = NOTHING

    @property
    def is_read(self) -> bool:
        """Whether it is known what it is about."""
        return bool(self.uses)


_GROWN = patterns("uses")
_USES = _GROWN | patterns("others")
_METHODS, _WATERS, _PLACES = patterns("methods"), patterns("waters"), patterns("places")
# Not about what grows, whatever watering words stand beside.
_OTHER = re.compile("|".join(words("not_watering", "words")))
_OTHER_THEMES = frozenset(words("not_watering", "themes"))

_KEPT_TOGETHER = (
    (r"jardins? non[ -]potagers?", "agrement (hors potager)"),
    (r"hors[ -]sol", "horssol"),
    (r"serres?,? (?:non[ -])?agricoles?", "serres_"),
    (r"(?:de cours d'eau,? )?(?:moins de|inferieur\w*) ?\d+ ?m3(?:/an)?", ""),
)
# From "hors" to the end of the bracket or of the name.
_LEFT_OUT = re.compile(
    r"(?:\bhors\b|\bsauf\b|\bsans\b|\bexcepte\b|\bhormis\b|\bautres? que\b)([^)]*)"
)


def _found(known: Mapping[str, re.Pattern[str]], text: str) -> frozenset[str]:
    return frozenset(code for code, pattern in known.items() if pattern.search(text))


@lru_cache(maxsize=4096)
def label(name: str, theme: str = "") -> Label:
    """What a usage is about, by its name and, where that says little, its theme."""
    text = plain(name)
    for pattern, to in _KEPT_TOGETHER:
        text = re.sub(pattern, to, text)
    left_out = " ".join(_LEFT_OUT.findall(text))
    told = _LEFT_OUT.sub(" ", text)
    without = _found(_GROWN | _METHODS, left_out)
    uses = _uses(told, plain(theme)) - without
    return Label(uses, _found(_METHODS, told), _waters(told), _places(told), without)


def _uses(text: str, theme: str) -> frozenset[str]:
    uses = _found(_USES, text)
    if "rainwater" in uses:
        return frozenset({"rainwater"})
    grown = uses & set(_GROWN)
    named = grown - {"garden", "crops"}
    if not named and (_OTHER.search(text) or _is_of_other_work(text, theme)):
        return frozenset({"other"})
    if named:
        uses -= {"garden"}
    if named - {"young_plants", "seeds"} or "crops" in uses:
        uses -= {"withdrawal"}
    if named and not _is_of_all_crops(text):
        uses -= {"crops"}
    return uses


def _is_of_other_work(text: str, theme: str) -> bool:
    """Whether it stands under another theme and has no word of watering."""
    return theme in _OTHER_THEMES and not re.search(r"arros|irrig|cultur", text)


def _is_of_all_crops(text: str) -> bool:
    """Whether crops are named beside particular ones, as in "maraîchage … et localisée"."""
    return bool(re.search(r"et localisee|des cultures par|\(horticulture tout type", text))


def _waters(text: str) -> frozenset[str]:
    found = _found(_WATERS, text)
    return found - {"groundwater"} if "stored" in found else found


def _places(text: str) -> frozenset[str]:
    """Where it must grow to be meant; a greenhouse that is named beside others limits nothing."""
    together = re.search(r"y compris|dont serres|, |potager| ou |serres_", text)
    return NOTHING if together else _found(_PLACES, text)
