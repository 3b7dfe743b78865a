"""`agro trial power`: how small a difference a design will show, before anything is sown."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.output import answer_json, answer_table, tell
from agro.cli.trial_options import (
    BlockSize,
    Checks,
    Design,
    Environments,
    Factors,
    Rows,
    Times,
    Treatments,
)
from agro.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.trials.layout import Request
    from models.trials.power import Errors, Plan, Power

_COLUMNS = ("term", "df", "error df", "SED", "LSD", "power F", "power t")
_FIRST = 2  # blocks of a request whose number is looked for


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("power")(power)


def power(
    design: Design,
    difference: Annotated[
        float, typer.Option(metavar="D", help="Worth showing, in the unit of the response.")
    ],
    sd: Annotated[float, typer.Option(metavar="S", help="Between plots of one block, same unit.")],
    treatments: Treatments = "",
    factors: Factors = "",
    blocks: Annotated[
        int | None, typer.Option(metavar="N", help="Without: the fewest that are enough.")
    ] = None,
    checks: Checks = "",
    times: Times = "",
    environments: Environments = "",
    block_size: BlockSize = None,
    rows: Rows = None,
    sd_main: Annotated[
        float, typer.Option(metavar="S", help="Between main plots, row strips or subjects.")
    ] = 0.0,
    sd_sub: Annotated[
        float, typer.Option(metavar="S", help="Between sub-plots or column strips.")
    ] = 0.0,
    sd_environment: Annotated[
        float, typer.Option(metavar="S", help="Of an effect between environments.")
    ] = 0.0,
    alpha: Annotated[float, typer.Option(help="Level of the tests.")] = 0.05,
    wanted: Annotated[float, typer.Option("--power", help="That is enough.")] = 0.8,
    term: Annotated[
        str, typer.Option(metavar="T", help="Whose power counts, e.g. gen:nitro; else all.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Power of each test for a difference, or the blocks that are needed for it."""
    from agro.cli.trial_request import Asked, request_of
    from models.trials.power import Errors, blocks_needed, powers

    _check(alpha, wanted, difference, sd, (sd_main, sd_sub, sd_environment))
    request = request_of(
        Asked(design, treatments, factors, checks, times, environments),
        blocks=_FIRST if blocks is None and design != "latin-square" else blocks,
        block_size=block_size,
        rows=rows,
    )
    errors = Errors(sd, sd_main, sd_sub, sd_environment)
    plan = _plans(request, errors)
    _check_term(term, plan(_FIRST))
    found = blocks if design != "latin-square" else _size(request)
    if found is None:
        found = blocks_needed(
            plan,
            difference,
            wanted=wanted,
            alpha=alpha,
            terms=(term,) if term else (),
        )
    if found is None:
        raise BadInput([f"--difference: {difference:g} has not {wanted:g} power with 1000 blocks"
                        "; ask for a larger one"])  # fmt: skip
    rows_ = powers(plan(found), found, difference, alpha=alpha)
    if not rows_:
        raise BadInput([f"--blocks: {found} leave no degrees of freedom for error; use more"])
    if as_json:
        answer_json(_document(request, found, difference, alpha, rows_))
        return
    title = f"{design}, {found} blocks: power for a difference of {difference:g} at {alpha:g}"
    answer_table(title, _COLUMNS, ([*_digits(one)] for one in rows_))
    tell("an interaction's difference is one of differences; others are of two levels")


def _check(
    alpha: float, wanted: float, difference: float, sd: float, others: tuple[float, ...]
) -> None:
    """Stop where a figure cannot be.

    Raises
    ------
    BadInput  With one line for each.
    """
    lines = [
        f"{option}: {value:g} is not between 0 and 1; use for instance {example}"
        for option, value, example in (("--alpha", alpha, "0.05"), ("--power", wanted, "0.8"))
        if not 0.0 < value < 1.0
    ]
    lines += [
        f"{option}: {value:g} is not above 0; give it in the unit of the response"
        for option, value in (("--difference", difference), ("--sd", sd))
        if not 0.0 < value < float("inf")
    ]
    lines += [
        f"--sd-main, --sd-sub, --sd-environment: {value:g} is below 0; use 0 or more"
        for value in others
        if not 0.0 <= value < float("inf")
    ]
    if lines:
        raise BadInput(lines)


def _check_term(term: str, plan: "Plan") -> None:
    from agro.cli.output import nearest
    from models.trials.power import term_tests

    known = [one.term for one in term_tests(plan, 10)]
    if term and term not in known:
        raise BadInput([f"--term: {term!r} is not tested here; {nearest(term, known)}"])


def _size(request: "Request") -> int:
    from models.trials.faults import treatment_count

    return treatment_count(request)


def _plans(request: "Request", errors: "Errors") -> "Callable[[int], Plan]":
    """The plan of a request by its number of blocks.

    Raises
    ------
    BadInput  Its incomplete blocks cannot be rated.
    """
    from agro.trials.power_plan import plans_of

    plan_of = plans_of(request, errors)

    def plan(blocks: int) -> "Plan":
        found = plan_of(blocks)
        if found is None:
            raise BadInput([f"--treatments: {_size(request)} in such blocks leave differences "
                            "unknown, or are too many to rate; use another block size, or more "
                            "blocks"])  # fmt: skip
        return found

    return plan


def _document(
    request: "Request", blocks: int, difference: float, alpha: float, found: "tuple[Power, ...]"
) -> dict[str, Any]:
    return {
        "design": request.design,
        "blocks": blocks,
        "difference": difference,
        "alpha": alpha,
        "terms": [
            {
                "term": one.term,
                "df": one.df,
                "ddf": one.error_df,
                "sed": one.sed,
                "lsd": one.lsd,
                "power_f": one.power_f,
                "power_t": one.power_t,
            }
            for one in found
        ],
    }


def _digits(one: "Power") -> tuple[object, ...]:
    shown = (f"{value:.3g}" for value in (one.sed, one.lsd, one.power_f, one.power_t))
    return (one.term, one.df, one.error_df, *shown)
