"""Whether the rows of a sheet are its plots, none of them twice.

What the layout then lacks, or has too often, the analysis tells.
"""

from collections.abc import Iterator, Mapping, Sequence

from agro.trials.findings import Finding
from agro.trials.spelling import plain_header
from models.trials.model import Roles

_PLOT = (
    *("plot", "plot id", "plot no", "plot number", "parcelle", "no parcelle", "id parcelle"),
    *("placette", "no placette", "id placette"),
)
_UNIQUE = 0.9  # share of rows that a key must tell apart to be one
_FREE = ("crd", "augmented", "row-column")
"""Designs in which the same treatment may stand twice in a block."""


def plot_column(header: Sequence[str]) -> str | None:
    """The column that numbers the plots, where the sheet has one."""
    return next((name for name in header if plain_header(name) in _PLOT), None)


def twice(
    rows: Sequence[tuple[int, Mapping[str, str]]],
    whole: Mapping[int, tuple[str, ...]],
    roles: Roles,
    plot: str | None,
) -> Iterator[Finding]:
    """Plots that stand in two rows: the same row again is left out, another one is doubted.

    `rows` are the levels of the factors (and the plot's number) by row of the file, `whole` all
    the cells of a row.
    """
    key = _key(rows, roles, plot)
    if not key:
        return
    first: dict[tuple[str, ...], int] = {}
    for row, names in rows:
        value = tuple(names[name] for name in key)
        earlier = first.setdefault(value, row)
        if earlier == row:
            continue
        shown = ", ".join(f"{name} {text}" for name, text in zip(key, value, strict=True))
        facts = {"earlier": earlier, "key": " × ".join(key)}
        same = whole[row] == whole[earlier]
        code = "row_repeated" if same else "plot_twice"
        yield Finding(row, " × ".join(key), shown, code, facts, used=not same)


def _key(
    rows: Sequence[tuple[int, Mapping[str, str]]], roles: Roles, plot: str | None
) -> tuple[str, ...]:
    """The columns that tell plots apart in nearly all rows; none where nothing does."""
    outer = [name for name in (roles.environment, roles.replicate, roles.block) if name]
    time = [name for name in (roles.time,) if name]
    keys: list[list[str]] = []
    if plot is not None:
        keys += [[*outer[:n], plot, *time] for n in range(len(outer) + 1)]
    if roles.row and roles.column:
        keys += [[*outer[:n], roles.row, roles.column, *time] for n in range(len(outer) + 1)]
    if roles.subject and roles.time:
        keys.append([roles.subject, roles.time])
    if outer and roles.design not in _FREE:
        keys.append([*outer, *roles.treatments, *time])
    for key in keys:
        names = list(dict.fromkeys(key))
        different = {tuple(texts[name] for name in names) for _, texts in rows}
        if len(different) >= _UNIQUE * len(rows):
            return tuple(names)
    return ()
