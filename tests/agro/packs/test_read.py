"""A pack is read whole, however people saved it, and whatever is typed into it is told."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agro.errors import BadInput
from agro.packs import read_pack
from tests.agro.packs.test_faults import FILES

Change = Callable[[str, str, str], None]


def test_a_folder_is_a_pack_too(folder: Path) -> None:
    assert repr(read_pack(folder)) == repr(read_pack(str(folder))) == repr(read_pack("dijon"))


def test_a_french_spreadsheet_saves_the_same_pack(folder: Path) -> None:
    """Semicolons, decimal commas, a byte order mark and Windows line ends."""
    for file in folder.rglob("*.csv"):
        with file.open(encoding="utf-8", newline="") as source:
            rows = list(csv.reader(source))
        with file.open("w", encoding="utf-8-sig", newline="") as target:
            lines = csv.writer(target, delimiter=";", lineterminator="\r\n")
            lines.writerows([[_french(cell) for cell in row] for row in rows])
    assert repr(read_pack(folder)) == repr(read_pack("dijon"))


def _french(cell: str) -> str:
    return cell.replace(".", ",") if cell.replace(".", "").lstrip("-").isdigit() else cell


def test_columns_stand_in_any_order_and_may_be_explained(folder: Path, change: Change) -> None:
    with (folder / "sites.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    with (folder / "sites.csv").open("w", encoding="utf-8", newline="") as target:
        lines = csv.DictWriter(target, ["note", *reversed(rows[0])])
        lines.writeheader()
        lines.writerows(rows)
    change("sites.csv", "water_source", " Water_Source ")
    assert read_pack(folder).sites == read_pack("dijon").sites


def test_a_greenhouse_is_covered_unless_it_says_no(folder: Path, change: Change) -> None:
    change("plots.csv", "5.02880,yes", "5.02880,")
    change("plots.csv", "5.02884,yes", "5.02884,no")
    covered = {plot.slug: plot.covered for plot in read_pack(folder).plots}
    assert (covered["serre-1"], covered["serre-2"], covered["planche-1"]) == (True, False, False)


def test_a_profile_without_depths_has_its_makers(folder: Path, change: Change) -> None:
    change("devices.csv", "5;15;25;35;45;55;65;75", "")
    assert read_pack(folder).devices == read_pack("dijon").devices


def test_an_eui_is_read_as_its_label_shows_it(folder: Path, change: Change) -> None:
    change("devices.csv", "02B3D57517B5FDAB", "02-b3-d5-75-17-b5-fd-ab")
    assert read_pack(folder).devices == read_pack("dijon").devices


def test_a_city_begins_with_empty_tables(folder: Path) -> None:
    """Step 1 of the README."""
    (folder / "trials/moutarde-2026.csv").unlink()
    for name in (*FILES[1:], "tanks.csv"):
        file = folder / name
        if name not in ("communes.csv", "normals.csv"):
            file.write_text(file.read_text(encoding="utf-8").partition("\n")[0])
    pack = read_pack(folder)
    assert (len(pack.communes), pack.sites, pack.plots) == (23, (), ())


def test_another_city_is_only_a_folder(folder: Path) -> None:
    """Turku, with one garden: no code knows which city it is."""
    tables = {
        "communes.csv": ["853,Turku,206000,245.7,60.45,22.27"],
        "sites.csv": ["piha,Pihapuutarha,community_garden,853,60.45,22.26,20,mains,approximate"],
        "soils.csv": ["piha,savi,clay,0.36,0.22,10,25,FAO-56 Table 19"],
        "irrigation.csv": ["piha,kannu,can,8,0.85,1,2,18:00,20:00"],
        "plots.csv": ["piha,penkki,Penkki,bed,12,savi,kannu,60.45,22.26,no,"],
        "plantings.csv": ["piha,penkki,potato,Siikli,2026-05-20,"],
        "devices.csv": ["piha-lse01,,dragino/lse01,piha,penkki,Anturi,20"],
        "tanks.csv": [],
        "trials.csv": [],
    }
    for name, rows in tables.items():
        header = (folder / name).read_text(encoding="utf-8").partition("\n")[0]
        (folder / name).write_text("\n".join([header, *rows]), "utf-8")
    (folder / "trials/moutarde-2026.csv").unlink()
    (folder / "city.toml").write_text(
        'slug = "turku"\nname = "Turku"\ncountry = "FI"\ntimezone = "Europe/Helsinki"\n'
        'language = "fi"\nlatitude = 60.45\nlongitude = 22.27\nelevation = 20\n'
        'climate_station = "Turku"\n',
        "utf-8",
    )
    pack = read_pack(folder)
    assert (pack.city.timezone, pack.plots[0].name) == ("Europe/Helsinki", "Penkki")


@pytest.mark.parametrize("name", ["atlantis", "", "/nowhere", "dijon/city.toml"])
def test_an_unknown_pack_names_the_known_ones(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"does not exist; known: .*dijon") as caught:
        read_pack(name or tmp_path / "none")
    assert len(caught.value.lines) == 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(file=st.sampled_from(FILES), where=st.floats(0, 1), text=st.text(max_size=6))
def test_whatever_is_typed_into_a_file_it_reads_or_says_why(
    folder: Path, file: str, where: float, text: str
) -> None:
    """No other exception, and never an empty complaint."""
    before = (folder / file).read_text(encoding="utf-8")
    at = int(where * len(before))
    (folder / file).write_text(before[:at] + text + before[at + len(text) :], "utf-8", "replace")
    try:
        read_pack(folder)
    except BadInput as error:
        assert error.lines
        assert all(
            line.split(" ")[0].rstrip(":").endswith((".csv", ".toml")) for line in error.lines
        )
    finally:
        (folder / file).write_text(before, encoding="utf-8")
