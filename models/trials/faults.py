"""What a design cannot be, said in one line each before anything is drawn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from types import MappingProxyType

from models.trials.layout import BORDER, FILLER, Request

DESIGNS = (
    *("crd", "rcbd", "latin-square", "split-plot", "split-split-plot", "strip-plot", "factorial"),
    *("alpha-lattice", "augmented", "row-column", "multi-environment", "repeated"),
)
_FACTORS: Mapping[str, int] = MappingProxyType(
    {"split-plot": 2, "split-split-plot": 3, "strip-plot": 2}
)
RESERVED = (
    *("plot", "row", "column", "block", "treatment", "replicate", "main_plot", "sub_plot"),
    *("row_strip", "column_strip", "entry", "environment", "time"),
)
MOST_PLOTS = 100_000
LARGEST_SQUARE = 30  # treatments; the chain takes some treatments³ moves


def faults(request: Request) -> tuple[str, ...]:
    """Everything that keeps a request from being drawn; each line begins with the argument."""
    if request.design not in DESIGNS:
        return (f"design: {request.design!r} is not known; use one of {', '.join(DESIGNS)}",)
    names = tuple(_name_faults(request))
    return names or tuple(_size_faults(request))


def treatment_count(request: Request) -> int:
    """Entries of a request: the treatments times the levels of each factor."""
    new = [one for one in request.treatments if one not in request.checks]
    own = len(new) + len(request.checks) if request.treatments else 1
    return own * prod(len(levels) for levels in request.factors.values())


def _name_faults(request: Request) -> Iterator[str]:
    lists: dict[str, Sequence[str]] = {
        "treatments": request.treatments,
        **{f"factors, {name}": levels for name, levels in request.factors.items()},
        "checks": request.checks,
        "times": request.times,
        "environments": request.environments,
    }
    for argument, names in lists.items():
        yield from _list_faults(argument, names)
    for name in request.factors:
        if name.strip().lower() in ("", *RESERVED):
            yield f"factors: {name!r} is a column of the field book itself; use another name"
    for name in request.treatments:
        if name in (BORDER, FILLER):
            yield f"treatments: {name!r} is what plots outside the trial are called; rename it"


def _list_faults(argument: str, names: Sequence[str]) -> Iterator[str]:
    if any(not one.strip() for one in names):
        yield f"{argument}: one name is empty; name it or leave out the comma"
    twice = sorted({one for one in names if names.count(one) > 1 and one.strip()})
    if twice:
        yield f"{argument}: {', '.join(twice)} is named twice; each needs a name of its own"
    if argument.startswith("factors") and len(names) == 1:
        yield f"{argument}: has one level, {names[0]!r}; give two or more, or leave it out"


def _size_faults(request: Request) -> Iterator[str]:
    count = treatment_count(request)
    if count < 2:
        given = ", ".join(request.treatments) or "none"
        yield f"treatments: {given}; a trial compares two or more, name them"
        return
    if request.seed < 0:
        yield f"seed: {request.seed} is below 0; use 0 or more"
    yield from _block_faults(request)
    yield from _factor_faults(request)
    if request.design in _OF_DESIGN:
        yield from _OF_DESIGN[request.design](request, count)
    yield from _option_faults(request)
    plots = count * (request.blocks or count) * max(len(request.environments), 1)
    if plots * max(len(request.times), 1) > MOST_PLOTS:
        yield f"blocks: {plots} plots are more than {MOST_PLOTS}; use fewer"


def _block_faults(request: Request) -> Iterator[str]:
    if request.blocks is None:
        if request.design != "latin-square":
            yield "blocks: not given; say how many blocks, or replicates of each treatment"
    elif request.blocks < 2:
        yield f"blocks: {request.blocks} leaves nothing to estimate the error from; use 2 or more"


def _factor_faults(request: Request) -> Iterator[str]:
    given = len(request.factors) + bool(request.treatments)
    needed = _FACTORS.get(request.design)
    if needed is not None and given != needed:
        yield (
            f"factors: {request.design} has {needed} factors, largest plots first, and {given} "
            "given; write 'f=1,2;g=x,y', treatments count as the last factor"
        )
    if request.design == "factorial" and given < 2:
        yield "factors: factorial crosses two factors or more; write 'f=1,2;g=x,y'"


def _option_faults(request: Request) -> Iterator[str]:
    """Options that would say nothing in this design, and sizes that cannot be."""
    only: dict[str, tuple[object, tuple[str, ...]]] = {
        "checks": (request.checks, ("augmented",)),
        "times": (request.times, ("repeated",)),
        "environments": (request.environments, ("multi-environment",)),
        "block_size": (request.block_size, ("alpha-lattice", "multi-environment")),
        "rows": (request.rows, ("row-column",)),
        "width": (
            request.width,
            ("crd", "rcbd", "factorial", "repeated", "augmented", "multi-environment"),
        ),
    }
    for argument, (value, designs) in only.items():
        if value and request.design not in designs:
            yield f"{argument}: means nothing in {request.design}; leave it out"
    for argument, size in (("block_size", request.block_size), ("width", request.width)):
        if size is not None and size < 1:
            yield f"{argument}: {size} is below 1; use 1 or more"


def _latin(request: Request, count: int) -> Iterator[str]:
    if request.blocks not in (None, count):
        yield (
            f"blocks: a Latin square of {count} treatments has {count} rows, not {request.blocks}; "
            f"use {count} or leave it out"
        )
    if not 3 <= count <= LARGEST_SQUARE:
        yield f"treatments: {count} for a Latin square; use 3 to {LARGEST_SQUARE}"


def _alpha(request: Request, count: int) -> Iterator[str]:
    if count < 4:
        yield f"treatments: {count} are too few for blocks smaller than a replicate; use rcbd"
    size = request.block_size
    if size is not None and not 2 <= size <= count // 2:
        yield f"block_size: {size} for {count} treatments; use 2 to {max(count // 2, 2)}"


def _multi(request: Request, count: int) -> Iterator[str]:
    if len(request.environments) < 2:
        yield "environments: a trial of several environments needs two or more; name them"
    if request.block_size is not None:
        yield from _alpha(request, count)


def _augmented(request: Request, count: int) -> Iterator[str]:
    if request.factors:
        yield "factors: an augmented design has entries and checks only; leave them out"
    if len(request.checks) < 2:
        yield "checks: each block needs two or more, else no error can be estimated; name them"
    elif count <= len(request.checks):
        yield "treatments: none is left beside the checks; name the new entries"


def _rectangle(request: Request, count: int) -> Iterator[str]:
    if count < 3:
        yield f"treatments: {count} are too few for rows and columns; use 3 or more"
    rows = request.rows
    if rows is not None and (rows < 1 or count % rows or rows > count // 2):
        fitting = [p for p in range(1, count // 2 + 1) if count % p == 0]
        yield f"rows: {rows} does not divide {count} treatments; use one of {_listed(fitting)}"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


_OF_DESIGN: Mapping[str, Callable[[Request, int], Iterator[str]]] = MappingProxyType(
    {
        "latin-square": _latin,
        "alpha-lattice": _alpha,
        "multi-environment": _multi,
        "augmented": _augmented,
        "row-column": _rectangle,
    }
)
