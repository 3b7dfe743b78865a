"""Which model a design asks for: what was randomised to what decides what is tested against what.

References
----------
[1] Bailey (2008), Design of Comparative Experiments. doi:10.1017/CBO9780511611483
[2] Piepho, Büchse, Emrich (2003), A hitchhiker's guide to mixed models for randomized experiments.
    doi:10.1046/j.1439-037X.2003.00049.x
[3] Federer (1961), Augmented designs with one-way elimination of heterogeneity. doi:10.2307/2527837
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

import numpy as np

from models.trials.model import Roles, Term, cells, crossed, term_name
from models.trials.sheet import Trial

_UNIQUE = 0.9  # share of the rows that a key tells apart, where a few are written twice


@dataclass(frozen=True, slots=True)
class Plan:
    """The model of a design.

    `treatments` are the terms in question. `errors` are the error strata from the largest plots to
    the smallest, without the single plots; empty strata are left out. `random` are the random terms
    of the mixed model and `fixed` its blocks that are not drawn from a population, ahead of the
    treatments. `simple` says that all treatments are on single plots; `stratified` that the design
    has error strata when no plot is lost; `interacting` that treatments have more than one plot in
    an environment, so that their interaction can be told from the residual.
    """

    treatments: tuple[Term, ...]
    errors: tuple[Term, ...] = ()
    random: tuple[Term, ...] = ()
    fixed: tuple[Term, ...] = ()
    covariates: tuple[Term, ...] = ()
    simple: bool = True
    stratified: bool = True
    environment: str | None = None
    interacting: bool = True

    @property
    def table(self) -> tuple[Term, ...]:
        """The terms of the analysis of variance by strata; environments are tested among them."""
        if self.environment is None:
            return self.treatments
        place: Term = (self.environment,)
        if not self.interacting:
            return (place, *self.treatments)
        return (place, *self.treatments, *(place + term for term in self.treatments))


def plan(trial: Trial, roles: Roles) -> Plan:
    """The model of a trial by its design.

    Raises
    ------
    ValueError  The design is unknown, or a column that it needs is not named.
    """
    if roles.design not in DESIGNS:
        raise ValueError(f"no such design: {roles.design}; use one of {', '.join(DESIGNS)}")
    if not roles.treatments:
        raise ValueError("a trial needs a treatment: name at least one treatment column")
    made = DESIGNS[roles.design](trial, roles)
    return replace(made, covariates=tuple((name,) for name in roles.covariates))


def _complete(trial: Trial, roles: Roles) -> Plan:
    """Plots alike, or alike within whole blocks: completely randomised, blocks, factorial."""
    blocks = _nested(roles)
    plots = _sampled(trial, roles)
    errors = (*blocks, *plots)
    return Plan(crossed(roles.treatments), errors=errors, random=errors, simple=not plots)


def _sampled(trial: Trial, roles: Roles) -> tuple[Term, ...]:
    """The plots, where `subject` names them and they were sampled several times.

    Samples are no replicates: treatments are judged by the plots.
    """
    outer = _smallest(roles)
    if roles.subject is None or roles.time:
        return ()
    plot = (*outer, roles.subject)
    plots = len(cells(trial, plot)[0])
    if plots == len(trial.response):
        return ()
    treated = (*outer, *roles.treatments)
    both = tuple(dict.fromkeys((*plot, *treated)))
    alike = outer and plots == len(cells(trial, treated)[0]) == len(cells(trial, both)[0])
    return (treated if alike else plot,)


def _nested(roles: Roles) -> tuple[Term, ...]:
    """The blocks, the larger ones first: `replicate`, then `block` within it."""
    names = tuple(dict.fromkeys(name for name in (roles.replicate, roles.block) if name))
    return tuple(names[: size + 1] for size in range(len(names)))


def _smallest(roles: Roles) -> Term:
    """The smallest blocks; empty where there are none."""
    return _nested(roles)[-1] if _nested(roles) else ()


def _blocks(trial: Trial, roles: Roles) -> Plan:
    _needed(roles.design, block=roles.block or roles.replicate)
    return _complete(trial, roles)


def _latin(_: Trial, roles: Roles) -> Plan:
    """Rows and columns that each hold every treatment once; several squares lie in blocks."""
    row, column = _needed(roles.design, row=roles.row, column=roles.column)
    square = roles.block or roles.replicate
    lines = _within(square, row, column)
    blocks = (*_terms(square), *lines)
    return Plan(crossed(roles.treatments), errors=blocks, random=blocks)


def _split(trial: Trial, roles: Roles) -> Plan:
    """A treatment on main plots, another on their parts."""
    blocks = _nested(roles)
    return _strata(roles, *blocks, _main_plots(trial, roles))


def _split_split(trial: Trial, roles: Roles) -> Plan:
    """A treatment on main plots, one on their parts, one on the parts of these."""
    blocks = _nested(roles)
    main = _main_plots(trial, roles)
    rest = [name for name in roles.treatments if name not in main]
    (sub,) = _needed(roles.design, sub_plot=roles.sub_plot or (rest[0] if rest else None))
    return _strata(roles, *blocks, main, (*main, sub))


def _main_plots(trial: Trial, roles: Roles) -> Term:
    """The factors that tell main plots apart: blocks, what lies on main plots, their own number.

    Main plots that lie in no block are told apart by a number of their own: `subject`, or a
    `main_plot` that is no treatment. Numbers that begin anew for each treatment need its name.
    """
    outer = _smallest(roles)
    named = roles.main_plot or roles.treatments[0]
    number = roles.subject if named in roles.treatments else named
    if number is None:
        _needed(roles.design, block=roles.block or roles.replicate)
    if named not in roles.treatments:
        numbered = any(_constant(trial, name, (*outer, number)) for name in roles.treatments)
        named = named if numbered else roles.treatments[0]
    return tuple(dict.fromkeys(name for name in (*outer, named, number) if name))


def _constant(trial: Trial, name: str, within: Sequence[str | None]) -> bool:
    """Whether a factor has one level in each cell of the others."""
    term = tuple(one for one in within if one)
    return len(cells(trial, (*term, name))[0]) == len(cells(trial, term)[0])


def _strips(_: Trial, roles: Roles) -> Plan:
    """One treatment on strips along each block, the other on strips across it."""
    _needed(roles.design, block=roles.block or roles.replicate)
    block = _smallest(roles)
    along, across = _two_sizes(roles)
    return _strata(roles, *_nested(roles), (*block, along), (*block, across))


def _lattice(_: Trial, roles: Roles) -> Plan:
    """Incomplete blocks, most often within replicates: blocks are random, replicates are not."""
    (block,) = _needed(roles.design, block=roles.block)
    replicate = _terms(roles.replicate)
    return Plan(
        crossed(roles.treatments),
        fixed=replicate,
        random=_within(roles.replicate, block),
        simple=False,
        stratified=False,
    )


def _augmented(_: Trial, roles: Roles) -> Plan:
    """New entries on single plots, adjusted for blocks by the checks in all of them [3]."""
    _needed(roles.design, block=roles.block or roles.replicate)
    return Plan(crossed(roles.treatments), fixed=_nested(roles), stratified=False)


def _row_column(_: Trial, roles: Roles) -> Plan:
    """Incomplete rows and columns, most often within replicates."""
    row, column = _needed(roles.design, row=roles.row, column=roles.column)
    replicate = roles.replicate or roles.block
    return Plan(
        crossed(roles.treatments),
        fixed=_terms(replicate),
        random=_within(replicate, row, column),
        simple=False,
        stratified=False,
    )


def _environments(trial: Trial, roles: Roles) -> Plan:
    """The same treatments in several places or years, which are a sample of those meant [2]."""
    (place,) = _needed(roles.design, environment=roles.environment)
    complete = _terms(roles.replicate or roles.block)
    incomplete = _terms(roles.block) if roles.replicate and roles.block else ()
    blocks = [(place, *term) for term in complete]
    parts = [(place, *complete[0], *term) for term in incomplete]
    treatments = crossed(roles.treatments)
    found, _ = cells(trial, (place, *roles.treatments))
    return Plan(
        treatments,
        errors=tuple(blocks),
        random=((place,), *blocks, *parts, *((place, *term) for term in treatments)),
        simple=False,
        stratified=not parts,
        environment=place,
        interacting=len(found) < len(trial.response),
    )


def _repeated(trial: Trial, roles: Roles) -> Plan:
    """The same plots or plants measured again: treatments on subjects, times within them."""
    (time,) = _needed(roles.design, time=roles.time)
    block = _nested(roles)
    between = tuple(name for name in roles.treatments if name != time)
    terms = crossed((*between, time))
    subject = _subject(trial, block, between, roles)
    errors = (*block, subject)
    return Plan(terms, errors=errors, random=errors, simple=False)


def _subject(trial: Trial, block: tuple[Term, ...], between: Term, roles: Roles) -> Term:
    """The factors that number the subjects: their own name, with what makes it unique."""
    outer = block[-1] if block else ()
    if not outer:
        _needed(roles.design, subject=roles.subject)
    if roles.subject is None or (outer and _constant(trial, roles.subject, outer)):
        return (*outer, *between)
    short = (*outer, roles.subject)
    times = len(cells(trial, (*short, str(roles.time)))[0])
    if times >= _UNIQUE * len(trial.response):
        return short
    return tuple(dict.fromkeys((*outer, *between, roles.subject)))


def _strata(roles: Roles, *errors: Term) -> Plan:
    return Plan(crossed(roles.treatments), errors=errors, random=errors, simple=False)


def _two_sizes(roles: Roles) -> tuple[str, str]:
    """The treatments of the two larger sizes of plots: as named, or the first two."""
    named = [name for name in (roles.main_plot, roles.sub_plot) if name]
    rest = [name for name in roles.treatments if name not in named]
    main = roles.main_plot or (rest.pop(0) if rest else None)
    sub = roles.sub_plot or (rest.pop(0) if rest else None)
    first, second = _needed(roles.design, main_plot=main, sub_plot=sub)
    return first, second


def _terms(name: str | None) -> tuple[Term, ...]:
    return ((name,),) if name else ()


def _within(outer: str | None, *names: str) -> tuple[Term, ...]:
    """Terms nested in an outer factor, where there is one."""
    return tuple((outer, name) if outer and outer != name else (name,) for name in names)


def _needed(design: str, **columns: str | None) -> tuple[str, ...]:
    absent = [role.replace("_", " ") for role, name in columns.items() if not name]
    if absent:
        raise ValueError(f"a {design} trial needs its {' and its '.join(absent)}: name the column")
    return tuple(name for name in columns.values() if name)


DESIGNS: dict[str, Callable[[Trial, Roles], Plan]] = {
    "crd": _complete,
    "rcbd": _blocks,
    "latin-square": _latin,
    "split-plot": _split,
    "split-split-plot": _split_split,
    "strip-plot": _strips,
    "factorial": _complete,
    "alpha-lattice": _lattice,
    "augmented": _augmented,
    "row-column": _row_column,
    "multi-environment": _environments,
    "repeated": _repeated,
}


def empty_cells(trial: Trial, plan: Plan) -> int:
    """How many combinations of treatments have no plot."""
    names = sorted({name for term in plan.treatments for name in term})
    wanted = int(np.prod([len(trial.factors[name].levels) for name in names]))
    return wanted - len(cells(trial, tuple(names))[0])


def formula(response: str, terms: Sequence[Term], errors: Sequence[Term], *, strata: bool) -> str:
    """The model as R writes it, for a reader: `yield ~ gen + nitro + (1 | block)`."""
    fixed = " + ".join(term_name(term) for term in terms) or "1"
    names = [term_name(term) for term in errors]
    if not names:
        return f"{response} ~ {fixed}"
    drawn = f"Error({' + '.join(names)})" if strata else " + ".join(f"(1 | {n})" for n in names)
    return f"{response} ~ {fixed} + {drawn}"


def blocking(plan: Plan) -> frozenset[str]:
    """The columns that are blocks of some size, none of them a treatment."""
    treated = set(chain.from_iterable(plan.treatments))
    return frozenset(chain.from_iterable((*plan.errors, *plan.random, *plan.fixed))) - treated


def two_way(plan: Plan, by: str) -> tuple[Term, ...]:
    """The pairs of factors whose first is compared within each level of `by`."""
    names = sorted({name for term in plan.table for name in term})
    pairs = [pair for pair in combinations(names, 2) if by in pair]
    return tuple((a, b) if b == by else (b, a) for a, b in pairs)
