"""Whether a sheet is the design it is said to be; each finding is a code and its facts.

plot_repeated             rows of the sheet are the same place in the field (plots_repeated: many)
blocks_incomplete         most blocks lack treatments, so blocks and treatments are not orthogonal
treatment_repeated        a block holds a treatment more often than the other blocks do
treatment_absent          a block lacks a treatment that it should hold
block_mislabelled         one block holds twice what another lacks: a label is likely wrong
latin_square_broken       a treatment is not once in each row and each column
no_latin_square           so many are not that this is another design
subjects_named_anew       subjects have the same names in each treatment: they may be the same
main_plots_scattered      the plots said to be one main plot do not lie together
looks_like_split_plot     plots with the same level lie together in every block
not_randomised            levels lie in the same order in every block, as along a sprinkler line
main_plot_assumed         nobody said what lies on the main plots
unequal_replication       treatments have different numbers of plots
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from models.trials.model import Codes, Roles, Term, cell_levels, cells
from models.trials.results import Fact, Warning
from models.trials.sheet import Trial

_CHANCE = 0.01  # of an order repeated by a fair draw, below which it was not drawn
_MOST_ODD = 0.1  # of the cells of blocks × treatments: beyond it the design is another one
_MOST_LISTED = 20  # findings of one sheet, beyond which no reader reads them
_SEVERAL = 2  # plots that can lie together, blocks that can be compared
_COMPLETE = ("rcbd", "factorial", "split-plot", "split-split-plot", "strip-plot")
_BY_BLOCKS = (*_COMPLETE, "multi-environment")


def findings(trial: Trial, roles: Roles) -> tuple[Warning, ...]:
    """All findings about the layout of a trial; plots without a response count as plots."""
    return (
        *repeated(trial, plot_key(trial, roles)),
        *_blocks(trial, roles),
        *_latin_square(trial, roles),
        *_replication(trial, roles),
        *_main_plots(trial, roles),
        *_not_randomised(trial, roles),
        *_subjects(trial, roles),
    )


def repeated(trial: Trial, key: Term) -> Iterator[Warning]:
    """Plots that more than one row of the sheet claims by these columns; rows count from 1."""
    found, cell = cells(trial, key)
    count = np.bincount(cell)
    twice = np.flatnonzero(count > 1) if key else np.array([], dtype=np.int64)
    if len(twice) > _MOST_LISTED:
        named = ", ".join(key)
        yield Warning(
            "plots_repeated",
            {"key": named, "plots": len(twice), "rows": int(count[twice].sum())},
        )
        return
    for one in twice.tolist():
        rows = ", ".join(str(row + 1) for row in np.flatnonzero(cell == one))
        name = _name(trial, key, found, one)
        yield Warning("plot_repeated", {"plot": name, "count": int(count[one]), "rows": rows})


def plot_key(trial: Trial, roles: Roles) -> Term:
    """The columns that name a plot, at one time; empty where no such columns are known.

    Rows and columns that are numbered anew in each block or replicate need its name as well.
    """
    around, after = _present(roles.environment), _present(roles.time)
    if roles.row and roles.column:
        place = (*around, roles.row, roles.column)
        return (*_outer(trial, roles, place), *place, *after)
    if roles.subject and roles.time:
        return (*around, *_present(roles.block), roles.subject, *roles.treatments, *after)
    return ()


def _outer(trial: Trial, roles: Roles, place: Term) -> Term:
    """The block that numbers its places anew: then each place is as often there as blocks are."""
    times = len(trial.factors[roles.time].levels) if roles.time else 1
    _, cell = cells(trial, place)
    count = np.bincount(cell)
    for name in _present(roles.replicate, roles.block):
        _, inside = cells(trial, (name, *place))
        if np.median(count) > times and bool(np.all(np.bincount(inside) <= times)):
            return (name,)
    return ()


def _present(*names: str | None) -> Term:
    return tuple(name for name in names if name)


def _name(trial: Trial, term: Term, found: Codes, one: int) -> str:
    levels = cell_levels(trial, term, found[[one]])[0]
    return ", ".join(f"{name} {level}" for name, level in zip(term, levels, strict=True))


def _blocks(trial: Trial, roles: Roles) -> Iterator[Warning]:
    """Treatments against blocks: each block of a complete design holds each as often."""
    block = _complete_block(roles)
    if roles.design not in _BY_BLOCKS or not block:
        return
    blocks, at = cells(trial, block)
    treatments, given = cells(trial, roles.treatments)
    count = np.zeros((len(blocks), len(treatments)), dtype=np.int64)
    np.add.at(count, (at, given), 1)
    excess = count - _usual(count, blocks[:, 0] if roles.environment else np.zeros(len(blocks)))
    names = [_name(trial, block, blocks, one) for one in range(len(blocks))]
    swapped = _exchanged(excess)
    for one, other in swapped:
        held = int(np.sum(excess[one] > 0))
        facts: dict[str, Fact] = {"block": names[one], "other": names[other], "treatments": held}
        yield Warning("block_mislabelled", facts)
    excess[sorted({one for pair in swapped for one in pair})] = 0
    odd = int(np.any(excess, axis=1).sum())
    apart = np.argwhere(excess)
    if len(apart) > _MOST_LISTED or (2 * odd > len(blocks) and len(apart) > _MOST_ODD * count.size):
        yield Warning("blocks_incomplete", {"blocks": len(blocks), "incomplete": odd})
        return
    for b, t in apart:
        told: dict[str, Fact] = {
            "block": names[b],
            "treatment": _name(trial, roles.treatments, treatments, int(t)),
            "count": int(count[b, t]),
            "usual": int(count[b, t] - excess[b, t]),
        }
        yield Warning("treatment_repeated" if excess[b, t] > 0 else "treatment_absent", told)


def _usual(count: Codes, places: NDArray[np.floating] | Codes) -> Codes:
    """How often a block holds each treatment as a rule; each environment has its own."""
    usual = np.zeros_like(count)
    for place in np.unique(places):
        usual[places == place] = np.ceil(np.median(count[places == place], axis=0))
    return usual


def _complete_block(roles: Roles) -> Term:
    """The term of the blocks that hold every treatment, empty where there are none."""
    if roles.design in _COMPLETE:
        return _block(roles)
    block = roles.replicate or roles.block
    return _present(roles.environment, block) if block else ()


def _block(roles: Roles) -> Term:
    """The term of the smallest blocks, empty where there are none."""
    named = dict.fromkeys(_present(roles.replicate, roles.block))
    return (*_present(roles.environment), *named) if named else ()


def _exchanged(excess: Codes) -> list[tuple[int, int]]:
    """Pairs of blocks whose labels look exchanged; none where blocks of many sizes fit by chance.

    Then a block fits several others, or most of the blocks that are not as the rest fit none.
    """
    swapped = list(_swapped(excess))
    explained = {one for pair in swapped for one in pair}
    unlike = int(np.any(excess, axis=1).sum())
    alone = len(explained) == 2 * len({frozenset(pair) for pair in swapped})
    return swapped if alone and unlike <= 2 * len(explained) else []


def _swapped(excess: Codes) -> Iterator[tuple[int, int]]:
    """Pairs of blocks where the one has too many of just what the other has too few of."""
    many = np.flatnonzero(np.any(excess > 0, axis=1))
    few = np.flatnonzero(np.any(excess < 0, axis=1))
    for one, other in product(many.tolist(), few.tolist()):
        if np.array_equal(np.maximum(excess[one], 0), np.maximum(-excess[other], 0)):
            yield one, other


def _latin_square(trial: Trial, roles: Roles) -> Iterator[Warning]:
    if roles.design != "latin-square" or not (roles.row and roles.column):
        return
    square = _present(roles.environment, roles.replicate or roles.block)
    broken: list[Warning] = []
    for line in (roles.row, roles.column):
        term = (*square, line, *roles.treatments)
        found, cell = cells(trial, term)
        count = np.bincount(cell)
        for one in np.flatnonzero(count > 1):
            facts: dict[str, Fact] = {"where": _name(trial, term, found, int(one))}
            broken.append(Warning("latin_square_broken", {**facts, "count": int(count[one])}))
    if len(broken) > _MOST_LISTED:
        broken = [Warning("no_latin_square", {"repeated": len(broken)})]
    yield from broken


def _subjects(trial: Trial, roles: Roles) -> Iterator[Warning]:
    """Subjects that bear the same names in each treatment: others, or the same ones again?"""
    between = tuple(name for name in roles.treatments if name != roles.time)
    if roles.design != "repeated" or not (roles.subject and roles.time and between):
        return
    block = _present(roles.replicate or roles.block)
    own = (*block, roles.subject)
    if block and len(cells(trial, own)[0]) == len(cells(trial, block)[0]):
        return
    subjects, times = (len(cells(trial, (*own, *more))[0]) for more in ((), between))
    moments = len(cells(trial, (*own, roles.time))[0])
    if times > subjects and 2 * moments <= len(trial.response):
        yield Warning("subjects_named_anew", {"subject": roles.subject, "subjects": times})


def _replication(trial: Trial, roles: Roles) -> Iterator[Warning]:
    found, cell = cells(trial, roles.treatments)
    count = np.bincount(cell[np.isfinite(trial.response)], minlength=len(found))
    if roles.design != "augmented" and count.min() < count.max():
        yield Warning("unequal_replication", {"least": int(count.min()), "most": int(count.max())})


def _main_plots(trial: Trial, roles: Roles) -> Iterator[Warning]:
    """What lies together against what is said to; without rows and columns nothing is known."""
    split = roles.design in ("split-plot", "split-split-plot")
    if split and not roles.main_plot:
        yield Warning("main_plot_assumed", {"factor": roles.treatments[0]})
    if not (_block(roles) and roles.row and roles.column) or len(roles.treatments) < _SEVERAL:
        return
    together = [name for name in roles.treatments if _together(trial, roles, name)]
    main = roles.main_plot or roles.treatments[0]
    if split and not _together(trial, roles, main):
        yield Warning("main_plots_scattered", {"factor": main})
    if roles.design in ("rcbd", "factorial") and together:
        yield Warning("looks_like_split_plot", {"factor": together[0]})


def _together(trial: Trial, roles: Roles, name: str) -> bool:
    """Whether each level of a factor fills a rectangle of several plots in every block."""
    place = _places(trial, roles)
    _, cell = cells(trial, (*_block(roles), name))
    for one in range(int(cell.max()) + 1):
        mine = np.unique(place[cell == one], axis=0)
        sides = mine.max(axis=0) - mine.min(axis=0) + 1
        if len(mine) < _SEVERAL or len(mine) != int(np.prod(sides)):
            return False
    return True


def _places(trial: Trial, roles: Roles) -> Codes:
    """Row and column of each plot, counted along the levels, which follow the field. (plots, 2)"""
    return np.column_stack(
        [trial.factors[name].codes for name in _present(roles.row, roles.column)]
    )


def _not_randomised(trial: Trial, roles: Roles) -> Iterator[Warning]:
    """Factors whose levels lie alike in every block: no draw gave them, so no test holds."""
    if not (_block(roles) and roles.row and roles.column):
        return
    _, at = cells(trial, _block(roles))
    place = _places(trial, roles)
    for name in roles.treatments:
        codes = trial.factors[name].codes
        for axes, along in (((0,), roles.row), ((1,), roles.column), ((0, 1), "")):
            maps = [_map(place[at == one][:, axes], codes[at == one]) for one in np.unique(at)]
            if _alike(maps):
                facts: dict[str, Fact] = {"factor": name, "along": along or "", "blocks": len(maps)}
                yield Warning("not_randomised", facts)
                break


def _map(place: Codes, codes: Codes) -> Codes | None:
    """The level at each place of a block, None where a place has several.

    Lines of plots that are as the line before count once: strips and main plots are one draw.
    """
    corner = place.min(axis=0)
    grid = np.full(place.max(axis=0) - corner + 1, -1, dtype=np.int64)
    index = tuple((place - corner).T)
    grid[index] = codes
    if not np.array_equal(grid[index], codes):
        return None
    for axis in range(grid.ndim):
        others = tuple(one for one in range(grid.ndim) if one != axis)
        changes = np.any(np.diff(grid, axis=axis) != 0, axis=others)
        grid = np.compress(np.concatenate([[True], changes]), grid, axis=axis)
    return grid


def _alike(maps: Sequence[Codes | None]) -> bool:
    """Whether all blocks lie like the first, or mirrored, and a fair draw would hardly do so."""
    known = [one for one in maps if one is not None]
    if len(known) < max(len(maps), _SEVERAL):
        return False
    first = known[0]
    mirrored = [first, *(np.flip(first, axis) for axis in range(first.ndim)), np.flip(first)]
    if any(not any(np.array_equal(one, seen) for seen in mirrored) for one in known[1:]):
        return False
    _, count = np.unique(first, return_counts=True)
    log_chance = log(2**first.ndim) + float(gammaln(count + 1.0).sum() - gammaln(first.size + 1.0))
    return (len(known) - 1) * min(log_chance, 0.0) < log(_CHANCE)
