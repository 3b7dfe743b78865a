"""Every fault in a pack is one line that says which file and row, what is wrong and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agro.errors import BadInput
from agro.packs import read_pack

Change = Callable[[str, str, str], None]


def _faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(BadInput, match=r"\w") as caught:
        read_pack(folder)
    return caught.value.lines


@pytest.mark.parametrize(
    ("file", "before", "after", "line"),
    [
        pytest.param(*case, id=f"{case[0]}: {case[3][:60]}")
        for case in (
            (
                "soils.csv",
                "loam,0.28,0.13",
                "loam,0.13,0.28",
                "row 2: wilting_point 0.28 must be below field_capacity 0.13 m³ m⁻³",
            ),
            (
                "soils.csv",
                "0.28,0.13,9,21",
                "0.28,0.13,29,21",
                "row 2: rew 29 must not exceed tew 21 mm",
            ),
            (
                "soils.csv",
                "sandy loam",
                "sand loam",
                "row 3: texture 'sand loam' is not a texture of Table 19; "
                "did you mean sandy loam or ",
            ),
            ("soils.csv", "0.28,", "1.28,", "row 2: field_capacity '1.28' must be below 1"),
            ("plots.csv", "bed,48", "bed,-48", "row 2: area '-48' must be above 0"),
            ("plots.csv", "bed,48", "bed,0", "row 2: area '0' must be above 0"),
            ("plots.csv", "bed,48", "bed,", "row 2: area is empty; it must be given"),
            (
                "plots.csv",
                "bed,48",
                "bed,wide",
                "row 2: area 'wide' is not a number; write it as 12.5, with a point",
            ),
            (
                "plots.csv",
                "bed,48",
                'bed,"48,5"',
                "row 2: area '48,5' is not a number; write it as 12.5, with a point",
            ),
            ("plots.csv", "bed,48", "bed,nan", "row 2: area 'nan' is not a number; write it as "),
            (
                "plots.csv",
                "bed,48",
                "bed,48,5",
                "row 2: 15 cells under 14 columns; write numbers with a point, "
                "and text with a comma in quotes",
            ),
            (
                "plots.csv",
                "terre-de-jardin",
                "terre-du-jardin",
                "row 2: soil 'terre-du-jardin' is not in soils.csv for site 'potager-des-ducs'; "
                "did you mean terre-de-jardin?",
            ),
            (
                "plots.csv",
                ",plateau,enrouleur",
                ",serre,enrouleur",
                "row 14: soil 'serre' is not in soils.csv for site 'domaine-de-la-cras'; "
                "known: plateau",
            ),
            (
                "plots.csv",
                "Planche 2,bed",
                "Planche 2,bad",
                "row 3: kind 'bad' must be 'bed', 'greenhouse', 'pots' or 'field'",
            ),
            (
                "plots.csv",
                "planche-2",
                "planche-1",
                "row 3: slug 'planche-1' is already on row 2; each must be its own",
            ),
            (
                "plots.csv",
                "planche-2",
                "Planche 2",
                "row 3: slug 'Planche 2' must be lower-case letters, digits and hyphens, "
                "as in planche-1",
            ),
            ("plots.csv", "5.02880,yes", "5.02880,si", "row 10: covered 'si' must be yes or no"),
            (
                "plots.csv",
                "no,0.30",
                "no,",
                "row 12: depth is empty; pots limit roots, so give their depth in m",
            ),
            (
                "plots.csv",
                "47.31405,5.02890",
                "47.31405,50.2890",
                "row 2: latitude 47.3141, longitude 50.289 is ",
            ),
            (
                "sites.csv",
                "47.3140,5.0290",
                "5.0290,47.3140",
                "row 2: latitude 5.029, longitude 47.314 is ",
            ),
            ("sites.csv", "47.3140", "147.3", "row 2: latitude '147.3' must be at most 90"),
            (
                "sites.csv",
                "21231",
                "21232",
                "row 2: commune '21232' is not in communes.csv; did you mean ",
            ),
            ("communes.csv", "21223", "21166", "row 8: code '21166' is already on row 5; "),
            (
                "communes.csv",
                "1695",
                "1 695",
                "row 2: population '1 695' is not a whole number; write it as 1695, "
                "with nothing between the digits",
            ),
            (
                "communes.csv",
                "1695",
                '"1,695"',
                "row 2: population '1,695' is not a whole number; write it as 1695, ",
            ),
            (
                "plantings.csv",
                "tomato,Cœur de bœuf,2026-05-14",
                "tomato,Cœur de bœuf,2026-02-30",
                "row 2: planted '2026-02-30' is a date that does not exist",
            ),
            (
                "plantings.csv",
                "tomato,Cœur de bœuf,2026-05-14",
                "tomato,Cœur de bœuf,14/05/2026",
                "row 2: planted '14/05/2026' is not a date; write it as 2026-07-20",
            ),
            (
                "plantings.csv",
                "2026-05-14,2026-10-10",
                "2026-05-14,2026-05-10",
                "row 2: removed 2026-05-10 must be after planted 2026-05-14",
            ),
            (
                "plantings.csv",
                "2026-05-14,2026-10-10",
                "2026-05-14,",
                "row 3: planted 2026-10-20, but tomato of row 2 stands and has no removed date; "
                "end that one, or make two plots",
            ),
            (
                "plantings.csv",
                ",tomato,",
                ",tomatoe,",
                "row 2: crop 'tomatoe' is not a crop of our table; did you mean tomato",
            ),
            (
                "plantings.csv",
                "ducs,planche-1",
                "ducs,planche-9",
                "row 2: plot 'planche-9' is not in plots.csv for site 'potager-des-ducs'; ",
            ),
            (
                "plantings.csv",
                "potager-des-ducs,",
                "potager-des-duc,",
                "row 2: site 'potager-des-duc' is not in sites.csv; did you mean potager-des-ducs?",
            ),
            (
                "devices.csv",
                "decentlab/dl-atm41",
                "decentlab/dl-atm14",
                "row 2: model 'decentlab/dl-atm14' is not a model we can read; did you mean ",
            ),
            (
                "devices.csv",
                "02B3D575B5ED775C",
                "02b3d57517b5fdab",
                "row 3: eui '02B3D57517B5FDAB' is already on row 2; each must be its own",
            ),
            (
                "devices.csv",
                "02B3D575B5ED775C",
                "02B3D575",
                "row 3: eui '02B3D575' must be the 16 hexadecimal digits on the device's label",
            ),
            (
                "devices.csv",
                "potager-des-ducs-site-dl-atm41,",
                "station/1,",
                "row 2: device 'station/1' is not a device's name in a network; ",
            ),
            (
                "devices.csv",
                "Sonde planche 1,20",
                "Sonde planche 1,",
                "row 4: depths is empty; dragino/lse01 stands in soil: give its depth in cm",
            ),
            ("devices.csv", "5;15;25", "5;25;15", "row 16: depths must go down, top first, as in"),
            (
                "devices.csv",
                "65;75",
                "65;75;85",
                "row 16: depths has 9 values; decentlab/dl-smtp has 8 levels",
            ),
            ("devices.csv", "5;15;25", "5;x;25", "row 16: depths.1 'x' is not a number; write it"),
            (
                "irrigation.csv",
                "20:00",
                "8 pm",
                "row 2: start '8 pm' is not a time of day; write it as 05:30",
            ),
            (
                "irrigation.csv",
                "drip,12",
                "drip,0",
                "row 2: flow 0 must be above 0 L min⁻¹ for method 'drip'",
            ),
            ("irrigation.csv", "0.9,0.4", "90,0.4", "row 2: efficiency '90' must be at most 1"),
            (
                "trials.csv",
                "blocks",
                "repeats",
                "row 1: column blocks missing; add to the row",
            ),
            ("trials.csv", "rcbd", "blocs", "row 2: design 'blocs' must be 'crd', 'rcbd', "),
            (
                "trials.csv",
                "témoin;trèfle;féverole;trèfle et féverole",
                "témoin",
                "row 2: treatments 'témoin' must have at least 2 values, not 1",
            ),
            (
                "trials/moutarde-2026.csv",
                "103,1,3,1,témoin",
                "103,1,3,1,temoin",
                "row 4: treatment 'temoin' is not one of the trial's; did you mean témoin?",
            ),
            (
                "trials/moutarde-2026.csv",
                "103,1,3,1,témoin",
                "103,1,3,5,témoin",
                "row 4: block 5 is beyond the trial's 4 blocks",
            ),
            (
                "trials/moutarde-2026.csv",
                "103,1,3,1,témoin",
                "103,1,2,1,témoin",
                "row and column '1, 2' stands 2 times; each must be its own",
            ),
            (
                "trials/moutarde-2026.csv",
                "103,1,3,1,témoin\n",
                "",
                "block 1 has 'témoin' 0 times; every block has every treatment once",
            ),
            (
                "normals.csv",
                "rain,59,",
                "rain,,",
                "row 3: jan is empty; it must be given",
            ),
            (
                "normals.csv",
                "rain_days,10.8",
                "rain_days,41",
                "row 4: jan 41 is outside 0 to 31 for rain_days; look at its unit in the README",
            ),
            (
                "normals.csv",
                "wind_2m,",
                "wind_10m,",
                "quantity 'wind_2m' is missing; every pack has it",
            ),
            (
                "normals.csv",
                "tmin,-1.2",
                "tmin,3.2",
                "jan tmin 3.2, tmean 1.6, tmax 4.4 °C are not in order",
            ),
            (
                "city.toml",
                "Europe/Paris",
                "Europe/Pariss",
                "timezone 'Europe/Pariss' is not a time zone; did you mean Europe/Paris",
            ),
            ("city.toml", "= 47.32286", "= 147.3", "latitude 147.3 must be at most 90"),
            ("city.toml", '"fr"', "33", "language 33 must be text; put it in quotes"),
            (
                "irrigation.csv",
                ",,cuve",
                ",,cuvee",
                "row 10: tank 'cuvee' is not in tanks.csv for site "
                "'ramifications-fontaine-d-ouche'; did you mean cuve?",
            ),
            ("tanks.csv", "6000,60", "0,60", "row 2: capacity '0' must be above 0"),
            (
                "tanks.csv",
                "60,,",
                "60,7000,2026-06-01",
                "row 2: level 7000 must not exceed capacity 6000",
            ),
            ("tanks.csv", "60,,", "60,700,", "row 2: level and level_on belong together"),
            (
                "plantings.csv",
                ",prudent,",
                ",bold,",
                "row 18: risk 'bold' must be 'prudent', 'balanced' or 'saving'",
            ),
            (
                "plantings.csv",
                "2026-09-20,,",
                "2026-09-20,,deficit",
                "row 4: strategy 'deficit' is not one of 'zucchini'; known: none",
            ),
            ("city.toml", '"FR"', '"France"', "country 'France' must be a country's two letters"),
            ("city.toml", "elevation =", "altitude =", "elevation is empty; it must be given"),
            (
                "city.toml",
                "elevation =",
                "elevatoin =",
                "'elevatoin' is not a name this file can have; did you mean elevation?",
            ),
            ("city.toml", 'name = "', "name = ", "is not TOML: "),
        )
    ],
)
def test_a_fault_is_one_line(
    folder: Path, change: Change, file: str, before: str, after: str, line: str
) -> None:
    change(file, before, after)
    place = (
        f"{file} " if line.startswith("row ") and not line.startswith("row and") else f"{file}: "
    )
    assert any(told.startswith(place + line) for told in _faults(folder)), _faults(folder)
    assert all(told.isprintable() for told in _faults(folder))


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("plots.csv", "bed,48", "bed,zero"),
        ("sites.csv", "market_garden", "garden"),
        ("soils.csv", "loam,0.28", "loam,2.8"),
        ("irrigation.csv", "drip,12", "dripping,12"),
        ("trials.csv", "rcbd", "blocks"),
        ("city.toml", "= 47.32286", "= 147.3"),
    ],
)
def test_a_row_that_is_wrong_is_not_missing_elsewhere(
    folder: Path, change: Change, file: str, before: str, after: str
) -> None:
    change(file, before, after)
    (line,) = _faults(folder)
    assert line.startswith(file)


FILES = [
    "city.toml",
    "communes.csv",
    "devices.csv",
    "irrigation.csv",
    "normals.csv",
    "plantings.csv",
    "plots.csv",
    "sites.csv",
    "soils.csv",
    "trials.csv",
]


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_one_line(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert _faults(folder) == (f"{file}: the file is missing; every pack has it",)


@pytest.mark.parametrize("file", FILES)
def test_an_empty_file_is_one_line(folder: Path, file: str) -> None:
    (folder / file).write_text("\ufeff\n\n")
    assert _faults(folder) == (
        f"{file}: the file is empty; copy its first lines from another pack",
    )


@pytest.mark.parametrize("file", FILES)
def test_a_file_in_another_encoding_is_one_line(folder: Path, file: str) -> None:
    (folder / file).write_bytes("né à Fénay".encode("latin-1"))
    assert _faults(folder) == (f"{file}: byte 1 is not UTF-8; save the file as UTF-8",)


@pytest.mark.parametrize("file", FILES)
def test_a_folder_in_the_place_of_a_file_is_one_line(folder: Path, file: str) -> None:
    (folder / file).unlink()
    (folder / file).mkdir()
    (line,) = _faults(folder)
    assert line.startswith(f"{file}: cannot be read: ")


def test_quotes_that_never_close_are_one_line(folder: Path, change: Change) -> None:
    change("soils.csv", '"sandy loam of', '"sandy loam" of')
    (line,) = _faults(folder)
    assert line.startswith("soils.csv row 3: ")
    assert line.endswith("look at the quotes above it")


def test_a_column_that_stands_twice_and_one_misspelt(folder: Path, change: Change) -> None:
    change("plantings.csv", "variety,planted,removed", "planted,planted,remved")
    assert _faults(folder) == (
        "plantings.csv row 1: column planted stands twice; keep one",
        "plantings.csv row 1: 'remved' is not a name this file can have; did you mean removed?",
    )


def test_a_field_book_without_its_trial(folder: Path) -> None:
    (folder / "trials/moutarde-2026.csv").rename(folder / "trials/moutarde-2025.csv")
    assert _faults(folder) == (
        "trials/moutarde-2025.csv: no trial 'moutarde-2025' in trials.csv; "
        "add its row or remove the file",
    )


def test_all_faults_are_told_at_once(folder: Path, change: Change) -> None:
    change("plots.csv", "bed,48", "bed,zero")
    change("plots.csv", "47.31408,", "97.31408,")
    change("communes.csv", "1695", "many")
    (folder / "soils.csv").unlink()
    assert [line.split(":")[0] for line in _faults(folder)] == [
        "communes.csv row 2",
        "soils.csv",
        "plots.csv row 2",
        "plots.csv row 3",
    ]
