"""A trial that is being thought out: what was typed, and what keeps it from being drawn.

Without Streamlit, so that a step that is left and opened again says the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from math import nan
from types import MappingProxyType

from agro.store.deliveries import slug_of
from agro.store.trials import PlannedTrial, Trait
from models.trials import faults
from models.trials.faults import DESIGNS, FACTORS, ONLY_IN, RESERVED, Fault
from models.trials.layout import Request
from models.trials.power import Errors

STEPS = ("question", "compared", "design", "power", "traits", "review")
GROUNDS = ("one_way", "two_ways", "alike")
PLACES = ("once", "places", "visits")
_MANY = 16  # treatments, from which whole blocks become too large to be alike
_JOIN = ":"  # joins factors and levels in tables; a name with it could not be taken apart
_COLUMN = "response"  # a measurement whose name leaves no letter


@dataclass(frozen=True, slots=True)
class Compared:
    """A factor: what is varied, and its levels."""

    name: str = ""
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured, as it was typed."""

    label: str = ""
    unit: str = ""
    low: float = nan
    high: float = nan


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far.

    `ground`, `places`, `large` (a factor needs large plots) and `many` (new entries beside checks)
    are the questions a design is advised by; `design` is empty until one is chosen. Widths and
    lengths in m; `cv`, `cv_main`, `cv_sub`, `cv_environment` and `difference` in % of the mean.
    """

    site: str
    seed: int
    name: str = ""
    objective: str = ""
    plot: str = ""
    crop: str = ""
    contact: str = ""
    sown: date | None = None
    factors: tuple[Compared, ...] = (Compared(),)
    ground: str = "one_way"
    places: str = "once"
    large: bool = False
    many: bool = False
    design: str = ""
    checks: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    blocks: int = 4
    block_size: int | None = None
    rows: int | None = None
    width: int | None = None
    apart: bool = False
    serpentine: bool = True
    border: bool = False
    plot_width: float = nan
    plot_length: float = nan
    cv: float = 12.0
    cv_main: float = 6.0
    cv_sub: float = 6.0
    cv_environment: float = 6.0
    difference: float = 20.0
    traits: tuple[Measured, ...] = field(default=())


def lines(text: str) -> tuple[str, ...]:
    """The names that were typed, one a line or parted by semicolons; commas are decimal signs."""
    parted = (one.strip() for one in text.replace(";", "\n").splitlines())
    return tuple(one for one in parted if one)


def design_of(draft: Draft) -> str:
    """The design that was chosen, as long as it can be, else the one that is advised."""
    return draft.design if draft.design in fitting(draft) else advised(draft)


def advised(draft: Draft) -> str:
    """The design that the answers ask for."""
    several = len(draft.factors)
    if draft.places == "places":
        return "multi-environment"
    if draft.places == "visits":
        return "repeated"
    if several > 1 and draft.large:
        return "split-plot" if several == 2 else "split-split-plot" if several == 3 else "factorial"
    if draft.ground == "alike":
        return "crd"
    if several > 1:
        return "factorial"
    count = len(draft.factors[0].levels)
    if draft.many and count > 2:
        return "augmented"
    if draft.ground == "two_ways":
        return "latin-square" if 3 <= count <= 8 else "row-column" if count > 8 else "rcbd"
    return "alpha-lattice" if count >= _MANY else "rcbd"


def fitting(draft: Draft) -> tuple[str, ...]:
    """The designs that so many factors allow."""
    several = len(draft.factors)
    return tuple(design for design in DESIGNS if _fits(design, several))


def _fits(design: str, several: int) -> bool:
    if design in FACTORS:
        return FACTORS[design] == several
    if design == "factorial":
        return several > 1
    return several == 1 or design not in ("rcbd", "augmented")


def request_of(draft: Draft) -> Request:
    """What is asked of the designs; what means nothing in the chosen one is left out."""
    design = design_of(draft)
    treatments, factors = _compared(draft, design)
    told = {name: getattr(draft, name) for name, designs in ONLY_IN.items() if design in designs}
    if design == "augmented":
        told["checks"] = tuple(one for one in draft.checks if one in treatments)
    return Request(
        design,
        treatments,
        factors,
        blocks=None if design == "latin-square" else draft.blocks,
        seed=draft.seed,
        apart=draft.apart,
        serpentine=draft.serpentine,
        border=draft.border,
        **told,
    )


def _compared(draft: Draft, design: str) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
    """Treatments without a name of their own, else factors."""
    first = draft.factors[0]
    if len(draft.factors) == 1 and (not first.name or design == "augmented"):
        return first.levels, {}
    return (), {one.name: one.levels for one in draft.factors}


def trial_of(draft: Draft) -> PlannedTrial:
    """The trial as it would be stored, without its layout."""
    return PlannedTrial(
        site=draft.site,
        slug=slug_of(draft.name) or "trial",
        name=draft.name,
        design=design_of(draft),
        plot=draft.plot,
        objective=draft.objective,
        contact=draft.contact,
        crop=draft.crop,
        sown=draft.sown,
        plot_width=draft.plot_width,
        plot_length=draft.plot_length,
        traits=traits_of(draft),
    )


def traits_of(draft: Draft) -> tuple[Trait, ...]:
    """What is measured, each with a column of its own in the field book."""
    taken = {one.name for one in draft.factors} | set(RESERVED)
    traits: list[Trait] = []
    for one in draft.traits:
        wanted = slug_of(one.label).replace("-", "_") or _COLUMN
        further = (f"{wanted}_{number}" for number in range(2, len(taken) + 3))
        column = next(name for name in (wanted, *further) if name not in taken)
        taken.add(column)
        traits.append(Trait(column, one.label, one.unit, one.low, one.high))
    return tuple(traits)


def errors_of(draft: Draft) -> Errors:
    """What varies, in % of the mean; what the design has no plots for is left out."""
    design = design_of(draft)
    return Errors(
        draft.cv,
        draft.cv_main if design in (*FACTORS, "repeated") else 0.0,
        draft.cv_sub if design in ("split-split-plot", "strip-plot") else 0.0,
        draft.cv_environment if design == "multi-environment" else 0.0,
    )


def faults_of(draft: Draft, step: str) -> tuple[Fault, ...]:
    """What keeps somebody from going on from a step."""
    return tuple(_FAULTS[step](draft))


def _question(draft: Draft) -> Iterator[Fault]:
    if not draft.name.strip():
        yield Fault("name", "trial_unnamed")


def _factors(draft: Draft) -> Iterator[Fault]:
    """What is wrong with the factors whatever the design: names that nothing could be told by."""
    names = [one.name for one in draft.factors]
    if len(names) > 1 and not all(names):
        yield Fault("factors", "factor_unnamed")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        yield Fault("factors", "name_twice", {"names": ", ".join(twice)})
    for text in (*names, *(level for one in draft.factors for level in one.levels)):
        if _JOIN in text:
            yield Fault("factors", "name_colon", {"name": text})
    for one in draft.factors:
        if len(one.levels) < 2:
            code = "levels_few_of" if one.name else "levels_few"
            yield Fault("factors", code, {"name": one.name})


def _compared_faults(draft: Draft) -> Iterator[Fault]:
    own = tuple(_factors(draft))
    yield from own
    if not own:  # names only: what a design lacks is asked at its own step
        whole = replace(draft, design="crd", blocks=2)
        yield from (one for one in faults.found(request_of(whole)) if one.code in _NAMES)


def _design(draft: Draft) -> Iterator[Fault]:
    yield from faults.found(request_of(draft))


def _traits(draft: Draft) -> Iterator[Fault]:
    labels = [one.label.strip() for one in draft.traits]
    if not labels:
        yield Fault("traits", "no_trait")
    if not all(labels):
        yield Fault("traits", "trait_unnamed")
    twice = sorted({label for label in labels if label and labels.count(label) > 1})
    if twice:
        yield Fault("traits", "name_twice", {"names": ", ".join(twice)})
    for one in draft.traits:
        if one.low > one.high:
            yield Fault("traits", "bounds_crossed", {"name": one.label})


def _none(_: Draft) -> Iterator[Fault]:
    return iter(())


_NAMES = ("name_empty", "name_twice", "one_level", "reserved", "outside")
_FAULTS = MappingProxyType(
    {
        "question": _question,
        "compared": _compared_faults,
        "design": _design,
        "power": _design,
        "traits": _traits,
        "review": _none,
    }
)
