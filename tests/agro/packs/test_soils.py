"""A pack's soils may be given by their texture alone."""

from pathlib import Path

import pytest

from agro.errors import BadInput
from agro.packs import read_pack

HEADER = "site,slug,texture,field_capacity,wilting_point,rew,tew,source,sand,clay,organic_matter"


def _write(folder: Path, first: str) -> None:
    """The first soil of the pack, under a header with texture."""
    lines = (folder / "soils.csv").read_text(encoding="utf-8").splitlines()
    others = [f"{line},,," for line in lines[2:]]
    row = f"potager-des-ducs,terre-de-jardin,{first}"
    (folder / "soils.csv").write_text("\n".join([HEADER, row, *others]), encoding="utf-8")


def test_sand_and_clay_make_a_soil(folder: Path) -> None:
    """Saxton & Rawls (2006), Table 3: loam of 40 % sand and 20 % clay holds 28 and 14 %."""
    _write(folder, ",,,,,,40,20,2.5")
    soil = read_pack(folder).soils[0]
    assert soil.texture == "loam"
    assert (round(soil.field_capacity, 2), round(soil.wilting_point, 2)) == (0.28, 0.14)
    assert soil.rew == pytest.approx(9.6)
    assert soil.source.startswith("Saxton & Rawls (2006) from sand 40 %")


def test_what_is_measured_stays(folder: Path) -> None:
    _write(folder, ",0.31,,,,a pit in 2026,40,20,")
    soil = read_pack(folder).soils[0]
    assert (soil.field_capacity, soil.source) == (0.31, "a pit in 2026")
    assert soil.wilting_point == pytest.approx(0.137, abs=5e-4)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("loam,0.28,0.13,9,21,guess,70,40,", "sand and clay must be at most 100 % together"),
        ("loam,0.28,0.13,9,21,guess,140,20,", "sand '140' must be at most 100"),
        ("loam,,0.13,9,21,guess,,,", "field_capacity"),
    ],
)
def test_textures_that_cannot_be(folder: Path, row: str, told: str) -> None:
    _write(folder, row)
    with pytest.raises(BadInput, match=told) as caught:
        read_pack(folder)
    (line,) = caught.value.lines
    assert line.startswith("soils.csv row 2")
