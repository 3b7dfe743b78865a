"""Tables and maps over real HTTP: every column told, nothing personal, nothing of one garden."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import nan

import httpx
import pytest
from sqlalchemy import Engine, insert, select

from agro.publish.datasets import datasets
from agro.records import LogEntry
from agro.store import logbook, readings, schema, writing
from agro.store.readings import Row
from tests.agro.publish.conftest import NOW, PLOT, SITE, OpenData
from tests.conftest import DATA


def _rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("name", list(datasets()))
def test_every_column_of_every_table_is_told(server: OpenData, name: str) -> None:
    answer = server.get(f"/data/{name}.csv")
    rows = _rows(answer)
    header = list(rows[0])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    told = [one for one in _rows(server.get("/data/dictionary.csv")) if one["table"] == name]
    assert [one["column"] for one in told] == header
    assert all(one["meaning_fr"] and one["meaning_en"] and one["type"] for one in told)
    metadata = server.json(answer.links["describedby"]["url"])
    assert [one["titles"] for one in metadata["tableSchema"]["columns"]] == header
    assert metadata["dc:license"]["@id"].startswith("https://www.etalab.gouv.fr/licence-ouverte")
    keys = [tuple(row[key] for key in metadata["tableSchema"]["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys) > 0


def test_numbers_are_of_the_type_that_is_told(server: OpenData) -> None:
    read = {"decimal": float, "integer": int, "date": datetime.fromisoformat, "string": str}
    for name, told in datasets().items():
        for row in _rows(server.get(f"/data/{name}.csv")):
            for column in told.columns:
                if row[column.name]:
                    read.get(column.type, str)(row[column.name])
                else:
                    assert column.name not in set(told.key) - {"depth_cm"}


def test_soil_water_of_a_day(server: OpenData) -> None:
    rows = _rows(server.get("/data/soil_water.csv"))
    today = next(row for row in rows if row["day"] == "2026-07-03")
    # 9 hours since local midnight, 0.20 to 0.29
    assert (today["values"], today["mean"]) == ("10", "0.245")
    assert (today["minimum"], today["maximum"], today["depth_cm"]) == ("0.2", "0.29", "20.0")
    assert today["parcel"] == f"urn:ngsi-ld:AgriParcel:dijon:{SITE}:{PLOT}"
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)


def test_doubted_values_are_counted_and_not_averaged(filled: Engine, server: OpenData) -> None:
    at = int((NOW - timedelta(hours=20)).timestamp())
    device = _rows(server.get("/data/soil_water.csv"))[0]["device"]
    before = {row["day"]: row for row in _rows(server.get("/data/soil_water.csv"))}["2026-07-02"]
    with writing(filled) as c:
        readings.write(c, [Row(device, "soil_moisture", 20.0, at + 7, 0.79, 4)])
    after = {row["day"]: row for row in _rows(server.get("/data/soil_water.csv"))}["2026-07-02"]
    assert after == before | {"doubtful": str(int(before["doubtful"]) + 1)}


def test_rain_is_summed_and_the_rest_averaged(server: OpenData) -> None:
    rows = {row["quantity"]: row for row in _rows(server.get("/data/weather.csv"))}
    assert (rows["rain"]["value"], rows["rain"]["unit"]) == ("1.2", "mm")
    assert (rows["air_temperature"]["value"], rows["air_temperature"]["unit"]) == ("24.0", "Cel")
    assert all(row["device"] != "sky-1" for row in rows.values())  # the city's, not the gardens'


def test_water_is_told_once_and_a_missing_amount_is_no_zero(
    filled: Engine, server: OpenData
) -> None:
    with writing(filled) as c:  # the same water as the meter's, noted by a person
        at = NOW - timedelta(days=2, minutes=-10)
        logbook.write(c, [LogEntry(SITE, PLOT, "irrigation", at, 400.0, "L", who="Anne")])
        nothing = LogEntry(SITE, "planche-3", "irrigation", at, nan, "", who="Anne")
        logbook.write(c, [nothing])
    rows = {row["plot"]: row for row in _rows(server.get("/data/irrigation.csv"))}
    assert (rows[PLOT]["litres"], rows[PLOT]["source"]) == ("360.0", "meter")
    assert rows[PLOT]["depth_mm"] == "7.5"  # 360 L on 48 m²
    assert (rows["planche-2"]["litres"], rows["planche-2"]["without_amount"]) == ("50.0", "1")
    assert (rows["planche-3"]["litres"], rows["planche-3"]["waterings"]) == ("", "1")


def test_nothing_tells_who_or_what_was_written(server: OpenData) -> None:
    paths = [f"/data/{name}.csv" for name in datasets()]
    paths += ["/plots.geojson", "/communes.geojson", "/ngsi-ld/v1/entities?limit=1000"]
    with server.source.connect() as c:
        euis = [eui for eui in c.scalars(select(schema.thing.c.eui)) if eui]
    assert euis
    for path in paths:
        text = server.get(path).text
        assert "Anne" not in text
        assert "mal au dos" not in text
        assert not [eui for eui in euis if eui.lower() in text.lower()], path


def test_harvests_of_single_gardens_are_only_in_safe_totals(server: OpenData) -> None:
    rows = {(row["month"], row["level"]): row for row in _rows(server.get("/data/harvest.csv"))}
    may, june = rows["2026-05", "city"], rows["2026-06", "city"]
    assert (may["status"], may["mass_kg"], may["gardens"]) == ("published", "90.0", "3")
    assert (june["status"], june["mass_kg"]) == ("withheld", "")
    assert rows["2026-06", "commune"]["mass_kg"] == ""
    # July is not over: what grows day by day would tell each basket.
    assert not [month for month, _ in rows if month > "2026-06"]


def test_harvests_by_garden_are_refused(server: OpenData) -> None:
    answer = server.get(f"/data/harvest.csv?site={SITE}")
    assert answer.status_code == 400
    assert "not published by garden" in answer.json()["detail"]


def test_part_of_a_month_is_the_whole_month(server: OpenData) -> None:
    """Else the difference of two answers would be one garden's."""
    part = _rows(server.get("/data/harvest.csv?from=2026-05-10&to=2026-05-12"))
    whole = [row for row in _rows(server.get("/data/harvest.csv")) if row["month"] == "2026-05"]
    assert part == whole


