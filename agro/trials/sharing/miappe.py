"""The checklist of MIAPPE: what must be said of an experiment on plants, one table a section.

Fields are named as in the checklist, so that its spreadsheet can be filled from these tables. What
the checklist asks for and nobody has said is told and never made up.

[1] MIAPPE Checklist and Data Model v1.1, https://github.com/MIAPPE/MIAPPE
[2] Papoutsoglou et al. 2020, New Phytologist 227:260, doi:10.1111/nph.16544
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agro.store.trials import PlannedTrial, TrialPlot
from agro.trials.findings import Finding
from agro.trials.sharing import facts
from agro.trials.sharing.facts import Ground, Outline, identifier, urn
from agro.words import Words, say

VERSION = "1.1"
STUDY = "Study unique ID"
MATERIAL = "Biological material ID"
_SOWING = "CO_715:0000007"  # planting, the example of DM-66
_LINKS: Mapping[str, tuple[str, ...]] = {
    "Study": ("Investigation unique ID",),
    "Person": (STUDY,),
    "Data File": (STUDY,),
    "Biological Material": (STUDY,),
    "Environment": (STUDY,),
    "Experimental Factor": (STUDY,),
    "Event": (STUDY,),
    "Observation Unit": (STUDY, MATERIAL),
    "Observed Variable": (STUDY,),
}
"""Columns that say what a row belongs to; the checklist draws them as arrows."""
_AT_LEAST_ONE = ("Person", "Biological Material", "Observation Unit", "Observed Variable")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the checklist: its line there, and whether each row must have it."""

    section: str
    line: str
    name: str
    required: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One table: its columns in the order of the checklist, after those that link it."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """A trial in the words of the checklist, and what is lacking."""

    sections: Mapping[str, Section]
    findings: tuple[Finding, ...]


@cache
def fields() -> tuple[Field, ...]:
    """The fields of the checklist [1] that a trial in the field may have."""
    text = files("agro.trials.sharing").joinpath("miappe.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Field(row["section"], row["line"], row["field"], row["required"] == "1") for row in rows
    )


def miappe(
    trial: PlannedTrial,
    *,
    where: Ground | None = None,
    language: str = "en",
    data: Mapping[str, str] | None = None,
) -> Checklist:
    """The sections of a trial.

    Parameters
    ----------
    data : Name of each data file sent along, and its version.
    """
    where, words, of = where or Ground(), say(language), facts.outline(trial)
    studies = facts.environments(trial)
    filled: dict[str, list[Row]] = {
        "Investigation": [_investigation(trial)],
        "Study": [_study(of, one, where, words) for one in studies],
        "Person": _people(trial, studies),
        "Data File": _data_files(trial, studies, data or {}, words),
        "Biological Material": _materials(of, studies),
        "Environment": [],
        "Experimental Factor": _factors(of, studies),
        "Event": _events(trial, studies, words),
        "Observation Unit": [_unit(of, one) for one in trial.plots if one.number is not None],
        "Observed Variable": _variables(trial, studies),
    }
    sections = {
        name: Section((*_LINKS.get(name, ()), *_names(name)), tuple(rows))
        for name, rows in filled.items()
    }
    return Checklist(sections, tuple(_lacking(sections)))


def file_of(section: str) -> str:
    """The table of a section among the files that are sent."""
    return f"miappe/{section.lower().replace(' ', '_')}.csv"


def _names(section: str) -> list[str]:
    return [one.name for one in fields() if one.section == section]


def _lacking(sections: Mapping[str, Section]) -> list[Finding]:
    """One finding for each field that must be there and is not, with the rows that lack it."""
    found = []
    for one in fields():
        rows = sections[one.section].rows
        if not rows and one.section in _AT_LEAST_ONE:
            rows = ({},)
        without = [row for row in rows if not row.get(one.name)]
        if one.required and without:
            told = {"file": file_of(one.section), "line": one.line, "n": len(without)}
            found.append(Finding(0, one.name, "", "miappe_missing", told, used=True))
    return found


def _study_id(trial: PlannedTrial, environment: str) -> str:
    return urn(identifier(trial, "study", environment))


def _investigation(trial: PlannedTrial) -> Row:
    return {
        "Investigation unique ID": urn(identifier(trial, "trial")),
        "Investigation title": trial.name,
        "Investigation description": trial.objective,
        "MIAPPE version": VERSION,
    }


def _study(of: Outline, environment: str, where: Ground, words: Words) -> Row:
    trial = of.trial
    return {
        "Investigation unique ID": urn(identifier(trial, "trial")),
        STUDY: _study_id(trial, environment),
        "Study title": f"{trial.name} – {environment}" if environment else trial.name,
        "Study description": trial.objective,
        "Start date of study": trial.sown.isoformat() if trial.sown and not environment else "",
        "Contact institution": facts.contact(trial).institution,
        **({} if environment else _site(trial, where)),
        "Description of the experimental design": facts.design_text(of, words),
        "Observation unit level hierarchy": ">".join(facts.hierarchy(of)),
        "Observation unit description": facts.unit_text(trial, words),
        "Description of growth facility": facts.facility_text(where, words),
        "Map of experimental design": "layout.csv",
    }


def _site(trial: PlannedTrial, where: Ground) -> Row:
    """Where the study lies; of environments the store knows only the names."""
    found = facts.position(trial, where)
    place = {"Geographic location (country)": where.country}
    if found is not None:
        place["Geographic location (latitude)"] = f"{found[0]:+.6f}"
        place["Geographic location (longitude)"] = f"{found[1]:+.6f}"
    if where.site is not None:
        place["Experimental site name"] = where.site.name
        place["Geographic location (altitude)"] = f"{where.site.elevation:.0f} m"
    return place


def _people(trial: PlannedTrial, studies: Sequence[str]) -> list[Row]:
    who = facts.contact(trial)
    if not trial.contact:
        return []
    return [
        {
            STUDY: _study_id(trial, study),
            "Person name": who.name,
            "Person email": who.email,
            "Person role": "contact",
            "Person affiliation": who.institution,
        }
        for study in studies
    ]


def _data_files(
    trial: PlannedTrial, studies: Sequence[str], data: Mapping[str, str], words: Words
) -> list[Row]:
    return [
        {
            STUDY: _study_id(trial, study),
            "Data file link": name,
            "Data file description": words.t("trial_share.data_file"),
            "Data file version": version,
        }
        for study in studies
        for name, version in data.items()
    ]


def _materials(of: Outline, studies: Sequence[str]) -> list[Row]:
    """The kinds of plants; which species a crop is, the trial does not say."""
    trial = of.trial
    return [
        {
            STUDY: _study_id(trial, study),
            MATERIAL: name,
            "Infraspecific name": name if of.material else "",
        }
        for study in studies
        for name in facts.materials(of)
    ]


def _factors(of: Outline, studies: Sequence[str]) -> list[Row]:
    return [
        {
            STUDY: _study_id(of.trial, study),
            "Experimental Factor type": name,
            "Experimental Factor values": "; ".join(levels),
        }
        for study in studies
        for name, levels in of.factors.items()
    ]


def _events(trial: PlannedTrial, studies: Sequence[str], words: Words) -> list[Row]:
    if trial.sown is None or facts.several_places(trial):
        return []
    return [
        {
            STUDY: _study_id(trial, study),
            "Event type": words.t("trial_share.sowing"),
            "Event accession number": _SOWING,
            "Event description": trial.crop,
            "Event date": trial.sown.isoformat(),
        }
        for study in studies
    ]


def _unit(of: Outline, one: TrialPlot) -> Row:
    *larger, (kind, name) = facts.unit_levels(of, one)
    place = [("X", str(one.column)), ("Y", str(one.row)), *larger, (kind, name)]
    return {
        STUDY: _study_id(of.trial, facts.environment_of(one)),
        MATERIAL: facts.plants(of, one),
        "Observation unit ID": name,
        "Observation unit type": kind,
        "External ID": urn(identifier(of.trial, "unit", name)),
        "Spatial distribution": "; ".join(f"{key}:{value}" for key, value in place),
        "Observation Unit factor value": "; ".join(
            level for _, level in facts.factor_levels(of, one)
        ),
    }


def _variables(trial: PlannedTrial, studies: Sequence[str]) -> list[Row]:
    """What is measured and in which unit; how, nobody states."""
    return [
        {
            STUDY: _study_id(trial, study),
            "Variable ID": one.name,
            "Variable name": one.label,
            "Trait": one.label or one.name,
            "Scale": one.unit,
        }
        for study in studies
        for one in trial.traits
    ]
