"""What a design cannot be, said in one line each before anything is drawn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType

from models.trials.layout import BORDER, FILLER, Request

DESIGNS = (
    *("crd", "rcbd", "latin-square", "split-plot", "split-split-plot", "strip-plot", "factorial"),
    *("alpha-lattice", "augmented", "row-column", "multi-environment", "repeated"),
)
FACTORS: Mapping[str, int] = MappingProxyType(
    {"split-plot": 2, "split-split-plot": 3, "strip-plot": 2}
)
RESERVED = (
    *("plot", "row", "column", "block", "treatment", "replicate", "main_plot", "sub_plot"),
    *("row_strip", "column_strip", "entry", "environment", "time"),
)
ONLY_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "checks": ("augmented",),
        "times": ("repeated",),
        "environments": ("multi-environment",),
        "block_size": ("alpha-lattice", "multi-environment"),
        "rows": ("row-column",),
        "width": ("crd", "rcbd", "factorial", "repeated", "augmented", "multi-environment"),
    }
)
"""Arguments that mean something in some designs only."""
MOST_PLOTS = 100_000
LARGEST_SQUARE = 30  # treatments; the chain takes some treatments³ moves


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request cannot be drawn: the argument at fault, a code, and what is said of it."""

    argument: str
    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """One line that begins with the argument and says what to do."""
        return f"{self.argument}: {_LINES[self.code].format_map(self.facts)}"


_LINES: Mapping[str, str] = MappingProxyType(
    {
        "design_unknown": "{design!r} is not known; use one of {known}",
        "name_empty": "one name is empty; name it or leave out the comma",
        "name_twice": "{names} is named twice; each needs a name of its own",
        "one_level": "has one level, {level!r}; give two or more, or leave it out",
        "reserved": "{name!r} is a column of the field book itself; use another name",
        "outside": "{name!r} is what plots outside the trial are called; rename it",
        "too_few": "{given}; a trial compares two or more, name them",
        "seed_negative": "{seed} is below 0; use 0 or more",
        "many_plots": "{plots} plots are more than {most}; use fewer",
        "blocks_missing": "not given; say how many blocks, or replicates of each treatment",
        "blocks_few": "{blocks} leaves nothing to estimate the error from; use 2 or more",
        "factor_count": "{design} has {needed} factors, largest plots first, and {given} given; "
        "write 'f=1,2;g=x,y', treatments count as the last factor",
        "factorial_one": "factorial crosses two factors or more; write 'f=1,2;g=x,y'",
        "meaningless": "means nothing in {design}; leave it out",
        "below_one": "{size} is below 1; use 1 or more",
        "square_rows": "a Latin square of {count} treatments has {count} rows, not {blocks}; "
        "use {count} or leave it out",
        "square_size": "{count} for a Latin square; use 3 to {most}",
        "lattice_few": "{count} are too few for blocks smaller than a replicate; use rcbd",
        "block_size": "{size} for {count} treatments; use 2 to {most}",
        "one_environment": "a trial of several environments needs two or more; name them",
        "augmented_factors": "an augmented design has entries and checks only; leave them out",
        "checks_few": "each block needs two or more, else no error can be estimated; name them",
        "no_new": "none is left beside the checks; name the new entries",
        "rectangle_few": "{count} are too few for rows and columns; use 3 or more",
        "rows_divide": "{rows} does not divide {count} treatments; use one of {fitting}",
    }
)


def faults(request: Request) -> tuple[str, ...]:
    """Everything that keeps a request from being drawn; each line begins with the argument."""
    return tuple(one.line for one in found(request))


def found(request: Request) -> tuple[Fault, ...]:
    """Everything that keeps a request from being drawn, for others to word."""
    if request.design not in DESIGNS:
        facts = {"design": request.design, "known": ", ".join(DESIGNS)}
        return (Fault("design", "design_unknown", facts),)
    names = tuple(_name_faults(request))
    return names or tuple(_size_faults(request))


def treatment_count(request: Request) -> int:
    """Entries of a request: the treatments times the levels of each factor."""
    new = [one for one in request.treatments if one not in request.checks]
    own = len(new) + len(request.checks) if request.treatments else 1
    return own * prod(len(levels) for levels in request.factors.values())


def _name_faults(request: Request) -> Iterator[Fault]:
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
            yield Fault("factors", "reserved", {"name": name})
    for name in request.treatments:
        if name in (BORDER, FILLER):
            yield Fault("treatments", "outside", {"name": name})


