"""Pumps and fans of a pack: what they need is asked for, line by line."""

from pathlib import Path

import pytest

from agro.errors import BadInput
from agro.packs.machines import FILE, read_machines

HEADER = "site,slug,name,kind,power,tank,flow,minutes,start,end,timer,source\n"


def test_the_first_pack_has_a_pump_and_a_fan() -> None:
    pump, fan = read_machines("dijon")
    assert (pump.kind, pump.tank, pump.flow, pump.minutes) == ("pump", "cuve", 30.0, 0.0)
    assert (fan.kind, fan.minutes, fan.timer) == ("fan", 180.0, "09:00")


def test_a_pack_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_machines(tmp_path) == ()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("g,p,Pump,pump,0.5,,30,,08:00,20:00,08:00,", "has no tank or flow"),
        ("g,f,Fan,fan,0.5,,,,08:00,20:00,08:00,", "has no minutes"),
        ("g,f,Fan,fan,0,,,60,08:00,20:00,08:00,", "row 2"),
        ("g,f,Fan,fan,0.5,,,60,8 h,20:00,08:00,", "row 2"),
    ],
)
def test_faults_are_told(tmp_path: Path, row: str, told: str) -> None:
    (tmp_path / FILE).write_text(HEADER + row + "\n", encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_machines(tmp_path)
    assert told in refused.value.lines[0]
