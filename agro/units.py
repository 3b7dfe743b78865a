"""Units of the logbook, as people write them in French and English: one table.

Masses become kg, volumes L, lengths m, areas m², times h, depths of water mm, by exact factors.
A count stays a count: no head, bunch or quart is ever turned into kilograms here.

Sources: NIST Special Publication 811 (2008), appendix B.8 (pound, ounce, foot, inch, acre, short
ton, US gallon, quart, pint); BIPM, The International System of Units, 9th edition (2019), table 8
(litre, hectare, tonne); Arrêté du 3 mai 1961 and usage (quintal = 100 kg).
"""

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from math import nan

MASS, VOLUME, COUNT, LENGTH, AREA, TIME, DEPTH = (
    *("mass", "volume", "count", "length", "area"),
    *("time", "depth"),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: how it is written here, what it measures, how many base units it is.

    The base is kg, L, m, m², h or mm; a count is its own base, in `symbol`. `spellings` are plain:
    without accents, in lower case, singular.
    """

    symbol: str
    dimension: str
    factor: float
    base: str
    spellings: tuple[str, ...]


def _counts(symbol: str, *spellings: str) -> Unit:
    return Unit(symbol, COUNT, 1.0, symbol, (symbol, *spellings))


_FOOT = 0.3048  # m, exactly
_GALLON = 3.785411784  # L, US liquid, exactly

UNITS = (
    Unit("kg", MASS, 1.0, "kg", ("kg", "kilo", "kilogram", "kilogramme", "kgs")),
    Unit("g", MASS, 1e-3, "kg", ("g", "gr", "gram", "gramme", "gm")),
    Unit("mg", MASS, 1e-6, "kg", ("mg", "milligram", "milligramme")),
    Unit("t", MASS, 1000.0, "kg", ("t", "tonne", "metric ton", "tonne metrique")),
    Unit("q", MASS, 100.0, "kg", ("q", "qx", "quintal", "quintaux")),
    Unit("lb", MASS, 0.45359237, "kg", ("lb", "pound", "livre avoirdupois", "lbs")),
    Unit("oz", MASS, 0.45359237 / 16.0, "kg", ("oz", "ounce", "once")),
    Unit("L", VOLUME, 1.0, "L", ("l", "litre", "liter", "ltr")),
    Unit("mL", VOLUME, 1e-3, "L", ("ml", "millilitre", "milliliter")),
    Unit("cL", VOLUME, 1e-2, "L", ("cl", "centilitre", "centiliter")),
    Unit("hL", VOLUME, 100.0, "L", ("hl", "hectolitre", "hectoliter")),
    Unit("m3", VOLUME, 1000.0, "L", ("m3", "metre cube", "cubic metre", "cubic meter")),
    Unit("gal", VOLUME, _GALLON, "L", ("gal", "gallon", "us gallon")),
    Unit("mm", DEPTH, 1.0, "mm", ("mm", "l/m2", "millimetre", "millimeter")),
    Unit("m", LENGTH, 1.0, "m", ("m", "metre", "meter", "metre lineaire", "m lineaire")),
    Unit("cm", LENGTH, 0.01, "m", ("cm", "centimetre", "centimeter")),
    Unit("ft", LENGTH, _FOOT, "m", ("ft", "foot", "feet", "row ft", "bed ft")),
    Unit("in", LENGTH, _FOOT / 12.0, "m", ("in", "inch", "inches", "pouce")),
    Unit("m2", AREA, 1.0, "m2", ("m2", "metre carre", "square metre", "square meter", "sqm")),
    Unit("ha", AREA, 10_000.0, "m2", ("ha", "hectare")),
    Unit("a", AREA, 100.0, "m2", ("are",)),
    Unit("ft2", AREA, _FOOT**2, "m2", ("ft2", "sq ft", "sqft", "square foot", "square feet")),
    Unit("ac", AREA, 43_560.0 * _FOOT**2, "m2", ("acre", "ac")),
    Unit("h", TIME, 1.0, "h", ("h", "hr", "hour", "heure")),
    Unit("min", TIME, 1.0 / 60.0, "h", ("min", "mn", "minute")),
    Unit("s", TIME, 1.0 / 3600.0, "h", ("s", "sec", "second", "seconde")),
    Unit("day", TIME, nan, "day", ("day", "jour", "journee")),
    _counts("piece", "each", "ea", "pc", "pce", "unit", "unite", "u", "item", "fruit", "count"),
    _counts("head", "hd", "tete", "pomme", "pied de salade"),
    _counts("bunch", "bunches", "bch", "botte", "bouquet"),
    _counts("ear", "epi"),
    _counts("halfstalk", "half stalk", "demi tige"),
    _counts("stem", "tige", "stalk"),
    _counts("bag", "sac", "sachet"),
    _counts("basket", "panier"),
    _counts("box", "boxes", "caisse", "carton", "cagette", "crate", "colis"),
    _counts("tray", "trays", "barquette", "punnet", "clamshell"),
    _counts("flat", "plateau", "plaque"),
    _counts("pot", "godet"),
    _counts("plant", "plants", "seedling", "pied", "transplant"),
    _counts("seed", "graine", "semence"),
    _counts("bulb", "bulbe", "tubercule", "tuber", "caieu", "clove"),
    _counts("dozen", "douzaine", "dz"),
    # Measures of berries and leaves by how full a basket is: nobody knows its mass.
    _counts("pint", "pt", "pinte"),
    _counts("quart", "qt"),
    _counts("bushel", "boisseau", "bu"),
    _counts("person", "personne", "people"),
)


def _plain(text: str) -> str:
    """Without accents, capitals, dots and needless blanks; ² and ³ as 2 and 3."""
    flat = unicodedata.normalize("NFKD", text.casefold().replace("²", "2").replace("³", "3"))
    flat = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return re.sub(r"[\s._()-]+", " ", flat).strip()


def _known() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit in UNITS:
        for spelling in (unit.symbol.lower(), *unit.spellings):
            found.setdefault(spelling, unit)
    return found


_KNOWN = _known()


def unit_of(text: str) -> Unit | None:
    """The unit a person wrote: `POUND`, `bottes`, `m²`; None when it is not known."""
    plain = _plain(text)
    singular = re.sub(r"(es|s|x)\b", "", plain)
    for one in (plain, plain.removesuffix("s"), plain.removesuffix("x"), singular):
        if one in _KNOWN:
            return _KNOWN[one]
    return None


def near(text: str) -> tuple[str, ...]:
    """Known spellings that look like an unknown one, the likeliest first."""
    return tuple(get_close_matches(_plain(text), _KNOWN, n=3, cutoff=0.6))


def in_base(quantity: float, text: str) -> tuple[float, str]:
    """A quantity in the base unit of what it measures, and that unit.

    17 lb → 7.71107029 kg, 3 m³ → 3000 L, 90 min → 1.5 h; 12 bunches stay 12 bunches; what is
    in no known unit stays as it is written.
    """
    unit = unit_of(text)
    if unit is None or unit.factor != unit.factor:
        return quantity, unit.symbol if unit else text.strip()
    return _times(quantity, unit.factor), unit.base


def _times(quantity: float, factor: float) -> float:
    """A product without the noise of arithmetic: 15 figures, as many as a spreadsheet keeps."""
    return quantity if factor == 1.0 else float(f"{quantity * factor:.15g}")


def mass_kg(quantity: float, text: str) -> float:
    """The mass of a quantity; NaN where its unit measures no mass. [kg]"""
    unit = unit_of(text)
    if unit is None or unit.dimension != MASS:
        return nan
    return _times(quantity, unit.factor)
