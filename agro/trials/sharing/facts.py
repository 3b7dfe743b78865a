"""What is said of a trial to others, whatever the vocabulary: ids, levels of plots, people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection

from agro.records import Plot, Site
from agro.store import farms
from agro.store.trials import PlannedTrial, TrialPlot
from agro.trials.planning import levels_of, roles_of
from agro.trials.spelling import plain_header
from agro.words import Words

ENVIRONMENT = "environment"
_UNITS = ("plot", "sub-plot", "sub-sub-plot")
_MATERIAL = (
    *("variety", "cultivar", "genotype", "geno", "gen", "accession", "line", "hybrid", "clone"),
    *("variete", "lignee", "hybride", "entry", "germplasm"),
)
_BREEDING = ("alpha-lattice", "row-column", "augmented")  # designs made for many genotypes
_REPLICATED = ("crd", "alpha-lattice", "row-column")  # of which the blocks are replicates
_EMAIL = re.compile(r"[^\s<>(),;]+@[^\s<>(),;]+")


@dataclass(frozen=True, slots=True)
class Ground:
    """The site of a trial, its farm plot, its country; None and empty where nobody knows."""

    site: Site | None = None
    plot: Plot | None = None
    country: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A trial, and what its plots are told by.

    `factors` are those that were compared, with their levels; `material` is the one whose levels
    are plants of different kinds, None where there is none; `blocked` says that blocks count.
    """

    trial: PlannedTrial
    factors: Mapping[str, tuple[str, ...]]
    material: str | None
    blocked: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers for a trial, as written `Name, institution <e-mail>`."""

    name: str = ""
    institution: str = ""
    email: str = ""


def ground(c: Connection, trial: PlannedTrial) -> Ground:
    """The site and the farm plot of a trial."""
    city = farms.city(c)
    return Ground(
        next((one for one in farms.sites(c) if one.slug == trial.site), None),
        next((one for one in farms.plots(c, trial.site) if one.slug == trial.plot), None),
        city.country if city else "",
    )


def outline(trial: PlannedTrial) -> Outline:
    """What the plots of a trial are told by."""
    factors = levels_of(trial)
    material = next((name for name in factors if plain_header(name) in _MATERIAL), None)
    if material is None and trial.design in _BREEDING and len(factors) == 1:
        material = next(iter(factors))
    return Outline(trial, factors, material, roles_of(trial).block is not None)


def identifier(trial: PlannedTrial, kind: str, key: object = "") -> str:
    """The id of a thing of a trial: the same from the same site and slug, wherever it is made."""
    return str(uuid5(NAMESPACE_URL, f"agro:{trial.site}/{trial.slug}/{kind}/{key}"))


def urn(uuid: str) -> str:
    """An id as a URI, for who asks for a permanent one."""
    return f"urn:uuid:{uuid}"


def contact(trial: PlannedTrial) -> Contact:
    """Who is written to, taken apart at the comma and the e-mail address."""
    found = _EMAIL.search(trial.contact)
    name, _, institution = _EMAIL.sub("", trial.contact).partition(",")
    own, other = (part.strip(" <>()[];,") for part in (name, institution))
    return Contact(own, other, found[0] if found else "")


def environments(trial: PlannedTrial) -> tuple[str, ...]:
    """The sites or years of a trial, each a study of its own; one nameless where it has none."""
    found = dict.fromkeys(str(one.levels.get(ENVIRONMENT, "")) for one in trial.plots)
    return tuple(found) or ("",)


def environment_of(one: TrialPlot) -> str:
    """The study that a plot belongs to."""
    return str(one.levels.get(ENVIRONMENT, ""))


def unit_levels(of: Outline, one: TrialPlot) -> list[tuple[str, str]]:
    """What a plot is part of, from the largest to itself: `rep`, `block`, `plot`, `sub-plot`.

    Border plots and fillers are named by their place.
    """
    larger: list[tuple[str, object]] = []
    if "replicate" in one.levels:
        larger.append(("rep", one.levels["replicate"]))
    if of.blocked and one.block is not None:
        larger.append(("block", one.block))
    held = [one.levels[name] for name in ("main_plot", "sub_plot") if name in one.levels]
    larger += zip(_UNITS, held, strict=False)
    return [(name, str(code)) for name, code in larger] + [(_UNITS[len(held)], unit_name(one))]


def unit_name(one: TrialPlot) -> str:
    """The number of a plot; of a border plot or a filler what it is and where."""
    if one.number is not None:
        return str(one.number)
    place = f"{one.treatment} {one.row}-{one.column}"
    return f"{environment_of(one)} {place}".strip()


def hierarchy(of: Outline) -> tuple[str, ...]:
    """The levels of a trial's plots, from the largest: `rep`, `block`, `plot`."""
    own = next((one for one in of.trial.plots if one.number is not None), None)
    return tuple(name for name, _ in unit_levels(of, own)) if own else ("plot",)


