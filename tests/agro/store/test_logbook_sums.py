"""Harvests are summed where they lie, by the weeks of the city's clock: as counted one by one."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isnan, nan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert

from agro.records import LogEntry
from agro.store import logbook, schema, writing
from agro.store.logbook import HarvestSum, Spoken
from agro.store.logbook.sums import offsets

SITE, BED = "potager-des-ducs", "planche-1"
PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")
NOON = datetime(2026, 7, 20, 10, tzinfo=UTC)


def _harvest(at: datetime = NOON, quantity: float = 2.0, **more: object) -> LogEntry:
    said: dict[str, object] = {"unit": "kg", "crop": "tomato", "plot": BED, "type": "harvest"}
    said |= {"site": SITE, "time": at, "quantity": quantity} | more
    return LogEntry(**said)  # type: ignore[arg-type]


def _by_hand(
    entries: list[LogEntry], zone: ZoneInfo
) -> tuple[dict[tuple[str, str], tuple[int, int, float]], set[Spoken]]:
    """What the queries say, one entry after the other."""
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    spoken = set()
    for one in entries:
        day = one.time.astimezone(zone).date()
        week = day - timedelta(days=day.weekday())
        spoken.add(Spoken(week, one.crop, "" if one.crop else one.plot))
        if one.crop or one.quantity != 0.0:
            sums[one.crop, one.unit].append(one.quantity)
    told = {
        key: (len(all_), sum(not isnan(q) for q in all_), sum(q for q in all_ if not isnan(q)))
        for key, all_ in sums.items()
    }
    return told, spoken


def _kept(c: Connection, entries: list[LogEntry]) -> None:
    logbook.write(c, [replace(one, who=str(number)) for number, one in enumerate(entries)])


_TIMES = st.datetimes(datetime(2019, 12, 25), datetime(2026, 7, 20)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC, microsecond=0)
)
_ENTRIES = st.lists(
    st.builds(
        _harvest,
        at=_TIMES,
        quantity=st.sampled_from([0.0, 1.5, 250.0, nan]),
        unit=st.sampled_from(["kg", "g", "bunch"]),
        crop=st.sampled_from(["", "tomato", "carrot"]),
        plot=st.sampled_from(["", BED, "planche-2"]),
    ),
    max_size=12,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(entries=_ENTRIES, zone=st.sampled_from([PARIS, NEW_YORK, ZoneInfo("UTC")]))
def test_they_say_what_counting_by_hand_says(
    store: Engine, entries: list[LogEntry], zone: ZoneInfo
) -> None:
    with store.connect() as c:
        _kept(c, entries)
        sums = logbook.harvest_sums(c, SITE, None)
        spoken = logbook.harvest_weeks(c, SITE, None, zone)
        first = logbook.first_harvest(c, SITE)
        c.rollback()
    by_hand, weeks = _by_hand(entries, zone)
    told = {(one.crop, one.unit): (one.entries, one.told, one.quantity) for one in sums}
    assert told == {key: pytest.approx(value) for key, value in by_hand.items()}
    assert spoken == weeks
    assert first == min((one.time for one in entries), default=None)


@pytest.mark.parametrize(
    ("at", "week"),
    [
        (datetime(2026, 7, 19, 21, 59, 59, tzinfo=UTC), date(2026, 7, 13)),
        (datetime(2026, 7, 19, 22, 0, tzinfo=UTC), date(2026, 7, 20)),
        (datetime(2026, 1, 4, 22, 59, 59, tzinfo=UTC), date(2025, 12, 29)),
        (datetime(2026, 1, 4, 23, 0, tzinfo=UTC), date(2026, 1, 5)),
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), date(2026, 10, 19)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_a_week_begins_at_midnight_of_the_city_s_clock(
    store: Engine, at: datetime, week: date
) -> None:
    others = [_harvest(NOON - timedelta(days=days)) for days in (0, 200, 300)]
    with store.connect() as c:
        _kept(c, [_harvest(at, crop="carrot"), *others])
        spoken = logbook.harvest_weeks(c, SITE, None, PARIS)
    assert Spoken(week, "carrot", "") in spoken


def test_the_clock_is_changed_when_it_was() -> None:
    found = offsets(PARIS, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
    changes = [datetime.fromtimestamp(until, UTC) for until, _ in found[:-1]]
    assert [ahead for _, ahead in found] == [3600, 7200, 3600]
    assert changes == [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
    ]


def test_what_is_struck_elsewhere_or_before_is_not_summed(store: Engine) -> None:
    with writing(store) as c:
        _kept(c, [_harvest(), _harvest(NOON - timedelta(days=40), 5.0)])
        _kept(c, [_harvest(type="irrigation", unit="L", crop="")])
        logbook.strike(c, logbook.note(c, _harvest(quantity=9.0)), who="", reason="slip")
        sums = logbook.harvest_sums(c, SITE, NOON - timedelta(days=7))
        weeks = logbook.harvest_weeks(c, SITE, NOON - timedelta(days=7), PARIS)
        assert logbook.harvest_sums(c, "jardin-des-maraichers", None) == []
        assert logbook.harvest_weeks(c, "jardin-des-maraichers", None, PARIS) == set()
    assert sums == [HarvestSum("tomato", "kg", 1, 1, 2.0)]
    assert weeks == {Spoken(date(2026, 7, 20), "tomato", "")}


def test_a_long_record_comes_back_as_few_rows(store: Engine) -> None:
    with writing(store) as c:
        number = logbook.note(c, _harvest())
        row = dict(c.execute(schema.log.select().where(schema.log.c.id == number)).mappings().one())
        del row["id"]
        start = row["time"]
        rows = [
            row | {"key": f"k{n}", "time": start - n * 4_000, "quantity": 0.5}
            for n in range(50_000)
        ]
        c.execute(insert(schema.log), rows)
        sums = logbook.harvest_sums(c, SITE, None)
        weeks = logbook.harvest_weeks(c, SITE, None, PARIS)
    assert sums == [HarvestSum("tomato", "kg", 50_001, 50_001, pytest.approx(25_002.0))]
    assert len(weeks) == pytest.approx(50_000 * 4_000 / 604_800, abs=2)