def test_days_and_gardens_narrow(server: OpenData) -> None:
    rows = _rows(server.get(f"/data/soil_water.csv?from=2026-07-02&to=2026-07-03&site={SITE}"))
    assert [row["day"] for row in rows] == ["2026-07-02"]
    assert _rows(server.get("/data/soil_water.csv?from=2030-01-01")) == []


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/data/nothing.csv", 404, "there are soil_water, weather, irrigation, harvest"),
        ("/data/soil_water.csv?from=yesterday", 400, "write it as 2026-07-03"),
        ("/data/soil_water.csv?site=eden", 400, "write one of potager-des-ducs"),
        ("/plots.geojson?site=eden", 400, "write one of potager-des-ducs"),
    ],
)
def test_faults_are_told(server: OpenData, path: str, status: int, told: str) -> None:
    answer = server.get(path)
    assert answer.status_code == status
    assert told in answer.json()["detail"]


def test_a_table_that_has_not_changed_is_not_sent_again(filled: Engine, server: OpenData) -> None:
    first = server.get("/data/irrigation.csv")
    held = {"if-none-match": first.headers["etag"]}
    assert server.get("/data/irrigation.csv", **held).status_code == 304
    with writing(filled) as c:
        at = NOW - timedelta(days=1)
        logbook.write(c, [LogEntry(SITE, PLOT, "irrigation", at, 10.0, "L")])
    again = server.get("/data/irrigation.csv", **held)
    assert again.status_code == 200
    assert again.text != first.text


def test_years_of_days_come_part_by_part(filled: Engine, server: OpenData) -> None:
    with writing(filled) as c:
        device = c.scalar(
            select(schema.thing.c.device).join(schema.plot).where(schema.plot.c.slug == PLOT)
        )
        days = [datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(800)]
        rows = [Row(device, "soil_moisture", 20.0, int(d.timestamp()), 0.3, 1) for d in days]
        readings.write(c, rows)
    with server.client.stream("GET", "/data/soil_water.csv") as answer:
        assert answer.headers["transfer-encoding"] == "chunked"
        text = answer.read().decode()
    found = [row["day"] for row in csv.DictReader(io.StringIO(text))]
    assert len(found) == 803
    assert found == sorted(found)


def test_plots_on_a_map(server: OpenData) -> None:
    answer = server.get("/plots.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert len(features) == 22
    bed = next(one for one in features if one["id"].endswith(f":{SITE}:{PLOT}"))
    assert bed["geometry"] == {"type": "Point", "coordinates": [5.0289, 47.31405]}
    assert bed["properties"]["area_m2"] == 48.0
    assert bed["properties"]["crops"] == [{"key": "tomato", "fr": "tomate", "en": "Tomato"}]
    assert len(server.json(f"/plots.geojson?site={SITE}")["features"]) == 12


def test_communes_are_centres_until_their_outlines_are_imported(
    filled: Engine, server: OpenData
) -> None:
    before = server.json("/communes.geojson")["features"]
    assert len(before) == 23
    assert sum(one["properties"]["population"] for one in before) == 258630
    assert {one["geometry"]["type"] for one in before} == {"Point"}
    clockwise = [[[5.0, 47.0], [5.0, 47.1], [5.1, 47.1], [5.1, 47.0], [5.0, 47.0]]]
    with writing(filled) as c:
        commune = c.scalar(select(schema.commune.c.id).where(schema.commune.c.code == "21231"))
        outline = {"type": "Polygon", "coordinates": clockwise}
        row = {"commune_id": commune, "geometry": outline, "imported_at": 0}
        c.execute(insert(schema.commune_boundary).values(row))
    after = {one["id"]: one for one in server.json("/communes.geojson")["features"]}
    assert after["21231"]["properties"]["geometry"] == "outline"
    ring = after["21231"]["geometry"]["coordinates"][0]
    turned = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring))
    assert turned < 0  # against the clock
    assert after["21003"]["geometry"]["type"] == "Point"


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data are not beside the project")
def test_the_city_s_own_outlines_are_wound_as_the_format_asks(
    filled: Engine, server: OpenData
) -> None:
    outlines = json.loads((DATA / "city" / "communes.geojson").read_text())["features"]
    with writing(filled) as c:
        ids = dict(c.execute(select(schema.commune.c.code, schema.commune.c.id)).all())
        rows = [
            {"commune_id": ids[one["id"]], "geometry": one["geometry"], "imported_at": 0}
            for one in outlines
        ]
        c.execute(insert(schema.commune_boundary), rows)
    told = server.json("/communes.geojson")["features"]
    assert {one["geometry"]["type"] for one in told} <= {"Polygon", "MultiPolygon"}
