"""A trial in the words of BrAPI and MIAPPE: what must be there is there or told, ids point home."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from math import nan
from typing import Any
from uuid import UUID

import pytest

from agro.records import Plot, Site
from agro.store.trials import PlannedTrial, PlotValue, Trait, TrialPlot
from agro.trials.planning import draw
from agro.trials.sharing import Ground, brapi, miappe
from agro.trials.sharing.brapi import unsaid
from agro.trials.sharing.miappe import fields
from agro.words import finding_sentence, say
from models.trials.layout import Request

# Required properties of BrAPI v2.1, Specification/BrAPI-Schema: BrAPI-Core/{Location,Trial,Study},
# BrAPI-Germplasm/Germplasm, BrAPI-Common/Variable and BrAPI-Phenotyping/{ObservationVariable,
# ObservationUnit,Observation} (github.com/plantbreeding/BrAPI).
REQUIRED = {
    "locations": ("locationDbId", "locationName"),
    "trials": ("trialDbId", "trialName"),
    "studies": ("studyDbId", "studyName"),
    "germplasm": ("germplasmDbId", "germplasmName", "germplasmPUI", "commonCropName"),
    "variables": ("observationVariableDbId", "observationVariableName", "trait", "method", "scale"),
    "observationunits": ("observationUnitDbId",),
    "observations": ("observationDbId",),
}
INNER = {
    "trait": ("traitName",),
    "method": ("methodDbId", "methodName"),
    "scale": ("scaleDbId", "scaleName"),
}
# BrAPI-Phenotyping/ObservationUnit.json: entryType, positionCoordinateXType, levelName.
ENTRY_TYPES = {"CHECK", "TEST", "FILLER"}
LEVELS = {"study", "field", "entry", "rep", "block", "sub-block", "plot", "sub-plot", "plant"}
# GeneralInfo/Response_Structure.md
PAGINATION = {"currentPage", "pageSize", "totalCount", "totalPages"}

WHERE = Ground(
    Site("cras", "Domaine de la Cras", "field_station", "21166", 47.31, 4.98, 400.0),
    Plot("cras", "champ", "Champ", "field", 5000.0, "limon", "aucune", 47.312, 4.981),
    "FR",
)


def wheat() -> PlannedTrial:
    trial = PlannedTrial(
        "cras",
        "ble-2027",
        "Blé d’automne",
        "",
        plot="champ",
        objective="Which variety stands drought?",
        contact="Marie Dupont, INRAE Dijon <m.dupont@example.org>",
        crop="wheat",
        sown=date(2026, 10, 12),
        plot_width=1.5,
        plot_length=8.0,
        traits=(Trait("yield_t_ha", "Rendement", "t/ha", 0.0, 15.0), Trait("height")),
    )
    asked = Request(
        "augmented",
        ("V1", "V2", "V3", "T1", "T2"),
        blocks=3,
        checks=("T1", "T2"),
        seed=3,
        border=True,
    )
    return draw(trial, asked)


VALUES = (
    PlotValue(101, "yield_t_ha", 6.25, day=date(2027, 7, 20), notes="lodged"),
    PlotValue(102, "yield_t_ha", nan, day=date(2027, 7, 20)),
)


def data(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return list(answer["result"]["data"])


def keys(document: Any) -> Sequence[tuple[str, Any]]:
    """Every field of a document at any depth."""
    if isinstance(document, dict):
        return [(k, v) for k, v in document.items()] + [
            x for v in document.values() for x in keys(v)
        ]
    return [x for v in document for x in keys(v)] if isinstance(document, list) else []


def other_trials() -> list[PlannedTrial]:
    bare = PlannedTrial("s", "e", "E", "", plot="p", traits=(Trait("y"),))
    requests = (
        Request("split-plot", ("a", "b"), {"variety": ("V1", "V2")}, blocks=3, seed=1),
        Request("alpha-lattice", tuple("abcdefghi"), blocks=2, block_size=3, seed=1),
        Request("multi-environment", ("a", "b"), blocks=2, environments=("A", "B"), seed=1),
        Request("crd", ("a", "b"), blocks=3, seed=1),
    )
    return [draw(bare, one) for one in requests]


@pytest.mark.parametrize("trial", [wheat(), *other_trials()], ids=lambda one: one.design)
def test_brapi_has_every_required_field(trial: PlannedTrial) -> None:
    for endpoint, answer in brapi(trial, (), where=WHERE).items():
        assert set(answer["metadata"]) == {"datafiles", "pagination", "status"}
        pages = answer["metadata"]["pagination"]
        assert set(pages) == PAGINATION
        assert pages["totalCount"] == len(data(answer))
        for one in data(answer):
            for name in REQUIRED[endpoint]:
                assert one[name], (endpoint, name)
            for part, names in INNER.items() if endpoint == "variables" else ():
                assert all(one[part][name] for name in names), part


@pytest.mark.parametrize("trial", [wheat(), *other_trials()], ids=lambda one: one.design)
def test_brapi_ids_are_uuids_that_point_to_something(trial: PlannedTrial) -> None:
    number = next(one.number for one in trial.plots if one.number is not None)
    said = [PlotValue(number, trial.traits[0].name, 1.0)]
    found = brapi(trial, said, where=WHERE)
    known = {
        name: {one[REQUIRED[name][0]] for one in data(answer)} for name, answer in found.items()
    }
    owner = {REQUIRED[name][0]: name for name in REQUIRED}
    for answer in found.values():
        for name, value in keys(answer["result"]):
            if name.endswith("DbId") and value is not None and name != "seasonDbId":
                assert UUID(value).version == 5
                assert name not in owner or value in known[owner[name]], name
    units = [one["observationUnitDbId"] for one in data(found["observationunits"])]
    assert len(set(units)) == len(units) == len(trial.plots)


def test_brapi_tells_what_each_plot_is_and_where() -> None:
    units = {
        one["observationUnitName"]: one for one in data(brapi(wheat(), VALUES)["observationunits"])
    }
    types = {name: one["observationUnitPosition"]["entryType"] for name, one in units.items()}
    assert set(types.values()) == ENTRY_TYPES
    for name, one in units.items():
        place = one["observationUnitPosition"]
        assert place["positionCoordinateXType"] == "GRID_COL"
        assert place["positionCoordinateYType"] == "GRID_ROW"
        levels = [place["observationLevel"], *place["observationLevelRelationships"]]
        assert {level["levelName"] for level in levels} <= LEVELS
        assert (types[name] == "FILLER") == (one["treatments"] == [])
        assert (types[name] == "CHECK") == (one["germplasmName"] in ("T1", "T2"))
    plots = {str(one.number): one for one in wheat().plots if one.number is not None}
    for name, plot in plots.items():
        place = units[name]["observationUnitPosition"]
        assert (place["positionCoordinateX"], place["positionCoordinateY"]) == (
            str(plot.column),
            str(plot.row),
        )
        assert units[name]["treatments"] == [{"factor": "treatment", "modality": plot.treatment}]
        assert place["observationLevelRelationships"] == [
            {"levelName": "block", "levelOrder": 2, "levelCode": str(plot.block)}
        ]


def test_brapi_tells_what_was_measured_and_what_was_lost() -> None:
    seen, lost = data(brapi(wheat(), VALUES)["observations"])
    assert (seen["value"], lost["value"]) == ("6.25", None)
    assert seen["additionalInfo"] == {"notes": "lodged"}
    moment = datetime.fromisoformat(seen["observationTimeStamp"])
    assert (moment.date(), moment.utcoffset() is not None) == (date(2027, 7, 20), True)
    scale = data(brapi(wheat(), ())["variables"])[0]["scale"]
    assert (scale["units"], scale["dataType"]) == ("t/ha", "Numerical")
    assert scale["validValues"] == {"minimumValue": "0.0", "maximumValue": "15.0"}


def test_an_environment_is_a_study_of_its_own() -> None:
    trial = next(one for one in other_trials() if one.design == "multi-environment")
    found = brapi(trial, (), where=WHERE)
    assert [one["studyName"] for one in data(found["studies"])] == ["E – A", "E – B"]
    assert data(found["locations"]) == []
    assert len({one["studyDbId"] for one in data(found["observationunits"])}) == 2


def test_a_split_plot_is_told_from_the_largest_to_the_smallest() -> None:
    trial = next(one for one in other_trials() if one.design == "split-plot")
    study = data(brapi(trial, ())["studies"])[0]
    assert [one["levelName"] for one in study["observationLevels"]] == ["block", "plot", "sub-plot"]
    rows = miappe(trial).sections["Observation Unit"].rows
    assert {row["Observation unit type"] for row in rows} == {"sub-plot"}


def test_the_ids_are_those_of_the_site_and_slug() -> None:
    first = data(brapi(wheat(), ())["trials"])[0]["trialDbId"]
    assert data(brapi(wheat(), ())["trials"])[0]["trialDbId"] == first
    other = replace(wheat(), slug="ble-2028")
    assert data(brapi(other, ())["trials"])[0]["trialDbId"] != first


def test_the_checklist_has_the_fields_of_miappe() -> None:
    found = miappe(wheat(), where=WHERE, data={"data.csv": "1"}).sections
    assert {one.section for one in fields()} == set(found)
    for one in fields():
        assert one.name in found[one.section].columns
    for section in found.values():
        assert all(set(row) <= set(section.columns) for row in section.rows)
    study = found["Study"].rows[0]
    assert study["Start date of study"] == "2026-10-12"
    assert study["Geographic location (latitude)"] == "+47.312000"
    assert study["Geographic location (altitude)"] == "400 m"
    assert study["Observation unit level hierarchy"] == "block>plot"
    assert study["Observation unit description"] == "plots of 1.5 m × 8 m"
    assert found["Person"].rows[0]["Person affiliation"] == "INRAE Dijon"
    assert found["Person"].rows[0]["Person email"] == "m.dupont@example.org"
    assert found["Event"].rows[0]["Event date"] == "2026-10-12"
    units = found["Observation Unit"].rows
    assert len(units) == len([one for one in wheat().plots if one.number is not None])
    first = next(one for one in wheat().plots if one.number == 101)
    assert units[0]["Spatial distribution"] == f"X:{first.column}; Y:{first.row}; block:1; plot:101"


@pytest.mark.parametrize(
    ("trial", "where", "lacking"),
    [
        (wheat(), WHERE, {"Organism", "Method", "Scale"}),
        (wheat(), None, {"Organism", "Method", "Scale", "Description of growth facility",
                         "Geographic location (country)", "Experimental site name"}),
        (replace(wheat(), sown=None, contact="", plot_width=nan), WHERE,
         {"Organism", "Method", "Scale", "Start date of study", "Contact institution",
          "Person name", "Person role", "Person affiliation", "Observation unit description"}),
        (replace(wheat(), contact="Marie Dupont", traits=(Trait("y", unit="kg"),)), WHERE,
         {"Organism", "Method", "Contact institution", "Person affiliation"}),
        (replace(wheat(), traits=()), WHERE,
         {"Organism", "Method", "Scale", "Variable ID", "Trait"}),
    ],
)  # fmt: skip
def test_what_the_checklist_lacks_is_told(
    trial: PlannedTrial, where: Ground | None, lacking: set[str]
) -> None:
    found = miappe(trial, where=where, data={"data.csv": "1"}).findings
    assert {one.column for one in found} == lacking
    assert {one.code for one in found} == {"miappe_missing"}
    assert all(one.used and one.facts["line"].startswith("DM-") for one in found)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_lacking_is_said_with_the_table_to_write_it_in(language: str) -> None:
    found = miappe(replace(wheat(), sown=None), where=WHERE).findings
    start = next(one for one in found if one.column == "Start date of study")
    said = finding_sentence(say(language), start.code, start.value, start.facts)
    assert "DM-14" in said
    assert "miappe/study.csv" in said


def test_without_a_crop_there_is_no_germplasm_and_that_is_told() -> None:
    assert unsaid(wheat()) == ()
    bare = replace(wheat(), crop="")
    assert [one.code for one in unsaid(bare)] == ["brapi_no_crop"]
    assert data(brapi(bare, ())["germplasm"]) == []
    assert finding_sentence(say("fr"), "brapi_no_crop", "", {}).startswith("l’essai ne nomme pas")


def test_the_blocks_of_an_alpha_lattice_are_its_replicates() -> None:
    trial = next(one for one in other_trials() if one.design == "alpha-lattice")
    row = miappe(trial).sections["Study"].rows[0]
    assert "2 replicates; 9 treatments; drawn by" in row["Description of the experimental design"]


def test_a_trial_that_has_no_layout_yet_can_be_told() -> None:
    trial = PlannedTrial("s", "e", "E", "rcbd", plot="p", treatments=("a", "b"), blocks=2)
    found = miappe(trial)
    assert {"Observation unit ID", "Biological material ID"} <= {
        one.column for one in found.findings
    }
    assert data(brapi(trial, ())["observationunits"]) == []
    one = replace(trial, plots=(TrialPlot(1, 1, 1, 1, "a"),))
    assert len(data(brapi(one, ())["observationunits"])) == 1