def factor_levels(of: Outline, one: TrialPlot) -> list[tuple[str, str]]:
    """What was done on a plot: each factor and its level; nothing on borders and fillers."""
    if one.number is None:
        return []
    return [(name, str(one.levels.get(name, one.treatment))) for name in of.factors]


def plants(of: Outline, one: TrialPlot) -> str:
    """The plants of a plot: its variety, else the crop of the trial; empty where not known.

    What borders are sown with is not known.
    """
    if one.number is None:
        return ""
    return str(one.levels.get(of.material, one.treatment)) if of.material else of.trial.crop


def materials(of: Outline) -> tuple[str, ...]:
    """The kinds of plants of a trial."""
    found = dict.fromkeys(plants(of, one) for one in of.trial.plots)
    return tuple(name for name in found if name)


def position(trial: PlannedTrial, where: Ground) -> tuple[float, float] | None:
    """Latitude and longitude [°] of the trial, else of its farm plot or its site."""
    for one in (trial, where.plot, where.site):
        if one is not None and isfinite(one.latitude) and isfinite(one.longitude):
            return one.latitude, one.longitude
    return None


def several_places(trial: PlannedTrial) -> bool:
    """Whether the trial has environments, of which the store knows only the names."""
    return environments(trial) != ("",)


def instant(day: date | None) -> str | None:
    """A day where a moment is asked for: its midnight, in UTC."""
    return None if day is None else f"{day.isoformat()}T00:00:00Z"


def design_text(of: Outline, words: Words) -> str:
    """The design in a line: its name, blocks, what was compared, and what drew it."""
    trial = of.trial
    parts = [words.code("trial_report.design", trial.design)]
    if trial.blocks:
        held = "replicates" if trial.design in _REPLICATED else "blocks"
        parts.append(words.t(f"trial_share.{held}", n=trial.blocks))
    if len(of.factors) > 1:
        parts.append(" × ".join(f"{name} ({len(levels)})" for name, levels in of.factors.items()))
    elif count := sum(len(levels) for levels in of.factors.values()):
        parts.append(words.t("trial_share.treatments", n=count))
    if trial.request is not None:
        seed = str(trial.request.get("seed", ""))
        parts.append(words.t("trial_share.drawn", generator=trial.generator, seed=seed))
    return "; ".join(parts)


def unit_text(trial: PlannedTrial, words: Words) -> str:
    """How large a plot is; empty where nobody said."""
    if not (isfinite(trial.plot_width) and isfinite(trial.plot_length)):
        return ""
    sizes = {"width": trial.plot_width, "length": trial.plot_length}
    told = {name: words.number(size, 2) for name, size in sizes.items()}
    return words.t("trial_share.unit", **told)


def facility_text(where: Ground, words: Words) -> str:
    """What the trial grows in; empty where the farm plot is not known."""
    return words.t(f"trial_share.facility.{where.plot.kind}") if where.plot else ""
