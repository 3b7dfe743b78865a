"""Summaries of sensors, logbook and balance a plot, and when they are no covariates."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from math import cos, isnan, radians

import pytest
from sqlalchemy import Connection

from agro.advice.past import past
from agro.records import Device, LogEntry, Planting
from agro.store import farms, logbook, writing
from agro.store.trials import PlannedTrial, TrialPlot
from agro.trials.covariates import UNITS, Summaries, beds_of, plot_summaries
from agro.trials.findings import Finding
from agro.trials.ground import plot_at
from agro.words import LANGUAGES, finding_sentence, say
from tests.agro.advice.conftest import NOW, PLANTED, Garden, empty_city, garden, plot, small_city

__all__ = ["empty_city", "garden"]

_FIRST, _LAST = date(2026, 7, 4), date(2026, 7, 13)  # ten days, all over at NOW
_TODAY = date(2026, 7, 14)
_MOIST = {"squash-101": 0.20, "squash-102": 0.24}


def _trial(**more: object) -> PlannedTrial:
    plots = tuple(
        TrialPlot(number, 1, column, 1, treatment)
        for number, column, treatment in ((101, 1, "A"), (102, 2, "B"))
    )
    edge = TrialPlot(None, 0, 1, None, "border")
    told = {"treatments": ("A", "B"), "plots": (*plots, edge), "sown": _TODAY} | more
    return PlannedTrial("garden", "essai", "Essai", "crd", "squash", **told)  # type: ignore[arg-type]


@pytest.fixture
def small(garden: Garden) -> Garden:
    """A warm, dry July on two small plots of squash, each with a probe."""
    pack = small_city()
    slugs = tuple(_MOIST)
    added = replace(
        pack,
        plots=(*pack.plots, *(plot(slug) for slug in slugs)),
        plantings=(
            *pack.plantings,
            *(Planting("garden", slug, "zucchini", "", PLANTED) for slug in slugs),
        ),
        devices=(
            *pack.devices,
            *(Device(slug, "", "dragino/lse01", "garden", slug, slug, (20.0,)) for slug in slugs),
        ),
    )
    with writing(garden.engine) as c:
        farms.save_pack(c, added)
    garden.summer()
    garden.rain({100: 12.0})
    for slug, level in _MOIST.items():
        for hour in range(0, 12 * 24, 3):
            time = NOW - timedelta(hours=hour)
            garden.measure(slug, "soil_moisture", time, level, depth=20.0)
            garden.measure(slug, "soil_moisture", time + timedelta(minutes=5), 0.9, depth=20.0,
                           flag=3)  # fmt: skip
    garden.keep()
    return garden


@pytest.fixture
def c(small: Garden) -> Iterator[Connection]:
    with small.engine.connect() as connection:
        yield connection


def _found(told: Summaries, code: str, column: str = "") -> Finding:
    found = [one for one in told.findings if (one.code, one.column) == (code, column)]
    assert len(found) == 1, told.findings
    for language in LANGUAGES:
        sentence = finding_sentence(say(language), code, found[0].value, found[0].facts)
        assert "{" not in sentence
    return found[0]


def test_each_plot_has_the_mean_of_its_own_probe_without_suspect_values(c: Connection) -> None:
    told = plot_summaries(c, _trial(), _FIRST, _LAST, at=NOW)
    assert told.values["soil_moisture"] == pytest.approx({101: 0.20, 102: 0.24})
    assert told.sources["soil_moisture"] == "squash-101, squash-102"
    assert set(told.values) == set(UNITS)
    assert not [one for one in told.findings if one.column == "soil_moisture"]


def test_water_is_that_of_the_balance_and_the_logbook(small: Garden) -> None:
    # 100 L on 20 m², of which drip brings 90 % to the roots.
    small.note(100.0, "L", ago=timedelta(days=3), plot="squash-101")
    with small.engine.connect() as c:
        told = plot_summaries(c, _trial(), _FIRST, _LAST, at=NOW)
        days = past(c, "garden", NOW)
    assert told.values["irrigation"] == pytest.approx({101: 4.5, 102: 0.0})
    assert told.values["rain"] == pytest.approx({101: 12.0, 102: 12.0})
    for number in (101, 102):
        own = days[(days["plot"] == f"squash-{number}") & (days["day"] >= _FIRST)]
        assert len(own) == 10
        stress = int((own["depletion"] > own["raw"]).sum())
        assert told.values["stress_days"][number] == stress
    assert told.values["stress_days"][102] > 0
    assert _found(told, "covariate_constant", "rain").value == "12"


def test_only_what_is_asked_for_is_computed(c: Connection) -> None:
    told = plot_summaries(c, _trial(), _FIRST, _LAST, names=("soil_moisture",), at=NOW)
    assert set(told.values) == set(told.sources) == {"soil_moisture"}


def test_a_source_that_all_plots_share_is_no_covariate(c: Connection) -> None:
    trial = _trial(plots=(TrialPlot(201, 1, 1, 1, "A"), TrialPlot(202, 1, 2, 1, "B")))
    assert beds_of(c, trial) == {201: "squash", 202: "squash"}
    told = plot_summaries(c, trial, _FIRST, _LAST, names=("irrigation",), at=NOW)
    assert told.values["irrigation"] == {201: 0.0, 202: 0.0}
    shared = _found(told, "covariate_shared", "irrigation")
    assert (shared.value, shared.used) == ("squash", False)


def test_too_few_days_give_no_summary(c: Connection) -> None:
    told = plot_summaries(c, _trial(), _FIRST - timedelta(days=6), _LAST, at=NOW)
    assert all(isnan(value) for value in told.values["soil_moisture"].values())
    gaps = _found(told, "covariate_gaps", "soil_moisture")
    assert (gaps.value, gaps.facts["days"], gaps.facts["length"]) == ("101, 102", 12, 16)
    assert not isnan(told.values["rain"][101])


def test_a_plot_without_a_source_among_others_has_no_value(c: Connection) -> None:
    third = TrialPlot(103, 1, 3, 1, "A")
    told = plot_summaries(c, _trial(plots=(*_trial().plots, third)), _FIRST, _LAST, at=NOW)
    assert isnan(told.values["soil_moisture"][103])
    gaps = _found(told, "covariate_gaps", "soil_moisture")
    assert (gaps.value, gaps.facts["days"]) == ("103", 0)


def test_what_only_the_climate_tells_is_not_known(garden: Garden) -> None:
    with garden.engine.connect() as c:
        told = plot_summaries(c, _trial(), _FIRST, _LAST, names=("rain", "stress_days"), at=NOW)
    for name in ("rain", "stress_days"):
        assert all(isnan(value) for value in told.values[name].values())
        assert _found(told, "covariate_gaps", name).facts["days"] == 0


def test_nothing_after_the_period_or_the_moment_is_read(small: Garden) -> None:
    def told() -> Summaries:
        with small.engine.connect() as c:
            return plot_summaries(c, _trial(), _FIRST, date(2026, 7, 10), at=NOW)

    before = told()
    late = NOW - timedelta(days=2)
    for slug in _MOIST:
        small.measure(slug, "soil_moisture", late, 0.05, depth=20.0)
    small.keep()
    with writing(small.engine) as c:
        logbook.write(c, [LogEntry("garden", "squash-101", "irrigation", late, 500.0, "L")])
    assert told() == before


def test_a_crop_that_was_cleared_is_told_until_then(small: Garden) -> None:
    with writing(small.engine) as c:
        pack = small_city()
        cleared = Planting("garden", "squash-101", "zucchini", "", PLANTED, _LAST)
        farms.save_pack(
            c,
            replace(
                pack,
                plots=(*pack.plots, *(plot(slug) for slug in _MOIST)),
                plantings=(*pack.plantings, cleared),
            ),
        )
        told = plot_summaries(c, _trial(), _FIRST, _LAST, names=("rain",), at=NOW)
    assert told.values["rain"][101] == pytest.approx(12.0)
    assert isnan(told.values["rain"][102])  # nothing grows there


@pytest.mark.parametrize(
    ("sown", "code"),
    [
        (date(2026, 7, 1), "covariate_after_treatment"),
        (date(2026, 7, 10), "covariate_after_treatment"),
        (None, "covariate_undated"),
    ],
)
def test_a_period_after_sowing_is_warned_of(c: Connection, sown: date | None, code: str) -> None:
    told = plot_summaries(c, _trial(sown=sown), _FIRST, _LAST, names=("soil_moisture",), at=NOW)
    assert _found(told, code).used


def test_a_period_before_sowing_is_not(c: Connection) -> None:
    told = plot_summaries(c, _trial(sown=_LAST), _FIRST, _LAST, names=("soil_moisture",), at=NOW)
    assert told.findings == ()


def test_a_period_must_not_end_before_it_begins(c: Connection) -> None:
    with pytest.raises(ValueError, match="exchange them"):
        plot_summaries(c, _trial(), _LAST, _FIRST)


def test_a_farm_plot_that_lies_in_a_plot_is_its_source(small: Garden) -> None:
    # Rows run east, plots are 2 m by 5 m: the middle of the second is 3 m east, 2.5 m south.
    metre = 1.0 / 111_195.0
    there = (47.32 - 2.5 * metre, 5.04 + 3.0 * metre / cos(radians(47.32)))
    pack = small_city()
    with writing(small.engine) as c:
        patch = plot("patch", latitude=there[0], longitude=there[1])
        farms.save_pack(c, replace(pack, plots=(*pack.plots, patch)))
        trial = _trial(
            latitude=47.32, longitude=5.04, bearing=90.0, plot_width=2.0, plot_length=5.0
        )
        known = beds_of(c, replace(trial, plot="pots"))
    assert known[102] == "patch"


# (metres along the rows, metres to their right) → row, column
@pytest.mark.parametrize("bearing", [0.0, 37.0, 90.0, 180.0, 301.5])
@pytest.mark.parametrize(
    ("along", "across", "number"),
    [(0.5, 0.5, 101), (2.5, 4.5, 102), (2.5, 5.5, None), (-0.5, 1.0, None), (4.5, 1.0, None)],
)
def test_a_position_is_in_the_plot_that_holds_it(
    bearing: float, along: float, across: float, number: int | None
) -> None:
    turned = radians(bearing)
    right = radians(bearing + 90.0)
    north = along * cos(turned) + across * cos(right)
    east = along * cos(turned - radians(90)) + across * cos(right - radians(90))
    metre = 1.0 / 111_195.08
    position = (47.32 + north * metre, 5.04 + east * metre / cos(radians(47.32)))
    trial = _trial(latitude=47.32, longitude=5.04, bearing=bearing, plot_width=2.0, plot_length=5.0)
    found = plot_at(trial, *position)
    assert (found.number if found else None) == number


def test_a_trial_without_a_place_or_with_several_has_none() -> None:
    assert plot_at(_trial(), 47.32, 5.04) is None
    placed = {"latitude": 47.32, "longitude": 5.04, "plot_width": 2.0, "plot_length": 5.0}
    plots = tuple(
        TrialPlot(number, 1, 1, 1, "A", {"environment": where})
        for number, where in ((101, "cras"), (1101, "val"))
    )
    assert plot_at(_trial(plots=plots, **placed), 47.3199, 5.0401) is None
