"""`agro skill soil` on files good and bad."""

from collections.abc import Callable
from datetime import date, timedelta
from math import exp
from pathlib import Path
from typing import Any

import pytest

HEAD = "site,depth_cm,time,vwc,rain,tmean\n"


def rows(days: int, *, depth: float = 10, site: str = "a", scale: float = 1.0) -> list[str]:
    """A soil that takes up a rain every fifth to ninth day and dries exponentially."""
    found, content = [], 0.3
    for n in range(days):
        rain = 14.0 + n % 6 if n % 5 == 0 and n % 3 else 0.0
        content = 0.1 + (content - 0.1) * exp(-0.09) + 0.004 * rain
        day = date(2025, 4, 1) + timedelta(days=n)
        found.append(f"{site},{depth:g},{day},{content * scale:.4f},{rain:g},15")
    return found


@pytest.fixture
def soil(tmp_path: Path) -> Callable[..., Path]:
    def write(lines: list[str], head: str = HEAD) -> Path:
        file = tmp_path / "soil.csv"
        file.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
        return file

    return write


def test_a_series_is_judged_under_the_contract_s_keys(agro: Any, soil: Any) -> None:
    done = agro("skill", "soil", soil(rows(150)), "--json")
    assert done.code == 0
    assert list(done.json) == ["series", "overall"]
    (series,) = done.json["series"]
    assert (series["site"], series["depth_cm"], series["n"]) == ("a", 10.0, 150)
    for horizon, days in zip(done.json["overall"], (1, 3, 7), strict=True):
        assert horizon["days"] == days
        assert {"persistence", "bucket", "blend", "chosen"} <= set(horizon["rmse"])
        assert horizon["rmse"]["chosen"] < 0.6 * horizon["rmse"]["persistence"]
        assert 0.0 <= horizon["coverage_80"] <= 1.0
    assert series["horizons"] == done.json["overall"]


def test_order_and_percent_change_no_error(agro: Any, soil: Any) -> None:
    plain = agro("skill", "soil", soil(rows(60)), "--json")
    shuffled = rows(60, scale=100.0)
    mixed = agro("skill", "soil", soil(shuffled[30:] + shuffled[:30]), "--json")
    assert "taken as percent and divided by 100" in mixed.lines[0]
    assert "rows are not in order of time; they are sorted" in mixed.lines[1]
    told = [done.json["overall"][0]["rmse"]["chosen"] for done in (plain, mixed)]
    assert told[0] == pytest.approx(told[1], rel=0.02)


def test_hours_become_days(agro: Any, soil: Any) -> None:
    hourly = [
        f"{site},{depth},{day}T{hour:02d}:00Z,{vwc},{float(rain) / 4},{tmean}"
        for site, depth, day, vwc, rain, tmean in (row.split(",") for row in rows(60))
        for hour in (0, 6, 12, 18)
    ]
    daily = agro("skill", "soil", soil(rows(60)), "--json")
    hours = agro("skill", "soil", soil(hourly), "--json")
    assert hours.json == daily.json


def test_a_short_series_is_persistence_only_and_said_so(agro: Any, soil: Any) -> None:
    done = agro("skill", "soil", soil(rows(20)), "--json")
    assert done.code == 0
    assert "a, 10 cm has 20 days; under 30 only persistence is judged" in done.lines[0]
    rmse = done.json["overall"][0]["rmse"]
    assert rmse["chosen"] == rmse["persistence"] > 0.0
    assert rmse["bucket"] is None
    assert done.json["overall"][0]["coverage_80"] is None


def test_a_file_without_rain_says_so(agro: Any, soil: Any) -> None:
    bare = [",".join(row.split(",")[:4]) for row in rows(45)]
    done = agro("skill", "soil", soil(bare, "site,depth_cm,time,vwc\n"), "--json")
    assert done.code == 0
    assert "has no rain, so none is known" in done.lines[0]
    rmse = done.json["overall"][0]["rmse"]
    assert rmse["chosen"] == rmse["persistence"]


def test_people_get_a_table(agro: Any, soil: Any) -> None:
    done = agro("skill", "soil", soil(rows(45)), "--rain", "none")
    assert done.code == 0
    assert "persistence" in done.out
    assert "rain none" in done.out


@pytest.mark.parametrize(
    ("lines", "head", "told"),
    [
        (rows(40), "place,depth_cm,time,vwc,rain,tmean\n", "no column site"),
        (["a,10,2025-04-01,wet,0,15"], HEAD, "row 2, vwc: 'wet' is not a number"),
        (["a,10,April,0.2,0,15"], HEAD, "row 2, time: 'April' is not a date"),
        (["a,10,2025-04-01,-0.2,0,15"], HEAD, "row 2, vwc: -0.2 is not within 0 and 1"),
        (["a,,2025-04-01,0.2,0,15"], HEAD, "row 2, depth_cm: is missing"),
        (["a,10,2025-04-01,0.2,-3,15"], HEAD, "row 2, rain: -3 is negative"),
        (["a,10,2025-04-01,,0,15"], HEAD, "vwc: no value stands in it"),
        (
            ["a,10,2025-04-01,0.2,0,15", "a,10,2025-04-01,0.3,0,15"],
            HEAD,
            "row 3, time: 2025-04-01T00:00Z of a, 10 cm is also in row 2; keep one of them",
        ),
    ],
)
def test_bad_input_is_one_line(
    agro: Any, soil: Any, lines: list[str], head: str, told: str
) -> None:
    done = agro("skill", "soil", soil(lines, head), "--json")
    assert done.code == 2
    assert done.out == ""
    assert len(done.lines) == 1
    assert told in done.lines[0]


def test_a_wrong_rain_is_bad_input(agro: Any, soil: Any) -> None:
    assert agro("skill", "soil", soil(rows(40)), "--rain", "some").code == 2
