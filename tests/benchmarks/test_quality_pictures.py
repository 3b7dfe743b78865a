"""Real soil series through the store: what share is flagged, and five stretches to be judged.

Read from ../shared/data; skipped without it. `AGRO_SCREENS=FOLDER` keeps the picture there. A
day's mean is stored at the day's end, when it is known.
"""

import os
from itertools import zip_longest
from math import nan
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from playwright.sync_api import Browser
from plotly.subplots import make_subplots
from sqlalchemy import Engine

from agro.records import (
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    Normals,
    Plot,
    Site,
    Soil,
)
from agro.store import assessment, farms, open_store, readings, writing
from agro.store.readings import Row
from agro.store.values import from_epoch
from sensors import quality
from tests.benchmarks.test_quality import CLIMATE
from tests.benchmarks.test_quality_real import DATA, drummondville, manhattan, sydney

DAY, HOUR = 86400, 3600
SOILS = {
    "manhattan": ("silty clay loam", 0.335, 0.205),
    "drummondville": ("sandy loam", 0.23, 0.11),
}
AROUND = {"RAIN_RESPONSE": 12, "GAP": 25, "CONSISTENCY": 25, "FLAT": 20, "SEASON": 12}  # days
WIDTH, HEIGHT = 1200, 1500


class Probe(NamedTuple):
    """A real series as a datastream."""

    device: str
    site: str
    quantity: str
    depth_cm: float
    times: np.ndarray
    values: np.ndarray


def probes() -> list[Probe]:
    found = []
    for n, one in enumerate(sydney()):
        at = one.times.astype(int)
        found.append(Probe(f"sydney-{n}", "sydney", one.quantity, nan, at, one.values))
    for site, series in (("manhattan", manhattan()), ("drummondville", drummondville())):
        for one in series:
            at, depth = one.times.astype(int) + DAY, one.context.depth_cm
            name = one.name.lower().replace(" ", "-")
            if one.quantity.startswith("soil_"):
                found.append(Probe(name, site, one.quantity, depth, at, one.values))
    return found


def rain() -> Probe:
    frame = pd.read_csv(DATA / "weather/drummondville_qc_hourly_2018_2021.csv.gz")
    frame = frame.drop_duplicates("time_local")
    at = pd.to_datetime(frame.time_local).to_numpy().astype("datetime64[s]").astype(int)
    amounts = frame.precip_mm.to_numpy(float)
    return Probe("drummondville-gauge", "drummondville", "rain", nan, at, amounts)


def pack(some: list[Probe]) -> CityPack:
    """Three places; nobody waters, but for Sydney's park, of whose soil nothing is told."""
    sites = ("sydney", "manhattan", "drummondville")
    where = (CLIMATE.latitude, CLIMATE.longitude)
    devices = {one.device: one for one in some}.values()
    return CityPack(
        city=City("real", "Real", "FR", "UTC", "fr", *where, 220.0),
        communes=(Commune("1", "Real", 1, 1.0, *where),),
        sites=tuple(Site(one, one, "field_station", "1", *where, 220.0) for one in sites),
        soils=tuple(Soil(one, "soil", *told, 9.0, 20.0, "test") for one, told in SOILS.items()),
        irrigation_systems=tuple(
            IrrigationSystem(one, "rainfed", "none", 0.0, 1.0, 1.0, 0.0, "", "") for one in SOILS
        ),
        plots=tuple(
            Plot(one, "field", "field", "field", 20.0, "soil", "rainfed", *where) for one in SOILS
        ),
        plantings=(),
        devices=tuple(
            Device(one.device, "", "", one.site, "field" if one.site in SOILS else "", "")
            for one in devices
        ),
        trials=(),
        normals=Normals("real", "real", *((nan,) * 12,) * 8),
    )


def keep(engine: Engine, one: Probe) -> None:
    rows = [
        Row(one.device, one.quantity, one.depth_cm, time, value, 2)
        for time, value in zip(one.times.tolist(), one.values.tolist(), strict=True)
    ]
    for start in range(0, len(rows), 20_000):
        with writing(engine) as c:
            readings.write(c, rows[start : start + 20_000])


