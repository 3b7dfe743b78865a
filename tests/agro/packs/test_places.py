"""What a pack says of a place: read, refused where it cannot be, kept, and used by the advice."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.advice import advise
from agro.errors import BadInput
from agro.packs import read_pack
from agro.records import Planting, Plot
from agro.store import farms, open_store, writing

Tell = Callable[..., None]

NOW = datetime(2026, 7, 20, 5, tzinfo=UTC)
_EVERYTHING = {
    "mulch": "plastic",
    "mulch_cover": "0.7",
    "et0_share": "0.9",
    "soil_salinity": "3.5",
    "water_table": "1.4",
    "canopy_cover": "0.5",
}


@pytest.fixture
def tell(folder: Path) -> Tell:
    """Fill cells of the rows of one plot: `tell("plots.csv", "planche-1", mulch="organic")`."""

    def write(file: str, plot: str, **cells: str) -> None:
        with (folder / file).open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        columns = [*rows[0], *(name for name in cells if name not in rows[0])]
        key = "plot" if file == "plantings.csv" else "slug"
        first = next(row for row in rows if row[key] == plot)
        first.update(cells)
        with (folder / file).open("w", encoding="utf-8", newline="") as target:
            lines = csv.DictWriter(target, columns, lineterminator="\n")
            lines.writeheader()
            lines.writerows(rows)

    return write


def _plot(folder: Path, slug: str = "planche-1") -> Plot:
    return next(plot for plot in read_pack(folder).plots if plot.slug == slug)


def test_every_column_of_a_place_is_read(folder: Path, tell: Tell) -> None:
    tell("plots.csv", "planche-1", **_EVERYTHING)
    tell("plantings.csv", "planche-1", cuts="2026-06-10|2026-07-20")
    plot = _plot(folder)
    assert (plot.mulch, plot.mulch_cover, plot.et0_share) == ("plastic", 0.7, 0.9)
    assert (plot.soil_salinity, plot.water_table, plot.canopy_cover) == (3.5, 1.4, 0.5)
    cuts = next(one.cuts for one in read_pack(folder).plantings if one.plot == "planche-1")
    assert cuts == (date(2026, 6, 10), date(2026, 7, 20))


def test_a_pack_without_these_columns_reads_as_before(folder: Path) -> None:
    for name, columns in (("plots.csv", ("mulch", "mulch_cover", "et0_share")),):
        with (folder / name).open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        kept = [column for column in rows[0] if column not in columns]
        with (folder / name).open("w", encoding="utf-8", newline="") as target:
            lines = csv.DictWriter(target, kept, extrasaction="ignore", lineterminator="\n")
            lines.writeheader()
            lines.writerows(rows)
    plot = _plot(folder, "serre-1")
    assert plot.mulch == ""
    numbers = ("mulch_cover", "et0_share", "soil_salinity", "water_table", "canopy_cover")
    assert all(isnan(getattr(plot, name)) for name in numbers)
    assert all(planting.cuts == () for planting in read_pack(folder).plantings)


@pytest.mark.parametrize(
    ("file", "cells", "told"),
    [
        pytest.param(*case, id=case[2])
        for case in (
            ("plots.csv", {"mulch": "straw"}, "mulch 'straw' must be '', 'organic' or 'plastic'"),
            ("plots.csv", {"mulch_cover": "0.5"}, "mulch is empty beside mulch_cover"),
            (
                "plots.csv",
                {"mulch": "organic", "mulch_cover": "80"},
                "mulch_cover '80' must be at most 1",
            ),
            ("plots.csv", {"et0_share": "0"}, "et0_share '0' must be above 0"),
            ("plots.csv", {"et0_share": "64"}, "et0_share '64' must be at most 2"),
            ("plots.csv", {"soil_salinity": "-1"}, "soil_salinity '-1' must be at least 0"),
            ("plots.csv", {"water_table": "near"}, "water_table 'near' is not a number"),
            ("plots.csv", {"canopy_cover": "1.2"}, "canopy_cover '1.2' must be at most 1"),
            ("plantings.csv", {"cuts": "2026-06-31"}, "cuts.0 '2026-06-31' is a date that"),
            ("plantings.csv", {"cuts": "2026-05-14"}, "cuts 2026-05-14 must be after 2026-05-14"),
            (
                "plantings.csv",
                {"cuts": "2026-07-20|2026-06-10"},
                "cuts 2026-06-10 must be after 2026-07-20; write them in order",
            ),
            (
                "plantings.csv",
                {"cuts": "2026-11-10"},
                "cuts 2026-11-10 must not be after removed 2026-10-10",
            ),
        )
    ],
)
def test_a_place_that_cannot_be_is_one_line(
    folder: Path, tell: Tell, file: str, cells: dict[str, str], told: str
) -> None:
    tell(file, "planche-1", **cells)
    with pytest.raises(BadInput, match="row 2") as caught:
        read_pack(folder)
    assert len(caught.value.lines) == 1
    assert caught.value.lines[0].startswith(f"{file} row 2: {told}")


@pytest.fixture
def filled(folder: Path, tell: Tell, tmp_path: Path) -> Iterator[Engine]:
    """A store with two tomato beds alike but for all that a place can add to one of them."""
    tell("plots.csv", "planche-1", **_EVERYTHING)
    tell("plantings.csv", "planche-1", cuts="2026-06-10|2026-07-25")
    tell("plots.csv", "planche-5", area="48")
    tell("plantings.csv", "planche-5", crop="tomato", planted="2026-05-14", removed="2026-08-20")
    engine = open_store(f"sqlite:///{(tmp_path / 'city.sqlite').as_posix()}")
    with writing(engine) as c:
        farms.save_pack(c, read_pack(folder))
    yield engine
    engine.dispose()


def _named(of: Any, slug: str) -> Any:
    return next(one for one in of if getattr(one, "slug", None) == slug or one.plot == slug)


def test_a_place_is_kept_as_it_was_told(folder: Path, filled: Engine) -> None:
    pack = read_pack(folder)
    with filled.connect() as c:
        assert [repr(plot) for plot in farms.plots(c)] == [repr(plot) for plot in pack.plots]
        kept: list[Planting] = farms.plantings(c)
        assert set(kept) == set(pack.plantings)
    assert _named(kept, "planche-1").cuts == (date(2026, 6, 10), date(2026, 7, 25))


def test_every_column_of_a_place_reaches_the_advice(filled: Engine) -> None:
    with filled.connect() as c:
        found = advise(c, site="potager-des-ducs", at=NOW)
        whole = advise(c, at=NOW)
    own, plain = _named(found, "planche-1"), _named(found, "planche-5")
    assert own.crop == plain.crop == "tomato"
    assert own.plan[0].et_mm < plain.plan[0].et_mm
    assert own.depletion_mm < plain.depletion_mm
    again = [one for one in whole if one.site == "potager-des-ducs"]
    assert repr(again) == repr(found)
