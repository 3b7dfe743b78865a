"""The options that tell what a trial is to be, as a request to the designs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agro.cli.output import nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.trials.layout import Request

_OPTIONS = {"block_size": "block-size"}
_SUPPOSED_ENVIRONMENTS = ("1", "2")
_SUPPOSED_CHECKS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """The lists as they were written: `a,b,c`, and `f=1,2;g=x,y` for factors."""

    design: str
    treatments: str = ""
    factors: str = ""
    checks: str = ""
    times: str = ""
    environments: str = ""


def request_of(asked: Asked, **sizes: "int | bool | None") -> "Request":
    """What is asked for, with what is supposed where it is not said; told on standard error.

    Raises
    ------
    BadInput  With everything that keeps it from being drawn.
    """
    from models.trials.faults import DESIGNS, faults
    from models.trials.layout import Request

    if asked.design not in DESIGNS:
        known = f"{nearest(asked.design, DESIGNS)} all: {', '.join(DESIGNS)}"
        raise BadInput([f"--design: {asked.design!r} is not known; {known}"])
    factors = factors_of(asked.factors)
    request = Request(
        asked.design,
        listed(asked.treatments),
        factors,
        checks=listed(asked.checks),
        times=listed(asked.times) or factors.pop("time", ()),
        environments=listed(asked.environments) or factors.pop("environment", ()),
        **sizes,  # type: ignore[arg-type]
    )
    request = _supposed(request)
    wrong = faults(request)
    if wrong:
        raise BadInput(_as_option(line) for line in wrong)
    return request


def listed(text: str) -> tuple[str, ...]:
    """The names of a list `a,b,c`; none of an empty one."""
    return tuple(one.strip() for one in text.split(",")) if text.strip() else ()


def factors_of(text: str) -> dict[str, tuple[str, ...]]:
    """The factors of `f=1,2;g=x,y`, in this order.

    Raises
    ------
    BadInput  One has no `=`, or a name comes twice.
    """
    parts = [one.partition("=") for one in text.split(";") if one.strip()]
    wrong = [name for name, equals, levels in parts if not (equals and levels.strip())]
    lines = [
        f"--factors: {one.strip()!r} has no levels; write it as 'f=1,2;g=x,y'" for one in wrong
    ]
    names = [name.strip() for name, _, _ in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    lines += [f"--factors: {one!r} is given twice; give each factor once" for one in twice]
    if lines:
        raise BadInput(lines)
    return {name.strip(): listed(levels) for name, _, levels in parts}


def _supposed(request: "Request") -> "Request":
    """The request with checks and environments where none were named."""
    if request.design == "augmented" and not request.checks and len(request.treatments) > 2:
        checks = request.treatments[:_SUPPOSED_CHECKS]
        tell(f"--checks: none named; {' and '.join(checks)} are taken, repeated in each block")
        return replace(request, checks=checks)
    if request.design == "multi-environment" and not request.environments:
        tell("--environments: none named; two are taken, 1 and 2")
        return replace(request, environments=_SUPPOSED_ENVIRONMENTS)
    if request.design == "repeated" and not request.times:
        tell("--times: none named; the book has one row for each plot, to be copied at each visit")
    return request


def _as_option(line: str) -> str:
    """A line about an argument as one about its option."""
    argument, colon, rest = line.partition(":")
    name, comma, of = argument.partition(",")
    return f"--{_OPTIONS.get(name, name)}{comma}{of}{colon}{rest}"


def described(request: "Request") -> Mapping[str, "str | int | bool | Sequence[str] | None"]:
    """The request as plain values, to make the same layout again from."""
    from dataclasses import asdict

    return asdict(request) | {"factors": {f: list(levels) for f, levels in request.factors.items()}}
