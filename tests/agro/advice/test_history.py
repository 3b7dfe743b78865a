"""Advice against what was done and what came of it, on a real store of either kind."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isnan, nan

import pandas as pd
import pytest
from sqlalchemy import Engine

from agro.advice.history import AFTERWARDS, COLUMNS, estimates, history, summary
from agro.advice.record import WEEKS, record
from agro.records import Advice, Decision, LogEntry, PlanDay
from agro.store import decisions, logbook, writing

SITE, PLOT, AREA, EFFICIENCY = "potager-des-ducs", "planche-1", 48.0, 0.9
FIRST = date(2026, 7, 1)
NOW = datetime(2026, 7, 13, 10, tzinfo=UTC)
TAW, RAW = 80.0, 30.0


def at(day: int, hour: int) -> datetime:
    """An hour (UTC) of the n-th day."""
    return datetime(2026, 7, day, hour, tzinfo=UTC)


def advice(
    issued: datetime,
    decision: Decision,
    *,
    depth: float = 0.0,
    when: datetime | None = None,
    missing: float = nan,
) -> Advice:
    plan = tuple(
        PlanDay(issued.date() + timedelta(n), 5.0, 0.0, 0.0, 10.0 + 5.0 * n, 5.0, 50.0)
        for n in range(7)
    )
    return Advice(
        SITE, PLOT, issued, decision, when, depth, nan, nan, "stress_soon", "high",
        missing, RAW, TAW, 0.4, 1.0, "tomato", {"depletion_error_mm": 4.0}, plan=plan,
    )  # fmt: skip


def poured(time: datetime, depth: float) -> LogEntry:
    """A watering of which `depth` mm reached the roots."""
    return LogEntry(SITE, PLOT, "irrigation", time, depth * AREA / EFFICIENCY, "L")


def season(depletion: dict[int, float]) -> pd.DataFrame:
    """The balance of twelve days: 20 mm missing but where said otherwise."""
    days = [FIRST + timedelta(days=n) for n in range(12)]
    missing = [depletion.get(day.day, 20.0) for day in days]
    frame = pd.DataFrame({"plot": PLOT, "day": days, "depletion": missing})
    return frame.assign(rain=0.0, irrigation=0.0, et=5.0, taw=TAW, raw=RAW)


def kept(store: Engine, advices: list[Advice], entries: list[LogEntry]) -> None:
    with writing(store) as c:
        decisions.write(c, advices)
        logbook.write(c, entries)


def told(store: Engine, **depletion: float) -> pd.DataFrame:
    table = season({int(name.removeprefix("d")): value for name, value in depletion.items()})
    with store.connect() as c:
        return history(record(c, SITE, PLOT, NOW, season=table)).set_index("day")


def test_every_day_is_judged_by_what_was_advised_and_done(store: Engine) -> None:
    evening = [at(day, 18) for day in range(14)[1:]]
    kept(
        store,
        [
            advice(at(1, 5), "irrigate", depth=10.0, when=evening[0]),
            advice(at(2, 5), "wait"),
            advice(at(3, 5), "irrigate", depth=10.0, when=evening[2]),
            advice(at(4, 5), "wait"),
            advice(at(5, 5), "irrigate", depth=10.0, when=evening[4]),
            advice(at(6, 5), "irrigate", depth=10.0, when=evening[5]),
            advice(at(7, 5), "forbidden"),
            advice(at(8, 5), "unknown"),
        ],
        [
            poured(evening[0], 9.0),
            poured(evening[3], 8.0),
            poured(evening[4], 3.0),
            poured(at(6, 17), 12.0),
            poured(evening[5], 8.0),
        ],
    )
    table = told(store)
    assert tuple(table.reset_index().columns) == COLUMNS
    assert [f"{day.day} {said}" for day, said in table["outcome"].items()] == [
        "1 followed",
        "2 followed",
        "3 not_watered",
        "4 more",
        "5 less",
        "6 more",
        "7 followed",
    ]
    assert table["given"].to_list() == pytest.approx([9.0, 0.0, 0.0, 8.0, 3.0, 20.0, 0.0])
    assert table["advised"].to_list() == [10.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0]


def test_stress_is_counted_once_its_days_are_over(store: Engine) -> None:
    kept(store, [advice(at(day, 5), "wait") for day in (2, 9, 10)], [])
    table = told(store, d4=30.1, d5=45.0, d6=45.0, d10=31.0, d11=30.0, d12=29.0)
    assert table.loc[date(2026, 7, 2), "stress_days"] == 2.0  # 3, 4, 5 July; raw is 30
    assert table.loc[date(2026, 7, 9), "stress_days"] == 1.0  # 30.0 itself is no stress
    assert isnan(table.loc[date(2026, 7, 10), "stress_days"])  # the 13th is not over
    assert AFTERWARDS == 3


def test_the_next_mornings_advice_knows_better_than_the_balance(store: Engine) -> None:
    kept(
        store, [advice(at(2, 5), "wait", missing=12.0), advice(at(3, 5), "wait", missing=41.0)], []
    )
    table = told(store, d2=20.0)
    assert table.loc[date(2026, 7, 2), "depletion"] == 41.0
    assert table.loc[date(2026, 7, 3), "depletion"] == 20.0  # nobody spoke on the 4th


def test_stress_that_is_meant_is_none(store: Engine) -> None:
    thirsty = advice(at(3, 5), "wait", missing=41.0)
    meant = replace(thirsty, issued_at=at(4, 5), facts={"allowed_mm": 45.0})
    kept(store, [advice(at(1, 5), "wait"), thirsty, meant], [])
    table = told(store)
    assert table.loc[date(2026, 7, 1), "stress_days"] == 1.0  # the 2nd; the 3rd is allowed 45 mm


def test_the_advice_is_the_one_the_gardener_could_read(store: Engine) -> None:
    """Not the one that came after the watering and says that there is water enough."""
    kept(
        store,
        [
            advice(at(1, 5), "irrigate", depth=12.0, when=at(1, 18)),
            advice(at(1, 20), "wait"),
            advice(at(2, 12), "irrigate", depth=7.0, when=at(3, 4)),
            advice(at(3, 9), "wait"),
        ],
        [poured(at(1, 18), 12.0), poured(at(3, 5), 7.0)],
    )
    table = told(store)
    assert table["advised"].to_dict() == {date(2026, 7, 1): 12.0, date(2026, 7, 3): 7.0}
    assert set(table["outcome"]) == {"followed"}


def test_yesterdays_advice_leads_to_this_mornings_watering(store: Engine) -> None:
    kept(
        store,
        [advice(at(1, 5), "irrigate", depth=10.0, when=at(1, 18))],
        [poured(at(2, 4), 10.0), poured(at(4, 4), 10.0)],
    )
    table = told(store)
    assert table["outcome"].to_dict() == {
        date(2026, 7, 1): "not_watered",
        date(2026, 7, 2): "followed",  # the 4th has no advice that anybody would remember
    }


def test_only_the_last_weeks_are_looked_at(store: Engine) -> None:
    """And of advice before them only what may have led to the first watering."""
    long_ago = NOW - WEEKS - timedelta(days=3)
    days = [long_ago.date() + timedelta(days=n) for n in range(45)]
    frame = season({}).iloc[:1].drop(columns="day").merge(pd.DataFrame({"day": days}), how="cross")
    kept(store, [advice(long_ago, "wait"), advice(NOW - WEEKS + timedelta(days=1), "wait")], [])
    with store.connect() as c:
        known = record(c, SITE, PLOT, NOW, season=frame)
    assert known is not None
    assert known.days.index[0] == (NOW - WEEKS + timedelta(days=1)).date()
    assert [one.issued_at for one in known.advices] == [NOW - WEEKS + timedelta(days=1)]


def test_nothing_later_than_the_moment_is_read(store: Engine) -> None:
    kept(store, [advice(at(2, 5), "wait"), advice(NOW + timedelta(minutes=1), "wait")], [])
    with store.connect() as c:
        known = record(c, SITE, PLOT, NOW, season=season({}))
    assert known is not None
    assert [one.issued_at for one in known.advices] == [at(2, 5)]


def test_outcomes_are_summed_up(store: Engine) -> None:
    kept(store, [advice(at(day, 5), "wait") for day in (1, 2, 3)], [poured(at(3, 18), 5.0)])
    table = told(store, d3=40.0, d4=40.0, d5=40.0, d6=40.0)
    found = summary(table)
    assert found.index.to_list() == ["followed", "more"]
    assert found["days"].to_list() == [2, 1]
    assert found["stress_days"].to_list() == [2.5, 3.0]  # (2 + 3) / 2


def test_each_morning_is_an_estimate_with_its_interval(store: Engine) -> None:
    morning = advice(at(2, 5), "wait", missing=12.0)
    later, wet = advice(at(2, 9), "wait", missing=50.0), advice(at(3, 5), "wait", missing=1.0)
    kept(store, [morning, later, wet, replace(wet, issued_at=at(4, 5), facts={})], [])
    with store.connect() as c:
        table = estimates(record(c, SITE, PLOT, NOW, season=season({})))
    assert table["time"].to_list() == [at(2, 5), at(3, 5)]  # the 4th tells no error
    assert table["value"].to_list() == [68.0, 79.0]
    assert table["low"].to_list() == pytest.approx([68.0 - 1.2816 * 4.0, 79.0 - 1.2816 * 4.0])
    assert table["high"].to_list() == pytest.approx([68.0 + 1.2816 * 4.0, 80.0])  # never over full


@pytest.mark.parametrize("plot", ["planche-1", "nowhere"])
def test_without_advice_there_is_no_history(store: Engine, plot: str) -> None:
    with store.connect() as c:
        known = record(c, SITE, plot, NOW, season=season({}))
        assert record(c, "nowhere", plot, NOW, season=season({})) is None
    assert history(known).empty
    assert estimates(known).empty
    assert summary(history(known)).empty