def _list_faults(argument: str, names: Sequence[str]) -> Iterator[Fault]:
    if any(not one.strip() for one in names):
        yield Fault(argument, "name_empty")
    twice = sorted({one for one in names if names.count(one) > 1 and one.strip()})
    if twice:
        yield Fault(argument, "name_twice", {"names": ", ".join(twice)})
    if argument.startswith("factors") and len(names) == 1:
        yield Fault(argument, "one_level", {"level": names[0]})


def _size_faults(request: Request) -> Iterator[Fault]:
    count = treatment_count(request)
    if count < 2:
        yield Fault("treatments", "too_few", {"given": ", ".join(request.treatments) or "none"})
        return
    if request.seed < 0:
        yield Fault("seed", "seed_negative", {"seed": request.seed})
    yield from _block_faults(request)
    yield from _factor_faults(request)
    if request.design in _OF_DESIGN:
        yield from _OF_DESIGN[request.design](request, count)
    yield from _option_faults(request)
    plots = count * (request.blocks or count) * max(len(request.environments), 1)
    if plots * max(len(request.times), 1) > MOST_PLOTS:
        yield Fault("blocks", "many_plots", {"plots": plots, "most": MOST_PLOTS})


def _block_faults(request: Request) -> Iterator[Fault]:
    if request.blocks is None:
        if request.design != "latin-square":
            yield Fault("blocks", "blocks_missing")
    elif request.blocks < 2:
        yield Fault("blocks", "blocks_few", {"blocks": request.blocks})


def _factor_faults(request: Request) -> Iterator[Fault]:
    given = len(request.factors) + bool(request.treatments)
    needed = FACTORS.get(request.design)
    if needed is not None and given != needed:
        facts: dict[str, str | int] = {"design": request.design, "needed": needed}
        yield Fault("factors", "factor_count", facts | {"given": given})
    if request.design == "factorial" and given < 2:
        yield Fault("factors", "factorial_one")


def _option_faults(request: Request) -> Iterator[Fault]:
    """Options that would say nothing in this design, and sizes that cannot be."""
    for argument, designs in ONLY_IN.items():
        if getattr(request, argument) and request.design not in designs:
            yield Fault(argument, "meaningless", {"design": request.design})
    for argument, size in (("block_size", request.block_size), ("width", request.width)):
        if size is not None and size < 1:
            yield Fault(argument, "below_one", {"size": size})


def _latin(request: Request, count: int) -> Iterator[Fault]:
    if request.blocks not in (None, count):
        yield Fault("blocks", "square_rows", {"count": count, "blocks": request.blocks or 0})
    if not 3 <= count <= LARGEST_SQUARE:
        yield Fault("treatments", "square_size", {"count": count, "most": LARGEST_SQUARE})


def _alpha(request: Request, count: int) -> Iterator[Fault]:
    if count < 4:
        yield Fault("treatments", "lattice_few", {"count": count})
    size = request.block_size
    if size is not None and not 2 <= size <= count // 2:
        facts = {"size": size, "count": count, "most": max(count // 2, 2)}
        yield Fault("block_size", "block_size", facts)


def _multi(request: Request, count: int) -> Iterator[Fault]:
    if len(request.environments) < 2:
        yield Fault("environments", "one_environment")
    if request.block_size is not None:
        yield from _alpha(request, count)


def _augmented(request: Request, count: int) -> Iterator[Fault]:
    if request.factors:
        yield Fault("factors", "augmented_factors")
    if len(request.checks) < 2:
        yield Fault("checks", "checks_few")
    elif count <= len(request.checks):
        yield Fault("treatments", "no_new")


def _rectangle(request: Request, count: int) -> Iterator[Fault]:
    if count < 3:
        yield Fault("treatments", "rectangle_few", {"count": count})
    rows = request.rows
    if rows is not None and (rows < 1 or count % rows or rows > count // 2):
        fitting = ", ".join(str(p) for p in range(1, count // 2 + 1) if count % p == 0)
        yield Fault("rows", "rows_divide", {"rows": rows, "count": count, "fitting": fitting})


_OF_DESIGN: Mapping[str, Callable[[Request, int], Iterator[Fault]]] = MappingProxyType(
    {
        "latin-square": _latin,
        "alpha-lattice": _alpha,
        "multi-environment": _multi,
        "augmented": _augmented,
        "row-column": _rectangle,
    }
)
