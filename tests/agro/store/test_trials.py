"""Field trials in the store: a layout is never changed, a value never lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import isnan, nan

import pytest
from sqlalchemy import Connection

from agro.packs import read_pack
from agro.store import farms, open_store, trials, writing
from agro.store.trials import PlannedTrial, PlotValue, StoredAnalysis, Trait, TrialPlot

SITE, SLUG = "domaine-de-la-cras", "varietes-2027"
WHEN = datetime(2027, 7, 20, 8, tzinfo=UTC)


@pytest.fixture
def c(database_url: str) -> Iterator[Connection]:
    """The city's gardens and one trial of two varieties in two blocks."""
    engine = open_store(database_url)
    with writing(engine) as connection:
        farms.save_pack(connection, read_pack("dijon"))
        trials.save(connection, _trial())
        yield connection
    engine.dispose()


def _trial() -> PlannedTrial:
    plots = (
        TrialPlot(101, 1, 1, 1, "A", {"variety": "A"}),
        TrialPlot(102, 1, 2, 1, "B", {"variety": "B"}),
        TrialPlot(201, 2, 1, 2, "B", {"variety": "B"}),
        TrialPlot(202, 2, 2, 2, "A", {"variety": "A"}),
        TrialPlot(None, 0, 1, None, "border"),
    )
    traits = (Trait("yield_t_ha", "Rendement", "t/ha", 0.0, 5.0),)
    return PlannedTrial(
        SITE,
        SLUG,
        "Variétés",
        "rcbd",
        "moutarde",
        ("A", "B"),
        2,
        request={"design": "rcbd", "seed": 7},
        plot_width=1.5,
        made_at=WHEN,
        plots=plots,
        traits=traits,
    )


def _said(plot: int, value: float) -> PlotValue:
    return PlotValue(plot, "yield_t_ha", value)


def test_a_trial_comes_back_as_it_was_saved(c: Connection) -> None:
    found, told = trials.trial_of(c, SITE, SLUG), _trial()
    assert found.plots == told.plots
    assert found.traits == told.traits
    assert (found.request, found.plot_width) == (told.request, told.plot_width)
    assert isnan(found.bearing)
    assert [one.slug for one in trials.planned(c, SITE)] == [SLUG, "moutarde-2026"]


def test_a_second_trial_of_the_same_name_is_refused(c: Connection) -> None:
    with pytest.raises(ValueError, match="has a trial 'varietes-2027'"):
        trials.save(c, _trial())


def test_the_layout_of_a_trial_is_never_changed(c: Connection) -> None:
    trials.save_book(c, SITE, SLUG, [TrialPlot(101, 1, 1, 1, "B")])
    assert trials.trial_of(c, SITE, SLUG).plots == _trial().plots


def test_the_last_value_counts_and_the_same_sheet_brings_nothing_new(c: Connection) -> None:
    first = trials.enter(c, SITE, SLUG, [_said(101, 2.5), _said(102, nan)], file="a.csv")
    again = trials.enter(c, SITE, SLUG, [_said(101, 2.5), _said(102, nan)], file="a.csv")
    mended = trials.enter(c, SITE, SLUG, [_said(101, 2.6)], file="b.csv", refused=1)
    assert first is not None
    assert mended is not None
    assert (first.new, again, mended.new, mended.refused) == (2, None, 1, 1)
    values = {one.plot: one.value for one in trials.values(c, SITE, SLUG)}
    assert values[101] == 2.6
    assert isnan(values[102])
    assert trials.counted(c, SITE) == {SLUG: 3}


def test_undoing_a_sheet_lets_what_was_said_before_count_again(c: Connection) -> None:
    trials.enter(c, SITE, SLUG, [_said(101, 2.5)], file="a.csv")
    mended = trials.enter(c, SITE, SLUG, [_said(101, 2.6), _said(201, 3.0)], file="b.csv")
    assert mended is not None
    assert trials.undo_batch(c, mended.number) == 2
    assert trials.undo_batch(c, mended.number) == 0
    assert [(one.plot, one.value) for one in trials.values(c, SITE, SLUG)] == [(101, 2.5)]
    assert len(trials.history(c, SITE, SLUG)) == 3
    assert trials.redo_batch(c, mended.number) == 2
    assert [one.value for one in trials.values(c, SITE, SLUG)] == [2.6, 3.0]


def test_one_statement_can_be_taken_back(c: Connection) -> None:
    trials.enter(c, SITE, SLUG, [_said(101, 25.0)])
    (wrong,) = trials.values(c, SITE, SLUG)
    assert trials.strike(c, [wrong.number]) == 1
    assert trials.values(c, SITE, SLUG) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (_said(999, 1.0), "no plot 999"),
        (PlotValue(101, "height", 1.0), "'height' is not measured"),
    ],
)
def test_what_the_trial_does_not_have_is_refused(c: Connection, said: PlotValue, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        trials.enter(c, SITE, SLUG, [said])


def test_a_trial_that_is_put_away_comes_back(c: Connection) -> None:
    trials.put_away(c, SITE, SLUG)
    assert trials.trial_of(c, SITE, SLUG).put_away
    trials.bring_back(c, SITE, SLUG)
    assert not trials.trial_of(c, SITE, SLUG).put_away


def test_an_analysis_is_kept_with_what_it_was_made_from(c: Connection) -> None:
    made = StoredAnalysis("yield_t_ha", {"adjust": "tukey"}, "ab12", "0.1.0", {"n": 4})
    trials.keep_analysis(c, SITE, SLUG, made, at=WHEN)
    (found,) = trials.analyses(c, SITE, SLUG)
    assert (found.options, found.result, found.made_at) == (made.options, made.result, WHEN)


def test_an_unknown_trial_is_named(c: Connection) -> None:
    with pytest.raises(ValueError, match="has no trial 'nothing'"):
        trials.values(c, SITE, "nothing")
