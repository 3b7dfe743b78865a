"""Which column of a field book that comes back holds what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agro.store.trials import PlannedTrial, Trait
from agro.trials.findings import Finding, of_file
from agro.trials.layout import plot_column
from agro.trials.measures import is_missing
from agro.trials.planning import book_columns, times
from agro.trials.spelling import near, number_of, plain_header
from agro.trials.table import Table

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "plot": ("placette", "no placette", "parcelle", "no parcelle", "plot id", "plot no"),
    "row": ("rang", "rangee", "ligne"),
    "column": ("colonne", "col"),
    "block": ("bloc",),
    "treatment": ("traitement", "modalite"),
    "replicate": ("repetition", "rep"),
    "environment": ("environnement", "lieu"),
    "time": ("temps", "visite", "visit", "passage", "date"),
}
_DAY = ("date", "day", "jour", "date de mesure")
_NOTES = ("notes", "note", "remarques", "remarque", "remarks", "observations", "commentaires")
_NAMED = 12  # columns told when none is near


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the columns, None where the sheet has no such one.

    `laid_out` are those that tell what stands on a plot, `traits` those with values, both by the
    names that the trial gives them.
    """

    plot: int | None
    laid_out: Mapping[str, int]
    traits: Mapping[str, int]
    time: int | None
    day: int | None
    notes: int | None
    findings: tuple[Finding, ...]


def wanted(trial: PlannedTrial) -> tuple[str, ...]:
    """Every header by which the table is known among titles and remarks."""
    names = [one for _, spellings in _asked(trial) for one in spellings]
    return tuple(dict.fromkeys(names))


def columns_of(table: Table, trial: PlannedTrial) -> Columns:
    """The columns of a sheet; one that stands twice is left out and told."""
    taken: dict[str, int] = {}
    found: list[Finding] = []
    for name, spellings in _asked(trial):
        places = _places(table.header, spellings, set(taken.values()))
        if len(places) > 1:
            alike = ", ".join(table.header[place] for place in places)
            found.append(of_file("column_twice", name, alike))
        elif places:
            taken[name] = places[0]
    number = plot_column(table.header)
    plot = taken.pop("plot", None if number is None else table.index(number))
    time, day, notes = (taken.pop(f"/{part}", None) for part in ("time", "day", "notes"))
    known = {one.name for one in trial.traits}
    traits = {name: place for name, place in taken.items() if name in known}
    laid_out = {name: place for name, place in taken.items() if name not in known}
    read = {plot, time, day, notes, *taken.values()}
    found += _not_read(table, read, trial)
    found += _lacking(table.header, plot, laid_out, traits, time, trial)
    return Columns(plot, laid_out, traits, time, day, notes, tuple(found))


def _asked(trial: PlannedTrial) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each column with its spellings; those of the sheet, not of the plots, begin with a stroke."""
    for name in book_columns(trial, ()):
        own = "/time" if name == "time" and times(trial) != ("",) else name
        yield own, (name, *_SPELLINGS.get(name, ()))
    for trait in trial.traits:
        yield trait.name, _names_of(trait)
    yield "/day", _DAY
    yield "/notes", _NOTES


def _names_of(trait: Trait) -> tuple[str, ...]:
    """How the column of a trait may be headed."""
    label = (trait.label, f"{trait.label} {trait.unit}") if trait.label else ()
    return (trait.name, f"{trait.name} {trait.unit}", *label)


def _places(header: Sequence[str], spellings: Sequence[str], taken: set[int]) -> list[int]:
    """Where a column stands: under its first spelling that the header has."""
    free = [place for place, name in enumerate(header) if name and place not in taken]
    for spelling in spellings:
        plain = plain_header(spelling)
        exact = [place for place in free if header[place] == spelling]
        found = exact or [place for place in free if plain and plain_header(header[place]) == plain]
        if found:
            return found
    return []


def _not_read(table: Table, read: set[int | None], trial: PlannedTrial) -> Iterator[Finding]:
    """Columns that are not of the trial: those with numbers may be a trait, others are remarks."""
    remarks = []
    for place, name in enumerate(table.header):
        cells = [cells[place] for _, cells in table.rows if cells[place]]
        if place in read or not cells:
            continue
        if not name:
            beside = table.header[place - 1] if place else ""
            yield of_file("header_merged", value=beside, n=place + 1)
        elif _are_numbers(cells):
            known = [one.name for one in trial.traits]
            facts = {"near": near(name, known), "known": tuple(known[:_NAMED])}
            yield of_file("trait_unknown", name, name, **facts)
        else:
            remarks.append(name)
    if remarks:
        yield Finding(0, "", ", ".join(remarks), "columns_not_read", used=True)


def _are_numbers(cells: Sequence[str]) -> bool:
    written = [one for one in cells if not is_missing(one)]
    numbers = [one for one in written if number_of(one) is not None]
    return len(numbers) * 2 > len(written)


def _lacking(
    header: Sequence[str],
    plot: int | None,
    laid_out: Mapping[str, int],
    traits: Mapping[str, int],
    time: int | None,
    trial: PlannedTrial,
) -> Iterator[Finding]:
    """What makes the whole sheet unusable."""
    shown = ", ".join(name for name in header if name)
    if plot is None and not {"row", "column"} <= set(laid_out):
        yield of_file("plots_unnamed", "", shown)
    if not traits:
        yield of_file("traits_absent", "", ", ".join(one.name for one in trial.traits))
    if times(trial) != ("",) and time is None:
        yield of_file("time_absent", "time", ", ".join(times(trial)))
