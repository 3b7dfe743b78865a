"""From records to what the charts draw."""

from datetime import UTC, date, datetime, timedelta
from math import nan
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from agro.dashboard import series
from agro.records import IrrigationSystem, LogEntry, PlanDay, Plot, Soil

PARIS = ZoneInfo("Europe/Paris")
SOIL = Soil("s", "loam", "loam", 0.30, 0.10, 8.0, 24.0, "FAO-56 Table 19")
BED = Plot("s", "p", "Planche", "bed", 10.0, "loam", "drip", 47.3, 5.0)
DRIP = IrrigationSystem("s", "drip", "drip", 4.0, 0.9, 0.4, 3.0, "20:00", "22:00")
NOTHING = pd.DataFrame(
    {name: pd.Series(dtype=float) for name in ("day", "rain", "irrigation", "et")}
)


def _entry(quantity: float, unit: str, *, plot: str = "p", hour: int = 10) -> LogEntry:
    return LogEntry(
        "s", plot, "irrigation", datetime(2026, 7, 20, hour, tzinfo=UTC), quantity, unit
    )


@pytest.mark.parametrize(
    ("quantity", "unit", "reached"),
    [(100.0, "L", 9.0), (10.0, "mm", 9.0), (0.1, "m³", 9.0), (25.0, "min", 9.0)],
)
def test_every_unit_of_the_logbook_is_poured_alike(
    quantity: float, unit: str, reached: float
) -> None:
    poured = series.poured([_entry(quantity, unit)], BED, DRIP, 100.0, PARIS)
    assert poured == {date(2026, 7, 20): pytest.approx(reached)}


def test_a_garden_s_watering_is_spread_and_an_unknown_amount_left_out() -> None:
    entries = [_entry(100.0, "L", plot=""), _entry(nan, "L"), _entry(3.0, "seaux")]
    poured = series.poured(entries, BED, DRIP, 100.0, PARIS)
    assert poured == {date(2026, 7, 20): pytest.approx(0.9)}


def test_a_watering_before_midnight_utc_belongs_to_the_local_day() -> None:
    poured = series.poured([_entry(10.0, "mm", hour=23)], BED, DRIP, 100.0, PARIS)
    assert list(poured) == [date(2026, 7, 21)]


def test_content_runs_from_full_to_dry() -> None:
    assert series.content(SOIL, 60.0, 0.0) == pytest.approx(30.0)
    assert series.content(SOIL, 60.0, 60.0) == pytest.approx(10.0)
    assert pd.isna(series.content(SOIL, nan, 10.0))


def test_a_long_line_is_thinned_and_keeps_its_shape() -> None:
    times = pd.date_range("2026-03-01", periods=3000, freq="h", tz="UTC")
    values = pd.Series(range(3000), dtype=float) % 24
    values[1234], values[2345], values[7] = 99.0, -5.0, nan
    line = pd.DataFrame({"time": times, "value": values}).drop(index=range(400, 500))
    drawn = series.with_gaps(line)
    known = drawn["value"].dropna()
    assert 798 <= len(known) <= 800
    assert (known.min(), known.max()) == (-5.0, 99.0)
    assert drawn["time"].is_monotonic_increasing
    assert list(drawn["time"].iloc[[0, -1]]) == [times[0], times[-1]]
    gaps = drawn.loc[drawn["value"].isna(), "time"]
    assert list(gaps) == [times[7], times[500] - pd.Timedelta(minutes=1)]


def test_a_short_line_stays_as_it_is() -> None:
    times = pd.date_range("2026-03-01", periods=700, freq="h", tz="UTC")
    line = pd.DataFrame({"time": times, "value": 1.0})
    pd.testing.assert_frame_equal(series.thinned(line), line)


def test_no_line_bridges_a_silence() -> None:
    start = datetime(2026, 7, 1, tzinfo=UTC)
    times = [start + timedelta(hours=hour) for hour in (0, 1, 2, 30, 31)]
    hours = pd.DataFrame(
        {"device": "d", "depth_cm": 20.0, "time": pd.to_datetime(times, utc=True), "mean": 0.2}
    )
    line = series.probes(hours, PARIS, lambda depth: f"{depth:.0f} cm")
    assert len(line) == 6
    assert line["value"].isna().sum() == 1
    assert line["value"].dropna().tolist() == pytest.approx([20.0] * 5)
    assert line["time"].iloc[0] == pd.Timestamp("2026-07-01 02:00")
    assert set(line["name"]) == {"20 cm"}


def test_today_joins_what_fell_and_what_is_planned() -> None:
    today = date(2026, 7, 20)
    ahead = [PlanDay(today + timedelta(n), 4.0, 1.0, 6.0 * (n == 0), 20, 15, 25) for n in range(7)]
    table = series.water(
        NOTHING,
        pd.Series({today: 2.5}),
        {today - timedelta(days=1): 3.0},
        ahead,
        days=pd.date_range(end=today, periods=7),
        covered=False,
    ).set_index("day")
    assert len(table) == 13
    assert table.loc[today, ["rain", "irrigation", "et"]].tolist() == [3.5, 6.0, 4.0]
    assert table.loc[today - timedelta(days=1), "irrigation"] == 3.0
    assert table["planned"].sum() == 7


def test_no_rain_falls_under_a_greenhouse() -> None:
    today = date(2026, 7, 20)
    days = pd.date_range(end=today, periods=3)
    table = series.water(NOTHING, pd.Series({today: 2.5}), {}, [], days=days, covered=True)
    assert table["rain"].isna().all()
