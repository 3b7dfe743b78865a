"""Which column of a file says what: by our names, by common French and English ones, or as told."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from agro.logbook.faults import Unusable, missing_column, unknown_column, unknown_field
from agro.units import unit_of
from sensors.feeds.sheet import Sheet

TYPES = (
    *("seeding", "transplanting", "irrigation", "harvest", "input", "maintenance"),
    *("observation", "delivery", "labour", "compost"),
)
OWN = ("date", "type", "plot", "crop", "variety", "quantity", "unit", "notes")
"""The columns of our own files; a file needs `date`, and `type` unless it is told."""

_HEADERS: dict[str, tuple[str, ...]] = {
    "date": ("date", "jour", "day", "datetime", "time", "horodatage", "timestamp", "le"),
    "type": ("type", "log type", "type de log", "activite", "activity", "operation", "travaux"),
    "plot": (
        *("plot", "parcelle", "planche", "bed", "location", "lieu", "emplacement", "bloc"),
        *("block", "zone", "field", "champ", "serre", "greenhouse", "section"),
    ),
    "crop": (
        *("crop", "culture", "legume", "vegetable", "espece", "species", "plante", "produit"),
        *("produce", "product", "crop name", "nom culture", "planting"),
    ),
    "variety": ("variety", "variete", "cultivar", "variety code", "code variete"),
    "quantity": (
        *("quantity", "quantite", "qty", "qte", "amount", "weight", "poids", "mass", "masse"),
        *("volume", "nombre", "number", "count", "production", "harvested", "recolte", "yield"),
    ),
    "unit": ("unit", "units", "unite", "unites", "uom", "mesure"),
    "notes": (
        *("notes", "note", "remarque", "remarques", "comment", "comments", "commentaire"),
        *("commentaires", "observations", "description"),
    ),
    "hours": ("hours", "heures", "labour hours", "labor hours", "temps", "duration", "duree"),
    "area": ("area m2", "surface", "superficie"),
    "who": ("who", "qui", "worker", "par", "auteur", "person", "personne"),
    "method": ("method", "methode", "how measured"),
    "lot": ("lot", "seed lot", "lot de semences", "lot semence", "lot number", "no lot"),
    "source": ("source",),
    "details": ("details",),
    "channel": ("channel", "canal", "debouche"),
    "outlet": ("outlet", "client", "customer", "acheteur", "destination"),
    "distance_km": ("distance km", "distance"),
    "intermediaries": ("intermediaries", "intermediaires"),
    "price": ("price eur", "price", "prix eur", "prix", "montant", "chiffre d affaires"),
    "trips": ("trips", "tournees"),
    "vehicle": ("vehicle", "vehicule"),
}
_DATES = {
    "seeding": (
        "seed date",
        "seeding date",
        "sowing date",
        "date sown",
        "date seeded",
        "date semis",
    ),
    "transplanting": (
        *("transplant date", "transplanting date", "date transplanted", "planting date"),
        *("date planted", "date plantation", "date repiquage"),
    ),
    "harvest": ("harvest date", "date harvested", "date recolte", "date de recolte"),
    "delivery": ("delivery date", "date delivered", "date livraison", "date de livraison"),
}
# Headers that say what is counted, the most telling first.
_COUNTED = (
    *(("seeds", "seed"), ("number seeds planted", "seed"), ("number of seeds", "seed")),
    *(("graines", "seed"), ("nb graines", "seed"), ("plants", "plant"), ("nb plants", "plant")),
    *(("number of plants", "plant"), ("row ft", "ft"), ("row m", "m"), ("bed ft", "ft")),
    *(("bed m", "m"), ("flats", "flat"), ("plaques", "flat")),
)
_BARE = ("kg", "kilos", "g", "grams", "grammes", "lb", "lbs", "pounds", "litres", "liters")
_UNIT_AT_END = re.compile(r"^(?P<name>.*?)[\s_]*[(\[]?\s*(?P<unit>[^\s_()\[\]]+)\s*[)\]]?$")
_IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands: `of` by field, `units` that a header states, `unread` headers."""

    of: Mapping[str, str]
    units: Mapping[str, str]
    unread: tuple[str, ...]

    @property
    def foreign(self) -> bool:
        """Whether the file names its columns otherwise than ours do."""
        return any(field != header for field, header in self.of.items()) or bool(self.unread)


def plain(header: str) -> str:
    """A header without accents, capitals, brackets and signs: `DateHarvested` → date harvested."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _IN_BRACKETS.sub(" ", header))
    flat = unicodedata.normalize("NFKD", text.casefold())
    flat = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", flat).strip()


def recognise(sheet: Sheet, told: Mapping[str, str], type_: str, name: str) -> Columns:
    """What each column says; `told` are the fields a person names the columns of.

    Raises
    ------
    Unusable  A told field or column does not exist, or the file has no date or no type.
    """
    _check(sheet, told, name)
    found, units = dict(told), dict[str, str]()
    free = {plain(header): header for header in reversed(sheet.header) if header}
    for header in told.values():
        free.pop(plain(header), None)
    for field, names in _HEADERS.items():
        wanted = (*_DATES.get(type_, ()), *names) if field == "date" else names
        if field in found:
            continue
        named = next((one for one in wanted if one in free), None)
        if named is not None:
            found[field] = free.pop(named)
    _area(sheet, found, free)
    _quantity(found, free, units)
    for field, header in found.items():
        units.update(_stated(field, header))
    _needed(found, type_, sheet, name)
    used = set(found.values())
    return Columns(found, units, tuple(one for one in sheet.header if one and one not in used))


def _check(sheet: Sheet, told: Mapping[str, str], name: str) -> None:
    faults = [unknown_field(field, list(_HEADERS)) for field in told if field not in _HEADERS]
    faults += [
        unknown_column(name, header, field, sheet.header)
        for field, header in told.items()
        if header not in sheet.header
    ]
    if faults:
        raise Unusable(faults)


def _area(sheet: Sheet, found: dict[str, str], free: dict[str, str]) -> None:
    """`area` is a place where it is written in words, square metres where in numbers."""
    header = free.get("area")
    if header is None:
        return
    numeric = sheet.cells[header].str.fullmatch(r"\s*[\d.,]*\s*").mean()
    field = "area" if numeric > 0.5 or "plot" in found else "plot"
    if field not in found:
        found[field] = free.pop("area")


def _quantity(found: dict[str, str], free: dict[str, str], units: dict[str, str]) -> None:
    """A column whose header says what it counts, where none is simply a quantity."""
    if "quantity" in found:
        return
    for header in free.values():
        parts = _UNIT_AT_END.match(header)
        if parts is None or unit_of(parts["unit"]) is None:
            continue
        name = plain(parts["name"])
        if name in _HEADERS["quantity"] or (not name and plain(header) in _BARE):
            found["quantity"], units["quantity"] = header, parts["unit"]
            return
    for one, unit in _COUNTED:
        if one in free:
            found["quantity"], units["quantity"] = free[one], unit
            return


def _stated(field: str, header: str) -> dict[str, str]:
    """The unit in brackets behind a header: `poids (kg)`."""
    inside = re.search(r"[(\[]\s*(.+?)\s*[)\]]", header)
    stated = inside and unit_of(inside[1])
    return {field: inside[1]} if inside and stated else {}


def _needed(found: Mapping[str, str], type_: str, sheet: Sheet, name: str) -> None:
    needed = ("date",) if type_ else ("date", "type")
    faults = [missing_column(name, field, sheet.header) for field in needed if field not in found]
    if faults:
        raise Unusable(faults)
