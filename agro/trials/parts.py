"""The parts that the columns of a sheet play: what a design needs, what the header shows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from agro.trials.findings import Finding, of_file
from agro.trials.layout import plot_column
from agro.trials.spelling import plain_header
from agro.trials.table import Table
from models.trials.model import Roles

DESIGNS = (
    *("crd", "rcbd", "latin-square", "split-plot", "split-split-plot", "strip-plot", "factorial"),
    *("alpha-lattice", "augmented", "row-column", "multi-environment", "repeated"),
)
_NEEDED: dict[str, tuple[str, ...]] = {
    "rcbd": ("block",),
    "latin-square": ("row", "column"),
    "split-plot": ("block",),
    "split-split-plot": ("block",),
    "strip-plot": ("block",),
    "alpha-lattice": ("replicate", "block"),
    "augmented": ("block",),
    "row-column": ("row", "column"),
    "multi-environment": ("environment",),
    "repeated": ("subject", "time"),
}
_FACTORS = {"split-plot": 2, "split-split-plot": 3, "strip-plot": 2}  # treatments, at least
_REPLICATE = ("rep", "replicate", "replication", "repetition", "superblock")
_TIME = ("time", "date", "day", "week", "year", "temps", "jour", "semaine", "annee")


def settled(header: Sequence[str], roles: Roles) -> tuple[Roles, tuple[Finding, ...]]:
    """The parts with what the header shows of those that a design needs and nobody named."""
    if roles.design == "rcbd" and not roles.block and roles.replicate:
        roles = replace(roles, block=roles.replicate, replicate=None)
    shown: dict[str, Any] = dict(_shown(header, roles))
    roles = replace(roles, **shown)
    found = [
        Finding(0, column, column, "part_taken", {"part": part}, used=True)
        for part, column in shown.items()
    ]
    return roles, (*found, *_lacking(roles))


def _shown(header: Sequence[str], roles: Roles) -> Iterator[tuple[str, str]]:
    by_name = {plain_header(name): name for name in reversed(header) if name}
    if roles.design == "alpha-lattice" and not roles.replicate:
        column = next((by_name[one] for one in _REPLICATE if one in by_name), None)
        if column and column != roles.block:
            yield "replicate", column
    if roles.design == "repeated" and not roles.time:
        column = next((by_name[one] for one in _TIME if one in by_name), None)
        column = roles.environment or column
        if column:
            yield "time", column
    if roles.design == "repeated" and not roles.subject:
        column = plot_column(header) or by_name.get("subject") or roles.block
        if column:
            yield "subject", column


def _lacking(roles: Roles) -> Iterator[Finding]:
    for part in _NEEDED.get(roles.design, ()):
        if not getattr(roles, part):
            yield of_file("part_missing", "", part, design=roles.design)
    least = _FACTORS.get(roles.design, 1)
    if len(roles.treatments) < least:
        shown = ", ".join(roles.treatments)
        yield of_file("treatments_few", "", shown, design=roles.design, least=least)


def split_names(name: str) -> tuple[str, ...]:
    """The columns that a name joins: `loc:year` are two that tell environments apart together."""
    return tuple(part.strip() for part in name.split(":") if part.strip())


def joined(table: Table, names: Sequence[str]) -> Table:
    """The table with a column for each name that joins several of its columns by a colon."""
    for name in names:
        parts = split_names(name)
        if name in table.header or len(parts) < 2 or not set(parts) <= set(table.header):
            continue
        places = [table.index(part) for part in parts]
        rows = tuple((line, (*cells, _together(cells, places))) for line, cells in table.rows)
        table = replace(table, header=(*table.header, name), rows=rows)
    return table


def _together(cells: Sequence[str], places: Sequence[int]) -> str:
    texts = [cells[place] for place in places]
    return ":".join(texts) if all(texts) else ""
