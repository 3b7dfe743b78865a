"""What the power of a requested trial is computed from, however many blocks it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from models.trials.design import plot_factors, randomise
from models.trials.faults import treatment_count
from models.trials.incomplete import block_sizes, default_rows
from models.trials.layout import Request
from models.trials.power import JOIN, Errors, Plan, Power, blocks_needed, powers

_RATED = 5  # replicates; with more, incomplete blocks lose no more than with these
_CURVE, _LONGEST_CURVE = 10, 40  # blocks that a curve shows at least, and for what is needed
_TIME, _AUGMENTED = "time", "check-new"


def plans_of(request: Request, errors: Errors) -> Callable[[int], Plan | None]:
    """The plan of a request by its number of blocks.

    Incomplete blocks are drawn to know what they lose; None where they leave differences unknown,
    or are too many to rate.
    """
    count = treatment_count(request)
    whole = Plan(
        request.design,
        {name: len(levels) for name, levels in plot_factors(request)},
        errors,
        checks=len(request.checks),
        visits=max(len(request.times), 1),
        environments=max(len(request.environments), 1),
    )

    @cache
    def rated(blocks: int) -> Plan | None:
        layout = randomise(replace(request, blocks=blocks))
        if not layout.efficiency > 0.0:
            return None
        plan = replace(whole, efficiency=layout.efficiency)
        if request.design == "row-column":
            high = request.rows or default_rows(count)
            return replace(plan, incomplete=high, columns=count // high)
        return replace(plan, incomplete=block_sizes(count, request.block_size)[0])

    def plan(blocks: int) -> Plan | None:
        return rated(min(blocks, _RATED)) if _is_incomplete(request) else whole

    return plan


def _main(request: Request, here: Sequence[Power]) -> tuple[str, ...]:
    """The terms that a trial is sown for: its factors, or new entries against their checks."""
    if request.design == "augmented":
        return (_AUGMENTED,)
    return tuple(one.term for one in here if JOIN not in one.term and one.term != _TIME)


def _is_incomplete(request: Request) -> bool:
    return request.design in ("alpha-lattice", "row-column") or request.block_size is not None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a requested trial will be able to show.

    `here` are the tests as it is requested, `main` the terms that are single factors; `curve` are
    the tests by number of blocks, or by difference where the design fixes its blocks; `needed` the
    fewest blocks with which each main term has the wanted power, None where there are none.
    """

    here: tuple[Power, ...]
    main: tuple[str, ...]
    curve: tuple[tuple[float, tuple[Power, ...]], ...]
    needed: int | None


def outlook(
    request: Request, errors: Errors, difference: float, *, wanted: float = 0.8
) -> Outlook | None:
    """Power of a request as it is, with other numbers of blocks, and the blocks it needs.

    None where no error could be estimated, or where incomplete blocks leave differences unknown.

    Parameters
    ----------
    difference : in the unit of `errors`, e.g. % of the mean.
    """
    plan_of = plans_of(request, errors)
    blocks = request.blocks or treatment_count(request)
    plan, later = plan_of(blocks), plan_of(_RATED)
    here = () if plan is None else powers(plan, blocks, difference)
    if plan is None or later is None or not here:
        return None
    main = _main(request, here)
    if request.blocks is None:
        steps = (difference * share / 10.0 for share in range(2, 21))
        curve = tuple((step, powers(plan, blocks, step)) for step in steps)
        return Outlook(here, main, curve, None)
    needed = blocks_needed(
        lambda count: plan_of(count) or later, difference, wanted=wanted, terms=main
    )
    last = max(_CURVE, blocks + 2, min((needed or 0) + 2, _LONGEST_CURVE))
    planned = ((count, plan_of(count)) for count in range(2, last + 1))
    curve = tuple(
        (float(count), powers(one, count, difference)) for count, one in planned if one is not None
    )
    return Outlook(here, main, curve, needed)
