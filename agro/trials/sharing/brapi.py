"""A trial as a BrAPI server would answer for it.

Each document has the envelope of an answer (`metadata`, `result.data`) and the objects of its
endpoint. A trial is a `trial`; each of its environments a `study`; each plot an observation unit on
the grid of the field, also borders and fillers. A day is given as its midnight in UTC, since
moments are asked for. Who typed a value stays in the store.

[1] BrAPI Specification v2.1, BrAPI-Core, BrAPI-Germplasm and BrAPI-Phenotyping, https://brapi.org
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from babel import Locale

from agro.store.trials import PlannedTrial, PlotValue, Trait, TrialPlot
from agro.trials.findings import Finding
from agro.trials.sharing import facts
from agro.trials.sharing.facts import Ground, Outline, identifier, urn
from agro.words import Words, say

VERSION = "2.1"
_ORDER = ("rep", "block", "plot", "sub-plot", "sub-sub-plot")
Document = dict[str, Any]


def brapi(
    trial: PlannedTrial,
    values: Sequence[PlotValue],
    *,
    where: Ground | None = None,
    language: str = "en",
) -> dict[str, Document]:
    """The answers to `/trials`, `/studies`, `/observationunits` …, by the name of the endpoint."""
    where, words, of = where or Ground(), say(language), facts.outline(trial)
    found = {
        "locations": _locations(trial, where),
        "trials": [_trial(trial)],
        "studies": [_study(of, one, where, words) for one in facts.environments(trial)],
        "germplasm": [_germplasm(trial, name) for name in _germplasms(of)],
        "variables": [_variable(trial, one, words) for one in trial.traits],
        "observationunits": [_unit(of, one) for one in trial.plots],
        "observations": list(_observations(of, values)),
    }
    return {name: _answer(data) for name, data in found.items()}


def unsaid(trial: PlannedTrial) -> tuple[Finding, ...]:
    """What keeps a part of the answers empty."""
    return () if trial.crop else (Finding(0, "crop", "", "brapi_no_crop", used=True),)


def _answer(data: Sequence[Document]) -> Document:
    """The envelope of an answer that has everything on one page."""
    pages = {"currentPage": 0, "pageSize": len(data), "totalCount": len(data)}
    pagination = pages | {"totalPages": 1 if data else 0}
    metadata = {"datafiles": [], "pagination": pagination, "status": []}
    return {"metadata": metadata, "result": {"data": list(data)}}


def _locations(trial: PlannedTrial, where: Ground) -> list[Document]:
    if where.site is None or facts.several_places(trial):
        return []
    names = Locale.parse("en").territories
    return [
        {
            "locationDbId": identifier(trial, "location"),
            "locationName": where.site.name,
            "countryName": names.get(where.country),
            "coordinates": _point(trial, where),
        }
    ]


def _point(trial: PlannedTrial, where: Ground) -> Document | None:
    """The place as GeoJSON, which has longitude first, then latitude and elevation [m]."""
    found = facts.position(trial, where)
    if found is None:
        return None
    height = [where.site.elevation] if where.site and isfinite(where.site.elevation) else []
    geometry = {"type": "Point", "coordinates": [found[1], found[0], *height]}
    return {"type": "Feature", "geometry": geometry}


def _trial(trial: PlannedTrial) -> Document:
    return _names(trial, "trial") | {
        "trialPUI": urn(identifier(trial, "trial")),
        "trialDescription": trial.objective or None,
        "commonCropName": trial.crop or None,
        "startDate": trial.sown.isoformat() if trial.sown else None,
        "active": not trial.put_away,
        "contacts": _contacts(trial),
    }


def _names(trial: PlannedTrial, *kinds: str, environment: str = "") -> Document:
    """The ids and names by which other objects point to the trial and its study."""
    name = f"{trial.name} – {environment}" if environment else trial.name
    own = {
        "trial": {"trialDbId": identifier(trial, "trial"), "trialName": trial.name},
        "study": {"studyDbId": identifier(trial, "study", environment), "studyName": name},
    }
    return {key: value for kind in kinds for key, value in own[kind].items()}


def _contacts(trial: PlannedTrial) -> list[Document]:
    who = facts.contact(trial)
    if not trial.contact:
        return []
    told = {"name": who.name, "instituteName": who.institution, "email": who.email}
    return [
        {"contactDbId": identifier(trial, "contact", trial.contact)}
        | {name: text or None for name, text in told.items()}
    ]


def _study(of: Outline, environment: str, where: Ground, words: Words) -> Document:
    trial = of.trial
    found = _names(trial, "study", "trial", environment=environment)
    for place in _locations(trial, where):
        found |= {name: place[name] for name in ("locationDbId", "locationName")}
    season = [str(trial.sown.year)] if trial.sown and not environment else []
    return found | {
        "studyPUI": urn(found["studyDbId"]),
        "studyDescription": trial.objective or None,
        "commonCropName": trial.crop or None,
        "startDate": facts.instant(trial.sown),
        "active": not trial.put_away,
        "seasons": season,
        "contacts": _contacts(trial),
        "experimentalDesign": {"PUI": None, "description": facts.design_text(of, words)},
        "growthFacility": {"PUI": None, "description": facts.facility_text(where, words) or None},
        "observationUnitsDescription": facts.unit_text(trial, words) or None,
        "observationLevels": [_level(name) for name in facts.hierarchy(of)],
        "observationVariableDbIds": [
            identifier(trial, "variable", one.name) for one in trial.traits
        ],
    }


def _level(name: str, code: str | None = None) -> Document:
    """A level of plots; lower orders hold the higher ones."""
    level: Document = {"levelName": name, "levelOrder": _ORDER.index(name) + 1}
    return level if code is None else level | {"levelCode": code}


def _germplasms(of: Outline) -> tuple[str, ...]:
    """The kinds of plants; none without a crop, of which each must tell the name."""
    return facts.materials(of) if of.trial.crop else ()


def _germplasm(trial: PlannedTrial, name: str) -> Document:
    own = identifier(trial, "germplasm", name)
    return {
        "germplasmDbId": own,
        "germplasmName": name,
        "germplasmPUI": urn(own),
        "commonCropName": trial.crop,
    }


def _variable(trial: PlannedTrial, one: Trait, words: Words) -> Document:
    """What is measured: the property, how it is measured (nobody states it), and the scale."""
    bounds = {"minimumValue": one.low, "maximumValue": one.high}
    unit = one.unit or words.t("trial_share.unitless")
    name = one.label or one.name
    return {
        "observationVariableDbId": identifier(trial, "variable", one.name),
        "observationVariableName": one.name,
        "commonCropName": trial.crop or None,
        "language": words.language,
        "trait": {"traitDbId": identifier(trial, "trait", one.name), "traitName": name},
        "method": {
            "methodDbId": identifier(trial, "method", one.name),
            "methodName": words.t("trial_share.method_unstated"),
        },
        "scale": {
            "scaleDbId": identifier(trial, "scale", one.unit),
            "scaleName": unit,
            "units": one.unit or None,
            "dataType": "Numerical",
            "validValues": {
                name: str(value) if isfinite(value) else None for name, value in bounds.items()
            },
        },
    }


def _unit(of: Outline, one: TrialPlot) -> Document:
    trial = of.trial
    own = _unit_id(trial, one)
    *larger, level = facts.unit_levels(of, one)
    return _names(trial, "study", "trial", environment=facts.environment_of(one)) | {
        "observationUnitDbId": own,
        "observationUnitName": facts.unit_name(one),
        "observationUnitPUI": urn(own),
        **_plants(of, one),
        "treatments": [
            {"factor": name, "modality": text} for name, text in facts.factor_levels(of, one)
        ],
        "observationUnitPosition": {
            "entryType": _entry_type(of, one),
            "observationLevel": _level(*level),
            "observationLevelRelationships": [_level(*outer) for outer in larger],
            "positionCoordinateX": str(one.column),
            "positionCoordinateXType": "GRID_COL",
            "positionCoordinateY": str(one.row),
            "positionCoordinateYType": "GRID_ROW",
        },
    }


def _unit_id(trial: PlannedTrial, one: TrialPlot) -> str:
    return identifier(trial, "unit", facts.unit_name(one))


def _plants(of: Outline, one: TrialPlot) -> Mapping[str, str | None]:
    name = facts.plants(of, one)
    known = bool(name and of.trial.crop)
    return {
        "germplasmDbId": identifier(of.trial, "germplasm", name) if known else None,
        "germplasmName": name if known else None,
    }


def _entry_type(of: Outline, one: TrialPlot) -> str:
    """A border counts as a filler: it is sown and not judged."""
    if one.number is None:
        return "FILLER"
    checks = (of.trial.request or {}).get("checks", ())
    levels = {one.treatment, *(text for _, text in facts.factor_levels(of, one))}
    return "CHECK" if levels & set(checks) else "TEST"


def _observations(of: Outline, values: Sequence[PlotValue]) -> Iterator[Document]:
    """What was measured; a plot that was lost has null for its value."""
    trial = of.trial
    units = {one.number: one for one in trial.plots if one.number is not None}
    for said in values:
        one = units[said.plot]
        more = {"time": said.time, "notes": said.notes}
        year = said.day.year if said.day else None
        yield {
            "observationDbId": identifier(
                trial, "observation", f"{said.plot}/{said.trait}/{said.time}"
            ),
            "studyDbId": identifier(trial, "study", facts.environment_of(one)),
            "observationUnitDbId": _unit_id(trial, one),
            "observationUnitName": facts.unit_name(one),
            **_plants(of, one),
            "observationVariableDbId": identifier(trial, "variable", said.trait),
            "observationVariableName": said.trait,
            "observationTimeStamp": facts.instant(said.day),
            "season": {"seasonDbId": str(year), "year": year} if year else None,
            "value": str(said.value) if isfinite(said.value) else None,
            "additionalInfo": {name: text for name, text in more.items() if text},
        }
