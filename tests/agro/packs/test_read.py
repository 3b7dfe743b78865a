"""A pack is read whole, and every fault in it is one line that says what to do."""

import shutil
from pathlib import Path

import pytest

from agro.errors import BadInput
from agro.packs import available, read_pack
from agro.packs.read import _HERE


def test_every_pack_of_ours_reads() -> None:
    assert "dijon" in available()
    for name in available():
        assert read_pack(name).sites


def test_dijon_is_whole() -> None:
    """23 communes, 258,630 inhabitants: register of INSEE and IGN, 2026."""
    pack = read_pack("dijon")
    assert len(pack.communes) == 23
    assert sum(commune.population for commune in pack.communes) == 258_630
    kinds = {plot.kind for plot in pack.plots}
    assert kinds == {"bed", "greenhouse", "pots", "field"}
    assert sum(site.kind == "community_garden" for site in pack.sites) == 2
    greenhouse = [p.area for p in pack.plots if p.site == "potager-des-ducs" and p.covered]
    assert 0 < sum(greenhouse) <= 300
    assert {planting.crop for planting in pack.plantings} >= {"tomato", "mustard"}
    assert pack.trials[0].plot == "moutarde"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_HERE / "dijon", tmp_path / "ville"))


def _change(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text()
    assert before in text
    (folder / name).write_text(text.replace(before, after, 1))


def test_a_folder_is_a_pack_too(folder: Path) -> None:
    assert read_pack(folder) == read_pack(str(folder))


def test_semicolons_decimal_commas_and_a_byte_order_mark_are_read(folder: Path) -> None:
    text = (folder / "communes.csv").read_text()
    (folder / "communes.csv").write_text("\ufeff" + text.replace(",", ";").replace(".", ","))
    assert read_pack(folder).communes == read_pack("dijon").communes


@pytest.mark.parametrize(
    ("file", "before", "after", "line"),
    [
        (
            "soils.csv",
            "loam,0.28,0.13",
            "loam,0.13,0.28",
            "soils.csv row 2: wilting_point 0.28 must be below field_capacity 0.13 m³ m⁻³",
        ),
        ("soils.csv", "sandy loam", "sand loam", "soils.csv row 3: texture 'sand loam': soil"),
        ("plots.csv", "bed,48", "bed,-48", "plots.csv row 2: area '-48': input should be greater"),
        ("plots.csv", "bed,48", "bed,", "plots.csv row 2: area: is empty; it must be given"),
        (
            "plots.csv",
            "terre-de-jardin",
            "terre",
            "plots.csv row 2: soil 'terre' does not exist on site 'potager-des-ducs'; known: ",
        ),
        ("plots.csv", "Planche 2,bed", "Planche 2,bad", "plots.csv row 3: kind 'bad': input"),
        (
            "plots.csv",
            "planche-2",
            "planche-1",
            "plots.csv row 3: site, slug 'potager-des-ducs / planche-1' is already on row 2",
        ),
        (
            "plantings.csv",
            "tomato,Cœur de bœuf,2026-05-14",
            "tomato,Cœur de bœuf,2026-02-30",
            "plantings.csv row 2: planted '2026-02-30': ",
        ),
        (
            "plantings.csv",
            "2026-05-14,2026-10-10",
            "2026-05-14,2026-05-10",
            "plantings.csv row 2: removed 2026-05-10 must be after planted 2026-05-14",
        ),
        ("plantings.csv", ",tomato,", ",tomatoe,", "plantings.csv row 2: crop 'tomatoe': crop"),
        ("devices.csv", "decentlab/dl-atm41", "decentlab/dl-x", "devices.csv row 2: model 'dec"),
        ("sites.csv", "21231", "75056", "sites.csv row 2: commune '75056' does not exist"),
        ("irrigation.csv", "20:00", "25:00", "irrigation.csv row 2: start '25:00': "),
        ("irrigation.csv", "drip,12", "drip,0", "irrigation.csv row 2: flow must be above 0"),
        ("city.toml", "Europe/Paris", "Europe/Dijon", "city.toml: timezone 'Europe/Dijon': time"),
        ("city.toml", "= 47.3229", "= 147.3", "city.toml: latitude 147.3: input should be less"),
        ("city.toml", 'name = "', "name = ", "city.toml: not TOML: "),
        ("normals.toml", "tmin = [-1.2, ", "tmin = [", "normals.toml: tmin ["),
        ("trials.csv", "blocks", "repeats", "trials.csv: column blocks is missing"),
    ],
)
def test_a_fault_is_one_line(folder: Path, file: str, before: str, after: str, line: str) -> None:
    _change(folder, file, before, after)
    with pytest.raises(BadInput, match=file) as caught:
        read_pack(folder)
    assert any(told.startswith(line) for told in caught.value.lines), caught.value.lines


def test_all_faults_are_told_at_once(folder: Path) -> None:
    _change(folder, "plots.csv", "bed,48", "bed,zero")
    _change(folder, "communes.csv", "1695", "many")
    (folder / "trials.csv").unlink()
    with pytest.raises(BadInput, match=r"plots\.csv") as caught:
        read_pack(folder)
    files = {line.split(":")[0].split(" ")[0] for line in caught.value.lines}
    assert {"plots.csv", "communes.csv", "trials.csv"} <= files


def test_an_unknown_pack_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"no city pack 'atlantis'; known: .*dijon"):
        read_pack("atlantis")


def test_a_file_that_is_not_text_is_named(folder: Path) -> None:
    (folder / "soils.csv").write_bytes(b"site,slug\n\xff\xfe")
    with pytest.raises(BadInput, match=r"soils\.csv: not UTF-8"):
        read_pack(folder)
