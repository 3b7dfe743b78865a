"""What was foretold against what the probes said, on a real store of either kind."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import isnan, nan, sqrt

import pandas as pd
import pytest
from sqlalchemy import Engine

from agro.advice.record import record
from agro.advice.score import LEADS, LEAST, Lead, score, through
from agro.records import Advice, LogEntry, PlanDay
from agro.store import decisions, logbook, readings, writing
from agro.store.readings import Row

SITE, PLOT, PROBE = "potager-des-ducs", "planche-1", "potager-des-ducs-planche-1-lse01"
FIELD_CAPACITY, ROOTS = 0.28, 0.5  # the pack's loam; m
TAW = 1000.0 * ROOTS * (FIELD_CAPACITY - 0.13)  # 75 mm
FIRST, DAYS = date(2026, 7, 1), 12
NOW = datetime(2026, 7, 13, 4, tzinfo=UTC)
AREA, EFFICIENCY = 48.0, 0.9


def depletion(day: int) -> float:
    """What the probe says at the end of the n-th day: 10 mm, and 3 mm more each day."""
    return 10.0 + 3.0 * day


def probe_rows(*, until: int = DAYS, device: str = PROBE) -> list[Row]:
    """A reading each hour, which falls at midnight (local, summer) by the day's 3 mm."""
    start = datetime(2026, 6, 30, 22, tzinfo=UTC)
    rows = []
    for hour in range(24 * until):
        missing = depletion(hour // 24)
        time = int((start + timedelta(hours=hour, minutes=10)).timestamp())
        content = FIELD_CAPACITY - missing / (1000.0 * ROOTS)
        rows.append(Row(device, "soil_moisture", 20.0, time, round(content, 6), 1))
    return rows


def season() -> pd.DataFrame:
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    frame = pd.DataFrame({"plot": PLOT, "day": days})
    return frame.assign(rain=0.0, irrigation=0.0, et=3.0, depletion=0.0, taw=TAW, raw=30.0)


def advice(
    day: int, *, error: float = 0.0, water: Sequence[float] = (0.0,) * 7, **more: object
) -> Advice:
    """The advice of the n-th morning, which foretells the probe's evenings and `error` mm more.

    Its interval is 2 mm wide to either side; `water` is what it plans for each day.
    """
    issued = datetime(2026, 7, 1 + day, 5, tzinfo=UTC)
    days = []
    for n in range(7):
        told = depletion(day + n) + error - sum(water[: n + 1])
        plan = PlanDay(issued.date() + timedelta(n), 3.0, 0.0, water[n], told, told - 2, told + 2)
        days.append(plan)
    return Advice(
        SITE, PLOT, issued, "wait", None, 0.0, 0.0, 0.0, "enough_water", "high",
        depletion(day - 1), 30.0, TAW, 0.1, 1.0, "tomato", plan=tuple(days), **more,
    )  # type: ignore[arg-type]  # fmt: skip


def scored(
    store: Engine,
    advices: list[Advice],
    *,
    rows: list[Row] | None = None,
    entries: Sequence[LogEntry] = (),
) -> tuple[Lead, ...]:
    with writing(store) as c:
        readings.write(c, probe_rows() if rows is None else rows)
        decisions.write(c, advices)
        logbook.write(c, list(entries))
    with store.connect() as c:
        return score(c, record(c, SITE, PLOT, NOW, season=season()))


def test_the_errors_are_those_one_counts_by_hand(store: Engine) -> None:
    """Every other morning is 1 mm too dry and 3 mm too wet; the interval holds ±2 mm."""
    mornings = [advice(day, error=1.0 if day % 2 else -3.0) for day in range(1, 11)]
    first, third, seventh = scored(store, mornings)
    assert (first.evening, third.evening, seventh.evening) == LEADS
    assert first.count == 10
    assert first.bias == pytest.approx(-1.0)
    assert first.rmse == pytest.approx(sqrt((1.0 + 9.0) / 2.0))
    assert first.coverage == pytest.approx(0.5)
    # At 5 h UTC the probe says already what it says that evening, 2 and 6 days' use before.
    assert first.persistence_rmse == pytest.approx(0.0, abs=1e-6)
    assert third.persistence_rmse == pytest.approx(6.0)
    assert seventh.persistence_rmse == pytest.approx(18.0)
    assert (third.count, seventh.count) == (9, 5)  # evenings after yesterday are not known
    assert [lead.corrected for lead in (first, third, seventh)] == [0, 0, 0]
    assert first.enough
    assert not seventh.enough
    assert LEAST == 7


def test_what_a_learned_correction_was_worth_is_told(store: Engine) -> None:
    """On even days it moved each evening by 2 mm, from 3 mm too wet to 1 mm too wet."""
    told = {"learned": {"used": True, "shift_mm": [2.0] * 7}}
    mornings = [
        advice(day, error=-1.0, sources=told) if day % 2 == 0 else advice(day, error=0.5)
        for day in range(1, 11)
    ]
    first, third, _ = scored(store, mornings)
    assert (first.learned, third.learned) == (5, 4)
    assert first.learned_rmse == pytest.approx(1.0)
    assert first.physics_rmse == pytest.approx(3.0)
    assert not first.enough_learned
    assert first.count == 10
    assert first.rmse == pytest.approx(sqrt((1.0 + 0.25) / 2.0))


def test_without_a_learned_correction_there_is_none_to_judge(store: Engine) -> None:
    told = {"learned": {"used": False, "reason": "no_model"}}
    first, *_ = scored(store, [advice(day, sources=told) for day in range(1, 11)])
    assert first.learned == 0
    assert isnan(first.learned_rmse)
    assert isnan(first.physics_rmse)


def test_other_water_than_planned_is_told_to_both(store: Engine) -> None:
    """5 mm were planned on the second day and never came: the model had no way to know."""
    planned = [advice(day, water=(0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0)) for day in range(1, 11)]
    first, third, seventh = scored(store, planned)
    assert first.corrected == 0
    assert third.corrected == third.count == 9
    assert third.rmse == pytest.approx(0.0, abs=1e-6)
    assert seventh.rmse == pytest.approx(0.0, abs=1e-6)


def test_water_nobody_planned_is_told_to_both(store: Engine) -> None:
    """4 mm on the third: the forecasts of the first and second are 4 mm too dry without it."""
    noon = datetime(2026, 7, 3, 10, tzinfo=UTC)
    litres = 4.0 * AREA / EFFICIENCY
    poured = [LogEntry(SITE, PLOT, "irrigation", noon, litres, "L")]
    rows = [
        row._replace(value=row.value + 4.0 / (1000.0 * ROOTS))
        if row.time > noon.timestamp() and row.value is not None
        else row
        for row in probe_rows()
    ]
    _, third, _ = scored(store, [advice(1), advice(2)], rows=rows, entries=poured)
    assert (third.count, third.corrected) == (2, 2)
    assert third.rmse == pytest.approx(0.0, abs=1e-6)
    assert third.persistence_rmse == pytest.approx(6.0)


def test_a_probe_put_aside_is_no_truth(store: Engine) -> None:
    rejected = {"probes_rejected": {PROBE: "flagged"}}
    mornings = [advice(day, sources=rejected if day == 5 else {}) for day in range(1, 11)]
    first, *_ = scored(store, mornings)
    assert first.count == 9


def test_a_stuck_probe_was_stuck_before_it_was_found_out(store: Engine) -> None:
    rejected = {"probes_rejected": {PROBE: "stuck"}}
    mornings = [advice(day, sources=rejected if day == 5 else {}) for day in range(1, 11)]
    first, *_ = scored(store, mornings)
    assert first.count == 6  # not the 5th morning's, nor those of the three days before


def test_depletion_is_counted_from_the_plateau_that_the_probe_saw(store: Engine) -> None:
    """A probe that reads 0.02 too much at field capacity does so always."""
    rows = [row._replace(value=(row.value or nan) + 0.02) for row in probe_rows()]
    seen = {PROBE: {"water_content": FIELD_CAPACITY + 0.02, "events": 4}}
    mornings = [advice(day, sources={"field_capacity_seen": seen}) for day in range(1, 11)]
    first, *_ = scored(store, mornings, rows=rows)
    assert first.rmse == pytest.approx(0.0, abs=1e-6)


def test_only_the_first_advice_of_a_day_counts(store: Engine) -> None:
    later = advice(1, error=30.0)
    moved = Advice(**{**_fields(later), "issued_at": later.issued_at + timedelta(hours=4)})
    first, *_ = scored(store, [advice(1), moved])
    assert (first.count, first.rmse) == (1, pytest.approx(0.0, abs=1e-6))


def _fields(one: Advice) -> dict[str, object]:
    return {name: getattr(one, name) for name in Advice.__dataclass_fields__}


def test_days_on_which_the_probe_was_silent_do_not_count(store: Engine) -> None:
    first, third, _ = scored(store, [advice(day) for day in range(1, 11)], rows=probe_rows(until=5))
    assert (first.count, third.count) == (4, 2)


def test_without_probe_or_advice_nothing_is_judged(store: Engine) -> None:
    assert scored(store, [advice(1)], rows=[]) == ()
    with store.connect() as c:
        assert score(c, record(c, SITE, "planche-2", NOW, season=season())) == ()
        assert score(c, None) == ()


def test_without_a_single_pair_the_figures_are_unknown(store: Engine) -> None:
    (first, *_) = scored(store, [advice(11)], rows=probe_rows(until=3))
    assert first.count == 0
    assert isnan(first.rmse)
    assert not first.enough


@pytest.mark.parametrize(
    ("lost", "given", "ends"),
    [
        ([3.0, 3.0], [0.0, 0.0], 16.0),
        ([3.0, 3.0], [20.0, 0.0], 3.0),  # full at 0, and no credit beyond
        ([40.0, 40.0], [0.0, 5.0], 75.0),  # dry at taw, and no debt beyond
    ],
)
def test_a_course_stays_within_the_soil(lost: list[float], given: list[float], ends: float) -> None:
    assert through(10.0, lost, given, taw=TAW) == pytest.approx(ends)
