"""What a control post has: from a pack's file, else by its people; faults are told in lines."""

from pathlib import Path

import pytest

from agro.errors import BadInput
from agro.packs import read_pack
from agro.packs.equipment import FILE, read_equipment
from agro.records import Commune

TOWNS = [Commune("1", "Town", 100_000, 40.0, 60.0, 22.0)]
HEADER = "kind,number,size,name,latitude,longitude,source\n"


def test_the_first_pack_has_the_known_numbers() -> None:
    found = {one.kind: one for one in read_equipment("dijon", read_pack("dijon").communes)}
    lights, plant = found["lighting_cabinet"], found["pv_plant"]
    assert lights.number * lights.size == 34_000
    assert found["building"].number == 180
    assert found["traffic_counter"].number == 113
    assert (plant.size, plant.latitude) == (2000.0, 47.3195)


def test_a_pack_that_tells_nothing_has_what_its_people_need(tmp_path: Path) -> None:
    found = {one.kind: one.number for one in read_equipment(tmp_path, TOWNS)}
    assert found["lighting_cabinet"] == 125
    assert found["air_station"] == 1
    assert "pv_plant" not in found


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("lamp,3,4,,,,", "row 2"),
        ("parking,0,4,,,,", "row 2"),
        ("parking,3,none,,,,", "row 2"),
        ("pv_plant,1,2000,Solar,,,", "has no position"),
        ("pv_plant,1,2000,Solar,99,5,", "row 2"),
    ],
)
def test_a_fault_is_told(tmp_path: Path, row: str, told: str) -> None:
    (tmp_path / FILE).write_text(HEADER + row + "\n")
    with pytest.raises(BadInput, match=told):
        read_equipment(tmp_path, TOWNS)