@pytest.mark.skipif(not DATA.exists(), reason="no ../shared/data")
def test_five_flagged_stretches_are_drawn(
    tmp_path: Path, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_store(f"sqlite:///{(tmp_path / 'agro.sqlite').as_posix()}")
    some = [*probes(), rain()]
    with writing(engine) as c:
        farms.save_pack(c, pack(some))
    for one in some:
        keep(engine, one)
    assessment.assess_all(engine)
    with engine.connect() as c:
        names = {one.device for one in some}
        counts = assessment.flag_counts(c, names, from_epoch(0), from_epoch(2**31))
    with capsys.disabled():
        print("\nreal soil series through the store: share flagged by each test in %")
        shares = 100.0 * counts[list(assessment.TESTS)].div(counts["observations"], axis=0)
        table = counts[["device", "quantity", "depth_cm", "observations"]].join(shares.round(2))
        print(table.loc[:, table.ne(0).any()].to_string(index=False))
    folder = Path(os.environ.get("AGRO_SCREENS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = stretches(engine, some)
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.set_content(picture(drawn, some[-1]).to_html(include_plotlyjs=True))
    page.wait_for_selector(".main-svg")
    page.screenshot(path=folder / "flagged_stretches.png")
    page.close()
    assert len(drawn) == 5
    assert (folder / "flagged_stretches.png").stat().st_size > 20_000


class Stretch(NamedTuple):
    """A run of values flagged by one test, and the series around it with its tests."""

    probe: Probe
    test: str
    first: int
    last: int
    tests: np.ndarray

    @property
    def begins(self) -> int:
        return int(self.probe.times[self.first])


def stretches(engine: Engine, some: list[Probe]) -> list[Stretch]:
    """Five: of each test in turn the longest run that is left, of another series and time."""
    by_test: dict[str, list[Stretch]] = {}
    for one in some:
        tests = stored_tests(engine, one)
        for test in quality.Test:
            hit = (tests & int(test)) > 0
            edges = np.flatnonzero(np.diff(np.concatenate(([0], hit.astype(int), [0]))))
            runs = [
                Stretch(one, str(test.name), int(first), int(end) - 1, tests)
                for first, end in edges.reshape(-1, 2)
            ]
            shown = {run.begins for run in by_test.get(str(test.name), ())}
            left = [run for run in runs if run.begins not in shown]
            if left:
                longest = max(left, key=lambda run: run.last - run.first)
                by_test.setdefault(longest.test, []).append(longest)
    for runs in by_test.values():
        runs.sort(key=lambda run: run.first - run.last)
    turns = [run for turn in zip_longest(*by_test.values()) for run in turn if run is not None]
    return turns[:5]


def stored_tests(engine: Engine, one: Probe) -> np.ndarray:
    from sqlalchemy import select

    from agro.store import schema

    own, thing, seen = schema.datastream.c, schema.thing.c, schema.observation.c
    query = (
        select(seen.time, seen.tests)
        .join_from(schema.observation, schema.datastream, own.id == seen.datastream_id)
        .join(schema.thing)
        .where(thing.device == one.device, own.quantity == one.quantity)
        .where(own.depth_cm == (-1.0 if np.isnan(one.depth_cm) else one.depth_cm))
    )
    with engine.connect() as c:
        tests = dict(c.execute(query).all())
    return np.array([tests[time] for time in one.times.tolist()], dtype=int)


def picture(drawn: list[Stretch], gauge: Probe) -> go.Figure:
    """One row for each stretch: the series, what the test flagged, and the rain where known."""
    titles = [
        f"{run.test}: {run.probe.device}, {run.probe.quantity} {run.probe.depth_cm:g} cm"
        for run in drawn
    ]
    specs = [[{"secondary_y": True}] for _ in drawn]
    figure = make_subplots(rows=len(drawn), cols=1, subplot_titles=titles, specs=specs)
    for row, run in enumerate(drawn, start=1):
        around = AROUND.get(run.test, 10) * DAY
        start, end = run.probe.times[run.first] - around, run.probe.times[run.last] + around
        near = (run.probe.times >= start) & (run.probe.times <= end)
        at = pd.to_datetime(run.probe.times, unit="s")
        hit = near & ((run.tests & int(quality.Test[run.test])) > 0)
        figure.add_scatter(
            x=at[near], y=run.probe.values[near], mode="lines+markers", row=row, col=1
        )
        figure.add_scatter(
            x=at[hit],
            y=run.probe.values[hit],
            mode="markers",
            marker={"size": 10, "color": "red"},
            row=row,
            col=1,
        )
        if run.probe.site == gauge.site:
            wet = (gauge.times >= start) & (gauge.times <= end)
            days = gauge.times[wet] // DAY
            fell = np.bincount(days - days.min(), weights=np.nan_to_num(gauge.values[wet]))
            when = pd.to_datetime((np.arange(fell.size) + days.min()) * DAY, unit="s")
            figure.add_bar(x=when, y=fell, opacity=0.3, row=row, col=1, secondary_y=True)
    figure.update_layout(width=WIDTH, height=HEIGHT, showlegend=False)
    return figure
