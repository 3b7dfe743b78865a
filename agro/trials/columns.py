"""Which column of a sheet is meant by each name that an analysis asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from agro.trials.findings import Finding, of_file
from agro.trials.spelling import near, plain_header
from models.trials.model import Roles

_NAMED = 12  # columns told when none is near


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of each name asked for, and what was found on the way."""

    of: Mapping[str, str]
    findings: tuple[Finding, ...]


def factor_names(roles: Roles) -> tuple[str, ...]:
    """Every column that holds levels: treatments, blocks and places, each once."""
    places = (getattr(roles, one.name) for one in fields(roles))
    names = [
        *roles.treatments,
        *(one for one in places if isinstance(one, str) and one != roles.design),
    ]
    return tuple(dict.fromkeys(names))


def find_columns(header: Sequence[str], response: str, roles: Roles) -> Columns:
    """The columns of the response, the factors and the covariates."""
    wanted = tuple(dict.fromkeys((response, *factor_names(roles), *roles.covariates)))
    found: list[Finding] = [*_two_parts(response, roles)]
    of: dict[str, str] = {}
    for name in wanted:
        of[name], told = _column(name, header)
        found += [told] if told else []
    lacking = any(one.code == "column_unknown" for one in found)
    if lacking and "" in header:
        place = header.index("") + 1
        found.append(
            of_file("header_merged", value=header[place - 2] if place > 1 else "", n=place)
        )
    return Columns(of, tuple(found))


def _column(name: str, header: Sequence[str]) -> tuple[str, Finding | None]:
    alike = [one for one in header if one == name]
    if not alike:
        alike = [one for one in header if one and plain_header(one) == plain_header(name)]
    if len(alike) > 1:
        return "", of_file("column_twice", name, ", ".join(alike))
    if not alike:
        known = [one for one in header if one]
        facts = {"near": near(name, known), "known": known[:_NAMED]}
        return "", of_file("column_unknown", name, name, **facts)
    if alike[0] == name:
        return name, None
    return alike[0], Finding(0, name, alike[0], "column_taken", {"column": name}, used=True)


def _two_parts(response: str, roles: Roles) -> Iterator[Finding]:
    """A column cannot be what is measured and what was laid out, or a treatment and a block."""
    if response in (*factor_names(roles), *roles.covariates):
        yield of_file("column_two_parts", response, response)
    blocks = (roles.block, roles.replicate, roles.environment)
    for name in roles.treatments:
        if name in blocks:
            yield of_file("column_two_parts", name, name)
