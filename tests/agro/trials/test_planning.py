"""A trial is drawn from its request, the same for the same, and every column has its part."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agro.packs import read_pack
from agro.records import BookPlot
from agro.store import farms, open_store, trials, writing
from agro.store.trials import PlannedTrial, Trait, TrialPlot
from agro.trials.planning import (
    asked_of,
    book_columns,
    draw,
    levels_of,
    placed,
    plot_row,
    request_of,
    roles_of,
    times,
    treatment_factors,
)
from models.trials.layout import Request

_DOSES = {"dose": ("0", "60", "120")}
REQUESTS: dict[str, dict[str, Any]] = {
    "crd": {"treatments": ("A", "B"), "blocks": 3},
    "rcbd": {"treatments": ("A", "B", "C"), "blocks": 4, "border": True},
    "latin-square": {"treatments": ("A", "B", "C", "D")},
    "split-plot": {"factors": {"water": ("no", "yes"), **_DOSES}, "blocks": 3},
    "strip-plot": {"factors": {"water": ("no", "yes"), **_DOSES}, "blocks": 3},
    "factorial": {"factors": _DOSES, "treatments": ("A", "B"), "blocks": 2},
    "alpha-lattice": {
        "treatments": tuple(f"v{n}" for n in range(12)),
        "blocks": 2,
        "block_size": 4,
    },
    "row-column": {"treatments": tuple("ABCDEF"), "blocks": 2, "rows": 2},
    "augmented": {
        "treatments": ("A", "B", *(f"n{n}" for n in range(6))),
        "checks": ("A", "B"),
        "blocks": 3,
    },
    "multi-environment": {
        "treatments": ("A", "B", "C"),
        "environments": ("cras", "val"),
        "blocks": 2,
    },
    "repeated": {"treatments": ("A", "B"), "times": ("d30", "d60"), "blocks": 3},
}


def drawn(design: str) -> PlannedTrial:
    plain = PlannedTrial("cras", "essai", "Essai", design, "moutarde")
    return draw(plain, Request(design, seed=11, **REQUESTS[design]))


@pytest.mark.parametrize("design", REQUESTS)
def test_a_request_survives_its_storage_and_draws_the_same_again(design: str) -> None:
    request = Request(design, seed=11, **REQUESTS[design])
    stored = json.loads(json.dumps(asked_of(request)))
    assert request_of(stored) == request
    trial = drawn(design)
    assert draw(replace(trial, plots=()), request_of(trial.request or {})).plots == trial.plots
    other = draw(replace(trial, plots=()), replace(request, seed=12))
    assert other.plots != trial.plots


@pytest.mark.parametrize("design", REQUESTS)
def test_every_part_of_an_analysis_is_a_column_of_the_book(design: str) -> None:
    trial = drawn(design)
    roles, columns = roles_of(trial), set(book_columns(trial))
    parts = (roles.block, roles.main_plot, roles.sub_plot, roles.row, roles.column)
    more = (roles.environment, roles.replicate, roles.subject, roles.time, *roles.treatments)
    assert {one for one in (*parts, *more) if one} <= columns
    rows = [plot_row(one) for one in trial.plots if one.number is not None]
    assert all(set(row) <= columns for row in rows)


def test_a_plot_that_is_measured_again_is_one_plot() -> None:
    trial = drawn("repeated")
    numbers = [one.number for one in trial.plots]
    assert len(numbers) == len(set(numbers)) == 6
    assert times(trial) == ("d30", "d60")
    assert all("time" not in one.levels for one in trial.plots)
    assert times(drawn("rcbd")) == ("",)


def test_factors_are_told_from_the_largest_plots_on_with_their_levels() -> None:
    trial = drawn("split-plot")
    assert treatment_factors(trial) == ("water", "dose")
    assert levels_of(trial) == {"water": ("no", "yes"), "dose": ("0", "60", "120")}
    roles = roles_of(trial)
    assert (roles.main_plot, roles.sub_plot) == ("water", "dose")
    assert levels_of(drawn("rcbd")) == {"treatment": ("A", "B", "C")}


def test_a_trial_that_was_not_drawn_here_compares_its_treatments() -> None:
    trial = PlannedTrial("cras", "e", "E", "rcbd", "moutarde", ("A", "B"), 2)
    assert levels_of(trial) == {"treatment": ("A", "B")}
    assert roles_of(trial, ("height",)).covariates == ("height",)


def test_the_traits_are_the_last_columns_and_the_visit_is_before_them() -> None:
    trial = replace(drawn("repeated"), traits=(Trait("height"), Trait("cover")))
    assert book_columns(trial)[-3:] == ("time", "height", "cover")
    assert book_columns(trial, ()) == ("plot", "row", "column", "block", "treatment", "time")


def test_borders_have_no_number_and_are_in_no_row_of_the_trial() -> None:
    trial = drawn("rcbd")
    around = [one for one in trial.plots if one.number is None]
    assert {one.treatment for one in around} == {"border"}
    assert not set(trial.treatments) & {"border"}


def test_a_trial_is_placed_when_its_corner_and_its_plots_are_known() -> None:
    trial = drawn("rcbd")
    assert not placed(trial)
    corner = replace(trial, latitude=47.3, longitude=5.0, plot_width=1.5)
    assert not placed(corner)
    assert placed(replace(corner, plot_length=6.0))


def test_what_cannot_be_drawn_is_refused() -> None:
    plain = PlannedTrial("cras", "e", "E", "rcbd", "moutarde")
    with pytest.raises(ValueError, match="treatments"):
        draw(plain, Request("rcbd", ("A",), blocks=2))


_PACKED = ("domaine-de-la-cras", "moutarde-2026")


def test_the_field_book_of_a_city_pack_is_its_layout_for_good(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{(tmp_path / 'a.sqlite').as_posix()}")
    pack = read_pack("dijon")
    with writing(engine) as c:
        farms.save_pack(c, pack)
        first = trials.trial_of(c, *_PACKED)
        turned = tuple(reversed(pack.books["moutarde-2026"]))
        farms.save_pack(c, replace(pack, books={"moutarde-2026": turned}))
        assert trials.trial_of(c, *_PACKED) == first
    engine.dispose()
    assert len(first.plots) == 16
    assert first.plots[0] == TrialPlot(101, 1, 1, 1, "trèfle et féverole")


def test_plots_whose_labels_are_no_numbers_are_counted(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{(tmp_path / 'a.sqlite').as_posix()}")
    labelled = tuple(BookPlot(f"P{n}", 1, n, 1, "trèfle") for n in (7, 9))
    with writing(engine) as c:
        farms.save_pack(c, replace(read_pack("dijon"), books={"moutarde-2026": labelled}))
        plots = trials.trial_of(c, *_PACKED).plots
    engine.dispose()
    assert [(one.number, one.levels["label"]) for one in plots] == [(1, "P7"), (2, "P9")]
